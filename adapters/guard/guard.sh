# shellcheck shell=sh
# The guard of one environment: what its host knows of its drivers and of emergency disarms.
# In: NONCE, ROOT, FORMAT, and what a verb names. Out: frames. Definitions only; the last line of a script starts one.
#
#   lock         held for moments                    epoch      raised by every new driver
#   busy         held for the life of a job          holder     the run that has the environment
#   present/P    held while a driver lives           runs/R.jsonl, jobs/K/{status,out,err,live,kept,about,session}
#   disarm       identity of the last emergency disarm, and who sent it
#   fallback/    what the host does where there is no driver (`fallback.sh`)
#   directory    the directory's path                foreign/   what was set aside
#
# Descriptors: 9 lock, 8 busy, 7 the job's own `live`, 6 its `kept`.

# The folder, made where there is none, its lock held. ID is written only where there is none yet, DISARM only where no
# record of a disarm can be read.
ready() {
  tools
  locate
  if [ ! -d "$GUARD" ]; then
    ! earlier || migrate
    mkdir -p "$GUARD" 2>/dev/null && chmod 700 "$guards" "$GUARD" || no home
  fi
  (leave_a_sign) 2>/dev/null
  peek
  lock
  rooms
  first_line version
  [ "$LINE" = "$FORMAT" ] || put_or_refuse version "$FORMAT"
  first_line directory
  [ "$LINE" -ef "$HERE" ] || put_or_refuse directory "$HERE"
  for file in id.copy id; do
    first_line "$file"
    ! a_name "$LINE" || ID=$LINE
  done
  for file in id id.copy; do
    first_line "$file"
    [ "$LINE" = "$ID" ] || put_or_refuse "$file" "$ID"
  done
  read_disarm || put_or_refuse disarm "$DISARM $disarmed_by"
}

# identify: ID, DISARM
identify() {
  ready
  say id "$ID"
  say at
  printf '%s' "$GUARD"
}

# NOW: the host's uptime in seconds, the one clock that nobody sets.
now() {
  read -r NOW _ </proc/uptime
  NOW=${NOW%%.*}
}

# epoch: as its file says, else as the holder's does; empty where neither can be read
current_epoch() {
  first_line epoch
  epoch=$LINE
  a_number "$epoch" || { read_holder && epoch=$held_epoch; } || epoch=
}

# One that is lost, or too large to be counted on, becomes the host's time in seconds: above every count, and new.
next_epoch() {
  current_epoch
  [ -n "$epoch" ] || driven || epoch=0
  case $epoch in '' | ????????????????*) epoch=$(date +%s) ;; esac
  epoch=$((epoch + 1))
}

# Whether there ever was a driver here
driven() {
  [ -e epoch ] || [ -e holder ] || [ -n "$(ls -A jobs)" ] ||
    [ -n "$(each_run | while IFS= read -r name; do grep -l -F '"kind":"driver.took"' "runs/$name"; done)" ]
}

fence() {
  current_epoch
  # shellcheck disable=SC2153 # EPOCH is the driver's, epoch the host's
  [ "$epoch" = "$EPOCH" ] || no fenced "${epoch:-unknown}"
  said
  watch_on
}

# alive PRESENCE
alive() { is f "present/$1" && ! flock -n -s "present/$1" true; }

# Sets held_run, held_presence, held_epoch, held_since and held_who (as the driver said it); false where nobody has the
# environment, or the file that says so is damaged: the epoch fences all the same.
read_holder() {
  is f holder && [ -s holder ] || return 1
  { IFS=' ' read -r held_run held_presence held_epoch held_since && IFS= read -r held_who; } <holder
  a_name "$held_run" && a_name "$held_presence" && a_number "$held_epoch"
}

# What `read_holder` read
say_holder() {
  if alive "$held_presence"; then held_alive=yes; else held_alive=no; fi
  say holder "$held_run" "$held_epoch" "$held_since" "$held_alive"
  printf '%s' "$held_who"
}

# take: RUN, PRESENCE, WHO (one line), TAKEOVER (yes or no)
take() {
  enter
  if read_holder; then
    if [ "$held_run" != "$RUN" ] ||
      { [ "$TAKEOVER" = no ] && [ "$held_presence" != "$PRESENCE" ] && alive "$held_presence"; }; then
      say_holder
      no locked
    fi
    [ "$held_presence" = "$PRESENCE" ] || rm -f "present/$held_presence"
  fi
  next_epoch
  put_or_refuse epoch "$epoch"
  put_or_refuse holder "$RUN $PRESENCE $epoch $(date -u +%Y-%m-%dT%H:%M:%SZ)
$WHO"
  prune
  spare
  say epoch "$epoch"
  count
  say mirrored "$HAVE"
}

# The jobs of this run stay, and the newest few of others; drivers that are long gone leave nothing.
prune() {
  find present -type f -mmin +5 2>/dev/null | while IFS= read -r gone; do
    flock -n -s "$gone" true && rm -f "$gone"
  done
  others=0
  # shellcheck disable=SC2012 # what is called otherwise is left alone
  ls -t jobs 2>/dev/null | while IFS= read -r key; do
    a_name "$key" && is d "jobs/$key" || continue
    first_line "jobs/$key/about"
    [ "${LINE%% *}" = "$RUN" ] && continue
    others=$((others + 1))
    [ "$others" -le 20 ] || rm -rf "jobs/$key"
  done
}

# release: RUN, EPOCH
release() {
  enter
  fence
  if read_holder && [ "$held_run" = "$RUN" ]; then
    rm -f holder "present/$held_presence" fallback/fired fallback/result
    forget_fallback
    sync .
  fi
}

holder() { peek && read_holder && say_holder; }

# Sets disarm, the identity of the last emergency disarm, and disarmed_by (`-`: there never was one). False where there
# is no record that can be read; disarmed_by then says so.
read_disarm() {
  first_line disarm
  [ -z "$EARLIER" ] || { first_line brake && LINE=${LINE:-0 -}; }
  disarm=${LINE%% *} disarmed_by=${LINE#* }
  a_number "$disarm" && return
  disarmed_by='an unknown operator (the record was lost)'
  [ -e disarm ] || driven || disarmed_by=-
  return 1
}

# last_disarm: identity and sender of the last emergency disarm, and the environment's id
last_disarm() {
  peek || return
  read_disarm || disarm=-1
  say disarm "$disarm" "$disarmed_by"
  first_line id
  a_name "$LINE" || first_line id.copy
  say id "$LINE"
}

# A run arms only where the last emergency disarm is still the one that was the last when it started (DISARM).
no_disarm_since() {
  read_disarm || no disarmed "$disarmed_by"
  [ "$disarm" = "$DISARM" ] || no disarmed "$disarmed_by"
}

# record_disarm: RUN, ID, DISARM (its identity), WHO, LINES_SENT and the function sent_lines. No fence: it is for
# everybody. Tells who is driving.
record_disarm() {
  ready
  put_or_refuse disarm "$DISARM $WHO"
  mirror_lines
  ! read_holder || say_holder
}

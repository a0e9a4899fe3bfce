# shellcheck shell=sh
# The guard of one environment: what its host knows of its drivers and their jobs, in ROOT/.titan-flow.
# In: NONCE, ROOT, FORMAT, and what a verb names. Out: frames. Definitions only; the last line of a script starts one.
#
#   lock         held for moments; never unlinked    epoch      raised by every new driver
#   busy         held for the life of a job          holder     the run that has the environment
#   present/P    held while a driver lives           runs/R.jsonl, jobs/K/{status,out,err,live,kept,about}
#   brake        how often the emergency brake was pulled, and by whom last
#
# Descriptors: 9 lock, 8 busy, 7 the job's own `live`, 6 its `kept`.

say() { printf '\n%s %s\n' "$NONCE" "$*"; }

no() {
  say refused "$@"
  say end
  exit 0
}

# LINE: what a file holds on its first line; empty where there is no such file.
first_line() {
  LINE=
  [ ! -r "$1" ] || IFS= read -r LINE <"$1" || true
}

# Enters .titan-flow; false where there is none. A newer titan-flow's folder is left alone.
peek() {
  cd -- "$ROOT" 2>/dev/null || no directory
  cd .titan-flow 2>/dev/null || { [ -d .titan-flow ] && no folder; return 1; }
  first_line version
  case $LINE in
    '') ;;
    *[!0-9]*) no damaged version ;;
    *) [ "$LINE" -le "$FORMAT" ] || no newer "$LINE" ;;
  esac
}

# ends_within SECONDS FILE: whether whoever has it locked lets go in time. No descriptor of ours is locked: busybox's
# `timeout` leaves a watcher behind for up to a second, which would hold it.
ends_within() { flock -n -s "$2" true || timeout "$1" flock -s "$2" true; }

lock() {
  [ -w . ] || no folder
  while :; do
    exec 9>>lock
    flock -n 9 && return
    exec 9>&-
    ends_within 20 lock || no stuck lock
  done
}

# The same for whoever is about to change something.
enter() {
  for tool in flock timeout setsid mkfifo; do
    command -v "$tool" >/dev/null || no tool "$tool"
  done
  umask 077
  peek || no absent
  lock
}

# The umask that commands get; ours keeps everything here to ourselves.
# shellcheck disable=SC2034
USUAL=$(umask)

# put FILE TEXT: whole or not at all, and on the disk before we go on.
put() {
  printf '%s\n' "$2" >"$1.new" && sync "$1.new" && mv -f "$1.new" "$1" && sync .
}

# Something to give back when the disk is full: a rollback has to start even then.
spare() { [ -s reserve ] || head -c 65536 /dev/zero >reserve 2>/dev/null; }

kept_or_refused() { put "$@" 2>/dev/null || { rm -f reserve && put "$@" 2>/dev/null; } || no full; }

# identify: ID is written only where there is none yet.
identify() {
  cd -- "$ROOT" 2>/dev/null || no directory
  umask 077
  [ -d .titan-flow ] || mkdir .titan-flow 2>/dev/null || [ -d .titan-flow ] || no folder
  enter
  [ -s version ] || kept_or_refused version "$FORMAT"
  [ -s .gitignore ] || kept_or_refused .gitignore '*'
  mkdir -p runs jobs present || no full
  [ -s id ] || kept_or_refused id "$ID"
  first_line id
  say id "$LINE"
}

# NOW: the host's uptime in seconds, the one clock that nobody sets.
now() {
  read -r NOW _ </proc/uptime
  NOW=${NOW%%.*}
}

current_epoch() {
  first_line epoch
  case $LINE in *[!0-9]*) no damaged epoch ;; esac
  epoch=${LINE:-0}
}

fence() {
  current_epoch
  # shellcheck disable=SC2153 # EPOCH is the driver's, epoch the host's
  [ "$epoch" -eq "$EPOCH" ] || no fenced "$epoch"
}

# alive PRESENCE
alive() { [ -n "$1" ] && [ -f "present/$1" ] && ! flock -n -s "present/$1" true; }

# say_holder: the holder's run, presence, epoch and time; then who it is, as the driver said it.
say_holder() {
  { IFS=' ' read -r held_run held_presence held_epoch held_since && IFS= read -r held_who; } <holder
  if alive "$held_presence"; then held_alive=yes; else held_alive=no; fi
  say holder "$held_run" "$held_epoch" "$held_since" "$held_alive"
  printf '%s' "$held_who"
}

# take: RUN, PRESENCE, WHO (one line), TAKEOVER (yes or no)
take() {
  enter
  if [ -s holder ]; then
    said=$(say_holder)
    IFS=' ' read -r held_run held_presence _ <holder
    if [ "$held_run" != "$RUN" ]; then
      locked=yes
    elif [ "$TAKEOVER" = no ] && [ "$held_presence" != "$PRESENCE" ] && alive "$held_presence"; then
      locked=yes
    else
      locked=no
    fi
    if [ "$locked" = yes ]; then
      printf '%s' "$said"
      no locked
    fi
    [ "$held_presence" = "$PRESENCE" ] || rm -f "present/$held_presence"
  fi
  current_epoch
  epoch=$((epoch + 1))
  kept_or_refused epoch "$epoch"
  kept_or_refused holder "$RUN $PRESENCE $epoch $(date -u +%Y-%m-%dT%H:%M:%SZ)
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
  # shellcheck disable=SC2012 # the names are ours: letters, digits, dots, dashes
  ls -t jobs 2>/dev/null | while IFS= read -r key; do
    IFS=' ' read -r about_run _ <"jobs/$key/about"
    [ "$about_run" = "$RUN" ] && continue
    others=$((others + 1))
    [ "$others" -le 20 ] || rm -rf "jobs/$key"
  done
}

# release: RUN, EPOCH
release() {
  enter
  fence
  if [ -s holder ]; then
    IFS=' ' read -r held_run held_presence _ <holder
    if [ "$held_run" = "$RUN" ]; then
      rm -f holder "present/$held_presence"
      sync .
    fi
  fi
}

holder() {
  peek && [ -s holder ] && say_holder
}

# brakes: how often the emergency brake was pulled here, and the environment's id
brakes() {
  peek || return
  first_line brake
  say brakes "${LINE%% *}"
  first_line id
  say id "$LINE"
}

# Nothing is armed by a run that the brake was pulled on since it started. BRAKES: how often it had been until then.
unbraked() {
  first_line brake
  case ${LINE%% *} in
    '') return ;;
    *[!0-9]*) no damaged brake ;;
  esac
  [ "${LINE%% *}" -le "$BRAKES" ] || no braked "${LINE#* }"
}

# brake: RUN, WHO, LINES_SENT and the function sent_lines. No fence: everyone may send it. Counted once for each RUN, which
# is of this pull alone. Tells who is driving.
brake() {
  enter
  first_line brake
  case ${LINE%% *} in *[!0-9]*) LINE=0 ;; esac
  pulled=${LINE%% *}
  [ -f "runs/$RUN.jsonl" ] || kept_or_refused brake "$((${pulled:-0} + 1)) $WHO"
  mirror_lines
  [ ! -s holder ] || say_holder
}

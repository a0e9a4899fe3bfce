# shellcheck shell=sh
# The guard of one environment: what its host knows of its drivers and their jobs, in ROOT/.titan-flow.
# In: NONCE, ROOT, FORMAT, and what a verb names. Out: frames. Definitions only; the last line of a script starts one.
#
#   lock         held for moments; never unlinked    epoch      raised by every new driver
#   busy         held for the life of a job          holder     the run that has the environment
#   present/P    held while a driver lives           runs/R.jsonl, jobs/K/{status,out,err,live,kept,about}
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

lock() {
  [ -w . ] || no folder
  exec 9>>lock
  flock -n 9 || timeout 20 flock 9 || no stuck lock
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

# HAVE: whole lines of the run's mirrored journal; one torn by a full disk or a power loss is cut off first.
count() {
  file="runs/$RUN.jsonl" HAVE=0
  [ -s "$file" ] || return 0
  HAVE=$(wc -l <"$file")
  [ -z "$(tail -c 1 "$file")" ] || truncate -s "$(head -n "$HAVE" "$file" | wc -c)" "$file"
}

# Line k of the file is event k: those that are there already are left out, after a gap nothing is written.
mirror_lines() {
  count
  if [ "$LINES_SENT" -gt 0 ] && [ "$FIRST" -le $((HAVE + 1)) ] && [ $((FIRST + LINES_SENT)) -gt $((HAVE + 1)) ]; then
    sent_lines | tail -n +"$((HAVE + 2 - FIRST))" 2>/dev/null >>"$file"
    count
  fi
  say mirrored "$HAVE"
}

# mirror: RUN, EPOCH, FIRST, LINES_SENT and the function sent_lines
mirror() {
  enter
  fence
  mirror_lines
  [ ! -f "runs/$RUN.jsonl" ] || sync "runs/$RUN.jsonl" runs
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

# ends_within SECONDS FILE: whether whoever has it locked lets go in time. No descriptor of ours is locked: busybox's
# `timeout` leaves a watcher behind for up to a second, which would hold it.
ends_within() { flock -n -s "$2" true || timeout "$1" flock -s "$2" true; }

# drain: waits, a little, for whatever job runs. `busy` says which one it is and when (uptime) it has to end.
drain() {
  enter
  true >>busy
  exec 9>&-
  if ends_within "$WAIT" busy; then
    say free
  else
    read -r key deadline <busy
    now
    say busy "$key" "$((deadline - NOW))"
  fi
}

# job: KEY, RUN, EPOCH, TOTAL, WAIT (seconds of this round trip), LIMIT, the mirror's, and the function launch
job() {
  enter
  fence
  mirror_lines
  if [ -d "jobs/$KEY" ]; then
    say attached
  else
    start
  fi
  exec 9>&-
  answer
}

start() {
  exec 8>>busy
  if ! flock -n 8; then
    say waits
    say end
    exit 0
  fi
  now
  ends=$((NOW + TOTAL))
  prepare 2>/dev/null || { rm -f reserve && prepare 2>/dev/null; } || no full
  printf '%-255s\n' "$KEY $ends" 1<>busy
  exec 7>>"jobs/$KEY/live"
  flock 7
  launch
  exec 7>&- 8>&-
}

# Everything that takes room, before anything happens; the status is only overwritten later.
prepare() {
  rm -rf jobs/.new
  mkdir jobs/.new && printf '%-63s\n' '' >jobs/.new/status && printf '%s\n' "$RUN $ends" >jobs/.new/about &&
    true >jobs/.new/live && true >jobs/.new/kept && true >jobs/.new/out && true >jobs/.new/err &&
    mkfifo jobs/.new/out.pipe jobs/.new/err.pipe && sync jobs/.new/status jobs/.new/about jobs/.new &&
    mv jobs/.new "jobs/$KEY" && sync jobs
}

# answer: waits, a little, for the job's end by its lock, then tells all.
answer() {
  if ! ends_within "$WAIT" "jobs/$KEY/live"; then
    IFS=' ' read -r _ ends <"jobs/$KEY/about"
    now
    say running "$((ends - NOW))"
    say end
    exit 0
  fi
  first_line "jobs/$KEY/status"
  say status "$LINE"
  for stream in out err; do
    if [ -f "jobs/$KEY/$stream.before" ]; then
      say cut
      say "$stream"
      cat "jobs/$KEY/$stream.before" "jobs/$KEY/$stream" 2>/dev/null | tail -c "$LIMIT"
    elif [ -s "jobs/$KEY/$stream" ]; then
      say "$stream"
      cat "jobs/$KEY/$stream"
    fi
  done
}

# find: KEY, WAIT, LIMIT
find_job() {
  peek || return
  [ -d "jobs/$KEY" ] || [ ! -w . ] || { lock; exec 9>&-; }
  [ -d "jobs/$KEY" ] || return
  answer
}

holder() {
  peek && [ -s holder ] && say_holder
}

runs() {
  peek || return
  # shellcheck disable=SC2012
  ls -tr runs | while IFS= read -r name; do say run "${name%.jsonl}"; done
}

# lines: RUN
lines() {
  peek && [ -f "runs/$RUN.jsonl" ] || return
  say lines
  cat "runs/$RUN.jsonl"
}

marks() {
  peek || return
  # shellcheck disable=SC2012
  ls -tr runs | while IFS= read -r name; do
    say marks
    grep -F '"kind":"release.marked"' "runs/$name"
  done
}

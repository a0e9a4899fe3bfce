# shellcheck shell=sh
# Jobs: started once, under the lock; who comes later attaches. Part of the guard.

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

# job: KEY, RUN, EPOCH, TOTAL, WAIT (seconds of this round trip), LIMIT, the mirror's, and the function launch; BRAKES,
# where it arms
job() {
  enter
  fence
  [ -z "$BRAKES" ] || unbraked
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
      say cut "$stream"
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

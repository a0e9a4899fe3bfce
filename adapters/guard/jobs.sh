# shellcheck shell=sh
# Jobs: started once, under the lock; who comes later attaches. Part of the guard.

# Sets key and ends (uptime) of the job that runs, whatever became of `busy`; false where none does.
running_job() {
  now
  for job in jobs/*; do
    key=${job#jobs/}
    a_name "$key" && is d "$job" || continue
    first_line "$job/status"
    case $LINE in *[0-9]*) continue ;; esac
    first_line "$job/about"
    ends=${LINE##* }
    a_number "$ends" || ends=$NOW
    if is f "$job/live"; then
      flock -n -s "$job/live" true || return 0
    elif [ "$NOW" -lt "$ends" ]; then
      return 0
    fi
  done
  return 1
}

# drain: waits, a little, for whatever job runs. `busy` says which one it is and when (uptime) it has to end.
drain() {
  enter
  if ! running_job; then
    # no job of ours: whoever has it locked does not count
    own f busy
    [ ! -e busy ] || flock -n -s busy true || set_aside busy
    say free
    return
  fi
  exec 9>&-
  if ! is f "jobs/$key/live"; then
    sleep 1
  elif ends_within "$WAIT" "jobs/$key/live"; then
    say free
    return
  fi
  now
  say busy "$key" "$((ends - NOW))"
}

# end_job: KEY. What its own deadline did not end is killed, with everything in its session.
end_job() {
  enter
  exec 9>&-
  first_line "jobs/$KEY/session"
  session=${LINE%% *}
  a_number "$session" || return
  for signal in TERM KILL; do
    for stat in /proc/[0-9]*/stat; do
      LINE=
      IFS= read -r LINE 2>/dev/null <"$stat"
      # shellcheck disable=SC2086 # state, parent, group, session
      set -- ${LINE##*) }
      [ "${4:-}" = "$session" ] || continue
      kill -s "$signal" "${LINE%% *}" 2>/dev/null || sudo -n kill -s "$signal" "${LINE%% *}" 2>/dev/null
    done
    ! ends_within 2 "jobs/$KEY/live" || return
  done
}

# job: KEY, RUN, EPOCH, TOTAL, WAIT (seconds of this round trip), LIMIT, the mirror's, and the function launch; DISARM,
# where it arms
job() {
  enter
  fence
  [ -z "$DISARM" ] || no_disarm_since
  mirror_lines
  own d "jobs/$KEY"
  if [ -d "jobs/$KEY" ]; then
    say attached
  else
    start
  fi
  exec 9>&-
  answer
}

start() {
  own f busy
  exec 8>>busy
  if ! flock -n 8 || running_job; then
    say waits
    say end
    exit 0
  fi
  now
  ends=$((NOW + TOTAL))
  prepare 2>/dev/null || { rm -f reserve && prepare 2>/dev/null; } || no full
  exec 7>>"jobs/$KEY/live"
  flock 7
  launch
  exec 7>&- 8>&-
}

# Everything that takes room, before anything happens; the status is only overwritten later.
prepare() {
  rm -rf jobs/.new
  mkdir jobs/.new && printf '%-63s\n' '' >jobs/.new/status && printf '%s\n' "$RUN $ends" >jobs/.new/about &&
    printf '%-31s\n' '' >jobs/.new/session && true >jobs/.new/live && true >jobs/.new/kept &&
    true >jobs/.new/out && true >jobs/.new/err &&
    mkfifo jobs/.new/out.pipe jobs/.new/err.pipe && sync jobs/.new/status jobs/.new/about jobs/.new &&
    mv jobs/.new "jobs/$KEY" && sync jobs
}

# answer: waits, a little, for the job's end by its lock, then tells all.
answer() {
  if ! ends_within "$WAIT" "jobs/$KEY/live"; then
    now
    first_line "jobs/$KEY/about"
    ends=${LINE##* }
    a_number "$ends" || ends=$NOW
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
  is d "jobs/$KEY" || [ ! -w . ] || { lock; exec 9>&-; }
  is d "jobs/$KEY" || return
  answer
}

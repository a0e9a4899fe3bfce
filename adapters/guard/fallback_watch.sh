# shellcheck shell=sh
# Waits until a run has no driver any more, then carries out its fallback. A process of its own on the host, started by
# the guard, or when the host starts: killed, it goes on where it is started again. Only the host's uptime counts.
# In: ROOT, FORMAT, PAUSE (seconds between two tries). Descriptor 5 is `fallback/live`:
# nothing that is started here holds it.

POLL=5

# Sets fb_run, fb_after, fb_tries, fb_total, fb_do, fb_boot; false where no fallback is armed.
read_armed() {
  first_line fallback/armed
  # shellcheck disable=SC2086 # words of ours
  set -- $LINE
  [ "$#" -eq 6 ] && a_name "$1" && a_number "$2" && a_number "$3" && a_number "$4" || return 1
  fb_run=$1 fb_after=$2 fb_tries=$3 fb_total=$4 fb_do=$5 fb_boot=$6
}

# Whether a living process drives the run. It waits a little for that one's end.
driven_now() {
  read_holder && [ "$held_run" = "$fb_run" ] && alive "$held_presence" || return 1
  said
  (exec 5>&-; ends_within "$POLL" "present/$held_presence")
  said
}

# SILENT: seconds since a driver was last heard. After a restart of the host nobody was.
silence() {
  IFS= read -r boot </proc/sys/kernel/random/boot_id
  first_line fallback/heard
  now
  heard=${LINE%% *}
  a_number "$heard" && [ "$heard" -le "$NOW" ] || heard=0
  SILENT=$((NOW - heard))
  [ "$fb_boot" = "$boot" ] || SILENT=$((NOW + fb_after))
}

fallback_watch() {
  tools
  locate
  cd -P -- "$GUARD" 2>/dev/null || return
  exec 5>>fallback/live
  # whoever only asks whether it is held holds it for a moment
  flock -n 5 || { sleep 1 5>&-; flock -n 5; } || return
  while read_armed; do
    driven_now && continue
    silence
    if [ "$SILENT" -lt "$fb_after" ]; then
      left=$((fb_after - SILENT))
      [ "$left" -le "$POLL" ] || left=$POLL
      sleep "$left" 5>&-
    elif fence_off; then
      carry_out
    fi
  done
}

# Under the lock: whoever drove is fenced from here on. False where the run is driven again, or is not the one any more.
fence_off() {
  if read_holder && [ "$held_run" = "$fb_run" ]; then
    # shellcheck source=/dev/null
    (exec 5>&-; . ./fallback/launch && brake) >/dev/null 2>&1
  fi
  lock
  fenced_off=no
  if ! read_armed; then
    :
  elif ! read_holder || [ "$held_run" != "$fb_run" ]; then
    forget_fallback
  elif ! alive "$held_presence" && silence && [ "$SILENT" -ge "$fb_after" ]; then
    RUN=$fb_run
    at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    next_epoch
    EPOCH=$epoch
    [ "$held_presence" = fallback ] || keep_or fallback/fired "$fb_run $at $SILENT
$held_who" || true
    if keep_or epoch "$EPOCH" && keep_or holder "$RUN fallback $EPOCH $at
{\"operator\":\"the host\"}"; then
      fenced_off=yes
      result fired 0
    fi
  fi
  exec 9>&-
  [ "$fenced_off" = yes ] || { sleep "$PAUSE" 5>&-; return 1; }
}

keep_or() { put "$@" 2>/dev/null || { rm -f reserve && put "$@" 2>/dev/null; }; }

# result STATE TRIES
result() {
  printf '%-255s\n' "$RUN $1 $EPOCH $(date -u +%Y-%m-%dT%H:%M:%SZ) $2 $fb_do" 1<>fallback/result
}

# The job, again and again until it succeeds, or was tried often enough. A driver that takes the run over stops it.
carry_out() {
  tried=0 worked=no
  while [ "$worked" = no ] && [ "$tried" -lt "$fb_tries" ]; do
    [ "$tried" -eq 0 ] || sleep "$PAUSE" 5>&-
    tried=$((tried + 1))
    attempt || return
  done
  lock
  if still_ours; then
    if [ "$worked" = yes ]; then result "done" "$tried"; else result failed "$tried"; fi
    forget_fallback
  fi
  exec 9>&-
}

still_ours() {
  current_epoch
  [ "$epoch" = "$EPOCH" ]
}

# Sets worked; false where another driver has the run now.
attempt() {
  KEY=$fb_run-fallback-$EPOCH-$tried TOTAL=$fb_total
  let_end
  lock
  still_ours || { exec 9>&-; return 1; }
  result fired "$tried"
  # shellcheck source=/dev/null
  (exec 5>&-; . ./fallback/launch && start) >/dev/null 2>&1
  exec 9>&-
  [ -d "jobs/$KEY" ] || return 0
  let_end
  first_line "jobs/$KEY/status"
  [ "${LINE%% *}" != 0 ] || worked=yes
}

# Waits for whatever job runs, to its end or its deadline; what does not keep to that is killed.
let_end() {
  while running_job; do
    now
    if [ "$NOW" -gt $((ends + 20)) ]; then
      (exec 5>&-; KEY=$key; end_job) >/dev/null 2>&1
    elif is f "jobs/$key/live"; then
      (exec 5>&-; ends_within "$POLL" "jobs/$key/live")
    else
      sleep 1 5>&-
    fi
  done
}

# shellcheck shell=sh
# The fallback of a run: what the host does by itself where there is no driver. Kept, renewed and dropped here; part of the
# guard. `fallback_watch.sh` waits, and carries it out.
#
#   fallback/armed    RUN AFTER TRIES TOTAL DO BOOT; none: nothing is carried out
#   fallback/launch   the function `launch` of its job, and `brake`, which disarms without any file; may hold secrets
#   fallback/heard    the uptime at which the host last heard of a driver
#   fallback/live     held by the process that waits
#   fallback/fired    RUN UTC SILENT, and who drove until then
#   fallback/result   RUN STATE EPOCH UTC TRIES DO, written in place: it survives a full disk

# arm_fallback: RUN, EPOCH, AFTER and TOTAL (seconds), TRIES, DO, and the functions sent_launch and sent_watch
arm_fallback() {
  enter
  fence
  is d fallback || { own d fallback; mkdir -p fallback || no full; }
  rm -f fallback/fired
  keep_fallback 2>/dev/null || { rm -f reserve && keep_fallback 2>/dev/null; } || no full
  said
  watch_on
  exec 9>&-
  say fallback armed
}

# Everything that takes room, before the first change; the result is only overwritten later.
keep_fallback() {
  IFS= read -r boot </proc/sys/kernel/random/boot_id
  for file in launch watch result heard live; do own f "fallback/$file"; done
  sent_launch >fallback/launch.new && sent_watch >fallback/watch.new && printf '%-255s\n' '' >fallback/result &&
    printf '%-31s\n' 0 >fallback/heard && true >>fallback/live && sync fallback/launch.new fallback/watch.new &&
    mv -f fallback/launch.new fallback/launch && mv -f fallback/watch.new fallback/watch &&
    put fallback/armed "$RUN $AFTER $TRIES $TOTAL $DO $boot" && sync fallback fallback/result
}

# The driver was heard: jobs and mirrored lines renew the deadline.
said() {
  [ -f fallback/heard ] || return 0
  now
  printf '%-31s\n' "$NOW" 1<>fallback/heard
}

# Starts the process that waits, where none does. It must not hold our lock.
watch_on() {
  [ -f fallback/armed ] && flock -n fallback/live true || return 0
  (umask "$USUAL"; exec setsid sh fallback/watch </dev/null >/dev/null 2>&1 9>&- 5>&-) &
}

# drop_fallback: RUN, EPOCH. The end of a run, or a question that it waits for.
drop_fallback() {
  enter
  fence
  forget_fallback
}

forget_fallback() {
  rm -f fallback/armed fallback/launch fallback/launch.new
  [ ! -d fallback ] || sync fallback
}

# say_fallback: what is armed, what it did, and who drove before it
say_fallback() {
  first_line fallback/armed
  [ -z "$LINE" ] || say armed "$LINE"
  first_line fallback/result
  a_name "${LINE%% *}" || return 0
  say did "$LINE"
  first_line fallback/fired
  say fired "$LINE"
  [ -z "$LINE" ] || tail -n +2 fallback/fired
  first_line fallback/result
  # shellcheck disable=SC2086 # RUN STATE EPOCH UTC TRIES DO
  set -- $LINE
  say why
  [ ! -f "jobs/$1-fallback-$3-$5/err" ] || tail -c 2000 "jobs/$1-fallback-$3-$5/err"
}

# fallback: RUN
fallback() { peek && say_fallback; }

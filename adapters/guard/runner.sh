# shellcheck shell=sh
# One job, in a session of its own: nobody waits for it, so nobody's end is its end.
# In: JOB (its folder), TOTAL (seconds), LIMIT (bytes), COUNT, and the functions command_0, command_1, ...
# Descriptors 7 and 8 (live, busy) are locked when we come; each `timeout` holds them too, so that killing this shell does
# not free them while a command runs.

# LEFT: seconds of the job's time, a part of one counting as one; false when it is over.
left() {
  read -r up _ </proc/uptime
  hundredths=$(((${up%.*} - ${began%.*}) * 100 + 1${up#*.} - 1${began#*.}))
  LEFT=$(((TOTAL * 100 - hundredths + 99) / 100))
  [ "$LEFT" -ge 1 ]
}

# Stdin into the file $1, of which only the last part is kept; on a full disk the rest is dropped.
keep() {
  while head -c "$LIMIT" >"$1" && [ -s "$1" ] && [ "$(wc -c <"$1")" -ge "$LIMIT" ]; do mv -f "$1" "$1.before"; done
  cat >/dev/null
}

# In order, until one fails that is not in SOFT (numbers between spaces).
work() {
  index=0
  while [ "$index" -lt "$COUNT" ]; do
    left || return 124
    ("command_$index") || { failed=$?; case ${SOFT:-} in *" $index "*) ;; *) return "$failed" ;; esac; }
    index=$((index + 1))
  done
}

run() {
  cd -- "$JOB" || exit 1
  printf '%-31s\n' "$$" 1<>session
  read -r began _ </proc/uptime
  exec 6>>kept
  flock 6
  # `exec`, since a shell keeps a copy of what it closes for a function only
  { exec 7>&- 8>&-; keep out <out.pipe; } &
  { exec 7>&- 8>&-; keep err <err.pipe; } &
  exec 6>&-
  # the paths stay good: a command changes only its own subshell's directory
  work >out.pipe 2>err.pipe
  status=$?
  # a daemon may hold the pipes forever, and `head` keeps its last block until they close; all others are waited for
  timeout 2 flock kept true 7>&- 8>&-
  read -r ended _ </proc/uptime
  printf '%-63s\n' "$status $began $ended $TOTAL" 1<>status
  rm -f out.pipe err.pipe
}

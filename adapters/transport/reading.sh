# shellcheck shell=sh
# One reading command after the other; both streams framed by a nonce that no command can know.
# In: NONCE, OUT and ERR (bytes kept of each stream, one more than the limit so that a cut shows).

# The beginning of stdin, in a pipe's own shell; the rest is drained, so that the command is not killed by its own output.
first() {
  head -c "$1"
  exec cat >/dev/null
}

# look INDEX: runs the function command_INDEX. 3 carries its status, 4 its standard error.
look() {
  printf '\n%s out %s\n' "$NONCE" "$1" >&5
  printf '\n%s err %s\n' "$NONCE" "$1" >&6
  read -r began _ </proc/uptime
  status=$({ { {
    ("command_$1") 2>&4 3>&- 4>&- 5>&- 6>&-
    echo "$?" >&3
  } | first "$OUT" >&5 3>&- 4>&-; } 4>&1 | first "$ERR" >&6 3>&-; } 3>&1)
  read -r ended _ </proc/uptime
  printf '\n%s was %s %s %s %s\n' "$NONCE" "$1" "$status" "$began" "$ended" >&5
}

# read_all COUNT
read_all() {
  exec 5>&1 6>&2
  index=0
  while [ "$index" -lt "$1" ]; do
    look "$index"
    index=$((index + 1))
  done
  printf '\n%s end\n' "$NONCE" >&5
  printf '\n%s end\n' "$NONCE" >&6
}

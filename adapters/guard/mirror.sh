# shellcheck shell=sh
# What the host keeps of each run's journal, so that another operator can continue it. Part of the guard.

# HAVE: whole lines of the run's mirrored journal; one torn by a full disk or a power loss is cut off first.
count() {
  file="runs/$RUN.jsonl" HAVE=0
  own f "$file"
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

# mirror: RUN, EPOCH, FIRST, LINES_SENT and the function sent_lines; ANEW=yes sets aside what is there
mirror() {
  enter
  fence
  [ -z "$ANEW" ] || [ ! -e "runs/$RUN.jsonl" ] || set_aside "runs/$RUN.jsonl"
  mirror_lines
  [ ! -f "runs/$RUN.jsonl" ] || sync "runs/$RUN.jsonl" runs
}

# The files of the mirrored runs, the one written to last at the end; what is foreign there is left out.
each_run() {
  # shellcheck disable=SC2012
  ls -tr runs 2>/dev/null | while IFS= read -r name; do
    case $name in *.jsonl) ;; *) continue ;; esac
    ! a_name "$name" || ! is f "runs/$name" || [ ! -r "runs/$name" ] || printf '%s\n' "$name"
  done
}

runs() {
  peek || return
  each_run | while IFS= read -r name; do say run "${name%.jsonl}"; done
}

# lines: RUN, and FIRST, the number of the first one; the last one is given in any case
lines() {
  peek && is f "runs/$RUN.jsonl" || return
  HAVE=$(wc -l <"runs/$RUN.jsonl")
  [ "$FIRST" -le "$HAVE" ] || FIRST=$HAVE
  say lines
  tail -n +"$FIRST" "runs/$RUN.jsonl"
}

# Of each run with marks: its first line, and every mark between its neighbours, with the numbers of their lines.
marks() {
  peek || return
  each_run | while IFS= read -r name; do
    say marks "${name%.jsonl}"
    grep -q -F '"kind":"release.marked"' "runs/$name" || continue
    head -n 1 "runs/$name"
    grep -n -B 1 -A 1 -F '"kind":"release.marked"' "runs/$name"
  done
}

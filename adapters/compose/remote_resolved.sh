# Compose's hash of each service, where one that takes namespaces or volumes of another names that one's container.
# $1: `service=container` pairs; $2: how many words compose has for the rendered file on its standard input; those words;
# then compose with the project's own files.
# shellcheck shell=sh
ids=$1 count=$2
shift 2
again=
while [ "$count" -gt 0 ]; do
  again="$again $1"
  shift
  count=$((count - 1))
done
out=$("$@" config --format json) || exit
# shellcheck disable=SC2086 # words of ours, none with a space in it
printf '%s\n' "$out" | awk -v ids="$ids" '
  BEGIN {
    n = split(ids, pairs, " ")
    for (i = 1; i <= n; i++) { at = index(pairs[i], "="); id[substr(pairs[i], 1, at - 1)] = substr(pairs[i], at + 1) }
  }
  /^      "/ { from = /^      "volumes_from": [[]/ }
  /^      "(network_mode|ipc|pid)": "service:/ {
    name = $2
    gsub(/^"service:|",?$/, "", name)
    if (name in id) sub(/"service:[^"]*"/, "\"container:" id[name] "\"")
  }
  from && /^        "/ {
    name = $1
    gsub(/[",]/, "", name)
    split(name, part, ":")
    if (part[1] == "container") sub(/"[^"]*"/, "\"" part[2] "\"")
    else if (part[1] in id) sub(/"[^"]*"/, "\"" id[part[1]] "\"")
  }
  { print }
' | $again config --no-consistency --hash '*'

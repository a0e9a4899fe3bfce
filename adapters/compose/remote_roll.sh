# Replaces the containers of one service without interruption. Each verb is a command of its own in the job:
#   needs PROJECT (SERVICE CONDITION)...        waits until what it needs is as it has to be
#   healthy PROJECT SERVICE OLD...              waits until every container that is not an old one is healthy
#   drain WAIT SIGNAL STRICT COUNT ID... WORD...   the front sees the new ones, the old ones are told, the front sees that
# Exit 97: another attempt cannot help. The last line says why, and whether the old containers run.
# shellcheck shell=sh
FINAL=97
STATE='{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.RestartCount}}'
STATE="$STATE {{.State.ExitCode}} {{.State.OOMKilled}} {{.ID}} {{.Name}} {{.HostConfig.RestartPolicy.Name}}"

containers() {
  docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$1" \
    --filter "label=com.docker.compose.service=$2" --filter label=com.docker.compose.oneoff=False
}

# One line of STATE: whether it is healthy. Sets `why` where it never will be; the same judgement as a look's.
judge() {
  status=$1 health=$2 restarts=$3 code=$4 oom=$5 id=$6 name=${7#/} policy=${8:-no}
  case $status/$health in
    running/healthy) return 0 ;;
    running/unhealthy) fails "$name is unhealthy" ;;
    running/none) fails "$name has no health check" ;;
    exited/* | dead/* | restarting/*)
      if [ "$oom" = true ]; then fails "$name was killed because memory ran out"
      elif [ "$policy" = no ] || [ "$restarts" -ge 5 ]; then fails "$name ended (exit $code)"
      elif [ "$policy" = on-failure ] && [ "$status/$code" = exited/0 ]; then fails "$name ended (exit 0)"
      fi ;;
  esac
  return 1
}

fails() { why=$1 failed=$id; }

# Waits until all of these containers are healthy; false, with `why`, once one of them never will be.
all_healthy() {
  while :; do
    seen=$(docker inspect --type container --format "$STATE" "$@") || exit 1
    why='' waiting=''
    while read -r line; do
      # shellcheck disable=SC2086
      judge $line || waiting=1
    done <<END
$seen
END
    [ -z "$why" ] || return 1
    [ -n "$waiting" ] || return 0
    pause
  done
}

pause() { sleep 0.5 2>/dev/null || sleep 1; }

needs() {
  project=$1
  shift
  while [ $# -ge 2 ]; do
    ids=$(containers "$project" "$1") || exit 1
    [ -n "$ids" ] || { echo "$1 has no container" >&2; exit 1; }
    # shellcheck disable=SC2086
    case $2 in
      service_completed_successfully) ended "$1" $ids ;;
      *) all_healthy $ids || { echo "$1: $why" >&2; exit 1; } ;;
    esac
    shift 2
  done
}

ended() {
  service=$1
  shift
  code=$(docker wait "$@" | sort -n | tail -n 1) || exit 1
  [ "$code" = 0 ] || { echo "$service failed (exit $code)" >&2; exit 1; }
}

healthy() {
  project=$1 service=$2 new=''
  shift 2
  for id in $(containers "$project" "$service"); do
    case " $* " in *" $id "*) ;; *) new="$new $id" ;; esac
  done
  [ -n "$new" ] || { echo "$service has no new container" >&2; exit 1; }
  # shellcheck disable=SC2086
  if all_healthy $new; then return; fi
  docker logs --tail 20 "$failed" >&2
  # shellcheck disable=SC2086
  docker stop $new >/dev/null && docker rm $new >/dev/null || exit 1
  echo "$service: $why; what was new of it is removed, $(still_running "$@")" >&2
  exit "$FINAL"
}

# What is true of the old containers now, in words.
still_running() {
  running=$(docker ps -q --no-trunc --filter status=running) || { echo 'whether the old one runs is unknown'; return; }
  up=0
  for id in "$@"; do
    # shellcheck disable=SC2086,SC2116
    case " $(echo $running) " in *" $id "*) up=$((up + 1)) ;; esac
  done
  case $up/$# in
    1/1) echo 'the old one still runs' ;;
    0/1) echo 'the old one does not run either' ;;
    *) echo "$up of the $# old ones still run" ;;
  esac
}

drain() {
  wait=$1 signal=$2 strict=$3 count=$4 ids=''
  shift 4
  while [ "$count" -gt 0 ]; do
    ids="$ids $1" count=$((count - 1))
    shift
  done
  sleep "$wait"
  [ -n "$signal$*" ] || return 0
  for id in $ids; do
    tell "$id" "$@" || [ -z "$strict" ] || exit "$FINAL"
  done
  sleep "$wait"
}

# The name says it first: whoever comes after a crash sees which container serves no more.
tell() {
  id=$1
  shift
  found=$(docker inspect --type container --format '{{.State.Running}} {{.Name}}' "$id" 2>/dev/null) || return 0
  name=${found#* /}
  case $found in
    false*) return 0 ;;
    *-draining) ;;
    *) docker rename "$id" "$name-draining" || exit 1 ;;
  esac
  if [ -n "$signal" ]; then docker kill --signal "$signal" "$id" >/dev/null; else docker exec "$id" "$@" >/dev/null; fi
  status=$?
  [ "$status" -ne 0 ] || return 0
  case $(docker inspect --type container --format '{{.State.Running}}' "$id" 2>/dev/null) in true) ;; *) return 0 ;; esac
  echo "$name could not be told to drain: $* ${signal} ended with status $status; it still runs" >&2
  return 1
}

"$@"

#!/bin/sh
# `nats pub [--] SUBJECT PAYLOAD`, as the runbook types it inside of the nats container. Exit 0: the server has it.
#   NATS_USER  NATS_PASSWORD
set -eu
[ "$1" = pub ] || { echo "nats: only pub is known here" >&2; exit 2; }
shift
[ "$1" != -- ] || shift
size=$(printf '%s' "$2" | wc -c)
said=$({
    printf 'CONNECT {"user":"%s","pass":"%s","verbose":false}\r\n' "$NATS_USER" "$NATS_PASSWORD"
    printf 'PUB %s %s\r\n%s\r\nPING\r\n' "$1" "$size" "$2"
    sleep 0.3
} | nc -w 2 127.0.0.1 4222)
case $said in *-ERR*) echo "nats: $said" >&2; exit 1 ;; *PONG*) echo "Published $size bytes to \"$1\"" ;; *) exit 1 ;; esac

#!/bin/sh
# The test service. PID 1 listens, one copy of this script answers each request.
#   HEALTH       status of GET /health (200)
#   READY_AFTER  seconds before it listens      CRASH_AFTER  seconds until it exits with 1
if [ "${1-}" = answer ]; then
    read -r _ path _
    while read -r line && [ "${#line}" -gt 1 ]; do :; done
    case $path in /health) status=${HEALTH:-200} ;; *) status=200 ;; esac
    printf 'HTTP/1.1 %s -\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n%s %s\n' \
        "$status" "$SERVICE" "$VERSION"
    exit
fi

echo "$SERVICE $VERSION starting"
trap 'echo "$SERVICE $VERSION stopping"; exit 0' TERM INT
sleep "${READY_AFTER:-0}" & wait $!
nc -ll -p 8080 -e /service answer &
echo "$SERVICE $VERSION listening on 8080"
if [ -n "${CRASH_AFTER-}" ]; then
    sleep "$CRASH_AFTER" & wait $!
    echo "$SERVICE $VERSION: out of luck" >&2
    exit 1
fi
wait

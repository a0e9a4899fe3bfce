#!/bin/sh
# Run inside of the droplet, as root, before it is put back into order.
set -eu
# What a controller left running ends: all that is on the droplet's own disk and no part of the machine itself.
own=$(readlink /proc/1/ns/mnt)
for process in /proc/[0-9]*; do
    [ "$(readlink "$process/ns/mnt" || true)" = "$own" ] || continue
    case $(cat "$process/comm" 2>/dev/null || true) in
    init.sh | sshd* | dockerd | containerd* | docker-proxy | '') ;;
    *) [ "${process#/proc/}" = $$ ] || kill -KILL "${process#/proc/}" 2>/dev/null || true ;;
    esac
done

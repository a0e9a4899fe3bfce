#!/bin/sh
# PID 1 of a droplet: mounts its own disk over ours, starts sshd and the engine, waits, and shuts down on TERM.
#   $1  the directory that is the droplet's disk     $2  its host name
# Runs behind `unshare --mount --pid --uts`, in the droplet's own network namespace. Standard input is a pipe whose
# other end is held by the tests: when they die, however they die, the power goes off.
set -eu
disk=$1 name=$2

mount --make-rprivate /
mount -t proc proc /proc
for directory in etc root home opt srv var/lib/docker var/log; do
    mkdir -p "/$directory"
    mount --bind "$disk/$directory" "/$directory"
done
for directory in run tmp; do mount -t tmpfs -o mode=755 tmpfs "/$directory"; done
chmod 1777 /tmp
mkdir -p /run/sshd /run/lock
hostname "$name"
exec 3<&0 </dev/null >>/var/log/boot.log 2>&1
cd /

# A namespace outlives the machine in it: what the last boot left in the network goes, as it would on real hardware.
for link in $(ip -o link show type bridge | sed 's/^[0-9]*: //; s/[:@].*//'); do ip link delete "$link"; done
for table in filter nat mangle raw; do
    iptables -w -t "$table" -F || true
    iptables -w -t "$table" -X || true
done
for chain in INPUT FORWARD OUTPUT; do iptables -w -P "$chain" ACCEPT || true; done
if grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf && [ -x /lib/ufw/ufw-init ]; then /lib/ufw/ufw-init start || true; fi

/usr/sbin/sshd -D -E /var/log/sshd.log &
dockerd >>/var/log/dockerd.log 2>&1 &
engine=$!

shutdown() { # as an init system does: the engine first, so that containers get their stop signal
    trap '' TERM
    kill -TERM "$engine" 2>/dev/null || true
    wait "$engine" || true
    exit 0
}
trap shutdown TERM
trap 'exit 1' USR1
{ read -r _ <&3 || true; kill -USR1 1; } &
exec 3<&-

while :; do wait; sleep 1; done

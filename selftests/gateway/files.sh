#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Where the kernel has no BTF, no eBPF program can be at its switches: the agent reads from files of cgroups what it can,
# and says when. All else works.
. "$(dirname "$0")/../lib/gateway.sh"

# timeout: 180
port=7011
ktap_plan 14
disk=$(mktemp -d /var/tmp/sluice-XXXXXX) && chmod 777 "$disk"
trap 'umount /sys/kernel/btf 2>/dev/null; rm -rf "$disk"; gw_cleanup' EXIT
[[ ! -d /sys/kernel/btf ]] || mount -t tmpfs none /sys/kernel/btf
gw_start 512M 2
source_is() { [[ $(field wait_source stats) == "$1" ]]; }
ktap_check "without BTF it is files that tell" until_true source_is files
ktap_check "doctor says so" has "$(sluice doctor)" "read once a second from files of cgroups"
gw_task worker <<E
[task]
kind = exec
command = /bin/sh -c "head -c 20M /dev/zero | tail -c 20M | wc -c >/dev/null; head -c 5M /dev/zero >/disk/written; sync /disk/written; cat /disk/file >/dev/null; head -c 50000 /dev/zero >&\$SLUICE_SOCKET_PEER; head -c 50000 <&\$SLUICE_SOCKET_PEER >/dev/null; sleep 4"
[needs]
memory = 128M
cpu = 1
disk = 1G
[environment]
data = $disk /disk rw
socket = peer tcp:127.0.0.1:$port
E
head -c 6M /dev/urandom >"$disk/file" && sync
echo 3 >/proc/sys/vm/drop_caches
../inside/station $port "$work/peer" &
until_true eval "[[ \$(ss -Hltn 'sport = $port' | wc -l) == 1 ]]"
before=$(awk '{ printf "%.0f", $1 * 1000000000 }' /proc/uptime)
call=$(sluice call worker --async)
sluice call reap "$call" >/dev/null
bill() { call_field "$call" "$1"; }
between() { # COUNT LEAST MOST
	local got
	got=$(bill "$1")
	echo "# $1: $got"
	((got >= $2 && got <= $3))
}
ktap_check "page faults" between page_faults 300 100000
if grep -qw io /sys/fs/cgroup/cgroup.controllers; then
	ktap_check "what it writes" between written_bytes $((5 << 20)) $((16 << 20))
	ktap_check "what it reads" between read_bytes $((6 << 20)) $((24 << 20))
else
	ktap_skip "what it writes" "no controller of disks"
	ktap_skip "what it reads" "no controller of disks"
fi
ktap_check "what it sends" between sent_bytes 50000 100000
ktap_check "what it receives" between received_bytes 50000 100000
ktap_check "nobody counts processes" same "$(bill processes)" 0
env=$(field env call show "$call")
ktap_check "it says when that was read" test "$(field counted_at env show "$env")" -gt "$before"
# Two that want one CPU, for which there is another all the time.
gw_task spin <<'E'
[task]
kind = exec
command = /bin/sh -c "while :; do :; done"
[needs]
cpu = 0.5
E
call=$(sluice call spin --async)
until_true call_is "$call" running
for ((i = $(nproc); i > 0; i--)); do
	(while :; do :; done) &
	loops+=($!)
done
env=$(field env call show "$call")
waits() { (($(field cpu_wait env show "$env") > 100000000)); }
ktap_check "how long it waits for a CPU" until_true waits
sluice call cancel "$call"
until_true call_is "$call" cancelled
kill "${loops[@]}"
# What one call did is on no other's bill, though it is read once a second.
gw_task short <<E
[task]
kind = exec
command = /bin/sh -c "head -c 3M /dev/zero >/disk/short; sync /disk/short"
[needs]
memory = 64M
disk = 1G
[environment]
data = $disk /disk rw
E
sluice call short && sluice call short
call=$(sluice call short --async)
sluice call reap "$call"
ktap_check "no more than it did itself" test "$(bill written_bytes)" -le $((4 << 20))
# The next agent finds BTF, and counts what others could not.
kill -KILL $agent
umount /sys/kernel/btf
gw_agent
[[ -e /sys/kernel/btf/sluice ]] && now=ebpf || now=maps
ktap_check "with BTF they are programs again" until_true source_is $now
run() { sluice call reap "$(sluice call short --async)"; }
ktap_check "and calls go on" run
ktap_check "nothing waits" same "$(field calls_waiting stats)" 0
ktap_end

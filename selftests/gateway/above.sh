#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Limits of cgroups above environments bound all of them together: the gate lets in what fits there, too, and what waits
# starts when a limit is raised. Page cache that the kernel would drop takes no room.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 27
gw_start 512M 2
place=/sys/fs/cgroup/sluice
limit() { echo "$2" >$place/"$1"; } # FILE LIMIT
bound() { same "$(sluice -j gate | jq -rM ".resources[] | select(.resource == \"$1\").bound")" "$2"; } # RESOURCE BY
gw_task large <<'E'
[task]
kind = exec
command = /bin/sleep 1000
environments = 2
idle = none
[needs]
memory = 100M
E
# Two calls, of which there is room for one.
two() { # TASK
	first=$(sluice call "$1" --async)
	until_true call_is "$first" running
	second=$(sluice call "$1" --async)
}
one_waits() { until_true call_held "$second" "resource:$1"; } # RESOURCE
starts_and_ends() {
	until_true call_is "$second" running || return
	sluice call cancel "$first" && sluice call cancel "$second" && until_true envs_are 0
}
none() { same "$(field limit budget show "$1")" null; }
ktap_check "without limits there are none" none memory
for file in memory.max memory.high; do
	limit $file 160M
	ktap_check "$file: it is seen" until_true bound memory limit
	ktap_check "$file: one would start" has "$(sluice what-if large)" "would start now, in a new environment"
	two large
	ktap_check "$file: a call that does not fit waits" one_waits memory
	ktap_check "$file: and says why" has "$(sluice why "$second")" "limits of cgroups above"
	ktap_check "$file: so would a third" has "$(sluice what-if large)" "waits behind 1 calls of its task"
	limit $file max
	ktap_check "$file: it starts when it is raised" starts_and_ends
	ktap_check "$file: which is seen" until_true none memory
done

# Somebody beside environments, below the same limit.
mkdir $place/beside
echo $((150 << 20)) >$place/memory.max
dd if=/dev/zero of=/var/tmp/cached bs=1M count=120 conv=fsync 2>/dev/null
echo 3 >/proc/sys/vm/drop_caches
(echo $BASHPID >$place/beside/cgroup.procs && exec cat /var/tmp/cached >/dev/null)
cached() { (($(awk '/^file / { print $2 }' $place/memory.stat) > 80 << 20)); }
ktap_check "the limit is full of cache" until_true cached
first=$(sluice call large --async)
ktap_check "which takes no room" until_true call_is "$first" running
sluice call cancel "$first"
until_true envs_are 0
(echo $BASHPID >$place/beside/cgroup.procs && exec ../inside/hog 90) &
hog=$!
hogged() { (($(awk '/^anon / { print $2 }' $place/memory.stat) > 80 << 20)); }
until_true hogged
second=$(sluice call large --async)
ktap_check "what nobody would drop does" until_true call_held "$second" resource:memory
sleep 0.5
ktap_check "and goes on to" call_held "$second" resource:memory
kill $hog
ktap_check "until it is given back" until_true call_is "$second" running
ktap_check "the kernel has ended nothing" same "$(awk '/^oom_kill / { print $2 }' $place/memory.events)" 0
sluice call cancel "$second"
until_true envs_are 0
limit memory.max max
rmdir $place/beside
rm -f /var/tmp/cached

gw_task many <<'E'
[task]
kind = exec
command = /bin/sleep 1000
environments = 2
idle = none
[needs]
pids = 20
E
limit pids.max $(($(<$place/agent/pids.current) + 30))
ktap_check "pids.max: it is seen" until_true bound pids limit
two many
ktap_check "pids.max: a call that does not fit waits" one_waits pids
limit pids.max max
ktap_check "pids.max: it starts when it is raised" starts_and_ends
gw_task busy <<'E'
[task]
kind = exec
command = /bin/sleep 1000
environments = 2
idle = none
[needs]
cpu = 0.4
E
limit cpu.max "60000 100000"
ktap_check "cpu.max: it is seen" until_true bound cpu limit
two busy
ktap_check "cpu.max: a call that does not fit waits" one_waits cpu
limit cpu.max max
ktap_check "cpu.max: it starts when it is raised" starts_and_ends
ktap_end

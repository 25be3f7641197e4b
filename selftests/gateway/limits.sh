#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a task asked for is what it gets: memory, processes and CPU are limits of its cgroup, and the bill says what
# it used of them.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 16
gw_start 512M 2
gw_task eater <<'E'
[task]
kind = exec
command = /bin/sh -c "head -c 100M /dev/zero | tail | wc -c"
[needs]
memory = 40M
cpu = 1
E
gw_task spender <<'E'
[task]
kind = exec
command = /bin/sh -c "head -c 30M /dev/zero | tail > /dev/null; i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done"
[needs]
memory = 80M
cpu = 1
E
gw_task forker <<'E'
[task]
kind = exec
command = /bin/bash -c "for i in 1 2 3 4 5 6 7 8; do sleep 2 & done; wait"
[needs]
pids = 5
cpu = 1
E
gw_task idler <<'E'
[task]
kind = exec
command = /bin/sleep 1
E

path_of() { # TASK: its environment's cgroup
	local pid
	pid=$(sluice -j env show | jq ".[] | select(.task == \"$1\").pid")
	echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")"
}

sluice call idler
cgroup=$(path_of idler)
ktap_check "memory.max is what the task asked for" same "$(<"$cgroup/memory.max")" $((32 << 20))
ktap_check "cpu.max is" same "$(<"$cgroup/cpu.max")" "10000 100000"
# its own pid 1 comes on top
ktap_check "pids.max is" same "$(<"$cgroup/pids.max")" 33

answer=$(sluice call eater 2>&1)
ktap_check "over its memory: the call fails" same $? 3
ktap_check "and nothing else does" same "$(sluice call idler; echo $?)" 0

call=$(sluice call spender --async)
sluice call reap "$call"
ktap_check "the bill has its peak of memory" test "$(call_field "$call" memory_peak)" -ge $((30 << 20))
ktap_check "which is within its limit" test "$(call_field "$call" memory_peak)" -le $((80 << 20))
used=$(awk '/^usage_usec/ { printf "%.0f", $2 * 1000 }' "$(path_of spender)/cpu.stat")
billed=$(call_field "$call" cpu_time)
echo "# CPU time: billed $billed ns, by its cgroup $used ns (with the start of the environment)"
ktap_check "the bill has its CPU time" test "$billed" -ge $((used * 6 / 10))
ktap_check "and no more than that" test "$billed" -le $((used * 11 / 10))

call=$(sluice call idler --async)
sluice call reap "$call"
ktap_check "who sleeps is not billed for others" test "$(call_field "$call" cpu_time)" -le \
	$(($(call_field "$call" run_time) / 2))

sluice call forker >/dev/null 2>"$work/forker"
ktap_check "over its processes: fork fails in there" test "$(cat "$(path_of forker)/pids.peak" 2>/dev/null || echo 6)" -le 6

# On a disk, which /tmp is not.
disk=$(mktemp -d /var/tmp/sluice-XXXXXX) && chmod 777 "$disk"
trap 'rm -rf "$disk"; gw_cleanup' EXIT
gw_task writer <<E
[task]
kind = exec
command = /bin/dd if=/dev/zero of=/disk/file bs=256K count=12 oflag=direct
[needs]
memory = 64M
cpu = 1
[environment]
data = $disk /disk rw
io = wbps=1M riops=1000
E
number=$(lsblk -ndo MAJ:MIN "$(findmnt -no SOURCE -T "$disk")" | tr -d ' ')
begin=$(date +%s%N)
sluice call writer >/dev/null
status=$? took=$(($(date +%s%N) - begin))
if ! grep -qw io /sys/fs/cgroup/cgroup.controllers; then
	call=$(sluice call writer --async)
	sluice call reap "$call" 2>/dev/null
	ktap_check "a gateway that cannot limit disks says so" has "$(call_field "$call" message)" "setting io.max: No such file"
	for i in 1 2 3 4; do ktap_skip "limits of disks $i" "no controller"; done
else
	ktap_check "it writes to its disk" same $status 0
	ktap_check "io.max is what the task asked for" grep -q "^$number rbps=max wbps=1048576 riops=1000 wiops=max" "$(path_of writer)/io.max"
	ktap_check "and no faster" test $took -ge 1900000000
	gw_task writer <<E
[task]
kind = exec
command = /bin/true
[environment]
io = weight=50
E
	sluice call writer 2>"$work/weight"
	status=$?
	if compgen -G "$(path_of idler)/io.*weight" >/dev/null; then
		ktap_check "a weight is one" same "$(cat "$(path_of writer)"/io.*weight | sort -u | head -n 1)" "default 50"
	else
		ktap_check "without weights that is said" has "$status:$(<"$work/weight")" "setting io.weight: No such file"
	fi
	ktap_check "and others have no limit" same "$(<"$(path_of idler)/io.max")" ""
fi
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# disk and network: bytes a second that calls ask for. There is no limit of them until a budget is set; of the disk below
# Sluice's data an environment gets what its task asked for.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 22
gw_start 512M 2
budget() { field budget budget show "$1"; } # RESOURCE
ktap_check "disk has no limit at first" has "$(sluice budget show disk)" unlimited
ktap_check "nor has network" has "$(sluice budget show network)" unlimited
for rate in disk network; do
	gw_task reader <<E
[task]
kind = exec
command = /bin/sleep 1000
environments = 2
idle = none
[needs]
$rate = 6M
E
	first=$(sluice call reader --async)
	ktap_check "$rate: one runs" until_true call_is "$first" running
	ktap_check "$rate: what it asked for is reserved" same "$(field reserved budget show $rate)" $((6 << 20))
	sluice budget set $rate 10M
	second=$(sluice call reader --async)
	ktap_check "$rate: another has to wait, as the budget is for one" until_true call_held "$second" "resource:$rate"
	ktap_check "$rate: in bytes" has "$(sluice why "$second")" "2.0M"
	sluice budget set $rate unlimited
	ktap_check "$rate: it starts when there is no limit any more" until_true call_is "$second" running
	ktap_check "$rate: and of what has none there is as much as anybody needs" same \
		"$(sluice budget show $rate | grep -c unlimited)" 2
	sluice call cancel "$first" && sluice call cancel "$second" && until_true envs_are 0
	sluice budget set $rate 5M
	ktap_check "$rate: more than the budget is refused" has "$(sluice call reader 2>&1)" "could never start"
	sluice budget set $rate unlimited
	ktap_check "$rate: a budget is a size" has "$(sluice budget set $rate fast 2>&1)" "bytes a second, as 10M, or unlimited"
done

path_of() { # TASK: its environment's cgroup
	local pid
	pid=$(sluice -j env show | jq -rM ".[] | select(.task == \"$1\").pid")
	echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")"
}
gw_task writer <<'E'
[task]
kind = exec
command = /bin/true
[needs]
disk = 3M
[environment]
io = wbps=1M
E
number=$(lsblk -ndo MAJ:MIN "$(findmnt -no SOURCE -T /var/lib/sluice)" | tr -d ' ')
sluice call writer
if ! grep -qw io /sys/fs/cgroup/cgroup.controllers; then
	ktap_skip "it gets no more of the disk than it asked for" "no controller"
else
	echo "# $(<"$(path_of writer)/io.max")"
	ktap_check "it gets no more of the disk than it asked for" grep -q "^$number rbps=3145728 wbps=1048576 riops=max wiops=max" \
		"$(path_of writer)/io.max"
fi
# Sluice's data where there is no disk.
sluice task del writer && until_true envs_are 0
mkdir -p "$work/data" && mount -t tmpfs none /var/lib/sluice
gw_task writer <<'E'
[task]
kind = exec
command = /bin/true
[needs]
disk = 3M
E
sluice call writer
ktap_check "where there is no disk it is counted all the same" same "$?:$(call_field "$(sluice -j call show | jq -rM '.[-1].id')" state)" 0:done
ktap_check "and doctor says so" has "$(sluice doctor)" "nobody is kept to it"
umount /var/lib/sluice
ktap_check "a need without limit is none" has "$(printf '[task]\nkind = exec\ncommand = /bin/true\n[needs]\ndisk = unlimited\n' >"$work/un.task" && sluice task check "$work/un.task" 2>&1)" "only a budget may be unlimited"
ktap_end

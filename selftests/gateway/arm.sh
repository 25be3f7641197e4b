#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A program of arm, 32 bits: where the gateway runs such programs its system calls are filtered by the same list, and
# where it does not, that is said before anybody calls it.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 3
gw_start
gw_task arm <<'T'
[task]
kind = exec
command = /usr/lib/sluice/selftests/inside/arm
retries = 0
T
runs=
[[ $(uname -m) != aarch64 ]] || ! setarch linux32 true 2>/dev/null || runs=1
refused() { # PART: of why
	local text
	! text=$(sluice task check /etc/sluice/tasks/arm.task 2>&1) && has "$text" "$1"
}
if [[ $runs ]]; then
	ktap_check "it is found good" sluice task check /etc/sluice/tasks/arm.task
	ktap_check "its system calls are answered as those of others" same "$(sluice call arm)" "as others "
	for preset in strict wide; do
		sed "s/^usr = yes/&\nfilter = $preset/" "$work/arm.task" >"$work/arm-$preset.task"
		sluice task add "$work/arm-$preset.task"
	done
	ktap_check "with each preset" same "$(sluice call arm-strict)$(sluice call arm-wide)" "as others as others "
else
	ktap_check "it is found to be of another machine" refused "is for arm, 32 bits"
	ktap_check "it does not run" eval '! sluice call arm >"$work/said" 2>&1'
	ktap_check "for that reason" has "$(<"$work/said")" "Exec format error"
fi
ktap_end

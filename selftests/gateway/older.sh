#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 1200
# What people have goes on working: the command, the task files, the scripts and the programs of an earlier commit, on
# the module and the agent of today. (selftests/vm/build-older says which.)
. "$(dirname "$0")/../lib/gateway.sh"

older=$(realpath ../older)
if [[ ! -x $older/sluice ]]; then
	ktap_plan 1
	ktap_skip "an earlier commit" "it was not built"
	ktap_end
fi
ktap_plan 3
now=$(command -v sluice)
demo=/usr/lib/sluice/demo
trap 'umount "$now" "$demo" 2>/dev/null; gw_cleanup' EXIT
mount --bind "$older/sluice" "$now"
mount --bind "$older/lib/sluice/demo" "$demo"
ktap_check "its command is in place" cmp "$older/sluice" "$now"
# As the unit of the agent does.
modprobe -aq vxcan can-gw
gw_start 300M 2
$demo/run >"$work/demo" 2>&1
ktap_check "its demo succeeds" same $? 0
sed 's/^/# /' "$work/demo"
ktap_check "and shows the end that it promised" has "$(tail -n 2 "$work/demo")" "Delayed, not refused"
ktap_end

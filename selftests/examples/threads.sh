#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A hundred threads, by what the task needs of pids.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 3
gw_start 512M 2
task=/usr/lib/sluice/examples/tasks/threads.task
ktap_check "its task is as it is installed" sluice task add $task
ktap_check "all are there at once" same "$(sluice call threads 2>&1)" "100 threads"
sed 's/^pids = .*/pids = 50/' $task >"$work/threads.task"
sluice task add "$work/threads.task"
ktap_check "one more than it needs is refused" has "$(sluice call threads 2>&1)" "thread 50: Resource temporarily unavailable"
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A shell script as people have it, which finds that there is no network.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 6
gw_start 512M 2
ktap_check "its task is as it is installed" sluice task add /usr/lib/sluice/examples/tasks/shell.task
answer=$(sluice call shell --data "30 4 10" 2>&1)
echo "# $answer"
ktap_check "which, mktemp, sort and awk" has "$answer" "sum 44, largest 30"
ktap_check "a here-document" has "$answer" "by rotate on shell"
ktap_check "curl says that it reaches nobody" has "$answer" "curl: (7) Failed to connect to 192.0.2.1"
ktap_check "what it says to /dev/stderr is why it failed" has "$answer" "curl ended with 7"
ktap_check "more than fits into its memory is sorted, too" has \
	"$(sluice call shell --data "$(seq -s ' ' 9000 -1 1)" 2>&1)" "sum 40504500, largest 9000"
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A locale and a time zone: the task's, and those of the gateway.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 3
gw_start 512M 2
task=/usr/lib/sluice/examples/tasks/locale.task
ktap_check "its task is as it is installed" sluice task add $task
ktap_check "the task's" same "$(sluice call locale --data 1750000000 2>&1)" "Sonntag, 15. Juni 2025, 17:06 CEST
1.234.567,89
UTF-8"
before=$(readlink /etc/localtime)
ln -sfn /usr/share/zoneinfo/Asia/Tokyo /etc/localtime
sed '/^variable/d' $task >"$work/locale.task"
sluice task add "$work/locale.task"
ktap_check "the gateway's" same "$(sluice call locale --data 1750000000 2>&1)" "Monday, 16. June 2025, 00:06 JST
1234567.89
UTF-8"
if [[ $before ]]; then ln -sfn "$before" /etc/localtime; else rm /etc/localtime; fi
ktap_end

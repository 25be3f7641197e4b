#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 1200
# Java as people have it: a file of source, threads, and a heap by the environment's own memory.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 3
gw_start 512M 2
ktap_check "its task is as it is installed" sluice task add /usr/lib/sluice/examples/tasks/java.task
answer=$(sluice call java --data "$(seq -s ' ' 100)" 2>&1)
echo "# $answer"
ktap_check "threads add up" has "$answer" "sum 5050, 1 CPUs"
heap=${answer##*heap of } heap=${heap% MB*}
ktap_check "half of the environment's memory is its heap" eval '((heap > 80 && heap <= 96))'
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Python as people have it: processes, shared memory, a database, TLS.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 6
gw_start 512M 2
ktap_check "its task is as it is installed" sluice task add /usr/lib/sluice/examples/tasks/python.task
answer=$(sluice call python --data "1 2 3" 2>&1)
echo "# $answer"
ktap_check "a pool, a queue and shared memory" has "$answer" '"squares": 14.0, "queue": "filled", "shared": "full"'
ktap_check "it knows the gateway's certificates" has "$answer" '"trusts": true'
ktap_check "and takes no other" has "$answer" '"unknown": "self-signed certificate"'
ktap_check "but one that it made itself" has "$answer" '"known": "got hello"'
for id in $(sluice -j env show | jq -r '.[].id'); do sluice env del "$id"; done
until_true envs_are 0
answer=$(sluice call python --data "4" 2>&1)
ktap_check "its database is there in another environment" has "$answer" '"kept": 4'
for id in $(sluice -j env show | jq -r '.[].id'); do sluice env del "$id"; done
until_true envs_are 0
rm -rf /var/lib/sluice
ktap_end

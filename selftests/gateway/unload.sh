#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The module can be removed when nobody uses it, and only then.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 5
gw_start 256M 1
gw_task wait <<'E'
[task]
kind = exec
command = /bin/sleep 1000
E
call=$(sluice call wait --async)
until_true call_is "$call" running
refused() { ! rmmod sluice 2>"$work/rmmod" && grep -q "in use" "$work/rmmod"; }
ktap_check "refused while a call runs" refused
ktap_check "which is not disturbed" call_is "$call" running
kill -TERM $agent
wait $agent
ktap_check "refused while an environment lives" refused
sluice call cancel "$call"
until_true envs_are 0
removed() { rmmod sluice; }
ktap_check "removed when nothing is left" until_true removed
sluice stats >/dev/null 2>&1
ktap_check "who asks for it by netlink brings it back" same $?:"$(lsmod | grep -c ^sluice)" 0:1
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The module is removed and loaded again under the agent, which goes on with the new one. Where a program counts, that
# holds the module; so none does here.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 6
program=/usr/lib/sluice/bpf/usage.bpf.o
conf=/etc/sluice/sluice.conf
trap 'umount $program $conf 2>/dev/null; gw_cleanup' EXIT
[[ ! -e $program ]] || mount --bind /dev/null $program
printf '[budget]\nrs485-test = 1\n' >"$work/conf"
mount --bind "$work/conf" $conf
gw_start 256M 2
gw_task say <<'E'
[task]
kind = exec
command = /bin/echo here
E
ktap_check "a call runs" same "$(sluice call say)" here
for id in $(sluice -j env show | jq -r '.[].id'); do sluice env del "$id"; done
until_true envs_are 0
removed() { rmmod sluice; }
ktap_check "the module is removed under the agent" until_true removed
ktap_check "which waits for it" until_true grep -q "waiting for it" "$work/log"
modprobe sluice
ktap_check "loaded again, it has its agent" until_true agent_here
budget() { sluice -j budget show | jq -c 'map(select(.resource == "rs485-test").budget)'; }
ktap_check "its budgets" same "$(budget)" "[1]"
ktap_check "and its tasks" same "$(sluice call say)" here
ktap_end

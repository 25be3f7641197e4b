#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The module is removed and loaded again under the agent, which goes on with the new one. Where a program counts, that
# holds the module; so none does here.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 12
programs=/usr/lib/sluice/bpf
conf=/etc/sluice/sluice.conf
trap 'umount $programs $conf 2>/dev/null; gw_cleanup' EXIT
[[ ! -d $programs ]] || mount -t tmpfs none $programs
# As many tokens as there may be, and one more, which is refused.
most=8192
{
	printf '[budget]\n'
	seq -f 'token-%.0f = 1' $((most + 1))
} >"$work/conf"
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
budget() { sluice -j budget show | jq -c "map(select(.resource == \"token-$1\").budget)"; }
budgets_are() { same "$(budget 1) $(budget 2) $(budget $most) $(budget $((most + 1)))" "$1"; }
ktap_check "its budgets, but for one that is refused" until_true budgets_are "[1] [1] [1] []"
ktap_check "which is said" until_true grep -q "budget of token-$((most + 1)): too many tokens" "$work/log"
ktap_check "and its tasks" until_true eval 'same "$(sluice call say)" here'

printf '[task]\nkind = exec\ncommand = /bin/echo has it\n[needs]\ntoken-8193 = 1\n[environment]\nusr = yes\n' >/etc/sluice/tasks/needs.task
ktap_check "a task whose token there is not is refused, which is said" until_true grep -q "needs.task: " "$work/log"
# Each line is set once: what the operator did since stays.
sluice budget set token-2 7
sluice budget del token-1
kill -HUP "$agent"
ktap_check "asked to, it sets what was refused" until_true budgets_are "[] [7] [1] [1]"
kill -KILL "$agent" && wait "$agent" 2>/dev/null
gw_agent
ktap_check "and takes the task that needs it" until_true eval 'same "$(sluice call needs)" "has it"'
ktap_check "and nothing that it had set, also as another agent" until_true budgets_are "[] [7] [1] [1]"
echo nonsense >>"$work/conf"
kill -HUP "$agent"
ktap_check "what cannot be read any more changes nothing" until_true grep -q "sluice.conf:$((most + 3))" "$work/log"
ktap_end

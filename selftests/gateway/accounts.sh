#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The accounts of CPU time are right whatever becomes of the agent: nothing is counted that nobody used, nothing twice,
# and bills are what the kernel's own account says.
# RESTARTS: how often, 10.
. "$(dirname "$0")/../lib/gateway.sh"

cpus=$(nproc)
ktap_plan 7
gw_start 256M "$cpus"
gw_task spin <<'E'
[task]
kind = exec
command = /bin/sh -c "while :; do :; done"
[needs]
cpu = 1
E
gw_task still <<'E'
[task]
kind = exec
command = /bin/sleep 1000
E
gw_task work <<'E'
[task]
kind = exec
command = /bin/sh -c "i=0; while [ $i -lt 4000 ]; do i=$((i + 1)); done"
[needs]
cpu = 1
E

agent_gone() { [[ $(field agent_pid stats) == 0 ]]; }
gw_end() { # SIGNAL
	kill -"$1" "$agent"
	wait "$agent" 2>/dev/null
	until_true agent_gone
}
measured() { field measured budget show cpu; }
outside() { field outside budget show cpu; }
# In thousandths. Who looks runs, too, and on a slow machine takes half a CPU where he does nothing else.
small() { sleep 1 && (($("$1") < 200)); }
uses_one() { (($(measured) > 700)); }

# What comes later keeps off the CPU on which it ends: no switch there tidies up.
last=$((cpus - 1))
call=$(sluice call spin --async)
until_true call_is "$call" running
for pid in $(pgrep -f 'while :; do'); do
	taskset -p -c $last "$pid" >/dev/null
done
ktap_check "what runs is measured" until_true uses_one
gw_end TERM
ktap_check "also while there is no agent" until_true uses_one
ktap_check "and is not counted as the rest of the box, too" until_true small outside
# The last time that it leaves its CPU, no agent is there.
sluice call cancel "$call"
until_true envs_are 0
taskset -p -c 0 $$ >/dev/null
gw_agent
call=$(sluice call still --async)
until_true call_is "$call" running
ktap_check "who comes after it has used nothing" until_true small measured
sluice call cancel "$call"
taskset -p -c 0-$last $$ >/dev/null
gw_end TERM
gw_agent

# Bills against the cgroup's own file, with an agent that comes and goes.
came=$(field agent_came stats)
sluice call work
path=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(sluice -j env show | jq '.[] | select(.task == "work").pid')/cgroup")
used() { awk '/^usage_usec/ { printf "%d000", $2 }' "$path/cpu.stat"; }
before=$(used)
touch "$work/go"
(
	sum=0
	while [[ -e $work/go ]]; do
		call=$(sluice call work --async) && sluice call reap "$call" >/dev/null || {
			echo "# call '$call': $?" && sluice call show "$call" && exit 1
		}
		sum=$((sum + $(call_field "$call" cpu_time)))
	done
	echo "$sum" >"$work/sum"
) &
caller=$!
restarts=${RESTARTS:-10}
for ((i = 0; i < restarts; i++)); do
	gw_end $((i % 2 ? 9 : 15))
	gw_agent
done
rm "$work/go"
wait $caller
ktap_check "calls went on all the while" same $? 0
billed=$(<"$work/sum")
used=$(($(used) - before))
ktap_check "their bills are what the cgroup used: $billed of $used ns" \
	test "$((100 * (billed > used ? billed - used : used - billed)))" -le "$used"
ktap_check "each agent came once" same "$(field agent_came stats)" $((came + restarts))
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The agent is killed at each step of making an environment (at some of its system calls; by long/steps at each of
# them): the next one goes on with what there is, or cleans it up, and the call ends as it should.
. "$(dirname "$0")/../lib/gateway.sh"

stride=9
[[ ! ${SLUICE_TEST_LONG:-} ]] || stride=1
ktap_plan 3
gw_start 256M 2
gw_task say <<'E'
[task]
kind = exec
command = /bin/echo here
retries = 100
[environment]
usr = yes
socket = plc tcp:127.0.0.1:5020
device = /dev/zero ro
data = /etc/hostname /data/name ro
E
../inside/plc 5020 "$work/taken" &
listening() { ss -Hltn 'sport = 5020' | grep -q 5020; }
until_true listening
sluice call say >/dev/null

# What there is of environments, whoever knows of it. A network without a process is that of a zygote (first/network.c).
left() {
	echo "cgroups: $(find /sys/fs/cgroup/sluice -maxdepth 1 -name 'env-*' | wc -l)," \
		"processes: $(pgrep -c '^sluice-(init|first)$')," \
		"mounts: $(wc -l </proc/mounts)," \
		"networks: $(lsns -t net -n -o NPROCS | grep -vcw 0)," \
		"reserved: $(sluice -j budget show | jq -c 'map(.reserved)')"
}
none() {
	local id
	for id in $(sluice -j env show | jq -r '.[].id'); do sluice env del "$id"; done
	until_true envs_are 0
	until_true same "$(find /sys/fs/cgroup/sluice -maxdepth 1 -name 'env-*' | wc -l)" 0
}
none
before=$(left)

killed() { ! kill -0 "$agent" 2>/dev/null; }
over() { killed || call_is "$call" done; }
bad='' n=0 kills=0
while :; do
	exec 9< <(exec ../inside/killat "$agent" $n)
	counter=$!
	read -r _ <&9
	call=$(sluice call say --async)
	until_true over
	if ! killed; then
		kill "$counter" 2>/dev/null
		break
	fi
	wait "$agent" 2>/dev/null
	kills=$((kills + 1))
	gw_agent
	until_true call_is "$call" done || bad+=" call:$n"
	[[ $(call_field "$call" attempts) == 0 ]] || bad+=" attempts:$n:$(call_field "$call" attempts)"
	none
	until_true same "$(left)" "$before" || bad+=" left:$n:$(left)"
	n=$((n + stride))
done
echo "# killed $kills times, in $n system calls"
ktap_check "the agent was killed while it made an environment" eval '((kills > 5))'
ktap_check "each time its call ended as it should, and nothing was left" same "$bad" ""
ktap_check "and not when all was done" same "$(sluice call say)" here
ktap_end

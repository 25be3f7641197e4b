#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A killed agent: what runs goes on, warm environments take further calls, others wait and say why. The next agent
# adopts what lives, provisions what waits, and clears away what is dead.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 14
gw_start 256M 2
mkdir -p /run/sluice-test
gw_task slow <<'E'
[task]
kind = exec
command = /bin/sh -c "while [ ! -e /data/go ]; do sleep 0.1; done; echo went"
[environment]
usr = yes
data = /run/sluice-test /data ro
E
gw_task quick <<'E'
[task]
kind = exec
command = /bin/echo quick
E
gw_task cold <<'E'
[task]
kind = exec
command = /bin/echo cold
E
sluice call quick >/dev/null
slow=$(sluice call slow --async)
until_true call_is "$slow" running
envs() { sluice -j env show | jq -c 'map([.id, .task, .pid])'; }
before=$(envs)

kill -KILL $agent
wait $agent 2>/dev/null
gone() { [[ $(sluice -j stats | jq .agent_pid) == 0 ]]; }
ktap_check "the module notices" until_true gone
ktap_check "the running call still runs" call_is "$slow" running
ktap_check "a warm environment takes a call" same "$(sluice call quick)" quick
cold=$(sluice call cold --async)
ktap_check "a cold one waits for an agent" until_true call_held "$cold" "agent:"
ktap_check "why says so" has "$(sluice why "$cold")" "start sluiced"
sluice doctor >"$work/doctor"
ktap_check "doctor fails, and says so" same "$?:$(grep -c '^agent *missing' "$work/doctor")" 2:1
second=$(sluice call quick --async)
ktap_check "calls are still accepted" same "$(sluice call reap "$second")" quick

gw_agent
ktap_check "the next agent adopts what lives" same "$(envs | jq -c "map(select(.[1] != \"cold\"))")" "$before"
ktap_check "the waiting call gets its environment" same "$(sluice call reap "$cold")" cold
touch /run/sluice-test/go
ktap_check "the running call ends with its answer" same "$(sluice call reap "$slow")" went

# An agent that dies while an environment is in the making.
kill -STOP $agent
sluice env del "$(sluice -j env show | jq '.[] | select(.task == "cold").id')"
cold=$(sluice call cold --async)
ktap_check "a call waits for its environment" until_true call_is "$cold" starting
kill -KILL $agent
wait $agent 2>/dev/null
gw_agent
ktap_check "the next agent makes it" same "$(sluice call reap "$cold")" cold

kill -TERM $agent
wait $agent
ktap_check "an agent that is asked to end ends" same $? 0
gw_agent
for task in slow quick cold; do sluice task del $task; done
until_true envs_are 0
left() { find /sys/fs/cgroup -name 'env-*' -o -path '*/sluice/*' -type d | grep -v '/agent$'; }
nothing_left() { [[ ! $(left) ]]; }
ktap_check "nothing is left of the environments" until_true nothing_left
left | sed 's/^/# left: /'
rm -rf /run/sluice-test
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 1200
# Many calls of several tasks over few environments, submitted by several processes: each ends exactly once, no budget
# is exceeded at any time, and nothing is left.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 6
gw_start 120M 1
sluice budget set gate 2
for task in a b c; do
	gw_task $task <<'E'
[task]
kind = exec
command = /bin/true
environments = 3
[needs]
memory = 30M
cpu = 0.3
gate = 1
E
done
gw_trace
submit() { # TASK
	local n
	for n in {1..40}; do sluice call "$1" --async >/dev/null || return 1; done
}
submit a & one=$!
submit b & two=$!
submit c & three=$!
wait $one && wait $two && wait $three
ktap_check "all are accepted" same $? 0
idle() { [[ $(sluice -j stats | jq '.calls_waiting + .calls_running') == 0 ]]; }
ktap_check "all end" until_true idle
ktap_check "all are done" same "$(sluice -j call show | jq -c 'group_by(.state) | map([.[0].state, length])')" '[["done",120]]'
ktap_check "each once" same "$(awk '/ call_state: / && / to=done / { for (i = 1; i <= NF; i++) if ($i ~ /^call=/) n[$i]++ }
	END { for (c in n) { total++; if (n[c] != 1) bad++ } print total + 0, bad + 0 }' $trace/trace)" "120 0"
over() { awk '/ ledger: / { for (i = 1; i <= NF; i++) { split($i, kv, "="); v[kv[1]] = kv[2] }
	n++; if (v["reserved"] + 0 > v["budget"] + 0) { print; bad = 1 } } END { exit bad || !n }' $trace/trace; }
ktap_check "no budget was exceeded" over
for task in a b c; do sluice task del $task; done
until_true envs_are 0
ktap_check "nothing is reserved any more" same "$(sluice -j budget show | jq -c 'map(.reserved + .promised) | add')" 0
ktap_end

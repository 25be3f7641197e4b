#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The bpftrace scripts of docs/tracing do what they say, with the tracepoints as they are.
. "$(dirname "$0")/../lib/gateway.sh"

# timeout: 180
scripts=/usr/lib/sluice/examples/tracing
ktap_plan 12
gw_start 512M 2
gw_task tick <<'E'
[task]
kind = exec
command = /bin/sh -c "head -c 1M /dev/zero | wc -c; sleep 0.2"
E
sluice budget set seat 1
gw_task seated <<'E'
[task]
kind = exec
command = /bin/sleep 1
environments = 2
[needs]
seat = 1
E
# It says that it is about to be there; and ends as by Ctrl-C, which who is in the background does not hear.
watch() { # SCRIPT
	stdbuf -oL bpftrace "$scripts/$1.bt" >"$work/$1.out" 2>"$work/$1.err" &
	watcher=$!
	until_true starts "$1" || cat "$work/$1.err"
	sleep 3
}
starts() { grep -qi -e attach -e error "$work/$1.out" "$work/$1.err"; } # SCRIPT
seen() { # SCRIPT
	sleep 1
	kill -TERM $watcher
	wait $watcher
	out=$(<"$work/$1.out")
}

watch waits
sluice call tick >/dev/null
first=$(sluice call seated --async)
until_true call_is "$first" running
second=$(sluice call seated --async)
until_true call_held "$second" resource:seat
sluice call reap "$first" && sluice call reap "$second"
seen waits
ktap_check "waits: how long calls waited" has "$out" "@waited_ms[seated]"
ktap_check "waits: those of each task" has "$out" "@waited_ms[tick]"
ktap_check "waits: what was short" has "$out" "@short_of[seated, seat]: 1"
left() { [[ $out != *@since* ]]; }
ktap_check "waits: what it keeps for itself is not shown" left

watch bills
call=$(sluice call tick --async)
sluice call reap "$call" >/dev/null
seen bills
ktap_check "bills: a line for the call" grep -qE "^$call +tick +[0-9]+ +[0-9]+ +[0-9]+" <<<"$out"
ktap_check "bills: with what it started" grep -qE "^$call +tick .* [1-9][0-9]* +[1-9]$" <<<"$out"
ktap_check "bills: with a head" has "$out" "CALL     TASK"

watch ledger
sluice call reap "$(sluice call seated --async)"
seen ledger
ktap_check "ledger: what was reserved at most" has "$out" "@most[seat]: 1"
ktap_check "ledger: what is now" has "$out" "@reserved[seat]: 0"
ktap_check "ledger: the budget" has "$out" "@budget[seat]: 1"

watch environments
gw_task fresh <<'E'
[task]
kind = exec
command = /bin/true
reuse = never
E
sluice call fresh
until_true eval '[[ $(sluice -j env show | jq "map(select(.task == \"fresh\")) | length") == 0 ]]'
seen environments
ktap_check "environments: how long they take" has "$out" "@made_us[fresh]"
ktap_check "environments: how long they live" has "$out" "@lived_ms[fresh]"
ktap_end

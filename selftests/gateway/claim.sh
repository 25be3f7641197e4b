#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The claim: of two calls that do not fit together one runs and the other waits, whole, for the resource; when the
# first ends the other starts; both end. The module's trace proves the order.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 9
gw_start 256M 1
gw_task big <<'E'
[task]
kind = exec
command = /bin/sh -c "read line; while [ ! -e /data/go-$line ]; do sleep 0.1; done; echo did $line"
environments = 4
[needs]
memory = 150M
[environment]
usr = yes
data = /run/sluice-test /data ro
E
mkdir -p /run/sluice-test
gw_trace

# What the trace says of a call, in order: queued held starting running done
order() { # ID
	awk -v call="call=$1" '
		index($0, call " ") && / call_state: / {
			for (i = 1; i <= NF; i++)
				if ($i ~ /^to=/)
					printf "%s ", substr($i, 4)
		}
		index($0, call " ") && / call_hold: / && / hold=resource resource=memory / { printf "held " }' $trace/trace
}
at() { # ID STATE: the line number of it in the trace
	grep -n . $trace/trace | awk -v call="call=$1" -v to="to=$2" 'index($0, call " ") && index($0, to " ") {
		split($0, n, ":"); print n[1]; exit }'
}

one=$(sluice call big --data one --async)
two=$(sluice call big --data two --async)
ktap_check "the first runs" until_true call_is "$one" running
ktap_check "the second waits for memory" until_true call_held "$two" resource:memory
ktap_check "it says how much is missing" same \
	$(($(call_field "$two" need) - $(call_field "$two" missing))) "$(field available budget show memory)"
touch /run/sluice-test/go-two
sleep 1
ktap_check "it waits still, whatever it could do" call_is "$two" queued
touch /run/sluice-test/go-one
ktap_check "the first ends with its answer" same "$(sluice call reap "$one")" "did one"
ktap_check "the second ends with its own" same "$(sluice call reap "$two")" "did two"
ktap_check "trace: the first" same "$(order "$one")" "queued starting running done "
ktap_check "trace: the second" same "$(order "$two")" "queued held starting running done "
ktap_check "trace: it started when the first had ended" test "$(at "$two" starting)" -gt "$(at "$one" done)"
rm -rf /run/sluice-test
ktap_end

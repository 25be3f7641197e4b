#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The gate looks at what the box really has: a program outside of Sluice that eats its memory delays calls, and they
# start when it ends.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 7
# The operator gives away more than the program will leave.
total=$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)
gw_start "${total}M" 2
available=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
need=$((available / 3))
gw_task third <<E
[task]
kind = exec
command = /bin/echo ran
[needs]
memory = ${need}M
E

ktap_check "there is room" same "$(sluice call third)" ran
until_true envs_are 1
sluice env del "$(sluice -j env show | jq '.[0].id')"
until_true envs_are 0

../inside/hog "$((available * 3 / 4))" &
hog=$!
eaten() { (($(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo) < need)); }
ktap_check "the program has eaten it" until_true eaten
call=$(sluice call third --async)
ktap_check "a call waits for memory" until_true call_held "$call" resource:memory
outside=$(sluice -j budget show memory | jq ".outside > $((available / 2)) * 1048576")
ktap_check "the ledger shows it outside" same "$outside" true
ktap_check "why says who it is" has "$(sluice why "$call")" "outside of Sluice"
kill $hog
wait $hog
ktap_check "it starts when the program ends" same "$(sluice call reap "$call")" ran
ktap_check "it had to wait" same "$(sluice -j stats | jq '.counters.call_held > 0')" true
ktap_end

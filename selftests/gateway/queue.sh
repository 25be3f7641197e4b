#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The whole way, with real programs: pause and drain, keys, overflow, retry and quarantine, identity, and that a task
# file says all of it. What each of them means in detail the tests of the module say.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 39
gw_start 256M 2
mkdir -p /run/sluice-test
chmod 777 /run/sluice-test

says() { # STATUS TEXT WORDS...: sluice WORDS ends so and says so
	local expected=$1 text=$2 output status=0
	shift 2
	output=$(sluice "$@" 2>&1 </dev/null) || status=$?
	same "$status" "$expected" && has "$output" "$text"
}
task_field() { field "$2" task show "$1"; } # TASK KEY
task_is() { [[ $(task_field "$1" "$2") == "$3" ]]; } # TASK KEY VALUE
call_waits() { [[ $(call_field "$1" hold) == "$2" ]]; } # ID HOLD
ended() { sluice call reap "$1" >/dev/null 2>&1; call_field "$1" state; } # ID: its last state

# A task whose calls run until there is a file of that name.
gw_task gate <<'E'
[task]
kind = exec
command = /bin/sh -c "read name; while [ ! -e /data/$name ]; do sleep 0.1; done; echo $name"
queue = 3
[needs]
memory = 32M
[environment]
usr = yes
data = /run/sluice-test /data ro
E

#
# Pause, drain, resume
#
one=$(sluice call gate --data one --async)
until_true call_is "$one" running
ktap_check "pause" sluice task pause gate
two=$(sluice call gate --data two --async)
ktap_check "why: paused" has "$(sluice why "$two")" "paused"
touch /run/sluice-test/one /run/sluice-test/two
ktap_check "what runs finishes" same "$(ended "$one")" done
sleep 0.5
ktap_check "what waits does not start" call_is "$two" queued
ktap_check "resume" sluice task resume gate
ktap_check "then it starts" same "$(ended "$two")" done
three=$(sluice call gate --data three --async)
until_true call_is "$three" running
sluice task drain gate wait >"$work/drained" 2>&1 &
drain=$!
until_true task_is gate mode drain
ktap_check "drain refuses what comes" says 2 "drain" call gate --data four
ktap_check "drain waits for what runs" kill -0 $drain
touch /run/sluice-test/three
wait $drain
ktap_check "drain ends with it" test $? = 0
ktap_check "and no environment is left" envs_are 0
ktap_check "a file loaded again does not resume it" eval 'sluice task add "$work/gate.task" && task_is gate mode drain'
ktap_check "drain keep takes what comes" eval 'sluice task drain gate keep && four=$(sluice call gate --data one --async)'
sluice task resume gate
ktap_check "and lets it go in the end" until_true task_is gate queued 0

#
# Keys, order, overflow
#
holder=$(sluice call gate --data holder --async)
until_true call_is "$holder" running
old=$(sluice call gate --data old --key meter-1 --async)
new=$(sluice call gate --data one --key meter-1 --async)
ktap_check "a newer call takes the place of one with its key" call_is "$old" superseded
ktap_check "which says so" has "$(sluice call reap "$old" 2>&1)" "newer call"
low=$(sluice call gate --data one --async)
sluice call set "$low" priority 90
ktap_check "a priority can be changed" same "$(call_field "$low" position)" 0
sluice call set "$low" deadline 200ms
ktap_check "a deadline can be set" until_true call_is "$low" expired
sluice call gate --data one --async >/dev/null
sluice call gate --data one --async >/dev/null
ktap_check "a full queue refuses" says 2 "is full" call gate --data five
sed -i 's/^queue = 3/queue = 3\noverflow = drop-oldest/' "$work/gate.task"
sluice task add "$work/gate.task"
six=$(sluice call gate --data one --async)
ktap_check "or drops the oldest" call_is "$new" dropped
sed -i 's/drop-oldest/block/' "$work/gate.task"
sluice task add "$work/gate.task"
ktap_check "or blocks, unless asked not to" says 2 "is full" call gate --data seven --nonblock
sluice call gate --data one --async >"$work/blocked" &
blocked=$!
until_true task_is gate queued 3
sleep 0.5
ktap_check "a submitter waits for room" kill -0 $blocked
touch /run/sluice-test/holder
wait $blocked
ktap_check "and gets in" test $? = 0
ktap_check "all of them end" until_true task_is gate queued 0
ktap_check "the task counted it" same "$(sluice -j task show gate | jq -c '[.superseded, .dropped]')" '[1,1]'

#
# Retry and quarantine
#
gw_task flaky <<'E'
[task]
kind = exec
command = /bin/sh -c "read max; [ $SLUICE_ATTEMPTS -ge $max ] || { echo not yet >&2; exit 7; }; echo attempt $SLUICE_ATTEMPTS"
retries = 2
backoff = 300ms
quarantine = 4 none
[needs]
memory = 32M
E
ktap_check "a failed call is run again" same "$(sluice call flaky --data 2)" "attempt 2"
again=$(sluice call flaky --data 9 --async)
ktap_check "so often, and no more" same "$(ended "$again"):$(call_field "$again" attempts)" failed:2
ktap_check "a success ends the row" same "$(sluice call flaky --data 0)" "attempt 0"
sluice call flaky --data 9 >/dev/null 2>&1
failing=$(sluice call flaky --data 9 --async)
ktap_check "a task that keeps failing is quarantined" until_true call_waits "$failing" quarantine
ktap_check "why says so" has "$(sluice why "$failing")" "failed"
ktap_check "by hand it is let out" eval 'sluice task resume flaky && same "$(ended "$failing")" failed'
gw_task patient <<'E'
[task]
kind = exec
command = /bin/false
retries = 1
backoff = 1h
E
later=$(sluice call patient --async)
ktap_check "a failed call waits before it is run again" until_true call_waits "$later" backoff
ktap_check "why says so" has "$(sluice why "$later")" "runs again"
ktap_check "it can be cancelled meanwhile" eval 'sluice call cancel "$later" && same "$(ended "$later")" cancelled'

#
# Identity
#
gw_trace
gw_task who <<'E'
[task]
kind = exec
command = /bin/sh -c "echo $SLUICE_TRACE_ID"
E
trace_id=4bf92f3577b34da6a3ce929d0e0e4736
ktap_check "the program has the trace id" same \
	"$(sluice call who --trace "00-$trace_id-00f067aa0ba902b7-01")" $trace_id
ktap_check "the trace too, at each change" same \
	"$(grep -c " call_state: .*task=who .*trace_id=$trace_id" $trace/trace)" 4
ktap_check "none given: one is made" eval '[[ $(sluice call who) =~ ^[0-9a-f]{32}$ ]]'

#
# Classes by file
#
gw_task control <<'E'
[task]
kind = exec
command = /bin/true
class = deadline
runtime = 36m
deadline = 1h
[needs]
cpu = 2
memory = 16M
E
sluice task pause control
accepted=$(sluice call control --async)
ktap_check "deadlines that can be met are accepted" call_is "$accepted" queued
ktap_check "others are refused, with the reason" says 2 "deadline" call control
ktap_check "a key taken out of a file goes back to what it was" eval \
	'sed -i /^class/d "$work/control.task" && sluice task add "$work/control.task" && task_is control class priority'
sluice call cancel "$accepted"
rm -rf /run/sluice-test
ktap_end

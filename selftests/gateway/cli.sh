#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The command line: grammar, shortened words, JSON, exit status, and what it says when something is refused.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 43
gw_start 128M 1
gw_task cat <<'E'
[task]
kind = exec
command = /bin/cat
input = 1K
queue = 3
[needs]
memory = 32M
E
gw_task sleep <<'E'
[task]
kind = exec
command = /bin/sleep 1000
queue = 2
environments = 1
E
gw_task huge <<'E'
[task]
kind = exec
command = /bin/true
[needs]
memory = 129M
E

says() { # STATUS TEXT WORDS...: sluice WORDS ends so and says so
	local expected=$1 text=$2 output status=0
	shift 2
	output=$(sluice "$@" 2>&1 </dev/null) || status=$?
	same "$status" "$expected" && has "$output" "$text"
}
json() { sluice -j "$@" | jq -e . >/dev/null; }

ktap_check "the answer comes as it is" same "$(sluice call cat --data hello)" hello
ktap_check "options go without dashes, and shortened" same "$(sluice c cat da hello prio 3)" hello
ktap_check "input from a file" same "$(sluice call cat --file /etc/hostname)" "$(cat /etc/hostname)"
ktap_check "input from stdin" same "$(echo piped | sluice call cat --file -)" piped
ktap_check "bytes survive" same "$(head -c 900 /dev/urandom | tee "$work/bytes" | sluice call cat file - | md5sum)" \
	"$(md5sum <"$work/bytes")"
ktap_check "JSON has the answer and the bill" same \
	"$(sluice -j call cat --data text | jq -c '[.state, .output, .run_time > 0, .memory_peak > 0]')" '["done","text",true,true]'
ktap_check "JSON of bytes that are no text" same \
	"$(printf '\377\0' | sluice -j call cat --file - | jq -r .output_hex)" ff00
ktap_check "no words: usage" says 1 "usage: sluice"
ktap_check "help" says 0 "usage: sluice" help
ktap_check "version" says 0 "sluice " -V
sluice() { unshare -n /usr/sbin/sluice "$@"; }
ktap_check "no module to be seen from here" says 4 "not loaded" stats
unset -f sluice
ktap_check "an unknown object" says 1 "there is no object 'valve'" valve
ktap_check "an unknown command" says 1 "task has no command 'fly'" task fly
ktap_check "an unknown option" says 1 "'--fast' is no option of call run" call cat --fast
ktap_check "a value that is missing" says 1 "its value is missing" call cat --data
ktap_check "a time that is none" says 1 "expected a time" call cat --timeout soon
ktap_check "a priority out of range" says 1 "a priority is 0 to 99" call cat --priority 100
ktap_check "data twice" says 1 "may be given once" call cat --data a --data b
ktap_check "a file that is not there" says 1 "No such file" call cat --file /nowhere
ktap_check "an unknown task" says 2 "there is no task dog" call dog
ktap_check "an input over the limit" says 2 "more than cat takes (1024)" call cat --file /bin/true
ktap_check "more than the budget" says 2 "it could never start" call huge
ktap_check "an unknown call" says 2 "no such call" call show 4711
ktap_check "no number" says 1 "is not a number" call show xyz
ktap_check "why of an unknown call" says 2 "no such call" why 4711
ktap_check "an unknown environment" says 2 "no such environment" env del 4711
ktap_check "an unknown resource" says 2 "no such resource" budget show steam
ktap_check "a budget that is no size" says 1 "expected a size" budget set memory lots
ktap_check "memory cannot be removed" says 1 "always there" budget del memory

running=$(sluice call sleep --async)
until_true call_is "$running" running
first=$(sluice call sleep --async)
second=$(sluice call sleep --async)
ktap_check "a full queue" says 2 "the queue of sleep is full (2 calls)" call sleep --async
ktap_check "why: its task's limit" says 0 "its task's limit is reached" why "$first"
ktap_check "why: behind another" says 0 "waits behind 1 calls" why "$second"
ktap_check "a budget below what is reserved" says 2 "reserved" budget set memory 1M
sluice call priority "$second" 90
ktap_check "a higher priority goes first" same "$(call_field "$second" position)" 0
ktap_check "a deadline too far to be one" says 2 "cannot be changed so" call set "$second" deadline 2000000h
ktap_check "nor can what runs be changed" says 2 "does not wait any more" call set "$running" priority 1
ktap_check "a waiting call is cancelled" says 0 "" call cancel "$second"
ktap_check "and not twice" says 2 "has ended" call cancel "$second"
ktap_check "a deadline" says 3 "expired: deadline" call sleep --deadline 200ms
sluice monitor sleep >"$work/monitor" &
monitor=$!
# It listens when it shows what goes on meanwhile.
listens() {
	sluice call cancel "$(sluice call sleep --async)"
	grep -q "sleep cancelled" "$work/monitor"
}
until_true listens
sluice call cancel "$first"
grepped() { grep -q "call $first sleep cancelled" "$work/monitor"; }
ktap_check "monitor shows what happens" until_true grepped
kill $monitor
all_json() {
	local w
	for w in "task show" "task show cat" "call show" "call show $first" "env show" "budget show" "budget show cpu" \
		"stats" "doctor" "why $running"; do
		# shellcheck disable=SC2086
		json $w || { echo "$w gives no JSON"; return 1; }
	done
}
ktap_check "everything speaks JSON" all_json
# Not root: may look and not change; group sluice may call.
nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups sluice "$@" 2>&1; }
ktap_check "others may look" has "$(nobody task show)" cat
ktap_check "and change nothing" has "$(nobody budget set memory 1G)" "this needs root"
ktap_end

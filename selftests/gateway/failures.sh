#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Programs that are missing, crash, hang or say too much, and environments that cannot be made: the call fails with
# the reason, nothing else is disturbed, and the next call is served.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 24
gw_start 256M 2
define() { # NAME COMMAND [LINE]
	printf '[task]\nkind = %s\ncommand = %s\n%s\n' "${kind:-exec}" "$2" "${3:-}" | gw_task "$1"
}
fails() { # TASK REASON TEXT: the call fails for that reason, and says so
	local output status=0
	output=$(sluice call "$1" 2>&1) || status=$?
	same $status 3 && has "$output" "$3" &&
		same "$(sluice -j call show | jq -r "map(select(.task == \"$1\")) | last.reason")" "$2"
}
define good "/bin/echo good" "idle = 1h"
define missing /usr/bin/no-such-program
define crash '/bin/sh -c "kill -SEGV $$"'
define status '/bin/sh -c "echo the disk is full >&2; exit 7"'
define hang "/bin/sleep 1000" "timeout = 300ms"
define loud "/bin/head -c 5000 /dev/zero" "output = 4K"
define orphan '/bin/sh -c "(sleep 1000 >/dev/null 2>&1 & echo $!)"'
kind=serve define noserver /bin/true
kind=serve define noserve-missing /usr/bin/no-such-program
kind=serve define mute "/bin/sleep 1000" "start-timeout = 300ms"
gw_task nodata <<'E'
[task]
kind = exec
command = /bin/true
[environment]
usr = yes
data = /run/not-there /data ro
E
gw_task nosocket <<'E'
[task]
kind = exec
command = /bin/true
[environment]
usr = yes
socket = bus can:nobus9
E
sluice call good >/dev/null
good=$(sluice -j env show | jq -c 'map(select(.task == "good")) | .[0].id')

ktap_check "a missing program" fails missing not-started "cannot start /usr/bin/no-such-program: No such file"
ktap_check "again" fails missing not-started "No such file"
ktap_check "a crash" fails crash signalled "signal 11"
ktap_check "a failure, with its last words" fails status exited $'the disk is full\nsluice: call'
ktap_check "it is not the environment's fault" same "$(sluice -j env show | jq -c 'map(select(.task == "status")) | .[0].calls')" 1
ktap_check "a program that hangs" fails hang timeout timeout
hang_gone() { [[ $(sluice -j env show | jq 'map(select(.task == "hang")) | length') == 0 ]]; }
ktap_check "its environment goes" until_true hang_gone
ktap_check "and is replaced" fails hang timeout timeout
ktap_check "too long an answer" fails loud output-size "more than 4096 bytes"
pid=$(sluice call orphan)
ktap_check "a process that was left behind" same "$([[ $pid ]]; echo $?)" 0
ktap_check "does not outlive its call" same "$(sluice -j env show | jq -c 'map(select(.task == "orphan")) | .[0].calls')" 1
ktap_check "a server that does not serve" fails noserver worker-died ""
ktap_check "a server that is missing" fails noserve-missing not-started "No such file"
ktap_check "a server that never asks" fails mute start-timeout "in time"
ktap_check "data that is not there" fails nodata env-failed "/run/not-there: No such file"
ktap_check "a socket that cannot be had" fails nosocket env-failed "can:nobus9"
# The agent may open no file more.
define poor "/bin/echo poor" "quarantine = 1 1h"
files=$(awk '/open files/ { print $4 }' "/proc/$agent/limits")
prlimit --pid "$agent" --nofile=3:
ktap_check "what the gateway is short of" fails poor gateway-short "Too many open files"
prlimit --pid "$agent" --nofile="$files:"
ktap_check "is no failure of the task" same "$(sluice call poor)" poor
call=$(sluice call hang --async --timeout 1h)
until_true call_is "$call" running
ktap_check "a running call can be cancelled" sluice call cancel "$call"
ktap_check "and is" same "$(sluice call reap "$call" 2>/dev/null; call_field "$call" state)" cancelled

call=$(sluice call hang --async --timeout 1h)
until_true call_is "$call" running
kill -KILL "$(sluice -j env show | jq ".[] | select(.call == $call).pid")"
sluice call reap "$call" 2>/dev/null
ktap_check "an environment whose pid 1 is killed" same "$(call_field "$call" reason)" worker-died
ktap_check "nobody else was disturbed" same "$(sluice call good)" good
ktap_check "in its same environment" same "$(sluice -j env show | jq -c 'map(select(.task == "good")) | .[0].id')" "$good"
# The kernel takes a page of options, which is not for anybody to know.
layers=$(printf "$work/%0150d\n" {1..32})
mkdir $layers
{
	printf '[task]\nkind = exec\ncommand = /bin/true\nretries = 0\n[environment]\nusr = yes\n'
	printf 'layer = %s\n' $layers
} | gw_task layers
ktap_check "many layers with long names are none" sluice call layers
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Connections of tasks: devices that do not answer hold up nobody else, and a connection that its device closed is of no
# use: the next call gets a new one, whichever agent was there when it was closed.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 22
trap 'ip link del dead0 2>/dev/null; ip link del vcan-test 2>/dev/null; gw_cleanup' EXIT
gw_start 512M 2

# Whoever is behind this interface hears nothing, and says nothing.
ip link add dead0 type dummy
ip address add 10.77.0.1/16 dev dead0
ip link set dead0 up
tasks=12 devices=9
for ((i = 1; i <= tasks; i++)); do
	gw_task "dead$i" <<E
[task]
kind = exec
command = /bin/true
retries = 0
[needs]
memory = 8M
cpu = 0.01
[environment]
$(for ((j = 1; j <= devices; j++)); do echo "socket = plc$j tcp:10.77.$i.$j:502"; done)
connect-timeout = 50m
usr = yes
E
done
gw_task quick <<'E'
[task]
kind = exec
command = /bin/echo ran
[needs]
memory = 8M
E
for ((i = 1; i <= tasks; i++)); do sluice call "dead$i" --async >/dev/null; done
env_of() { sluice -j env show | jq -r ".[] | select(.task == \"$1\").id"; } # TASK
wanted() { sluice -j env show | jq 'map(select(.state == "wanted")) | length'; }
wanted_are() { [[ $(wanted) == "$1" ]]; }
ktap_check "a hundred devices that do not answer are waited for" until_true wanted_are $tasks
ktap_check "meanwhile another task gets its environment" same "$(sluice call quick)" ran
ktap_check "and they are waited for still" same "$(wanted)" $tasks
for ((i = 1; i <= tasks; i++)); do sluice task del "dead$i"; done
ktap_check "with their tasks they go" until_true wanted_are 0

gw_task slow <<'E'
[task]
kind = exec
command = /bin/true
retries = 0
[needs]
memory = 8M
[environment]
socket = plc tcp:10.77.0.200:502
connect-timeout = 200ms
usr = yes
E
call=$(sluice call slow --async)
ktap_check "a task says how long" until_true call_is "$call" failed
ktap_check "and hears which device it was" has "$(call_field "$call" message)" "socket plc tcp:10.77.0.200:502"
sluice task del slow

# What comes first when it is connected is that there is no call any more.
gw_task late <<'E'
[task]
kind = exec
command = /bin/echo ran
[needs]
memory = 8M
[environment]
socket = plc tcp:10.77.250.1:5020
connect-timeout = 50m
usr = yes
E
call=$(sluice call late --async)
until_true wanted_are 1
sluice call cancel "$call"

../inside/plc 5020 "$work/taken" &
plc=$!
listening() { ss -Hltn 'sport = 5020' | grep -q 5020; }
until_true listening
ip address add 10.77.250.1/32 dev lo
idle() { [[ $(sluice -j env show | jq -r '.[] | select(.task == "late").state') == idle ]]; }
ktap_check "an environment whose call went meanwhile is ready" until_true idle
ktap_check "for the next one" same "$(sluice call late)" ran
sluice task del late
until_true envs_are 1
: >"$work/taken"
gw_task reader <<'E'
[task]
kind = exec
command = /bin/sh -c "echo hello >&4 && read -r line <&4 && echo $line"
[needs]
memory = 8M
[environment]
socket = plc tcp:127.0.0.1:5020
usr = yes
E
says() { same "$(sluice call reader):$(grep -c taken "$work/taken")" "$1"; }
ktap_check "a program talks to its device" says hello:1
ktap_check "again, by the same connection" says hello:1
first=$(env_of reader)
closed() { [[ $(env_of reader) != "$first" ]]; }
kill -USR1 $plc
until_true closed
ktap_check "its device closed it: the next call has a new one" says hello:2

# Whoever waits in there for calls has seen it by then.
kill -USR1 $plc
shut() { ! ss -Htn state established 'dport = 5020' | grep -q 5020; }
until_true shut
ktap_check "a call that comes at once as well" says hello:3

kill "$agent" && wait "$agent"
gw_agent
ktap_check "another agent goes on with it" says hello:3
first=$(env_of reader)
kill -USR1 $plc
until_true closed
ktap_check "and hears when it is closed" says hello:4

first=$(env_of reader)
kill -KILL "$agent" && wait "$agent" 2>/dev/null
kill -USR1 $plc
gw_agent
until_true closed
ktap_check "or that it was closed while no agent ran" says hello:5

# A program may ask for its close to wait for its device, which takes nothing.
gw_task last <<'E'
[task]
kind = exec
command = /usr/lib/sluice/selftests/inside/linger 4
retries = 0
[needs]
memory = 8M
[environment]
socket = plc tcp:127.0.0.1:5020
usr = yes
E
kill -STOP $plc
ktap_check "a program has its close wait" sluice call last
sluice env del "$(env_of last)"
sluice env del "$(env_of quick)"
ktap_check "which holds up nobody else's environment" same "$(sluice call quick)" ran
kill -CONT $plc
sluice task del reader
sluice task del last

plug() { ip link add vcan-test type vcan && ip link set vcan-test up; }
plug
# A frame: its number, its length, and eight bytes.
echo "printf '\\001\\000\\000\\000\\001\\000\\000\\000A\\000\\000\\000\\000\\000\\000\\000' >&4 && echo sent" >"$work/frame"
chmod 755 "$work"
gw_task sender <<E
[task]
kind = exec
command = /bin/sh /data/frame
reuse = always
retries = 0
[needs]
memory = 8M
[environment]
socket = bus can:vcan-test
data = $work/frame /data/frame ro
usr = yes
E
# A frame of the program comes to the bus, in the environment that it had or in another one.
arrives() {
	rm -f "$work/heard"
	candump -L -n 1 vcan-test >"$work/heard" 2>/dev/null &
	until_true grep -q "vcan-test.*raw" /proc/net/can/rcvlist_all
	same "$(sluice call sender 2>&1)" sent && until_true grep -q "vcan-test 001#41" "$work/heard"
	local good=$?
	kill $! 2>/dev/null
	return $good
}
modprobe -aq can-raw can-gw
ip link set vcan-test down
ktap_check "a program has its CAN bus also where that is down" same "$(sluice call sender 2>&1)" sent
first=$(env_of sender)
ip link set vcan-test up
ktap_check "it is up" arrives
ip link set vcan-test down && ip link set vcan-test up
ktap_check "it is down, and up again" arrives
ktap_check "all that is one environment" same "$(env_of sender)" "$first"
ip link del vcan-test && plug
other() { [[ $(env_of sender) != "$first" ]]; }
until_true other
ktap_check "it is another one by now" arrives
ktap_end

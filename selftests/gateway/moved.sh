#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A CAN interface that is moved into an environment is there alone, and is back, up and with its bit rate, before another
# call has what the first one held. Two interfaces of the machine are on one bus.
. "$(dirname "$0")/../lib/gateway.sh"

checks=29
ktap_plan $checks
can() { [[ -e /sys/class/net/can0 && -e /sys/class/net/can1 ]]; }
modprobe -q kvaser_pci && modprobe -aq can-raw vcan
if ! can; then
	for ((i = 0; i < checks; i++)); do ktap_skip "moved" "this machine has no CAN interfaces"; done
	ktap_end
fi
keeper=
trap '[[ ! $keeper ]] || kill $keeper; ip link del vcan8 2>/dev/null; gw_cleanup; rmmod kvaser_pci' EXIT
for bus in can0 can1; do ip link set $bus up type can bitrate 500000; done
gw_start 256M 2
sluice budget set bus 1
chmod 755 "$work"
mkdir -m 777 "$work/data"
gw_task mover <<E
[task]
kind = exec
command = /bin/sh /data/script
retries = 0
queue = 100
[needs]
memory = 16M
bus = 1
[environment]
socket = bus can:can0 moved
data = $work/data /data rw
E
mover() { sed "s/^bus = 1//; s/can:can0/can:$2/" "$work/mover.task" >"$work/$1.task" && sluice task add "$work/$1.task"; } # NAME BUS
script() { echo "$1" >"$work/data/script"; }
is_here() { [[ $(ip -d link show can0 2>/dev/null) == *"state UP"*"bitrate $1"* ]]; } # BITRATE
begun() { test -e "$work/data/begun"; }
begin() { # a call, which goes on until somebody removes hold; its id is in $call
	rm -f "$work/data/begun"
	touch "$work/data/hold"
	call=$(sluice call mover --async)
	until_true begun
}
heard() { [[ $(sed 's/^(.*) //' "$work/frames" | tr '\n' ' ') == "can1 123#55 " ]]; }
candump -L can1 >"$work/frames" &
until_true grep -q "can1.*raw" /proc/net/can/rcvlist_all

script 'printf "\043\001\000\000\001\000\000\000\125\000\000\000\000\000\000\000" >&4 && echo sent
touch /data/begun
while test -e /data/hold; do sleep 0.1; done'
begin
ktap_check "what it sends comes to the bus" until_true heard
ktap_check "nobody else has it meanwhile" eval '! test -e /sys/class/net/can0'
mover thief can0
thief=$(sluice call thief --async)
until_true call_is "$thief" failed
ktap_check "another task hears that it is not there" has "$(call_field "$thief" message)" "socket bus can:can0"
ktap_check "which does no harm to who has it" call_is "$call" running
rm "$work/data/hold"
ktap_check "it has sent" same "$(sluice call reap "$call")" sent
until_true envs_are 0
ktap_check "afterwards it is back, with its bit rate, and up" is_here 500000
ktap_check "and can be used here" cansend can0 001#22

# Each finds it there: else it would fail, as it may not try again.
script 'echo good'
for ((i = 0; i < 10; i++)); do sluice call mover --async; done >"$work/calls"
good=0
while read -r id; do [[ $(sluice call reap "$id" </dev/null) == good ]] && good=$((good + 1)); done <"$work/calls"
ktap_check "one after the other each has it" same $good 10

# However it ends.
script 'touch /data/begun; sleep 1000'
begin
sluice call cancel "$call"
until_true envs_are 0
ktap_check "also when its call is cancelled" is_here 500000
begin
kill -KILL "$agent" && wait "$agent" 2>/dev/null
sluice call cancel "$call"
empty() { [[ $(cat /sys/fs/cgroup/sluice/env-*/cgroup.events) == *"populated 0"* ]]; }
until_true empty
ktap_check "without an agent its token is not given to others" same "$(field state env show)" retiring
gw_agent
until_true envs_are 0
ktap_check "the next one brings it back" is_here 500000
begin
kill -KILL "$agent" && wait "$agent" 2>/dev/null
sluice call cancel "$call"
until_true empty
# A killed agent leaves its programs, which count on and keep the module.
rm -f /sys/fs/bpf/sluice/*
ktap_check "the module can go meanwhile" until_true rmmod sluice
modprobe sluice
for budget in "memory 256M" "cpu 2" "bus 1"; do sluice budget set $budget; done
gw_agent
ktap_check "also of an environment that the module does not know any more" until_true is_here 500000

# A network lives as long as one of its sockets, which somebody of the gateway may have been given.
../inside/hand KEEP "$work/kept" &
keeper=$!
until_true test -S "$work/kept"
sed "s#^socket = bus.*#&\\nsocket = to unix:$work/kept#" "$work/mover.task" >"$work/giver.task" && sluice task add "$work/giver.task"
gives() { call=$(sluice call giver --async); }
script 'read -r line </dev/null; /usr/lib/sluice/selftests/inside/hand OVER 4 5 && echo given'
gives
ktap_check "it gives its socket away" same "$(sluice call reap "$call")" given
until_true envs_are 0
ktap_check "the interface is back all the same" is_here 500000
ktap_check "and its network is not kept" same "$(ls /run/sluice/net)" ""
script '/usr/lib/sluice/selftests/inside/hand OVER 4 5; touch /data/begun; sleep 1000'
kept() { grep -q " /run/sluice/net/" /proc/self/mountinfo; }
rm -f "$work/data/begun"
gives
until_true begun
ktap_check "of one that runs it is" kept
kill -KILL "$agent" && wait "$agent" 2>/dev/null
sluice call cancel "$call"
until_true empty
gw_agent
until_true envs_are 0
ktap_check "which the next agent finds" is_here 500000
ktap_check "and lets go" eval '! kept'
ktap_check "who runs the task gives it back as well" eval "sluice task run giver --shell -- /usr/lib/sluice/selftests/inside/hand OVER 4 5 && is_here 500000"

# Who looks inside.
came() { grep -q "can1 001#77" "$work/frames"; }
ktap_check "who runs the task has it" eval 'sluice task run mover --shell -- cansend can0 001#77 && until_true came'
ktap_check "and gives it back" is_here 500000

# What it was and is.
ip link set can0 down
ip link set can0 type can bitrate 250000
script 'echo up'
ktap_check "one that is down is brought up" same "$(sluice call mover)" up
until_true envs_are 0
ktap_check "with the bit rate that it has" is_here 250000
fails() { # TASK WORDS
	local call
	call=$(sluice call "$1" --async) && until_true call_is "$call" failed && has "$(call_field "$call" message)" "$2"
}
rmmod kvaser_pci
ktap_check "one that is not there is missed" fails mover "socket bus can:can0: No such device"
until_true envs_are 0
modprobe kvaser_pci
until_true can
ktap_check "one without a bit rate is told so" fails mover "has no bit rate"
until_true envs_are 0
ktap_check "and is here again" until_true can
ip link add vcan8 type vcan && ip link set vcan8 up
mover virtual vcan8
ktap_check "a virtual one would be lost" fails virtual "cannot be moved"
ktap_check "and is not" test -e /sys/class/net/vcan8
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a program can reach with the connections that it has of the gateway's network: their peers, however it disconnects
# them, binds them, or connects them again, and nothing else; and it is counted.
. "$(dirname "$0")/../lib/gateway.sh"

peer=7001 other=7002
meant=(udp-peer udp6-peer tcp-peer udp-sendto-peer options udp-back own-network)
udp=(udp-sendto-loopback udp-sendto-other-host udp-connect udp-disconnect-send udp-bind udp-broadcast udp-multicast
	udp-join udp-device udp-route udp-option-once udp-source udp-interface udp6-sendto udp6-mapped udp6-disconnect-send
	udp6-bind udp6-join udp6-multicast udp6-source udp6-interface)
tcp=(tcp-reconnect tcp-fast-open tcp-bind)
ports=(udp-ports udp-ports-connected tcp-ports)

ktap_plan $((${#meant[@]} + ${#udp[@]} + ${#tcp[@]} + ${#ports[@]} + 33))
nowhere=/sys/fs/cgroup/sluice-nowhere
programs=/usr/lib/sluice/bpf/peers.bpf.o
own6=fd77::1/128 own4=10.78.0.1/32
trap 'ip link del vcan8 2>/dev/null; ip link del vcan9 2>/dev/null; umount $programs 2>/dev/null
	ip address del $own6 dev lo 2>/dev/null; ip address del $own4 dev lo 2>/dev/null
	ip link del reach0 2>/dev/null; gw_cleanup' EXIT
gw_start 256M 2
gw_trace
ip address add $own6 dev lo nodad
../inside/station $peer "$work/peer" &
../inside/station $other "$work/other" &
listening() { [[ $(ss -Hltn "sport = $peer or sport = $other" | wc -l) == 2 ]]; }
until_true listening
mkdir -m 777 "$work/data"
chmod 755 "$work"
gw_task reach <<E
[task]
kind = serve
command = /usr/lib/sluice/selftests/inside/reach
retries = 0
[needs]
memory = 8M
[environment]
socket = udp udp:127.0.0.1:$peer
socket = udp6 udp:::1:$peer
socket = tcp tcp:127.0.0.1:$peer
data = $work/data /data rw
usr = yes
E
try() { sluice call reach --data "$1 $peer $other" 2>&1; } # ATTEMPT
env_of() { sluice -j env show | jq -r '.[] | select(.task == "reach" and .state == "idle").id'; }
refused() { [[ $(field peers_refused task show reach) == "$1" ]]; }

for attempt in "${meant[@]}"; do
	ktap_check "$attempt" same "$(try "$attempt")" ALLOWED
done
env=$(env_of)
for attempt in "${udp[@]}"; do
	ktap_check "$attempt" same "$(try "$attempt")" EPERM
done
ktap_check "the gateway's network is not to be had" same "$(try namespace)" EPERM
ktap_check "nor to be changed" same "$(try interface)" EPERM
ktap_check "names in it are not there" same "$(try abstract)" ECONNREFUSED
port=$(try udp-port)
echo x >"/dev/udp/127.0.0.1/$port"
ktap_check "others are not heard" same "$(try udp-heard)" EAGAIN
ktap_check "all that in one environment" same "$(env_of)" "$env"
ktap_check "each try is counted" until_true refused ${#udp[@]}
ktap_check "in all" same "$(field peer_refused stats)" ${#udp[@]}
ktap_check "doctor says that it is so" has "$(sluice doctor)" "connections are kept to them"
ktap_check "and traced" grep -q "peer_refused: env=$env task=reach tries=" $trace/trace
ktap_check "the peer is there still" same "$(try udp-back)" ALLOWED

# Those of another agent know what was connected before.
kill -KILL "$agent" && wait "$agent" 2>/dev/null
ktap_check "without an agent it is the same" same "$(try udp-connect)" EPERM
gw_agent
ktap_check "with another one" same "$(try udp-connect):$(try udp-back):$(env_of)" "EPERM:ALLOWED:$env"
ktap_check "which goes on counting" until_true refused $((${#udp[@]} + 2))
watched() { # WORDS of strace: an agent, and what it asks of eBPF
	kill -KILL "$agent" && wait "$agent" 2>/dev/null
	rm -f "$work/asked"
	strace -D -f -qq -o "$work/asked" -e trace=bpf "$@" sluiced >>"$work/log" 2>&1 &
	agent=$!
	# What strace has seen it writes in its own time.
	until_true agent_here && until_true grep -q PROG_QUERY "$work/asked" && until_true grep -q PROG_ATTACH "$work/asked"
}
watched
watched -e "inject=bpf:error=ENOMEM:when=$(grep -n PROG_QUERY "$work/asked" | head -n 1 | cut -d: -f1)"
ktap_check "with one that cannot see who knows them" has "$(grep -m 1 PROG_QUERY "$work/asked")" "ENOMEM"
ktap_check "they are kept all the same" same "$(try udp-connect):$(try udp-back):$(env_of)" "EPERM:ALLOWED:$env"
kill -KILL "$agent" && wait "$agent" 2>/dev/null
gw_agent
ktap_check "with the next one, too" same "$(try udp-connect):$(try udp-back):$(env_of)" "EPERM:ALLOWED:$env"

for attempt in "${tcp[@]}"; do
	ktap_check "$attempt" same "$(try "$attempt")" EPERM
done
ktap_check "tcp-back" same "$(try tcp-back)" ALLOWED
call=$(sluice call reach --data "tcp-listen $peer $other" --async)
until_true test -e "$work/data/port"
port=$(<"$work/data/port")
listens() { ss -Hltn "sport = $port" | grep -q "$port"; }
connects() { timeout 3 bash -c ": </dev/tcp/127.0.0.1/$port" 2>/dev/null; }
ktap_check "it listens, and nobody is connected to it" eval 'listens && ! connects'
touch "$work/data/tried"
until_true call_is "$call" "done"
ktap_check "whom it would see" same "$(sluice call reap "$call")" EAGAIN
ktap_check "nothing of all that came to others" same "$(cat "$work/other")" ""
sluice task del reach
until_true envs_are 0

# Each new port is kept in mind by the gateway for a while.
gw_task reach <<E
[task]
kind = serve
command = /usr/lib/sluice/selftests/inside/reach
retries = 0
[needs]
memory = 8M
[environment]
socket = udp udp:127.0.0.1:$peer
socket = tcp tcp:127.0.0.1:$peer
usr = yes
E
bounded() { local n; n=$(try "$1") && ((n >= 64 && n < 200)) || { echo "got '$n'"; return 1; }; } # ATTEMPT
for attempt in "${ports[@]}"; do
	ktap_check "$attempt" bounded "$attempt"
	env=$(env_of) # of tcp it goes by itself
	[[ ! $env ]] || sluice env del "$env" 2>/dev/null
	until_true envs_are 0
done
sluice task del reach
ip address add $own4 dev lo
ip link add reach0 type dummy && ip link set reach0 up
gw_task reach <<E
[task]
kind = serve
command = /usr/lib/sluice/selftests/inside/reach
retries = 0
[environment]
socket = udp udp:${own4%/*}%lo:$peer
usr = yes
E
ktap_check "an address of one interface is reached by no other" same "$(try udp-peer):$(try udp-by-other):$(try udp-peer)" ALLOWED:EPERM:ALLOWED
sluice task del reach
until_true envs_are 0

# A bus is that one alone, and of it the frames that are named.
modprobe -aq can-raw vcan can-gw
for bus in vcan8 vcan9; do ip link add $bus type vcan && ip link set $bus up; done
gw_task ride <<E
[task]
kind = serve
command = /usr/lib/sluice/selftests/inside/reach
retries = 0
[environment]
socket = bus can:vcan8 id=123 id=7f0/7f0
usr = yes
E
ride() { sluice call ride --data "$1 $peer $other" 2>&1; } # ATTEMPT
candump -L vcan8 vcan9 >"$work/frames" &
candump -L any >"$work/all" &
hears() { grep -q "$1.*raw" /proc/net/can/rcvlist_all; }
until_true hears vcan8 && until_true hears vcan9 && until_true hears any
ktap_check "can-send" same "$(ride can-send)" ALLOWED
ktap_check "can-send-other" same "$(ride can-send-other)" ALLOWED
ktap_check "can-everywhere" same "$(ride can-everywhere)" 1001
cansend vcan8 7ff#ff
seen() { sed 's/^(.*) //' "$work/frames" | tr '\n' ' '; }
came() { [[ $(seen) == *7FF#FF* ]]; }
until_true came
ktap_check "two frames came to the bus, and none to the other" same "$(seen)" "vcan8 123#55 vcan8 123#55 vcan8 7FF#FF "
until_true grep -q "vcan8 7FF#FF" "$work/all"
ktap_check "nor to who listens to all" eval 'grep -q "sl[0-9]*-0 123#55" "$work/all" && ! grep "124#55" "$work/all"'
ktap_check "can-heard" same "$(ride can-heard)" $((1000 + 0x7ff))
cansend vcan8 124#01
cansend vcan9 123#02
cansend vcan8 123#03
cansend vcan8 123#ff
ktap_check "it hears what is named, of its bus" same "$(ride can-heard)" $((2000 + 0x123))
env=$(sluice -j env show | jq -r '.[] | select(.task == "ride").id')
ktap_check "by a pair and rules" eval '[[ $(ip -brief link) == *"sl$env-0"* && $(cangw -L) == *"sl$env-0"* ]]'
sluice task del ride
until_true envs_are 0
gone() { [[ $(ip -brief link) != *"sl$env-0"* && $(cangw -L) != *"sl$env-0"* ]]; }
ktap_check "which go with it" until_true gone
for bus in vcan8 vcan9; do ip link del $bus; done

# Where the kernel takes no such programs.
kill "$agent" && wait "$agent"
mount --bind /dev/null $programs
sluiced --cgroup $nowhere >>"$work/log" 2>&1 &
agent=$!
until_true agent_here
gw_task without <<E
[task]
kind = exec
command = /bin/true
retries = 0
[environment]
socket = udp udp:127.0.0.1:$peer
usr = yes
E
call=$(sluice call without --async)
until_true call_is "$call" failed
ktap_check "without all that there is no socket" has "$(call_field "$call" message)" \
	"socket udp udp:127.0.0.1:$peer: nothing would keep it to its peer"
ktap_check "which doctor says" has "$(sluice doctor)" "no task with tcp or udp sockets can run"
ktap_check "and the agent has said" grep -q "tasks with tcp or udp sockets cannot run" "$work/log"
ktap_end

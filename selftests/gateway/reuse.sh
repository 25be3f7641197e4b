#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What one call has done to a warm environment is nothing to the next: memory that it left, limits that it changed, what
# is unread in a connection. And a task says when its environments are used again at all.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 35
plc= station=
trap '[[ ! $plc$station ]] || kill -KILL $plc $station; ip link del vcan-test 2>/dev/null; gw_cleanup' EXIT
gw_start 256M 2
define() { # NAME, more lines on stdin: of [task], and then of [environment]
	local lines
	lines=$(cat)
	gw_task "$1" <<T
[task]
kind = exec
command = /bin/bash
retries = 0
quarantine = none
${lines%%"[environment]"*}
[needs]
memory = 16M
cpu = 1
[environment]
usr = yes
${lines#*"[environment]"}
T
}
call() { sluice call "$1" --data "$2" 2>&1; } # TASK SCRIPT
env_of() { sluice -j env show | jq -r ".[] | select(.task == \"$1\" and .state != \"retiring\").id"; } # TASK

define plain <<<'[environment]'
call plain 'for mode in 0 0600; do ipcmk -M 4096 -p $mode && ipcmk -Q -p $mode && ipcmk -S 2 -p $mode; done' >/dev/null
first=$(env_of plain)
ktap_check "the same environment" eval '[[ $first ]]'
ktap_check "shared memory, semaphores and queues of System V are gone" same \
	"$(call plain 'ipcs | grep -c "^0x"; true')" 0
ktap_check "is there anything at all while a call runs" same "$(call plain 'ipcmk -M 4096 >/dev/null; ipcs -m | grep -c "^0x"')" 1
call plain 'cd /dev/shm && mkdir -p a/b/c d && echo x | tee x a/x a/b/c/x d/.x >/dev/null && ln -s /tmp l && chmod 0 a/b d
	for ((i = 0; i < 300; i++)); do mkdir s && cd s; done
	touch /dev/mqueue/one /dev/mqueue/two && echo stays >/tmp/stays'
ktap_check "shared memory by name, whatever it is made of" same "$(call plain 'ls -A /dev/shm')" ""
ktap_check "message queues by name" same "$(call plain 'ls -A /dev/mqueue')" ""
ktap_check "what is in /tmp stays" same "$(call plain 'cat /tmp/stays')" stays
ktap_check "all in one environment" same "$(env_of plain)" "$first"

limits='ulimit -n; ulimit -Sn; nice; nproc; ionice -p $$; chrt -p $$ | head -n 1 | sed "s/.*: //"'
before=$(call plain "$limits")
for change in 'prlimit --pid 1 --nofile=32:' 'prlimit --pid 1 --nofile=0:0' 'taskset -p 1 1' 'renice -n 5 -p 1' 'renice -n 5 -u $UID' \
	'renice -n 5 -g 1' 'ionice -c 3 -p 1' 'ionice -c 3 -u $UID' 'chrt -b -p 0 1'; do
	ktap_check "process 1 stays as it is ($change)" same \
		"$(call plain "$change >/dev/null 2>&1 && echo done || echo refused") $(call plain "$limits")" "refused $before"
done

define once <<<'reuse = never
[environment]'
place() { # TASK SCRIPT: in which environment it ran
	local id
	id=$(sluice call "$1" --async --data "$2")
	sluice call reap "$id" >/dev/null 2>&1
	call_field "$id" env
}
first=$(place once 'echo x >/tmp/x')
ktap_check "never: another place each time" test "$(place once true)" -ne "$first"
ktap_check "of which nothing stays" same "$(call once 'ls -A /tmp')" ""
define careful <<<'reuse = after-success
[environment]'
first=$(place careful true)
ktap_check "after-success: after one that is done the same" same "$(place careful 'exit 1')" "$first"
ktap_check "after one that failed another" test "$(place careful true)" -ne "$first"
# Each with the next one waiting already: none may be lost in between.
ids=$(for ((i = 0; i < 12; i++)); do sluice call careful --async --data "exit $((i % 2))"; done)
states=$(for id in $ids; do sluice call reap "$id" >/dev/null 2>&1; call_field "$id" state; done | sort | uniq -c | tr -s ' ' | tr '\n' ' ')
ktap_check "none of many is lost in between" same "$states" " 6 done  6 failed "
ktap_check "nor begun twice" same "$(for id in $ids; do call_field "$id" attempts; done | sort -u)" 0

../inside/plc 5021 "$work/connections" &
plc=$!
until_true bash -c 'exec 3<>/dev/tcp/127.0.0.1/5021'
define wired <<<'[environment]
socket = plc tcp:127.0.0.1:5021'
ask='echo mine >&4 && read -r answer <&4 && echo "$answer"'
ktap_check "a connection answers" same "$(call wired "$ask")" mine
first=$(env_of wired)
ktap_check "is used again after a call that is done" same "$(call wired "$ask"):$(env_of wired)" "mine:$first"
call wired 'echo lost >&4; exit 1'
ktap_check "an answer to one that failed is nobody's" same "$(call wired "$ask")" mine
call wired 'echo late >&4; sleep 0.3'
ktap_check "nor is one that nobody has read" same "$(call wired "$ask")" mine
call wired 'echo later >&4'
sleep 0.5
ktap_check "nor one that came when there was no call" same "$(call wired "$ask")" mine

# What one call sets, begins and ends of a socket.
tamper=/usr/lib/sluice/selftests/inside/tamper
call wired "$tamper close-half"
ktap_check "a connection of which one call has closed its side is another for the next" same "$(call wired "$ask")" mine
../inside/station 7001 "$work/heard" &
station=$!
listening() { ss -Hltn "sport = 7001" | grep -q 7001; }
until_true listening
define datagrams <<<'[environment]
socket = station udp:127.0.0.1:7001'
echoed='printf mine >&4; timeout 5 head -c 4 <&4'
call datagrams "$tamper more"
ktap_check "a message that one has begun is not ended by the next" same "$(call datagrams "$echoed")" mine
first=$(env_of datagrams)
call datagrams "$tamper cork"
ktap_check "what it sends is not held back" same "$(call datagrams "$echoed"):$(env_of datagrams)" "mine:$first"
call datagrams "$tamper hurry"
ktap_check "nor is it kept to the time of another" same "$(call datagrams "$tamper is-calm" && env_of datagrams)" "$first"
call datagrams "$tamper leave"
ktap_check "a socket that one has disconnected is another for the next" same "$(call datagrams "$echoed")" mine

if modprobe -aq vcan can-gw && ip link add vcan-test type vcan && ip link set vcan-test up; then
	define bus <<<'[environment]
socket = bus can:vcan-test'
	call bus true
	first=$(env_of bus)
	cansend vcan-test 001#41
	ktap_check "a frame from before a call is not for it" same \
		"$(call bus 'timeout 0.3 head -c 16 <&4 | wc -c'):$(env_of bus)" "0:$first"
	id=$(sluice call bus --async --data 'head -c 16 <&4 | wc -c')
	heard() { cansend vcan-test 002#41 && call_is "$id" "done"; }
	ktap_check "one that comes while it runs is" eval 'until_true heard && same "$(sluice call reap "$id"):$(env_of bus)" "16:$first"'
	call bus "$tamper be-deaf"
	ktap_check "the next one hears what is on the bus" same "$(call bus "$tamper can-hear" && env_of bus)" "$first"
else
	ktap_skip "a frame from before a call is not for it" "no vcan"
	ktap_skip "one that comes while it runs is" "no vcan"
	ktap_skip "the next one hears what is on the bus" "no vcan"
fi
ktap_end

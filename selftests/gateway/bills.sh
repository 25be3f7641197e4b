#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a call does is on its bill, in its result, event and tracepoint: what it reads and writes, receives and sends, its
# page faults and processes, what its filter refuses, and what the kernel ends of it. By eBPF, to the module or into maps.
. "$(dirname "$0")/../lib/gateway.sh"

# timeout: 240
port=7010
ktap_plan 29
disk=$(mktemp -d /var/tmp/sluice-XXXXXX) && chmod 777 "$disk"
trap 'rm -rf "$disk"; gw_cleanup' EXIT
gw_start 512M 2
gw_trace
source=none
[[ ! -e /sys/kernel/btf/vmlinux ]] || source=maps
[[ ! -e /sys/kernel/btf/sluice ]] || source=ebpf
# The agent says it when it is the agent already, and its programs are there.
source_is() { [[ $(field wait_source stats) == "$1" ]]; }
until_true source_is $source
echo "# counted by $source"
bill() { call_field "$call" "$1"; }
# Where the agent reads maps it takes it a moment, in which the call has to live.
linger=0
[[ $source != maps ]] || linger=3
run() { # TASK
	call=$(sluice call "$1" --async)
	sluice call reap "$call" >/dev/null 2>&1
}
between() { # COUNT LEAST MOST
	local got
	got=$(bill "$1")
	echo "# $1: $got"
	if [[ $source == none && ! $1 =~ oom|received|sent ]]; then
		same "$got" 0
	else
		((got >= $2 && got <= $3))
	fi
}
task() { # NAME COMMAND [NEEDS] [ENVIRONMENT]
	gw_task "$1" <<E
[task]
kind = exec
command = /bin/sh -c "$2; sleep $linger"
timeout = 60s
[needs]
memory = 128M
cpu = 1
pids = 100
$(echo -e "${3:-}")
[environment]
data = $disk /disk rw
$(echo -e "${4:-}")
E
}

head -c 6M /dev/urandom >"$disk/file"
sync
echo 3 >/proc/sys/vm/drop_caches
task reader 'cat /disk/file >/dev/null'
run reader
ktap_check "what it reads from a disk" between read_bytes $((6 << 20)) $((12 << 20))
ktap_check "and not what it writes, which is little" between written_bytes 0 $((1 << 20))
run reader
ktap_check "what is in memory is not read again" between read_bytes 0 $((1 << 20))

task writer 'head -c 5M /dev/zero >/disk/written; sync /disk/written'
run writer
ktap_check "what it writes to a disk" between written_bytes $((5 << 20)) $((8 << 20))

task idler ':'
run idler
base=$(bill page_faults)
ktap_check "who does little has few faults" between page_faults 1 5000
ktap_check "and is one process, and what it starts" between processes 1 2
task hog 'head -c 20M /dev/zero | tail -c 20M | wc -c >/dev/null'
run hog
echo "# an idle one has $base"
ktap_check "who touches 20 MiB has a fault for each page, at least where pages are small" \
	between page_faults $((base + (20 << 20) / 65536)) 100000
ktap_check "three processes in a row" between processes 4 8
task forker 'i=0; while [ $i -lt 20 ]; do /bin/true; i=$((i + 1)); done'
run forker
ktap_check "twenty processes" between processes 21 24

task greedy 'head -c 300M /dev/zero | tail | wc -c'
run greedy
ktap_check "what the kernel ends of it for memory" between oom_kills 1 10
ktap_check "and the call has failed for that" same "$(call_field "$call" reason)" out-of-memory
ktap_check "it says what it had, and its limit" has "$(call_field "$call" message)" "the limit is 131072 KiB"

# What calls used is learned, and said where their task asks for something else.
ktap_check "nothing is known of a task without calls" has "$(gw_task unused <<<$'[task]\nkind = exec\ncommand = /bin/true'; sluice task suggest unused 2>&1)" "was measured yet"
use=$(field memory_use task show idler)
echo "# idler: $use"
ktap_check "what asks for far too much is marked" has "$use" "far too much"
ktap_check "what asks for too little, too" has "$(field memory_use task show greedy)" "too little"
ktap_check "it is suggested what to ask for" has "$(sluice task suggest idler)" "memory = "
suggested=$(sluice -j task suggest idler | jq -rM .memory)
ktap_check "which is enough, and not much" test "$suggested" -ge "$(field memory_p95 task show idler)" -a "$suggested" -le $((32 << 20))

# IP packets: with their headers, and what else TCP has to say.
../inside/station $port "$work/peer" &
server=$!
until_true eval "[[ \$(ss -Hltn 'sport = $port' | wc -l) == 1 ]]"
task sender 'head -c 50000 /dev/zero >&$SLUICE_SOCKET_PEER; head -c 50000 <&$SLUICE_SOCKET_PEER >/dev/null' '' \
	"socket = peer tcp:127.0.0.1:$port"
run sender
ktap_check "what it sends" between sent_bytes 50000 100000
ktap_check "and receives" between received_bytes 50000 100000
run idler
ktap_check "who has no socket sends nothing" between sent_bytes 0 0
kill $server

gw_task refused <<E
[task]
kind = exec
command = /usr/lib/sluice/selftests/inside/refused 50 $linger
timeout = 60s
[environment]
usr = yes
filter-log = yes
E
run refused
if [[ $source == none ]] || ! grep -q " audit_seccomp$" /proc/kallsyms; then
	ktap_check "nobody counts what its filter refuses" same "$(bill syscalls_refused)" 0
else
	ktap_check "what its filter refuses" between syscalls_refused 50 60
fi
gw_task refused <<E
[task]
kind = exec
command = /usr/lib/sluice/selftests/inside/refused 50 $linger
timeout = 60s
[environment]
usr = yes
E
run refused
ktap_check "not where its task does not have that logged" same "$(bill syscalls_refused)" 0

# The same everywhere.
run writer
written=$(bill written_bytes)
traced=$(sed -n "s/.*call_bill: call=$call .* written=\([0-9]*\) .*/\1/p" $trace/trace | tail -n 1)
ktap_check "the tracepoint has it" same "$traced" "$written"
ktap_check "and call show, in words" has "$(sluice call show "$call")" written
env=$(field env call show "$call")
ktap_check "the environment has all of its calls" test "$(field written_bytes env show "$env")" -ge "$written"

# Counting goes on when the agent is killed, and the next one goes on with it.
if [[ $source == ebpf ]]; then
	task slow 'sleep 2; head -c 4M /dev/zero >/disk/slow; sync /disk/slow'
	call=$(sluice call slow --async)
	until_true call_is "$call" running
	kill -KILL $agent
	sluice call reap "$call"
	ktap_check "without an agent it counts" between written_bytes $((4 << 20)) $((6 << 20))
	gw_agent
	until_true source_is $source
	run writer
	ktap_check "with the next one, too" between written_bytes $((5 << 20)) $((8 << 20))
else
	kill -KILL $agent
	gw_agent
	until_true source_is $source
	run writer
	ktap_check "the next agent counts, too" between written_bytes $((5 << 20)) $((8 << 20))
	ktap_skip "counting without an agent" "counted by $source"
fi
for count in cpu_wait read_bytes written_bytes received_bytes sent_bytes page_faults processes syscalls_refused oom_kills; do
	[[ $(bill $count) =~ ^[0-9]+$ ]] || missing=$count
done
ktap_check "all of it is there" same "${missing:-}" ""
before=$(field sent_bytes env show "$env")
sleep 1
ktap_check "who does nothing has nothing more" same "$(field sent_bytes env show "$env")" "$before"
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# CPU time that gives way is not taken: a call starts and gets its part, however many loops run outside of Sluice, and
# whatever their nice value is. What does not give way is: a real-time thread delays the call that does not fit beside it.
# And when environments do not get what they were promised, for something that nobody has thought of, classes close.
# timeout: 600
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 19
cpus=$(nproc)
gw_start 256M "$(awk "BEGIN { print $cpus / 2 }")"
gw_task spin <<'E'
[task]
kind = exec
command = /bin/sh -c "while :; do :; done"
priority = 99
timeout = 5s
idle = none
[needs]
cpu = 0.2
E
place=/sys/fs/cgroup/sluice
box() { field "$1" gate; }
guaranteed() { (($(box cpu_guaranteed) >= $(box cpu_budget))); }
ktap_check "the budget is guaranteed by weight" until_true guaranteed

# Each in a session of its own, so that each has a group of its own where the kernel makes them.
loops() { # COUNT COMMAND...
	local i count=$1
	shift
	for ((i = 0; i < count; i++)); do
		setsid "$@" /bin/sh -c 'while :; do :; done' &
	done
}
loops $((4 * cpus)) nice -n 0
loops $((2 * cpus)) nice -n 19
loops 1 chrt -i 0
rivals() { (($(box rivals) >= 400 * cpus)); }
# The gate said yes at once, and of the time that it ran it had at least 0.17 of a CPU.
gets() {
	local held call ran
	held=$(sluice stats call_held)
	call=$(sluice call spin --async)
	until_true call_is "$call" timed-out || return
	same "$(sluice stats call_held)" "$held" || return
	ran=$(call_field "$call" run_time)
	(($(call_field "$call" cpu_time) * 100 >= ran * 17)) || { echo "$(call_field "$call" cpu_time) of $ran ns"; return 1; }
}
ktap_check "loops outside are counted" until_true rivals
ktap_check "the weight outweighs them" until_true guaranteed
ktap_check "they do not delay a call, nor take its part" gets
little() { (($1 < $2)) || { echo "$1, and not less than $2: $(sluice -j gate | tr '{}' '\n\n' | grep guaranteed)"; return 1; }; }
ktap_check "what they use is not outside" little "$(field outside budget show cpu)" $((200 * cpus))
busy() { (($(box cpu_yielding) > 500)); }
ktap_check "but it is said" busy

# The budget is kept when it changes, up and down; and all of it cannot be.
before=$(<$place/cpu.weight)
sluice budget set cpu "$(awk "BEGIN { print $cpus * 0.8 }")"
more() { (($(<$place/cpu.weight) > before)); }
ktap_check "a larger budget takes more weight" until_true more
ktap_check "and is guaranteed, too" until_true guaranteed
sluice budget set cpu "$cpus"
most() { same "$(<$place/cpu.weight)" 10000; }
ktap_check "that of all CPUs takes the most there is" until_true most
ktap_check "and is not guaranteed, which is said" has "$(sluice gate)" "not the budget of $cpus"
sluice budget set cpu "$(awk "BEGIN { print $cpus / 2 }")"
back() { (($(<$place/cpu.weight) < 10000)); }
ktap_check "it goes back" until_true back
mkdir /sys/fs/cgroup/heavy && echo 10000 >/sys/fs/cgroup/heavy/cpu.weight
before=$(<$place/cpu.weight)
(echo $BASHPID >/sys/fs/cgroup/heavy/cgroup.procs && exec sleep 1000) &
heavy=$!
ktap_check "a sibling with such a weight itself takes more" until_true more
kill $heavy && wait $heavy 2>/dev/null
rmdir /sys/fs/cgroup/heavy
ktap_check "until it has gone" until_true back

# Somebody takes from them what they were promised, in their own place, and from nobody else there.
gw_task large <<'E'
[task]
kind = exec
command = /bin/sh -c "while :; do :; done"
class = priority
[needs]
cpu = 0.5
E
gw_task low <<'E'
[task]
kind = exec
command = /bin/echo low
class = batch
E
call=$(sluice call large --async)
until_true call_is "$call" running
mkdir $place/thief
echo 20 >$place/thief/cpu.weight
echo 1 >$place/env-"$(call_field "$call" env)"/cpu.weight
thief() { (echo $BASHPID >$place/thief/cgroup.procs && exec /bin/sh -c 'while :; do :; done') & }
for ((i = 0; i < 2 * cpus; i++)); do
	thief
done
closed() { (($(box closed) > 0)); }
if [[ $(field wait_source stats) != none ]]; then
	ktap_check "environments that do not get theirs close classes" until_true closed
	low=$(sluice call low --async)
	ktap_check "the lowest first, and calls know why" until_true call_held "$low" cpu-pressure:
	echo 1 >$place/thief/cgroup.kill
	ktap_check "when they get it again classes open" same "$(sluice call reap "$low")" low
else
	echo 1 >$place/thief/cgroup.kill
	for i in 1 2 3; do
		ktap_skip "closed classes" "no BTF: nobody tells who waits"
	done
fi
sluice call cancel "$call"
rmdir $place/thief
for pid in $(jobs -p); do
	[[ $pid == "$agent" ]] || kill "$pid" 2>/dev/null
done

# What does not give way.
if [[ $(field wait_source stats) =~ ^(ebpf|maps)$ ]]; then
	sluice budget set cpu "$cpus"
	../inside/realtime 90 &
	hog=$!
	taken() { (($(box cpu_realtime) > 700)); }
	wide=$(awk "BEGIN { print $cpus - 0.5 }")
	gw_task wide <<-E
	[task]
	kind = exec
	command = /bin/echo ran
	[needs]
	cpu = $wide
	E
	ktap_check "what a real-time thread takes is seen" until_true taken
	call=$(sluice call wide --async)
	ktap_check "it delays what does not fit beside it" until_true call_held "$call" resource:cpu
	kill $hog
	ktap_check "until it ends" same "$(sluice call reap "$call")" ran
else
	for i in 1 2 3; do
		ktap_skip "real-time threads" "no BTF: nobody tells them apart"
	done
fi
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What environments take of the box that is not instructions.

# The box's own memory of these kinds, lines of /proc/meminfo: "Slab", or what else grows with processes and namespaces.
environments_box() { # KIND...
	awk -v kinds=" $* " 'index(kinds, " " substr($1, 1, length($1) - 1) " ") { sum += $2 } END { printf "%.0f\n", sum * 1024 }' /proc/meminfo
}
environments_others=(KernelStack PageTables Percpu)

# What environments use of these kinds of what they are charged, lines of memory.stat. Not memory.current: each CPU has up
# to 256 KB of that in advance, for whichever cgroups were charged there last.
environments_charged() { # KIND...
	cat /sys/fs/cgroup/sluice/env-*/memory.stat 2>/dev/null |
		awk -v kinds=" $* " 'index(kinds, " " $1 " ") { sum += $2 } END { printf "%.0f\n", sum }'
}

# "CHARGED UNSEEN OTHERS": all that they are charged; slabs that they are not; and what else they are not
environments_memory() {
	echo "$(environments_charged anon file kernel sock)" \
		"$(($(environments_box Slab) - $(environments_charged slab)))" \
		"$(($(environments_box "${environments_others[@]}") - $(environments_charged kernel_stack pagetables percpu)))"
}

environments_new() { # TASK COUNT MORE [KEYS of environment]
	gateway_task "$1" 0 4M "${4-}" <<<$'kind = exec\ncommand = /pause\nqueue = 1000\nenvironments = '"$2"$'\n'"$3"
}
environments_are() { # TASK STATE COUNT
	[[ $(sluice -j env show | jq "[.[] | select(.task == \"$1\" and .state == \"$2\")] | length") == "$3" ]]
}
environments_gone() { # TASK
	sluice task del "$1"
	gateway_until eval '[[ $(sluice -j env show | jq "[.[] | select(.task == \"'"$1"'\")] | length") == 0 ]]'
}
environments_fill() { # TASK COUNT
	local i
	for ((i = 0; i < $2; i++)); do sluice call "$1" --async >/dev/null || return; done
}

# With so many idle ones of the task, and nothing that is only there until it is given up or tidied up: what is made
# ahead goes after half a minute.
environments_idle() { # TASK COUNT
	environments_fill "$1" "$2" || return
	gateway_until environments_are "$1" idle "$2" || { sluice env show >&2 && return 1; }
	sleep 40
	echo 2 >/proc/sys/vm/drop_caches
}

# An idle environment: what more of them take than half of them do, and not what the first one of all takes.
environments_bytes() { # NAME KEYS of environment
	local count=20 before after booked i
	environments_new many $((2 * count)) 'idle = 1h' "$2" && environments_idle many "$count" || return
	read -ra before < <(environments_memory)
	environments_idle many $((2 * count)) || return
	read -ra after < <(environments_memory)
	for i in 0 1 2; do after[i]=$(((after[i] - before[i]) / count)); done
	booked=$(sluice -j task show many | jq .overhead)
	environments_gone many || return
	# What is promised to it for that, more or less than it is: the ledger does not see the difference.
	i=$((after[1] + after[2] - booked))
	echo "ledger-unseen${1#env}-bytes: ${i#-}"
	echo "$1-charged: ${after[0]}"
	echo "$1-unseen: ${after[1]}"
	echo "$1-bytes: $((after[0] + after[1]))"
	echo "$1-others: ${after[2]}"
}

# System calls of the agent in a second, while fifty environments are there and nothing runs.
environments_idle_syscalls() {
	local events=/sys/kernel/tracing/instances/bench seconds=60
	environments_new many 50 'idle = 1h' && environments_idle many 50 || return
	mkdir $events && echo 4096 >$events/buffer_size_kb && pgrep -x sluiced >$events/set_event_pid || return
	echo 1 >$events/events/raw_syscalls/sys_enter/enable
	sleep $seconds
	echo 0 >$events/tracing_on
	awk -v seconds=$seconds '/sys_enter/ { count++ } END { printf "agent-idle-syscalls: %.1f\n", count / seconds }' $events/trace
	rmdir $events
	environments_gone many
}

# From the moment in which somebody begins to give memory back to that in which the gate lets a call start that waited for
# it: nanoseconds, of which the machine counts one for each instruction, also of those in which nobody has anything to do.
environments_memory_back() { # ROUNDS
	local trace=/sys/kernel/tracing/instances/bench available call round kib=32768
	mkdir $trace && echo boot >$trace/trace_clock && echo 1 >$trace/events/sluice/call_state/enable || return
	sluice budget set memory 64G || return
	available=$(sluice -j budget show memory | jq .available)
	# Less than that is always there, and without what is to come back not enough, whoever has ended since we looked.
	gateway_task needy 0 $((available / 1024 - kib / 3))K <<<$'kind = exec\ncommand = /nothing\nreuse = never'
	for ((round = 0; round < $1; round++)); do
		coproc ./back $kib
		read -r <&"${COPROC[0]}"
		call=$(sluice call needy --async) || return
		gateway_until eval '[[ $(sluice -j call show '"$call"' | jq -r .hold) == resource ]]' || return
		sleep 0.2
		echo go >&"${COPROC[1]}"
		wait "$COPROC_PID"
		timeout 20 sluice call reap "$call" >/dev/null || return
		gateway_until gateway_empty || return
	done
	sed -n 's/.* \([0-9]*\)\.\([0-9]*\): .*: back$/back \1\2/p; s/.* \([0-9]*\)\.\([0-9]*\): call_state: .*from=queued to=starting.*/start \1\2/p' $trace/trace |
		awk '$1 == "back" { at = $2 } $1 == "start" && at { print "memory-back-to-start:", ($2 - at) * 1000; at = 0 }'
	rmdir $trace
	sluice task del needy && sluice budget set memory 1G
}

environments_count() { # what there is now, as lines "NAME VALUE"
	local agent
	# Names of folders and the like that are only kept in case that they are asked for again are no use of memory.
	sync && echo 3 >/proc/sys/vm/drop_caches
	agent=$(pgrep -x sluiced)
	echo "mounts $(($(wc -l </proc/self/mountinfo) + $(wc -l <"/proc/$agent/mountinfo")))"
	echo "namespaces $(lsns -n | wc -l)"
	echo "cgroups $(find /sys/fs/cgroup -type d | wc -l)"
	echo "descriptors $(find "/proc/$agent/fd" -type l | wc -l)"
	echo "pss $(awk '/^Pss:/ { print $2 * 1024 }' "/proc/$agent/smaps_rollup")"
	echo "slab $(environments_box Slab "${environments_others[@]}")"
}

# A hundred environments, a hundred times: what is there after the last that was not there after the first.
environments_up_down() {
	local round
	for ((round = 0; round < 100; round++)); do
		environments_new crowd 100 'reuse = never' && environments_fill crowd 100 || return
		gateway_until eval '[[ $(sluice -j task show crowd | jq "[.. | .queued? + .running? | numbers] | add") == 0 ]]' || return
		environments_gone crowd || return
		sleep 2
		((round)) || environments_count >"$work/first"
	done
	environments_count | paste -d ' ' "$work/first" - |
		awk '{ print "env-up-down-" $1 "-before: " $2; print "env-up-down-" $1 "-after: " $4 }'
}

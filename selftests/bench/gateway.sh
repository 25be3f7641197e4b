# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# All of Sluice: loaded, with the tasks of the benchmark, and away again without a trace.

# An environment of what a program that computes needs. Else it has a network of its own, and more of /proc.
gateway_small='proc = processes\nfilter = strict\nlog = no'

gateway_until() { # COMMAND...
	local looks
	for ((looks = 0; looks < 80; looks++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.3
	done
	echo "# never true: $*"
	return 1
}

gateway_task() { # NAME [CPU [MEMORY [KEYS of environment]]], lines of the section task on stdin
	{
		printf '[task]\n' && cat
		printf 'retries = 0\nquarantine = none\n[needs]\nmemory = %s\npids = 16\ncpu = %s\n' "${3:-32M}" "${2:-0.2}"
		printf '[environment]\nlayer = %s\nusr = no\n%b\n' "$root" "${4-}"
	} >"$work/$1.task"
	sluice task add "$work/$1.task"
}

gateway_up() {
	# What counts (lib/count.c) runs when no other does, and would pass for the work of others.
	modprobe sluice cpu_outside=0 || return
	rm -rf /etc/sluice/tasks
	mkdir -p /etc/sluice/tasks /var/lib/sluice /run/sluice
	sluiced >"$work/log" 2>&1 &
	gateway_until sluice doctor || { sed 's/^/#   /' "$work/log" && return 1; }
	sluice budget set memory 1G && sluice budget set cpu 0.9 || return
	# so that a call does not wait until all of the environment before it is gone
	gateway_task cold 0.2 32M "$gateway_small" <<<$'kind = exec\ncommand = /nothing\nreuse = never\nenvironments = 4'
	gateway_task machine <<<$'kind = exec\ncommand = /nothing\nreuse = never\nenvironments = 4'
	gateway_task warm <<<$'kind = exec\ncommand = /nothing\nidle = 1h'
	gateway_task echo 0.5 <<<$'kind = serve\ncommand = /echo\nidle = 1h'
}

gateway_empty() { [[ $(sluice -j env show | jq length) == 0 ]]; }

gateway_unload() {
	rm -rf /sys/fs/bpf/sluice
	gateway_until rmmod sluice
	find /sys/fs/cgroup/sluice* -depth -type d -exec rmdir {} + 2>/dev/null
	[[ ! -e /sys/module/sluice ]]
}

gateway_down() {
	local name
	for name in $(sluice -j task show | jq -r '.[].name'); do sluice task del "$name"; done
	rm -rf /etc/sluice/tasks
	gateway_until gateway_empty || sluice env show
	pkill -x sluiced
	wait
	gateway_unload
}

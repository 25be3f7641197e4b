#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One CPU, and more loops than it can run, wherever systemd puts them: a call starts at once and has its part. And what
# the weight of sluice.slice cannot keep back delays it: a real-time thread, until it ends.
# timeout: 900
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 19
cpus=$(nproc --all)
own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
looks=/sys/fs/cgroup/sluice.slice/looks
clean() {
	end_loops
	echo $$ >"$own/cgroup.procs"
	rmdir $looks 2>/dev/null
	systemctl stop realtime 2>/dev/null
	for ((i = 1; i < cpus; i++)); do
		echo 1 >/sys/devices/system/cpu/cpu$i/online
	done
	systemctl stop sluiced sluice-environments 2>/dev/null
	gw_cleanup
}
trap clean EXIT
systemctl stop sluiced sluice-environments 2>/dev/null
rm -rf /etc/sluice/tasks && mkdir -p /etc/sluice/tasks
sluice budget set memory 256M
for ((i = 1; i < cpus; i++)); do
	echo 0 >/sys/devices/system/cpu/cpu$i/online
done
sluice budget set cpu 0.5
systemctl start sluiced
# Whoever looks has a part beside the agent, as it would take long beside all that runs outside.
mkdir -p $looks && echo $$ >$looks/cgroup.procs
gw_task spin <<'E'
[task]
kind = exec
command = /bin/sh -c "while :; do :; done"
priority = 99
timeout = 4s
idle = none
[needs]
cpu = 0.2
E

box() { field "$1" gate; }
guaranteed() { (($(box cpu_guaranteed) >= $(box cpu_budget))); }
weight() { systemctl show -P CPUWeight sluice.slice; }
ktap_check "there is one CPU" until_true same "$(nproc)" 1
ktap_check "the budget is guaranteed" until_true guaranteed
ktap_check "by a weight that systemd knows" eval '(($(weight) > 100)) && same "$(weight)" "$(</sys/fs/cgroup/sluice.slice/cpu.weight)"'
ktap_check "and that no file keeps over a reboot" eval '[[ ! -e /etc/systemd/system.control/sluice.slice.d ]]'

# Eight at nice 0, of which one has all the weight there is in its slice, four at nice 19, and one of SCHED_IDLE.
units=()
unit() { # OPTIONS...
	local name=loop-${#units[@]}
	units+=("$name")
	systemd-run -q --unit "$name" "$@" /bin/sh -c 'while :; do :; done'
}
loops_in() { # SLICE
	local i
	unit --slice "$1" -p CPUWeight=10000
	for ((i = 0; i < 7; i++)); do unit --slice "$1"; done
	for ((i = 0; i < 4; i++)); do unit --slice "$1" -p Nice=19; done
	unit --slice "$1" -p CPUSchedulingPolicy=idle
}
loop_in_root() { # COMMAND...
	setsid "$@" /bin/sh -c 'echo $$ >/sys/fs/cgroup/cgroup.procs && while :; do :; done' &
}
loops_in_root() {
	local i
	for ((i = 0; i < 8; i++)); do loop_in_root nice -n 0; done
	for ((i = 0; i < 4; i++)); do loop_in_root nice -n 19; done
	loop_in_root chrt -i 0
}
end_loops() {
	((!${#units[@]})) || systemctl kill -s KILL "${units[@]}" 2>/dev/null
	units=()
	systemctl reset-failed 'loop-*' 2>/dev/null
	local pid
	for pid in $(jobs -p); do
		kill -KILL "$pid" 2>/dev/null
	done
	wait
}

# The gate said yes at once, and of the time that it ran it had at least 0.17 of a CPU.
has_its_part() {
	local held call ran
	held=$(sluice stats call_held)
	call=$(sluice call spin --async)
	until_true call_is "$call" timed-out || return
	same "$(sluice stats call_held)" "$held" || return
	ran=$(call_field "$call" run_time)
	echo "# it waited $(($(call_field "$call" wait_time) / 1000000)) ms, and had $(($(call_field "$call" cpu_time) * 1000 / ran)) thousandths" >&3
	(($(call_field "$call" cpu_time) * 100 >= ran * 17)) || { echo "$(call_field "$call" cpu_time) of $ran ns"; return 1; }
}
exec 3>&1
where() { # NAME COMMAND...
	local name=$1
	shift
	"$@"
	ktap_check "$name: the budget stays guaranteed" until_true guaranteed
	ktap_check "$name: a call has its part" has_its_part
	end_loops
}
where "units in system.slice" loops_in system.slice
where "a session of a user" loops_in user-1000.slice
where "the root cgroup, in sessions of their own" loops_in_root

# Beside sluice.slice, with all the weight there is.
before=$(weight)
unit --slice=-.slice -p CPUWeight=10000
heavier() { (($(weight) > before)); }
ktap_check "a heavy unit beside the slice makes that heavier" until_true heavier
ktap_check "a call has its part" has_its_part
sluice budget set cpu 0.9
not_all() { has "$(sluice gate)" "not the budget of 0.9"; }
ktap_check "a budget that cannot be guaranteed beside it is said" until_true not_all
ktap_check "by the doctor, too" has "$(sluice doctor)" "the budget is 0.9"
sluice budget set cpu 0.5
end_loops
lighter() { (($(weight) < 5000)); }
ktap_check "when it has ended the weight goes back" until_true lighter

# What no weight keeps back.
systemd-run -q --unit realtime "$(realpath ../inside/realtime)" 90
source=$(field wait_source stats)
taken() { (($(box cpu_realtime) > 700)); }
if [[ $source == none ]]; then
	for i in 1 2 3 4; do ktap_skip "real-time threads" "no BTF: nobody tells them apart"; done
else
	ktap_check "what a real-time thread takes is seen" until_true taken
	call=$(sluice call spin --async)
	ktap_check "it delays a call" until_true call_held "$call" resource:cpu
	ktap_check "which says why" has "$(sluice why "$call")" "outside of Sluice"
	systemctl stop realtime
	ktap_check "and starts when that ends" until_true call_is "$call" timed-out
fi
ktap_end

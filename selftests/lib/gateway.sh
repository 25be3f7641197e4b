# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For the tests in gateway/: an agent, tasks, and waiting for things to be so. Sourced; selftests/run has loaded the
# module, ends what is left over and unloads it.
# shellcheck source=selftests/ktap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../ktap.sh"

work=$(mktemp -d)
trace=/sys/kernel/tracing/instances/sluice-test
agent=

gw_cleanup() {
	trap - EXIT
	local pid
	for pid in $(jobs -p); do
		kill -KILL "$pid" 2>/dev/null
	done
	[[ ! -d $trace ]] || rmdir $trace
	rm -rf /etc/sluice/tasks
	rm -rf "$work"
}
trap gw_cleanup EXIT

# Waits until the command succeeds, as long as it takes; it fails where that is never. Looks are counted, not seconds,
# of which many can pass between two looks on a busy machine: what is waited for must stay.
until_true() { # COMMAND...
	local looks
	for ((looks = 0; looks < 600; looks++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	echo "never true: $*"
	return 1
}

# The value of a key, the first of that name, in what sluice -j prints. By the shell itself: jq takes a tenth of a
# second to start on an emulated machine, and here things are looked at again and again.
field() { # KEY WORDS...
	local json key=$1
	shift
	json=$(sluice -j "$@") || return
	[[ $json =~ \"$key\":(\"([^\"]*)\"|[^],\}]*) ]] || { echo null; return; }
	if [[ ${BASH_REMATCH[1]} == \"* ]]; then echo "${BASH_REMATCH[2]}"; else echo "${BASH_REMATCH[1]}"; fi
}

agent_here() { [[ $(field agent_pid stats) == "$agent" ]]; }

gw_agent() { # starts the agent; its log is $work/log
	sluiced >>"$work/log" 2>&1 &
	agent=$!
	until_true agent_here || { echo "# the agent does not start:" && sed 's/^/# /' "$work/log"; }
}

gw_start() { # [MEMORY [CPU]]
	rm -rf /etc/sluice/tasks
	mkdir -p /etc/sluice/tasks
	sluice budget set memory "${1:-256M}"
	sluice budget set cpu "${2:-1}"
	gw_agent
}

# NAME, the task file on stdin; the gateway's /usr unless it says otherwise. The times that it does not say are long, so
# that what they bring about comes only where a test asks for it, and not between two steps of a slow machine.
gw_task() {
	local text time
	text=$'\n'$(cat)
	for time in timeout start-timeout idle patience; do
		[[ $text == *$'\n'$time* ]] || text=${text/"[task]"/"[task]"$'\n'"$time = 1h"}
	done
	[[ $text == *$'\nusr'* ]] || text+=$'\n[environment]\nusr = yes'
	echo "${text#?}" >"$work/$1.task"
	sluice task add "$work/$1.task"
}

gw_trace() {
	mkdir $trace
	echo 1 >$trace/events/sluice/enable
}

call_field() { field "$2" call show "$1"; } # ID KEY
call_is() { [[ $(call_field "$1" state) == "$2" ]]; } # ID STATE
call_held() { # ID HOLD:RESOURCE
	[[ $(call_field "$1" hold) == "${2%%:*}" ]] || return
	[[ ! ${2#*:} || $(call_field "$1" hold_resource) == "${2#*:}" ]]
}
env_count() { # each has one id
	local json rest
	json=$(sluice -j env show)
	rest=${json//\"id\":/}
	echo $(((${#json} - ${#rest}) / 5))
}
envs_are() { [[ $(env_count) == "$1" ]]; }
same() { [[ $1 == "$2" ]] || { echo "expected '$2', got '$1'"; return 1; }; } # GOT EXPECTED
has() { [[ $1 == *"$2"* ]] || { echo "expected '$2' in '$1'"; return 1; }; } # TEXT PART

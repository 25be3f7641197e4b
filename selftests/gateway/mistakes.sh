#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a hand does by mistake at the command line: nothing is destroyed, submitted or half done by it, and it is told what
# it meant; and what a script is told.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 43
gw_start 128M 1
sluice budget set crane 1
gw_task cat <<'E'
[task]
kind = exec
command = /bin/cat
E

says() { # STATUS TEXT WORDS...: sluice WORDS ends so, says so on stderr and nothing on stdout
	local expected=$1 text=$2 status=0
	shift 2
	sluice "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	same "$status" "$expected" && has "$(cat "$work/err")" "$text" && same "$(cat "$work/out")" ""
}
helps() { # TEXT WORDS...: sluice WORDS prints it, and nothing on stderr
	local text=$1 status=0
	shift
	sluice "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	same $status 0 && has "$(cat "$work/out")" "$text" && same "$(cat "$work/err")" ""
}
tasks() { sluice -j task show | jq -r 'map(.name) | join(" ")'; }
calls() { sluice -j call show | jq length; }
refused() { # STATUS JQ WORDS...: with -j one object says so
	local expected=$1 filter=$2 status=0
	shift 2
	sluice -j "$@" >"$work/out" 2>/dev/null </dev/null || status=$?
	same "$status" "$expected" && same "$(jq -s length "$work/out")" 1 &&
		{ jq -e "$filter" "$work/out" >/dev/null || { cat "$work/out"; return 1; }; }
}

ktap_check "a d is not del" says 1 "'d' begins del and drain" task d cat
ktap_check "nor is de" says 1 "destroys: write it out" task de cat
ktap_check "nor delet" says 1 "destroys: write it out" task delet cat
ktap_check "of environments, too" says 1 "destroys: write it out" env d 1
ktap_check "and of budgets" says 1 "destroys: write it out" budget d crane
ktap_check "a cancel that is cut short is a task" says 2 "there is no task canc" call canc
ktap_check "all of them are there" same "$(tasks) $(sluice -j budget show crane | jq .budget)" "cat 1"

ktap_check "help of all" helps "usage: sluice OBJECT" help
ktap_check "help of an object" helps "usage: sluice task COMMAND" task --help
ktap_check "help of a command" helps "usage: sluice task add FILE" task add --help
ktap_check "the same by its name" helps "usage: sluice task add FILE" help task add
ktap_check "help submits nothing" helps "usage: sluice call" call --help
ktap_check "nor behind a task" helps "usage: sluice call [run] TASK" call cat --help
ktap_check "nor in front" helps "usage: sluice call [run] TASK" -h call cat --data x
ktap_check "no call was made" same "$(calls)" 0
ktap_check "help deletes nothing" helps "usage: sluice task del NAME" task del cat --help
ktap_check "the task is there" same "$(tasks)" cat
ktap_check "help of what there is not" says 1 "there is no object 'tsak'; did you mean 'task'?" tsak --help

ktap_check "options in front" same "$(sluice --data hello call cat)" hello
ktap_check "options in between" same "$(sluice call --data hello cat)" hello
ktap_check "a value behind =" same "$(sluice call cat --data=hello)" hello
ktap_check "a value that looks like an option" same "$(sluice call cat data -40)" -40
ktap_check "behind -- all are words" same "$(sluice call --data x -- cat - 2>&1)" x
ktap_check "-j behind" same "$(sluice budget show crane -j | jq .budget)" 1
before=$(calls)
ktap_check "a mistyped object" says 1 "did you mean 'budget'?" buget show
ktap_check "a mistyped command" says 1 "did you mean 'pause'?" task puase cat
ktap_check "a mistyped option" says 1 "did you mean '--data'?" call cat --dtaa x
ktap_check "a mistyped command of call" says 1 "did you mean 'call cancel'?" call cancle 5
ktap_check "an option of another command" says 1 "'--data' is no option of task show" task show --data x
ktap_check "a word too many" says 1 "'now' is too much" task del cat now
ktap_check "of show, too" says 1 "'dog' is too much" task show cat dog
ktap_check "nothing was done" same "$(tasks) $(calls)" "cat $before"

ktap_check "JSON of a wrong line" refused 1 '(.error | test("puase")) and .did_you_mean == "pause"' task puase cat
ktap_check "JSON of what is not there" refused 2 '(.error | test("no such call")) and .errno == "ENOENT"' call show 4711
ktap_check "JSON of a refused call" refused 2 '.refusal == "no-task" and .task == "dog" and .errno == "ENOENT"' call dog
ktap_check "JSON of a budget that stays" refused 1 '(.error | test("always there")) and .errno == "EINVAL"' budget del memory
ktap_check "JSON of a wrong file" refused 1 '.error | test("No such file")' task add "$work/none.task"

full() { # WORDS...: what sluice WORDS cannot write is said
	local status=0
	sluice "$@" >/dev/full 2>"$work/err" || status=$?
	same $status 2 && has "$(cat "$work/err")" "could be written: No space left on device"
}
closed() { # the same, where there is no stdout
	local status=0
	sluice "$@" >&- 2>"$work/err" || status=$?
	same $status 2 && has "$(cat "$work/err")" "could be written: Bad file descriptor"
}
ktap_check "a list that cannot be written" full task show
ktap_check "JSON that cannot be written" full -j stats
ktap_check "an answer that cannot be written" full call cat --data hello
ktap_check "an answer to nobody" closed call cat --data hello
ktap_check "nothing to write is no error" eval 'sluice budget set crane 2 >&-'
sluice monitor >/dev/full 2>"$work/err" &
monitor=$!
ends() {
	sluice call cat --data hello
	! kill -0 $monitor
}
until_true ends
wait $monitor
ktap_check "monitor ends when it cannot write" same $? 2
ktap_end

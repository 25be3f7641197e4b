#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Task files: what is wrong with one is said with line, key and what was expected, the others load; a changed file is
# taken, a broken change is not; a removed one goes.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 18
rm -rf /etc/sluice/tasks
mkdir -p /etc/sluice/tasks
good() { # TEXT
	printf '[task]\nkind = exec\ncommand = /bin/echo %s\n[environment]\nusr = yes\n' "$1"
}
good one >/etc/sluice/tasks/one.task
good two >/etc/sluice/tasks/two.task
printf '[task]\nkind = exec\ncommand = /bin/true\n[needs]\nmemory = lots\n' >/etc/sluice/tasks/broken.task
good x >/etc/sluice/tasks/Bad_Name.task
sluice budget set memory 256M
gw_agent
names() { sluice -j task show | jq -r 'map(.name) | sort | join(" ")'; }
names_are() { [[ $(names) == "$1" ]]; }
said() { grep -qF "$1" "$work/log"; }
ktap_check "the good ones are loaded" until_true names_are "one two"
ktap_check "the agent says file, line, key and what it expected" until_true said \
	"/etc/sluice/tasks/broken.task:5: memory"
ktap_check "and that a name is none" until_true said "Bad_Name.task"
ktap_check "they work" same "$(sluice call two)" two

good three >/etc/sluice/tasks/three.task
ktap_check "a new file is seen" until_true names_are "one three two"
rm /etc/sluice/tasks/three.task
ktap_check "a removed one goes" until_true names_are "one two"
good changed >/etc/sluice/tasks/.new && mv /etc/sluice/tasks/.new /etc/sluice/tasks/two.task
changed() { [[ $(sluice call two) == changed ]]; }
ktap_check "a changed one is taken, also by warm environments" until_true changed
printf '[task]\nkind = dance\n' >/etc/sluice/tasks/two.task
ktap_check "a broken change is reported" until_true said "/etc/sluice/tasks/two.task:2: kind"
ktap_check "and not taken" same "$(sluice call two)" changed
for id in $(sluice -j env show | jq -r '.[].id'); do sluice env del "$id"; done
sluice call two >/dev/null
ktap_check "which is said once, however often it is looked at" same "$(grep -cF "two.task:2: kind" "$work/log")" 1

bad() { # EXPECTED LINE...: sluice task add refuses it, and says so
	local expected=$1 output status=0
	shift
	printf '%s\n' '[task]' 'kind = exec' 'command = /bin/true' "$@" >"$work/bad.task"
	output=$(sluice task add "$work/bad.task" 2>&1) || status=$?
	same $status 1 && has "$output" "$work/bad.task:$expected"
}
ktap_check "an unknown key" bad "4: colour" "colour = blue"
ktap_check "a time that is none" bad "4: timeout" "timeout = 5 minutes"
ktap_check "a relative path" bad "5: data" "[environment]" "data = etc /etc ro"
output=$(printf '[task]\nkind = exec\ncommand = /bin/true\n[needs]\ncrane = 1\n' >"$work/bad.task"
	sluice task add "$work/bad.task" 2>&1)
ktap_check "a token that nobody declared: the kernel says what to do" has "$output" "declare a token"
output=$(printf '[task]\nkind = exec\ncommand = /bin/true\nclass = fast\n' >"$work/bad.task"
	sluice task add "$work/bad.task" 2>&1)
ktap_check "a class that there is not: the kernel says so" has "$output" "class"
ktap_check "nothing of them is left" same "$(names)$(ls /etc/sluice/tasks | grep -c bad)" "one two0"

sluice task del two
ktap_check "delete takes file and task" same "$(names):$(ls /etc/sluice/tasks | grep -c two)" "one:0"
sluice call two >"$work/out" 2>&1
ktap_check "then there is no such task" same "$?:$(cat "$work/out")" \
	"2:sluice: there is no task two: see sluice task show"
ktap_end

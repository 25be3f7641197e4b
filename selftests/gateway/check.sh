#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# sluiced --check reads what an agent would read, says all that is wrong with it, and touches nothing.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 7
conf=$work/conf tasks=$work/conf/tasks
mkdir -p "$tasks"
printf '[budget]\nmemory = 64M\n' >"$conf/sluice.conf"
printf '[task]\nkind = exec\ncommand = /bin/true\n' >"$tasks/good.task"
check() { # STATUS PART...: its exit status, and what it says
	local said status=0 part
	said=$(sluiced --config "$conf" --check 2>&1) || status=$?
	same "$status" "$1" || return
	shift
	for part; do has "$said" "$part" || return; done
	[[ $# != 0 ]] || same "$said" ""
}
has_heard() { sluice -j stats | jq -c .counters; }
before=$(has_heard)
ktap_check "nothing is wrong" check 0
printf '[task]\nkind = dance\n' >"$tasks/one.task"
printf '[task]\nkind = exec\ncommand = true\n' >"$tasks/two.task"
ktap_check "two files are: both are said" check 1 "one.task:2: kind" "two.task:3: command"
rm "$tasks"/{one,two}.task
cp "$tasks/good.task" "$tasks/Bad.task"
ktap_check "a name is" check 1 "Bad.task: expected NAME.task"
rm "$tasks/Bad.task"
chmod 666 "$tasks/good.task"
ktap_check "who may write is" check 1 "good.task: may be written by others"
chmod 644 "$tasks/good.task"
echo nonsense >>"$conf/sluice.conf"
ktap_check "a line of sluice.conf is" check 1 "sluice.conf:3"
rm -r "$conf/sluice.conf" "$tasks"
ktap_check "the folder is not there" check 1 "$tasks: No such file"
ktap_check "the module has heard nothing of it" same "$(has_heard)" "$before"
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# sluice task add: the file is safe before the module is told, and whatever is refused, by the module or by the disk, the
# two say the same as before.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 17
kept=/etc/sluice/tasks
mkdir -p $kept
mount -t tmpfs -o size=64k,mode=755 none $kept
unmount() {
	umount $kept
	gw_cleanup
}
trap unmount EXIT
sluice budget set memory 128M
sluice budget set cpu 1
gw_agent
task_file() { # NAME PRIORITY LINE...
	printf '%s\n' '[task]' 'kind = exec' 'command = /bin/echo' "priority = $2" "${@:3}" >"$work/$1.task"
}
add() { sluice task add "$work/$1.task"; }
says() { # STATUS TEXT WORDS...
	local expected=$1 text=$2 output status=0
	shift 2
	output=$("$@" 2>&1) || status=$?
	same "$status" "$expected" && has "$output" "$text"
}
priorities() { # NAME: the module's, the file's
	echo "$(field priority task show "$1") $(sed -n 's/^priority = //p' "$kept/$1.task")"
}
names() { # what is kept, and what the module has
	echo "$(find $kept -mindepth 1 -printf "%f "): $(sluice -j task show | jq -r 'map(.name) | join(" ")')"
}

task_file one 10
ktap_check "a task is added" add one
ktap_check "module and file know it" same "$(priorities one)" "10 10"
task_file one 20
ktap_check "and changed" add one
ktap_check "both know that" same "$(priorities one)" "20 20"

order() { # what it does to the disk, and what it sends, of that which matters
	strace -f -o "$work/trace" -e trace=fsync,rename,renameat,renameat2,unlinkat,sendmsg sluice "$@" || return
	sed -n 's/^[0-9]* *\([a-z]*\)[at2]*(.*/\1/p' "$work/trace" | sed 's/at$//' | uniq | tr '\n' ' '
}
ktap_check "the file is on the disk, then the folder, then the module is told" same "$(order task add "$work/one.task")" \
	"sendmsg fsync rename fsync sendmsg unlink "

task_file one 30 '[needs]' 'crane = 1'
ktap_check "the module refuses a change" says 1 "declare a token" add one
ktap_check "both know what they knew" same "$(priorities one)" "20 20"
task_file two 30 '[needs]' 'crane = 1'
ktap_check "the module refuses a new one" says 1 "declare a token" add two
ktap_check "nothing of it is left" same "$(names)" "one.task : one"

# Not a byte of room.
head -c 1M /dev/zero >$kept/.fill 2>/dev/null
task_file one 40
ktap_check "the disk is full" says 2 "$kept/one.task: No space left on device" add one
ktap_check "both know what they knew then" same "$(priorities one)" "20 20"
task_file three 50
ktap_check "nor is there room for a new one" says 2 "No space left on device" add three
rm $kept/.fill
ktap_check "nothing of that is left" same "$(names)" "one.task : one"
ktap_check "then there is room" add three

ktap_check "the file in its place is only registered" sluice task add $kept/three.task
nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
chmod 755 "$work"
ktap_check "who may not keep it may not register it" says 2 "this needs root" nobody sluice task add "$work/three.task"
ktap_check "what is deleted is gone from the disk, then from the module" same "$(order task del three)" "sendmsg unlink fsync sendmsg "
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# However a task file is edited, no waiting call is lost, the operator's mode stays, and the new text is in force; what
# is only half there is not taken, and what is really gone goes.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 25
gw_start
tasks=/etc/sluice/tasks file=/etc/sluice/tasks/edited.task number=100
trap 'rm -rf $tasks.old; gw_cleanup' EXIT
text() { # NUMBER: each text has a timeout of its own, by which it is known
	printf '[task]\nkind = exec\ncommand = /bin/cat\ntimeout = %ss\n' "$1"
}
said() { grep -qF "$1" "$work/log"; }
timeout_is() { [[ $(field timeout task show edited) == "${1}000000000" ]]; }
text $number >$file
until_true timeout_is $number
sluice task pause edited
call=$(sluice call edited --data kept --async)

as_it_was() { [[ $(call_field "$call" state):$(field mode task show edited) == queued:pause ]]; }
edited() { # NAME COMMAND...: with the number of the next text
	local name=$1
	shift
	number=$((number + 1))
	"$@" $number
	ktap_check "$name" until_true timeout_is $number
	as_it_was || ktap_lost+=" $name"
}
ktap_lost=
by_vim() { mv $file $file~ && text "$1" >$file && rm $file~; }
by_emacs() { mv $file $file~ && text "$1" >$file; }
by_sed() { sed -i "s/^timeout.*/timeout = ${1}s/" $file; }
by_git() { rm $file && text "$1" >$file; }
by_rename() { text "$1" >$tasks/.edited && mv $tasks/.edited $file; }
by_cp() { text "$1" >"$work/new" && cp "$work/new" $file; }
slowly() { { text "$1" | head -n 2 && sleep 0.3 && text "$1" | tail -n +3; } >$file; }
by_link() { text "$1" >"$work/target" && rm $file && ln -s "$work/target" $file; }
by_target() { text "$1" >"$work/.target" && mv "$work/.target" "$work/target"; }
by_other_link() { text "$1" >"$work/other" && ln -s "$work/other" $tasks/.link && mv -T $tasks/.link $file; }
by_other_in_place() { text "$1" >"$work/other"; }
by_target_in_place() { text "$1" >"$work/target"; }
by_folder() { # as volumes of a cluster do: the file is a link through a folder that is a link
	mkdir -p "$work/v$1" && text "$1" >"$work/v$1/edited.task" && ln -sfn "$work/v$1" $tasks/..data && ln -sfn ..data/edited.task $file
}
by_folder_again() { mkdir "$work/v$1" && text "$1" >"$work/v$1/edited.task" && ln -s "$work/v$1" $tasks/..new && mv -T $tasks/..new $tasks/..data; }
by_hard_link() { text "$1" >$tasks/.other && rm $file && ln $tasks/.other $file; }
by_new_folder() { mv $tasks $tasks.old && sleep 1.5 && mkdir $tasks && text "$1" >$file; }

edited "vim" by_vim
edited "emacs" by_emacs
edited "sed" by_sed
edited "git" by_git
edited "a rename" by_rename
edited "cp" by_cp
edited "something slow" slowly
edited "a link" by_link
edited "the link's target replaced" by_target
edited "the link's target written" by_target_in_place
edited "another link in its place" by_other_link
edited "the other's target written" by_other_in_place
edited "a folder that is a link" by_folder
edited "that folder exchanged" by_folder_again
edited "a hard link" by_hard_link
edited "the whole folder exchanged" by_new_folder
# It starts while somebody writes, and so reads what is only half there, or not.
at_its_start() {
	kill "$agent" && wait "$agent"
	{ text "$1" | head -n 2 && sleep 2 && text "$1" | tail -n +3; } >$file &
	sleep 0.2
	gw_agent
}
edited "something slow when an agent starts" at_its_start
no_folder() {
	kill "$agent" && wait "$agent"
	mv $tasks $tasks.away
	gw_agent
	sleep 1.5
	text "$1" >$tasks.away/edited.task && mv $tasks.away $tasks
}
edited "a folder that is not there when an agent starts" no_folder
# More happens than it is told: it looks at everything then.
kill "$agent" && wait "$agent"
queued=$(</proc/sys/fs/inotify/max_queued_events)
echo 4 >/proc/sys/fs/inotify/max_queued_events
gw_agent
echo "$queued" >/proc/sys/fs/inotify/max_queued_events
much() {
	kill -STOP "$agent"
	for other in {1..20}; do touch "$tasks/other$other"; done
	text "$1" >$file
	kill -CONT "$agent"
}
edited "more than it can be told" much

ktap_check "none of them lost the call, or the operator's pause" same "$ktap_lost" ""

mkfifo $tasks/pipe.task
mkdir $tasks/folder.task
ktap_check "a pipe is refused" until_true said "pipe.task: not a file"
ktap_check "a folder, too" until_true said "folder.task: not a file"
text 5 >$tasks/.open && chmod 666 $tasks/.open && mv $tasks/.open $tasks/open.task
ktap_check "and a file that others may write" until_true said "open.task: may be written by others than its owner"

kill "$agent" && wait "$agent"
rm $file
gw_agent
known() { sluice task show edited; }
unknown() { ! known; }
ktap_check "what was removed while no agent ran goes" until_true unknown
ktap_check "with its call" call_is "$call" cancelled
ktap_end

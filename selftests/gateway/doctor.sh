#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# sluice doctor sees what keeps calls from running, now or after the next boot, and says what to do about it.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 12
init=/usr/lib/sluice/sluice-init controllers=/sys/fs/cgroup/cgroup.controllers
module=$(modinfo -F filename sluice) limit=/proc/sys/user/max_user_namespaces
most=$(<$limit)
trap 'echo $most >$limit; umount $init $controllers "$module" 2>/dev/null; rm -rf /lib/modules/9.9.9-other; gw_cleanup' EXIT
gw_start
says() { # STATUS PART: its exit status, and a line of what it says
	local text status
	text=$(sluice doctor)
	status=$?
	same "$status" "$1" && has "$text" "$2"
}
ktap_check "nothing is missing" says 0 "runs, process $agent"
echo 0 >$limit
ktap_check "a limit that allows nothing is" says 2 "user.max_user_namespaces is 0"
gw_task say <<'E'
[task]
kind = exec
command = /bin/echo here
retries = 0
E
ktap_check "with which no call can run" eval '! sluice call say'
echo "$most" >$limit
files=/proc/sys/fs/file-max
most=$(<$files)
echo 500000 >$files
ktap_check "few open files for all are worth a remark" says 0 "fs.file-max is 500000"
echo 600000 >$files
ktap_check "as many as a process may have are not" eval '! says 0 "fs.file-max"'
echo "$most" >$files
install -m 644 /dev/null "$work/nothing"
mount --bind "$work/nothing" $init
ktap_check "the program of environments is" says 2 "$init: Permission denied"
umount $init
echo cpuset cpu io pids >"$work/controllers"
mount --bind "$work/controllers" $controllers
ktap_check "a controller is" says 2 "no controller memory"
echo cpuset cpu memory pids >"$work/controllers"
ktap_check "that of disks is worth a remark" says 0 "no controller io"
umount $controllers

LC_ALL=C sed 's/srcversion=./srcversion=X/' "$module" >"$work/other"
mount --bind "$work/other" "$module"
ktap_check "another module for the next boot is worth a remark" says 0 "another build of the module is installed"
umount "$module"
mkdir /lib/modules/9.9.9-other && touch /lib/modules/9.9.9-other/modules.dep
ktap_check "and a kernel without one" says 0 "kernel 9.9.9-other has no module sluice"

rm -r /lib/modules/9.9.9-other
ktap_check "or none, when all is well" eval '! says 0 "next boot"'
kill "$agent" && wait "$agent"
ktap_check "without an agent one is missing" says 2 "none runs"
ktap_end

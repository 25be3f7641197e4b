#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the environments of a task have in common is made once: it is never older than what it was made of, nothing of one
# environment is in the next, and nobody is kept from what it was made of for long.
# timeout: 600
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 29
zone=$(readlink /etc/localtime)
[[ ! -e /etc/inputrc ]] || mv /etc/inputrc "$work/inputrc"
modprobe -q loop
one_cpu=/sys/devices/system/cpu/cpu1/online
give_back() {
	[[ ! -e $one_cpu ]] || echo 1 >$one_cpu
	[[ ! $zone ]] || ln -sfn "$zone" /etc/localtime
	rm -f /etc/inputrc
	[[ ! -e $work/inputrc ]] || mv "$work/inputrc" /etc/inputrc
	umount -l "$work/disk" 2>/dev/null
	gw_cleanup
}
trap give_back EXIT
gw_start 512M 1
mkdir "$work/layer" && echo first >"$work/layer/version"
made() { # NAME [LINES of environment]
	gw_task "$1" <<T
[task]
kind = exec
command = /bin/bash
reuse = never
environments = 4
retries = 0
[needs]
memory = 32M
pids = 20
[environment]
$(printf "${2:-}")
T
}
mkdir "$work/data" && echo data >"$work/data/x"
made made "layer = $work/layer\ndata = $work/data /data ro"
in_task() { sluice call "$1" --data "$2" 2>&1; } # TASK SCRIPT
inside() { in_task made "$1"; }
trees() { readlink "/proc/$agent/fd/"* | grep '^mnt:' | sort -u; }
trees_are() { [[ $(trees | wc -l) == "$1" ]]; }
envs_gone() { until_true envs_are 0; }

ktap_check "a first environment" same "$(inside 'cat /version')" first
ktap_check "leaves what the next ones begin with" trees_are 1
tree=$(trees)
places="/tmp /var/tmp /run /dev/shm /var/lib/made"
ktap_check "one writes" inside "for d in $places; do echo x >\$d/x || exit; done"
ktap_check "what the next one does not have" same "$(inside "for d in $places; do ls -A \$d; done")" ""
ktap_check "nor can it write elsewhere" same "$(inside 'for d in / /etc /usr /version /proc /dev /sys; do echo x >$d/x && echo $d; done 2>/dev/null; true')" ""
ktap_check "all began with the same" same "$(trees)" "$tree"

mv "$work/layer" "$work/old" && mkdir "$work/layer" && echo second >"$work/layer/version"
ktap_check "a layer that is another one now" same "$(inside 'cat /version /data/x')" $'second\ndata'
echo other >"$work/version" && mv "$work/version" "$work/layer/version"
ktap_check "a file of it that is another one now" same "$(inside 'cat /version')" other
mkdir "$work/layer/folder" && echo new >"$work/layer/folder/new"
ktap_check "and one that is new" same "$(inside 'cat /folder/new')" new
printf '#!/bin/bash\necho ran\n' >"$work/layer/folder/program"
inside 'test -e /folder/program'
chmod 755 "$work/layer/folder/program"
ktap_check "and may be run now" same "$(inside /folder/program)" ran
rm "$work/layer/folder/new"
ktap_check "and one that is not there any more" same "$(inside 'ls /folder')" program
echo one >/etc/inputrc
ktap_check "a file of the gateway's that is new" same "$(inside 'cat /etc/inputrc')" one
echo two >"$work/two" && mv "$work/two" /etc/inputrc
ktap_check "and is replaced" same "$(inside 'cat /etc/inputrc')" two
ln -sfn /usr/share/zoneinfo/Asia/Tokyo /etc/localtime
ktap_check "its time" same "$(inside 'date +%Z')" JST
cpus=$(inside 'grep -c ^processor /proc/cpuinfo')
if [[ -w $one_cpu ]] && echo 0 >$one_cpu; then
	ktap_check "its processors" same "$(inside 'grep -c ^processor /proc/cpuinfo; cat /sys/devices/system/cpu/online')" $'1\n0'
	echo 1 >$one_cpu
	ktap_check "and all of them again" same "$(inside 'grep -c ^processor /proc/cpuinfo')" "$cpus"
else
	ktap_skip "its processors" "none can be taken away"
	ktap_skip "and all of them again" "none can be taken away"
fi
ktap_check "of what is old nothing is kept" trees_are 1

made lean "proc = processes"
ktap_check "nothing but processes in /proc" same "$(in_task lean 'ls /proc | grep -v "^[0-9]" | xargs; ls -d /proc/[0-9]* | head -1')" $'self thread-self\n/proc/1'
ktap_check "which are the environment's alone" same "$(in_task lean 'set -- /proc/[0-9]*; echo $#; tr -d "\0" <"/proc/$$/cmdline"')" $'2\n/bin/bash'

together() {
	local calls=() call before
	before=$(trees)
	made crowd
	for call in 1 2 3 4; do calls+=("$(sluice call crowd --async --data 'echo ready')"); done
	for call in "${calls[@]}"; do
		same "$(sluice call reap "$call" --wait 2>/dev/null || sluice call reap "$call")" ready || return
	done
	envs_gone && same "$(comm -13 <(echo "$before") <(trees) | wc -l)" 1
}
mkdir -p "$work/large/"{1..4100}
made large "layer = $work/large"
before=$(trees)
ktap_check "a layer with very many folders" same "$(in_task large 'ls -d /4100; echo x >/tmp/x && cat /tmp/x')" $'/4100\nx'
ktap_check "leaves nothing" same "$(comm -13 <(echo "$before") <(trees))" ""
ktap_check "those that begin together share it" together
zygote() { pgrep -x sluice-zygote -P "$agent" -r R,S; }
# Of the task with many folders nothing is made before. The first one is made without it.
other_zygote() {
	local old
	old=$(zygote) && kill -KILL "$old" || return
	same "$(in_task large 'echo good')" good && same "$(in_task large 'echo good')" good || return
	[[ $(zygote) && $(zygote) != "$old" ]]
}
ktap_check "who makes copies of himself dies" other_zygote
stopped() {
	local round
	made hung
	# who makes what all begin with, and the first process
	for round in 1 2; do
		kill -STOP "$(zygote)" || return
		same "$(in_task hung 'echo late')" late && ! pgrep -x sluice-zygote -r T || return
	done
}
ktap_check "or does nothing any more" stopped
not_wanted() {
	local call
	made slow "layer = $work/layer\nproc = processes"
	kill -STOP "$(zygote)"
	call=$(sluice call slow --async --data 'echo slow')
	until_true eval '[[ $(call_field '"$call"' state) == starting ]]'
	sluice call cancel "$call" && envs_gone && same "$(in_task slow 'echo again')" again
}
ktap_check "one that is not wanted any more while it is made" not_wanted

truncate -s 16M "$work/disk.ext4" && mke2fs -q -t ext4 "$work/disk.ext4" && mkdir "$work/disk" &&
	mount -o loop "$work/disk.ext4" "$work/disk" && mkdir "$work/disk/layer" && echo disk >"$work/disk/layer/version"
made disk "layer = $work/disk/layer"
ktap_check "a layer on a disk" same "$(in_task disk 'cat /version')" disk
envs_gone
ktap_check "that can be unmounted" umount "$work/disk"
free() { ! losetup -a | grep -q disk.ext4; }
ktap_check "and is free a while later" until_true free
remove_all() {
	local name
	for name in made lean large crowd hung slow disk; do sluice task del $name || return; done
	envs_gone && until_true trees_are 0
}
ktap_check "with its task it goes" remove_all
ktap_end

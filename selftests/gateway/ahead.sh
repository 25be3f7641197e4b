#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Part of an environment is made before it is wanted, for tasks that have new ones again and again: what comes of it is
# what would be made now, nothing of the task is in there before, and it is given up where it is of no use.
# timeout: 300
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 26
[[ ! -e /etc/inputrc ]] || cp -p /etc/inputrc "$work/inputrc"
give_back() {
	rm -f /etc/inputrc
	[[ ! -e $work/inputrc ]] || mv "$work/inputrc" /etc/inputrc
	gw_cleanup
}
trap give_back EXIT
gw_start 512M 1
mkdir "$work/layer" "$work/data"
echo layer >"$work/layer/version" && echo data >"$work/data/version"
made() { # NAME [LINES of environment [KEYS of task]]
	gw_task "$1" <<T
[task]
kind = exec
command = /bin/bash
environments = 4
retries = 0
${3:-reuse = never}
[needs]
memory = 32M
pids = 20
[environment]
layer = $work/layer
$(printf "${2:-}")
T
}
in_task() { sluice call "$1" --data "$2" 2>&1; } # TASK SCRIPT
place=$(</run/sluice/place)
receives=47 # recvmsg()
[[ $(uname -m) != aarch64 ]] || receives=212
# Those that have no environment of the module: "NUMBER PROCESS MESSENGER" each.
ahead() {
	local folder id known
	known=$(sluice -j env show | jq -r '.[].id')
	for folder in "$place"/env-*; do
		id=${folder##*/env-}
		[[ -d $folder ]] && ! grep -qx "$id" <<<"$known" && echo "$id $(sort -n "$folder/cgroup.procs" | xargs)"
	done
}
ahead_are() { [[ $(ahead | wc -l) == "$1" ]]; }
waits() { ahead_are 1 && [[ $(</proc/"$(ahead | cut -d ' ' -f 3)"/syscall) == "$receives "* ]] 2>/dev/null; }
again() { in_task "$1" true && in_task "$1" true && until_true envs_are 0 && until_true waits; } # TASK: one is made ahead

made ahead "data = $work/data /data ro"
in_task ahead true
until_true envs_are 0
sleep 0.2
ktap_check "after one call there is none" ahead_are 0
ktap_check "after two there is one" again ahead
read -r number process messenger <<<"$(ahead)"
ktap_check "that is of two processes" test "$(wc -w <<<"$process $messenger")" = 2
ktap_check "of ours" eval '[[ $(readlink /proc/$process/exe) == */sluice-init ]] && has "$(tr "\0" " " <"/proc/$process/cmdline")" "sluice-init make "'
status() { sed -n "s/^$1:\t*//p" "/proc/$process/status"; } # KEY
may() { status Uid && status Groups && grep -E '^(Cap|NoNew|Seccomp)' "/proc/$process/status"; }
before=$(may)
may_as_later() {
	local call
	call=$(sluice call ahead --async --data 'sleep 1')
	until_true eval '[[ $(call_field '"$call"' state) == running ]]' || return
	same "$(may)" "$before" && sluice call reap "$call" && has "$before" $'CapBnd:\t0000000000000000'
}
idle() {
	local fd
	for fd in "/proc/$process/fd/"*; do
		((${fd##*/} < 3)) || ! readlink "$fd" | grep -e "$work" -e /dev/sluice || return
	done
}
ktap_check "with nothing of the task's, nor of the module's" idle
limited() { same "$(<"$place/env-$number/memory.max") $(<"$place/env-$number/pids.max")" "$((32 << 20)) 21"; }
ktap_check "and the task's limits" limited
ktap_check "that may as little as later" may_as_later
refresh() { until_true envs_are 0 && until_true waits && read -r number process messenger <<<"$(ahead)"; }
again ahead && refresh
uses() {
	local call
	call=$(sluice call ahead --async --data 'sleep 1; cat /version /data/version')
	until_true eval '[[ $(call_field '"$call"' state) == running ]]' || return
	same "$(call_field "$call" env)" "$number" && grep -qx "$process" "$place/env-$number/cgroup.procs" || return
	same "$(sluice call reap "$call" --wait 2>/dev/null || sluice call reap "$call")" $'layer\ndata'
}
ktap_check "the next call runs there" uses

gone() { ! kill -0 "$process" 2>/dev/null; }
other_data() {
	refresh || return
	echo newer >"$work/newer" && mv "$work/newer" "$work/data/version"
	mv "$work/data" "$work/was" && mkdir "$work/data" && echo other >"$work/data/version"
	same "$(in_task ahead 'cat /data/version')" other
}
ktap_check "with data that is another folder since" other_data
other_layer() {
	refresh || return
	echo newer >"$work/newer" && mv "$work/newer" "$work/layer/version"
	same "$(in_task ahead 'cat /version')" newer && gone
}
ktap_check "a file of its layer was another one: then not" other_layer
other_folder() {
	again ahead && refresh || return
	mv "$work/layer" "$work/old" && mkdir "$work/layer" && echo folder >"$work/layer/version"
	same "$(in_task ahead 'cat /version; echo x >/tmp/x && cat /tmp/x')" $'folder\nx'
}
ktap_check "its layer was another folder: it is made anew" other_folder
other_gateway() {
	again ahead && refresh || return
	echo one >"$work/one" && mv "$work/one" /etc/inputrc
	same "$(in_task ahead 'cat /etc/inputrc /version')" $'one\nfolder'
}
ktap_check "a file of the gateway's was another one: the same" other_gateway
other_task() {
	again ahead && refresh || return
	made ahead "variable = X=changed\ndata = $work/data /data ro"
	same "$(in_task ahead 'echo $X; ls /data')" $'changed\nversion' && until_true gone
}
ktap_check "its task was changed: it is another one's" other_task
others() {
	local call calls=()
	again ahead && refresh || return
	for call in 1 2 3 4; do calls+=("$(sluice call ahead --async --data 'cat /version')"); done
	for call in "${calls[@]}"; do
		same "$(sluice call reap "$call" --wait 2>/dev/null || sluice call reap "$call")" folder || return
	done
}
ktap_check "it is one's of several that come together" others
dies() {
	refresh || return
	kill -KILL "$process"
	same "$(in_task ahead 'cat /version')" folder
}
ktap_check "it dies: another one is made" dies
its_messenger() {
	again ahead && refresh || return
	kill -KILL "$messenger"
	same "$(in_task ahead 'cat /version')" folder
}
ktap_check "its messenger dies: the same" its_messenger
# The agent hears of both at the same time.
dies_then() {
	local call
	again ahead && refresh || return
	kill -STOP "$agent" && kill -KILL "$process"
	call=$(sluice call ahead --async --data 'cat /version')
	kill -CONT "$agent"
	same "$(sluice call reap "$call" --wait 2>/dev/null || sluice call reap "$call")" folder
}
ktap_check "at the moment in which it is wanted: the same" dies_then
secret() {
	(umask 077 && mkdir -p /etc/sluice/secrets && echo first >/etc/sluice/secrets/word)
	made secret "secret = word"
	sluice task del ahead && until_true ahead_are 0 || return
	again secret || return
	(umask 077 && echo second >/etc/sluice/secrets/word)
	same "$(in_task secret 'cat /run/secrets/word')" second && rm /etc/sluice/secrets/word
}
ktap_check "a secret is that of the moment" secret
ktap_check "who has lost it hears of it" eval 'has "$(in_task secret true)" "secret word"'
sluice task del secret
until_true ahead_are 0
warm() {
	made warm "" "idle = 1h"
	in_task warm true && in_task warm true && sleep 0.5 && ahead_are 0 && sluice task del warm
}
ktap_check "one that is used again has none" warm
few() {
	local name
	for name in a b c d e f; do
		made "$name" && in_task "$name" true && in_task "$name" true || return
	done
	until_true envs_are 0 && sleep 2 && ahead_are 4
}
ktap_check "there are few" few
# Who has more than memory.high waits for memory most of the time, and so it is told of the machine.
press() {
	local cgroup=/sys/fs/cgroup/press from=$SECONDS ret
	ahead_are 4 && mkdir $cgroup && echo 1M >$cgroup/memory.high || return
	bash -c "echo \$\$ >$cgroup/cgroup.procs; head -c 64M /dev/zero | tail -n 1 >/dev/null" &
	# sooner than for want of use
	until_true ahead_are 0 && ((SECONDS - from < 20))
	ret=$?
	echo 1 >$cgroup/cgroup.kill
	wait $! 2>/dev/null
	until_true rmdir $cgroup
	return $ret
}
if [[ -w /proc/pressure/memory ]] && (exec 7<>/proc/pressure/memory && echo 'some 100000 2000000' >&7) 2>/dev/null; then
	ktap_check "none where memory is short" press
else
	ktap_skip "none where memory is short" "no pressure is told"
fi
for name in a b c d e f; do sluice task del $name; done
made ahead
again ahead && refresh
kill -KILL "$agent" && wait "$agent" 2>/dev/null
ktap_check "the agent dies, and it does" until_true gone
gw_agent
next() { until_true ahead_are 0 && same "$(in_task ahead 'cat /version')" folder; }
ktap_check "and the next one begins with none" next
again ahead && refresh
kill -TERM "$agent" && wait "$agent"
none() { gone && [[ ! -e $place/env-$number ]]; }
ktap_check "the agent is stopped: nothing of it is left" none
gw_agent
unused() { again ahead && sleep 20 && ahead_are 1 && until_true ahead_are 0; }
ktap_check "for half a minute it is kept" unused
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The filter of system calls: the list knows all that this kernel has, and what a task may do is what its file says.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 20
try() { sluice call "$1" --data "$2 0 0 0" 2>&1; } # TASK ATTEMPT: see inside/escape.c
tries() { local one; for one in "${@:2}"; do echo "$one:$(try "$1" "$one")"; done; } # TASK ATTEMPT...
lines() { printf '%s\n' "$@"; }
gw_start 256M 2
ktap_check "the list has all numbers of this kernel" ../inside/numbers
serve() { # TASK LINE...: of [environment]
	gw_task "$1" <<E
[task]
kind = serve
command = /usr/lib/sluice/selftests/inside/escape
[needs]
cpu = 1
[environment]
usr = yes
$(lines "${@:2}")
E
}
modprobe -aq vcan can-gw
ip link add vcan8 type vcan && ip link set vcan8 up
for preset in strict default wide; do serve $preset "filter = $preset"; done
serve none
serve can "socket = bus can:vcan8"
all=(inet name-of-pair trace-child alg io-uring bpf namespace splice number-of-tomorrow)
ktap_check "strict: no sockets" same "$(tries strict "${all[@]}")" \
	"$(lines inet:EPERM name-of-pair:ENOPROTOOPT trace-child:EPERM alg:EPERM io-uring:EPERM bpf:EPERM namespace:EPERM splice:EPERM number-of-tomorrow:ENOSYS)"
ktap_check "default: sockets of its own network" same "$(tries default "${all[@]}")" \
	"$(lines inet:ALLOWED name-of-pair:ALLOWED trace-child:EPERM alg:EAFNOSUPPORT io-uring:EPERM bpf:EPERM namespace:EPERM splice:ALLOWED number-of-tomorrow:ENOSYS)"
ktap_check "wide: debuggers, too" same "$(tries wide "${all[@]}")" \
	"$(lines inet:ALLOWED name-of-pair:ALLOWED trace-child:ALLOWED alg:EAFNOSUPPORT io-uring:EPERM bpf:EPERM namespace:EPERM splice:ALLOWED number-of-tomorrow:ENOSYS)"
ktap_check "where nothing is said it is default" same "$(tries none "${all[@]}")" "$(tries default "${all[@]}")"
ktap_check "not even wide reaches process 1" same "$(tries wide trace-init file-of-init read-init limit-of-init nice-of-init cpus-of-init)" \
	"$(lines trace-init:EPERM file-of-init:EPERM read-init:EPERM limit-of-init:EPERM nice-of-init:EPERM cpus-of-init:EPERM)"
ktap_check "CAN is for who has a bus" same "$(try can can) $(try wide can)" "ALLOWED EAFNOSUPPORT"
# A kernel without such numbers has no such limit either.
if [[ -e /proc/sys/abi/vsyscall32 ]]; then
	ktap_check "what is asked by a number of i386 kills, and no more than who asked" same "$(try wide i386)" ENOEXEC
else
	ktap_skip "what is asked by a number of i386 kills, and no more than who asked" "no such numbers"
fi

# Of the kind exec: shells, and what they start.
for preset in strict wide; do
	gw_task sh-$preset <<E
[task]
kind = exec
command = /bin/bash
[needs]
cpu = 1
[environment]
usr = yes
filter = $preset
E
done
ktap_check "a shell runs with strict" same \
	"$(sluice call sh-strict --data 'seq 3 | sort -rn | { read -r a; echo $a; }; ulimit -n 64; nice -n 5 date +%%')" "$(lines 3 %)"
# By a program that is everywhere: to change an owner, to the same, is of default and not of strict.
own='touch /tmp/x && chown $(id -u) /tmp/x 2>/dev/null && echo may || echo "may not"'
ktap_check "what it starts has the same filter" same "$(sluice call sh-strict --data "$own") $(sluice call sh-wide --data "$own")" "may not may"
envs_of() { sluice -j env show | jq -r "map(select(.task == \"$1\").id) | join(\" \")"; }
has_ns() { sluice call "$1" --data "readlink /proc/self/ns/$2; grep -c '$3' $4; true"; } # TASK NAMESPACE PATTERN FILE
# Of another task, both at the same time: the number of a namespace that has ended is that of the next.
cp "$work/sh-strict.task" "$work/alike.task" && sluice task add "$work/alike.task"
# Environments with strict have the same one, with COUNT of what is looked for; others have their own, with one.
together() { # NAMESPACE COUNT PATTERN FILE
	local strict wide
	sluice call alike --data true && strict=$(has_ns sh-strict "$1" "${@:3}") && wide=$(has_ns sh-wide "$1" "${@:3}") || return
	same "$(has_ns alike "$1" "${@:3}")" "$strict" && [[ $(envs_of sh-strict) && $(envs_of alike) ]] || return
	same "$(tail -n 1 <<<"$strict") $(tail -n 1 <<<"$wide")" "$2 1" &&
		[[ ${wide%%$'\n'*} != "${strict%%$'\n'*}" && $(readlink "/proc/self/ns/$1") != "${strict%%$'\n'*}" ]]
}
ktap_check "who has no sockets has a network that others of that kind have" together net 1 : /proc/net/dev
ktap_check "who has no IPC has a namespace of it that others of that kind have" together ipc 0 ' /dev/mqueue ' /proc/self/mountinfo
no_ipc() {
	local what="ipcmk -M 4096 || ipcmk -S 1 || ipcmk -Q"
	has "$(sluice call sh-wide --data 'ipcmk -M 4096' 2>&1)" "memory id" || return
	has "$(sluice call sh-strict --data "$what" 2>&1)" "ipcmk: create message queue failed: Operation not permitted" &&
		has "$(sluice call sh-strict --data '>/dev/mqueue/queue' 2>&1)" "/dev/mqueue/queue"
}
ktap_check "in which it can make nothing" no_ipc
warm=$(envs_of sh-strict)
ktap_check "its environment is used again" eval '[[ $warm ]] && sluice call sh-strict --data "$own" && same "$(envs_of sh-strict)" "$warm"'
by_hand() { sluice task run "$1" --shell -- sh -c "$own" </dev/null; }
ktap_check "so has who runs the task" same "$(by_hand sh-strict) $(by_hand sh-wide)" "may not may"
entering() { sluice env enter "$(sluice -j env show | jq "map(select(.task == \"$1\"))[0].id")" -- sh -c "$own" </dev/null; }
ktap_check "so has who enters" same "$(entering sh-strict) $(entering sh-wide)" "may not may"
names='readlink /proc/self/ns/ipc /proc/self/ns/net'
enter() { sluice env enter "$(envs_of "$1" | cut -d ' ' -f 1)" -- sh -c "$2" </dev/null; }
own_names() {
	local one two wide
	one=$(sluice call sh-strict --data "$names") && two=$(enter sh-strict "$names") || return
	[[ $(wc -l <<<"$two") == 2 ]] && ! grep -qxF "$one" <<<"$two" && same "$(enter sh-strict 'grep -c : /proc/net/dev')" 1 || return
	wide=$(sluice call sh-wide --data "$names") && same "$(enter sh-wide "$names")" "$wide"
}
ktap_check "but not what those with strict have together" own_names
ktap_check "a task with strict is found good" sluice task check /etc/sluice/tasks/sh-strict.task
sed -i 's/filter = strict/filter = wide/' "$work/sh-strict.task"
sluice task add "$work/sh-strict.task"
ktap_check "a filter that is changed is that of the next call" same "$(sluice call sh-strict --data "$own")" may
sed -i 's/filter = wide/filter = loose/' "$work/sh-strict.task"
refused() { ! sluice task add "$work/sh-strict.task" 2>"$work/said" && has "$(<"$work/said")" "filter: expected strict, default or wide"; }
ktap_check "a preset that there is not is refused" refused
ip link del vcan8
ktap_end

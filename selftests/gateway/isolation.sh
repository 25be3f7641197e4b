#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a task's program finds in its environment, and what it does not find.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 36
gw_start 256M 2
mkdir -p "$work/ro" "$work/rw" /run/secret "$work/layer/opt"
echo public >"$work/ro/file"
echo secret >/run/secret/file
cp /bin/echo "$work/layer/opt/own-echo"
chmod 711 "$work" && chmod -R a+rX "$work/layer" "$work/ro"
gw_task inside <<E
[task]
kind = exec
command = /bin/bash
input = 4K
[needs]
memory = 64M
pids = 20
cpu = 1
[environment]
usr = yes
data = $work/ro /data/ro ro
data = $work/rw /data/rw rw
device = /dev/zero ro
variable = COLOUR=blue
tmp = 1M
E
gw_task other <<'E'
[task]
kind = exec
command = /bin/sleep 1000
E
inside() { sluice call inside --quiet --data "$1" 2>&1; } # SCRIPT: what it prints, and its failure

neighbour=$(sluice call other --async)
until_true call_is "$neighbour" running
user_of() { # TASK: the user of its environment, as the gateway sees it
	awk '/^Uid:/ { print $2 }' "/proc/$(sluice -j env show | jq ".[] | select(.task == \"$1\").pid")/status"
}
ids=$(inside 'echo $(cat /proc/self/uid_map) $(id -u) $(id -G)')
ktap_check "it is a user of its own" same "$ids" "1000 $(user_of inside) 1 1000 1000"
ktap_check "that no other environment has" test "$(user_of inside)" -ne "$(user_of other)"
ktap_check "no capabilities" same "$(inside 'grep -c "^Cap.*:.0*$" /proc/self/status')" 5
ktap_check "no new privileges" same "$(inside 'grep NoNewPrivs /proc/self/status | tr -d "[:blank:]"')" NoNewPrivs:1
ktap_check "no signal is ignored" same "$(inside 'grep -c "^SigIgn:.0*$" /proc/self/status')" 1
ktap_check "system calls are filtered" same "$(inside 'grep ^Seccomp: /proc/self/status | tr -d "[:blank:]"')" Seccomp:2
ktap_check "no mount" same "$(inside 'mount -t tmpfs none /tmp 2>/dev/null || echo refused')" refused
ktap_check "no user namespace of its own" has "$(inside 'unshare -U true 2>&1')" "not permitted"
ktap_check "only its own processes" same "$(inside 'set -- /proc/[0-9]*; echo $#')" 2
ktap_check "no network" same "$(inside 'exec 3<>/dev/tcp/10.9.0.2/502' | grep -c unreachable)" 1
ktap_check "the root is read-only" has "$(inside 'touch /file')" "Read-only"
ktap_check "so is /usr" has "$(inside 'touch /usr/file')" "Read-only"
ktap_check "no other file of the gateway" has "$(inside 'cat /run/secret/file; ls /etc /root')" "No such file"
ktap_check "its data can be read" same "$(inside 'cat /data/ro/file')" public
ktap_check "and not written" has "$(inside 'echo x > /data/ro/file')" "Read-only"
chmod 777 "$work/rw"
ktap_check "what is rw can be written" same "$(inside 'echo new > /data/rw/file'; cat "$work/rw/file")" new
ktap_check "but not executed" has "$(inside 'cp /bin/true /data/rw/program; /data/rw/program')" "Permission denied"
ktap_check "its device is there" same "$(inside 'head -c 3 /dev/zero | wc -c')" 3
ktap_check "no other is" same "$(inside 'ls /dev' | tr '\n' ' ')" \
	"fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero "
ktap_check "nor can it make one" has "$(inside 'mknod /tmp/mem c 1 1; mknod /tmp/mem2 b 8 0')" "not permitted"
ktap_check "its /tmp is its own, and small" same "$(inside 'head -c 2M /dev/zero > /tmp/x; wc -c < /tmp/x')" 1048576
ktap_check "its variables, and no others" same "$(inside 'env | sed "s/=.*//" | sort | tr "\n" " "')" \
	"COLOUR HOME LANG PATH PWD SHLVL SLUICE_ATTEMPTS SLUICE_CALL SLUICE_TASK SLUICE_TRACE_ID _ "
ktap_check "its host name" same "$(inside 'cat /proc/sys/kernel/hostname 2>/dev/null || hostname')" inside
namespaces='for n in cgroup ipc mnt net pid user uts; do readlink /proc/self/ns/$n; done'
ktap_check "no namespace is the gateway's" same "$(comm -12 <(inside "$namespaces" | sort) <(bash -c "$namespaces" | sort))" ""

# A task that can write nowhere, and one with little room.
mkdir "$work/out" && chmod 777 "$work/out"
gw_task still <<E
[task]
kind = exec
command = /bin/bash
[environment]
tmp = 0
E
still() { sluice call still --data "$1" 2>&1; }
ktap_check "tmp = 0 is none" same "$(still 'for d in /tmp /var/tmp /run /dev/shm /var/lib/still; do touch $d/x; done' | grep -c 'Read-only')" 5
gw_task small <<E
[task]
kind = exec
command = /bin/bash
input = 4K
[environment]
tmp = 1M
file-size = 8K
device = /dev/ttyS0 ro
data = $work/out /out rw
data = $work/nodes /nodes ro
layer = $work/nodes
E
mkdir "$work/nodes" && mknod -m 666 "$work/nodes/zero" c 1 5 && mknod -m 666 "$work/nodes/kmsg" c 1 11
small() { sluice call small --data "$1" 2>&1; }
ktap_check "files that hold nothing have an end" has "$(small 'for ((i = 0; i < 5000; i++)); do : >/tmp/$i || break; done; ls /tmp | wc -l')" "No space left"
ktap_check "so has each file" same "$(small 'head -c 100K /dev/zero >/out/file' >/dev/null; stat -c %s "$work/out/file")" 8192
ktap_check "a node in data or a layer is none" same "$(small 'for n in /nodes/zero /zero; do head -c 1 $n; done' | grep -c 'Permission denied')" 2

# What is mounted on the gateway where the data is.
mkdir -p "$work/mounts/on" && echo below >"$work/mounts/on/file"
mount -t tmpfs none "$work/mounts/on" && echo above >"$work/mounts/on/file"
gw_task mounts <<E
[task]
kind = exec
command = /bin/bash
[environment]
data = $work/mounts /plain ro
data = $work/mounts /all ro recursive
E
mounts() { sluice call mounts --data "$1" 2>&1; }
ktap_check "of its data what lies below what is mounted there" same "$(mounts 'cat /plain/on/file')" below
ktap_check "or what is mounted, and that not to be written either" has "$(mounts 'cat /all/on/file; echo x >/all/on/file')" "above
/bin/bash: line 1: /all/on/file: Read-only"
umount -l "$work/mounts/on"
# Whoever is in its cgroup, as root, with all nodes of the gateway.
cgroup=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(sluice -j env show | jq '.[] | select(.task == "small").pid')/cgroup")
within() { bash -c "echo \$\$ >$cgroup/cgroup.procs && $1" 2>&1; }
ktap_check "no node opens, wherever it comes from" has "$(within 'head -c 1 "$0"' | cat; within 'exec 3</dev/kmsg')" "/dev/kmsg: Operation not permitted"
ktap_check "nor for reading and writing one that is to be read" has "$(within 'exec 3<>/dev/ttyS0')" "/dev/ttyS0: Operation not permitted"
ktap_check "which can be read" same "$(within 'exec 3</dev/ttyS0 && echo open')" open
ktap_check "none can be made" has "$(within "mknod $work/new c 1 3")" "Operation not permitted"
memory_files=/proc/sys/vm/memfd_noexec
without() {
	local said
	echo 2 >$memory_files || return
	gw_task fresh <<<$'[task]\nkind = exec\ncommand = /bin/bash'
	said=$(sluice call fresh --data 'echo $((6 * 7))' 2>&1)
	echo 0 >$memory_files
	same "$said" 42
}
if [[ -e $memory_files ]]; then ktap_check "a gateway without memory that can be run has environments" without
else ktap_skip "a gateway without memory that can be run has environments" "no such kernel"; fi
ktap_check "what everybody has is there" same "$(within 'head -c 3 /dev/zero >/dev/null && head -c 3 /dev/urandom | wc -c')" 3
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What programs of today expect around them: who they are, where things are, devices that are none, a place to write,
# and of the machine as much as is theirs.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 32
zone=$(readlink /etc/localtime)
trap 'ln -sfn "$zone" /etc/localtime; gw_cleanup' EXIT
ln -sfn /usr/share/zoneinfo/Asia/Tokyo /etc/localtime
gw_start 256M 2
printf '# a file of variables\n\nFIRST=one\nSECOND="two words"\nexport THIRD=three\nCOLOUR=red\n' >"$work/variables"
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
device = /dev/ttyS0 ro
device = /dev/null ro
sys = /sys/module/sluice/parameters
directory = /usr/share
umask = 027
user = runner
environment-file = $work/variables
variable = COLOUR=blue
tmp = 2M
E
inside() { sluice call inside --data "$1" 2>&1; } # SCRIPT: what it prints, and its failure

ktap_check "it has a name" same "$(inside 'id -un; id -gn; getent passwd 1000')" "runner
runner
runner:x:1000:1000:inside:/tmp:/bin/sh"
ktap_check "and whoever it is not" same "$(inside 'stat -c %U /proc/sys')" nobody
ktap_check "and the host" same "$(inside 'cat /etc/hostname; getent hosts inside | tr -s " "')" "inside
127.0.1.1 inside"
ktap_check "a machine id, not the gateway's" inside '[[ $(</etc/machine-id) =~ ^[0-9a-f]{32}$ ]]'
ktap_check "other than the gateway's" eval '[[ $(inside "cat /etc/machine-id") != "$(</etc/machine-id)" ]]'
id=$(inside 'cat /etc/machine-id')
sluice env del "$(field id env show)"
until_true envs_are 0
ktap_check "that its next environment has, too" same "$(inside 'cat /etc/machine-id')" "$id"
ktap_check "names of which there are several programs" same "$(inside 'echo a b | awk "{ print \$2 }"')" b
ktap_check "where libraries are" inside 'test -s /etc/ld.so.cache'
ktap_check "the gateway's time" same "$(inside 'date +%Z')" JST
ktap_check "and other times" same "$(inside 'TZ=America/Bogota date -d @0 +%H:%M')" 19:00
ktap_check "nothing else of the gateway's /etc" same "$(inside 'cat /etc/shadow /etc/sluice/sluice.conf' | grep -c "No such file")" 2
ktap_check "what it says to /dev/stderr" same "$(inside 'echo to stderr >/dev/stderr; exit 1' | grep -o 'to stderr')" "to stderr"
ktap_check "to /dev/stdout" same "$(inside 'echo to stdout >/dev/stdout')" "to stdout"
ktap_check "and what comes from /dev/stdin" same "$(inside 'exec bash /dev/stdin <<<"echo read"')" read
ktap_check "terminals of its own" same "$(inside 'script -qec "tty" /dev/null </dev/null | tr -d "\r"')" /dev/pts/0
ktap_check "shared memory" same "$(inside 'echo x >/dev/shm/x && cat /dev/shm/x')" x
ktap_check "message queues" inside 'test -d /dev/mqueue && ls /dev/mqueue'
ktap_check "places to write" same "$(inside 'for d in /tmp /var/tmp /run /var/lib/inside; do echo x >$d/x && echo $d; done' | tr '\n' ' ')" \
	"/tmp /var/tmp /run /var/lib/inside "
ktap_check "small ones" has "$(inside 'head -c 1M /dev/zero >/tmp/a && head -c 2M /dev/zero >/run/a')" "No space left"
ktap_check "memory is its own" same "$(inside 'awk "/^MemTotal/ { print \$2 }" /proc/meminfo')" 65536
ktap_check "so are CPUs" same "$(inside 'grep -c ^processor /proc/cpuinfo; grep -c "^cpu[0-9]" /proc/stat; cat /sys/devices/system/cpu/online')" "1
1
0"
ktap_check "and its own limits" same "$(inside 'cat /sys/fs/cgroup/memory.max; cat /proc/self/cgroup; (echo max >/sys/fs/cgroup/memory.max) 2>&1 | grep -o "Read-only"')" "67108864
0::/
Read-only"
ktap_check "it can see how long the machine runs" inside 'read -r up _ </proc/uptime && [[ ${up%.*} -gt 0 ]] && read -r load _ </proc/loadavg'
ktap_check "and have random numbers" inside '[[ $(</proc/sys/kernel/random/uuid) == *-*-*-*-* ]]'
ktap_check "nothing else of the kernel" same "$(inside 'cat /proc/modules /proc/kallsyms /proc/cmdline /proc/sys/kernel/hostname /proc/interrupts 2>&1 | grep -cv "Permission denied\|No such file" || true')" 0
ktap_check "of devices it has what the kernel says" inside 'test -r /sys/dev/char/4:64/uevent'
ktap_check "by their class, too" inside 'grep -q DEVNAME=ttyS0 /sys/class/tty/ttyS0/uevent'
ktap_check "and what else it names" inside 'grep -qx 64 /sys/module/sluice/parameters/max_envs'
ktap_check "and nothing else of it" same "$(inside 'cd /sys && echo * bus/* class/* fs/* kernel/* module/*')" \
	"class dev devices fs module bus/* class/mem class/tty fs/cgroup kernel/* module/sluice"
ktap_check "which it cannot write" has "$(inside 'echo 65 >/sys/module/sluice/parameters/max_envs')" "Read-only"
ktap_check "it begins where it is to" same "$(inside 'pwd; umask')" "/usr/share
0027"
ktap_check "with its variables" same "$(inside 'echo $FIRST $SECOND $THIRD $COLOUR')" "one two words three blue"
ktap_end

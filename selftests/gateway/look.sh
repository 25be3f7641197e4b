#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# sluice task check, for root: is all there that a task file names, and could its command be run? All that is wrong is
# said, in words of the file; and nothing is done.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 27
layer=$work/layer
mkdir -p "$layer/opt" "$work/secrets"
chmod 755 "$work"
look() { # TEXT: below a task that has $layer; its status, and what it says besides the file's name
	local status=0
	printf '[task]\nkind = exec\n%b\n' "$1" >"$work/x.task"
	sluice task check "$work/x.task" 2>&1 | sed "s|^sluice: $work/x.task: ||"
	status=${PIPESTATUS[0]}
	echo "$status"
}
command() { look "command = $1\n[environment]\nlayer = $layer\n${2:-}"; }
bad() { printf '%s\n' "$@" 1; }
put() { cat >"$layer/opt/$1" && chmod 755 "$layer/opt/$1"; }

before=$(sort /proc/self/mountinfo; ls -R /sys/fs/cgroup /var/lib/sluice 2>/dev/null)
ktap_check "a program" same "$(command /bin/true)" 0
ktap_check "none" same "$(command /bin/nosuch)" "$(bad 'command /bin/nosuch: No such file or directory')"
ktap_check "one that would keep files" same "$(command /bin/true 'state = 1M')" 0
put plain <<<'#!/bin/sh'
chmod 644 "$layer/opt/plain"
ktap_check "one that may not be executed" same "$(command /opt/plain)" "$(bad 'command /opt/plain: Permission denied')"
put roots <<<'#!/bin/sh'
chmod 700 "$layer/opt/roots"
ktap_check "but by root" same "$(command /opt/roots)" "$(bad 'command /opt/roots: Permission denied')"
ktap_check "a folder" same "$(command /opt)" "$(bad 'command /opt: is no file')"
put script <<<'#! /bin/sh -e'
ktap_check "a script" same "$(command /opt/script)" 0
put lost <<<'#!/opt/nosuch -x'
ktap_check "one without its interpreter" same "$(command /opt/lost)" "$(bad 'command /opt/lost: its interpreter /opt/nosuch: No such file or directory')"
put nested <<<'#!/opt/lost'
ktap_check "one that another would run" same "$(command /opt/nested)" \
	"$(bad 'command /opt/nested: its interpreter /opt/lost: its interpreter /opt/nosuch: No such file or directory')"
put around <<<'#!/opt/around'
ktap_check "one that runs itself" has "$(command /opt/around)" "scripts that are run by scripts: too many"
put by-env <<<'#!/usr/bin/env bash'
ktap_check "one by env" same "$(command /opt/by-env)" 0
put by-env <<<'#!/usr/bin/env -S A=b nosuchlanguage -u'
ktap_check "of a program that is not there" same "$(command /opt/by-env)" "$(bad 'command /opt/by-env: its interpreter nosuchlanguage: in no folder of PATH')"
put text <<<'no program'
ktap_check "a text" same "$(command /opt/text)" "$(bad 'command /opt/text: is neither a program nor a script that begins with #!')"
head -c 80 /bin/true | put cut
ktap_check "a program that is cut off" same "$(command /opt/cut)" "$(bad 'command /opt/cut: is a damaged program')"
put foreign </bin/true
printf '\363\000' | dd of="$layer/opt/foreign" bs=1 seek=18 conv=notrunc status=none
ktap_check "of another machine" has "$(command /opt/foreign)" "command /opt/foreign: is for riscv, 64 bits; environments here are "
sed 's|/ld-linux-|/ld-linux_|' /bin/true | put loader
ktap_check "without its loader" has "$(command /opt/loader)" "/ld-linux_"
sed 's/libc\.so\.6/libq.so.6/g' /bin/true | put library
ktap_check "without its library" same "$(command /opt/library)" "$(bad 'command /opt/library: its library libq.so.6: not found')"
put static </usr/lib/sluice/sluice-init
ktap_check "a static one in a root of layers alone" same "$(command /opt/static 'usr = no')" 0
ktap_check "which has no libraries for others" has "$(put dynamic </bin/true; command /opt/dynamic 'usr = no')" "command /opt/dynamic: its interpreter /"

all="command = /bin/nosuch\n[environment]\nusr = yes\ndata = /no/data /data ro\ndata = $work /there ro\ndevice = /dev/nosuch rw\ndevice = /dev/null rw
device = /dev/fd rw\nsys = /sys/nosuch\nsecret = nosuch\nenvironment-file = /no/variables\nsocket = bus can:nosuch\ndirectory = /no/directory"
# in the order in which they are met
said="socket bus can:nosuch: No such device
environment-file /no/variables: No such file or directory
data /no/data: No such file or directory
sys /sys/nosuch: No such file or directory
device /dev/nosuch: No such file or directory
device /dev/fd: No such device
secret nosuch: No such file or directory
directory /no/directory: No such file or directory
command /bin/nosuch: No such file or directory
1"
ktap_check "all that is wrong is said" same "$(look "$all")" "$said"
ktap_check "in JSON, too" same "$(sluice -j task check "$work/x.task" 2>/dev/null | jq '.problems | length')" 9
ktap_check "a layer that is not there" same "$(look "command = /bin/nosuch\n[environment]\nlayer = /no/layer\nlayer = /etc/passwd\ndata = /no/data /data ro")" \
	"layer /no/layer: No such file or directory
layer /etc/passwd: expected a directory, or an image of squashfs or erofs
data /no/data: No such file or directory
1"
printf 'GOOD=1\nbad line\n' >"$work/variables"
ktap_check "a line of variables" has "$(look "command = /bin/true\n[environment]\nenvironment-file = $work/variables")" "$work/variables:2: expected NAME=value"
ktap_check "a line of the file itself" has "$(look 'command = true')" "x.task:3: command"
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups sluice task check "$work/x.task" 2>&1; }
look "command = /bin/nosuch" >/dev/null
chmod 644 "$work/x.task"
ktap_check "who is not root only reads" same "$(as_nobody; echo $?)" "sluice: the file is good; looking inside needs root
0"
after=$(sort /proc/self/mountinfo; ls -R /sys/fs/cgroup /var/lib/sluice 2>/dev/null)
ktap_check "all is as it was" same "$after" "$before"
ktap_check "nobody is left" eval '! pgrep sluice-'
ktap_end

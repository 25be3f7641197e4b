#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Services of the gateway that a task reaches by their path: they are told who it is, and it is not root; the path is
# what root has said, wherever others put links.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 11
services=()
trap '((!${#services[@]})) || kill "${services[@]}"; gw_cleanup' EXIT
gw_start 256M 2
chmod 755 "$work"
serve() { # PATH: until it is there
	../inside/whois "$1" &
	services+=($!)
	until_true test -S "$1"
}
define() { # NAME PATH
	gw_task "$1" <<T
[task]
kind = exec
command = /bin/bash
retries = 0
quarantine = none
[needs]
memory = 16M
cpu = 1
[environment]
socket = who unix:$2
T
}
ask() { sluice call "$1" --data 'read -r line <&4 && echo "$line"' 2>&1; } # TASK
user_of() { awk '$1 == "Uid:" { print $2 }' "/proc/$(sluice -j env show | jq ".[] | select(.task == \"$1\").pid")/status"; }

serve "$work/service"
define plain "$work/service"
read -r uid gid groups name <<<"$(ask plain)"
ktap_check "a task is told by its own user" eval '[[ $uid ]] && same "$uid $gid" "$(user_of plain) $(user_of plain)"'
ktap_check "which is not root" test "$uid" -ge 1000
ktap_check "without a group of the agent" same "$groups" 0
ktap_check "by a name that the kernel chose, and so by no other" same "$name" named
read -r uid <<<"$(sluice task run plain --shell -- bash -c 'read -r line <&4 && echo "${line%% *}"' </dev/null 2>&1)"
ktap_check "so is who runs it by hand" same "$uid" "$(user_of plain)"

ln -s service "$work/link"
define linked "$work/link"
ktap_check "a link that root made leads there" has "$(ask linked)" " named"
mkdir -m 755 "$work/area"
chown 4242 "$work/area"
ln -s "$work/service" "$work/area/service"
define led "$work/area/service"
ktap_check "one that others can have made does not" has "$(ask led)" "is a link that others than root can have made"
mkdir -m 777 "$work/open"
serve "$work/open/service"
define open "$work/open/service"
ktap_check "nor is one asked that anybody can have put there" has "$(ask open)" "may be written by everybody"
deep=$work/$(printf 'a%.0s' {1..100})
mkdir "$deep"
(cd "$deep" && exec "$OLDPWD/../inside/whois" service) &
services+=($!)
until_true test -S "$deep/service"
define deep "$deep/service"
ktap_check "a path may be long" has "$(ask deep)" " named"
define absent "$work/absent"
ktap_check "what is not there is missed" has "$(ask absent)" "socket who $work/absent: No such file"
looked() { local said; said=$(sluice task check "$work/absent.task" 2>&1) && return 1; has "$said" "socket who $work/absent: No such file"; }
ktap_check "and before it is called" looked
ktap_end

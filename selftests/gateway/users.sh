#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each task is a user of the gateway that no other task is, for good: what it keeps is its own in its next environment,
# after a restart, and when it was removed and comes again.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 12
conf=/etc/sluice/sluice.conf noted=/var/lib/sluice/users
trap 'umount $conf 2>/dev/null; rm -rf /var/lib/sluice; gw_cleanup' EXIT
rm -rf /var/lib/sluice
gw_start 256M 2
mkdir "$work/kept" && chmod 777 "$work/kept" && chmod 711 "$work"
define() { # NAME
	gw_task "$1" <<T
[task]
kind = exec
command = /bin/bash
environments = 2
retries = 0
[needs]
memory = 16M
[environment]
usr = yes
data = $work/kept /data rw
T
}
define one
define two
user() { sluice call "$1" --data "awk '{ print \$2 }' /proc/self/uid_map"; } # TASK
end_all() {
	for id in $(sluice -j env show | jq -r '.[].id'); do sluice env del "$id"; done
	until_true envs_are 0
}
one=$(user one) two=$(user two)
ktap_check "a task is a user" same "$one" 1879048192
ktap_check "that no other task is" same "$two" 1879048193
ktap_check "which is noted" same "$(sort $noted)" "one $one
two $two"
sluice call one --data 'umask 077; echo mine >/data/file'
end_all
ktap_check "another environment of another slot is the same user" same "$(user two) $(user one)" "$two $one"
ktap_check "whose file is its own" same "$(sluice call one --data 'cat /data/file && echo more >>/data/file && tail -n 1 /data/file' | tr '\n' ' ')" "mine more "
ktap_check "and nobody else's" has "$(sluice call two --data 'cat /data/file' 2>&1)" "Permission denied"
end_all
kill -KILL "$agent" && wait "$agent" 2>/dev/null
gw_agent
ktap_check "an agent later, too" same "$(user two) $(user one)" "$two $one"
sluice task del one
end_all
define three
ktap_check "a user whose task is removed is nobody else" same "$(user three)" 1879048194
define one
ktap_check "when it comes again, it is the same" same "$(user one)" "$one"
end_all

kill "$agent" && wait "$agent"
printf '[agent]\nuid-base = 1778384896\n' >"$work/conf"
mount --bind "$work/conf" $conf
gw_agent
ktap_check "a range that was chosen stays in force" same "$(user two)" 1778384896
several() {
	local call calls=() users=()
	for call in 1 2; do
		calls+=("$(sluice call one --async --data 'echo x >/run/x || exit; awk "{ print \$2 }" /proc/self/uid_map; sleep 3')")
	done
	for call in "${calls[@]}"; do
		users+=("$(sluice call reap "$call" --wait 2>/dev/null || sluice call reap "$call")") || return
	done
	same "$(printf '%s\n' "${users[@]}" | sort)" $'1778384896\n1778384897'
}
end_all
ktap_check "and each environment can write what is its own" several
ktap_check "with a warning" grep -q "uid-base: environments of a task have different users" "$work/log"
ktap_end

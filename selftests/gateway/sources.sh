#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What of the gateway a task names is what root has put there: links that an environment could have made lead nowhere,
# whenever it makes them, and neither do those of a layer.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 22
swapper=
trap '[[ ! $swapper ]] || kill -KILL $swapper; rm -rf /run/secret-place /var/lib/sluice; gw_cleanup' EXIT
rm -rf /var/lib/sluice
gw_start 256M 2
chmod 711 "$work"
mkdir -p /run/secret-place && chmod 755 /run/secret-place && echo secret >/run/secret-place/file
mkdir -p "$work/area/conf" && echo public | tee "$work/area/conf/file" >"$work/area/plain"
ln -s ../area "$work/area/inner"

define() { # NAME, lines of [environment] on stdin
	local lines
	lines=$(cat)
	gw_task "$1" <<T
[task]
kind = exec
command = /bin/bash
idle = none
retries = 0
quarantine = none
[needs]
cpu = 1
memory = 16M
[environment]
usr = yes
$lines
T
}
call() { sluice call "$1" --data "$2" 2>&1; } # TASK SCRIPT
check() { sluice task check "$work/$1.task" 2>&1; } # TASK

define owner <<T
data = $work/area /data rw
data = $work/area/conf /conf ro
T
user=$(call owner 'awk "{ print \$2 }" /proc/self/uid_map')
chown -R "$user:$user" "$work/area"
ktap_check "below a place that it may write itself" same "$(call owner 'cat /conf/file')" public
call owner 'mv /data/conf /data/old && ln -s /run/secret-place /data/conf' >/dev/null
ktap_check "where it has made a link" has "$(call owner 'cat /conf/file')" \
	"data $work/area/conf: $work/area/conf is a link that others than root can have made"
ktap_check "is seen before" has "$(check owner)" "is a link that others than root can have made"
rm "$work/area/conf" && mv "$work/area/old" "$work/area/conf"

define other <<T
data = $work/area/conf /conf ro
T
ktap_check "below a place that another task may write" has "$(call other 'cat /conf/file')" \
	"data $work/area/conf: $work/area belongs to the user of another task"
ktap_check "is seen before, too" has "$(check other)" "$work/area belongs to the user of another task"
define other <<T
data = $work/area /conf ro
T
ktap_check "that place itself can be had" same "$(call other 'cat /conf/plain')" public
define other <<T
layer = $work/area/conf
T
ktap_check "a layer below it" has "$(call other 'cat /file')" "layer $work/area/conf: $work/area belongs to the user"
define other <<T
environment-file = $work/area/plain
T
ktap_check "a file of variables" has "$(call other true)" "environment-file $work/area/plain: $work/area belongs to the user"

mkdir -p "$work/open/conf" && chmod 777 "$work/open" && echo public >"$work/open/conf/file"
define other <<T
data = $work/open/conf /conf ro
T
ktap_check "below a place that everybody may write" has "$(call other 'cat /conf/file')" \
	"data $work/open/conf: $work/open may be written by everybody"
chmod 1777 "$work/open"
ktap_check "unless what is there cannot be replaced" same "$(call other 'cat /conf/file')" public
ln -s conf "$work/open/roots" && ln -s conf "$work/open/nobodys" && chown -h nobody "$work/open/nobodys"
define other <<T
data = $work/open/roots /conf ro
T
ktap_check "a link of root's" same "$(call other 'cat /conf/file')" public
define other <<T
data = $work/open/nobodys /conf ro
T
ktap_check "a link of somebody else's" has "$(call other 'cat /conf/file')" "nobodys is a link that others"
mkdir "$work/staff" && chown nobody "$work/staff" && ln -s ../open/conf "$work/staff/link"
define other <<T
data = $work/staff/link /conf ro
T
ktap_check "a link of root's where somebody could have put another" has "$(call other 'cat /conf/file')" "link that others"

# Somebody of the task's user, as an environment that is still there, exchanges a file and a link all the time.
define owner <<T
data = $work/area/moving /moving ro
T
cp "$work/area/plain" "$work/area/moving"
setpriv --reuid "$user" --regid "$user" --clear-groups bash -c "cd $work/area && while :; do
	ln -sfn /run/secret-place/file link && mv -T link moving; cp plain new && mv -T new moving; done" &
swapper=$!
said=$(for ((i = 0; i < 25; i++)); do call owner 'cat /moving'; done)
kill -KILL $swapper && wait $swapper 2>/dev/null
swapper=
echo "# $(grep -c '^public' <<<"$said") times the file, $(grep -c 'is a link' <<<"$said") times the link"
ktap_check "while they are exchanged nothing is followed" eval '! grep -q secret$ <<<"$said"'
ktap_check "and either is seen" eval 'grep -q -e ^public -e "is a link" <<<"$said"'

# A layer's links are of the new root.
outside=$work/outside && mkdir "$outside" && chmod 755 "$outside"
mkdir -p "$work/layer/opt/dev" "$work/layer/opt/there" "$work/layer/opt/run" && chmod -R a+rX "$work/layer"
ln -s "$outside" "$work/layer/data" && ln -s opt/dev "$work/layer/dev" && ln -s /opt/there "$work/layer/there"
ln -s /opt/run "$work/layer/run"
ln -s ../../../opt/proc "$work/layer/proc" && mkdir "$work/layer/opt/proc" && chmod 755 "$work/layer/opt/proc"
define linked <<T
layer = $work/layer
data = $work/open/conf/file /data/made ro
T
ktap_check "a place behind a link out of it is none" has "$(call linked 'cat /data/made')" "making directory /data: No such file"
ktap_check "and nothing is made there" same "$(ls -A "$outside")" ""
define linked <<T
layer = $work/layer
data = $work/open/conf /there ro
T
ktap_check "one behind a link within it is there" same "$(call linked 'cat /there/file /opt/there/file' | uniq -c | tr -s ' ')" " 2 public"
ktap_check "/dev as well" same "$(call linked 'echo x >/dev/null && ls /opt/dev/null')" /opt/dev/null
ktap_check "/proc as well, which is covered there, too" same \
	"$(call linked 'stat -fc %T /opt/proc && cat /opt/proc/interrupts 2>&1 | grep -o "Permission denied"')" "proc
Permission denied"
ktap_check "/run as well" same "$(call linked 'echo x >/run/x && cat /opt/run/x')" x
define linked <<T
layer = $work/layer
writable = 1M
data = $work/open/conf/file /data/made ro
T
call linked 'cat /data/made' >/dev/null
ktap_check "not in a root that can be written either" same "$(ls -A "$outside")" ""
ktap_end

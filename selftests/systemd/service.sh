#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The gateway as `make install` leaves it, with systemd: device and group, units, and environments that outlive a
# restarted, killed and stopped agent.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 38
trap 'systemctl stop sluiced sluice-environments 2>/dev/null; gw_cleanup' EXIT
systemctl stop sluiced sluice-environments 2>/dev/null
systemd-sysusers sluice.conf
udevadm control --reload && udevadm trigger -w /sys/class/misc/sluice
ktap_check "the device belongs to the group sluice" same "$(stat -c '%G %a' /dev/sluice)" "sluice 660"
ktap_check "the units are in order" systemd-analyze verify --man=no sluiced.service sluice-environments.service
ktap_check "the module is loaded at boot" grep -qx sluice /usr/lib/modules-load.d/sluice.conf
sluice budget set memory 256M
rm -rf /etc/sluice/tasks && mkdir -p /etc/sluice/tasks
ktap_check "the agent starts" systemctl start sluiced
ktap_check "and is ready when systemd says so" sluice doctor
gw_task warm <<'E'
[task]
kind = exec
command = /bin/echo warm
idle = none
E
sed -i 's/^idle.*/idle = 1h/' "$work/warm.task" && sluice task add "$work/warm.task"
gw_task slow <<'E'
[task]
kind = exec
command = /bin/sleep 1000
timeout = 10m
E
ktap_check "a call" same "$(sluice call warm)" warm
member() { setpriv --reuid 65534 --regid "$(getent group sluice | cut -d: -f3)" --clear-groups sluice "$@" 2>&1; }
ktap_check "a member of the group may call" same "$(member call warm)" warm
outsider() { setpriv --reuid 65534 --regid 65534 --clear-groups sluice call warm 2>&1; }
ktap_check "others may not, and learn why" has "$(outsider)" "group sluice"
sluice task pause warm
own=$(member call warm --async)
roots=$(sluice call warm --async)
ktap_check "a member may change a call of its own" eval 'member call set $own priority 90 && same "$(call_field $own priority)" 90'
ktap_check "but no other's" has "$(member call set "$roots" priority 90)" "this needs root"
ktap_check "which root may" eval 'sluice call priority $own 7 && same "$(call_field $own priority)" 7'
ktap_check "and cancel it" member call cancel "$own"
ktap_check "but once" has "$(member call set "$own" priority 1)" "does not wait any more"
sluice task resume warm
slow=$(sluice call slow --async)
until_true call_is "$slow" running
pids() { sluice -j env show | jq -c 'map([.task, .pid]) | sort'; }
before=$(pids)
ktap_check "environments are in their own unit" same \
	"$(sed -n 's/^0:://p' "/proc/$(jq '.[0][1]' <<<"$before")/cgroup" | sed 's/env-.*/env-/')" \
	/sluice.slice/sluice-environments.service/env-
ktap_check "with the controllers of a delegated one" eval 'same "$(systemctl show -P Delegate sluice-environments)" yes &&
	grep -qw memory /sys/fs/cgroup/sluice.slice/sluice-environments.service/cgroup.subtree_control'

main=$(systemctl show -P MainPID sluiced)
others() {
	local what unit
	for unit in sluiced sluice-environments; do
		for what in stop restart kill; do
			! setpriv --reuid 65534 --regid 65534 --clear-groups systemctl $what $unit 2>/dev/null || return
		done
	done
	same "$(systemctl show -P MainPID sluiced):$(pids)" "$main:$before"
}
ktap_check "nobody else stops them" others
ktap_check "a restart" systemctl restart sluiced
ktap_check "leaves the environments alone" same "$(pids)" "$before"
main=$(systemctl show -P MainPID sluiced)
kill -KILL "$main"
back() { [[ $(systemctl show -P MainPID sluiced) != "$main" ]] && sluice doctor; }
ktap_check "a killed agent is started again" until_true back
ktap_check "and adopts them" same "$(pids)" "$before"
ktap_check "and serves" same "$(sluice call warm)" warm
mkdir "$work/data" && chmod 777 "$work/data" && chmod 755 "$work"
cat >"$work/tidy.task" <<'E'
[task]
kind = exec
command = /bin/sh -c "trap 'echo asked >/data/said; exit' TERM; echo >/data/runs; while :; do sleep 0.1; done"
timeout = 10m
start-timeout = 10m
grace = 1m
[environment]
usr = yes
E
echo "data = $work/data /data rw" >>"$work/tidy.task"
cp "$work/tidy.task" /etc/sluice/tasks/
cp /etc/sluice/sluice.conf "$work/good.conf"
sed -i 's/^# cpu = .*/added = 3/' /etc/sluice/sluice.conf
added() { same "$(sluice -j budget show | jq -c 'map(select(.resource == "added").budget)')" "$1"; }
ktap_check "what is written to sluice.conf waits" added "[]"
ktap_check "until the agent is reloaded" eval 'systemctl reload sluiced && until_true added "[3]"'
cp "$work/good.conf" /etc/sluice/sluice.conf
tidy=$(sluice call tidy --async)
until_true test -e "$work/data/runs"
before=$(pids)
systemctl stop sluiced
ktap_check "a stopped one leaves them, too" same "$(call_field "$slow" state):$(pids)" "running:$before"
ktap_check "with their unit they end" eval 'systemctl stop sluice-environments && envs_are 0'
ktap_check "which was asked of their programs" same "$(cat "$work/data/said")" asked
ended() { systemctl show -P Result -P ActiveState sluice-environments | tr '\n' ' '; }
ktap_check "the unit ends clean" same "$(ended)" "success inactive "
ktap_check "and its cgroup with it" test ! -e /sys/fs/cgroup/sluice.slice/sluice-environments.service

# What keeps the agent from starting may be over tomorrow.
mkdir -p /run/systemd/system/sluiced.service.d
printf '[Service]\nRestartSec=100ms\n' >/run/systemd/system/sluiced.service.d/fast.conf
systemctl daemon-reload
echo nonsense >>/etc/sluice/sluice.conf
systemctl start sluiced
tried() { (($(systemctl show -P NRestarts sluiced) > 12)); }
ktap_check "an agent that cannot start is tried again and again" until_true tried
cp "$work/good.conf" /etc/sluice/sluice.conf
ktap_check "until it can" until_true sluice doctor
holder() { systemctl show -P MainPID sluice-environments; }

# An interface that an environment has for itself comes back, with nobody but the holder there to see to it.
if modprobe -q kvaser_pci && ip link set can0 up type can bitrate 500000; then
	gw_task mover <<'E'
[task]
kind = exec
command = /bin/sleep 1000
[environment]
socket = bus can:can0 moved
E
	mover=$(sluice call mover --async)
	until_true call_is "$mover" running
	ktap_check "an interface is moved into an environment" eval '! test -e /sys/class/net/can0'
	systemctl stop sluice-environments
	ktap_check "and is back, and up, when the units have ended" has "$(ip link show can0)" "state UP"
	systemctl start sluiced
	rmmod kvaser_pci
else
	ktap_skip "an interface is moved into an environment" "no CAN interface"
	ktap_skip "and is back, and up, when the units have ended" "no CAN interface"
fi
held=$(holder)
pkill -HUP -x sluiced
ktap_check "asked to reload, who holds the environments' place goes on" eval 'sluice doctor && same "$(holder)" "$held"'
kill "$held"
renewed() { [[ $(holder) != 0 && $(holder) != "$held" ]] && sluice doctor; }
ktap_check "asked to end, he comes again, and the agent with him" until_true renewed
held=$(holder)
slow=$(sluice call slow --async)
until_true call_is "$slow" running
gw_task line <<'E'
[task]
kind = exec
command = /bin/sleep 0.3
E
waiting=()
for _ in {1..8}; do waiting+=("$(sluice call line --async)"); done
kill -KILL "$held"
ktap_check "without him environments end" until_true call_is "$slow" failed
ended_are() { # STATE NUMBER: of those that waited, all have ended, and at least so many so
	local call state count=0
	for call in "${waiting[@]}"; do
		state=$(call_field "$call" state)
		[[ $state != queued && $state != starting && $state != running ]] || return
		[[ $state != "$1" ]] || count=$((count + 1))
	done
	((count >= $2))
}
ktap_check "no call that waits ends for it" until_true ended_are done 7

systemctl stop sluice-environments
mv /run/sluice /run/sluice.away
touch /run/sluice
systemctl start sluiced 2>/dev/null
again() { (($(systemctl show -P NRestarts sluice-environments) > 2)); }
ktap_check "one that cannot hold it is tried again" until_true again
rm /run/sluice
mv /run/sluice.away /run/sluice
ktap_check "and the agent with him" until_true sluice doctor
rm -r /run/systemd/system/sluiced.service.d
ktap_end

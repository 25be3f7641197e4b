#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What programs say is in the journal, with task, call and trace id, also while no agent runs and after another has come.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 19
trap 'systemctl stop sluiced sluice-environments 2>/dev/null; gw_cleanup' EXIT
systemctl stop sluiced sluice-environments 2>/dev/null
rm -rf /etc/sluice/tasks && mkdir -p /etc/sluice/tasks
sluice budget set memory 256M
systemctl start sluiced
gw_task talk <<'E'
[task]
kind = exec
command = /bin/bash
retries = 0
E
gw_task serve <<'E'
[task]
kind = serve
command = /usr/lib/sluice/selftests/inside/talker
E
# By journald itself. Its fields are those of who says something as root.
in_journal() { journalctl -q -o json _UID=0 "$@"; }
lines() { in_journal "$@" | jq -r .MESSAGE; }
lines_are() { same "$(lines "$1")" "$2"; }
ran() { # TASK INPUT...: its call, when that has ended
	local id
	id=$(sluice call "$1" --data "$2" --async "${@:3}")
	sluice call reap "$id" >/dev/null 2>&1
	echo "$id"
}
trace_id=0af7651916cd43dd8448eb211c80319c
first=$(ran talk 'echo one >&2; echo "<4>two" >&2' --trace $trace_id)
ktap_check "each line comes there" until_true lines_are SLUICE_CALL="$first" $'one\ntwo'
env=$(sluice -j env show | jq '.[] | select(.task == "talk").id')
ktap_check "with all that is known of it" same \
	"$(in_journal SLUICE_CALL="$first" | jq -c '[.SLUICE_TASK, .SLUICE_ENV, .SLUICE_TRACE_ID, .SYSLOG_IDENTIFIER, .PRIORITY]' | tr '\n' ' ')" \
	"[\"talk\",\"$env\",\"$trace_id\",\"talk\",\"6\"] [\"talk\",\"$env\",\"$trace_id\",\"talk\",\"4\"] "
ktap_check "by the unit of environments" same "$(in_journal SLUICE_CALL="$first" | jq -r ._SYSTEMD_UNIT | sort -u)" sluice-environments.service
served=$(ran serve x)
ktap_check "of kind serve, too" until_true lines_are SLUICE_CALL="$served" $'said x\nprinted x'
ktap_check "there is no other file of it" test ! -e /var/log/sluice

of_call() { same "$(sluice -j logs "$1" | jq -r .message)" "$2"; }
ktap_check "the CLI has those of a call" of_call "$first" $'one\ntwo'
ktap_check "of a task" has "$(sluice logs talk)" " talk $first two"
ktap_check "and of all" has "$(sluice logs --since 1h)" " serve $served said x"
printf '%s\n' MESSAGE=forged SLUICE_TASK=talk SLUICE_CALL=1 MESSAGE_ID=5d1c7f0e8a3b4e6c9f2077c41be6a953 |
	setpriv --reuid 65534 --regid 65534 --clear-groups logger --journald
forged() { journalctl -q -o cat SLUICE_TASK=talk | grep -qx forged; }
until_true forged
ktap_check "nobody else's" eval '! sluice logs talk | grep forged'
as() { setpriv --reuid 65534 --regid "$1" --clear-groups sluice logs talk 2>&1; } # GROUP
ktap_check "who may not read the journal learns why" has "$(as 65534)" "group systemd-journal"
ktap_check "who is in its group may" has "$(as "$(getent group systemd-journal | cut -d: -f3)")" " talk $first two"
sluice logs -f >"$work/follow" &
follow=$!
until_true grep -q "said x" "$work/follow"

systemctl stop sluiced
alone=$(ran talk 'echo alone >&2')
ktap_check "without an agent they come" until_true lines_are SLUICE_CALL="$alone" alone
systemctl start sluiced
again=$(ran talk 'echo again >&2')
ktap_check "and with the next one" until_true lines_are SLUICE_CALL="$again" again
sluice env del "$env"
other=$(ran talk 'echo other >&2')
ktap_check "of new environments" until_true lines_are SLUICE_CALL="$other" other
ktap_check "who follows gets them all" until_true grep -q " $other other" "$work/follow"
kill $follow
flood=$(ran talk 'for ((i = 0; i < 4000; i++)); do echo line $i; done >&2')
# Twice a thousand, where an interval ends meanwhile.
part() { local n; n=$(journalctl -q -o cat _UID=0 SLUICE_CALL="$flood" | grep -c '^line') && ((n > 900 && n <= 2000)); }
ktap_check "of what is too much there is a part" until_true part
systemctl restart systemd-journald
ran serve after >/dev/null
served_again() { lines SLUICE_TASK=serve | grep -qx "said after"; }
ktap_check "another journald gets them, too" until_true served_again
systemctl stop sluice-environments
none_left() { ! pgrep -x sluice-log; }
ktap_check "nothing is left with the unit" until_true none_left
ktap_check "which ends clean" same "$(systemctl show -P Result sluice-environments)" success
ktap_end

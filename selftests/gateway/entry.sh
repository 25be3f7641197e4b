#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every way in that is not the module's own, tried by a user of the gateway who is nobody special: files, what listens,
# processes, cgroups, the CLI. It is the table of docs/security.md; a file that has no row here fails it. For the module's
# own doors see module/entry.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 16
secrets=/etc/sluice/secrets
trap 'chgrp root /dev/sluice; rm -rf $secrets; gw_cleanup' EXIT
nobody() { setpriv --reuid 1000 --regid 1000 --clear-groups "$@"; }
rm -rf /var/lib/sluice
mkdir -p -m 700 $secrets
(umask 077 && echo hidden >$secrets/password)
gw_start 256M 2
chmod 755 "$work"
gw_task all <<'T'
[task]
kind = exec
command = /bin/bash
environments = 2
[environment]
state = 4M
secret = password
usr = yes
T
sluice call all --data 'echo said >&2; echo mine >$SLUICE_STATE/file' >/dev/null 2>&1
call=$(sluice call all --async --data 'sleep 1000')
until_true call_is "$call" running
env=$(call_field "$call" env)
place=$(</run/sluice/place)
mkdir "$work/open" "$work/closed" && chmod 777 "$work/open" && chmod 700 "$work/closed"
touch "$work/open/file" "$work/closed/file" && chmod 666 "$work/open/file"

# What may be done with a path: read (r), list (l), write (w), - for nothing. A folder is written by making a file there.
can() { # PATH: prints that
	local can=
	if [[ -S $1 ]]; then
		nobody logger --socket-errors=on -u "$1" x 2>&1 | grep -q "ermission denied" || can=w
	elif [[ -d $1 ]]; then
		! nobody ls "$1" >/dev/null 2>&1 || can+=l
		! nobody bash -c ': >"$0/.new"' "$1" 2>/dev/null || { can+=w && rm -f "$1/.new"; }
	else
		! nobody bash -c 'exec 3<"$0"' "$1" 2>/dev/null || can+=r
		! nobody bash -c 'exec 3>>"$0"' "$1" 2>/dev/null || can+=w
	fi
	echo "${can:--}"
}
ktap_check "what anybody can do is seen" same "$(can "$work/open") $(can "$work/open/file") $(can "$work/closed") $(can "$work/closed/file")" "lw rw - -"

# PATTERN CAN: the first that fits. What lies below a folder that cannot be entered is tried all the same.
rows='
/dev/sluice -
/run/sluice l
/run/sluice/log -
/run/sluice/root* l
/run/sluice/images l
/run/sluice/net* -
/run/sluice/place r
/run/sluice/held r
/run/sluice/tasks r
/run/sluice/budget r
/var/lib/sluice l
/var/lib/sluice/users r
/var/lib/sluice/state* -
/var/log/sluice* -
/etc/sluice l
/etc/sluice/sluice.conf r
/etc/sluice/tasks l
/etc/sluice/tasks/*.task r
/etc/sluice/secrets* -
/sys/module/sluice/parameters l
/sys/module/sluice/parameters/* r
/sys/kernel/debug/sluice* -
/sys/kernel/tracing/events/sluice* -
/sys/fs/bpf/sluice* -
/usr/sbin/sluice* r
/usr/lib/sluice l
/usr/lib/sluice/sluice-* r
/usr/lib/sluice/bpf l
/usr/lib/sluice/bpf/*.o r
'
row_of() { # PATH
	local pattern may
	while read -r pattern may; do
		# shellcheck disable=SC2053 # patterns
		[[ ! $pattern || $1 != $pattern ]] || { echo "$may" && return; }
	done <<<"$rows"
	echo none
}
holds() { # PATH...: all that is there, and below it, is as its row says; there is something
	local path good=1 found=
	while IFS= read -r -d '' path; do
		found=1
		same "$path: $(can "$path")" "$path: $(row_of "$path")" || good=
	done < <(find "$@" -print0 2>/dev/null)
	[[ $good && $found ]]
}
ktap_check "the device" holds /dev/sluice
ktap_check "what the agent notes, and where it listens" holds /run/sluice
ktap_check "users and states of tasks" holds /var/lib/sluice
ktap_check "what programs said" holds /var/log/sluice
ktap_check "the configuration, and secrets" holds /etc/sluice
ktap_check "parameters of the module" holds /sys/module/sluice/parameters
if [[ -d /sys/kernel/debug/sluice && -d /sys/kernel/tracing/events/sluice ]]; then
	ktap_check "what developers look at" holds /sys/kernel/debug/sluice /sys/kernel/tracing/events/sluice -maxdepth 1
else
	ktap_skip "what developers look at" "no debugfs or tracefs"
fi
if [[ -d /sys/fs/bpf/sluice ]]; then
	ktap_check "eBPF programs that were pinned" holds /sys/fs/bpf/sluice
else
	ktap_skip "eBPF programs that were pinned" "none is"
fi
ktap_check "the programs" holds /usr/sbin/sluiced /usr/sbin/sluice /usr/lib/sluice -maxdepth 2 -not -path '*/selftests*' -not -path '*/demo*' -not -path '*/examples*'

program=$(tail -n 1 "$place/env-$env/cgroup.procs")
processes() {
	local pid file
	for pid in $agent "$(field pid env show "$env")" "$program" $(pgrep -x sluice-log); do
		for file in environ mem maps; do
			! nobody cat "/proc/$pid/$file" >/dev/null 2>&1 || { echo "$pid $file"; return 1; }
		done
		for file in fd root cwd; do
			! nobody ls "/proc/$pid/$file/" >/dev/null 2>&1 || { echo "$pid $file"; return 1; }
		done
		! nobody bash -c "kill -STOP $pid" 2>/dev/null || { echo "$pid stopped"; return 1; }
		head -c 1 "/proc/$pid/environ" >/dev/null || return
	done
}
ktap_check "processes of the agent, of an environment, and who collects" processes
cgroups() {
	local file
	for file in "$place"/{cgroup.procs,cgroup.subtree_control} "$place/env-$env"/{cgroup.procs,cgroup.kill,memory.max,pids.max,cpu.max}; do
		[[ -e $file && $(can "$file") != *w* ]] || { echo "$file: $(can "$file")"; return 1; }
	done
	same "$(can "$place"):$(can "$place/env-$env")" l:l
}
ktap_check "cgroups" cgroups

# The CLI says the same of each; what it is refused is not done.
sluice budget set crane 1
cp "$work/all.task" "$work/new.task"
before() { sluice -j task show | jq -c 'map([.name, .mode])' && sluice -j budget show | jq -c 'map([.resource, .budget])' && call_field "$call" state; }
state=$(before)
refused() { # WORDS...
	local status=0 said
	said=$(nobody sluice "$@" 2>&1 </dev/null) || status=$?
	[[ $status == 2 && $said == *[Pp]ermi* || $status == 2 && $said == *root* ]] || { echo "$* -> $status: $said"; return 1; }
}
all_refused() {
	refused task add "$work/new.task" && refused task del all && refused task pause all && refused task drain all &&
		refused task resume all && refused task run all --shell && refused env del "$env" &&
		refused env enter "$env" && refused budget set crane 5 && refused budget del crane && refused call all &&
		refused call cancel "$call" && refused call set "$call" priority 1 && refused logs && same "$(before)" "$state"
}
ktap_check "what changes something is for root" all_refused
looks() { nobody sluice task show && nobody sluice env show && nobody sluice budget show && nobody sluice call show && nobody sluice stats && nobody sluice why "$call"; }
ktap_check "looking is for all" looks
member() { setpriv --reuid 1000 --regid 4242 --clear-groups sluice "$@" 2>&1; }
of_group() {
	chgrp 4242 /dev/sluice
	member call all --async >"$work/id" || { cat "$work/id"; return 1; }
	! member call cancel "$call" || return
	! member call set "$call" priority 1 || return
	! member task del all && ! member budget set crane 5 || return
	member call reap "$(<"$work/id")" || return
	chgrp root /dev/sluice
	same "$(before)" "$state"
}
ktap_check "who is of the group of the device calls, and has calls of his own" of_group
another() {
	! nobody timeout 20 sluiced || return
	! nobody timeout 20 sluiced --hold || return
	agent_here
}
ktap_check "nobody else becomes the agent" another
sluice call cancel "$call"
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A task's data is on a file system that does not answer: whoever makes its environment cannot even be killed. That
# holds up nobody else, but for what is his: what it was given is given to others when nothing of it is left.
. "$(dirname "$0")/../lib/gateway.sh"

modprobe -q fuse
if [[ ! -c /dev/fuse ]]; then
	ktap_plan 1
	ktap_skip "a file system that does not answer" "this kernel has no fuse"
	ktap_end
fi
ktap_plan 12
trap 'umount -l "$work/frozen" 2>/dev/null; gw_cleanup' EXIT
gw_start 256M 2
mkdir "$work/frozen"
../inside/frozen "$work/frozen" >"$work/server" &
server=$!
until_true grep -q mounted "$work/server"
sluice budget set bus 1
gw_task stuck <<T
[task]
kind = exec
command = /bin/true
start-timeout = 2s
[needs]
bus = 1
[environment]
usr = yes
data = $work/frozen/there /data/there ro
T
gw_task bus <<'T'
[task]
kind = exec
command = /bin/echo has it
[needs]
bus = 1
T
gw_task quick <<'T'
[task]
kind = exec
command = /bin/echo ran
T
stuck=$(sluice call stuck --async)
until_true call_is "$stuck" starting
env=$(call_field "$stuck" env)
cgroup=/sys/fs/cgroup/sluice/env-$env
waits() { grep -q ' D ' "/proc/$(head -n 1 "$cgroup/cgroup.procs")/stat"; }
ktap_check "the environment waits for its data" until_true grep -q . "$cgroup/cgroup.procs"
ktap_check "meanwhile another task gets its environment" same "$(sluice call quick)" ran
state() { [[ $(field state env show "$env") == "$1" ]]; }
ktap_check "its time is over, and it ends" until_true state retiring
ktap_check "which it cannot, killed as it is" until_true waits
bus=$(sluice call bus --async)
ktap_check "what it has nobody else gets" until_true call_held "$bus" resource:bus
sluice env del "$(sluice -j env show | jq '.[] | select(.task == "quick").id')"
ktap_check "others do" same "$(sluice call quick)" ran
sluice call cancel "$stuck" 2>/dev/null

# An agent that has gone leaves to the next one what it was making, and that cannot be ended yet.
sluice call cancel "$bus"
budget() { field reserved budget show bus; }
kill -KILL "$agent" && wait "$agent" 2>/dev/null
sleep 0.5
ktap_check "without an agent it has that still" eval 'state retiring && same "$(budget)" 1'
gw_agent
bus=$(sluice call bus --async)
ktap_check "nor does another agent give it away" until_true call_held "$bus" resource:bus
early=$(sluice call stuck --async)
kill -KILL "$agent" && wait "$agent" 2>/dev/null
gw_agent
ktap_check "or the one after that" eval 'until_true call_held "$bus" resource:bus && state retiring'
ktap_check "whose other environments are made" same "$(sluice call quick)" ran
sluice call cancel "$early"

kill $server && wait $server 2>/dev/null
ktap_check "an end of that gives it to them" same "$(sluice call reap "$bus")" "has it"
gone() { [[ ! -e $cgroup ]] && ! sluice env show "$env"; }
ktap_check "and nothing of it is left" until_true gone
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Nothing is inherited by accident: programs of an agent that was started with everything odd have what they always
# have; so have those of an operator who is odd. And what the kernel counts for each user is never root's.
. "$(dirname "$0")/../lib/gateway.sh"

tools=/usr/lib/sluice/selftests/inside
secrets=/etc/sluice/secrets
pattern=$(</proc/sys/kernel/core_pattern)
trap 'echo "$pattern" >/proc/sys/kernel/core_pattern; rm -rf $secrets; gw_cleanup' EXIT
ktap_plan 31

chmod 711 "$work"
mkdir -m 777 "$work/rw"
rm -rf /etc/sluice/tasks
mkdir -p /etc/sluice/tasks
mkdir -p -m 700 $secrets
sluice budget set memory 256M
sluice budget set cpu 2
$tools/odd "$work" sluiced >>"$work/log" 2>&1 &
agent=$!
until_true agent_here || sed 's/^/# /' "$work/log"

task() { # NAME [KEYS OF task [KEYS OF environment]]
	gw_task "$1" <<T
[task]
kind = exec
command = /bin/bash
input = 4K
$(printf "${2:-}")
[needs]
memory = 32M
pids = 20
[environment]
data = $work/rw /data rw
device = /dev/ttyS0 ro
$(printf "${3:-}")
T
}
task inside
task other
inside() { sluice call inside --quiet --data "$1" 2>&1; } # SCRIPT: what it prints, and its failure
odd_agent() {
	same "$(ps -o ni= "$agent" | xargs) $(<"/proc/$agent/oom_score_adj")" "7 -500" && [[ -e /proc/$agent/fd/200 ]]
}
ktap_check "the agent is odd" odd_agent

# Prints what it is asked for, each after a line with its name.
cat >"$work/rw/what" <<'W'
say() { case $1 in
score) cat /proc/self/oom_score_adj ;;
limits) cut -c1-66 /proc/self/limits | tr -s ' ' | sed '1d; s/ $//' ;;
nice) nice ;;
policy) chrt -p $$ | sed -n '/policy:\|priority:/s/.*: //p' | tr '\n' ' ' ;;
io) ionice -p $$ ;;
cpus) grep Cpus_allowed_list /proc/self/status ;;
slack) cat /proc/self/timerslack_ns ;;
personality) cat /proc/self/personality ;;
huge) grep THP_enabled /proc/self/status ;;
signals) grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '\t\n' ;;
umask) umask ;;
files) readlink /proc/$$/fd/* | grep -v '^/data\|^pipe\|^/memfd:input\|^/dev/null$\|^/proc' || true ;;
cgroup) cat /proc/self/cgroup ;;
esac; }
for what; do echo "== $what"; say $what; echo; done
W
kinds=(score limits nice policy io cpus slack personality huge signals umask cgroup files)
limits='Max cpu time unlimited unlimited
Max file size 1073741824 1073741824
Max data size unlimited unlimited
Max stack size 8388608 unlimited
Max core file size 1 1
Max resident set unlimited unlimited
Max processes unlimited unlimited
Max open files 1024 524288
Max locked memory 8388608 8388608
Max address space unlimited unlimited
Max file locks unlimited unlimited
Max pending signals 4096 4096
Max msgqueue size 819200 819200
Max nice priority 0 0
Max realtime priority 0 0
Max realtime timeout unlimited unlimited'
none=0000000000000000
declare -A expected=(
	[score]=100 [limits]=$limits [nice]=0 [policy]="SCHED_OTHER 0 " [io]="none: prio 0"
	[cpus]=$(grep Cpus_allowed_list /proc/1/status) [slack]=50000 [personality]=00000000 [huge]=$'THP_enabled:\t1'
	[signals]="SigBlk:${none}SigIgn:${none}" [umask]=0022 [files]="" [cgroup]=0::/)
part() { sed -n "/^== $1\$/,/^== /{/^== /!p}" <<<"$2"; } # KIND TEXT
grep -q THP_enabled /proc/self/status || expected[huge]=""
said=$(inside ". /data/what ${kinds[*]}")
for what in "${kinds[@]}"; do
	ktap_check "its $what" same "$(part $what "$said")" "${expected[$what]}"
done
id=$(sluice -j env show | jq '.[] | select(.task == "inside").id')
as_operator() { # COMMAND...: what an odd operator starts so, without a terminal
	local what said
	said=$($tools/odd "$work" "$@" -- bash /data/what "${kinds[@]}" </dev/null)
	for what in "${kinds[@]}"; do
		[[ $what == files ]] || same "$(part $what "$said")" "${expected[$what]}" || return
	done
}
ktap_check "an odd operator who enters finds the same" as_operator sluice env enter "$id"
ktap_check "and one who runs the task" as_operator sluice task run inside --shell

scores() {
	local class keys="deadline = 1h\nruntime = 1m"
	for class in batch:500 fair:300 priority:100 deadline:0; do
		task "of-${class%:*}" "class = ${class%:*}\n$([[ $class != deadline* ]] || printf '%s' "$keys")"
		same "$(sluice call "of-${class%:*}" --data 'cat /proc/self/oom_score_adj')" "${class#*:}" || return
		sluice task del "of-${class%:*}" || return
	done
}
ktap_check "who is killed first where memory is short is said by the class" scores
ktap_check "which a program cannot better" has "$(inside 'echo 0 >/proc/self/oom_score_adj' 2>&1)" "ermission denied"
ktap_check "the agent stays what it is" same "$(<"/proc/$agent/oom_score_adj")" -500

# Each process that has it counts.
keyring_used() { awk '/ odd-session:/ { print $3 }' /proc/keys; }
own_keyring() {
	local before
	sluice env del "$id"
	until_true envs_are 0 || return
	sleep 1
	before=$(keyring_used)
	[[ $before ]] || { echo "no keyring of the agent: $(</proc/keys)"; return 1; }
	inside true || return
	until_true eval '(($(keyring_used) <= before))'
}
if [[ -e /proc/keys ]]; then ktap_check "no key of the agent's" own_keyring; else ktap_skip "no key of the agent's" "no keys"; fi

# A first process that cannot go on: somebody writes its secret.
making() { # NAME
	local id
	id=$(sluice -j env show | jq ".[] | select(.task == \"$1\").id")
	[[ $id ]] && first=$(<"$(</run/sluice/place)/env-$id/cgroup.procs") && [[ $first ]]
	[[ $(readlink "/proc/$first/exe") == */sluice-init && $(wc -c <"/proc/$first/cmdline") -gt 0 ]]
}
alone() {
	local call calls=() name first files
	(umask 077 && echo x >$secrets/slow)
	exec 8>>$secrets/slow
	for name in half rest; do
		task $name "" "secret = slow"
		calls+=("$(sluice call $name --async --data 'echo ready')")
		until_true making $name || return
		has "$(tr '\0' ' ' <"/proc/$first/cmdline")" "sluice-init make " || return
		# The secret is open by then, as the last of them. No mounts come with it: it has a device.
		until_true eval 'readlink /proc/$first/fd/* | grep -q slow' || return
		files=$(readlink "/proc/$first/fd/"* | sed "s/pipe:.*/pipe/; s/memfd:[a-z]*/memfd/" | sort | uniq -c | tr -s ' \n' ' ')
		has "$files" " 1 /dev/sluice" && ! grep -q "$work " <<<"$files" || { echo "$files"; return 1; }
		same "$(printf '%s\n' "/proc/$first/fd/"* | sed 's/.*\///' | sort -n | awk '$1 >= 64' | xargs)" "64 65 66 67 68 73 74 75 76" || return
	done
	exec 8>&-
	for call in "${calls[@]}"; do
		same "$(sluice call reap "$call" --wait 2>/dev/null || sluice call reap "$call")" ready || return
	done
}
ktap_check "one in the making has nothing of another, nor of the agent" alone

# What core_pattern names is started by the kernel, as root, outside of all.
cat >"$work/helper" <<H
#!/bin/bash
echo "\$1" >>$work/dumped
cat >/dev/null
H
chmod 755 "$work/helper"
no_dump() {
	local name=by-$RANDOM
	echo "|$work/helper %e" >/proc/sys/kernel/core_pattern
	has "$(inside 'bash -c "kill -SEGV \$\$"; echo $?')" 139 || return
	# By any limit but the one that it has the helper would be started.
	has "$(inside 'bash -c "ulimit -c 0; kill -SEGV \$\$"; echo $?')" 139 || return
	has "$(inside 'prlimit --core=0 --pid $$; bash -c "kill -SEGV \$\$"; echo $?')" 139 || return
	# And that would have been there by now.
	cp /bin/bash "$work/$name"
	(ulimit -c 0; "$work/$name" -c 'kill -SEGV $$') 2>/dev/null
	until_true grep -q "$name" "$work/dumped" || return
	same "$(grep -v "$name" "$work/dumped")" ""
}
ktap_check "no program outside is started when one crashes" no_dump
echo "$pattern" >/proc/sys/kernel/core_pattern

gw_task serves <<T
[task]
kind = serve
command = $tools/leader
[environment]
device = /dev/ttyS0 ro
T
terminal='exec 3</dev/ttyS0; (: </dev/tty) 2>/dev/null && echo own || echo none'
ktap_check "a terminal that it opens is not its own" same "$(inside "$terminal")" none
ktap_check "nor that of a program that serves" same "$(sluice call serves --data /dev/ttyS0)" none
id=$(sluice -j env show | jq '.[] | select(.task == "inside").id')
ktap_check "nor that of who enters" same "$(sluice env enter "$id" -- bash -c "$terminal" </dev/null)" none
ktap_check "nor of who runs the task" same "$(sluice task run inside --shell -- bash -c "$terminal" </dev/null)" none

# Few signals are enough for root, however many this machine allows: who counts for root takes more.
try_as_root() { prlimit --sigpending=1000:1000 $tools/greedy try; }
roots_own() { # KIND...: all that a program gets of it is not root's
	local call
	rm -f "$work/rw/taken"
	call=$(sluice call inside --async --data "exec $tools/greedy take /data/taken $*")
	until_true grep -q all "$work/rw/taken" || { sluice call show "$call"; return 1; }
	try_as_root || { cat "$work/rw/taken"; return 1; }
	echo "$call" >"$work/taker"
}
ktap_check "all that a program takes is its own" roots_own inotify timers queues
kill -KILL "$agent"
wait "$agent" 2>/dev/null
sleep 1 # in which what was the agent's is there to be taken
sluiced >>"$work/log" 2>&1 &
agent=$!
works() { until_true agent_here && same "$(timeout 100 sluice call other --data 'echo made')" made; }
ktap_check "an agent can start meanwhile, and work" works
sluice call cancel "$(<"$work/taker")"
ktap_check "so it is with signals" roots_own signals
sluice call cancel "$(<"$work/taker")"
visitor() {
	rm -f "$work/rw/taken"
	"$@" $tools/greedy take /data/taken inotify timers queues </dev/null >/dev/null 2>&1 &
	until_true grep -q all "$work/rw/taken" && try_as_root
	local ret=$?
	kill $!
	wait $! 2>/dev/null
	return $ret
}
inside true
id=$(sluice -j env show | jq '.[] | select(.task == "inside").id')
ktap_check "that of who enters, too" visitor sluice env enter "$id" --
ktap_check "and of who runs the task" visitor sluice task run inside --shell --
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Looking inside: who enters an environment, or makes a place like one, has what a call has and nothing of his own;
# and it ends when it is to end, without a trace.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 36
secrets=/etc/sluice/secrets
trap 'rm -rf $secrets; gw_cleanup' EXIT
mkdir -p -m 700 $secrets
chmod 755 "$work"
(umask 077 && echo secret >$secrets/password)
export OPERATORS=operators-own-mark
gw_start 256M 2
gw_task inside <<T
[task]
kind = exec
command = /bin/bash
input = 8K
environments = 1
[needs]
memory = 48M
cpu = 1
pids = 20
[environment]
secret = password
device = /dev/ttyS0 ro
data = $work /data rw
directory = /usr/share
umask = 027
variable = COLOUR=blue
T
gw_task waits <<T
[task]
kind = exec
command = /bin/sleep 1000
[needs]
pids = 20
T
gw_task small <<T
[task]
kind = exec
command = /bin/true
[needs]
pids = 1
T
gw_task watcher <<T
[task]
kind = exec
command = /usr/lib/sluice/selftests/inside/watcher $OPERATORS
[needs]
cpu = 1
T
gw_task serves <<T
[task]
kind = serve
command = /bin/true
T
sluice budget set bus 1
gw_task token <<T
[task]
kind = exec
command = /bin/true
[needs]
bus = 1
T
env_of() { field id env show | grep -v null; }
run() { sluice task run inside --shell -- "$@"; }
enter() { sluice env enter "$env" -- "$@"; }
sluice call inside --data true
env=$(env_of)
pid=$(field pid env show "$env")

# What a process is, and has: the numbers of its pipes, of mounts and of processes are its own.
cat >"$work/what" <<'W'
#!/bin/bash
same() { sed 's/pipe:.*/pipe/; s/\/memfd:input.*/pipe/; s/^[lrwx-]* .* \([0-9]* -> \)/\1/; s/\/proc\/[0-9]*/PROC/'; }
case $1 in
status) grep -E '^(Cap|Seccomp|NoNewPrivs|Umask|Uid|Gid|Groups|Sig(Blk|Ign|Cgt)|ShdPnd)' /proc/self/status ;;
ids) cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; id ;;
mounts) sed 's/^[0-9]* [0-9]* [0-9:]* //; s/ rw,size=[^ ]*$//; s/master:[0-9]*//; s/shared:[0-9]*//' /proc/self/mountinfo ;;
files) ls -l /proc/self/fd | same ;;
variables) env | grep -Ev '^(SLUICE_(CALL|ATTEMPTS|TRACE_ID)|_|SHLVL)=' | sort ;;
names) hostname; cat /etc/hostname /etc/machine-id /proc/self/cgroup ;;
limits) ulimit -a; cat /proc/self/oom_score_adj; ps -o ni= $$ ;;
# /proc has as many links as the machine has processes
place) pwd; umask; ls -ln --time-style=+ /dev /run /run/secrets / | sed 's/^\(dr-xr-xr-x\) *[0-9]* \(.* proc\)$/\1 \2/'; ls /data ;;
network) ls /sys/class/net 2>&1; cat /proc/net/dev 2>&1 ;;
alone) ls -d /proc/[1-9]* | wc -l; ls -l /proc/1/exe 2>&1 | grep -o denied ;;
esac 2>&1
W
chmod 755 "$work/what"
for what in status ids mounts files variables names limits place network; do
	call=$(sluice call inside --data "/bin/bash /data/what $what" 2>&1)
	ktap_check "who runs the task has the same $what" same "$(run /bin/bash /data/what $what </dev/null)" "$call"
	ktap_check "who enters has the same $what" same "$(enter /bin/bash /data/what $what </dev/null)" "$call"
done
ktap_check "and that is something" has "$(enter /bin/bash /data/what status)" "CapBnd:	0000000000000000"
ktap_check "its status is theirs" eval '! enter sh -c "exit 7" && { enter sh -c "exit 7"; [[ $? == 7 ]]; } && { run sh -c "kill -TERM \$\$"; [[ $? == 143 ]]; }'
ktap_check "input and output go through" same "$(seq 20000 | enter cat | md5sum) $(seq 20000 | run cat | md5sum)" \
	"$(seq 20000 | md5sum) $(seq 20000 | md5sum)"
ktap_check "the task's own command is run by hand" same "$(echo 'echo $COLOUR; exit 3' | sluice task run inside; echo $?)" "blue
3"
typed() { script -qec "stty rows 33 cols 77; $1" /dev/null </dev/null | tr -d '\r\0'; } # COMMAND on a terminal
ktap_check "a terminal has its size" has "$(typed "sluice env enter $env -- stty size")" "33 77"
ktap_check "and is that of its session" has "$(typed "sluice task run inside --shell -- sh -c 'echo typed >/dev/tty'")" typed
mkdir -m 777 "$work/t"
restored() {
	script -qec "stty -a >$work/t/before; sh -c 'echo \$\$ >$work/t/pid; exec sluice env enter $env -- sh -c \"echo >/data/t/in; sleep 1000\"'; echo \$? >$work/t/status; stty -a >$work/t/after" /dev/null </dev/null >/dev/null &
	until_true test -e "$work/t/in" || return
	kill -TERM "$(<"$work/t/pid")"
	wait $!
	same "$(<"$work/t/status")" 143 && cmp "$work/t/before" "$work/t/after"
}
ktap_check "which is as it was, also when we are ended" restored
processes() { wc -l <"$(</run/sluice/place)/env-$env/cgroup.procs"; }
only_init() { same "$(processes)" 1; }
ktap_check "nothing stays in the environment" until_true only_init
killed() {
	sluice env enter "$env" -- sh -c 'sleep 1000 & sleep 1001' &
	until_true eval '(($(processes) >= 4))' || return
	kill -KILL $!
	until_true only_init
}
ktap_check "nor when we are killed" killed

refused() { # PART COMMAND...: as a user of no privilege
	local said part=$1 status=0
	shift
	said=$(setpriv --reuid 65534 --regid 65534 --clear-groups "$@" 2>&1) || status=$?
	same "$status" 2 && has "$said" "$part"
}
ktap_check "only root looks inside" eval 'refused "needs root" sluice env enter $env && refused "needs root" sluice task run inside --shell'
fails() { # STATUS PART COMMAND...
	local said status=0 expected=$1 part=$2
	shift 2
	said=$("$@" 2>&1 </dev/null) || status=$?
	same "$status" "$expected" && has "$said" "$part"
}
ktap_check "what is not there is said" eval 'fails 2 "no such environment" sluice env enter 4000000 && fails 2 "No such file" sluice task run nobody --shell &&
	fails 127 "nosuch: No such file" enter nosuch && fails 1 "--shell" sluice task run serves && fails 0 "takes no bus" sluice task run token'
sluice call small
small=$(sluice -j env show | jq '.[] | select(.task == "small") | .id')
ktap_check "that there is no room, too" fails 2 "no room for another process" sluice env enter "$small" -- true

watched() { # by a program of the same user, while others come
	local call env i said
	call=$(sluice call watcher --async)
	until_true call_is "$call" running || return
	env=$(call_field "$call" env)
	for i in {1..12}; do
		sluice env enter "$env" -- sleep 0.1 </dev/null || return
	done
	sluice env enter "$env" -- touch /tmp/stop </dev/null
	until_true call_is "$call" done || return
	said=$(sluice call reap "$call")
	same "$said" "some came"
}
ktap_check "a program in there finds nothing of the gateway" watched

call_ends() {
	local call env
	call=$(sluice call waits --async)
	until_true call_is "$call" running || return
	env=$(call_field "$call" env)
	# Asked to end it would not say so.
	sluice env enter "$env" -- sh -c 'trap "" TERM; echo ready; exec sleep 1001' >"$work/ready" 2>"$work/said" &
	until_true grep -q ready "$work/ready" || return
	sluice call cancel "$call"
	! wait $! || return
	has "$(<"$work/said")" "environment $env: "
}
ktap_check "it ends with the call" call_ends
env_ends() {
	enter sleep 1000 2>"$work/said" &
	until_true eval '[[ $(processes) == 3 ]]' || return
	sluice env del "$env"
	wait $!
	same "$? $(<"$work/said")" "137 sluice: environment $env: has ended"
}
ktap_check "or with the environment" env_ends
gone() { [[ ! -e $(</run/sluice/place)/env-$env ]]; }
ktap_check "which is gone" until_true gone

limited() {
	sluice task run inside --shell -- sleep 1000 &
	local visit
	until_true eval 'visit=$(echo "$(</run/sluice/place)"/visit-*) && grep -q . $visit/cgroup.procs && [[ $(<$visit/cpu.max) == 100000* ]]' || return
	same "$(<"$visit/memory.max") $(<"$visit/pids.max")" "50331648 21" || return
	kill -KILL $!
	until_true eval '! grep -q . $visit/cgroup.procs' || return
	run true && [[ ! -e $visit ]]
}
ktap_check "what the task may use is all that there is" limited
no_trace() {
	! ls -d "$(</run/sluice/place)"/visit-* 2>/dev/null || return
	! grep sluice/root /proc/self/mountinfo || return
	! grep -q . /run/sluice/root/* 2>/dev/null
}
ktap_check "and nothing is left" no_trace
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 3000
# Programs that do nothing but random system calls, for SLUICE_SECONDS (600), with all that a task can have: beside them
# another task goes on being right, and afterwards the gateway is as it was. SLUICE_SEED: the same numbers again, as far
# as they depend on nothing else.
. "$(dirname "$0")/../lib/gateway.sh"

seconds=${SLUICE_SECONDS:-600} seed=${SLUICE_SEED:-$((RANDOM * 32768 + RANDOM + 1))} slice=5 processes=4
ktap_plan 14
traces=/proc/sys/debug/exception-trace
trap 'echo 1 >$traces; ip link del vcan8 2>/dev/null; rm -rf /etc/sluice/secrets; gw_cleanup; rm -rf /var/lib/sluice $layer' EXIT
# Programs that crash are what it is about; the kernel would tell of each.
echo 0 >$traces
echo "# seed $seed, $seconds s"
modprobe -aq vcan can-gw
ip link add vcan8 type vcan && ip link set vcan8 up
# Not below /tmp, whose file system 6.1 cannot give to a task that writes above it.
layer=/var/lib/sluice-random
mkdir -p "$work/data" $layer/opt && chmod 711 "$work"
echo here >"$work/data/file" && chmod 644 "$work/data/file"
mkdir -p -m 700 /etc/sluice/secrets && (umask 077 && echo secret >/etc/sluice/secrets/key)
gw_start 300M 2
../inside/station 7001 "$work/heard" &
listening() { ss -Hltn "sport = 7001" | grep -q 7001; }
until_true listening
for preset in default wide; do
	gw_task random-$preset <<E
[task]
kind = serve
command = /usr/lib/sluice/selftests/inside/random
class = batch
timeout = 60s
retries = 0
[needs]
memory = 64M
pids = 40
cpu = 800m
[environment]
usr = yes
filter = $preset
layer = $layer
writable = 1M
tmp = 1M
state = 4M
secret = key
device = /dev/zero rw
data = $work/data /data ro
socket = udp udp:127.0.0.1:7001
socket = bus can:vcan8 id=123
E
done
gw_task steady <<'E'
[task]
kind = exec
command = /bin/cat
[needs]
memory = 8M
cpu = 400m
[environment]
usr = yes
E

mounts() { wc -l </proc/self/mountinfo; }
# But for our own, and threads of the kernel, which come and go.
session=$(ps -o sid= -p $$)
processes() { ps -eo sid=,ppid= | awk -v own="$session" '$1 != own + 0 && $2 != 2' | wc -l; }
cgroups() { find /sys/fs/cgroup -type d | wc -l; }
links() { ip -brief link | wc -l; }
files() { ls "/proc/$agent/fd" | wc -l; }
state() { echo "mounts $(mounts) cgroups $(cgroups) links $(links) files $(files) processes $(processes)"; }
doctor() { sluice doctor | grep -v '^tasks'; }
ended() { sluice task drain "$1" --wait >/dev/null && sluice task resume "$1"; }
all_ended() { local task; for task in random-default random-wide steady; do ended $task; done; envs_are 0; }
is_right() { [[ $(sluice call steady --data "$1") == "$1" ]]; } # NUMBER

# Each once, so that what is made for the first one is there before.
is_right 0
for preset in default wide; do sluice call random-$preset --data "$seed 0 1" >/dev/null; done
all_ended
before=$(state) doctor_before=$(doctor) tainted=$(</proc/sys/kernel/tainted)

steadily() {
	local right=0 wrong=0
	until [[ -e $work/enough ]]; do
		if is_right $RANDOM; then right=$((right + 1)); else wrong=$((wrong + 1)); fi
		sleep 0.1
	done
	echo "$right $wrong" >"$work/steady"
}
# What one of them says: calls, of which succeeded, were refused, are none; processes. One that was killed by its own
# processes says nothing, and is one more environment that the gateway has to do away with.
declare -A sums=()
broken=0
add() { # PRESET ANSWER
	local name words
	read -ra words <<<"$2"
	if ((${#words[@]} != 5)); then
		broken=$((broken + 1))
		return
	fi
	for name in calls fine refused none made; do
		sums[$1-$name]=$((${sums[$1-$name]:-0} + words[0]))
		words=("${words[@]:1}")
	done
}
of() { echo "${sums[$preset-$1]:-0}"; } # NAME
steadily &
steady=$!
begin=$SECONDS rounds=0
while ((SECONDS - begin < seconds)); do
	pids=()
	for preset in default wide; do
		sluice call random-$preset --data "$((seed + rounds)) $slice $processes" >"$work/$preset" 2>/dev/null &
		pids+=($!)
	done
	wait "${pids[@]}"
	for preset in default wide; do add $preset "$(<"$work/$preset")"; done
	rounds=$((rounds + 1))
done
took=$((SECONDS - begin)) total=0
touch "$work/enough"
wait $steady
read -r right wrong <"$work/steady"
for preset in default wide; do
	echo "# $preset: $(of calls) calls, of which $(of fine) succeeded, $(of refused) were refused and $(of none) are none," \
		"by $(of made) processes"
	total=$((total + $(of calls)))
done
echo "# $((total / took)) calls a second; $broken of $((2 * rounds)) times it ended itself; $right times the other was right"

for preset in default wide; do
	ktap_check "$preset: there were calls of all kinds" eval \
		'(($(of calls) > 2000 && $(of fine) > 100 && $(of refused) > 100 && $(of none) > 10))'
	ktap_check "$preset: by many processes" eval '(($(of made) > 10))'
done
ktap_check "the other task was right each time" eval '((right > 2 && wrong == 0))'
ktap_check "the agent is the one that it was" agent_here
ktap_check "and doctor says what it said" same "$(doctor)" "$doctor_before"
ktap_check "the kernel has nothing against it" same "$(</proc/sys/kernel/tainted)" "$tainted"
ktap_check "all environments end" until_true all_ended
as_before() { same "$(state)" "$before"; }
ktap_check "and nothing of them is left" eval 'until_true as_before || as_before'
ktap_check "nothing is reserved" same "$(sluice -j budget show | jq '[.[].reserved] | add')" 0
answers() { [[ $(sluice call "random-$1" --data "1 1 1") == [0-9]*" "* ]]; } # PRESET
ktap_check "each of them runs again" eval 'is_right 1 && answers default && answers wide'
for task in random-default random-wide steady; do sluice task del $task; done
until_true envs_are 0
kill $agent && wait $agent
ktap_check "the module is removed" until_true rmmod sluice
ktap_check "and comes again" modprobe sluice
ktap_end

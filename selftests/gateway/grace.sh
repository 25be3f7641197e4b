#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A program whose call is cancelled or runs too long is asked to end before it is killed, and the next one that needs
# the same token begins when it has let go of it: every time, of either kind.
. "$(dirname "$0")/../lib/gateway.sh"

rounds=4
ktap_plan 7
gw_start 256M 2
sluice budget set bus 1
chmod 711 "$work"
mkdir "$work/said"
define() { # NAME KIND TIMEOUT
	install -m 666 /dev/null "$work/said/$1"
	gw_task "$1" <<E
[task]
kind = $2
command = /usr/lib/sluice/selftests/inside/holder /log/$1
environments = 2
timeout = $3
grace = 1h
[needs]
bus = 1
[environment]
usr = yes
data = $work/said /log rw
E
}
said() { [[ $(grep -c "$2" "$work/said/$1") -ge $3 ]]; } # NAME WORD COUNT
in_turns() { # NAME: the next has taken it when the last has released it
	local expected='' round
	for ((round = 0; round < rounds; round++)); do expected+="taken released "; done
	until_true said "$1" released $rounds && same "$(tr '\n' ' ' <"$work/said/$1")" "$expected"
}
cancel_all() { # NAME: as soon as each has the token
	local round calls=()
	for ((round = 0; round < rounds; round++)); do calls+=("$(sluice call "$1" --async)"); done
	for ((round = 0; round < rounds; round++)); do
		until_true said "$1" taken $((round + 1)) || return
		sluice call cancel "${calls[round]}"
	done
}
define exec exec none
define serve serve none
define exec-slow exec none
define serve-slow serve none
gw_task deaf <<'E'
[task]
kind = exec
command = /bin/sh -c "trap '' TERM; while :; do sleep 1; done"
grace = 200ms
E

cancel_all exec
ktap_check "exec: cancelled calls let go of what they have" in_turns exec
cancel_all serve
ktap_check "serve: cancelled calls let go of what they have" in_turns serve
free() { [[ $(sluice -j budget show | jq 'map(select(.resource == "bus").reserved) | add') == 0 ]]; }
in_pairs() { [[ $1 =~ ^("taken released ")+$ ]] || { echo "not in turns: $1"; return 1; }; } # WORDS
# The next one waits for the token meanwhile. On a slow machine the time of one may be over before it has begun to do
# anything: those that come later get more and more.
too_long() { # NAME
	local call next time=2
	call=$(sluice call "$1" --async --timeout ${time}s)
	until said "$1" taken 2; do
		next=$(sluice call "$1" --async --timeout ${time}s)
		until_true call_is "$call" timed-out || return
		time=$((2 * time)) call=$next
	done
	until_true call_is "$call" timed-out && until_true free && in_pairs "$(tr '\n' ' ' <"$work/said/$1")"
}
ktap_check "exec: calls that run too long do" too_long exec-slow
ktap_check "serve: calls that run too long do" too_long serve-slow
deaf=$(sluice call deaf --async)
until_true call_is "$deaf" running
env=$(call_field "$deaf" env)
sluice call cancel "$deaf"
ktap_check "its submitter does not wait for that" call_is "$deaf" cancelled
gone() { ! sluice -j env show "$1" >/dev/null 2>&1; }
ktap_check "what does not listen is killed" until_true gone "$env"
ktap_check "nothing has the token" until_true free
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What programs say on stderr, where there is no journal: it is kept with its task and call, bounded, whatever becomes of
# the agent, and costs nobody but who says it.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 40
trap 'rm -rf /var/log/sluice; gw_cleanup' EXIT
rm -rf /var/log/sluice
gw_start 256M 2
gw_task talk <<'E'
[task]
kind = exec
command = /bin/bash
retries = 0
E
gw_task flood <<'E'
[task]
kind = exec
command = /bin/bash -c "yes flood | head -n 100000 >&2"
E
gw_task serve <<'E'
[task]
kind = serve
command = /usr/lib/sluice/selftests/inside/talker
retries = 0
E
gw_task quiet <<'E'
[task]
kind = exec
command = /bin/bash -c "echo not kept >&2; echo answer"
[environment]
usr = yes
log = no
E
# What was said, one line each.
lines() { sluice -j logs "$@" | jq -r .message; }
lines_are() { same "$(lines "$1")" "$2"; }
of() { sluice -j logs "$1" | jq -r "$2" | sort -u; } # CALL WHAT
ran() { # TASK INPUT...: its call, when that has ended
	local id
	id=$(sluice call "$1" --data "$2" --async "${@:3}")
	sluice call reap "$id" >/dev/null 2>&1
	echo "$id"
}
env_of() { sluice -j env show | jq ".[] | select(.task == \"$1\").id"; } # TASK

ktap_check "nothing was said yet" same "$(sluice logs; sluice logs talk; sluice logs 7)" ""
# First, as what is left out is said only after a while.
flood=$(sluice call flood --async)
first=$(ran talk 'echo one >&2; echo two >&2; printf three >&2')
ktap_check "while one floods, another is served, and heard" until_true lines_are "$first" $'one\ntwo\nthree'
second=$(ran talk 'echo other >&2' --trace 0af7651916cd43dd8448eb211c80319c)
ktap_check "each line is of its call" until_true lines_are "$second" other
ktap_check "of its task" same "$(of "$second" .task)" talk
ktap_check "of its environment" same "$(of "$second" .env)" "$(env_of talk)"
ktap_check "and has its trace id" same "$(of "$second" .trace_id)" 0af7651916cd43dd8448eb211c80319c
ktap_check "those of a task are in order" same "$(lines talk | tr '\n' ' ')" "one two three other "
dated() { [[ $(sluice logs "$second") =~ ^20[0-9][0-9]-[0-9-]+\ [0-9:.]+\ talk\ $second\ other$ ]]; }
ktap_check "for people they have date, task and call" dated
third=$(ran talk 'echo "<3>bad" >&2; echo good >&2')
until_true lines_are "$third" $'bad\ngood'
ktap_check "a level may stand before it" same "$(sluice -j logs "$third" | jq -c '[.priority, .message]' | tr '\n' ' ')" '[3,"bad"] [6,"good"] '
third=$(ran talk 'printf "\e[2J\xff\tx\r\n" >&2')
clean() { [[ $(sluice logs "$third") == *' \x1b[2J\xff'$'\t''x\r' ]]; }
ktap_check "a terminal gets nothing to obey" until_true clean
third=$(ran talk 'head -c 5000 /dev/zero | tr "\0" x >&2; echo y >&2')
long() { same "$(sluice -j logs "$third" | jq -r '.message | length' | tr '\n' ' ')" "2048 2048 905 "; }
ktap_check "a long line is several" until_true long
third=$(ran talk 'echo "1700000000.000000 3 1 4242 00000000000000000000000000000000 forged" >&2')
forged() { has "$(lines "$third")" forged; }
until_true forged
ktap_check "nobody can say something for others" same "$(lines 4242):$(of "$third" .call)" ":$third"
ktap_check "a failed call still has its last words" same \
	"$(sluice call talk --data 'echo first >&2; echo last >&2; exit 3' 2>&1 | grep -o 'last$')" last
ktap_check "the answer is without them" same "$(sluice call talk --data 'echo said >&2; echo answer' 2>/dev/null)" answer
ktap_check "the program has no file more" same \
	"$(sluice call talk --data 'for f in /proc/self/fd/*; do [[ $(readlink $f) != socket:* ]] || echo $f; done; ls /run')" ""
ktap_check "nor can it get at that of process 1" has "$(sluice call talk --data 'ls /proc/1/fd 2>&1')" "Permission denied"
ktap_check "and nobody but root can reach who listens" same "$(stat -c '%a %u' /run/sluice/log)" "600 0"

# Of kind serve
a=$(ran serve aa)
ktap_check "what a program of kind serve says" until_true lines_are "$a" $'said aa\nprinted aa'
b=$(ran serve bb)
ktap_check "is of the call that it took last" until_true lines_are "$b" $'said bb\nprinted bb'
ktap_check "or of none" same "$(sluice -j logs serve | jq -r 'select(.call == null).message')" ready
c=$(ran serve end)
ktap_check "also the last of it" until_true lines_are "$c" $'said end\nprinted end'

ktap_check "who wants no log has none" same "$(sluice call quiet)$(sluice logs quiet)" answer
sleep 0.1
ktap_check "old lines can be left out" same "$(sluice logs --since 50ms talk)" ""
ktap_check "and new ones not" has "$(sluice logs --since 1h talk)" other
sluice logs -f talk >"$work/follow" &
follow=$!
until_true grep -q said "$work/follow"
ktap_check "who follows sees the last ten" same "$(wc -l <"$work/follow")" 10
ran talk 'echo news >&2' >/dev/null
ktap_check "and what comes" until_true grep -q news "$work/follow"
kill "$follow"

# Whatever becomes of the agent
collector=$(pgrep -x sluice-log)
kill -KILL "$agent" && wait "$agent" 2>/dev/null
d=$(ran talk 'echo alone >&2')
ktap_check "without an agent lines come" until_true lines_are "$d" alone
gw_agent
sluice env del "$(env_of talk)"
d=$(ran talk 'echo again >&2')
ktap_check "with the next one, too" until_true lines_are "$d" again
ktap_check "to the same process" same "$(pgrep -x sluice-log)" "$collector"
until_true call_is "$flood" done
ktap_check "a flood is kept in part" eval '(($(lines flood | grep -cx flood) <= 2000 && $(lines flood | wc -l) > 300))'
said() { lines flood | grep -q "lines left out"; }
ktap_check "what is left out is said" until_true said
ktap_check "its file does not grow" eval '(($(stat -c %s /var/log/sluice/flood.log) <= 263000))'
ktap_check "and is root's" same "$(stat -c '%a %u' /var/log/sluice /var/log/sluice/talk.log | tr '\n' ' ')" "700 0 600 0 "
ktap_check "as others are told" has "$(setpriv --reuid 65534 --regid 65534 --clear-groups sluice logs 2>&1)" "/var/log/sluice, which is for root to read"
kill -STOP "$collector"
ktap_check "nobody waits for who listens" call_is "$(ran talk 'yes "$(printf %2000s)" | head -n 1000 >&2')" done
kill -CONT "$collector"
lost() { lines talk | grep -q "[0-9] lines lost"; }
ktap_check "what he did not hear is counted" until_true lost
kill "$collector"
new() { [[ $(pgrep -x sluice-log) && $(pgrep -x sluice-log) != "$collector" ]]; }
ktap_check "who listens comes again when it has ended" until_true new
ktap_check "while calls go on" same "$(sluice call talk --data 'echo lost >&2; echo served' 2>/dev/null)" served
sluice env del "$(env_of talk)"
d=$(ran talk 'echo heard >&2')
ktap_check "and new environments are heard" until_true lines_are "$d" heard

kill "$agent" && wait "$agent"
for id in $(sluice -j env show | jq '.[].id'); do sluice env del "$id"; done
none_left() { ! pgrep -x sluice-log; }
ktap_check "with the last environment the process ends" until_true none_left
ktap_end

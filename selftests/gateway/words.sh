#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What goes with a call and what comes back: words behind the task's command, stdin, and what the program said on
# stderr.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 41
gw_start 128M 1
gw_task words <<'E'
[task]
kind = exec
command = /usr/bin/printf [%s] fixed
E
gw_task say <<'E'
[task]
kind = exec
retries = 1
backoff = 1ms
command = /bin/bash -s --
E
gw_task cat <<'E'
[task]
kind = exec
input = 1M
output = 1M
command = /bin/cat
E
gw_task serve <<'E'
[task]
kind = serve
command = /bin/sleep 1000
E
says() { # STATUS TEXT WORDS...: sluice WORDS ends so, and says so
	local expected=$1 text=$2 status=0 output
	shift 2
	output=$(sluice "$@" 2>&1 </dev/null) || status=$?
	same "$status" "$expected" && has "$output" "$text"
}

# Words
ktap_check "none" same "$(sluice call words)" "[fixed]"
ktap_check "with blanks, none and dashes in them" same "$(sluice call words -- one 'two  three' '' --json -- -)" \
	"[fixed][one][two  three][][--json][--][-]"
ktap_check "with a new line, and what a shell would obey" same "$(sluice call run words -- $'a\nb' '$HOME' '*' '"' \\ ';')" \
	$'[fixed][a\nb][$HOME][*]["][\\][;]'
ktap_check "the next call has none of them" same "$(sluice call words)" "[fixed]"
ktap_check "behind options" same "$(sluice call words --timeout 1h -- --timeout)" "[fixed][--timeout]"
ktap_check "beside input" same "$(sluice call say --data 'echo "$# $2"' -- one 'two three')" "2 two three"
ktap_check "a call that is run again keeps them" same \
	"$(sluice call say --data 'echo "$SLUICE_ATTEMPTS $1"; exit $((!SLUICE_ATTEMPTS))' -- word)" "1 word"
call=$(sluice call words --async -- one 'two three')
ktap_check "of a call that nobody waits for" same "$(sluice call reap "$call")" "[fixed][one][two three]"
secret=word-that-is-private
sluice call words -- $secret >/dev/null
ktap_check "nobody is shown them" same "$(sluice -j call show | grep -c $secret)$(dmesg | grep -c $secret)" 00
ktap_check "as many as there may be" same "$(sluice call say --data 'echo "$# ${256}"' -- {1..256})" "256 256"
ktap_check "one more" says 1 "a call takes 256 words" call words -- {1..257}
long=$(printf '%32767s' x)
ktap_check "as long as they may be" same "$(sluice call say --data 'echo "${#1}"' -- "$long")" 32767
ktap_check "a byte more" says 1 "with 32768 bytes in all" call words -- "x$long"
ktap_check "a task that serves takes none" says 2 "only exec tasks take words" call serve -- word
ktap_check "and says so in JSON" says 2 '"refusal":"words-kind"' -j call serve -- word
ktap_check "words without -- are none" says 1 "words for its program stand behind --" call words word

# Input
ktap_check "from a pipe" same "$(echo piped | sluice call cat)" piped
ktap_check "from a file" same "$(sluice call cat </etc/hostname)" "$(cat /etc/hostname)"
call=$(echo later | sluice call cat --async)
ktap_check "of a call that nobody waits for" same "$(sluice call reap "$call")" later
ktap_check "more than fits into a pipe" same "$(head -c 200000 /dev/zero | sluice call cat | wc -c)" 200000
ktap_check "nothing from /dev/null" same "$(sluice call cat </dev/null)$?" 0
ktap_check "nothing from a stdin that is closed" same "$(sluice call cat <&- 2>&1)$?" 0
ktap_check "nor from one that cannot be read" same "$(sluice call cat 0>/dev/null 2>&1)$?" 0
ktap_check "none from a terminal" same "$(script -qec "sluice call cat" /dev/null </dev/null)$?" 0
ktap_check "data goes before it, and leaves it alone" same "$(echo rest | { sluice call cat --data input && cat; })" inputrest
ktap_check "and so does a file" same "$(echo rest | { sluice call cat --file /etc/hostname >/dev/null && cat; })" rest

# Stderr
runs() { # SCRIPT OPTIONS...: runs it, its stderr in $work/err
	local text=$1
	shift
	sluice call say --data "$text" "$@" 2>"$work/err"
}
err() { sed 's/call [0-9]* failed/call ID failed/' "$work/err"; }
ktap_check "answer and stderr are told apart" same "$(runs 'echo out; echo one >&2; echo two >&2'; err)" $'out\none\ntwo'
ktap_check "unless one wants it quiet" same "$(runs 'echo out; echo one >&2' --quiet; err)" out
ktap_check "with or without dashes" same "$(runs 'echo out; echo one >&2' quiet; err)" out
runs 'echo one >&2; echo two >&2; exit 3'
ktap_check "a call that fails says its last line once" same "$(err)" \
	$'one\ntwo\nsluice: call ID failed: exited with status 3'
runs 'echo one >&2; printf two >&2; exit 3'
ktap_check "why it failed has a line of its own" same "$(err)" $'one\ntwo\nsluice: call ID failed: exited with status 3'
runs 'echo one >&2; echo two >&2; exit 3' --quiet
ktap_check "the last line is said where nothing else is" same "$(err)" "sluice: call ID failed: exited with status 3: two"
runs 'kill -SEGV $$'
ktap_check "nothing was said" has "$(err)" "sluice: call ID failed: ended by signal 11"
runs 'echo first $SLUICE_ATTEMPTS >&2; exit 1'
ktap_check "of the last attempt" same "$(head -n 1 "$work/err")" "first 1"
runs 'seq 10000 >&2'
ktap_check "of what is long the last lines" same "$(md5sum <"$work/err")" "$(seq 10000 | tail -c 16384 | sed 1d | md5sum)"
runs 'printf "%20000s" x >&2'
ktap_check "of a line that is long the end" same "$(wc -c <"$work/err")" 16384
call=$(sluice call say --async --data 'echo out; echo later >&2')
ktap_check "of a call that is reaped" same "$(sluice call reap "$call" 2>&1)" $'out\nlater'
ktap_check "quietly, too" same "$(sluice call reap "$call" quiet 2>&1)" out
ktap_check "in JSON" same "$(sluice -j call reap "$call" | jq -r .log)" later
ktap_check "but where it is not wanted" same "$(sluice -j call reap "$call" --quiet | jq .log)" null
ktap_check "JSON of what was cut in a character" same \
	"$(sluice -j call say --data 'printf "\374rich\n" >&2' | jq -r .log)" $'\357\277\275rich'
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What programs and submitters write does not reach a terminal as something that it obeys, and JSON is UTF-8.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 26
gw_start 128M 1
gw_task say <<'E'
[task]
kind = exec
command = /bin/bash
E
gw_task hold <<'E'
[task]
kind = exec
command = /bin/sleep 1000
E
harmless() { # TEXT: no control character but the end of a line
	! LC_ALL=C grep -q $'[\001-\011\013-\037\177]' <<<"$1" || { cat -v <<<"$1"; return 1; }
}
shows() { # TEXT WORDS...: what sluice WORDS prints has it, and is harmless
	local text=$1 output
	shift
	output=$(sluice "$@" 2>&1)
	has "$output" "$text" && harmless "$output"
}
is_utf8() { iconv -f utf-8 -t utf-8 >/dev/null; }

evil='printf "\033]0;owned\007\033[2Jgone\rsluice: all is well" >&2; exit 1'
clean='\x1b]0;owned\x07\x1b[2Jgone\rsluice: all is well'
sluice monitor say >"$work/monitor" &
monitor=$!
# It listens when it shows what goes on meanwhile.
listens() {
	sluice call say --data true
	grep -q "say done" "$work/monitor"
}
until_true listens
ktap_check "last words" shows "$clean" call say --quiet --data "$evil"
call=$(sluice -j call say --data "$evil" | jq .id)
ktap_check "in the list" shows "$clean" call show
ktap_check "of one call" shows "$clean" call show "$call"
ktap_check "why it ended" shows "$clean" why "$call"
heard() { grep -qF "call $call say failed: exited with status 1: $clean" "$work/monitor"; }
ktap_check "while it happens" until_true heard
kill $monitor
ktap_check "all that it said" harmless "$(cat "$work/monitor")"
ktap_check "JSON has them, spelled out as JSON does" same "$(sluice -j call show "$call" | jq -r .message)" \
	$'\e]0;owned\a\e[2Jgone\rsluice: all is well'

call=$(sluice -j call say --data 'printf "Z\303\274rich" >&2; exit 1' | jq .id)
ktap_check "good text stays" shows "Zürich" why "$call"
call=$(sluice -j call say --data 'printf "Z\374rich" >&2; exit 1' | jq .id)
ktap_check "what is no UTF-8 is spelled out" shows 'Z\xfcrich' why "$call"
ktap_check "JSON of it is UTF-8" eval 'sluice -j call show | is_utf8'
ktap_check "with a mark where it was not" has "$(sluice -j call show "$call")" $'Z\357\277\275rich'
ktap_check "the result, too" eval 'sluice -j call say --data "printf \"Z\\374rich\" >&2; exit 1" | is_utf8'

call=$(sluice call hold --async --key $'k\e[m\n')
ktap_check "a key" shows 'k\x1b[m\n' call show "$call"
sluice call cancel "$call"
ktap_check "what was typed" shows "there is no object 'va\\x1blve'" $'va\elve'

# The answer
answer='printf "one\n\ttwo \033[1m\374\n"'
raw=$'one\n\ttwo \e[1m\374'
on_terminal() { # WORDS...
	script -qec "sluice $*" /dev/null </dev/null | tr -d '\r'
}
printf '%s\n' "$answer" >"$work/script"
ktap_check "an answer to a file is as it is" same "$(sluice call say --file "$work/script")" "$raw"
ktap_check "on a terminal its control characters are spelled out" same \
	"$(on_terminal call say --file "$work/script")" $'one\n\ttwo \\x1b[1m\\xfc'
ktap_check "unless one wants it raw" same "$(on_terminal call say --file "$work/script" --raw)" "$raw"
call=$(sluice call say --file "$work/script" --async)
ktap_check "of a call that is reaped" same "$(on_terminal call reap "$call")" $'one\n\ttwo \\x1b[1m\\xfc'
ktap_check "raw, too" same "$(on_terminal call reap "$call" --raw)" "$raw"
ktap_check "and to a file" same "$(sluice call reap "$call")" "$raw"
printf 'printf "one\\n\\ttwo \\033[1m\\374\\n" >&2\n' >"$work/script"
ktap_check "what it says on stderr goes to a file as it is" same "$(sluice call say --file "$work/script" 2>&1)" "$raw"
ktap_check "on a terminal its control characters are spelled out" same \
	"$(on_terminal call say --file "$work/script")" $'one\n\ttwo \\x1b[1m\\xfc'
ktap_check "unless one wants it raw" same "$(on_terminal call say --file "$work/script" --raw)" "$raw"
ktap_check "or not at all" same "$(on_terminal call say --file "$work/script" --quiet)" ""
ktap_check "JSON of an answer that is no text" same "$(sluice -j call reap "$call" | jq -r .output_hex)" \
	"$(printf '%s\n' "$raw" | od -An -tx1 | tr -d ' \n')"
ktap_check "nor is a character that is longer than needed" same \
	"$(sluice -j call say --data 'printf "\340\200\200"' | jq -r .output_hex)" e08080
ktap_end

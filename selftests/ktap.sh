# SPDX-License-Identifier: GPL-2.0-only
# KTAP output for shell tests. Source it, call ktap_plan once, then one of
# ktap_pass, ktap_fail, ktap_skip for each subtest, then ktap_end.
ktap_count=0
ktap_failed=0
ktap_skipped=0
ktap_planned=0

ktap_plan() { # NUMBER
	ktap_planned=$1
	echo "KTAP version 1"
	echo "1..$1"
}

ktap_pass() { # NAME
	ktap_count=$((ktap_count + 1))
	echo "ok $ktap_count $1"
}

ktap_fail() { # NAME [MESSAGE]
	ktap_count=$((ktap_count + 1))
	ktap_failed=$((ktap_failed + 1))
	[ -z "${2-}" ] || printf '%s\n' "$2" | sed 's/^/# /'
	echo "not ok $ktap_count $1"
}

ktap_skip() { # NAME REASON
	ktap_count=$((ktap_count + 1))
	ktap_skipped=$((ktap_skipped + 1))
	echo "ok $ktap_count $1 # SKIP ${2-}"
}

# ktap_check NAME COMMAND...: the subtest passes when the command succeeds.
ktap_check() {
	ktap_name=$1
	shift
	if ktap_output=$("$@" 2>&1); then
		ktap_pass "$ktap_name"
	else
		ktap_fail "$ktap_name" "$* -> $?: $ktap_output"
	fi
}

# Ends the program with kselftest's status: 0 pass, 1 fail, 4 skipped.
ktap_end() {
	if [ "$ktap_count" -ne "$ktap_planned" ]; then
		echo "# planned $ktap_planned, ran $ktap_count"
		exit 1
	fi
	[ "$ktap_failed" -eq 0 ] || exit 1
	[ "$ktap_skipped" -ne "$ktap_count" ] || exit 4
	exit 0
}

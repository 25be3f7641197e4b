#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What scripts do: numbers are sorted by way of a file and added up, what is wrong is said to /dev/stderr.
set -e
for tool in awk sort mktemp curl; do
	which $tool >/dev/null || { echo "no $tool" >/dev/stderr; exit 1; }
done
file=$(mktemp)
trap 'rm -f "$file"' EXIT
tr ' ' '\n' >"$file"
# sort keeps in /var/tmp what does not fit into so little memory
sort -n -S 64K -T /var/tmp "$file" | awk '
	{ sum += $1 }
	END { print "sum " sum ", largest " $1 >"/dev/stdout" }'
cat <<-END
	by $(id -un) on $(hostname)
END
# An environment has no network: a peer is a socket, by the task file.
status=0
curl -sS http://192.0.2.1/ 2>/dev/stdout || status=$?
echo "curl ended with $status" >/dev/stderr
exit $status

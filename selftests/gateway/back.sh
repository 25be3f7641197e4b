#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A call that waits for memory starts when the box gets that back: also what the kernel keeps at hand for a CPU that has
# given it back, and what a cache has.
. "$(dirname "$0")/../lib/gateway.sh"

# timeout: 120
ktap_plan 6
gw_start 512M 2
sluice budget set memory 64G
# An eighth of a zone, as the kernel has it by itself on a box that is busy.
echo 8 >/proc/sys/vm/percpu_pagelist_high_fraction
sleep 2
available=$(field available budget show memory)
hog() { # MEBIBYTES
	../inside/hog "$1" &
	hog=$!
}
# Needs all that there is, less a third of what another takes for a while.
for mib in 24 96; do
	gw_task "needs-$mib" <<E
[task]
kind = exec
command = /bin/true
reuse = never
[needs]
memory = $((available / 1024 - mib * 1024 / 3))K
E
	hog $mib
	taken() { (($(field available budget show memory) < available - (mib << 20) / 2)); }
	ktap_check "$mib MiB are taken" until_true taken
	call=$(sluice call "needs-$mib" --async)
	ktap_check "$mib: a call has to wait for them" until_true call_held "$call" resource:memory
	kill $hog
	wait $hog 2>/dev/null
	# Nobody does anything meanwhile that would have the kernel hand on what it keeps.
	ktap_check "$mib: it starts when they are back" timeout 20 sluice call reap "$call"
done
ktap_end

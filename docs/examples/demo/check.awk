# SPDX-License-Identifier: GPL-2.0-only
# Reads the module's tracepoints (tracefs, system sluice) and judges: what did not fit was delayed and not refused,
# everything accepted ended, and no reservation ever went over a budget. Exit status 1 if any of it is not so.

function field(name,   i) {
	for (i = 1; i <= NF; i++)
		if (index($i, name "=") == 1)
			return substr($i, length(name) + 2)
	return ""
}

function fail(text) {
	print "  NOT SO: " text
	bad = 1
}

/ call_state: / {
	call = field("call")
	to = field("to")
	if (to == "queued" && field("from") == "queued") {
		accepted++
		task[call] = field("task")
	} else if (to == "running") {
		started[call] = 1
		if (++running > most)
			most = running
	} else if (to != "starting" && to != "queued") {
		ended[call]++
		if (field("from") == "running")
			running--
		if (to == "done")
			finished++
		else
			fail("call " call " ended as " to)
	}
}

/ call_hold: / && field("hold") == "resource" {
	if (!(field("call") in held))
		delayed++
	held[field("call")] = field("resource")
	short[field("resource")]++
}

/ call_refused: / { fail("a call to " field("task") " was refused") }

/ ledger: / {
	resource = field("resource")
	reserved = field("reserved") + 0
	budget[resource] = field("budget") + 0
	if (reserved > highest[resource])
		highest[resource] = reserved
	if (reserved > budget[resource])
		fail(resource " over its budget: " reserved " of " budget[resource])
}

END {
	if (!accepted)
		fail("the trace holds no call")
	for (call in task)
		if (ended[call] != 1)
			fail("call " call " (" task[call] ") has " ended[call] + 0 " ends")
	for (call in held)
		if (!(call in started))
			fail("call " call " waited for " held[call] " and never started")
	if (!delayed)
		fail("no call had to wait for a resource")
	printf "  %d calls accepted, %d done, at most %d at the same time, none refused\n", accepted, finished, most
	printf "  %d of them were delayed for want of a resource (", delayed
	for (resource in short)
		printf "%s%s", separator, resource, separator = ", "
	print ") and started when it was there"
	for (resource in highest)
		printf "  %-10s at most %d reserved of a budget of %d\n", resource, highest[resource], budget[resource]
	exit bad
}

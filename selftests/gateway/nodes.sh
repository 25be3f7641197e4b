#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Devices of tasks: an environment whose device was unplugged, or whose name leads to another device by now, takes no
# further call, whichever agent was there when that happened.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 8
trap 'rm -rf /dev/sluice-test; gw_cleanup' EXIT
gw_start 256M 2
mkdir -p /dev/sluice-test/by-id
plug() { # NAME MINOR
	rm -f "/dev/sluice-test/$1"
	mknod "/dev/sluice-test/$1" c 1 "$2"
}
plug nothing 3
plug zeroes 5
ln -s ../nothing /dev/sluice-test/by-id/drive
gw_task reader <<'E'
[task]
kind = exec
command = /bin/sh -c "head -c 3 </dev/sluice-test/by-id/drive | wc -c"
[needs]
memory = 16M
[environment]
device = /dev/sluice-test/by-id/drive ro
usr = yes
E
reads() { same "$(sluice call reader)" "$1"; }
environment() { [[ $(field id env show) != "$first" ]]; }
ktap_check "a program reads its device" reads 0
first=$(field id env show)
ktap_check "again, in the same environment" reads 0
plug other 8
ktap_check "what else is plugged in is nothing to it" same "$(field id env show)" "$first"
ln -sfn ../zeroes /dev/sluice-test/by-id/drive
until_true environment
ktap_check "its name is another device's: so it is for the next call" reads 3
first=$(field id env show)
plug zeroes 5
until_true environment
ktap_check "unplugged and plugged in, it is in another environment" reads 3

first=$(field id env show)
kill -KILL "$agent" && wait "$agent" 2>/dev/null
ln -sfn ../nothing /dev/sluice-test/by-id/drive
gw_agent
until_true environment
ktap_check "so it is where that happened while no agent ran" reads 0
first=$(field id env show)
kill -KILL "$agent" && wait "$agent" 2>/dev/null
gw_agent
ktap_check "and where nothing happened, it stays" reads 0
ktap_check "with its environment" same "$(field id env show)" "$first"
ktap_end

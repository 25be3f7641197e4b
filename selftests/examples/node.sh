#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Node as people have it: a thread, HTTP on a loopback of its own, a file that is watched.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 5
gw_start 512M 2
ktap_check "its task is as it is installed" sluice task add /usr/lib/sluice/examples/tasks/node.task
answer=$(sluice call node --data "some words" 2>&1)
echo "# $answer"
ktap_check "a thread hashes as the program does" has "$answer" '"same":true'
ktap_check "there is a loopback" has "$answer" "\"http\":\"GET $(printf 'some words' | sha256sum | cut -c 1-8)\""
ktap_check "files are watched" has "$answer" '"watched":"change"'
ktap_check "numbers are random" has "$answer" '"random":16'
ktap_end

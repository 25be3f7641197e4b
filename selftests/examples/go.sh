#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A static program in Go, with nothing of the gateway's around it.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 2
gw_start 512M 2
ktap_check "its task is as it is installed" sluice task add /usr/lib/sluice/examples/tasks/go.task
ktap_check "its runtime has what it asks for" same "$(sluice call go --data "one two three" 2>&1)" \
	"3 words, 1 CPUs, waited: true"
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An image of busybox, with nothing of the gateway's around it.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 3
image=$(sed -n 's/^layer = //p' /usr/lib/sluice/examples/tasks/busybox.task)
gw_start 512M 2
mkdir -p "${image%/*}"
ktap_check "the image is made" /usr/lib/sluice/examples/images/busybox "$image"
ktap_check "its task is as it is installed" sluice task add /usr/lib/sluice/examples/tasks/busybox.task
answer=$(sluice call busybox --data "four" 2>&1)
ktap_check "it is all that there is" same "$answer" "bin data dev etc proc run sys tmp usr var 4
task"
rm -rf "$image"
ktap_end

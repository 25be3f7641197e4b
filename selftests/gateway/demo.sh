#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 1200
# The demo, as a user sees it: ends by itself with status 0 and leaves the gateway as it was.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 3
gw_start 300M 2
before=$(sluice -j budget show | jq -c 'map([.resource, .budget])'; ip -brief link)
/usr/lib/sluice/demo/run >"$work/demo" 2>&1
ktap_check "it succeeds" same $? 0
sed 's/^/# /' "$work/demo"
ktap_check "it shows the end that it promises" has "$(tail -n 2 "$work/demo")" "Delayed, not refused"
ktap_check "it leaves nothing" same "$(sluice -j budget show | jq -c 'map([.resource, .budget])'; ip -brief link)" "$before"
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Where the kernel gives modules BTF, eBPF programs count CPU time; else the agent reads cgroup files. Both ways the
# ledger knows what is used while a call runs.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 4
gw_start 256M 2
gw_task spin <<'E'
[task]
kind = exec
command = /bin/sh -c "while :; do :; done"
[needs]
cpu = 0.5
E
btf=$([[ -e /sys/kernel/btf/sluice ]] && echo ebpf || echo agent)
ktap_check "CPU time is counted by $btf" same "$(field cpu_source stats)" "$btf"
call=$(sluice call spin --async)
until_true call_is "$call" running
env_cpu() { field cpu_time env show; }
grows() { (($(env_cpu) > 200000000)); }
ktap_check "it grows while the call runs" until_true grows
rate() { (($(field measured budget show cpu) >= 100)); }
ktap_check "the ledger has the rate" until_true rate
memory() { (($(field measured budget show memory) > 100000)); }
ktap_check "and the memory" until_true memory
sluice call cancel "$call"
ktap_end

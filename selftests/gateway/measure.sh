#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The ledger knows what is used while a call runs; and where the kernel has BTF, an eBPF program tells how long environments
# wait for a CPU: the module, or the agent where there is no BTF for modules.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 6
gw_start 256M 2
gw_task spin <<'E'
[task]
kind = exec
command = /bin/sh -c "while :; do :; done"
[needs]
cpu = 0.5
E
btf=none
[[ ! -e /sys/fs/cgroup/cgroup.procs || ! -e /proc/pressure/cpu ]] || btf=files
[[ ! -e /sys/kernel/btf/vmlinux ]] || btf=maps
[[ ! -e /sys/kernel/btf/sluice ]] || btf=ebpf
# The agent says it when it is the agent already, and its program is there.
source_is() { [[ $(field wait_source stats) == "$1" ]]; }
ktap_check "waiting for a CPU is counted by $btf" until_true source_is "$btf"
call=$(sluice call spin --async)
until_true call_is "$call" running
env_cpu() { field cpu_time env show; }
grows() { (($(env_cpu) > 200000000)); }
ktap_check "it grows while the call runs" until_true grows
rate() { (($(field measured budget show cpu) >= 100)); }
ktap_check "the ledger has the rate" until_true rate
memory() { (($(field measured budget show memory) > 100000)); }
ktap_check "and the memory" until_true memory
# One that runs without end on each CPU: it has to wait for them.
for ((i = $(nproc); i > 0; i--)); do
	(while :; do :; done) &
done
waited=$(field cpu_wait env show)
waits() { (($(field cpu_wait env show) > waited + 100000000)); }
if [[ $btf != none ]]; then
	ktap_check "so is its waiting for a CPU" until_true waits
else
	ktap_check "no more than that" same "$waited" 0
fi
sluice call cancel "$call"
until_true call_is "$call" cancelled
billed=$(call_field "$call" cpu_wait)
[[ $btf != none ]] && least=100000000 || least=0
ktap_check "and on its bill" test "$billed" -ge $least
kill $(jobs -p)
ktap_end

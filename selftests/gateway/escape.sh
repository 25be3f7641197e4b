#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A program that has a door of its own, and so more than most, tries to get at other calls, environments, files,
# processes and the kernel: each attempt fails, and the victim lives.
. "$(dirname "$0")/../lib/gateway.sh"

attempts=(submit:EPERM reap:EPERM cancel:EPERM change:EPERM attach:EPERM answer:ENOENT device:ENOENT node:EPERM
	netlink:EPROTONOSUPPORT kill:ESRCH trace-init:EPERM door-of-init:EACCES memory-of-init:EACCES root-of-init:EACCES raw-socket:EAFNOSUPPORT
	shared-memory:ENOENT sysctl:ENOENT setuid:EINVAL namespace:EPERM bpf:EPERM keys:EPERM cgroup:EACCES
	alg:EAFNOSUPPORT vsock:EAFNOSUPPORT tipc:EAFNOSUPPORT tipc-pair:EAFNOSUPPORT can:EAFNOSUPPORT sctp:EPROTONOSUPPORT
	uevents:EPROTONOSUPPORT fchroot:EPERM open-tree-attr:EPERM listns:EPERM number-of-tomorrow:ENOSYS clone3:ENOSYS
	openat2:ENOSYS io-uring:EPERM aio:EPERM userfaultfd:EPERM personality:EPERM set-id:EPERM set-id-at-once:EPERM
	set-id-folder:EPERM limit-of-init:EPERM nice-of-init:EPERM cpus-of-init:EPERM line-discipline:EPERM typing:EPERM
	pasting:EPERM i2c-force:EPERM trace-child:EPERM
	folder-left:ENOTDIR runner:EACCES runner-to-read:EACCES own-program:EACCES file-of-init:EPERM read-init:EPERM
	sysrq:EACCES kcore:EACCES clone-user:EPERM setns:EPERM mount:EPERM fsopen:EPERM open-tree:EPERM pivot-root:EPERM
	chroot:EPERM open-handle:EPERM perf:EPERM fanotify:EPERM module:EPERM kernel-log:EPERM clock:EPERM host-name:EPERM
	interface:EPERM keyring:EPERM netfilter:EPROTONOSUPPORT)

ktap_plan $((${#attempts[@]} + 3))
gw_start 256M 2
gw_task victim <<'E'
[task]
kind = exec
command = /bin/sleep 1000
E
chmod 755 "$work"
mkdir -m 777 "$work/data"
gw_task escape <<E
[task]
kind = serve
command = /usr/lib/sluice/selftests/inside/escape
[environment]
usr = yes
data = $work/data /data rw
E
victim=$(sluice call victim --async)
until_true call_is "$victim" running
env=$(call_field "$victim" env)
pid=$(sluice -j env show "$env" | jq .pid)
# A kernel may have been built without it.
[[ -e /proc/kcore ]] || attempts=("${attempts[@]/kcore:*/kcore:ENOENT}")
for attempt in "${attempts[@]}"; do
	ktap_check "${attempt%:*}" same "$(sluice call escape --data "${attempt%:*} $victim $env $pid" 2>&1)" "${attempt#*:}"
done
ktap_check "all by one process, which lives" same \
	"$(sluice -j env show | jq -c 'map(select(.task == "escape") | .calls)')" "[${#attempts[@]}]"
ktap_check "the victim runs" call_is "$victim" running
ktap_check "its environment is the same" same "$(sluice -j env show "$env" | jq .pid)" "$pid"
sluice call cancel "$victim"
ktap_end

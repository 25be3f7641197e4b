# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # who sources it uses them
# The same program in the environments of peers: all namespaces, a read-only root with /proc and /dev, no capability,
# a filter of the same system calls as a task's; and, but for bubblewrap, which has none, a cgroup with the same limits.
root= bwrap=() crun=() runc=()

bundle_config() { # the runtimes' config.json
	./filter names | jq -R . | jq -s '{
		ociVersion: "1.0.2",
		hostname: "bench",
		process: {
			user: { uid: 0, gid: 0 }, cwd: "/", args: [ "/nothing" ], env: [ "PATH=/" ], noNewPrivileges: true,
			capabilities: { bounding: [], effective: [], permitted: [] }
		},
		root: { path: "rootfs", readonly: true },
		mounts: [
			{ destination: "/proc", type: "proc", source: "proc", options: [ "nosuid", "noexec", "nodev" ] },
			{ destination: "/dev", type: "tmpfs", source: "tmpfs", options: [ "nosuid", "noexec", "mode=755", "size=64k" ] },
			{ destination: "/tmp", type: "tmpfs", source: "tmpfs", options: [ "nosuid", "nodev", "mode=1777" ] }
		],
		linux: {
			uidMappings: [ { containerID: 0, hostID: 100000, size: 65536 } ],
			gidMappings: [ { containerID: 0, hostID: 100000, size: 65536 } ],
			namespaces: ("pid network ipc uts mount cgroup user" | split(" ") | map({ type: . })),
			resources: {
				memory: { limit: 33554432 }, pids: { limit: 16 },
				cpu: { quota: 20000, period: 100000 }
			},
			seccomp: {
				defaultAction: "SCMP_ACT_ERRNO", architectures: [ "SCMP_ARCH_X86_64" ],
				syscalls: [ { names: ., action: "SCMP_ACT_ALLOW" } ]
			}
		}
	}'
}

bundle_make() { # FOLDER
	root=$1/rootfs
	mkdir -p "$root"/{proc,dev,tmp}
	cp static/nothing static/echo static/pause "$root/"
	bundle_config >"$1/config.json" && ./filter bytes >"$1/filter" || return
	exec 9<"$1/filter"
	bwrap=(--rewind 9 /usr/bin/bwrap --unshare-all --new-session --cap-drop ALL --ro-bind "$root" / --proc /proc --dev /dev
		--tmpfs /tmp --seccomp 9 /nothing)
	crun=(/usr/bin/crun --cgroup-manager=cgroupfs --root /run/bench-crun run --bundle "$1" bench)
	runc=(/usr/sbin/runc --root /run/bench-runc run --bundle "$1" bench)
}

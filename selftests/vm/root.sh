# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For scripts that make a root which is Debian 13's gateway with more installed: $new is where, $root its `base`.
# root_begin, then root_install, root_unpack and what else is to be changed in $root, then root_end.

((EUID == 0)) || die "making a root file system takes root"

root_begin() { # NAME: of the folder in $BUILD/roots that it becomes
	out=$BUILD/roots/$1 new=$BUILD/roots/.$1.new
	root=$new/base
	rm -rf "$new"
	mkdir -p "$new/lists/partial" "$new/archives/partial"
	cp -a "$BUILD/roots/trixie/base" "$root"
	"$VM_DIR/apt-sources" trixie >"$new/sources.list"
	# This machine's apt, and its way to the archive, for that root.
	apt=(-o Dir::Etc::sourcelist="$new/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$new/lists"
		-o Dir::State::status="$root/var/lib/dpkg/status" -o Dir::State::extended_states="$root/var/lib/apt/extended_states"
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Dir::Cache::archives="$new/archives"
		-o Dir::Log="$new" -o Acquire::Languages=none -o APT::Sandbox::User=root
		-o APT::Install-Recommends=false -o DPkg::Chroot-Directory="$root" -o DPkg::Use-Pty=false
		-o DPkg::Options::=--force-unsafe-io)
	apt-get "${apt[@]}" update
	# what some maintainer scripts link into, though nothing is there
	mkdir -p "$root/usr/share/man/man1"
}

root_install() { # FILE that names packages
	local packages
	# no service starts while it is installed
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	read -ra packages < <(sed 's/#.*//' "$1" | xargs)
	unshare --mount bash -euc '
		root=$1 && shift
		mount -t proc proc "$root/proc"
		mkdir -p "$root$1" && mount --bind "$1" "$root$1" # where dpkg finds the packages
		shift
		DEBIAN_FRONTEND=noninteractive apt-get -y "$@"
	' - "$root" "$new/archives" "${apt[@]}" install "${packages[@]}"
	rm "$root/usr/sbin/policy-rc.d"
}

root_unpack() { # FOLDER PACKAGE...: beside the root, for who builds
	local folder=$new/$1 package
	shift
	mkdir -p "$folder"
	(cd "$new/archives" && apt-get "${apt[@]}" download "$@")
	for package; do dpkg-deb -x "$new/archives/${package}"_*.deb "$folder"; done
}

root_end() {
	rm -rf "$new/archives" "$new/lists"
	# shellcheck disable=SC2115 # both are set
	rm -rf "$out" && mv "$new" "$out"
}

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Common to the scripts in this folder: where things are, the table of kernels, and `step`.

VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$VM_DIR/../.." && pwd)
BUILD=$(realpath -m "${BUILD:-$TOP/build}")
DEBUG_KERNEL_DIR=$(realpath -m "${DEBUG_KERNEL_DIR:-$TOP/../shared/debug-kernel}")
export BUILD DEBUG_KERNEL_DIR

say() { printf '%s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# How many machines run at a time: tests wait much, so one more than there are CPUs.
MACHINES=$(($(nproc) + 1))

ALL_KERNELS="6.1 6.12 6.12-rt 7 debug 7-arm64"

# The suite whose user space a kernel is tested with. The suite arm64 is Debian 13 of that machine, which is emulated.
suite_of() {
	case $1 in
	6.1 | uml) echo bookworm ;;
	6.12 | 6.12-rt | 7 | debug) echo trixie ;;
	7-arm64) echo arm64 ;;
	*) die "unknown kernel '$1' (known: $ALL_KERNELS)" ;;
	esac
}

# The suite whose compiler built the kernel, and so must build the module: the debug kernels are gcc 12's.
compiler_suite_of() {
	case $1 in
	debug | uml) echo bookworm ;;
	*) suite_of "$1" ;;
	esac
}

# The kernels that come out of a suite: NAME META-PACKAGE-FLAVOUR ARCHIVE
kernels_of_suite() {
	case $1 in
	bookworm) echo "6.1 amd64 bookworm" ;;
	trixie)
		echo "6.12 amd64 trixie"
		echo "6.12-rt rt-amd64 trixie"
		echo "7 amd64 trixie-backports"
		;;
	arm64) echo "7-arm64 arm64 trixie-backports" ;;
	esac
}

# What tests may be told from outside, as lines of a job.
passed_on() {
	local name
	for name in SLUICE_ONLY SLUICE_SECONDS SLUICE_SEED SLUICE_ROUNDS SLUICE_FLOOD; do
		[[ ! ${!name:-} ]] || printf 'export %s=%q\n' "$name" "${!name}"
	done
}

# A value that changes whenever a name or the content below the given paths does. Objects do not count, nor does
# where the source tree is.
fingerprint() {
	local p
	for p; do
		[[ -e $p ]] || continue
		find "$p" -name .git -prune -o -type f \
			! -name '*.o' ! -name '*.ko' ! -name '*.mod' ! -name '*.mod.c' ! -name '.*.cmd' \
			! -name '*~' ! -name '.*.sw?' ! -name modules.order ! -name Module.symvers -print0
	done | LC_ALL=C sort -z | xargs -0r sha256sum | sed "s|  $TOP/|  |" | sha256sum | cut -d' ' -f1
}

# step NAME KEY COMMAND...: runs COMMAND, unless it succeeded before with the same KEY. Several makes may
# share a build folder, so one NAME runs once at a time. Warnings of a good run are shown, all of a bad one.
step() {
	local name=$1 key=$2 stamp log start
	shift 2
	stamp=$BUILD/stamps/$name log=$BUILD/log/build/$name
	mkdir -p "$(dirname "$stamp")" "$(dirname "$log")" "$BUILD/locks"
	(
		flock 9
		[[ ! -e $stamp || $(<"$stamp") != "$key" ]] || exit 0
		rm -f "$stamp"
		say "  [build] $name ..."
		start=$SECONDS
		if ! "$@" >"$log" 2>&1 9>&-; then
			tail -n "${FAIL_LINES:-40}" "$log" >&2
			die "$name failed, the whole output is in $log"
		fi
		grep -E '^[^ ]*:[0-9]+:.*(warning|error):' "$log" >&2 || true
		echo "$key" >"$stamp"
		((SECONDS - start < 3)) || say "  [build] $name: $((SECONDS - start)) s"
	) 9>"$BUILD/locks/${name//\//-}" || return 1
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Layers that are images of file systems: mounted once for all who use them, as their digest says; and a root that can
# be written, for as long as the environment is there.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 26
images=$work/images
moves=/sys/module/overlay/parameters/redirect_dir moved=
trap '[[ ! $moved ]] || echo $moved >$moves; umount "$work/verity" 2>/dev/null; gw_cleanup' EXIT
mkdir -p "$images" "$work/a/app" "$work/b/app" "$work/dir: x/app" "$work/verity"
chmod 711 "$work"
echo from-a >"$work/a/app/name" && echo only-a >"$work/a/app/a"
echo from-b >"$work/b/app/name" && echo only-b >"$work/b/app/b"
echo from-dir >"$work/dir: x/app/name" && echo only-dir >"$work/dir: x/app/dir"
mksquashfs "$work/a" "$images/a.squashfs" -quiet -no-progress >/dev/null
mkfs.erofs "$images/b.erofs" "$work/b" >/dev/null 2>&1
gw_start 256M 2
define() { # NAME: the section environment on stdin
	{ printf '[task]\nkind = exec\ncommand = /bin/bash\nenvironments = 2\nretries = 0\n[environment]\nusr = yes\n' && cat; } | gw_task "$1"
}
inside() { sluice call "$1" --data "$2" 2>&1; } # TASK SCRIPT
end_all() {
	local id
	for id in $(sluice -j env show | jq -r '.[].id'); do sluice env del "$id"; done
	until_true envs_are 0
}
loops() { grep -l "images/$1" /sys/block/loop*/loop/backing_file 2>/dev/null | wc -l; }
loops_are() { [[ $(loops "$1") == "$2" ]]; }
digest() { sha256sum "$1" | cut -d' ' -f1; }

define mixed <<T
layer = $images/a.squashfs
layer = $images/b.erofs
layer = $work/dir: x
T
ktap_check "layers are images and directories" same "$(inside mixed 'cat /app/a /app/b /app/dir' | tr '\n' ' ')" "only-a only-b only-dir "
ktap_check "the first is on top" same "$(inside mixed 'cat /app/name')" from-a
ktap_check "none can be written" has "$(inside mixed 'echo x >/app/name')" "Read-only"
define same <<T
layer = $images/a.squashfs sha256:$(digest "$images/a.squashfs")
T
sluice call mixed --async --data 'while [ ! -e /tmp/never ]; do sleep 0.1; done' >/dev/null
ktap_check "one whose digest is right" same "$(inside same 'cat /app/name')" from-a
inside mixed true
ktap_check "all environments use one device" loops_are a.squashfs 1
end_all
ktap_check "which goes with the last of them" until_true loops_are "" 0

define wrong <<T
layer = $images/b.erofs sha256:$(digest "$images/a.squashfs")
T
ktap_check "one whose digest is wrong is not mounted" has "$(inside wrong 'cat /app/name')" "layer $images/b.erofs: its digest is sha256:$(digest "$images/b.erofs" | head -c 20)"
ktap_check "not even as a device" loops_are b.erofs 0
cp "$images/a.squashfs" "$images/changing"
define changing <<T
layer = $images/changing sha256:$(digest "$images/changing")
T
ktap_check "it is right" same "$(inside changing 'cat /app/name')" from-a
end_all
until_true loops_are changing 0
printf x | dd of="$images/changing" bs=1 seek=600 conv=notrunc status=none
ktap_check "until somebody changes it" has "$(inside changing 'cat /app/name')" "its digest is sha256:"
cp "$images/b.erofs" "$images/.new" && mv "$images/.new" "$images/changing"
define changing <<T
layer = $images/changing
T
ktap_check "one of that name that is another" same "$(inside changing 'cat /app/name')" from-b
define none <<T
layer = $images/none.squashfs
T
ktap_check "one that is not there is said by its name" has "$(inside none true)" "layer $images/none.squashfs: No such file"
define text <<T
layer = $work/a/app/name
T
ktap_check "a file that is none" has "$(inside text true)" "layer $work/a/app/name: expected a directory, or an image of squashfs or erofs"
head -c 200 "$images/a.squashfs" >"$images/short"
define short <<T
layer = $images/short
T
ktap_check "one that is broken" has "$(inside short true)" "squashfs image of layer $images/short: "
define folder <<T
layer = $work/a sha256:$(digest "$images/a.squashfs")
T
ktap_check "a directory has no digest" has "$(inside folder true)" "expected an image, as a directory has no digest"

if truncate -s 32M "$work/disk" && mkfs.ext4 -q -F -O verity -b 4096 "$work/disk" && mount -o loop "$work/disk" "$work/verity" 2>/dev/null &&
	cp "$images/a.squashfs" "$work/verity/a" && [[ -e /sys/fs/ext4/features/verity ]]; then
	define verity <<T
layer = $work/verity/a sha256:$(digest "$work/verity/a")
T
	ktap_check "who only looks leaves it as it is" eval 'sluice task check "$work/verity.task" && : >>"$work/verity/a"'
	ktap_check "where the file system can," same "$(inside verity 'cat /app/name')" from-a
	ktap_check "an image of a digest can not be changed" has "$(printf x 2>&1 >>"$work/verity/a")" "not permitted"
	end_all
else
	ktap_skip "who only looks leaves it as it is" "no fs-verity"
	ktap_skip "where the file system can," "no fs-verity"
	ktap_skip "an image of a digest can not be changed" "no fs-verity"
fi

# Where overlayfs moves directories, what is to stay is kept by nothing but its owner.
moved=$(<$moves) && echo Y >$moves
for layer in "$images/b.erofs" "$work/b" "$images/a.squashfs"; do
	define "writer" <<T
layer = $layer
writable = 4M
T
	# erofs can on every kernel.
	if [[ $layer != *.erofs && $(inside writer true) == *"cannot give the files of"* ]]; then
		ktap_skip "a root that can be written (${layer##*/})" "neither squashfs nor tmpfs can have other owners before 6.3"
		continue
	fi
	ktap_check "a root that can be written (${layer##*/})" same "$(inside writer 'echo more >>/app/name && tail -n 1 /app/name && echo x >/new && mkdir /usr/new /app/dir && rm /app/name && echo done')" "more
done"
	[[ $layer != *.erofs ]] || {
		ktap_check "is bounded" has "$(inside writer 'head -c 8M /dev/zero >/app/large')" "No space left"
		ktap_check "but for the way to what a task keeps" same "$(inside writer 'mv /var /x 2>/dev/null || mv /var/lib /var/x 2>/dev/null || mkdir /var/mine && rmdir /var/mine && echo stays')" stays
		ktap_check "is there for the next call" same "$(inside writer 'cat /new')" x
	}
	end_all
	[[ $layer != *.erofs ]] ||
		ktap_check "and not for the next environment" same "$(inside writer 'ls /new 2>/dev/null; cat /app/name')" from-b
done
ktap_check "nothing of the layers was changed" same "$(cat "$work/b/app/name"; ls /usr/new 2>&1)" "from-b
ls: cannot access '/usr/new': No such file or directory"
ktap_end

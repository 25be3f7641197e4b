#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a task keeps: it is there for its next environment, after the task was removed and came again, bounded, its own,
# and gone when an operator says so; in an image, and where the file system has quotas for projects in a directory.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 27
states=/var/lib/sluice/state
trap 'rm -rf /etc/sluice/tasks; kill $agent; wait $agent; umount $states 2>/dev/null; rm -rf /var/lib/sluice; gw_cleanup' EXIT
rm -rf /var/lib/sluice
mkdir "$work/precious" && echo here >"$work/precious/file"
gw_start 256M 2
define() { # NAME SIZE
	gw_task "$1" <<T
[task]
kind = exec
command = /bin/bash
environments = 2
retries = 0
[environment]
usr = yes
state = $2
T
}
inside() { sluice call "$1" --data "$2" 2>&1; } # TASK SCRIPT
end_all() {
	local id
	for id in $(sluice -j env show | jq -r '.[].id'); do sluice env del "$id"; done
	until_true envs_are 0
}
# Where the file was is not seen in full, as who opened it has left that place.
loops() { grep -l "\.ext4" /sys/block/loop*/loop/backing_file 2>/dev/null | wc -l; }
no_loops() { [[ $(loops) == 0 ]]; }
count() { field state_full stats; }

all() { # what holds for both ways
	define keeper 4M
	ktap_check "a task keeps files" same "$(inside keeper 'echo kept >$SLUICE_STATE/file; stat -c "%a %u" $SLUICE_STATE')" "755 1000"
	sluice call keeper --async --data 'until [ -e /var/lib/keeper/go ]; do sleep 0.1; done; rm /var/lib/keeper/go' >"$work/id"
	ktap_check "another of its environments has the same at the same time" same "$(inside keeper 'touch /var/lib/keeper/go; cat /var/lib/keeper/file')" kept
	until_true call_is "$(<"$work/id")" done
	end_all
	ktap_check "and one that comes later" same "$(inside keeper 'cat /var/lib/keeper/file')" kept
	ktap_check "which are no programs" has "$(inside keeper 'cp /bin/true $SLUICE_STATE/program; $SLUICE_STATE/program; rm $SLUICE_STATE/program')" "Permission denied"
	define other 4M
	ktap_check "another task does not" has "$(inside other 'ls -A /var/lib; ls /var/lib/keeper')" "cannot access '/var/lib/keeper'"
	local full
	full=$(count)
	ktap_check "it keeps as much as was said" same "$(inside keeper 'head -c 4000000 /dev/zero >/var/lib/keeper/zero && echo good')" good
	inside keeper 'head -c 8M /dev/zero >/var/lib/keeper/more' >"$work/said"
	ktap_check "and no more" grep -qE "No space left|quota exceeded" "$work/said"
	counted() { (($(count) > full)); }
	ktap_check "that it is full is counted" until_true counted
	ktap_check "another task has its own room" same "$(inside other 'head -c 3000000 /dev/zero >$SLUICE_STATE/zero && echo good')" good
	inside keeper 'rm /var/lib/keeper/zero /var/lib/keeper/more'
	end_all
	sluice task del keeper
	define keeper 12M
	ktap_check "it is there when the task was removed and comes again" same "$(inside keeper 'cat /var/lib/keeper/file')" kept
	ktap_check "and can become larger" same "$(inside keeper 'head -c 10M /dev/zero >/var/lib/keeper/zero && echo good; rm /var/lib/keeper/zero')" good
	ktap_check "what an environment uses is not removed" has "$(sluice task purge keeper 2>&1)" "has environments that use what it keeps"
	inside keeper "ln -s $work/precious /var/lib/keeper/link"
	sluice task drain keeper --wait
	purged() { sluice task purge keeper; }
	ktap_check "it is removed when that is wanted" until_true purged
	ktap_check "and only what was in it" same "$(cat "$work/precious/file")" here
	ktap_check "once" has "$(sluice task purge keeper 2>&1)" "keeper keeps nothing"
	sluice task resume keeper
	ktap_check "and the task begins anew" same "$(inside keeper 'ls -A /var/lib/keeper')" ""
	end_all
}
all
ktap_check "no device is left" until_true no_loops
ktap_check "nor can others of the gateway look" same "$(stat -c '%a %U' $states)" "700 root"

# Another user, as after the list of users was lost.
inside other 'mkdir -p $SLUICE_STATE/a/b && echo mine >$SLUICE_STATE/a/b/file && ln -s /etc/passwd $SLUICE_STATE/link'
end_all
kill "$agent" && wait "$agent"
sed -i 's/^other .*/other 1879050000/' /var/lib/sluice/users
gw_agent
ktap_check "files become its own again when a task is another user" same "$(inside other 'cat /proc/self/uid_map | tr -s " "; echo more >>$SLUICE_STATE/a/b/file && cat $SLUICE_STATE/a/b/file')" " 1000 1879050000 1
mine
more"
ktap_check "and nothing else" same "$(stat -c %u /etc/passwd)" 0
end_all
until_true no_loops
printf 'rubbish' | dd of=$states/other.ext4 bs=1k seek=1 conv=notrunc status=none
dd if=/dev/zero of=$states/other.ext4 bs=1k seek=1 count=60 conv=notrunc status=none
ktap_check "one that is broken is said to be" has "$(inside other true)" "state: e2fsck of $states/other.ext4 failed"
touch $states/keeper.ext4.new
rm -f $states/keeper.ext4
tool=$(command -v mke2fs)
cat >"$work/mke2fs" <<E
#!/bin/bash
touch $work/making
until [ -e $work/go ]; do sleep 0.1; done
exec $work/real "\$@"
E
cp "$tool" "$work/real" && chmod 755 "$work/mke2fs" && mount --bind "$work/mke2fs" "$tool"
define slow 4M
slow=$(sluice call slow --async --data 'echo made')
until_true test -e "$work/making"
umount "$tool"
define quick 4M
ktap_check "while one is made, others are made, too" same "$(inside quick 'echo made'):$(call_field "$slow" state)" made:starting
touch "$work/go"
ktap_check "and it is there when it is ready" same "$(sluice call reap "$slow")" made
end_all
until_true no_loops
ktap_check "one that was half made does no harm" same "$(inside keeper 'echo here >$SLUICE_STATE/x && cat $SLUICE_STATE/x')" here
end_all
until_true no_loops

if truncate -s 64M "$work/disk" && mkfs.ext4 -q -F -O quota,project -E quotatype=prjquota "$work/disk" 2>/dev/null &&
	mount -o loop,prjquota "$work/disk" $states; then
	chmod 700 $states
	if (all) >"$work/quota" 2>&1 && ! grep -q '^not ok' "$work/quota" && [[ $(grep -c '^ok' "$work/quota") == 16 ]]; then
		ktap_check "all of it holds with quotas" true
	else
		sed 's/^/# /' "$work/quota"
		ktap_check "all of it holds with quotas" false
	fi
	ktap_check "which need no image" eval "[[ -d $states/keeper ]] && ! ls $states/*.ext4"
	kill "$agent" && wait "$agent"
	umount $states
	gw_agent
	ktap_check "a directory is not taken for one that is bounded when it is not" has "$(mkdir $states/third; define third 4M; inside third true)" "project quotas, which its file system does not have"
else
	for what in "all of it holds with quotas" "which need no image" "a directory is not taken for one that is bounded when it is not"; do
		ktap_skip "$what" "this kernel has no quotas for projects"
	done
fi
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A file that is data follows its name: when another file has it, the next call gets that.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 9
gw_start 256M 2
chmod 711 "$work"
mkdir "$work/v1" "$work/v2" "$work/folder"
echo one >"$work/file"
echo one >"$work/v1/linked" && echo two >"$work/v2/linked"
ln -s v1 "$work/current"
gw_task reader <<T
[task]
kind = exec
command = /bin/bash
retries = 0
[environment]
usr = yes
data = $work/file /data/file ro
data = $work/current/linked /data/linked ro
data = $work/folder /data/folder ro
T
inside() { sluice call reader --data "$1" 2>&1; } # SCRIPT
env_now() { field id env show; }
another() { [[ $(env_now) != "$env" ]]; }
is() { [[ $(inside "$1") == "$2" ]]; } # SCRIPT TEXT
ktap_check "data is there" same "$(inside 'cat /data/file /data/linked' | tr '\n' ' ')" "one one "
env=$(env_now)
echo more >>"$work/file"
ktap_check "what is written into a file is seen" same "$(inside 'tail -n 1 /data/file')" more
echo x >"$work/another" && mv "$work/another" "$work/unrelated" && echo x >"$work/folder/new"
ktap_check "what happens beside it changes nothing" same "$(inside 'cat /data/folder/new'; env_now)" "x
$env"
sed -i 's/one/two/' "$work/file"
ktap_check "a file that takes its name" until_true is 'head -n 1 /data/file' two
env=$(env_now)
ln -s v2 "$work/.current" && mv -T "$work/.current" "$work/current"
ktap_check "a link on the way that leads elsewhere" until_true is 'cat /data/linked' two
rm "$work/file"
ktap_check "one that goes is kept until another comes" same "$(inside 'head -n 1 /data/file')" two
echo three >"$work/file"
ktap_check "which is the next call's" until_true is 'head -n 1 /data/file' three
env=$(env_now)
kill -KILL "$agent" && wait "$agent" 2>/dev/null
echo four >"$work/new" && mv "$work/new" "$work/file"
gw_agent
ktap_check "also when no agent saw it" until_true is 'cat /data/file' four
inotify() { grep -c '^inotify wd' /proc/"$agent"/fdinfo/* | awk -F: '{ n += $2 } END { print n + 0 }'; }
before=$(inotify)
sluice env del "$(env_now)"
until_true envs_are 0
fewer() { (($(inotify) < before)); }
ktap_check "nothing is watched when no environment has it" until_true fewer
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A file that is data follows its name: when another file has it, the next call gets that.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 17
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
leads_on() { # FOLDER: it is watched
	local ino
	printf -v ino ' ino:%x ' "$(stat -c %i "$1")"
	grep -q "$ino" /proc/"$agent"/fdinfo/*
}
rm "$work/file"
# Looked at meanwhile, for another reason: that it is not there is no reason to wait for it no more.
mkdir "$work/v3" && ln "$work/v2/linked" "$work/v3/linked"
ln -s v3 "$work/.current" && mv -T "$work/.current" "$work/current"
until_true leads_on "$work/v3"
ktap_check "one that goes is kept until another comes" same "$(inside 'head -n 1 /data/file')" two
echo three >"$work/file"
ktap_check "which is the next call's" until_true is 'head -n 1 /data/file' three
env=$(env_now)
kill -KILL "$agent" && wait "$agent" 2>/dev/null
echo four >"$work/new" && mv "$work/new" "$work/file"
gw_agent
ktap_check "also when no agent saw it" until_true is 'cat /data/file' four
# Whoever may write where links are can exchange them for ever: nothing of that is watched for longer than it leads on.
mkdir "$work/ways"
echo five >"$work/end"
links=37
way() { # NAME FOLDER: a name that is that many links to the same file, each in a folder of its own
	local i dir=$work/ways/$2
	mkdir "$dir"
	eval "mkdir '$dir'/{0..$links}"
	for ((i = 0; i < links; i++)); do ln -s "../$((i + 1))/on" "$dir/$i/on"; done
	ln "$work/end" "$dir/$links/on"
	ln -s "$2/0/on" "$work/ways/.new" && mv -T "$work/ways/.new" "$work/ways/$1"
}
inotify() { grep -c '^inotify wd' /proc/"$agent"/fdinfo/* | awk -F: '{ n += $2 } END { print n + 0 }'; }
way one first
wanderer() {
	gw_task wanderer <<-T
	[task]
	kind = exec
	command = /bin/bash
	retries = 0
	[environment]
	usr = yes
	data = $work/ways/one /data/end ro
	T
}
wanderer
wander() { sluice call wanderer --data "$1" 2>&1; } # SCRIPT
env_of() { sluice -j env show | jq -r ".[] | select(.task == \"$1\" and .state != \"retiring\").id"; } # TASK
ktap_check "a name of many links" eval 'same "$(wander "cat /data/end")" five && until_true leads_on "$work/ways/first/$links"'
env=$(env_of wanderer)
most=$(inotify)
follows() { local i; for ((i = 1; i <= 6; i++)); do way one "next$i" && until_true leads_on "$work/ways/next$i/$links" || return; done; }
ktap_check "each of them exchanged again and again" follows
no_more() { (($(inotify) <= most)); }
ktap_check "what it was is watched no more" until_true no_more
ktap_check "all that in one environment" same "$(wander 'cat /data/end' && env_of wanderer)" "five
$env"
echo six >"$work/end.new" && mv "$work/end.new" "$work/ways/next6/$links/on"
ends() { [[ $(wander 'cat /data/end') == six ]]; }
ktap_check "the last of them leads to another file" until_true ends
sluice task del wanderer
lines=
for ((i = 1; i <= 4; i++)); do
	way "maze$i" "m$i"
	lines+="data = $work/ways/maze$i /data/$i ro"$'\n'
done
gw_task maze <<T
[task]
kind = exec
command = /bin/bash
retries = 0
[environment]
usr = yes
$lines
T
in_maze() { sluice call maze --data 'cat /data/4' 2>&1; }
first=$(in_maze && env_of maze)
other() { [[ $(in_maze && env_of maze) == five* && $(env_of maze) != "${first#*$'\n'}" ]]; }
ktap_check "who has more links than are watched gets another environment each time" eval \
	'until_true other && same "$(grep -c "maze: .* more than 128 folders" "$work/log")" 1'
sluice task del maze
until_true envs_are 1

# Who looks and is ended may have watched what he has told nobody.
kill -KILL "$agent" && wait "$agent" 2>/dev/null
strace -D -f -qq -o /dev/null -e trace=inotify_add_watch -e inject=inotify_add_watch:delay_exit=500000 sluiced >>"$work/log" 2>&1 &
agent=$!
until_true agent_here
wanderer
wander true
looks() { leads_on "$work/ways/next6/1"; }
until_true looks
sluice env del "$(env_of wanderer)"
until_true envs_are 1
stat -c %i "$work"/ways/next6/* | xargs printf ' ino:%x \n' >"$work/inodes"
unwatched() { ! grep -qF -f "$work/inodes" /proc/"$agent"/fdinfo/*; }
ktap_check "with an environment whose links are looked at all of that goes" until_true unwatched
kill -KILL "$agent" && wait "$agent" 2>/dev/null
gw_agent
ktap_check "another agent watches what it finds" until_true leads_on "$work/v3"
sluice task del wanderer
before=$(inotify)
sluice env del "$(env_of reader)"
until_true envs_are 0
fewer() { (($(inotify) < before)); }
ktap_check "nothing is watched when no environment has it" until_true fewer
ktap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Secrets of tasks: files that only their own environment has, and a new value for the next call.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 20
secrets=/etc/sluice/secrets
trap 'umount $secrets 2>/dev/null; rm -rf $secrets; gw_cleanup' EXIT
mkdir -p -m 700 $secrets "$work/credentials"
keep() { (umask 077 && printf '%s' "$2" >"$secrets/.new" && mv "$secrets/.new" "$secrets/$1"); } # NAME VALUE
keep password first-value-of-it
keep other nobody-asked-for-it
export CREDENTIALS_DIRECTORY=$work/credentials
(umask 077 && echo from-systemd >"$work/credentials/key")
gw_start 256M 2
gw_task reader <<'T'
[task]
kind = exec
command = /bin/bash
retries = 0
[environment]
secret = password
secret = key
usr = yes
T
inside() { sluice call reader --data "$1" 2>&1; } # SCRIPT
ktap_check "a program reads its secrets" same "$(inside 'cat /run/secrets/password /run/secrets/key')" "first-value-of-itfrom-systemd"
ktap_check "and no other" same "$(inside 'ls /run/secrets' | tr '\n' ' ')" "key password "
ktap_check "for its user alone" same "$(inside 'stat -c "%a %u" /run/secrets/password')" "400 1000"
ktap_check "nor can it change them" has "$(inside 'rm -f /run/secrets/password; echo x >/run/secrets/x')" "Read-only"
ktap_check "they are in memory that is not swapped" same "$(inside 'stat -fc %T /run/secrets')" ramfs
env=$(field id env show)
pid=$(field pid env show)
anywhere() { # VALUE: in what others can see of it
	cat "/proc/$pid/environ" "/proc/$pid/cmdline" "/proc/$agent/environ" "$work/log" | grep -aq "$1" && return
	sluice -j task show reader | grep -q "$1" && return
	dmesg | grep -q "$1"
}
ktap_check "in no variable, argument or log" eval '! anywhere first-value && ! anywhere from-systemd'
nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
ktap_check "nor for others of the gateway to read" eval '! nobody cat "/proc/$pid/root/run/secrets/password"'
ktap_check "the environment stays" same "$(inside 'echo again'; field id env show)" "again
$env"
keep password second-value
other_env() { [[ $(field id env show) != "$env" ]]; }
until_true other_env
ktap_check "a new value is there for the next call" same "$(inside 'cat /run/secrets/password')" second-value
env=$(field id env show)
printf third-value >$secrets/password
until_true other_env
ktap_check "also when it was written in place" same "$(inside 'cat /run/secrets/password')" third-value
env=$(field id env show)
kill -KILL "$agent" && wait "$agent" 2>/dev/null
keep password fourth-value
gw_agent
until_true other_env
ktap_check "or while no agent ran" same "$(inside 'cat /run/secrets/password')" fourth-value

env=$(field id env show)
chmod 644 $secrets/password
touch $secrets/password
sluice env del "$env"
ktap_check "one that others may read is none" has "$(inside true)" "secret password: Operation not permitted"
rm $secrets/password
ktap_check "one that is not there is said by its name" has "$(inside true)" "secret password: No such file"
keep password fifth-value
ktap_check "until it is" same "$(inside 'cat /run/secrets/password')" fifth-value
sluice env del "$(field id env show)"
until_true envs_are 0
exec 7>$secrets/password && printf sixth- >&7
call=$(sluice call reader --async --data 'cat /run/secrets/password')
until_true call_is "$call" starting
sleep 1
printf value >&7 && exec 7>&-
ktap_check "none is had while it is written" same "$(sluice call reap "$call")" sixth-value
# The agent hears of both at the same time: it is written, and the environment that has it is made.
just_then() {
	local call secret
	for secret in seventh-value eighth-value ninth-value; do
		sluice env del "$(field id env show)" 2>/dev/null
		until_true envs_are 0 || return
		exec 7>$secrets/password
		call=$(sluice call reader --async --data 'cat /run/secrets/password; sleep 2')
		until_true call_is "$call" starting && sleep 1 || return
		kill -STOP "$agent"
		printf %s "$secret" >&7 && exec 7>&- && sleep 0.5
		kill -CONT "$agent"
		same "$(sluice call reap "$call")" "$secret" || return
	done
}
ktap_check "one that is written just then is had" just_then

# Values that nobody has ever seen, on no disk, changed again and again while they are read.
mount -t tmpfs -o mode=700 secrets $secrets
# What is mounted over a folder is not seen by who watches it: the environment has the value of before, if it is still
# there.
sluice env del "$(field id env show)" 2>/dev/null
until_true envs_are 0
values=$secrets/.values read=$secrets/.read
rotate() {
	local value
	value=$(head -c 15 /dev/urandom | base64)
	echo "$value" >>$values
	(umask 077 && echo "$value" >$secrets/.new && mv $secrets/.new $secrets/password)
}
echo other >$secrets/key && chmod 600 $secrets/key
rotate
{
	for _ in {1..12}; do sluice call reader --data 'cat /run/secrets/password' 2>&1; done
	touch $secrets/.done
} >>$read &
while [[ ! -e $secrets/.done ]]; do rotate && sleep 3; done
wait $!
ktap_check "each call has one that there was" eval '[[ $(wc -l <$read) == 12 ]] && ! grep -vxFf $values $read'
ktap_check "of which there were several" eval '(($(sort -u $read | wc -l) > 1))'
sync
disk=$(findmnt -nvo SOURCE /)
ktap_check "none is on the disk" eval '[[ -b $disk ]] && ! grep -qaFf $values "$disk"'
seen=$(for each in /proc/[0-9]*; do cat "$each/environ" "$each/cmdline" 2>/dev/null; done | grep -acFf $values)
ktap_check "nor in variables or arguments of anybody" same "$seen" 0
umount $secrets
ktap_end

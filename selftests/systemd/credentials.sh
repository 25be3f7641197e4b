#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Secrets that systemd gives the agent as credentials, plain and encrypted ones.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 5
dropin=/run/systemd/system/sluiced.service.d
trap 'rm -rf $dropin; systemctl daemon-reload; systemctl stop sluiced sluice-environments; gw_cleanup' EXIT
systemctl stop sluiced sluice-environments 2>/dev/null
rm -rf /etc/sluice/tasks && mkdir -p /etc/sluice/tasks $dropin
(umask 077 && echo open-sesame >"$work/plain" && echo abracadabra >"$work/word")
ktap_check "one is encrypted" systemd-creds encrypt --with-key=host --name=hidden "$work/word" "$work/hidden"
printf '[Service]\nLoadCredential=plain:%s\nLoadCredentialEncrypted=hidden:%s\n' "$work/plain" "$work/hidden" >$dropin/secrets.conf
systemctl daemon-reload
sluice budget set memory 256M
systemctl start sluiced
gw_task reader <<'T'
[task]
kind = exec
command = /bin/cat /run/secrets/plain /run/secrets/hidden
retries = 0
[environment]
secret = plain
secret = hidden
T
ktap_check "a task has both" same "$(sluice call reader 2>&1)" "open-sesame
abracadabra"
held=/run/credentials/sluiced.service
theirs() { [[ -s $held/plain ]] && ! setpriv --reuid 65534 --regid 65534 --clear-groups cat $held/plain 2>/dev/null; }
ktap_check "others have none" theirs
echo changed >"$work/plain"
systemctl restart sluiced
changed() { [[ $(sluice call reader 2>&1 | head -n 1) == changed ]]; }
ktap_check "and their new values when the agent has them" until_true changed
ktap_check "which are not in the journal" eval '! journalctl -q | grep -q "open-sesame\|abracadabra"'
ktap_end

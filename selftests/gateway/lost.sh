#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the module tells its agent and the agent never hears holds up a call, but not for ever; and what becomes known
# in one breath is not done twice.
. "$(dirname "$0")/../lib/gateway.sh"

ktap_plan 8
gw_start 256M 2
text() { printf '[task]\nkind = exec\ncommand = /bin/echo %s\ntimeout = 1h\nstart-timeout = 1h\nidle = 1h\n[environment]\nusr = yes\n' "$1"; }
text here | gw_task say
# It listens from the first environment on.
sluice call say >/dev/null
sluice env del "$(field id env show)"
until_true envs_are 0
call=$(kill -STOP "$agent" && sluice call say --async)
until_true call_is "$call" starting
ktap_check "that an environment is wanted is not heard" eval '(($(../inside/steal "$agent") > 0))'
kill -CONT "$agent"
ktap_check "the agent finds it by itself" until_true call_is "$call" done

env=$(field id env show)
cgroup=/sys/fs/cgroup/sluice/env-$env
kill -STOP "$agent"
sluice env del "$env"
until_true envs_are 0
ktap_check "that one has gone is not heard" eval '(($(../inside/steal "$agent") > 0))'
kill -CONT "$agent"
ktap_check "nor does it stay" until_true test ! -e "$cgroup"

# Both wait for the agent: that its file is another, and that an environment is wanted.
kill -STOP "$agent"
call=$(sluice call say --async)
until_true call_is "$call" starting
text new >/etc/sluice/tasks/.new && mv /etc/sluice/tasks/.new /etc/sluice/tasks/say.task
kill -CONT "$agent"
until_true call_is "$call" done
ktap_check "an environment is made of the new file" same "$(sluice call reap "$call")" new
env=$(field id env show)
sluice call say >/dev/null
ktap_check "and takes more than one call" same "$(field id env show)" "$env"

gw_task long <<'T'
[task]
kind = exec
command = /bin/sh -c "trap 'touch /tmp/asked' TERM; touch /tmp/runs; while :; do sleep 0.1; done"
grace = 1h
T
call=$(sluice call long --async)
until_true call_is "$call" running
env=$(call_field "$call" env)
until_true test -e "/proc/$(field pid env show "$env")/root/tmp/runs"
sluice call cancel "$call"
state() { field state env show "$env"; }
retiring() { [[ $(state) == retiring ]]; }
until_true retiring
kill -KILL "$agent" && wait "$agent" 2>/dev/null
gw_agent
sluice call say >/dev/null
ktap_check "an agent that comes while a program has time to end leaves it that" same "$(state)" retiring
kill -KILL "$(field pid env show "$env")"
ktap_check "and cleans up after it" until_true test ! -e "/sys/fs/cgroup/sluice/env-$env"
ktap_end

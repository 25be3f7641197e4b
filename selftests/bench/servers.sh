# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The peers that pass messages: each server runs only while it is measured, as its package has it, but on a socket of
# the box alone and with nothing kept on disk.

servers_config() { # the bus of this benchmark
	cat <<-END
		<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
		 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
		<busconfig>
		  <type>session</type>
		  <listen>unix:path=$work/dbus</listen>
		  <auth>EXTERNAL</auth>
		  <policy context="default">
		    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
		  </policy>
		</busconfig>
	END
}

servers_start() { # NAME
	case $1 in
	dbus) servers_config >"$work/dbus.conf" && exec dbus-daemon --nofork --nopidfile --config-file="$work/dbus.conf" ;;
	redis) exec redis-server --port 0 --unixsocket "$work/redis" --save '' --appendonly no ;;
	mosquitto)
		printf 'listener 0 %s\nallow_anonymous true\npersistence false\nuser root\n' "$work/mosquitto" >"$work/mosquitto.conf"
		exec mosquitto -c "$work/mosquitto.conf"
		;;
	beanstalkd) exec beanstalkd -l "unix:$work/beanstalkd" ;;
	esac >"$work/server" 2>&1
}

servers_one() { # NAME SUFFIX
	local status=0 looks server
	rm -f "${work:?}/$1"
	servers_start "$1" &
	server=$!
	for ((looks = 0; looks < 100; looks++)); do
		[[ ! -S $work/$1 ]] || break
		sleep 0.1
	done
	sleep 0.2
	timeout 300 "peers/$1" "call-$1$2" "$work/$1" || { status=1 && cat "$work/server" >&2; }
	kill $server
	wait $server
	return $status
}

servers_measure() { # SUFFIX
	local name
	for name in dbus redis mosquitto beanstalkd; do
		measure "call-$name$1" servers_one "$name" "$1"
	done
}

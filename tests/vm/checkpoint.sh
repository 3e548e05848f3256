# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # variables of lib.sh
# checkpoint.sh - sourced behind lib.sh by the tests of checkpoint and restore. These run in a virtual machine only: on other
# hosts criu may touch what belongs to others

# criu looks at its own network namespace for what the kernel can do
ip link set lo up

# shell FILTER SCRIPT - a container with this program, created and started
shell() {
	create "($1) | .process.args = [ \"/bin/sh\", \"-c\", $(jq -Rs . <<<"$2") ]"
	start
	LOG=$B/rootfs/tmp/log IMG=$B/img
	init_pid
}

# counts FILTER - one that writes n1. n2. ... to /tmp/log
counts() {
	shell "$1" 'i=0; while :; do i=$((i + 1)); echo n$i. >>/tmp/log; sleep 0.1; done'
	"$AID" wait-text "$LOG" n3.
}

last() { REPLY=$(tail -n 1 "$LOG" | tr -dc 0-9); }

# goes_on DESCRIPTION - the counter does, from where it was
goes_on() {
	last
	ok "$1: it goes on" "$AID" wait-text "$LOG" "n$((REPLY + 3))."
	cp "$LOG" "$LOG.copy"
	is "$(sort -u "$LOG.copy" | wc -l)" "$(wc -l <"$LOG.copy")" "$1: from where it was"
}

checkpoint() { cl checkpoint --image-path "$IMG" "$@" "$ID"; }

# restore [OPTION...] - detached; the program has $B/out2 and $B/err2 then
restore() {
	execute "$B/out2" "$B/err2" ${PREFIX[@]+"${PREFIX[@]}"} "$CRUN_LITE" --root "$STATE" restore --image-path "$IMG" -b "$B" --detach "$@" "$ID"
}

# refuses REGEX DESCRIPTION - the last command failed like this, and the container goes on
refuses() {
	like "$rc:$err" "^1:.*$1" "$2"
	status_is running "$2: the container goes on"
}

# shellcheck disable=SC2317 # for spin
{
listens_in() { grep -q ":$2 0*:0000 0A" "/proc/$1/net/tcp" "/proc/$1/net/tcp6"; }
listens() { grep -q "$1" /proc/net/tcp /proc/net/tcp6; }
runs() { [ -e "$STATE/$ID/state.json" ] && state .status && [ "$REPLY" = running ]; }
has_own_net() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
}

# inside COMMAND... - what a shell in the container says
inside() { cl exec "$ID" /bin/sh -c "$1"; }

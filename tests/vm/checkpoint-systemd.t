#!/bin/bash
# checkpoint-systemd.t - checkpoint and restore of a container in a scope of systemd
VIEW=host
. "${0%/*}/../cli/lib.sh"
# the short way to the service manager is closed to other pid namespaces
export SYSTEMCTL_FORCE_BUS=1
ip link set lo up

t "a scope"
new_id
conf 'del(.linux.cgroupsPath) | .linux.resources = { memory: { limit: 67108864 }, pids: { limit: 20 } }
	| .process.args = [ "/bin/sh", "-c", "i=0; while :; do i=$((i + 1)); echo n$i. >>/tmp/log; sleep 0.1; done" ]'
cl --systemd-cgroup create -b "$B" "$ID"
start
LOG=$B/rootfs/tmp/log SCOPE=crun-lite-$ID.scope
CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
"$AID" wait-text "$LOG" n3.
cl checkpoint --image-path "$B/img" "$ID"
is "$rc:$err" "0:" "checkpoint"
is "$(systemctl list-units --all --plain --no-legend "$SCOPE")" "" "no unit is left"
LAST=$(tail -n 1 "$LOG" | tr -dc 0-9)
execute "$B/out2" "$B/err2" "$CRUN_LITE" --root "$STATE" --systemd-cgroup restore -b "$B" --image-path "$B/img" --detach "$ID"
is "$rc:$err" "0:" "restore"
"$AID" wait-text "$LOG" "n$((LAST + 3))."
status_is running "restore"
init_pid
is "$(systemctl show -p ActiveState --value "$SCOPE")" active "there is a scope again"
is "$(sort -n "$CGROUP/cgroup.procs" | head -n 1)" "$PID" "the processes are in it, and nothing else"
is "$(cat "$CGROUP/memory.max" "$CGROUP/pids.max")" $'67108864\n20' "its limits are back"
cl delete --force "$ID"
is "$(systemctl list-units --all --plain --no-legend "$SCOPE")" "" "no unit is left after delete"
finish

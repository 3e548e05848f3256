#!/bin/bash
# selinux-checkpoint.t - checkpoint and restore where SELinux is on. Its policy for Debian does not let criu work, so it is permissive here;
# and Debian's criu is built without support for labels of processes, so that is an error, and not a container without confinement
. "${0%/*}/../cli/lib.sh"
. "$top/tests/vm/checkpoint.sh"

setenforce 0
process=system_u:system_r:container_t:s0
file=system_u:object_r:container_file_t:s0

t "the label of a process"
counts ".process.selinuxLabel = \"$process:c1,c2\""
checkpoint
refuses "criu has not written SELinux label \"$process:c1,c2\" to the images" "it would be lost: the container is not given up"
goes_on "a checkpoint that is refused"
checkpoint --leave-running
refuses "criu has not written SELinux label" "also with --leave-running"

t "the label of mounts"
counts ".linux.mountLabel = \"$file:c1,c2\" | mnt(\"/scratch\"; \"tmpfs\"; [])"
context() {
	CONTEXT=$rc:$err:
	init_pid
	CONTEXT+=$(sed -n 's/.* \/scratch .*context="\([^"]*\)".*/\1/p' "/proc/$PID/mountinfo")
}
checkpoint
is "$rc:$err" "0:" "checkpoint"
restore
context
is "$CONTEXT" "0::$file:c1,c2" "restore: the mount has the same"
checkpoint
is "$rc:$err" "0:" "checkpoint of what has been restored"
restore --lsm-mount-context "$file:c3,c4"
context
is "$CONTEXT" "0::$file:c3,c4" "--lsm-mount-context: another one"
goes_on "--lsm-mount-context"

t "images without a label"
counts .
checkpoint
is "$rc:$err" "0:" "checkpoint"
jq --arg label "$process:c1,c2" '.process.selinuxLabel = $label' "$B/config.json" >"$B/c" && mv "$B/c" "$B/config.json"
restore
fails "criu has restored the container with our label, \"unconfined_u:[^\"]*\", instead of \"$process:c1,c2\"" "restore: what came back without it is gone"
restore --lsm-profile "selinux:$process:none"
fails "--lsm-profile \"selinux:$process:none\": .*the policy that is loaded has no such label" "a label that there is not"
restore --lsm-profile apparmor:x
fails '--lsm-profile "apparmor:x": AppArmor is not active on this host' "a profile of another module"
finish

#!/bin/bash
# checkpoint-options.t - what options of checkpoint and restore do: default places, terminals of the caller, deleted files, cgroups, labels of
# AppArmor; and what a process is after a restore
. "${0%/*}/../cli/lib.sh"
. "$top/tests/vm/checkpoint.sh"

t "the places by default"
counts .
cd "$B" || exit 1
cl checkpoint "$ID"
is "$rc:$err" "0:" "checkpoint"
ok "the images are in ./checkpoint" test -e "$B/checkpoint/inventory.img"
execute "$B/out2" "$B/err2" "$CRUN_LITE" --root "$STATE" restore -d --work-path=work "$ID"
is "$rc:$err" "0:" "restore"
ok "--work-path has the log" test -e "$B/work/restore.log"
nok "the images have not" test -e "$B/checkpoint/restore.log"
cd "$W" || exit 1
goes_on "restore"

t "a terminal, in the foreground"
job "$AID" console "$W/console"
job_said ready
RUN=(--console-socket "$W/console")
create '.process.terminal = true | .process.args = [ "/bin/sh", "-c", "while ! read -t 1 a; do echo waiting; done; busybox stty size; echo got $a; exit 5" ]'
RUN=()
start
job_said waiting
IMG=$B/img
checkpoint
is "$rc:$err" "0:" "checkpoint"
job "$AID" pty $'typed\n' "$CRUN_LITE" --root "$STATE" restore --image-path "$IMG" -b "$B" "$ID"
job_ended
like "$rc:$out" "^5:.*33 44.*got typed" "restore: it is relayed to the caller's, with that one's size"
nok "the container is deleted at its end" test -e "$STATE/$ID"
rm "$W/console"

t "--shell-job"
new_id
conf '.process.args = [ "/bin/sh", "-c", "i=0; while :; do i=$((i + 1)); echo n$i. >>/tmp/log; if read -t 0.1 a; then echo got $a; else echo waiting; fi; done" ]'
LOG=$B/rootfs/tmp/log IMG=$B/img
job "$AID" pty "" "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
job_said waiting
"$AID" wait-text "$LOG" n3.
checkpoint
refuses "criu: " "a terminal of the caller's, without: the reason is criu's"
checkpoint --shell-job
is "$rc:$err" "0:" "checkpoint"
job_ended
restore --shell-job
fails "descriptor 0 was a terminal at the checkpoint, and must be one for a restore" "restore without a terminal"
job "$AID" pty $'typed\n' "$CRUN_LITE" --root "$STATE" restore --shell-job --image-path "$IMG" -b "$B" "$ID"
ok "restore: another terminal takes its place" job_said "got typed"
goes_on "restore"

t "--link-remap"
shell . 'exec 5>/tmp/f; ln /tmp/f /tmp/g; rm /tmp/f; i=0; while :; do i=$((i + 1)); echo n$i. >>/tmp/log; echo n$i. >&5; sleep 0.1; done'
"$AID" wait-text "$LOG" n3.
checkpoint
refuses "criu: .*link" "without: the reason is criu's"
checkpoint --link-remap
is "$rc:$err" "0:" "checkpoint"
restore
is "$rc:$err" "0:" "restore"
last
LOG=$B/rootfs/tmp/g
goes_on "the file that has been deleted"
is "$(echo "$B"/rootfs/tmp/link_remap*)" "" "criu has taken its links away"

# cgroups MODE [COMMAND] - a container with a cgroup inside its own, and a setting in both; COMMAND between checkpoint and restore
cgroups() {
	t "--manage-cgroups-mode $1"
	counts '(.mounts[] | select(.destination == "/sys/fs/cgroup").options) -= [ "ro" ]'
	echo 7 >"$CG/$ID/cgroup.max.depth"
	inside 'mkdir /sys/fs/cgroup/sub && echo 5 >/sys/fs/cgroup/sub/cgroup.max.depth'
	checkpoint --manage-cgroups-mode "$1"
	is "$rc:$err" "0:" "checkpoint"
	[ $# = 1 ] || eval "$2"
	restore "--manage-cgroups-mode=$1"
}

# settings OUTER INNER DESCRIPTION - these are back; the processes are where they belong
settings() {
	is "$rc:$err" "0:" "restore"
	is "$(cat "$CG/$ID/cgroup.max.depth" "$CG/$ID/sub/cgroup.max.depth" 2>/dev/null | tr '\n' ' ')" "$1 $2" "$3"
	init_pid
	is "$(sort -n "$CG/$ID/cgroup.procs" | head -n 1)" "$PID" "the processes are in the container's cgroup"
	goes_on "restore"
}

cgroups soft
settings max "5 " "soft: what is in the container's cgroup, and not its settings"
cgroups full
settings 7 "5 " "full: both"
# shellcheck disable=SC2016 # for eval
cgroups strict 'mkdir "$CG/$ID"'
fails "--manage-cgroups-mode strict: cgroup \"/$ID\" is there already" "strict: not into a cgroup of others"
rmdir "$CG/$ID"
restore --manage-cgroups-mode strict
settings 7 "5 " "strict: both, into a new one"
cgroups ignore
settings max "" "ignore: neither"

t "what a process is"
counts '.process.user = { uid: 1000, gid: 1000, additionalGids: [ 7 ] } | .process.rlimits = [ { type: "RLIMIT_NOFILE", soft: 100, hard: 200 } ]
	| .process.oomScoreAdj = 321 | .linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "chmod" ], action: "SCMP_ACT_ERRNO" } ] }'
# process - all of that, in one text
process() {
	grep -E '^(Seccomp|Uid|Gid|Groups|NoNew|Cap)' "/proc/$PID/status"
	grep files "/proc/$PID/limits"
	cat "/proc/$PID/oom_score_adj"
}
before=$(process)
checkpoint
is "$rc:$err" "0:" "checkpoint"
restore
is "$rc:$err" "0:" "restore"
init_pid
is "$(process)" "$before" "ids, capabilities, limits, OOM score and seccomp filter are back"
goes_on "restore"

t "AppArmor"
for n in clt-one clt-two; do
	echo "profile $n flags=(attach_disconnected,mediate_deleted) { file, capability, network, mount, remount, umount, pivot_root, ptrace, signal, }"
done | apparmor_parser --replace --skip-cache || fail "load profiles"
label() { init_pid && LABEL=$(<"/proc/$PID/attr/apparmor/current"); }
counts '.process.apparmorProfile = "clt-one"'
checkpoint
is "$rc:$err" "0:" "checkpoint"
restore
error=$rc:$err
label
is "$error:$LABEL" "0::clt-one (enforce)" "restore: under the same profile"
checkpoint
is "$rc:$err" "0:" "checkpoint of what has been restored"
restore --lsm-profile apparmor:clt-two
error=$rc:$err
label
is "$error:$LABEL" "0::clt-two (enforce)" "--lsm-profile: under another one"
goes_on "--lsm-profile"
checkpoint
is "$rc:$err" "0:" "and once more"
restore --lsm-profile apparmor:clt-none
fails '--lsm-profile "apparmor:clt-none": AppArmor profile "clt-none" is not loaded' "one that is not loaded"
restore --lsm-profile selinux:a:b:c:s0
fails '--lsm-profile "selinux:a:b:c:s0": SELinux is not active on this host' "a label of another module"
jq '.process.apparmorProfile = "clt-gone"' "$B/config.json" >"$B/c" && mv "$B/c" "$B/config.json"
restore
fails 'AppArmor profile "clt-gone" is not loaded' "that of config.json is not loaded"
finish

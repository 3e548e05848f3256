#!/bin/bash
# checkpoint.t - checkpoint and restore by criu; only in a virtual machine: on other hosts criu may touch what belongs to others
. "${0%/*}/../cli/lib.sh"
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

# goes_on DESCRIPTION - the counter, from where it was
goes_on() {
	last
	"$AID" wait-text "$LOG" "n$((REPLY + 3))."
	cp "$LOG" "$LOG.copy"
	is "$(sort -u "$LOG.copy" | wc -l)" "$(wc -l <"$LOG.copy")" "$1: the counter goes on"
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
listens() { grep -q "$1" /proc/net/tcp /proc/net/tcp6; }
runs() { [ -e "$STATE/$ID/state.json" ] && state .status && [ "$REPLY" = running ]; }
has_own_net() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
}

# inside COMMAND... - what a shell in the container says
inside() { cl exec "$ID" /bin/sh -c "$1"; }

t "a counter"
counts .
checkpoint
is "$rc:$err" "0:" "checkpoint"
nok "the container is gone" test -e "$STATE/$ID"
nok "its cgroup is gone" test -e "$CG/$ID"
ok "its process is gone" "$AID" wait-pid "$PID"
restore --pid-file "$B/pid" -no-subreaper --no-pivot
is "$rc:$err" "0:" "restore"
status_is running "restore"
init_pid
is "$(cat "$B/pid")" "$PID" "the pid file"
is "$(sort -n "$CG/$ID/cgroup.procs" | head -n 1)" "$PID" "it is in its cgroup"
goes_on "restore"
nok "no directory of criu is left" test -e "$STATE/$ID/criu-root"
inside 'echo in; cat /proc/self/cgroup'
is "$out" $'in\n0::/' "exec in a restored container"
checkpoint --leave-running --work-path "$B/some/work"
is "$rc:$err" "0:" "once more, and leave it running"
ok "the log is in the work directory, which is made" test -e "$B/some/work/dump.log"
status_is running "--leave-running"
goes_on "--leave-running"
cl kill "$ID" KILL
"$AID" wait-pid "$PID"
cl delete "$ID"
is "$rc:$err" "0:" "delete"

t "another id, another bundle, limits and devices"
counts '.linux.resources = { memory: { limit: 67108864 }, pids: { limit: 20 }, cpu: { shares: 512 } } | .hostname = "before"
	| .process.capabilities.bounding += [ "CAP_SYS_ADMIN" ] | .annotations = { "a.b": "c" }'
checkpoint
succeeds "checkpoint with limits"
cp -a "$B" "$B.copy"
LOG=$B.copy/rootfs/tmp/log
new_id
jq --arg id "$ID" '.linux.cgroupsPath = "/" + $id | .linux.resources.pids.limit = 30' "$B/config.json" >"$B.copy/config.json"
B=$B.copy
restore
is "$rc:$err" "0:" "restore as another container"
state '.bundle, .annotations["a.b"]'
is "$REPLY" "$B"$'\nc' "the state is the new one's"
goes_on "restore as another container"
is "$(cat "$CG/$ID/memory.max")" 67108864 "the limit of memory is back"
is "$(cat "$CG/$ID/pids.max")" 30 "a limit that has changed is the new one"
is "$(cat "$CG/$ID/cpu.weight")" 59 "so is the weight"
inside 'cat /proc/sys/kernel/hostname; mknod /tmp/kmsg c 1 11; cat /tmp/kmsg'
like "$out$err" "^before.*/tmp/kmsg.*Operation not permitted" "devices are denied as before, the host name is there"

t "standard descriptors, exit status"
shell . 'echo begin; echo begun >&2; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo end; echo ended >&2; exit 7'
said begin
checkpoint
succeeds "checkpoint"
is "$(jq -r '.[0][0:4], .[1][0:4], .[2][0:4]' "$IMG/descriptors.json" | tr '\n' ' ')" "file file file " "descriptors.json names what leads out"
# criu wants files of the size that it has seen
job sh -c 'exec "$0" "$@" >>'"$B/out 2>>$B/err" "$CRUN_LITE" --root "$STATE" restore --image-path "$IMG" --bundle "$B" "$ID"
spin runs
touch "$B/rootfs/tmp/go"
job_ended
is "$rc:$(cat "$B/out" "$B/err" | tr '\n' ' ')" "7:begin end begun ended " "restore in the foreground: the output and the exit status are those of the program"
nok "the container is deleted at its end" test -e "$STATE/$ID"

t "hooks"
mkdir "$B/hooks"
printf '#!/bin/sh\necho $1 $(jq -r .status) $(readlink /proc/self/ns/mnt) >>%s/hooks/log\n' "$B" >"$B/hooks/say"
chmod 755 "$B/hooks/say"
counts '.hooks = ([ "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop" ] | map({ (.):
	[ { path: ($b + "/hooks/say"), args: [ "say", . ] } ] }) | add | del(.createContainer, .startContainer))'
checkpoint
succeeds "checkpoint"
like "$(tail -n 1 "$B/hooks/log")" "^poststop stopped" "a checkpoint ends with the poststop hooks"
: >"$B/hooks/log"
restore
succeeds "restore"
mnt=$(readlink /proc/self/ns/mnt)
is "$(cat "$B/hooks/log")" "prestart created $mnt"$'\n'"createRuntime creating $mnt" "restore runs the hooks that set up namespaces, outside"

t "a pre-dump"
counts .
IMG=$B/pre
checkpoint --pre-dump
is "$rc:$err" "0:" "--pre-dump"
status_is running "--pre-dump"
goes_on "--pre-dump"
IMG=$B/img
checkpoint --parent-path ../pre
is "$rc:$err" "0:" "--parent-path"
is "$(readlink "$IMG/parent")" "../pre" "the images have a parent"
restore
is "$rc:$err" "0:" "restore"
goes_on "restore"

t "mounts"
mkdir -p "$B/data/deep" "$B/rootfs/run" "$B/rootfs/var"
ln -s ../run "$B/rootfs/var/run"
echo one >"$B/data/file"
counts 'bind("/data"; $b + "/data"; ["ro", "rbind", "rprivate"]) | bind("/data/deep"; $b + "/rootfs/etc"; []) | bind("/var/run/file"; $b + "/data/file"; [])
	| mnt("/scratch"; "tmpfs"; ["size=1m"])'
inside 'echo kept >/scratch/it'
checkpoint
is "$rc:$err" "0:" "checkpoint with bind mounts"
rm -r "$B/rootfs/data" "$B/rootfs/scratch" "$B/rootfs/run/file"
echo two >"$B/data/file"
restore
is "$rc:$err" "0:" "restore, the mount points are made"
goes_on "restore"
inside 'cat /data/file /run/file /scratch/it; ls /data/deep; touch /data/x 2>&1; echo x 2>&1 >/proc/sys/kernel/hostname; stat -c %F /proc/kcore; ls /sys/firmware'
like "$out" "two"$'\n'"two"$'\n'"kept.*passwd.*Read-only.*Read-only.*character special file"$'\n'"?$" "binds of the host, tmpfs, read-only and masked paths"

t "a network namespace by its path"
job unshare -n sleep 1000
spin has_own_net "$JOB"
net=/proc/$JOB/ns/net
counts "nons(\"network\") | .linux.namespaces += [ { type: \"network\", path: \"$net\" } ]"
checkpoint
is "$rc:$err" "0:" "checkpoint"
restore
is "$rc:$err" "0:" "restore"
init_pid
is "$(readlink "/proc/$PID/ns/net")" "$(readlink "$net")" "the container is in it again"
goes_on "restore"

t "TCP connections"
create . stream /tmp/log
start
init_pid
LOG=$B/rootfs/tmp/log IMG=$B/img
"$AID" wait-text "$LOG" n3.
checkpoint
refuses "criu cannot dump the container.*criu: .*tcp.*the log is \"$IMG/dump\.log\"" "without --tcp-established: the reason is criu's"
goes_on "a failed checkpoint"
checkpoint --tcp-established --network-lock nftables
is "$rc:$err" "0:" "--tcp-established"
restore --tcp-established --network-lock=nftables
is "$rc:$err" "0:" "restore"
goes_on "restore"

t "a configuration of criu"
: >"$W/criu.conf"
shell '.annotations = { "org.criu.config": ($w + "/criu.conf") }' 'exec 9>/tmp/lock; /bin/probe sys flock:9:2 >/dev/null
	i=0; while :; do i=$((i + 1)); echo n$i. >>/tmp/log; sleep 0.1; done'
"$AID" wait-text "$LOG" n3.
checkpoint
refuses "criu cannot dump the container.*criu: .*lock" "without --file-locks: the reason is criu's"
echo file-locks >"$W/criu.conf"
checkpoint
is "$rc:$err" "0:" "annotation org.criu.config"
restore --file-locks
is "$rc:$err" "0:" "--file-locks"
goes_on "restore"
inside 'exec 9>/tmp/lock; /bin/probe sys flock:9:6'
is "$out" "sys flock:9:6=EAGAIN" "the lock is held again"

t "a terminal"
job "$AID" console "$W/console"
job_said ready
RUN=(--console-socket "$W/console")
create '.process.terminal = true | .process.args = [ "/bin/sh", "-c", "echo one; read a; echo got $a; read a" ]'
RUN=()
start
job_said one
init_pid
IMG=$B/img
checkpoint
is "$rc:$err" "0:" "checkpoint"
restore
fails "needs --console-socket" "restore --detach needs a console socket"
rm "$W/console"
job "$AID" console "$W/console"
job_said ready
restore --console-socket "$W/console"
is "$rc:$err" "0:" "restore --console-socket"
job_said "message="
status_is running "the terminal has been sent"
init_pid
is "$(readlink "/proc/$PID/fd/0")" /dev/pts/0 "the program has it"

t "a paused container"
counts .
echo 1 >"$CG/$ID/cgroup.freeze"
spin grep -q "frozen 1" "$CG/$ID/cgroup.events"
checkpoint
is "$rc:$err" "0:" "checkpoint"
restore
is "$rc:$err" "0:" "restore"
status_is running "it runs after a restore"
goes_on "restore"

t "a user namespace"
# criu opens the standard descriptors again as root of that namespace, and wants files of the mode that it has seen
umask 0
counts 'userns'
checkpoint
is "$rc:$err" "0:" "checkpoint"
restore
is "$rc:$err" "0:" "restore"
goes_on "restore"
umask 022

t "--manage-cgroups-mode ignore"
counts .
checkpoint --manage-cgroups-mode ignore
is "$rc:$err" "0:" "checkpoint"
restore --manage-cgroups-mode ignore
is "$rc:$err" "0:" "restore"
init_pid
is "$(sort -n "$CG/$ID/cgroup.procs" | head -n 1)" "$PID" "the processes are in the container's cgroup all the same"
goes_on "restore"

t "a page server"
counts .
mkdir "$B/pages"
job criu page-server --images-dir "$B/pages" --port 12345
spin listens :3039
checkpoint --page-server 127.0.0.1:12345
is "$rc:$err" "0:" "--page-server"
job_ended
nok "the pages are elsewhere" test -e "$IMG/pages-1.img"
cp "$B"/pages/*.img "$IMG"
restore
is "$rc:$err" "0:" "restore"
goes_on "restore"

t "lazy pages"
counts .
mkfifo "$B/status"
job sh -c 'exec "$0" --root "$1" checkpoint --image-path "$2" --lazy-pages --page-server 0.0.0.0:12346 --status-fd 8 "$3" 8>"$4"' \
	"$CRUN_LITE" "$STATE" "$IMG" "$ID" "$B/status"
exec 7<"$B/status"
is "$(head -c 1 <&7 | od -An -tx1 | tr -d ' ')" 00 "--status-fd gets a 0 byte"
PAGES=$JOB
mkdir "$B/lazy"
job criu lazy-pages --page-server --address 127.0.0.1 --port 12346 --images-dir "$IMG" --work-dir "$B/lazy"
spin test -S "$B/lazy/lazy-pages.socket"
OLD=$ID
new_id
jq --arg id "$ID" '.linux.cgroupsPath = "/" + $id' "$B/config.json" >"$B/c" && mv "$B/c" "$B/config.json"
restore --lazy-pages --work-path "$B/lazy"
is "$rc:$err" "0:" "--lazy-pages"
goes_on "restore"
exec 7<&-
"$AID" wait-pid "$PAGES"
wait "$PAGES"
is "$?" 0 "the checkpoint ends when all memory is fetched"
nok "and its container is gone" test -e "$STATE/$OLD"

t "errors"
IMG=$B/img
cl checkpoint --image-path "$IMG" nope
like "$rc:$err" '1:.*container "nope" does not exist' "an unknown container"
create . pause
checkpoint
like "$rc:$err" "1:.*cannot checkpoint a container in the created state" "a created container"
cl kill "$ID" KILL
init_pid
"$AID" wait-pid "$PID"
checkpoint
like "$rc:$err" "1:.*container not running" "a stopped container"
nok "no directory has been made for any of them" test -e "$IMG"
counts .
checkpoint --parent-path /abs
refuses "--parent-path must be relative.*\"/abs\"" "an absolute parent"
checkpoint --parent-path ../none
refuses "--parent-path: find \"$IMG/\.\./none\": no such file" "a parent that is not there"
checkpoint --page-server 127.0.0.1
refuses "--page-server must be ADDRESS:PORT.*\"127\.0\.0\.1\"" "a page server without port"
checkpoint --page-server 127.0.0.1:0
refuses "--page-server must be" "a port that is none"
checkpoint --manage-cgroups-mode wrong
refuses "must be soft, full, strict or ignore, not \"wrong\"" "a mode that is none"
checkpoint --empty-ns uts
refuses "--empty-ns must be network, not \"uts\"" "a namespace that is not to be empty"
checkpoint --status-fd 77
refuses "--status-fd: use descriptor 77" "a descriptor that is not open"
cl --criu /nowhere/criu checkpoint --image-path "$IMG" "$ID"
refuses "--criu: run \"/nowhere/criu\": no such file" "a program that is not there"
lib=$(echo /usr/lib/*/libcriu.so.2)
mount --bind /dev/null "$lib"
checkpoint
refuses "libcriu.so.2.* cannot be loaded.*Debian: libcriu2 and criu" "without libcriu"
umount "$lib"
mount --bind /dev/null "$(command -v criu)"
checkpoint
refuses "the program \"criu\" is not in PATH.*Debian: criu" "without criu"
umount "$(command -v criu)"
touch "$B/file"
cl checkpoint --image-path "$B/file" "$ID"
refuses "--image-path: open directory \"$B/file\": not a directory" "a file in the place of the directory"
restore
like "$rc:$err" "1:.*container with id exists: \"$ID\"|1:.*no images of a checkpoint" "restore of a container that is there"
goes_on "all that failed"
new_id
conf . pause
IMG=$B/none
restore
fails "--image-path: open directory \"$IMG\": no such file" "images that are not there"
mkdir "$IMG"
restore
fails "directory \"$IMG\" has no images of a checkpoint" "an empty directory"
touch "$IMG/inventory.img"
restore
fails "read \"$IMG/descriptors.json\"" "images without descriptors.json"
echo '[]' >"$IMG/descriptors.json"
restore
fails "criu.*the log is \"$IMG/restore.log\"" "broken images: the reason is criu's"
restore --lsm-profile x
fails "--lsm-profile must be apparmor:PROFILE or selinux:LABEL, not \"x\"" "a profile without its type"
ok "checkpoint --help is what engines look for" "$CRUN_LITE" checkpoint --help
cl restore --help
like "$out" "--lsm-mount-context" "so is an option in restore --help"
finish

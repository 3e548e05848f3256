#!/bin/bash
# checkpoint.t - checkpoint and restore by criu: what comes back, and where the memory goes
. "${0%/*}/../cli/lib.sh"
. "$top/tests/vm/checkpoint.sh"

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
inside 'for n in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$n; done'
is "$out" "$(for n in cgroup ipc mnt net pid time user uts; do readlink "/proc/$PID/ns/$n"; done)" "it is in the namespaces of init"
inside 'sleep 1000 </dev/null >/dev/null 2>&1 &'
checkpoint
is "$rc:$err" "0:" "checkpoint, with a process that init has inherited from an exec"
restore
is "$rc:$err" "0:" "restore"
init_pid
goes_on "restore"
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

t "a program that sleeps"
# not that of busybox, which takes an interrupted call for the end
cp /usr/bin/sleep "$B/rootfs/bin/gnu-sleep"
for f in $(ldd /usr/bin/sleep | grep -o '/[^ ]*'); do
	mkdir -p "$B/rootfs${f%/*}"
	cp -L "$f" "$B/rootfs$f"
done
create '.process.args = [ "/bin/gnu-sleep", "1000" ]'
start
IMG=$B/img
checkpoint
is "$rc:$err" "0:" "checkpoint"
ok "criu says that it interrupts what waits" grep -q "with interrupted system call" "$IMG/dump.log"
restore
is "$rc:$err" "0:" "restore"
init_pid
inside "until grep -q '^State:.S' /proc/1/status; do :; done; cat /proc/1/comm"
is "$rc:$out" "0:gnu-sleep" "it sleeps again"
status_is running "it runs"

t "standard descriptors, exit status"
# at the time of the checkpoint they have other numbers, as those of a shell do while it redirects a command's
shell . 'echo begin; echo begun >&2; exec 7>&1 >/tmp/log; while [ ! -e /tmp/go ]; do sleep 0.1; echo n; done; echo end >&7; echo ended >&2; exit 7'
"$AID" wait-text "$LOG" n
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

t "standard descriptors that are closed"
shell . 'exec >/tmp/log 2>&1 </tmp/log; i=0; while :; do i=$((i + 1)); echo n$i.; sleep 0.1; done'
"$AID" wait-text "$LOG" n3.
checkpoint
is "$rc:$err" "0:" "checkpoint"
restore
is "$rc:$err" "0:" "restore"
goes_on "restore"

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

# pages DIRECTORY [FORMAT] - bytes of memory images in it; "%b": what of them takes up space
pages() { stat -c "${2:-%s}" "$1"/pages-*.img | awk '{ n += $1 } END { print n }'; }

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
ok "and less in them" test "$(pages "$IMG")" -lt "$(pages "$B/pre")"
restore
is "$rc:$err" "0:" "restore"
goes_on "restore"

t "--auto-dedup"
counts .
IMG=$B/pre
checkpoint --pre-dump
before=$(pages "$IMG" %b)
goes_on "--pre-dump"
IMG=$B/img
checkpoint --parent-path ../pre --auto-dedup
is "$rc:$err" "0:" "--auto-dedup"
ok "what has changed is freed in the pre-dump" test "$(pages "$B/pre" %b)" -lt "$before"
before=$(pages "$IMG" %b)
restore --auto-dedup
is "$rc:$err" "0:" "restore --auto-dedup"
ok "what has been read is freed in the images" test "$(pages "$IMG" %b)" -lt "$before"
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
cl pause "$ID"
checkpoint --leave-running
is "$rc:$err" "0:" "--leave-running of a paused one"
status_is paused "which stays paused"
checkpoint --parent-path ../none
status_is paused "also when it fails"
cl resume "$ID"
goes_on "resume"

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

finish

#!/bin/bash
# checkpoint-errors.t - what checkpoint and restore refuse and why, without anything left behind: a container in the wrong state, directories and
# images that are not as they must be, no criu or one that lacks something, and the end of the runtime in the middle
. "${0%/*}/../cli/lib.sh"
. "$top/tests/vm/checkpoint.sh"

t "checkpoint"
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
checkpoint --page-server 127.0.0.1:9
refuses "criu cannot dump the container.*criu: " "a page server that is not there"
checkpoint --manage-cgroups-mode wrong
refuses "must be soft, full, strict or ignore, not \"wrong\"" "a mode that is none"
checkpoint --network-lock wrong
refuses "must be iptables, nftables or skip, not \"wrong\"" "a lock that is none"
checkpoint --empty-ns uts
refuses "--empty-ns must be network, not \"uts\"" "a namespace that is not to be empty"
jq -c 'del(.descriptors)' "$STATE/$ID/state.json" >"$W/changed"
cp "$STATE/$ID/state.json" "$W/kept"
cp "$W/changed" "$STATE/$ID/state.json"
checkpoint
refuses "nothing is recorded of the standard descriptors" "a state of another version"
cp "$W/kept" "$STATE/$ID/state.json"
checkpoint --status-fd 77
refuses "--status-fd: use descriptor 77" "a descriptor that is not open"
touch "$B/file"
cl checkpoint --image-path "$B/file" "$ID"
refuses "--image-path: open directory \"$B/file\": not a directory" "a file in the place of the directory"
cl checkpoint --image-path "$B/other" --work-path "$B/file" "$ID"
refuses "--work-path: open directory \"$B/file\": not a directory" "a file in the place of the work directory"
goes_on "all that failed"

t "no criu"
counts .
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
PREFIX=(env -i)
checkpoint
is "$rc:$err" "0:" "without PATH: criu and what it runs are found"
restore
is "$rc:$err" "0:" "restore without it"
PREFIX=()
goes_on "restore"

# fake SCRIPT - something in the place of criu
fake() {
	printf '#!/bin/bash\n%s\n' "$1" >"$W/fake"
	chmod 755 "$W/fake"
}
# the program gets the number of a socket; its answer has a type (9: what it can do, 2: restore) and success, and what it is about
answers() { fake "dd bs=65536 count=1 <&\$2 >/dev/null 2>&1; printf '$1' >&\$2"; }
faked() { execute "$W/out" "$W/err" "$CRUN_LITE" --root "$STATE" --criu "$W/fake" "$@"; }

t "a criu that lacks something"
counts .
fake 'exit 3'
faked checkpoint --image-path "$IMG" "$ID"
refuses "criu ended before it could dump the container" "it ends"
faked checkpoint --image-path "$IMG" --pre-dump "$ID"
refuses "ask \"$W/fake\" what it can do here: it ended without an answer" "it ends, and is asked"
answers '\x08\x09\x10\x01\x42\x04\x08\x00\x10\x00'
faked checkpoint --image-path "$IMG" --pre-dump "$ID"
refuses "--pre-dump and --parent-path need to know which memory changes" "no tracking of memory: --pre-dump"
faked checkpoint --image-path "$IMG" --parent-path . "$ID"
refuses "--pre-dump and --parent-path need to know which memory changes" "no tracking of memory: --parent-path"
faked checkpoint --image-path "$IMG" --lazy-pages --page-server 127.0.0.1:1000 "$ID"
refuses "--lazy-pages needs userfaultfd" "no userfaultfd: --lazy-pages"
checkpoint
faked restore --image-path "$IMG" -b "$B" -d --lazy-pages "$ID"
fails "--lazy-pages needs userfaultfd" "no userfaultfd: restore --lazy-pages"
answers '\x08\x02\x10\x01\x22\x02\x08\x05'
faked restore --image-path "$IMG" -b "$B" -d "$ID"
fails "criu says that process 5 is restored, and never asked to record it" "a restore without its events"

t "restore"
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

t "images of another container"
mkdir "$B/data"
counts 'bind("/data"; $b + "/data"; [])'
other=$ID
checkpoint
restore
is "$rc:$err" "0:" "restore"
restore
like "$rc:$err" "^1:.*container with id exists: \"$ID\"" "an id in use"
goes_on "who has it"
new_id
execute "$W/out" "$W/err" "$CRUN_LITE" --root "$STATE" restore --image-path "$IMG" -b "$B" -d --pid-file "$B/pid" "$ID"
like "$rc:$err" "^1:.*\"/$other\".*in use|^1:.*cgroup.*$other" "the cgroup of somebody else"
nok "nothing is left" test -e "$STATE/$ID" -o -e "$B/pid"
cl delete --force "$other"
conf .
restore
fails "criu cannot restore the container.*criu: .*mnt" "another configuration: a mount is missing"
nok "its cgroup is gone" test -e "$CG/$ID"
cl checkpoint --image-path "$IMG" "$ID"
like "$rc:$err" "does not exist" "nobody knows it"

t "killed while it restores"
# shellcheck disable=SC2016 # for the hook
printf '#!/bin/sh\nkill -9 $PPID\n' >"$B/kill"
chmod 755 "$B/kill"
counts .
checkpoint
cp "$B/config.json" "$B/before"
jq --arg b "$B" '.hooks.createRuntime = [ { path: ($b + "/kill") } ]' "$B/before" >"$B/config.json"
restore
is "$rc" 137 "in a hook"
cl delete --force "$ID"
is "$rc:$err" "0:" "delete --force"
nok "its cgroup is gone" test -e "$CG/$ID"
cp "$B/before" "$B/config.json"
restore
is "$rc:$err" "0:" "the images are as good as before"
goes_on "restore"

t "killed while it dumps"
cat >"$B/kill" <<-'END'
	#!/bin/bash
	[ "$CRTOOLS_SCRIPT_ACTION" != pre-dump ] || kill -9 $(ps -o ppid= $PPID)
END
chmod 755 "$B/kill"
echo "action-script $B/kill" >"$W/criu.conf"
counts '.annotations = { "org.criu.config": ($w + "/criu.conf") }'
checkpoint
is "$rc" 137 "before anything is written"
# criu finds out when it wants to tell
spin runs
status_is running "the container goes on"
goes_on "it"
finish

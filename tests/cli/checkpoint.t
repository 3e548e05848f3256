#!/bin/bash
# checkpoint.t - what checkpoint and restore refuse before they look for criu; the rest is tests/vm/checkpoint.t
. "${0%/*}/lib.sh"

# try COMMAND [OPTION...] - never with a criu that works: it would touch what belongs to others here
try() { cl --criu /nowhere/criu "$1" --image-path "$B/img" "${@:2}" "$ID"; }

t "checkpoint"
cl checkpoint nope
like "$rc:$err" '^1:.*checkpoint "nope": container "nope" does not exist' "an unknown container"
create . pause
try checkpoint
like "$rc:$err" "^1:.*cannot checkpoint a container in the created state" "a created container"
init_pid
start
try checkpoint
like "$rc:$err" '^1:.*("libcriu.so.2" cannot be loaded.*Debian: libcriu2 and criu|--criu: run "/nowhere/criu")' "without criu: what to install"
try checkpoint --parent-path /abs
like "$rc:$err" '^1:.*--parent-path must be relative .*"/abs"' "an absolute parent"
for bad in 127.0.0.1 127.0.0.1:0 :80 a:65536 a:x; do
	try checkpoint --page-server "$bad"
	like "$rc:$err" "^1:.*--page-server must be ADDRESS:PORT .*\"$bad\"" "page server $bad"
done
try checkpoint --empty-ns uts
like "$rc:$err" '^1:.*--empty-ns must be network, not "uts"' "a namespace that cannot be empty"
try checkpoint --status-fd 77
like "$rc:$err" '^1:.*--status-fd: use descriptor 77: bad file descriptor' "a descriptor that is not open"
try checkpoint --manage-cgroups-mode none
like "$rc:$err" '^1:.*"--manage-cgroups-mode" must be soft, full, strict or ignore, not "none"' "a mode that is none"
status_is running "the container goes on"
nok "and nothing has been made" test -e "$B/img"
cl kill "$ID" KILL
ended
try checkpoint
like "$rc:$err" "^1:.*container not running" "a stopped container"

t "restore"
new_id
conf . pause
try restore -b "$B" -d
fails 'libcriu|/nowhere/criu' "without criu"
try restore --lsm-profile x
fails '--lsm-profile must be apparmor:PROFILE or selinux:LABEL, not "x"' "a profile without its type"
try restore --leave-running
fails 'unknown option "--leave-running"' "an option of checkpoint alone"

t "help"
for c in checkpoint restore; do
	cl $c --help
	is "$rc:$err" "0:" "$c --help"
done
like "$out" "--lsm-mount-context" "engines look for it"
for o in --image-path --work-path --tcp-established --ext-unix-sk --shell-job --file-locks --lazy-pages --manage-cgroups-mode --empty-ns \
	--auto-dedup --network-lock --bundle --detach --pid-file --console-socket --no-pivot --no-subreaper --tcp-close; do
	like "$out" " $o " "restore $o"
done
finish

#!/bin/bash
# rootless.t - containers of an ordinary user, and of root in a user namespace that an engine has made
#
# The user is a number without any privilege; his entries in passwd, subuid and subgid are in files of our own, mounted over the
# host's where only this file sees them.
. "${0%/*}/lib.sh"

U=7001
XDG=$W/run
STATE=$XDG/crun-lite
# a copy that the user can reach
cp "$CRUN_LITE" "$W/crun-lite"
CRUN_LITE=$W/crun-lite
mkdir -m 700 "$XDG"
chown $U:$U "$XDG"

# fake FILE LINE... - FILE of the host with more lines
fake() {
	local f=$1
	[ -e "$f" ] || return 1
	{ cat "$f" && printf '%s\n' "${@:2}"; } >"$W/${f##*/}"
	chmod 644 "$W/${f##*/}"
	mount --bind "$W/${f##*/}" "$f"
}
fake /etc/passwd "ordinary:x:$U:$U::/:/bin/sh"
can_map=
type -P newuidmap newgidmap >/dev/null && fake /etc/subuid ordinary:200000:1000 $U:300000:10 other:400000:1000 &&
	fake /etc/subgid ordinary:500000:1000 && can_map=1
slurp /proc/self/mountinfo && mounts_before=$REPLY

user=(setpriv --reuid "$U" --regid "$U" --clear-groups env "XDG_RUNTIME_DIR=$XDG" HOME=/)
PREFIX=("${user[@]}")
own='del(.linux.cgroupsPath) | ns("user") | .linux.uidMappings = [ { containerID: 0, hostID: 7001, size: 1 } ] | .linux.gidMappings = .linux.uidMappings'
auto='del(.linux.cgroupsPath) | ns("user")'

# ours - the root file system belongs to the user
ours() {
	rm -rf "$B/rootfs"
	cp -a "$W/template/rootfs" "$B/rootfs"
	chown -hR $U:$U "$B"
}

t "one id"
run "$own" ids , read /proc/self/uid_map , read /proc/self/gid_map , read /proc/self/setgroups
lines "uid=0 0 0
gid=0 0 0
read /proc/self/setgroups=OK:deny" "an ordinary user is root of his container"
like "$out" "uid_map=OK: +0 +$U +1"$'\n'".*gid_map=OK: +0 +$U +1"$'\n' "and only that"
is "$err" "" "there is nothing to complain about"
run "$own | .process.user.additionalGids = [ 5 ]" say never
refused process.user "additionalGids must be empty" "groups cannot be set then (CVE-2014-8989)"
run "$own | .process.user.uid = 5" say never
fails "user id 5 is not mapped" "another user does not exist"
run "$own | .process.user.gid = 5" say never
fails "group id 5 is not mapped" "nor another group"
ours
run "$own" touch /new , stat /new , mknod /n c 1 3 , open /dev/null , open /dev/zero , open /dev/full , stat /dev/ptmx , mount /proc , mount /sys
lines "touch /new=OK
mknod /n=EPERM
open /dev/null=OK
open /dev/zero=OK
open /dev/full=OK" "he writes to his files and reaches the default devices"
is "$(stat -c %u "$B/rootfs/new")" $U "new files are his"
run "$own" mkdir /sys/fs/cgroup/x , write /sys/fs/cgroup/cgroup.procs 0 , mount /sys/fs/cgroup
like "$out" "mkdir /sys/fs/cgroup/x=EROFS"$'\n'"write /sys/fs/cgroup/cgroup.procs=E(ROFS|ACCES)" "the cgroup file system is read-only (CVE-2023-25809)"
run "$own | nons(\"cgroup\")" mkdir /sys/fs/cgroup/x , write /sys/fs/cgroup/cgroup.procs 0
unlike "$out" "=OK" "without a cgroup namespace, too"
run "$own | (.mounts[] | select(.destination == \"/sys/fs/cgroup\")).options = [ \"rw\" ]" mkdir /sys/fs/cgroup/x , mount /sys/fs/cgroup
unlike "$out" "mkdir /sys/fs/cgroup/x=OK" "and where rw is asked for: it is the caller's own cgroup"
run "$own | nons(\"network\")" mount /sys , mkdir /sys/kernel/x , ns
like "$rc:$out" "^0:mount /sys=[^ ]* ro," "MNT-16 with the host's network /sys is the host's, read-only"
val ns.net && is "$REPLY" "$(readlink /proc/self/ns/net)" "MNT-16 it is the host's network"
run "$own | nons(\"pid\")" mount /proc , read /proc/self/setgroups
like "$rc:$out" "^0:mount /proc=[^ ]* ro,.*=OK:deny" "with the host's processes /proc is the host's, read-only"
mkdir -p "$B/src/below"
echo hello >"$B/src/file"
run "$own | bind(\"/b\"; \"\\(\$b)/src\"; [ \"ro\" ]) | mnt(\"/m\"; \"tmpfs\"; [ \"size=32k\" ])" read /b/file , touch /b/x , touch /m/x , mount /b
lines "read /b/file=OK:hello
touch /b/x=EROFS
touch /m/x=OK" "mounts"
chmod 700 "$B/src" && chown 0:0 "$B/src"
run "$own | bind(\"/b\"; \"\\(\$b)/src/below\"; [])" say never
fails "open mount source \".*/src/below\": permission denied" "nothing can be bound that the user cannot reach"
run "$own | .process.terminal = false | .process.rlimits = [ { type: \"RLIMIT_NOFILE\", soft: 100, hard: 200 } ] | .process.oomScoreAdj = 500
	| .linux.sysctl = { \"net.ipv4.ip_forward\": \"1\" }" read /proc/self/oom_score_adj , rlimits , read /proc/sys/net/ipv4/ip_forward
lines "read /proc/self/oom_score_adj=OK:500
rlimit.NOFILE=100 200
read /proc/sys/net/ipv4/ip_forward=OK:1" "limits, sysctl and the OOM score"
run "$own | .process.oomScoreAdj = -500" say ok
warns "warning: process\.oomScoreAdj: set -500; lowering it needs CAP_SYS_RESOURCE: denied \(EACCES\)" "a lower OOM score is a warning"
is "$out" ok "and no obstacle"
run "$own | mnt(\"/dev/pts\"; \"devpts\"; [ \"newinstance\", \"gid=5\" ])" say never
fails "mounts\[[0-9]+\] \"/dev/pts\":.*group 5 is not mapped in the user namespace: leave \"gid=5\" out, or map it in linux\.gidMappings" \
	"the group of a devpts that does not exist there"
run "$own | mnt(\"/m\"; \"tmpfs\"; [ \"mode=700\", \"uid=9\" ])" say never
fails "mounts\[[0-9]+\] \"/m\":.*user 9 is not mapped in the user namespace: leave \"uid=9\" out, or map it in linux\.uidMappings" \
	"the owner of a tmpfs, too"
run "nons(\"user\")" say never
fails "CAP_SYS_ADMIN or a user namespace" "without a user namespace it is said what is missing"
run "ns(\"user\") | .linux.uidMappings = [ { containerID: 0, hostID: 7001, size: 1 } ]" say never
missing linux.gidMappings "UNS-03 one kind of mappings is not enough"

t "the document of spec --rootless"
mkdir -m 755 "$W/own"
cp -a "$W/template/rootfs" "$W/own/rootfs"
rm "$W/own/rootfs/bin/sh" && printf '#!/bin/busybox sh\nexec /bin/probe ids , tty\n' >"$W/own/rootfs/bin/sh" && chmod 755 "$W/own/rootfs/bin/sh"
chown -hR $U:$U "$W/own"
cl spec --rootless -b "$W/own"
succeeds "an ordinary user writes one"
execute "$W/out" "$W/err" "$AID" pty "" "${user[@]}" "$CRUN_LITE" run -b "$W/own" spec1
like "$rc:$out" "^0:.*uid=0 0 0" "and runs it as it is"
like "$out" "tty" "with its terminal"
nok "with the default state root, and nothing is left in it" test -e "$STATE/spec1"
rm -rf "$W/own"

t "ranges of ids"
if [ "$can_map" ]; then
	run "$auto" ids , read /proc/self/uid_map , read /proc/self/gid_map , read /proc/self/setgroups
	like "$rc:$out" "uid_map=OK: +0 +$U +1.n +1 +200000 +1000.n +1001 +300000 +10"$'\n' "UNS-03 without mappings a user gets what subuid grants him"
	like "$out" "gid_map=OK: +0 +$U +1.n +1 +500000 +1000"$'\n'".*setgroups=OK:allow" "UNS-03 and subgid"
	run "$auto | .process.user = { uid: 1000, gid: 7, additionalGids: [ 5, 6 ] }" ids
	lines "uid=1000 1000 1000
gid=7 7 7
groups=5 6" "with groups and another user"
	run "$own | .linux.uidMappings = [ { containerID: 0, hostID: 200000, size: 10 } ] | .linux.gidMappings = [ { containerID: 0, hostID: 500000, size: 10 } ]" \
		read /proc/self/uid_map
	like "$rc:$out" "^0:.*uid_map=OK: +0 +200000 +10\$" "UNS-01 maps that are granted"
	run "$own | .linux.uidMappings = [ { containerID: 0, hostID: 400000, size: 10 } ]" say never
	fails "run \"[^\"]*/newuidmap\" to map 1 ranges of ids: exit status 1.*/etc/subuid" "UNS-01 maps of somebody else are refused"
	run "$own | .linux.gidMappings = [ { containerID: 0, hostID: 0, size: 10 } ]" say never
	fails "newgidmap\".*/etc/subgid" "UNS-01 groups of the host, too"
	helper=$(type -P newuidmap)
	mount --bind /dev/null "$helper"
	run "$auto" say never
	fails "\"newuidmap\" is needed .* package uidmap" "it is said which package is missing"
	run "$own" say ok
	is "$rc:$out" 0:ok "one id needs none"
	umount "$helper"
else
	skip "ranges of ids" "host: no newuidmap, or no ranges in /etc/subuid and /etc/subgid"
fi
PREFIX=()
new_id
conf "$auto"
execute "$W/out" "$W/err" "$CRUN_LITE" --root "$W/state" run -b "$B" "$ID"
rmdir "$W/state"
missing linux.uidMappings "UNS-03 root has to say which ids"
PREFIX=("${user[@]}")

t "a /proc that hides the processes of others"
mount -t proc -o hidepid=2 proc /proc
if [ "$can_map" ]; then
	ours
	other="$auto | .process.user = { uid: 1000, gid: 7 }"
	run "$other" ids
	is "$rc:$(head -n 1 <<<"$out")" "0:uid=1000 1000 1000" "a container of another user than the caller runs"
	create "$other" pause
	succeeds "and is created"
	state .status
	is "$REPLY" created "its process is known"
	start && said ready
	state .status
	is "$REPLY" running "also when it has other ids"
	cl exec "$ID" /bin/probe say ok
	is "$rc:$out" "0:ok" "exec"
	isnt "$(jq .startTime "$STATE/$ID/state.json")" 0 "its start time was read before"
	cl kill "$ID" KILL
	succeeds "kill"
	ended
	cl delete "$ID"
	succeeds "delete"
else
	skip "a container of another user" "host: no newuidmap, or no ranges in /etc/subuid and /etc/subgid"
fi
umount /proc

t "commands"
create "$own" catch
is "$rc:$err" "0:" "create"
status_is created "state"
init_pid
cl list
like "$out" "$ID +$PID +created .* ordinary" "list shows whose it is"
namespaces_of_init=$(cd "/proc/$PID/ns" && for n in cgroup ipc mnt net pid user uts; do echo "ns.$n=$(readlink $n)"; done)
for n in 1 2; do
	cl exec "$ID" /bin/probe ids , ns , fds
	like "$rc:$out:$err" "^0:uid=0 0 0.*:$" "exec into a created container, time $n"
	is "$(grep '^ns\.' <<<"$out" | grep -Ev 'ns\.(time|[a-z]*_for_)' | sort)" "$namespaces_of_init" "it is in the namespaces of init, time $n"
done
like "$out" "fds=0 1 2\$" "with no descriptor of that"
kill -STOP "$PID"
job bash -c '"$@"; echo rc=$?' - "${PREFIX[@]}" "$CRUN_LITE" --root "$STATE" exec "$ID" /bin/probe say joined
kill -CONT "$PID"
job_said rc=0
is "$(cat "$JOBOUT")" "joined
rc=0" "an init that is stopped answers when it goes on"
start
said ready
status_is running "running"
cl exec "$ID" /bin/probe ids , read /proc/self/uid_map
like "$rc:$out:$err" "^0:uid=0 0 0.*uid_map=OK: +0 +$U +1:$" "exec joins as the user that he is there"
cl kill "$ID" TERM
said TERM
cl kill "$ID" KILL
ended
status_is stopped "kill"
cl delete "$ID"
is "$rc:$(ls "$STATE")" "0:" "delete"
create "$own" pause
cl delete --force "$ID"
is "$rc:$(ls "$STATE")" "0:" "delete --force"
# joined FILTER - what an exec in a created container of that kind is in, where that is not what init is in
joined() {
	local n here
	create "$own | $1" pause
	init_pid
	cl exec "$ID" /bin/probe ns
	for n in cgroup ipc mnt net pid time user uts; do
		here=$(readlink "/proc/$PID/ns/$n")
		[[ "$out" == *"ns.$n=$here"* ]] || err+=" $n"
	done
	cl_rc=$rc cl_err=$err
	cl delete --force "$ID"
}
for f in 'nons("pid")' 'ns("time")' 'nons("cgroup")' 'nons("network")'; do
	joined "$f"
	is "$cl_rc:$cl_err" "0:" "exec into a created container joins what init is in: $f"
done
RUN=(--no-pivot)
create "$own" pause
cl exec "$ID" /bin/probe ls /
like "$rc:$out:$err" "^0:ls /=.*bin .*:$" "exec into a created container whose root directory is none of its mount namespace"
unlike "$out" "[ =](boot|home|$W) " "sees nothing else"
cl delete --force "$ID"
RUN=()
create "$own" pause
shared=$ID
init_pid
user_path=/proc/$PID/ns/user pid_path=/proc/$PID/ns/pid
start
joined "(.linux.namespaces[] | select(.type == \"user\")).path = \"$user_path\" | (.linux.namespaces[] | select(.type == \"pid\")).path = \"$pid_path\" | del(.linux.uidMappings, .linux.gidMappings)"
is "$cl_rc:$cl_err" "0:" "exec into a created container joins what init is in: namespaces of another container"
cl delete --force "$shared"
PREFIX=()
create "$own"
fails "state root \"$STATE\" must belong to user 0, not $U" "another user's containers are left alone"
PREFIX=("${user[@]}")

t "no cgroup"
limits='.linux.resources = { memory: { limit: 100000000 }, pids: { limit: 10 }, unified: { "hugetlb.2MB.max": "2097152" } }'
run "$own | $limits | .linux.resources.hugepageLimits = [ { pageSize: \"2MB\", limit: 4194304 } ]" say ok
is "$rc:$out" 0:ok "where the user may make no cgroup, the container runs without limits"
for l in memory.limit pids.limit 'hugepageLimits\[0\]' 'unified\["hugetlb.2MB.max"\]'; do
	like "$err" "warning: config\.json:[0-9]+:[0-9]+: linux\.resources\.$l: not applied: make cgroup \"${CG}[^\"]*\": denied \(EACCES\)" "and says that $l is lost"
done
like "$err" "warning: limits need a cgroup that belongs to the caller.*Delegate=.*chown" "and what would help"
is "$(grep -c 'limits need' <<<"$err") $(grep -c 'not applied' <<<"$err")" "1 4" "each once, also one that takes two writes"
run "$own | $limits | .linux.resources.memory.checkBeforeUpdate = true" say never
fails "linux\.resources\.memory\.limit: cannot be applied: .*permission denied.*Delegate=" "checkBeforeUpdate makes a memory limit matter"
RUN=()
PREFIX=("${user[@]}")
new_id
conf "$own | $limits"
cl --rootless=false run -b "$B" "$ID"
fails "make cgroup \"${CG}[^\"]*\": permission denied" "--rootless=false makes all of them matter"
run "$own | nons(\"pid\") | nomount(\"/proc\") | .linux.maskedPaths = [] | .linux.readonlyPaths = []" say ok
is "$rc:$out" "0:ok" "without a pid namespace"
like "$err" "warning: creating a rootless container .*Such configuration is strongly discouraged" "is told to be a bad idea where there is no cgroup either"
run '.linux.resources.devices = [ { allow: false, access: "rwm" } ] | .process.capabilities.bounding = [ "CAP_SYS_ADMIN" ]' say never
is "$rc:$err" "1:crun-lite: run \"$ID\": linux.namespaces: making namespaces needs CAP_SYS_ADMIN or a user namespace in linux.namespaces: operation not permitted"$'\n'"\"crun-lite spec --rootless\" writes a config.json for an ordinary user" \
	"a configuration for root: the cause and the way out, no warnings before it"
run "$own | .linux.resources.devices = [ { allow: false, access: \"rwm\" } ]" open /dev/null , open /dev/zero
lines "open /dev/null=OK
open /dev/zero=OK" "DCG-08 without a filter for devices"
is "$err" "" "DCG-08 which nobody could expect, so it is no warning"
cl --log-level info run -b "$B" "$ID"
like "$err" "^crun-lite: info: linux\.resources\.devices: not applied: [^"$'\n'"]*\$" "DCG-08 but told at the level of info"
unlike "$err" "operation not permitted|permission denied" "DCG-08 without words that engines take for an error"
run "del(.linux.cgroupsPath) | .linux.cgroupsPath = \"/elsewhere\" | $own | .linux.cgroupsPath = \"/elsewhere\"" say ok
is "$rc:$out:$err" "0:ok:" "a path is no obstacle without limits"
nok "and no cgroup is made" test -e "$CG/elsewhere"
new_id
conf .
PREFIX=()
execute "$W/out" "$W/err" "$CRUN_LITE" --root "$W/state" --rootless=true run -b "$B" "$ID"
is "$rc" 0 "--rootless=true as root changes nothing where nothing is missing"
rmdir "$W/state"

t "a cgroup of the user"
# delegate - $CG/u with its own cgroup $CG/u/s, as a login would have it
delegate() {
	mkdir -p "$CG/u/s"
	chown $U:$U "$CG/u" "$CG/u"/cgroup.{procs,subtree_control,threads} "$CG/u/s" "$CG/u/s"/cgroup.{procs,subtree_control,threads}
}
delegate
PREFIX=(bash -c 'echo $$ >"$0" && exec "$@"' "$CG/u/s/cgroup.procs" "${user[@]}")
create "$own" pause
init_pid
is "$rc:$err:$(grep ^0:: "/proc/$PID/cgroup")" "0::0::/u/s/$ID" "CGP-03 the container's cgroup is in the caller's own"
is "$(stat -c %u "$CG/u/s/$ID")" $U "it belongs to the user"
cl delete --force "$ID"
is "$rc:$(echo "$CG"/u/s/*/)" "0:" "CGP-08 delete removes it"
run "$own" mkdir /sys/fs/cgroup/x , mount /sys/fs/cgroup , read /proc/self/cgroup
like "$out" "mkdir /sys/fs/cgroup/x=EROFS.*cgroup=OK:.*0::/(.n|\$)" "inside it is the root, read-only"
run "$own | nons(\"cgroup\")" mkdir /sys/fs/cgroup/x , ls /sys/fs/cgroup
like "$out" "mkdir /sys/fs/cgroup/x=EROFS.*cgroup.procs" "without a cgroup namespace just the container's shows, read-only"
run "$own | .linux.cgroupsPath = \"/u/given\"" read /proc/self/cgroup
is "$rc:$err" "0:" "CGP-01 a path that the user may use"
create "$own | nons(\"pid\")" fork 3 , pause
init_pid
start
said child=
cl kill --all "$ID" KILL
"$AID" wait-empty "$CG/u/s/$ID"
is "$rc" 0 "kill --all reaches processes that share the host's pid namespace"
cl delete --force "$ID"
if grep -qw hugetlb "$CG/cgroup.controllers"; then
	echo +hugetlb >"$CG/cgroup.subtree_control"
	create "$own | .linux.resources.unified = { \"hugetlb.2MB.max\": \"2097152\" }" pause
	init_pid
	is "$rc:$err:$(grep ^0:: "/proc/$PID/cgroup"):$(cat "$CG/u/$ID/hugetlb.2MB.max")" "0::0::/u/$ID:2097152" \
		"limits that the user may set are in force, beside his own cgroup"
	cl delete --force "$ID"
	create "$own | .linux.resources = { unified: { \"hugetlb.2MB.max\": \"2097152\" }, rdma: { x: { hcaHandles: 1 } } }" pause
	is "$rc:$(cat "$CG/u/$ID/hugetlb.2MB.max")" "0:2097152" "one controller that is missing does not take the others with it"
	like "$err" "linux\.resources\.rdma[^:]*: not applied: .*(controller \"rdma\" is not available|write \"\+rdma\" to \"cgroup\.subtree_control\".*denied \(EACCES\))" "the limit that is lost says why"
	is "$(grep -c 'not applied' <<<"$err")" 1 "and is the only one"
	cl delete --force "$ID"
	echo -hugetlb >"$CG/u/cgroup.subtree_control"
	echo -hugetlb >"$CG/cgroup.subtree_control"
else
	skip "limits of a user" "host: no controller hugetlb in cgroup v2"
fi
mkdir "$CG/u/taken"
job bash -c 'echo $$ >"$0/cgroup.procs" && echo in && exec sleep 1000' "$CG/u/taken"
job_said in
run "$own | .linux.cgroupsPath = \"/u/taken\"" say never
fails "has processes in it" "CGP-07 a cgroup with other processes is refused all the same"
kill -KILL "$JOB"
{ job_ended; } 2>/dev/null
"$AID" wait-empty "$CG/u/taken"
rmdir "$CG/u/taken"
# his cgroup, but he is not in it, and may not move processes out of where he is
PREFIX=("${user[@]}")
RUN=()
create "$own | .linux.cgroupsPath = \"/u/given\"" pause
init_pid
is "$rc:$(grep ^0:: "/proc/$PID/cgroup")" "0:$(grep ^0:: /proc/self/cgroup)" "a cgroup that cannot be entered is none"
cl delete --force "$ID"
nok "and is removed again" test -e "$CG/u/given"
rmdir "$CG/u/s" "$CG/u"

t "a cgroup file system without a cgroup"
delegate
PREFIX=(bash -c 'echo $$ >"$0" && exec "$@"' "$CG/u/s/cgroup.procs" "${user[@]}")
new_id
conf "$own | (.mounts[] | select(.destination == \"/sys/fs/cgroup\")).options = [ \"rw\" ]" mkdir /sys/fs/cgroup/x , write /sys/fs/cgroup/cgroup.kill 1 , say alive
cl --cgroup-manager disabled run -b "$B" "$ID"
like "$out" "^mkdir /sys/fs/cgroup/x=EROFS.*alive" "the caller's own cgroup, which belongs to the user, cannot be changed from inside"
rmdir "$CG/u/s" "$CG/u"
PREFIX=("${user[@]}")

t "the program file"
# root in the container is the user, who may write his own copy
cp "$CRUN_LITE" "$W/mine"
chown $U:$U "$W/mine"
sum=$(sha256sum <"$W/mine")
theirs=$CRUN_LITE
CRUN_LITE=$W/mine
create "$own" pause
init_pid
victim=$ID
for how in write open touch; do
	arguments=("$how" "/proc/$PID/exe")
	[ $how = write ] && arguments+=(overwritten)
	run "$own | nons(\"pid\")" "${arguments[@]}"
	unlike "$out" "=OK" "a container that sees init of another one cannot $how its program file"
done
execute "$W/out" "$W/err" "${user[@]}" bash -c "exec 7<>/proc/$PID/exe"
isnt "$rc" 0 "nor can the user from outside"
execute "$W/out" "$W/err" "${user[@]}" bash -c "exec 7</proc/$PID/exe && chmod 777 /proc/self/fd/7 && echo x >/proc/self/fd/7"
is "$(sha256sum <"$W/mine") $(stat -c %a "$W/mine")" "$sum 755" "the file is what it was"
cl delete --force "$victim"
ln -s /proc/self/exe "$B/rootfs/bin/link"
run "$own | .process.args = [ \"/bin/link\" ]"
is "$(sha256sum <"$W/mine")" "$sum" "nor does a program that is the runtime change it"
CRUN_LITE=$theirs
rm "$W/mine"

O=$W/outside
# attack FILTER [ARGUMENT...] - run, with files of the user outside of the root file system
attack() {
	rm -rf "$O"
	mkdir -p "$O/d/sub"
	echo MARKER >"$O/d/secret"
	echo MARKER >"$O/d/ptmx"
	chown -R $U:$U "$O"
	outside_before=$(cd "$O" && find . -printf '%p %y %m %U:%G %s %n %T@\n' | sort && cat d/*[!b])
	run "$@"
}

# safe DESCRIPTION - nothing outside was read or changed, nor is it mounted on
safe() {
	is "$(cd "$O" && find . -printf '%p %y %m %U:%G %s %n %T@\n' | sort && cat d/*[!b])" "$outside_before" "$1: the files outside are what they were"
	unlike "$rc:$out$err" "MARKER|^(12[4-9]|1[3-9].):" "$1: and were not read"
}

t "attacks of an image"
ours
R=$B/rootfs
maps=("$own")
[ "$can_map" ] && maps+=("$auto")
for ids in "${maps[@]}"; do
	for link in /bad "$O/d" "../../../../../../../..$O/d" /dev/shm; do
		rm -rf "$R/proc" && ln -s "$link" "$R/proc"
		attack "$ids" read /proc/self/status
		safe "/proc is a symlink to ${link##*/}"
		fails proc "/proc is a symlink to ${link##*/}: it is an error"
		rm "$R/proc" && mkdir "$R/proc"
		rm -rf "$R/sys" && ln -s "$link" "$R/sys"
		attack "$ids" ls /sys
		safe "/sys is a symlink to ${link##*/}"
		fails sys "/sys is a symlink to ${link##*/}: it is an error"
		rm "$R/sys" && mkdir "$R/sys"
	done
	for link in "$O/d" "../../../../../../../..$O/d"; do
		rm -rf "${R:?}/dev" && ln -s "$link" "$R/dev"
		attack "$ids | .mounts |= map(select(.destination | startswith(\"/dev\") | not))" ls /dev
		safe "/dev is a symlink to ${link##*/}"
		rm "$R/dev" && mkdir "$R/dev"
		ln -s "$link" "$R/self"
		for m in 'mnt("/self"; "tmpfs"; [])' 'mnt("/self/new"; "tmpfs"; [])' 'bind("/self/sub"; "/proc/self"; [])'; do
			attack "$ids | $m" say ok
			safe "a mount through the link to ${link##*/}: $m"
		done
		rm "$R/self"
	done
	for kind in symlink regular; do
		rm -rf "${R:?}/dev" && mkdir -p "$R/dev"/{pts,shm,mqueue}
		if [ $kind = symlink ]; then ln -s "$O/d/secret" "$R/dev/null"; else echo forged >"$R/dev/null"; fi
		attack "$ids | nomount(\"/dev\") | .linux.maskedPaths = [ \"/etc/passwd\" ]" read /etc/passwd , write /etc/passwd x , fds
		safe "a /dev/null that is a $kind"
		unlike "$out" "read /etc/passwd=OK:(root|forged)|fd[012]=.*(secret|forged)" "a /dev/null that is a $kind masks, or nothing runs"
	done
	rm -rf "${R:?}/dev" && mkdir "$R/dev"
done

t "root in the user namespace of an engine"
inside() { PREFIX=("${user[@]}" unshare -Um "$@"); }
engine='del(.linux.cgroupsPath)'
inside --map-root-user
run "$engine" ids , read /proc/self/uid_map , read /proc/self/setgroups , open /dev/null , open /dev/full , mount /sys
lines "uid=0 0 0
gid=0 0 0
read /proc/self/setgroups=OK:deny
open /dev/null=OK
open /dev/full=OK" "the ids and devices are those of the namespace, where groups cannot be set"
is "$err" "" "there is nothing to complain about"
run "$engine | .process.user.additionalGids = [ 0 ]" say never
fails "set the 1 additional groups: operation not permitted" "groups that were asked for are missed"
run "$engine | .linux.resources = { pids: { limit: 5 } } | .linux.sysctl = { \"net.ipv4.ip_forward\": \"1\", \"kernel.shmmni\": \"100\" }
	| .process.oomScoreAdj = -100" read /proc/sys/net/ipv4/ip_forward , read /proc/sys/kernel/shmmni
lines "read /proc/sys/net/ipv4/ip_forward=OK:1
read /proc/sys/kernel/shmmni=OK:100" "sysctl"
like "$err" "linux\.resources\.pids\.limit: not applied" "a limit is a warning"
like "$err" "process\.oomScoreAdj: set -100" "a lower OOM score, too"
run "$engine | nons(\"network\")" mount /sys
like "$rc:$out" "^0:mount /sys=[^ ]* ro," "MNT-16 the host's network, and its /sys read-only"
run "$engine | nons(\"cgroup\")" mkdir /sys/fs/cgroup/x , mount /sys/fs/cgroup
unlike "$out" "=OK" "the cgroup file system is read-only without a cgroup namespace"
run "$engine | .linux.resources.devices = [ { allow: false, access: \"rwm\" } ]" mknod /n c 1 3
like "$rc:$out" "^0:mknod /n=E" "DCG-08 no filter for devices, and no way to make one"
if [ "$can_map" ]; then
	inside --map-root-user --map-auto
	run "$engine | .process.user = { uid: 7, gid: 7, additionalGids: [ 5, 6 ] } | (.mounts[] | select(.destination == \"/dev/pts\")).options += [ \"gid=5\" ]" ids , stat /dev/pts/ptmx
	lines "uid=7 7 7
gid=7 7 7
groups=5 6" "all the ids of the namespace can be used"
	run "$engine | ns(\"user\") | .linux.uidMappings = [ { containerID: 0, hostID: 1, size: 10 } ] | .linux.gidMappings = .linux.uidMappings" read /proc/self/uid_map , ids
	like "$rc:$out" "^0:.*uid_map=OK: +0 +1 +10" "and given on to one in it"
else
	skip "a namespace with many ids" "host: no newuidmap, or no ranges in /etc/subuid and /etc/subgid"
fi
PREFIX=()

finish

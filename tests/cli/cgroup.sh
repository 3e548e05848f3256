# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # variables of lib.sh
# cgroup.sh - the tests of cgroup.t and cgroup-host.t. Only the controller hugetlb is needed: all others are tested for being refused where
# they are not available.

res() { printf '.linux.resources = { %s }' "$1"; }
# of PID - its cgroup below the one of the tests
of() {
	local l
	while IFS= read -r l; do
		[[ "$l" = 0::* ]] && REPLY=${l#0::} && REPLY=${REPLY#"$cgbase"}
	done <"/proc/$1/cgroup"
}

# made PATH... - these directories were made as parents, and stay: remove them
made() {
	local p
	for p in "$@"; do rmdir "$CG$p" || fail "parent $p is there"; done
}

# foreign CGROUP - a process that is not ours in a cgroup, as JOB; foreign_ends - kill it
foreign() {
	job bash -c 'echo $$ >"$0/cgroup.procs" && echo in && exec sleep 1000' "$CG$1"
	job_said in
}
foreign_ends() {
	kill -KILL "$JOB" 2>/dev/null
	{ job_ended; } 2>/dev/null
	"$AID" wait-empty "$CG$1"
}

t "path"
create '.linux.cgroupsPath = $base + "/a/b/c"' pause
init_pid
of "$PID"
is "$REPLY" /a/b/c "CGP-01 an absolute path is below the mount point, and parents are made"
is "$(cat "$CG/a/b/c/cgroup.procs")" "$PID" "CGP-09 the process is in it from the beginning"
cl delete --force "$ID"
nok "CGP-08 delete removes the cgroup" test -e "$CG/a/b/c"
create '.linux.cgroupsPath = $base + "/a/b/c"' pause
init_pid
of "$PID"
is "$REPLY" /a/b/c "CGP-01 the same value is the same cgroup the next time"
cl delete --force "$ID"
made /a/b /a
mkdir "$CG/a"
run '.linux.cgroupsPath = $base + "/a/b/c/d" | .process.args = ["/none"]' say never
fails none "LIFE-21 a failure behind the cgroup"
is "$(find "$CG/a" -type d)" "$CG/a" "LIFE-21 the parents that were made for it are gone, too"
run '.linux.cgroupsPath = $base + "/a/b/c" | .hooks.createRuntime = [ { path: "/bin/mkdir", args: [ "mkdir", "'"$CG"'/a/b/other" ] }, { path: "/bin/false" } ]' say never
fails createRuntime "LIFE-21 a failure, while somebody else has made a cgroup beside it"
is "$(find "$CG/a" -type d | sort | tr '\n' ' ')" "$CG/a $CG/a/b $CG/a/b/other " "LIFE-21 what is in use stays"
rmdir "$CG"/a/b/other "$CG"/a/b "$CG"/a
if [ "$VIEW" = pure ]; then
	create '.linux.cgroupsPath = "x/y"' pause
	init_pid
	of "$PID"
	is "$REPLY" /x/y "CGP-02 a relative path is below the root"
	cl delete --force "$ID"
	made /x
	create 'del(.linux.cgroupsPath)' pause
	init_pid
	of "$PID"
	like "$REPLY" "/$ID\$" "CGP-03 without a path the cgroup has the name of the container"
	cl delete --force "$ID"
	create '.linux.cgroupsPath = "/../../up"' pause
	if [ "$rc" = 0 ]; then
		init_pid
		of "$PID"
		is "$REPLY" /up "CGP-04 .. does not lead out of the hierarchy"
		cl delete --force "$ID"
	else
		fails "cgroupsPath" "CGP-04 .. does not lead out of the hierarchy"
	fi
	for p in / /. /a/..; do
		run ".linux.cgroupsPath = \"$p\"" say never
		fails "cgroupsPath|cgroup" "CGP-04 the root is nobody's cgroup: $p"
	done
fi
create '.linux.cgroupsPath = $base + "/a/../b/./c//"' pause
succeeds "CGP-04 a path with .. in it"
init_pid
of "$PID"
is "$REPLY" /b/c "CGP-04 .. is cleaned"
cl delete --force "$ID"
made /b
run '.linux.cgroupsPath = 7' say never
refused linux.cgroupsPath string "CGP-01 a path that is no string is refused"
run '.linux.cgroupsPath = "system.slice:crun:name"' say ok
is "$rc:$out" "0:ok" "CGP-05 the form for systemd is a name like any other to the cgroupfs manager"
like "$err" "warning: .*linux.cgroupsPath: .*systemd" "CGP-05 a warning says what it looks like"
rmdir "$CG"/system.slice:crun:name 2>/dev/null

# has PATH - the controllers of a cgroup
has() { cat "$CG$1/cgroup.controllers"; }

t "controllers are handed down"
if [ -n "$(has "")" ]; then
	create 'del(.linux.resources) | .linux.cgroupsPath = $base + "/a/b/c"' pause
	is "$rc:$(has /a/b/c)" "0:$(has "")" "CG-37 a container without limits has every controller of the cgroups above it"
	is "$(cat "$CG/a/b/c/cgroup.subtree_control")" "" "CG-37 its own cgroup hands down none"
	start
	cl events --stats "$ID"
	like "$out" '"hugetlb":\{"[0-9]+[KMG]B"' "CG-37 so what it uses is counted"
	cl delete --force "$ID"
	for c in $(has ""); do echo "-$c" >"$CG/a/b/cgroup.subtree_control"; done
	is "$(has /a/b)" "$(has "")" "(switched off in one of the parents)"
	create '.linux.cgroupsPath = $base + "/a/b/c"' pause
	is "$rc:$(has /a/b/c)" "0:$(has "")" "CG-37 and is switched on there again for the next container"
	cl delete --force "$ID"
	made /a/b /a
	mkdir "$CG/busy"
	foreign /busy
	create '.linux.cgroupsPath = $base + "/busy/c"' pause
	is "$rc:$err:$(has /busy/c)" "0::" "CG-37 a parent with processes cannot, which is no error without a limit"
	is "$(cat "$CG/busy/cgroup.type")" domain "CG-37 and the parent stays as it was"
	start
	cl delete --force "$ID"
	foreign_ends /busy
	rmdir "$CG/busy"
else
	skip "CG-37 controllers are handed down" "host: no controller hugetlb in cgroup v2"
fi

t "processes in parents"
mkdir "$CG/busy"
foreign /busy
run '.linux.cgroupsPath = $base + "/busy/c" | .linux.resources.hugepageLimits = [ { pageSize: "2MB", limit: 0 } ]' say never
fails "busy.*processes|processes.*busy" "CGP-06 a parent with processes cannot hand down controllers: the error says so"
like "$err" "$JOB" "CGP-06 and which processes"
nok "CGP-06 and the cgroup is removed" test -e "$CG/busy/c"
foreign_ends /busy
rmdir "$CG/busy"

# include/kern/cgroup.h says (cg_enter) what Linux does to what is cloned there
t "cgroups that have been killed"
mkdir "$CG/killed" "$CG/caller"
echo 1 >"$CG/killed/cgroup.kill"
echo 1 >"$CG/caller/cgroup.kill"
echo 1 >"$CG/caller/cgroup.kill"
# shellcheck disable=SC2016 # of the inner shell
from_there=(sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$CG/caller")
for namespaces in . '.linux.namespaces |= map(select(.type != "pid"))'; do
	for there in "" yes; do
		PREFIX=(${there:+"${from_there[@]}"})
		create '.linux.cgroupsPath = $base + "/killed" | '"$namespaces" pause
		is "$rc:$err" "0:" "create"
		start
		init_pid
		of "$PID"
		is "$REPLY" /killed "the process is in it"
		cl exec "$ID" /bin/probe say words
		is "$rc:$out:$err" "0:words:" "exec"
		cl exec --sub-cgroup "$ID" /bin/probe say words
		is "$rc:$out:$err" "0:words:" "exec in one below it"
		cl delete --force "$ID"
		run '.linux.cgroupsPath = $base + "/killed" | .hooks.poststop = [ { path: "/bin/sh", args: [ "sh", "-c", "echo once >>'"$B"'/hooks" ] } ]
			| '"$namespaces" say words
		is "$rc:$out:$err" "0:words:" "run"
		is "$(<"$B/hooks")" once "poststop hooks run once"
		rm "$B/hooks"
		run '.linux.cgroupsPath = $base + "/killed" | .unknown = 1 | '"$namespaces" say words
		like "$rc:$err" '^0:crun-lite: warning: config.json:[0-9]+:[0-9]+: unknown: unknown field$' "a second try repeats no warning"
	done
done
PREFIX=()
rmdir "$CG/killed" "$CG/caller"

t "a cgroup that exists"
mkdir "$CG/mine"
run '.linux.cgroupsPath = $base + "/mine"' say ok
is "$rc:$out" "0:ok" "CGP-07 an empty cgroup may be used"
ok "CGP-08 and is not removed by delete" test -d "$CG/mine"
foreign /mine
run '.linux.cgroupsPath = $base + "/mine"' say never
fails "container's cgroup is not empty: .*mine.*processes" "CGP-07 one with processes is refused"
ok "CGP-08 they survive" kill -0 "$JOB"
ok "CGP-08 in their cgroup" grep -qx "$JOB" "$CG/mine/cgroup.procs"
foreign_ends /mine
echo 1 >"$CG/mine/cgroup.freeze"
"$AID" wait-text "$CG/mine/cgroup.events" "frozen 1"
run '.linux.cgroupsPath = $base + "/mine"' say never
fails "container's cgroup unexpectedly frozen: .*mine.*thawed" "CGP-07 a frozen one is refused"
echo 0 >"$CG/mine/cgroup.freeze"
if [ -n "$(has /mine)" ]; then
	read -r c _ < <(has /mine)
	echo "+$c" >"$CG/mine/cgroup.subtree_control"
	for f in . '.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)'; do
		run '.linux.cgroupsPath = $base + "/mine" | '"$f" say never
		fails "clone init into cgroup \".*/mine\", which hands controllers to its children \(cgroup.subtree_control\).*device or resource busy" \
			"CGP-07 one that hands controllers down takes no processes: the error says so"
		unlike "$err" "warning" "CGP-07 and no process that was never made could not be ended"
	done
	ok "CGP-08 and is still there" test -d "$CG/mine"
else
	skip "CGP-07 one that hands controllers down" "host: no controller hugetlb in cgroup v2"
fi
rmdir "$CG/mine"

t "below a frozen cgroup"
mkdir "$CG/cold"
cold() { echo "$1" >"$CG/cold/cgroup.freeze" && "$AID" wait-text "$CG/cold/cgroup.events" "frozen $1"; }
for f in . '.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)'; do
	cold 1
	new_id
	conf '.linux.cgroupsPath = $base + "/cold/" + $id | '"$f" pause
	job "$CRUN_LITE" --root "$STATE" create -b "$B" "$ID"
	job_said thawed
	cold 0
	job_ended
	is "$rc" 0 "CGP-07 create goes on when it is thawed"
	like "$out" "container \"$ID\" waits for its cgroup \".*/cold/$ID\" to be thawed: cgroup \".*/cold\" is frozen" "CGP-07 it has said what it waits for"
	status_is created "CGP-07 and the container is there"
	cl delete --force "$ID"
done
cold 1
run '.linux.cgroupsPath = $base + "/cold/" + $id' say never
fails "container's cgroup unexpectedly frozen: .*/cold/$ID.*/cold\" was not thawed" "CGP-07 one that stays frozen is an error in the end"
nok "CGP-08 no cgroup is left" test -e "$CG/cold/$ID"
cold 0
rmdir "$CG/cold"

t "delete"
RUN=(-d)
run . pause
init_pid
foreign "/$ID"
cl delete --force "$ID"
is "$rc:$err" "0:" "CGP-08 what joined the container's own cgroup ends with it"
{ job_ended; } 2>/dev/null
is "$rc" 137 "CGP-08 it is killed"
RUN=(-d)
mkdir "$CG/mine"
run '.linux.cgroupsPath = $base + "/mine"' pause
mkdir -p "$CG/mine/sub/sub"
cl delete --force "$ID"
is "$rc:$err" "0:" "CGP-08 delete of a container in a cgroup that it did not make"
ok "CGP-08 the cgroup stays" test -d "$CG/mine"
is "$(cat "$CG/mine/cgroup.procs")" "" "CGP-08 empty"
find "$CG/mine" -depth -type d -exec rmdir {} +
RUN=()

t "owner"
# the first user is root, so nothing shows that the owner changed, unless ids are mapped
writable='.mounts |= map(if .destination == "/sys/fs/cgroup" then .options -= [ "ro" ] else . end)'
owners() { (cd "$CG/$ID" && stat -c '%n %u' . cgroup.procs cgroup.subtree_control cgroup.threads cgroup.kill hugetlb.2MB.max 2>&1 | tr '\n' ' '); }
huge='.linux.resources.hugepageLimits = [ { pageSize: "2MB", limit: 4194304 } ]'
create "userns | $huge | $writable" pause
is "$(owners)" ". 100000 cgroup.procs 100000 cgroup.subtree_control 100000 cgroup.threads 100000 cgroup.kill 0 hugetlb.2MB.max 0 " \
	"CGP-10 a writable cgroup mount in a new cgroup namespace: the cgroup belongs to the program's user, the limits do not"
cl delete --force "$ID"
create "userns | $huge | $writable | .process.user = { uid: 7, gid: 7 }" pause
like "$(owners)" "^\. 100007 cgroup.procs 100007 .*hugetlb.2MB.max 0 " "CGP-10 which is process.user as the host calls it"
cl delete --force "$ID"
create "$writable | .process.user = { uid: 7, gid: 7 }" pause
like "$(owners)" "^\. 7 cgroup.procs 7 " "CGP-10 also without a user namespace"
cl delete --force "$ID"
for f in "$huge" "$writable | nons(\"cgroup\")" "$writable | nomount(\"/sys/fs/cgroup\")"; do
	create "userns | .process.user = { uid: 7, gid: 7 } | $f" pause
	like "$(owners)" "^\. 0 cgroup.procs 0 " "CGP-10 otherwise it stays root's: $f"
	cl delete --force "$ID"
done
# which hides a part of sysfs, so that a user namespace gets none
mount -t tmpfs tmpfs /sys/kernel
mkdir -p "$B/rootfs/sys/fs/cgroup"
create "userns | $writable | nomount(\"/sys\")" pause
like "$(owners)" "^\. 100000 cgroup.procs 100000 cgroup.subtree_control 100000 cgroup.threads 100000 " "CGP-11 without a list from the kernel the three files of every kernel"
cl delete --force "$ID"
umount /sys/kernel

t "nothing asked for"
for f in 'del(.linux.resources)' '.linux.resources = {}' '.linux.resources = { memory: {}, cpu: {}, blockIO: {}, pids: {}, network: {}, hugepageLimits: [], rdma: {}, unified: {}, devices: [] }' \
	'.linux.resources.memory = { limit: 0, reservation: 0, swap: 0, kernel: 0, kernelTCP: 0, disableOOMKiller: false, useHierarchy: true }' \
	'.linux.resources.cpu = { shares: 0, quota: 0, period: 0, realtimeRuntime: 0, realtimePeriod: 0, cpus: "", mems: "" }' \
	'.linux.resources.blockIO = { weight: 0, leafWeight: 0, weightDevice: [], throttleReadBpsDevice: [] }' '.linux.resources.network = { classID: 0, priorities: [] }' \
	'.linux.resources = { memory: { limit: -1, swap: -1 }, cpu: { quota: -1 }, pids: { limit: -1 } }'; do
	run "$f" say ok
	is "$rc:$out" "0:ok" "CG-01 CG-26 CG-39 nothing is limited by $f"
done

t "what cgroup v2 does not have"
while read -r path value; do
	[ -n "$path" ] || continue
	run "$(res "$value")" say never
	refused "linux.resources.$path" "cgroup v2" "CG-02 CG-10 CG-11 CG-12 CG-13 CG-19 CG-21 CG-33 $value is refused"
done <<'END'
memory.kernel memory: { kernel: 1000000 }
memory.kernelTCP memory: { kernelTCP: 1000000 }
memory.swappiness memory: { swappiness: 50 }
memory.disableOOMKiller memory: { disableOOMKiller: true }
memory.useHierarchy memory: { useHierarchy: false }
cpu.realtimeRuntime cpu: { realtimeRuntime: 9000 }
cpu.realtimePeriod cpu: { realtimePeriod: 100000 }
blockIO.leafWeight blockIO: { leafWeight: 10 }
blockIO.weightDevice[0].leafWeight blockIO: { weightDevice: [ { major: 8, minor: 0, weight: 10, leafWeight: 10 } ] }
network.classID network: { classID: 1048577 }
network.priorities network: { priorities: [ { name: "lo", priority: 5 } ] }
END
run "$(res 'memory: { swappiness: 200 }')" say never
refused linux.resources.memory.swappiness . "CG-11 swappiness is also checked for its range"

t "controllers that are not there"
while read -r controller value; do
	[ -n "$controller" ] || continue
	grep -qw "$controller" "$CG/cgroup.controllers" && skip "CG-03 a limit of $controller is an error" "host: the controller is there" && continue
	run "$(res "$value")" say never
	fails "controller \"$controller\".*not available" "CG-03 a limit of $controller is an error that names it: $value"
	nok "CG-03 and leaves no cgroup" test -e "$CG/$ID"
done <<'END'
memory memory: { limit: 104857600 }
memory memory: { reservation: 104857600 }
cpu cpu: { shares: 1024 }
cpu cpu: { quota: 50000, period: 100000 }
cpuset cpu: { cpus: "0" }
io blockIO: { throttleReadBpsDevice: [ { major: 8, minor: 0, rate: 1000 } ] }
pids pids: { limit: 100 }
rdma rdma: { mlx5_1: { hcaHandles: 3 } }
memory unified: { "memory.max": "104857600" }
pids unified: { "pids.max": "100" }
END
if ! grep -qw pids "$CG/cgroup.controllers"; then
	run "$(res 'pids: { limit: 100 }')" say never
	like "$err" "hugetlb" "CG-03 the error says what there is"
fi

t "huge pages"
# a size whose pages do not fill the largest number shows that number instead of "max"
limits() { (cd "$CG/$ID" && cat hugetlb.2MB.max hugetlb.2MB.rsvd.max hugetlb.1GB.max 2>&1 | sed 's/^922337203.*/max/' | tr '\n' ' '); }
create "$(res 'hugepageLimits: [ { pageSize: "2MB", limit: 4194304 }, { pageSize: "1GB", limit: 1073741824 } ]')" pause
succeeds "CG-24 limits of huge pages"
is "$(limits)" "4194304 4194304 1073741824 " "CG-24 use and reservation"
cl delete --force "$ID"
create "$(res 'hugepageLimits: [ { pageSize: "2MB", limit: 0 } ]')" pause
is "$(limits)" "0 0 max " "CG-24 a limit of nothing is a limit"
cl delete --force "$ID"
conf "$(res 'hugepageLimits: [ { pageSize: "2MB", limit: "@@" } ]')" pause
sed -i 's/"@@"/18446744073709551615/' "$B/config.json"
new_id
recreate
is "$rc" 0 "CG-24 the largest number"
init_pid
cl delete --force "$ID"
for h in '{ pageSize: "3MB", limit: 0 }' '{ pageSize: "64KB", limit: 0 }'; do
	run "$(res "hugepageLimits: [ $h ]")" say never
	fails "linux\.resources\.hugepageLimits\[0\].*hugetlb\.(3MB|64KB)\.max" "CG-24 a size that the host does not have is an error: $h"
done
for h in '{ pageSize: "2mb", limit: 0 }' '{ pageSize: "02MB", limit: 0 }' '{ pageSize: "MB", limit: 0 }' '{ pageSize: "2M", limit: 0 }' '{ pageSize: "2048", limit: 0 }' '{ pageSize: "../x", limit: 0 }' \
	'{ pageSize: 2, limit: 0 }' '{ limit: 0 }'; do
	run "$(res "hugepageLimits: [ $h ]")" say never
	refused "linux.resources.hugepageLimits[0].pageSize" . "CG-24 $h is refused"
done
for h in '{ pageSize: "2MB" }' '{ pageSize: "2MB", limit: -1 }' '{ pageSize: "2MB", limit: "1" }'; do
	run "$(res "hugepageLimits: [ $h ]")" say never
	refused "linux.resources.hugepageLimits[0].limit" . "CG-24 $h is refused"
done

t "unified"
create "$(res 'unified: { "hugetlb.2MB.max": "6291456", "hugetlb.1GB.max": "0" }')" pause
is "$(limits)" "6291456 max 0 " "CG-35 the values are written"
cl delete --force "$ID"
create "$(res 'hugepageLimits: [ { pageSize: "2MB", limit: 4194304 } ], unified: { "hugetlb.2MB.max": "2097152\n6291456\n" }')" pause
is "$(limits)" "6291456 4194304 max " "CG-35 line by line, after the other limits"
cl delete --force "$ID"
create "$(res 'unified: { "cgroup.max.depth": "3" }')" pause
is "$(cat "$CG/$ID/cgroup.max.depth")" 3 "CG-35 files that need no controller"
cl delete --force "$ID"
run "$(res 'unified: { "hugetlb.2MB.no-such": "1" }')" say never
fails "linux\.resources\.unified.*hugetlb\.2MB\.no-such" "CG-35 a file that does not exist is an error"
run "$(res 'unified: { "hugetlb.2MB.max": "many" }')" say never
fails "linux\.resources\.unified.*hugetlb\.2MB\.max.*invalid argument" "CG-35 so is a value that the kernel refuses"
run "$(res 'unified: { "hugetlb.2MB.max": 7 }')" say never
fails "config\.json:[0-9]+:[0-9]+: linux\.resources\.unified.*string" "CG-35 a value that is no string is refused"
depth=$(cat "$CG/cgroup.max.depth")
for k in ../cgroup.max.depth ./cgroup.max.depth "self/cgroup.max.depth" . .. foo "" "/x.y"; do
	run "$(res "unified: { \"$k\": \"7\" }")" say never
	fails "config\.json:[0-9]+:[0-9]+: linux\.resources\.unified" "CG-36 the name \"$k\" is refused"
done
is "$(cat "$CG/cgroup.max.depth")" "$depth" "CG-36 nothing above was written"

#!/bin/bash
# systemd.t - the cgroup as a scope of systemd, of the system's service manager and of a user's
VIEW=host
. "${0%/*}/../cli/lib.sh"
# the short way to the service manager is closed to other pid namespaces
export SYSTEMCTL_FORCE_BUS=1

# scoped FILTER [PROBE...] - created through systemd
scoped() {
	RUN=()
	new_id
	conf "del(.linux.cgroupsPath) | $1" "${@:2}"
	execute "$B/out" "$B/err" "$CRUN_LITE" --root "$STATE" --systemd-cgroup create -b "$B" "$ID"
}

# prop NAME [UNIT] - of the scope as systemd has it, in REPLY
prop() { REPLY=$(systemctl show -p "$1" --value "${2:-$SCOPE}"); }

# shows NAME VALUE DESCRIPTION
shows() {
	prop "$1"
	is "$REPLY" "$2" "$3: $1"
}

# gone DESCRIPTION - no unit of that name is loaded, no cgroup there
gone() {
	is "$(systemctl list-units --all --plain --no-legend "$SCOPE")" "" "$1: no unit is left"
	nok "$1: no cgroup is left" test -e "$CGROUP"
}

t "a scope"
scoped . pause
SCOPE=crun-lite-$ID.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
succeeds "create"
init_pid
is "$(cat "$CGROUP/cgroup.procs")" "$PID" "CGP-05 init is in the scope itself, below system.slice"
shows ActiveState active "the unit"
shows Slice system.slice "the unit"
shows Delegate yes "the unit"
shows CollectMode inactive-or-failed "the unit"
shows DefaultDependencies no "the unit"
shows Description "crun-lite container $ID" "the unit"
shows DevicePolicy strict "the unit"
for a in CPU IO Memory Tasks; do shows "${a}Accounting" yes "the unit"; done
is "$(cat "$CGROUP/cgroup.controllers")" "$(cat /sys/fs/cgroup/cgroup.controllers)" "the scope has every controller, also those that systemd does not know"
is "$(jq -r .systemdScope,.systemdSlice,.systemdUser,.cgroup "$STATE/$ID/state.json" | tr '\n' ' ')" \
	"$SCOPE system.slice false /system.slice/$SCOPE " "the state has the names"
is "$(find /proc/"$PID"/fd -lname 'socket:*' | wc -l)" 1 "init keeps no connection to the bus"
start
status_is running "start"
cl exec "$ID" /bin/probe read /proc/self/cgroup
line "read /proc/self/cgroup=OK:0::/" "exec is in the scope as well"
PREFIX=(env DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere)
status_is running "state needs no bus"
cl kill "$ID" KILL
succeeds "kill needs no bus"
PREFIX=()
ended
cl delete "$ID"
is "$rc:$err" "0:" "delete"
gone "delete"

t "run"
new_id
conf "del(.linux.cgroupsPath) | opt(\"/sys/fs/cgroup\"; [])" read /proc/self/cgroup
cl --cgroup-manager=systemd run -b "$B" "$ID"
SCOPE=crun-lite-$ID.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
line "read /proc/self/cgroup=OK:0::/" "the cgroup namespace begins at the scope"
gone "run"

t "killed for want of memory"
eater='.linux.resources.memory = { limit: 16777216, swap: 16777216 } | .process.args = ["/bin/busybox", "dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"]'
for i in 1 2 3; do
	new_id
	conf "del(.linux.cgroupsPath) | $eater"
	cl --cgroup-manager=systemd run --keep -b "$B" "$ID"
	SCOPE=crun-lite-$ID.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
	like "$rc:$err" "^137:crun-lite: warning: container \"$ID\": the OOM killer ended [12] of its processes: it reached its limit, memory.max is 16777216" \
		"run says why, though the scope is gone ($i)"
	state '"\(.status) \(.exitSignal) \(.oomKilled)"'
	is "$REPLY" "stopped 9 true" "and so does the state ($i)"
	cl delete "$ID"
	gone "killed for want of memory"
done
mkfifo "$B/rootfs/go"
new_id
conf 'del(.linux.cgroupsPath) | .linux.resources.memory = { limit: 16777216, swap: 16777216 } | .process.args = ["/bin/sh", "-c", "echo up; read x </go; exit 3"]'
job "$CRUN_LITE" --root "$STATE" --cgroup-manager=systemd run --keep -b "$B" "$ID"
job_said up
cl exec "$ID" /bin/busybox dd if=/dev/zero of=/dev/null bs=64M count=1
is "$rc" 137 "only an exec is killed"
echo >"$B/rootfs/go"
job_ended
like "$rc:$out" "^3:.*the OOM killer ended [12] of its processes" "run says so"
state '"\(.status) \(.exitCode) \(.oomKilled)"'
is "$REPLY" "stopped 3 false" "but it is not how the container ended"
cl delete "$ID"

t "slices"
scoped '.linux.cgroupsPath = "clt-a-b.slice:web:" + $id' pause
SCOPE=web-$ID.scope CGROUP=/sys/fs/cgroup/clt.slice/clt-a.slice/clt-a-b.slice/$SCOPE
init_pid
is "$(cat "$CGROUP/cgroup.procs")" "$PID" "CGP-05 nested slices"
cl delete --force "$ID"
gone "nested slices"
scoped '.linux.cgroupsPath = "::" + $id' pause
SCOPE=$ID.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
init_pid
is "$(cat "$CGROUP/cgroup.procs")" "$PID" "CGP-05 without slice and prefix"
cl delete --force "$ID"
for path in /a/b a a:b a:b:c:d nosuffix:p:n "-a.slice:p:n" "a--b.slice:p:n" "a/b.slice:p:n" "a.slice:p:" "a.slice:p:x y" "a.slice:p:x.slice" "a.slice:p:../x"; do
	scoped ".linux.cgroupsPath = \"$path\"" pause
	err=$(<"$B/err")
	fails "slice:prefix:name|name of a scope" "CGP-05 \"$path\" is refused"
done

t "a cgroup below the scope"
scoped '.annotations["run.oci.systemd.subgroup"] = "payload" | .linux.resources = { memory: { limit: 104857600 }, pids: { limit: 33 },
	hugepageLimits: [ { pageSize: "2MB", limit: 4194304 } ] } | opt("/sys/fs/cgroup"; [])' pause
SCOPE=crun-lite-$ID.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE/payload
err=$(<"$B/err")
succeeds "run.oci.systemd.subgroup"
init_pid
is "$(cat "$CGROUP/cgroup.procs")" "$PID" "init is in the cgroup of that name"
is "$(cat "${CGROUP%/*}/cgroup.procs")" "" "and nobody in the scope itself"
is "$(jq -r .cgroup "$STATE/$ID/state.json")" "/system.slice/$SCOPE/payload" "the state has it"
is "$(cat "$CGROUP"/{memory.max,pids.max,hugetlb.2MB.max} | tr '\n' ' ')" "104857600 33 4194304 " "its limits are where the container sees them"
shows MemoryMax 104857600 "and on the scope"
start
cl exec "$ID" /bin/probe read /proc/self/cgroup , read /sys/fs/cgroup/memory.max
lines "read /proc/self/cgroup=OK:0::/
read /sys/fs/cgroup/memory.max=OK:104857600" "exec is in it as well"
cl update --memory 50m "$ID"
is "$rc:$err:$(cat "$CGROUP/memory.max")" "0::52428800" "update changes it"
shows MemoryMax 52428800 "and the scope"
cl delete --force "$ID"
is "$rc:$err" "0:" "delete"
gone "delete"
nok "nor one of the scope" test -e "${CGROUP%/*}"
scoped '.annotations["run.oci.systemd.subgroup"] = ""' pause
SCOPE=crun-lite-$ID.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
init_pid
is "$(cat "$CGROUP/cgroup.procs")" "$PID" "an empty name: none is made"
cl delete --force "$ID"
for name in a/b . .. /a; do
	scoped ".annotations[\"run.oci.systemd.subgroup\"] = \"$name\"" pause
	err=$(<"$B/err")
	fails 'annotations\["run.oci.systemd.subgroup"\]: must be the name of one cgroup' "the name $name is refused"
done

t "limits"
disk=$(cat /sys/block/nullb0/dev)
d="major: ${disk%:*}, minor: ${disk#*:}"
scoped ".linux.resources = {
	memory: { limit: 104857600, reservation: 52428800, swap: 157286400 },
	cpu: { shares: 2048, quota: 50000, period: 200000, burst: 1000, cpus: \"0-1\", mems: \"0\" },
	pids: { limit: 77 },
	blockIO: { weight: 500, throttleReadBpsDevice: [ { $d, rate: 1048576 } ], throttleWriteIOPSDevice: [ { $d, rate: 400 } ] },
	hugepageLimits: [ { pageSize: \"2MB\", limit: 4194304 } ],
	unified: { \"memory.high\": \"94371840\" } }" pause
SCOPE=crun-lite-$ID.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
err=$(<"$B/err")
succeeds "create with limits"
check_limits() {
	local file value
	while read -r file value; do
		is "$(sed 's/ *$//' "$CGROUP/$file")" "$value" "$1: $file"
	done <<-END2
		memory.max 104857600
		memory.low 52428800
		memory.swap.max 52428800
		memory.high 94371840
		cpu.weight 174
		cpu.max 50000 200000
		cpuset.cpus 0-1
		cpuset.mems 0
		pids.max 77
		io.max $disk rbps=1048576 wbps=max riops=max wiops=400
	END2
}
check_limits "in force"
is "$(cat "$CGROUP/hugetlb.2MB.max")" 4194304 "what systemd has no property for is written"
is "$(cat "$CGROUP/cpu.max.burst")" 1000 "what systemd has no property for is written"
shows MemoryMax 104857600 "systemd knows"
shows MemoryLow 52428800 "systemd knows"
shows MemorySwapMax 52428800 "systemd knows"
shows MemoryHigh 94371840 "systemd knows"
shows CPUWeight 174 "systemd knows"
shows CPUQuotaPerSecUSec 250ms "systemd knows"
shows CPUQuotaPeriodUSec 200ms "systemd knows"
shows AllowedCPUs "0-1" "systemd knows"
shows AllowedMemoryNodes 0 "systemd knows"
shows TasksMax 77 "systemd knows"
shows IOWeight 4950 "systemd knows"
prop IOReadBandwidthMax
like "$REPLY" "/dev/block/$disk 1048576|/dev/nullb0 1048576" "systemd knows: IOReadBandwidthMax"
systemctl daemon-reload
check_limits "after a reload"
cl delete --force "$ID"
gone "limits"
for limit in 0 1; do
	new_id
	conf "del(.linux.cgroupsPath) | .linux.resources.pids.limit = $limit" say ok
	cl --systemd-cgroup run -b "$B" "$ID"
	is "$rc:$out" "0:ok" "CG-25 one process runs with a limit of $limit"
done

# below the root, where the processors for it come from
t "a partition of processors"
scoped '.linux.cgroupsPath = "-.slice:clt:part"
	| .linux.resources = { unified: { "cpuset.cpus.partition": "root", "cpuset.cpus": "1" } }' pause
SCOPE=clt-part.scope CGROUP=/sys/fs/cgroup/$SCOPE
err=$(<"$B/err")
succeeds "CG-35 a partition"
is "$(cat "$CGROUP"/cpuset.cpus.{partition,effective} /sys/fs/cgroup/cpuset.cpus.effective | tr '\n' ' ')" "root 1 0 " \
	"CG-35 the container has the processor for itself"
cl delete --force "$ID"
gone "a partition"
scoped '.linux.resources = { cpu: { cpus: "1" }, unified: { "cpuset.cpus.partition": "root" } }' pause
SCOPE=crun-lite-$ID.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
err=$(<"$B/err")
fails "cpuset.cpus.partition.*root invalid" "CG-35 one that cannot be made"
gone "one that cannot be made"

t "devices"
scoped '.linux.resources.devices = [ { allow: false, access: "rwm" }, { allow: true, type: "c", major: 10, minor: 229, access: "rw" },
	{ allow: true, type: "b", major: '"${disk%:*}"', minor: '"${disk#*:}"', access: "rw" } ]
	| .linux.devices = [ { path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438 },
		{ path: "/dev/other", type: "b", major: '"${disk%:*}"', minor: '"${disk#*:}"', fileMode: 438 },
		{ path: "/dev/kmem", type: "c", major: 1, minor: 1, fileMode: 438 } ] | caps(["CAP_SYS_ADMIN", "CAP_MKNOD"])
	| .process.args = ["/bin/sh", "-c", "look() { for d in null zero kmem other; do (: <\"/dev/$d\") 2>/dev/null && echo \"$1 $d\"; done; echo \"$1 end\"; }; look one; while ! test -e /tmp/go; do sleep 0.2; done; look two"]'
SCOPE=crun-lite-$ID.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
prop DeviceAllow
for want in "/dev/char/10:229 rw" "/dev/char/1:3 rwm" "char-136 rwm" "char-\* m" "block-\* m"; do
	like "$REPLY" "(^|.)$want" "DCG-09 systemd knows $want"
done
init_pid
start
said "one end"
systemctl daemon-reload
touch "/proc/$PID/root/tmp/go"
said "two end"
is "$(tr '\n' ',' <"$B/out")" "one null,one zero,one other,one end,two null,two zero,two other,two end," \
	"DCG-09 a reload keeps the devices, and what is denied stays so"
cl delete --force "$ID"
gone "devices"

t "annotations"
scoped '.annotations = { "org.systemd.property.TimeoutStopUSec": "uint64 7000000", "org.systemd.property.KillSignal": "int32 15",
	"org.systemd.property.CollectMode": "'"'inactive'"'", "org.systemd.property.RuntimeMaxSec": "3600",
	"org.systemd.property.Description": "'"'hello'"'", "org.systemd.property.After": "['"'dbus.service'"']" }' pause
SCOPE=crun-lite-$ID.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
err=$(<"$B/err")
succeeds "create with annotations"
shows TimeoutStopUSec 7s "annotation"
shows KillSignal 15 "annotation"
shows CollectMode inactive "annotation"
shows RuntimeMaxUSec 1h "annotation"
shows Description hello "annotation"
prop After
like "$REPLY" dbus.service "annotation: After"
cl delete --force "$ID"
gone "annotations"
scoped '.annotations["org.systemd.property.ExecStopPost"] = "[('"'/bin/touch'"', ['"'/bin/touch'"', '"'/run/pwned'"'], false)]"' pause
err=$(<"$B/err")
fails 'config.json:[0-9:]+ annotations.*"ExecStopPost".*must not be set' "CVE-2024-3154: a command is refused"

t "failures"
scoped '.process.args = ["/none"]'
SCOPE=crun-lite-$ID.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
err=$(<"$B/err")
fails "none" "a create that fails"
gone "a create that fails"
scoped '.linux.resources.unified["memory.no"] = "1"' pause
SCOPE=crun-lite-$ID.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
err=$(<"$B/err")
fails "memory.no" "a limit that cannot be set"
gone "a limit that cannot be set"
scoped '.linux.cgroupsPath = "::twice"' pause
SCOPE=twice.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
init_pid
first=$ID
scoped '.linux.cgroupsPath = "::twice"' pause
err=$(<"$B/err")
fails "twice" "CGP-07 a scope that is in use is refused"
is "$(cat "$CGROUP/cgroup.procs")" "$PID" "CGP-07 and stays as it is"
scoped '.linux.cgroupsPath = "clt.slice::twice"' pause
err=$(<"$B/err")
fails "twice.scope.*(already loaded|UnitExists)" "CGP-07 a unit of that name in another slice is refused"
is "$(cat "$CGROUP/cgroup.procs")" "$PID" "CGP-07 and left alone"
cl delete --force "$first"
gone "twice"
scoped . pause
SCOPE=crun-lite-$ID.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
execute "$W/out" "$W/err" env DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere "$CRUN_LITE" --root "$STATE" delete --force "$ID"
is "$rc" 0 "delete without a bus"
nok "and no cgroup is left" test -e "$CGROUP"

t "a user"
chmod 711 "$W" "$W/b"
mkdir "$W/user"
chown 1000:1000 "$W/user"
chown -R 1000:1000 "$B"
AS=(setpriv --reuid 1000 --regid 1000 --clear-groups env HOME=/home/tester XDG_RUNTIME_DIR=/run/user/1000)
new_id
conf 'del(.linux.cgroupsPath) | ns("user") | .linux.uidMappings = [ { containerID: 0, hostID: 1000, size: 1 } ] | .linux.gidMappings = .linux.uidMappings
	| .linux.resources = { memory: { limit: 104857600 }, pids: { limit: 55 }, devices: [ { allow: false, access: "rwm" } ] }' pause
user() { execute "$W/out" "$W/err" "${AS[@]}" "$CRUN_LITE" --root "$W/user/state" "$@"; }
user --systemd-cgroup create -b "$B" --pid-file "$W/user/pid" "$ID"
succeeds "create as a user"
PID=$(cat "$W/user/pid")
SCOPE=crun-lite-$ID.scope CGROUP=/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/user.slice/$SCOPE
is "$(cat "$CGROUP/cgroup.procs")" "$PID" "init is in the user's scope"
is "$(cat "$CGROUP/memory.max" "$CGROUP/pids.max" | tr '\n' ' ')" "104857600 55 " "with its limits"
user start "$ID"
succeeds "start as a user"
user delete --force "$ID"
is "$rc:$err" "0:" "delete as a user"
nok "no cgroup is left" test -e "$CGROUP"
is "$("${AS[@]}" systemctl --user list-units --all --plain --no-legend "$SCOPE")" "" "no unit is left"
AS=(setpriv --reuid 1000 --regid 1000 --clear-groups env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS)
user --systemd-cgroup create -b "$B" "$ID"
fails "DBUS_SESSION_BUS_ADDRESS or XDG_RUNTIME_DIR must be set" "a user without a bus"

# A service of the system in the user's slice stands for a login session: its cgroup is root's, so the user may not clone from it into
# one of his own. It runs in the namespaces of the machine, where systemd can be told about processes.
t "a user's login session"
home=/home/tester/clt
mkdir -p "$home"
conf "del(.linux.cgroupsPath) | ns(\"user\") | .linux.uidMappings = [ { containerID: 0, hostID: 1000, size: 1 } ] | .linux.gidMappings = .linux.uidMappings" pause
cp -rL "$B" "$home/b"
cat >"$home/session" <<END
#!/bin/bash
cd $home
export XDG_RUNTIME_DIR=/run/user/1000
cl() { $CRUN_LITE --root $home/state "\$@"; echo "rc=\$?"; }
show() { echo "\$1: \$(cat "/proc/\$(cat "\$2")/cgroup")"; }
# detached NAME OPTION... - an exec, and the cgroup that its program is in
detached() {
	rm -f program
	$CRUN_LITE --root $home/state exec -d --pid-file program "\${@:2}" </dev/null >log 2>&1 || cat log
	show "\$1" program
}
echo "session: \$(cat /proc/self/cgroup)"
cl --systemd-cgroup create -b b --pid-file init c1 </dev/null >/dev/null 2>create
show init init
cl start c1
cl exec c1 /bin/sh -c 'exit 7'
detached exec c1 /bin/sleep 1000
detached process --process process.json c1
scope=/sys/fs/cgroup\$(sed 's/^0:://' "/proc/\$(cat init)/cgroup")
mkdir "\$scope/leaf"
detached sub --cgroup leaf c1 /bin/sleep 1000
for p in \$(cat "\$scope/cgroup.procs"); do echo "\$p" >"\$scope/leaf/cgroup.procs"; done
echo +memory >"\$scope/cgroup.subtree_control"
detached busy c1 /bin/sleep 1000
echo "no bus: \$(XDG_RUNTIME_DIR= cl exec c1 /bin/true 2>&1)"
echo "left: \$(for p in \$(cat "\$scope"/cgroup.procs "\$scope"/leaf/cgroup.procs); do tr '\\0' ' ' <"/proc/\$p/cmdline"; echo -n ,; done)"
cl delete --force c1
systemd-run --user --scope --quiet $CRUN_LITE --root $home/state create -b b --pid-file init c2 </dev/null >/dev/null 2>create
$CRUN_LITE --root $home/state start c2
echo "no scope: \$(cl exec c2 /bin/true 2>&1 | tr '\\n' ' ')"
cl delete --force c2
END
jq '.process | .args = ["/bin/sleep", "1000"]' "$B/config.json" >"$home/process.json"
chmod 755 "$home/session"
chown -R 1000:1000 "$home"
cat >/run/systemd/system/clt-session.service <<END
[Service]
Type=oneshot
User=tester
Slice=user-1000.slice
ExecStart=$home/session
StandardOutput=file:$home/out
StandardError=inherit
END
systemctl daemon-reload
execute "$W/out" "$W/err" systemctl start clt-session.service
succeeds "the session"
rm /run/systemd/system/clt-session.service
systemctl daemon-reload
rc=0 out=$(<"$home/out")
scope=/user.slice/user-1000.slice/user@1000.service/user.slice/crun-lite-c1.scope
lines "session: 0::/user.slice/user-1000.slice/clt-session.service
init: 0::$scope
rc=7
exec: 0::$scope
process: 0::$scope
sub: 0::$scope/leaf" "exec puts its program into the scope, by way of systemd"
line "busy: 0::$scope/leaf" "or where init is, when the scope takes no processes"
like "$out" "no bus: crun-lite: exec failed: the bus of the user's service manager is not known.*rc=255" "without a bus it is an error"
still=${out##*left: } still=${still%%$'\n'*}
like "$still" "^(/bin/probe pause ,|/bin/sleep 1000 ,){5}$" "and no process is left of it"
like "$out" "no scope: crun-lite: exec failed: clone the program's process into cgroup .*: permission denied .*systemd-run --user --scope.*rc=255" \
	"a container that is in no scope: the error says what to do"
[ "$failures" = 0 ] || note "$out"$'\n'"$(cat "$home/create")"
rm -rf "$home"
finish

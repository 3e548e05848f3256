#!/bin/bash
# update.t - other limits for a container that is there, with no controller but hugetlb (tests/vm/update.t has all)
. "${0%/*}/lib.sh"

# of FILE - of the container's cgroup, in REPLY
of() { REPLY=$(sed 's/^922337203.*/max/' "$CG/$ID/$1"); }

# with JSON [ARGUMENT...] - update --resources -
with() {
	printf '%s' "$1" >"$W/json"
	IN=$W/json
	cl update --resources - "${@:2}" "$ID"
	IN=/dev/null
}

# says REGEX DESCRIPTION - the update failed, and the container is still there
says() {
	if [ "$rc" != 1 ]; then fail "$2" "want exit status 1"; else like "$err" "$1" "$2"; fi
}

huge() { printf '{"hugepageLimits":[{"pageSize":"2MB","limit":%s}]}' "$1"; }

t "a limit changes"
create '.linux.resources.hugepageLimits = [ { pageSize: "2MB", limit: 2097152 } ]' pause
with "$(huge 4194304)"
is "$rc:$out$err" "0:" "a created container"
of hugetlb.2MB.max
is "$REPLY" 4194304 "has the new limit"
of hugetlb.2MB.rsvd.max
is "$REPLY" 4194304 "in both files"
start
with "$(huge 6291456)"
is "$rc:$err" "0:" "a running container"
of hugetlb.2MB.max
is "$REPLY" 6291456 "has the new limit"
echo 1 >"$CG/$ID/cgroup.freeze"
"$AID" wait-text "$CG/$ID/cgroup.events" "frozen 1"
with "$(huge 8388608)"
is "$rc:$err" "0:" "a paused container"
of hugetlb.2MB.max
is "$REPLY" 8388608 "has the new limit"
status_is paused "and is still paused"
echo 0 >"$CG/$ID/cgroup.freeze"
"$AID" wait-text "$CG/$ID/cgroup.events" "frozen 0"
with '{"unified":{"hugetlb.1GB.max":"0"}}'
is "$rc:$err" "0:" "another one"
of hugetlb.1GB.max
is "$REPLY" 0 "is put in force"
of hugetlb.2MB.max
is "$REPLY" 8388608 "what is not mentioned stays"

t "where the document comes from"
create . pause
huge 2097152 >"$W/json"
for form in "--resources $W/json" "--resources=$W/json" "-r $W/json" "-r=$W/json" "-resources $W/json"; do
	echo max >"$CG/$ID/hugetlb.2MB.max" 2>/dev/null
	# shellcheck disable=SC2086 # two words
	cl update $form "$ID"
	of hugetlb.2MB.max 2>/dev/null
	is "$rc:$err:$REPLY" "0::2097152" "$form"
done
IN=$W/json
for form in "--resources -" "--resources=-" "-r -" "-r-"; do
	# shellcheck disable=SC2086
	cl update $form "$ID"
	is "$rc:$err" "0:" "$form reads standard input"
done
IN=/dev/null
cl update -r <(huge 4194304) "$ID"
of hugetlb.2MB.max
is "$rc:$REPLY" "0:4194304" "a pipe with a name"
cl update "$ID" -r "$W/json"
is "$rc:$err" "0:" "options behind the argument"
cl --systemd-cgroup update -r "$W/json" "$ID"
is "$rc:$err" "0:" "the container knows who manages its cgroup, whatever the caller says"
cl update -r "$W/none" "$ID"
says "open \"$W/none\": no such file or directory" "a file that is not there"
with ''
says 'standard input:1:1: expected a value' "an empty document"
with '[]'
says 'standard input:1:1: .*must be an object' "a document of another kind"
with '{"memory":{"limit":"1g"}}'
says 'standard input:1:20: memory\.limit: must be a number|standard input:1:20: memory\.limit: must be a whole number' "a value of another kind, with its place"
with '{"memori":{}}'
is "$rc" 0 "an unknown field is no error"
like "$err" 'standard input:1:[0-9]+: memori: unknown field' "but a warning"
with '{' --memory 5 --l3-cache-schema L3:0=1
like "$err" 'warning: --memory is ignored: --resources is given.*warning: --l3-cache-schema is ignored' "other options do not count, and that is said"

t "nothing asked for"
create . pause
for json in '{}' '{"memory":{},"cpu":{},"pids":{},"blockIO":{},"network":{},"unified":{},"hugepageLimits":[]}' \
	'{"devices":[{"allow":false,"access":"rwm"}],"memory":{"limit":0,"reservation":0,"swap":0,"kernel":0,"kernelTCP":0,"disableOOMKiller":false},"cpu":{"shares":0,"quota":0,"period":0,"realtimeRuntime":0,"realtimePeriod":0,"cpus":"","mems":""},"blockIO":{"weight":0}}' \
	'{"cpu":{"shares":null},"memory":null}'; do
	with "$json"
	is "$rc:$err" "0:" "CG-39 needs no controller: $json"
done
for json in '{"unified":{"memory.max":"","pids.max":"\n","cpu.max":" "}}' '{"cpu":{"idle":0,"burst":0,"quota":-1,"period":100000}}' \
	'{"blockIO":{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":0}]}}'; do
	with "$json"
	is "$rc:$err" "0:" "CG-39 needs no controller: $json"
done
cl update "$ID"
is "$rc:$err" "0:" "no option at all"
cl update --memory 0 --cpu-quota 0 --cpu-share 0 --blkio-weight 0 --memory "" "$ID"
is "$rc:$err" "0:" "nor do options with 0"

t "an empty value"
create '.linux.resources.hugepageLimits = [ { pageSize: "2MB", limit: 2097152 } ]' pause
for value in "" " " '\n' '\n \n'; do
	with "{\"unified\":{\"hugetlb.2MB.max\":\"$value\"}}"
	of hugetlb.2MB.max
	is "$rc:$err:$REPLY" "0::2097152" "CG-35 \"$value\" in unified leaves the file as it is"
done

t "all or nothing"
create '.linux.resources.hugepageLimits = [ { pageSize: "2MB", limit: 2097152 }, { pageSize: "1GB", limit: 1073741824 } ]' pause
with '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}],"unified":{"hugetlb.1GB.max":"many"}}'
says "update \"$ID\": standard input:1:[0-9]+: unified\[\"hugetlb.1GB.max\"\]: write \"many\" to \"hugetlb.1GB.max\" of cgroup \"/$ID\": invalid argument" \
	"a refused value is named: place, file, value, reason"
of hugetlb.2MB.max
is "$REPLY" 2097152 "and what was written before it is taken back"
of hugetlb.2MB.rsvd.max
is "$REPLY" 2097152 "in every file"
with '{"unified":{"hugetlb.2MB.max":"6291456\nmany\n"}}'
says 'write "many"' "a refused line"
of hugetlb.2MB.max
is "$REPLY" 2097152 "takes the lines before it back"
with '{"unified":{"cgroup.max.depth":"5","hugetlb.3MB.max":"0"}}'
says 'hugetlb.3MB.max.*no such file or directory' "a file that does not exist"
is "$(cat "$CG/$ID/cgroup.max.depth")" max "takes back what came before"
with '{"hugepageLimits":[{"pageSize":"2MB","limit":0}],"unified":{"../cgroup.procs":"1"}}'
says 'must have the name of a cgroup file' "a name that leads elsewhere"
of hugetlb.2MB.max
is "$REPLY" 2097152 "is refused before anything is written"

t "what cannot be had"
create . pause
while read -r controller args; do
	[ -n "$controller" ] || continue
	grep -qw "$controller" "$CG/cgroup.controllers" && skip "CG-03 $args is an error" "host: the controller is there" && continue
	# shellcheck disable=SC2086
	cl update $args "$ID"
	says "controller \"$controller\" is not available" "CG-03 $args is an error that names the controller"
done <<'END'
memory --memory 512m
memory --memory-reservation 1.5g
memory --memory 512m --memory-swap 1g
cpu --cpu-share 512
cpu --cpu-quota 50000 --cpu-period 100000
cpu --cpu-period 50000
cpu --cpu-burst 1000
cpu --cpu-idle 1
cpuset --cpuset-cpus 0
cpuset --cpuset-mems 0
io --blkio-weight 100
pids --pids-limit 7
END
if ! grep -qw memory "$CG/cgroup.controllers"; then
	cl update --memory-swap 1g "$ID"
	says 'controller "memory" is not available' "swap without any limit of memory"
fi

t "options"
create . pause
while IFS=: read -r args want; do
	# shellcheck disable=SC2086
	cl update $args "$ID"
	says "$want" "$args is refused"
done <<'END'
--memory x:option "--memory" must be a size such as 512m or 1.5g, or -1, not "x"
--memory -2:option "--memory" must be a size
--memory-swap 1z:option "--memory-swap" must be a size
--memory-reservation 9999999p:option "--memory-reservation" must be a size
--cpu-share -1:option "--cpu-share" must be a whole number, not "-1"
--cpu-share 1.5:option "--cpu-share" must be a whole number
--cpu-quota 1x:option "--cpu-quota" must be a whole number, or -1
--pids-limit many:option "--pids-limit" must be a whole number, or -1
--pids-limit -2:pids.limit. must be
--cpu-idle 2:cpu.idle. must be
--cpuset-cpus 1-:cpu.cpus. must be
--blkio-weight 5:blockIO.weight. must be a whole number from 10 to 1000, not 5
--blkio-weight 1001:blockIO.weight. must be
--cpu-period 10:cpu.period. must be from 1000 to 1000000 microseconds
--cpu-rt-period 1000:cpu.realtimePeriod. cgroup v2 has no equivalent
--cpu-rt-runtime 1000:cpu.realtimeRuntime. cgroup v2 has no equivalent
--memory 2m --memory-swap 1m:memory.swap. must be memory and swap together
--mem-bw-schema 0=70:memBwSchema. must start with "MB."
--no-such:unknown option
END
for o in --kernel-memory --kernel-memory-tcp; do
	cl update $o 5m "$ID"
	is "$rc" 0 "$o is no error"
	like "$err" "warning: --kernel-memory and --kernel-memory-tcp are ignored" "$o does nothing, and that is said"
done
for o in "--l3-cache-schema L3:0=f" "--mem-bw-schema MB:0=70"; do
	# shellcheck disable=SC2086
	cl update $o "$ID"
	says "no resctrl group: it was made without linux.intelRdt" "RDT-01 $o for a container that has no group"
done

t "which container"
cl update --memory 5m none
says 'container "none" does not exist' "one that is not there"
cl update
says "argument ID is missing" "none"
cl update a b
says 'unexpected argument "b"' "two"
create . pause
init_pid
cl kill "$ID" KILL
ended
cl update -r <(huge 0) "$ID"
says "container not running" "a stopped one"
nok "its cgroup is as it was" grep -qx 0 "$CG/$ID/hugetlb.2MB.max"
mkdir "$STATE/half"
cl update half
says 'container "half" is broken' "a broken one"
rmdir "$STATE/half"

t "without a cgroup"
new_id
conf . pause
execute "$B/out" "$B/err" "$CRUN_LITE" --root "$STATE" --cgroup-manager disabled create -b "$B" "$ID"
cl update -r <(huge 0) "$ID"
says "hugepageLimits\[0\]: the container has no cgroup of its own" "a limit is an error"
cl update -r <(echo '{}') "$ID"
is "$rc:$err" "0:" "no limit is none"

t "devices"
create '.linux.devices = [ { path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438 } ]
	| .linux.resources.devices = [ { allow: false, access: "rwm" }, { allow: true, type: "c", major: 10, minor: 229, access: "rw" } ]
	| .process.args = ["/bin/sh", "-c", "look() { for d in null zero fuse; do (: <\"/dev/$d\") 2>&1 | grep -q permitted && echo \"$1 no $d\"; done; echo \"$1 end\"; }; look one; while ! test -e /tmp/go; do sleep 0.1; done; look two"]'
init_pid
start
said "one end"
with '{"devices":[{"allow":false,"access":"rwm"}],"hugepageLimits":[{"pageSize":"2MB","limit":0}]}'
is "$rc:$err" "0:" "DCG-09 rules for devices are passed over"
touch "/proc/$PID/root/tmp/go"
said "two end"
is "$(tr '\n' ',' <"$B/out")" "one end,two end," "DCG-09 and what could be used still can"

t "from a hook"
cat >"$B/hook" <<END
#!/bin/sh
exec "$CRUN_LITE" --root "$STATE" update -r "$W/json" "\$1"
END
chmod 755 "$B/hook"
huge 2097152 >"$W/json"
create '.hooks.poststart = [ { path: ($b + "/hook"), args: [ "hook", $id ] } ]' pause
start
is "$rc:$err" "0:" "a poststart hook may call it"
of hugetlb.2MB.max
is "$REPLY" 2097152 "and the limit is there"

t "two at a time"
create . pause
for i in 1 2 3 4 5 6; do
	huge $((i * 2097152)) >"$W/json.$i"
	"$CRUN_LITE" --root "$STATE" update -r "$W/json.$i" "$ID" &
	pids[i]=$!
done
for i in 1 2 3 4 5 6; do wait "${pids[i]}" || fail "update $i"; done
of hugetlb.2MB.max
a=$REPLY
of hugetlb.2MB.rsvd.max
is "$a" "$REPLY" "each writes all its files before the next one"
finish

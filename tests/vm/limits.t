#!/bin/bash
# limits.t - limits in the files of cgroup v2 (config-linux.md "Control groups"), where every controller is there
. "${0%/*}/../cli/lib.sh"

res() { printf '.linux.resources = { %s }' "$1"; }

# made RESOURCES - a container with these in place of the one before
made() {
	[ ! -e "$STATE/$ID" ] || cl delete --force "$ID"
	create "$(res "$1")" pause
}

# has FILE VALUE DESCRIPTION - what the kernel shows for the container
has() {
	if [ "$rc" = 0 ]; then is "$(sed 's/ *$//' "$CG/$ID/$1")" "$2" "$3: $1"; else fail "$3: $1"; fi
}

# shows FILE LINE DESCRIPTION - among other lines
shows() {
	local want=$2 got
	got=$(sed 's/ *$//' "$CG/$ID/$1")
	[[ $'\n'$got$'\n' = *$'\n'$want$'\n'* ]] && got=$want
	is "$got" "$want" "$3: $1"
}

t "memory"
made 'memory: { limit: 104857600, reservation: 52428800, swap: 157286400 }'
has memory.max 104857600 "CG-04 limit"
has memory.low 52428800 "CG-05 reservation"
has memory.swap.max 52428800 "CG-06 swap without the memory in it"
made 'memory: { limit: 10000001 }'
has memory.max 9998336 "CG-04 limit, in whole pages"
has memory.swap.max max "CG-06 swap is not limited by silence"
made 'memory: { limit: -1, reservation: -1 }'
has memory.max max "CG-04 -1 is no limit"
has memory.low max "CG-05 -1 is everything"
has memory.swap.max max "CG-06 no limit of memory, none of swap"
made 'memory: { limit: 0, reservation: 0, swap: 0 }'
has memory.max max "CG-04 0 is no limit"
has memory.low 0 "CG-05 0 is no reservation"
has memory.swap.max max "CG-06 0 is no limit"
made 'memory: { limit: 104857600, swap: 104857600 }'
has memory.swap.max 0 "CG-06 as much as the limit is no swap"
made 'memory: { limit: 104857600, swap: -1 }'
has memory.swap.max max "CG-06 -1 is no limit"
made 'memory: { limit: -1, swap: 20971520 }'
has memory.swap.max 20971520 "CG-06 with memory unlimited"
run "$(res 'memory: { limit: -2 }')" say never
fails "linux\.resources\.memory\.limit" "CG-04 less than -1 is refused"
run "$(res 'memory: { swap: 104857600 }')" say never
fails "linux\.resources\.memory\.swap.*limit" "CG-06 swap alone is refused"
run "$(res 'memory: { limit: 104857600, swap: 52428800 }')" say never
fails "linux\.resources\.memory\.swap.*(104857600.*52428800|52428800.*104857600)" "CG-06 less than the limit is refused"
made 'memory: { limit: 104857600 }, unified: { "memory.high": "83886080", "memory.oom.group": "1", "memory.max": "94371840" }'
has memory.high 83886080 "CG-09 what only cgroup v2 has"
has memory.oom.group 1 "CG-09 what only cgroup v2 has"
has memory.max 94371840 "CG-35 has the last word"

t "memory is limited"
run "$(res 'memory: { limit: 16777216, swap: 16777216 }') | .process.args = [ \"/bin/busybox\", \"dd\", \"if=/dev/zero\", \"of=/dev/null\", \"bs=64M\", \"count=1\" ]"
is "$rc" 137 "CG-04 a program that needs more is killed"
is "$err" "crun-lite: warning: container \"$ID\": the OOM killer ended 1 of its processes: it reached its limit, memory.max is 16777216" \
	"run says why"
RUN=(--keep)
rerun
RUN=()
state '"\(.status) \(.exitSignal) \(.exitCode) \(.oomKilled)"'
is "$REPLY" "stopped 9 null true" "and so does the state of a container that was kept"
cl delete "$ID"
eat='/bin/busybox dd if=/dev/zero of=/dev/null bs=64M count=1'
mkfifo "$B/rootfs/go"
new_id
conf "$(res 'memory: { limit: 16777216, swap: 16777216 }') | .process.args = [ \"/bin/sh\", \"-c\", \"echo up; read x </go; exit 3\" ]"
job "$CRUN_LITE" --root "$STATE" run --keep -b "$B" "$ID"
job_said up
# shellcheck disable=SC2086 # words
cl exec "$ID" $eat
is "$rc" 137 "only an exec is killed"
echo >"$B/rootfs/go"
job_ended
like "$rc:$out" "^3:.*the OOM killer ended [12] of its processes" "run says so"
state '"\(.status) \(.exitCode) \(.oomKilled)"'
is "$REPLY" "stopped 3 false" "but it is not how the container ended"
cl delete "$ID"
made 'memory: { limit: 16777216, swap: 16777216 }'
init_pid
start
# shellcheck disable=SC2086
cl exec "$ID" $eat
kill -KILL "$PID"
spin [ ! -e "/proc/$PID" ]
state '"\(.status) \(has("oomKilled"))"'
is "$REPLY" "stopped false" "where nobody can say how it ended, nothing is said of a kill either"
mkfifo "$B/fifo"
new_id
conf "$(res 'memory: { limit: 16777216, swap: 16777216 }') | .process.args = (\"$eat\" | split(\" \"))"
job bash -c 'exec "$@" <>"$0"' "$B/fifo" "$AID" noreap "$CRUN_LITE" --root "$STATE" run -d -b "$B" "$ID"
job_said status=0
"$AID" wait-pid "$(jq .pid "$STATE/$ID/state.json")"
state '"\(.status) \(.exitSignal) \(.oomKilled)"'
is "$REPLY" "stopped 9 true" "a zombie tells that it was killed, and the cgroup why"
echo >"$B/fifo"
job_ended
run "$(res 'memory: { limit: 134217728 }') | .process.args = [ \"/bin/busybox\", \"dd\", \"if=/dev/zero\", \"of=/dev/null\", \"bs=64M\", \"count=1\" ]"
is "$rc" 0 "CG-04 one that does not is not"
for limit in 1 4096 65536; do
	run "$(res "memory: { limit: $limit }")" say never
	fails "linux\.resources\.memory\.limit: [0-9]+ bytes are too few to start" "CG-38 $limit bytes are too few: the error says so"
	nok "CG-38 no cgroup is left" test -e "$CG/$ID"
done
run "$(res "memory: { limit: 524288 }")" say ok
is "$rc:$out:$err" "0:ok:" "CG-38 512 KiB are enough for a small program"
mkdir "$CG/low"
echo +memory >"$CG/low/cgroup.subtree_control"
echo 65536 >"$CG/low/memory.max"
run '.linux.cgroupsPath = "/low/" + $id | .linux.resources.memory.limit = 10485760' say never
fails "memory ran out, of a cgroup above .*/low/$ID" "CG-38 a limit above that is too low: the error says so"
rmdir "$CG/low"

t "cpu"
while read -r shares weight; do
	made "cpu: { shares: $shares }"
	has cpu.weight "$weight" "CG-14 $shares shares"
done <<'END'
2 1
100 17
1024 100
2048 174
262144 10000
END
made 'cpu: { quota: 50000, period: 200000 }'
has cpu.max "50000 200000" "CG-15 quota and period"
made 'cpu: { quota: 50000 }'
has cpu.max "50000 100000" "CG-15 quota alone"
made 'cpu: { period: 50000 }'
has cpu.max "max 50000" "CG-15 period alone"
made 'cpu: { quota: -1 }'
has cpu.max "max 100000" "CG-15 -1 is no limit"
made 'cpu: { quota: 10000, burst: 5000 }'
has cpu.max.burst 5000 "CG-16 burst"
made 'cpu: { idle: 1, shares: 512 }'
has cpu.idle 1 "CG-17 idle, and shares mean nothing then"
like "$(<"$B/err")" 'linux\.resources\.cpu\.shares: unable to apply both shares and idle' "CG-17 which is said"
made 'cpu: { idle: 0, shares: 512 }'
has cpu.idle 0 "CG-17 not idle"
has cpu.weight 59 "CG-14 512 shares"
made 'cpu: { cpus: "1", mems: "0" }'
has cpuset.cpus 1 "CG-18 processors"
has cpuset.cpus.effective 1 "CG-18 processors in force"
has cpuset.mems 0 "CG-18 memory nodes"
while read -r value; do
	run "$(res "cpu: { $value }")" say never
	fails "linux\.resources\.cpu\." "CG-15 CG-16 CG-17 CG-18 $value is refused"
done <<'END'
quota: 500
quota: 10000, burst: 20000
period: 2000000
idle: 2
cpus: "x"
mems: "77"
END

t "pids"
made 'pids: { limit: 7 }'
has pids.max 7 "CG-25 limit"
made 'pids: { limit: -1 }'
has pids.max max "CG-25 -1 is no limit"
made 'pids: { limit: 0 }'
has pids.max 0 "CG-25 0 is a limit"
for limit in 0 1; do
	run "$(res "pids: { limit: $limit }")" say ok
	is "$rc:$out" "0:ok" "CG-25 one process runs with a limit of $limit"
	run "$(res "pids: { limit: $limit }") | .process.args = [ \"/bin/sh\", \"-c\", \"/bin/true; echo never\" ]"
	unlike "$out" never "CG-25 it cannot fork with a limit of $limit"
done

t "io"
disk=$(cat /sys/block/nullb0/dev)
other=$(cat /sys/block/vda/dev)
d="major: ${disk%:*}, minor: ${disk#*:}"
made "blockIO: { throttleReadBpsDevice: [ { $d, rate: 1048576 } ], throttleWriteBpsDevice: [ { $d, rate: 2097152 } ],
	throttleReadIOPSDevice: [ { $d, rate: 300 } ], throttleWriteIOPSDevice: [ { $d, rate: 400 } ] }"
has io.max "$disk rbps=1048576 wbps=2097152 riops=300 wiops=400" "CG-23 all four limits of a device"
made "blockIO: { throttleReadBpsDevice: [ { $d, rate: 1048576 } ], throttleWriteBpsDevice: [ { $d, rate: 0 } ] }"
has io.max "$disk rbps=1048576 wbps=max riops=max wiops=max" "CG-23 0 is no limit"
run "$(res 'blockIO: { throttleReadBpsDevice: [ { major: 99, minor: 7, rate: 1 } ] }')" say never
fails "linux\.resources\.blockIO\.throttleReadBpsDevice\[0\].*99:7" "CG-23 a device that is not there is an error"
weights="blockIO: { weight: 500, weightDevice: [ { $d, weight: 100 } ] }"
made 'blockIO: { weight: 500 }'
shows io.weight "default 4950" "CG-20 weight without BFQ"
made "$weights"
shows io.weight "$disk 910" "CG-22 weight of a device without BFQ"
run "$(res "blockIO: { weightDevice: [ { major: ${other%:*}, minor: ${other#*:}, weight: 100 } ] }")" say never
fails "linux\.resources\.blockIO\.weightDevice\[0\].*$other 910.*io\.weight.*not supported" "CG-22 a device that has no weights is an error"
modprobe bfq
echo bfq >/sys/block/nullb0/queue/scheduler
made "$weights"
shows io.bfq.weight "default 500" "CG-20 weight with BFQ"
shows io.bfq.weight "$disk 100" "CG-22 weight of a device with BFQ"
cl delete --force "$ID"
echo none >/sys/block/nullb0/queue/scheduler
rmmod bfq
for weight in 1 9 1001; do
	run "$(res "blockIO: { weight: $weight }")" say never
	fails "linux\.resources\.blockIO\.weight" "CG-20 a weight of $weight is refused"
done

t "huge pages"
made 'hugepageLimits: [ { pageSize: "2MB", limit: 4194304 } ]'
has hugetlb.2MB.max 4194304 "CG-24 limit of use"
has hugetlb.2MB.rsvd.max 4194304 "CG-24 limit of reservation"

t "rdma"
made 'rdma: { rxe0: { hcaHandles: 3, hcaObjects: 10000 } }'
has rdma.max "rxe0 hca_handle=3 hca_object=10000" "CG-34 both limits"
made 'rdma: { rxe0: { hcaObjects: 0 } }'
has rdma.max "rxe0 hca_handle=max hca_object=0" "CG-34 one of them"
cl delete --force "$ID"
run "$(res 'hugepageLimits: [ { pageSize: "3MB", limit: 4194304 } ]')" say never
fails 'hugepageLimits\[0\].*hugetlb.3MB.max.*needs kernel 5.6.*huge pages of that size' "CG-24 a size that is not there is an error"
run "$(res 'rdma: { none0: { hcaHandles: 3 } }')" say never
fails "linux\.resources\.rdma.*none0" "CG-34 a device that is not there is an error"
run "$(res 'rdma: { rxe0: {} }')" say never
fails "linux\.resources\.rdma\.rxe0" "CG-34 neither limit is refused"

t "parents"
create '.linux.cgroupsPath = "/a/b/" + $id | .linux.resources.cpu.shares = 512' pause
succeeds "CG-37 below parents that did not exist"
is "$(cat "$CG/a/b/$ID/cpu.weight")" 59 "CG-37 the limit is there"
like "$(cat "$CG/a/cgroup.subtree_control")" "cpu" "CG-37 the controller is handed down"
like "$(cat "$CG/a/b/cgroup.subtree_control")" "cpu" "CG-37 by every parent"
is "$(cat "$CG/a/b/$ID/cgroup.controllers")" "$(cat "$CG/cgroup.controllers")" "CG-37 and so is every other controller"
cl delete --force "$ID"
rmdir "$CG/a/b" "$CG/a"

# The kernel would hand these down, and make the parent a threaded cgroup, which is of no use for a container.
t "a parent with processes"
mkdir "$CG/busy"
job bash -c 'echo $$ >"$0/cgroup.procs" && echo in && exec sleep 1000' "$CG/busy"
job_said in
for limit in 'pids: { limit: 7 }' 'cpu: { shares: 512 }' 'memory: { limit: 104857600 }'; do
	run "$(res "$limit") | .linux.cgroupsPath = \"/busy/c\"" say never
	fails "busy\", which has processes of its own \(pid $JOB\)" "CGP-06 $limit: the error says so"
	nok "CGP-06 the cgroup is removed" test -e "$CG/busy/c"
	is "$(cat "$CG/busy"/cgroup.{type,subtree_control})" domain "CGP-06 and the parent stays as it was"
done
run '.linux.cgroupsPath = "/busy/c"' say ok
is "$rc:$out" "0:ok" "CGP-06 without a limit it is no obstacle"
kill -KILL "$JOB"
{ job_ended; } 2>/dev/null
"$AID" wait-empty "$CG/busy"
rmdir "$CG/busy"

t "a partition of processors"
made 'cpu: { cpus: "1" }, unified: { "cpuset.cpus.partition": "member" }'
has cpuset.cpus.partition member "CG-35 no partition"
run "$(res 'cpu: { cpus: "1" }, unified: { "cpuset.cpus.partition": "root" }')" say never
fails 'unified\["cpuset.cpus.partition"\]: make cgroup .* a partition of processors: it is root invalid \(.+\)' \
	"CG-35 one that the kernel takes and does not make: its reason is told"

t "limits come first"
run "$(res 'pids: { limit: 7 }, memory: { limit: 104857600 }') | opt(\"/sys/fs/cgroup\"; [])" read /sys/fs/cgroup/pids.max , read /sys/fs/cgroup/memory.max
lines "read /sys/fs/cgroup/pids.max=OK:7
read /sys/fs/cgroup/memory.max=OK:104857600" "CG-38 the program finds its limits in force"
finish

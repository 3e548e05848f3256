#!/bin/bash
# events.t - statistics and kills for want of memory, where every controller is there: do the numbers say what was done?
. "${0%/*}/../cli/lib.sh"

res() { printf '.linux.resources = { %s }' "$1"; }


# script TEXT - as the program, for conf
script() { jq -n --arg s "$1" '["/bin/sh", "-c", $s]'; }

# stats; data FILTER WANT DESCRIPTION
stats() { cl events --stats "$ID"; }
data() { is "$(jq -rc "$1" 2>&1 <"$W/out")" "$2" "$3"; }

# metric NAME PATTERN DESCRIPTION - of the last metrics
metric() {
	local name=${1%%\{*} more=
	[ "$name" = "$1" ] || more=",${1#*\{}" more=${more%\}}
	local line
	line=$(grep -F "crunlite_container_$name{id=\"$ID\"$more} " "$W/out")
	like "${line##* }" "^$2$" "$3"
}

# counted NAME - in memory.events of the container
counted() { sed -n "s/^$1 //p" "$CG/$ID/memory.events"; }

valid() { is "$rc:$(busybox awk -f "$cli_dir/openmetrics.awk" "$W/out")" "0:" "$1"; }

M=1048576

t "memory, processes"
create "$(res 'memory: { limit: 104857600, swap: 209715200 }, pids: { limit: 50 }, cpu: { cpus: "0", mems: "0" }') | .process.args = $(script \
	'dd if=/dev/zero of=/dev/shm/x bs=1M count=24 2>/dev/null; sleep 1000 & echo touched; wait')"
start
said touched
stats
succeeds "statistics"
data ".data.memory.usage | .usage >= 24 * $M and .usage <= 100 * $M" true "memory that was touched is in use"
data ".data.memory.usage | .limit, .max >= .usage, .failcnt" $'104857600\ntrue\n0' "limit, peak, and never at the limit"
data '.data.memory.swap | .limit, has("max")' $'209715200\nfalse' "memory and swap together"
data ".data.memory | .cache >= 24 * $M and .raw.shmem >= 24 * $M and .kernel.usage > 0" true "what it is used for"
data '.data.memory.events' '{"low":0,"high":0,"max":0}' "nothing happened"
unlike "$out" oom 'the word "oom" is left to a kill for want of memory'
data '.data.memory | [.kernel, .kernelTCP] | map(keys - ["usage"])' '[[],[]]' "memory without a limit of its own"
data '.data.pids' '{"current":2,"limit":50}' "processes and their limit"
data '.data.cpuset | .cpus, .mems' $'[0]\n[0]' "processors and memory nodes"
data '.data.cpu.usage | .total > 0 and .kernel > 0 and .kernel + .user <= .total + 1000000' true "processor time"
data '.data | [.cpu, .memory, .blkio] | map(.psi.some.total | type) | unique' '["number"]' "pressure"
cl metrics "$ID"
valid "metrics"
metric memory_limit_bytes 104857600 "limit"
metric swap_limit_bytes 104857600 "swap alone"
metric pids 2 "processes"
metric pids_limit 50 "and their limit"
metric oom_kills_total 0 "nothing was killed"
metric 'memory_events_total{event="max"}' 0 "nor at the limit"
metric 'memory_part_bytes{part="shmem"}' '2[5-9][0-9]{6}' "files in memory"
used=$(sed -n "s/^crunlite_container_memory_usage_bytes{id=\"$ID\"} //p" "$W/out")
cl exec "$ID" rm /dev/shm/x
cl metrics "$ID"
now=$(sed -n "s/^crunlite_container_memory_usage_bytes{id=\"$ID\"} //p" "$W/out")
peak=$(sed -n "s/^crunlite_container_memory_peak_bytes{id=\"$ID\"} //p" "$W/out")
ok "given back: $now of $used" test "$now" -le $((used - 20 * M))
ok "the peak stays: $peak" test "$peak" -ge "$used"
create . pause
stats
data '.data.memory.usage.limit | . > 18446744073709550000' true "no limit is the largest number"
data '.data.pids | has("limit")' false "no limit of processes is none"
cl metrics "$ID"
unlike "$out" "_limit" "no limit is not shown"

t "without any limit"
is "$(cat "$CG/cgroup.subtree_control")" "$(cat "$CG/cgroup.controllers")" "(the containers before have brought the controllers down)"
read -ra off <"$CG/cgroup.controllers"
echo "${off[@]/#/-}" >"$CG/cgroup.subtree_control"
create 'del(.linux.resources)' pause
stats
data '.data | .memory.usage.usage > 0 and .memory.raw.anon >= 0 and .pids.current == 1 and .cpu.usage.total > 0 and .cpuset.cpus != []' true \
	"memory, tasks and processors are counted all the same"
data '.data | has("blkio"), (.hugetlb | has("2MB"))' $'true\ntrue' "I/O and huge pages, too"

t "processor"
create "$(res 'cpu: { quota: 5000, period: 100000 }') | .process.args = $(script 'while :; do :; done')"
start
job "$CRUN_LITE" --root "$STATE" events --interval 200ms "$ID"
job_said '"throttledTime":'
out=$(grep -m 1 throttledTime "$JOBOUT")
like "$out" '"throttling":\{"periods":[1-9][0-9]*,"throttledPeriods":[1-9][0-9]*,"throttledTime":[1-9][0-9]*000\}' "its limit is in the way"
cl metrics
metric cpu_throttled_seconds_total '[0-9]*\.[0-9]{6}' "seconds"
metric cpu_throttled_periods_total '[1-9][0-9]*' "periods"
cl kill "$ID" KILL
job_ended
is "$rc" 0 "the events end"

t "devices"
mkdir /var/tmp/io
device=$(stat -c %d /var/tmp/io)
device=$((device >> 8 & 0xfff)):$((device & 0xff))
create "bind(\"/io\"; \"/var/tmp/io\"; []) | .process.args = $(script \
	'busybox dd if=/dev/zero of=/io/x bs=1M count=8 conv=fsync 2>/dev/null; echo written; sleep 1000')"
start
said written
stats
written=$(jq "[.data.blkio.ioServiceBytesRecursive[] | select(.op == \"Write\") | .value // 0] | add" <"$W/out")
ok "bytes written: $written" test "$written" -ge $((8 * M))
data '[.data.blkio.ioServicedRecursive[] | select(.op == "Write") | .value // 0] | add > 0' true "requests"
data '.data.blkio.ioServiceBytesRecursive[0] | keys_unsorted - ["value", "minor"]' '["major","op"]' "names"
cl metrics "$ID"
valid "metrics"
like "$out" 'crunlite_container_io_bytes_total\{id="'"$ID"'",device="[0-9]+:[0-9]+",operation="write"\} [0-9]{7,}' "bytes written to device $device"
rm -r /var/tmp/io

t "no more processes"
create "$(res 'pids: { limit: 3 }') | .process.args = $(script 'sleep 1000 & sleep 1000 & (sleep 1000) & echo refused; wait')"
start
ok "a fork is refused" "$AID" wait-text "$B/err" fork
cl metrics "$ID"
metric pids_refused_total '[1-9]' "is counted"

t "killed for want of memory"
mkfifo "$B/rootfs/go"
create "$(res 'memory: { limit: 16777216, swap: 16777216 }') | .process.args = $(script \
	'read x </go; busybox dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; echo "dd: $?"; sleep 1000; true')"
start
job "$CRUN_LITE" --root "$STATE" events --interval 500ms "$ID"
job_said '"stats"' # what was counted before does not count
echo >"$B/rootfs/go"
job_said '"type":"oom"'
said "dd: 137" # nothing that needs memory is left
# the kernel may count more than one: it kills another when the first is slow to go, and counts the attempts of who has been killed
kills=$(counted oom_kill)
ok "the kernel has killed: $kills" test "$kills" -ge 1
stats
data '.data.memory.events | .oom, .oom_kill' "$(counted oom)"$'\n'"$kills" "counted"
data '.data.memory.usage.failcnt > 0' true "the limit was reached"
data ".data.memory.usage.max | . > 8 * $M and . <= 16 * $M" true "the peak is the limit"
cl metrics "$ID"
metric oom_kills_total "$kills" "counted in metrics"
cl kill "$ID" KILL
job_ended
is "$(grep -v '"type":"stats"' <<<"$out" | uniq -c | tr -s ' ')" " $kills "'{"type":"oom","id":"'"$ID"'"}' "and told, each once"
is "$rc" 0 "the events end with the container"

t "the kill that ends the container is told, too"
for i in 1 2 3; do
	create "$(res 'memory: { limit: 16777216, swap: 16777216 }') | .process.args = [ \"/bin/busybox\", \"dd\", \"if=/dev/zero\", \"of=/dev/null\", \"bs=64M\", \"count=1\" ]"
	job "$CRUN_LITE" --root "$STATE" events --interval 500ms "$ID"
	job_said '"stats"'
	start
	job_ended
	is "$rc:$(grep -v '"type":"stats"' <<<"$out" | uniq)" '0:{"type":"oom","id":"'"$ID"'"}' "and then the events end ($i)"
	cl metrics "$ID"
	metric oom_kills_total "$(counted oom_kill)" "counted after the end"
	metric 'state{crunlite_container_state="stopped"}' 1 "of a stopped container"
	cl delete "$ID"
done

finish

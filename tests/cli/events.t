#!/bin/bash
# events.t - statistics and kills for want of memory, as JSON (the format is runc's); with all controllers: tests/vm/events.t
. "${0%/*}/lib.sh"

# stats FILTER - of the container, through jq, in REPLY
stats() {
	cl events --stats "$ID"
	REPLY=$(jq -rc "$1" 2>&1 <"$W/out")
}

# data FILTER WANT DESCRIPTION - of the last statistics
data() { is "$(jq -rc "$1" 2>&1 <"$W/out")" "$2" "$3"; }

psi='{"some":{"avg10":N,"avg60":N,"avg300":N,"total":N},"full":{"avg10":N,"avg60":N,"avg300":N,"total":N}}'

t "once"
create . pause
start
cl events --stats "$ID"
succeeds "statistics of a running container"
is "$(wc -l <"$W/out")" 1 "one line"
like "$out" '^\{"type":"stats","id":"'"$ID"'","data":\{"cpu":\{' "what, of whom, then the data"
data 'keys_unsorted | join(" ")' "type id data" "the event"
data '.data | keys_unsorted | join(" ")' "cpu cpuset memory pids blkio hugetlb intel_rdt network_interfaces" "all parts, in order"
data '.data.cpu | del(.psi) | .usage |= map_values(type) | .throttling |= length' \
	'{"usage":{"total":"number","kernel":"number","user":"number"},"throttling":0}' "cpu"
data '.data.cpu.usage | .total > 0 and .total < 10000000000 and .total % 1000 == 0 and .total >= .kernel and .total >= .user' true "cpu time in nanoseconds"
# with the controllers: tests/vm/events.t
if ! grep -qw memory "$CG/cgroup.controllers"; then
	data '.data.memory | del(.psi)' '{}' "what nobody counts is left out, and is not 0: memory"
	cl metrics "$ID"
	unlike "$out" "_memory_usage|_swap_usage|_oom_kills" "nor in metrics"
	cl events --stats "$ID"
fi
grep -qw cpuset "$CG/cgroup.controllers" || data .data.cpuset '{}' "what nobody counts is left out: cpuset"
unlike "$out" oom 'the word "oom" is left to a kill for want of memory'
data '.data.pids.current' 1 "processes, counted where there is no controller"
data '.data.pids | has("limit")' false "no limit of them"
data '.data.intel_rdt' '{}' "no resctrl"
data '.data.network_interfaces' null "no interface but lo"
if [ -e "$CG/$ID/cpu.pressure" ]; then
	for part in cpu memory blkio; do
		data ".data.$part.psi | walk(if type == \"number\" then \"N\" else . end)" "${psi//N/\"N\"}" "pressure of $part"
	done
else
	skip "pressure" "host: no pressure stall information"
fi
want=$(cd "$CG/$ID" && for f in hugetlb.*.current; do
	f=${f#hugetlb.} && f=${f%.current}
	case $f in *rsvd) ;; *) echo "$f" ;; esac
done | sort | tr '\n' ' ')
data '.data.hugetlb | keys | join(" ") + " "' "$want" "every size of huge pages"
data '.data.hugetlb | map(.failcnt) | add' 0 "none refused"

t "what is where"
create . pause
stats .data.pids.current
is "$REPLY" 1 "of a created container"
cl events -stats=true "$ID"
succeeds "an option with one dash"
start
cl exec -d "$ID" /bin/sleep 1000
stats .data.pids.current
is "$REPLY" 2 "with a second process"
init_pid
if ip link add net0 type veth peer name out0 2>/dev/null; then
	ip link set net0 netns "$PID"
	nsenter --net="/proc/$PID/ns/net" ip addr add 10.9.9.2/24 dev net0
	nsenter --net="/proc/$PID/ns/net" ip link set net0 up
	ip addr add 10.9.9.1/24 dev out0
	ip link set out0 up
	ok "something is sent to the container" busybox ping -c 3 -i 0.05 -s 1000 10.9.9.2
	stats '.data.network_interfaces | map(keys_unsorted | join(" ")) | join("; ")'
	is "$REPLY" "Name RxBytes RxPackets RxErrors RxDropped TxBytes TxPackets TxErrors TxDropped" "an interface"
	data '.data.network_interfaces[0] | .Name, .RxBytes > 3000, .TxBytes > 3000, .RxPackets >= 3, .TxErrors' $'net0\ntrue\ntrue\ntrue\n0' \
		"what went through, as the container sees it"
else
	skip "an interface" "host: the kernel has no veth devices"
fi
create 'nons("network")' pause
start
stats .data.network_interfaces
is "$REPLY" null "interfaces of the host are not the container's"
cl --cgroup-manager disabled create -b "$B" "none-$ID"
cl events --stats "none-$ID"
succeeds "no cgroup, no numbers"
data '[.data | del(.network_interfaces) | .. | scalars]' '[]' "no cgroup, no numbers: none is 0"
cl delete --force "none-$ID"

t "again and again"
create . pause
start
init_pid
job "$CRUN_LITE" --root "$STATE" events --interval=50ms "$ID"
job_said '"type":"stats"'
line=$(head -n 1 "$JOBOUT")
is "$(jq -r '.id + " " + (.data | keys_unsorted | length | tostring)' <<<"$line")" "$ID 8" "the same as once"
cl kill "$ID" KILL
job_ended
is "$rc" 0 "ends with the container"
cl delete "$ID"
is "$(grep -vc '^{"type":"stats","id":"'"$ID"'","data":{.*}}$' "$JOBOUT")" 0 "nothing but lines of statistics"
recreate
start
for interval in 1h 1h0m0.5s 100000h; do
	job "$CRUN_LITE" --root "$STATE" events --interval "$interval" "$ID"
	"$AID" wait-pid "$JOB" 50
	is "$(cat "$JOBOUT")" "" "the first ones come after the interval: $interval"
	kill "$JOB"
	job_ended
done

t "nobody reads any more"
create . pause
start
mkfifo "$W/pipe"
job sh -c 'exec "$0" --root "$1" events --interval 1h "$2" >"$3"' "$CRUN_LITE" "$STATE" "$ID" "$W/pipe"
exec 8<"$W/pipe"
exec 8<&-
job_ended
is "$rc" 0 "ends when the other end of the pipe is closed"

t "killed container"
create . pause
start
init_pid
job "$CRUN_LITE" --root "$STATE" events --interval 1h "$ID"
cl delete --force "$ID"
job_ended
is "$rc:$out" "0:" "ends with the container that is deleted"

t "wrong"
cl events --stats nosuch
fails 'container "nosuch" does not exist' "unknown container"
is "$rc" 1 "exit status"
create . pause
init_pid
cl kill "$ID" KILL
"$AID" wait-pid "$PID"
for options in --stats "--interval 1s"; do
	# shellcheck disable=SC2086
	cl events $options "$ID"
	is "$rc $err" "1 crun-lite: container with id $ID is not running" "a stopped container: $options"
done
mkdir "$STATE/half"
cl events --stats half
like "$rc $err" '^1 .*"half" is broken' "a broken container"
rmdir "$STATE/half"
for interval in 0 0s -1s -1ns; do
	cl events --interval=$interval "$ID"
	like "$rc $err" "^1 .*duration interval must be greater than 0, not \"$interval\"$" "no interval: $interval"
done
for interval in 5 s 1x 1s1 .s "1 s" 1e3s 99999999999h ++1s; do
	cl events --interval="$interval" "$ID"
	like "$rc $err" "^1 .*\"--interval\" must be a duration such as .*, not \"${interval//+/\\+}\"$" "not a duration: $interval"
done
cl events
like "$rc $err" '^1 .*ID is missing' "whose?"

finish

#!/bin/bash
# checkpoint-net.t - sockets and namespaces across a checkpoint: open connections, those that are being made, what holds packets back
# meanwhile, sockets of the host, namespaces given by their paths
. "${0%/*}/../cli/lib.sh"
. "$top/tests/vm/checkpoint.sh"

# streams FILTER - a container with a TCP connection to itself, which counts as long as that works
streams() {
	create "$1" stream /tmp/log
	start
	init_pid
	LOG=$B/rootfs/tmp/log IMG=$B/img
	"$AID" wait-text "$LOG" n3.
}

# other_net - a network namespace that is not the container's; sets NET
other_net() {
	job unshare -n sh -c 'ip link set lo up && echo ready && exec sleep 1000'
	job_said ready
	NET=/proc/$JOB/ns/net
	in_net="nons(\"network\") | .linux.namespaces += [ { type: \"network\", path: \"$NET\" } ]"
}

t "TCP connections"
streams .
checkpoint
refuses "criu cannot dump the container.*criu: .*tcp.*the log is \"$IMG/dump\.log\"" "without --tcp-established: the reason is criu's"
goes_on "a failed checkpoint"
checkpoint --tcp-established
is "$rc:$err" "0:" "--tcp-established"
restore
fails "Connected TCP socket in image" "restore without it"
restore --tcp-established
is "$rc:$err" "0:" "restore with it"
goes_on "restore"
checkpoint --tcp-established
restore --tcp-close
is "$rc:$err" "0:" "restore --tcp-close"
ok "the connection is closed, the program is told" "$AID" wait-text "$B/out2" "stream /tmp/log=EPIPE"

for method in iptables nftables skip; do
	t "--network-lock $method"
	other_net
	streams "$in_net"
	checkpoint --tcp-established --network-lock "$method"
	is "$rc:$err" "0:" "checkpoint"
	rules=$(nsenter --net="$NET" iptables -S; nsenter --net="$NET" nft list tables)
	case $method in
	iptables) like "$rules" "-A CRIU -j DROP" "packets are held back by iptables" ;;
	nftables) like "$rules" "-P OUTPUT ACCEPT.*table inet CRIU" "packets are held back by nftables" ;;
	skip) unlike "$rules" CRIU "nothing holds packets back" ;;
	esac
	# criu wants to make this table anew, and finds the one of the dump
	[ "$method" != nftables ] || nsenter --net="$NET" nft flush ruleset
	restore --tcp-established "--network-lock=$method"
	is "$rc:$err" "0:" "restore"
	unlike "$(nsenter --net="$NET" nft list ruleset)" "CRIU" "packets go through again"
	goes_on "restore"
done

t "--tcp-skip-in-flight"
shell . 'busybox httpd -f -p 80 -h / & i=0; while :; do i=$((i + 1)); echo n$i. >>/tmp/log; sleep 0.1; done'
spin listens_in "$PID" 0050
# who has stopped accepts nobody
inside 'kill -STOP 2; until grep -q "^State:.T" /proc/2/status; do :; done'
job nsenter -t "$PID" -n bash -c 'exec 5<>/dev/tcp/127.0.0.1/80; echo connected; sleep 1000'
job_said connected
checkpoint
refuses "criu: .*in-flight" "without: the reason is criu's"
checkpoint --tcp-skip-in-flight
is "$rc:$err" "0:" "checkpoint"
restore
is "$rc:$err" "0:" "restore"
goes_on "restore"
init_pid
inside 'kill -CONT 2'
like "$(nsenter -t "$PID" -n bash -c 'exec 5<>/dev/tcp/127.0.0.1/80; echo GET / >&5; head -n 1 <&5')" "^HTTP/" "the server serves"

t "--ext-unix-sk"
mkdir "$B/run"
job "$AID" datagrams "$B/run/socket"
job_said ready
create 'nons("network") | bind($b + "/run"; $b + "/run"; [])' datagrams "$B/run/socket"
start
IMG=$B/img
job_said n3.
checkpoint
refuses "criu: unix: External socket" "without: the reason is criu's"
checkpoint --ext-unix-sk
is "$rc:$err" "0:" "checkpoint"
restore --ext-unix-sk
is "$rc:$err" "0:" "restore"
last=$(tail -n 1 "$JOBOUT" | tr -dc 0-9)
ok "the socket of the host gets more" job_said "n$((last + 3))."

t "a network namespace of its own"
counts '.linux.sysctl = { "net.ipv4.ip_unprivileged_port_start": "77" }'
nsenter -t "$PID" -n ip link add dummy7 type dummy
checkpoint --empty-ns network
is "$rc:$err" "0:" "--empty-ns network"
restore --empty-ns=network
is "$rc:$err" "0:" "restore"
init_pid
is "$(nsenter -t "$PID" -n ip -o link | awk '{ print $2, $3 }')" "lo: <LOOPBACK,UP,LOWER_UP>" "it comes back with its loopback device alone"
inside 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start'
is "$out" 77 "and its sysctls"

t "network devices"
ip link add dummy8 type dummy
counts '.linux.netDevices = { dummy8: { name: "eth8" } }'
checkpoint
is "$rc:$err" "0:" "checkpoint"
restore
like "$rc:$err" '^0:crun-lite: warning: config\.json:[0-9:]* linux\.netDevices\.dummy8: network device "dummy8" is not there any more: restored without it$' \
	"one that has ended with the namespace is a warning"
goes_on "restore"
cl delete --force "$ID"
ip link add dummy8 type dummy
counts '.linux.netDevices = { dummy8: { name: "eth8" } }'
checkpoint
ip link add dummy8 type dummy
restore
is "$rc:$err" "0:" "restore, when the host has it again"
init_pid
ok "it is moved" nsenter -t "$PID" -n ip link show eth8
cl delete --force "$ID"
other_net
ip link add dummy8 type dummy
counts "$in_net | .linux.netDevices = { dummy8: { name: \"eth8\" } }"
for n in 1 2; do
	checkpoint
	is "$rc:$err" "0:" "checkpoint $n in a namespace that has a path"
	restore
	is "$rc:$err" "0:" "restore $n: it is there still"
	ok "under its name" nsenter "--net=$NET" ip link show eth8
done

t "namespaces by their paths"
other_net
net=$JOB
job unshare -p -i -u -f --kill-child sh -c 'echo ready; sleep 1000; :'
job_said ready
ns=/proc/$JOB/ns
counts "$in_net | nons(\"ipc\") | nons(\"uts\") | nons(\"pid\") | .linux.namespaces += [ { type: \"ipc\", path: \"$ns/ipc\" },
	{ type: \"uts\", path: \"$ns/uts\" }, { type: \"pid\", path: \"$ns/pid_for_children\" } ]"
checkpoint
is "$rc:$err" "0:" "checkpoint"
restore
is "$rc:$err" "0:" "restore"
init_pid
for n in net ipc uts; do
	[ $n = net ] && want=/proc/$net/ns || want=$ns
	is "$(readlink "/proc/$PID/ns/$n")" "$(readlink "$want/$n")" "the container is in it again: $n"
done
is "$(readlink "/proc/$PID/ns/pid")" "$(readlink "$ns/pid_for_children")" "the container is in it again: pid"
goes_on "restore"

t "namespaces of the host"
counts 'nons("cgroup") | nons("ipc") | nons("uts") | nons("network") | del(.hostname)'
checkpoint
is "$rc:$err" "0:" "checkpoint"
restore
is "$rc:$err" "0:" "restore"
init_pid
for n in net ipc uts cgroup; do is "$(readlink "/proc/$PID/ns/$n")" "$(readlink "/proc/self/ns/$n")" "the container is in it again: $n"; done
goes_on "restore"

t "a cgroup namespace by its path"
counts "nons(\"cgroup\") | .linux.namespaces += [ { type: \"cgroup\", path: \"/proc/$$/ns/cgroup\" } ]"
checkpoint
refuses 'linux\.namespaces\[5\]: criu cannot join a cgroup namespace' "is refused while the container can go on"
finish

#!/bin/bash
# namespaces.t - namespaces, what belongs to single ones (host name, sysctl, time), and joining (config-linux.md)
. "${0%/*}/lib.sh"

names=(pid net mnt ipc uts user cgroup time)
declare -A type_of=([pid]=pid [net]=network [mnt]=mount [ipc]=ipc [uts]=uts [user]=user [cgroup]=cgroup [time]=time)
own() { readlink "/proc/$1/ns/$2"; }

t "new and inherited"
run '.linux.namespaces += [ { type: "time" } ] | userns' ns
for n in "${names[@]}"; do
	val "ns.$n"
	unlike "$rc:$REPLY" "^[^0]|^0:$|$(own self "$n" | tr '[]' '..')" "NS-01 NS-05 ${type_of[$n]}: a new namespace"
done
run . ns
for n in user time; do
	value "ns.$n" "$(own self $n)" "NS-06 ${type_of[$n]}: inherited when not listed"
done
run 'nons("network") | nons("ipc") | nons("uts") | nons("cgroup") | del(.hostname) | nomount("/dev/mqueue")' ns
for n in net ipc uts cgroup; do
	value "ns.$n" "$(own self $n)" "NS-06 ${type_of[$n]}: inherited when not listed"
done
run 'nons("pid")' ns , pid
value ns.pid "$(own self pid)" "NS-06 pid: inherited when not listed"
run . pid
value_like pid "^1 ppid=0 pgrp=1 sid=1" "NS-05 the program is process 1 of a new pid namespace, and leads a session"

t "values"
for n in net "\"\"" BOGUS; do
	run ".linux.namespaces += [ { type: \"${n//\"/}\" } ]" say never
	refused "linux.namespaces[6].type" . "NS-01 type $n is refused"
done
run '.linux.namespaces += [ { path: "/proc/self/ns/net" } ]' say never
missing "linux.namespaces[6].type" "NS-01 type is required"
for n in pid network mount ipc uts cgroup; do
	run ".linux.namespaces += [ { type: \"$n\" } ]" say never
	refused "linux.namespaces[6].*" "$n" "NS-02 $n listed twice is refused"
done

t "joining"
create '.linux.namespaces += [ { type: "time" } ]' pause
init_pid
holder=$ID
for n in net ipc uts cgroup pid time; do
	y=${type_of[$n]}
	run "nons(\"$y\") | .linux.namespaces += [ { type: \"$y\", path: \"/proc/$PID/ns/$n\" } ] | if \"$y\" == \"uts\" then del(.hostname) else . end" ns
	value "ns.$n" "$(own "$PID" $n)" "NS-03 $y: joined by path"
done
n=net
run "nons(\"network\") | .linux.namespaces += [ { type: \"network\", path: \"proc/$PID/ns/net\" } ]" say never
refused "linux.namespaces[5].path" absolute "NS-03 a relative path is refused"
run 'nons("network") | .linux.namespaces += [ { type: "network", path: "/no/such/namespace" } ]' say never
fails "/no/such/namespace" "NS-03 a path that does not exist is an error"
run 'nons("network") | .linux.namespaces += [ { type: "network", path: "/etc/passwd" } ]' say never
fails "/etc/passwd" "NS-04 a file that is no namespace is an error"
run 'nons("network") | .linux.namespaces += [ { type: "network", path: "/proc/self/ns/uts" } ]' say never
fails "/proc/self/ns/uts" "NS-04 a namespace of another type is an error"
run 'nons("pid") | .linux.namespaces += [ { type: "pid", path: "/proc/self/ns/user" } ]' say never
fails "/proc/self/ns/user" "NS-04 also for pid"
ID=$holder

t "a pid namespace of others"
create . pause
init_pid
theirs=$PID
share="nons(\"pid\") | .linux.namespaces += [ { type: \"pid\", path: \"/proc/$PID/ns/pid\" } ]"
hooks='def hook(f): { path: "/bin/bash", args: [ "bash", "-c", f ], env: [ "PATH=\(env.PATH)" ] };
	def look(n): hook("pid=$(jq .pid); echo $pid >$B/n-pid; readlink /proc/$pid/ns/{net,mnt,pid} /proc/self/ns/{net,pid} >$B/n" | gsub("\\$B/n"; "\($b)/\(n)"));
	.hooks = { createRuntime: [ look("runtime") ], createContainer: [ look("container") ], poststart: [ look("poststart") ] }'
create "$share | $hooks | .process.user.uid = 7 | .process.rlimits = [ { type: \"RLIMIT_NPROC\", soft: 1, hard: 1 } ]" ns , pid , ids , ls /proc , pause
init_pid
is "$(own "$PID" pid)" "$(own "$theirs" pid)" "NS-03 pid: the container's process is in the namespace that is joined"
is "$(own "$PID" net) $(own "$PID" mnt)" "$(sed -n '1p;2p' "$B/runtime" | xargs)" "HOOK-07 createRuntime hooks are told a process in the other namespaces of the container"
is "$(sed -n 3p "$B/runtime")" "$(own self pid)" "and that one cannot be seen by who shares the pid namespace"
is "$(sed -n '4p' "$B/container")" "$(own "$PID" net)" "HOOK-08 createContainer hooks are in the container's namespaces"
is "$(sed -n '5p' "$B/container")" "$(own self pid)" "but where others share the pid namespace"
start && said ready
out=$(<"$B/out")
value ns.pid "$(own "$theirs" pid)" "NS-03 pid: so is the program"
like "$out" "pid=([0-9]+) ppid=0 pgrp=([0-9]+) sid=\2" "it leads a session"
value_like "ls /proc" "^1 .*[0-9]+ .*self" "its /proc shows that namespace"
value uid "7 7 7" "and it is the user that it should be"
is "$(cat "$B/poststart-pid")" "$PID" "HOOK-16 poststart is told the pid that state shows"
cl kill "$ID" KILL
ended
cl delete "$ID"
succeeds "LIFE-14 it can be deleted"
ok "the one whose namespace it is lives on" kill -0 "$theirs"
run "userns | $share" ns , ids
value ns.pid "$(own "$theirs" pid)" "NS-03 pid: joined with a user namespace of its own"
value uid "0 0 0" "with ids in it"
run "$share | del(.process) | .mounts += [ { destination: \"/x\", type: \"proc\", options: [ \"hidepid=nonsense\" ] } ]"
fails 'mounts\[7\].*"/x".*hidepid' "MNT-10 an option that proc does not know is an error"

t "a mount namespace of others"
mkdir "$W/ns"
mount --bind "$W/ns" "$W/ns"
mount --make-private "$W/ns"
touch "$W/ns/m"
# the kernel takes a mount namespace for an older one now and then: the numbers that it compares come from a store per processor
spin unshare --mount="$W/ns/m" true 2>"$W/err"
table=$(nsenter --mount="$W/ns/m" cat /proc/self/mountinfo)
in_it="nons(\"mount\") | .linux.namespaces += [ { type: \"mount\", path: \"$W/ns/m\" } ] | .root.readonly = true | .linux.maskedPaths += [ \"/etc\" ]"
if $lone_mounts; then
	run "$in_it" stat /proc/self/ns/mnt , ls /etc , touch /x , ls /proc
	like "$rc:$out" "^0:.*ls /etc="$'\n'"touch /x=EROFS" "NS-03 it is joined with masks and a read-only root"
	run "$in_it" ns
	want=$(nsenter --mount="$W/ns/m" readlink /proc/self/ns/mnt)
	value ns.mnt "$want" "NS-03 the program is in it"
	new_id
	conf "$in_it | .process.terminal = true" tty
	execute "$W/out" "$W/err" "$AID" pty "" "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
	is "$rc" 0 "NS-03 with a terminal"
	create "$in_it" pause
	start
	cl exec "$ID" /bin/probe ls /etc , touch /x
	is "$rc:$out" "0:ls /etc="$'\n'"touch /x=EROFS" "NS-03 exec sees the same"
	cl delete --force "$ID"
fi
is "$(nsenter --mount="$W/ns/m" cat /proc/self/mountinfo)" "$table" "NS-03 its table of mounts stays as it is"
umount "$W/ns/m" && umount "$W/ns"

t "sharing everything"
before=$(</proc/self/mountinfo)
# sees REGEX DESCRIPTION - the container ran and says so; where the kernel cannot mount on a detached tree it is refused, and that is said
sees() {
	if kernel 6.15; then
		like "$rc:$out" "$1" "$2"
	else
		fails 'mounts\[0\] "/proc": mounts without a new mount namespace need kernel 6\.15' "$2 (from 6.15 on)"
	fi
}
run '.linux.namespaces = [] | del(.hostname) | del(.linux.maskedPaths, .linux.readonlyPaths) | mnt("/m"; "tmpfs"; [])' say ok , stat /m , ls /
sees "^0:ok.*stat /m=d 1777.*ls /=.*m mnt" "NS-07 without namespaces the container sees its mounts, in its root"
mount_changes "$before"
is "$REPLY" "" "NS-07 and the host's mount table does not"
run 'nons("mount") | mnt("/m"; "tmpfs"; [])' stat /m , read /proc/timer_list , touch /proc/sys/kernel/x
sees "^0:stat /m=d 0755.*read /proc/timer_list=OK:" "NS-07 without a mount namespace only, too"
mount_changes "$before"
is "$REPLY" "" "NS-07 with an unchanged host"
run 'del(.linux.namespaces) | del(.hostname)' say ok
sees "^0:ok$" "NS-07 namespaces may be absent"
run 'del(.linux) | del(.hostname)' say ok
sees "^0:ok$" "PLAT-02 linux may be absent"
run '.linux = {} | del(.hostname)' say ok
sees "^0:ok$" "PLAT-02 linux may be empty"
run 'del(.linux) | del(.hostname) | .mounts = []' say ok
is "$rc:$out" "0:ok" "PLAT-02 without mounts on every kernel"
cl list -q
leaks
is "$REPLY" "" "NS-07 nothing is left of any of them"

t "network"
run . net lo
line "net lo=up" "NS-08 the loopback interface of a new network namespace is up"

t "user namespace first"
run 'userns | .linux.sysctl = { "net.ipv4.ip_forward": "1" } | .hostname = "owned"' read /proc/sys/net/ipv4/ip_forward , uts
lines "read /proc/sys/net/ipv4/ip_forward=OK:1
hostname=owned" "NS-09 the other namespaces belong to the new user namespace"

t "host name"
run '.hostname = "x" * 64 | .domainname = "dom.example"' uts
value hostname "$(printf 'x%.0s' {1..64})" "UTS-01 hostname"
value domainname dom.example "UTS-02 domainname"
run '.hostname = "x" * 65' say never
refused hostname . "UTS-01 a host name that is too long is refused"
run '.domainname = "x" * 65' say never
refused domainname . "UTS-02 so is a domain name"
run 'nons("uts") | .hostname = "renamed"' say never
refused hostname uts "UTS-03 hostname without a new UTS namespace is refused"
run 'nons("uts") | del(.hostname) | .domainname = "renamed"' say never
refused domainname uts "UTS-03 domainname too"
is "$(hostname)" outside "UTS-03 the host keeps its name"
run '.hostname = 7' say never
refused hostname string "UTS-01 a host name that is no string is refused"
run 'del(.hostname)' uts
value hostname outside "UTS-01 hostname absent: as the host's"

t "sysctl"
run '.linux.sysctl = { "net.ipv4.ip_forward": "1", "net/ipv4/ip_default_ttl": "77", "kernel.msgmax": "9000", "fs.mqueue.msg_max": "11",
	"kernel.shm_rmid_forced": "1" }' read /proc/sys/net/ipv4/ip_forward , read /proc/sys/net/ipv4/ip_default_ttl , read /proc/sys/kernel/msgmax , \
	read /proc/sys/fs/mqueue/msg_max , read /proc/sys/kernel/shm_rmid_forced
lines "read /proc/sys/net/ipv4/ip_forward=OK:1
read /proc/sys/net/ipv4/ip_default_ttl=OK:77
read /proc/sys/kernel/msgmax=OK:9000
read /proc/sys/fs/mqueue/msg_max=OK:11
read /proc/sys/kernel/shm_rmid_forced=OK:1" "SYS-01 sysctls are set, with either separator"
isnt "$(cat /proc/sys/net/ipv4/ip_default_ttl)" 77 "SYS-02 and not on the host"
run '.linux.sysctl = { "net.no.such": "1" }' say never
fails "net[./]no[./]such" "SYS-01 one that does not exist is an error"
run '.linux.sysctl = { "net.ipv4.ip_default_ttl": "many" }' say never
fails "ip_default_ttl" "SYS-01 so is a value that the kernel refuses"
run '.linux.sysctl = { "net.ipv4.ip_forward": 1 }' say never
fails "config\.json:[0-9]+:[0-9]+: linux\.sysctl.*string" "SYS-01 a value that is no string is refused"
swap=$(cat /proc/sys/vm/swappiness) core=$(cat /proc/sys/kernel/core_pattern)
for k in vm.swappiness kernel.core_pattern kernel.panic fs.file-max net.../kernel/panic ../x /net/ipv4/ip_forward 'a+b=' '' net kernel; do
	run ".linux.sysctl = { \"$k\": \"1\" }" say never
	fails "config\.json:[0-9]+:[0-9]+: linux\.sysctl|sysctl" "SYS-02 sysctl \"$k\" is refused"
done
is "$(cat /proc/sys/vm/swappiness) $(cat /proc/sys/kernel/core_pattern)" "$swap $core" "SYS-02 the host's are unchanged"
ttl=$(cat /proc/sys/net/ipv4/ip_default_ttl)
run 'nons("network") | .linux.sysctl = { "net.ipv4.ip_default_ttl": "77" }' say never
fails "ip_default_ttl" "SYS-02 net.* without a new network namespace is refused"
is "$(cat /proc/sys/net/ipv4/ip_default_ttl)" "$ttl" "SYS-02 and not set"
run 'nons("ipc") | nomount("/dev/mqueue") | .linux.sysctl = { "kernel.msgmax": "9000" }' say never
fails "msgmax" "SYS-02 kernel.msg* without a new ipc namespace is refused"
run 'nons("uts") | del(.hostname) | .linux.sysctl = { "kernel.domainname": "x" }' say never
fails "domainname" "SYS-02 kernel.domainname without a new uts namespace is refused"
run 'del(.hostname) | .linux.sysctl = { "kernel.domainname": "from-sysctl" }' uts
value domainname from-sysctl "SYS-02 with one it is set"
run '.linux.sysctl = { "kernel.hostname": "other" }' say never
fails "kernel[./]hostname" "SYS-03 kernel.hostname beside hostname is refused"
run '.domainname = "a" | .linux.sysctl = { "kernel.domainname": "b" }' say never
fails "kernel[./]domainname" "SYS-03 kernel.domainname beside domainname is refused"

t "time"
if [ -e /proc/self/ns/time ]; then
	now=$(awk '{ print int($1) }' /proc/uptime)
	run 'ns("time") | .linux.timeOffsets = { monotonic: { secs: 5000, nanosecs: 7 }, boottime: { secs: 9000 } }' time , read /proc/self/timens_offsets
	val monotonic
	ok "TIME-01 the monotonic clock is shifted" test "$REPLY" -ge $((now + 5000)) -a "$REPLY" -le $((now + 5060))
	val boottime
	ok "TIME-01 the boot clock is shifted" test "$REPLY" -ge $((now + 9000)) -a "$REPLY" -le $((now + 9060))
	like "$out" "monotonic +5000 +7.*boottime +9000 +0" "TIME-01 as the kernel shows"
	run 'ns("time") | .linux.timeOffsets = { realtime: { secs: 1 } }' say never
	fails "linux\.timeOffsets.*realtime" "TIME-01 another clock is refused"
	run 'ns("time") | .linux.timeOffsets = { monotonic: { secs: "1" } }' say never
	refused "linux.timeOffsets.monotonic.secs" . "TIME-01 secs must be a number"
	run 'ns("time") | .linux.timeOffsets = { monotonic: { nanosecs: 1000000000 } }' say never
	fails "timeOffsets|timens_offsets|nanosecs" "TIME-01 a second of nanoseconds is refused"
	run 'ns("time") | .linux.timeOffsets = { boottime: { secs: -9999999999 } }' say never
	fails "linux\.timeOffsets: .*numerical result out of range.*neither less than 0 nor more than 146 years" "TIME-01 a clock below 0 is refused"
	run '.linux.timeOffsets = { monotonic: { secs: 1 } }' say never
	fails "linux\.timeOffsets" "TIME-02 offsets without a time namespace are refused"
	run '.linux.namespaces += [ { type: "time", path: "/proc/self/ns/time" } ] | .linux.timeOffsets = { monotonic: { secs: 1 } }' say never
	fails "linux\.timeOffsets" "TIME-02 offsets with a joined one too"
	run 'ns("time") | userns | .linux.timeOffsets = { boottime: { secs: 777 } }' read /proc/self/timens_offsets
	like "$out" "boottime +777 +0" "NS-10 with a user namespace"
else
	skip "TIME-01 the monotonic clock is shifted" "host: no time namespaces"
fi

t "memory policy"
if [ -d /sys/devices/system/node/node0 ]; then
	run '.linux.memoryPolicy = { mode: "MPOL_INTERLEAVE", nodes: "0" }' sched
	value mempolicy "3 1" "MPOL-01 mode and nodes"
	run '.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0", flags: [ "MPOL_F_STATIC_NODES" ] }' sched
	value_like mempolicy "^[0-9]+ 1$" "MPOL-03 flags"
else
	skip "MPOL-01 mode and nodes" "host: no NUMA"
fi
run '.linux.memoryPolicy = { mode: "BOGUS" }' say never
refused linux.memoryPolicy.mode BOGUS "MPOL-01 an unknown mode is refused"
run '.linux.memoryPolicy = {}' say never
missing linux.memoryPolicy.mode "MPOL-01 mode is required"
run '.linux.memoryPolicy = { mode: "MPOL_DEFAULT", nodes: "0" }' say never
fails "linux\.memoryPolicy" "MPOL-02 nodes that the mode does not take are refused"
run '.linux.memoryPolicy = { mode: "MPOL_BIND" }' say never
fails "linux\.memoryPolicy" "MPOL-02 so are missing ones that it needs"
run '.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0", flags: [ "BOGUS" ] }' say never
refused "linux.memoryPolicy.flags[0]" BOGUS "MPOL-03 an unknown flag is refused"

finish

#!/bin/bash
# sysctl.t - sysctl, masked and read-only paths, propagation: what namespaces.t and rootfs.t leave over (config-linux.md)
. "${0%/*}/lib.sh"

sysctl() { printf '.linux.sysctl = { %s }' "$1"; }

t "names of interfaces"
# an interface with a dot in its name, in a network namespace that the container joins or that it makes for itself
for k in net.ipv4.conf.lo.forwarding net/ipv4/conf/lo/forwarding; do
	run "$(sysctl "\"$k\": \"1\"")" read /proc/sys/net/ipv4/conf/lo/forwarding , read /proc/sys/net/ipv4/conf/all/forwarding
	lines "read /proc/sys/net/ipv4/conf/lo/forwarding=OK:1
read /proc/sys/net/ipv4/conf/all/forwarding=OK:0" "SYS-01 one interface: $k"
done
for k in net/ipv4/conf/eno2.100/forwarding net.ipv4.conf.eno2/100.forwarding; do
	run "$(sysctl "\"$k\": \"1\"")" say never
	fails "eno2\.100" "SYS-01 the name of an interface may have a dot: $k"
done

t "values"
run "$(sysctl '"net.ipv4.ip_local_port_range": "20000 30000"')" read /proc/sys/net/ipv4/ip_local_port_range
like "$rc:$out" "^0:.*=OK:20000.+30000" "SYS-01 a value of two numbers"
run "$(sysctl '"net.ipv4.ip_default_ttl": "5\n6"')" read /proc/sys/net/ipv4/ip_default_ttl
like "$rc:$out$err" "^1:.*(sysctl|ip_default_ttl)|^0:.*=OK:5$" "SYS-01 a value of two lines is one write or an error"
conf "$(sysctl '"net.ipv4.ip_default_ttl": "@@"')" say never
sed -i 's/@@/7\\u00008/' "$B/config.json"
new_id
rerun
fails "config\.json:[0-9]+:[0-9]+" "SYS-01 a value with a zero byte is refused"
run '.linux.sysctl = [ "net.ipv4.ip_forward=1" ]' say never
refused linux.sysctl object "SYS-01 sysctl that is no object is refused"
run '.linux.sysctl = {}' say ok
is "$rc:$out" "0:ok" "SYS-01 sysctl may be empty"
run "del(.linux.readonlyPaths) | $(sysctl '"net.ipv4.ip_default_ttl": "78"') | .process.user = { uid: 9, gid: 9 }" read /proc/sys/net/ipv4/ip_default_ttl
line "read /proc/sys/net/ipv4/ip_default_ttl=OK:78" "SYS-01 whoever the user of the program is"
run "nomount(\"/proc\") | nomount(\"/sys\") | nomount(\"/sys/fs/cgroup\") | del(.linux.maskedPaths, .linux.readonlyPaths) | $(sysctl '"kernel.domainname": "without-proc"')" uts
value domainname without-proc "SYS-01 and without /proc in the container"

t "the host's"
before=$(cat /proc/sys/kernel/{msgmax,sem,shmmax,core_pattern,hostname,domainname,panic} /proc/sys/vm/swappiness /proc/sys/fs/file-max /proc/sys/user/max_user_namespaces 2>&1)
for k in kernel.shmall.x kernel/../vm/swappiness net/../vm/swappiness kernel.msgmax/../core_pattern net.ipv4/../../vm/swappiness kernel.modprobe kernel.yama.ptrace_scope \
	dev.cdrom.debug user.max_user_namespaces abi.vsyscall32 net. .net net..ipv4 "net.ipv4.ip_forward " "net.ipv4.ip_forward=1" "kernel.sem+core_pattern"; do
	run "$(sysctl "\"$k\": \"1\"")" say never
	fails "sysctl" "SYS-02 \"$k\" is refused"
done
run "nons(\"network\") | .linux.namespaces += [ { type: \"network\", path: \"/proc/self/ns/net\" } ] | $(sysctl '"net.ipv4.ip_default_ttl": "79"')" say never
fails "namespaces\[5\].*network namespace of the host" "SYS-02 a path to the host's own network namespace is refused"
isnt "$(cat /proc/sys/net/ipv4/ip_default_ttl)" 79 "SYS-02 joining the host's network namespace does not let it be changed"
is "$(cat /proc/sys/kernel/{msgmax,sem,shmmax,core_pattern,hostname,domainname,panic} /proc/sys/vm/swappiness /proc/sys/fs/file-max /proc/sys/user/max_user_namespaces 2>&1)" "$before" \
	"SYS-02 the host's are unchanged"
run "$(sysctl '"kernel.sem": "250 256000 32 1024", "kernel.shmmax": "12345678", "kernel.msgmnb": "20000", "fs.mqueue.queues_max": "12"')" read /proc/sys/kernel/shmmax , \
	read /proc/sys/kernel/msgmnb , read /proc/sys/fs/mqueue/queues_max
lines "read /proc/sys/kernel/shmmax=OK:12345678
read /proc/sys/kernel/msgmnb=OK:20000
read /proc/sys/fs/mqueue/queues_max=OK:12" "SYS-02 those of the ipc namespace are the container's"

t "what covers masked paths"
mkdir -p "$B/rootfs/secret/below" "$B/src"
echo text >"$B/src/file"
run '.linux.maskedPaths = [ "/etc/passwd", "/secret", "/bound/file" ] | bind("/bound"; "\($b)/src"; [])' stat /etc/passwd , mount /etc/passwd , mount /secret , ls /secret , \
	write /etc/passwd x , stat /bound/file , mkdir /secret/x
lines "stat /etc/passwd=c 0666 0:0 1:3
ls /secret=
write /etc/passwd=OK
stat /bound/file=c 0666 0:0 1:3
mkdir /secret/x=EROFS" "PATH-01 files are the null device, also in mounts; directories are empty and read-only"
like "$out" "mount /secret=/ ro,nosuid,nodev,noexec.* - tmpfs " "PATH-01 which nothing can be run from"
is "$(cat "$B/src/file")" text "PATH-01 what is masked is unchanged"
run '.linux.maskedPaths = [ "/secret", "/secret/below", "/secret" ]' ls /secret
line "ls /secret=" "PATH-01 a path may be masked twice, or be below another one"
run '.linux.maskedPaths = [ "/etc/passwd/x", "/nothing/at/all" ]' say ok
is "$rc:$out" "0:ok" "PATH-01 below a file there is nothing to mask"
run '.linux.maskedPaths = "/proc/kcore"' say never
refused linux.maskedPaths array "PATH-01 maskedPaths that are no array are refused"
run '.linux.maskedPaths = [ 7 ]' say never
refused "linux.maskedPaths[0]" string "PATH-01 a path that is no string is refused"
run '.linux.maskedPaths = [ "" ]' say never
refused "linux.maskedPaths[0]" . "PATH-02 an empty path is refused"
for p in / // /mnt/..; do
	run ".linux.maskedPaths = [ \"$p\" ]" say never
	refused "linux.maskedPaths[0]" below "PATH-02 the root cannot be masked: $p"
	run ".linux.readonlyPaths = [ \"$p\" ]" say never
	refused "linux.readonlyPaths[0]" root.readonly "PATH-03 nor made read-only like a path: $p"
done
run '.linux.maskedPaths = [ "/mnt" ] | .linux.readonlyPaths = [ "/mnt" ]' touch /mnt/x
line "touch /mnt/x=EROFS" "PATH-01 PATH-03 both of one path"
run '.root.readonly = true | .linux.maskedPaths += [ "/etc/passwd" ] | .linux.readonlyPaths += [ "/dev/shm" ]' read /etc/passwd , touch /dev/shm/x
lines "read /etc/passwd=OK:
touch /dev/shm/x=EROFS" "PATH-01 PATH-03 in a read-only root"

t "masks that cannot be put"
rm "$B/rootfs/etc/passwd"
ln -s /proc/1/root "$B/rootfs/magic"
ln -s loop "$B/rootfs/loop"
run '.linux.maskedPaths = [ "/loop/x" ]' say never
fails "maskedPaths\[0\].*/loop/x" "PATH-04 a loop of symlinks is an error, not a path that is missing"
run '.linux.maskedPaths = [ "/magic/etc" ]' say never
like "$rc:$out$err" "^1:.*maskedPaths\[0\]" "PATH-04 a link of procfs out of the root is not followed"
run '.linux.readonlyPaths = [ "/magic/etc" ]' say never
like "$rc:$out$err" "^1:.*readonlyPaths\[0\]" "PATH-04 nor for a read-only path"

t "propagation"
mount --bind "$B/rootfs" "$B/rootfs"
mount --make-shared "$B/rootfs"
before=$(</proc/self/mountinfo)
for p in slave rslave private; do
	create ".linux.rootfsPropagation = \"$p\" | mnt(\"/m\"; \"tmpfs\"; []) | .process.noNewPrivileges = false | caps([ \"CAP_SYS_ADMIN\" ])
		| .process.args = [ \"/bin/sh\", \"-c\", \"mount -t tmpfs x /tmp && probe mount /tmp && exec probe pause\" ]"
	start && said ready
	mount_changes "$before"
	is "$REPLY" "" "PROP-03 $p: what the container mounts does not reach the host"
	like "$(cat "$B/out")" "mount /tmp=.* tmpfs " "PROP-03 $p: though it is mounted there"
	cl delete --force "$ID"
done
mkdir -p "$B/rootfs/later"
create '.linux.rootfsPropagation = "private" | .process.args = [ "/bin/sh", "-c", "probe ls /later; exec probe pause" ]'
mount -t tmpfs tmpfs "$B/rootfs/later"
touch "$B/rootfs/later/mounted"
start && said ready
like "$(cat "$B/out")" "ls /later="$'\n' "PROP-03 private: what the host mounts later does not appear"
cl delete --force "$ID"
umount "$B/rootfs/later"
umount "$B/rootfs"
run 'del(.linux.rootfsPropagation)' mount /
unlike "$out" "shared:" "PROP-01 without rootfsPropagation nothing is shared"
run '.linux.rootfsPropagation = ""' mount /
like "$rc" "^[01]$" "PROP-01 an empty rootfsPropagation"
run '.linux.rootfsPropagation = 7' say never
refused linux.rootfsPropagation string "PROP-01 a number is refused"

t "host name"
run '.hostname = ""' uts
like "$rc" "^[01]$" "UTS-01 an empty host name"
run '.hostname = "a b\u00e4"' uts
like "$rc:$out" "^0:hostname=a b|^1:" "UTS-01 the kernel takes any bytes"
run 'nons("uts") | .linux.namespaces += [ { type: "uts", path: "/proc/self/ns/uts" } ] | .hostname = "renamed"' uts
fails "namespaces\[5\].*uts namespace of the host" "UTS-03 a path to the host's own UTS namespace beside hostname is refused"
is "$(hostname)" outside "UTS-03 the host keeps its name"
create . pause
init_pid
holder=$ID
run "nons(\"uts\") | .linux.namespaces += [ { type: \"uts\", path: \"/proc/$PID/ns/uts\" } ] | .hostname = \"renamed\"" uts
value hostname renamed "UTS-03 one of another container is not"
ID=$holder

finish

#!/bin/bash
# userns.t - user namespaces and id mappings (config-linux.md "User namespace mappings")
. "${0%/*}/lib.sh"

map() { echo "[ { containerID: $1, hostID: $2, size: $3 } ]"; }

t "mappings"
before=$(find "$B/rootfs" -printf '%p %U:%G ' | sort)
run userns ids , read /proc/self/uid_map , read /proc/self/gid_map , read /proc/self/setgroups , caps
like "$out" "uid=0 0 0.*read /proc/self/uid_map=OK: +0 +100000 +65536"$'\n'"read /proc/self/gid_map=OK: +0 +100000 +65536"$'\n' "UNS-01 the maps are as given"
is "$(find "$B/rootfs" -printf '%p %U:%G ' | sort)" "$before" "UNS-04 nobody changes the owners in the root file system"
run 'ns("user") | .linux.uidMappings = [ { containerID: 0, hostID: 100000, size: 10 }, { containerID: 10, hostID: 200000, size: 5 } ]
	| .linux.gidMappings = [ { containerID: 0, hostID: 300000, size: 1000 } ]' read /proc/self/uid_map , read /proc/self/gid_map
like "$out" "uid_map=OK: +0 +100000 +10\\\\n +10 +200000 +5"$'\n'".*gid_map=OK: +0 +300000 +1000" "UNS-01 several lines, other groups than users"
run 'ns("user") | .linux.uidMappings = [ range(340) | { containerID: ., hostID: (300 + 2 * .), size: 1 } ]
	| .linux.gidMappings = [ { containerID: 0, hostID: 100000, size: 10 } ]' say ok
is "$rc:$out" "0:ok" "UNS-01 340 lines"
run 'ns("user") | .linux.uidMappings = [ range(341) | { containerID: ., hostID: (300 + 2 * .), size: 1 } ]
	| .linux.gidMappings = [ { containerID: 0, hostID: 100000, size: 10 } ]' say never
fails "linux\.uidMappings|340" "UNS-01 341 are refused"
leaks
is "$REPLY" "" "UNS-01 and leave nothing"
run ".linux.uidMappings = $(map 0 100000 10) | .linux.gidMappings = $(map 0 100000 10)" say ok
is "$rc:$out" "0:ok" "UNS-02 mappings without a user namespace are ignored"
like "$err" "^crun-lite: warning: config\.json:[0-9]+:[0-9]+: linux\.uidMappings: is ignored, .*"$'\n'".*linux\.gidMappings: is ignored" "UNS-02 with a warning"
run 'ns("user")' say never
fails "config\.json:[0-9]+:[0-9]+: linux.*[mM]apping" "UNS-03 a user namespace without mappings is refused"
run "ns(\"user\") | .linux.uidMappings = $(map 0 100000 10)" say never
fails "gidMappings" "UNS-03 with one of them, too"
run "ns(\"user\") | .linux.gidMappings = $(map 0 100000 10)" say never
fails "uidMappings" "UNS-03 or the other"
for m in '{ containerID: 0, hostID: 100000 }' '{ containerID: 0, size: 1 }' '{ hostID: 1, size: 1 }' '{ containerID: 0, hostID: 100000, size: 0 }' \
	'{ containerID: -1, hostID: 100000, size: 1 }' '{ containerID: 0, hostID: 4294967295, size: 2 }' '{ containerID: 0, hostID: 1, size: 4294967296 }'; do
	run "ns(\"user\") | .linux.uidMappings = [ $m ] | .linux.gidMappings = $(map 0 100000 10)" say never
	fails "linux\.uidMappings\[0\]" "UNS-01 mapping $m is refused"
done
run "ns(\"user\") | .linux.uidMappings = [ { containerID: 0, hostID: 100000, size: 10 }, { containerID: 5, hostID: 200000, size: 10 } ]
	| .linux.gidMappings = $(map 0 100000 10)" say never
fails "linux\.uidMappings" "UNS-01 mappings that overlap are refused"

t "in the container"
rm -r "$B/rootfs"
cp -a "$W/template/rootfs" "$B/rootfs"
chown -hR 100000:100000 "$B/rootfs"
run userns touch /new , mkdir /newdir , stat /new , stat /dev/null , open /dev/null , open /dev/zero , mount /proc , stat /dev/pts/ptmx
like "$out" "touch /new=OK.*mkdir /newdir=OK.*stat /new=- 0644 0:0.*open /dev/null=OK.*open /dev/zero=OK.*mount /proc=.* proc " \
	"UNS-01 a root file system that belongs to the mapped root can be used"
like "$out" "stat /dev/null=c 0666 [0-9]+:[0-9]+ 1:3" "DEV-06 default devices are there, from the host"
run 'userns | .process.user = { uid: 1000, gid: 1000, additionalGids: [ 5 ] }' ids
lines "uid=1000 1000 1000
groups=5" "UNS-01 another user in it"
run 'userns | .process.terminal = false | .linux.rootfsPropagation = "rprivate" | .root.readonly = true' touch /x
line "touch /x=EROFS" "ROOT-04 a read-only root in a user namespace"
run 'userns | .linux.maskedPaths += [ "/etc/passwd" ] | .linux.readonlyPaths += [ "/mnt" ]' read /etc/passwd , touch /mnt/x
lines "read /etc/passwd=OK:
touch /mnt/x=EROFS" "PATH-01 PATH-03 masked and read-only paths in a user namespace"
mkdir "$B/src"
run 'userns | mnt("/m"; "tmpfs"; [ "size=32k", "mode=700" ]) | bind("/b"; "\($b)/src"; [ "ro", "nosuid", "nodev" ])' mount /m , mount /b
like "$out" "mount /m=[^ ]* .*tmpfs .*mount /b=[^ ]* ro,nosuid,nodev" "MNT-12 mounts in a user namespace"
mount -t tmpfs -o ro,nosuid,nodev,noexec tmpfs "$B/src"
run 'userns | bind("/b"; "\($b)/src"; [ "ro" ])' mount /b
like "$out" "mount /b=/ ro,nosuid,nodev,noexec" "MNT-12 flags of the source are kept"
umount "$B/src"
run 'userns | .linux.sysctl = { "net.ipv4.ip_forward": "1", "user.max_net_namespaces": "7" }' read /proc/sys/user/max_net_namespaces
like "$rc:$out:$err" "^(0:.*OK:7|1:.*user\.max_net_namespaces)" "SYS-02 user.* with a user namespace of its own is set, or said not to be"
run 'userns | nons("network") | .hostname = "x"' uts
value hostname x "UNS-01 with the host's network"

t "the table of mounts"
mkdir -p "$B/src" "$B/rootfs/m"
first='.process.args = [ "/bin/head", "-n", "1", "/proc/self/mountinfo" ]'
if kernel 6.15 || ! kernel 6.8; then
	run "userns | bind(\"/m\"; \"\(\$b)/src\"; [ \"ro\" ]) | $first"
	like "$rc:$out" "^0:[0-9]+ [0-9]+ [^ ]+ [^ ]+ / [^"$'\n'"]*$" "UNS-01 begins with the root"
fi
run 'userns | .linux.maskedPaths += [ "/etc/passwd" ] | bind("/m"; "\($b)/src"; [ "rbind", "ro" ])' mount /proc , mount /dev/null , mount /m , open /dev/null , touch /m/x
like "$rc:$out" "^0:mount /proc=/ .* proc .*mount /dev/null=/null .*mount /m=.*open /dev/null=OK.*touch /m/x=EROFS" "UNS-01 and has all mounts as they are"

t "joining"
create userns pause
init_pid
holder=$ID
join="ns(\"user\") | (.linux.namespaces[] | select(.type == \"user\")).path = \"/proc/$PID/ns/user\""
run "$join" read /proc/self/uid_map
like "$rc:$out" "^0:read /proc/self/uid_map=OK: +0 +100000 +65536" "UNS-05 a joined user namespace has its own mappings"
run "$join | .linux.uidMappings = $(map 0 100000 65536) | .linux.gidMappings = .linux.uidMappings" say ok
is "$rc:$out" "0:ok" "UNS-05 the same mappings beside the path are accepted"
run "$join | .linux.uidMappings = $(map 0 200000 65536) | .linux.gidMappings = .linux.uidMappings" say never
fails "linux\.(uid|gid)Mappings|linux\.namespaces" "UNS-05 other ones are refused"
mkdir -p "$B/own" "$B/rootfs/m"
touch "$B/own/file"
run "$join | bind(\"/m\"; \"\(\$b)/own\"; [ \"idmap\" ])" stat /m/file
if kernel 6.3; then
	line "stat /m/file=- 0644 0:0 0:0" "OPT-33 idmap without mappings: those of the namespace that is joined"
else
	fails 'map ids of' "OPT-33 not of a tmpfs before Linux 6.3"
fi
run "$join | bind(\"/m\"; \"\(\$b)/own\"; [])" stat /m/file
line "stat /m/file=- 0644 65534:65534 0:0" "OPT-33 which is not the case without the option"
ID=$holder

finish

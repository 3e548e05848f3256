#!/bin/bash
# mounts.t - the list of mounts (config.md "Mounts"); single options are in options.t
. "${0%/*}/lib.sh"

t "list"
run 'del(.mounts) | del(.linux.maskedPaths, .linux.readonlyPaths)' say ok
is "$rc:$out" "0:ok" "MNT-01 mounts may be absent"
run '.mounts = [] | del(.linux.maskedPaths, .linux.readonlyPaths)' say ok
is "$rc:$out" "0:ok" "MNT-01 mounts may be empty"
run '.mounts = {}' say never
refused mounts array "MNT-01 mounts that are no array are refused"

t "order"
mkdir "$B/src"
touch "$B/src/file"
run 'mnt("/a"; "tmpfs"; []) | bind("/a/b"; "\($b)/src"; [])' ls /a/b
line "ls /a/b=file" "MNT-02 a later mount may be inside an earlier one"
run 'bind("/a/b"; "\($b)/src"; []) | mnt("/a"; "tmpfs"; [])' ls /a
line "ls /a=" "MNT-02 a later mount may hide an earlier one"
run 'mnt("/a"; "tmpfs"; []) | bind("/a"; "\($b)/src"; [])' ls /a
line "ls /a=file" "MNT-02 of two mounts on one directory the later is on top"
run 'mnt("/a"; "tmpfs"; []) | bind("/b"; "\($b)/src"; []) | mnt("/c"; "tmpfs"; []) | bind("/d"; "\($b)/src"; [])
	| .process.args = [ "/bin/grep", "-o", " /[abcd] ", "/proc/self/mountinfo" ]'
is "$rc:$(tr -d '\n' <<<"$out")" "0: /a  /b  /c  /d " "MNT-02 /proc/self/mountinfo has the order of the list"

t "propagation of a bind mount"
mkdir -p "$B/shared/sub"
mount -t tmpfs tmpfs "$B/shared"
mount --make-shared "$B/shared"
mkdir "$B/shared/sub"
before=$(</proc/self/mountinfo)
run 'bind("/m"; "\($b)/shared"; []) | caps(["CAP_SYS_ADMIN"]) | del(.linux.seccomp)
	| .process.args = [ "/bin/sh", "-c", "mount -t tmpfs tmpfs /m/sub && exec probe mount /m , mount /m/sub" ]'
like "$rc:$out" "^0:.*mount /m/sub=.*tmpfs" "MNT-12 a container with CAP_SYS_ADMIN mounts below a bind mount of a shared source"
mount_changes "$before"
is "$REPLY" "" "MNT-12 the host does not see that mount"
umount "$B/shared"

t "destination"
run 'mnt("tmp"; "tmpfs"; [ "size=16k" ])' mount /tmp
like "$rc:$out" "^0:mount /tmp=/ .* tmpfs " "MNT-03 a relative destination is one from the root"
run '.mounts += [ { type: "tmpfs", source: "x" } ]' say never
missing "mounts[7].destination" "MNT-03 a mount without a destination is refused"
run 'mnt(""; "tmpfs"; [])' say never
refused "mounts[7].destination" . "MNT-03 an empty destination is refused"
run 'mnt("/new/dir"; "tmpfs"; [])' mount /new/dir , stat /new
like "$out" "mount /new/dir=/ .* tmpfs .*stat /new=d 0755 0:0" "MNT-05 a destination that is missing is made, mode 0755"
mkdir "$B/src"
echo text >"$B/src/file"
run 'bind("/mnt/deep/file"; "\($b)/src/file"; [])' read /mnt/deep/file , stat /mnt/deep
like "$out" "read /mnt/deep/file=OK:text.*stat /mnt/deep=d 0755" "MNT-05 an empty file is made for the bind mount of a file"
ok "MNT-05 which is empty in the root file system" test -f "$B/rootfs/mnt/deep/file" -a ! -s "$B/rootfs/mnt/deep/file"
umask 077
run 'mnt("/new2/dir"; "tmpfs"; [])' stat /new2
umask 022
like "$out" "stat /new2=d 0755" "MNT-05 whatever the caller's umask"
run 'mnt("/"; "tmpfs"; [])' say never
fails "/" "MNT-20 a mount on / is refused"

t "destination and symlinks"
mkdir -p "$W/outside/d" "$B/rootfs/mnt/real" "$B/src"
chmod 700 "$W/outside"
before=$(find "$W/outside" -printf '%p %m %T@ ')
i=0
for link in "$W/outside" "../../../../../../../../../../../../..$W/outside" "/mnt/../../../..$W/outside"; do
	ln -s "$link" "$B/rootfs/esc$i"
	run "mnt(\"/esc$i/d\"; \"tmpfs\"; [])" say ok
	is "$(find "$W/outside" -printf '%p %m %T@ ')" "$before" "MNT-04 destination through the symlink \"${link:0:12}...\" does not escape"
	run "mnt(\"/esc$i\"; \"tmpfs\"; [])" say ok
	is "$(find "$W/outside" -printf '%p %m %T@ ')" "$before" "MNT-04 nor one that is the symlink"
	run "bind(\"/esc$i/new/file\"; \"\\(\$b)/config.json\"; [])" say ok
	is "$(find "$W/outside" -printf '%p %m %T@ ')" "$before" "MNT-04 nor a file that has to be made"
	i=$((i + 1))
done
run 'mnt("/../../../../../mnt/up"; "tmpfs"; [])' mount /mnt/up
like "$rc:$out" "^(0:mount /mnt/up=/ .*tmpfs|1:)" "MNT-04 .. in a destination does not leave the root"
ln -s /mnt/real "$B/rootfs/inner"
run 'mnt("/inner"; "tmpfs"; [])' mount /mnt/real
like "$rc:$out" "^0:mount /mnt/real=/ .*tmpfs" "MNT-04 an absolute symlink is resolved inside the root"
ln -s loop "$B/rootfs/loop"
run 'mnt("/loop/x"; "tmpfs"; [])' say never
fails "loop" "MNT-04 a symlink loop is an error"
rm -rf "$W/outside"

t "bind mounts"
mkdir "$B/src"
touch "$B/src/file"
run 'bind("/m"; "\($b)/src"; [])' ls /m
line "ls /m=file" "MNT-06 bind without a type"
run '.mounts += [ { destination: "/m", type: "tmpfs", source: "\($b)/src", options: [ "rbind" ] } ]' ls /m
line "ls /m=file" "MNT-06 the type of a bind mount is ignored"
run '.mounts += [ { destination: "/m", type: "bind", source: "\($b)/src" } ]' say never
fails "bind|/m" "MNT-06 type bind without the option is no bind mount"
PREFIX=(env -C /)
run 'bind("/m"; "src"; [])' ls /m
PREFIX=()
line "ls /m=file" "MNT-07 a relative source is relative to the bundle"
run 'bind("/m"; "\($b)/missing"; [])' say never
fails "missing" "MNT-07 a source that does not exist is an error"
run '.mounts += [ { destination: "/m", options: [ "bind" ] } ]' say never
fails "mounts\[7\]|/m" "MNT-07 a bind mount without a source is an error"
run '.mounts += [ { destination: "/m", source: "tmpfs" } ]' say never
fails "mounts\[7\]" "MNT-08 a mount without a type is an error"
run 'mnt("/m"; "no-such-fs"; [])' say never
fails "no-such-fs" "MNT-08 MNT-19 an unknown file system is an error"
run 'mnt("/m"; "ramfs"; [])' mount /m
like "$out" " ramfs " "MNT-08 any file system that the kernel has"
run 'bind("/m"; "\($b)/src"; [ "ro" ])' touch /m/x , mount /m
like "$out" "touch /m/x=EROFS.*mount /m=[^ ]* ro," "MNT-12 read-only bind mount"
ok "MNT-12 the source is not" touch "$B/src/y"
run 'bind("/m"; "\($b)/src"; [ "nodev", "noexec", "nosuid", "noatime" ])' mount /m
like "$out" "mount /m=[^ ]* rw,nosuid,nodev,noexec,noatime " "MNT-12 other flags of bind mounts"
run 'bind("/m"; "\($b)/src"; [ "frobnicate" ])' ls /m
warns "frobnicate" "MNT-11 an unknown option of a bind mount is a warning"
is "$(mount | grep -c "$B")" 0 "MNT-19 nothing of it is mounted on the host"
mkdir "$B/rootfs/dir"
run 'bind("/dir"; "\($b)/src/file"; [])' say never
fails 'mounts\[7\] "/dir": "/dir" in the root filesystem is a directory, but the source ".*/src/file" is a file: a bind mount needs the same kind' \
	"MNT-05 a file cannot be mounted on a directory: which of the two is what"
touch "$B/rootfs/regular"
run 'bind("/regular"; "\($b)/src"; [])' say never
fails '"/regular" in the root filesystem is a file, but the source ".*/src" is a directory' "MNT-05 nor a directory on a file"
run 'userns | bind("/regular"; "\($b)/src"; [])' say never
fails '"/regular" in the root filesystem is a file, but the source ".*/src" is a directory' "MNT-05 in a user namespace, too"
run 'nomntns | bind("/regular"; "\($b)/src"; [])' say never
fails '"/regular" in the root filesystem is a file, but the source|without a new mount namespace need kernel 6\.15' "MNT-05 and without a mount namespace"
run 'mnt("/regular"; "tmpfs"; [])' say never
fails 'filesystem "tmpfs" must be mounted on ordinary directory: "/regular" in the root filesystem is a file' "MNT-05 nor a new filesystem"
run 'mnt("/regular"; "tmpfs"; [ "tmpcopyup" ])' say never
fails 'filesystem "tmpfs" must be mounted on ordinary directory: "/regular" in the root filesystem is a file' "MNT-05 nor one with a copy of what it covers"
for o in '"bind"' '"ro"' '"bind", "ro"'; do
	run ".mounts += [ { destination: \"/dir\", options: [ \"remount\", $o ] } ]" say never
	fails 'mounts\[7\] "/dir": nothing is mounted on "/dir" that could be remounted' "MNT-05 what is no mount cannot be remounted ($o)"
done
run 'bind("/regular/a/b"; "\($b)/src"; [])' say never
fails 'open "/regular/a/b" in the root filesystem: "/regular" there is not a directory' "MNT-05 a file on the way is named"
run '.linux.devices = [ { path: "/dir", type: "c", major: 1, minor: 3 } ] | userns' say never
fails 'linux.devices\[0\]: "/dir" exists in the root filesystem and is a directory, not a character device' "MNT-05 nor a device on a directory"

t "options"
run 'mnt("/m"; "tmpfs"; [ "ro", "rw" ])' touch /m/x
line "touch /m/x=OK" "MNT-09 a later option overrides an earlier one"
run 'mnt("/m"; "tmpfs"; [ "rw", "ro" ])' touch /m/x
line "touch /m/x=EROFS" "MNT-09 in either direction"
run '.mounts += [ { destination: "/m", type: "tmpfs", source: "x", options: "ro" } ]' say never
refused "mounts[7].options" array "MNT-09 options that are no array are refused"
run '.mounts += [ { destination: "/m", type: "tmpfs", source: "x", options: [ "ro", 7 ] } ]' say never
refused "mounts[7].options[1]" string "MNT-09 an option that is no string is refused"
run 'mnt("/m"; "tmpfs"; [ "size=64k", "mode=700", "uid=3", "gid=4" ])' mount /m , stat /m
like "$out" "tmpfs rw,size=64k,mode=700.*stat /m=d 0700 3:4" "MNT-10 other options go to the file system"
run 'mnt("/m"; "tmpfs"; [ "size=64k,mode=711" ])' stat /m
line "stat /m=d 0711 0:0 0:0" "MNT-10 also several in one string"
run 'mnt("/m"; "tmpfs"; [ "frobnicate" ])' say never
fails "/m.*frobnicate|frobnicate.*/m|invalid argument" "MNT-10 one that the file system does not know is an error"
run 'mnt("/m"; "tmpfs"; [ "size=99999999999999999999999x" ])' say never
fails "/m" "MNT-10 and so is a bad value"
run 'mnt("/m"; "tmpfs"; [ "x" * 5000 ])' say never
fails "/m|mounts\[7\]" "MNT-10 too long options are an error"
run 'mnt("/m"; "tmpfs"; [ "shared" ])' mount /m
like "$out" "mount /m=/ [^ ]* shared:" "MNT-13 propagation options are applied"

t "proc and sysfs"
mv "$B/rootfs/proc" "$B/rootfs/realproc"
ln -s realproc "$B/rootfs/proc"
run . say never
fails 'mounts\[0\] "/proc": filesystem "proc" must be mounted on ordinary directory: "/proc" in the root filesystem is or leads through a symbolic link' \
	"MNT-14 proc on a symlink is an error"
rm "$B/rootfs/proc" && mv "$B/rootfs/realproc" "$B/rootfs/proc"
mv "$B/rootfs/sys" "$B/rootfs/realsys"
ln -s realsys "$B/rootfs/sys"
run . say never
fails 'filesystem "sysfs" must be mounted on ordinary directory: "/sys" .* symbolic link' "MNT-14 sysfs on a symlink is an error"
rm "$B/rootfs/sys" && mv "$B/rootfs/realsys" "$B/rootfs/sys"
rmdir "$B/rootfs/proc" && touch "$B/rootfs/proc"
run . say never
fails 'filesystem "proc" must be mounted on ordinary directory: "/proc" in the root filesystem is a file' "MNT-14 proc on a file is an error"
rm "$B/rootfs/proc" && mkdir "$B/rootfs/proc"
mkdir "$B/src"
echo "1.00 2.00" >"$B/src/uptime"
for d in /proc/1 /proc/self /proc/sys /proc/self/attr; do
	run "bind(\"$d\"; \"\\(\$b)/src\"; [])" say never
	fails "$d" "MNT-14 a mount on $d is refused"
done
run 'bind("/proc"; "\($b)/src"; [])' say never
fails "/proc" "MNT-14 a bind mount of anything but a proc on /proc is refused"
run 'bind("/proc/uptime"; "\($b)/src/uptime"; [])' read /proc/uptime
line "read /proc/uptime=OK:1.00 2.00" "MNT-14 one on /proc/uptime is not"

t "a read-only image without the mount point"
mkdir "$B/image"
cp -a "$B/rootfs/bin" "$B/image"
mount --bind "$B/image" "$B/image"
mount -o remount,bind,ro "$B/image"
run '.root.path = "image" | .mounts = [ .mounts[0] ]' say never
fails 'mounts\[0\] "/proc": "/proc" does not exist in the root filesystem and cannot be made there: read-only file system; make it in the image' \
	"MNT-05 it does not exist and cannot be made"
run '.root.path = "image" | .mounts = [] | del(.linux.maskedPaths, .linux.readonlyPaths)' say never
fails '"/dev" does not exist in the root filesystem and cannot be made there: read-only file system' "DEV-01 so is it for the default devices"
umount "$B/image"

t "in a chroot"
mkdir -p "$W/jail/tmp" "$W/jail/proc" "$W/jail/b" "$W/jail/sys/fs/cgroup"
cp -a "$B/rootfs" "$B/config.json" "$W/jail/b"
cp "$CRUN_LITE" "$W/jail/crun-lite"
mount -t proc proc "$W/jail/proc"
mount --bind /sys/fs/cgroup "$W/jail/sys/fs/cgroup"
conf 'del(.linux.cgroupsPath) | .mounts = [ .mounts[0] ] | del(.linux.maskedPaths, .linux.readonlyPaths)' say ok
cp "$B/config.json" "$W/jail/b"
execute "$W/out" "$W/err" chroot "$W/jail" /crun-lite --root /tmp/state run --no-new-keyring -b /b jailed
fails '"/" is not a mount point \(a chroot\?\).*mount --rbind DIR DIR; chroot DIR' "MNT-19 the root directory is no mount: how to get one"
mount --rbind "$W/jail" "$W/jail"
execute "$W/out" "$W/err" chroot "$W/jail" /crun-lite --root /tmp/state run --no-new-keyring -b /b jailed
is "$rc:$out" "0:ok" "MNT-19 and then it works"
umount -R "$W/jail"
umount "$W/jail/proc" "$W/jail/sys/fs/cgroup"

t "cgroup"
run . mount /sys/fs/cgroup , read /proc/self/cgroup , mkdir /sys/fs/cgroup/x , ls /sys/fs/cgroup
like "$out" "mount /sys/fs/cgroup=/ ro,nosuid,nodev,noexec,relatime - cgroup2 " "MNT-15 type cgroup is cgroup2 with the options"
like "$out" "0::/"$'\n'"mkdir /sys/fs/cgroup/x=EROFS" "MNT-15 and shows the container's own cgroup, read-only"
like "$out" "ls /sys/fs/cgroup=.*cgroup.procs" "MNT-15 as its root"
run '.mounts |= map(if .type == "cgroup" then .options = [ "rw" ] else . end)' mkdir /sys/fs/cgroup/x , ls /sys/fs/cgroup/x
like "$out" "mkdir /sys/fs/cgroup/x=OK" "MNT-15 without ro it can be written to"
run 'nons("cgroup")' mount /sys/fs/cgroup , ls /sys/fs/cgroup , mkdir /sys/fs/cgroup/x
like "$out" "mount /sys/fs/cgroup=[^ ]* ro.*mkdir /sys/fs/cgroup/x=EROFS" "MNT-15 without a cgroup namespace it is read-only too"

t "sysfs without a network namespace"
run 'userns | nons("network")' mount /sys , stat /sys/kernel
like "$rc:$out" "^0:mount /sys=[^ ]* ro.* - sysfs .*stat /sys/kernel=d" "MNT-16 sysfs in a user namespace with the host's network is bound read-only"
run 'nons("network")' mount /sys , ls /sys/class/net
like "$rc:$out" "^0:mount /sys=[^ ]* ro.* - sysfs .*lo" "MNT-16 sysfs with the host's network"

t "the host's sysfs"
bare='nomount("/sys/fs/cgroup") | nons("network")'
run "userns | $bare" ls /sys/fs/cgroup , ls /sys/class/net , mount /sys/fs/cgroup
lines "ls /sys/fs/cgroup=
mount /sys/fs/cgroup=none" "MNT-16 what is mounted below it does not come along"
like "$out" "ls /sys/class/net=.*lo" "MNT-16 the network that is shared does"
PREFIX=(unshare -Urm)
run "$bare" ls /sys/fs/cgroup , mount /sys
like "$rc:$out" "^0:ls /sys/fs/cgroup="$'\n'"mount /sys=[^ ]* ro,.* - sysfs " "MNT-16 where mounts are locked it is covered"
PREFIX=(unshare -m bash -c 'mount -t tmpfs tmpfs /sys/kernel && exec "$@"' -)
run userns say never
fails 'mounts\[5\] "/sys": .*sysfs.*operation not permitted' "MNT-16 with a network namespace of its own a sysfs that cannot be made is an error"
PREFIX=()
net=$W/net
touch "$net"
unshare --net="$net" true
run "userns | nomount(\"/sys/fs/cgroup\") | nons(\"network\") | .linux.namespaces += [ { type: \"network\", path: \"$net\" } ]" ls /sys/class/net , ls /sys/fs/cgroup
umount "$net" && rm "$net"
is "$rc:$out" "0:ls /sys/class/net=
ls /sys/fs/cgroup=" "MNT-16 the host's network is not shown to a container in another one"

t "a source in the root filesystem"
mkdir -p "$B/rootfs/a/b" "$B/src"
touch "$B/rootfs/a/b/covered" "$B/src/mounted"
for f in . userns; do
	run "$f"' | bind("/a/b"; "\($b)/src"; []) | bind("/c"; "\($b)/rootfs/a/b"; [])' ls /c
	line "ls /c=mounted" "MNT-02 it is what the mounts before have made of it ($f)"
	run "$f"' | mnt("/a"; "tmpfs"; []) | bind("/a/b"; "\($b)/src"; []) | .mounts += [ { destination: "/c", source: "\($b)/rootfs/a", options: [ "rbind", "ro" ] } ]' ls /c/b , touch /c/x
	lines "ls /c/b=mounted
touch /c/x=EROFS" "MNT-02 with mounts below it ($f)"
	run "$f"' | mnt("/a"; "tmpfs"; []) | bind("/c"; "\($b)/rootfs/a/b"; [])' say never
	fails 'mounts\[8\] "/c": open "/a/b" in the root filesystem: no such file' "MNT-07 what is covered by then does not exist ($f)"
	run "$f"' | bind("/c"; "\($b)/rootfs/a/b"; []) | mnt("/a"; "tmpfs"; [])' ls /c
	line "ls /c=covered" "MNT-02 a later mount does not count ($f)"
done
ln -s a "$B/rootfs/link"
ln -s "$B" "$W/other"
for f in . userns; do
	run "$f"' | bind("/a/b"; "\($b)/src"; []) | bind("/c"; "\($w)/other/rootfs/a/b"; [])' ls /c
	line "ls /c=mounted" "MNT-02 the source has another path than the bundle ($f)"
	run "$f"' | bind("/link/b"; "\($b)/src"; []) | bind("/c"; "\($b)/rootfs/a/b"; [])' ls /c
	line "ls /c=mounted" "MNT-02 the mount before is behind a link ($f)"
	run "$f"' | bind("/a/b"; "\($b)/src"; []) | bind("/c"; "\($b)/rootfs/link/b"; [])' ls /c
	line "ls /c=mounted" "MNT-02 the source is behind a link ($f)"
	run "$f"' | mnt("/a"; "tmpfs"; []) | bind("/a/new"; "\($b)/src"; []) | bind("/c"; "\($w)/other/rootfs/a/new"; [])' ls /c
	line "ls /c=mounted" "MNT-02 the source comes with a mount ($f)"
	run "$f"' | mnt("/a"; "tmpfs"; []) | bind("/c"; "\($w)/other/rootfs/missing"; [])' say never
	fails 'mounts\[8\] "/c": open mount source ".*/other/rootfs/missing": no such file' "MNT-07 or with none ($f)"
done
B=$W/other
run 'bind("/a/b"; "\($b)/src"; []) | .mounts += [ { destination: "/c", source: "'"$(readlink "$B")"'/rootfs/a/b", options: [ "bind" ] } ]' ls /c
line "ls /c=mounted" "MNT-02 the bundle is behind a link"
B=$(readlink "$B")
rm "$W/other"
map='{ containerID: 0, hostID: 1000, size: 1 }'
if kernel 6.3; then
	run "mnt(\"/a\"; \"tmpfs\"; [ \"mode=750\" ]) | .mounts += [ { destination: \"/c\", source: \"\(\$b)/rootfs/a\", options: [ \"bind\", \"idmap\" ], uidMappings: [ $map ], gidMappings: [ $map ] } ]" stat /c
	line "stat /c=d 0750 1000:1000 0:0" "MNT-17 also with mapped ids"
	run "userns | bind(\"/a/b\"; \"\(\$b)/src\"; []) | .mounts += [ { destination: \"/c\", source: \"\(\$b)/rootfs/a/b\", options: [ \"bind\", \"idmap\" ] } ]" stat /c/mounted
	line "stat /c/mounted=- 0644 0:0 0:0" "MNT-17 and in a user namespace"
	run "userns | mnt(\"/a\"; \"tmpfs\"; [ \"mode=750\" ]) | .mounts += [ { destination: \"/c\", source: \"\(\$b)/rootfs/a\", options: [ \"bind\", \"idmap\" ] } ]" stat /c
	line "stat /c=d 0750 0:0 0:0" "MNT-17 of a filesystem of its own, too"
fi

t "mapped ids"
mkdir "$B/src"
touch "$B/src/file"
map='{ containerID: 0, hostID: 1000, size: 1 }'
run ".mounts += [ { destination: \"/m\", source: \"\\(\$b)/src\", options: [ \"bind\", \"idmap\" ], uidMappings: [ $map ], gidMappings: [ $map ] } ]" \
	stat /m/file
line "stat /m/file=- 0644 1000:1000 0:0" "MNT-17 mapped owners"
run ".mounts += [ { destination: \"/m\", source: \"\\(\$b)/src\", options: [ \"bind\" ], uidMappings: [ $map ], gidMappings: [ $map ] } ]" \
	stat /m/file
line "stat /m/file=- 0644 1000:1000 0:0" "MNT-18 without the option too"
run ".mounts += [ { destination: \"/m\", source: \"\\(\$b)/src\", options: [ \"bind\", \"idmap\" ], uidMappings: [ $map ] } ]" say never
fails "mounts\[7\].*gidMappings|gidMappings" "MNT-17 uidMappings alone are refused"
run ".mounts += [ { destination: \"/m\", source: \"\\(\$b)/src\", options: [ \"bind\", \"idmap\" ], gidMappings: [ $map ] } ]" say never
fails "mounts\[7\].*uidMappings|uidMappings" "MNT-17 gidMappings alone are refused"

t "mapped ids of a new filesystem"
mkdir "$B/rootfs/d"
touch "$B/rootfs/d/file"
made='{ destination: "/d", type: "tmpfs", source: "tmpfs", options: [ "tmpcopyup" ] }'
run ".mounts += [ $made | .uidMappings = [ $map ] | .gidMappings = [ $map ] ]" stat /d/file , stat /d
if kernel 6.3; then
	line "stat /d/file=- 0644 1000:1000 0:0" "MNT-17 its owners are mapped, too"
	run ".mounts += [ $made | .options += [ \"idmap\", \"ro\", \"mode=750\" ] | .uidMappings = [ $map ] | .gidMappings = [ $map ] ]" mount /d , stat /d
	like "$rc:$out" "^0:mount /d=[^ ]* ro,.*idmapped.*stat /d=d 0750 1000:1000" "MNT-17 with other options"
else
	fails 'map ids of "tmpfs": .*tmpfs 6\.3' "MNT-17 not before Linux 6.3: the error says so"
fi
run "userns | .mounts += [ $made | .uidMappings = [ $map ] | .gidMappings = [ $map ] ]" say never
fails 'config\.json:[0-9:]+ mounts\[7\]: a filesystem that is made in a user namespace has its ids' "MNT-17 mapped ids of a filesystem of a user namespace are an error"
run "userns | .mounts += [ $made | .options += [ \"idmap\" ] ]" stat /d/file
line "stat /d/file=- 0644 65534:65534 0:0" "OPT-33 made in a user namespace it needs no mapping"
run ".mounts |= map(if .destination == \"/proc\" then .uidMappings = [ $map ] | .gidMappings = [ $map ] else . end)" say never
fails 'mounts\[0\] "/proc": map ids of "proc": .*must support that' "MNT-17 a filesystem that cannot"
is "$(stat -c %u:%g "$B/rootfs/d/file")" 0:0 "UNS-04 nothing changes in the root filesystem"

t "/dev from outside"
mkdir "$B/dev"
run '.mounts |= map(select(.destination | startswith("/dev") | not)) | bind("/dev"; "\($b)/dev"; [])' say ok
is "$(ls "$B/dev")" "" "MNT-21 nothing is made in a directory that is bind mounted on /dev"

t "template"
mkdir "$B/new"
cl spec -b "$B/new"
is "$(jq -r '[ .mounts[] | select(.destination | IN("/proc", "/sys", "/dev/pts", "/dev/shm")) | .type ] | sort | join(" ")' "$B/new/config.json" 2>&1)" \
	"devpts proc sysfs tmpfs" "MNT-22 spec makes a configuration with the default file systems"

t "many"
mkdir "$B/src"
run '.mounts += [ range(500) | { destination: "/many/\(.)", source: "\($b)/src", options: [ "rbind", "ro" ] } ]' mount /many/499
like "$rc:$out" "^0:mount /many/499=[^ ]* ro" "MNT-02 five hundred mounts"

t "options longer than fsconfig(2) takes"
# directories whose names make one option of 600 bytes, as engines write for volumes of the kind overlay
deep=$B/$(printf 'd%.0s' {1..100})/$(printf 'e%.0s' {1..100})
mkdir -p "$deep"/{one,two,three,upper,work}
echo 1 >"$deep/one/1"
echo 2 >"$deep/two/2"
echo 3 >"$deep/three/3"
# shellcheck disable=SC2016 # jq's
overlay='mnt("/o"; "overlay"; [ "lowerdir=" + ([ "one", "two", "three" ] | map("\(env.deep)/" + .) | join(":")), "upperdir=\(env.deep)/upper", "workdir=\(env.deep)/work", "nodev", "noatime", "userxattr" ])'
export deep
for f in . '.linux.rootfsPropagation = "rslave"' userns; do
	rm -rf "$deep/work" "$deep/upper" && mkdir "$deep/work" "$deep/upper"
	[ "$f" != userns ] || chown -R 100000:100000 "$deep/work" "$deep/upper"
	run "$f | $overlay" ls /o , touch /o/4 , mount /o , ls /
	line "ls /o=1 2 3" "MNT-10 an overlay of directories with long names: all are there ($f)"
	line "touch /o/4=OK" "MNT-10 it can be written to"
	value_like "mount /o" "rw,nodev,noatime.* overlay" "MNT-09 with its flags"
	unlike "$out" "ls /=.*\bm\b" "nothing else is left in the root"
done
is "$(stat -c %u "$deep/upper/4")" 100000 "MNT-10 what is written is in the upper directory"
run "nomntns | $overlay" say never
fails 'mounts\[[07]\] "/o".*(255.*mount namespace|without a new mount namespace need kernel 6\.15)' "MNT-10 without a mount namespace of its own it is an error"
rm -rf "$deep/two"
run "$overlay" say never
fails 'mounts\[7\] "/o".*mount.*overlay.*no such file' "MNT-10 a directory that is not there is an error"
run 'mnt("/o"; "overlay"; [ "lowerdir=" + ([ range(50) | "\(env.deep)/one" ] | join(":")) ])' say never
refused "mounts[7]" 4095 "MNT-10 more than a page of them is an error"
run 'mnt("/o"; "tmpfs"; [ "mode=" + ("0" * 300) + "700" ])' mount /o
like "$rc:$out:$err" "^0:.*tmpfs|^1:" "MNT-10 so may be the options of any file system"

finish

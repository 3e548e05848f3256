#!/bin/bash
# devices.t - linux.devices and what is in /dev without being asked for (config-linux.md "Devices", "Default Devices")
. "${0%/*}/lib.sh"

# dev FILTER... - a jq filter that adds these devices
dev() { printf '.linux.devices = [ %s ]' "$*"; }

t "default devices"
run '.linux.devices = []' stat /dev/null , stat /dev/zero , stat /dev/full , stat /dev/random , stat /dev/urandom , stat /dev/tty , ls /dev
lines "stat /dev/null=c 0666 0:0 1:3
stat /dev/zero=c 0666 0:0 1:5
stat /dev/full=c 0666 0:0 1:7
stat /dev/random=c 0666 0:0 1:8
stat /dev/urandom=c 0666 0:0 1:9
stat /dev/tty=c 0666 0:0 5:0" "DEV-08 the default devices are there"
line "ls /dev=core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero" "DEV-08 and nothing else"
run . write /dev/null x , open /dev/zero , write /dev/full x
lines "write /dev/null=OK
open /dev/zero=OK
write /dev/full=ENOSPC" "DEV-08 they work"
run 'del(.linux.devices) | .process.user = { uid: 5, gid: 5 }' open /dev/null , open /dev/urandom , open /dev/ptmx
lines "open /dev/null=OK
open /dev/urandom=OK
open /dev/ptmx=OK" "DEV-08 also for a user that is not root"
run "del(.linux.maskedPaths) | $(dev '{ type: "c", path: "/dev/null", major: 1, minor: 5, fileMode: 384, uid: 3, gid: 4 }')" stat /dev/null , stat /dev/zero
lines "stat /dev/null=c 0600 3:4 1:5
stat /dev/zero=c 0666 0:0 1:5" "DEV-08 an entry of the configuration takes the place of a default device"
run "$(dev '{ type: "c", path: "/dev/null", major: 1, minor: 5 }')" say never
fails "maskedPaths.*null" "DEV-08 but nothing is masked with what is not the null device"
run "$(dev '{ type: "c", path: "/dev/./tty", major: 5, minor: 0, fileMode: 384 }')" stat /dev/tty
line "stat /dev/tty=c 0600 0:0 5:0" "DEV-08 whatever the spelling of its path"

t "links"
run . readlink /dev/ptmx , readlink /dev/fd , readlink /dev/stdin , readlink /dev/stdout , readlink /dev/stderr , open /dev/ptmx
lines "link /dev/ptmx=pts/ptmx
open /dev/ptmx=OK" "DEV-09 /dev/ptmx is the container's own"
lines "link /dev/fd=/proc/self/fd
link /dev/stdin=/proc/self/fd/0
link /dev/stdout=/proc/self/fd/1
link /dev/stderr=/proc/self/fd/2" "DEV-11 /dev/fd, stdin, stdout and stderr"
run 'nomount("/proc") | del(.linux.maskedPaths, .linux.readonlyPaths)' readlink /dev/fd , stat /dev/null
like "$rc:$out" "^0:link /dev/fd=.*stat /dev/null=c" "DEV-11 no /proc is no failure"
mkdir "$B/dev" "$B/dev/pts" "$B/dev/shm" "$B/dev/mqueue"
ln -s elsewhere "$B/dev/stdin"
ln -s /no/such/ptmx "$B/dev/ptmx"
run 'bind("/m"; "\($b)/dev"; []) | del(.linux.maskedPaths) | .mounts |= map(if .destination == "/dev"
	then { destination: "/dev", type: "tmpfs", source: "tmpfs" } else . end)' readlink /dev/stdin
line "link /dev/stdin=/proc/self/fd/0" "DEV-11 on a tmpfs of the container"
rm -r "$B/rootfs/dev" && mkdir -p "$B/rootfs/dev"/{pts,shm,mqueue}
ln -s elsewhere "$B/rootfs/dev/stdin"
ln -s /no/such/ptmx "$B/rootfs/dev/ptmx"
run 'nomount("/dev")' readlink /dev/stdin , readlink /dev/ptmx , open /dev/ptmx
lines "link /dev/stdin=elsewhere
link /dev/ptmx=pts/ptmx
open /dev/ptmx=OK" "DEV-09 DEV-11 links of the image are kept, except /dev/ptmx"

t "type and path"
run "$(dev '{ type: "c", path: "/opt/a/chr", major: 1, minor: 7 }, { type: "b", path: "/opt/blk", major: 7, minor: 300 },
	{ type: "u", path: "/opt/unb", major: 1, minor: 5 }, { type: "p", path: "/opt/pipe" }')" stat /opt/a , stat /opt/a/chr , stat /opt/blk , stat /opt/unb , stat /opt/pipe
lines "stat /opt/a=d 0755 0:0 0:0
stat /opt/a/chr=c 0666 0:0 1:7
stat /opt/blk=b 0666 0:0 7:300
stat /opt/unb=c 0666 0:0 1:5
stat /opt/pipe=p 0666 0:0 0:0" "DEV-01 DEV-02 DEV-03 every type, anywhere, with exact numbers; directories are made"
for type in '"z"' '""' '"cc"' '"C"' '"a"' 7 null; do
	run "$(dev "{ type: $type, path: \"/opt/x\", major: 1, minor: 3 }")" say never
	refused "linux.devices[0].type" . "DEV-01 type $type is refused"
done
run "$(dev '{ path: "/opt/x", major: 1, minor: 3 }')" say never
refused "linux.devices[0].type" missing "DEV-01 type is required"
run "$(dev '{ type: "c", path: "x", major: 1, minor: 3 }')" say never
refused "linux.devices[0].path" absolute "DEV-02 a relative path is refused"
for path in '""' '"/"' '"/."' 7; do
	run "$(dev "{ type: \"c\", path: $path, major: 1, minor: 3 }")" say never
	refused "linux.devices[0].path" . "DEV-02 path $path is refused"
done
run "$(dev '{ type: "c", major: 1, minor: 3 }')" say never
refused "linux.devices[0].path" missing "DEV-02 path is required"
run "$(dev '{ type: "c", path: "/opt/x", minor: 3 }')" say never
refused "linux.devices[0].major" missing "DEV-03 a character device without major is refused"
run "$(dev '{ type: "b", path: "/opt/x", major: 3 }')" say never
refused "linux.devices[0].minor" missing "DEV-03 a block device without minor is refused"
run "$(dev '{ type: "u", path: "/opt/x" }')" say never
refused "linux.devices[0].major" missing "DEV-03 an unbuffered device without numbers is refused"
for n in -1 4096 4294967295 4294967296 18446744073709551615 1.5 '"1"'; do
	run "$(dev "{ type: \"c\", path: \"/opt/x\", major: $n, minor: 3 }")" say never
	refused "linux.devices[0].major" . "DEV-03 major $n is refused"
done
run "$(dev '{ type: "c", path: "/opt/x", major: 1, minor: 1048576 }')" say never
refused "linux.devices[0].minor" . "DEV-03 a minor number that does not fit is refused"
run "$(dev '{ type: "c", path: "/opt/max", major: 4095, minor: 1048575 }')" stat /opt/max
line "stat /opt/max=c 0666 0:0 4095:1048575" "DEV-03 the largest numbers"
run '.linux.devices = {}' say never
refused linux.devices array "DEV-01 devices that are no array are refused"
rm -rf "$B/rootfs/opt"

t "what is there already"
mkdir "$B/rootfs/opt"
echo text >"$B/rootfs/opt/file"
mknod "$B/rootfs/opt/zero" c 1 5
mknod "$B/rootfs/opt/null" c 1 3
mkdir "$B/rootfs/opt/dir"
ln -s zero "$B/rootfs/opt/link"
mkfifo "$B/rootfs/opt/pipe"
for f in file zero dir link pipe; do
	run "$(dev "{ type: \"c\", path: \"/opt/$f\", major: 1, minor: 3 }")" say never
	fails "linux\.devices\[0\].*/opt/$f.*exists" "DEV-04 a $f where the device should be is an error"
done
run "$(dev '{ type: "p", path: "/opt/file" }')" say never
fails "linux\.devices\[0\].*/opt/file.*regular file" "DEV-04 so is a file where a FIFO should be"
is "$(cat "$B/rootfs/opt/file")" text "DEV-04 and it is unchanged"
run "$(dev '{ type: "c", path: "/opt/null", major: 1, minor: 3, fileMode: 384, uid: 1, gid: 2 }, { type: "p", path: "/opt/pipe" }')" stat /opt/null , stat /opt/pipe
lines "stat /opt/null=c 0600 1:2 1:3
stat /opt/pipe=p 0666 0:0 0:0" "DEV-04 the same device is taken, and gets mode and owner"

t "through symlinks"
mkdir -p "$W/outside/d" "$B/rootfs/real"
before=$(find "$W/outside" -printf '%p %m %U %T@ ')
ln -s "$W/outside" "$B/rootfs/abs"
ln -s "../../../../../../../../..$W/outside" "$B/rootfs/up"
ln -s real "$B/rootfs/inner"
for d in abs abs/d up up/d up/../../d; do
	run "$(dev "{ type: \"c\", path: \"/$d/node\", major: 1, minor: 3 }")" say ok
	is "$(find "$W/outside" -printf '%p %m %U %T@ ')" "$before" "DEV-02 a device at /$d/node does not leave the root"
done
run "$(dev '{ type: "c", path: "/inner/node", major: 1, minor: 3 }')" stat /real/node
line "stat /real/node=c 0666 0:0 1:3" "DEV-02 links inside are followed"

t "mode and owner"
umask 077
run "$(dev '{ type: "c", path: "/dev/d0", major: 1, minor: 3 }, { type: "c", path: "/dev/d1", major: 1, minor: 3, fileMode: 416, uid: 5, gid: 6 },
	{ type: "p", path: "/dev/d2", fileMode: 0 }, { type: "c", path: "/dev/d5", major: 1, minor: 3, fileMode: 3526 }, { type: "c", path: "/dev/d4", major: 1, minor: 3, fileMode: 8612 }, { type: "c", path: "/dev/d3", major: 1, minor: 3, fileMode: 511, uid: 4294967294 }')" \
	stat /dev/d0 , stat /dev/d1 , stat /dev/d2 , stat /dev/d3 , stat /dev/d4 , stat /dev/d5
umask 022
lines "stat /dev/d0=c 0666 0:0 1:3
stat /dev/d1=c 0640 5:6 1:3
stat /dev/d2=p 0000 0:0 0:0
stat /dev/d3=c 0777 4294967294:0 1:3" "DEV-05 mode and owner are exact, whatever the umask"
line "stat /dev/d5=c 0706 0:0 1:3" "DEV-05 set-id bits are dropped"
line "stat /dev/d4=c 0644 0:0 1:3" "DEV-05 bits of the type in fileMode, as an engine copies them, change nothing"
for m in 4096 24576 -1 '"0666"' 4294967296; do
	run "$(dev "{ type: \"c\", path: \"/dev/x\", major: 1, minor: 3, fileMode: $m }")" say never
	refused "linux.devices[0].fileMode" . "DEV-05 fileMode $m is refused"
done
for k in uid gid; do
	for v in -1 4294967295 4294967296 '"root"'; do
		run "$(dev "{ type: \"c\", path: \"/dev/x\", major: 1, minor: 3, $k: $v }")" say never
		refused "linux.devices[0].$k" . "DEV-05 $k $v is refused"
	done
done

t "user namespace"
rm -r "$B/rootfs"
cp -a "$W/template/rootfs" "$B/rootfs"
chown -hR 100000:100000 "$B/rootfs"
run "userns | $(dev '{ type: "c", path: "/dev/again", major: 1, minor: 3 }')" write /dev/null x , open /dev/zero , open /dev/tty , stat /dev/null , open /dev/ptmx
like "$rc:$out" "^0:write /dev/null=OK.*open /dev/zero=OK.*stat /dev/null=c 0666 [0-9]+:[0-9]+ 1:3.*open /dev/ptmx=OK|^1:" "DEV-06 in a user namespace the nodes of the host are bound"
run userns write /dev/null x , open /dev/zero , open /dev/urandom , mount /dev/null
like "$rc:$out" "^0:write /dev/null=OK.*open /dev/zero=OK.*open /dev/urandom=OK.*mount /dev/null=/null " "DEV-06 the default devices too"
like "$out" "mount /dev/null=/null [^ ]*nosuid,noexec" "DEV-06 without set-id programs and programs"
if kernel 6.15; then
	run "userns | $(dev '{ type: "c", path: "/dev/no-such-node", major: 1, minor: 3 }, { type: "c", path: "/opt/zero", major: 1, minor: 5, fileMode: 384, uid: 3, gid: 4 }')" \
		write /dev/no-such-node x , stat /dev/no-such-node , stat /opt/zero , mount /opt/zero
	lines "write /dev/no-such-node=OK
stat /dev/no-such-node=c 0666 0:0 1:3
stat /opt/zero=c 0600 3:4 1:5" "DEV-06 a node that the host does not have is made before the user namespace is entered"
	value_like "mount /opt/zero" "rw,nosuid,noexec" "DEV-06 it has the same flags"
	run "userns | $(dev '{ type: "c", path: "/dev/full", major: 1, minor: 3 }')" stat /dev/full
	line "stat /dev/full=c 0666 0:0 1:3" "DEV-06 so is one that is another device on the host"
fi
PREFIX=(unshare -Urm)
run "$(dev '{ type: "c", path: "/dev/no-such-node", major: 1, minor: 3 }')" say never
PREFIX=()
fails 'linux.devices\[0\]: device nodes cannot be made in this user namespace, and "/dev/no-such-node" of the host cannot be opened' \
	"DEV-06 where none can be made it is an error"
run "userns | $(dev '{ type: "p", path: "/dev/pipe", fileMode: 384, uid: 3, gid: 4 }')" stat /dev/pipe
line "stat /dev/pipe=p 0600 3:4 0:0" "DEV-06 a FIFO can be made"

t "twice"
run "$(dev '{ type: "c", path: "/dev/one", major: 1, minor: 3 }, { type: "c", path: "/dev/two", major: 1, minor: 3 }')" stat /dev/one , stat /dev/two
lines "stat /dev/one=c 0666 0:0 1:3
stat /dev/two=c 0666 0:0 1:3" "DEV-07 one device under two names"
run "$(dev '{ type: "c", path: "/dev/one", major: 1, minor: 3 }, { type: "c", path: "/dev/one", major: 1, minor: 3, fileMode: 384 }')" stat /dev/one
like "$rc:$out" "^0:stat /dev/one=c 0600" "DEV-07 one name twice: the later entry counts"

t "console"
run . stat /dev/console
line "stat /dev/console=ENOENT" "DEV-10 without a terminal there is no /dev/console"
new_id
conf '.process.terminal = true' stat /dev/console , mount /dev/console , tty
execute "$W/out" "$W/err" "$AID" pty "" "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
out=${out//$'\r'/}
like "$out" "stat /dev/console=c [0-7]+ 0:[0-9]+ 136:0.*mount /dev/console=/0 .* - devpts " "DEV-10 with one it is a bind mount of the container's pty"

t "no mount on /dev"
rm -r "$B/rootfs/dev"
run 'nomount("/dev") | nomount("/dev/pts") | nomount("/dev/shm") | nomount("/dev/mqueue")
	| .linux.devices = [ { type: "c", path: "/dev/mine", major: 1, minor: 3 } ]' stat /dev/null , stat /dev/mine
lines "stat /dev/null=c 0666 0:0 1:3
stat /dev/mine=c 0666 0:0 1:3" "DEV-12 without a mount on /dev the nodes are made in the root file system"
ok "DEV-12 and stay there" test -c "$B/rootfs/dev/mine" -a -c "$B/rootfs/dev/zero" -a -L "$B/rootfs/dev/fd"
rerun
lines "stat /dev/null=c 0666 0:0 1:3
stat /dev/mine=c 0666 0:0 1:3" "DEV-12 where the next container finds them"

finish

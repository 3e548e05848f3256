#!/bin/bash
# options.t - mount options, one by one (config.md table "Linux mount options")
. "${0%/*}/lib.sh"

# tmpfs OPTIONS - a new tmpfs on /m, its line of mountinfo in REPLY
tmpfs() {
	run "mnt(\"/m\"; \"tmpfs\"; $1)" mount /m
	val "mount /m"
}

# tree OPTIONS - $B/src, with a mount of its own on src/sub, bound on /m; lines of mountinfo in top and sub
tree() {
	run "bind(\"/m\"; \"\\(\$b)/src\"; $1)" mount /m , mount /m/sub
	val "mount /m" && top_mount=$REPLY
	val "mount /m/sub" && sub=$REPLY
}

source_tree() {
	mkdir "$B/src"
	mount -t tmpfs tmpfs "$B/src"
	mkdir "$B/src/sub"
	mount -t tmpfs -o "$1" tmpfs "$B/src/sub"
}
drop_tree() { umount "$B/src/sub" "$B/src"; }

t "super block and mount flags"
while read -r id options want; do
	tmpfs "$options"
	case $want in
	'!'*) unlike "$rc:$REPLY" "^[^0]|${want#!}" "$id $options" ;;
	*) like "$rc:$REPLY" "^0:.*$want" "$id $options" ;;
	esac
done <<'END'
OPT-01 ["sync"] tmpfs.rw,sync
OPT-01 ["sync","async"] !sync
OPT-02 ["noatime"] rw,noatime
OPT-02 ["noatime","atime"] !noatime
OPT-03 ["nodiratime"] nodiratime
OPT-03 ["nodiratime","diratime"] !nodiratime
OPT-04 ["relatime"] relatime
OPT-04 ["strictatime","relatime"] relatime
OPT-04 ["norelatime"] tmpfs
OPT-05 ["strictatime"] !relatime|noatime
OPT-05 ["noatime","strictatime"] !relatime|noatime
OPT-05 ["strictatime","nostrictatime"] relatime
OPT-05 ["strictatime","noatime"] noatime
OPT-06 ["nodev"] nodev
OPT-06 ["nodev","dev"] !nodev
OPT-07 ["noexec"] noexec
OPT-07 ["noexec","exec"] !noexec
OPT-08 ["nosuid"] nosuid
OPT-08 ["nosuid","suid"] !nosuid
OPT-09 ["ro"] /.ro,
OPT-09 ["ro","rw"] /.rw,
OPT-09 ["rw","ro"] /.ro,
OPT-10 ["dirsync"] tmpfs.rw,dirsync
OPT-11 ["iversion"] tmpfs
OPT-11 ["noiversion"] tmpfs
OPT-12 ["lazytime"] tmpfs.rw,lazytime
OPT-12 ["lazytime","nolazytime"] !lazytime
OPT-13 ["loud"] tmpfs
OPT-13 ["silent"] tmpfs
OPT-14 ["mand"] tmpfs
OPT-14 ["nomand"] tmpfs
OPT-15 ["defaults"] /.rw,relatime.-
OPT-18 ["private"] !shared:|master:
OPT-18 ["rprivate"] !shared:|master:
OPT-18 ["shared","private"] !shared:|master:
OPT-19 ["shared"] shared:[0-9]+
OPT-19 ["rshared"] shared:[0-9]+
OPT-21 ["unbindable"] unbindable
OPT-21 ["runbindable"] unbindable
OPT-22 ["nosymfollow"] nosymfollow
OPT-22 ["nosymfollow","symfollow"] !nosymfollow
OPT-35 ["rro"] /.ro,
OPT-35 ["rnodev","rnoexec"] nodev,noexec
OPT-36 ["nr_inodes=50"] nr_inodes=50
OPT-36 ["huge=never","size=1m"] size=1024k
END

t "what they do"
mkdir "$B/src"
mknod -m 666 "$B/src/null" c 1 3
cp "$B/rootfs/bin/probe" "$B/src/probe"
cp "$B/rootfs/bin/probe" "$B/src/suid"
chmod 4755 "$B/src/suid"
run 'bind("/m"; "\($b)/src"; [ "nodev", "noexec" ])' open /m/null , exec /m/probe
lines "open /m/null=EACCES
exec /m/probe=EACCES" "OPT-06 OPT-07 nodev and noexec on a bind mount hold"
run 'bind("/m"; "\($b)/src"; [ "dev", "exec" ])' open /m/null , exec /m/probe
lines "open /m/null=OK
exec /m/probe=OK:7" "OPT-06 OPT-07 dev and exec"
for o in suid nosuid; do
	run "bind(\"/m\"; \"\\(\$b)/src\"; [ \"$o\" ]) | .process.user.uid = 1000 | .process.noNewPrivileges = false | .process.args = [ \"/m/suid\", \"ids\" ]"
	value uid "1000 $([ $o = suid ] && echo 0 0 || echo 1000 1000)" "OPT-08 $o on a bind mount"
done
echo text >"$B/src/file"
ln -s file "$B/src/link"
run 'bind("/m"; "\($b)/src"; [ "nosymfollow" ])' read /m/link , mount /m
like "$out" "read /m/link=ELOOP.*nosymfollow" "OPT-22 nosymfollow on a bind mount"
run 'bind("/m"; "\($b)/src"; [ "defaults" ])' read /m/link
line "read /m/link=OK:text" "OPT-15 defaults on a bind mount"
run 'bind("/m"; "\($b)/src"; [ "rbind", "defaults", "rprivate" ])' read /m/link
line "read /m/link=OK:text" "OPT-15 defaults on a recursive one"
for o in async atime diratime dev exec iversion noiversion nolazytime loud silent nomand norelatime nostrictatime relatime rw suid symfollow; do
	run "bind(\"/m\"; \"\\(\$b)/src\"; [ \"$o\" ])" read /m/link
	is "$rc:$out" "0:read /m/link=OK:text" "OPT-15 $o is accepted on a bind mount"
done

t "remount"
run 'mnt("/m"; "tmpfs"; [ "ro" ]) | mnt("/m"; "tmpfs"; [ "remount", "rw" ])' touch /m/x
line "touch /m/x=OK" "OPT-16 remount rw"
run 'mnt("/m"; "tmpfs"; [ "rw" ]) | mnt("/m"; "tmpfs"; [ "remount", "ro", "nosuid" ])' touch /m/x , mount /m
like "$out" "touch /m/x=EROFS.*mount /m=/ ro,nosuid" "OPT-16 remount ro,nosuid"
run 'mnt("/m"; "tmpfs"; [ "size=64k" ]) | mnt("/m"; "tmpfs"; [ "remount", "size=128k" ])' mount /m
like "$out" "size=128k" "OPT-16 remount changes options of the file system"

t "trees"
source_tree rw
touch "$B/src/sub/file"
run 'bind("/m"; "\($b)/src"; [])' ls /m/sub
line "ls /m/sub=" "OPT-17 bind leaves mounts below the source out"
run '.mounts += [ { destination: "/m", source: "\($b)/src", options: [ "rbind" ] } ]' ls /m/sub
line "ls /m/sub=file" "OPT-17 rbind takes them along"
tree '["rbind","ro"]'
like "$top_mount $sub" "^/ ro,.*/ rw," "OPT-23 ro is for the mount itself"
while read -r id options want; do
	tree "[\"rbind\",\"$options\"]"
	like "$rc:$top_mount" "^0:.*$want" "$id $options"
	like "$rc:$sub" "^0:.*$want" "$id $options on a mount below"
done <<'END'
OPT-23 rro /.ro
OPT-24 rnodev nodev
OPT-25 rnoexec noexec
OPT-26 rnosuid nosuid
OPT-27 rnoatime rw,noatime
OPT-28 rnodiratime nodiratime
OPT-30 rnostrictatime relatime
OPT-31 rnosymfollow nosymfollow
END
tree '["rbind","rstrictatime"]'
unlike "$rc:$top_mount:$sub" "^[^0]|relatime|noatime" "OPT-30 rstrictatime"
tree '["rbind","rrelatime"]'
unlike "$rc:$sub" "^[^0]|nosymfollow|noatime" "OPT-29 rrelatime"
tree '["rbind","rnorelatime"]'
is "$rc" 0 "OPT-29 rnorelatime"
tree '["rbind","rnoatime","rnodev","rro"]'
like "$sub" "/ ro,nodev,noatime " "OPT-27 several of them"
tree '["rbind","rprivate"]'
unlike "$rc:$top_mount:$sub" "^[^0]|shared:|master:" "OPT-18 rprivate"
tree '["rbind","rshared"]'
like "$top_mount|$sub" "shared:.*\|.*shared:" "OPT-19 rshared"
tree '["rbind","shared"]'
like "$top_mount|$sub" "shared:.*\|" "OPT-19 shared"
unlike "${sub}" "shared:" "OPT-19 shared is for the mount itself"
tree '["rbind","runbindable"]'
like "$top_mount|$sub" "unbindable.*\|.*unbindable" "OPT-21 runbindable"
drop_tree

t "trees of restricted mounts"
source_tree ro,nodev,noexec,nosuid,noatime,nodiratime,nosymfollow
tree '["rbind"]'
like "$sub" "/ ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow " "OPT-17 rbind keeps the flags of the mounts"
while read -r id options unwanted; do
	tree "[\"rbind\",\"$options\"]"
	unlike "$rc:$sub" "^[^0]|$unwanted" "$id $options on a mount below"
done <<'END'
OPT-23 rrw /.ro
OPT-24 rdev nodev
OPT-25 rexec noexec
OPT-26 rsuid nosuid
OPT-27 ratime noatime
OPT-28 rdiratime nodiratime
OPT-31 rsymfollow nosymfollow
END
tree '["rbind","rw","exec"]'
like "$sub" "/ ro,nosuid,nodev,noexec" "OPT-23 rw, exec are for the mount itself"
drop_tree

t "slave"
mkdir "$B/src"
mount -t tmpfs tmpfs "$B/src"
mount --make-shared "$B/src"
mkdir "$B/src/later"
create '.mounts += [ { destination: "/m", source: "\($b)/src", options: [ "rbind", "rslave" ] } ]
	| .process.args = [ "/bin/sh", "-c", "probe mount /m; probe ls /m/later; probe mkdir /m/own; exec probe catch" ]'
mount -t tmpfs tmpfs "$B/src/later"
touch "$B/src/later/mounted"
start && said ready
like "$(cat "$B/out")" "mount /m=/ [^ ]* master:[0-9]+ " "OPT-20 rslave"
like "$(cat "$B/out")" "ls /m/later=mounted" "OPT-20 mounts made on the host later appear"
cl delete --force "$ID"
umount "$B/src/later" "$B/src"
mount -t tmpfs tmpfs "$B/src"
mount --make-shared "$B/src"
run 'bind("/m"; "\($b)/src"; [ "slave" ])' mount /m
like "$out" "master:" "OPT-20 slave"
run 'bind("/m"; "\($b)/src"; [ "private" ])' mount /m
unlike "$rc:$out" "^[^0]|master:|shared:" "OPT-18 private, of a shared source"
run 'bind("/m"; "\($b)/src"; [])' mount /m
unlike "$rc:$out" "^[^0]|shared:" "OPT-18 a shared source is not shared with the container by itself"
umount "$B/src"

t "tmpcopyup"
mkdir -p "$B/rootfs/data/dir"
echo text >"$B/rootfs/data/file"
ln -s file "$B/rootfs/data/link"
chown 5:6 "$B/rootfs/data/file"
chmod 604 "$B/rootfs/data/file"
chmod 2711 "$B/rootfs/data/dir"
run 'mnt("/data"; "tmpfs"; [ "tmpcopyup", "mode=755" ])' read /data/link , stat /data/file , readlink /data/link , stat /data/dir , touch /data/new
lines "read /data/link=OK:text
stat /data/file=- 0604 5:6 0:0
link /data/link=file
stat /data/dir=d 2711 0:0 0:0
touch /data/new=OK" "OPT-32 the content below the destination is copied into the tmpfs"
nok "OPT-32 and stays as it is" test -e "$B/rootfs/data/new"
run 'mnt("/data"; "tmpfs"; [ "tmpcopyup", "ro" ])' read /data/file , touch /data/new
lines "read /data/file=OK:text
touch /data/new=EROFS" "OPT-09 a read-only tmpfs is filled first"
# a file capability (cap_chown=ep), as the kernel keeps it
cp "$TEST_BIN/probe" "$B/rootfs/data/probe"
"$AID" xattr "$B/rootfs/data/probe" security.capability 0100000201000000000000000000000000000000
run 'mnt("/data"; "tmpfs"; [ "tmpcopyup" ]) | .process.args[0] = "/data/probe" | .process.user.uid = 7 | .process.noNewPrivileges = false' caps
line "cap.effective=0000000000000001" "OPT-32 a file keeps its capabilities"
run 'bind("/data"; "\($b)"; [ "tmpcopyup" ])' say never
fails "tmpcopyup" "OPT-32 with anything but a tmpfs is an error"

t "mode of a tmpfs"
mkdir -m 700 "$B/rootfs/private"
mkdir -m 2750 "$B/rootfs/group"
touch "$B/rootfs/private/file"
for o in '[]' '["nosuid","nodev"]' '["ro"]' '["size=16k"]' '["tmpcopyup"]' '["tmpcopyup","ro"]'; do
	run "mnt(\"/private\"; \"tmpfs\"; $o)" stat /private
	line "stat /private=d 0700 0:0 0:0" "OPT-36 a tmpfs without mode= has the mode of the directory it covers: $o"
done
run 'mnt("/private"; "tmpfs"; [ "ro" ])' touch /private/x
line "touch /private/x=EROFS" "OPT-09 and is read-only then"
run 'mnt("/group"; "tmpfs"; [])' stat /group
line "stat /group=d 2750 0:0 0:0" "OPT-36 with its other bits"
run 'userns | mnt("/private"; "tmpfs"; [])' stat /private
line "stat /private=d 0700 0:0 0:0" "OPT-36 in a user namespace, too"
run 'mnt("/private"; "tmpfs"; []) | mnt("/private"; "tmpfs"; [ "mode=711" ]) | mnt("/private"; "tmpfs"; [])' stat /private
line "stat /private=d 0711 0:0 0:0" "OPT-36 what it covers may be a mount"
run 'mnt("/private"; "tmpfs"; [ "mode=1777" ])' stat /private
line "stat /private=d 1777 0:0 0:0" "OPT-36 mode= comes first"
run 'mnt("/made/deep"; "tmpfs"; [])' stat /made/deep
line "stat /made/deep=d 1777 0:0 0:0" "OPT-36 where the directory has to be made it is the kernel's 1777"
run '.mounts |= map(if .destination == "/dev" then .options = [ "nosuid" ] else . end)' stat /dev
line "stat /dev=d 0755 0:0 0:0" "OPT-36 /dev is as in the image"
run '.linux.maskedPaths += [ "/private" ]' stat /private
line "stat /private=d 0555 0:0 0:0" "PATH-02 the cover of a masked directory is not writable for anybody"

t "flags of bind mounts"
mkdir "$B/src"
mount -t tmpfs -o nosuid,nodev,noexec,noatime,nodiratime tmpfs "$B/src"
# bound OPTIONS - its flags, in REPLY
bound() {
	run "bind(\"/m\"; \"\(\$b)/src\"; $1)" mount /m
	val "mount /m"
	REPLY=${REPLY#* } && REPLY=${REPLY%% *}
}
while read -r options want; do
	bound "$options"
	is "$rc:$REPLY" "0:$want" "MNT-12 of a nosuid,nodev,noexec,noatime,nodiratime source, $options"
done <<'END'
[] rw,nosuid,nodev,noexec,noatime,nodiratime
["rprivate"] rw,nosuid,nodev,noexec,noatime,nodiratime
["defaults"] rw,nosuid,nodev,noexec,noatime,nodiratime
["rbind","rw","rprivate"] rw,noatime,nodiratime
["ro"] ro,noatime,nodiratime
["rbind","ro","nosuid"] ro,nosuid,noatime,nodiratime
["exec"] rw,noatime,nodiratime
["nodiratime"] rw,nodiratime,relatime
["relatime"] rw,relatime
["strictatime","nodev"] rw,nodev
["noatime"] rw,noatime
["norelatime"] rw,noatime,nodiratime
["diratime"] rw,noatime
["atime"] rw,nodiratime,relatime
["rro"] ro,nosuid,nodev,noexec,noatime,nodiratime
["rbind","rnodev","rw"] rw,nodev,noatime,nodiratime
END
umount "$B/src"
mount -t tmpfs -o nosymfollow tmpfs "$B/src"
mount -o remount,bind,ro,nosymfollow "$B/src"
bound '["nosuid"]'
is "$rc:$REPLY" "0:rw,nosuid,relatime" "MNT-12 ro and nosymfollow go as well"
bound '["rbind"]'
is "$rc:$REPLY" "0:ro,relatime,nosymfollow" "MNT-12 or stay, where no flag is named"
umount "$B/src"

t "locked flags"
mkdir "$B/src"
mount -t tmpfs -o nosuid,nodev,noexec,noatime tmpfs "$B/src"
PREFIX=(unshare -Urm)
while read -r options want; do
	bound "$options"
	is "$rc:$REPLY" "0:$want" "MNT-12 in a user namespace the kernel keeps the flags of the source, $options"
	is "$err" "" "MNT-12 which is nothing to complain of"
done <<'END'
[] rw,nosuid,nodev,noexec,noatime
["ro"] ro,nosuid,nodev,noexec,noatime
["rbind","rw","rprivate"] rw,nosuid,nodev,noexec,noatime
["nosuid","nosymfollow"] rw,nosuid,nodev,noexec,noatime,nosymfollow
END
for o in '["exec"]' '["dev","suid"]' '["strictatime"]'; do
	bound "$o"
	is "$rc:$REPLY" "0:rw,nosuid,nodev,noexec,noatime" "MNT-12 also where an option asks for something else, $o"
	warns 'mounts\[7\] "/m": not all flags are as the options want them: those of the source are locked' "MNT-12 which is a warning, $o"
done
PREFIX=()
run 'userns | bind("/m"; "\($b)/src"; [ "rbind", "rw", "rprivate" ])' mount /m
like "$rc:$err:$out" "^0::mount /m=/ rw,nosuid,nodev,noexec,noatime " "MNT-12 also where root has made it"
run 'userns | bind("/m"; "\($b)/src"; [ "exec" ])' mount /m
like "$rc:$err:$out" "^0:.*those of the source are locked.*:mount /m=/ rw,nosuid,nodev,noexec,noatime " "MNT-12 or an option asks for something else"
umount "$B/src"

t "a symlink as destination"
mkdir "$B/src" "$B/rootfs/real"
echo text >"$B/src/file"
echo image >"$B/rootfs/real/file"
ln -s real/file "$B/rootfs/link"
ln -s nowhere "$B/rootfs/dangling"
run 'bind("/link"; "\($b)/src/file"; [ "dest-nofollow" ])' read /link , read /real/file
lines "read /link=OK:text
read /real/file=OK:image" "OPT-37 dest-nofollow mounts on the link itself"
run 'bind("/link"; "\($b)/src/file"; [])' read /link , read /real/file
lines "read /link=OK:text
read /real/file=OK:text" "OPT-37 without it, on its target"
run 'bind("/dangling"; "\($b)/src/file"; [ "dest-nofollow" ])' read /dangling
line "read /dangling=OK:text" "OPT-37 a dangling link as well"
nok "OPT-37 whose target is not made in the image" test -e "$B/rootfs/nowhere"
run 'bind("/new/file"; "\($b)/src/file"; [ "dest-nofollow" ])' read /new/file
line "read /new/file=OK:text" "OPT-37 a destination that is missing is made"
run 'bind("/real"; "\($b)/src"; [ "dest-nofollow" ])' read /real/file
line "read /real/file=OK:text" "OPT-37 a directory is one"
run 'bind("/link"; "\($b)/src"; [ "dest-nofollow" ])' say never
fails '"/link" in the root filesystem is a symbolic link, but the source ".*/src" is a directory' "OPT-37 a directory cannot be mounted on a link"
ln -s file "$B/src/link"
run 'bind("/link"; "\($b)/src/link"; [ "src-nofollow", "dest-nofollow" ])' readlink /link
line "link /link=file" "OPT-37 with src-nofollow a link is mounted on a link"

t "copy-symlink"
mkdir "$B/src"
echo text >"$B/src/file"
ln -s /etc/../tmp/target "$B/src/link"
run 'bind("/a/link"; "\($b)/src/link"; [ "copy-symlink", "ro" ])' readlink /a/link , mount /a/link
is "$rc:$out" "0:link /a/link=/etc/../tmp/target
mount /a/link=none" "OPT-38 copy-symlink makes a source that is a link again"
ok "OPT-38 in the root filesystem" test -L "$B/rootfs/a/link"
rerun
is "$rc" 0 "OPT-38 which may be there already"
run 'userns | bind("/a/link"; "\($b)/src/link"; [ "copy-symlink" ])' readlink /a/link
line "link /a/link=/etc/../tmp/target" "OPT-38 in a user namespace, too"
run 'bind("/etc/passwd"; "\($b)/src/link"; [ "copy-symlink" ])' say never
fails '"/etc/passwd" exists in the root filesystem and is no symbolic link to "/etc/../tmp/target"' "OPT-38 something else in its place is an error"
run 'bind("/b"; "\($b)/src/file"; [ "copy-symlink" ])' read /b
line "read /b=OK:text" "OPT-38 what is no link is mounted"
run 'bind("/b"; "\($b)/src/missing"; [ "copy-symlink" ])' say never
fails 'mounts\[7\] "/b": read mount source ".*/missing": no such file' "OPT-38 a source that does not exist is an error"

t "mapped mounts"
source_tree mode=755
touch "$B/src/file" "$B/src/sub/file"
map='[ { containerID: 0, hostID: 1000, size: 1 } ]'
run 'bind("/m"; "\($b)/src"; [ "idmap" ])' say never
fails "mounts\[7\].*idmap|idmap" "OPT-33 idmap without a mapping and without a user namespace is an error"
run '.mounts += [ { destination: "/m", source: "/proc", options: [ "bind", "idmap" ], uidMappings: [ { containerID: 0, hostID: 1, size: 1 } ] } ]
	| .mounts[-1].gidMappings = .mounts[-1].uidMappings' say never
fails 'mounts\[7\] "/m": map ids of "/proc": invalid argument.*its filesystem must support that.*kernel 5\.12.*overlay 5\.19, tmpfs 6\.3' \
	"OPT-33 a filesystem that cannot be mapped: the error says which ones can, and since when"
for o in idmap ridmap; do
	run ".mounts += [ { destination: \"/m\", source: \"\\(\$b)/src\", options: [ \"rbind\", \"$o\" ], uidMappings: $map, gidMappings: $map } ]" \
		stat /m/file , stat /m/sub/file
	like "$out" "stat /m/file=- 0644 1000:1000" "OPT-33 $o maps the mount"
	[ $o = idmap ] && want=0:0 || want=1000:1000
	like "$out" "stat /m/sub/file=- 0644 $want" "OPT-34 $o and mounts below it: $want"
done
chown 0:0 "$B/src/file"
run 'userns | bind("/m"; "\($b)/src"; [ "idmap" ])' stat /m/file
line "stat /m/file=- 0644 0:0 0:0" "OPT-33 the mapping is that of the user namespace when none is given"
drop_tree

t "empty options"
mkdir "$B/src"
run 'mnt("/t"; "tmpfs"; [ "", "size=16k", "" ]) | bind("/b"; "\($b)/src"; [ "", "ro" ])' mount /t , mount /b
like "$rc:$err:$out" "^0::mount /t=/ .*size=16k.*mount /b=.* ro,?.*" "MNT-09 an empty option asks for nothing, and is none to warn of"

finish

#!/bin/bash
# rootfs.t - the root file system: path, read-only, masked and read-only paths, propagation (config.md "Root", config-linux.md)
. "${0%/*}/lib.sh"

t "path"
run 'del(.root)' say never
fails "config\.json:[0-9]+:[0-9]+: .*root" "ROOT-01 root is required"
run 'del(.root.path)' say never
missing root.path "ROOT-02 root.path is required"
run '.root.path = ""' say never
refused root.path . "ROOT-02 an empty path is refused"
PREFIX=(env -C /)
run '.root.path = "rootfs"' say ok
PREFIX=()
is "$rc:$out" "0:ok" "ROOT-02 a relative path is relative to the bundle"
run '.root.path = "\($b)/rootfs"' say ok
is "$rc:$out" "0:ok" "ROOT-02 an absolute path"
run '.root.path = "./rootfs/../rootfs/"' say ok
is "$rc:$out" "0:ok" "ROOT-02 any spelling of it"
run '.root.path = "config.json"' say never
fails "config\.json.*not a directory|not a directory.*config\.json" "ROOT-03 a file is refused"
run '.root.path = "missing"' say never
fails "missing.*no such file" "ROOT-03 a missing directory is refused"
ln -s rootfs "$B/link"
run '.root.path = "link"' say ok
is "$rc:$out" "0:ok" "ROOT-06 root.path may be a symlink"

t "read-only"
run '.root.readonly = true | mnt("/newdir"; "tmpfs"; [])' touch /x , touch /newdir/x , touch /dev/shm/x , mount /
lines "touch /x=EROFS
touch /newdir/x=OK
touch /dev/shm/x=OK" "ROOT-04 ROOT-05 the root is read-only, the mounts in it are not, and their directories are made before"
like "$out" "mount /=[^ ]* ro," "ROOT-04 the mount is read-only"
ok "ROOT-04 the directory is not" touch "$B/rootfs/y"
run '.root.readonly = false' touch /x
line "touch /x=OK" "ROOT-04 readonly false"
run 'del(.root.readonly)' touch /x
line "touch /x=OK" "ROOT-04 readonly absent"
mount --bind -o nosuid,nodev "$B/rootfs" "$B/rootfs"
mount -o remount,bind,nosuid,nodev "$B/rootfs"
run '.root.readonly = true' mount /
like "$out" "mount /=[^ ]* ro,nosuid,nodev" "ROOT-04 other flags of the mount are kept"
run . mount /
like "$out" "mount /=[^ ]* rw,nosuid,nodev" "ROOT-04 also when it is not read-only"
run '(.mounts[] | select(.destination == "/dev").options) += ["ro"] | mnt("/run"; "tmpfs"; ["ro"]) | mnt("/run/sub"; "tmpfs"; ["mode=1777"])' \
	touch /dev/x , touch /run/x , touch /run/sub/x , touch /dev/shm/x , stat /dev/null
like "$out" "touch /dev/x=EROFS.touch /run/x=EROFS.touch /run/sub/x=OK.touch /dev/shm/x=OK.stat /dev/null=c" \
	"MNT-12 a read-only tmpfs holds what is mounted and made in it"
umount "$B/rootfs"

t "above the root"
mkdir "$B/rootfs/only-here"
run . ls / , ls /.. , ls /../..
val "ls /" && inside=$REPLY
like "$rc:$inside" "^0:.*only-here" "ROOT-07 the root directory is that of the image"
lines "ls /..=$inside
ls /../..=$inside" "ROOT-07 nothing is stacked on the root: .. does not lead to the host"

t "mounts of the host"
mount --bind "$B/rootfs" "$B/rootfs"
mount --make-shared "$B/rootfs"
before=$(</proc/self/mountinfo)
run 'mnt("/m"; "tmpfs"; [])' mount /m
like "$rc:$out" "^0:mount /m=.*tmpfs" "ROOT-07 a root on a shared mount"
mount_changes "$before"
is "$REPLY" "" "ROOT-07 nothing of it reaches the host"
for p in shared slave private unbindable; do
	run ".linux.rootfsPropagation = \"$p\" | mnt(\"/m\"; \"tmpfs\"; [])" mount /
	mount_changes "$before"
	is "$rc:$REPLY" "0:" "ROOT-07 with rootfsPropagation $p neither"
done
umount "$B/rootfs"

t "propagation"
while read -r p want; do
	run ".linux.rootfsPropagation = \"$p\"" mount /
	val "mount /"
	case $want in
	none) unlike "$rc:$REPLY" "^[^0]|shared:|unbindable|master:" "PROP-01 rootfsPropagation $p" ;;
	*) like "$rc:$REPLY" "^0:.*$want" "PROP-01 rootfsPropagation $p" ;;
	esac
done <<-'END'
	shared shared:
	rshared shared:
	private none
	rprivate none
	unbindable unbindable
	runbindable unbindable
END
for p in slave rslave; do
	run ".linux.rootfsPropagation = \"$p\"" say ok
	is "$rc:$out" "0:ok" "PROP-02 rootfsPropagation $p"
done
run '.linux.rootfsPropagation = "bogus"' say never
refused linux.rootfsPropagation bogus "PROP-01 another value is refused"
mount --bind "$B/rootfs" "$B/rootfs"
mount --make-shared "$B/rootfs"
mkdir "$B/rootfs/later"
create '.linux.rootfsPropagation = "rslave" | .process.args = [ "/bin/sh", "-c", "probe mount /; probe ls /later; exec probe pause" ]'
mount -t tmpfs tmpfs "$B/rootfs/later"
touch "$B/rootfs/later/mounted"
start && said ready
like "$(cat "$B/out")" "mount /=[^ ]* [^ ]* master:.*ls /later=mounted" "PROP-03 slave: what the host mounts below the root appears"
cl delete --force "$ID"
umount "$B/rootfs/later" "$B/rootfs"

t "masked paths"
mkdir "$B/rootfs/secret"
echo text >"$B/rootfs/secret/file"
echo text >"$B/rootfs/etc/secret"
ln -s /etc/secret "$B/rootfs/link"
run '.linux.maskedPaths = [ "/etc/secret", "/secret", "/no/such/path", "/proc/timer_list", "/link" ]' read /etc/secret , ls /secret , touch /secret/x , \
	read /secret/file , read /proc/timer_list , read /link , write /etc/secret x
lines "read /etc/secret=OK:
ls /secret=
touch /secret/x=EROFS
read /secret/file=ENOENT
read /proc/timer_list=OK:
read /link=OK:" "PATH-01 masked files and directories are empty, missing ones ignored"
is "$(cat "$B/rootfs/etc/secret" "$B/rootfs/secret/file" | tr '\n' ' ')" "text text " "PATH-01 and they are unchanged"
run '.linux.maskedPaths = [ "proc/kcore" ]' say never
refused "linux.maskedPaths[0]" absolute "PATH-02 a relative path is refused"
run '.linux.maskedPaths = [ "/etc/secret", "/secret", "/etc//secret", "/secret", "/etc/secret" ] | .linux.readonlyPaths = [ "/bin", "/bin" ]
	| .process.args = [ "/bin/grep", "-oE", " /(etc/secret|secret|bin) ", "/proc/self/mountinfo" ]'
is "$rc:$(sort <<<"$out" | tr -d '\n ')" "0:/bin/etc/secret/secret" "PATH-01 a path that is listed twice is covered once"
run '.linux.maskedPaths = []' read /proc/version
like "$rc:$out" "^0:read /proc/version=OK:Linux" "PATH-01 there may be none"

t "read-only paths"
mkdir -p "$B/rootfs/kept/sub" "$B/rootfs/etc/d"
echo text >"$B/rootfs/etc/conf"
run '.linux.readonlyPaths = [ "/kept", "/etc/conf", "/no/such/path", "/proc/sys", "/m" ] | mnt("/m"; "tmpfs"; [ "nosuid", "noexec" ])' touch /kept/x , \
	touch /kept/sub/x , write /etc/conf y , touch /etc/d/x , write /proc/sys/kernel/domainname x , mount /m , mount /kept
lines "touch /kept/x=EROFS
touch /kept/sub/x=EROFS
write /etc/conf=EROFS
touch /etc/d/x=OK
write /proc/sys/kernel/domainname=EROFS" "PATH-03 read-only paths are read-only, missing ones ignored"
like "$out" "mount /m=[^ ]* ro,nosuid,noexec" "PATH-03 other flags are kept"
run '.linux.readonlyPaths = [ "proc/sys" ]' say never
refused "linux.readonlyPaths[0]" absolute "PATH-03 a relative path is refused"
run 'bind("/m"; "\($b)/rootfs/kept"; []) | mnt("/m/sub"; "tmpfs"; []) | .linux.readonlyPaths = [ "/m" ]' touch /m/x , touch /m/sub/x
lines "touch /m/x=EROFS
touch /m/sub/x=EROFS" "PATH-03 a path with a mount below it is read-only together with that mount"

t "symlinks in them"
mkdir -m 755 "$W/outside"
echo marker >"$W/outside/file"
ln -s "$W/outside/file" "$B/rootfs/tofile"
ln -s "$W/outside" "$B/rootfs/todir"
ln -s "../../../../../../../../..$W/outside" "$B/rootfs/up"
run '.linux.maskedPaths = [ "/tofile", "/todir", "/up/file" ] | .linux.readonlyPaths = [ "/todir", "/up" ]' say ok
is "$(cat "$W/outside/file"; touch "$W/outside/new" && echo "$W"/outside/*)" "marker"$'\n'"$W/outside/file $W/outside/new" \
	"PATH-04 symlinks do not lead masks and read-only paths out of the root"

finish

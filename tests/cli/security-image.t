#!/bin/bash
# security-image.t - attacks by what an image has prepared: links and files where a runtime mounts, opens and writes
. "${0%/*}/lib.sh"
. "$cli_dir/attack.sh"

bare='del(.linux.maskedPaths, .linux.readonlyPaths)'
nodev="$bare | .mounts |= map(select(.destination | startswith(\"/dev\") | not))"

t "links for proc and sys"
for link in /bad "$O/d" "../../../../../../../../..$O/d" realproc /dev/shm /proc/self/root; do
	rm -rf "$B/rootfs/proc" && ln -s "$link" "$B/rootfs/proc"
	mkdir -p "$B/rootfs/realproc"
	attack . read /proc/self/status
	stopped "proc" "/proc is a symlink to ${link##*/}"
	rm "$B/rootfs/proc" && mkdir "$B/rootfs/proc"
	rm -rf "$B/rootfs/sys" && ln -s "$link" "$B/rootfs/sys"
	attack . ls /sys
	stopped "sys" "/sys is a symlink to ${link##*/}"
	rm "$B/rootfs/sys" && mkdir "$B/rootfs/sys"
done
rmdir "$B/rootfs/proc" && touch "$B/rootfs/proc"
attack . say never
stopped "proc" "/proc is a file"

t "mounts in proc"
mkdir -p "$B/src/sys/kernel" "$B/src/self/attr" "$B/src/self/fd"
echo fake >"$B/src/sys/kernel/domainname"
touch "$B/src/file" "$B/src/self/uid_map"
set='.linux.sysctl = { "kernel.domainname": "real" }'
attack "$set | bind(\"/proc/sys/kernel/domainname\"; \"\\(\$b)/src/file\"; [])" uts
safe "a file on /proc/sys/kernel/domainname"
like "$rc:$out" "^1:|domainname=real" "a file on /proc/sys/kernel/domainname does not get the value"
is "$(cat "$B/src/file")" "" "and is unchanged"
attack "$set | nomount(\"/proc\") | bind(\"/proc\"; \"\\(\$b)/src\"; [])" uts
safe "a directory on /proc"
like "$rc:$out" "^1:|domainname=real" "a directory on /proc does not get the value"
is "$(cat "$B/src/sys/kernel/domainname")" fake "and its files are unchanged"
attack "$set | mnt(\"/proc\"; \"tmpfs\"; [])" uts
safe "a tmpfs on /proc"
for p in /proc/self/attr/exec /proc/thread-self /proc/self/fd /proc/1/uid_map /proc/sys /proc/sys/kernel /proc/sysrq-trigger /proc/acpi; do
	attack "bind(\"$p\"; \"\\(\$b)/src/file\"; [])" say never
	stopped "$p" "a mount on $p"
done
ln -s /proc/self "$B/rootfs/toself"
attack 'bind("/toself/attr/exec"; "\($b)/src/file"; [])' say never
stopped . "a mount in /proc through a symlink of the image"

t "a /dev/null that is none"
mkdir "$B/dev"
forge() {
	rm -rf "${B:?}/dev" && mkdir -p "$B/dev"/{pts,shm,mqueue}
	case $1 in
	symlink) ln -s "$O/d/secret" "$B/dev/null" ;;
	inner) ln -s /etc/forged "$B/dev/null" && echo forged >"$B/rootfs/etc/forged" ;;
	regular) echo forged >"$B/dev/null" ;;
	zero) mknod -m 666 "$B/dev/null" c 1 5 ;;
	block) mknod -m 666 "$B/dev/null" b 1 3 ;;
	directory) mkdir "$B/dev/null" ;;
	fifo) mkfifo "$B/dev/null" ;;
	esac
}
for kind in symlink inner regular zero block directory fifo; do
	forge $kind
	attack 'nomount("/dev") | .mounts |= [ { destination: "/dev", source: "\($b)/dev", options: [ "bind" ] } ] + . | .linux.maskedPaths = [ "/etc/passwd" ]' \
		read /etc/passwd , write /etc/passwd x , fds
	safe "a volume on /dev with a null that is a $kind"
	unlike "$out" "read /etc/passwd=OK:(root|forged)|fd[012]=.*(secret|forged)" "a volume on /dev with a null that is a $kind masks, or nothing runs"
	rm -rf "$B/rootfs/dev" && cp -a "$B/dev" "$B/rootfs/dev"
	attack "nomount(\"/dev\") | .linux.maskedPaths = [ \"/etc/passwd\" ] | .process.user.uid = 7" read /etc/passwd , write /etc/passwd x , fds
	safe "an image with a null that is a $kind"
	unlike "$out" "read /etc/passwd=OK:(root|forged)|fd[012]=.*(secret|forged)" "an image with a null that is a $kind masks, or nothing runs"
done
rm -rf "$B/rootfs/dev" && mkdir -p "$B/rootfs/dev"/{pts,shm,mqueue}
attack 'bind("/dev/null"; "/dev/zero"; []) | .linux.maskedPaths = [ "/etc/passwd" ]' read /etc/passwd , write /etc/passwd x
safe "another device that is bound on /dev/null"
fails "not the null device" "another device that is bound on /dev/null masks nothing: the container is refused"
cat >"$B/hook" <<-END
	#!/bin/bash
	rm -f "$B/rootfs/dev/null"
	ln -s "$O/d/secret" "$B/rootfs/dev/null"
END
chmod 755 "$B/hook"
attack 'nomount("/dev") | .hooks = { createContainer: [ { path: "\($b)/hook" } ] } | .linux.maskedPaths = [ "/etc/passwd" ]' read /etc/passwd , write /etc/passwd x
safe "a hook that exchanges /dev/null"
unlike "$out" "read /etc/passwd=OK:(root|MARKER)" "a hook that exchanges /dev/null: masked, or nothing runs"

t "a /dev that leads elsewhere"
for link in "$O/d" "../../../../../../../../..$O/d" "/etc" "/nowhere"; do
	rm -rf "$B/rootfs/dev" && ln -s "$link" "$B/rootfs/dev"
	attack "$nodev" ls /dev
	safe "/dev is a symlink to ${link##*/}, nothing is mounted on it"
	attack . ls /dev
	safe "/dev is a symlink to ${link##*/}, with a tmpfs"
	attack '.mounts |= map(select(.destination != "/dev"))' ls /dev
	safe "/dev is a symlink to ${link##*/}, with file systems in it"
	create "$nodev" pause
	safe "/dev is a symlink to ${link##*/}: create"
	[ "$rc" != 0 ] || start
	[ "$rc" != 0 ] || cl delete --force "$ID"
done
rm -rf "$B/rootfs/dev"

t "console and pts"
for ro in true false; do
	for target in "$O/d/new" "$O/d/secret" "$O/missing/new" "../../../../../../../../..$O/d/new"; do
		rm -rf "$B/rootfs/dev" && mkdir -p "$B/rootfs/dev/pts"
		ln -s "$target" "$B/rootfs/dev/console"
		terminal "$nodev | mnt(\"/dev/pts\"; \"devpts\"; [ \"newinstance\", \"ptmxmode=0666\" ]) | .process.terminal = true | .root.readonly = $ro" stat /dev/console , tty
		safe "/dev/console is a symlink to ${target##*/}, read-only $ro"
	done
done
rm -rf "$B/rootfs/dev" "$B/pts" && mkdir -p "$B/rootfs/dev/pts" "$B/pts"
ln -s /proc/sys/kernel/domainname "$B/pts/0"
touch "$B/pts/ptmx"
terminal "nomount(\"/dev/pts\") | bind(\"/dev/pts\"; \"\\(\$b)/pts\"; []) | .process.terminal = true" stat /dev/console , read /dev/console
safe "a volume on /dev/pts"
unlike "${out//$'\r'/}" "stat /dev/console=[^cE]|read /dev/console=OK:" "a volume on /dev/pts: the console is a terminal, or nothing runs"
mknod "$B/rootfs/dev/ptmx" c 5 2
rm "$B/pts/ptmx" && mknod -m 666 "$B/pts/ptmx" c 5 2
terminal "nomount(\"/dev/pts\") | bind(\"/dev/pts\"; \"\\(\$b)/pts\"; []) | .process.terminal = true" stat /dev/console
safe "a volume on /dev/pts with a true ptmx: the host's terminals are not reached"
rm -rf "$B/rootfs/dev"

t "standard streams"
mkdir "$B/src"
echo MARKER >"$B/src/victim"
ln -s /vol/victim "$B/rootfs/dev/null"
ln -s victim "$B/src/link"
for f in "$nodev" .; do
	outside
	new_id
	conf "$f | bind(\"/vol\"; \"\\(\$b)/src\"; []) | .process.user = { uid: 7, gid: 7 }" fds
	execute /dev/null /dev/null "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
	is "$(stat -c '%u:%g %a' "$B/src/victim") $(cat "$B/src/victim")" "0:0 644 MARKER" "streams that are /dev/null do not become a file of a volume"
	create "$f | bind(\"/vol\"; \"\\(\$b)/src\"; []) | .process.user = { uid: 7, gid: 7 }" fds
	[ "$rc" != 0 ] || start
	unlike "$(cat "$B/out")" "victim" "nor with create and start"
	cl delete --force "$ID"
done
before=$(stat -c '%u:%g %a' /dev/null)
execute /dev/null /dev/null "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
is "$(stat -c '%u:%g %a' /dev/null)" "$before" "the host's /dev/null keeps its owner"
exec 8>"$W/log"
chmod 600 "$W/log"
run '.process.user = { uid: 7, gid: 7 } | .process.args = [ "/bin/sh", "-c", "exec probe fds" ]' >&8
exec 8>&-
is "$(stat -c '%u:%g %a' "$W/log")" "0:0 600" "nor does a file change hands that the caller has open"

t "links where mounts go"
mkdir -p "$B/src" "$B/rootfs/in" "$B/rootfs/etc"
echo volume >"$B/src/file"
up=../../../../../../../../../..
shapes=("$O/d" "$up$O/d" "$O/d/new" "$O/missing/new" "/proc/1/root$O/d" "/in/$up$up$O/d" "/self" "in/../..$up$O/t")
for s in "${shapes[@]}"; do
	rm -f "$B/rootfs/self"
	ln -s "$s" "$B/rootfs/self"
	for m in 'mnt("/self"; "tmpfs"; [])' 'mnt("/self/below"; "tmpfs"; [])' 'bind("/self"; "\($b)/src"; [])' 'bind("/self"; "\($b)/src/file"; [])' \
		'bind("/self/resolv.conf"; "\($b)/src/file"; [])'; do
		attack "$bare | $m" say ok
		safe "a mount through the link $s: $m"
	done
done
rm -f "$B/rootfs/self" "$B/rootfs/etc/resolv.conf"
ln -s "$O/t/resolv.conf" "$B/rootfs/etc/resolv.conf"
attack 'bind("/etc/resolv.conf"; "\($b)/src/file"; [ "ro" ])' read /etc/resolv.conf
safe "a file on a link to a file outside"
rm "$B/rootfs/etc/resolv.conf"
# forty links, each longer than what it is written with
for ((i = 0; i < 40; i++)); do ln -s "$(printf 'n%.0s' {1..200})/../l$((i + 1))" "$B/rootfs/l$i"; done
mkdir "$B/rootfs/$(printf 'n%.0s' {1..200})"
ln -s in "$B/rootfs/l40"
attack 'mnt("/l0"; "tmpfs"; [])' say ok
safe "a chain of forty long links"
attack "mnt(\"/in/$(printf 'x/%.0s' {1..2500})\"; \"tmpfs\"; [])" say never
safe "a destination that is longer than a path may be"
rm -rf "$B/rootfs/in/x"
mkdir -p "$B/rootfs/closed/deep"
chmod 711 "$B/rootfs/closed"
attack 'mnt("/closed/deep"; "tmpfs"; []) | .process.user = { uid: 7, gid: 7 }' mount /closed/deep
like "$out" "mount /closed/deep=/ .*tmpfs" "a directory that may be passed but not listed is no obstacle"

t "a new procfs in a user namespace of the container"
# a procfs without masks is given to a user namespace that sees a whole one
cat >"$B/rootfs/attack" <<'END'
for f in proc sysfs; do
	e=$(mount -t $f none /mnt 2>&1) && e=mounted && umount /mnt
	echo "$f: ${e##*: }"
done
exit 0
END
as_root='caps([ "CAP_SETFCAP", "CAP_SETUID", "CAP_SETGID" ]) | .process.args = [ "/bin/busybox", "unshare", "-Urmpfn", "/bin/sh", "/attack" ]'
mkdir -p "$W/covered/proc" "$W/stacked"
mount -t proc proc "$W/covered/proc"
mount -t tmpfs tmpfs "$W/covered"
mount -t proc proc "$W/stacked"
mount -t proc proc "$W/stacked"
denied=$'0:proc: permission denied (are you root?)\nsysfs: permission denied (are you root?)'
for f in "" '| nomount("/sys") | nomount("/sys/fs/cgroup")' '| nons("network")' '| userns'; do
	# in a user namespace a cover of the host is locked, and what is under it out of reach
	[ "$f" != '| userns' ] || { umount "$W/covered" && umount "$W/covered/proc"; }
	run "$as_root $f"
	is "$rc:$out" "$denied" "masks cannot be avoided $f"
	RUN=(--no-pivot)
	run "$as_root $f" && RUN=()
	is "$rc:$out" "$denied" "nor without pivot_root $f"
done
umount "$W/stacked" "$W/stacked"
PREFIX=(unshare -Urm)
RUN=(--no-pivot)
run "$as_root" && PREFIX=() RUN=()
is "$rc:$out" "$denied" "nor where the host's mounts are locked, and are covered"
RUN=(--no-pivot)
run . mount / , mount /proc , read /proc/self/mounts
RUN=()
unlike "$rc:$out" "^[^0]|$W" "nothing of the host is in the table of mounts"

t "an exchange while it is mounted"
mkdir -p "$B/vol/dir"
outside
ln -s "$O/d" "$B/vol/link"
job "$AID" swap "$B/vol/dir" "$B/vol/link"
for i in {1..12}; do
	run 'bind("/vol"; "\($b)/vol"; []) | mnt("/vol/dir/x"; "tmpfs"; []) | .linux.maskedPaths = [ "/vol/dir/secret" ] | .linux.readonlyPaths = [ "/vol/dir" ]
		| .linux.devices = [ { type: "c", path: "/vol/dir/node", major: 1, minor: 3 } ]' read /vol/dir/secret
	safe "round $i: nothing is made or mounted outside"
done
kill -KILL "$JOB"

finish

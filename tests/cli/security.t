#!/bin/bash
# security.t - attacks that worked on container runtimes: what an image, a volume or a process in a container prepares must lead nowhere
#
# The oracle is the same everywhere (safe): the files outside of the root file system are what they were, nothing is mounted on the host,
# the container has not seen what they say, and the runtime has not died of a signal. Whether the container runs all the same is
# tested only where it matters.
. "${0%/*}/lib.sh"

O=$W/outside

# outside - files that an attack may want, made anew
outside() {
	rm -rf "$O"
	mkdir -p "$O/d" "$O/t"
	echo MARKER >"$O/d/secret"
	echo MARKER >"$O/d/ptmx"
	echo MARKER >"$O/t/resolv.conf"
	chmod 600 "$O/d/secret"
	now_outside
	outside_before=$REPLY
	slurp /proc/self/mountinfo && table_before=$REPLY
}

now_outside() { REPLY=$(cd "$O" && find . -printf '%p %y %m %U:%G %s %n %T@\n' | sort && find . -type f -exec cat {} +); }

# attack FILTER [ARGUMENT...] - run, with the files outside as they should be
attack() {
	outside
	run "$@"
}

# safe DESCRIPTION
safe() {
	now_outside
	local o=$REPLY
	mount_changes "$table_before"
	if [ "$o" != "$outside_before" ]; then
		fail "$1" "outside was: $outside_before" "and is: $o"
	elif [ -n "$REPLY" ]; then fail "$1" "the mount table changed" "$REPLY"
	elif [[ "$out$err" = *MARKER* ]]; then fail "$1" "the marker was read"
	elif [ "$rc" -ge 124 ]; then fail "$1" "died, or took too long"
	else pass "$1"; fi
}

# stopped REGEX DESCRIPTION - safe, and an error says why
stopped() {
	safe "$2"
	fails "$1" "$2: it is an error"
}

bare='del(.linux.maskedPaths, .linux.readonlyPaths)'
nodev="$bare | .mounts |= map(select(.destination | startswith(\"/dev\") | not))"

t "the program file"
# a copy, so that a successful attack has an effect on nothing else
runtime=$CRUN_LITE
cp "$CRUN_LITE" "$W/runtime"
CRUN_LITE=$W/runtime
sum=$(sha256sum <"$W/runtime")
printf '#!/proc/self/exe\n' >"$B/rootfs/bin/script"
ln -s /proc/self/exe "$B/rootfs/bin/link"
chmod 755 "$B/rootfs/bin/script"
all='caps([ "CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN" ])'
for p in /bin/script /bin/link /proc/self/exe; do
	attack "$all | .process.args = [ \"$p\" ]"
	safe "the program $p, which is the runtime: nothing happens"
	is "$(sha256sum <"$W/runtime")" "$sum" "the program $p: the runtime is what it was"
	create "$all | .process.args = [ \"$p\" ]"
	start
	is "$(sha256sum <"$W/runtime")" "$sum" "the same with create and start"
	cl delete --force "$ID"
done
create . pause
init_pid
victim=$ID
for how in write open touch; do
	arguments=("$how" "/proc/$PID/exe")
	[ $how = write ] && arguments+=(overwritten)
	run "nons(\"pid\") | $all" "${arguments[@]}"
	like "$out" "$how /proc/$PID/exe=(EROFS|ETXTBSY|EACCES|EPERM)" "a container that sees init of another one cannot $how its program file"
done
run "nons(\"pid\") | $all | .process.args = [ \"/bin/sh\", \"-c\", \"exec 7</proc/$PID/exe && ls -l /proc/self/fd/7 && echo x >/proc/self/fd/7\" ]"
like "$rc:$err" "^[^0]" "nor through a descriptor"
exec 7<"/proc/$PID/exe"
nok "the host's root cannot either while it is used" bash -c 'echo x >/proc/self/fd/7'
isnt "$(stat -L -c %d:%i /proc/self/fd/7):$(grep -c ' ro[, ].*runtime' "/proc/$PID/mountinfo")" "" "there is a program file"
cl delete --force "$victim"
nok "nor when nobody executes it any more (no ETXTBSY then)" bash -c 'echo x >/proc/self/fd/7'
nok "nor change its mode" chmod 777 /proc/self/fd/7
exec 7<&-
is "$(sha256sum <"$W/runtime") $(stat -c %a "$W/runtime")" "$sum $(stat -c %a "$runtime")" "the runtime is what it was"
CRUN_LITE=$runtime
rm "$W/runtime"

t "the program file is changed for its mount before anything else"
PREFIX=(env -i A=b LAST=z)
create . pause
PREFIX=()
init_pid
is "$(tr '\0' '|' <"/proc/$PID/environ")" "A=b|LAST=z|" "the kernel knows where the environment is"
is "$(tr '\0' '|' <"/proc/$PID/cmdline")" "$CRUN_LITE|--root|$STATE|create|-b|$B|$ID|" "and the arguments"
nok "nothing is mapped from the other mount" grep -F "$CRUN_LITE" "/proc/$PID/maps"
execute "$W/out" "$W/err" "$TEST_BIN/probe" remount "/proc/$PID/exe"
is "$(cat "$W/out")" "remount /proc/$PID/exe=EINVAL"$'\n'"clone /proc/$PID/exe=EINVAL" "its own is in no namespace, where it could be changed or had twice"
cl delete --force "$ID"
if strace -qq -o /dev/null true 2>/dev/null; then
	PREFIX=(strace -f -qq -o "$W/trace" -e "trace=execve,execveat")
	run . say ok
	is "$rc:$(grep -c "exec.* = 0" "$W/trace")" "0:2" "run: it is executed once, and the program"
	PREFIX=(strace -qq -o "$W/trace" -e "trace=execve,execveat,open_tree,close,arch_prctl,set_tid_address")
	create . pause
	is "$rc:$(grep -c "exec.* = 0" "$W/trace")" "0:1" "create: once"
	tree=$(sed -n 's/^open_tree.*= //p' "$W/trace")
	like "$(sed '/^arch_prctl\|^set_tid_address/,$d' "$W/trace")" "close\($tree\) *= 0$" "the mount is left before the C library begins"
	PREFIX=(strace -qq -o "$W/trace" -e "trace=execve,execveat")
	cl exec "$ID" /bin/probe say ok
	is "$rc:$(grep -c "exec.* = 0" "$W/trace")" "0:1" "exec: once"
	cl delete --force "$ID"
	PREFIX=(strace -qq -o "$W/trace" -e "trace=execveat,prctl" -e "inject=prctl:error=EINVAL:when=1")
	create . pause
	PREFIX=()
	like "$(cat "$W/trace")" "PR_SET_MM.*INJECTED.*execveat\(.*= 0" "on a kernel without CONFIG_CHECKPOINT_RESTORE, twice"
	init_pid
	exec 7<"/proc/$PID/exe"
	cl delete --force "$ID"
	nok "which protects it as well" bash -c 'echo x >/proc/self/fd/7'
	exec 7<&-
else
	skip "executions of the program file" "host: strace cannot trace here"
fi

t "descriptors of the host"
exec 9</
for n in 3 4 5 6 7 8 9 10 11 12 13 14; do
	attack ".process.cwd = \"/proc/self/fd/$n\"" cwd , ls . , fds
	safe "a working directory /proc/self/fd/$n"
	unlike "$out" "cwd=[^"$'\n'"]*($W|unreachable)|ls .=[^"$'\n'"]*(home|usr|secret)" "a working directory /proc/self/fd/$n does not lead to the host"
done
ln -s /proc/self/fd/9 "$B/rootfs/cwd"
attack '.process.cwd = "/cwd/../../../../.."' cwd , ls .
unlike "$out" "cwd=\(unreachable|ls .=.*(home|usr)" "nor does one behind a symlink of the image"
attack '.process.args = [ "/proc/self/fd/9/bin/true" ]'
stopped . "a program below a descriptor"
attack . fds
line "fds=0 1 2" "no descriptor of the caller is left"
exec 9<&-

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
terminal() {
	outside
	new_id
	conf "$@"
	execute "$W/out" "$W/err" "$AID" pty "" "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
}
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

t "limits of messages"
mkdir "$B/src"
run '.mounts += [ range(900) | { destination: "/many/\(.)/with/a/long/name", source: "\($b)/src", options: [ "bind" ] } ]' ns
val ns.net
isnt "$REPLY" "$(readlink /proc/self/ns/net)" "nine hundred mounts: the network namespace is still a new one"
run 'ns("user") | .linux.uidMappings = [ range(5000) | { containerID: ., hostID: (300 + 2 * .), size: 1 } ] | .linux.gidMappings = .linux.uidMappings' say never
fails "uidMappings" "five thousand id mappings are refused"
run 'ns("user") | .linux.uidMappings = [ range(200) | { containerID: ., hostID: (300 + 2 * .), size: 1 } ] | .linux.gidMappings = .linux.uidMappings' ids
value uid "0 0 0" "two hundred are not"

t "identity"
run . caps
value cap.inheritable 0000000000000000 "capabilities are not inheritable"
value cap.ambient 0000000000000000 "nor ambient"
for f in 'del(.process.capabilities)' '.process.capabilities = {}' 'del(.process.capabilities) | .process.noNewPrivileges = false'; do
	run "$f" caps
	lines "cap.bounding=0000000000000000
cap.effective=0000000000000000
cap.permitted=0000000000000000" "no capabilities are given by $f"
done
for u in 4294967295 4294967296 -1 '"1"' '"root"' 1.5; do
	run ".process.user = { uid: $u, gid: 1 }" ids
	fails "config\.json:[0-9]+:[0-9]+: process\.user\.uid" "uid $u is refused"
	run ".process.user = { uid: 1, gid: $u }" ids
	fails "config\.json:[0-9]+:[0-9]+: process\.user\.gid" "gid $u is refused"
done
echo "1:x:0:0::/root:/bin/sh" >>"$B/rootfs/etc/passwd"
run '.process.user = { uid: 1, gid: 1 }' ids
lines "uid=1 1 1
gid=1 1 1" "a number is a number, whatever the image's passwd calls it"

t "cgroups"
for f in 'nons("cgroup")' 'nons("cgroup") | userns' 'nons("cgroup") | .mounts |= map(if .destination == "/sys/fs/cgroup" then .options -= [ "ro" ] else . end) | userns'; do
	run "$f" mkdir /sys/fs/cgroup/escape , write /sys/fs/cgroup/cgroup.procs 1 , mkdir /sys/fs/cgroup/self/x
	unlike "$out" "=OK" "without a cgroup namespace nothing can be written in the hierarchy: $f"
done

t "devices"
mkdir "$B/n"
mknod -m 666 "$B/n/mem" c 1 1
mknod -m 666 "$B/n/fuse" c 10 229
mknod -m 666 "$B/n/tun" c 10 200
mknod -m 666 "$B/n/loop" b 7 0
for rules in '{ allow: false, access: "rwm" }, { allow: true, type: "c", major: 1, minor: 11, access: "rwm" }' '{ allow: true, type: "c", major: 1, minor: 11, access: "rwm" }' ''; do
	run "bind(\"/n\"; \"\\(\$b)/n\"; []) | .linux.resources.devices = [ $rules ] | caps([ \"CAP_MKNOD\", \"CAP_SYS_RAWIO\" ])" open /n/mem , open /n/fuse , open /n/tun , open /n/loop , \
		mknod /tmp/mem c 1 1 , open /tmp/mem
	lines "open /n/mem=EPERM
open /n/fuse=EPERM
open /n/tun=EPERM
open /n/loop=EPERM
open /tmp/mem=EPERM" "what is not allowed cannot be used: [ $rules ]"
	rm -f "$B/rootfs/tmp/mem"
done

t "the caller's terminal"
terminal '.process.noNewPrivileges = false' tiocsti , tty
out=${out//$'\r'/}
like "$out" "tiocsti fd0=(EPERM|ENOTTY|EIO)" "without a terminal of its own the program cannot type into the caller's"
like "$out" "open /dev/tty=ENXIO" "nor open it"
unlike "$out" "#" "nothing is typed"

t "names of containers"
for id in .. . ../up a/b /abs "" "a b" "a;b" "\$(id)" $'a\nb' "a*" "$(printf 'x%.0s' {1..1100})" $'\xff\xfe' "~"; do
	outside
	for c in create run; do
		execute "$W/out" "$W/err" "$CRUN_LITE" --root "$STATE" $c -b "$B" -- "$id"
		ok "$c: the name ${id@Q} is refused" test "$rc" = 1
	done
	for c in state start "delete" "kill"; do
		execute "$W/out" "$W/err" "$CRUN_LITE" --root "$STATE" "$c" -- "$id"
		ok "$c: there is no container ${id@Q}" test "$rc" = 1
	done
	execute "$W/out" "$W/err" "$CRUN_LITE" --root "$STATE" delete --force -- "$id"
	safe "delete --force of ${id@Q} removes nothing"
done

t "the state root"
saved=$STATE
for m in 777 770 1777; do
	STATE=$W/open
	mkdir -m $m "$STATE"
	chmod $m "$STATE"
	run . say never
	fails "$W/open.*writable" "a state root of mode $m is refused"
	rmdir "$STATE"
done
STATE=$W/foreign
mkdir "$STATE" && chown 7 "$STATE"
run . say never
fails "$W/foreign" "one that belongs to somebody else is refused"
rmdir "$STATE"
STATE=$saved
mkdir -p "$STATE"
ln -s "$O" "$STATE/linked"
outside
for c in state start "delete" "kill" "delete --force"; do
	# shellcheck disable=SC2086 # words
	cl $c linked
	safe "$c of a state directory that is a symlink"
done
ID=linked
outside
cl run -b "$B" linked
safe "run of a name that is a symlink in the state root"
isnt "$rc" 0 "it is refused"
rm "$STATE/linked"

t "configurations"
new_id
bad() {
	rerun
	if [ "$rc" = 1 ] && [[ "$err" = *config.json* ]]; then pass "$1"; else fail "$1" "want an error about config.json"; fi
}
for c in '[' '{"a":' '[{"a":'; do
	head -c 1000000 /dev/zero | sed "s/\x00/$(printf %s "$c" | sed 's/[][]/\\&/g')/g" >"$B/config.json"
	bad "a million levels of $c"
done
head -c 20000000 /dev/zero | tr '\0' ' ' >"$B/config.json"
bad "twenty megabytes of blanks"
{ echo '{"a":"' && head -c 20000000 /dev/zero | tr '\0' x && echo '"}'; } >"$B/config.json"
bad "a string of twenty megabytes"
rm "$B/config.json" && mkfifo "$B/config.json"
bad "a FIFO is not waited for"
rm "$B/config.json" && mkdir "$B/config.json"
bad "a directory"
rmdir "$B/config.json" && ln -s /dev/zero "$B/config.json"
bad "a device without end"
rm "$B/config.json" && ln -s missing "$B/config.json"
bad "a symlink to nothing"
rm "$B/config.json"
head -c 100000 /dev/urandom >"$B/config.json"
bad "noise"
printf '{"ociVersion":"1.2.0","ociVersion":"1.0.0"}' >"$B/config.json"
bad "a key that comes twice"
printf '{"ociVersion":"1.2.0\xff"}' >"$B/config.json"
bad "bytes that are no UTF-8"
printf '\xef\xbb\xbf{}' >"$B/config.json"
bad "a byte order mark"
conf . say never && printf 'x' >>"$B/config.json"
bad "something behind the end"
conf . say never && printf '\0' >>"$B/config.json"
bad "a zero byte behind the end"
for n in 1e400 -1e400 99999999999999999999999 1.5 -0.1 1e3; do
	conf '.process.user.uid = "@@"' say never
	sed -i "s/\"@@\"/$n/" "$B/config.json"
	bad "the number $n where an id is wanted"
done
for f in '.process.args = [ "/bin/true\u0000x" ]' '.process.env = [ "A=\u0000" ]' '.mounts[0].destination = "/proc\u0000x"' '.root.path = "rootfs\u0000/.."' '.hooks = { prestart: [ { path: "/bin/true\u0000" } ] }' \
	'.annotations = { "a\u0000b": "c" }' '.process.env = [ "=A" ]' '.process.env = [ "A" ]'; do
	new_id
	conf "$f" say never
	rerun
	like "$rc:$out" "^(1:|0:never$)" "$f"
	[[ "$f" != *u0000* ]] || fails "config\.json:[0-9]+:[0-9]+" "a zero byte is refused: $f"
done
{ printf '{"mounts":[' && for ((i = 0; i < 70000; i++)); do printf '{},'; done && printf '{}]}'; } >"$B/config.json"
bad "seventy thousand mounts"

t "a pid namespace that containers share"
# joined PID - a filter: the pid namespace is that of PID
joined() { REPLY=".linux.namespaces |= map(if .type == \"pid\" then .path = \"/proc/$1/ns/pid\" else . end)"; }
outside
create . pause
init_pid && start && said ready
joined "$PID"
share=$REPLY
first=$ID
create "$share | caps([ \"CAP_SYS_PTRACE\", \"CAP_DAC_OVERRIDE\" ])" spy "$O/d/secret"
init_pid && start && said ready
watcher=$ID
output=$B/out
mkdir "$B/src"
hook='.hooks = { createContainer: [ { path: "/bin/true" } ], createRuntime: [ { path: "/bin/true" } ] }'
for f in . 'bind("/mnt"; "\($b)/src"; [])' "$hook" '.process.terminal = true' "nomount(\"/proc\")" userns; do
	for ((i = 0; i < 10; i++)); do
		new_id
		conf "$share | $f" say ok
		if [[ "$f" = *terminal* ]]; then
			execute "$W/out" "$W/err" "$AID" pty "" "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
		else
			cl run -b "$B" "$ID"
		fi
		[ "$rc" = 0 ] || break
	done
	is "$rc" 0 "they can be started: $f"
done
ID=$watcher
status_is running "a process that may trace and shares the pid namespace finds no way to the host in what is made beside it"
unlike "$(cat "$output")" spied "neither a root directory nor a descriptor"
cl delete --force "$watcher"
cl delete --force "$first"

finish

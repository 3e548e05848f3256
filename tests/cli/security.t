#!/bin/bash
# security.t - attacks that worked on container runtimes: what an image, a volume or a process in a container prepares must lead nowhere
#
# The oracle is the same everywhere (safe): the files outside of the root file system are what they were, nothing is mounted on the host,
# the container has not seen what they say, and the runtime has not died of a signal. Whether the container runs all the same is
# tested only where it matters.
. "${0%/*}/lib.sh"
. "$cli_dir/attack.sh"

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

#!/bin/bash
# landlock.t - Landlock rules from the annotations crun-lite.landlock.* (landlock(7))
. "${0%/*}/lib.sh"

# rules KEY VALUE... - a filter that adds these annotations
rules() {
	local filter='.annotations += {}'
	while [ $# -gt 1 ]; do
		filter+=" | .annotations[\"crun-lite.landlock.$1\"] = \"$2\""
		shift 2
	done
	echo "$filter"
}
# data - files and directories to try the rules on, in the bundle
data() {
	mkdir "$B"/rootfs/{a,b}
	echo old >"$B/rootfs/a/f"
	echo old >"$B/rootfs/b/f"
	cp -l "$B/rootfs/bin/probe" "$B/rootfs/b/prog"
}

# LANDLOCK_CREATE_RULESET_VERSION, answered where it is not
run "$(rules fs.rwx /)" say ok
[[ "$err" != *"this kernel has"* && "$err" != *"switched off"* ]] || skip_all "host: no Landlock of ABI 5"

t "files"
data
run "$(rules fs.rx /bin fs.ro /a fs.rw /b)" read /a/f , write /a/f new , ls /a , touch /a/n , mkdir /a/d , truncate /a/f , exec /bin/probe , \
	read /etc/passwd , ls / , touch /tmp/n
lines "read /a/f=OK:old
write /a/f=EACCES
ls /a=f
touch /a/n=EACCES
mkdir /a/d=EACCES
truncate /a/f=EACCES
exec /bin/probe=OK:7
read /etc/passwd=EACCES
ls /=EACCES
touch /tmp/n=EACCES" "LL-01 ro, rx: to read and to execute; what no rule names is denied"
run "$(rules fs.rx /bin fs.ro /a fs.rw /b)" read /b/f , write /b/f new , touch /b/n , mkdir /b/d , truncate /b/f , rename /b/n /b/d/n , \
	exec /b/prog , rename /b/f /a/g
lines "read /b/f=OK:old
write /b/f=OK
touch /b/n=OK
mkdir /b/d=OK
truncate /b/f=OK
rename /b/d/n=OK
exec /b/prog=EACCES" "LL-01 rw: all but to execute"
like "$out" "rename /a/g=(EACCES|EXDEV)" "LL-01 and nothing leaves for a directory with fewer rights"
run "$(rules fs.rwx /)" touch /a/n , exec /b/prog , read /etc/passwd
lines "touch /a/n=OK
exec /b/prog=OK:7
read /etc/passwd=OK:root:x:0:0::/root:/bin/sh" "LL-01 rwx on all"
run "$(rules fs.rx '/bin:/etc/passwd:/no' mode best-effort)" read /etc/passwd , ls /etc
lines "read /etc/passwd=OK:root:x:0:0::/root:/bin/sh
ls /etc=EACCES" "LL-02 a rule for a file: the rights that files have"
ln -s a "$B/rootfs/link"
ln -s ../../../../../etc "$B/rootfs/up"
run "$(rules fs.rx /bin fs.ro /link:/up)" read /a/f , read /etc/passwd
lines "read /a/f=OK:old
read /etc/passwd=OK:root:x:0:0::/root:/bin/sh" "LL-02 links of the image are followed below its root"
ln -s /proc/self/exe "$B/rootfs/magic"
run "$(rules fs.rx /bin:/magic)" say never
fails "landlock\.fs\.rx.*open \"/magic\" in the root filesystem: too many levels" "LL-02 links of the kernel are not"

t "right by right"
data
mkdir "$B/rootfs/c:d"
run "$(rules fs.rule.prog execute,read_file:/bin fs.rule.1 read_dir:/a fs.rule.2 0xc:/b fs.rule.3 make_dir,0x8:/c:d)" \
	ls /a , read /a/f , ls /b , read /b/f , mkdir /c:d/x , touch /c:d/y , ls /c:d
lines "ls /a=f
read /a/f=EACCES
ls /b=f prog
read /b/f=OK:old
mkdir /c:d/x=OK
touch /c:d/y=EACCES
ls /c:d=x" "LL-03 names, masks, and a path with a colon"
run "$(rules fs.handled make_dir,make_sym,0x200)" mkdir /x , touch /a/f , exec /b/prog , write /a/f new
lines "mkdir /x=EACCES
touch /a/f=OK
exec /b/prog=OK:7
write /a/f=OK" "LL-03 handled: only that is restricted"
run "$(rules fs.handled write_file fs.rw /a)" write /a/f new , write /b/f new , truncate /b/f
lines "write /a/f=OK
write /b/f=EACCES
truncate /b/f=OK" "LL-03 handled, and a rule that is cut to it"
run "$(rules fs.handled make_sym)" rename /b/f /a/g , read /a/g , rename /a/g /b/f
lines "rename /a/g=OK
read /a/g=OK:
rename /b/f=OK" "LL-03 refer, too, is restricted only when it is handled"
run "$(rules fs.handled truncate,refer fs.rule.1 refer:/a)" truncate /a/f , rename /b/f /a/g , rename /a/f /a/h , write /a/h x
lines "truncate /a/f=EACCES
rename /a/g=EXDEV
rename /a/h=OK
write /a/h=OK" "LL-03 truncate and refer are rights of their own"
run "$(rules fs.handled ioctl_dev fs.rule.1 ioctl_dev:/dev/zero)" ioctl /dev/null , ioctl /dev/zero
lines "ioctl /dev/null=EACCES
ioctl /dev/zero=ENOTTY" "LL-03 ioctl_dev"
run "$(rules fs.rx /) | caps([\"CAP_SYS_ADMIN\"])" sys unshare:0x20000 , umount /proc
lines "sys unshare:0x20000=OK
umount /proc=EPERM" "LL-03 nobody can change mounts, in new namespaces either"

t "the program"
data
run "$(rules fs.ro /)" say never
fails "exec /bin/probe: permission denied; the annotations crun-lite\.landlock\.fs\.\* must allow execute for it, and for its interpreter or loader" \
	"LL-04 and what to do about it"
printf '#!/a/interpreter\n' >"$B/rootfs/script"
chmod 755 "$B/rootfs/script"
cp -l "$B/rootfs/bin/probe" "$B/rootfs/a/interpreter"
run "$(rules fs.rx /script) | .process.args = [\"/script\"]"
fails "exec /script: permission denied; .*interpreter" "LL-04 neither may its interpreter"
create "$(rules fs.ro /)" say never
succeeds "LL-04 create does not know yet"
start
isnt "$rc" 0 "LL-04 start does"
like "$err" "exec /bin/probe: permission denied; the annotations" "LL-04 and says so"
create "$(rules fs.rx /bin scope signal)" read /etc/passwd
start
init_pid
ended
is "$rc:$out" "0:read /etc/passwd=EACCES" "LL-04 create and start"

t "network"
run "$(rules net.bind 80,443 net.connect 443,53)" tcp 80 , tcp 443 , tcp 8080 , read /etc/passwd
lines "bind 80=OK
connect 80=EACCES
bind 443=OK
connect 443=ECONNREFUSED
bind 8080=EACCES
connect 8080=EACCES
read /etc/passwd=OK:root:x:0:0::/root:/bin/sh" "LL-05 ports to bind and to connect to; files are left alone"
run "$(rules net.connect '')" tcp 80
lines "bind 80=OK
connect 80=EACCES" "LL-05 an empty list allows none; what is not mentioned is not restricted"
run "$(rules net.rule.a bind_tcp,0x2:80,81 net.rule.b 0x1:82)" tcp 81 , tcp 82
lines "bind 81=OK
connect 81=ECONNREFUSED
bind 82=OK
connect 82=EACCES" "LL-05 names and masks"
run "$(rules net.handled bind_tcp)" tcp 80
lines "bind 80=EACCES
connect 80=ECONNREFUSED" "LL-05 handled"

t "scopes"
job "$TEST_BIN/probe" abstract-listen out , pause
job_said "ready"
run "$(rules scope abstract_unix_socket) | nons(\"network\") | nons(\"pid\")" abstract out , kill "$JOB" 0
lines "abstract out=EPERM
kill 0=OK" "LL-06 no abstract socket from outside"
run "$(rules scope signal) | nons(\"network\") | nons(\"pid\")" abstract out , kill "$JOB" 0
lines "abstract out=OK
kill 0=EPERM" "LL-06 no signal to the outside"
run "$(rules scope 0x3) | nons(\"network\") | nons(\"pid\")" abstract out , kill "$JOB" 0 , abstract-listen in , abstract in
lines "abstract out=EPERM
kill 0=EPERM
abstract in=OK" "LL-06 both; inside all goes on"
run "nons(\"network\") | nons(\"pid\")" abstract out , kill "$JOB" 0
lines "abstract out=OK
kill 0=OK" "LL-06 without a scope: both"
create "$(rules scope signal)" catch
start
said ready
cl kill "$ID" TERM
said "signal=TERM"
like "$(<"$B/out")" "signal=TERM" "LL-06 the runtime can signal a container that has a scope"

t "exec"
data
create "$(rules fs.rx /bin fs.ro /a fs.rw /m net.connect 80) | bind(\"/m\"; \"\(\$b)/rootfs/b\"; [])" pause
start
said ready
cl exec "$ID" /bin/probe read /a/f , write /a/f new , read /etc/passwd , read /m/f , write /m/f new , exec /m/prog , tcp 81 , fds
is "$rc:$err" "0:" "LL-13 exec into a container with rules"
lines "read /a/f=OK:old
write /a/f=EACCES
read /etc/passwd=EACCES
read /m/f=OK:old
write /m/f=OK
exec /m/prog=EACCES
bind 81=OK
connect 81=EACCES
fds=0 1 2" "LL-13 the program of exec is under the same rules"
jq '.process | .args = [ "/bin/probe", "read", "/a/f", ",", "read", "/etc/passwd" ] | .user = { uid: 1000, gid: 1000 }
	| .noNewPrivileges = false' "$B/config.json" >"$W/process.json"
cl exec --process "$W/process.json" "$ID"
lines "read /a/f=OK:old
read /etc/passwd=EACCES" "LL-13 also when a file says what it is, as another user, and without noNewPrivileges"
jq '.annotations = {}' "$B/config.json" >"$W/config.json" && cp "$W/config.json" "$B/config.json"
cl exec "$ID" /bin/probe read /etc/passwd
line "read /etc/passwd=EACCES" "LL-13 the rules are those of when the container was made"
cl exec "$ID" /m/prog say never
is "$rc:$out" "255:" "LL-13 a program that may not be executed"
like "$err" "exec /m/prog: permission denied; the annotations crun-lite\.landlock\.fs\.\* must allow execute for it" "LL-13 and why"
mv "$B/rootfs/a" "$B/rootfs/a.old"
cl exec "$ID" /bin/probe read /etc/passwd , read /a.old/f
lines "read /etc/passwd=EACCES
read /a.old/f=EACCES" "LL-13 what is no longer there is not allowed, and exec goes on"
like "$err" "warning: config\.json:[0-9]+:[0-9]+: annotations\[\"crun-lite\.landlock\.fs\.ro\"\]: this rule is left out: open \"/a\" in the root filesystem: not found \(ENOENT\)$" \
	"LL-13 with a warning"
# a link that has been put in its place since
ln -s ../../../../../../../etc "$B/rootfs/a"
cl exec "$ID" /bin/probe ls /a
lines "ls /a=passwd" "LL-13 links lead nowhere out of the container"
create "userns | $(rules fs.rx /bin)" pause
start
said ready
cl exec "$ID" /bin/probe read /etc/passwd
line "read /etc/passwd=EACCES" "LL-13 in a user namespace"
create "nons(\"pid\") | nomntns | $(rules fs.rx /bin)" pause
start
said ready
cl exec "$ID" /bin/probe read /etc/passwd
line "read /etc/passwd=EACCES" "LL-13 without a pid or a mount namespace"
create "$(rules fs.rx /bin mode best-effort fs.rw /no/such)" pause
start
said ready
cl exec "$ID" /bin/probe read /etc/passwd
line "read /etc/passwd=EACCES" "LL-13 best effort"

t "what there is not"
run "$(rules fs.rx /bin:/no/such)" say never
fails "config\.json:[0-9]+:[0-9]+: annotations\[\"crun-lite\.landlock\.fs\.rx\"\]: open \"/no/such\" in the root filesystem: no such file or directory" \
	"LL-07 strict: a path that is not there"
run "$(rules fs.rx /bin:/no/such mode best-effort)" read /etc/passwd
line "read /etc/passwd=EACCES" "LL-07 best effort: the rest is in force"
like "$err" "^crun-lite: warning: config\.json:[0-9]+:[0-9]+: annotations\[\"crun-lite\.landlock\.fs\.rx\"\]: this rule is left out: open \"/no/such\" in the root filesystem: not found \(ENOENT\)$" \
	"LL-07 and a warning says what is not"
run "$(rules fs.rx /bin fs.rule.1 read_dir:/etc/passwd)" say never
fails "fs\.rule\.1.*: \"/etc/passwd\" is no directory, and only those have these rights" "LL-07 rights that a file cannot have"
create "$(rules fs.rx /bin:/no fs.ro /never mode best-effort)" say ok
is "$rc:$(grep -c 'left out' "$B/err")" "0:2" "LL-07 a warning for each"
for m in 38:'this kernel has no Landlock' 95:'Landlock was switched off when this kernel was booted \(lsm=\)'; do
	PREFIX=("$AID" without 444 "${m%%:*}")
	run "$(rules fs.rx /bin net.bind 80)" say never
	fails "annotations\[\"crun-lite\.landlock\.fs\.rx\"\]: Landlock ABI 5 \(Linux 6\.10\) is needed for execute, .*, ioctl_dev; ${m#*:}" "LL-08 strict: ${m#*:}"
	run "$(rules fs.rx /bin scope signal mode best-effort)" read /etc/passwd
	line "read /etc/passwd=OK:root:x:0:0::/root:/bin/sh" "LL-08 best effort: nothing is restricted"
	like "$err" "^crun-lite: warning: crun-lite\.landlock: ${m#*:}, so these are left out: execute, [^"$'\n'"]*, ioctl_dev, signal$" "LL-08 and one warning says so"
	run . say ok
	line ok "LL-08 who asks for nothing needs nothing"
	PREFIX=()
done
run "$(rules fs.handled resolve_unix)" say ok
[ "$rc" = 0 ] || fails "fs\.handled\"\]: Landlock ABI 9 \(Linux 7\.1\) is needed for resolve_unix; this kernel has ABI [5-8]$" "LL-08 a right that this kernel does not have"
run "$(rules fs.handled resolve_unix,make_sym scope signal mode best-effort)" sys mkdir , say ok
line ok "LL-08 best effort: the others"

t "values"
while IFS='|' read -r key value message; do
	run "$(rules "$key" "$value")" say never
	fails "config\.json:[0-9]+:[0-9]+: annotations\[\"crun-lite\.landlock\.$key\"\]: $message" "LL-09 $key = $value is refused"
done <<'END'
fs.r|/usr|unknown annotation, behind "crun-lite\.landlock\." must be mode, fs\.ro, .* or log
fs.rule.|read_dir:/usr|unknown annotation
mode|lax|must be "strict" or "best-effort", not "lax"
mode|strict|restricts nothing without
fs.ro|/usr:lib|must have absolute paths with colons between them, not "lib"
fs.rule.1|read:/usr|unknown filesystem right "read", must be execute, .*, or a mask such as 0x8
fs.rule.1|read_dir|must be rights, a colon and a path, not "read_dir"
net.bind|80,65536|must have ports from 0 to 65535 with commas between them, not "65536"
scope|signals|unknown scope "signals", must be abstract_unix_socket or signal
END

t "beside other restrictions"
data
filter='.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "landlock_restrict_self", "landlock_add_rule", "rmdir" ], action: "SCMP_ACT_ERRNO" } ] }'
for nnp in true false; do
	for f in . "$filter"; do
		run "$(rules fs.rx /bin fs.rw /a) | .process.noNewPrivileges = $nnp | .process.user = { uid: 1000, gid: 1000 } | $f" nnp , caps , read /a/f , touch /b/x
		[ "$nnp" = true ] && want=1 || want=0
		lines "nnp=$want
cap.effective=0000000000000000
cap.permitted=0000000000000000
read /a/f=OK:old
touch /b/x=EACCES" "LL-10 as user 1000, noNewPrivileges $nnp, ${f%% *}"
	done
done
run "$(rules fs.rx /bin fs.rw /a) | $filter" sys rmdir , touch /a/n , touch /n
lines "sys rmdir=EPERM
touch /a/n=OK
touch /n=EACCES" "LL-10 a filter that forbids what makes the rules"
job "$AID" seccomp "$W/agent" 55
job_said ready
run "$(rules fs.rx /bin scope 0x3) | .linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"\(\$w)/agent\",
	syscalls: [ { names: [ \"mkdir\" ], action: \"SCMP_ACT_NOTIFY\" } ] }" sys mkdir , read /etc/passwd
lines "sys mkdir=ENOANO
read /etc/passwd=EACCES" "LL-10 a filter that asks an agent outside of the scope"
run "$(rules fs.rx /bin fs.rw /a) | .root.readonly = true" touch /a/n , read /a/f , read /b/f
lines "touch /a/n=EROFS
read /a/f=OK:old
read /b/f=EACCES" "LL-10 a read-only root"
run "$(rules fs.rx /bin fs.ro /a) | userns" read /a/f , read /b/f
lines "read /a/f=OK:old
read /b/f=EACCES" "LL-10 in a user namespace"
run "$(rules fs.rx /bin fs.ro /a) | userns | .process.noNewPrivileges = false | .process.user = { uid: 5, gid: 5 }" read /a/f , read /b/f , nnp
lines "read /a/f=OK:old
read /b/f=EACCES
nnp=0" "LL-10 in a user namespace without noNewPrivileges"
run "$(rules fs.rx /bin fs.ro /a) | nomntns" read /a/f , read /b/f
lines "read /a/f=OK:old
read /b/f=EACCES" "LL-10 without a mount namespace"
run "$(rules fs.rx /bin fs.ro /proc) | .linux.maskedPaths += [\"/a\"]" read /proc/sys/kernel/ostype , ls /a
lines "read /proc/sys/kernel/ostype=OK:Linux
ls /a=EACCES" "LL-10 below a mount"
mkdir "$B/rootfs/a/closed" "$B/rootfs/a/closed/in"
chmod 700 "$B/rootfs/a/closed"
run "$(rules fs.rx /bin:/a/closed/in) | .process.user = { uid: 1000, gid: 1000 }" ls /a/closed/in
line "ls /a/closed/in=EACCES" "LL-10 a path that the user cannot reach is no error, and no way in"
echo "kept" >"$B/kept"
exec 3<"$B/kept"
RUN=(--preserve-fds 1)
run "$(rules fs.rx /bin:/proc)" fds
RUN=()
exec 3<&-
like "$out" "fds=0 1 2 3$" "LL-10 the program gets no descriptor of the rules"

t "hooks"
data
cat >"$B/rootfs/hook" <<'END'
#!/bin/sh
cat >/a/state && echo ok >/b/hook
END
chmod 755 "$B/rootfs/hook"
run "$(rules fs.rx /bin fs.ro /b) | .hooks.startContainer = [ { path: \"/hook\" } ]" read /b/hook , touch /b/n
lines "read /b/hook=OK:ok
touch /b/n=EACCES" "LL-11 startContainer hooks run before the rules"

t "shown"
log=(log new_exec_on)
kernel 6.15 || log=() # the plan knows the kernel
conf "$(rules fs.rx /bin:/usr net.bind 80 scope signal "${log[@]}")" say never
cl create -b "$B" --dry-run x
lines "landlock
  restrict bind_tcp
  scope signal${log[*]:+$'\n'  ${log[*]}}
  beneath /bin allow execute, read_file, read_dir
  beneath /usr allow execute, read_file, read_dir
  port 80 allow bind_tcp" "LL-12 create --dry-run shows the rules"
cl features
ok "LL-12 features names the rights" \
	jq -e '.annotations | ."crun-lite.landlock.abi" == "9" and (."crun-lite.landlock.fs" | startswith("execute,write_file,"))' "$W/out"
ok "LL-12 and says that these annotations matter" jq -e '.potentiallyUnsafeConfigAnnotations | index("crun-lite.landlock.")' "$W/out"

finish

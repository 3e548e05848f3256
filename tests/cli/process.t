#!/bin/bash
# process.t - what is executed, and as whom (config.md "Process", "POSIX process", "Linux Process"); capabilities are in caps.t
. "${0%/*}/lib.sh"

t "presence"
create 'del(.process)'
succeeds "PROC-01 create works without process"
start
isnt "$rc" 0 "PROC-01 start then fails"
run '.process = 7'
refused process object "PROC-01 process must be an object"

t "cwd"
mkdir -p "$B/rootfs/a/b"
run '.process.cwd = "/a/b"' cwd
line "cwd=/a/b" "PROC-04 cwd"
run '.process.cwd = "a/b"' say never
refused process.cwd absolute "PROC-04 a relative cwd is refused"
run 'del(.process.cwd)' say never
missing process.cwd "PROC-04 cwd is required"
run '.process.cwd = "/no/such/dir"' cwd , stat /no/such
like "$rc:$out" "0:cwd=/no/such/dir.*stat /no/such=d 0755 0:0" "PROC-05 a missing cwd is made"
mkdir -m 700 "$B/rootfs/private"
chown 1000:1000 "$B/rootfs/private"
run '.process.cwd = "/private" | .process.user = { uid: 1000, gid: 1000 }' cwd
line "cwd=/private" "PROC-06 a cwd that only the user may enter"
chown 0:0 "$B/rootfs/private"
run '.process.cwd = "/private" | .process.user = { uid: 1000, gid: 1000 }' cwd
like "$rc:$out" "^(0:cwd=/private|[1-9].*:)" "PROC-06 and one that only root may enter"
touch "$B/rootfs/file"
run '.process.cwd = "/file"' say never
fails "cwd.*/file|/file" "PROC-04 a cwd that is no directory is an error"
ln -s a/b "$B/rootfs/link"
run '.process.cwd = "/link"' cwd
line "cwd=/a/b" "PROC-04 a cwd may be a symlink"
for i in 3 4 5 6 7 8 9 10 11 12; do
	PREFIX=(bash -c 'exec 9</ && exec "$@"' -)
	run ".process.cwd = \"/proc/self/fd/$i\"" cwd , ls .
	PREFIX=()
	[ "$rc" = 0 ] && [[ "$out" != cwd=/proc/* ]] && break
done
unlike "$rc:$out:$i" "^0:.*(unreachable|lost\+found|usr)" "PROC-06 a cwd through a descriptor does not leave the root"

t "env"
run '.process.env = [ "B=2", "A=1", "EMPTY=", "EQ=a=b", "SPACE=a b", "HOME=/h" ]' env
is "$out" "env B=2
env A=1
env EMPTY=
env EQ=a=b
env SPACE=a b
env HOME=/h" "PROC-07 env is passed as it is, in its order, and nothing else"
export FROM_CALLER=1
run . env
unlike "$out" FROM_CALLER "PROC-07 nothing comes from the caller"
like "$out" "env HOME=/root" "PROC-07 HOME is added when it is not set"
run '.process.user.uid = 1234' env
like "$out" "env HOME=/($|"$'\n)' "PROC-07 for an unknown user as /"
run 'del(.process.env)' env
like "$rc:$out" "^0:(env HOME=/root)?$" "PROC-07 env may be absent"
run '.process.env = [ "A=1", "PATH=/nowhere", "B=2", "A=", "HOME=/one", "PATH=/bin", "A=3", "AB=4", "HOME=/two" ]' env
is "$out" "env B=2
env PATH=/bin
env A=3
env AB=4
env HOME=/two" "PROC-07 of a name that is there more than once the last one counts, also for the search of the program"
run '.process.env = [ "HOME=", "A=1" ]' env
is "$out" "env A=1
env HOME=/root" "PROC-07 an empty HOME is as none"
run '.hooks.startContainer = [ { path: "/bin/probe", args: [ "probe", "env" ], env: [ "A=1", "A=2" ] } ]' say ok
is "$out" "env A=2
ok" "PROC-07 HOOK-01 the last one counts for hooks, too"
run '.process.env = [ range(20000) | "V\(. % 10000)=\(.)" ] + [ "HOME=/h" ]' env
is "$(grep -c . <<<"$out"):$(sed -n '1p;10000p' <<<"$out" | tr '\n' ' ')" "10001:env V0=10000 env V9999=19999 " "PROC-07 among very many as well"
run '.process.env = [ "NOEQUALS" ]' say never
refused "process.env[0]" . "PROC-07 a variable without = is refused"
run '.process.env = [ "=x" ]' say never
refused "process.env[0]" . "PROC-07 a variable without a name is refused"
run '.process.env = [ 7 ]' say never
refused "process.env[0]" string "PROC-07 a variable that is no string is refused"

t "home"
mkdir -p "$B/rootfs/etc"
long=$(printf 'x%.0s' {1..5000})
# user, HOME, file
while IFS='|' read -r user want file; do
	printf '%b' "${file//LONG/$long}" >"$B/rootfs/etc/passwd"
	run ".process.user.uid = $user" env
	value "env HOME" "$want" "PROC-07 HOME of user $user, where /etc/passwd is $file"
done <<'EOF'
1000|/home/a|root:x:0:0:root:/root:/bin/sh\na:x:1000:1000::/home/a:/bin/sh\n
1000|/home/a|root:x:0:0:root:/root:/bin/sh\na:x:1000:1000::/home/a:/bin/sh
1000|/home/a|root:x:0:0:root:/root:/bin/sh\na:x:1000:1000::/home/a
0|/r|root:x:0:0:root:/r:/bin/sh
1000|/|a:x:1000:1000::
1000|/|a:x:1000
1000|/|a:x:1000:1000::home:/bin/sh
1000|/|a:x:1001:1000::/home/a:/bin/sh
1000|/home/a|LONG:x:1000:1000::/long:/bin/sh\na:x:1000:1000::/home/a
1000|/|LONGLONGa:x:1000:1000::/long:/bin/sh
1000|/|LONG\nb:x:7:7::/b:\nLONG:x:1000:1000::/long:/bin/sh
1000|/home/a|b:x:1:1::/b\000/c:/bin/sh\na:x:1000:1000::/home/a
EOF
rm "$B/rootfs/etc/passwd"
mkfifo "$B/rootfs/etc/passwd"
run '.process.user.uid = 1000' env
value "env HOME" / "PROC-07 a FIFO in its place"
rm "$B/rootfs/etc/passwd"
touch "$B/rootfs/etc/passwd"
run '.process.user.uid = 1000 | bind("/etc/passwd"; "/proc/self/clear_refs"; [])' say never
fails 'read "/etc/passwd" for the HOME of user 1000: ' "PROC-07 one that cannot be read is an error, not HOME=/"
run '.process.env += [ "HOME=/h" ] | bind("/etc/passwd"; "/proc/self/clear_refs"; [])' env
line "env HOME=/h" "PROC-07 unless HOME is given"

t "args"
run '.process.args = [ "probe", "args", ",", "say", "", ",", "say", "a b\tc\"\u00fc" ]'
like "$rc:$out" "^0:arg0=probe"$'\n'"arg1=args" "PROC-08 the program is searched in PATH; args[0] is what was given"
like "$out" 'arg7=a b\\x09c"ü' "PROC-08 arguments are passed as they are"
mkdir "$B/rootfs/second"
cp "$TEST_BIN/probe" "$B/rootfs/second/only-here"
run '.process.env = [ "PATH=/first:/second" ] | .process.args = [ "only-here", "say", "found" ]'
is "$out" found "PROC-08 PATH is that of process.env, inside the container"
run '.process.cwd = "/bin" | .process.args = [ "./probe", "say", "found" ]'
is "$out" found "PROC-08 a name with a slash is relative to cwd"
run 'del(.process.args)'
missing process.args "PROC-08 args are required"
run '.process.args = [ "" ]'
fails 'exec: "": executable file not found in \$PATH' "PROC-08 an empty name is a program that is not found, which engines exit with 127 for"
run '.process.args = []'
refused process.args . "PROC-08 args may not be empty"
run '.process.args = [ "no-such-program" ]'
fails "no-such-program.*(executable file not found|no such file or directory)" "PROC-08 a program that is not there is an error"
run '.process.args = [ "/bin/none" ]'
fails "/bin/none.*no such file or directory" "PROC-08 also as a path"
touch "$B/rootfs/bin/plain"
run '.process.args = [ "/bin/plain" ]'
fails "/bin/plain.*permission denied" "PROC-08 one that is not executable too"
run '.process.args = [ "/bin" ]'
fails "/bin.*(permission denied|is a directory)" "PROC-08 and a directory"
printf '#!/no/interpreter\n' >"$B/rootfs/bin/script"
printf 'not a program\n' >"$B/rootfs/bin/garbage"
chmod +x "$B/rootfs/bin/script" "$B/rootfs/bin/garbage"
for p in script garbage; do
	create ".process.args = [ \"/bin/$p\" ]"
	[ "$rc" = 0 ] && start
	fails "/bin/$p" "PROC-10 start reports that /bin/$p cannot be executed"
done
like "$err" "exec format error" "PROC-10 with the reason"
run '.process.args = [ "/bin/script" ]'
like "$err" "/no/interpreter|no such file" "PROC-10 a missing interpreter is named"
run '.process.args = [ "/bin/probe", "say", ("x" * 140000) ]'
fails . "PROC-08 an argument that is too long is an error"

t "before start"
create '.process.args = [ "/bin/touch", "/started" ]'
init_pid
nok "PROC-09 nothing of args has been executed after create" test -e "$B/rootfs/started"
start
ended
ok "PROC-09 it has after start" test -e "$B/rootfs/started"

t "signals"
PREFIX=("$AID" odd-signals)
run . signals
PREFIX=()
lines "blocked=
ignored=" "PROC-12 the program starts with no signal blocked or ignored"

t "no new privileges"
run '.process.noNewPrivileges = true' nnp
value nnp 1 "PROC-13 noNewPrivileges true"
run '.process.noNewPrivileges = false' nnp
value nnp 0 "PROC-13 noNewPrivileges false"
run 'del(.process.noNewPrivileges)' nnp
value nnp 0 "PROC-13 noNewPrivileges absent"
run '.process.noNewPrivileges = "yes"' say never
refused process.noNewPrivileges boolean "PROC-13 a value that is no boolean is refused"

t "OOM score"
PREFIX=(bash -c 'echo 123 >/proc/self/oom_score_adj; exec "$@"' -)
run . read /proc/self/oom_score_adj
value "read /proc/self/oom_score_adj" OK:123 "PROC-14 oomScoreAdj absent: as the caller's"
PREFIX=()
run '.process.oomScoreAdj = 0' read /proc/self/oom_score_adj
value "read /proc/self/oom_score_adj" OK:0 "PROC-14 oomScoreAdj 0"
run '.process.oomScoreAdj = 500' read /proc/self/oom_score_adj
value "read /proc/self/oom_score_adj" OK:500 "PROC-14 oomScoreAdj 500"
for v in 1001 -1001 5000; do
	run ".process.oomScoreAdj = $v" say never
	refused process.oomScoreAdj . "PROC-14 oomScoreAdj $v is refused"
done
if [ $((0x$(sed -n 's/CapEff:\t//p' /proc/self/status) >> 24 & 1)) = 0 ]; then
	run '.process.oomScoreAdj = -500' say never
	fails "oom_score_adj|oomScoreAdj" "PROC-14 one that may not be set is an error"
else
	skip "PROC-14 one that may not be set is an error" "host: this user may lower it"
fi

t "user"
run '.process.user = { uid: 1000, gid: 2000, additionalGids: [ 5, 6, 7 ] }' ids
lines "uid=1000 1000 1000
gid=2000 2000 2000
groups=5 6 7" "PROC-17 PROC-19 uid, gid, additional groups"
PREFIX=(setpriv "--groups=11,12")
run '.process.user = { uid: 1000, gid: 2000 }' ids
PREFIX=()
value groups "" "PROC-19 none of the caller's groups is kept"
PREFIX=(setpriv "--groups=11,12")
for u in '{ uid: 0 }' '{ gid: 0 }' '{}'; do
	run ".process.user = $u" ids
	lines "uid=0 0 0
gid=0 0 0" "PROC-17 what $u does not say is 0"
done
run 'del(.process.user)' ids
PREFIX=()
lines "uid=0 0 0
gid=0 0 0
groups=" "PROC-17 without a user it is root"
run '.process.user = { uid: 4294967294, gid: 4294967294 }' ids
line "uid=4294967294 4294967294 4294967294" "PROC-17 the greatest uid"
for v in 4294967295 4294967296 -1 0.5 '"0"'; do
	run ".process.user.uid = $v" say never
	refused process.user.uid . "PROC-17 uid $v is refused"
	run ".process.user.gid = $v" say never
	refused process.user.gid . "PROC-17 gid $v is refused"
	run ".process.user.additionalGids = [ 1, $v ]" say never
	refused "process.user.additionalGids[1]" . "PROC-19 additional group $v is refused"
done
run 'userns | .process.user = { uid: 70000, gid: 0 }' say never
fails "70000" "PROC-17 a uid that is not mapped is an error"
run 'userns | .process.user = { uid: 0, gid: 70000 }' say never
fails "70000" "PROC-17 so is a gid"

# Who owns what the caller gave as a standard stream, and whether it can be opened again.
t "standard streams of another user"
mkfifo "$W/fifo"
exec 8<>"$W/fifo"
# stream, how it is opened, owner afterwards
while IFS='|' read -r fd redirection want; do
	rm -f "$W/log"
	echo text >"$W/log"
	chmod 600 "$W/log" "$W/fifo"
	chown 0:7 "$W/log" "$W/fifo"
	conf '.process.user = { uid: 1000, gid: 1000 }' stat "/proc/self/fd/$fd"
	new_id
	PREFIX=(bash -c 'eval "exec \"\$@\" $0"' "$redirection")
	cl run -b "$B" "$ID"
	is "$rc:$(stat -c %u:%g "$W/log" "$W/fifo" | tr '\n' ' ')" "0:$want " "PROC-17 owners with $redirection"
done <<'EOF'
2|2>"$W/log"|1000:7 0:7
2|2>>"$W/log"|1000:7 0:7
2|2<>"$W/log"|1000:7 0:7
0|<"$W/log"|0:7 0:7
2|2>"$W/fifo"|0:7 1000:7
0|<"$W/fifo"|0:7 0:7
EOF
exec 8<&-
PREFIX=()
run '.process.user = { uid: 1000, gid: 1000 } | .process.args = [ "/bin/sh", "-c", "echo again >/dev/stdout" ]'
is "$rc:$out" "0:again" "PROC-17 so a program of another user can open a log again"
PREFIX=(bash -c '"$@" 2>&1 | cat' -)
run '.process.user = { uid: 1000, gid: 1000 } | .process.args = [ "/bin/sh", "-c", "echo again >/dev/stdout" ]'
is "$out" "again" "PROC-17 and a pipe"
run '.process.user = { uid: 1000, gid: 1000 } | .process.args = [ "/bin/sh", "-c", "echo again >/dev/stderr" ]'
is "$out" "again" "PROC-17 as standard error, too"
PREFIX=()
create . pause
start
cl exec --user 1000 "$ID" /bin/sh -c 'echo again >/dev/stdout'
is "$rc:$out" "0:again" "PROC-17 that of an exec as well"

t "umask"
umask 077
run . ids
umask 022
value umask 0022 "PROC-18 umask absent: 0022"
for v in 0 63 511; do
	run ".process.user.umask = $v" ids
	value umask "$(printf %04o $v)" "PROC-18 umask $v"
done
run '.process.user.umask = 2559' ids
value umask 0777 "PROC-18 of a umask above 0777 the lower nine bits count"

t "other platforms"
run '.process.commandLine = "x.exe" | .process.user.username = "nobody"' ids
line "uid=0 0 0" "PROC-20 commandLine and username mean nothing"

t "I/O priority"
run '.process.ioPriority = { class: "IOPRIO_CLASS_BE", priority: 6 }' sched
value ioprio "class:2 level:6" "PROC-21 best effort"
value ioprio.group "class:2 level:6" "PROC-21 of the whole process group"
run '.process.ioPriority = { class: "IOPRIO_CLASS_IDLE", priority: 0 }' sched
value_like ioprio "class:3" "PROC-21 idle"
run '.process.ioPriority = { class: "IOPRIO_CLASS_RT", priority: 0 }' sched
value ioprio "class:1 level:0" "PROC-21 real time"
run '.process.ioPriority = { class: "BOGUS", priority: 0 }' say never
refused process.ioPriority.class BOGUS "PROC-21 an unknown class is refused"
run '.process.ioPriority = { priority: 0 }' say never
missing process.ioPriority.class "PROC-21 class is required"
for v in 8 -1; do
	run ".process.ioPriority = { class: \"IOPRIO_CLASS_BE\", priority: $v }" say never
	refused process.ioPriority.priority "$v" "PROC-21 priority $v is refused"
done

t "scheduler"
run '.process.scheduler = { policy: "SCHED_BATCH", nice: 5 }' sched
value sched "policy:3 nice:5 priority:0 flags:0" "PROC-22 PROC-23 policy and nice"
run '.process.scheduler = { policy: "SCHED_OTHER", nice: 19 }' sched
value sched "policy:0 nice:19 priority:0 flags:0" "PROC-23 nice 19"
run '.process.scheduler = { policy: "SCHED_IDLE" }' sched
value_like sched "policy:5" "PROC-22 idle"
if chrt -f 1 true 2>/dev/null; then
	run '.process.scheduler = { policy: "SCHED_FIFO", priority: 10, flags: [ "SCHED_FLAG_RESET_ON_FORK" ] }' sched
	value sched "policy:1 nice:0 priority:10 flags:1" "PROC-24 PROC-25 priority and flags"
else
	skip "PROC-24 PROC-25 priority and flags" "host: no real-time scheduling"
fi
for v in '{ policy: "SCHED_BOGUS" }' '{ policy: "SCHED_ISO" }' '{ nice: 1 }' '{ policy: "SCHED_OTHER", nice: 20 }' '{ policy: "SCHED_OTHER", nice: -21 }' \
	'{ policy: "SCHED_OTHER", priority: 5 }' '{ policy: "SCHED_FIFO", priority: 100 }' '{ policy: "SCHED_OTHER", flags: [ "BOGUS" ] }' \
	'{ policy: "SCHED_OTHER", runtime: 1000000 }'; do
	run ".process.scheduler = $v" say never
	fails "process\.scheduler" "PROC-22 PROC-23 PROC-24 PROC-25 scheduler $v is refused"
done

# a kernel without CONFIG_UCLAMP_TASK has the flags and refuses them
run '.process.scheduler = { policy: "SCHED_OTHER", flags: [ "SCHED_FLAG_UTIL_CLAMP_MIN" ] }' sched
if [ "$rc" = 0 ]; then
	value sched "policy:0 nice:0 priority:0 flags:32" "PROC-25 a clamp of utilization"
else
	fails "process\.scheduler: set policy 0.*SCHED_FLAG_UTIL_CLAMP_MIN .* kernel 5\.3 with CONFIG_UCLAMP_TASK" "PROC-25 a clamp that the kernel lacks: it is named"
fi

# numbers of system calls (of amd64), errno, what asks for it: the error says what is missing, and the kernel that has it
t "what the kernel lacks"
[ "$(uname -m)" != x86_64 ] || while IFS='|' read -r number error filter want; do
	PREFIX=("$AID" without "$number" "$error")
	run "$filter" say never
	fails "$want" "CFG-05 $want"
done <<'END'
238|38|.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0" }|linux\.memoryPolicy: .*function not implemented.*CONFIG_NUMA
238|22|.linux.memoryPolicy = { mode: "MPOL_WEIGHTED_INTERLEAVE", nodes: "0" }|MPOL_WEIGHTED_INTERLEAVE needs kernel 6\.9
238|22|.linux.memoryPolicy = { mode: "MPOL_PREFERRED_MANY", nodes: "0" }|MPOL_PREFERRED_MANY needs kernel 5\.15
238|22|.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0", flags: [ "MPOL_F_NUMA_BALANCING" ] }|MPOL_F_NUMA_BALANCING needs kernel 5\.12
314|1|.process.scheduler = { policy: "SCHED_FIFO", priority: 1 }|process\.scheduler: .*needs CAP_SYS_NICE
314|16|.process.scheduler = { policy: "SCHED_DEADLINE", runtime: 10000000, deadline: 10000000, period: 10000000 }|no time left for this runtime
272|22|ns("time")|create a time namespace \(kernel 5\.6, CONFIG_TIME_NS\)
321|38|.|CONFIG_BPF_SYSCALL
435|38|.|clone init: function not implemented.*Linux 5\.14 is needed
437|38|.|function not implemented.*Linux 5\.14 is needed
442|38|.|function not implemented.*Linux 5\.14 is needed
317|22|.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", flags: [ "SECCOMP_FILTER_FLAG_LOG" ], syscalls: [ { names: [ "mkdir" ], action: "SCMP_ACT_ERRNO" } ] }|SECCOMP_FILTER_FLAG_LOG.*needs kernel 4\.14 with CONFIG_SECCOMP_FILTER
END
PREFIX=()
run '.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "7" }' say never
[ -e /sys/devices/system/node/node7 ] || fails "linux\.memoryPolicy: .*has_memory" "MPOL-02 a node that is not there is an error"

t "personality"
run '.linux.personality = { domain: "LINUX32" }' uts
value machine i686 "PROC-28 LINUX32"
run '.linux.personality = { domain: "LINUX" }' uts
value machine "$(uname -m)" "PROC-28 LINUX"
run '.linux.personality = { domain: "BOGUS" }' say never
refused linux.personality.domain BOGUS "PROC-28 an unknown domain is refused"
run '.linux.personality = {}' say never
missing linux.personality.domain "PROC-28 domain is required"
run '.linux.personality = { domain: "LINUX", flags: [ "X" ] }' say never
refused "linux.personality.flags" . "PROC-29 a flag is refused: none is defined"
run '.linux.personality = { domain: "LINUX", flags: [] }' say ok
is "$out" ok "PROC-29 an empty list of flags is not"

t "CPU affinity of exec"
run '.process.execCPUAffinity = { initial: "x-y" }' say never
refused process.execCPUAffinity.initial . "PROC-27 a bad list is refused"
run '.process.execCPUAffinity = { final: "0,99999" }' say never
refused process . "PROC-27 so is a number that is too large, although it is for exec"
run '.process.execCPUAffinity = { initial: "0", final: "0" }' say ok
is "$rc:$out" "0:ok" "PROC-27 a good one does not matter to init"

# The processors that all of this cgroup's may use: what the kernel gives to who asks for all.
t "CPU affinity"
cpus=$(taskset -a ffffffff bash -c 'sed -n "s/Cpus_allowed_list:\t//p" /proc/self/status')
cpu=${cpus%%[-,]*}
PREFIX=(taskset -c "$cpu")
run . read /proc/self/status
like "$out" "Cpus_allowed_list:\\\\x09$cpus\\\\n" "PROC-27 the processors that the caller is bound to do not bind the container"
run ".process.execCPUAffinity = { initial: \"$cpu\", final: \"$cpu\" }" read /proc/self/status
like "$out" "Cpus_allowed_list:\\\\x09$cpus\\\\n" "PROC-27 nor does what is for exec"
PREFIX=()
if [ "$(uname -m)" = x86_64 ]; then
	PREFIX=("$AID" without 203 1)
	run . say ok
	is "$rc:$out" 0:ok "PROC-27 where it may not be changed, the program runs"
	warns "stays on the processors that the caller is bound to: set the CPUs: .*not permitted" "PROC-27 with a warning"
	create . pause
	start
	cl exec "$ID" /bin/probe say ok
	PREFIX=()
	is "$rc:$out" 0:ok "PROC-27 that of an exec as well"
	warns "stays on the processors" "PROC-27 with a warning, too"
fi

t "limits"
run '.process.rlimits = [ { type: "RLIMIT_NOFILE", soft: 100, hard: 200 }, { type: "RLIMIT_CORE", soft: 0, hard: 0 },
	{ type: "RLIMIT_STACK", soft: 4194304, hard: "INFINITY" }, { type: "RLIMIT_AS", soft: "2^63", hard: "2^63" } ]' rlimits
sed -i 's/"INFINITY"/18446744073709551615/; s/"2^63"/9223372036854775808/' "$B/config.json"
rerun
lines "rlimit.NOFILE=100 200
rlimit.CORE=0 0
rlimit.AS=9223372036854775808 9223372036854775808" "RLIM-03 soft and hard are set exactly"
value rlimit.STACK "4194304 18446744073709551615" "RLIM-03 2^64-1 is infinity"
run '.process.user = { uid: 5, gid: 5 } | .process.rlimits = [ { type: "RLIMIT_NOFILE", soft: 100, hard: 200 } ]' rlimits
line "rlimit.NOFILE=100 200" "RLIM-03 another user's are lowered without CAP_SYS_RESOURCE"
run '.process.rlimits = []' say ok
is "$rc:$out" "0:ok" "RLIM-01 there may be none"
for n in AS CORE CPU DATA FSIZE LOCKS MEMLOCK MSGQUEUE NICE NOFILE NPROC RSS RTPRIO RTTIME SIGPENDING STACK; do
	run . rlimits
	val "rlimit.$n"
	read -r soft hard <<<"$REPLY"
	conf ".process.rlimits = [ { type: \"RLIMIT_$n\", soft: \"SOFT\", hard: \"HARD\" } ]" rlimits
	sed -i "s/\"SOFT\"/$soft/; s/\"HARD\"/$hard/" "$B/config.json"
	rerun
	value "rlimit.$n" "$soft $hard" "RLIM-01 RLIMIT_$n"
done
# its output goes into a pipe
PREFIX=(bash -c '"$@" | cat' -)
run '.process.user = { uid: 7, gid: 7 } | .process.rlimits = [ { type: "RLIMIT_FSIZE", soft: 0, hard: 0 }, { type: "RLIMIT_NPROC", soft: 0, hard: 0 } ]
	| .hooks = { startContainer: [ { path: "/bin/sh", args: [ "sh", "-c", "cat >/dev/null" ] } ] }' rlimits
lines "rlimit.FSIZE=0 0
rlimit.NPROC=0 0" "RLIM-03 HOOK-09 no files and no processes: that is for the program, not for a startContainer hook"
PREFIX=()
for v in '"RLIMIT_BOGUS"' '"nofile"' '"NOFILE"' '"rlimit_nofile"' '""' 7; do
	run ".process.rlimits = [ { type: $v, soft: 1, hard: 1 } ]" say never
	refused "process.rlimits[0].type" . "RLIM-01 limit $v is refused"
done
run '.process.rlimits = [ { type: "RLIMIT_NOFILE", soft: 9, hard: 9 }, { type: "RLIMIT_CORE", soft: 0, hard: 0 }, { type: "RLIMIT_NOFILE", soft: 8, hard: 8 } ]' say never
refused "process.rlimits[2].*" RLIMIT_NOFILE "RLIM-02 a limit given twice is refused"
run '.process.rlimits = [ { type: "RLIMIT_NOFILE", soft: 0 } ]' say never
missing "process.rlimits[0].hard" "RLIM-03 hard is required"
run '.process.rlimits = [ { type: "RLIMIT_NOFILE", hard: 10 } ]' say never
missing "process.rlimits[0].soft" "RLIM-03 soft is required"
run '.process.rlimits = [ { type: "RLIMIT_NOFILE", soft: 11, hard: 10 } ]' say never
refused "process.rlimits[0].*" . "RLIM-03 soft above hard is refused"
if [ $((0x$(sed -n 's/CapEff:\t//p' /proc/self/status) >> 24 & 1)) = 0 ]; then
	PREFIX=(bash -c 'ulimit -n 500; exec "$@"' -)
	run '.process.rlimits = [ { type: "RLIMIT_NOFILE", soft: 1000, hard: 1000 } ]' say never
	PREFIX=()
	fails "RLIMIT_NOFILE" "RLIM-04 a hard limit that may not be raised is an error"
else
	skip "RLIM-04 a hard limit that may not be raised is an error" "host: this user may raise it"
fi

t "labels of security modules that are off"
label=system_u:system_r:container_t:s0
if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; then
	skip "PROC-15 an AppArmor profile without AppArmor" "host: AppArmor is on"
else
	run '.process.apparmorProfile = "bogus"' say ok
	is "$rc:$out" "0:ok" "PROC-15 an AppArmor profile without AppArmor is left out"
	like "$err" "^crun-lite: warning: process\.apparmorProfile \"bogus\" is ignored: AppArmor is not active on this host$" "PROC-15 with a warning"
	run '.process.apparmorProfile = "unconfined"' say ok
	is "$rc:$out:$err" "0:ok:" "PROC-15 but for one that asks for nothing"
	create '.process.apparmorProfile = "bogus"' pause
	start
	cl exec "$ID" /bin/probe say ok
	is "$rc:$out:$err" "0:ok:" "PROC-15 exec into it says nothing again"
	cl exec --apparmor other "$ID" /bin/probe say ok
	is "$rc:$out" "0:ok" "PROC-15 exec --apparmor without AppArmor"
	like "$err" "^crun-lite: warning: AppArmor profile \"other\" is ignored: AppArmor is not active on this host$" "PROC-15 with a warning"
fi

if [ -d /sys/fs/selinux ] && mountpoint -q /sys/fs/selinux; then
	skip "PROC-16 an SELinux label without SELinux" "host: SELinux is on"
else
	run ".process.selinuxLabel = \"$label\" | .linux.mountLabel = \"$label\"" say ok
	is "$rc:$out" "0:ok" "PROC-16 LBL-01 SELinux labels without SELinux are left out"
	for p in process.selinuxLabel linux.mountLabel; do
		like "$err" "crun-lite: warning: $p \"$label\" is ignored: SELinux is not active on this host"$'(\n|$)' "PROC-16 LBL-01 with a warning: $p"
	done
	create ".process.selinuxLabel = \"$label\"" pause
	start
	cl exec "$ID" /bin/probe say ok
	is "$rc:$out:$err" "0:ok:" "PROC-16 exec into it says nothing again"
	cl exec --process-label "$label" "$ID" /bin/probe say ok
	is "$rc:$out" "0:ok" "PROC-16 exec --process-label without SELinux"
	like "$err" "^crun-lite: warning: SELinux label \"$label\" is ignored: SELinux is not active on this host$" "PROC-16 with a warning"
fi
for p in process.apparmorProfile process.selinuxLabel linux.mountLabel; do
	run ".$p = 7" say never
	refused "$p" "must be a string, not 7" "PROC-15 PROC-16 LBL-01 $p of another type"
done

t "session keyring"
run . keyring
like "$out" "keyring=(_ses\.|_ses|[^_])|keyring=E" "CAP-06 the program has a session keyring of its own"
unlike "$out" "keyring=_uid_ses" "CAP-06 not the user's"

finish

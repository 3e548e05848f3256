#!/bin/bash
# exec.t - another program in a container
. "${0%/*}/lib.sh"

# in PROBE-ARGUMENT... - exec of the probe in the container; EXEC holds options
in_it() { cl exec ${EXEC[@]+"${EXEC[@]}"} "$ID" /bin/probe "$@"; }
# running FILTER - a container that runs
running() {
	create "$1" say ready , pause
	start && said ready
	init_pid
	EXEC=()
}

t "where it is"
running .
in_it ns , pid , cwd
succeeds "exec in a running container"
for n in mnt net ipc uts pid cgroup; do
	like "$out" "$n.*$(readlink "/proc/$PID/ns/$n" | tr -dc 0-9)" "it is in the container's $n namespace"
done
line "cwd=/" "the working directory is the container's"
in_it stat /bin/probe , mount /proc
succeeds "the root is the container's"
in_it fds
value fds "0 1 2" "no descriptor but the standard ones is open"
cl exec "$ID" busybox cut -d" " -f1,6 /proc/self/stat
is "$rc:${out#* }" "0:${out% *}" "it leads a session of its own"
in_it signals
line "blocked=" "no signal is blocked"
is "$(wc -l <"$CG/$ID/cgroup.procs")" 1 "nothing is left in the cgroup when it has ended"

t "a container that waits for start"
create . pause
cl exec "$ID" busybox readlink /proc/1/fd/0
is "$rc:$out" "1:" "a program of the same user cannot look into the descriptors of init"
cl exec "$ID" busybox ls -l /proc/1/root/
like "$rc:$err" "^1:.*[Pp]ermission denied" "nor through its root directory"

t "exit status"
running .
in_it exit 7
is "$rc" 7 "the program's exit status is that of exec"
in_it die 9
is "$rc" 137 "128 + the signal that ended it"
cl exec "$ID" nosuch
is "$rc" 255 "255 when the program is not there"
like "$err" "executable file not found" "with the words engines look for"
cl exec "$ID" /bin
is "$rc" 255 "255 for a directory"
like "$err" "is a directory" "and it says so"
cl exec nosuch /bin/probe
is "$rc" 255 "255 when the container is not there"
like "$err" "does not exist" "with the words engines look for"
cl exec --frobnicate "$ID" /bin/probe
is "$rc" 1 "1 for a wrong option"
cl exec "$ID"
is "$rc" 255 "255 without a command"
cl exec "$ID" /bin/probe args -l --tty
like "$out" "-l.*--tty|--tty" "options end at the container's id"
is "$(wc -l <"$CG/$ID/cgroup.procs")" 1 "a program that cannot be run leaves no process behind"

# a tracer that never looks keeps the zombie from its parent
t "a program that somebody traces"
create . pause
start
job "$CRUN_LITE" --root "$STATE" exec "$ID" /bin/probe pause
exec_job=$JOB
job_said ready
PID=$(cat "/proc/$JOB/task/$JOB/children")
PID=${PID% }
mkfifo "$B/fifo"
job bash -c 'exec "$@" <>"$0"' "$B/fifo" "$AID" trace "$PID"
tracer=$JOB
job_said traced
kill -KILL "$PID"
JOB=$exec_job
ok "exec does not wait for the tracer" "$AID" wait-pid "$JOB"
job_ended
is "$rc" 137 "and tells how the program has ended"
echo >"$B/fifo"
JOB=$tracer
job_ended

t "no zombies"
# the container's first process reaps nobody: whatever is not reaped by exec stays for ever
running .
mkdir -p "$B/rootfs/app"
printf '#!/no/such\n' >"$B/rootfs/app/late"
chmod 755 "$B/rootfs/app/late"
for p in nosuch /no/such /bin /app/late "--detach nosuch" "--detach /app/late" "--tty nosuch" "--cwd /nowhere true" "--pid-file /no/such/file sleep 1000" \
	"--timeout 60 nosuch" "--pidfd-socket $W/nobody sleep 1000"; do
	# shellcheck disable=SC2086 # options and a program
	case $p in
	--*) cl exec ${p% *} "$ID" ${p##* } ;;
	*) cl exec "$ID" "$p" ;;
	esac
	is "$rc" 255 "exec $p fails"
done
cl exec "$ID" sh -c 'cat /proc/[0-9]*/stat'
is "$(grep -c ') Z ' <<<"$out")" 0 "none of them leaves a zombie, as seen from inside"
is "$(wc -l <<<"$out")" 2 "nor any other process"
cl kill "$ID" KILL
"$AID" wait-pid "$PID"
status_is stopped "so the container can end"

t "other ways in"
# with the host's pid namespace nobody is in between; a time namespace wants memory of one's own
for f in 'nons("pid")' 'ns("time")' 'userns | ns("time")' 'nons("cgroup")'; do
	running "$f"
	in_it exit 3
	is "$rc" 3 "$f: the program's exit status"
	in_it fds
	value fds "0 1 2" "$f: no descriptor of the host"
	cl exec "$ID" nosuch
	is "$rc" 255 "$f: 255 when the program is not there"
	like "$err" "executable file not found" "$f: and why"
	cl exec --timeout 0.1 "$ID" sleep 1000
	is "$rc" 124 "$f: a timeout"
	is "$(cat "$CG/$ID/cgroup.procs")" "$PID" "$f: nothing is left of them"
done

t "a hundred at a time"
running .
for ((i = 0; i < 100; i++)); do
	job "$CRUN_LITE" --root "$STATE" exec "$ID" /bin/probe say "number $i"
	crowd[i]=$JOB crowd_out[i]=$JOBOUT
done
good=0
for ((i = 0; i < 100; i++)); do
	JOB=${crowd[i]} JOBOUT=${crowd_out[i]}
	job_ended
	if [ "$rc:$out" = "0:number $i" ]; then good=$((good + 1)); else note "$out"; fi
done
is "$good" 100 "all of them run"
is "$(cat "$CG/$ID/cgroup.procs")" "$PID" "and nothing of them is left"

t "who it is"
running '.process.user = { uid: 5, gid: 6, additionalGids: [ 7 ] } | .process.env = [ "A=1", "B=2", "PATH=/bin" ]'
in_it ids , env
lines "uid=5 5 5
gid=6 6 6
env A=1
env B=2" "user and environment are the container's"
EXEC=(--user 8:9 -e B=3 --env C=4 -g 10 --cwd /tmp)
in_it ids , env , cwd
lines "uid=8 8 8
gid=9 9 9
env B=3
env C=4
cwd=/tmp" "but for what the options say"
unlike "$out" "^env B=2" "a variable is replaced"
for u in -1 4294967295 4294967296 "" " 1" 1abc 0x1 1: :1 +1 root; do
	cl exec --user "$u" "$ID" /bin/probe ids
	[ -n "$u" ] || continue
	is "$rc" 255 "a user \"$u\" is refused"
done
EXEC=(--cwd nowhere)
in_it cwd
is "$rc" 255 "a relative --cwd is refused"

t "capabilities"
running 'caps([ "CAP_KILL" ])'
in_it caps
lines "cap.bounding=0000000000000020
cap.effective=0000000000000020
cap.inheritable=0000000000000000
cap.ambient=0000000000000000" "they are the container's, none is inheritable"
EXEC=(--cap CAP_CHOWN)
in_it caps
lines "cap.bounding=0000000000000021
cap.effective=0000000000000021
cap.inheritable=0000000000000000
cap.ambient=0000000000000000" "--cap adds one, and not to the inheritable set"
for c in CHOWN chown cap_chown; do
	EXEC=(-c "$c")
	in_it caps
	line "cap.permitted=0000000000000021" "--cap $c means the same"
done
EXEC=(--cap FROB)
in_it caps
line "cap.permitted=0000000000000020" "one that no kernel has is left out"
is "$err" 'crun-lite: warning: --cap: unknown capability "FROB" is ignored' "with one warning"
EXEC=(--no-new-privs)
in_it nnp
value nnp 1 "--no-new-privs"

t "process file"
running .
echo '{ "args": [ "/bin/probe", "ids", ",", "args" ], "cwd": "/", "user": { "uid": 3, "gid": 4 }, "env": [ "X=1" ] }' >"$W/process"
cl exec --process "$W/process" "$ID"
lines "uid=3 3 3
gid=4 4 4" "--process"
echo '{ "args": [ "/bin/probe", "ids", ",", "env" ], "cwd": "/", "env": [ "X=1", "HOME=", "X=2" ] }' >"$W/process"
cl exec --process "$W/process" "$ID"
lines "uid=0 0 0
gid=0 0 0
env X=2
env HOME=/root" "a file without a user: root; of a variable that is there twice the last one"
echo '{ "args": [ "/bin/probe", "say", "from a pipe" ], "cwd": "/" }' >"$W/process"
cl exec --process <(cat "$W/process") "$ID"
is "$rc:$out" "0:from a pipe" "a file that is <(command) of a shell"
cl exec "$ID" ""
like "$rc:$err" '^255:.*exec: "": executable file not found in \$PATH' "an empty name is not found"
echo '{ "args": [], "cwd": "here" }' >"$W/process"
cl exec --process "$W/process" "$ID"
is "$rc" 255 "a wrong process file is refused"
like "$err" "process:1:[0-9]+: args" "with the place of what is wrong"
like "$err" "process:1:[0-9]+: cwd" "all of it"

t "CPUs"
running .
cpus=$(taskset -a ffffffff sed -n 's/Cpus_allowed_list:\t//p' /proc/self/status)
for which in initial final; do
	echo '{ "args": [ "/bin/probe", "read", "/proc/self/status" ], "cwd": "/", "user": { "uid": 0, "gid": 0 }, "execCPUAffinity": { "'$which'": "0" } }' >"$W/process"
	cl exec --process "$W/process" "$ID"
	# the first ones hold until it is in the cgroup
	want=$([ $which = final ] && echo 0 || echo "$cpus")
	like "$out" "Cpus_allowed_list:\\\\x09$want\\\\n" "PROC-27 $which CPUs of an exec"
	sed -i 's/"0" }/"1023" }/' "$W/process"
	cl exec --process "$W/process" "$ID"
	like "$rc:$err" "^255:.*process\.execCPUAffinity\.$which: set the CPUs \(of those in /sys/devices/system/cpu/online\): invalid argument" "PROC-27 $which CPUs that are not there"
done

PREFIX=(taskset -c 0)
cl exec "$ID" /bin/probe read /proc/self/status
PREFIX=()
like "$out" "Cpus_allowed_list:\\\\x09$cpus\\\\n" "PROC-27 those that the caller is bound to do not bind it"

# every field of process, and of linux what a process takes on by itself
t "all that the process is configured with"
all='.process.user = { uid: 5, gid: 6, additionalGids: [ 7 ], umask: 63 } | .process.rlimits = [ { type: "RLIMIT_NOFILE", soft: 100, hard: 200 } ]
	| .process.noNewPrivileges = true | .process.oomScoreAdj = 444 | .process.scheduler = { policy: "SCHED_BATCH", nice: 5 }
	| .process.ioPriority = { class: "IOPRIO_CLASS_BE", priority: 6 } | .process.env += [ "A=1" ] | .process.cwd = "/tmp"
	| .process.capabilities = { bounding: [ "CAP_KILL" ], permitted: [ "CAP_KILL" ], inheritable: [ "CAP_KILL" ], ambient: [ "CAP_KILL" ] }
	| .linux.personality = { domain: "LINUX32" }'
[ ! -e /proc/self/numa_maps ] || all+=' | .linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0" }'
read -ra what <<<"ids , rlimits , nnp , read /proc/self/oom_score_adj , sched , env , cwd , caps , uts"
run "$all" "${what[@]}"
first=$out
like "$first" "uid=5.*oom_score_adj=OK:444.*policy:3 nice:5.*class:2 level:6.*machine=i686" "the container's first program has it"
running "$all"
in_it "${what[@]}"
is "$out" "$first" "a program that exec runs has all of it"
detached() { cl exec --detach "$ID" /bin/sh -c "/bin/probe ${what[*]} >/tmp/said; echo >>/tmp/said"; }
mkdir -p "$B/rootfs/tmp"
chmod 777 "$B/rootfs/tmp"
detached
"$AID" wait-text "$B/rootfs/tmp/said" machine=i686
like "$(<"$B/rootfs/tmp/said")" "oom_score_adj=OK:444.*policy:3 nice:5.*class:2 level:6.*machine=i686" "so has one that is detached"
rm "$B/rootfs/tmp/said"
echo '{ "args": [ "/bin/probe", "sched", ",", "uts", ",", "read", "/proc/self/oom_score_adj" ], "cwd": "/", "oomScoreAdj": 555 }' >"$W/process"
cl exec --process "$W/process" "$ID"
like "$out" "policy:0 nice:0.*class:[02].*machine=i686.*oom_score_adj=OK:555" "of a process file what is in it, and what linux says of every process"
[ ! -e /proc/self/numa_maps ] || like "$out" "mempolicy=2 1" "its memory policy, too"

t "limits that cannot be set"
if strace -qq -o /dev/null true 2>/dev/null; then
	running '.process.rlimits = [ { type: "RLIMIT_NPROC", soft: 4000, hard: 4000 } ]'
	: >"$W/trace"
	# lowered when exec has seen that all limits are below its own, and needs no message to set them
	job strace -qq -o "$W/trace" -e trace=socketpair -e inject=socketpair:signal=STOP:when=1 "$CRUN_LITE" --root "$STATE" exec "$ID" /bin/probe rlimits
	"$AID" wait-text "$W/trace" SIGSTOP
	p=$(pgrep -P "$JOB")
	prlimit --pid "$p" --nproc=3000:3000
	kill -CONT "$p"
	job_ended
	if [ "$rc" = 0 ]; then
		line "rlimit.NPROC=4000 4000" "the limit is set"
	else
		like "$rc:$out" "^255:.*process.rlimits\[0\]: set RLIMIT_NPROC to 4000 \(hard 4000\): operation not permitted" "an error, also without a message in between"
	fi
else
	skip "limits that cannot be set" "host: strace cannot trace here"
fi

t "the same filter"
running '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "mkdir", "mkdirat" ], action: "SCMP_ACT_ERRNO", errnoRet: 28 } ] }'
in_it mkdir /tmp/x
line "mkdir /tmp/x=ENOSPC" "the seccomp filter of the container holds for it"
rm -rf "$B/config.json"
in_it mkdir /tmp/x
line "mkdir /tmp/x=ENOSPC" "also when the bundle has changed"

t "the process that is kept"
# change FILTER - the state, as other versions or a broken disk may leave it
change() { jq -c "$1" "$STATE/$ID/state.json" >"$W/changed" && cp "$W/changed" "$STATE/$ID/state.json"; }
create '.process.env += [ "KEPT=1" ]' pause
change 'del(.processStart, .processEnd)'
in_it env
like "$out" "KEPT=1" "it is found without being told where it is"
change '.processStart = 1 | .processEnd = 1000000'
in_it env
like "$rc:$err" "^255:.*the configuration kept in the state directory is damaged" "a place that does not exist"
change '.processStart = 2 | .processEnd = 9'
in_it env
like "$rc:$err" "^255:.*process of config\.json:1:" "one that is not its own"
create 'del(.process)'
cl exec "$ID" /bin/probe cwd
line "cwd=/" "a container without a process"
cl delete --force "$ID"

t "states"
create . pause
init_pid
in_it pid
succeeds "exec in a created container"
start
kill -KILL "$PID"
"$AID" wait-pid "$PID"
in_it pid
is "$rc" 255 "not in a stopped one"
like "$err" "container not running" "and it says why"

t "paused"
running .
echo 1 >"$CG/$ID/cgroup.freeze"
"$AID" wait-text "$CG/$ID/cgroup.events" "frozen 1"
in_it pid
is "$rc" 255 "not in a paused container"
like "$err" "paused.*ignore-paused" "and it names the option"
# vfork(2) would wait for the frozen child, and end for SIGKILL only
job "$CRUN_LITE" --root "$STATE" exec --ignore-paused "$ID" /bin/probe say never
ok "a process of exec is frozen" spin grep -q . "/proc/$JOB/task/$JOB/children"
kill -TERM "$JOB"
ok "exec ends for a signal" "$AID" wait-pid "$JOB"
job_ended
like "$rc:$out" "^143:.*interrupted by signal 15" "and says so"
mkdir "$CG/$ID/sub"
job "$CRUN_LITE" --root "$STATE" exec --ignore-paused --cgroup sub "$ID" /bin/probe say thawed
"$AID" wait-text "$CG/$ID/sub/cgroup.events" "populated 1"
is "$(cat "$JOBOUT")" "" "with --ignore-paused it waits"
echo 0 >"$CG/$ID/cgroup.freeze"
job_ended
is "$rc" 0 "until the container is resumed"
is "$out" "thawed" "and then runs"
rmdir "$CG/$ID/sub"

t "detached"
running .
EXEC=(--detach --pid-file "$W/pid")
in_it pause
succeeds "--detach returns"
p=$(cat "$W/pid")
ok "the pid file has the program's pid" grep -qx "$p" "$CG/$ID/cgroup.procs"
cl delete --force "$ID"
"$AID" wait-pid "$p"
ok "it ends with the container" true

t "pidfd socket"
running .
job "$AID" pidfd "$W/pidfd"
job_said ready
EXEC=(--pidfd-socket "$W/pidfd" --pid-file "$W/pid" --detach)
in_it pause
succeeds "--pidfd-socket"
job_ended
lines "message=setns
pid=$(cat "$W/pid")" "it is sent a pidfd of the program, and the word setns"

t "terminal"
running .
rm -f "$W/console"
job "$AID" console "$W/console"
job_said ready
EXEC=(--tty --console-socket "$W/console")
in_it tty
job_ended
like "$out" "isatty=1 1 1" "--tty with a console socket"
EXEC=(--detach --tty)
in_it tty
is "$rc" 255 "a detached terminal needs a console socket"

t "cgroup"
running .
mkdir -p "$CG/$ID/sub/sub"
for c in sub /sub ./sub/ cpu:sub cpu,memory:/sub "cpu:sub --cgroup memory:sub"; do
	# shellcheck disable=SC2206 # the last one is three words
	EXEC=(--cgroup $c)
	in_it read /proc/self/cgroup
	like "$out" '0::/sub$' "--cgroup $c runs it in a cgroup below the container's"
done
EXEC=(--cgroup sub/sub)
in_it read /proc/self/cgroup
like "$out" '0::/sub/sub$' "also deeper"
EXEC=(--cgroup /)
in_it read /proc/self/cgroup
like "$out" '0::/$' "/ is that of the container"
for c in .. ../.. sub/../.. sub/.. cpu:..; do
	EXEC=(--cgroup "$c")
	in_it pid
	is "$rc" 255 "--cgroup $c is refused"
	like "$err" 'bad sub cgroup path ".*": --cgroup must not contain "\.\."' "because of its dots"
done
EXEC=(--cgroup nosuch)
in_it pid
is "$rc" 255 "it must exist"
like "$err" '--cgroup "nosuch": .*no such file or directory' "and what does not is named"
EXEC=(--cgroup cpu:sub --cgroup memory:sub/sub)
in_it pid
is "$rc" 255 "two paths are refused"
like "$err" '"cpu:sub" and "memory:sub/sub": there is one hierarchy' "by name"
EXEC=(--cgroup a:b:c)
in_it pid
is "$rc" 255 "two colons are refused"
like "$err" "must be PATH or CONTROLLER:PATH" "with what is expected"
if echo +hugetlb 2>/dev/null >"$CG/$ID/sub/cgroup.subtree_control"; then
	EXEC=(--cgroup sub)
	in_it pid
	is "$rc" 255 "not into one that hands controllers on"
	like "$err" "hands controllers to its children.*device or resource busy" "and that is told"
else
	skip "not into one that hands controllers on" "host: no controller hugetlb in cgroup v2"
	skip "and that is told" "host: no controller hugetlb in cgroup v2"
fi
rmdir "$CG/$ID/sub/sub" "$CG/$ID/sub"

t "user namespace"
running userns
in_it ids , ns
succeeds "exec in a user namespace"
line "uid=0 0 0" "as its root"

t "no mount namespace"
running nomntns
in_it stat /bin/probe , mount /proc
succeeds "exec where the root is a tree of its own"
line "stat /bin/probe=- 0755 0:0 0:0" "sees that tree"

t "descriptors"
running .
exec 5<"$B/config.json"
EXEC=()
in_it fds
value fds "0 1 2" "what the caller leaves open is not passed on"
EXEC=(--preserve-fds 3)
PREFIX=(bash -c 'exec "$@" 3</dev/null 4</dev/null' -)
in_it fds
PREFIX=()
exec 5<&-
value fds "0 1 2 3 4 5" "--preserve-fds passes on what is named"
echo '{ "args": [ "/bin/probe", "fds" ], "cwd": "/", "user": { "uid": 0, "gid": 0 } }' >"$W/process"
execute "$W/out" "$W/err" bash -c 'exec "$@" 3</dev/null' - "$CRUN_LITE" --root "$STATE" exec --preserve-fds 1 --process "$W/process" "$ID"
value fds "0 1 2 3" "also beside --process"
cl exec --preserve-fds 1 "$ID" /bin/probe fds
value fds "0 1 2" "what is not open is not passed on"

finish

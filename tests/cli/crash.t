#!/bin/bash
# crash.t - the runtime killed at any moment, system calls that fail at any moment, and kernels that lack something
#
# Killed (strace injects SIGKILL into the runtime alone): delete --force succeeds afterwards, and nothing is left. Failing
# (strace -f, in init as well): the command ends in time, with a sentence, having cleaned up behind itself. Each line of the output is
# a system call, with every call of it that the command makes, up to a limit for those that are all alike.
. "${0%/*}/lib.sh"

strace -qq -o /dev/null true 2>/dev/null || skip_all "host: strace cannot trace here"

# counts FILE - calls of each system call in a trace, the largest number of one process, into count
declare -A count
counts() {
	local call n
	count=()
	while read -r n call; do
		[ "${count[$call]:-0}" -ge "$n" ] || count[$call]=$n
	done < <(sed -nE 's/^([0-9]+ +)?([a-z0-9_]+)\(.*/\1\2/p' "$1" | sort | uniq -c | awk '{ print $1, $NF }')
}

# at CALL N EFFECT COMMAND... - the command of the runtime, with the effect on the Nth call
at() {
	PREFIX=(strace -qq "${follow[@]}" -o /dev/null -e "trace=$1" -e "inject=$1:$3:when=$2")
	cl "${@:4}"
	PREFIX=()
	# strace speaks up when the tracee was gone before it could change the result
	while [[ "$err" = strace:*$'\n'* ]]; do err=${err#*$'\n'}; done
}
follow=()

# clean WHAT - nothing may be there now; what is goes to wrong, and away
clean() {
	leaks
	[ -n "$REPLY" ] || return 0
	wrong+=("$1 leaves: $REPLY")
	for d in "$STATE"/*; do "$CRUN_LITE" --root "$STATE" delete --force -- "${d##*/}" >/dev/null 2>&1; done
	others
	for p in $REPLY; do kill -KILL "$p" && "$AID" wait-pid "$p"; done
	find "$CG" -mindepth 1 -depth -type d ! -name self -exec rmdir {} + 2>/dev/null
	rm -rf "${STATE:?}"/*
}

# verdict DESCRIPTION
verdict() {
	if [ ${#wrong[@]} = 0 ]; then pass "$1"; else fail "$1" "${wrong[@]:0:5}"; fi
	wrong=()
}
wrong=()

# killed PREPARE COMMAND... - kill the command at all its calls; PREPARE makes the container that it is for ("" for none). ID is a word of the
# command that stands for the container.
killed() {
	local prepare=$1 call n points=0
	shift
	new_id
	[ -z "$prepare" ] || $prepare
	PREFIX=(strace -qq -o "$W/trace")
	cl "${@/#ID/$ID}"
	PREFIX=()
	cl delete --force "$ID"
	counts "$W/trace"
	for call in mkdirat openat openat2 renameat renameat2 unlinkat write flock bpf socket bind connect socketpair clone3 sendmsg recvmsg recvfrom poll ppoll fchdir faccessat2 \
		statfs pidfd_open pidfd_send_signal waitid prlimit64 execveat mount_setattr ftruncate rmdir exit_group; do
		for ((n = 1; n <= ${count[$call]:-0}; n++)); do
			case $call:$n in
			# the loader of the C library, and what only repeats
			openat:[1-9] | statfs:[2-9] | pidfd_open:[3-9] | ppoll:[3-9] | fchdir:[3-9]) continue ;;
			esac
			new_id
			[ -z "$prepare" ] || $prepare
			at "$call" "$n" signal=KILL "${@/#ID/$ID}"
			[ "$rc" = 137 ] || wrong+=("$call $n: exit status $rc $err")
			cl delete --force "$ID"
			[ "$rc" = 0 ] || wrong+=("$call $n: delete --force: $err")
			clean "$call $n"
			points=$((points + 1))
		done
		[ "${count[$call]:-0}" = 0 ] || verdict "${1/--/delete --} killed at $call"
	done
	ok "$points moments" test "$points" -gt 10
}

# shellcheck disable=SC2317 # called by name
created() { "$CRUN_LITE" --root "$STATE" create -b "$B" "$ID" >"$B/out" 2>&1 </dev/null; }
# shellcheck disable=SC2317 # called by name
running() { "$CRUN_LITE" --root "$STATE" run -d -b "$B" "$ID" >"$B/out" 2>&1 </dev/null; }

t "killed"
# without cgroupsPath one configuration does for all
conf 'del(.linux.cgroupsPath)' pause
new_id
cl run -d -b "$B" "$ID"
cl delete --force "$ID"
killed "" create -b "$B" ID
killed "" run -d -b "$B" ID
killed created start ID
killed running delete --force ID

t "killed with hooks"
# a hook makes the container visible to others while it is made: its processes have to end, too
conf 'del(.linux.cgroupsPath) | .hooks = { createRuntime: [ { path: "/bin/true" } ], createContainer: [ { path: "/bin/true" } ], poststop: [ { path: "/bin/true" } ] }' pause
for call in sendmsg recvmsg clone3 wait4 waitid ppoll poll pidfd_send_signal; do
	for n in 1 2 3; do
		new_id
		at "$call" "$n" signal=KILL create -b "$B" "$ID"
		cl delete --force "$ID"
		[ "$rc" = 0 ] || wrong+=("$call $n: delete --force: $err")
		clean "$call $n"
	done
done
verdict "create with hooks killed"

t "init is killed"
follow=(-f)
conf 'del(.linux.cgroupsPath)' say ok
# calls that only init makes
for call in fsopen move_mount pivot_root umount2 mknodat symlinkat setsid sethostname capset setgroups keyctl; do
	new_id
	at $call 1 signal=KILL run -b "$B" "$ID"
	[ "$rc" = 1 ] && [[ "$err" = "crun-lite: run \"$ID\": "*"killed by signal 9"* ]] || wrong+=("$call: exit status $rc, $err")
	clean "$call"
done
verdict "init killed while the container is made: the error says so, and all is undone"

t "failing"
conf 'del(.linux.cgroupsPath)' say ok
new_id
PREFIX=(strace -f -qq -o "$W/trace")
cl run -b "$B" "$ID"
PREFIX=()
counts "$W/trace"
# the first calls of these belong to the loader of the C library, and to programs it starts
declare -A first=([openat]=6 [read]=4 [newfstatat]=6 [fstat]=6 [execve]=2) most=([prctl]=3 [fsconfig]=9 [openat2]=24 [flock]=1)
errors=(ENOSPC ENOMEM EPERM)
i=0
for call in "${!count[@]}"; do
	case $call in
	exit_group | exit | brk | mmap | munmap | mprotect | close | arch_prctl | rseq | set_robust_list | set_tid_address | getrandom | access | getpid | getppid | getegid | geteuid | getuid | getgid | \
		restart_syscall | rt_sigreturn | wait4 | prlimit64 | lseek | futex | pread64) continue ;;
	esac
	points=0
	for ((n = ${first[$call]:-1}; n <= count[$call] && n <= ${most[$call]:-16}; n++)); do
		e=${errors[i++ % 3]}
		new_id
		at "$call" "$n" "error=$e" run -b "$B" "$ID"
		case $rc in
		0) [ "$out" = ok ] || wrong+=("$call $n $e: succeeds without the program: $out $err") ;;
		1 | 126 | 127)
			[[ "$err" =~ ^crun-lite:\ .+:\ .+ ]] || wrong+=("$call $n $e: says \"$err\"")
			[[ ! "$err" =~ success ]] || wrong+=("$call $n $e: says \"$err\"")
			;;
		*) wrong+=("$call $n $e: exit status $rc, $err") ;;
		esac
		# what fails may be the cleaning up itself: then it says so, and can be done again
		if [[ "$err" = *"container \"$ID\" could not be removed"* ]]; then
			cl delete --force "$ID"
			[ "$rc" = 0 ] || wrong+=("$call $n $e: delete --force: $err")
		fi
		clean "$call $n $e"
		points=$((points + 1))
	done
	[ $points = 0 ] || verdict "run when $call fails ($points)"
done
follow=()
conf 'del(.linux.cgroupsPath)' pause
for call in sendmsg recvmsg connect socket socketpair fchdir openat flock; do
	for n in 1 2; do
		for e in EPERM ENOMEM; do
			[ $call$n = openat1 ] && continue
			new_id
			created
			at "$call" "$n" "error=$e" start "$ID"
			[ "$rc" = 0 ] || [[ "$err" =~ ^crun-lite:\ .+:\ .+ ]] || wrong+=("$call $n $e: exit status $rc, $err")
			cl delete --force "$ID"
			[ "$rc" = 0 ] || wrong+=("$call $n $e: delete --force: $err")
			clean "$call $n $e"
		done
	done
	verdict "start when $call fails"
done

t "older kernels"
# works CALL EFFECT DESCRIPTION [-f] - the container works all the same; -f: also where init makes the call
works() {
	new_id
	PREFIX=(strace ${4+"$4"} -qq -o "$W/trace" -e "trace=$1" -e "inject=$1:$2")
	cl run -b "$B" "$ID"
	PREFIX=()
	if grep -q INJECTED "$W/trace"; then is "$rc:$out" "0:$usual" "$3"; else fail "$3" "$1 is not called"; fi
}
mkdir "$B/src"
touch "$B/src/file"
conf 'del(.linux.cgroupsPath) | bind("/m"; "\($b)/src"; [ "ro" ]) | .root.readonly = true | .linux.maskedPaths += [ "/etc/passwd" ] | .linux.readonlyPaths += [ "/dev/shm" ]' \
	say ok , ls /m , touch /m/x , touch /x , read /etc/passwd , touch /dev/shm/x , ls / , mount / , mount /proc , stat /dev/null , fds
new_id
cl run -b "$B" "$ID"
usual=$out
works move_mount error=EINVAL:when=1 "mounts cannot be put on a detached tree (before 6.15)" -f
if strace -qq -o /dev/null -e trace=fchmodat2 true 2>/dev/null; then
	works fchmodat2 error=ENOSYS "no fchmodat2 (before 6.6)" -f
else
	skip "no fchmodat2 (before 6.6)" "host: strace does not know fchmodat2"
fi
works close_range error=ENOSYS "no close_range (before 5.11)" -f
works faccessat2 error=ENOSYS "no faccessat2 (before 5.8)" -f
works mount_setattr error=ENOSYS:when=1..2 "the program file gets no read-only mount (before 5.12): a copy is executed"
works open_tree error=EPERM:when=1..2 "nor any other mount"
clean "older kernels"
verdict "nothing is left of them"

t "signals that a filter around us forbids"
# refused CALLS COMMAND... - every process is refused these calls; an end is what counts
follow=(-f)
refused() {
	PREFIX=(strace -f -qq -o "$W/trace" -e "trace=$1" -e "inject=$1:error=$e")
	cl "${@:2}"
	PREFIX=()
}
mkdir "$B/idmapped"
for calls in pidfd_send_signal pidfd_send_signal,kill; do
	for e in ENOSYS EPERM; do
		conf 'del(.linux.cgroupsPath)' say ok
		new_id
		refused $calls run -b "$B" "$ID"
		is "$rc:$out" "0:ok" "$calls: $e: run"
		clean "$calls $e run"
		for c in run create "run -d"; do
			# once init waits for our word it does not end by itself
			new_id
			# shellcheck disable=SC2086 # words
			refused $calls $c --pid-file /no/such/file -b "$B" "$ID"
			like "$rc:$err" "^1:.*/no/such/file" "$calls: $e: $c that fails ends"
			clean "$calls $e $c"
		done
		conf 'del(.linux.cgroupsPath) | bind("/mnt"; "\($b)/idmapped"; [ "bind" ]) | .mounts[-1] += { uidMappings: [ { containerID: 0, hostID: 1000, size: 1 } ], gidMappings: [ { containerID: 0, hostID: 1000, size: 1 } ] }' say ok
		new_id
		refused $calls run -b "$B" "$ID"
		is "$rc:$out" "0:ok" "$calls: $e: run with a mount that is idmapped"
		clean "$calls $e idmap"
		conf 'del(.linux.cgroupsPath)' pause
		new_id
		cl run -d -b "$B" "$ID"
		refused $calls exec "$ID" /nosuch
		is "$rc" 255 "$calls: $e: exec of what is not there ends"
		refused $calls exec --tty "$ID" /nosuch
		is "$rc" 255 "$calls: $e: with a terminal, too"
		refused $calls exec --timeout 0.1 "$ID" sleep 1000
		is "$rc" 124 "$calls: $e: exec with a timeout"
		refused $calls delete --force "$ID"
		is "$rc:$err" "0:" "$calls: $e: delete --force: cgroup.kill needs no signal"
		clean "$calls $e exec"
		new_id
		conf 'del(.linux.cgroupsPath)' say ready , pause
		job "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
		job_said ready
		refused $calls delete --force "$ID"
		is "$rc:$err" "0:" "$calls: $e: with run in the foreground, too"
		job_ended
		clean "$calls $e foreground"
		new_id
		conf 'del(.linux.cgroupsPath)' pause
		cl --cgroup-manager disabled run -d -b "$B" "$ID"
		refused $calls delete --force "$ID"
		like "$rc:$err" "^1:.*kill process [0-9]+: " "$calls: $e: without a cgroup it says what it cannot do"
		cl delete --force "$ID"
		is "$rc:$err" "0:" "and can be done again"
		clean "$calls $e no cgroup"
	done
done
verdict "nothing is left where signals by pidfd are forbidden"
create . pause
job flock -o "$STATE/$ID" sh -c "echo ready; exec sleep 1000"
job_said ready
e=EPERM
refused pidfd_send_signal delete --force "$ID"
like "$rc:$err" "^1:.*container \"$ID\" is still locked after 10 s"$'\n'".*process $JOB does not let go of it" \
	"a lock whose holder cannot be told to end is not waited for without end"
kill -KILL "$(pgrep -P "$JOB")"
job_ended
cl delete --force "$ID"
is "$rc:$err" "0:" "when it is free the container can be deleted"
clean "locked"
verdict "nothing is left of that one"
follow=()

t "exec is killed"
# not at birth, so that it is not tried again (include/kern/cgroup.h)
create . pause
PREFIX=(strace -f -qq -o "$W/trace" -e trace=setns -e inject=setns:signal=KILL)
cl exec "$ID" /bin/probe say never
PREFIX=()
like "$rc:$err" "^255:.*the process that joins namespaces was killed by signal 9 \(KILL\)" "the process that joins namespaces"
is "$(grep -c setns "$W/trace")" 1 "is made once"
cl delete --force "$ID"

t "a cgroup that goes away"
# systemd removes that of a scope together with its last process; the path is the same for every cgroup that is not ours
mkdir "$CG/there"
create ".linux.cgroupsPath = \"${CG#/sys/fs/cgroup}/there\"" pause
PREFIX=(strace -qq -o "$W/trace" -P "$CG/there/cgroup.kill" -e "inject=write:error=ENODEV")
cl delete --force "$ID"
PREFIX=()
is "$rc:$err" "0:" "after it was opened"
like "$(cat "$W/trace")" "write.*INJECTED" "it was told so"
rmdir "$CG/there"

t "two that are made at the same time with one cgroup"
# stopped_at_claim - a create that stops after it has recorded which cgroup it is going to make
stopped_at_claim() {
	new_id
	conf ".linux.cgroupsPath = \"$CGPATH/shared\"" pause
	: >"$W/trace"
	job strace -qq -o "$W/trace" -e trace=rename,renameat,renameat2 -e "inject=rename,renameat,renameat2:signal=STOP:when=1" "$CRUN_LITE" --root "$STATE" create -b "$B" "$ID"
	"$AID" wait-text "$W/trace" SIGSTOP
	earlier=$ID
}
CGPATH=${CG#/sys/fs/cgroup}
stopped_at_claim
create ".linux.cgroupsPath = \"$CGPATH/shared\"" pause
succeeds "the second create is faster, and gets it"
second=$ID
init_pid
start && said ready
kill -CONT "$(pgrep -P "$JOB")"
job_ended
is "$rc" 1 "the first one fails"
like "$out" "cgroup.* \".*/shared\" (is that of container \"$second\"|exists and has processes)" "and says why"
nok "it leaves nothing" test -e "$STATE/$earlier"
ok "the second one runs on" kill -0 "$PID"
cl delete --force "$second"
nok "and takes its cgroup with it" test -e "$CG/shared"
stopped_at_claim
create ".linux.cgroupsPath = \"$CGPATH/shared\"" pause
second=$ID
init_pid
start && said ready
kill -KILL "$(pgrep -P "$JOB")"
job_ended
cl delete --force "$earlier"
is "$rc:$err" "0:" "one that was killed before it could make the cgroup can be deleted"
nok "it is gone" test -e "$STATE/$earlier"
ok "and the cgroup's owner runs on" kill -0 "$PID"
cl delete --force "$second"

finish

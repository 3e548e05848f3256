#!/bin/bash
# seccomp-notify.t - system calls that somebody else decides about (config-linux.md "Seccomp", SCMP_ACT_NOTIFY)
. "${0%/*}/lib.sh"

# notify "NAME", "NAME"... - allow all, ask the agent at $W/agent about these
notify() {
	echo '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "\($w)/agent", listenerMetadata: "meta \"data\"",
		syscalls: [ { names: [ '"$1"' ], action: "SCMP_ACT_NOTIFY" } ] }'
}
# agent ANSWER - one that waits for one container
agent() {
	rm -f "$W/agent"
	job "$AID" seccomp "$W/agent" "$1"
	job_said ready
}
calls() { grep -o '^call=.*' "$JOBOUT" | sort -u | tr '\n' ' '; }

t "what the agent gets"
agent 55
create "$(notify '"mkdir"') | .annotations = { a: \"b\", pid: \"\\\"pid\\\":7\" }" sys mkdir , fds , sys rmdir
succeeds "SEC-12 create goes on when there is an agent"
is "$(cat "$JOBOUT")" ready "SEC-12 create tells the agent nothing: there is no descriptor yet"
init_pid
start
ended
line "sys mkdir=ENOANO" "SEC-12 the agent decides"
line "sys rmdir=EFAULT" "SEC-12 about nothing else"
value fds "0 1 2" "SEC-12 the program has no descriptor of it"
sed -n 's/^state=//p' "$JOBOUT" >"$W/state.json"
is "$(jq -r '[ .fds[0], (.fds | length), .pid, .metadata, .state.id, .state.status, .state.pid, .state.bundle, .state.annotations.a,
	.state.annotations.pid ] | map(tostring) | join("|")' "$W/state.json" 2>&1)" \
	"seccompFd|1|$PID|meta \"data\"|$ID|creating|$PID|$B|b|\"pid\":7" "SEC-14 SEC-15 it gets the container process state"
is "$(jq -r 'keys | join(" ")' "$W/state.json")" "fds metadata ociVersion pid state" "SEC-15 and nothing else"
like "$(jq -r '.ociVersion' "$W/state.json" 2>&1)" "^1\.[0-9]+\.[0-9]+" "SEC-15 with a version of the specification"
like "$(head -2 "$JOBOUT" | tr '\n' ' ')" "ready fd=received" "SEC-12 the descriptor comes with the first message"
job_said then=end
like "$(cat "$JOBOUT")" "then=end" "SEC-12 after it the connection ends"

agent 55
run "$(notify '"mkdir"') | del(.linux.seccomp.listenerMetadata)" sys mkdir , pid , read /proc/self/status
line "sys mkdir=ENOANO" "SEC-12 run does the same"
like "$out" 'Threads:.x091.n' "SEC-12 nothing of the runtime is left in the process"
like "$out" "pid=1" "SEC-12 it is the first process"
is "$(sed -n 's/^state=//p' "$JOBOUT" | jq -r '(.pid == .state.pid) and .pid > 1 and (has("metadata") | not)')" true \
	"SEC-14 SEC-15 without listenerMetadata there is no metadata"

agent 55
run "$(notify '"mkdir"') | .annotations = { long: (\"x\" * 60000) }" sys mkdir
line "sys mkdir=ENOANO" "SEC-15 a long state arrives"
is "$(sed -n 's/^state=//p' "$JOBOUT" | jq -r '.state.annotations.long | length')" 60000 "SEC-15 and arrives whole"

agent 55
run "$(notify '"mkdir"') | .annotations[\"run.oci.seccomp.receiver\"] = .linux.seccomp.listenerPath | del(.linux.seccomp.listenerPath)" sys mkdir
line "sys mkdir=ENOANO" "SEC-12 ANN-04 the agent of run.oci.seccomp.receiver, where config.json names none"
agent 55
run "$(notify '"mkdir"') | .annotations[\"run.oci.seccomp.receiver\"] = \"/nobody\"" sys mkdir
line "sys mkdir=ENOANO" "SEC-12 ANN-04 else that of config.json"

t "calls that the runtime needs itself"
# all that could be in the way between the filter and the program
for names in '"execve"' '"execve", "execveat"' '"sendmsg", "sendto", "sendmmsg", "recvmsg", "recvfrom"' '"write", "writev", "pwrite64"' '"close", "close_range"' \
	'"read", "readv", "futex", "ioctl", "poll", "ppoll", "fcntl"' '"exit", "exit_group", "clone", "clone3", "wait4", "kill", "tgkill"' \
	'"mmap", "munmap", "mprotect", "brk", "rt_sigreturn", "rt_sigprocmask", "prctl", "seccomp"'; do
	agent continue
	run "$(notify "$names")" say ok
	is "$rc:$out" "0:ok" "SEC-16 run: an agent that lets $names go on"
	agent continue
	create "$(notify "$names")" say ok
	init_pid
	start
	is "$rc" 0 "SEC-16 start: the same"
	ended
	is "$out" ok "SEC-16 the program runs: $names"
	cl delete "$ID"
done
# the default action: whatever no rule is for
all='.linux.seccomp = { defaultAction: "SCMP_ACT_NOTIFY", listenerPath: "\($w)/agent",
	syscalls: [ { names: [ "rmdir" ], action: "SCMP_ACT_ERRNO", errnoRet: 55 } ] }'
agent continue
run "$all" sys mkdir , sys rmdir , sys 999 , say ok
lines "sys mkdir=EFAULT
sys rmdir=ENOANO
sys 999=ENOSYS
ok" "SEC-16 run: an agent that lets all go on"
like " $(calls)" " call=59 " "SEC-16 the agent is asked about the execve that starts the program"
like " $(calls)" " call=83 .* call=999 " "SEC-16 and about others, also those that the profile cannot know"
unlike " $(calls)" " call=84 " "SEC-16 but not where there is a rule"
agent continue
create "$all | .process.noNewPrivileges = false | .process.user = { uid: 1000, gid: 1000 }" say ok
init_pid
start
is "$rc" 0 "SEC-16 start: the same"
ended
is "$out" ok "SEC-16 the program runs"
agent 13
run "$all" say never
is "$rc:$out" "1:" "SEC-16 an agent that forbids all"
like "$err" "exec /bin/probe: permission denied" "SEC-16 also the telling of it"
agent continue
run "$(notify '"execve"')" say ok
is "$(calls)" "call=59 " "SEC-16 the agent is asked about the execve that starts the program"
agent 13
run "$(notify '"execve"')" say never
fails "exec.*permission denied" "SEC-16 and may forbid it: run"
agent 13
create "$(notify '"execve"')" say never
start
fails "exec.*permission denied" "SEC-16 and may forbid it: start"

t "an agent that is not there"
rm -f "$W/agent"
run "$(notify '"mkdir"')" say never
fails "linux\.seccomp\.listenerPath: failed to connect with seccomp agent at \"$W/agent\": no such file or directory" "SEC-12 run: no socket"
create "$(notify '"mkdir"')" say never
fails "linux\.seccomp\.listenerPath: failed to connect with seccomp agent at \"$W/agent\": no such file or directory" "SEC-12 create: no socket"
agent 55
kill "$JOB"
job_ended
create "$(notify '"mkdir"')" say never
fails "failed to connect with seccomp agent at \"$W/agent\": connection refused" "SEC-12 create: the socket of an agent that has ended"
echo >"$W/file"
run "$(notify '"mkdir"') | .linux.seccomp.listenerPath = \"\(\$w)/file\"" say never
fails "failed to connect with seccomp agent at \"$W/file\": connection refused" "SEC-12 run: a file"
rm -f "$W/agent"
job "$AID" bound "$W/agent"
job_said ready
run "$(notify '"mkdir"')" say never
fails "failed to connect with seccomp agent at \"$W/agent\": connection refused" "SEC-12 run: a socket that nobody listens at"
kill "$JOB"
job_ended

t "an agent that comes and goes"
agent 55
create "$(notify '"mkdir"')" sys mkdir
succeeds "SEC-12 create"
kill "$JOB"
job_ended
start
is "$rc" 1 "SEC-12 start without the agent fails"
like "$err" "failed to connect with seccomp agent at \"$W/agent\": connection refused" "SEC-12 it says why"
init_pid
status_is created "SEC-12 the container can still be started"
agent 38
start
succeeds "SEC-12 start with another agent"
ended
line "sys mkdir=ENOSYS" "SEC-12 the other one decides"
agent 55
create "$(notify '"mkdir"')" sys mkdir
cl delete --force "$ID"
succeeds "SEC-12 a created container is deleted, the agent never hears of it"
is "$(cat "$JOBOUT")" ready "SEC-12 it has no connection"
kill "$JOB"
job_ended

t "exec"
agent 55
create "$(notify '"mkdir"') | .annotations = { a: \"b\", pid: \"\\\"pid\\\":0\" }" pause , sys mkdir
init_pid
start
said ready
agent 38
cl exec --pid-file "$W/pid" "$ID" /bin/probe sys mkdir , fds , read /proc/self/status
is "$rc:$err" "0:" "SEC-12 exec into a container whose filter notifies"
line "sys mkdir=ENOSYS" "SEC-12 its agent decides"
value fds "0 1 2" "SEC-12 the program has no descriptor of it"
like "$out" 'Threads:.x091.n' "SEC-12 nothing of the runtime is left in the process"
sed -n 's/^state=//p' "$JOBOUT" >"$W/state.json"
is "$(jq -r '[ .fds[0], (.fds | length), .pid, .metadata, .state.id, .state.status, .state.pid, .state.bundle, .state.annotations.a,
	.state.annotations.pid ] | map(tostring) | join("|")' "$W/state.json" 2>&1)" \
	"seccompFd|1|$(<"$W/pid")|meta \"data\"|$ID|running|$PID|$B|b|\"pid\":0" "SEC-15 the agent is told both pids, and that it runs"
agent 55
jq '.process | .args = [ "/bin/probe", "sys", "mkdir" ] | .user = { uid: 1000, gid: 1000 } | .noNewPrivileges = false' "$B/config.json" >"$W/process.json"
cl exec --process "$W/process.json" "$ID"
line "sys mkdir=ENOANO" "SEC-12 also when a file says what it is"
agent 55
cl exec --detach --pid-file "$W/pid" "$ID" /bin/probe sys mkdir , say end
is "$rc" 0 "SEC-12 exec --detach"
job_ended
like "$out" "call=83" "SEC-12 the agent goes on answering"
rm -f "$W/agent"
cl exec "$ID" /bin/probe say never
is "$rc:$out" "255:" "SEC-12 exec without the agent fails"
like "$err" "linux\.seccomp\.listenerPath: failed to connect with seccomp agent at \"$W/agent\": no such file or directory" "SEC-12 it says why"
for where in 'nons("pid")' userns; do
	agent 55
	create "$(notify '"mkdir"') | $where" pause
	start
	agent 38
	cl exec "$ID" /bin/probe sys mkdir
	line "sys mkdir=ENOSYS" "SEC-12 exec: $where"
done
agent continue
create "$all" pause
agent continue
cl exec "$ID" /bin/probe say ok
is "$rc:$out" "0:ok" "SEC-16 exec into a created container, all is notified"
like " $(calls)" " call=59 " "SEC-16 its execve as well"
is "$(sed -n 's/^state=//p' "$JOBOUT" | jq -r .state.status)" created "SEC-15 and its state"
agent 13
cl exec "$ID" /bin/probe say never
is "$rc:$out" "255:" "SEC-16 the agent may forbid it"
like "$err" "exec /bin/probe: permission denied" "SEC-16 and exec says so"

t "beside other settings"
while IFS=';' read -r filter what; do
	[ -n "$filter" ] || continue
	agent 55
	run "$(notify '"mkdir"') | $filter" sys mkdir
	line "sys mkdir=ENOANO" "SEC-12 $what"
done <<'END'
.process.noNewPrivileges = false;without noNewPrivileges
.process.user = { uid: 1000, gid: 1000 };as another user
.process.user = { uid: 1000, gid: 1000 } | .process.noNewPrivileges = false;as another user without noNewPrivileges
userns;in a user namespace
.linux.seccomp.flags = [ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" ];SEC-04 with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
.linux.seccomp.flags = [ "SECCOMP_FILTER_FLAG_TSYNC" ];SEC-04 with SECCOMP_FILTER_FLAG_TSYNC
nons("pid");without a pid namespace
.hooks.startContainer = [ { path: "/bin/probe", args: [ "probe", "say", "hook" ] } ];with a startContainer hook
.process.scheduler = { policy: "SCHED_FIFO", priority: 1 };under a real-time policy
END
agent 55
run "$(notify '"mkdir"') | .linux.seccomp.listenerPath = \"\(\$w)/agent\" | .process.user = { uid: 4711, gid: 1 } | .process.rlimits = [ { type: \"RLIMIT_NPROC\", hard: 1, soft: 1 } ]" sys mkdir
fails "make the thread that sends the seccomp listener.*resource temporarily unavailable" "SEC-12 a limit of one process leaves no room for it"

finish

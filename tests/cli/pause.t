#!/bin/bash
# pause.t - pause and resume
. "${0%/*}/lib.sh"

# events WORD - what cgroup.events of the container says, in REPLY
events() { REPLY=$(sed -n "s/^$1 //p" "$CG/$ID/cgroup.events"); }

t "words that engines know"
for c in pause resume; do
	cl "$c" nosuch
	is "$rc:$out:$err" '1::crun-lite: container "nosuch" does not exist' "$c of an unknown container"
	cl "$c"
	like "$rc:$err" "^1:crun-lite: $c: argument ID is missing" "$c without an id"
	cl "$c" a b
	like "$rc:$err" "^1:crun-lite: $c: unexpected argument \"b\"" "$c of two"
done

t "a running container"
RUN=(-d)
run . catch
init_pid
said_before=$ID
mkdir "$CG/$ID/below"
cl resume "$ID"
is "$rc:$err" "1:crun-lite: cannot resume container \"$ID\": container not paused, but running" "resume of one that runs"
cl pause "$ID"
is "$rc:$out:$err" "0::" "pause"
events frozen
is "$REPLY" 1 "has frozen the cgroup when it returns"
status_is paused "state"
state .pid
is "$REPLY" "$PID" "state has the pid"
cl list
like "$out" "$ID +$PID +paused" "list"
cl pause "$ID"
is "$rc:$err" "1:crun-lite: cannot pause container \"$ID\": container not running, but paused" "pause of a paused one"
status_is paused "changes nothing"
cl exec "$ID" /bin/true
is "$rc" 255 "exec is refused"
cl start "$ID"
like "$rc:$err" "^1:.*cannot start a container in the paused state" "start is refused"
cl delete "$ID"
is "$rc:$err" "1:crun-lite: cannot delete container \"$ID\" that is not stopped: paused" "delete is refused"
cl resume "$ID"
is "$rc:$out:$err" "0::" "resume"
events frozen
is "$REPLY" 0 "has thawed the cgroup when it returns"
status_is running "state"
is "$ID" "$said_before" "it is still that container"

t "signals"
RUN=()
create . catch
start
said ready
init_pid
cl pause "$ID"
cl kill "$ID" USR1
succeeds "kill of a paused container"
status_is paused "does not resume it"
unlike "$(cat "$B/out")" signal "nor reach the program"
cl resume "$ID"
ok "until it is resumed" "$AID" wait-text "$B/out" signal=USR1
cl pause "$ID"
cl kill "$ID" KILL
succeeds "kill of a paused container with KILL"
ok "ends it at once" "$AID" wait-pid "$PID"
status_is stopped "state"
cl pause "$ID"
is "$rc:$err" "1:crun-lite: cannot pause container \"$ID\": container not running, but stopped" "pause of a stopped one"
cl resume "$ID"
is "$rc:$err" "1:crun-lite: cannot resume container \"$ID\": container not paused, but stopped" "resume of a stopped one"
cl delete "$ID"
is "$rc:$err" "0:" "delete, though the cgroup is still frozen"
RUN=(-d)
run 'nons("pid") | .process.args = [ "/bin/sh", "-c", "sleep 1000 & sleep 1000 & wait" ]'
init_pid
cl pause "$ID"
cl kill --all "$ID" KILL
succeeds "kill --all of a paused container"
ok "ends init" "$AID" wait-pid "$PID"
ok "and the others" "$AID" wait-empty "$CG/$ID"

t "delete --force"
RUN=(-d)
run . catch
init_pid
cl pause "$ID"
cl delete --force "$ID"
is "$rc:$err" "0:" "delete --force of a paused container"
ok "leaves no process" "$AID" wait-pid "$PID"
nok "no cgroup" test -e "$CG/$ID"

t "a created container"
RUN=()
create . say hello , pause
cl pause "$ID"
is "$rc:$err" "0:" "pause"
status_is paused "state"
start
like "$rc:$err" "^1:.*cannot start a container in the paused state" "start is refused"
cl resume "$ID"
status_is created "resumed, it is created again"
start
succeeds "and can be started"
ok "and runs" said hello

t "run in the foreground"
new_id
conf . catch
job "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
job_said ready
cl pause "$ID"
succeeds "pause"
kill -TERM "$JOB"
cl resume "$ID"
job_ended
is "$rc" 0 "a signal that is passed on while it is paused waits, too"
like "$out" signal=TERM "and arrives"

t "frozen by somebody else"
mkdir "$CG/around"
RUN=(-d)
run '.linux.cgroupsPath = $base + "/around/" + $id' pause
echo 1 >"$CG/around/cgroup.freeze"
"$AID" wait-text "$CG/around/$ID/cgroup.events" "frozen 1"
status_is paused "a frozen cgroup around it"
cl resume "$ID"
is "$rc:$err" "1:crun-lite: cannot resume container \"$ID\": cgroup \"$cgbase/around\" around it is frozen: write 0 to its cgroup.freeze" \
	"resume says what keeps it"
echo 0 >"$CG/around/cgroup.freeze"
"$AID" wait-text "$CG/around/$ID/cgroup.events" "frozen 0"
status_is running "and has changed nothing"
cl delete --force "$ID"
rmdir "$CG/around"

t "no cgroup"
new_id
conf . pause
cl --cgroup-manager disabled run -d -b "$B" "$ID"
cl pause "$ID"
is "$rc:$err" "1:crun-lite: cannot pause container \"$ID\": it has no cgroup of its own, and only a cgroup can be frozen" "pause"

t "what cannot be stopped"
RUN=()
create 'caps(["CAP_SYS_PTRACE"])' stuck
start
said ready
init_pid
# "ready" comes just before the call that is stuck: wait until it is in that, or any other
spin grep -q '^0 ' "/proc/$PID/syscall"
cl pause "$ID"
is "$rc:$err" "1:crun-lite: cannot pause container \"$ID\": not all of its processes stopped within 10 s, so they go on (still busy: $PID \"probe\")" \
	"pause names it"
is "$(cat "$CG/$ID/cgroup.freeze")" 0 "and takes its request back"
status_is running "state"
cl delete --force "$ID"
is "$rc:$err" "0:" "delete --force"

# held SYSCALL COMMAND... - the command in the background, stopped at its first call of that; HELD is its process
held() {
	: >"$W/trace"
	job strace -qq -o "$W/trace" -e "trace=$1" -e "inject=$1:signal=STOP:when=1" env --default-signal "$CRUN_LITE" --root "$STATE" "${@:2}"
	"$AID" wait-text "$W/trace" SIGSTOP
	HELD=$(pgrep -P "$JOB")
}
# its_end - is the held command over? In rc and out how
its_end() {
	"$AID" wait-pid "$HELD" || kill -KILL "$HELD"
	job_ended
}
# caught OPTION... - an exec that has seen a running container, which is paused while exec makes its processes
caught() {
	RUN=(-d)
	run "$filter" catch
	init_pid
	mkdir "$CG/$ID/sub"
	held socketpair exec --cgroup sub "$@" "$ID" /bin/probe say here
	cl pause "$ID"
	kill -CONT "$HELD"
	"$AID" wait-text "$CG/$ID/sub/cgroup.events" "populated 1"
}
# others_left - processes of the container's cgroup other than init, in REPLY
others_left() { REPLY=$(cat "$CG/$ID"/{,sub/}cgroup.procs | grep -vx "$PID"); }

t "paused while an exec is on its way"
traced=true
strace -qq -o /dev/null true 2>/dev/null || traced=false
# in our memory, with a copy of it, without a process in between; at once and with messages
while read -r filter option; do
	if ! $traced; then
		skip "$filter $option" "host: strace cannot trace here"
		continue
	fi
	caught ${option:+"$option"}
	is "$(cat "$JOBOUT")" "" "$filter $option: it waits"
	cl resume "$ID"
	is "$rc:$err" "0:" "$filter $option: resume"
	its_end
	like "$rc:$out" "^0:here" "$filter $option: and then runs"
	cl delete --force "$ID"
	for s in TERM INT; do
		caught ${option:+"$option"}
		kill -$s "$HELD"
		its_end
		is "$rc" "$((128 + $(kill -l $s)))" "$filter $option: SIG$s ends it"
		like "$out" "interrupted by signal [0-9]+ \($s\)" "$filter $option: it says why"
		others_left
		is "$REPLY" "" "$filter $option: it leaves no process"
		cl delete --force "$ID"
	done
	caught ${option:+"$option"}
	kill -KILL "$PID"
	its_end
	like "$rc:$out" "^255:.*container not running" "$filter $option: the end of init ends it"
	cl delete "$ID"
	is "$rc:$err" "0:" "$filter $option: delete"
	caught ${option:+"$option"}
	cl delete --force "$ID"
	is "$rc:$err" "0:" "$filter $option: delete --force"
	its_end
	like "$rc:$out" "^255:.*(container not running|killed)" "$filter $option: ends it, too"
	nok "$filter $option: nothing is left" test -e "$CG/$ID"
done <<'END'
.
. --tty
ns("time")
nons("pid")
userns
END

t "paused while a detached exec is on its way"
if $traced; then
	filter=.
	caught --detach
	kill -TERM "$HELD"
	its_end
	is "$rc" 143 "SIGTERM ends it"
	kill -KILL "$PID"
	"$AID" wait-pid "$PID"
	status_is stopped "what it has left stays frozen when init has ended"
	cl resume "$ID"
	is "$rc:$err" "0:" "until it is resumed"
	ok "then it ends by itself" "$AID" wait-empty "$CG/$ID/sub"
	unlike "$(cat "$JOBOUT")" here "without a program"
	cl resume "$ID"
	is "$rc:$err" "1:crun-lite: cannot resume container \"$ID\": container not paused, but stopped" "and there is nothing more to resume"
	cl delete --force "$ID"
fi

t "frozen while the container is made"
# making COMMAND... - a container that is frozen from its first process on
making() {
	new_id
	conf "$filter" catch
	held socketpair "$@" -b "$B" "$ID"
	echo 1 >"$CG/$ID/cgroup.freeze"
	kill -CONT "$HELD"
	"$AID" wait-text "$CG/$ID/cgroup.events" "populated 1"
}
: >"$W/ns"
for filter in . 'userns | .linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)'; do
	$traced || continue
	making run
	kill -TERM "$HELD"
	its_end
	is "$rc" 1 "SIGTERM ends run"
	like "$out" "interrupted by signal [0-9]+ \(TERM\)" "it says why"
	leaks
	is "$REPLY" "" "nothing is left"
	for c in run create; do
		making $c
		cl delete --force "$ID"
		is "$rc:$err" "0:" "delete --force of what $c makes"
		its_end
		is "$rc" 1 "ends it"
		like "$out" "killed" "it says why"
		leaks
		is "$REPLY" "" "nothing is left"
	done
done

finish

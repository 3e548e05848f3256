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
LIMIT=15 cl pause "$ID"
is "$rc:$err" "1:crun-lite: cannot pause container \"$ID\": not all of its processes stopped within 10 s, so they go on (still busy: $PID \"probe\")" \
	"pause names it"
is "$(cat "$CG/$ID/cgroup.freeze")" 0 "and takes its request back"
status_is running "state"
cl delete --force "$ID"
is "$rc:$err" "0:" "delete --force"

finish

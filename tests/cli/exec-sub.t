#!/bin/bash
# exec-sub.t - a program in a container with a cgroup of its own, and with a timeout
. "${0%/*}/lib.sh"

in_it() { cl exec ${EXEC[@]+"${EXEC[@]}"} "$ID" /bin/probe "$@"; }
# running FILTER - a container that runs
running() {
	create "$1" say ready , pause
	start && said ready
	init_pid
	EXEC=()
}
# subs - cgroups below the container's, in REPLY
subs() {
	local d=("$CG/$ID"/*/)
	REPLY=${d[*]##"$CG/$ID"/}
}
gone() { subs && is "$REPLY" "" "$1"; }

t "a cgroup of its own"
running .
EXEC=(--sub-cgroup)
in_it read /proc/self/cgroup
like "$out" '0::/crun-lite-exec-[0-9]+$' "--sub-cgroup runs it in one"
gone "which is removed"
in_it exit 7
is "$rc" 7 "the exit status is the program's"
cl exec --sub-cgroup "$ID" sh -c '(sleep 1000 &); sleep 1000 >/dev/null 2>&1 & exit 3'
is "$rc" 3 "also when it leaves others behind"
gone "that are killed with the cgroup"
is "$(cat "$CG/$ID/cgroup.procs")" "$PID" "and nothing else is"
cl exec --sub-cgroup "$ID" nosuch
is "$rc" 255 "a program that is not there"
gone "leaves no cgroup behind"
cl exec --sub-cgroup --pidfd-socket "$W/nobody" "$ID" sleep 1000
is "$rc" 255 "a later failure"
gone "neither"
mkdir "$CG/$ID/sub"
EXEC=(--sub-cgroup --cgroup sub)
in_it read /proc/self/cgroup
like "$out" '0::/sub/crun-lite-exec-[0-9]+$' "below the one that --cgroup names"
rmdir "$CG/$ID/sub"

t "many at a time"
running .
for ((i = 0; i < 30; i++)); do
	job "$CRUN_LITE" --root "$STATE" exec --sub-cgroup "$ID" /bin/probe say "number $i"
	all_jobs[i]=$JOB all_out[i]=$JOBOUT
done
good=0
for ((i = 0; i < 30; i++)); do
	JOB=${all_jobs[i]} JOBOUT=${all_out[i]}
	job_ended
	if [ "$rc:$out" = "0:number $i" ]; then good=$((good + 1)); else note "$out"; fi
done
is "$good" 30 "thirty that sweep and make cgroups at a time all run"
gone "and all are removed"

t "timeout"
running .
job "$CRUN_LITE" --root "$STATE" exec "$ID" /bin/probe say here , pause
job_said here
other=$JOBOUT
cl exec --timeout 0.3 "$ID" sh -c '(sleep 1000 &); sleep 1000 & sleep 1000'
is "$rc" 124 "exit status 124 when the time is over"
is "$err" 'crun-lite: exec failed: timeout: "sh" was killed after 0.300 seconds, together with all that it had started' "the message says so"
gone "its cgroup is removed"
is "$(wc -l <"$CG/$ID/cgroup.procs")" 2 "all that it has started is killed, and nothing else"
like "$(cat "$other")" "here.ready" "another exec goes on"
EXEC=(--timeout 600)
in_it read /proc/self/cgroup
like "$out" '0::/crun-lite-exec-[0-9]+$' "--timeout makes a cgroup"
is "$rc" 0 "nothing happens to who ends in time"
gone "but for the cgroup, which is removed"
for v in 10m 500000000us 600.5; do
	EXEC=(--timeout "$v")
	in_it exit 5
	is "$rc" 5 "--timeout $v"
done
for v in 0 -1 1x x 1e3 " 1" 0x1; do
	EXEC=(--timeout "$v")
	in_it pid
	is "$rc" 1 "--timeout \"$v\" is a usage error"
	like "$err" "seconds above 0, such as 30, 1\.5 or 1m30s, not \"$v\"" "that says what is expected"
done
EXEC=(--timeout 5 --detach)
in_it pause
is "$rc" 255 "not together with --detach"
like "$err" "cannot be combined with --detach" "and it says so"
rm -f "$W/console"
job "$AID" console "$W/console"
job_said ready
EXEC=(--timeout 0.2 --tty --console-socket "$W/console")
in_it pause
is "$rc" 124 "with a terminal"

t "timeout in a paused container"
running .
echo 1 >"$CG/$ID/cgroup.freeze"
"$AID" wait-text "$CG/$ID/cgroup.events" "frozen 1"
EXEC=(--ignore-paused --timeout 0.2)
in_it pid
is "$rc" 124 "it holds there, too"
gone "and nothing waits for the container to be resumed"
mkdir "$CG/$ID/sub"
job "$CRUN_LITE" --root "$STATE" exec --ignore-paused --cgroup sub "$ID" /bin/probe pid
"$AID" wait-text "$CG/$ID/sub/cgroup.events" "populated 1"
kill -TERM "$JOB"
job_ended
is "$rc" 143 "who waits without one can be ended by a signal"
echo 0 >"$CG/$ID/cgroup.freeze"
ok "what waited ends by itself" "$AID" wait-empty "$CG/$ID/sub"
rmdir "$CG/$ID/sub"

t "detached"
running .
EXEC=(--detach --sub-cgroup --pid-file "$W/pid")
in_it pause
succeeds "--detach --sub-cgroup"
subs
like "$REPLY" "^crun-lite-exec-[0-9]+/$" "leaves the cgroup"
first=$REPLY
is "$(cat "$CG/$ID/$first/cgroup.procs")" "$(cat "$W/pid")" "with the program in it"
cl exec --sub-cgroup "$ID" true
subs
is "$REPLY" "$first" "another one lets it be"
echo 1 >"$CG/$ID/$first/cgroup.kill"
"$AID" wait-empty "$CG/$ID/$first"
cl exec --sub-cgroup "$ID" true
gone "but takes it away when it is empty"
in_it pause
cl delete --force "$ID"
succeeds "delete --force removes those that are in use"
nok "all of it" test -e "$CG/$ID"

t "killed"
running .
job "$CRUN_LITE" --root "$STATE" exec --timeout 1000 "$ID" /bin/probe say here , pause
job_said here
kill -KILL "$JOB"
job_ended
subs
like "$REPLY" "^crun-lite-exec-[0-9]+/$" "exec that is killed leaves the cgroup"
cl delete --force "$ID"
succeeds "that delete --force removes"

t "other cgroups"
running .
mkdir "$CG/$ID/threads"
echo threaded >"$CG/$ID/threads/cgroup.type"
EXEC=(--sub-cgroup)
in_it pid
is "$rc" 255 "a threaded cgroup cannot have one"
like "$err" "part of a threaded one: operation not supported" "and it says why"
gone_now=$(find "$CG/$ID" -mindepth 1 -type d -name 'crun-lite*')
is "$gone_now" "" "nothing is left"
rmdir "$CG/$ID/threads"
mkdir "$CG/$ID/init"
echo "$PID" >"$CG/$ID/init/cgroup.procs"
if echo +hugetlb 2>/dev/null >"$CG/$ID/cgroup.subtree_control"; then
	EXEC=()
	in_it read /proc/self/cgroup
	like "$out" '0::/init$' "where processes cannot be in the container's own, a program is with init"
	EXEC=(--sub-cgroup)
	in_it read /proc/self/cgroup
	like "$out" '0::/crun-lite-exec-[0-9]+$' "but a cgroup of its own is below the container's"
else
	skip "where processes cannot be in the container's own, a program is with init" "host: no controller hugetlb in cgroup v2"
	skip "but a cgroup of its own is below the container's" "host: no controller hugetlb in cgroup v2"
fi

t "no cgroup"
new_id
conf . pause
cl --cgroup-manager disabled run -d -b "$B" "$ID"
for o in --sub-cgroup "--timeout=1"; do
	cl exec "$o" "$ID" true
	is "$rc" 255 "${o%=*} needs one"
	like "$err" "${o%=*}: the container has no cgroup" "and it says so"
done

finish

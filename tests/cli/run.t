#!/bin/bash
# run.t - run: in the foreground and detached, exit statuses, signals, --keep
. "${0%/*}/lib.sh"

t "exit status"
for s in 0 1 7 126 127 255; do
	run . exit $s
	is "$rc" $s "run: the program exits $s"
done
run . die 11
is "$rc" 139 "run: killed by SEGV: 139"
run 'nons("pid")' die 9
is "$rc" 137 "run: killed by KILL: 137"
run 'nons("pid")' die 15
is "$rc" 143 "run: killed by TERM: 143"
nok "run: the container is deleted" test -e "$STATE/$ID"

t "signals"
new_id
conf . catch
job "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
job_said ready
for s in USR1 USR2 HUP; do
	kill -$s "$JOB"
	job_said "signal=$s"
	ok "run: $s is passed on" grep -qx "signal=$s" "$JOBOUT"
done
kill -TERM "$JOB"
job_ended
is "$rc" 0 "run: TERM is passed on, and the program decides"
nok "run: then the container is deleted" test -e "$STATE/$ID"

t "kill of the container"
new_id
conf . pause
job "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
job_said ready
cl kill "$ID" KILL
job_ended
is "$rc" 137 "run: killed from elsewhere: 137"

t "detached"
RUN=(-d)
new_id
conf . say hello , pause
execute "$B/out" "$B/err" "$CRUN_LITE" --root "$STATE" run -d -b "$B" "$ID"
succeeds "run -d returns when the program runs"
status_is running "run -d: status"
init_pid
# execve(2) closes the descriptor by which the runtime knows before it shows the new command line; there is none in between
spin grep -q . "/proc/$PID/cmdline"
like "$(tr '\0' ' ' <"/proc/$PID/cmdline")" "^/bin/probe" "run -d: the program has been executed"
said ready
cl delete "$ID"
isnt "$rc" 0 "run -d: delete of the running container is an error"
cl kill "$ID" KILL
"$AID" wait-pid "$PID"
status_is stopped "run -d: stays as stopped"
cl delete "$ID"
succeeds "run -d: delete"
run '.process.args = [ "/no/such" ]'
fails "/no/such" "run -d: a program that cannot be executed is an error"
RUN=()

t "keep"
RUN=(--keep)
run . exit 3
RUN=()
is "$rc" 3 "run --keep: exit status"
status_is stopped "run --keep: the container stays"
cl delete "$ID"
succeeds "run --keep: delete"

t "background processes"
run '.process.args = [ "/bin/sh", "-c", "sleep 1000 & exit 4" ]'
is "$rc" 4 "run: ends with the program, not with what it leaves behind"
run 'nons("pid") | .process.args = [ "/bin/sh", "-c", "sleep 1000 >/dev/null 2>&1 & exit 4" ]'
is "$rc" 4 "run: also without a pid namespace"

t "output"
run '.process.args = [ "/bin/sh", "-c", "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done" ]'
is "$(wc -l <"$W/out"):$(tail -n 1 "$W/out")" "3000:line 2999" "run: all of the output arrives"
is "$err" "" "run: nothing else on standard error"
new_id
conf . warn to-stderr , say to-stdout
cl run -b "$B" "$ID"
is "$out:$err" "to-stdout:to-stderr" "run: standard output and error are kept apart"
PREFIX=(bash -c '"$@" | true' -)
run '.process.args = [ "/bin/sh", "-c", "while echo y; do :; done" ]'
PREFIX=()
isnt "$rc" 137 "run: ends when nobody reads its output"

t "two at once"
for i in 1 2 3 4 5 6 7 8; do
	bundle
	ID=p$i
	conf . say "hello $i"
	"$CRUN_LITE" --root "$STATE" run -b "$B" "$ID" >"$W/p$i" 2>&1 </dev/null &
done
wait
is "$(cat "$W"/p[1-8] | tr '\n' ' ')" "hello 1 hello 2 hello 3 hello 4 hello 5 hello 6 hello 7 hello 8 " "run: eight at the same time"
ID=same
bundle
conf . say ran
for i in 1 2 3 4; do
	"$CRUN_LITE" --root "$STATE" create -b "$B" "$ID" >"$W/s$i" 2>&1 </dev/null
	echo $? >"$W/r$i"
done &
wait $!
is "$(cat "$W"/r[1-4] | sort | tr '\n' ' ')" "0 1 1 1 " "LIFE-02 of several creates with one id one succeeds"

finish

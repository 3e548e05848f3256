#!/bin/bash
# delete.t - kill and delete: what is signalled, what is left, who waits for whom
. "${0%/*}/lib.sh"

# frozen CGROUP
freeze() {
	echo 1 >"$1/cgroup.freeze"
	"$AID" wait-text "$1/cgroup.events" "frozen 1"
}

t "words that engines know"
cl kill nosuch
is "$rc:$err" '1:crun-lite: container "nosuch" does not exist' "kill of an unknown container"
cl delete nosuch
is "$rc:$err" '1:crun-lite: container "nosuch" does not exist' "delete of an unknown container"
cl delete --force nosuch
is "$rc:$out:$err" "0::" "delete --force of an unknown container"
cl delete --force -- -x ../up ''
is "$rc" 0 "delete --force of what cannot be a container"
RUN=(-d)
run . catch
init_pid
cl delete "$ID"
is "$rc:$err" "1:crun-lite: cannot delete container \"$ID\" that is not stopped: running" "delete of a running container"
freeze "$CG/$ID"
status_is paused "a frozen container is paused"
cl delete "$ID"
is "$rc:$err" "1:crun-lite: cannot delete container \"$ID\" that is not stopped: paused" "delete of a paused container"
echo 0 >"$CG/$ID/cgroup.freeze"
cl kill "$ID" 9
succeeds "kill ID 9"
"$AID" wait-pid "$PID"
cl kill "$ID" 9
is "$rc:$err" "1:crun-lite: cannot signal container \"$ID\": container not running" "kill of a stopped container"
for o in "--all $ID" "-a $ID 9" "--all=true $ID TERM" "$ID --all KILL" "$ID KILL -a"; do
	# shellcheck disable=SC2086 # words
	cl kill $o
	is "$rc:$err" "0:" "kill $o of a stopped container"
done
cl kill "$ID" NOSUCH
like "$rc:$err" '^1:.*unknown signal "NOSUCH"' "kill with an unknown signal"
cl delete "$ID"
succeeds "delete"
cl delete --force "$ID"
succeeds "delete --force of what was deleted"

t "several at once"
RUN=(-d)
run . pause
one=$ID
run . pause
cl delete --force "$one" nosuch "$ID"
is "$rc:$err" "0:" "delete --force of several"
run . pause
one=$ID
run . pause
cl delete nosuch "$one" "$ID"
is "$rc" 1 "delete of several"
is "$(wc -l <<<"$err")" 3 "has an error for each"
cl kill "$one" KILL
"$AID" wait-pid "$(jq .pid "$STATE/$one/state.json")"
cl delete nosuch "$one"
is "$rc" 1 "one that does not exist"
nok "does not keep the others" test -e "$STATE/$one"

t "force"
RUN=(-d)
run . catch
init_pid
cl delete --force "$ID"
is "$rc:$err" "0:" "delete --force of a running container"
ok "its process is gone" "$AID" wait-pid "$PID"
nok "its cgroup is gone" test -e "$CG/$ID"
nok "its state is gone" test -e "$STATE/$ID"
run . catch
freeze "$CG/$ID"
cl delete "$ID" -f
is "$rc:$err" "0:" "delete --force of a paused container"
nok "its cgroup is gone" test -e "$CG/$ID"

t "processes beside init"
RUN=(-d)
run 'nons("pid") | .process.args = [ "/bin/sh", "-c", "sleep 1000 & sleep 1000 & sleep 1000 & echo ready; wait" ]'
init_pid
"$AID" wait-text "$W/out" ready
cl kill --all "$ID" STOP
succeeds "kill --all with another signal than KILL"
# a signal is sent when kill returns, but each process stops when it next runs
# shellcheck disable=SC2317 # for spin
stopped() {
	n=0
	while read -r p; do grep -q '^State:.*T' "/proc/$p/status" && n=$((n + 1)); done <"$CG/$ID/cgroup.procs"
	[ "$n" = 4 ]
}
spin stopped
is "$n" 4 "reaches every process"
kill -KILL "$PID"
"$AID" wait-pid "$PID"
status_is stopped "init has ended, the others have not"
cl kill --all "$ID" KILL
succeeds "kill --all of what is left"
cl delete "$ID"
succeeds "delete"
nok "LIFE-15 removes the cgroup" test -e "$CG/$ID"
run 'nons("pid") | .process.args = [ "/bin/sh", "-c", "sleep 1000 & exec sleep 1000" ]'
init_pid
kill -KILL "$PID"
"$AID" wait-pid "$PID"
cl delete "$ID"
is "$rc:$err" "0:" "LIFE-15 delete of a stopped container with processes"
nok "LIFE-15 removes the cgroup" test -e "$CG/$ID"

t "signals"
RUN=()
create . catch
start
said ready
for s in "10 USR1" "USR2 USR2" "SIGHUP HUP" "sigpipe PIPE" "alrm ALRM" "RTMIN RTMIN+0" "RTMIN+5 RTMIN+5" "SIGRTMIN+3 RTMIN+3" "rtmax-2 RTMIN+28" \
	"63 RTMIN+29" "sigrtmax RTMIN+30"; do
	cl kill "$ID" "${s% *}"
	ok "kill ID ${s% *}" "$AID" wait-text "$B/out" "signal=${s#* }"
done
cl kill "$ID" 0
is "$rc:$out:$err" "0::" "kill ID 0"
for s in 65 -1 SIG RTMIN+31 RTMIN-1 NOSUCH '' 9x SIGSIGTERM; do
	cl kill -- "$ID" "$s"
	is "$rc:$err" "1:crun-lite: unknown signal \"$s\": must be a number from 0 to 64 or a name such as TERM" "kill ID '$s'"
done
cl kill "$ID"
ok "kill ID: TERM" "$AID" wait-text "$B/out" signal=TERM

t "regular expressions"
RUN=(-d)
run . pause
one=$ID
run . pause
two=$ID
run . pause
cl kill --regex nosuch KILL
is "$rc:$out:$err" "0::" "kill --regex of none"
cl kill -r "^($one|$two)\$" 0
is "$rc:$err" "0:" "kill -r of two"
cl kill -r "^($one|$two)\$" KILL
is "$rc:$err" "0:" "kill -r of two with KILL"
for i in "$one" "$two"; do "$AID" wait-pid "$(jq .pid "$STATE/$i/state.json")"; done
status_is running "leaves a third alone"
cl kill -r . 0
is "$rc:$(grep -c 'warning: cannot signal container "c[0-9]*": container not running' <<<"$err")" "0:2" "those that have stopped are warnings"
cl kill -r 'x(' KILL
like "$rc:$err" '^1:crun-lite: "x\(" must be an extended regular expression: unmatched \( or' "a wrong one"
cl delete --regex nosuch 'none$'
is "$rc:$out:$err" "0::" "delete --regex of none"
cl delete -r .
is "$rc:$(grep -c "warning: cannot delete container \"$ID\" that is not stopped: running" <<<"$err")" "0:1" "delete -r of what runs is a warning"
cl list -q
is "$out" "$ID" "the others are gone"
cl delete -r 'x('
like "$rc:$err" '^1:crun-lite: "x\(" must be an extended regular expression' "a wrong one"
cl delete -fr "^$ID" '['
like "$rc:$err" '^1:crun-lite: "\[" must be an extended regular expression' "a wrong one behind a good one"
nok "which did its work" test -e "$STATE/$ID"

t "cgroups inside"
RUN=(-d)
run . pause
init_pid
mkdir -p "$CG/$ID/a/b" "$CG/$ID/c"
cl delete -f "$ID"
is "$rc:$err" "0:" "delete --force of a container that made cgroups"
nok "removes them" test -e "$CG/$ID"

t "symlinks in the state root"
mkdir -p "$STATE" "$W/outside"
touch "$W/outside/state.json" "$W/outside/file"
ln -s "$W/outside" "$STATE/link"
cl delete --force link
is "$(cd "$W/outside" && echo *)" "file state.json" "delete --force removes nothing outside"
cl list -q
unlike "$out" link "a symlink is not listed"
rm "$STATE/link"

t "a process that is not ours"
RUN=(-d)
run . pause
init_pid
job sleep 1000
jq -c ".pid = $JOB" "$STATE/$ID/state.json" >"$W/forged"
cat "$W/forged" >"$STATE/$ID/state.json"
status_is stopped "a number that went to another process is not the container"
cl kill "$ID" KILL
like "$rc:$err" "^1:.*container not running" "it is not signalled"
cl delete --force "$ID"
succeeds "delete --force"
ok "kills only what is ours" kill -0 "$JOB"
ok "and that all" "$AID" wait-pid "$PID"

# A zombie in its pid namespace keeps init in the kernel until its parent, outside, reaps it: this one never does.
t "a zombie that nobody reaps"
mkfifo "$B/fifo"
# zombie - in the container
zombie() {
	init_pid
	job bash -c 'exec "$@" <>"$0"' "$B/fifo" "$AID" noreap "$CRUN_LITE" --root "$STATE" exec -d "$ID" /bin/true
	job_said status=0
	"$AID" wait-pid "$(cat "/proc/$JOB/task/$JOB/children")"
}
reaped() {
	echo >"$B/fifo"
	job_ended
	"$AID" wait-pid "$PID"
}
RUN=(-d)
for f in . '.linux.namespaces |= map(select(.type != "pid"))'; do
	run "$f" pause
	zombie
	cl delete --force "$ID"
	is "$rc:$err" "0:" "delete --force has nothing to wait for"
	nok "and no cgroup is left" test -e "$CG/$ID"
	nok "nor the state" test -e "$STATE/$ID"
	reaped
done
run . pause
zombie
cl kill "$ID" KILL
succeeds "kill"
"$AID" wait-empty "$CG/$ID"
status_is stopped "init that only waits for it has stopped"
cl delete "$ID"
is "$rc:$err" "0:" "delete needs no --force"
nok "and no cgroup is left" test -e "$CG/$ID"
reaped
new_id
conf . pause
cl --cgroup-manager disabled run -d -b "$B" "$ID"
zombie
cl delete --force "$ID"
is "$rc:$err" "0:" "nor is there anything to wait for without a cgroup"
reaped

# held - init has come to its end and waits in the kernel (PF_EXITING, asleep)
# shellcheck disable=SC2317
held() {
	local s
	read -r s <"/proc/$PID/stat"
	read -r _ _ _ _ _ _ s _ <<<"S${s##*)}"
	((s & 4)) && grep -q '^State:.*[SZ]' "/proc/$PID/status"
}
t "run, when init waits for a zombie that nobody reaps"
mkfifo "$B/fifo"
for manager in cgroupfs disabled; do
	new_id
	conf . pause
	job "$CRUN_LITE" --root "$STATE" --cgroup-manager $manager run -b "$B" "$ID"
	job_said ready
	run_job=$JOB
	zombie
	zombie_job=$JOB
	cl kill "$ID" KILL
	ok "the kernel holds init ($manager)" spin held
	# without a cgroup nothing tells, so it takes somebody who asks
	[ $manager = cgroupfs ] || kill -TERM "$run_job"
	JOB=$run_job
	ok "run ends ($manager)" "$AID" wait-pid "$JOB"
	job_ended
	is "$rc" 137 "with the exit status of the program"
	nok "and the container is gone" test -e "$STATE/$ID" -o -e "$CG/$ID"
	JOB=$zombie_job
	reaped
done

# Of a state root that outlives the machine the numbers come again: the pid and the inode of its pidfd are both counted from the start.
t "a process of another boot"
RUN=(-d)
run . pause
init_pid
old='.created = "2001-02-03T04:05:06.000000007Z"'
jq -c "$old | .startTime += 1" "$STATE/$ID/state.json" >"$W/forged"
cp "$STATE/$ID/state.json" "$W/kept"
cp "$STATE/$ID/undo" "$W/undo"
cat "$W/forged" >"$STATE/$ID/state.json" && rm "$STATE/$ID/undo"
status_is stopped "the inode alone does not make it the container"
cl kill "$ID" KILL
like "$rc:$err" "^1:.*container not running" "it is not signalled"
jq -c "$old" "$W/kept" >"$STATE/$ID/state.json"
status_is running "with the same start time it is, whatever the clock said"
cp "$W/undo" "$STATE/$ID/undo"

# damage HOW FILE
damage() {
	case $1 in
	cut) truncate -s "$(($(stat -c %s "$2") - 1))" "$2" ;;
	half) truncate -s "$(($(stat -c %s "$2") / 2))" "$2" ;;
	empty) : >"$2" ;;
	garbage) head -c 512 /dev/zero >"$2" ;;
	format) sed -i 's/"crunLite":1,/"crunLite":2,/' "$2" ;;
	link) rm "$2" && ln -s /nosuch "$2" ;;
	gone) rm "$2" ;;
	esac
}

t "a state.json that cannot be understood"
RUN=(-d)
for how in cut half empty garbage format link gone; do
	run . pause
	init_pid
	damage $how "$STATE/$ID/state.json"
	reason="container \"$ID\" is broken: "
	[ $how != format ] || reason+="$STATE/$ID/state.json has format 2, this crun-lite reads 1"
	cl state "$ID"
	like "$rc:$err" "^1:crun-lite: $reason" "$how: state says so"
	cl list
	is "$rc:$(tail -n 1 <<<"$out" | xargs)" "0:$ID $PID broken" "$how: the list has it, with its living process"
	like "$err" "warning: $reason" "$how: and says why"
	cl exec "$ID" true
	like "$rc:$err" "^255:crun-lite: exec failed: $reason" "$how: exec says so"
	cl delete "$ID"
	like "$rc:$err" "^1:crun-lite: $reason.*delete --force $ID" "$how: delete says how to delete it"
	cl kill "$ID" 0
	is "$rc" 0 "$how: its process is known"
	like "$err" "warning: $reason" "$how: kill says so"
	cl delete --force "$ID"
	is "$rc" 0 "$how: delete --force"
	like "$err" "warning: $reason.*\"undo\"" "$how: says by what it knows the container"
	ok "$how: its process is gone" "$AID" wait-pid "$PID"
	nok "$how: its cgroup is gone" test -e "$CG/$ID"
	nok "$how: its directory is gone" test -e "$STATE/$ID"
done
run . pause
init_pid
damage format "$STATE/$ID/state.json"
cl kill "$ID" KILL
is "$rc" 0 "kill of a container of another version"
ok "kills it" "$AID" wait-pid "$PID"
cl kill "$ID" KILL
like "$rc:$err" "^1:.*container not running" "once"
cl list
is "$(tail -n 1 <<<"$out" | xargs)" "$ID 0 broken" "then the list has no process for it"
cl delete --force "$ID"

t "a changed byte of state.json"
RUN=(-d)
run . pause
init_pid
cp "$STATE/$ID/state.json" "$W/state.json"
sed -i "s/\"pid\":$PID,/\"pid\":1,/" "$STATE/$ID/state.json"
cl delete --force "$ID"
is "$rc" 0 "another process id: delete --force"
like "$err" "warning: container \"$ID\": state.json and undo in its state directory do not say the same" "says that something is wrong"
ok "and ends the right process" "$AID" wait-pid "$PID"
run . pause
init_pid
sed -i "s/\"pid\":$PID,/\"pid\":1,/" "$STATE/$ID/state.json"
cl delete "$ID"
like "$rc:$err" "^1:.*cannot delete container \"$ID\" that is not stopped: running" "another process id: delete does not take it for stopped"
cl delete --force "$ID"

t "nothing that can be understood"
RUN=(-d)
for how in cut half empty garbage gone; do
	run . pause
	init_pid
	cp "$STATE/$ID/undo" "$W/undo"
	damage $how "$STATE/$ID/undo"
	damage half "$STATE/$ID/state.json"
	cl delete --force "$ID"
	like "$rc:$err" "^1:.*container \"$ID\" is broken: .*nothing was deleted.*remove the directory \"$STATE/$ID\"" "$how: delete --force says what to do"
	ok "$how: nothing was deleted" test -e "$STATE/$ID" -a -e "$CG/$ID"
	ok "$how: the container lives" kill -0 "$PID"
	cl kill "$ID" KILL
	like "$rc:$err" "^1:.*container \"$ID\" is broken: " "$how: kill does not know it either"
	cp "$W/undo" "$STATE/$ID/undo"
	cl delete --force "$ID"
	is "$rc" 0 "$how: with the undo core back it can be deleted"
done
run . pause
rm "$STATE/$ID/undo"
cl delete --force "$ID"
is "$rc:$err" "0:" "a container of a version that had no undo core"

t "a cgroup of the same name"
RUN=(-d)
other() { "$CRUN_LITE" --root "$W/other" "$@"; }
other_lives() {
	is "$(other state "$ID" | jq -c '[.status, .pid]')" "[\"running\",$OTHER]" "$1: the other container lives"
	ok "$1: so does its cgroup" test -e "$CG/$ID"
}
run . pause
init_pid
kill -KILL "$PID" && "$AID" wait-pid "$PID"
rmdir "$CG/$ID"
other run -d -b "$B" "$ID" <>/dev/null
OTHER=$(other state "$ID" | jq .pid)
cl kill "$ID" KILL
like "$rc:$err" "^1:.*container not running" "kill of the stopped container"
cl kill --all "$ID" KILL
is "$rc" 0 "kill --all of it"
other_lives "kill"
cl events --stats "$ID"
like "$rc:$err" "^1:.*is not running" "events of it"
cl ps "$ID"
is "$rc:$(wc -l <<<"$out")" "0:1" "it has no processes"
cl delete "$ID"
is "$rc" 0 "delete of it"
like "$err" "warning: cgroup \"/.*$ID\" is another one than that of container \"$ID\", which was removed: it is left alone" "says what it leaves alone"
other_lives "delete"
other delete --force "$ID"
nok "it was the other's" test -e "$CG/$ID"

t "a cgroup of the same name while init is elsewhere"
RUN=(-d)
run . pause
init_pid
mkdir "$CG/elsewhere"
echo "$PID" >"$CG/elsewhere/cgroup.procs"
rmdir "$CG/$ID"
other run -d -b "$B" "$ID" <>/dev/null
OTHER=$(other state "$ID" | jq .pid)
gone="cgroup \"/.*$ID\" is gone, and another one has its path"
for command in "pause $ID" "update --pids-limit 7 $ID" "ps $ID" "events --stats $ID"; do
	# shellcheck disable=SC2086 # words
	cl $command
	like "$rc:$err" "^[1-9][0-9]*:.*$gone" "${command%% *}"
done
cl exec "$ID" /bin/probe say ok
is "$rc:$out" "0:ok" "exec"
like "$err" "warning: cgroup \"/$ID\" of the container is gone: exec joins \"/elsewhere\", where init is" "goes where init is"
echo 1 >"$CG/$ID/cgroup.freeze"
"$AID" wait-text "$CG/$ID/cgroup.events" "frozen 1"
status_is running "the freezer of the other one says nothing"
echo 0 >"$CG/$ID/cgroup.freeze"
cl kill "$ID" KILL
is "$rc" 0 "kill"
ok "ends its process" "$AID" wait-pid "$PID"
other_lives "kill"
cl delete --force "$ID"
is "$rc" 0 "delete --force"
other_lives "delete --force"
other delete --force "$ID"
rmdir "$CG/elsewhere"

t "a container in use"
RUN=(-d)
run . pause
init_pid
# holds the lock until init has ended, as a start does whose hook hangs
job bash -c 'exec 7<"$0" && flock 7 && echo locked && exec "$1" wait-pid "$2"' "$STATE/$ID" "$AID" "$PID"
job_said locked
cl kill "$ID" WINCH
succeeds "kill does not wait"
cl state "$ID"
succeeds "nor does state"
cl delete --force "$ID"
is "$rc:$err" "0:" "delete --force kills, then waits for the lock"
nok "and removes" test -e "$STATE/$ID"

finish

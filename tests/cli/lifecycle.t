#!/bin/bash
# lifecycle.t - create, start, kill, delete (runtime.md "Operations", "Lifecycle")
. "${0%/*}/lib.sh"

t "run"
run . say hello , warn oops , exit 3
is "$rc $out $err" "3 hello oops" "run: exit status, standard output and error are the program's"

t "operations"
for op in create start kill delete state; do
	cl "$op"
	like "$rc:$err" "^1:.+" "LIFE-01 $op without an id is an error"
done

t "create and start"
create . say hello , pause
succeeds "LIFE-01 create"
status_is created "LIFE-07 status after create"
init_pid
ok "LIFE-07 pid is that of a process" test -d "/proc/$PID"
is "$(cat "$B/out")" "" "LIFE-06 the program has not run after create"
create_id=$ID
recreate
ID=$create_id
like "$rc:$err" "^1:.*(exist|in use)" "LIFE-02 an id in use is refused"
status_is created "LIFE-02 and the container that has it is untouched"
start
succeeds "LIFE-10 start"
said ready
status_is running "LIFE-10 status after start"
is "$(head -n 1 "$B/out")" hello "LIFE-10 start runs the program"
start
isnt "$rc" 0 "LIFE-09 start of a running container is an error"
status_is running "LIFE-09 and changes nothing"
cl delete "$ID"
isnt "$rc" 0 "LIFE-13 delete of a running container is an error"
status_is running "LIFE-13 and changes nothing"
kill -KILL "$PID"
"$AID" wait-pid "$PID"
status_is stopped "LIFE-18 status of a container that ended while nobody watched"
start
isnt "$rc" 0 "LIFE-09 start of a stopped container is an error"
cl kill "$ID" KILL
like "$rc:$err" "^1:.*container not running" "LIFE-12 kill of a stopped container is an error"
recreate
ID=$create_id
isnt "$rc" 0 "LIFE-02 the id of a stopped container is in use too"
cl delete "$ID"
succeeds "LIFE-14 delete of a stopped container"
nok "LIFE-14 the state is gone" test -e "$STATE/$ID"
nok "LIFE-14 the cgroup is gone" test -e "$CG/$ID"
cl state "$ID"
like "$rc:$err" "^1:.*does not exist" "LIFE-16 state of an unknown id is an error"
cl kill "$ID" KILL
like "$rc:$err" "^1:.*does not exist" "LIFE-12 kill of an unknown id is an error"
cl start "$ID"
like "$rc:$err" "^1:.*does not exist" "LIFE-09 start of an unknown id is an error"
cl delete "$ID"
like "$rc:$err" "^1:.*does not exist" "LIFE-13 delete of an unknown id is an error"
cl delete --force "$ID"
succeeds "LIFE-13 delete --force of an unknown id is not"
recreate
succeeds "LIFE-04 the id can be used again"

t "delete of a created container"
create . say never
init_pid
cl delete "$ID"
succeeds "LIFE-13 delete of a created container ends and removes it"
ok "LIFE-13 its init is gone" "$AID" wait-pid "$PID"
is "$(cat "$B/out")" "" "LIFE-06 and the program never ran"

t "signals"
create . catch
start && said ready
init_pid
for s in USR1:USR1 SIGUSR2:USR2 1:HUP hup:HUP SIGRTMIN+3:RTMIN+3 RTMIN:RTMIN+0; do
	cl kill "$ID" "${s%:*}"
	[ "$rc" = 0 ] && said "signal=${s#*:}"
	ok "LIFE-11 kill ${s%:*}" grep -qx "signal=${s#*:}" "$B/out"
done
for s in NOSUCH 65 99999 -5 ''; do
	cl kill "$ID" -- "$s"
	isnt "$rc" 0 "LIFE-12 signal \"$s\" is refused"
done
status_is running "LIFE-12 and has no effect"
cl kill "$ID"
ended
like "$out" "signal=TERM" "LIFE-11 TERM is the signal when none is given"
status_is stopped "LIFE-11 the program has ended"

t "kill of a created container"
create . pause
cl kill "$ID" TERM
succeeds "LIFE-22 TERM to a created container is sent"
status_is created "LIFE-22 its init, pid 1 without a handler, stays"
init_pid
cl kill "$ID" KILL
succeeds "LIFE-11 KILL to a created container"
"$AID" wait-pid "$PID"
status_is stopped "LIFE-11 ends it"

t "configuration is read once"
create '.hooks.poststop = [ { path: "/bin/sh", args: [ "sh", "-c", "echo one >>\($b)/log" ] } ]' say before
conf '.hooks.poststop = [ { path: "/bin/sh", args: [ "sh", "-c", "echo two >>\($b)/log" ] } ]' say after
init_pid
start
ended
is "$out" before "LIFE-08 a configuration changed after create has no effect on start"
rm "$B/config.json"
cl state "$ID"
succeeds "LIFE-08 nor on state when it is gone"
cl delete "$ID"
succeeds "LIFE-08 nor on delete"
is "$(cat "$B/log")" one "LIFE-08 hooks are those of create"

t "ids"
long=$(printf 'x%.0s' {1..300})
for ID in '' . .. a/b 'a b' "$long" 'a:b' 'a;b' '$(id)' 'ü' '/' '../up' $'a\nb'; do
	conf . say never
	before=("$STATE"/*)
	cl create -b "$B" -- "$ID"
	after=("$STATE"/*)
	like "$rc:${#after[@]}:$err" "^[1-9][0-9]*:${#before[@]}:.+" "LIFE-03 id \"${ID:0:20}\" is refused"
done
for ID in a A-b_c.d+e 0 _ + "${long:0:64}"; do
	conf . say yes
	cl run -b "$B" "$ID"
	is "$rc:$out" "0:yes" "LIFE-03 id \"${ID:0:20}\" is good"
done

ID=-x
cl create -b "$B" "$ID"
isnt "$rc" 0 "LIFE-03 an id that looks like an option needs a -- before it"

t "other processes"
create . catch
(
	cd / && env -i "$CRUN_LITE" --root "$STATE" start "$ID"
)
said ready
status_is running "LIFE-19 operations work from any other process"
init_pid

t "errors leave nothing"
create '.linux.sysctl = { "net.no_such_key": "1" }' say never
fails "net[./]no_such_key" "LIFE-21 create that cannot apply a property fails"
is "$(cat "$B/out")" "" "LIFE-05 and runs nothing"
leaks
is "$REPLY" "" "LIFE-21 and leaves nothing"
run '.mounts += [ { destination: "/x", type: "no-such-fs", source: "x" } ]' say never
fails . "LIFE-05 run that cannot apply a property fails"

t "left-over processes"
create 'nons("pid")' fork 2 , say parent
init_pid
start
ended
status_is stopped "LIFE-15 stopped when init has ended, with processes left"
cl delete "$ID"
succeeds "LIFE-15 delete without a pid namespace"
leaks
is "$REPLY" "" "LIFE-15 kills what is left in the cgroup"

create 'nons("pid")' fork 2 , pause
start && said ready
init_pid
cl kill --all "$ID" KILL
succeeds "LIFE-15 kill --all without a pid namespace"
"$AID" wait-pid "$PID"
"$AID" wait-empty "$CG/$ID"
linger
is "$REPLY" "" "LIFE-15 reaches every process"

t "delete --force"
create . fork 3 , pause
start && said ready
init_pid
cl delete --force "$ID"
succeeds "LIFE-13 delete --force of a running container"
leaks
is "$REPLY" "" "LIFE-14 leaves nothing"

t "exit without being reaped"
new_id
conf . exit 0
mkfifo "$W/hold"
exec 8<>"$W/hold"
"$AID" noreap "$CRUN_LITE" --root "$STATE" create -b "$B" "$ID" <&8 >"$W/noreap" 2>"$B/err" &
jobs_running+=($!)
"$AID" wait-text "$W/noreap" status=
init_pid
start
"$AID" wait-pid "$PID"
like "$(cat "/proc/$PID/stat")" "\) Z " "LIFE-18 the program has ended and is not reaped:"
status_is stopped "LIFE-18 the status is stopped"
cl kill "$ID" KILL
isnt "$rc" 0 "LIFE-12 and kill is an error"
cl delete "$ID"
succeeds "LIFE-18 and delete works"
exec 8>&-

# what a command leaves is adopted by a process that reaps nothing, not even what has ended
t "a command that fails leaves no process"
mkfifo "$B/fifo"
exec 8<>"$B/fifo"
leaves_none() {
	rm -f "$W/noreap"
	"$AID" noreap "$CRUN_LITE" --root "$STATE" "${@:2}" <&8 >"$W/noreap" 2>"$B/err" &
	jobs_running+=($!)
	"$AID" wait-text "$W/noreap" status=
	is "$(cat "$W/noreap"):$(cat /proc/$!/task/$!/children)" "$1:" "LIFE-21 $2 that fails ($(head -c 60 "$B/err"))"
}
new_id
conf '.linux.cgroupsPath = "/cgroup.procs"'
leaves_none status=1 run -b "$B" "$ID"
leaves_none status=1 create -b "$B" "$ID"
conf '.hostname = 7'
leaves_none status=1 create -b "$B" "$ID"
leaves_none status=1 run -b /none "$ID"
leaves_none status=1 run
leaves_none status=255 exec "$ID" true
exec 8>&-

t "process ids come round"
create . pause
start && said ready
init_pid
cl state "$ID"
kill -KILL "$PID" && "$AID" wait-pid "$PID"
sleep 100 &
victim=$!
jobs_running+=("$victim")
file=$STATE/$ID/state.json
if [ -e "$file" ] && jq -e .pid "$file" >/dev/null 2>&1; then
	jq --argjson p $victim '.pid = $p' "$file" >"$W/forged" && cat "$W/forged" >"$file"
	status_is stopped "LIFE-18 a process that only has the same pid is not the container"
	cl kill "$ID" KILL
	cl delete --force "$ID"
	ok "LIFE-12 and is not signalled" test -d "/proc/$victim"
else
	fail "LIFE-18 a process that only has the same pid is not the container" "no pid in state.json"
fi

t "thirteen steps"
create '
	def h(n): { path: "/bin/sh", args: [ "sh", "-c", "cat >/dev/null; echo \(n) >>\($b)/log" ], env: [ "PATH=/bin" ] };
	def c(n): h(n) | .args[2] = "/bin/cat >/dev/null; echo \(n) >>/log/log";
	bind("/log"; $b; [])
	| .hooks = { prestart: [ h("prestart") ], createRuntime: [ h("createRuntime") ], createContainer: [ h("createContainer") ],
		startContainer: [ c("startContainer") ], poststart: [ h("poststart") ], poststop: [ h("poststop") ] }
	| .process.args = [ "/bin/sh", "-c", "echo program >>/log/log; exec /bin/probe pause" ]'
echo created >>"$B/log"
init_pid
start
said ready
echo started >>"$B/log"
kill -KILL "$PID" && "$AID" wait-pid "$PID"
cl delete "$ID"
echo deleted >>"$B/log"
got=$(grep -v program "$B/log" | tr '\n' ' ')
is "$got" "prestart createRuntime createContainer created startContainer poststart started poststop deleted " \
	"LIFE-17 the steps come in the order of the specification"
like "$(tr '\n' ' ' <"$B/log")" "startContainer .*program .*poststop" "LIFE-17 the program runs after startContainer"

t "killed before the program runs"
# end of file on the start socket is no proof that the program runs: the end of init closes it, too
if strace -qq -o /dev/null true 2>/dev/null; then
	hook='.hooks = { poststart: [ { path: "/bin/sh", args: [ "sh", "-c", "echo ran >>\($b)/poststart" ] } ] }'
	create "$hook" say never
	init_pid
	kill -STOP "$PID"
	: >"$W/trace"
	job strace -qq -o "$W/trace" -e trace=recvmsg -e inject=recvmsg:signal=STOP:when=1 "$CRUN_LITE" --root "$STATE" start "$ID"
	"$AID" wait-text "$W/trace" SIGSTOP
	kill -KILL "$PID"
	"$AID" wait-pid "$PID"
	kill -CONT "$(pgrep -P "$JOB")"
	job_ended
	like "$rc:$out" "^1:.*(init was killed before it could execute the program)" "start: an error"
	nok "start: no poststart hooks" test -e "$B/poststart"
	nok "start: the container is destroyed" test -e "$STATE/$ID"
	for command in "run -d" run; do
		new_id
		conf "$hook" say never
		PREFIX=(strace -f -qq -o "$W/trace" -P /bin/probe -e trace=execve -e inject=execve:signal=KILL)
		# shellcheck disable=SC2086 # words
		cl $command -b "$B" "$ID"
		PREFIX=()
		like "$rc:$err" "^1:.*init was killed before it could execute the program" "$command: an error"
		nok "$command: no poststart hooks" test -e "$B/poststart"
		nok "$command: the container is destroyed" test -e "$STATE/$ID"
	done
	create . say ready , pause
	start && said ready
	PREFIX=(strace -f -qq -o "$W/trace" -P /bin/probe -e trace=execve -e inject=execve:signal=KILL)
	cl exec --detach "$ID" /bin/probe say never
	PREFIX=()
	like "$rc:$err" "^255:.*the program's process was killed before it could execute the program" "exec --detach: an error"
	cl exec --detach "$ID" /bin/true
	is "$rc:$err" "0:" "exec --detach of what ends at once is none"
	cl delete --force "$ID"
	for ((i = 0; i < 20; i++)); do
		create "$hook" exit 3
		start
		[ "$rc:$err" = 0: ] || note "$rc:$err"
		cl delete --force "$ID"
	done
	is "$(grep -c ran "$B/poststart")" 20 "start of what ends at once is none, and its hooks run"
else
	skip "start, run and exec of what is killed before" "host: strace cannot trace here"
fi

finish

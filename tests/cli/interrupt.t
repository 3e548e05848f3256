#!/bin/bash
# interrupt.t - hooks that hang: signals end what waits for them, and delete --force does not wait for ever
. "${0%/*}/lib.sh"

# hanging KIND - a filter: a hook of this kind that says so in $B/hook and stays
hanging() {
	local sh=/bin/bash began='\($b)/hook'
	[ "$1" != startContainer ] || sh=/bin/sh began=/hook
	REPLY=".hooks = { \"$1\": [ { path: \"$sh\", args: [ \"sh\", \"-c\", \"echo began >$began; sleep 1000; true\" ], env: [ \"PATH=$PATH\" ] } ],
		poststop: [ { path: \"/bin/bash\", args: [ \"sh\", \"-c\", \"echo stopped >\\(\$b)/poststop\" ] } ] }"
}

# begin KIND COMMAND... - the command in the background, until its hook hangs
begin() {
	local kind=$1 file=$B/hook
	shift
	rm -f "$B/hook" "$B/rootfs/hook" "$B/poststop"
	[ "$kind" != startContainer ] || file=$B/rootfs/hook
	: >"$file"
	new_id
	hanging "$kind"
	conf "$REPLY" pause
	job env --default-signal "$CRUN_LITE" --root "$STATE" "$@" -b "$B" "$ID"
	"$AID" wait-text "$file" began
}

t "a signal while a hook hangs"
while read -r kind command; do
	for s in INT TERM HUP QUIT; do
		# shellcheck disable=SC2086 # words
		begin "$kind" $command
		kill -$s "$JOB"
		job_ended
		is "$rc" 1 "$command ends on SIG$s while a $kind hook hangs"
		like "$out" "interrupted by signal [0-9]+ \($s\)" "it says why"
		nok "the container is gone" test -e "$STATE/$ID"
		leaks
		is "$REPLY" "" "with its hook, processes and cgroup"
		ok "HOOK-11 the poststop hooks have run" test -s "$B/poststop"
	done
done <<'END'
prestart create
createRuntime create
createContainer create
createRuntime run
createContainer run
createRuntime run -d
startContainer run
poststart run
poststart run -d
END
begin createRuntime run
like "$(grep SigBlk "/proc/$(pgrep -P "$(pgrep -P "$JOB" -x bash)" -x sleep)/status")" "0000000000000000$" "hooks have no signal blocked"
kill -WINCH "$JOB"
kill -TERM "$JOB"
job_ended
like "$out" "\(TERM\)" "other signals are no reason to end"

t "the command is killed while a hook hangs"
while read -r kind command; do
	# shellcheck disable=SC2086 # words
	begin "$kind" $command
	kill -KILL "$JOB"
	job_ended
	cl delete --force "$ID"
	is "$rc" 0 "delete --force after $command was killed in a $kind hook"
	leaks
	is "$REPLY" "" "ends the hook with all that it has started, and leaves nothing"
done <<'END'
prestart create
createRuntime create
createContainer create
createRuntime run
startContainer run
poststart run
poststart run -d
END
hanging poststart
: >"$B/hook"
create "$REPLY" pause
job "$CRUN_LITE" --root "$STATE" start "$ID"
"$AID" wait-text "$B/hook" began
kill -KILL "$JOB"
job_ended
cl delete --force "$ID"
is "$rc" 0 "delete --force after start was killed in a poststart hook"
leaks
is "$REPLY" "" "ends the hook, too"

t "delete --force while a hook hangs"
for kind in prestart createRuntime createContainer; do
	begin $kind create
	cl delete --force "$ID"
	is "$rc:$err" "0:" "delete --force while a $kind hook hangs"
	nok "the container is gone" test -e "$STATE/$ID"
	job_ended
	is "$rc" 1 "create ends"
	leaks
	is "$REPLY" "" "and nothing is left"
done
hanging poststart
create "$REPLY" pause
: >"$B/hook"
job "$CRUN_LITE" --root "$STATE" start "$ID"
"$AID" wait-text "$B/hook" began
cl delete --force "$ID"
like "$rc:$err" "^0:.*process [0-9]+ does not let go of the container" "delete --force while a poststart hook hangs: start is told to end"
nok "the container is gone" test -e "$STATE/$ID"
job_ended
isnt "$rc" 0 "start ends"
leaks
is "$REPLY" "" "and nothing is left"
hanging createRuntime
new_id
conf "$REPLY | del(.linux.cgroupsPath)" pause
: >"$B/hook"
job "$CRUN_LITE" --root "$STATE" --cgroup-manager disabled create -b "$B" "$ID"
"$AID" wait-text "$B/hook" began
cl delete --force "$ID"
like "$rc:$err" "^0:.*does not let go" "delete --force of a container without a cgroup"
job_ended
isnt "$rc" 0 "create ends"
leaks
is "$REPLY" "" "and nothing is left"

t "a signal while run cleans up"
# after the program has ended: a poststop hook that hangs, of its own and of somebody else's delete
hook='.hooks = { poststop: [ { path: "/bin/bash", args: [ "sh", "-c", "echo began >>\($b)/hook; exec sleep 1000" ], env: [ "PATH='$PATH'" ] } ] }'
: >"$B/hook"
new_id
conf "$hook" say "done"
job env --default-signal "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
"$AID" wait-text "$B/hook" began
kill -TERM "$JOB"
ok "SIGTERM ends run while its poststop hook hangs" "$AID" wait-pid "$JOB"
job_ended
like "$rc:$out" "^0:.*hooks?.*interrupted by signal 15 \(TERM\)" "with a warning, and the status of the program"
nok "the container is gone" test -e "$STATE/$ID"
: >"$B/hook"
new_id
conf "$hook" say ready , pause
job env --default-signal "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
runs=$JOB runs_out=$JOBOUT
job_said ready
init_pid
job env --default-signal "$CRUN_LITE" --root "$STATE" delete --force "$ID"
"$AID" wait-text "$B/hook" began
kill -TERM "$runs"
ok "SIGTERM ends run while somebody else's hook hangs" "$AID" wait-pid "$runs"
kill -KILL "$(pgrep -P "$JOB")"
job_ended
JOB=$runs JOBOUT=$runs_out
job_ended
leaks
is "$REPLY" "" "nothing is left"

t "a signal while start waits for READY=1"
job "$AID" notify "$W/notify"
job_said ready
listens=$JOB
create '.hooks = { poststart: [ { path: "/bin/bash", args: [ "sh", "-c", "echo began >\($b)/hook" ] } ] }' pause
cl delete --force "$ID"
: >"$B/hook"
NOTIFY_SOCKET=$W/notify create '.hooks = { poststart: [ { path: "/bin/bash", args: [ "sh", "-c", "echo began >\($b)/hook" ] } ] }' pause
job env --default-signal "NOTIFY_SOCKET=$W/notify" "$CRUN_LITE" --root "$STATE" start "$ID"
"$AID" wait-text "$B/hook" began
# the hook has begun; when nothing is left of it start waits
spin sh -c '! pgrep -P "$0" >/dev/null' "$JOB"
kill -TERM "$JOB"
ok "SIGTERM ends start, though it has run hooks" "$AID" wait-pid "$JOB"
job_ended
status_is running "the container runs on"
cl delete --force "$ID"
kill -KILL "$listens"

t "sockets whose owner stands still"
# all at the same time: each of them takes ten seconds
for kind in console agent pidfd notify; do
	what=stream
	[ $kind != notify ] || what=datagram
	job "$AID" full "$W/full.$kind" $what
	job_said ready
done
# stuck FILTER PROBE... - begin to make a container by ${command[@]}, with a config.json of its own
n=0
stuck() {
	new_id
	conf "$1" "${@:2}"
	cp "$B/config.json" "$W/config.$n"
	job timeout 60 env "NOTIFY_SOCKET=${notify-}" "$CRUN_LITE" --root "$STATE" "${command[@]}" -b "$B" --config "$W/config.$((n++))" "$ID"
	jobs+=("$JOB") outs+=("$JOBOUT")
}
jobs=() outs=()
command=(create --console-socket "$W/full.console")
stuck '.process.terminal = true' pause
command=(run --pidfd-socket "$W/full.pidfd")
stuck . pause
command=(run)
stuck '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "\($w)/full.agent", syscalls: [ { names: [ "mkdir" ], action: "SCMP_ACT_NOTIFY" } ] }' pause
notify=$W/full.notify
stuck . notify READY=1
notify=
at=0
while IFS='|' read -r pattern title; do
	JOB=${jobs[at]} JOBOUT=${outs[at++]}
	job_ended
	like "$rc:$out" "$pattern" "$title"
done <<'END'
^1:.*connect to the console socket ".*/full.console", where nothing has been taken for 10 s: |the console socket
^1:.*--pidfd-socket: send the pidfd to ".*/full.pidfd", where nothing has been taken for 10 s: |the socket for the pidfd
^1:.*listenerPath: failed to connect with seccomp agent at ".*/full.agent", where nothing has been taken for 10 s: |the seccomp agent
^0:.*cannot notify ".*/full.notify", where nothing has been taken for 10 s: |NOTIFY_SOCKET: with a warning
END
leaks
is "$REPLY" "" "nothing is left"

finish

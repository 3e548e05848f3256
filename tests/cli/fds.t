#!/bin/bash
# fds.t - descriptors and sockets that pass through the runtime: nothing else open, --preserve-fds, LISTEN_FDS, NOTIFY_SOCKET, --pid-file,
# --pidfd-socket (runtime-linux.md, and what engines use)
. "${0%/*}/lib.sh"

t "nothing else is open"
PREFIX=(bash -c 'exec 7</ 9</etc/passwd 20>/dev/null && exec "$@"' -)
run . fds
PREFIX=()
value fds "0 1 2" "PROC-11 only 0, 1, 2 are open in the program"
create . fds
init_pid
PREFIX=(bash -c 'exec 7</ 9</etc/passwd && exec "$@"' -)
start
PREFIX=()
ended
value fds "0 1 2" "PROC-11 also by create and start"
IN=$B/in
echo "from outside" >"$IN"
run . cat
IN=/dev/null
lines "stdin=from outside\\n
stdin end" "PROC-11 standard input is the caller's"
PREFIX=(bash -c 'exec "$@" <&-' -)
run . fds
PREFIX=()
like "$rc:$out" "^(0:.*fds=0 1 2|1:)" "PROC-11 a caller without standard input"
unlike "$out" "fd0=(/proc|/sys|/$|socket|anon)" "PROC-11 does not give the program something of the runtime's in its place"

t "preserved"
PREFIX=(bash -c 'exec 3</etc/passwd 4</dev/null 5</ && exec "$@"' -)
RUN=(--preserve-fds 2)
run . fds
value fds "0 1 2 3 4" "PROC-11 --preserve-fds 2 passes 3 and 4"
value fd3 /etc/passwd "PROC-11 as they are" 2>/dev/null
RUN=(--preserve-fds=0)
run . fds
value fds "0 1 2" "PROC-11 --preserve-fds 0 passes none"
PREFIX=(bash -c 'exec 3>&- 4>&- 5>&- 6</etc/passwd 7>&- 9</dev/null 10</ && exec "$@"' -)
RUN=(--preserve-fds 7)
run . fds
value fds "0 1 2 6 9" "PROC-11 of numbers that are not open nothing comes of it, the others are passed"
value fd6 /etc/passwd "PROC-11 as they are"
value fd9 /dev/null "PROC-11 and none of the runtime's own in between"
for i in 3 4 5 7 8; do
	run ".process.args = [ \"/proc/self/fd/$i/bin/sh\", \"-c\", \"echo escaped\" ] | .process.cwd = \"/\"" say never
	like "$rc:$out" "^1:$" "PROC-11 a number that was not open leads nowhere when the program is looked up ($i)"
done
RUN=()
create . pause
start
cl exec --preserve-fds 7 "$ID" /bin/probe fds
value fds "0 1 2 6 9" "exec --preserve-fds does the same"
for i in 3 4 5 7 8; do
	cl exec --preserve-fds 7 "$ID" "/proc/self/fd/$i/bin/sh" -c "echo escaped"
	like "$rc:$out" "^255:$" "there neither ($i)"
done
PREFIX=()
RUN=(--preserve-fds 3)
run . fds
value fds "0 1 2" "PROC-11 where none is open, none is passed"
for v in -1 x 99999999999 ''; do
	RUN=("--preserve-fds=$v")
	run . say never
	fails "preserve-fds" "PROC-11 --preserve-fds=$v is refused"
done
RUN=()

t "socket activation"
PREFIX=("$AID" activate "$W/socket")
run . listen , fds
PREFIX=()
rm -f "$W/socket"
lines "LISTEN_FDS=1
LISTEN_PID=self
socket=socket" "PROC-11 LISTEN_FDS passes the listening sockets"
value fds "0 1 2 3" "PROC-11 and nothing else"
PREFIX=(env LISTEN_FDS=1 LISTEN_PID=99999)
run . listen
PREFIX=()
line "LISTEN_FDS=unset" "PROC-11 LISTEN_FDS for another process is not ours"

t "notify socket"
job "$AID" notify "$W/notify"
job_said ready
PREFIX=(env "NOTIFY_SOCKET=$W/notify")
create . notify READY=1 , pause
succeeds "LIFE-10 create with a NOTIFY_SOCKET"
start
PREFIX=()
job_ended
like "$out" "message=(MAINPID=[0-9]+"$'\n'")?READY=1" "LIFE-10 a READY=1 of the program reaches the socket of the caller"
rm -f "$W/notify"
said ready
like "$(cat "$B/out")" "NOTIFY_SOCKET=/" "LIFE-10 through NOTIFY_SOCKET in its environment"

t "pid file"
RUN=(--pid-file "$W/pid")
create . pause
init_pid
is "$(cat "$W/pid")" "$PID" "LIFE-07 --pid-file is there when create returns, and has the pid of state"
create . pause
init_pid
is "$(cat "$W/pid")" "$PID" "LIFE-07 an old one is replaced"
RUN=(--pid-file "$W/no/such/dir/pid")
run . say never
fails "no/such/dir" "LIFE-05 a pid file that cannot be written is an error"
echo precious >"$W/precious"
ln -s "$W/precious" "$W/pidlink"
RUN=(--pid-file "$W/pidlink")
create . pause
is "$(cat "$W/precious")" precious "LIFE-07 a symlink in its place is not followed"
rm -f "$W/pid" "$W/pidlink" "$W/precious"
RUN=(-d --pid-file "$W/pid")
run '.hooks.poststart = [ { path: "/bin/false" } ]' pause
fails "poststart" "LIFE-07 a container that is ended again"
nok "LIFE-07 has no pid file" test -e "$W/pid"
RUN=(-d)
run . pause
: >"$B/rootfs/bin/empty" && chmod 755 "$B/rootfs/bin/empty"
for o in "" -d; do
	# shellcheck disable=SC2086 # words
	cl exec $o --pid-file "$W/pid" "$ID" /bin/empty
	isnt "$rc" 0 "LIFE-07 exec $o of what cannot be executed"
	nok "LIFE-07 leaves no pid file" test -e "$W/pid"
done
RUN=()

t "pidfd socket"
job "$AID" pidfd "$W/pidfd"
job_said ready
RUN=(--pidfd-socket "$W/pidfd")
create . pause
RUN=()
if [ "$rc" != 0 ]; then
	fail "LIFE-07 --pidfd-socket"
else
	init_pid
	job_ended
	lines "message=standard
pid=$PID" "LIFE-07 --pidfd-socket receives a pidfd of init"
fi
rm -f "$W/pidfd"
RUN=(--pidfd-socket "$W/nobody")
run . say never
fails "nobody" "LIFE-05 one that nobody listens at is an error"
RUN=()

finish

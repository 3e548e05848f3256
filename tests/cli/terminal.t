#!/bin/bash
# terminal.t - terminals (config.md "Process": terminal, consoleSize; runtime-linux.md)
. "${0%/*}/lib.sh"

tty='.process.terminal = true'

# at_socket FILTER [ARGUMENT...] - create with a terminal whose master goes to a socket; afterwards (job_ended) out is what the terminal said
at_socket() {
	rm -f "$W/console"
	job "$AID" console "$W/console" "$typed"
	job_said ready
	RUN=(--console-socket "$W/console")
	create "$tty | $1" "${@:2}"
	RUN=()
}
typed=

t "console socket"
at_socket '.process.consoleSize = { height: 33, width: 77 }' tty , readlink /proc/self/fd/0 , mount /dev/console , stat /dev/console , stat /dev/pts/0
succeeds "PROC-02 create with a console socket"
init_pid
start
"$AID" wait-pid "$PID"
job_ended
out=${out//$'\r'/}
like "$out" "message=/dev/p[^ ]* master=/dev/(pts/)?ptmx" "PROC-02 the master is sent, named"
lines "isatty=1 1 1
open /dev/tty=OK
ttyname=/dev/pts/0
session=1" "PROC-02 the slave is 0, 1, 2 and the controlling terminal"
line "size=33 77" "PROC-03 consoleSize is the initial size"
like "$out" "mount /dev/console=/0 .* devpts .*stat /dev/console=c 06[026]0 0:[05] 136:0" "DEV-10 /dev/console is the terminal"

typed=$'typed line\n'
at_socket . cat
start && job_said "stdin=typed line" # the terminal has shown it before
cl kill "$ID" KILL
ok "PROC-02 what is typed arrives" grep -q "stdin=typed line" "$JOBOUT"
typed=
at_socket '.process.user = { uid: 1000, gid: 1000 }' tty , stat /dev/pts/0
init_pid
start
"$AID" wait-pid "$PID"
job_ended
out=${out//$'\r'/}
like "$out" "open /dev/tty=OK.*stat /dev/pts/0=c 06[026]0 1000:" "PROC-02 the terminal belongs to the user"
at_socket 'userns' tty
init_pid
start
"$AID" wait-pid "$PID"
job_ended
like "$out" "isatty=1 1 1" "PROC-02 in a user namespace"

t "long socket path"
deep=$W/$(printf 'd%.0s' {1..60})/$(printf 'e%.0s' {1..60})
mkdir -p "$deep"
job "$AID" console "$deep/console"
job_said ready
RUN=(--console-socket "$deep/console")
create "$tty" tty
RUN=()
succeeds "PROC-02 a console socket whose path is longer than 108 bytes"

t "errors"
create "$tty" say never
fails "console.socket|terminal" "PROC-02 create with a terminal and without a console socket is an error"
RUN=(-d)
run "$tty" say never
fails "console.socket|terminal" "PROC-02 so is run -d"
RUN=(--console-socket "$W/nobody")
create "$tty" say never
fails "nobody" "PROC-02 a socket that nobody listens at is an error"
job "$AID" console "$W/unused"
job_said ready
RUN=(--console-socket "$W/unused")
create . say never
RUN=()
fails "console.socket|terminal" "PROC-02 a console socket without a terminal is an error"
rm -f "$W/unused" "$W/console"
job "$AID" console "$W/console"
job_said ready
RUN=(--console-socket "$W/console")
create "$tty | nomount(\"/dev/pts\")" say never
RUN=()
fails "pts" "PROC-02 a terminal without a devpts is an error"
run "$tty | .process.consoleSize = { height: 33 }" say never
fails "config\.json:[0-9]+:[0-9]+: process\.consoleSize.*width" "PROC-03 consoleSize without width is refused"
run "$tty | .process.consoleSize = { width: 33 }" say never
fails "config\.json:[0-9]+:[0-9]+: process\.consoleSize.*height" "PROC-03 without height too"
run "$tty | .process.consoleSize = { height: 33, width: 70000 }" tty
like "$rc:$out" "33 65535" "PROC-03 of a size above 65535 that much is given"
run '.process.consoleSize = { height: 33, width: 44 }' tty
like "$rc:$out" "^0:isatty=0 0 0" "PROC-03 consoleSize means nothing without a terminal"

t "no terminal"
run . tty , stat /dev/console
like "$out" "isatty=0 0 0.*open /dev/tty=EN.*stat /dev/console=ENOENT" "DEV-10 without a terminal there is no controlling one and no /dev/console"

t "foreground"
new_id
conf "$tty" tty
PREFIX=("$AID" pty '')
cl run -b "$B" "$ID"
out=${out//$'\r'/}
lines "isatty=1 1 1
open /dev/tty=OK" "PROC-02 run in the foreground of a terminal"
line "size=33 44" "PROC-02 has the size of the caller's"
new_id
conf "$tty | .process.args = [ \"/bin/sh\", \"-c\", \"echo ready; read x; echo got \$x; exit 5\" ]"
PREFIX=("$AID" pty $'something\n')
cl run -b "$B" "$ID"
like "$rc:$out" "^5:.*got something" "PROC-02 input reaches the program, its exit status the caller"
new_id
conf "$tty | .process.args = [ \"/bin/sh\", \"-c\", \"trap 'echo interrupted; exit 6' INT; echo ready; while :; do read x; done\" ]"
PREFIX=("$AID" pty $'\x03')
cl run -b "$B" "$ID"
PREFIX=()
like "$rc:$out" "^6:.*interrupted" "PROC-02 control characters act on the container's terminal"
run "$tty" tty
like "$rc:$out" "^0:isatty=1 1 1" "PROC-02 run with a terminal when the caller has none works"
unlike "$out" $'\r' "PROC-02 and no carriage return is in what the caller reads"
new_id
conf "$tty" say lines
PREFIX=("$AID" pty '')
rerun
like "$out" $'lines\r' "PROC-02 where the caller has a terminal, it gets them"
PREFIX=("$AID" pty '' bash -c 'out=$1; shift; "$@" >"$out"' - "$B/said")
cl run -b "$B" "$ID"
PREFIX=()
is "$(<"$B/said")" lines "PROC-02 not so where its output goes to a file"
create . pause
start
cl exec -t "$ID" /bin/probe tty
like "$rc:$out" "^0:isatty=1 1 1" "exec --tty when the caller has no terminal"
unlike "$out" $'\r' "without carriage returns"
new_id
conf . tty
PREFIX=("$AID" pty '')
cl run -b "$B" "$ID"
PREFIX=()
out=${out//$'\r'/}
like "$rc:$out" "^0:.*open /dev/tty=EN" "PROC-02 without terminal the caller's terminal does not become the controlling one"

t "output that nobody takes"
# stuck COMMAND... - begin a command whose standard output, a FIFO, is full already
mkfifo "$W/full"
exec 9<>"$W/full"
stuck() {
	dd if=/dev/zero of="$W/full" oflag=nonblock bs=4096 count=16 2>/dev/null
	rm -f "$B/rootfs/ready"
	# shellcheck disable=SC2016 # for the inner shell
	job sh -c 'exec "$@" >"$0" 9>&-' "$W/full" env --default-signal "$CRUN_LITE" --root "$STATE" "$@"
}
unread() { head -c 65536 <&9 >/dev/null; }
# a signal that comes just before read waits for its end
program='trap "exit 7" TERM; echo words; echo >/ready; while :; do read -t 1 x; done'
new_id
conf "$tty | .process.args = [ \"/bin/sh\", \"-c\", \"$(printf %s "$program" | sed 's/"/\\"/g')\" ]"
stuck run -b "$B" "$ID"
spin test -e "$B/rootfs/ready"
kill -TERM "$JOB"
ok "run passes signals on, and removes the container" spin test ! -e "$STATE/$ID"
ok "it waits for its reader" kill -0 "$JOB"
unread
is "$(head -c 5 <&9)" words "PROC-02 nothing is lost"
head -c 1 <&9 >/dev/null
job_ended
is "$rc:$out" "7:" "the exit status is that of the program"
new_id
stuck run -b "$B" "$ID"
spin test -e "$B/rootfs/ready"
kill -TERM "$JOB"
spin test ! -e "$STATE/$ID"
kill -TERM "$JOB"
job_ended
like "$rc:$out" "^7:.*warning: standard output has not taken all" "a signal ends that wait, with a warning"
unread
create . pause
start
stuck exec --tty "$ID" /bin/sh -c "$program"
spin test -e "$B/rootfs/ready"
kill -TERM "$JOB"
ok "exec passes signals on" spin sh -c '[ "$("$@" | wc -l)" = 2 ]' - "$CRUN_LITE" --root "$STATE" ps "$ID"
unread
is "$(head -c 5 <&9)" words "exec: nothing is lost"
head -c 1 <&9 >/dev/null
job_ended
is "$rc:$out" "7:" "exec: the exit status is that of the program"
stuck exec --tty --timeout 0.5 "$ID" /bin/sh -c "$program"
job_ended
is "$rc" 124 "exec --timeout ends it"
unread
exec 9>&-

finish

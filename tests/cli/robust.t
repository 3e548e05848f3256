#!/bin/bash
# robust.t - what an image, a caller or another command may do at the wrong moment: nothing of the host is reached, nothing hangs, nobody
# else's container is touched
. "${0%/*}/lib.sh"

t "descriptors are no way out"
# the caller leaks a directory of the host; the image names its program through it (CVE-2024-21626)
PREFIX=(bash -c 'exec 3</ 4</ 5</ 6</ 7</ 8</ 9</ 10</ 11</ 12</ && exec "$@"' -)
for n in 3 7; do
	run ".process.args = [ \"/proc/self/fd/$n$B/rootfs/bin/probe\", \"say\", \"out\" ]"
	fails "no such file" "SEC T02 the program is not found through descriptor $n that the caller left open"
	run ".process.cwd = \"/proc/self/fd/$n/etc\"" cwd
	fails "no such file|outside" "SEC T02 nor the working directory"
done
PREFIX=()
# what the runtime itself has open
for n in 3 4 5 6 7 8 9 10 11 12; do
	run ".process.args = [ \"/proc/self/fd/$n/self/root/bin/probe\", \"say\", \"out\" ]"
	isnt "$rc:$out" "0:out" "SEC T02 nor through descriptor $n of the runtime"
done

t "descriptors while it waits"
PREFIX=(bash -c 'exec 9</ 20>/dev/null && exec "$@"' -)
create . pause
PREFIX=()
init_pid
links=
for f in /proc/"$PID"/fd/*; do
	n=${f##*/}
	[ "$n" -gt 2 ] && links+=" $(readlink "$f")"
done
like "$links" '^( (/|socket:\[[0-9]+\]))*$' "SEC T15 a created container holds only its root and sockets"

t "--preserve-fds and what the runtime opened itself"
for n in 1 2 4 6; do
	RUN=("--preserve-fds=$n")
	run . fds
	value fds "0 1 2" "PROC-11 --preserve-fds $n without any such descriptor passes none of the runtime's"
done
RUN=()
create . pause
start
for n in 1 2 3 4; do
	cl exec "--preserve-fds=$n" "$ID" /bin/probe fds
	value fds "0 1 2" "PROC-11 exec --preserve-fds=$n neither"
done
PREFIX=(bash -c 'exec 9</ && exec "$@"' -)
for n in 3 4 5 6 7 8 9 10; do
	cl exec "$ID" "/proc/self/fd/$n$B/rootfs/bin/probe" say out
	isnt "$rc:$out" "0:out" "SEC T02 exec does not find its program through descriptor $n"
	cl exec "$ID" "/proc/self/fd/$n/self/root/bin/probe" say out
	isnt "$rc:$out" "0:out" "SEC T02 nor through one of the runtime"
done
PREFIX=()
cl delete --force "$ID"
PREFIX=(env LISTEN_FDS=3)
run . fds
fails "descriptor 3.*not open" "PROC-11 LISTEN_FDS, too"
PREFIX=()

t "run does not delete its successor"
conf . pause
new_id
job "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
job_said ready
kill -STOP "$JOB"
cl delete --force "$ID"
succeeds "LIFE-15 delete --force while run waits"
execute "$B/out" "$B/err" "$CRUN_LITE" --root "$STATE" run --detach -b "$B" "$ID"
succeeds "LIFE-15 the id is free again"
kill -CONT "$JOB"
job_ended
status_is running "LIFE-15 the first run leaves the new container alone"

t "a limit on descriptors that is too low for init itself"
for n in 0 3 5 8 20; do
	create ".process.rlimits = [ { type: \"RLIMIT_NOFILE\", soft: $n, hard: $n } ]" rlimits , pause
	init_pid
	start
	succeeds "RLIM-03 RLIMIT_NOFILE $n: start"
	ok "RLIM-03 and the program has the limit" said "NOFILE=$n"
	cl delete --force "$ID"
done

t "an endless /etc/passwd"
truncate -s 1T "$B/rootfs/etc/passwd" 2>/dev/null || truncate -s 8G "$B/rootfs/etc/passwd"
run '.process.user.uid = 7' env
line "env HOME=/" "PROC-07 is read only so far"

t "more bind mounts than descriptors"
touch "$B/rootfs/mnt/a"
PREFIX=(bash -c 'ulimit -Sn 256 && exec "$@"' -)
run '.mounts += [ range(300) | { destination: "/mnt/d\(.)", source: "/etc", options: [ "bind" ] } ]' stat /mnt/d299/passwd , rlimits
succeeds "MNT-01 300 bind mounts with a soft limit of 256"
like "$out" "NOFILE=256 " "MNT-01 which the program has"
run 'userns | .mounts += [ range(300) | { destination: "/mnt/d\(.)", source: "/etc", options: [ "bind" ] } ]' stat /mnt/d299/passwd , rlimits
succeeds "MNT-01 also in a user namespace"
like "$out" "NOFILE=256 " "MNT-01 with the same limit"
PREFIX=(bash -c 'ulimit -n 256 && exec "$@"' -)
run '.mounts += [ range(300) | { destination: "/mnt/d\(.)", source: "/etc", options: [ "bind" ] } ]' say never
fails "too many open files" "MNT-01 with a hard limit of 256 it is an error"
PREFIX=()

t "one cgroup, one container"
create '.linux.cgroupsPath = $base + "/shared"' say first
FIRST=$ID
init_pid
start
ended
create '.linux.cgroupsPath = $base + "/shared"' pause
slurp "$B/err" && err=$REPLY
fails "\"[^\"]*/shared\" is that of container \"$FIRST\"" "CGP-07 the cgroup of a stopped container is not given to another one"
cl delete "$FIRST"
create '.linux.cgroupsPath = $base + "/shared"' pause
is "$rc" 0 "CGP-07 until that is deleted"

t "without /proc"
create . pause
PREFIX=(unshare -m sh -c 'mount -t tmpfs tmpfs /proc && exec "$@"' -)
cl state "$ID"
PREFIX=()
is "$rc" 1 "LIFE-18 without /proc state does not guess"
like "$err" '"/proc" is needed' "LIFE-18 and says so"

t "nothing on the standard descriptors"
for PREFIX in 'exec <&-' 'exec <&- >&-'; do
	PREFIX=(unshare -m bash -c "mount -t tmpfs tmpfs /dev && $PREFIX"' && exec "$@"' -)
	cl run -b "$B" x
	is "$rc" 1 "PROC-11 without a /dev/null"
	like "$err" '"/dev/null"' "PROC-11 the error says so"
done
PREFIX=()

t "an image without a /dev mount, twice"
nodev='.mounts |= map(select(.destination | startswith("/dev") | not))'
run "$nodev" say ok
succeeds "DEV-09 devices and links are made in the image"
run "userns | $nodev" say ok
is "$rc:$out" "0:ok" "DEV-09 links that are right already stay"

t "exec under the eyes of a tracer"
echo secret >"$W/marker"
create 'caps(["CAP_SYS_PTRACE"])' spy "$W/marker"
init_pid
start && said ready
for ((i = 0; i < 40; i++)); do
	cl exec "$ID" /bin/true
	[ "$rc" = 0 ] || break
done
status_is running "SEC T15p CAP_SYS_PTRACE finds no way to the host in what exec brings in"
unlike "$(cat "$B/out")" spied "SEC T15p neither its root nor its descriptors"
t "limits of the caller"
for s in 64 96 128; do
	PREFIX=(bash -c "ulimit -s $s; exec \"\$@\"" -)
	run 'mnt("/bin"; "tmpfs"; [ "tmpcopyup" ])' rlimits
	line "rlimit.STACK=$((s * 1024)) $((s * 1024))" "a stack of $s KiB is enough, and is the container's"
	create . pause
	init_pid
	start && said ready
	cl exec "$ID" /bin/true
	is "$rc:$err" "0:" "also for exec"
	cl delete --force "$ID"
done
for s in 0 1 2; do
	PREFIX=(bash -c "(ulimit -f $s; exec \"\$@\") 2>&1 | cat >&2; exit \${PIPESTATUS[0]}" -)
	run . say never
	is "$rc" 1 "files of $s KiB are too small"
	fails "write .*file too large.*ulimit -f" "the error says so, and nothing is left"
	create . say never
	fails "write .*file too large.*ulimit -f" "with create, too"
done
PREFIX=()

t "what could not be read is no answer"
create . pause
start && said ready
init_pid
# shape COMMAND - what an answer has in common with a whole one
shape() {
	case $1 in
	list) awk '{ print $1, $2, $3 }' "$W/out" ;;
	ps) awk '{ print $2, $NF }' "$W/out" ;;
	"events --stats") jq -r 'paths | map(tostring) | join(".")' "$W/out" ;;
	metrics) sed -n 's/ [0-9.e+-]*$//p' "$W/out" ;;
	esac
}
# truthful COMMAND PREFIX... - a whole answer, or a failure with a reason
truthful() {
	local command=$1
	shift
	PREFIX=("$@")
	# shellcheck disable=SC2086 # words
	cl $command $who
	PREFIX=()
	[ "$rc" != 0 ] && [ -n "$err" ] && return
	[ "$rc" = 0 ] && [ "$(shape "$command")" = "$whole" ] && return
	wrong+=" ${*: -1}:$rc"
}
for command in list ps "events --stats" metrics; do
	who=$ID wrong=
	[ "$command" != list ] || who=
	# shellcheck disable=SC2086 # words
	cl $command $who
	whole=$(shape "$command")
	for n in 3 4 5 6 7; do truthful "$command" prlimit "--nofile=$n"; done
	is "$wrong" "" "$command: without descriptors"
	strace -qq -o /dev/null true 2>/dev/null || continue
	for e in EIO ENOMEM EINTR; do
		wrong=
		for call in openat openat2 open read getdents64; do
			for n in 1 2 3 5 8 13; do
				truthful "$command" strace -qq -o /dev/null -e "inject=$call:error=$e:when=$n"
			done
		done
		is "$wrong" "" "$command: $e"
	done
done
PREFIX=(prlimit --nofile=4)
cl list
like "$rc:$out" "^1:.*$ID +0 +unknown" "a container that cannot be looked at is no broken one"
like "$err" "container \"$ID\": its status is unknown: .*too many open files.*what is shown is not all: 1 container could not be read" "and why"
PREFIX=()

t "a /proc of another pid namespace"
RUN=(-d)
run . pause
PREFIX=(unshare -pf --kill-child)
cl ps "$ID"
like "$rc:$err" "^1:.*have no number in the pid namespace of the caller" "ps leaves nobody out"
foreign='"/proc" belongs to another pid namespace.*mount a new one'
cl events --stats "$ID"
isnt "$rc" 0 "events does not show the network of others"
for command in state kill "kill --all" "exec $ID" pause delete "delete --force"; do
	# shellcheck disable=SC2086 # words
	case $command in exec*) cl $command /bin/true ;; *) cl $command "$ID" ;; esac
	like "$rc:$err" "^(1|255):.*$foreign" "${command%% c*} does not take it for stopped"
	case $command in "delete --force") continue ;; esac
	ok "and leaves it alone" grep -q . "$CG/$ID/cgroup.procs"
done
cl list
like "$rc:$out" "^1:.*$ID .* unknown " "list knows that it does not know"
RUN=()
run . say never
fails "$foreign" "run says what is wrong"
PREFIX=(unshare -pf --kill-child bash -c '"$0" --root "$1" run -d -b "$2" inner; exec "$0" --root "$1" ps inner' "$CRUN_LITE" "$STATE" "$B")
cl state "$ID"
like "$err" "$foreign" "create, and ps, too"
PREFIX=()

t "limits of the caller"
create . pause
# shellcheck disable=SC2024 # the file is what is tested
all=$(prlimit --fsize=0 "$CRUN_LITE" --root "$STATE" state "$ID" 2>&1 >"$W/full")
is "$?:$all" "1:crun-lite: write standard output: file too large" "state into a file that must not grow"
prlimit --fsize=0 "$CRUN_LITE" --root "$STATE" --log "$W/full" state nosuch 2>/dev/null
is "$?" 1 "with a log that must not grow"
mkdir "$W/spec"
all=$(prlimit --fsize=0 "$CRUN_LITE" spec -b "$W/spec" 2>&1)
is "$?:$all" "1:crun-lite: write \"$W/spec/config.json\": file too large" "spec"
nok "which leaves no empty file" test -e "$W/spec/config.json"
# what is less than this does not hold the program
least=1000000
until prlimit --as=$least --core=0 "$CRUN_LITE" --version >/dev/null 2>&1; do least=$((least + 65536)); done 2>/dev/null
odd=
for command in "state $ID" "list -f json" "events --stats $ID" "ps $ID" "exec $ID /bin/true"; do
	for ((size = least; size < least + 1000000; size += 24576)); do
		# shellcheck disable=SC2086 # words
		prlimit --as=$size --core=0 "$CRUN_LITE" --root "$STATE" $command >"$W/out" 2>"$W/err"
		status=$?
		case $status in
		0 | 1 | 255) [ $status = 0 ] || [ -s "$W/err" ] || odd+=" $command:$size:silent" ;;
		*) odd+=" $command:$size:$status" ;;
		esac
	done
done
is "$odd" "" "too little memory is a sentence and status 1"

# lose_cgroup - somebody moves the processes of PID's container elsewhere and removes its cgroup
lose_cgroup() {
	echo "$PID" >"$CG/self/cgroup.procs"
	find "$CG/$ID" -depth -type d -exec rmdir {} +
}
gone='is gone: it was removed while the container lives.*delete the container and create it again'

t "a cgroup that is gone, of a created container"
create . pause
init_pid
lose_cgroup
start
is "$rc" 1 "start does not run the program without its limits"
like "$err" "cgroup \"/$ID\" $gone" "start says why"
status_is created "it is as it was"
mkdir "$CG/$ID"
start
is "$rc:$err" "0:" "and starts when the cgroup is back"
cl delete --force "$ID"
nok "delete --force ends a process that is not in its cgroup" test -d "/proc/$PID"

t "a cgroup that is gone, of a running container"
create . pause
init_pid
start
lose_cgroup
echo '{}' >"$B/resources"
cl exec "$ID" /bin/probe read /proc/self/cgroup
like "$rc:$out" "^0:.*0::.*/self" "exec joins the cgroup of init"
like "$err" "warning: cgroup \"/$ID\" of the container is gone: exec joins \"/self\", where init is$" "and says so"
for command in "update --resources $B/resources $ID" "pause $ID" "ps $ID" "events --stats $ID"; do
	# shellcheck disable=SC2086 # words
	cl $command
	isnt "$rc" 0 "${command%% *}: an error"
	like "$err" "cgroup \"/$ID\" $gone" "${command%% *}: the reason"
	unlike "$err" "no such file or directory" "${command%% *}: not in words that engines take for a missing program"
done
status_is running "its state can be asked for"
cl kill --all "$ID" KILL
is "$rc" 0 "kill --all reaches the first process"
like "$err" "only the first process" "and says that it reaches no others"
"$AID" wait-pid "$PID"
status_is stopped "which has ended"
cl kill --all "$ID" KILL
is "$rc:$err" "0:" "kill --all of a stopped container"
cl ps "$ID"
is "$rc:$err" "0:" "ps of a stopped container"
cl delete "$ID"
is "$rc:$err" "0:" "delete"

finish

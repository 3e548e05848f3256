#!/bin/bash
# ps.t - the processes of a container
. "${0%/*}/lib.sh"

# pids - of the container, as the cgroup has them, in ascending order
pids() { REPLY=$(cat "$CG/$ID"/**/cgroup.procs | sort -n | xargs); }

t "words that engines know"
cl ps nosuch
is "$rc:$out:$err" '1::crun-lite: container "nosuch" does not exist' "ps of an unknown container"
cl ps --format json nosuch
is "$rc:$out:$err" '1::crun-lite: container "nosuch" does not exist' "as JSON"
cl ps --format xml nosuch
like "$rc:$err" '^1:.*option "--format" must be table or json, not "xml"' "another format"

t "json"
create . catch
init_pid
for o in "--format json" "-f json" --format=json "-format json" -f=json -fjson; do
	# shellcheck disable=SC2086 # words
	cl ps $o "$ID"
	is "$rc:$out:$err" "0:[$PID]:" "$o: of a created container"
done
start
said ready
cl exec -d "$ID" /bin/probe fork 1 , pause
"$AID" wait-text "$W/out" ready
pids
mkdir -p "$CG/$ID/a/b"
echo "${REPLY##* }" >"$CG/$ID/a/b/cgroup.procs"
pids
all=$REPLY
is "$(wc -w <<<"$all")" 3 "there are three processes, one in a cgroup below"
cl ps -f json "$ID"
is "$rc:$(jq -c . <<<"$out")" "0:[${all// /,}]" "all of them"
cl ps -f json "$ID" -o comm
is "$rc:$(jq -c . <<<"$out")" "0:[${all// /,}]" "whatever is chosen for a table"

t "table"
cl ps "$ID"
like "$rc:$err" '^1:.*does not exist' "of no container"
create . catch
start
said ready
init_pid
# what exec -d has started has its name and command line when it speaks, not before
cl exec -d "$ID" /bin/probe pause "two words" $'\e[2Jred\x7f\nx'
"$AID" wait-text "$W/out" ready
cl ps "$ID"
is "$(head -n 1 <<<"$out" | xargs)" "UID PID PPID C STIME TTY TIME CMD" "the titles of ps -ef"
is "$(sed -n 2p <<<"$out" | awk '{ print $1, $2, $4, $6, $7, $8, $9 }')" "root $PID 0 ? 00:00:00 /bin/probe catch" "init"
# the share of a processor goes down with time
whole=$(awk '{ $4 = "" } 1' <<<"$out")
for o in -ef "-e -f" -f -Af -fe "-- -ef"; do
	# shellcheck disable=SC2086 # words
	cl ps "$ID" $o
	is "$rc:$(awk '{ $4 = "" } 1' <<<"$out")" "0:$whole" "$o: the same"
done
for o in -x "-e -x" -ex; do
	# shellcheck disable=SC2086 # words
	cl ps "$ID" $o
	is "$rc:$err:$(wc -l <<<"$out")" "0::3" "$o: all of them"
done
cl ps "$ID" -x
is "$(head -n 1 <<<"$out" | xargs)" "PID TTY STAT TIME COMMAND" "-x: the titles of ps x"
cl ps "$ID" -o comm
is "$out" $'COMMAND\nprobe\nprobe' "-o comm"
cl exec -d "$ID" /bin/probe pause $'\e[2Jred\x7f\nx' 'a  b' $'caf\xc3\xa9' $'\xc2\x9b\xff'
"$AID" wait-text "$W/out" ready
cl ps "$ID" -o args
is "$(grep caf <<<"$out")" $'/bin/probe pause ?[2Jred??x a  b caf\xc3\xa9 ??' "arguments cannot steer a terminal"
is "$(wc -l <<<"$out")" 4 "nor make a line"

t "columns"
create '.process.user = { uid: 1234, gid: 99 }' catch
start
said ready
init_pid
row() {
	cl ps "$ID" "$@"
	REPLY=$rc:$(sed 's/ \+/ /g; s/^ //' <<<"$out")
}
row -o pid,ppid,user,uid,gid,ruid,ni,nlwp,s,tty
is "$REPLY" $'0:PID PPID USER UID GID RUID NI NLWP S TT\n'"$PID $(sed -n 's/^PPid:\t//p' "/proc/$PID/status") 1234 1234 99 1234 0 1 S ?" "numbers are those of /proc"
row -eo pid=P,comm=NAME
is "$REPLY" $'0:P NAME\n'"$PID probe" "other titles"
row -o pid,lstart
like "$REPLY" "$PID ($(date -r "/proc/$PID" '+%a %b %-d %H:%M')|$(date -d '-1 minute' '+%a %b %-d %H:%M')):[0-9][0-9] 20[0-9]{2}$" "-o lstart"
row -o pid= -o comm=
is "$REPLY" "0:$PID probe" "no titles"
row -o PID --no-headers
is "$REPLY" "0:$PID" "no first line"
row axo pid,args
is "$REPLY" $'0:PID COMMAND\n'"$PID /bin/probe catch" "axo"
row --format=pid,comm
is "$REPLY" $'0:PID COMMAND\n'"$PID probe" "--format behind ID"
row --format "pid comm"
is "$REPLY" $'0:PID COMMAND\n'"$PID probe" "with blanks"
row aux
is "${REPLY%%$'\n'*}" "0:USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND" "aux"
row -aux
is "${REPLY%%$'\n'*}" "0:USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND" "-aux"
row -e
is "$REPLY" $'0:PID TTY TIME CMD\n'"$PID ? 00:00:00 probe" "-e"
row -j
is "$REPLY" $'0:PID PGID SID TTY TIME CMD\n'"$PID $PID $PID ? 00:00:00 probe" "-j"
row ax
is "$REPLY" $'0:PID TTY STAT TIME COMMAND\n'"$PID ? Ss 0:00 /bin/probe catch" "ax"
if command -v ps >/dev/null; then
	for c in pid ppid pgid sid user uid gid ruid s stat tty ni pri nlwp vsz comm args; do
		row -o "$c"
		is "$REPLY" "0:$(ps -o "$c" -p "$PID" | sed 's/ \+/ /g; s/^ //')" "-o $c: as ps(1) has it"
	done
fi

t "what it does not know"
create . pause
for o in -z -efz --sort=pid -p -; do
	cl ps "$ID" "$o"
	like "$rc:$out:$err" "^1::crun-lite: ps: unknown option \"$o\" behind ID: known are " "$o"
done
cl ps "$ID" -o pid,nosuch
like "$rc:$out:$err" '^1::crun-lite: ps: unknown column "nosuch", must be one of %cpu ' "a column"
for o in -o "-o,"; do
	cl ps "$ID" "$o"
	like "$rc:$out:$err" '^1::crun-lite: ps: option "-o" behind ID needs a value' "$o"
done

t "the end"
RUN=(-d)
run 'nons("pid") | .process.args = [ "/bin/sh", "-c", "sleep 1000 & exec sleep 1000" ]'
init_pid
cl pause "$ID"
cl ps -f json "$ID"
is "$rc:$(jq length <<<"$out")" 0:2 "of a paused container"
cl resume "$ID"
kill -KILL "$PID"
"$AID" wait-pid "$PID"
cl ps -f json "$ID"
is "$rc:$(jq length <<<"$out")" 0:1 "of one whose init has ended and has left another"
cl kill --all "$ID" KILL
"$AID" wait-empty "$CG/$ID"
cl ps -f json "$ID"
is "$rc:$out:$err" "0:null:" "of a stopped one, as JSON"
cl ps "$ID"
is "$rc:$(xargs <<<"$out"):$err" "0:UID PID PPID C STIME TTY TIME CMD:" "as a table"
new_id
conf . pause
cl --cgroup-manager disabled run -d -b "$B" "$ID"
cl ps "$ID"
is "$rc:$err" "1:crun-lite: list the processes of container \"$ID\": it has no cgroup of its own, so its processes cannot be told from others; \"exec $ID ps\" shows those in its pid namespace" \
	"without a cgroup"

finish

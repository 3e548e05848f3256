#!/bin/bash
# state.t - the state of a container (runtime.md "State")
. "${0%/*}/lib.sh"

# check STATUS - the document is what the specification asks for
check() {
	cl state "$ID"
	ok "STATE-02 $1: the required properties and their types" jq -e '(.ociVersion | type == "string") and .id == "'"$ID"'" and (.bundle | startswith("/"))
		and ((.pid // 0) | type == "number") and ((.annotations // {}) | type == "object")' "$W/out"
	is "$(jq -r .status "$W/out" 2>&1)" "$1" "STATE-03 $1: status"
	like "$(jq -r .ociVersion "$W/out" 2>&1)" '^1\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$' "STATE-01 $1: ociVersion is a version of the specification"
}

t "statuses"
create '.ociVersion = "1.0.0"' pause
check created
isnt "$(jq -r .ociVersion "$W/out")" 1.0.0 "STATE-01 the version is that of the state, not of the configuration"
init_pid
ok "STATE-02 created: pid" test -d "/proc/$PID"
start && said ready
check running
is "$(jq .pid "$W/out")" "$PID" "STATE-02 running: pid"
like "$(jq -r '.rootfs, .created' "$W/out" | tr '\n' ' ')" "^$B/rootfs 20[0-9-]+T[0-9:.]+Z " "STATE-05 rootfs and created, for engines"
cgroup=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$PID/cgroup")
echo 1 >"$cgroup/cgroup.freeze"
"$AID" wait-text "$cgroup/cgroup.events" "frozen 1"
check paused
echo 0 >"$cgroup/cgroup.freeze"
kill -KILL "$PID" 2>/dev/null
"$AID" wait-pid "$PID"
check stopped
like "$(jq -r '.pid' "$W/out")" "^(0|null)$" "STATE-04 stopped: no pid"
cl list -q
like "$out" "$ID" "STATE-03 a stopped container is listed until it is deleted"

t "the end of a container"
RUN=(--keep)
run . exit 7
is "$rc" 7 "run --keep"
state '"\(.status) \(.pid) \(.exitCode) \(.exitSignal)"'
is "$REPLY" "stopped 0 7 null" "the exit status of one that was kept"
state .finished
like "$REPLY" "^$(date -u +%Y)-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z$" "and when it ended"
one=$(jq -S . "$W/out")
cl list -f json
is "$(jq -S '.[0]' "$W/out")" "$one" "an entry of the list is what state shows"
cl start "$ID"
like "$rc:$err" "^1:.*cannot start a container that has stopped" "it is stopped for all other commands"
cl delete "$ID"
run . exit 0
state '"\(.exitCode) \(.exitSignal)"'
is "$REPLY" "0 null" "of a success"
new_id
conf . catch
job "$CRUN_LITE" --root "$STATE" run --keep -b "$B" "$ID"
job_said ready
state '"\(.status) \(has("exitCode")) \(has("finished")) \(has("oomKilled"))"'
is "$REPLY" "running false false false" "nothing of this while it runs"
cl kill "$ID" KILL
job_ended
is "$rc" 137 "run --keep of one that was killed"
state '"\(.exitCode) \(.exitSignal)"'
is "$REPLY" "null 9" "the signal that ended it"
RUN=()
new_id
conf . exit 5
# the process that took it over does not wait for it
mkfifo "$B/fifo"
job bash -c 'exec "$@" <>"$0"' "$B/fifo" "$AID" noreap "$CRUN_LITE" --root "$STATE" run -d -b "$B" "$ID"
job_said status=0
PID=$(jq .pid "$STATE/$ID/state.json")
"$AID" wait-pid "$PID"
state '"\(.status) \(.pid) \(.exitCode) \(.exitSignal) \(.finished)"'
is "$REPLY" "stopped 0 5 null null" "the exit status is known until the process is reaped"
echo >"$B/fifo"
job_ended
spin [ ! -e "/proc/$PID" ]
state '"\(.status) \(has("exitCode")) \(has("exitSignal"))"'
is "$REPLY" "stopped false false" "and nothing is made up afterwards"

t "odd names"
odd=$W/b/'odd "dir" \ ü'$'\t'
mv "$B" "$odd"
B=$odd
create '.annotations = { "k\"\\\n": "v\u0001\u007f€" }' pause
succeeds "STATE-06 a bundle with odd characters in its path"
state .bundle
is "$REPLY" "$odd" "STATE-06 comes back as it is"
state '.annotations | to_entries[0] | .key + "=" + .value'
is "$REPLY" $'k"\\\n=v\x01\x7f€' "STATE-06 and so do annotations"
cl list --format json
is "$(jq -r '.[0].bundle' "$W/out" 2>&1)" "$odd" "STATE-06 also in the list"
mv "$odd" "$W/b/back"
B=$W/b/back

t "non-UTF-8 bundle"
odd=$W/b/$'latin\xe9'
mv "$B" "$odd"
B=$odd
create . pause
if [ "$rc" = 0 ]; then
	cl state "$ID"
	ok "STATE-06 the state of a bundle whose path is no UTF-8 is valid JSON" jq -e .bundle "$W/out"
	ok "STATE-06 and UTF-8" iconv -f UTF-8 -t UTF-8 "$W/out"
else
	fails . "STATE-06 a bundle whose path is no UTF-8 is refused"
fi
cl delete --force "$ID"
mv "$odd" "$W/b/back2"
B=$W/b/back2

t "state directory"
create . pause
is "$(stat -c %a:%u "$STATE" "$STATE/$ID" | tr '\n' ' ')" "700:0 700:0 " "STATE-02 only the owner may look into the state"
like "$(stat -c %a "$STATE/$ID"/* | sort -u | tr '\n' ' ')" "^[67][0-7]0 |^[67]00 |^[0-7]00" "STATE-02 nor into its files"

finish

#!/bin/bash
# systemd.t - the systemd cgroup manager without systemd: what is refused, what is said, and that nothing hangs (tests/vm/systemd.t has the rest)
. "${0%/*}/lib.sh"

# through ADDRESS COMMAND... - with the system bus there
through() {
	local address=$1
	shift
	PREFIX=(env DBUS_SYSTEM_BUS_ADDRESS="$address")
	cl "$@"
	PREFIX=()
}

t "no bus"
new_id
conf 'del(.linux.cgroupsPath)' say never
for o in --systemd-cgroup --cgroup-manager=systemd; do
	for c in create run; do
		through "unix:path=$W/none" "$o" "$c" -b "$B" "$ID"
		fails "the system bus \"unix:path=$W/none\": connect: no such file or directory" "$o $c says which bus"
		like "$err" "use --cgroup-manager cgroupfs" "$o $c says what to do"
	done
	through "unix:path=$W/none" "$o" delete --force "$ID"
	is "$rc:$err" "0:" "$o delete"
done
conf 'del(.linux.cgroupsPath) | .nonsense = 1' say never
for c in create run; do
	through "unix:path=$W/none" --systemd-cgroup "$c" -b "$B" "$ID"
	is "$(grep -c "nonsense: unknown field" <<<"$err")" 1 "$c: a warning comes once, also when another program takes over"
done
conf 'del(.linux.cgroupsPath)' say never
: >"$W/file"
through "unix:path=$W/file" --systemd-cgroup create -b "$B" "$ID"
fails "the system bus .*: connect: connection refused" "a bus that nobody serves"

t "no bus for update"
create . pause
jq -c '.systemdScope = "clt.scope" | .systemdSlice = "system.slice" | .systemdUser = false' "$STATE/$ID/state.json" >"$W/json"
cat "$W/json" >"$STATE/$ID/state.json"
through "unix:path=$W/none" update --cpu-share 512 --cpu-idle 1 "$ID"
like "$rc:$err" "^1:.*the system bus \"unix:path=$W/none\": connect: no such file or directory" "update says which bus"
is "$(grep -c "unable to apply both" <<<"$err")" 1 "a warning comes once, also when another program takes over"

# The program that loads libraries is executed from memory. The setting is one of the pid namespace (since 6.3).
t "no program may be executed from memory"
new_id
conf 'del(.linux.cgroupsPath)' say never
if [ -e /proc/sys/vm/memfd_noexec ] && [ -e "${CRUN_LITE%/*}/loads" ]; then
	PREFIX=(unshare -p -f --mount-proc sh -c 'echo 2 >/proc/sys/vm/memfd_noexec && exec "$@"' -)
	cl --systemd-cgroup create -b "$B" "$ID"
	fails 'needs "libsystemd.so.0", which cannot be loaded: .*sysctl vm.memfd_noexec must be 0 or 1' "says what forbids it"
	cl delete --force "$ID" "$ID-2"
	is "$rc:$err" "0:" "what does without a library goes on"
	PREFIX=()
else
	skip "no program may be executed from memory" "host: no vm.memfd_noexec, or a program without another in it"
fi

t "a bus that does not answer"
new_id
conf 'del(.linux.cgroupsPath)' say never
job "$AID" pidfd "$W/mute"
job_said ready
kill -STOP "$JOB"
begin=$SECONDS
through "unix:path=$W/mute" --systemd-cgroup create -b "$B" "$ID"
fails "the system bus \"unix:path=$W/mute\": no answer in time" "is given up"
ok "after 10 seconds, not after $((SECONDS - begin))" test $((SECONDS - begin)) -ge 9
rm "$W/mute"

t "a bus that hangs up"
new_id
conf 'del(.linux.cgroupsPath)' say never
job "$AID" pidfd "$W/rude"
job_said ready
through "unix:path=$W/rude" --systemd-cgroup create -b "$B" "$ID"
fails "the system bus \"unix:path=$W/rude\": (log in to|talk to) the bus: " "is an error"
rm -f "$W/rude"

t "what is refused comes before the bus"
new_id
while read -r filter want; do
	conf "del(.linux.cgroupsPath) | $filter" say never
	through "unix:path=$W/none" --systemd-cgroup create -b "$B" "$ID"
	fails "config.json:[0-9]+:[0-9]+: $want" "CGP-05 CVE-2024-3154 $filter"
	unlike "$err" "bus" "and no bus is asked: $filter"
done <<'END'
.linux.cgroupsPath="/a/b" linux.cgroupsPath: must be "slice:prefix:name"
.linux.cgroupsPath="a.slice:b" linux.cgroupsPath: must be "slice:prefix:name"
.annotations["org.systemd.property.ExecStopPost"]="'x'" annotations.*"ExecStopPost" of systemd must not be set
.annotations["org.systemd.property.Description"]="'a';b" annotations.*must be text in quotes
END

t "a plan"
new_id
conf '.linux.cgroupsPath = "a-b.slice:web:1" | .linux.resources.pids.limit = 7' say never
through "unix:path=$W/none" --systemd-cgroup create --dry-run -b "$B" "$ID"
like "$out" $'\n  scope web-1.scope in a-b.slice\n' "--dry-run shows the scope, and asks no bus"
like "$out" $'\ncgroup /a.slice/a-b.slice/web-1.scope ' "and where it will be"
like "$out" $'\n  TasksMax = 7\n' "and its properties"
finish

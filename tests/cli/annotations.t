#!/bin/bash
# annotations.t - annotations that change what the runtime does (ANN): those of crun, "run.oci.NAME"; of Landlock: landlock.t, of systemd: vm/systemd.t
. "${0%/*}/lib.sh"

# with NAME VALUE - a filter that sets the annotation run.oci.NAME
with() { printf '.annotations["run.oci.%s"] = "%s"' "$1" "$2"; }

t "the caller's groups"
PREFIX=(setpriv "--groups=11,12")
run "$(with keep_original_groups 1) | .process.user = { uid: 1000, gid: 1000 }" ids
lines "uid=1000 1000 1000
gid=1000 1000 1000
groups=11 12" "ANN-04 keep_original_groups keeps them"
is "$err" "" "ANN-04 without a word"
for v in 0 false ''; do
	run "$(with keep_original_groups "$v")" ids
	value groups "" "ANN-04 not with \"$v\""
done
run "$(with keep_original_groups 1) | .process.user.additionalGids = [ 5 ]" ids
warns "additionalGids is ignored: run.oci.keep_original_groups" "ANN-04 what config.json adds is not added, with a warning"
value groups "11 12" "ANN-04 and they are kept"
run "$(with keep_original_groups 1) | userns" ids
value groups "65534 65534" "ANN-04 in a user namespace, too, where they have no name"
PREFIX=()
create "$(with keep_original_groups 1)" pause
start
PREFIX=(setpriv --groups=13)
cl exec "$ID" /bin/probe ids
value groups 13 "ANN-04 exec keeps those of its caller"
echo '{ "args": [ "/bin/probe", "ids" ], "cwd": "/" }' >"$W/process"
cl exec --process "$W/process" "$ID"
value groups 13 "ANN-04 with a process file as well"
PREFIX=()

t "what is not done"
while IFS='|' read -r name value why; do
	run "$(with "$name" "$value")" say ok
	is "$rc:$out" 0:ok "ANN-04 run.oci.$name is no error"
	warns "config\.json:[0-9]+:[0-9]+: annotations\[\"run\.oci\.$name\"\]: is ignored: $why" "ANN-04 a warning names it and says why"
	run "$(with "$name" '')" say ok
	is "$rc:$out:$err" 0:ok: "ANN-04 an empty one is as none"
done <<'END'
delegate-cgroup|init|no cgroup is made below that of the container
handler|wasm|there are no handlers
hooks.stderr|/tmp/log|hooks write to the standard error of the command
hooks.stdout|/tmp/log|hooks write to the standard output of the command
seccomp.plugins|x.so|no plugins are loaded
systemd.force_cgroup_v1|/sys/fs/cgroup/systemd|containers get cgroup v2 only
of.tomorrow|1|no such annotation is known
END
run "$(with systemd.subgroup init)" say ok
warns "run.oci.systemd.subgroup is ignored: systemd does not make the cgroup" "ANN-04 a subgroup without systemd"
run '.annotations["run.ocitest"] = "x"' say ok
is "$rc:$out:$err" 0:ok: "ANN-04 others are not ours"

t "unknown system calls"
odd='.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "mkdir", "frobnicate" ], action: "SCMP_ACT_ERRNO", errnoRet: 28 } ] }'
run "$odd" sys mkdir
line "sys mkdir=ENOSPC" "ANN-04 are left out"
run "$odd | $(with seccomp_fail_unknown_syscall 1)" say never
fails 'linux\.seccomp\.syscalls\[0\]: unknown system call "frobnicate"' "ANN-04 seccomp_fail_unknown_syscall makes them an error"

# instructions of struct sock_filter as 16 hexadecimal digits, in base64
filter() { printf '%b' "$(printf '%s' "$@" | sed 's/../\\x&/g')" | base64 -w 0; }

t "a compiled filter"
allow=060000000000ff7f
if [ "$(uname -m)" = x86_64 ]; then
	# mkdir is 83
	no_mkdir=$(filter 2000000000000000 1500000153000000 060000001c000500 $allow)
	run "$(with seccomp_bpf_data "$no_mkdir")" sys mkdir , sys rmdir
	lines "sys mkdir=ENOSPC
sys rmdir=EFAULT" "ANN-04 seccomp_bpf_data is the filter"
	run "$(with seccomp_bpf_data "$no_mkdir") | .linux.seccomp = { defaultAction: \"SCMP_ACT_KILL_PROCESS\" }" sys mkdir
	line "sys mkdir=ENOSPC" "ANN-04 in place of linux.seccomp"
	warns "linux.seccomp is ignored: run.oci.seccomp_bpf_data" "ANN-04 with a warning"
	create "$(with seccomp_bpf_data "$no_mkdir")" pause
	start
	cl exec "$ID" /bin/probe sys mkdir
	line "sys mkdir=ENOSPC" "ANN-04 exec is under it, too"
	run "$(with seccomp_bpf_data "$(filter 0600000000000080)")" say never
	refused 'annotations["run.oci.seccomp_bpf_data"]' "kills at execve" "ANN-04 one that no program could be started under"
fi
for v in '%%%' AAAA "$(filter 06)"; do
	run "$(with seccomp_bpf_data "$v")" say never
	refused 'annotations["run.oci.seccomp_bpf_data"]' "in base64" "ANN-04 what is no filter is refused ($v)"
done
run "$(with seccomp_bpf_data "$(filter ffff000000000000)")" say never
fails "seccomp|filter" "ANN-04 so is one that the kernel does not take"

t "pidfd"
job "$AID" pidfd "$W/pidfd"
job_said ready
create "$(with pidfd_receiver "$W/pidfd")" pause
init_pid
job_ended
line "pid=$PID" "ANN-04 pidfd_receiver gets a pidfd of init"
rm -f "$W/pidfd"
run "$(with pidfd_receiver "$W/nobody")" say never
fails 'run\.oci\.pidfd_receiver: send the pidfd to ".*/nobody"' "ANN-04 one that nobody listens at is an error"

t "clocks"
if [ -e /proc/self/ns/time ]; then
	run "ns(\"time\") | $(with timens_offset 'monotonic 5000 7\nboottime -3 0')" read /proc/self/timens_offsets
	like "$out" 'monotonic +5000 +7\\nboottime +-3 +0' "ANN-04 timens_offset"
	run "ns(\"time\") | .linux.timeOffsets = { monotonic: { secs: 1 }, boottime: { secs: 2 } } | $(with timens_offset '7 30 0')" read /proc/self/timens_offsets
	like "$out" 'monotonic +1 +0\\nboottime +30 +0' "ANN-04 before linux.timeOffsets"
	run "$(with timens_offset 'monotonic 1 0')" say ok
	warns "run.oci.timens_offset is ignored: there is no new time namespace" "ANN-04 without a new time namespace"
fi
for v in 'realtime 1 0' monotonic 'monotonic 1' 'monotonic x 0' 'monotonic 1 1000000000'; do
	run "ns(\"time\") | $(with timens_offset "$v")" say never
	refused 'annotations["run.oci.timens_offset"]' "monotonic SECONDS" "ANN-04 $v is refused"
done

t "what cannot be meant"
run "$(with mount_context_type label)" say never
refused 'annotations["run.oci.mount_context_type"]' rootcontext "ANN-04 an unknown kind of context"
for n in pidfd_receiver seccomp.receiver; do
	run "$(with $n relative)" say never
	refused "annotations[\"run.oci.$n\"]" "absolute path" "ANN-04 a relative path of run.oci.$n"
done

finish

#!/bin/bash
# selinux.t - SELinux is on and enforces: process.selinuxLabel, linux.mountLabel (config.md "process", config-linux.md), and exec
. "${0%/*}/../cli/lib.sh"

setenforce 1
t "the machine"
like "$(cat /sys/kernel/security/lsm)" selinux "SELinux is on"
is "$(cat /sys/fs/selinux/enforce)" 1 "and enforces"
like "$(tr -d '\0' </proc/self/attr/current)" "^unconfined_u:unconfined_r:unconfined_t:" "the caller is an administrator"

process=system_u:system_r:container_t:s0
file=system_u:object_r:container_file_t:s0
se() { printf '.process.selinuxLabel = "%s"' "$process:$1"; }
me=(read /proc/self/attr/current)
# under CATEGORIES DESCRIPTION - the probe has read its own attribute, which ends in a NUL
under() { line "read /proc/self/attr/current=OK:$process:$1" "$2"; }

# as an engine labels an image, and files that programs write to: what a label may not use is /dev/null to it
chcon -R "$file" "$W"
chcon -R "$file:c1,c2" "$W/template/rootfs"
# data - of this container, and of another one
data() {
	mkdir "$B"/rootfs/{mine,data}
	echo old >"$B/rootfs/mine/f"
	echo old >"$B/rootfs/data/f"
	chcon -R "$file:c1,c2" "$B/rootfs/mine"
	chcon -R "$file:c3,c4" "$B/rootfs/data"
}

t "a container"
run . say hello
is "$rc:$out:$err" "0:hello:" "run, without a label"
run . "${me[@]}"
like "$out" "=OK:unconfined_u:unconfined_r:unconfined_t:" "it has the caller's label"
data
run "$(se c1,c2)" "${me[@]}" , write /mine/f new , read /data/f , write /data/f new
under c1,c2 "PROC-16 run: it has the label"
lines "write /mine/f=OK
read /data/f=EACCES
write /data/f=EACCES" "PROC-16 which is enforced"
create "$(se c1,c2)" say ready , "${me[@]}" , keyring
is "$rc:$(<"$B/err")" "0:" "PROC-16 create"
init_pid
like "$(tr -d '\0' <"/proc/$PID/attr/current")" ":unconfined_t:" "PROC-16 the runtime's own work has not"
start
ended
under c1,c2 "PROC-16 and start"
lines "keyring=_ses.$ID
keyring-label=$process:c1,c2" "PROC-16 so has its session keyring"
run . keyring
like "$out" "keyring-label=unconfined_u:" "PROC-16 which has the caller's when there is none"

t "beside other settings"
data
while IFS=';' read -r filter what; do
	[ -n "$filter" ] || continue
	run "$(se c1,c2) | $filter" "${me[@]}" , read /data/f
	under c1,c2 "PROC-16 $what"
	line "read /data/f=EACCES" "PROC-16 $what: in force"
done <<'END'
.process.noNewPrivileges = false;without noNewPrivileges
.process.user = { uid: 1000, gid: 1000 };as another user
userns;in a user namespace
nons("pid");without a pid namespace
ns("time") | .linux.timeOffsets = { monotonic: { secs: 5 } };with a time namespace
.annotations["crun-lite.landlock.fs.rwx"] = "/";with Landlock rules
.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "rmdir" ], action: "SCMP_ACT_ERRNO" } ] };with a filter
.linux.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2";with a mount label
END

t "labels that cannot be"
run '.process.selinuxLabel = "system_u:system_r:no_such_t:s0"' say never
fails "config\.json:[0-9]+:[0-9]+: process\.selinuxLabel: set SELinux label \"system_u:system_r:no_such_t:s0\" in \`/proc/self/attr/[a-z]+\`: invalid argument.the policy that is loaded has no such label" \
	"PROC-16 a type that the policy does not have"
run '.process.selinuxLabel = "nonsense"' say never
fails "process\.selinuxLabel: set SELinux label \"nonsense\" in \`/proc/self/attr/[a-z]+\`: invalid argument" "PROC-16 no label at all"
run '.process.selinuxLabel = "system_u:system_r:init_t:s0"' say never
fails "exec /bin/probe: operation not permitted; the policy of SELinux must let label \"system_u:system_r:init_t:s0\" be entered by it" \
	"PROC-16 a label that the policy does not let the program change to"
run '.linux.mountLabel = "nonsense"' say never
fails "mounts\[[0-9]+\].*context=nonsense" "LBL-01 no label at all, for mounts"

t "mounts"
data
all="$(se c1,c2) | .linux.mountLabel = \"$file:c1,c2\" | mnt(\"/t\"; \"tmpfs\"; []) | mnt(\"/dev/mqueue\"; \"mqueue\"; [])
	| mnt(\"/own\"; \"tmpfs\"; [ \"mode=755,context=\\\"$file:c3,c4\\\"\" ]) | .linux.maskedPaths = [ \"/mine\" ]"
run "$all" mount /t , mount /dev , mount /dev/pts , mount /own , mount /mine , mount /proc , mount /sys , touch /t/f , touch /own/f , ls /mine
succeeds "LBL-01 run"
for m in /t /dev /dev/pts /mine; do
	val "mount $m"
	like "$REPLY" "context=\"?$file:c1,c2\"?" "LBL-01 $m has the label"
done
val "mount /own"
like "$REPLY" "context=\"?$file:c3,c4\"?" "LBL-01 a label of the mount comes first"
for m in /proc /sys; do
	val "mount $m"
	unlike "$REPLY" "container_file_t" "LBL-01 $m has labels of its own"
done
lines "touch /t/f=OK
touch /own/f=EACCES
ls /mine=" "LBL-01 and they are enforced"
long=$(printf ':/%s' {1..20} | sed "s|/|$B/lower/./././|g")
for i in {1..20}; do mkdir -p "$B/lower/$i"; done
run "$all | mnt(\"/over\"; \"overlay\"; [ \"lowerdir=${long#:}\" ])" mount /over
val "mount /over"
like "$REPLY" "context=\"?$file:c1,c2\"?" "LBL-01 also where options are too long for fsconfig(2)"
create "$all" pause
init_pid
start
said ready
like "$(ls -dZ "/proc/$PID/root/dev/mqueue")" "$file:c1,c2" "LBL-01 /dev/mqueue has the label"
like "$(ls -Z "/proc/$PID/root/dev/null")" "$file:c1,c2" "LBL-01 and devices"

t "exec"
data
create "$(se c1,c2)" pause
start
said ready
cl exec "$ID" /bin/probe "${me[@]}" , write /mine/f new , read /data/f , keyring
under c1,c2 "PROC-16 exec: the label of the container"
lines "write /mine/f=OK
read /data/f=EACCES
keyring=_ses.$ID
keyring-label=$process:c1,c2" "PROC-16 exec: in force"
cl exec --process-label "$process:c1,c2,c3,c4" "$ID" /bin/probe "${me[@]}" , read /data/f
under c1.c4 "PROC-16 exec --process-label"
line "read /data/f=OK:old" "PROC-16 exec --process-label: in force"
jq '.process | .args = [ "/bin/probe", "read", "/proc/self/attr/current" ] | del(.selinuxLabel)' "$B/config.json" >"$W/p.json"
cl exec --process "$W/p.json" "$ID"
under c1,c2 "PROC-16 exec --process: who says nothing gets the container's"
cl exec --process-label nonsense "$ID" /bin/probe say never
is "$rc:$out" "255:" "PROC-16 exec --process-label: no label"
like "$err" "exec failed: set SELinux label \"nonsense\" in \`/proc/self/attr/[a-z]+\`: invalid argument" "PROC-16 it says so"
create "userns | $(se c1,c2)" pause
start
said ready
cl exec "$ID" /bin/probe "${me[@]}"
under c1,c2 "PROC-16 exec: in a user namespace"

t "AppArmor is off"
run '.process.apparmorProfile = "clt-one"' say ok
is "$rc:$out" "0:ok" "PROC-15 a profile is left out"
like "$err" "warning: process\.apparmorProfile \"clt-one\" is ignored: AppArmor is not active on this host" "PROC-15 with a warning"
finish

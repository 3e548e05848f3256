#!/bin/bash
# apparmor.t - process.apparmorProfile (config.md "process"), and what exec makes of it
. "${0%/*}/../cli/lib.sh"

# load NAME RULE... - load a profile that allows all but what the rules deny
load() {
	local name=$1 rule
	shift
	{
		echo "profile $name flags=(attach_disconnected,mediate_deleted) {"
		echo "file, capability, network, mount, remount, umount, pivot_root, ptrace, signal,"
		for rule; do echo "$rule,"; done
		echo "}"
	} | apparmor_parser --replace --skip-cache || fail "load profile $name"
}
aa() { printf '.process.apparmorProfile = "%s"' "$1"; }
# under PROFILE DESCRIPTION - the probe has read its own attribute
under() { line "read /proc/self/attr/current=OK:$1 (enforce)" "$2"; }

load clt-one 'deny /data/** w'
load clt-two
load clt-outer 'change_profile -> clt-two' 'change_profile -> &clt-one'
me=(read /proc/self/attr/current)

# data - a directory that the first profile denies writing to
data() {
	mkdir "$B/rootfs/data"
	echo old >"$B/rootfs/data/f"
}

t "a container"
data
run . "${me[@]}" , write /data/f new
lines "read /proc/self/attr/current=OK:unconfined
write /data/f=OK" "PROC-15 none is asked for"
run "$(aa clt-one)" "${me[@]}" , read /data/f , write /data/f new , touch /free
under clt-one "PROC-15 run: it is under the profile"
lines "write /data/f=EACCES
touch /free=OK" "PROC-15 which is enforced"
create "$(aa clt-one)" say ready , "${me[@]}"
is "$rc:$(<"$B/err")" "0:" "PROC-15 create"
init_pid
is "$(<"/proc/$PID/attr/apparmor/current")" unconfined "PROC-15 the runtime's own work is not under it"
start
ended
under clt-one "PROC-15 and start"
run "$(aa unconfined)" "${me[@]}"
line "read /proc/self/attr/current=OK:unconfined" "PROC-15 unconfined"

t "beside other settings"
data
while IFS=';' read -r filter what; do
	[ -n "$filter" ] || continue
	run "$(aa clt-one) | $filter" "${me[@]}" , write /data/f new
	under clt-one "PROC-15 $what"
	line "write /data/f=EACCES" "PROC-15 $what: in force"
done <<'END'
.process.noNewPrivileges = false;without noNewPrivileges
.process.user = { uid: 1000, gid: 1000 };as another user
.process.user = { uid: 1000, gid: 1000 } | .process.noNewPrivileges = false;as another user without noNewPrivileges
userns;in a user namespace
nons("pid");without a pid namespace
ns("time") | .linux.timeOffsets = { monotonic: { secs: 5 } };with a time namespace
.annotations["crun-lite.landlock.fs.rwx"] = "/";with Landlock rules
.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "rmdir" ], action: "SCMP_ACT_ERRNO" } ] };with a filter
.hooks.startContainer = [ { path: "/bin/probe", args: [ "probe", "say", "hook" ] } ];with a startContainer hook
END
create . pause
init_pid
start
said ready
run "$(aa clt-one) | nons(\"pid\") | .linux.namespaces += [ { type: \"pid\", path: \"/proc/$PID/ns/pid\" } ]" "${me[@]}"
under clt-one "PROC-15 in a pid namespace of others"
cat >"$W/hook" <<-'END'
	#!/bin/sh
	cat /proc/self/attr/current >"$1"
END
chmod 755 "$W/hook"
run "$(aa clt-one) | .hooks = { createRuntime: [ { path: \"\(\$w)/hook\", args: [ \"hook\", \"\(\$w)/host\" ] } ],
	createContainer: [ { path: \"\(\$w)/hook\", args: [ \"hook\", \"\(\$w)/container\" ] } ] }" "${me[@]}"
under clt-one "PROC-15 with hooks of the host"
is "$(cat "$W/host" "$W/container")" "unconfined
unconfined" "PROC-15 which are not under it"

t "a profile that is not loaded"
run "$(aa clt-missing)" say never
fails "config\.json:[0-9]+:[0-9]+: process\.apparmorProfile: AppArmor profile \"clt-missing\" is not loaded, as writing it to \`/proc/self/attr/apparmor/exec\` shows; load it by \"apparmor_parser -r FILE\"$" \
	"PROC-15 run says what to do"
create "$(aa clt-missing)" say never
fails "AppArmor profile \"clt-missing\" is not loaded" "PROC-15 create, too"
# what Podman looks for, in this order
unlike "$err" "(permission denied|operation not permitted|executable file not found|no such file or directory)" "PROC-15 engines do not take it for a missing program"
like "$err" '`/proc/[a-z0-9-].+/attr.*/exec`' "PROC-15 but for an attribute that cannot be set"
load clt-missing
rerun
is "$rc" 0 "PROC-15 loaded, the same container runs"
ended

t "exec"
data
create "$(aa clt-one)" pause
start
said ready
cl exec "$ID" /bin/probe "${me[@]}" , write /data/f new
under clt-one "PROC-15 exec: the profile of the container"
line "write /data/f=EACCES" "PROC-15 exec: in force"
cl exec --apparmor clt-two "$ID" /bin/probe "${me[@]}" , write /data/f new
under clt-two "PROC-15 exec --apparmor"
line "write /data/f=OK" "PROC-15 exec --apparmor: in force"
cl exec --apparmor unconfined --no-new-privs "$ID" /bin/probe "${me[@]}"
line "read /proc/self/attr/current=OK:unconfined" "PROC-15 exec --apparmor unconfined"
jq '.process | .args = [ "/bin/probe", "read", "/proc/self/attr/current" ] | del(.apparmorProfile)' "$B/config.json" >"$W/p.json"
cl exec --process "$W/p.json" "$ID"
under clt-one "PROC-15 exec --process: who says nothing gets the container's"
jq '.apparmorProfile = "clt-two" | .user = { uid: 1000, gid: 1000 }' "$W/p.json" >"$W/p2.json"
cl exec --process "$W/p2.json" "$ID"
under clt-two "PROC-15 exec --process: it may name another one"
cl exec --apparmor clt-nothing "$ID" /bin/probe say never
is "$rc:$out" "255:" "PROC-15 exec --apparmor: not loaded"
like "$err" "exec failed: AppArmor profile \"clt-nothing\" is not loaded, as writing it to \`/proc/self/attr/apparmor/exec\` shows" "PROC-15 it says so"
for where in userns 'nons("pid")'; do
	create "$(aa clt-one) | $where" pause
	start
	said ready
	cl exec "$ID" /bin/probe "${me[@]}"
	under clt-one "PROC-15 exec: $where"
done

t "a container that prepares its own /proc"
data
cp /usr/bin/busybox "$B/rootfs/bin/busybox"
mkdir -p "$B/rootfs/fake/self/attr/apparmor"
touch "$B"/rootfs/fake/self/attr/{exec,apparmor/exec}
create "$(aa clt-one) | caps([ \"CAP_SYS_ADMIN\" ])" pause
start
said ready
cl exec "$ID" /bin/busybox mount -o bind /fake /proc
is "$rc:$err" "0:" "PROC-15 another directory over /proc"
cl exec "$ID" /bin/probe ls /proc , write /data/f new
lines "ls /proc=self
write /data/f=EACCES" "PROC-15 exec: the profile is in force all the same"
cl exec --apparmor clt-two "$ID" /bin/probe write /data/f new
line "write /data/f=OK" "PROC-15 exec --apparmor, too"
is "$(cat "$B"/rootfs/fake/self/attr/{exec,apparmor/exec})" "" "PROC-15 nothing is written to what looks like an attribute"

t "a runtime under a profile"
PREFIX=(aa-exec -p clt-outer --)
run "$(aa clt-one)" "${me[@]}"
like "$out" "OK:clt-o[a-z]+//&clt-o[a-z]+ \(enforce\)$" "PROC-15 with noNewPrivileges the profiles are stacked"
run "$(aa clt-two) | .process.noNewPrivileges = false" "${me[@]}"
under clt-two "PROC-15 without, it changes to what it may change to"
run "$(aa clt-one) | .process.noNewPrivileges = false" say never
fails "process\.apparmorProfile: set AppArmor profile \"clt-one\" in \`/proc/self/attr/apparmor/exec\`: permission denied.this process is under AppArmor profile \"clt-outer \(enforce\)\", which does not allow the change" \
	"PROC-15 and says who denies the rest"
PREFIX=()

t "SELinux is off"
run '.process.selinuxLabel = "system_u:system_r:container_t:s0" | .linux.mountLabel = "system_u:object_r:container_file_t:s0"' "${me[@]}"
is "$rc" 0 "PROC-16 LBL-01 labels of a module that is off are left out"
like "$err" "warning: process\.selinuxLabel \"system_u:system_r:container_t:s0\" is ignored: SELinux is not active on this host" "PROC-16 with a warning"
like "$err" "warning: linux\.mountLabel \"system_u:object_r:container_file_t:s0\" is ignored: SELinux is not active on this host" "LBL-01 with a warning"
finish

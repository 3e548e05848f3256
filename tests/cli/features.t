#!/bin/bash
# features.t - what `features` promises holds (features.md, features-linux.md)
. "${0%/*}/lib.sh"

t "document"
cl features
succeeds "FEAT-01 features"
cp "$W/out" "$W/features"
# shellcheck disable=SC2317
has() { jq -e "$1" "$W/features"; }
list() { jq -r "$1 // [] | .[]" "$W/features"; }
ok "FEAT-01 it is JSON, an object" has 'type == "object"'
ok "FEAT-02 the versions are there" has '[ .ociVersionMin, .ociVersionMax ] | all(test("^1\\.[0-9]+\\.[0-9]+$"))'
cp "$W/features" "$W/first"
PREFIX=(env -i "PATH=$PATH" unshare -U)
cl features
PREFIX=()
ok "FEAT-03 it does not depend on who asks" cmp "$W/first" "$W/out"

t "names"
ok "FEAT-04 all kinds of hooks" has '.hooks | sort == [ "createContainer", "createRuntime", "poststart", "poststop", "prestart", "startContainer" ]'
ok "FEAT-04 all types of namespaces" has '.linux.namespaces | sort == [ "cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts" ]'
ok "FEAT-05 lists are sorted sets" has '[ .hooks, .mountOptions, .linux.namespaces, .linux.capabilities ] | all(length == (unique | length))'
for n in $(list .linux.namespaces); do
	run "nons(\"$n\") | ns(\"$n\") | if \"$n\" == \"user\" then userns | .linux.namespaces |= unique else . end" say ok
	is "$rc:$out:$err" "0:ok:" "FEAT-04 namespace $n is recognised"
done
for k in $(list .hooks); do
	run ".hooks = { \"$k\": [ { path: \"/bin/true\" } ] }" say ok
	is "$rc:$out:$err" "0:ok:" "FEAT-04 hooks $k are recognised"
done
mkdir "$B/src"
for o in $(list .mountOptions); do
	case $o in
	remount | idmap | ridmap) continue ;; # in options.t, with what they need
	tmpcopyup) run "mnt(\"/m\"; \"tmpfs\"; [ \"$o\" ])" say ok ;;
	*) run "bind(\"/m\"; \"\\(\$b)/src\"; [ \"$o\" ])" say ok ;;
	esac
	is "$rc:$out:$err" "0:ok:" "FEAT-04 mount option $o is recognised"
done
all=$(jq -c .linux.capabilities "$W/features")
run "caps($all)" say ok
unlike "$rc:$err" "^[^0]|unknown" "FEAT-04 every capability is recognised"

t "seccomp"
filter() { echo '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "mkdir" ], action: "SCMP_ACT_ERRNO" } ] } | .linux.seccomp.'"$1"; }
for a in $(list .linux.seccomp.actions); do
	run "$(filter "syscalls[0].action = \"$a\" | .linux.seccomp.listenerPath = \"/no/such/socket\"")" say ok
	if [ "$a" = SCMP_ACT_NOTIFY ]; then
		fails "failed to connect with seccomp agent at" "FEAT-04 seccomp action $a is recognised"
	else
		is "$rc:$out:$err" "0:ok:" "FEAT-04 seccomp action $a is accepted"
	fi
done
for o in $(list .linux.seccomp.operators); do
	run "$(filter "syscalls[0].args = [ { index: 0, value: 77, valueTwo: 77, op: \"$o\" } ]")" say ok
	is "$rc:$out" "0:ok" "FEAT-04 seccomp operator $o is recognised"
done
for a in $(list .linux.seccomp.archs); do
	run "$(filter "architectures = [ \"$a\" ]")" say ok
	if [[ "$err" = *endianness* ]]; then
		fails "\"$a\" to the filter: must have the endianness of this machine" "FEAT-04 seccomp architecture $a is recognised"
	else
		is "$rc:$out:$err" "0:ok:" "FEAT-04 seccomp architecture $a is accepted"
	fi
done
for f in $(list .linux.seccomp.supportedFlags); do
	run "$(filter "flags = [ \"$f\" ]")" say ok
	is "$rc:$out" "0:ok" "FEAT-04 seccomp flag $f is supported"
done
for f in $(list .linux.seccomp.knownFlags); do
	run "$(filter "flags = [ \"$f\" ]")" say ok
	[ "$rc" = 0 ] || fails "$f\": this kernel does not have it" "FEAT-04 seccomp flag $f is recognised"
done
ok "FEAT-07 supported flags are known flags" has '.linux.seccomp | .supportedFlags - .knownFlags == []'

t "memory policy"
for m in $(list .linux.memoryPolicy.modes); do
	case $m in
	MPOL_DEFAULT | MPOL_LOCAL) nodes='' ;;
	*) nodes=', nodes: "0"' ;;
	esac
	run ".linux.memoryPolicy = { mode: \"$m\"$nodes }" say ok
	if [ "$rc" = 0 ]; then is "$out:$err" "ok:" "FEAT-04 memory policy $m is accepted"; else fails "CONFIG_NUMA|$m needs kernel" "FEAT-04 memory policy $m is recognised"; fi
done
for f in $(list .linux.memoryPolicy.flags); do
	run ".linux.memoryPolicy = { mode: \"MPOL_BIND\", nodes: \"0\", flags: [ \"$f\" ] }" say ok
	if [ "$rc" = 0 ]; then is "$out:$err" "ok:" "FEAT-04 memory policy flag $f is accepted"; else fails "CONFIG_NUMA|$f needs kernel" "FEAT-04 memory policy flag $f is recognised"; fi
done
run '.linux.memoryPolicy = { mode: "MPOL_DEFAULT" }' say ok
[ "$rc" != 0 ] || ok "FEAT-06 memoryPolicy is said to be supported when it is" has '.linux.memoryPolicy.modes | length > 0'

t "parts"
ok "FEAT-06 cgroup v1 is not supported, v2 is" has '.linux.cgroup.v1 == false and .linux.cgroup.v2 == true'
ok "FEAT-06 mappings of mounts are" has '.linux.mountExtensions.idmap.enabled == true'
ok "FEAT-06 systemd and rdma are" has '.linux.cgroup | .systemd and .systemdUser and .rdma'
for k in "crun-lite.landlock.fs.x" "org.systemd.property.X" "run.oci.systemd.subgroup" "run.oci.seccomp_bpf_data" "org.criu.config"; do
	run ".annotations = { \"$k\": \"bad value\" }" say ok
	ok "FEAT-08 annotation $k changes what happens, so it is named as one that needs trust" has ".potentiallyUnsafeConfigAnnotations | any(. as \$p | \"$k\" | startswith(\$p))"
done
jq '.ociVersionMin, .ociVersionMax' "$W/features" >"$W/versions"
while read -r v; do
	run ".ociVersion = $v" say ok
	is "$rc:$out:$err" "0:ok:" "VER-04 FEAT-02 version $v is accepted"
done <"$W/versions"
ok "FEAT-08 annotations that need trust are named" has '.potentiallyUnsafeConfigAnnotations | index("org.systemd.property.", "org.criu.config")'
ok "FEAT-06 so are classes of cache and memory bandwidth" has '.linux.intelRdt == { enabled: true, schemata: true, monitoring: true }'
ok "FEAT-06 network devices are" has '.linux.netDevices.enabled == true'
ok "FEAT-06 labels of security modules are" has '.linux | .apparmor.enabled and .selinux.enabled'
run '.linux.netDevices = { "no-such-device": {} }' say never
fails "netDevices|no-such-device" "FEAT-06 a network device is moved, or refused; never ignored"

finish

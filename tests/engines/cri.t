#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# containerd's service for Kubernetes, called as the kubelet does: pods and their containers, by RuntimeClass handler
here=${BASH_SOURCE[0]%/*}
if [ "${CLT_INSIDE-}" != 1 ]; then
	. "$here/../cache.sh"
	cached cri "the messages of the container runtime interface (half a minute)" "$here/cri/api.sh" || exit 1
	export CRI_API=$REPLY
fi
. "$here/lib.sh"
. "$top/tests/engines/cri/pods.sh"
pod_network "$W/cni"

# pod NAME FILTER - its description; its cgroup is the kubelet's to make
pod() {
	pod_config "$1" "/kubepods/besteffort/pod$1" "$2"
	mkdir -p "$CG/kubepods/besteffort/pod$1"
}

cat >"$W/config.toml" <<END
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  disable_cgroup = true
  disable_hugetlb_controller = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$W/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "crun-lite"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun-lite]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun-lite.options]
      BinaryName = "$CRUN_LITE"
      SystemdCgroup = false
END
job containerd --config "$W/config.toml"
ok "the daemon starts" job_said "containerd successfully booted"
archive "$W/bb.tar" localhost/bb:latest '{}'
archive "$W/pause.tar" localhost/pause:1 '{ "Entrypoint": ["/bin/sleep", "100000"] }'
eok "import" ctr -n k8s.io images import "$W/bb.tar"
eok "import pause" ctr -n k8s.io images import "$W/pause.tar"

title="a pod"
pod web '.port_mappings = [{ container_port: 80, host_port: 8090, host_ip: "127.0.0.1" }] | .linux.sysctls["net.ipv4.ip_forward"] = "1"'
efails 1 'no runtime for "nothing" is configured' "a handler that is not there" "${C[@]}" pod "$W/web.json" nothing
eok "pod" "${C[@]}" pod "$W/web.json" crun-lite
POD[web]=$out
esays SANDBOX_READY "its status" "${C[@]}" podstatus "${POD[web]}"
container web server . sh -c 'mkdir -p /www; echo "from $(hostname), $K" >/www/index.html; echo up; trap "exit 6" TERM; httpd -p 80 -h /www; while :; do read -t 1 x; done'
SERVER=$ID
logged web server up "its log"
esays CONTAINER_RUNNING "status" "${C[@]}" status "$SERVER"
esays "from web, dmFsdWU=" "host port" curl -sS --retry 9 --retry-all-errors http://127.0.0.1:8090/
esays uid=0 "execSync" "${C[@]}" execsync "$SERVER" 10 id
efails 4 oops "execSync: output and exit status" "${C[@]}" execsync "$SERVER" 10 sh -c 'echo oops >&2; exit 4'
efails 1 'DEADLINE_EXCEEDED' "execSync: a timeout" "${C[@]}" execsync "$SERVER" 1 sleep 4711
eok "execSync: processes" "${C[@]}" execsync "$SERVER" 10 ps
unlike "$out" "sleep 4711" "execSync: what took too long is gone"
efails 1 'executable file not found' "execSync: no such command" "${C[@]}" execsync "$SERVER" 10 nothing-like-it
efails 5 'to nobody' "exec, streamed" "${C[@]}" exec "$SERVER" sh -c 'echo words; echo to nobody >&2; exit 5'
like "$out" words "its output"
esays "from web, dmFsdWU=" "port-forward" "${C[@]}" portforward "${POD[web]}" 80
efails 1 '81' "port-forward to where nobody listens" "${C[@]}" portforward "${POD[web]}" 81
esays '"attributes"' "stats" "${C[@]}" stats "$SERVER"
eok "stats of the pod" "${C[@]}" podstats "${POD[web]}"
for limit in 4194304 2097152; do
	echo '{ "hugepage_limits": [{ "page_size": "2MB", "limit": '$limit' }] }' >"$W/limits.json"
	eok "other limits" "${C[@]}" update "$SERVER" "$W/limits.json"
	is "$(find "$CG" -path "*/$SERVER/hugetlb.2MB.max" -exec cat {} +)" $limit "are in force"
done
eok "reopen the log" "${C[@]}" reopen "$SERVER"

title="more containers in it"
container web user '.linux.security_context += { run_as_user: { value: 1000 }, readonly_rootfs: true, capabilities: { drop_capabilities: ["ALL"] } }' \
	sh -c 'id; grep CapBnd /proc/self/status; touch /x; wget -qO- http://127.0.0.1/; echo end'
logged web user end "it runs"
slurp "$W/logs/web/user.log"
like "$REPLY" "uid=1000" "as its user"
like "$REPLY" "CapBnd:.0000000000000000" "without capabilities"
like "$REPLY" "touch: .*Read-only file system" "on a read-only root"
like "$REPLY" "from web" "in the pod's network"
container web mounts '.mounts = [{ container_path: "/h", host_path: "'"$W/logs"'", readonly: true, propagation: "PROPAGATION_HOST_TO_CONTAINER" }]
	| .devices = [{ container_path: "/dev/fuse", host_path: "/dev/fuse", permissions: "rwm" }]' sh -c 'ls /h /dev; touch /h/x; echo end'
logged web mounts end "a volume and a device"
slurp "$W/logs/web/mounts.log"
like "$REPLY" "fuse" "the device is there"
like "$REPLY" "touch: .*Read-only file system" "the volume is read-only"
container web status . sh -c 'exit 5'
soon '"exitCode": 5' "it ends, and its exit status is known" "${C[@]}" status "$ID"
container_config wrong . /nothing/like/it
eok "create one with a command that is not there" "${C[@]}" create "${POD[web]}" "$W/web.json" "$W/wrong.json"
efails 1 'exec: "/nothing/like/it": .*no such file or directory' "start says which" "${C[@]}" start "$out"
container web terminal '.tty = true | .stdin = true' sh -c 'readlink /proc/self/fd/0'
logged web terminal /dev/pts/0 "a terminal"

title="what is wrong"
# the kubelet's own file: the engine hands it on as it is
echo '{ "defaultAction": "SCMP_ACT_NOTHING" }' >"$W/wrong.profile"
container_config wrong2 '.linux.security_context.seccomp = { profile_type: "Localhost", localhost_ref: "'"$W"'/wrong.profile" }' true
eok "create one with a wrong filter" "${C[@]}" create "${POD[web]}" "$W/web.json" "$W/wrong2.json"
efails 1 'config.json:[0-9]+:[0-9]+: linux.seccomp.defaultAction: unknown action "SCMP_ACT_NOTHING", must be SCMP_ACT_ALLOW, .* or SCMP_ACT_TRAP' \
	"start says what" "${C[@]}" start "$out"
container_config wrong3 . nothing-like-it
eok "create one without its command" "${C[@]}" create "${POD[web]}" "$W/web.json" "$W/wrong3.json"
efails 1 'exec: "nothing-like-it": executable file not found in \$PATH' "start says which" "${C[@]}" start "$out"
echo '{ "memory_limit_in_bytes": 67108864 }' >"$W/limits.json"
efails 1 'controller "memory" is not available in cgroup .*cgroup.controllers has: .*without the limit' "a limit without its controller" \
	"${C[@]}" update "$SERVER" "$W/limits.json"
container web gone . sleep 1000
lose_cgroup "$("${C[@]}" verbose "$ID" | jq .pid)"
eok "execSync, in the cgroup where init is" "${C[@]}" execsync "$ID" 10 true
efails 1 "cgroup \"/$ID\" $gone" "update" "${C[@]}" update "$ID" "$W/limits.json"
eok "stop" "${C[@]}" stop "$ID" 0
esays '"exitCode": 137' "it has ended" "${C[@]}" status "$ID"
eok "remove" "${C[@]}" remove "$ID"

title="a restart"
efails 0 '' "stop, with time to end" "${C[@]}" stop "$SERVER" 10
esays '"exitCode": 6' "it used it" "${C[@]}" status "$SERVER"
eok "remove" "${C[@]}" remove "$SERVER"
container web server . sh -c 'echo again; while :; do read -t 1 x; done'
logged web server again "the next attempt"
eok "stop, with none" "${C[@]}" stop "$ID" 0
esays '"exitCode": 137' "killed" "${C[@]}" status "$ID"
eok "stop the pod" "${C[@]}" stoppod "${POD[web]}"
eok "remove it" "${C[@]}" removepod "${POD[web]}"

title="a pod of the host"
pod node '.hostname = "" | .linux.security_context |= (.privileged = true | .namespace_options = { network: "NODE", pid: "NODE" })'
eok "pod" "${C[@]}" pod "$W/node.json" crun-lite
POD[node]=$out
container node all '.linux.security_context |= (.privileged = true | .namespace_options = { network: "NODE", pid: "NODE" } | .seccomp.profile_type = "Unconfined")' \
	sh -c 'ls /dev; grep CapEff /proc/self/status; ip addr; ps; echo end'
logged node all end "a privileged container"
slurp "$W/logs/node/all.log"
like "$REPLY" "cri0" "sees the host's network"
like "$REPLY" "containerd" "and its processes"
eok "stop it" "${C[@]}" stoppod "${POD[node]}"
eok "remove it" "${C[@]}" removepod "${POD[node]}"

title="processes shared in a pod"
pod shared '.linux.security_context.namespace_options.pid = "POD"'
eok "pod" "${C[@]}" pod "$W/shared.json" crun-lite
POD[shared]=$out
container shared peer '.linux.security_context.namespace_options.pid = "POD"' sh -c 'ps; echo end'
logged shared peer end "a container"
slurp "$W/logs/shared/peer.log"
like "$REPLY" "sleep 100000" "sees the pod's first process"
eok "stop it" "${C[@]}" stoppod "${POD[shared]}"
eok "remove it" "${C[@]}" removepod "${POD[shared]}"

engine_gone kubepods
finish

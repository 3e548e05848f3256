#!/bin/bash
# containerd.t - containerd as a distribution sets it up, called as the kubelet does: limits, cgroups by systemd
#
# Not inside the namespaces of lib.sh: systemd is told pids, and has to find them. The disk of this machine is thrown away.
. "${0%/*}/../cli/tap.sh"
W=$(mktemp -d)
top=$PWD CRI_API=$top/build/tests/cri
. "$top/tests/vm/rootfs.sh"
. "$top/tests/engines/archive.sh"
. "$top/tests/engines/cri/pods.sh"
cp "$CRUN_LITE" /usr/local/bin/crun-lite

dropin 3
cat >/etc/containerd/config.toml <<END
${REPLY/SystemdCgroup = false/SystemdCgroup = true}
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "localhost/pause:1"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "$W/cni"
END
pod_network "$W/cni"
eok "the daemon starts" systemctl restart containerd
archive "$W/bb.tar" localhost/bb:latest '{}'
archive "$W/pause.tar" localhost/pause:1 '{ "Entrypoint": ["/bin/sleep", "100000"] }'
eok "import" ctr -n k8s.io images import "$W/bb.tar"
eok "import pause" ctr -n k8s.io images import "$W/pause.tar"

# limited ID FILE... - what the container's files of its cgroup have, in one line
limited() {
	local files=("${@:2}")
	e "${C[@]}" execsync "$1" 60 sh -c "cd /sys/fs/cgroup; echo \$(cat ${files[*]})"
}

title="a pod"
pod_config web /kubepods.slice/kubepods-podweb.slice .
eok "pod" "${C[@]}" pod "$W/web.json" crun-lite
POD[web]=$out
container web server '.linux.resources += { memory_limit_in_bytes: 67108864, cpu_quota: 50000, cpu_period: 100000, cpu_shares: 512 }' \
	sh -c 'mkdir /www; echo served >/www/index.html; trap "exit 6" TERM; httpd -p 80 -h /www; sleep 1000 & wait'
SERVER=$ID
limited "$SERVER" memory.max cpu.max cpu.weight
is "$out" "67108864 50000 100000 59" "limits hold"
PID=$("${C[@]}" verbose "$SERVER" | jq .pid)
is "$(sed -n 's/^0:://p' "/proc/$PID/cgroup")" "/kubepods.slice/kubepods-podweb.slice/cri-containerd-$SERVER.scope" "its cgroup is a scope of systemd"
echo '{ "memory_limit_in_bytes": 33554432, "cpu_quota": 25000, "cpu_period": 100000, "cpu_shares": 1024 }' >"$W/limits.json"
eok "update" "${C[@]}" update "$SERVER" "$W/limits.json"
limited "$SERVER" memory.max cpu.max cpu.weight
is "$out" "33554432 25000 100000 100" "the new limits hold"
e systemctl show -p MemoryMax,CPUQuotaPerSecUSec "cri-containerd-$SERVER.scope"
is "$out" "CPUQuotaPerSecUSec=250ms"$'\n'"MemoryMax=33554432" "for systemd, too"
e "${C[@]}" stats "$SERVER"
ok "stats: memory" jq -e '.stats.memory.workingSetBytes.value | tonumber | . > 4096 and . < 33554432' <<<"$out"
ok "stats: processor" jq -e '.stats.cpu.usageCoreNanoSeconds.value | tonumber | . > 1000000' <<<"$out"
e "${C[@]}" podstats "${POD[web]}"
ok "stats of the pod" jq -e '.stats.linux | (.memory.workingSetBytes.value | tonumber | . > 4096)
	and (.containers[0].memory.workingSetBytes.value | tonumber | . > 4096)' <<<"$out"
esays served "port-forward" "${C[@]}" portforward "${POD[web]}" 80
efails 1 DEADLINE_EXCEEDED "execSync: a timeout" "${C[@]}" execsync "$SERVER" 1 sleep 4711
e "${C[@]}" execsync "$SERVER" 60 ps
like "$out" "sleep 1" "execSync: processes"
unlike "$out" "sleep 4711" "execSync: what took too long is gone"
efails 5 '' "exec, streamed" "${C[@]}" exec "$SERVER" sh -c 'echo words; exit 5'

title="what is wrong"
container_config low '.linux.resources.memory_limit_in_bytes = 4096' true
eok "create one with memory that is too low to start" "${C[@]}" create "${POD[web]}" "$W/web.json" "$W/low.json"
efails 1 'linux.resources.memory.limit: 4096 bytes (are|may be) too few to start' "the engine shows the runtime's reason" "${C[@]}" start "$out"
exec 7< <(exec ctr -n k8s.io events)
events=$!
container web greedy '.linux.resources.memory_limit_in_bytes = 16777216' sh -c 'tail /dev/zero; sleep 1000'
while read -rt 60 line <&7 && [[ $line != *"/tasks/oom"*"$ID"* ]]; do :; done
eok "stop one that took more memory than it may" "${C[@]}" stop "$ID" 0
esays '"reason": "OOMKilled"' "the engine knows" "${C[@]}" status "$ID"
kill "$events"
eok "remove it" "${C[@]}" remove "$ID"

title="the engine restarts"
eok "restart" systemctl restart containerd
esays uid=0 "its containers are still there" "${C[@]}" execsync "$SERVER" 60 id
eok "stop" "${C[@]}" stop "$SERVER" 60
esays '"exitCode": 6' "with time to end" "${C[@]}" status "$SERVER"
eok "remove" "${C[@]}" remove "$SERVER"
eok "stop the pod" "${C[@]}" stoppod "${POD[web]}"
eok "remove it" "${C[@]}" removepod "${POD[web]}"
is "$(find /sys/fs/cgroup -name "*$SERVER*")" "" "no cgroup of a container is left"

title=ctr
eok "import" ctr images import "$W/bb.tar"
efails 1 'linux.resources.memory.limit: 4096 bytes (are|may be) too few to start' "memory that is too low to start" \
	ctr run --rm --runc-binary /usr/local/bin/crun-lite --memory-limit 4096 localhost/bb:latest t2 true
eok "a task" ctr run -d --runc-binary /usr/local/bin/crun-lite --memory-limit 50331648 --cpus 0.2 localhost/bb:latest t3 sleep 1000
is "$(cat /sys/fs/cgroup/default/t3/memory.max /sys/fs/cgroup/default/t3/cpu.max)" "50331648"$'\n'"20000 100000" "limits hold"
e ctr t metrics t3
like "$out" 'memory.usage_limit +50331648' "metrics"
eok "rm" ctr t rm -f t3
eok "rm" ctr c rm t3
echo "1..$total"
exit $((failures > 0))

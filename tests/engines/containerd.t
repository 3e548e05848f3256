#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# containerd with ctr(8): the shim makes a task through "runc" in its PATH, or through the binary that it is told
. "${BASH_SOURCE[0]%/*}/lib.sh"

have containerd ctr
STATE=/run/containerd/runc/default
mkdir "$W/bin"
ln -s "$CRUN_LITE" "$W/bin/runc"
cat >"$W/config.toml" <<END
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "/run/containerd/containerd.sock"
END
PATH=$W/bin:$PATH job containerd --config "$W/config.toml"
ok "the daemon starts" job_said "containerd successfully booted"
cat >"$ROOTFS/bin/patient" <<'END'
#!/bin/sh
trap "exit 7" TERM
while :; do read -t 1 x; done
END
chmod 755 "$ROOTFS/bin/patient"
tar -C "$ROOTFS" -cf "$ROOTFS.tar" .
archive "$W/bb.tar" localhost/bb:latest '{}'
eok "import" ctr images import "$W/bb.tar"
I=localhost/bb:latest

# spec FILTER ARGUMENT... - a configuration in $W/spec.json: that of ctr without what takes a controller. "ctr run IMAGE" always
# asks for cpu.shares
spec() {
	ctr oci spec | jq --arg root "$ROOTFS" 'del(.linux.resources.cpu) | .root.path = $root | .process.args = $ARGS.positional
		| .process.terminal = false | .linux.cgroupsPath = "/default/x" | '"$1" --args -- "${@:2}" >"$W/spec.json"
}
ctr_run=(ctr run --rm --runtime io.containerd.runc.v2 --runc-binary "$CRUN_LITE" --config "$W/spec.json")

title=run
spec . echo hello
esays hello "run" "${ctr_run[@]}" t1
spec . sh -c 'exit 3'
efails 3 '' "the exit status" "${ctr_run[@]}" t1
spec . sh -c 'kill -KILL $PPID; kill -TERM $$; exit 5'
efails 5 '' "a signal that it does not heed" "${ctr_run[@]}" t1
spec '.process.user = { uid: 12, gid: 13 }' sh -c 'echo $(id -u) $(id -g)'
esays "12 13" "a user" "${ctr_run[@]}" t1
spec '.process.terminal = true' sh -c 'until busybox stty size >/dev/null 2>&1; do :; done; readlink /proc/self/fd/0'
esays /dev/pts/0 "a terminal" script -qec "stty rows 40 cols 100; ${ctr_run[*]} -t t1" /dev/null
spec '.linux.namespaces += [ { type: "user" } ] | .linux.uidMappings = [ { containerID: 0, hostID: 100000, size: 65536 } ]
	| .linux.gidMappings = .linux.uidMappings' cat /proc/self/uid_map
esays "    100000 " "users of its own" "${ctr_run[@]}" t1

title="what is wrong"
spec . nothing-like-it
efails 1 'exec: "nothing-like-it": executable file not found in \$PATH' "no such command" "${ctr_run[@]}" t1
spec . /nothing/like/it
efails 1 '"/nothing/like/it".*no such file or directory' "no such file" "${ctr_run[@]}" t1
spec '.linux.resources.memory.limit = 1000000' true
efails 1 'controller "memory" is not available in cgroup .*without the limit' "a limit without its controller" "${ctr_run[@]}" t1
spec '.mounts += [ { destination: "/v", source: "/gone", type: "bind", options: [ "rbind" ] } ]' true
efails 1 'mounts\[[0-9]+\] "/v": open mount source "/gone": no such file or directory' "a source that is not there" "${ctr_run[@]}" t1
spec '.linux.namespaces[0].type = "pidd"' true
efails 1 'config.json:[0-9]+:[0-9]+: linux.namespaces\[0\].type: unknown namespace "pidd"' "a wrong configuration" "${ctr_run[@]}" t1
efails 1 'cpu' "ctr's own limit, without its controller" ctr run --rm "$I" t1 true

title="a task"
eok "create" ctr c create "$I" t1 patient
eok "start" ctr t start -d t1
esays uid=0 "exec" ctr t exec --exec-id e1 t1 id
efails 3 '' "exec: the exit status" ctr t exec --exec-id e2 t1 sh -c 'exit 3'
efails 1 '"nothing-like-it": executable file not found in \$PATH' "exec: no such command" ctr t exec --exec-id e3 t1 nothing-like-it
esays /tmp "exec: a directory" ctr t exec --exec-id e4 --cwd /tmp t1 sh -c 'echo $PWD'
esays /dev/pts/0 "exec: a terminal" script -qec \
	"stty rows 40 cols 100; ctr t exec -t --exec-id e5 t1 sh -c 'until busybox stty size >/dev/null 2>&1; do :; done; readlink /proc/self/fd/0'" /dev/null
esays PID "ps" ctr t ps t1
esays METRIC "metrics" ctr t metrics t1
eok "pause" ctr t pause t1
esays PAUSED "is paused" ctr t ls
eok "resume" ctr t resume t1
esays RUNNING "is running" ctr t ls
eok "kill" ctr t kill -s TERM t1
soon STOPPED "it ends" ctr t ls
efails 0 'exit code 7' "with its own exit status" ctr t rm t1
eok "start it again" ctr t start -d t1
eok "rm --force" ctr t rm -f t1
eok "remove the container" ctr c rm t1

title="a cgroup that is gone"
eok "create" ctr c create "$I" t1 sleep 1000
eok "start" ctr t start -d t1
lose_cgroup "$(ctr t ls | sed -n 's/^t1 *\([0-9]*\) .*/\1/p')"
eok "exec, in the cgroup where init is" ctr t exec --exec-id e1 t1 true
efails 1 "OCI runtime pause failed: .*cgroup \"/default/t1\" $gone" "pause" ctr t pause t1
efails 1 "cgroup \"/default/t1\" $gone" "ps" ctr t ps t1
eok "kill --all" ctr t kill -s KILL --all t1
soon STOPPED "it ends" ctr t ls
eok "remove the task" ctr t rm t1
eok "remove the container" ctr c rm t1

engine_gone default
finish

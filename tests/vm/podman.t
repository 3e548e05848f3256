#!/bin/bash
# podman.t - Podman as a distribution sets it up: cgroups by systemd, for root and for an ordinary user
#
# Not inside the namespaces of lib.sh: systemd is told pids, and has to find them. The disk of this machine is thrown away.
. "${0%/*}/../cli/tap.sh"
W=$(mktemp -d)
top=$PWD
. "$top/tests/vm/rootfs.sh"

cat >/etc/containers/containers.conf <<END
[engine]
runtime = "crun-lite"
runtime_supports_json = ["crun-lite"]
runtime_supports_nocgroup = ["crun-lite"]
[engine.runtimes]
crun-lite = ["$CRUN_LITE"]
END
# limits PREFIX... - what the user of this prefix can limit and see
limits() {
	esays "67108864 50000 100000 55" "$WHO: limits hold" "$@" podman run --rm --network none --memory 64m --cpus 0.5 --pids-limit 55 bb \
		sh -c 'echo $(cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max /sys/fs/cgroup/pids.max)'
	eok "$WHO: a container that lives" "$@" podman run -d --name c1 --network none --memory 64m bb sh -c 'trap "exit 7" TERM; sleep 1000 & wait'
	like "$("$@" podman inspect -f '{{.State.CgroupPath}}' c1)" '\.slice/libpod-[0-9a-f]+\.scope' "$WHO: its cgroup is a scope of systemd"
	esays uid=0 "$WHO: exec" "$@" podman exec c1 id
	eok "$WHO: pause" "$@" podman pause c1
	esays paused "$WHO: it is" "$@" podman inspect -f '{{.State.Status}}' c1
	eok "$WHO: unpause" "$@" podman unpause c1
	eok "$WHO: update" "$@" podman update --memory 32m --cpus 0.25 c1
	esays "33554432 25000 100000" "$WHO: the new limits hold" "$@" podman exec c1 sh -c 'echo $(cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max)'
	esays "33.55MB" "$WHO: stats" "$@" podman stats --no-stream --format '{{.MemUsage}}' c1
	esays sleep "$WHO: top" "$@" podman top c1 args
	eok "$WHO: stop" "$@" podman stop -t 60 c1
	esays "7 false" "$WHO: it ended by itself" "$@" podman inspect -f '{{.State.ExitCode}} {{.State.OOMKilled}}' c1
	eok "$WHO: more memory than allowed" "$@" podman run -d --name c2 --network none --memory 16m bb sh -c 'tail /dev/zero; trap "exit 7" TERM; echo ended; sleep 1000 & wait'
	soon ended "$WHO: is taken from it" "$@" podman logs c2
	# the engine's monitor reads it in the cgroup when the program ends; systemd takes a cgroup without a process away. To kill
	# a container is to kill all that is in its cgroup, so it ends by itself.
	sleep 1000 &
	echo $! >"/sys/fs/cgroup$("$@" podman inspect -f '{{.State.CgroupPath}}' c2)/cgroup.procs"
	disown
	eok "$WHO: stop" "$@" podman stop -t 60 c2
	esays true "$WHO: the engine knows why it ended" "$@" podman inspect -f '{{.State.OOMKilled}}' c2
	eok "$WHO: rm" "$@" podman rm -f c1 c2
}

WHO=root
esays "systemd v2 crun-lite" "the engine's settings" podman info -f '{{.Host.CgroupManager}} {{.Host.CgroupsVersion}} {{.Host.OCIRuntime.Name}}'
eok "import" podman import -q "$W/rootfs.tar" localhost/bb
limits
esays "containers-default" "AppArmor confines it" podman run --rm --network none bb cat /proc/self/attr/current
esays "unconfined" "unless told otherwise" podman run --rm --network none --security-opt apparmor=unconfined bb cat /proc/self/attr/current

title="memory that is too low to start"
efails 126 'memory' "the engine shows the runtime's reason" podman run --rm --network none --memory 4k --memory-swap 4k bb true
like "$out$err" 'linux.resources.memory.limit: 4096 bytes (are|may be) too few to start' "complete"

title="checkpoint"
eok "a container that counts" podman run -d --name k1 --network none bb sh -c 'i=0; while :; do i=$((i+1)); echo $i >/tmp/count; sleep 1; done'
soon "" "it has begun" podman exec k1 sh -c 'test "$(cat /tmp/count)" -ge 3'
eok "checkpoint" podman container checkpoint k1
esays exited "it has ended" podman inspect -f '{{.State.Status}}' k1
eok "restore" podman container restore k1
eok "it goes on, not anew" podman exec k1 sh -c 'until n=$(cat /tmp/count) && test "$n"; do :; done; test "$n" -ge 3'
eok "checkpoint into a file" podman container checkpoint --leave-running --export "$W/k1.tar.gz" k1
eok "rm" podman rm -f -t 0 k1
eok "restore from it, as another" podman container restore --import "$W/k1.tar.gz" --name k2
eok "rm" podman rm -f -t 0 k2

title="health"
eok "with a health check that systemd's timers run" podman run -d --name h1 --network none --health-cmd 'test ! -e /tmp/sick' \
	--health-interval 2s --health-retries 1 bb sleep 1000
eok "is healthy" podman wait --condition healthy h1
eok "until it is made sick" podman exec h1 touch /tmp/sick
eok "is unhealthy" podman wait --condition unhealthy h1
eok "rm" podman rm -f -t 0 h1

title="a pod"
cat >"$W/pod.yaml" <<'END'
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: server
    image: localhost/bb
    command: ["/bin/sh", "-c", "echo served >/tmp/index.html; httpd -f -p 8000 -h /tmp"]
    resources: { limits: { memory: 32Mi, cpu: 500m } }
    livenessProbe: { exec: { command: ["test", "-e", "/tmp/index.html"] }, initialDelaySeconds: 1, periodSeconds: 5, timeoutSeconds: 60, failureThreshold: 2 }
  - name: other
    image: localhost/bb
    command: ["/bin/sleep", "1000"]
END
eok "kube play" podman kube play "$W/pod.yaml"
soon "served" "its containers share a network" podman exec web-other wget -qO- http://127.0.0.1:8000/
esays 33554432 "limits of a Pod" podman exec web-server cat /sys/fs/cgroup/memory.max
eok "is healthy" podman wait --condition healthy web-server
exec 7< <(exec podman events --filter container=web-server --filter event=start --since 0s --format '{{.Status}} {{.Name}}')
events=$!
eok "until it is made sick" podman exec web-server rm /tmp/index.html
while read -rt 120 line <&7 && [[ $line != "start web-server" ]]; do :; done
is "$line" "start web-server" "then it is started again"
kill "$events"
esays "served" "and serves as before" podman exec web-other sh -c 'until wget -qO- http://127.0.0.1:8000/; do sleep 1; done'
eok "kube down" podman kube down "$W/pod.yaml"

WHO="an ordinary user"
AS=(setpriv --reuid 1000 --regid 1000 --clear-groups env USER=tester LOGNAME=tester HOME=/home/tester XDG_RUNTIME_DIR=/run/user/1000
	DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus)
cd /home/tester || exit 1
esays "systemd true crun-lite" "$WHO: the engine's settings" "${AS[@]}" podman info \
	-f '{{.Host.CgroupManager}} {{.Host.Security.Rootless}} {{.Host.OCIRuntime.Name}}'
eok "$WHO: import" "${AS[@]}" podman import -q "$W/rootfs.tar" localhost/bb
limits "${AS[@]}"
esays "1     100000      65536" "$WHO: the mapped range" "${AS[@]}" podman run --rm --network none bb cat /proc/self/uid_map
esays "0       1000          1" "$WHO: root inside is the user" "${AS[@]}" podman run --rm --network none bb cat /proc/self/uid_map
esays "uid=1000" "$WHO: --userns=keep-id" "${AS[@]}" podman run --rm --network none --userns keep-id bb id

ls /run/crun-lite /run/user/1000/crun-lite >"$W/out" 2>/dev/null
is "$(grep -v : "$W/out")" "" "no state of a container is left"
is "$(find /sys/fs/cgroup -name 'libpod-*')" "" "no cgroup of a container is left"
echo "1..$total"
exit $((failures > 0))

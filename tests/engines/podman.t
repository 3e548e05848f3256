#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Podman of root, with cgroupfs: it calls the runtime without --root, through conmon(8) and by itself
. "${BASH_SOURCE[0]%/*}/lib.sh"

have podman conmon netavark
STATE=/run/crun-lite # where the runtime keeps its state when it is not told
podman_world
eok "import" podman import -q "$ROOTFS.tar" localhost/bb:latest
esays crun-lite "info names the runtime" podman info -f '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Version}}'
# what most containers here need no network for
run=(podman run --rm --network none)

title=run
esays hello "run" "${run[@]}" bb echo hello
efails 3 '' "the exit status" "${run[@]}" bb sh -c 'exit 3'
efails 143 '' "the exit status after a signal" "${run[@]}" --init bb sh -c 'kill -TERM $$'
esays hi "standard input" bash -c "echo hi | ${run[*]} -i bb cat"
# the engine sets the size when it is attached, which may be after the program has begun
sized='until busybox stty size >/dev/null 2>&1; do :; done; readlink /proc/self/fd/0; busybox stty size'
esays /dev/pts/0 "a terminal" script -qec "stty rows 40 cols 100; ${run[*]} -it bb sh -c '$sized'" /dev/null
like "$out" "40 100" "of the size that the terminal outside has"
esays "65534 12" "a user" "${run[@]}" -u 65534:12 bb sh -c 'echo $(id -u) $(id -g)'
esays "ro," "a read-only root" "${run[@]}" --read-only bb grep ' / / ' /proc/self/mountinfo
eok "in which /run and /tmp can be written to" "${run[@]}" --read-only bb touch /run/x /tmp/x
esays 0000000000000000 "no capabilities" "${run[@]}" --cap-drop ALL bb grep CapEff /proc/self/status
esays 0000000000003000 "two of them" "${run[@]}" --cap-drop ALL --cap-add NET_ADMIN,NET_RAW bb grep CapBnd /proc/self/status
esays "NoNewPrivs:	1" "no new privileges" "${run[@]}" --security-opt no-new-privileges bb grep NoNewPrivs /proc/self/status
esays "Seccomp:	2" "a filter" "${run[@]}" bb grep Seccomp: /proc/self/status
esays "Seccomp:	0" "no filter" "${run[@]}" --security-opt seccomp=unconfined bb grep Seccomp: /proc/self/status
esays "Seccomp:	0" "privileged" "${run[@]}" --privileged bb grep Seccomp: /proc/self/status
esays 1024 "a limit" "${run[@]}" --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 bb sh -c 'ulimit -n'
esays 5 "a sysctl" "${run[@]}" --sysctl net.ipv4.tcp_keepalive_probes=5 bb cat /proc/sys/net/ipv4/tcp_keepalive_probes
esays fuse "a device" "${run[@]}" --device /dev/fuse bb ls /dev
efails 1 'perm' "that may not be used before" "${run[@]}" --cap-add MKNOD bb sh -c 'mknod /d c 10 229; dd if=/d count=1'
esays tmpfs "a tmpfs" "${run[@]}" --tmpfs /t bb grep ' /t ' /proc/self/mountinfo
esays podman-init "an init" "${run[@]}" --init bb cat /proc/1/cmdline
esays "7" "a larger /dev/shm" "${run[@]}" --shm-size 7m bb sh -c 'grep " /dev/shm " /proc/mounts | grep -o 7168k'
esays other "a host name" "${run[@]}" --hostname other bb hostname
esays "10.1.2.3" "an entry in /etc/hosts" "${run[@]}" --add-host there:10.1.2.3 bb grep there /etc/hosts
esays "value" "the environment" "${run[@]}" -e NAME=value bb sh -c 'echo $NAME'
esays "CapEff:	0000000000000000" "a user without capabilities" "${run[@]}" -u 1 bb grep CapEff /proc/self/status
esays 017 "an umask" "${run[@]}" --umask 017 bb sh -c umask
esays 500 "the score for the killer of processes" "${run[@]}" --oom-score-adj 500 bb cat /proc/self/oom_score_adj
esays "0::/" "the namespace of a cgroup" "${run[@]}" bb grep -x 0::/ /proc/self/cgroup
esays hello "without a cgroup" "${run[@]}" --cgroups disabled bb echo hello
esays alive "a root file system that is a directory" "${run[@]}" --rootfs "$ROOTFS" echo alive
esays from-fd "a descriptor" bash -c "exec 3<<<from-fd; ${run[*]} --preserve-fds 1 bb sh -c 'cat <&3'"
esays "1 from-fd" "a descriptor of socket activation" \
	bash -c "exec 3<<<from-fd; LISTEN_FDS=1 LISTEN_PID=\$BASHPID exec ${run[*]} bb sh -c 'echo \$LISTEN_FDS \$(cat <&3)'"
esays "MASKED" "what is unmasked can be seen" bash -c "${run[*]} bb sh -c 'test -s /proc/timer_list || echo MASKED'"

title="users of its own"
printf '%s\n' containers:200000:300000 >/etc/subuid
cp /etc/subuid /etc/subgid
esays "         0     100000      65536" "--uidmap" "${run[@]}" --uidmap 0:100000:65536 --gidmap 0:100000:65536 bb cat /proc/self/uid_map
esays "     200000 " "--userns=auto" "${run[@]}" --userns auto bb cat /proc/self/uid_map
esays "0:0" "in which files are those of its root" "${run[@]}" --userns auto bb stat -c %u:%g /bin/busybox
esays 5 "in which sysctls can be set" "${run[@]}" --userns auto --sysctl net.ipv4.tcp_keepalive_probes=5 bb cat /proc/sys/net/ipv4/tcp_keepalive_probes

title=volumes
mkdir -p "$W/vol/sub"
echo text >"$W/vol/file"
esays text "a directory of the host" "${run[@]}" -v "$W/vol:/v" bb cat /v/file
efails 1 'Read-only file system' "read-only" "${run[@]}" -v "$W/vol:/v:ro" bb touch /v/x
eok "an overlay of it" "${run[@]}" -v "$W/vol:/v:O" bb touch /v/overlaid
nok "which leaves it alone" test -e "$W/vol/overlaid"
esays inside "a named volume" bash -c "podman volume create vol >/dev/null && ${run[*]} -v vol:/v bb sh -c 'echo inside >/v/f' && ${run[*]} -v vol:/v:ro bb cat /v/f"
eok "volume rm" podman volume rm vol
esays "shared:" "propagation" "${run[@]}" -v "$W/vol:/v:rshared" bb grep ' /v ' /proc/self/mountinfo
esays "noexec" "options of a mount" "${run[@]}" -v "$W/vol:/v:noexec,nodev" bb grep ' /v ' /proc/self/mountinfo
efails 125 'no such file or directory' "a source that is not there" "${run[@]}" -v /nothing/here:/v bb true

title="what is wrong"
efails 127 '"nothing-like-it": executable file not found in \$PATH' "no such command" "${run[@]}" bb nothing-like-it
efails 127 '"/nothing/like/it".*no such file or directory' "no such file" "${run[@]}" bb /nothing/like/it
efails 126 '"/etc/passwd".*permission denied' "not executable" "${run[@]}" bb /etc/passwd
efails 126 '"/etc".*is a directory|permission denied' "a directory" "${run[@]}" bb /etc
efails 127 'linux.sysctl\["net.nothing"\].*no such file or directory' "a sysctl that is not there" "${run[@]}" --sysctl net.nothing=1 bb true
efails 126 'controller "memory" is not available in cgroup .*cgroup.controllers has: .*without the limit' "a limit without its controller" \
	"${run[@]}" --memory 64m bb true
efails 126 'ulimit|RLIMIT_NOFILE|process.rlimits' "a limit that root here may not raise" "${run[@]}" --ulimit nofile=4000000:4000000 --ulimit nproc=1000:1000 bb true
efails 125 'mounts\[[0-9]+\] "/v": open mount source "/run/gone": no such file or directory' "a source that goes" bash -c "
	mkdir /run/gone && podman create -q --name gone --network none -v /run/gone:/v bb true >/dev/null && rmdir /run/gone && podman start -a gone"
podman rm -f gone >"$W/out" 2>&1
efails 126 'config.json:1:[0-9]+: annotations\["crun-lite.landlock.first"\].*config.json:1:[0-9]+: annotations\["crun-lite.landlock.second"\]' \
	"all that is wrong in config.json" "${run[@]}" --annotation crun-lite.landlock.first=1 --annotation crun-lite.landlock.second=2 bb true
eok "run --detach" podman run -d --name u1 --network none bb sleep 1000
eok "a limit that is none" podman update --cpu-shares 0 u1
efails 125 'update ".*": controller "memory" is not available in cgroup .*without the limit' "a limit without its controller" podman update --memory 64m u1
podman rm -f -t 0 u1 >"$W/out" 2>&1

title="a container"
eok "run --detach" podman run -d --name c1 --network none bb sh -c 'trap "echo bye; exit 7" TERM; echo begin; while :; do read -t 1 x; done'
esays "uid=0" "exec" podman exec c1 id
efails 3 '' "exec: the exit status" podman exec c1 sh -c 'exit 3'
efails 127 '"nothing-like-it": executable file not found in \$PATH' "exec: no such command" podman exec c1 nothing-like-it
efails 127 '"/nothing".*no such file or directory' "exec: no such file" podman exec c1 /nothing
efails 126 'permission denied' "exec: not executable" podman exec c1 /etc/passwd
efails 127 'enter process.cwd "/nowhere": no such file or directory' "exec: no such directory" podman exec -w /nowhere c1 true
esays "65534 /tmp value" "exec: user, directory, environment" podman exec -u 65534 -w /tmp -e NAME=value c1 sh -c 'echo $(id -u) $PWD $NAME'
esays piped "exec: standard input" bash -c "echo piped | podman exec -i c1 cat"
esays /dev/pts/0 "exec: a terminal" script -qec "podman exec -it c1 readlink /proc/self/fd/0" /dev/null
esays from-fd "exec: a descriptor" bash -c "exec 3<<<from-fd; podman exec --preserve-fds 1 c1 sh -c 'cat <&3'"
eok "exec --detach" podman exec -d c1 sh -c 'echo later >/later; sleep 1000'
esays 000001ffffffffff "exec --privileged" bash -c 'podman exec --privileged c1 grep CapBnd /proc/self/status | sed s/000001f.*ff/000001ffffffffff/'
esays begin "logs" podman logs c1
esays c1 "ps" podman ps --format '{{.Names}}'
esays sleep "top" podman top c1 args
esays "read -t" "top with other columns" podman top c1 pid,args
esays "/libpod_parent/libpod-" "inspect: the cgroup" podman inspect -f '{{.State.CgroupPath}}' c1
eok "pause" podman pause c1
esays paused "is paused" podman inspect -f '{{.State.Status}}' c1
efails 255 'state improper' "exec in a paused container" podman exec c1 true
eok "unpause" podman unpause c1
esays c1 "stats" podman stats --no-stream --format '{{.Name}}' c1
eok "cp" podman cp c1:/later "$W/later"
eok "diff" podman diff c1
eok "stop" podman stop -t 20 c1
esays 7 "it had time to end" podman inspect -f '{{.State.ExitCode}}' c1
esays bye "and said so" podman logs c1
eok "start it again" podman start c1
eok "kill" podman kill c1
esays 137 "killed" podman wait c1
eok "restart" podman restart -t 0 c1
eok "rename" podman rename c1 c2
esays Error "commands for one that is not there" bash -c 'podman kill nothing 2>&1 || true'
eok "rm --force" podman rm -f -t 0 c2

title="restarts, health, time"
eok "a container that fails" podman run -d --name r1 --network none --restart on-failure:2 bb sh -c 'exit 4'
job podman events --filter container=r1 --filter event=died --format '{{.Status}} again' --stream --since 1m
ok "is started again" "$AID" wait-text "$JOBOUT" "again"
eok "wait for its end" podman wait --condition=exited r1
eok "one with a health check" podman run -d --name h1 --network none --health-cmd 'test ! -e /sick' --health-interval disable --health-retries 1 bb sleep 1000
eok "is healthy" podman healthcheck run h1
eok "until it is made sick" podman exec h1 touch /sick
efails 1 '' "is unhealthy" podman healthcheck run h1
eok "remove them" podman rm -f -t 0 r1 h1
efails 255 '' "a deadline" "${run[@]}" --timeout 1 bb sleep 1000
job "$AID" notify "$W/notify"
job_said ready
NOTIFY_SOCKET=$W/notify eok "a container that says that it is ready" podman run -d --name n1 --network none --sdnotify container bb probe notify , pause
job_said READY=1
pass "so the caller hears"
eok "remove it" podman rm -f -t 0 n1

title=hooks
mkdir "$W/hooks.d"
cat >"$W/hook" <<END
#!/bin/sh
cat >"$W/hooked.\$1"
END
chmod 755 "$W/hook"
for stage in prestart createRuntime createContainer poststart poststop; do
	cat >"$W/hooks.d/$stage.json" <<-END
		{ "version": "1.0.0", "hook": { "path": "$W/hook", "args": [ "hook", "$stage" ] }, "when": { "always": true }, "stages": [ "$stage" ] }
	END
done
eok "run" podman --hooks-dir "$W/hooks.d" run --rm --network none bb true
for stage in prestart createRuntime createContainer poststart poststop; do
	ok "$stage was told the state" jq -e .bundle "$W/hooked.$stage"
done
rm "$W/hooks.d"/*
echo "{ \"version\": \"1.0.0\", \"hook\": { \"path\": \"/bin/false\" }, \"when\": { \"always\": true }, \"stages\": [ \"createRuntime\" ] }" >"$W/hooks.d/bad.json"
efails 126 'hooks.createRuntime\[0\] "/bin/false": exit status 1' "a hook that fails" podman --hooks-dir "$W/hooks.d" run --rm --network none bb true

title=networks
esays inet "the default one" podman run --rm bb ip -4 addr show eth0
eok "network create" podman network create n1
eok "a server" podman run -d --name web --network n1 -p 127.0.0.1:8083:80 bb \
	sh -c 'mkdir -p /www && echo "from $(hostname)" >/www/index.html && exec httpd -f -p 80 -h /www'
esays "from" "it answers on the host" curl -sS --retry 9 --retry-all-errors http://127.0.0.1:8083/
esays "Address" "others find it by name" podman run --rm --network n1 bb nslookup web
esays "from" "one that joins another's" podman run --rm --network container:web bb wget -qO- http://127.0.0.1:80/
esays httpd "pid and ipc of another" podman run --rm --pid container:web --ipc container:web --network none bb ps
eok "that of the host" podman run --rm --network host --pid host --ipc host --uts host bb true
eok "remove it" podman rm -f -t 0 web
eok "network rm" podman network rm n1

title=pods
pod=(podman pod create)
# in this release the pod's own cgroup denies every device, also those that a container cannot be without
podman pod create --help | grep -q share-parent && pod+=(--share-parent=false)
eok "pod create" "${pod[@]}" --name p1 -p 127.0.0.1:8084:80
eok "a container in it" podman run -d --pod p1 --name p1web bb sh -c 'mkdir -p /www && echo pod >/www/index.html && exec httpd -f -p 80 -h /www'
esays pod "another reaches it" podman run --rm --pod p1 bb wget -qO- http://127.0.0.1/
esays pod "and so does the host" curl -sS --retry 9 --retry-all-errors http://127.0.0.1:8084/
eok "pod pause" podman pod pause p1
eok "pod unpause" podman pod unpause p1
esays httpd "pod top" podman pod top p1
eok "pod stop" podman pod stop -t 0 p1
eok "pod start" podman pod start p1
eok "pod rm" podman pod rm -f -t 0 p1

title="kube play"
cat >"$W/pod.yaml" <<'END'
apiVersion: v1
kind: Pod
metadata: { name: kp }
spec:
  restartPolicy: Never
  containers:
  - name: web
    image: localhost/bb:latest
    command: ["sh", "-c", "touch /tmp/ready; echo up; exec sleep 1000"]
    livenessProbe: { exec: { command: ["test", "-e", "/tmp/ready"] }, periodSeconds: 5 }
    securityContext: { allowPrivilegeEscalation: false, runAsUser: 12, capabilities: { drop: ["ALL"] } }
END
# the engine wants systemd for its timers, and says so; the probe itself needs none
eok "kube play" podman kube play "$W/pod.yaml"
job podman logs -f kp-web
ok "it runs" job_said up
eok "is healthy" podman healthcheck run kp-web
eok "until it is made sick" podman exec kp-web rm /tmp/ready
efails 1 '' "is unhealthy" podman healthcheck run kp-web
esays "12 NoNewPrivs: 1" "its user, and no new privileges" podman exec kp-web sh -c 'echo $(id -u) $(grep NoNewPrivs /proc/self/status)'
eok "kube down" podman kube down "$W/pod.yaml"

title="create, init, attach"
eok "create" podman create --name a1 --network none -i bb cat
eok "init" podman init a1
esays "initialized|created" "is initialized" bash -c "podman inspect -f '{{.State.Status}}' a1 | sed 's/^/initialized|created /'"
esays words "start --attach" bash -c "echo words | podman start -ai a1"
eok "a change" podman commit -q a1 localhost/changed
eok "rm" podman rm a1
eok "its image runs" "${run[@]}" localhost/changed true

podman_gone
finish

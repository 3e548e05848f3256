#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Podman of root, with cgroupfs: it calls the runtime without --root, through conmon(8) and by itself
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "$top/tests/engines/podman.sh"

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
esays 000001ffffffffff "exec --privileged" bash -c 'podman exec --privileged u1 grep CapBnd /proc/self/status | sed s/000001f.*ff/000001ffffffffff/'
podman rm -f -t 0 u1 >"$W/out" 2>&1

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
soon "Address" "others find it by name" podman run --rm --network n1 bb nslookup web
esays "from" "one that joins another's" podman run --rm --network container:web bb wget -qO- http://127.0.0.1:80/
esays httpd "pid and ipc of another" podman run --rm --pid container:web --ipc container:web --network none bb ps
eok "that of the host" podman run --rm --network host --pid host --ipc host --uts host bb true
eok "remove it" podman rm -f -t 0 web
eok "network rm" podman network rm n1

podman_signals
podman_restarts "$W/notify"
podman_pods
podman_kube "$W/kube.yaml"
podman_gone_cgroup root

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

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Docker, with crun-lite as its default runtime and by name
. "${BASH_SOURCE[0]%/*}/lib.sh"

D=/usr/bin/docker # there may be another in PATH
[ -x /usr/sbin/dockerd ] || fail_all "no dockerd: tests/deps.sh engines"

cat >"$W/daemon.json" <<END
{
	"runtimes": { "crun-lite": { "path": "$CRUN_LITE" }, "crun-lite-debug": { "path": "$CRUN_LITE", "runtimeArgs": ["--debug"] } },
	"default-runtime": "crun-lite",
	"exec-opts": ["native.cgroupdriver=cgroupfs"],
	"storage-driver": "overlay2"
}
END
export DOCKER_HOST=unix:///run/docker.sock
job /usr/sbin/dockerd --config-file "$W/daemon.json" --data-root /var/lib/docker --exec-root /run/docker -H $DOCKER_HOST
ok "the daemon starts" job_said "API listen on /run/docker.sock"
eok "import" $D import "$ROOTFS.tar" bb
esays crun-lite "info names the default runtime" $D info -f '{{.DefaultRuntime}}'

title=run
esays hello "run" $D run --rm bb echo hello
esays hello "run, by name" $D run --rm --runtime crun-lite bb echo hello
esays hello "run, with arguments of the runtime" $D run --rm --runtime crun-lite-debug bb echo hello
efails 3 '' "the exit status" $D run --rm bb sh -c 'exit 3'
efails 143 '' "the exit status after a signal" $D run --rm --init bb sh -c 'kill -TERM $$'
esays hi "standard input" bash -c "echo hi | $D run --rm -i bb cat"
esays /dev/pts/0 "a terminal" script -qec "$D run --rm -t bb readlink /proc/self/fd/0" /dev/null
esays inet "a network" $D run --rm bb ip -4 addr show eth0
esays 65534 "a user" $D run --rm -u 65534 bb id
esays "ro," "a read-only root" $D run --rm --read-only bb grep ' / / ' /proc/self/mountinfo
esays 00000000 "no capabilities" $D run --rm --cap-drop ALL bb grep CapEff /proc/self/status
esays 1024 "a limit" $D run --rm --ulimit nofile=1024:1024 bb sh -c 'ulimit -n'
esays 5 "a sysctl" $D run --rm --sysctl net.ipv4.tcp_keepalive_probes=5 bb cat /proc/sys/net/ipv4/tcp_keepalive_probes
esays fuse "a device" $D run --rm --device /dev/fuse bb ls /dev
esays inside "a volume" bash -c "$D volume create vol && $D run --rm -v vol:/v bb sh -c 'echo inside >/v/f' && $D run --rm -v vol:/v:ro bb cat /v/f"
esays tmpfs "a tmpfs" $D run --rm --tmpfs /t bb grep ' /t ' /proc/self/mountinfo

title="what is wrong"
efails 127 'executable file not found in \$PATH' "no such command" $D run --rm bb nothing-like-it
efails 127 'no such file or directory' "no such file" $D run --rm bb /nothing/like/it
efails 126 'permission denied' "not executable" $D run --rm bb /etc/passwd
efails 126 'is a directory|permission denied' "a directory" $D run --rm bb /etc
efails 127 'linux.sysctl\["net.nothing"\].*no such file or directory' "a sysctl that is not there" $D run --rm --sysctl net.nothing=1 bb true
efails 127 'no such file or directory' "no such working directory's program" $D run --rm -w /tmp bb ./nothing

echo '{ "defaultAction": "SCMP_ACT_NOTHING" }' >"$W/wrong.json"
efails 125 'config.json:1:[0-9]+: linux.seccomp.defaultAction: unknown action "SCMP_ACT_NOTHING", must be SCMP_ACT_ALLOW, .* or SCMP_ACT_TRAP' \
	"a wrong configuration" $D run --rm --security-opt "seccomp=$W/wrong.json" bb true
efails 125 'process.rlimits\[0\]: set RLIMIT_NOFILE to 9000000 .*needs CAP_SYS_RESOURCE: operation not permitted' "a limit that root here may not raise" \
	$D run --rm --ulimit nofile=9000000 bb true
efails 125 'linux.devices\[0\]: "/etc/passwd" exists in the root filesystem and is a regular file, not a character device' "a device where a file is" \
	$D run --rm --device /dev/fuse:/etc/passwd bb true

title="a cgroup that is gone"
eok "run --detach" $D run -d --name gone bb sleep 1000
lose_cgroup "$($D inspect -f '{{.State.Pid}}' gone)"
eok "exec, in the cgroup where init is" $D exec gone true
for command in pause top "update --cpu-shares 100"; do
	# shellcheck disable=SC2086 # words
	efails 1 "cgroup \"/docker/.*\" $gone" "${command%% *}" $D $command gone
done
eok "stop" $D stop -t 0 gone
esays 137 "it has ended" $D inspect -f '{{.State.ExitCode}}' gone
eok "start it again, with a new one" $D start gone
eok "exec" $D exec gone true
eok "rm --force" $D rm -f gone

title="a container"
eok "run --detach" $D run -d --name c1 bb sh -c 'trap "echo bye; exit 7" TERM; echo begin; while :; do read -t 1 x; done'
esays "uid=0" "exec" $D exec c1 id
efails 3 '' "exec: the exit status" $D exec c1 sh -c 'exit 3'
efails 126 'executable file not found' "exec: no such command" $D exec c1 nothing-like-it
esays /dev/pts/0 "exec: a terminal" script -qec "$D exec -t c1 readlink /proc/self/fd/0" /dev/null
soon begin "logs" $D logs c1
esays c1 "ps" $D ps --format '{{.Names}}'
esays "sh -c trap" "top" $D top c1
eok "pause" $D pause c1
esays paused "it is paused" $D inspect -f '{{.State.Status}}' c1
efails 1 'is paused' "exec into a paused one" $D exec c1 true
eok "unpause" $D unpause c1
esays running "it runs again" $D inspect -f '{{.State.Status}}' c1
eok "update" $D update --restart no c1
esays c1 "stats" $D stats --no-stream --format '{{.Name}}' c1
esays "exec_start: id" "events" $D events --since 0 --until 0s --filter container=c1
eok "rename" $D rename c1 c2
eok "stop" $D stop -t 20 c2
esays 7 "it had time to end" $D inspect -f '{{.State.ExitCode}}' c2
soon bye "and said so" $D logs c2
eok "start it again" $D start c2
eok "kill" $D kill c2
esays 137 "killed" $D wait c2
eok "restart" $D restart c2
eok "rm --force" $D rm -f c2

title="restarts and health"
eok "a container that ends at once" $D run -d --name r1 --restart on-failure:2 bb sh -c 'exit 4'
job $D events --since 0 --filter container=h1 --filter event=health_status
HEALTH=$JOBOUT
eok "one with a health check" $D run -d --name h1 --health-cmd 'test ! -e /tmp/sick' --health-interval 1s --health-retries 1 bb sleep 1000
ok "is healthy" "$AID" wait-text "$HEALTH" "health_status: healthy"
eok "until it is made sick" $D exec h1 touch /tmp/sick
ok "is unhealthy" "$AID" wait-text "$HEALTH" "health_status: unhealthy"
esays 4 "the one that ends was started again" $D wait r1
soon 2 "as often as it may" $D inspect -f '{{.RestartCount}}' r1
eok "remove them" $D rm -f h1 r1

title=networks
eok "network create" $D network create n1
eok "another" $D network create n2
eok "a server" $D run -d --name web --network n1 --network-alias www -p 127.0.0.1:8083:80 bb \
	sh -c 'mkdir -p /www && echo "from $(hostname)" >/www/index.html && exec httpd -f -p 80 -h /www'
esays "from" "it answers on the host" curl -sS --retry 9 --retry-all-errors http://127.0.0.1:8083/
soon "Address" "others find it by name" $D run --rm --network n1 bb nslookup web
esays "from" "or by a name of the network" $D run --rm --network n1 bb sh -c 'wget -qO- "http://$(nslookup www | sed -n "/^Name/,\$s/^Address.*: //p" | head -n 1)/"'
efails 1 '' "but not from another network" $D run --rm --network n2 bb nslookup web
eok "until the server is connected" $D network connect n2 web
esays "Address" "then they do" $D run --rm --network n2 bb nslookup web
esays "eth1" "and the server has one more interface" $D exec web ip addr
eok "network disconnect" $D network disconnect n2 web
eok "a container without one" $D run --rm --network none bb sh -c '! ip addr | grep eth0'
eok "one that joins another's" $D run --rm --network container:web bb wget -qO- http://127.0.0.1:80/
eok "pid and ipc of another" $D run --rm --pid container:web --ipc host bb sh -c 'ps | grep httpd'
eok "remove it" $D rm -f web
eok "network rm" $D network rm n1 n2

title=build
mkdir "$W/ctx"
printf 'FROM bb\nRUN echo built >/built && test "$(id -u)" = 0\nWORKDIR /w\nUSER 12\nCMD ["cat", "/built"]\n' >"$W/ctx/Dockerfile"
DOCKER_BUILDKIT=0 eok "build" $D build -t built "$W/ctx"
esays built "its image runs" $D run --rm built
printf 'FROM bb\nRUN exit 9\n' >"$W/ctx/Dockerfile"
DOCKER_BUILDKIT=0 efails 9 'returned a non-zero code: 9' "build: a command that fails" $D build "$W/ctx"

engine_gone docker
finish

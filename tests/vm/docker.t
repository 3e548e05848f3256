#!/bin/bash
# docker.t - Docker as a distribution sets it up: limits, cgroups by systemd
#
# Not inside the namespaces of lib.sh: systemd is told pids, and has to find them. The disk of this machine is thrown away.
. "${0%/*}/../cli/tap.sh"
W=$(mktemp -d)
top=$PWD
. "$top/tests/vm/rootfs.sh"
cp "$CRUN_LITE" /usr/local/bin/crun-lite
mkdir -p /etc/docker
dropin 2
echo "$REPLY" >/etc/docker/daemon.json

eok "the daemon starts" systemctl restart docker
eok "import" docker import "$ROOTFS.tar" bb
esays "systemd 2" "the engine's settings" docker info -f '{{.CgroupDriver}} {{.CgroupVersion}}'
run=(docker run --runtime crun-lite --network none)

title=limits
esays "67108864 50000 100000 55 59" "limits hold" "${run[@]}" --rm --memory 64m --cpus 0.5 --cpu-shares 512 --pids-limit 55 bb \
	sh -c 'cd /sys/fs/cgroup; echo $(cat memory.max cpu.max pids.max cpu.weight)'
eok "a container that lives" "${run[@]}" -d --name c1 --memory 64m --memory-swap 64m bb sh -c 'trap "exit 7" TERM; sleep 1000 & wait'
id=$out
PID=$(docker inspect -f '{{.State.Pid}}' c1)
is "$(sed -n 's/^0:://p' "/proc/$PID/cgroup")" "/system.slice/docker-$id.scope" "its cgroup is a scope of systemd"
esays uid=0 "exec" docker exec c1 id
eok "update" docker update --memory 32m --memory-swap 32m --cpus 0.25 --pids-limit 44 c1
esays "33554432 0 25000 100000 44" "the new limits hold" docker exec c1 sh -c 'cd /sys/fs/cgroup; echo $(cat memory.max memory.swap.max cpu.max pids.max)'
e systemctl show -p MemoryMax,TasksMax "docker-$id.scope"
is "$out" "MemoryMax=33554432"$'\n'"TasksMax=44" "for systemd, too"
e docker stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' c1
like "$out" '^[1-9][0-9.]*[kKM]iB / 32MiB [1-9]$' "stats"
esays "sleep 1" "top" docker top c1
eok "pause" docker pause c1
esays paused "it is" docker inspect -f '{{.State.Status}}' c1
eok "unpause" docker unpause c1
eok "stop" docker stop -t 60 c1
esays "7 false" "it ended by itself" docker inspect -f '{{.State.ExitCode}} {{.State.OOMKilled}}' c1

title="memory that is too low"
exec 7< <(exec docker events --filter event=oom --format '{{.Action}}')
events=$!
eok "one that takes more than it may" "${run[@]}" -d --name c2 --memory 16m bb sh -c 'tail /dev/zero; sleep 1000'
read -rt 60 line <&7
is "$line" oom "events: so it did"
kill "$events"
eok "stop" docker stop -t 0 c2
esays true "the engine knows" docker inspect -f '{{.State.OOMKilled}}' c2
# the least that this engine passes on is 6 MiB
esays alive "as little as the engine lets through" "${run[@]}" --rm --memory 6m bb echo alive
eok "rm" docker rm -f c1 c2

title="health, restarts"
exec 7< <(exec docker events --filter container=h1 --format '{{.Action}}')
events=$!
eok "one with a health check" "${run[@]}" -d --name h1 --restart on-failure --health-cmd 'test ! -e /tmp/sick' --health-interval 1s \
	--health-retries 1 --health-timeout 30s bb sleep 1000
while read -rt 60 line <&7 && [[ $line != "health_status: healthy" ]]; do :; done
is "$line" "health_status: healthy" "is healthy"
eok "until it is made sick" docker exec h1 touch /tmp/sick
while read -rt 60 line <&7 && [[ $line != "health_status: unhealthy" ]]; do :; done
is "$line" "health_status: unhealthy" "is unhealthy"
kill -KILL "$(docker inspect -f '{{.State.Pid}}' h1)"
while read -rt 60 line <&7 && [[ $line != start ]]; do :; done
is "$line" start "is started again after it was killed"
kill "$events"
eok "rm" docker rm -f h1

title=build
mkdir "$W/ctx"
printf 'FROM bb\nRUN echo built >/built\nCMD ["cat", "/built"]\n' >"$W/ctx/Dockerfile"
echo '{ "runtimes": { "crun-lite": { "path": "/usr/local/bin/crun-lite" } }, "default-runtime": "crun-lite" }' >/etc/docker/daemon.json
eok "as the default runtime" systemctl restart docker
esays crun-lite "of which the engine has been told" docker info -f '{{.DefaultRuntime}}'
DOCKER_BUILDKIT=0 eok "build" docker build -t built "$W/ctx"
esays built "its image runs" docker run --rm --network none built

is "$(find /sys/fs/cgroup -name 'docker-*.scope')" "" "no cgroup of a container is left"
ls /run/docker/runtime-runc/moby /run/docker/runtime-crun-lite/moby >"$W/out" 2>/dev/null
is "$(grep -v : "$W/out")" "" "no state of a container is left"
echo "1..$total"
exit $((failures > 0))

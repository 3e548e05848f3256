#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Buildah: it asks for the state of its containers until they have stopped, and deletes them without --force
. "${BASH_SOURCE[0]%/*}/lib.sh"

have buildah
STATE=/run/crun-lite
podman_world
export BUILDAH_ISOLATION=oci BUILDAH_RUNTIME=$CRUN_LITE
build=(buildah build --ulimit nofile=20000:20000 --network none -t built -f)
# file LINE... - a Containerfile
file() { printf '%s\n' "$@" >"$W/ctx/Containerfile"; }
mkdir "$W/ctx"
tar -C "$W/ctx" -xf "$ROOTFS.tar"

title=build
file "FROM scratch" "ADD . /" "RUN echo built >/built && test \"\$(id -u)\" = 0" "WORKDIR /w" "USER 12" "RUN test \$(id -u) = 12 && test \$PWD = /w" 'CMD ["cat", "/built"]'
eok "build" "${build[@]}" "$W/ctx/Containerfile" "$W/ctx"
file "FROM localhost/built" "RUN exit 9"
efails 9 'exit status 9' "a command that fails" "${build[@]}" "$W/ctx/Containerfile" "$W/ctx"
file "FROM localhost/built" 'RUN ["/no/such/program"]'
efails 1 '/no/such/program": .*no such file or directory' "a program that is not there" "${build[@]}" "$W/ctx/Containerfile" "$W/ctx"
file "FROM localhost/built" "USER 0" "RUN --mount=type=cache,target=/cache echo kept >/cache/f" "RUN --mount=type=cache,target=/cache cat /cache/f >/result"
eok "a cache" "${build[@]}" "$W/ctx/Containerfile" "$W/ctx"
file "FROM localhost/built" "USER 0" "ARG NAME=none" "RUN --mount=type=tmpfs,target=/t touch /t/x && echo \$NAME >/name"
eok "an argument" "${build[@]}" "$W/ctx/Containerfile" --build-arg NAME=value "$W/ctx"

title=run
e buildah from --name b1 localhost/built
eok "from" buildah config --user 0 b1
esays value "run" buildah run b1 cat /name
efails 3 '' "the exit status" buildah run b1 sh -c 'exit 3'
efails 1 '"nothing-like-it": executable file not found in \$PATH' "no such command" buildah run b1 nothing-like-it
esays words "standard input" bash -c "echo words | buildah run b1 cat"
sized='until busybox stty size >/dev/null 2>&1; do :; done; readlink /proc/self/fd/0'
esays /dev/pts/0 "a terminal" script -qec "stty rows 40 cols 100; buildah run -t b1 sh -c '$sized'" /dev/null
esays 40 "messages of the runtime" bash -c "buildah --log-level error run --runtime-flag debug b1 echo 40"
esays 0000000000000000 "capabilities" buildah run --cap-drop ALL b1 grep CapBnd /proc/self/status
esays text "a volume" bash -c "mkdir $W/vol && echo text >$W/vol/file && buildah run -v $W/vol:/v b1 cat /v/file"
esays 65534 "a user" buildah run --user 65534 b1 id -u
esays inside "a host name" buildah run --hostname inside b1 hostname
eok "the host's namespaces" buildah run --network host --ipc host --uts host --pid host b1 true
esays "Seccomp:	2" "a filter" buildah run b1 grep Seccomp: /proc/self/status
efails 1 'chdir to process.cwd "/etc/passwd": not a directory' "a working directory that is none" buildah run --workingdir /etc/passwd b1 true
echo '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["execve"], "action": "SCMP_ACT_KILL_PROCESS" }] }' >"$W/wrong.json"
e buildah from --name b2 --security-opt "seccomp=$W/wrong.json" localhost/built
efails 1 'config.json:1:[0-9]+: linux.seccomp: the filter kills at execve\(2\), so no program could be started; allow it' "a wrong configuration" buildah run b2 true
e buildah from --name b3 --memory 64m localhost/built
efails 1 'controller "memory" is not available in cgroup .*cgroup.controllers has: .*without the limit' "a limit without its controller" buildah run b3 true
e buildah from --name b4 --ulimit nofile=9000000:9000000 localhost/built
efails 1 'process.rlimits\[[0-9]+\]: set RLIMIT_NOFILE to 9000000 .*operation not permitted' "a limit that root here may not raise" buildah run b4 true
eok "remove them" buildah rm b2 b3 b4
eok "commit" buildah commit -q b1 localhost/again
eok "rm" buildah rm b1
for isolation in chroot rootless; do
	BUILDAH_ISOLATION=$isolation esays works "isolation $isolation" bash -c "c=\$(buildah from localhost/again) && buildah run --network none --hostname x \$c echo works; buildah rm \$c >/dev/null"
done

podman_gone
finish

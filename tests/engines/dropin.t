#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The configurations of engines in README.md, as they are written there
. "${BASH_SOURCE[0]%/*}/lib.sh"

mkdir "$W/bin" "$W/dropin"
cp "$CRUN_LITE" "$W/bin/crun-lite"
mount --bind "$W/bin" /usr/local/bin
slurp /proc/self/mountinfo && mounts_before=$REPLY

# every block of the section, as N.LANGUAGE
awk -v d="$W/dropin" '/^## /{ on = /With engines/ } /^### /{ on = 0 } !on { next }
	/^```$/ { file = "" } file { print >file } /^```[a-z]/ { file = d "/" ++n "." substr($0, 4) }' "$top/README.md"
is "$(cd "$W/dropin" && echo *)" "1.toml 2.json 3.toml 4.toml 5.toml 6.yaml" "the configurations are found"
awk '/^\.Sh /{ on = /ENGINES/ } !on { next } /^\.Ed/{ copy = 0 } copy { print } /^\.Bd/{ copy = 1 }' "$top/man/crun-lite.8" >"$W/man"
is "$(cat "$W/man")" "$(cat "$W"/dropin/*)" "the manual page has the same"

# an expression about d, the parsed file; runtime() has a handler of containerd in words
TOML=(/usr/bin/python3 -c 'import sys, tomllib
d = tomllib.load(open(sys.argv[1], "rb"))
def runtime(plugin):
	r = d["plugins"][plugin]["containerd"]["runtimes"]["crun-lite"]
	return " ".join([r["runtime_type"], r["options"]["BinaryName"], str(r["options"]["SystemdCgroup"])])
print(eval(sys.argv[2]))')

title=Podman
cp "$W/dropin/1.toml" /etc/containers/containers.conf
# for a machine like this one: no controller for processes, no systemd
mkdir -p /etc/containers/containers.conf.d
printf '[containers]\npids_limit = 0\n[engine]\ncgroup_manager = "cgroupfs"\n' >/etc/containers/containers.conf.d/machine.conf
eok "import" podman import -q "$ROOTFS.tar" localhost/bb
esays hello "podman" podman --runtime crun-lite run --rm --network none bb echo hello
eok "build from" buildah --ulimit nofile=20000:20000 from --name b1 localhost/bb
esays hello "buildah" buildah run --runtime /usr/local/bin/crun-lite --isolation oci b1 echo hello
eok "and its end" buildah rm b1

title=Docker
mkdir -p /etc/docker
cp "$W/dropin/2.json" /etc/docker/daemon.json
export DOCKER_HOST=unix:///run/docker.sock
job /usr/sbin/dockerd -H $DOCKER_HOST --storage-driver overlay2 --exec-root /run/docker
ok "dockerd" job_said "API listen on /run/docker.sock"
eok "import" /usr/bin/docker import "$ROOTFS.tar" bb
esays hello "docker" /usr/bin/docker run --rm --runtime crun-lite bb echo hello
engine_gone docker

title=containerd
esays "io.containerd.runc.v2 /usr/local/bin/crun-lite False" "of version 2" "${TOML[@]}" "$W/dropin/3.toml" 'runtime("io.containerd.grpc.v1.cri")'
esays "io.containerd.runc.v2 /usr/local/bin/crun-lite False" "of version 3" "${TOML[@]}" "$W/dropin/4.toml" 'runtime("io.containerd.cri.v1.runtime")'
job containerd --config "$W/dropin/3.toml"
ok "containerd" job_said "containerd successfully booted"
esays "cri linux/amd64 ok" "with its service for Kubernetes" bash -c "ctr plugins ls | tr -s ' ' | grep cri"
nok "has nothing to say against it" grep -i 'level=error.*crun-lite' "$JOBOUT"
archive "$W/bb.tar" localhost/bb:latest '{}'
eok "import" ctr images import "$W/bb.tar"
# "ctr run" asks for a share of the processor when it makes the configuration
ctr oci spec | jq --arg root "$ROOTFS" '.root.path = $root | .process.args = ["/bin/echo", "hello"] | del(.linux.resources.cpu)' >"$W/spec.json"
esays hello "ctr" ctr run --rm --runc-binary /usr/local/bin/crun-lite --config "$W/spec.json" t1
engine_gone

title="CRI-O and Kubernetes"
esays "/usr/local/bin/crun-lite oci /run/crun-lite" "of CRI-O" "${TOML[@]}" "$W/dropin/5.toml" \
	'" ".join(d["crio"]["runtime"]["runtimes"]["crun-lite"][k] for k in ("runtime_path", "runtime_type", "runtime_root"))'
esays "handler: crun-lite" "of Kubernetes" grep -x 'handler: crun-lite' "$W/dropin/6.yaml"
find "$CG" -mindepth 1 -depth -type d ! -name self -exec rmdir {} + 2>/dev/null
umount /usr/local/bin
slurp /proc/self/mountinfo && mounts_before=$REPLY
finish

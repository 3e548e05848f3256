# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# lib.sh - harness for tests with real container engines: the first line of every tests/engines/NAME.t sources it
#
# The world is that of tests/cli/lib.sh (namespaces, a cgroup tree, leak check, assertions of tap.sh) with what engines want of a machine: /etc to
# write to, empty /run, /tmp and storage directories, mounts that propagate. An engine starts on these and ends with the file.
#
#   ROOTFS      a directory, and ROOTFS.tar: busybox and the probe, to make images of
#   archive FILE IMAGE CONFIG           an image of ROOTFS (archive.sh)

: "${LIMIT:=300}" "${FILE_LIMIT:=3600}"
export LIMIT FILE_LIMIT
. "${BASH_SOURCE[0]%/*}/../cli/lib.sh"
. "$top/tests/engines/archive.sh"

engine_world() {
	local d
	mkdir -p "$W/home"
	for d in etc opt var/lib; do
		mkdir -p "$W/own/$d"/{upper,work}
		mount -t overlay -o "lowerdir=/$d,upperdir=$W/own/$d/upper,workdir=$W/own/$d/work" own "/$d"
	done
	# an overlay cannot be on another one
	for d in /var/lib/containers /var/lib/docker /var/lib/containerd; do
		mkdir -p "$d" "$W/storage$d"
		mount --bind "$W/storage$d" "$d"
	done
	mount -t tmpfs -o mode=755 run /run
	mkdir /run/lock
	# the work directory may be below it
	mkdir "$W/tmp"
	chmod 1777 "$W/tmp"
	export TMPDIR=$W/tmp HOME=$W/home
	mount --make-rshared /
	ip link set lo up
	ROOTFS=$W/template/rootfs
	for d in tail wc seq nc httpd wget ip hostname tee sort readlink test nslookup; do ln -s busybox "$ROOTFS/bin/$d" 2>/dev/null; done
	tar -C "$ROOTFS" -cf "$ROOTFS.tar" .
	slurp /proc/self/mountinfo && mounts_before=$REPLY
}

# lose_cgroup PID - somebody moves this process elsewhere and removes its cgroup; engines show what the runtime then says, $gone
gone='is gone: it was removed while the container lives, which has no limits without it: delete the container and create it again'
lose_cgroup() {
	local path
	path=$CG$(sed -n 's/^0:://p' "/proc/$1/cgroup")
	echo "$1" >"$CG/self/cgroup.procs"
	find "$path" -depth -type d -exec rmdir {} +
}

# engine_gone CGROUP... - end the job of an engine, and remove the cgroups that it keeps for later
engine_gone() {
	local cgroup
	kill "$JOB"
	job_ended
	for cgroup; do find "$CG/$cgroup" -depth -type d -exec rmdir {} + ; done
	[ "$failures" = 0 ] || note "the engine's last words:"$'\n'"$(tail -n 20 "$JOBOUT")"
}

# have COMMAND... - that this engine is made of
have() {
	local c
	for c; do [ -n "$(PATH=$PATH:/usr/lib/podman:/usr/sbin command -v "$c")" ] || fail_all "no $c: tests/deps.sh engines"; done
}

# podman_world - configuration and storage for Podman and Buildah. They get no limits for which controllers are needed, and none
# that takes CAP_SYS_RESOURCE
podman_world() {
	export CONTAINERS_CONF=$W/containers.conf CONTAINERS_STORAGE_CONF=$W/storage.conf
	cat >"$CONTAINERS_CONF" <<-END
		[containers]
		pids_limit = 0
		default_ulimits = ["nofile=20000:20000", "nproc=60000:60000"]
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		runtime = "crun-lite"
		runtime_supports_json = ["crun-lite"]
		runtime_supports_nocgroup = ["crun-lite"]
		[engine.runtimes]
		crun-lite = ["$CRUN_LITE"]
		[network]
		network_backend = "netavark"
	END
	cat >"$CONTAINERS_STORAGE_CONF" <<-END
		[storage]
		driver = "overlay"
		graphroot = "$W/storage/var/lib/containers"
		runroot = "/run/containers/storage"
	END
}

# podman_gone - what it leaves in order to be quicker the next time
podman_gone() {
	find "$CG" -mindepth 1 -depth -type d ! -name self -exec rmdir {} +
	umount -R "$W/storage/var/lib/containers/overlay" /run/netns 2>/dev/null
}

engine_world

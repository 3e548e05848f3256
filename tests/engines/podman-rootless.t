#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Podman of an ordinary user: the runtime is called as root of Podman's user namespace, and has a cgroup that was delegated
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "$top/tests/engines/podman.sh"

have podman conmon netavark slirp4netns newuidmap
user=5000 run_user=/run/user/5000
STATE=$run_user/crun-lite

# a user with subordinate ids, a cgroup, and the devices that the distribution gives users through udev
user_world() {
	echo "someone:x:$user:$user::$W/home:/bin/sh" >>/etc/passwd
	echo "someone:x:$user:" >>/etc/group
	echo "someone:100000:65536" >/etc/subuid
	cp /etc/subuid /etc/subgid
	mkdir -p "$run_user" "$W/bin" "$W/home" "$CG/someone/self"
	cp "$CRUN_LITE" "$W/bin/crun-lite"
	CRUN_LITE=$W/bin/crun-lite
	chown "$user:$user" "$run_user" "$W/home" "$CG"/someone{,/self}{,/cgroup.procs,/cgroup.subtree_control,/cgroup.threads}
	chmod 700 "$run_user"
	mknod -m 666 /run/tun c 10 200
	mount --bind /run/tun /dev/net/tun
	podman_world
	sed -i "s|$W/storage/var/lib/containers|$W/home/storage|; s|/run/containers/storage|$run_user/containers|" "$CONTAINERS_STORAGE_CONF"
	slurp /proc/self/mountinfo && mounts_before=$REPLY
	dirs=("$CG"/**/) && cgroups_before=${dirs[*]}
}
user_world
cat >"$W/bin/podman" <<END
#!/bin/sh
echo \$\$ >$CG/someone/self/cgroup.procs
cd $W/home
exec setpriv --reuid $user --regid $user --init-groups --reset-env env HOME=$W/home XDG_RUNTIME_DIR=$run_user PATH=$PATH TERM=xterm \
	TMPDIR=$W/tmp NOTIFY_SOCKET=\$NOTIFY_SOCKET \${LISTEN_FDS:+LISTEN_FDS=\$LISTEN_FDS LISTEN_PID=\$LISTEN_PID} CONTAINERS_CONF=$CONTAINERS_CONF CONTAINERS_STORAGE_CONF=$CONTAINERS_STORAGE_CONF /usr/bin/podman "\$@"
END
chmod 755 "$W/bin/podman"
PATH=$W/bin:$PATH
run=(podman run --rm --network none)

eok "import" podman import -q "$ROOTFS.tar" localhost/bb:latest
esays "true crun-lite" "info" podman info -f '{{.Host.Security.Rootless}} {{.Host.OCIRuntime.Name}}'

title=run
esays hello "run" "${run[@]}" bb echo hello
efails 3 '' "the exit status" "${run[@]}" bb sh -c 'exit 3'
esays "0       5000          1" "root of the container is the user" "${run[@]}" bb cat /proc/self/uid_map
esays "5000:5000" "--userns=keep-id" "${run[@]}" --userns keep-id bb sh -c 'echo $(id -u):$(id -g)'
esays "1000:1000" "and to another id" "${run[@]}" --userns keep-id:uid=1000,gid=1000 bb sh -c 'echo $(id -u):$(id -g)'
eok "--userns=nomap" "${run[@]}" --userns nomap bb true
esays "0          1       1024" "--userns=auto" "${run[@]}" --userns auto:size=1024 bb cat /proc/self/uid_map
sized='until busybox stty size >/dev/null 2>&1; do :; done; readlink /proc/self/fd/0'
esays /dev/pts/0 "a terminal" script -qec "stty rows 40 cols 100; ${run[*]} -it bb sh -c '$sized'" /dev/null
esays "ro," "a read-only root" "${run[@]}" --read-only bb grep ' / / ' /proc/self/mountinfo
esays 0000000000000000 "no capabilities" "${run[@]}" --cap-drop ALL bb grep CapEff /proc/self/status
esays "Seccomp:	2" "a filter" "${run[@]}" bb grep Seccomp: /proc/self/status
esays ok "privileged" "${run[@]}" --privileged bb echo ok
esays 5 "a sysctl" "${run[@]}" --sysctl net.ipv4.tcp_keepalive_probes=5 bb cat /proc/sys/net/ipv4/tcp_keepalive_probes
esays 1024 "a limit" "${run[@]}" --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 bb sh -c 'ulimit -n'
esays zero "a device" "${run[@]}" --device /dev/zero:/dev/other-zero bb ls /dev
esays tmpfs "a tmpfs" "${run[@]}" --tmpfs /t bb grep ' /t ' /proc/self/mountinfo
esays 65534 "a user" "${run[@]}" -u 65534 bb id -u
esays podman-init "an init" "${run[@]}" --init bb cat /proc/1/cmdline
eok "the host's namespaces" "${run[@]}" --pid host --uts host bb true
esays hello "without a cgroup" "${run[@]}" --cgroups disabled bb echo hello
mkdir "$W/home/vol"
echo text >"$W/home/vol/file"
chown -R "$user:$user" "$W/home/vol"
esays "text 0" "a volume" "${run[@]}" -v "$W/home/vol:/v" bb sh -c 'echo $(cat /v/file) $(stat -c %u /v/file)'
esays "65534:65534" "that is given to the user inside" "${run[@]}" -u 65534:65534 -v "$W/home/vol:/v:U" bb sh -c 'stat -c %u:%g /v'
is "$(stat -c %u "$W/home/vol")" 165533 "whose id outside is a subordinate one"
esays inside "a named volume" bash -c "podman volume create vol >/dev/null && ${run[*]} -v vol:/v bb sh -c 'echo inside >/v/f' && ${run[*]} -v vol:/v:ro bb cat /v/f"

title="what is wrong"
efails 127 '"nothing-like-it": executable file not found in \$PATH' "no such command" "${run[@]}" bb nothing-like-it
efails 126 '"/etc/passwd".*permission denied' "not executable" "${run[@]}" bb /etc/passwd

title=networks
eok "a server" podman run -d --name web -p 127.0.0.1:8083:80 bb sh -c 'mkdir -p /www && echo rootless >/www/index.html && exec httpd -f -p 80 -h /www'
esays rootless "it answers on the host" curl -sS --retry 5 --retry-connrefused http://127.0.0.1:8083/
esays rootless "one that joins its network" podman run --rm --network container:web bb wget -qO- http://127.0.0.1:80/
eok "rm" podman rm -f -t 0 web
podman_signals
podman_restarts "$W/tmp/notify"
podman_pods
podman_kube "$W/tmp/kube.yaml"
podman_gone_cgroup user

eok "end" podman system migrate
umount -R "$W/home/storage/overlay" 2>/dev/null
find "$CG/someone" -mindepth 1 -depth -type d ! -name self -exec rmdir {} + 2>/dev/null
finish

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# podman.sh - what Podman does for root and for an ordinary user alike: sourced by their tests. run: its words for most containers
# shellcheck disable=SC2154 # run, and gone of lib.sh

podman_signals() {
	title="a container"
	eok "run --detach" podman run -d --name c1 --network none bb sh -c 'trap "echo bye; exit 7" TERM; echo begin; while :; do read -t 1 x; done'
	esays "uid=0" "exec" podman exec c1 id
	efails 3 '' "exec: the exit status" podman exec c1 sh -c 'exit 3'
	efails 127 '"nothing-like-it": executable file not found in \$PATH' "exec: no such command" podman exec c1 nothing-like-it
	efails 127 '"/nothing".*no such file or directory' "exec: no such file" podman exec c1 /nothing
	efails 126 'permission denied' "exec: not executable" podman exec c1 /etc/passwd
	efails 127 'chdir to process.cwd "/nowhere": no such file or directory' "exec: no such directory" podman exec -w /nowhere c1 true
	esays "65534 /tmp value" "exec: user, directory, environment" podman exec -u 65534 -w /tmp -e NAME=value c1 sh -c 'echo $(id -u) $PWD $NAME'
	esays piped "exec: standard input" bash -c "echo piped | podman exec -i c1 cat"
	esays /dev/pts/0 "exec: a terminal" script -qec "podman exec -it c1 readlink /proc/self/fd/0" /dev/null
	esays from-fd "exec: a descriptor" bash -c "exec 3<<<from-fd; podman exec --preserve-fds 1 c1 sh -c 'cat <&3'"
	eok "exec --detach" podman exec -d c1 sh -c 'echo later >/later; sleep 1000'
	soon begin "logs" podman logs c1
	esays c1 "ps" podman ps --format '{{.Names}}'
	soon sleep "top" podman top c1 args
	esays "read -t" "top with other columns" podman top c1 pid,args
	like "$(podman inspect -f '{{.State.CgroupPath}}' c1)" '/(libpod-)?[0-9a-f]{64}$' "inspect: the cgroup"
	eok "pause" podman pause c1
	esays paused "is paused" podman inspect -f '{{.State.Status}}' c1
	efails 255 'state improper' "exec in a paused container" podman exec c1 true
	eok "unpause" podman unpause c1
	esays c1 "stats" podman stats --no-stream --format '{{.Name}}' c1
	eok "a limit that is none" podman update --cpu-shares 0 c1
	eok "cp" podman cp c1:/later "$TMPDIR/later"
	eok "diff" podman diff c1
	eok "stop" podman stop -t 20 c1
	esays 7 "it had time to end" podman inspect -f '{{.State.ExitCode}}' c1
	soon bye "and said so" podman logs c1
	eok "start it again" podman start c1
	eok "kill" podman kill c1
	esays 137 "killed" podman wait c1
	eok "restart" podman restart -t 0 c1
	eok "rename" podman rename c1 c2
	esays Error "commands for one that is not there" bash -c 'podman kill nothing 2>&1 || true'
	eok "rm --force" podman rm -f -t 0 c2
}

podman_restarts() {
	title="restarts, health, time"
	eok "a container that fails" podman run -d --name r1 --network none --restart on-failure:2 bb sh -c 'exit 4'
	job podman events --filter container=r1 --filter event=died --format '{{.Status}} again' --stream --since 1m
	ok "is started again" "$AID" wait-text "$JOBOUT" "again"
	eok "wait for its end" podman wait --condition=exited r1
	eok "one with a health check" podman run -d --name h1 --network none --health-cmd 'test ! -e /sick' --health-interval disable --health-retries 1 \
		bb sleep 1000
	eok "is healthy" podman healthcheck run h1
	eok "until it is made sick" podman exec h1 touch /sick
	efails 1 '' "is unhealthy" podman healthcheck run h1
	eok "remove them" podman rm -f -t 0 r1 h1
	efails 255 '' "a deadline" "${run[@]}" --timeout 1 bb sleep 1000
	job "$AID" notify "$1"
	job_said ready
	chmod 666 "$1"
	NOTIFY_SOCKET=$1 eok "a container that says that it is ready" podman run -d --name n1 --network none --sdnotify container bb probe notify , pause
	job_said READY=1
	pass "so the caller hears"
	eok "remove it" podman rm -f -t 0 n1
	esays "1 from-fd" "a descriptor of socket activation" \
		bash -c "exec 3<<<from-fd; LISTEN_FDS=1 LISTEN_PID=\$BASHPID exec ${run[*]} bb sh -c 'echo \$LISTEN_FDS \$(cat <&3)'"
}

podman_pods() {
	local pod=(podman pod create)
	title=pods
	# in 4.3 the pod's own cgroup denies root every device, also those that a container cannot be without
	podman pod create --help | grep -q share-parent && pod+=(--share-parent=false)
	eok "pod create" "${pod[@]}" --name p1 -p 127.0.0.1:8084:80
	eok "a container in it" podman run -d --pod p1 --name p1web bb sh -c 'mkdir -p /www && echo pod >/www/index.html && exec httpd -f -p 80 -h /www'
	soon pod "another reaches it" podman run --rm --pod p1 bb wget -qO- http://127.0.0.1/
	esays pod "and so does the host" curl -sS --retry 9 --retry-all-errors http://127.0.0.1:8084/
	eok "pod pause" podman pod pause p1
	eok "pod unpause" podman pod unpause p1
	esays httpd "pod top" podman pod top p1
	eok "pod stats" podman pod stats --no-stream p1
	eok "pod stop" podman pod stop -t 0 p1
	eok "pod start" podman pod start p1
	eok "pod rm" podman pod rm -f -t 0 p1
}

# podman_kube FILE - to be written to: two replicas, with a probe
podman_kube() {
	title="kube play"
	cat >"$1" <<-'END'
		apiVersion: apps/v1
		kind: Deployment
		metadata: { name: kp }
		spec:
		  replicas: 2
		  selector: { matchLabels: { app: kp } }
		  template:
		    metadata: { labels: { app: kp } }
		    spec:
		      containers:
		      - name: web
		        image: localhost/bb:latest
		        command: ["sh", "-c", "touch /tmp/ready; echo up; exec sleep 1000"]
		        livenessProbe: { exec: { command: ["test", "-e", "/tmp/ready"] }, periodSeconds: 5 }
		        securityContext: { allowPrivilegeEscalation: false, runAsUser: 12, capabilities: { drop: ["ALL"] } }
	END
	chmod 644 "$1"
	# the engine wants systemd for its timers, and says so; the probe itself needs none
	eok "kube play" podman kube play --network none "$1"
	for replica in 0 1; do
		job podman logs -f "kp-pod-$replica-web"
		ok "replica $replica runs" job_said up
		eok "is healthy" podman healthcheck run "kp-pod-$replica-web"
	done
	eok "until it is made sick" podman exec kp-pod-1-web rm /tmp/ready
	efails 1 '' "is unhealthy" podman healthcheck run kp-pod-1-web
	eok "the other is not" podman healthcheck run kp-pod-0-web
	esays "12 NoNewPrivs: 1" "its user, and no new privileges" podman exec kp-pod-0-web sh -c 'echo $(id -u) $(grep NoNewPrivs /proc/self/status)'
	eok "kube down" podman kube down "$1"
}

# podman_gone_cgroup root|user
podman_gone_cgroup() {
	local command
	title="a cgroup that is gone"
	eok "create" podman create --name gone --network none bb sleep 1000
	eok "init" podman init gone
	lose_cgroup "$(podman inspect -f '{{.State.Pid}}' gone)"
	efails 125 "cgroup \"/.*\" $gone" "start does not go on without limits" podman start gone
	eok "rm --force" podman rm -f -t 0 gone
	eok "run" podman run -d --name gone --network none bb sleep 1000
	lose_cgroup "$(podman inspect -f '{{.State.Pid}}' gone)"
	# an ordinary user may not enter the cgroup that init has been moved to here
	if [ "$1" = root ]; then
		eok "exec, in the cgroup where init is" podman exec gone true
	else
		efails 255 "exec failed: cgroup \"/.*\" $gone" "exec" podman exec gone true
	fi
	for command in "update --memory 64m" pause; do
		# shellcheck disable=SC2086 # words
		efails 125 "cgroup \"/.*\" $gone" "${command%% *}" podman $command gone
	done
	eok "kill" podman kill -s USR1 gone
	eok "stop" podman stop -t 0 gone
	esays 137 "it has ended" podman inspect -f '{{.State.ExitCode}}' gone
	eok "start it again, with a new one" podman start gone
	eok "exec" podman exec gone true
	eok "rm --force" podman rm -f -t 0 gone
}

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two web applications (tests/examples), from Dockerfile to three replicas behind a load balancer
here=${BASH_SOURCE[0]%/*}
if [ "${CLT_INSIDE-}" != 1 ]; then
	. "$here/../cache.sh"
	cached examples "root filesystems of the examples (a minute)" "$here/../examples/images.sh" || exit 1
	export IMAGES=$REPLY
fi
. "$here/lib.sh"

examples=$top/tests/examples D=/usr/bin/docker
[ -x /usr/sbin/dockerd ] || fail_all "no dockerd: tests/deps.sh engines"

# served_by - who answers when twelve requests go to the load balancer
served_by() {
	curl -s --retry 9 --retry-all-errors -D - -o /dev/null 'http://127.0.0.1:8000/?[1-12]' |
		tr -d '\r' | sed -n 's/^x-served-by: //Ip' | sort -u | tr '\n' ' '
}

# shellcheck disable=SC2317 # for spin
all_serve() { [ "$(served_by)" = "replica1 replica2 replica3 " ]; }

# web APPLICATION BASE PORT - built, published, and scaled
web() {
	local app=$1 port=$3 n pid
	title=$app
	eok "$app: the base image" $D import "$IMAGES/$2.tar" "local/$2"
	DOCKER_BUILDKIT=0 eok "$app: build" $D build -t "hello-$app" "$examples/$app"
	eok "$app: run" $D run -d --name "$app" --runtime crun-lite -p "$port:$port" "hello-$app"
	esays "Hello, World!" "$app: answers on port $port" curl -sS --retry 9 --retry-all-errors "http://127.0.0.1:$port/"
	esays "uid=65534" "$app: as an ordinary user" $D exec "$app" id
	eok "$app: ends by itself when told" $D stop -t 20 "$app"
	esays 0 "$app: without an error" $D inspect -f '{{.State.ExitCode}}' "$app"
	eok "$app: rm" $D rm "$app"

	for n in 1 2 3; do
		eok "$app: replica $n" $D run -d --name "replica$n" --hostname "replica$n" --runtime crun-lite --restart always \
			-p "127.0.0.1:800$n:$port" "hello-$app"
	done
	for n in 1 2 3; do
		esays ok "$app: replica $n is healthy" curl -sS --retry 9 --retry-all-errors "http://127.0.0.1:800$n/health"
	done
	job haproxy -db -f "$examples/haproxy.cfg"
	is "$(served_by)" "replica1 replica2 replica3 " "$app: all replicas get their share"
	pid=$($D inspect -f '{{.State.Pid}}' replica2)
	kill -KILL "$pid"
	e curl -sS -o /dev/null -w '%{http_code}\n' 'http://127.0.0.1:8000/?[1-60]'
	is "$(sort -u <<<"$out"):$(wc -l <<<"$out")" 200:60 "$app: one is killed, and all requests are answered"
	soon "1 true" "$app: it is replaced, once" $D inspect -f '{{.RestartCount}} {{.State.Running}}' replica2
	isnt "$($D inspect -f '{{.State.Pid}}' replica2)" "$pid" "$app: by a new process"
	# between a check of its health and the next one the balancer does not know
	ok "$app: and gets its share again" spin all_serve
	kill "$JOB"
	job_ended
	eok "$app: remove them" $D rm -f replica1 replica2 replica3
}

export DOCKER_HOST=unix:///run/docker.sock
echo "{}" >"$W/daemon.json"
job /usr/sbin/dockerd --config-file "$W/daemon.json" --add-runtime "crun-lite=$CRUN_LITE" --exec-opt native.cgroupdriver=cgroupfs --storage-driver overlay2 \
	--data-root /var/lib/docker --exec-root /run/docker -H $DOCKER_HOST
DOCKERD=$JOB DOCKERD_OUT=$JOBOUT
ok "the daemon starts" job_said "API listen on /run/docker.sock"
web flask python 5000
web express node 3000
JOB=$DOCKERD JOBOUT=$DOCKERD_OUT
engine_gone docker
finish

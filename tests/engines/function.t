#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A function as a service (tests/examples/function): a container for every HTTP request, and how long that takes
. "${BASH_SOURCE[0]%/*}/lib.sh"

REQUESTS=100

# percentiles FILE - of seconds, one a line, as milliseconds
percentiles() {
	sort -n "$1" | awk '{ v[NR] = $1 * 1000 } function p(q) { return v[int((NR - 1) * q + 0.5) + 1] }
		END { printf "p50 %.1f p90 %.1f p99 %.1f max %.1f ms\n", p(0.5), p(0.9), p(0.99), v[NR] }'
}

# serve PORT RUNTIME...
serve() {
	job /usr/bin/python3 "$top/tests/examples/function/watchdog.py" "$B" "$@"
	ok "$2: the watchdog listens" job_said "listening on port $1"
}

# cold PORT - every request alone, sets REPLY to the median
cold() {
	e curl -sS -o /dev/null -w '%{time_total}\n' "http://127.0.0.1:$1/[1-$REQUESTS]"
	echo "$out" >"$W/times"
	REPLY=$(percentiles "$W/times")
}

t "a function"
conf 'del(.linux.cgroupsPath) | .process.args = ["sh", "-c", "read -r who; echo Hello, ${who:-World}!"]'
serve 8080 "$CRUN_LITE"
esays "Hello, World!" "a request" curl -sS http://127.0.0.1:8080/
esays "Hello, Ada!" "its body is standard input" curl -sS -d Ada http://127.0.0.1:8080/
e curl -sS -Z --parallel-max 8 -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:8080/[1-40]"
is "$(sort <<<"$out" | uniq -c | tr -s ' ')" " 40 200" "forty at the same time"
cold 8080
ours=$REPLY
note "cold start, crun-lite: $ours"
if [ -x /usr/sbin/runc ]; then
	serve 8081 /usr/sbin/runc
	esays "Hello, World!" "runc serves it, too" curl -sS http://127.0.0.1:8081/
	cold 8081
	note "cold start, runc: $REPLY"
	theirs=${REPLY#p50 } ours=${ours#p50 }
	ok "the median cold start is at least twice as fast as with runc" [ "$((2 * ${ours%%.*}))" -lt "${theirs%%.*}" ]
fi

t "a function that fails"
conf 'del(.linux.cgroupsPath) | .process.args = ["/bin/nothing"]'
serve 8082 "$CRUN_LITE"
esays 'exec: "/bin/nothing": ' "the answer says why" curl -sS http://127.0.0.1:8082/
esays 502 "and is an error" curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1:8082/
finish

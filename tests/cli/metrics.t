#!/bin/bash
# metrics.t - states and statistics as OpenMetrics, for a checker of the format and for Prometheus; numbers: tests/vm/events.t
. "${0%/*}/lib.sh"

# sample NAME WANT DESCRIPTION - a sample of the container with this value, a pattern; NAME may have labels, "a{b=\"c\"}"
sample() {
	local name=${1%%\{*} more=
	[ "$name" = "$1" ] || more=",${1#*\{}" more=${more%\}}
	local line
	line=$(grep -F "crunlite_container$name{id=\"$ID\"$more} " "$W/out")
	like "${line##* }" "^$2$" "$3"
}

# valid DESCRIPTION - the last output is OpenMetrics
valid() {
	is "$rc:$(busybox awk -f "$cli_dir/openmetrics.awk" "$W/out")" "0:" "$1"
	is "$(tail -c 6 "$W/out" | od -An -c | tr -d ' ')" '#EOF\n' "$1: the end"
}

t "the checker finds what is wrong"
while IFS='|' read -r text want; do
	like "$(printf '%b' "$text" | busybox awk -f "$cli_dir/openmetrics.awk")" "$want" "checker: $want"
done <<'END'
# TYPE a gauge\na 1\n|no end
# TYPE a gauge\na 1\n# EOF\na 2\n|behind the end
# TYPE a counter\na 1\n# EOF\n|not of the family
# TYPE a_seconds gauge\n# UNIT a_seconds bytes\n# EOF\n|unit
# TYPE a gauge\na{b="c"} 1\na{b="c"} 2\n# EOF\n|a second time
# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\n# EOF\n|a second time
# TYPE a gauge\na{b="c} 1\n# EOF\n|labels
# TYPE a gauge\na{b="\\t"} 1\n# EOF\n|labels
# TYPE a gauge\na{b="c",} 1\n# EOF\n|labels
# TYPE a gauge\na 0x1\n# EOF\n|not a number
# TYPE a_total counter\n# EOF\n|suffix
# TYPE a stateset\na{b="c"} 1\n# EOF\n|set of states
\n# EOF\n|neither
END

t "nothing"
cl metrics
like "$rc $err" "^1 .*open state root \"$STATE\": no such file or directory" "a named state root that is not there"
nok "none is made" test -e "$STATE"
mkdir -m 700 "$STATE"
cl metrics
is "$rc:$out:$err" "0:# EOF:" "no container"
is "$(XDG_RUNTIME_DIR=$W unshare -r "$CRUN_LITE" metrics 2>&1)" "# EOF" "no state root where it is by default"

t "one"
echo +hugetlb 2>/dev/null >"$CG/cgroup.subtree_control"
create . pause
created=$(date +%s)
cl metrics
valid "a created container"
sample '_state{crunlite_container_state="created"}' 1 "created"
sample '_state{crunlite_container_state="running"}' 0 "not running"
start
cl metrics
valid "a running container"
is "$err" "" "no complaint"
sample '_state{crunlite_container_state="running"}' 1 "running"
is "$(grep -c '^crunlite_container_state.* 1$' "$W/out")" 1 "one state at a time"
like "$out" 'crunlite_container_info\{id="'"$ID"'",bundle="'"$B"'",cgroup="/'"$ID"'"\} 1' "which bundle and cgroup"
started=$(sed -n 's/^crunlite_container_start_time_seconds.* \([0-9]*\)\..*/\1/p' "$W/out")
ok "begun now: $started" test $((started - created)) -ge -2 -a $((started - created)) -le 5
sample _cpu_usage_seconds_total '[0-9]\.[0-9]{6}' "processor time, in seconds"
sample _pids 1 "processes"
for f in "$CG/$ID"/hugetlb.*.current; do
	f=${f##*/hugetlb.} f=${f%.current}
	[[ $f = *rsvd ]] || sample "_hugetlb_usage_bytes{size=\"$f\"}" 0 "huge pages of $f"
done
if [ -e "$CG/$ID/cpu.pressure" ]; then
	sample '_pressure_seconds_total{resource="memory",kind="full"}' '[0-9.]+' "pressure"
else
	skip "pressure" "host: no pressure stall information"
fi
unlike "$out" memory_usage "a number that the kernel does not have is left out"
cl metrics --format prometheus
is "$(grep '^[^#]' "$W/out" | grep -v _cpu_ | cut -d' ' -f1)" "$(grep '^[^#]' <<<"$out" | grep -v _cpu_ | cut -d' ' -f1)" "the same samples in Prometheus' format"
like "$out" '# TYPE crunlite_container_cpu_usage_seconds_total counter' "named as the samples are"
like "$out" '# TYPE crunlite_container_state gauge' "with its types"
unlike "$out" '# (EOF|UNIT)' "without what it does not have"
init_pid
cl kill "$ID" KILL
"$AID" wait-pid "$PID"
cl metrics
sample '_state{crunlite_container_state="stopped"}' 1 "stopped"
sample _cpu_usage_seconds_total '[0-9]\.[0-9]{6}' "what it has used is still told"

t "several"
create . pause
first=$ID
mv "$B" "$B\"quoted\\"
B=$B\"quoted\\
create . pause
second=$ID
create . pause
cl metrics
valid "three containers, an odd bundle"
is "$(grep -c '^crunlite_container_info' "$W/out")" 3 "all of them"
like "$out" 'bundle="[^"]*\\"quoted\\\\"' "escaped"
cl metrics "$second" "$first" "$second"
valid "two that are named, one of them twice"
is "$(sed -n 's/^crunlite_container_info{id="\([^"]*\).*/\1/p' "$W/out" | tr '\n' ' ')" "$second $first " "these two"
cl metrics "$first" nosuch
is "$rc:$out" "1:" "one that is not there: nothing is shown"
like "$err" 'container "nosuch" does not exist' "which one"

t "what is broken does not hurt the others"
create . pause
good=$ID
mkdir "$STATE/empty" "$STATE/torn" "$STATE/unlisted" "$STATE/fifo" "$STATE/gone"
echo '{"crunLite":1,"id":"to' >"$STATE/torn/state.json"
mkfifo "$STATE/fifo/state.json"
echo '"' >"$STATE/unlisted/state.json"
jq '.id = "gone" | .cgroup = "/nosuch"' "$STATE/$good/state.json" >"$STATE/gone/state.json"
touch "$STATE/file"
cl metrics
valid "broken containers"
ID=$good
sample '_state{crunlite_container_state="created"}' 1 "the good one is there"
for ID in empty torn unlisted fifo; do
	sample '_state{crunlite_container_state="broken"}' 1 "$ID is broken"
	like "$err" "container \"$ID\" is broken" "$ID: why is in the log"
done
ID=gone
unlike "$out" 'cpu_usage_seconds_total\{id="gone"' "no cgroup, no numbers"
rm "$STATE/file"

t "wrong"
cl metrics --format html
like "$rc $err" '^1 .*"--format" must be openmetrics or prometheus, not "html"' "unknown format"

# --- Prometheus itself -------------------------------------------------------------------------------------------------------

prometheus=$top/build/prometheus/usr/bin
[ ! -x /usr/bin/prometheus ] || prometheus=/usr/bin
t "Prometheus"
if [ -x "$prometheus/prometheus" ]; then
	ip link set lo up
	create . pause
	start
	cl metrics -f prometheus
	ok "promtool takes its format" "$prometheus/promtool" check metrics <"$W/out"
	mkdir -p "$W/web/cgi-bin"
	# counts how often it has been asked
	cat >"$W/web/cgi-bin/metrics" <<-END
		#!/bin/sh
		printf 'Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n\r\n'
		echo "scrape \$((\$(wc -l <"$W/scrapes") + 1))." >>"$W/scrapes"
		exec "$CRUN_LITE" --root "$STATE" metrics
	END
	chmod +x "$W/web/cgi-bin/metrics"
	: >"$W/scrapes"
	cat >"$W/prometheus.yml" <<-END
		global: { scrape_interval: 2s }
		scrape_configs:
		- job_name: crunlite
		  metrics_path: /cgi-bin/metrics
		  static_configs: [ { targets: [ "127.0.0.1:9100" ] } ]
	END
	job busybox httpd -f -p 127.0.0.1:9100 -h "$W/web"
	job env GOMAXPROCS=1 "$prometheus/prometheus" --config.file="$W/prometheus.yml" --storage.tsdb.path="$W/data" \
		--web.listen-address=127.0.0.1:9090 --log.level=warn
	# asked_again - wait until what is true now is known to the server: it takes one document after the other, so the
	# one that is asked for next is stored when the one after it is asked for
	asked_again() {
		local n
		n=$(wc -l <"$W/scrapes")
		"$AID" wait-text "$W/scrapes" "scrape $((n + 2))."
	}
	# answers EXPRESSION WANT DESCRIPTION - of the server, which leaves a document out that was not there in time
	answers() {
		local got try
		for try in 1 2 3 4 5; do
			got=$(curl -s -G --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query | jq -r '.data.result[] | .value[1]')
			if [ "$got" = "$2" ] || [ $try = 5 ]; then break; fi
			asked_again
		done
		is "$got" "$2" "$3"
	}
	asked_again
	answers up 1 "Prometheus takes the document"
	answers "crunlite_container_state{id=\"$ID\",crunlite_container_state=\"running\"}" 1 "and finds a running container in it"
	answers "count(crunlite_container_cpu_usage_seconds_total{id=\"$ID\"})" 1 "and what it has used"
	answers "crunlite_container_info{id=\"$ID\"}" 1 "and what it is"
	init_pid
	cl kill "$ID" KILL
	"$AID" wait-pid "$PID"
	asked_again
	answers "crunlite_container_state{id=\"$ID\",crunlite_container_state=\"stopped\"}" 1 "and that it has stopped"
	answers up 1 "still takes it"
else
	fail "Prometheus" "it is not there: tests/deps.sh prometheus"
fi

finish

#!/bin/bash
# scale.t - many containers: one costs the same beside thousands of others as alone, and nothing of it stays
#
# Counted are system calls, which are the same on every machine; for times see tests/bench/scale.sh.
. "${0%/*}/lib.sh"

# calls ARGUMENT... - system calls of the runtime itself, in REPLY; its output in $W/out
calls() {
	timeout -s KILL "${LIMIT:-100}" strace -c -o "$W/strace" "$CRUN_LITE" --root "$STATE" "$@" >"$W/out" 2>"$W/err" </dev/null
	rc=$?
	REPLY=$(awk '$NF == "total" { print $4 }' "$W/strace")
}

# same GOT WANT DESCRIPTION - a call more or less is a matter of chance: of memory that was just used up, of a wait that was not needed
same() { ok "$3: $1 system calls, alone $2" test "$(($1 - $2))" -le 4 -a "$(($2 - $1))" -le 4; }

# entries COUNT - copies s1 ... of the stopped container in $ID
entries() {
	local i
	(cd "$STATE" && seq -f 's%.0f' 1 "$1" | xargs mkdir -p)
	for ((i = 1; i <= $1; i++)); do echo "${text/\"$ID\"/\"s$i\"}" >"$STATE/s$i/state.json"; done
}

t "a hundred that run"
declare -A alone
steps=("create -b $B one" "start one" "state one" "events --stats one" "kill --all one KILL" "delete one")
# life - all of it, of one container: system calls of each step in calls_of
declare -A calls_of
life() {
	local step
	for step in "${steps[@]}"; do
		# shellcheck disable=SC2086
		calls $step
		calls_of[$step]=$REPLY
		is "$rc:$(<"$W/err")" "0:" "${step%% *} of one $1"
		[ "${step%% *}" != kill ] || "$AID" wait-empty "$CG/$ID"
	done
}
new_id
conf . pause
# the first one hands controllers down, which the others find done
life "the first"
life "alone"
for step in "${steps[@]}"; do alone[$step]=${calls_of[$step]}; done
text=$(<"$B/config.json")
for ((i = 1; i <= 100; i++)); do
	echo "${text/"/$ID"/"/n$i"}" >"$B/config.json"
	cl create -b "$B" "n$i"
	[ "$rc" = 0 ] || break
done
is "$i:$err" "101:" "a hundred containers"
echo "$text" >"$B/config.json"
life "beside a hundred"
for step in "${steps[@]}"; do same "${calls_of[$step]}" "${alone[$step]}" "${step%% *} of one beside a hundred"; done
cl list -q
is "$(wc -l <"$W/out")" 100 "all are listed"
calls metrics
is "$rc:$(grep -c '_state="created"} 1$' "$W/out")" "0:100" "and measured"
# shellcheck disable=SC2046
cl delete --force $(<"$W/out" sed -n 's/^crunlite_container_info{id="\([^"]*\).*/\1/p')
is "$rc:$err" "0:" "all are deleted"

t "ten thousand that have stopped"
create . pause
init_pid
cl kill "$ID" KILL
"$AID" wait-pid "$PID"
text=$(<"$STATE/$ID/state.json")
calls state "$ID"
state_alone=$REPLY
declare -A few
entries 99
calls metrics
few[metrics]=$REPLY
entries 999
calls metrics
ok "metrics: each of 1000 costs what each of 100 does ($REPLY, ${few[metrics]})" test "$REPLY" -le $((few[metrics] * 10)) -a "$rc" = 0
calls list
few[list]=$REPLY
entries 9999
calls state s5000
same "$REPLY" "$state_alone" "state of one beside ten thousand"
calls list
ok "list: each of 10000 costs what each of 1000 does ($REPLY, ${few[list]})" test "$REPLY" -le $((few[list] * 10)) -a "$rc" = 0
cl metrics
is "$(grep -c '_state="stopped"} 1$' "$W/out")" 10000 "all are measured"
is "$(ulimit -n 16 -v 131072 && "$CRUN_LITE" --root "$STATE" list | wc -l)" 10001 "no descriptor of one is kept for the next, and little memory"
is "$(ulimit -n 16 -v 131072 && "$CRUN_LITE" --root "$STATE" metrics | tail -n 1)" "# EOF" "nor by metrics"
is "$("$CRUN_LITE" --root "$STATE" list -f json | jq length)" 10000 "all are in the JSON"
# shellcheck disable=SC2046
cl delete $(seq -f 's%.0f' 1 9999)
is "$rc:$err" "0:" "one command deletes them"
cl list -q
is "$out" "$ID" "and no other"

finish

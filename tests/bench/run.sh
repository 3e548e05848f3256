#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh - how long the operations take, beside the kernel's own share and beside the runtimes that are installed
#
#   ROUNDS=n        rounds (default 60); the table shows medians of interleaved rounds of this run
#   CRUN_LITE=FILE  the runtime (default: build/release/crun-lite)
#   PEERS="a b"     others to compare with (default: crun runc)
#
# It runs in a mount namespace of its own in which cgroup2 is at /sys/fs/cgroup, so that every runtime finds what it needs.
. "${0%/*}/setup.sh"

for p in bench floor-run floor-exec floor-kill; do
	[ "$TEST_BIN/$p" -nt "$here/$p.c" ] && continue
	mkdir -p "$TEST_BIN" && gcc -std=gnu17 -D_GNU_SOURCE -static -O2 -o "$TEST_BIN/$p" "$here/$p.c" || exit 1
done

# ---- which runtimes can be started here -----------------------------------------------------------------------------------------

tools=(crun-lite)
declare -A program=([crun-lite]=$CRUN_LITE) why
for p in $PEERS; do
	path=$(command -v "$p") || { why[$p]="not installed" && continue; }
	bundle try "try-$p" /bin/true
	if "$path" --root "$work/try-$p" run -b "$work/try" t >"$work/log" 2>&1; then
		tools+=("$p")
		program[$p]=$path
	else
		"$path" --root "$work/try-$p" delete --force t >/dev/null 2>&1
		why[$p]="cannot start a container here: $(tail -n 1 "$work/log" | cut -c1-140)"
	fi
done
has_exec=0
"$CRUN_LITE" help exec >/dev/null 2>&1 && has_exec=1

# ---- what is measured ---------------------------------------------------------------------------------------------------------------

lines() {
	local t r rt
	bundle floor floor /bin/sleep 1000
	echo "run floor||$TEST_BIN/floor-run $rootfs $group/floor /bin/true|"
	echo "create+start+delete floor||$TEST_BIN/floor-run $rootfs $group/floor /bin/true|"
	echo "delete floor|$CRUN_LITE --root $work/floor run -d -b $work/floor f|$TEST_BIN/floor-kill $group/floor|$CRUN_LITE --root $work/floor delete --force f"
	[ $has_exec = 0 ] || {
		bundle floor-held floor-held /bin/sleep 1000
		"$CRUN_LITE" --root "$work/held" run -d -b "$work/floor-held" f >/dev/null 2>&1 </dev/null
		echo "exec floor||$TEST_BIN/floor-exec $("$CRUN_LITE" --root "$work/held" state f | jq .pid) $group/floor-held /bin/true|"
	}
	for t in "${tools[@]}"; do
		r=$work/root-$t
		rt="${program[$t]} --root $r"
		bundle "true-$t" "$t-true" /bin/true
		bundle "sleep-$t" "$t-sleep" /bin/sleep 1000
		bundle "held-$t" "$t-held" /bin/sleep 1000
		# shellcheck disable=SC2086
		$rt run -d -b "$work/held-$t" held >/dev/null 2>&1 </dev/null
		echo "run $t||$rt run -b $work/true-$t r|"
		echo "create+start+delete $t||$rt create -b $work/true-$t c; $rt start c; $rt delete --force c|"
		echo "state $t||$rt state held|"
		echo "kill $t||$rt kill held CONT|"
		[ "$t" = crun ] || echo "events $t||$rt events --stats held|"
		echo "delete $t|$rt run -d -b $work/sleep-$t d|$rt delete --force d|"
		[ $has_exec = 0 ] || echo "exec $t||$rt exec held /bin/true|"
	done
	# the program file needs no protection there
	cp "$CRUN_LITE" "$work/read-only" && mount --bind "$work/read-only" "$work/read-only" && mount -o remount,bind,ro "$work/read-only"
	[ $has_exec = 0 ] || echo "exec-read-only crun-lite||$work/read-only --root $work/root-crun-lite exec held /bin/true|"
}
lines >"$work/lines"
"$TEST_BIN/bench" "$ROUNDS" <"$work/lines" >"$work/times"

# syscalls OPERATION TOOL - of all processes of the runtime, the program's few included
syscalls() {
	local rt="${program[$2]} --root $work/root-$2" command
	case $1 in
	run) command="run -b $work/true-$2 s" ;;
	state) command="state held" ;;
	kill) command="kill held CONT" ;;
	events) command="events --stats held" ;;
	delete)
		# shellcheck disable=SC2086
		$rt run -d -b "$work/sleep-$2" s >/dev/null 2>&1 </dev/null
		command="delete --force s"
		;;
	exec) command="exec held /bin/true" ;;
	*) echo - && return ;;
	esac
	# shellcheck disable=SC2086
	strace -f -c -o "$work/strace" $rt $command >/dev/null 2>&1 </dev/null
	awk '$NF == "total" { print $4 }' "$work/strace"
}

# ---- the table ------------------------------------------------------------------------------------------------------------------

# median OPERATION TOOL - in microseconds, nothing when it was not measured
median() { awk -v o="$1" -v t="$2" '$1 == o && $2 == t && $3 > 0 { print $3; if ($5 > 0) print o " " t ": " $5 " rounds failed" >"/dev/stderr" }' "$work/times"; }
ms() { awk -v x="$1" 'BEGIN { if (x == "") print "-"; else printf "%.2f\n", x / 1000 }'; }

printf '%-20s %9s %10s %7s' "medians of $ROUNDS, ms" floor crun-lite ratio
for p in $PEERS; do printf ' %9s' "$p"; done
printf '   system calls: %s\n' "${tools[*]}"
for op in run create+start+delete exec exec-read-only state kill events delete; do
	[[ $op != exec* ]] || [ $has_exec = 1 ] || continue
	f=$(median "${op%-read-only}" floor)
	c=$(median $op crun-lite)
	ratio=-
	[ -z "$f" ] || [ -z "$c" ] || ratio=$(awk -v a="$c" -v b="$f" 'BEGIN { printf "%.2f", a / b }')
	printf '%-20s %9s %10s %7s' "$op" "$(ms "$f")" "$(ms "$c")" "$ratio"
	for p in $PEERS; do printf ' %9s' "$(ms "$(median $op "$p")")"; done
	printf '  '
	for t in "${tools[@]}"; do printf ' %s' "$(syscalls $op "$t")"; done
	printf '\n'
done
# ---- a hundred at once ----------------------------------------------------------------------------------------------------------

[ $has_exec = 0 ] || {
	printf '\n%-20s %9s %10s %7s\n' "100 exec at once, ms" p50 p99 longest
	for t in "${tools[@]}"; do
		"$TEST_BIN/bench" 5 crowd 100 "${program[$t]}" --root "$work/root-$t" exec held /bin/true |
			awk -v t="$t" '{ printf "%-20s %9.1f %10.1f %7.1f   %s failed\n", t, $1 / 1000, $2 / 1000, $3 / 1000, $4 }'
	done
	printf '\n'
}
for p in "${!why[@]}"; do echo "$p: ${why[$p]}"; done
echo "exec-read-only is exec by a program file on a read-only mount; events is events --stats; delete is delete --force of a running container; the floor makes only the kernel calls of the work"
umount "$work/read-only"
for t in "${tools[@]}"; do "${program[$t]}" --root "$work/root-$t" delete --force held >/dev/null 2>&1; done
[ $has_exec = 0 ] || "$CRUN_LITE" --root "$work/held" delete --force f
exit 0

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scale.sh - is the time for a container the same with a thousand of them, and with ten thousand that have stopped?
#
#   CONTAINERS=n ENTRIES=n   how many (default: 1000, 10000)
#   CRUN_LITE=FILE           the runtime (default: build/release/crun-lite)
. "${0%/*}/setup.sh"

: "${CONTAINERS:=1000}" "${ENTRIES:=10000}"
part=$((CONTAINERS / 10))
run=("$CRUN_LITE" --root "$work/root")

now() { echo "${EPOCHREALTIME/./}"; }

# each FIRST LAST COMMAND... - ms that the command takes for one of these containers, "ID" in it standing for its id, in REPLY
each() {
	local first=$1 last=$2 i begin
	shift 2
	begin=$(now)
	for ((i = first; i <= last; i++)); do
		"${run[@]}" "${@//ID/c$i}" >/dev/null 2>"$work/err" </dev/null || { cat "$work/err" >&2 && exit 1; }
	done
	REPLY=$(awk -v t=$(($(now) - begin)) -v n=$((last - first + 1)) 'BEGIN { printf "%.2f", t / 1000 / n }')
}

# row TITLE COMMAND... - for the first and the last tenth of the containers; those between are not shown
row() {
	local title=$1 first
	shift
	each 1 $part "$@"
	first=$REPLY
	each $((part + 1)) $((CONTAINERS - part)) "$@"
	each $((CONTAINERS - part + 1)) "$CONTAINERS" "$@"
	printf '%-28s %10s %10s\n' "$title" "$first" "$REPLY"
}

# all COMMAND - microseconds for each of the COUNT containers there are, the best of three; and system calls
all() {
	local i begin best=999999999 t
	for i in 1 2 3; do
		begin=$(now)
		"${run[@]}" "$1" >"$work/out" || exit 1
		t=$(($(now) - begin))
		[ $t -ge $best ] || best=$t
	done
	strace -c -o "$work/strace" "${run[@]}" "$1" >/dev/null || exit 1
	awk -v what="$1 of $COUNT${2-}" -v t=$best -v n="$COUNT" '$NF == "total" { printf "%-28s %10.1f %10.1f\n", what, t / n, $4 / n }' "$work/strace"
}

printf '%-28s %10s %10s\n' "ms for one of $CONTAINERS" "first $part" "last $part"
for ((i = 1; i <= CONTAINERS; i++)); do
	mkdir "$work/c$i" && ln -s "$rootfs" "$work/c$i/rootfs"
done
bundle all ID /bin/sleep 1000
for ((i = 1; i <= CONTAINERS; i++)); do
	sed "s|/$name/ID|/$name/c$i|" "$work/all/config.json" >"$work/c$i/config.json"
done
row create create -b "$work/ID" ID
row state state ID
row start start ID
row exec exec ID /bin/true
row kill kill ID KILL

printf '\n%-28s %10s %10s\n' "for each" "us" "system calls"
COUNT=$CONTAINERS
all list
all metrics
echo
printf '%-28s %10s %10s\n' "ms for one of $CONTAINERS" "first $part" "last $part"
row delete delete ID

bundle all c0 /bin/true
"${run[@]}" create -b "$work/all" c0 && "${run[@]}" start c0
text=$(<"$work/root/c0/state.json")
printf '\n%-28s %10s %10s\n' "for each" "us" "system calls"
for COUNT in $((ENTRIES / 10)) "$ENTRIES"; do
	(cd "$work/root" && seq -f 'c%.0f' 1 $((COUNT - 1)) | xargs mkdir -p)
	for ((i = 1; i < COUNT; i++)); do echo "${text/\"c0\"/\"c$i\"}" >"$work/root/c$i/state.json"; done
	all list ", stopped"
	all metrics ", stopped"
done
begin=$(now)
"${run[@]}" state c1 >/dev/null
echo "state of one among $ENTRIES: $(awk -v t=$(($(now) - begin)) 'BEGIN { printf "%.2f ms", t / 1000 }')"
"${run[@]}" delete --force c0
exit 0

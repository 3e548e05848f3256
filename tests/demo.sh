#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# demo.sh - a container in a minute: what it is from the inside, and its life step by step
#
# Uses the distribution's static busybox, needs root, downloads nothing, and leaves nothing.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
: "${CRUN_LITE:=$top/build/release/crun-lite}"

fail() {
	echo "demo: $1" >&2
	exit 1
}
[ "$(id -u)" = 0 ] || fail "needs root: sudo make demo"
[ -x "$CRUN_LITE" ] || fail "no $CRUN_LITE: run make first"
busybox=$(command -v busybox) || fail "needs busybox: install the package busybox-static"
"$busybox" --list 2>/dev/null | grep -qx sh || fail "$busybox has no shell: install the package busybox-static"
command -v jq >/dev/null || fail "needs jq: install the package jq"

# what a container's cgroup is handed down is switched off again afterwards
. "$top/tests/controllers.sh"
controllers_borrow all || exit 1
trap controllers_return EXIT
work=$(mktemp -d "${TMPDIR:-/tmp}/crun-lite-demo.XXXXXX") || exit 1
id=demo-$$
# shellcheck disable=SC2317
clean() {
	"$CRUN_LITE" --root "$work/state" delete --force "$id" 2>/dev/null
	rm -rf "$work"
	controllers_return
}
trap clean EXIT
trap 'exit 1' INT TERM

title() { printf '\n\033[1m%s\033[0m\n' "$1"; }
[ -t 1 ] || title() { printf '\n%s\n' "$1"; }

# step TEXT COMMAND... - run it, and show it with the time it took
step() {
	local before=$EPOCHREALTIME status after
	"$CRUN_LITE" --root "$work/state" "$@" >"$work/out" 2>"$work/err"
	status=$?
	after=$EPOCHREALTIME
	printf '  $ crun-lite %-28s %6.1f ms\n' "${*//"$work/"/}" "$(((${after/./} - ${before/./}) / 100))e-1"
	sed 's/^/    /' "$work/out" "$work/err"
	[ $status = 0 ] || fail "that should have worked (exit status $status)"
}

# ---- a bundle: a root file system and config.json ---------------------------------------------------------------------------------

mkdir -p "$work/bundle/rootfs"/{bin,dev,proc,sys,tmp}
cp "$busybox" "$work/bundle/rootfs/bin/busybox"
for a in sh hostname ps mount ls grep sed ulimit id cat sleep echo wc tr; do ln -s busybox "$work/bundle/rootfs/bin/$a"; done
"$CRUN_LITE" spec -b "$work/bundle" || exit 1

# configure SCRIPT - what the container runs
configure() {
	jq --arg script "$1" '.process.terminal = false | .process.args = [ "sh", "-c", $script ] | .process.env = [ "PATH=/bin" ]
		| .hostname = "aquarium"' "$work/bundle/config.json" >"$work/config" && cp "$work/config" "$work/bundle/config.json"
}

echo "A bundle is a directory with a root file system and a config.json:"
echo "  $(du -sh "$work/bundle/rootfs" | cut -f1) of busybox, $(wc -l <"$work/bundle/config.json") lines written by \"crun-lite spec\"."

title "From the inside"
configure '
	echo "  host name       $(hostname)"
	echo "  processes       $(set -- /proc/[0-9]*; echo $#), and this shell is number $$"
	echo "  user            $(id -u), with the capabilities 0x$(sed -n "s/CapEff:.0*//p" /proc/self/status): kill, net_bind_service, audit_write"
	echo "  new privileges  $(sed -n "s/NoNewPrivs:.//p" /proc/self/status) (1: none can be gained)"
	echo "  open files      at most $(ulimit -n)"
	echo "  cgroup          $(sed -n "s/^0:://p" /proc/self/cgroup) (its own is the root of what it sees)"
	echo "  network         $(sed -n "s/^ *\([a-z0-9]*\):.*/\1/p" /proc/net/dev | tr "\n" " ")"
	echo "  devices         $(ls -C /dev | tr -s "\n\t " " ")"
	echo "  root            $(echo x 2>/dev/null >/file || echo read-only)"
	echo "  mounts          $(wc -l </proc/mounts):"
	mount | sed "s/^\(.*\) on \(.*\) type \([a-z0-9]*\) .*/                  \2 (\3)/" | grep -v "/proc/\|/sys/[^f]"'
"$CRUN_LITE" --root "$work/state" run -b "$work/bundle" "$id" || fail "the container could not be run"

title "Step by step"
configure 'trap "echo got the signal, bye; exit" TERM; echo hello from "$(hostname)"; while :; do sleep 1; done'
cd "$work/bundle" || exit 1
mkfifo "$work/output"
exec 3<>"$work/output"

before=$EPOCHREALTIME
"$CRUN_LITE" --root "$work/state" create "$id" >"$work/output" 2>"$work/err" </dev/null || { cat "$work/err" && fail "create failed"; }
after=$EPOCHREALTIME
printf '  $ crun-lite %-28s %6.1f ms   namespaces, mounts, cgroup are made; the program waits\n' "create $id" "$(((${after/./} - ${before/./}) / 100))e-1"
step state "$id"
step start "$id"
read -r -t 10 line <&3 || fail "it says nothing"
echo "    the program says: $line"
pid=$("$CRUN_LITE" --root "$work/state" state "$id" | jq .pid)
step kill "$id" TERM
read -r -t 10 line <&3 || fail "it says nothing"
echo "    the program says: $line"
tail --pid="$pid" -f /dev/null
step delete "$id"

title "Afterwards"
echo "  nothing is left of it. \"crun-lite --help\" shows the commands, tests/README.md how all this is tested."

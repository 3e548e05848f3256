# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# setup.sh - what the benchmarks begin with: sourced first; runs the script again in a mount namespace of its own in which cgroup2
# is at /sys/fs/cgroup, and makes a root filesystem, and a cgroup of which no trace is left
#
# Afterwards: work, a directory; rootfs; name and group, the cgroup as in config.json and as a directory; bundle.
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
top=${here%/tests/bench}
: "${ROUNDS:=60}" "${CRUN_LITE:=$top/build/release/crun-lite}" "${PEERS=crun runc}" "${TEST_BIN:=$top/build/tests}"
export ROUNDS CRUN_LITE PEERS TEST_BIN

. "$top/tests/controllers.sh"
[ "$(id -u)" = 0 ] || { echo "run.sh: must be run as root" >&2 && exit 1; }
[ -x "$CRUN_LITE" ] || { echo "run.sh: no runtime at $CRUN_LITE: make it first" >&2 && exit 1; }
if [ "${BENCH_INSIDE-}" != 1 ]; then
	controllers_borrow all || exit 1
	trap controllers_return EXIT
	BENCH_INSIDE=1 unshare -m --propagation private bash "$0" 8>&-
	exit
fi

# ---- a bundle, a cgroup, and no trace of them afterwards ---------------------------------------------------------------------

umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/crun-lite-bench.XXXXXX") || exit 1
mount -t tmpfs tmpfs "$work"
name=crun-lite-bench.$$
group=/sys/fs/cgroup/$name
mkdir "$group"
# shellcheck disable=SC2317
clean() {
	[ ! -d "$group" ] || {
		echo 1 >"$group/cgroup.kill"
		while grep -q 'populated 1' "$group/cgroup.events"; do :; done
		find "$group" -depth -type d -exec rmdir {} +
	}
	umount "$work"
	rmdir "$work"
}
trap clean EXIT

rootfs=$work/b/rootfs
mkdir -p "$rootfs"/{bin,dev,proc,sys}
cp "$(command -v busybox)" "$rootfs/bin/busybox"
ln -s busybox "$rootfs/bin/true"
ln -s busybox "$rootfs/bin/sleep"
"$CRUN_LITE" spec -b "$work/b" || exit 1
mv "$work/b/config.json" "$work/spec.json"

# bundle NAME ID ARGUMENT... - the default configuration without a terminal
bundle() {
	mkdir -p "$work/$1"
	ln -sfn "$rootfs" "$work/$1/rootfs"
	jq --arg c "/$name/$2" --arg r "$rootfs" '.ociVersion = "1.0.2" | .process.terminal = false | .process.args = $ARGS.positional | .linux.cgroupsPath = $c | .root.path = $r' \
		"$work/spec.json" --args "${@:3}" >"$work/$1/config.json"
}

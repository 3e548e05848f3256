#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# builds.t [WORD...] - the program is built with other compilers, C libraries, flags and directories; only those whose name has a word
#
# The roots of other releases are made by root.sh when it has changed, and kept in ~/.cache/crun-lite ($CRUN_LITE_CACHE).
set -u
cd "${0%/*}/../.." || exit 1
top=$PWD
. tests/cache.sh
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
. tests/cli/tap.sh
words=("$@")
export LIMIT=1800

chosen() {
	local w
	for w in ${words[@]+"${words[@]}"}; do [[ "$1" != *"$w"* ]] || return 0; done
	[ ${#words[@]} = 0 ]
}

# tree DIR - a copy of the tree as a tarball has it
tree() {
	mkdir -p "$1"
	tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$1"
}

# builds NAME MAKE-ARGUMENT... - here, below $W/NAME, with every warning an error
builds() {
	chosen "$1" || return 0
	execute "$W/out" "$W/err" make -s -j"$(nproc)" O="$W/$1" WERROR=-Werror "${@:2}"
	is "$rc:$err" 0: "$1"
}

# in_root SUITE COMPILER MAKE-ARGUMENT... - the same in the root of another release, where nothing is written to but a tmpfs
in_root() {
	local name="$1 $2 ${*:3}"
	chosen "$name" || return 0
	export SUITE=$1
	if ! cached "root-$1" "the compilers of Debian $1 (half a minute)" tests/builds/root.sh; then
		fail "$name" "no root"
		return
	fi
	# shellcheck disable=SC2016
	execute "$W/out" "$W/err" unshare -m --propagation private sh -c 'root=$1 top=$2 && shift 2 &&
		mount --bind "$top" "$root/src" && mount -t tmpfs tmpfs "$root/tmp" && exec chroot "$root" "$@"' - "$REPLY" "$top" \
		make -s -C /src -j"$(nproc)" O=/tmp/out COMMIT= WERROR=-Werror CC="$2" "${@:3}" all
	is "$rc:$err" 0: "$name"
}

builds clang CC=clang all
builds lto CFLAGS="-O3 -flto=auto" WERROR= all
builds fortify CFLAGS=-D_FORTIFY_SOURCE=3 "$W/fortify/src/cli/version.o"
builds cppflags CPPFLAGS=-DX "$W/cppflags/src/cli/version.o"
in_root trixie gcc CFLAGS="-O3 -flto=auto"
in_root trixie clang
in_root sid gcc
in_root sid clang
in_root bullseye gcc

if chosen directories; then
	# one of them inside a repository that is not its own
	tree "$W/one"
	tree "$W/foreign/two"
	git -C "$W/foreign" init -q
	git -C "$W/foreign" -c user.name=x -c user.email=x commit -q --allow-empty -m x
	for d in one foreign/two; do
		execute "$W/out" "$W/err" make -s -j"$(nproc)" -C "$W/$d" WERROR=-Werror all
		is "$rc:$err" 0: "directories: build in $d"
	done
	ok "directories: the program is the same, byte for byte" cmp "$W/one/build/release/crun-lite" "$W/foreign/two/build/release/crun-lite"
	out=$("$W/foreign/two/build/release/crun-lite" --version)
	unlike "$out" commit: "directories: no commit of a foreign repository, and no line for none"
	nok "directories: no path of the build is in the program" grep -qF "$W" "$W/one/build/release/crun-lite"
fi

echo "1..$total"
[ $failures = 0 ]

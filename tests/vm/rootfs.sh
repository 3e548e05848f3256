# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# rootfs.sh - sourced by what makes images in the virtual machine: $ROOTFS, a directory with busybox, and ROOTFS.tar
# shellcheck disable=SC2154 # W of the test

ROOTFS=$W/rootfs
mkdir -p "$ROOTFS"/{bin,dev,etc,proc,sys,tmp}
cp "$(command -v busybox)" "$ROOTFS/bin/"
for a in $(busybox --list | grep -E '^(sh|cat|echo|grep|id|ls|ps|sleep|tail|test|touch|true|head|wc|ip|tr|wget|httpd|kill|rm)$'); do
	ln -s busybox "$ROOTFS/bin/$a"
done
tar -C "$ROOTFS" -cf "$ROOTFS.tar" .
chmod -R a+rX "$W"

# dropin N - the Nth configuration of an engine in README.md, in REPLY
dropin() {
	REPLY=$(awk -v n="$1" '/^## /{ on = /With engines/ } /^### /{ on = 0 } !on { next } /^```$/ { copy = 0 } copy { print }
		/^```[a-z]/ { copy = ++found == n }' "$top/README.md")
}

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# root.sh DIR - unpack the compilers and libraries of the Debian release $SUITE in DIR, to be entered with chroot(8)
#
# The packages come from the mirror that this machine itself installs from, and are not configured: compilers need no more than
# their files. busybox is shell and tools.
set -eu

[ $# = 1 ] || { echo "root.sh: must be given one directory" >&2; exit 1; }
mirror=${CRUN_LITE_VM_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/*$' || true)}
[ -n "$mirror" ] || { echo "root.sh: this machine has no Debian mirror: name one in CRUN_LITE_VM_MIRROR" >&2; exit 1; }

# a mirror that has stopped at some day is as good as another
mmdebstrap --mode=root --variant=extract --aptopt='Acquire::Check-Valid-Until "false"' \
	--include=gcc,clang,libc6-dev,make,pkg-config,libseccomp-dev,libyajl-dev,libcap-dev,libmount-dev,busybox-static \
	--aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
	--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' "$SUITE" "$1" "$mirror"
for d in bin sbin lib lib64; do
	[ -e "$1/$d" ] || ln -s "usr/$d" "$1/$d"
done
busybox=/bin/busybox
[ -e "$1$busybox" ] || busybox=/usr/bin/busybox
for tool in $("$1$busybox" --list); do
	[ -e "$1/bin/$tool" ] || [ -e "$1/usr/bin/$tool" ] || ln -s "$busybox" "$1/bin/$tool"
done
mkdir "$1/src"

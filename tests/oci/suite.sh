#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# suite.sh DIR - build the validation tests of OCI runtime-tools in DIR: NAME for each test, runtimetest, rootfs-amd64.tar.gz
#
# Everything comes from the mirror that this machine itself installs from: the source package of the tests, and the
# distribution's Go and its libraries, unpacked and not installed.
set -eu

SOURCE=golang-github-opencontainers-runtime-tools_0.9.0.109.ge931285.orig.tar.xz
SOURCE_SHA256=203989a1ea98cf2aaced79155bbda09270b20db19b03376dde91ab12e5e6a0fe
LIBRARIES="blang-semver cpuguy83-go-md2man-v2 google-uuid hashicorp-errwrap hashicorp-go-multierror mrunalp-fileutils
	opencontainers-selinux opencontainers-specs russross-blackfriday-v2 sirupsen-logrus urfave-cli
	xeipuuv-gojsonpointer xeipuuv-gojsonreference xeipuuv-gojsonschema"

[ $# = 1 ] || { echo "suite.sh: must be given one directory" >&2; exit 1; }
here=$(cd "${0%/*}" && pwd)
rm -rf "$1"
mkdir -p "$1"
dir=$(cd "$1" && pwd)
work=$dir/build
suite=$work/go/src/github.com/opencontainers/runtime-tools

fetch_source() {
	local mirror
	mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/*$' || true)
	[ -n "$mirror" ] || { echo "suite.sh: this machine has no Debian mirror" >&2; exit 1; }
	/usr/lib/apt/apt-helper download-file "$mirror/pool/main/g/${SOURCE%%_*}/$SOURCE" "$work/source.tar.xz" "SHA256:$SOURCE_SHA256"
	mkdir -p "$suite"
	tar xf "$work/source.tar.xz" -C "$suite" --strip-components=1
}

fetch_go() {
	local packages name deb
	apt-cache show golang-go >/dev/null 2>&1 || apt-get -qq update
	go=$(apt-cache depends golang-go | sed -n 's/.*Depends: \(golang-.*\)-go$/\1/p')
	packages="$go-go $go-src golang-gocapability-dev golang-golang-x-sys-dev"
	for name in $LIBRARIES; do
		packages+=" golang-github-$name-dev"
	done
	mkdir -p "$work/debs" "$work/root"
	cd "$work/debs"
	# shellcheck disable=SC2086 # a list of words
	apt-get -qq -o APT::Sandbox::User=root download $packages
	for deb in *.deb; do
		dpkg-deb -x "$deb" "$work/root"
	done
	export GOROOT=$work/root/usr/lib/${go/golang/go}
	# A Go program raises its own limit of open files while it starts: the payload would report that one as the container's.
	rm -f "$GOROOT/src/os/rlimit.go"
}

# without network, from what was unpacked
build() {
	local t
	mkdir -p "$work/go/src/github.com/mndrix/tap-go"
	cp "$here/tap.go" "$work/go/src/github.com/mndrix/tap-go/"
	cd "$suite"
	GOPATH=$work/go:$work/root/usr/share/gocode GOCACHE=$work/cache GO111MODULE=off GOFLAGS=-buildvcs=false CGO_ENABLED=0 \
		"$GOROOT/bin/go" build -ldflags='-s -w' -tags 'netgo osusergo' -o "$work/" ./cmd/runtimetest ./validation/...
	for t in validation/*/; do
		t=${t%/}
		[ "${t##*/}" = util ] || mv "$work/${t##*/}" "$dir/${t##*/}.test"
	done
	mv "$work/runtimetest" rootfs-amd64.tar.gz "$dir/"
}

mkdir "$work"
fetch_source
fetch_go
build
cd "$dir"
rm -rf "$work"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# deps.sh [--check] build|test|demo|vm|oci|engines|prometheus|clang ... - what these need, installed when it is missing
#
# Looks for commands and headers, not for packages, so that a system on which they came another way
# is left alone. Debian and Ubuntu, as root: apt-get. Elsewhere, and with --check: says what is
# missing, and fails. Prometheus is not installed, which would start it, but unpacked below build.
set -u

missing=

have_command() {
	command -v "$1" >/dev/null 2>&1
}

have_header() {
	echo "#include <$1>" | gcc -E -x c - >/dev/null 2>&1
}

# need PACKAGE TEST ARGUMENT
need() {
	"$2" "$3" || missing="$missing $1"
}

is_static() {
	have_command "$1" && ! readelf -l "$(command -v "$1")" 2>/dev/null | grep -q INTERP
}

have_python() {
	/usr/bin/python3 -c "import $1" 2>/dev/null
}

need_build() {
	need gcc have_command gcc
	need make have_command make
	need pkg-config have_command pkg-config
	# one look at all of them; each alone only when that fails
	if ! printf '#include <%s>\n' stdio.h seccomp.h yajl/yajl_parse.h sys/capability.h \
		libmount/libmount.h | gcc -E -x c - >/dev/null 2>&1; then
		need libc6-dev have_header stdio.h
		need libseccomp-dev have_header seccomp.h
		need libyajl-dev have_header yajl/yajl_parse.h
		need libcap-dev have_header sys/capability.h
		need libmount-dev have_header libmount/libmount.h
	fi
}

need_test() {
	for tool in clang-format shellcheck mandoc strace jq; do
		need "$tool" have_command "$tool"
	done
	need iproute2 have_command ip
	need fish have_command fish
	need zsh have_command zsh
	need uidmap have_command newuidmap
	need perl have_command prove
	need busybox-static is_static busybox
}

need_demo() {
	need busybox-static is_static busybox
	need jq have_command jq
}

need_vm() {
	need mmdebstrap have_command mmdebstrap
	need protobuf-compiler have_command protoc
	need protobuf-compiler-grpc have_command grpc_python_plugin
	need e2fsprogs have_command mke2fs
	need perl have_command prove
}

need_engines() {
	need docker.io have_command dockerd
	need iptables have_command iptables
	need bsdutils have_command script
	need curl have_command curl
	need podman have_command podman
	need buildah have_command buildah
	need containerd have_command containerd
	need netavark have_command /usr/lib/podman/netavark
	need aardvark-dns have_command /usr/lib/podman/aardvark-dns
	need slirp4netns have_command slirp4netns
	need catatonit have_command /usr/libexec/podman/catatonit
	need haproxy have_command haproxy
	need containerd have_command containerd
	need containernetworking-plugins have_command /usr/lib/cni/bridge
	need protobuf-compiler have_command protoc
	need protobuf-compiler-grpc have_command grpc_python_plugin
	need python3-grpcio have_python grpc
	need python3-protobuf have_python google.protobuf
	need mmdebstrap have_command mmdebstrap
	need python3-minimal have_command /usr/bin/python3
	need runc have_command runc
}

need_oci() {
	need xz-utils have_command xz
	need jq have_command jq
	need perl have_command prove
	need busybox-static is_static busybox
}

need_clang() {
	need clang have_command clang
}

need_prometheus() {
	need curl have_command curl
	need jq have_command jq
	have_command prometheus || [ -x build/prometheus/usr/bin/prometheus ] || unpack=prometheus
}

check=
unpack=
for part; do
	case $part in
	--check) check=yes ;;
	build | test | demo | vm | oci | engines | prometheus | clang) "need_$part" ;;
	*)
		echo "deps.sh: must be build, test, demo, vm, oci, engines, prometheus or clang, not \"$part\"" >&2
		exit 1
		;;
	esac
done
# shellcheck disable=SC2086 # a list of words
missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
missing=${missing% }
all="$missing${missing:+${unpack:+ }}$unpack"
[ -n "$all" ] || exit 0

if [ -n "$check" ]; then
	echo "missing (names of Debian packages): $all; \"make deps\" installs them" >&2
	exit 1
fi
if ! have_command apt-get; then
	echo "missing (names of Debian packages): $all; install what your system calls them" >&2
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "missing: $all; run as root, or: apt-get install $all" >&2
	exit 1
fi

echo "installing $all"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# what is installed for tests starts no service: dpkg asks this program
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	trap 'rm -f "$log" $policy' EXIT
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
fi

# shellcheck disable=SC2086 # a list of words
install() {
	apt-get update || return
	[ -z "$missing" ] || apt-get install -y --no-install-recommends $missing || return
	[ -z "$unpack" ] || unpack_package "$unpack"
}

# unpack_package PACKAGE - its files below build/PACKAGE
unpack_package() {
	mkdir -p build/download || return
	(cd build/download && apt-get -o APT::Sandbox::User=root download "$1") &&
		dpkg-deb -x build/download/"$1"_*.deb "build/$1" && rm -r build/download
}

if ! install >"$log" 2>&1; then
	cat "$log" >&2
	echo "deps.sh: apt-get could not install $all" >&2
	exit 1
fi

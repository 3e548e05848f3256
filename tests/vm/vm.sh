#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vm.sh [-v apparmor|selinux] [-o DIR] [-t SECONDS] COMMAND [ARGUMENT...] - run a command as root in a new virtual machine
#
#	-v  the security module that is on: AppArmor (default), or SELinux, permissive at first ("setenforce 1")
#	-o  a directory of this machine that the guest sees as /ctl, for results; it gets "console" and "rc" as well
#	-t  how long the machine may run (default 3000)
#
# The guest is Debian with systemd as its first process, cgroup v2 with all controllers and no network. It sees this tree
# read-only as /src and starts there. Its disk is thrown away. Everything is emulated and 10 to 30 times slower than this
# machine: compile here, run there.
#
# The exit status is the command's; 124: no time left; 125: the machine itself did not work, and the end of its console is shown.
# The machine is made by image.sh when that has changed (two minutes or more), and kept in $CRUN_LITE_CACHE (default:
# ~/.cache/crun-lite, 450 MB).
# CRUN_LITE_VM_CPUS (2) and CRUN_LITE_VM_MEMORY (1536, in MiB) size it. One runs at a time: the others wait.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/tests/vm}
. "$top/tests/cache.sh"
variant=apparmor out='' seconds=3000

die() {
	echo "vm.sh: $1" >&2
	exit 125
}

# command_line - of the kernel
command_line() {
	echo "console=ttyS0 quiet panic=-1 mitigations=off nokaslr nowatchdog rcupdate.rcu_expedited=1 no_timer_check" \
		"tsc=reliable random.trust_cpu=on net.ifnames=0 systemd.show_status=0 systemd.log_level=warning fsck.mode=skip"
	case $variant in
	apparmor) echo "security=apparmor apparmor=1" ;;
	selinux) echo "security=selinux selinux=1 enforcing=0" ;;
	*) die "-v: must be apparmor or selinux, not \"$variant\"" ;;
	esac
}

# job COMMAND... - the script that the guest starts
job() {
	cat <<-END
		exec >/ctl/out 2>&1
		mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro\$label src /src
		echo "+cpu +cpuset +io +memory +hugetlb +pids +rdma +misc" >/sys/fs/cgroup/cgroup.subtree_control
		cd /src
		$(printf '%q ' "$@") </dev/null
		echo \$? >/ctl/rc
	END
}

boot() {
	local r=$vm/qemu lib=$vm/qemu/usr/lib/x86_64-linux-gnu
	exec env TMPDIR="$work" QEMU_MODULE_DIR="$lib/qemu" timeout -k 5 "$seconds" nice \
		"$r/usr/lib64/ld-linux-x86-64.so.2" --library-path "$lib:$lib/pulseaudio:$lib/blas:$lib/lapack" \
		"$r/usr/bin/qemu-system-x86_64" -L "$r/usr/share/qemu" -L "$r/usr/share/seabios" -L "$r/usr/lib/ipxe/qemu" \
		-nodefaults -no-user-config -display none -no-reboot -machine q35,sata=off,smbus=off,hpet=off,vmport=off,usb=off \
		-accel tcg,thread=multi,tb-size=512 -cpu qemu64,+pdpe1gb -smp "${CRUN_LITE_VM_CPUS:-2}" -m "${CRUN_LITE_VM_MEMORY:-1536}" \
		-kernel "$vm/kernel" -initrd "$vm/initrd" -append "$(command_line | tr '\n' ' ')" \
		-drive "file=$vm/disk,if=none,id=disk,format=raw,snapshot=on,cache=unsafe" -device virtio-blk-pci,drive=disk \
		-device virtio-rng-pci -serial "file:$out/console" \
		-fsdev "local,id=ctl,path=$out,security_model=none" -device virtio-9p-pci,fsdev=ctl,mount_tag=ctl \
		-fsdev "local,id=src,path=$top,security_model=none,readonly=on,multidevs=remap" \
		-device virtio-9p-pci,fsdev=src,mount_tag=src </dev/null >"$work/qemu" 2>&1
}

while getopts v:o:t: option; do
	case $option in
	v) variant=$OPTARG ;;
	o) out=$OPTARG ;;
	t) seconds=$OPTARG ;;
	*) exit 125 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || die "must be given a command"
[ "$(id -u)" = 0 ] || die "must be run as root"
command_line >/dev/null

mkdir -p "$cache_dir"
exec 9>"$cache_dir/lock"
flock 9
cached vm "a virtual machine (two minutes or more)" "$here/image.sh" || die "there is no machine"
vm=$REPLY
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -n "$out" ] || out=$work/ctl
mkdir -p "$out"
out=$(cd "$out" && pwd)
rm -f "$out/rc"
: >"$out/out"
job "$@" >"$out/job"
boot 9>&- &
qemu=$!
trap 'kill $qemu 2>/dev/null || true; wait; rm -rf "$work"' EXIT
tail -n +1 -f -s 0.2 --pid=$qemu "$out/out" &
status=0
wait $qemu || status=$?
wait
[ ! -e "$out/rc" ] || exit "$(cat "$out/rc")"
[ $status != 124 ] || { echo "vm.sh: the machine ran for more than $seconds s" >&2 && exit 124; }
cat "$work/qemu" >&2
tail -n 20 "$out/console" >&2
die "the machine ended before its command did"

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# image.sh DIR - make the virtual machine of the tests in DIR: a Debian system on a disk image, and an emulator that can run it
#
#	DIR/disk     ext4 image, used read-only: every run writes to a file of its own on top
#	DIR/kernel, DIR/initrd
#	DIR/qemu/    QEMU of the same release. It is started through its own loader, beside whatever the host has: older ones (7.2)
#	             crash now and then when they emulate two processors
#
# Everything comes from the mirror that this machine itself installs from. Nothing is mounted, so this also works in a
# container. Needs root, mmdebstrap and mke2fs. vm.sh calls it when this file has changed: it is the recipe, all of it.
set -eu

SUITE=trixie
PACKAGES="linux-image-amd64 systemd systemd-sysv dbus dbus-user-session libpam-systemd kmod udev login passwd uidmap
	busybox-static jq strace iproute2 procps util-linux-extra attr criu
	apparmor policycoreutils selinux-utils selinux-policy-default
	libcriu2 nftables iptables podman conmon netavark aardvark-dns passt catatonit
	buildah containerd containernetworking-plugins docker.io docker-cli python3-grpcio python3-protobuf curl"

[ $# = 1 ] || { echo "image.sh: must be given one directory" >&2; exit 1; }
dir=$1
root=$dir/root
mirror=${CRUN_LITE_VM_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/*$' || true)}
[ -n "$mirror" ] || { echo "image.sh: this machine has no Debian mirror: name one in CRUN_LITE_VM_MIRROR" >&2; exit 1; }

# bootstrap VARIANT DIR PACKAGE...
bootstrap() {
	local variant=$1 to=$2
	shift 2
	INITRD=No mmdebstrap --mode=root --variant="$variant" --include="$(echo "$@" | tr ' ' ',')" \
		--aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' "$SUITE" "$to" "$mirror"
}

identity() {
	echo vm >"$root/etc/hostname"
	echo '127.0.0.1 localhost vm' >"$root/etc/hosts"
	echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
	: >"$root/etc/fstab"
	: >"$root/etc/resolv.conf"
	chroot "$root" passwd -d root
	# a user whose service manager runs without anybody logging in; useradd(8) gives it subordinate ids
	chroot "$root" useradd -m -u 1000 -s /bin/bash tester
	mkdir -p "$root/var/lib/systemd/linger" "$root/src" "$root/ctl"
	: >"$root/var/lib/systemd/linger/tester"
}

# The one thing that this system is for: /ctl/job, with whatever vm.sh wrote into it.
units() {
	local etc=$root/etc/systemd unit
	cat >"$etc/system/job.service" <<-'END'
		[Unit]
		Description=what this machine was started for
		After=basic.target dbus.socket systemd-logind.service user@1000.service
		Wants=systemd-logind.service systemd-user-sessions.service user@1000.service
		FailureAction=poweroff-immediate
		SuccessAction=poweroff-immediate

		[Service]
		Type=exec
		# SELinux: the share has no labels, so all of it gets one that this service may use when rules are enforced
		ExecStart=/bin/sh -c 'grep -qw selinux /sys/kernel/security/lsm && label=,context=system_u:object_r:nfs_t:s0; \
			export label; mount -t 9p -o trans=virtio,version=9p2000.L,cache=none$label ctl /ctl && exec /bin/bash /ctl/job'
		Environment=HOME=/root USER=root LOGNAME=root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
		StandardOutput=tty
		TTYPath=/dev/console
		KillMode=process
		OOMPolicy=continue
		Delegate=yes
		TasksMax=infinity
		LimitNOFILE=1048576
		# as the shell of an administrator is; without SELinux it means nothing
		SELinuxContext=-unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023
	END
	cat >"$etc/system/job.target" <<-'END'
		[Unit]
		Description=test machine
		Requires=basic.target
		Wants=job.service dbus.service
		After=basic.target
	END
	ln -sf /etc/systemd/system/job.target "$etc/system/default.target"
	mkdir -p "$etc/system/user@.service.d" "$etc/journald.conf.d" "$etc/system.conf.d"
	printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >"$etc/system/user@.service.d/delegate.conf"
	printf '[Journal]\nStorage=volatile\n' >"$etc/journald.conf.d/vm.conf"
	printf '[Manager]\nDefaultTimeoutStartSec=300s\nDefaultDeviceTimeoutSec=300s\n' >"$etc/system.conf.d/vm.conf"
	# what takes time under emulation and is of no use here
	for unit in apparmor.service apt-daily-upgrade.timer apt-daily.timer dpkg-db-backup.timer e2scrub_reap.service \
		fstrim.timer getty.target ldconfig.service modprobe@drm.service selinux-autorelabel-mark.service \
		systemd-binfmt.service systemd-hwdb-update.service systemd-journal-catalog-update.service \
		systemd-journal-flush.service systemd-random-seed.service systemd-tmpfiles-clean.timer \
		systemd-udev-trigger.service systemd-update-utmp.service; do
		ln -sf /dev/null "$etc/system/$unit"
	done
}

# SELinux labels are kept as extended attributes, which mke2fs copies, so that no boot has to relabel.
labels() {
	sed -i 's/^SELINUX=.*/SELINUX=permissive/' "$root/etc/selinux/config"
	chroot "$root" setfiles -F /etc/selinux/default/contexts/files/file_contexts /
}

# The modules that lead to the root file system and the shares, and busybox to load them. The tools for it are the ones in
# the tree: this host needs neither cpio nor xz.
initrd() {
	local version ram=$root/initrd module
	version=$(ls "$root/lib/modules")
	mkdir -p "$ram"/{bin,modules,proc,dev,root}
	cp "$root/usr/bin/busybox" "$ram/bin/"
	{
		echo '#!/bin/busybox sh'
		echo '/bin/busybox mount -t devtmpfs dev /dev; /bin/busybox mount -t proc proc /proc'
		for module in virtio_blk ext4 9pnet_virtio 9p virtio_rng; do
			chroot "$root" modprobe -S "$version" -D "$module"
		done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r module; do
			chroot "$root" busybox xz -dc "$module" >"$ram/modules/$(basename "$module" .xz)"
			echo "/bin/busybox insmod /modules/$(basename "$module" .xz)"
		done
		echo 'until /bin/busybox mount -t ext4 -o noatime,nobarrier /dev/vda /root 2>/dev/null; do /bin/busybox usleep 10000; done'
		echo '/bin/busybox umount /proc; /bin/busybox mount -o move /dev /root/dev'
		echo 'exec /bin/busybox switch_root /root /lib/systemd/systemd'
	} >"$ram/init"
	chmod 755 "$ram/init"
	chroot "$root" busybox sh -c 'cd /initrd && busybox find . | busybox cpio -o -H newc | busybox gzip -1' >"$dir/initrd"
	rm -r "$ram"
	cp "$root/boot/vmlinuz-$version" "$dir/kernel"
}

rm -rf "$dir"
mkdir -p "$dir"
# shellcheck disable=SC2086 # a list of words
bootstrap minbase "$root" $PACKAGES
identity
units
labels
initrd
rm -rf "$root/var/cache/apt" "$root/var/lib/apt/lists" "${root:?}/boot"
mke2fs -q -t ext4 -O ^has_journal,^resize_inode -E nodiscard,root_owner=0:0 -m 0 -L root -d "$root" "$dir/disk" 3G
rm -rf "$root"
bootstrap extract "$dir/qemu" qemu-system-x86

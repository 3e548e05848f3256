/* SPDX-License-Identifier: Apache-2.0 */
/* floor-run.c - the kernel's share of running a program in a container of the default configuration
 *
 *   floor-run ROOTFS CGROUP PROGRAM [ARGUMENT...]
 *
 * ROOTFS has all the directories; CGROUP is a directory below a cgroup2 mount that does not exist
 * yet. */
#include "floor.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static void mounts(void)
{
	const unsigned long safe = MS_NOSUID | MS_NOEXEC | MS_NODEV;

	must(mount("proc", "proc", "proc", 0, NULL), "proc");
	must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"),
		"dev");
	must(mkdir("dev/pts", 0755) | mkdir("dev/shm", 0755) | mkdir("dev/mqueue", 0755), "mkdir");
	must(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		     "newinstance,ptmxmode=0666,mode=0620,gid=5"),
		"devpts");
	must(mount("shm", "dev/shm", "tmpfs", safe, "mode=1777,size=65536k"), "shm");
	must(mount("mqueue", "dev/mqueue", "mqueue", safe, NULL), "mqueue");
	must(mount("sysfs", "sys", "sysfs", safe | MS_RDONLY, NULL), "sysfs");
	must(mount("cgroup", "sys/fs/cgroup", "cgroup2", safe | MS_RDONLY, NULL), "cgroup");
}

static void devices(void)
{
	static const struct {
		const char *path;
		unsigned major, minor;
	} nodes[] = { { "dev/null", 1, 3 }, { "dev/zero", 1, 5 }, { "dev/full", 1, 7 },
		{ "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 } };

	umask(0);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		must(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)),
			nodes[i].path);
	must(symlink("pts/ptmx", "dev/ptmx"), "ptmx");
	must(symlink("/proc/self/fd", "dev/fd"), "fd");
	must(symlink("/proc/self/fd/0", "dev/stdin"), "stdin");
	must(symlink("/proc/self/fd/1", "dev/stdout"), "stdout");
	must(symlink("/proc/self/fd/2", "dev/stderr"), "stderr");
	umask(022);
}

/* restrict_paths - masked and read-only paths of the default configuration; what the kernel does
 * not have is passed over */
static void restrict_paths(void)
{
	static const char *const files[] = { "proc/kcore", "proc/keys", "proc/latency_stats",
		"proc/timer_list", "proc/timer_stats", "proc/sched_debug" };
	static const char *const directories[] = { "proc/acpi", "proc/asound", "proc/scsi",
		"sys/firmware", "sys/devices/virtual/powercap" };
	static const char *const readonly[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys",
		"proc/sysrq-trigger" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		mount("dev/null", files[i], NULL, MS_BIND, NULL);
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		mount("tmpfs", directories[i], "tmpfs", MS_RDONLY, "nr_blocks=1,nr_inodes=1");
	for (size_t i = 0; i < sizeof(readonly) / sizeof(readonly[0]); i++)
		if (mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL) == 0)
			mount(NULL, readonly[i], NULL,
				MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
				NULL);
}

static void loopback_up(void)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = (int)must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");

	must(ioctl(fd, SIOCSIFFLAGS, &r), "loopback");
	close(fd);
}

static _Noreturn void child(const char *rootfs, char **argv)
{
	static char path[] = "PATH=/bin", *environment[] = { path, NULL };
	const struct rlimit files = { 1024, 1024 };

	must(setsid(), "setsid");
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	must(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL), "root");
	must(chdir(rootfs), "chdir");
	mounts();
	devices();
	restrict_paths();
	must(mount(NULL, ".", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "read-only");
	must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "umount");
	must(chdir("/"), "chdir");
	must(sethostname("floor", 5), "sethostname");
	loopback_up();
	must(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
	drop_capabilities();
	must(close_range(3, ~0U, CLOSE_RANGE_CLOEXEC), "close_range");
	execve(argv[0], argv, environment);
	die(argv[0]);
}

int main(int argc, char **argv)
{
	const uint64_t namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
		CLONE_NEWUTS | CLONE_NEWCGROUP;
	int cgroup, pidfd, status;

	if (argc < 4)
		return 2;
	must(mkdir(argv[2], 0755), argv[2]);
	cgroup = (int)must(open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC), argv[2]);
	if (clone_into(namespaces, cgroup, &pidfd) == 0)
		child(argv[1], argv + 3);
	status = wait_for(pidfd);
	must(rmdir(argv[2]), "rmdir");
	return status;
}

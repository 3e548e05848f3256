/* SPDX-License-Identifier: Apache-2.0 */
/* tty.c - a pseudo terminal out of the container's own devpts
 *
 * The container's image and mounts decide what "/dev/pts" and "/dev/ptmx" are, so neither is opened
 * by path: "ptmx" is opened on the devpts root we mounted ourselves, through no link and no mount
 * put over it, and the slave comes from TIOCGPTPEER, never from its name (CVE-2025-52565). */
#include "kern/tty.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/compat.h"
#include "base/fd.h"

enum {
	PTMX_MAJOR = 5,
	PTMX_MINOR = 2,
};

/* The ptmx device of the devpts behind devpts_fd; a new master. fd or -1 */
static int open_ptmx(int devpts_fd, struct err *e)
{
	struct open_how how = {
		.flags = O_RDWR | O_CLOEXEC | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	auto_close int fd = -1;
	struct statfs fs;
	struct stat st;

	/* before the open: opening a device node of somebody else's choice has effects */
	if (fstatfs(devpts_fd, &fs) < 0)
		return err_sys(e, errno, "look at the file system of \"/dev/pts\"");
	if (fs.f_type != DEVPTS_SUPER_MAGIC)
		return err_set(e, EINVAL,
			"\"/dev/pts\" must be a devpts, not a file system of type 0x%lx",
			(unsigned long)fs.f_type);
	fd = (int)syscall(SYS_openat2, devpts_fd, "ptmx", &how, sizeof(how));
	if (fd < 0)
		return err_sys(e, errno, "open \"/dev/pts/ptmx\"");
	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "look at \"/dev/pts/ptmx\"");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(PTMX_MAJOR, PTMX_MINOR))
		return err_set(e, EINVAL,
			"\"/dev/pts/ptmx\" must be the character device %d:%d, not %u:%u",
			PTMX_MAJOR, PTMX_MINOR, major(st.st_rdev), minor(st.st_rdev));
	return take_fd(&fd);
}

int tty_open_pair(int devpts_fd, uint16_t rows, uint16_t columns, int *ret_master, int *ret_slave,
	struct err *e)
{
	const struct winsize size = { .ws_row = rows, .ws_col = columns };
	auto_close int master = open_ptmx(devpts_fd, e);
	auto_close int slave = -1;
	int locked = 0;

	if (master < 0)
		return -1;
	if (ioctl(master, TIOCSPTLCK, &locked) < 0)
		return err_sys(e, errno, "unlock the pseudo terminal");
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return err_sys(e, errno, "open the slave of the pseudo terminal");
	if ((rows > 0 || columns > 0) && ioctl(master, TIOCSWINSZ, &size) < 0)
		return err_sys(e, errno, "set the terminal size to %ux%u", rows, columns);
	*ret_master = take_fd(&master);
	*ret_slave = take_fd(&slave);
	return 0;
}

int tty_take(int slave, struct err *e)
{
	/* EPERM: leads a session already; if that has a terminal, TIOCSCTTY tells */
	if (setsid() < 0 && errno != EPERM)
		return err_sys(e, errno, "start a new session");
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return err_sys(e, errno, "make the terminal the controlling one");
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* dup2 to itself would leave FD_CLOEXEC on */
		if (fd == slave ? fcntl(fd, F_SETFD, 0) < 0 : dup2(slave, fd) < 0)
			return err_sys(e, errno, "put the terminal on descriptor %d", fd);
	}
	return 0;
}

int tty_send_master(const char *path, int master, const char *name, struct err *e)
{
	auto_close int sock = fd_connect_unix(path, FD_PATIENCE_MS);

	if (sock < 0)
		return err_sys(e, errno, "connect to the console socket \"%s\"%s", path,
			fd_impatience(errno));
	if (fd_send(sock, name, strlen(name), &master, 1) < 0)
		return err_sys(e, errno, "send the terminal to the console socket \"%s\"%s", path,
			fd_impatience(errno));
	return 0;
}

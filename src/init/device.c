/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "kern/inroot.h"
#include "kern/mnt.h"
#include "kern/syscalls.h"
#include "stage.h"

static unsigned resolve(const struct op *op)
{
	return op->flags & OP_NO_SYMLINKS ? INROOT_NO_SYMLINKS : 0;
}

const char *init_file_kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFCHR:
		return "a character device";
	case S_IFBLK:
		return "a block device";
	case S_IFIFO:
		return "a FIFO";
	case S_IFREG:
		return "a regular file";
	case S_IFDIR:
		return "a directory";
	case S_IFLNK:
		return "a symbolic link";
	case S_IFSOCK:
		return "a socket";
	default:
		return "something else";
	}
}

/* Is what exists at the place the device that was asked for? A look-alike would be opened by
 * whoever trusts its name (CVE-2025-31133: a /dev/null that is none). */
static int check_node(const struct op *op, int fd, struct err *e)
{
	const struct op_node *n = &op->node;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "look at \"%s\"", op->target);
	if ((st.st_mode & S_IFMT) != (n->mode & S_IFMT))
		return err_set(e, EEXIST, "\"%s\" exists in the root filesystem and is %s, not %s",
			op->target, init_file_kind(st.st_mode), init_file_kind(n->mode));
	if (!S_ISFIFO(n->mode) && st.st_rdev != makedev(n->major, n->minor))
		return err_set(e, EEXIST,
			"\"%s\" exists in the root filesystem and is device %u:%u, not %u:%u",
			op->target, major(st.st_rdev), minor(st.st_rdev), n->major, n->minor);
	return 0;
}

/* Mode and owner of the node behind the O_PATH descriptor fd; mknod applied the umask. */
static int set_owner(const struct init *in, const struct op *op, int fd, struct err *e)
{
	const struct op_node *n = &op->node;
	char path[32];

	if (fchownat(fd, "", n->uid, n->gid, AT_EMPTY_PATH) < 0)
		return err_sys(e, errno, "give \"%s\" to %u:%u", op->target, n->uid, n->gid);
	if (sys_fchmodat2(fd, "", n->mode & 07777, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOSYS && errno != EINVAL)
		return err_sys(e, errno, "set mode of \"%s\"", op->target);
	/* kernels before 6.6; not by name in its directory: the file system may be a volume whose
	 * other users put a link there meanwhile */
	(void)snprintf(path, sizeof(path), "self/fd/%d", fd);
	if (fchmodat(in->args.proc, path, n->mode & 07777, 0) < 0)
		return err_sys(e, errno, "set mode of \"%s\"", op->target);
	return 0;
}

static int open_host_node(const struct op *op, struct err *e)
{
	const struct op_node *n = &op->node;
	auto_close int fd = mnt_clone(AT_FDCWD, op->target, 0);

	if (fd < 0)
		return err_sys(e, errno,
			"device nodes cannot be made in this user namespace, and \"%s\" of the host cannot be opened instead",
			op->target);
	if (check_node(&(struct op){ .target = op->target, .node = *n }, fd, e) < 0)
		return err_in(e, "on the host");
	return take_fd(&fd);
}

static int bind_node(struct init *in, const struct op *op, struct err *e)
{
	auto_close int fd = op->node.source_fd >= 0 ? -1 : open_host_node(op, e);
	auto_close int target = -1;
	struct stat st;

	if (fd < 0 && op->node.source_fd < 0)
		return -1;
	/* whatever the mount has that it comes from; usually it has both already */
	if (mnt_attr(fd >= 0 ? fd : op->node.source_fd, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0,
		    0) < 0)
		return err_sys(e, errno, "set mount attributes of device node \"%s\"", op->target);
	target = inroot_open(in->root, op->target, resolve(op) | INROOT_MAKE_FILE, e);
	if (target < 0)
		return -1;
	if (init_place(in, fd >= 0 ? fd : op->node.source_fd, target, e) == 0)
		return 0;
	return e->code == ENOTDIR && fstat(target, &st) == 0
		? err_set(e, EEXIST, "\"%s\" exists in the root filesystem and is %s, not %s",
			  op->target, init_file_kind(st.st_mode), init_file_kind(op->node.mode))
		: -1;
}

/* The directory that op's last component goes into. Nodes and links come in a row for /dev: the
 * last one is kept open until something is mounted. Owned by in. */
static int parent_of(struct init *in, const struct op *op, const char **ret_name, struct err *e)
{
	size_t len = (size_t)(strrchr(op->target, '/') - op->target);

	*ret_name = op->target + len + 1;
	if (in->dir >= 0 && in->dir_len == len && memcmp(in->dir_path, op->target, len) == 0)
		return in->dir;
	init_forget_dir(in);
	in->dir = inroot_open_parent(in->root, op->target, resolve(op), ret_name, e);
	in->dir_path = op->target;
	in->dir_len = len;
	return in->dir;
}

void init_forget_dir(struct init *in)
{
	def_close(&in->dir);
	in->dir = -1;
}

int init_node(struct init *in, const struct op *op, struct err *e)
{
	const struct op_node *n = &op->node;
	const char *name;
	auto_close int fd = -1;
	dev_t dev = S_ISFIFO(n->mode) ? 0 : makedev(n->major, n->minor);
	bool made;
	int dir;

	if (n->bind)
		return bind_node(in, op, e);
	dir = parent_of(in, op, &name, e);
	if (dir < 0)
		return -1;
	/* made by us, with no umask in the way (build.c): it is right but for its owner */
	made = mknodat(dir, name, n->mode, dev) == 0;
	if (made && !n->uid && !n->gid)
		return 0;
	if (!made && errno == EPERM && !S_ISFIFO(n->mode))
		return bind_node(in, op, e);
	if (!made && errno != EEXIST)
		return err_sys(e, errno, "make device node \"%s\"", op->target);
	fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, errno, "open device node \"%s\"", op->target);
	if (check_node(op, fd, e) < 0)
		return -1;
	return set_owner(in, op, fd, e);
}

static bool is_link(int dir, const char *name, const char *to)
{
	char text[4096];
	ssize_t n = readlinkat(dir, name, text, sizeof(text));

	return n >= 0 && (size_t)n == strlen(to) && memcmp(text, to, (size_t)n) == 0;
}

int init_link(struct init *in, const struct op *op, struct err *e)
{
	const char *name;
	int dir = parent_of(in, op, &name, e);

	if (dir < 0)
		return -1;
	if (symlinkat(op->link_to, dir, name) == 0)
		return 0;
	if (errno == EEXIST && (op->flags & OP_SAME) && !is_link(dir, name, op->link_to))
		return err_set(e, EEXIST,
			"\"%s\" exists in the root filesystem and is no symbolic link to \"%s\"",
			op->target, op->link_to);
	if (errno == EEXIST && (op->flags & OP_FORCE) && !is_link(dir, name, op->link_to)) {
		if (unlinkat(dir, name, 0) < 0 || symlinkat(op->link_to, dir, name) < 0)
			return err_sys(e, errno, "replace \"%s\"", op->target);
		return 0;
	}
	if (errno == EEXIST)
		return 0; /* an image may bring its own */
	return err_sys(e, errno, "link \"%s\" to \"%s\"", op->target, op->link_to);
}

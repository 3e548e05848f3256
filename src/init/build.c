/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: the container's tree is a detached clone of the root filesystem's mount, reachable only
 * through our descriptor. Everything is made detached too (mnt.h) and moved onto an O_PATH
 * descriptor inside the tree. Sources on the host's side are cloned before the mount namespace is
 * cut off from the host (a clone of a shared mount stays its peer, which is what "shared" asks
 * for); then our whole namespace becomes a slave, so nothing that follows can propagate to the
 * host. New filesystems are made in the same pass: /proc/PID/mountinfo is in the order in which mounts
 * were made (kernel 6.8), and has to show that of config.json. Moving onto a detached tree needs kernel 6.15; where it is older the tree is attached first
 * and the same steps run on it. */
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "kern/inroot.h"
#include "kern/lsm.h"
#include "kern/mnt.h"
#include "kern/syscalls.h"
#include "stage.h"

int init_attach_tree(struct init *in, struct err *e)
{
	if (in->attached)
		return 0;
	/* "." is the directory of the root filesystem in our copy of the host's mounts: clone3
	 * translated it, so no path is looked up, and none has to be accessible to the user
	 * namespace's root */
	if (sys_move_mount(in->root, "", AT_FDCWD, ".", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_sys(e, errno, "attach the root filesystem at \"%s\"",
			in->plan->root.path);
	in->attached = true;
	return 0;
}

int init_place(struct init *in, int fd, int target, struct err *e)
{
	init_forget_dir(in);
	if (mnt_move(fd, target) == 0)
		return 0;
	if (errno != EINVAL || in->attached)
		return err_sys(e, errno, "attach the mount");
	if (!(in->plan->ns.fresh & CLONE_NEWNS))
		return err_set(e, EINVAL,
			"mounts without a new mount namespace need kernel 6.15 (they are assembled in a detached tree)");
	if (init_attach_tree(in, e) < 0)
		return -1;
	return mnt_move(fd, target) < 0 ? err_sys(e, errno, "attach the mount") : 0;
}

/* A place that lies on procfs without being called so was reached through a link in the image
 * (CVE-2019-19921). */
static int check_not_proc(const struct op *op, int target, struct err *e)
{
	struct statfs fs;

	if (op->flags & OP_ON_PROC)
		return 0;
	if (fstatfs(target, &fs) < 0)
		return err_sys(e, errno, "look at the mount point");
	if (fs.f_type == PROC_SUPER_MAGIC)
		return err_set(e, EPERM,
			"\"%s\" leads into a proc filesystem, where nothing may be mounted on",
			op->target);
	return 0;
}

static int open_target(struct init *in, const struct op *op, bool file, struct err *e)
{
	unsigned flags = (file ? INROOT_MAKE_FILE : INROOT_MAKE_DIR) |
		(op->flags & OP_NO_SYMLINKS ? INROOT_NO_SYMLINKS : 0);
	auto_close int fd = inroot_open(in->root, op->target, flags, e);

	if (fd < 0 || check_not_proc(op, fd, e) < 0)
		return -1;
	return take_fd(&fd);
}

/* Attributes and propagation of the detached mount fd, in the order of the options. */
static int set_attributes(const struct op_mount *m, int fd, bool bind, struct err *e)
{
	if ((m->attr_set || m->attr_clear) && bind &&
		mnt_attr(fd, 0, m->attr_set, m->attr_clear, 0) < 0)
		return err_sys(e, errno, "set mount attributes");
	if ((m->rec_set || m->rec_clear) && mnt_attr(fd, MNT_REC, m->rec_set, m->rec_clear, 0) < 0)
		return err_sys(e, errno, "set mount attributes recursively (kernel 5.12)");
	for (size_t i = 0; i < m->n_propagation; i++) {
		unsigned rec = m->propagation[i] & MS_REC ? MNT_REC : 0;

		if (mnt_attr(fd, rec, 0, 0, m->propagation[i] & ~(uint64_t)MS_REC) < 0)
			return err_sys(e, errno, "set mount propagation");
	}
	return 0;
}

static int clone_source(const struct op *op, const char *source, struct err *e)
{
	unsigned flags = (op->flags & OP_REC ? MNT_REC : 0) |
		(op->flags & OP_SRC_NOFOLLOW ? MNT_NOFOLLOW : 0);
	int fd = mnt_clone(AT_FDCWD, source, flags);

	return fd < 0 ? err_sys(e, errno, "open mount source \"%s\"", source) : fd;
}

/* Cut a clone off from the peer group of its source unless the options say otherwise: mounts of the
 * host still arrive, none goes back. */
static int set_slave(const struct op_mount *m, int fd, struct err *e)
{
	for (size_t i = 0; i < m->n_propagation; i++) {
		if (m->propagation[i] & MS_REC)
			return 0;
	}
	return mnt_attr(fd, MNT_REC, 0, 0, MS_SLAVE) < 0
		? err_sys(e, errno, "make the mount a slave")
		: 0;
}

static int build_bind(struct init *in, const struct op *op, struct err *e)
{
	const struct op_mount *m = &op->mount;
	auto_close int target = -1;
	struct statfs fs;
	struct stat st;
	int fd = m->source_fd;

	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "look at mount source \"%s\"", m->source);
	if (strcmp(op->target, "/proc") == 0 &&
		(fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC))
		return err_set(e, EPERM,
			"only a proc filesystem may be mounted on /proc, and \"%s\" is none",
			m->source);
	if (set_slave(m, fd, e) < 0 || set_attributes(m, fd, true, e) < 0)
		return -1;
	target = open_target(in, op, !S_ISDIR(st.st_mode), e);
	return target < 0 ? -1 : init_place(in, fd, target, e);
}

/* What is behind the kernel's EPERM: in a user namespace a filesystem that shows a namespace may be mounted by the
 * owner of that namespace only. */
static int explain_mount(const char *type, struct err *e)
{
	static const char *const owners[][2] = { { "proc", "pid" }, { "mqueue", "ipc" },
		{ "sysfs", "network" } };

	for (size_t i = 0; e->code == EPERM && i < ARRAY_LEN(owners); i++) {
		if (strcmp(type, owners[i][0]) == 0)
			return err_more(e,
				"%s can be mounted by the owner of its %s namespace: add a new %s namespace, or bind the host's",
				type, owners[i][1], owners[i][1]);
	}
	return -1;
}

/* a superblock that is read-only from the start could not be filled */
static unsigned long superblock(const struct op *op)
{
	return op->flags & OP_COPY_UP ? op->mount.sb_set & ~(unsigned long)MS_RDONLY
				      : op->mount.sb_set;
}

static int new_filesystem(const struct op *op, uint64_t attr, struct err *e)
{
	const struct op_mount *m = &op->mount;
	auto_close int fd = mnt_new(m->type, m->source, m->data, superblock(op), attr, e);
	struct err first;

	if (fd < 0 && (!m->instead || (e->code != EPERM && e->code != EBUSY)))
		return explain_mount(m->type, e);
	if (fd >= 0)
		return take_fd(&fd);
	/* The kernel refuses a new instance to this user namespace (no network or cgroup namespace
	 * of its own, or the visible one is partly covered): a bind of the host's, read-only, shows
	 * the same. */
	first = *e;
	fd = mnt_clone(AT_FDCWD, m->instead, MNT_REC);
	if (fd < 0 || mnt_attr(fd, MNT_REC, attr | MOUNT_ATTR_RDONLY, 0, MS_SLAVE) < 0) {
		*e = first;
		return -1;
	}
	return take_fd(&fd);
}

/* Read-only only once it has its contents. */
static bool is_late_read_only(const struct op *op)
{
	return (op->flags & OP_COPY_UP) && (op->mount.attr_set & MOUNT_ATTR_RDONLY);
}

static uint64_t first_attr(const struct op *op)
{
	return op->mount.attr_set &
		(is_late_read_only(op) ? ~(uint64_t)MOUNT_ATTR_RDONLY : UINT64_MAX);
}

/* A long one needs a place in our namespace, which is not cut off from the host before. */
static int make_long(const struct init *in, const struct op *op, struct err *e)
{
	const struct op_mount *m = &op->mount;

	if (!(in->plan->ns.fresh & CLONE_NEWNS))
		return err_set(e, EINVAL,
			"options longer than 255 bytes need a new mount namespace");
	return mnt_new_long(m->type, m->source, m->data, superblock(op), first_attr(op), e);
}

static int build_mount(struct init *in, const struct op *op, struct err *e)
{
	const struct op_mount *m = &op->mount;
	auto_close int made = m->source_fd < 0 ? make_long(in, op, e) : -1;
	int fd = m->source_fd < 0 ? made : m->source_fd;
	auto_close int target = fd < 0 ? -1 : open_target(in, op, false, e);

	if (target < 0 || (m->label && lsm_selinux_root(fd, m->label, e) < 0))
		return -1;
	if (op->flags & OP_COPY_UP) {
		auto_close int from = openat(target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (from < 0)
			return err_sys(e, errno, "open \"%s\" to copy it up", op->target);
		if (mnt_copy_up(from, fd, e) < 0)
			return -1;
		if (is_late_read_only(op) && mnt_attr(fd, 0, MOUNT_ATTR_RDONLY, 0, 0) < 0)
			return err_sys(e, errno, "make the copy read-only");
	}
	if (m->idmap_fd && mnt_idmap(fd, 0, m->idmap_fd, m->type, e) < 0)
		return -1;
	if (set_attributes(m, fd, false, e) < 0)
		return -1;
	return init_place(in, fd, target, e);
}

/* "ro" and "rw" are the mount's here: the superblock of a cgroup or sysfs mount is the host's, too. */
static int build_remount(struct init *in, const struct op *op, struct err *e)
{
	const struct op_mount *m = &op->mount;
	unsigned long sb_set = m->sb_set & ~(unsigned long)MS_RDONLY;
	unsigned long sb_clear = m->sb_clear & ~(unsigned long)MS_RDONLY;
	auto_close int target = -1;

	/* a mount inside a detached tree cannot be changed (mount_setattr(2): EINVAL) */
	if (!(in->plan->ns.fresh & CLONE_NEWNS))
		return err_set(e, EINVAL, "remount needs a new mount namespace");
	if (init_attach_tree(in, e) < 0)
		return -1;
	target = inroot_open(in->root, op->target, 0, e);
	if (target < 0)
		return -1;
	if ((sb_set || sb_clear || (m->data && *m->data)) &&
		mnt_reconfigure(target, m->data, sb_set, sb_clear, e) < 0)
		return -1;
	if (mnt_attr(target, 0, m->attr_set, m->attr_clear, 0) < 0) {
		if (errno == EINVAL)
			return err_set(e, EINVAL,
				"nothing is mounted on \"%s\" that could be remounted", op->target);
		return err_sys(e, errno, "change mount attributes");
	}
	return set_attributes(m, target, false, e);
}

static int build_op(struct init *in, const struct op *op, struct err *e)
{
	switch (op->kind) {
	case OP_MOUNT:
		return build_mount(in, op, e);
	case OP_BIND:
		return build_bind(in, op, e);
	case OP_REMOUNT:
		return build_remount(in, op, e);
	case OP_NODE:
		return init_node(in, op, e);
	case OP_LINK:
		return init_link(in, op, e);
	case OP_MASK:
	case OP_READONLY:
		break;
	}
	return err_set(e, EINVAL, "operation %d does not build anything", (int)op->kind);
}

static int make_mount(const struct op *op, struct err *e)
{
	return op->kind == OP_BIND ? clone_source(op, op->mount.source, e)
				   : new_filesystem(op, first_attr(op), e);
}

static bool is_made_here(const struct op *op)
{
	const struct op_mount *m = &op->mount;

	if (op->kind == OP_BIND)
		return m->source_fd < 0;
	return op->kind == OP_MOUNT && m->source_fd < 0 && !mnt_is_long(m->source, m->data);
}

/* Every mount that the parent has not made already, and that needs no place, in the order of the configuration and still detached. The
 * descriptors stay open in the plan's copy of this process until execve. */
static int make_mounts(struct init *in, struct err *e)
{
	for (size_t i = 0; i < in->plan->root.n_build; i++) {
		/* our copy of the plan is private memory: see init.h */
		struct op *op = &in->plan->root.build[i];

		if (!is_made_here(op))
			continue;
		op->mount.source_fd = make_mount(op, e);
		if (op->mount.source_fd < 0)
			return err_in(e, "%s", op->where);
	}
	return 0;
}

/* init_build - the complete tree, detached
 * Runs in: init, after namespaces. Must: make everything through descriptors below in->root. Must
 * not: change a mount of the host. */
int init_build(struct init *in, struct err *e)
{
	const struct plan_root *root = &in->plan->root;
	uint64_t propagation = root->propagation == MS_SLAVE ? MS_SLAVE : MS_PRIVATE;

	in->root = mnt_clone(AT_FDCWD, ".", MNT_REC);
	if (in->root < 0)
		return err_sys(e, errno, "open root filesystem \"%s\"", root->path);
	if (make_mounts(in, e) < 0)
		return -1;
	/* The namespace is a copy of the host's: from here on nothing of ours may travel back. */
	if ((in->plan->ns.fresh & CLONE_NEWNS) && mnt_attr_path("/", MNT_REC, 0, 0, MS_SLAVE) < 0)
		return err_sys(e, errno, "cut the mount namespace off from the host");
	if (mnt_attr(in->root, MNT_REC, 0, 0, propagation) < 0)
		return err_sys(e, errno, "cut the root filesystem off from the host");
	/* modes of what is made are the plan's */
	(void)umask(0);
	for (size_t i = 0; i < root->n_build; i++) {
		if (build_op(in, &root->build[i], e) < 0)
			return err_in(e, "%s", root->build[i].where);
	}
	(void)umask(0022);
	init_forget_dir(in);
	return 0;
}

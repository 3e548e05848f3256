/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: the container's tree is a detached clone of the root filesystem's mount, reachable only
 * through our descriptor. Everything is made detached too (mnt.h) and moved onto an O_PATH
 * descriptor inside the tree. Sources on the host's side are cloned before the mount namespace is
 * cut off from the host (a clone of a shared mount stays its peer, which is what "shared" asks
 * for); then our whole namespace becomes a slave, so nothing that follows can propagate to the
 * host. New filesystems are made in the same pass: /proc/PID/mountinfo is in the order in which
 * mounts were made (kernel 6.8), and has to show that of config.json. Moving onto a detached tree
 * needs kernel 6.15; where it is older the tree is attached first and the same steps run on it. */
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "base/mount.h"
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

/* the short word: any file that is not a directory can be mounted on any other */
static const char *kind(const struct stat *st)
{
	return S_ISREG(st->st_mode) ? "a file" : init_file_kind(st->st_mode);
}

/* Both must be directories, or neither; the kernel says no more than EINVAL. */
static bool kinds_differ(int fd, int target, struct stat *ret_mount, struct stat *ret_target)
{
	return fstat(fd, ret_mount) == 0 && fstat(target, ret_target) == 0 &&
		S_ISDIR(ret_mount->st_mode) != S_ISDIR(ret_target->st_mode);
}

int init_place(struct init *in, int fd, int target, struct err *e)
{
	struct stat st, under;

	init_forget_dir(in);
	if (mnt_move(fd, target) == 0)
		return 0;
	if ((errno == EINVAL || errno == ENOTDIR) && kinds_differ(fd, target, &st, &under))
		return err_set(e, ENOTDIR,
			"the mount point is %s, but what is to be mounted on it is %s",
			kind(&under), kind(&st));
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

static unsigned resolve(const struct op *op)
{
	return (op->flags & OP_NO_SYMLINKS ? INROOT_NO_SYMLINKS : 0) |
		(op->flags & OP_DEST_NOFOLLOW ? INROOT_NOFOLLOW : 0);
}

/* make: INROOT_MAKE_* */
static int open_target(struct init *in, const struct op *op, unsigned make, struct err *e)
{
	auto_close int fd = inroot_open(in->root, op->target, resolve(op) | make, e);

	if (fd < 0 && e->code == ELOOP && (op->flags & OP_NO_SYMLINKS))
		return err_set(e, ELOOP,
			"filesystem \"%s\" must be mounted on ordinary directory: "
			"\"%s\" in the root filesystem is or leads through a symbolic link",
			op->mount.type, op->target);
	if (fd < 0 || check_not_proc(op, fd, e) < 0)
		return -1;
	return take_fd(&fd);
}

static int not_a_directory(const struct op *op, const struct stat *under, struct err *e)
{
	return err_set(e, ENOTDIR,
		"filesystem \"%s\" must be mounted on ordinary directory: "
		"\"%s\" in the root filesystem is %s",
		op->mount.type, op->target, kind(under));
}

/* init_place for an operation: says which of the two is what */
static int place(struct init *in, const struct op *op, int fd, int target, struct err *e)
{
	struct stat st, under;

	if (init_place(in, fd, target, e) == 0)
		return 0;
	if (e->code != ENOTDIR || !kinds_differ(fd, target, &st, &under))
		return -1;
	if (op->kind != OP_BIND)
		return not_a_directory(op, &under, e);
	return err_set(e, ENOTDIR,
		"\"%s\" in the root filesystem is %s, but the source \"%s\" is %s: "
		"a bind mount needs the same kind",
		op->target, kind(&under), op->mount.source, kind(&st));
}

/* The flags of a mount that comes from a more privileged mount namespace are locked, and stay.
 * Where an option asks for something else, that is said. A source that the parent has opened is
 * not locked by the kernel, but must not be opened wider by that. */
static int keep_locked(struct init *in, const struct op *op, int fd, struct err *e)
{
	const struct op_mount *m = &op->mount;
	uint64_t atime = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME, kept, change;
	struct statfs fs;
	struct err warning;

	if (fstatfs(fd, &fs) < 0)
		return err_sys(e, errno, "look at the flags of the mount");
	/* ST_RDONLY, ST_NOSUID, ST_NODEV and ST_NOEXEC are the same bits */
	kept = (uint64_t)fs.f_flags &
		(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	change = m->attr_clear | m->attr_others;
	if (mnt_attr(fd, 0, m->attr_set, change & ~kept, 0) < 0) {
		if (errno != EPERM ||
			mnt_attr(fd, 0, m->attr_set & ~atime, change & ~kept & ~atime, 0) < 0)
			return err_sys(e, errno, "set mount attributes");
		kept |= atime;
	}
	if (!(kept & (m->attr_clear | (m->attr_set & atime))))
		return 0;
	err_init(&warning);
	err_set(&warning, 0,
		"%s: not all flags are as the options want them: those of the source are locked in this user namespace",
		op->where);
	return sync_send_warning(in->args.sync, &warning) < 0
		? err_sys(e, errno, "report to the parent")
		: 0;
}

static int set_own_attributes(struct init *in, const struct op *op, int fd, struct err *e)
{
	const struct op_mount *m = &op->mount;

	if (!m->attr_set && !m->attr_clear && !m->attr_others)
		return 0;
	if (plan_in_userns(&in->plan->ns))
		return keep_locked(in, op, fd, e);
	if (mnt_attr(fd, 0, m->attr_set, m->attr_clear | m->attr_others, 0) == 0)
		return 0;
	return errno == EPERM ? keep_locked(in, op, fd, e)
			      : err_sys(e, errno, "set mount attributes");
}

/* Attributes of the whole tree and propagation of the mount fd, in the order of the options. */
static int set_attributes(const struct op_mount *m, int fd, struct err *e)
{
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

/* The parent maps the ids of the detached mount fd: a user namespace may not do that to a mount of
 * the host's filesystems. */
static int ask_for_map(const struct init *in, int fd, struct err *e)
{
	struct sync_message m;

	if (sync_send(in->args.sync, SYNC_MOUNT, 0, fd) < 0)
		return err_sys(e, errno, "ask the parent to map ids");
	return sync_expect(in->args.sync, SYNC_GO, "the parent", &m, e);
}

/* The source is in the tree that is being built. Before Linux 6.15 that has to have its place to
 * be cloned. */
static int clone_inside(struct init *in, const struct op *op, struct err *e)
{
	const struct op_mount *m = &op->mount;
	unsigned flags = op->flags & OP_REC ? MNT_REC : 0;
	auto_close int source = inroot_open(in->root, m->inside,
		op->flags & OP_SRC_NOFOLLOW ? INROOT_NOFOLLOW : 0, e);
	auto_close int fd = source < 0 ? -1 : mnt_clone(source, "", flags);

	if (source < 0)
		return -1;
	if (fd < 0 && errno == EINVAL && !in->attached && (in->plan->ns.fresh & CLONE_NEWNS)) {
		if (init_attach_tree(in, e) < 0)
			return -1;
		fd = mnt_clone(source, "", flags);
	}
	if (fd < 0)
		return err_sys(e, errno, "open mount source \"%s\"", m->source);
	if (plan_asks_for_map(in->plan, op)) {
		if (ask_for_map(in, fd, e) < 0)
			return -1;
	} else if (m->idmap_fd &&
		mnt_idmap(fd, op->flags & OP_IDMAP_REC ? MNT_REC : 0, m->idmap_fd, m->source, e) <
			0) {
		return -1;
	}
	return take_fd(&fd);
}

static int build_bind(struct init *in, const struct op *op, struct err *e)
{
	const struct op_mount *m = &op->mount;
	auto_close int inside = op->flags & OP_INSIDE ? clone_inside(in, op, e) : -1;
	auto_close int target = -1;
	struct statfs fs;
	struct stat st;
	int fd = op->flags & OP_INSIDE ? inside : m->source_fd;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "look at mount source \"%s\"", m->source);
	if (strcmp(op->target, "/proc") == 0 &&
		(fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC))
		return err_set(e, EPERM,
			"only a proc filesystem may be mounted on /proc, and \"%s\" is none",
			m->source);
	if (set_slave(m, fd, e) < 0 || set_own_attributes(in, op, fd, e) < 0 ||
		set_attributes(m, fd, e) < 0)
		return -1;
	target = open_target(in, op, S_ISDIR(st.st_mode) ? INROOT_MAKE_DIR : INROOT_MAKE_FILE, e);
	return target < 0 ? -1 : place(in, op, fd, target, e);
}

/* What is behind the kernel's EPERM: in a user namespace a filesystem that shows a namespace may be
 * mounted by the owner of that namespace only. */
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
	return op->flags & (OP_COPY_UP | OP_COVERED_MODE)
		? op->mount.sb_set & ~(unsigned long)MS_RDONLY
		: op->mount.sb_set;
}

static int new_filesystem(struct op *op, uint64_t attr, struct err *e)
{
	const struct op_mount *m = &op->mount;
	auto_close int fd = mnt_new(m->type, m->source, m->data, superblock(op), attr, e);
	struct err first;

	if (fd < 0 && (!m->instead || (e->code != EPERM && e->code != EBUSY)))
		return explain_mount(m->type, e);
	if (fd >= 0)
		return take_fd(&fd);
	/* The kernel refuses a new instance to this user namespace, which has no network, pid or
	 * cgroup namespace of its own: a bind of the host's, read-only, shows the same. */
	first = *e;
	op->flags |= OP_BOUND;
	if (m->instead_fd)
		fd = fcntl(m->instead_fd, F_DUPFD_CLOEXEC, 3);
	else
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
	return (op->flags & (OP_COPY_UP | OP_COVERED_MODE)) &&
		(op->mount.attr_set & MOUNT_ATTR_RDONLY);
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

/* The mode of the directory that a tmpfs without a mode of its own will cover, or -1: one that
 * has to be made is made for the mount, and says nothing. */
static int covered_mode(const struct init *in, const struct op *op)
{
	auto_close int fd = inroot_find(in->root, op->target, resolve(op));
	struct stat st;

	return fd < 0 || fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode) ? -1
								    : (int)(st.st_mode & 07777);
}

/* A new tmpfs is 1777. What covers a private directory must not be open to all. */
static int take_mode(int fd, int mode, struct err *e)
{
	auto_close int dir = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return dir < 0 || fchmod(dir, (mode_t)mode) < 0
		? err_sys(e, errno, "give the tmpfs the mode of the directory it covers")
		: 0;
}

/* contents and mode of a new tmpfs, which may be read-only afterwards */
static int fill(const struct op *op, int fd, int target, int mode, struct err *e)
{
	if (op->flags & OP_COPY_UP) {
		auto_close int from = openat(target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		struct stat st;

		if (from < 0 && errno == ENOTDIR && fstat(target, &st) == 0)
			return not_a_directory(op, &st, e);
		if (from < 0)
			return err_sys(e, errno, "open \"%s\" to copy it up", op->target);
		if (mnt_copy_up(from, fd, e) < 0)
			return -1;
	}
	if (mode >= 0 && take_mode(fd, mode, e) < 0)
		return -1;
	return is_late_read_only(op) && mnt_attr(fd, 0, MOUNT_ATTR_RDONLY, 0, 0) < 0
		? err_sys(e, errno, "make the tmpfs read-only")
		: 0;
}

static int hide_place(struct init *in, const struct op *op, const char *name, struct err *e)
{
	const char *const smallest[] = { "nr_blocks=1", "nr_inodes=1", "mode=0555",
		in->plan->root.context[0], NULL };
	char path[4096 + 64];
	auto_close int target = -1, empty = -1;
	struct statfs fs;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", op->target, name) >= sizeof(path))
		return err_sys(e, ENAMETOOLONG, "hide \"%s\"", name);
	target = inroot_find(in->root, path, 0);
	if (target < 0)
		return 0;
	if (fstatfs(target, &fs) < 0)
		return err_sys(e, errno, "look at \"%s\"", path);
	/* a place of sysfs with nothing mounted on it is as it is in a new one */
	if (fs.f_type == SYSFS_MAGIC && strcmp(name, "class/net") != 0)
		return 0;
	empty = mnt_new("tmpfs", "tmpfs", smallest, 0,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, e);
	if (empty < 0 || init_place(in, empty, target, e) < 0)
		return err_in(e, "hide \"%s\"", path);
	return 0;
}

/* The host's /sys brings what is mounted below it, which a new sysfs would not have: all cgroups
 * of the host, for one. */
static int hide_host(struct init *in, const struct op *op, struct err *e)
{
	static const char *const places[] = { "firmware/efi/efivars", "fs/bpf", "fs/cgroup",
		"fs/fuse/connections", "fs/pstore", "fs/resctrl", "fs/selinux", "fs/smackfs",
		"kernel/config", "kernel/debug", "kernel/security", "kernel/tracing" };

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (hide_place(in, op, places[i], e) < 0)
			return -1;
	}
	return op->flags & OP_HIDE_NET ? hide_place(in, op, "class/net", e) : 0;
}

static int build_mount(struct init *in, const struct op *op, struct err *e)
{
	const struct op_mount *m = &op->mount;
	auto_close int made = m->source_fd < 0 ? make_long(in, op, e) : -1;
	int fd = m->source_fd < 0 ? made : m->source_fd;
	int mode = op->flags & OP_COVERED_MODE ? covered_mode(in, op) : -1;
	auto_close int target = fd < 0 ? -1 : open_target(in, op, INROOT_MAKE_DIR, e);

	if (target < 0 || (m->label && lsm_selinux_root(fd, m->label, e) < 0) ||
		fill(op, fd, target, mode, e) < 0)
		return -1;
	if (m->idmap_fd && mnt_idmap(fd, 0, m->idmap_fd, m->type, e) < 0)
		return -1;
	if (set_attributes(m, fd, e) < 0 || place(in, op, fd, target, e) < 0)
		return -1;
	return (op->flags & OP_BOUND) && (op->flags & OP_HOST_SYS) ? hide_host(in, op, e) : 0;
}

/* "ro" and "rw" are the mount's here: the superblock of a cgroup or sysfs mount is the host's, too.
 */
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
	target = inroot_open(in->root, op->target, resolve(op), e);
	if (target < 0)
		return -1;
	/* the kernel does not look where there is nothing to change */
	if (!mnt_is_root(target))
		return err_set(e, EINVAL, "nothing is mounted on \"%s\" that could be remounted",
			op->target);
	if ((sb_set || sb_clear || (m->data && *m->data)) &&
		mnt_reconfigure(target, m->data, sb_set, sb_clear, e) < 0)
		return -1;
	if (mnt_attr(target, 0, m->attr_set, m->attr_clear, 0) < 0)
		return err_sys(e, errno, "change mount attributes");
	return set_attributes(m, target, e);
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

static int make_mount(struct op *op, struct err *e)
{
	return op->kind == OP_BIND ? clone_source(op, op->mount.source, e)
				   : new_filesystem(op, first_attr(op), e);
}

static bool is_made_here(const struct op *op)
{
	const struct op_mount *m = &op->mount;

	if (op->kind == OP_BIND)
		return m->source_fd < 0 && !(op->flags & OP_INSIDE);
	return op->kind == OP_MOUNT && m->source_fd < 0 && !mnt_is_long(m->source, m->data);
}

/* Every mount that the parent has not made already, and that needs no place, in the order of the
 * configuration and still detached. The descriptors stay open in the plan's copy of this process
 * until execve. */
static int make_mounts(struct init *in, struct err *e)
{
	for (size_t i = 0; i < in->plan->root.n_build; i++) {
		/* our copy of the plan is private memory: see init.h */
		struct op *op = &in->plan->root.build[i];

		if (!is_made_here(op))
			continue;
		op->mount.source_fd = make_mount(op, e);
		if (op->mount.source_fd < 0 && init_explain_ids(in, op, e) < 0)
			return err_in(e, "%s", op->where);
	}
	return 0;
}

static int cut_off(struct err *e)
{
	if (mnt_attr_path("/", MNT_REC, 0, 0, MS_SLAVE) == 0)
		return 0;
	err_sys(e, errno, "cut the mount namespace off from the host");
	if (e->code != EINVAL)
		return -1;
	return err_set(e, EINVAL,
		"\"/\" is not a mount point (a chroot?), so its mounts cannot be kept apart from the host's: "
		"make the directory a mount before chroot, as in \"mount --rbind DIR DIR; chroot DIR\"");
}

/* Is there a mount in the tree that the parent has made, before we have made the root? */
static bool has_older_mounts(const struct plan *p)
{
	return plan_in_userns(&p->ns) || plan_join_of(&p->ns, CLONE_NEWPID);
}

/* A copy of a shared mount would be its peer, and an unbindable one cannot be copied. */
static bool can_be_copied(const struct plan_root *root)
{
	for (size_t i = 0; i < root->n_build; i++) {
		const struct op *op = &root->build[i];

		if (op->kind != OP_MOUNT && op->kind != OP_BIND && op->kind != OP_REMOUNT)
			continue;
		for (size_t k = 0; k < op->mount.n_propagation; k++) {
			if (op->mount.propagation[k] & (MS_SHARED | MS_UNBINDABLE))
				return false;
		}
	}
	return true;
}

/* /proc/PID/mounts is in the order in which mounts were made (kernel 6.8), and programs take its
 * first line for the root. A copy of the tree is made from the root on. The first one goes when
 * its descriptor is closed. */
static int put_root_first(struct init *in, struct err *e)
{
	int fd;

	if (in->attached || !has_older_mounts(in->plan) || !can_be_copied(&in->plan->root))
		return 0;
	fd = mnt_clone(in->root, "", MNT_REC);
	if (fd < 0 && errno == EINVAL)
		return 0; /* before Linux 6.15 */
	if (fd < 0)
		return err_sys(e, errno, "copy the tree of mounts");
	in->root = fd;
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
	if ((in->plan->ns.fresh & CLONE_NEWNS) && cut_off(e) < 0)
		return -1;
	if (mnt_attr(in->root, MNT_REC, 0, 0, propagation) < 0)
		return err_sys(e, errno, "cut the root filesystem off from the host");
	/* modes of what is made are the plan's */
	(void)umask(0);
	for (size_t i = 0; i < root->n_build; i++) {
		if (build_op(in, &root->build[i], e) < 0 &&
			init_explain_ids(in, &root->build[i], e) < 0)
			return err_in(e, "%s", root->build[i].where);
	}
	(void)umask(0022);
	init_forget_dir(in);
	return put_root_first(in, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/mount.h"
#include "kern/inroot.h"
#include "kern/mnt.h"
#include "kern/syscalls.h"
#include "stage.h"

/* What covers a masked file: a clone of a device that is certainly null. The container's own
 * /dev/null may have been prepared by the image or a hook (CVE-2025-31133), so it counts only when
 * it is the device 1:3. */
static int null_source(struct init *in, struct err *e)
{
	struct stat st;
	auto_close int fd = inroot_open(in->root, "/dev/null", INROOT_NO_SYMLINKS, e);

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_in(e, "masking files needs /dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_set(e, EINVAL,
			"masking files needs /dev/null of the container, which is not the null device");
	return take_fd(&fd);
}

struct masks {
	int null;  /* O_PATH of the null device, opened on first use */
	int empty; /* detached empty read-only tmpfs, made on first use */
};

static int mask_file(struct init *in, struct masks *k, int target, struct err *e)
{
	auto_close int fd = -1;

	if (k->null < 0 && (k->null = null_source(in, e)) < 0)
		return -1;
	fd = mnt_clone(k->null, "", 0);
	if (fd < 0)
		return err_sys(e, errno, "clone the null device");
	return init_place(in, fd, target, e);
}

static int mask_directory(struct init *in, struct masks *k, int target, struct err *e)
{
	const char *const smallest[] = { "nr_blocks=1", "nr_inodes=1", "mode=0555",
		in->plan->root.context[0], NULL };
	auto_close int fd = -1;

	if (k->empty < 0) {
		k->empty = mnt_new("tmpfs", "tmpfs", smallest, 0,
			MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				MOUNT_ATTR_NOEXEC,
			e);
		if (k->empty < 0)
			return -1;
		/* the first one itself, clones of it for the others */
		return init_place(in, k->empty, target, e);
	}
	fd = mnt_clone(k->empty, "", 0);
	if (fd < 0)
		return err_sys(e, errno, "clone the empty directory");
	return init_place(in, fd, target, e);
}

static int seal_mask(struct init *in, const struct op *op, int target, struct masks *k,
	struct err *e)
{
	struct stat st;

	if (fstat(target, &st) < 0)
		return err_sys(e, errno, "look at \"%s\"", op->target);
	return S_ISDIR(st.st_mode) ? mask_directory(in, k, target, e) : mask_file(in, k, target, e);
}

/* One descriptor for every step: what was looked up is what is made read-only
 * (GHSA-3q8j-pf29-vwv8). */
static int seal_readonly(struct init *in, int target, struct err *e)
{
	auto_close int fd = mnt_clone(target, "", MNT_REC);

	if (fd < 0)
		return err_sys(e, errno, "clone the mount");
	if (mnt_attr(fd, MNT_REC, MOUNT_ATTR_RDONLY, 0, 0) < 0)
		return err_sys(e, errno, "make the mount read-only");
	return init_place(in, fd, target, e);
}

static int seal_op(struct init *in, const struct op *op, struct masks *k, struct err *e)
{
	auto_close int target = inroot_find(in->root, op->target, 0);

	if (target < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (target < 0)
		return err_sys(e, errno, "open \"%s\" in the root filesystem", op->target);
	if (op->kind == OP_MASK)
		return seal_mask(in, op, target, k, e);
	if (!(op->flags & OP_ITSELF))
		return seal_readonly(in, target, e);
	if (mnt_attr(target, 0, MOUNT_ATTR_RDONLY, 0, 0) < 0)
		return err_sys(e, errno, "make the mount read-only");
	return 0;
}

/* PROC-05: a working directory that the image lacks is made, as other runtimes do. Where it cannot
 * be, entering it says why. */
static void make_cwd(struct init *in)
{
	struct err e;
	auto_close int fd = -1;

	if (!in->plan->process.given || strcmp(in->plan->process.cwd, "/") == 0)
		return;
	err_init(&e);
	fd = inroot_open(in->root, in->plan->process.cwd, INROOT_MAKE_DIR, &e);
}

/* init_seal - read-only and masked paths, then the root itself
 * Runs in: init, after the terminal. Must: be the last stage that changes the tree. Every mask is
 * put on the descriptor of what was found. */
int init_seal(struct init *in, struct err *e)
{
	const struct plan_root *root = &in->plan->root;
	struct masks k = { -1, -1 };
	int r = 0;

	make_cwd(in);
	for (size_t i = 0; i < root->n_seal && r == 0; i++) {
		r = seal_op(in, &root->seal[i], &k, e);
		if (r < 0)
			err_in(e, "%s \"%s\"", root->seal[i].where, root->seal[i].target);
	}
	def_close(&k.null);
	def_close(&k.empty);
	if (r < 0)
		return -1;
	if (root->readonly && mnt_attr(in->root, 0, MOUNT_ATTR_RDONLY, 0, 0) < 0)
		return err_sys(e, errno, "make the root filesystem read-only");
	if (root->propagation &&
		mnt_attr(in->root, root->propagation_rec ? MNT_REC : 0, 0, 0, root->propagation) <
			0)
		return err_sys(e, errno, "set propagation of the root filesystem");
	return 0;
}

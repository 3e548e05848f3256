/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: criu wants the root filesystem to be a mount, and the mount points of everything else to
 * be there already. The host's mount table must not show any of that, so it happens in a mount
 * namespace that only we and criu are in, and that ends with criu. We leave it as soon as criu
 * runs: hooks belong to the namespaces of the host.
 *
 * Mount points are made as they are when a container is created: in order, with bind mounts in
 * place, because one may lie in another. What lies on a file system of the container's own comes
 * back with its content. */
#include "restore_root.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mount.h"
#include "base/path.h"
#include "kern/cgroup.h"
#include "kern/idmap.h"
#include "kern/inroot.h"
#include "kern/mnt.h"

#define ROOT "criu-root"

static bool in_new_mount(const struct plan_root *r, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		const struct op *op = &r->build[i];

		if (op->kind == OP_MOUNT && !str_eq(op->target, r->build[index].target) &&
			path_below(op->target, r->build[index].target))
			return true;
	}
	return false;
}

static int make_bind(int root, const struct op *op, struct err *e)
{
	struct stat st;
	auto_close int source = -1, target = -1;

	/* a symlink that has been copied is in the root filesystem, and no mount */
	if ((op->flags & OP_COPY_SYMLINK) && lstat(op->mount.source, &st) == 0 &&
		S_ISLNK(st.st_mode))
		return 0;
	if (stat(op->mount.source, &st) < 0)
		return err_sys(e, errno, "find mount source \"%s\"", op->mount.source);
	target = inroot_open(root, op->target,
		(S_ISDIR(st.st_mode) ? INROOT_MAKE_DIR : INROOT_MAKE_FILE) |
			(op->flags & OP_DEST_NOFOLLOW ? INROOT_NOFOLLOW : 0),
		e);
	if (target < 0)
		return -1;
	source = mnt_clone(AT_FDCWD, op->mount.source, op->flags & OP_REC ? MNT_REC : 0);
	if (source < 0 || mnt_move(source, target) < 0)
		return err_sys(e, errno, "mount \"%s\"", op->mount.source);
	return 0;
}

static int make_places(const struct launch *l, const char *path, struct err *e)
{
	const struct plan_root *r = &l->plan.root;
	auto_close int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return err_sys(e, errno, "open \"%s\"", path);
	for (size_t i = 0; i < r->n_build; i++) {
		const struct op *op = &r->build[i];
		int r1 = 0;

		if ((op->kind != OP_MOUNT && op->kind != OP_BIND) || in_new_mount(r, i))
			continue;
		if (op->kind == OP_BIND) {
			r1 = make_bind(root, op, e);
		} else {
			int place = inroot_open(root, op->target, INROOT_MAKE_DIR, e);

			r1 = place < 0 ? -1 : 0;
			def_close(&place);
		}
		if (r1 < 0)
			return err_in(e, "%s", op->where);
	}
	return 0;
}

static int bind_root(const struct launch *l, const char *path, struct err *e)
{
	if (mount(l->plan.root.path, path, NULL, MS_BIND | MS_REC, NULL) < 0)
		return err_sys(e, errno, "mount root filesystem \"%s\"", l->plan.root.path);
	return 0;
}

static int enter_mounts(struct launch *l, struct restore_home *h, const char *root, struct err *e)
{
	h->mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (h->mounts < 0 || unshare(CLONE_NEWNS) < 0)
		return err_sys(e, errno, "make a mount namespace for criu");
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return err_sys(e, errno, "keep mounts of criu from the host");
	if (bind_root(l, root, e) < 0 || make_places(l, root, e) < 0)
		return -1;
	if (umount2(root, MNT_DETACH) < 0)
		return err_sys(e, errno, "unmount \"%s\"", root);
	return bind_root(l, root, e);
}

static int enter_cgroup(struct launch *l, struct restore_home *h, struct err *e)
{
	const char *mount_path = l->container.state.cgroup_mount, *self;

	if (l->cgroup_fd < 0)
		return 0;
	if (cg_self(&l->arena, &self, e) < 0)
		return -1;
	h->cgroup = open(arena_fmt(&l->arena, "%s%s", mount_path, self),
		O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (h->cgroup < 0)
		return err_sys(e, errno, "open our own cgroup \"%s%s\"", mount_path, self);
	return cg_write(l->cgroup_fd, l->plan.cgroup.path, "cgroup.procs", "0", e);
}

int restore_leave(struct launch *l, unsigned flags, struct restore_home *h, const char **ret_root,
	struct err *e)
{
	const char *root =
		arena_fmt(&l->arena, "%s/%s/" ROOT, l->store->path, l->container.state.id);

	if (mkdirat(l->container.dir_fd, ROOT, 0700) < 0)
		return err_sys(e, errno, "make \"%s\" in the state directory", ROOT);
	*ret_root = root;
	if (enter_mounts(l, h, root, e) < 0)
		return -1;
	return flags & RESTORE_CGROUP ? enter_cgroup(l, h, e) : 0;
}

int restore_return(struct restore_home *h, struct err *e)
{
	if (h->mounts >= 0 && setns(h->mounts, CLONE_NEWNS) < 0)
		return err_sys(e, errno, "return to the mount namespace of the caller");
	def_close(&h->mounts);
	h->mounts = -1;
	if (h->cgroup >= 0 && cg_write(h->cgroup, "of the caller", "cgroup.procs", "0", e) < 0)
		return -1;
	def_close(&h->cgroup);
	h->cgroup = -1;
	return 0;
}

int restore_share_images(struct launch *l, int *images)
{
	const struct plan_namespaces *ns = &l->plan.ns;
	auto_close int userns = -1, copy = -1;
	struct err e;
	int fd;

	if (!(ns->fresh & CLONE_NEWUSER))
		return -1;
	err_init(&e);
	userns = idmap_userns(l->proc_fd, ns->uids, ns->n_uids, ns->gids, ns->n_gids, &e);
	copy = userns < 0 ? -1 : mnt_clone(*images, "", 0);
	if (userns < 0 || (copy >= 0 && mnt_idmap(copy, 0, userns, "the images", &e) < 0)) {
		log_debug("%s", err_text(&e));
		return -1;
	}
	fd = copy < 0 ? -1 : openat(copy, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		log_debug("map the owner of the images: %s", err_errno_text(errno));
		return -1;
	}
	def_close(images);
	*images = fd;
	return take_fd(&copy);
}

void restore_forget(const struct launch *l)
{
	if (l->claimed)
		(void)unlinkat(l->container.dir_fd, ROOT, AT_REMOVEDIR);
}

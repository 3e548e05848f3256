/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: device nodes cannot be made in a user namespace, so nodes of the host are bound there:
 * the one of the same path, if it is that device. If not, and we may, one is made before the
 * user namespace is entered, in a filesystem that nobody else sees and that lives as long as the
 * mount of it. */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/log.h"
#include "base/mount.h"
#include "kern/mnt.h"
#include "launch.h"

static bool is_device(int fd, const struct op_node *n)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == (n->mode & S_IFMT) &&
		st.st_rdev == makedev(n->major, n->minor);
}

/* an id inside as the host calls it; one that is not mapped is left to root */
static uint32_t host_id(const struct id_map *maps, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++) {
		if (id >= maps[i].inside && id - maps[i].inside < maps[i].size)
			return maps[i].outside + (id - maps[i].inside);
	}
	return 0;
}

/* a detached mount of a new node, or -1 with *e */
static int make_node(const struct plan_namespaces *ns, const struct op_node *n, struct err *e)
{
	static const char *const options[] = { "nr_inodes=8", "mode=0700", NULL };
	static const char name[] = "device";
	auto_close int dir = mnt_new("tmpfs", "tmpfs", options, 0, 0, e);
	int fd;

	if (dir < 0)
		return -1;
	if (mknodat(dir, name, n->mode, makedev(n->major, n->minor)) < 0 ||
		fchownat(dir, name, host_id(ns->uids, ns->n_uids, n->uid),
			host_id(ns->gids, ns->n_gids, n->gid), 0) < 0 ||
		fchmodat(dir, name, n->mode & 0777, 0) < 0)
		return err_sys(e, errno, "make a device node");
	fd = mnt_clone(dir, name, 0);
	return fd < 0 ? err_sys(e, errno, "clone a device node (kernel 6.15)") : fd;
}

int launch_node(const struct plan_namespaces *ns, const struct op *op)
{
	int fd = mnt_clone(AT_FDCWD, op->target, 0);
	struct err e;

	if (fd >= 0 && !is_device(fd, &op->node)) {
		def_close(&fd);
		fd = -1;
	}
	if (fd >= 0)
		return fd;
	err_init(&e);
	fd = make_node(ns, &op->node, &e);
	if (fd < 0)
		log_debug("%s \"%s\": %s", op->where, op->target, err_text(&e));
	return fd;
}

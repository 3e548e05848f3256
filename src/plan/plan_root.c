/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mount.h"
#include "base/path.h"
#include "oci/names.h"
#include "plan/plan_parts.h"

/* config-linux.md "Default Devices" */
static const struct {
	const char *path;
	unsigned major, minor;
} default_devices[] = {
	{ "/dev/null", 1, 3 },
	{ "/dev/zero", 1, 5 },
	{ "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 },
	{ "/dev/urandom", 1, 9 },
	{ "/dev/tty", 5, 0 },
};

/* runtime-linux.md "Dev symbolic links"; they point into /proc and are made where config.json
 * mounts one */
static const struct {
	const char *path, *to;
	bool needs_proc;
	unsigned flags;
} default_links[] = {
	{ "/dev/fd", "/proc/self/fd", true, 0 },
	{ "/dev/stdin", "/proc/self/fd/0", true, 0 },
	{ "/dev/stdout", "/proc/self/fd/1", true, 0 },
	{ "/dev/stderr", "/proc/self/fd/2", true, 0 },
	{ "/dev/core", "/proc/kcore", true, 0 },
	{ "/dev/ptmx", "pts/ptmx", false, OP_FORCE },
};

struct op_list {
	struct op *ops;
	size_t n;
};

static struct op *op_add(struct op_list *l, enum op_kind kind, const char *where,
	const char *target)
{
	struct op *op = &l->ops[l->n++];

	*op = (struct op){ .kind = kind, .where = where, .target = target };
	return op;
}

static bool has_device(const struct config *c, const char *path)
{
	for (size_t i = 0; i < c->linux.n_devices; i++) {
		if (str_eq(c->linux.devices[i].path, path))
			return true;
	}
	return false;
}

/* Is something mounted on path itself? A default must not touch it: a device node of the host that
 * is mounted there would get another owner and mode. */
static bool has_mount(const struct config *c, const char *path)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		if (str_eq(c->mounts[i].destination, path))
			return true;
	}
	return false;
}

static void add_default_devices(const struct config *c, bool bind, struct op_list *l)
{
	for (size_t i = 0; i < ARRAY_LEN(default_devices); i++) {
		struct op *op;

		if (has_device(c, default_devices[i].path) || has_mount(c, default_devices[i].path))
			continue;
		op = op_add(l, OP_NODE, "default device", default_devices[i].path);
		op->flags = OP_NO_SYMLINKS;
		op->node = (struct op_node){
			.mode = S_IFCHR | 0666,
			.major = default_devices[i].major,
			.minor = default_devices[i].minor,
			.bind = bind,
			.source_fd = -1,
		};
	}
}

static void add_devices(const struct plan_input *in, bool dev_owned, bool bind, struct op_list *l)
{
	const struct config_linux *c = &in->config->linux;

	for (size_t i = 0; i < c->n_devices; i++) {
		const struct config_device *d = &c->devices[i];
		mode_t type = d->type == 'b' ? S_IFBLK : d->type == 'p' ? S_IFIFO : S_IFCHR;
		struct op *op;

		/* privileged containers list it with the host's devices; the link comes there */
		if (dev_owned && str_eq(d->path, "/dev/ptmx"))
			continue;
		/* a bound /dev is somebody else's directory, most often the host's */
		if (!dev_owned && path_below("/dev", d->path))
			continue;
		op = op_add(l, OP_NODE, arena_fmt(in->arena, "linux.devices[%zu]", i), d->path);
		op->flags = path_below("/dev", d->path) ? OP_NO_SYMLINKS : 0;
		op->node = (struct op_node){
			/* set-id bits mean nothing on a device */
			.mode = type | (d->has_mode ? d->mode & 0777 : 0666),
			.major = d->major,
			.minor = d->minor,
			.uid = d->uid,
			.gid = d->gid,
			.bind = bind && d->type != 'p',
			.source_fd = -1,
		};
	}
}

static void add_links(const struct config *c, bool has_proc, struct op_list *l)
{
	for (size_t i = 0; i < ARRAY_LEN(default_links); i++) {
		struct op *op;

		if ((default_links[i].needs_proc && !has_proc) ||
			has_mount(c, default_links[i].path))
			continue;
		op = op_add(l, OP_LINK, "default link", default_links[i].path);
		op->flags = OP_NO_SYMLINKS | default_links[i].flags;
		op->link_to = default_links[i].to;
	}
}

static void add_notify(const struct plan_input *in, struct op_list *l)
{
	struct op *op = op_add(l, OP_BIND, "NOTIFY_SOCKET", "/run/notify");

	op->mount = (struct op_mount){
		.source = in->options->notify_dir,
		.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
			MOUNT_ATTR_RDONLY,
		.source_fd = -1,
	};
}

/* Does anything come below what operation i mounts, which stays on top of its place? */
static bool is_parent(const struct plan_root *root, size_t i)
{
	const char *target = root->build[i].target;
	bool parent = false;

	for (size_t j = i + 1; j < root->n_build; j++) {
		if (str_eq(root->build[j].target, target))
			return false;
		parent = parent || path_below(target, root->build[j].target);
	}
	return parent;
}

/* A tmpfs is empty: what goes below it needs a mount point, node or link first. Engines mount /dev
 * read-only in containers that are read-only altogether. */
static void delay_read_only(const struct plan_root *root, struct op_list *seal)
{
	for (size_t i = 0; i < root->n_build; i++) {
		struct op *op = &root->build[i];

		if (op->kind != OP_MOUNT || !str_eq(op->mount.type, "tmpfs") ||
			!(op->mount.attr_set & MOUNT_ATTR_RDONLY) || !is_parent(root, i))
			continue;
		op->mount.attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		op_add(seal, OP_READONLY, op->where, op->target)->flags = OP_ITSELF;
	}
}

/* A mask is one mount, however often its path is listed. */
static void add_path(struct op_list *l, enum op_kind kind, const char *where, const char *target)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct op *op = &l->ops[i];

		if (op->kind == kind && !op->flags && str_eq(op->target, target))
			return;
	}
	op_add(l, kind, where, target);
}

static void add_seal(const struct plan_input *in, struct plan_root *ret)
{
	const struct config_linux *c = &in->config->linux;
	struct op_list l = { 0 };
	size_t masked = 0, readonly = 0;

	while (c->masked_paths && c->masked_paths[masked])
		masked++;
	while (c->readonly_paths && c->readonly_paths[readonly])
		readonly++;
	l.ops = arena_array(in->arena, ret->n_build + masked + readonly, sizeof(*l.ops));
	delay_read_only(ret, &l);
	for (size_t i = 0; i < readonly; i++)
		add_path(&l, OP_READONLY, arena_fmt(in->arena, "linux.readonlyPaths[%zu]", i),
			path_clean(in->arena, c->readonly_paths[i]));
	for (size_t i = 0; i < masked; i++)
		add_path(&l, OP_MASK, arena_fmt(in->arena, "linux.maskedPaths[%zu]", i),
			path_clean(in->arena, c->masked_paths[i]));
	ret->seal = l.ops;
	ret->n_seal = l.n;
}

static void set_propagation(const struct config_linux *c, struct plan_root *ret)
{
	const struct name *n = c->rootfs_propagation
		? names_find(&names_propagations, c->rootfs_propagation)
		: NULL;

	if (n) {
		ret->propagation = n->value & ~(uint64_t)MS_REC;
		ret->propagation_rec = (n->value & MS_REC) != 0;
	}
}

int plan_root(const struct plan_input *in, struct plan *ret, struct err *e)
{
	const struct config *c = in->config;
	struct plan_root *root = &ret->root;
	struct op_list l = { 0 };
	/* in a user namespace nodes cannot be made (mknod(2): EPERM), so the host's are bound there
	 */
	bool bind = plan_in_userns(&ret->ns), has_proc = false;

	l.ops = arena_array(in->arena,
		c->n_mounts + c->linux.n_devices + ARRAY_LEN(default_devices) +
			ARRAY_LEN(default_links) + 1,
		sizeof(*l.ops));
	root->path = path_clean(in->arena, path_join(in->arena, in->options->bundle, c->root_path));
	root->readonly = c->root_readonly;
	root->pivot = !(in->options->flags & PLAN_NO_PIVOT);
	root->dev_owned = true;
	plan_mount_label(in, root);
	for (size_t i = 0; i < c->n_mounts; i++) {
		struct op *op = &l.ops[l.n++];

		if (plan_mount(in, ret, i, op, e) < 0)
			return -1;
		if (op->kind != OP_REMOUNT && str_eq(op->target, "/dev"))
			root->dev_owned = op->kind != OP_BIND;
		has_proc = has_proc || (op->kind != OP_REMOUNT && str_eq(op->target, "/proc"));
	}
	if (in->options->notify_dir)
		add_notify(in, &l);
	if (root->dev_owned)
		add_default_devices(c, bind, &l);
	add_devices(in, root->dev_owned, bind, &l);
	if (root->dev_owned)
		add_links(c, has_proc, &l);
	root->build = l.ops;
	root->n_build = l.n;
	add_seal(in, root);
	set_propagation(&c->linux, root);
	return 0;
}

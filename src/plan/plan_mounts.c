/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <string.h>

#include "base/log.h"
#include "base/mount.h"
#include "base/path.h"
#include "oci/mount_options.h"
#include "plan/plan_parts.h"

/* What may be mounted inside /proc: files that a resource view (lxcfs) replaces. Anything else
 * there could stand in for a file that a runtime writes (CVE-2019-16884, CVE-2025-52881). */
static const char *const proc_allowed[] = {
	"/proc/cpuinfo",
	"/proc/diskstats",
	"/proc/loadavg",
	"/proc/meminfo",
	"/proc/slabinfo",
	"/proc/stat",
	"/proc/swaps",
	"/proc/sys/crypto/fips_enabled",
	"/proc/sys/kernel/ns_last_pid",
	"/proc/uptime",
};

static int check_proc(const struct plan_input *in, const struct config_mount *m, bool bind,
	struct op *op, struct err *e)
{
	if (!path_below("/proc", m->destination))
		return 0;
	op->flags |= OP_ON_PROC;
	if (str_eq(m->destination, "/proc")) {
		if (bind || (m->type && str_eq(m->type, "proc")))
			return 0; /* init checks that a bind source is a procfs */
		return plan_unsupported(in, m->at, e,
			"only a proc filesystem may be mounted on /proc, not \"%s\"",
			m->type ? m->type : "");
	}
	for (size_t i = 0; i < ARRAY_LEN(proc_allowed); i++) {
		if (str_eq(m->destination, proc_allowed[i]))
			return 0;
	}
	if (m->type && str_eq(m->type, "proc") && !bind)
		return 0;
	return plan_unsupported(in, m->at, e,
		"\"%s\" is inside /proc, where only these may be mounted on: cpuinfo, diskstats, loadavg, meminfo, slabinfo, stat, "
		"swaps, sys/crypto/fips_enabled, sys/kernel/ns_last_pid, uptime",
		m->destination);
}

static int plan_idmap(const struct plan_input *in, const struct plan *p,
	const struct config_mount *m, const struct mount_options *o, struct op *op, struct err *e)
{
	bool wanted = o->flags & (MOUNT_IDMAP | MOUNT_IDMAP_REC);

	if (!wanted && !m->n_uid_maps)
		return 0;
	/* The kernel lets nobody in a user namespace map ids by another one; and what is made there
	 * has its ids. */
	if (!(o->flags & MOUNT_BIND) && plan_in_userns(&p->ns))
		return m->n_uid_maps
			? plan_unsupported(in, m->at, e,
				  "a filesystem that is made in a user namespace has its ids; others can be mapped on bind mounts only")
			: 0;
	if (o->flags & MOUNT_IDMAP_REC)
		op->flags |= OP_IDMAP_REC;
	if (!m->n_uid_maps && plan_join_of(&p->ns, CLONE_NEWUSER)) {
		op->flags |= OP_USERNS_IDMAP | OP_JOINED_IDMAP;
		return 0;
	}
	if (!m->n_uid_maps && !p->ns.n_uids)
		return plan_unsupported(in, m->at, e,
			"idmap needs uidMappings and gidMappings of the mount, or a new user namespace with mappings");
	if (m->n_uid_maps) {
		op->mount.uids = plan_id_maps(in->arena, m->uid_maps, m->n_uid_maps);
		op->mount.gids = plan_id_maps(in->arena, m->gid_maps, m->n_gid_maps);
		op->mount.n_uids = m->n_uid_maps;
		op->mount.n_gids = m->n_gid_maps;
	} else {
		op->flags |= OP_USERNS_IDMAP;
		op->mount.uids = p->ns.uids;
		op->mount.gids = p->ns.gids;
		op->mount.n_uids = p->ns.n_uids;
		op->mount.n_gids = p->ns.n_gids;
	}
	return 0;
}

/* A source in the root filesystem itself is what the mounts before have made of it: the list is
 * done in its order. */
static void plan_inside(const struct plan_input *in, const struct plan_root *root, size_t index,
	struct op *op)
{
	const char *inside = str_after(op->mount.source, root->path);

	if (!inside || (*inside && *inside != '/') || str_eq(root->path, "/"))
		return;
	inside = *inside ? inside : "/";
	for (size_t i = 0; i < index; i++) {
		const char *before = in->config->mounts[i].destination;

		if (path_below(before, inside) || path_below(inside, before)) {
			op->flags |= OP_INSIDE;
			op->mount.inside = inside;
			return;
		}
	}
}

bool plan_asks_for_map(const struct plan *p, const struct op *op)
{
	return op->kind == OP_BIND && (op->flags & OP_INSIDE) && plan_in_userns(&p->ns) &&
		(op->mount.uids || (op->flags & OP_JOINED_IDMAP));
}

static void warn_data(const struct op *op, const struct mount_options *o)
{
	for (size_t i = 0; i < o->n_data; i++)
		log_warning("%s: option \"%s\" has no effect on a bind mount", op->where,
			o->data[i]);
}

/* A bind mount begins with the flags of its source. Without a flag among its options it keeps
 * them; with one it gets those that are named and no others, as "mount -o remount,bind,FLAGS"
 * does. Access time flags are kept as a whole, or given as a whole (mount(2)). */
static uint64_t unnamed_attributes(const struct mount_options *o)
{
	uint64_t all = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
		MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;

	if (!o->named)
		return 0;
	if (o->atime)
		all |= MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;
	/* the field of the access time mode is cleared with a value in attr_set, too
	 * (mount_setattr(2)) */
	return all & ~(o->attr_set & ~(uint64_t)MOUNT_ATTR__ATIME) & ~o->attr_clr;
}

static bool has_pid_namespace(const struct plan_input *in)
{
	return config_namespace_find(in->config, CLONE_NEWPID) != NULL;
}

static bool has_mode(const char *const *data)
{
	for (; data && *data; data++) {
		if (str_after(*data, "mode="))
			return true;
	}
	return false;
}

static void plan_new_mount(const struct plan_input *in, const struct plan *p,
	const struct config_mount *m, struct op *op)
{
	struct op_mount *mount = &op->mount;
	bool cgroup = str_eq(m->type, "cgroup") || str_eq(m->type, "cgroup2");

	op->kind = OP_MOUNT;
	mount->type = cgroup ? "cgroup2" : m->type;
	mount->source = m->source;
	/* only a device's superblock is made read-only; others may be shared with the host, or have
	 * to be filled or remounted later */
	if (!m->source || !path_is_abs(m->source))
		mount->sb_set &= ~(unsigned long)MS_RDONLY;
	plan_label_mount(in, &p->root, mount);
	if (str_eq(m->type, "proc") || str_eq(m->type, "sysfs"))
		op->flags |= OP_NO_SYMLINKS;
	if (str_eq(m->type, "tmpfs") && !has_mode(mount->data))
		op->flags |= OP_COVERED_MODE;
	/* only the owner of a network namespace may mount its sysfs. One of the container's own
	 * is made with it. */
	if (str_eq(m->type, "sysfs") && !(p->ns.fresh & CLONE_NEWNET)) {
		mount->instead = "/sys";
		op->flags |= OP_HOST_SYS | (plan_join_of(&p->ns, CLONE_NEWNET) ? OP_HIDE_NET : 0);
	}
	/* without a pid namespace of its own the host's shows the same */
	if (str_eq(m->type, "proc") && plan_in_userns(&p->ns) && !has_pid_namespace(in))
		mount->instead = "/proc";
	if (cgroup && in->facts->cgroup_mount && p->cgroup.path)
		mount->instead =
			arena_fmt(in->arena, "%s%s", in->facts->cgroup_mount, p->cgroup.path);
	/* a new mount has nothing below it: the recursive attributes are its own */
	mount->attr_set = (mount->attr_set & ~mount->rec_clear) | mount->rec_set;
	mount->attr_clear = (mount->attr_clear & ~mount->rec_set) | mount->rec_clear;
	mount->rec_set = mount->rec_clear = 0;
	/* without a cgroup of its own the container sees that of the caller, which is not its to
	 * change */
	if (cgroup && !p->cgroup.path) {
		mount->attr_set |= MOUNT_ATTR_RDONLY;
		mount->attr_clear &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	}
}

int plan_mount(const struct plan_input *in, const struct plan *p, size_t index, struct op *ret,
	struct err *e)
{
	const struct config_mount *m = &in->config->mounts[index];
	struct mount_options o;
	struct op_mount *mount = &ret->mount;

	mount_options_parse(in->arena, m->options, &o);
	*ret = (struct op){ .target = m->destination };
	ret->where = arena_fmt(in->arena, "mounts[%zu] \"%s\"", index, m->destination);
	*mount = (struct op_mount){
		.data = o.data,
		.sb_set = (unsigned long)o.sb_set,
		.sb_clear = (unsigned long)o.sb_clr,
		.attr_set = o.attr_set,
		.attr_clear = o.attr_clr,
		.rec_set = o.rec_set,
		.rec_clear = o.rec_clr,
		.n_propagation = o.n_propagation,
		.source_fd = -1,
	};
	for (size_t i = 0; i < o.n_propagation; i++)
		mount->propagation[i] = o.propagation[i];
	/* what is there already may be changed, wherever it is */
	if (!(o.flags & MOUNT_REMOUNT) && check_proc(in, m, o.flags & MOUNT_BIND, ret, e) < 0)
		return -1;
	if ((o.flags & MOUNT_COPY_UP) &&
		(!m->type || !str_eq(m->type, "tmpfs") || (o.flags & MOUNT_BIND)))
		return plan_unsupported(in, m->at, e, "tmpcopyup is for tmpfs only");
	ret->flags |= o.flags & MOUNT_COPY_UP ? OP_COPY_UP : 0;
	ret->flags |= o.flags & MOUNT_DEST_NOFOLLOW ? OP_DEST_NOFOLLOW : 0;
	if (o.flags & MOUNT_REMOUNT) {
		ret->kind = OP_REMOUNT;
		return 0;
	}
	if (o.flags & MOUNT_BIND) {
		ret->kind = OP_BIND;
		ret->flags |= o.flags & MOUNT_BIND_REC ? OP_REC : 0;
		ret->flags |= o.flags & MOUNT_SRC_NOFOLLOW ? OP_SRC_NOFOLLOW : 0;
		ret->flags |= o.flags & MOUNT_COPY_SYMLINK ? OP_COPY_SYMLINK : 0;
		mount->attr_others = unnamed_attributes(&o);
		mount->source =
			path_clean(in->arena, path_join(in->arena, in->options->bundle, m->source));
		plan_inside(in, &p->root, index, ret);
		warn_data(ret, &o);
	} else {
		plan_new_mount(in, p, m, ret);
	}
	return plan_idmap(in, p, m, &o, ret, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* plan_delegate.c - may the container manage the cgroups below its own? (config-linux.md, "Cgroup
 * Ownership") */
#include <linux/sched.h>
#include <string.h>

#include "base/mount.h"
#include "plan/plan_parts.h"

/* the host's number of the user id; false when the container's ids do not have it */
static bool host_id(const struct plan_namespaces *ns, uint32_t id, uint32_t *ret)
{
	if (!plan_in_userns(ns)) {
		*ret = id;
		return true;
	}
	for (size_t i = 0; i < ns->n_uids; i++) {
		const struct id_map *m = &ns->uids[i];

		if (id >= m->inside && id - m->inside < m->size) {
			*ret = m->outside + (id - m->inside);
			return true;
		}
	}
	return false;
}

/* Is the last thing mounted on /sys/fs/cgroup a cgroup hierarchy that can be written to? */
static bool mounts_writable(const struct plan_root *root)
{
	bool r = false;

	for (size_t i = 0; i < root->n_build; i++) {
		const struct op *op = &root->build[i];
		bool on_it = (op->kind == OP_MOUNT || op->kind == OP_BIND) &&
			str_eq(op->target, "/sys/fs/cgroup");

		if (on_it)
			r = op->kind == OP_MOUNT && str_eq(op->mount.type, "cgroup2") &&
				!(op->mount.attr_set & MOUNT_ATTR_RDONLY);
	}
	return r;
}

bool plan_cgroup_owner(const struct plan *p, uint32_t *ret)
{
	return p->cgroup.path && p->process.given && (p->ns.fresh & CLONE_NEWCGROUP) &&
		mounts_writable(&p->root) && host_id(&p->ns, p->process.cred.uid, ret);
}

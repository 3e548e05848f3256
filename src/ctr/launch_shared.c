/* SPDX-License-Identifier: Apache-2.0 */
/* One cgroup, one container: whoever deletes a container kills what is in its cgroup, and a stopped one is deleted without
 * being asked whether that is somebody else's by now. So a cgroup that is there already is looked for in the state of every
 * other container. A half-made one that cannot be read says nothing, and does nothing to a cgroup either. */
#include "launch.h"

static bool has_same_cgroup(const struct launch *l, const char *id)
{
	auto_container struct container other;
	struct err e;

	err_init(&e);
	container_init(&other);
	return store_load(l->store, id, 0, &other, &e) == 0 && other.state.cgroup &&
		str_eq(other.state.cgroup, l->plan.cgroup.path);
}

int launch_check_shared(struct launch *l, struct err *e)
{
	const char **ids;

	if (store_ids(&l->arena, l->store, &ids, e) < 0)
		return -1;
	for (; *ids; ids++) {
		if (!str_eq(*ids, l->options.id) && has_same_cgroup(l, *ids))
			return err_set(e, EBUSY,
				"cgroup \"%s\" is that of container \"%s\", which must be deleted first",
				l->plan.cgroup.path, *ids);
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One cgroup, one container: whoever deletes a container kills what is in its cgroup, and a stopped
 * one is deleted without being asked whether that is somebody else's by now. So a cgroup that is
 * there already is looked for in the state of every other container. A broken one that cannot be
 * read says nothing, and does nothing to a cgroup either.
 *
 * Of two that are made at the same time both have noted that the cgroup will be theirs. mkdir(2)
 * decides: the other one finds the cgroup there and the note of the first one in the store; and
 * should it not come so far, its deletion finds it. */
#include "launch.h"
#include "local.h"

static bool has_cgroup_at(const struct store *s, const char *id, const char *path)
{
	auto_container struct container other;
	struct err e;

	err_init(&e);
	container_init(&other);
	return store_load(s, id, 0, &other, &e) == 0 && other.state.cgroup &&
		str_eq(other.state.cgroup, path);
}

int cgroup_sharer(struct arena *a, const struct store *s, const char *id, const char *path,
	const char **ret, struct err *e)
{
	const char **ids = NULL;

	*ret = NULL;
	if (store_ids(a, s, &ids, e) < 0)
		return -1;
	for (; *ids && !*ret; ids++) {
		if (!str_eq(*ids, id) && has_cgroup_at(s, *ids, path))
			*ret = *ids;
	}
	return 0;
}

int launch_check_shared(struct launch *l, struct err *e)
{
	const char *path = l->plan.cgroup.path, *id = NULL;

	if (cgroup_sharer(&l->arena, l->store, l->options.id, path, &id, e) < 0)
		return -1;
	return id
		? err_set(e, EBUSY,
			  "cgroup \"%s\" is that of container \"%s\", which must be deleted first",
			  path, id)
		: 0;
}

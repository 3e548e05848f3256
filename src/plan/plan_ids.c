/* SPDX-License-Identifier: Apache-2.0 */
/* plan_ids.c - the ids of a new user namespace
 *
 * Who has CAP_SETUID and CAP_SETGID maps what config.json says. Everybody else may map his own id
 * and nothing more, and must give up setgroups(2) for that (CVE-2014-8989); any other map is
 * written by newuidmap(1) and newgidmap(1). For him a user namespace without mappings has an
 * obvious meaning, too: root is he himself, then follow the ids that subuid(5) and subgid(5) grant.
 * For root it has none, because which ids are free to use only the administrator knows (UNS-03). */
#include <linux/capability.h>
#include <sched.h>

#include "base/limits.h"
#include "base/log.h"
#include "plan/plan_parts.h"

const struct plan_join *plan_join_of(const struct plan_namespaces *ns, unsigned type)
{
	for (size_t i = 0; i < ns->n_join; i++) {
		if (ns->join[i].type == type)
			return &ns->join[i];
	}
	return NULL;
}

bool plan_in_userns(const struct plan_namespaces *ns)
{
	return (ns->fresh & CLONE_NEWUSER) || plan_join_of(ns, CLONE_NEWUSER);
}

struct id_map *plan_id_maps(struct arena *a, const struct config_id_map *maps, size_t n)
{
	struct id_map *r = arena_array(a, n, sizeof(*r));

	for (size_t i = 0; i < n; i++)
		r[i] = (struct id_map){ maps[i].container, maps[i].host, maps[i].size };
	return r;
}

static bool has_cap(const struct plan_input *in, unsigned cap)
{
	return in->facts->caps >> cap & 1;
}

bool plan_needs_subids(const struct config *c)
{
	const struct config_namespace *user = config_namespace_find(c, CLONE_NEWUSER);

	return user && !user->path && !c->linux.n_uid_maps && !c->linux.n_gid_maps;
}

/* One's own id as root, then the ranges. What the kernel would refuse stays out: an id twice. */
static size_t default_maps(struct arena *a, uint32_t own, const struct subid_range *ranges,
	size_t n, struct id_map **ret)
{
	struct id_map *r = arena_array(a, n + 1, sizeof(*r));
	uint32_t next = 1;
	size_t count = 0;

	r[count++] = (struct id_map){ 0, own, 1 };
	for (size_t i = 0; i < n && count < LIMIT_ID_MAPS; i++) {
		const struct subid_range *s = &ranges[i];
		bool taken = s->count > UINT32_MAX - next;

		for (size_t k = 0; k < count; k++)
			taken = taken ||
				(s->first < r[k].outside + r[k].size &&
					r[k].outside < s->first + s->count);
		if (taken)
			continue;
		r[count++] = (struct id_map){ next, s->first, s->count };
		next += s->count;
	}
	*ret = r;
	return count;
}

/* Who writes the maps? */
static unsigned map_flags(const struct plan_input *in, const struct plan_namespaces *ns)
{
	const struct facts *f = in->facts;
	bool own_uid = ns->n_uids == 1 && ns->uids->size == 1 && ns->uids->outside == f->uid;
	bool own_gid = ns->n_gids == 1 && ns->gids->size == 1 && ns->gids->outside == f->gid;
	unsigned flags = 0;

	if (!has_cap(in, CAP_SETUID) && !own_uid)
		flags |= IDMAP_NEWUIDMAP;
	if (!has_cap(in, CAP_SETGID))
		flags |= own_gid ? IDMAP_DENY_SETGROUPS : IDMAP_NEWGIDMAP;
	return flags;
}

/* Groups cannot be changed where setgroups(2) is denied; the program would keep those of the
 * caller. */
static int check_groups(const struct plan_input *in, const struct plan_namespaces *ns,
	struct err *e)
{
	const struct config_user *u = &in->config->process.user;

	if (!(ns->map_flags & IDMAP_DENY_SETGROUPS) || !u->n_groups)
		return 0;
	return plan_unsupported(in, u->at, e,
		"additionalGids must be empty: who may map just one group cannot set groups; ids in %s "
		"and the package uidmap would allow it",
		SUBID_GIDS);
}

static int no_maps(const struct plan_input *in, struct err *e)
{
	const char *at = config_at(in->arena, &in->config->doc, in->config->linux.at);

	(void)err_set(e, EINVAL,
		"%s.uidMappings: is missing, must be maps for the new user namespace", at);
	return err_more(e, "%s.gidMappings: is missing, must be maps for the new user namespace",
		at);
}

int plan_user_namespace(const struct plan_input *in, struct plan_namespaces *ns, struct err *e)
{
	const struct config_linux *l = &in->config->linux;
	const struct facts *f = in->facts;

	if (!plan_in_userns(ns))
		return 0;
	ns->uids = plan_id_maps(in->arena, l->uid_maps, l->n_uid_maps);
	ns->gids = plan_id_maps(in->arena, l->gid_maps, l->n_gid_maps);
	ns->n_uids = l->n_uid_maps;
	ns->n_gids = l->n_gid_maps;
	if (!(ns->fresh & CLONE_NEWUSER))
		return 0;
	if (plan_needs_subids(in->config)) {
		if (has_cap(in, CAP_SETUID))
			return no_maps(in, e);
		ns->n_uids = default_maps(in->arena, f->uid, f->subuids, f->n_subuids, &ns->uids);
		ns->n_gids = default_maps(in->arena, f->gid, f->subgids, f->n_subgids, &ns->gids);
	}
	ns->map_flags = map_flags(in, ns);
	return check_groups(in, ns, e);
}

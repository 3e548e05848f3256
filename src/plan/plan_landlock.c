/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel of this host can do of crun-lite.landlock.*: all that is asked for, or an error
 * (strict); or as much as there is, and one warning (best effort). */
#include <string.h>

#include "base/log.h"
#include "oci/names.h"
#include "plan/plan_parts.h"

/* landlock(7), "VERSIONS": what each ABI added, and the first Linux that has it */
static const struct abi {
	int abi;
	const char *kernel;
	struct landlock_set adds;
} abis[] = {
	{ 1, "5.13", { .fs = LANDLOCK_FS_ABI_1 } },
	{ 2, "5.19", { .fs = LANDLOCK_FS_REFER } },
	{ 3, "6.2", { .fs = LANDLOCK_FS_TRUNCATE } },
	{ 4, "6.7", { .net = LANDLOCK_NET_BIND_TCP | LANDLOCK_NET_CONNECT_TCP } },
	{ 5, "6.10", { .fs = LANDLOCK_FS_IOCTL_DEV } },
	{ 6, "6.12", { .scope = LANDLOCK_SCOPE_UNIX | LANDLOCK_SCOPE_SIGNALS } },
	{ 7, "6.15",
		{ .log = LANDLOCK_LOG_SAME_EXEC_OFF | LANDLOCK_LOG_NEW_EXEC_ON |
				LANDLOCK_LOG_SUBDOMAINS_OFF } },
	{ 8, "7.0", { 0 } },
	{ 9, "7.1", { .fs = LANDLOCK_FS_RESOLVE_UNIX } },
};

enum { PARTS = 4 };

/* one kind of rights: what is asked for, what there is, how a message says it */
struct part {
	uint64_t want;
	const struct json *at;
	const struct names *names;
	size_t offset; /* in struct landlock_set */
};

static uint64_t *member(struct landlock_set *s, const struct part *p)
{
	return (uint64_t *)((char *)s + p->offset);
}

/* What a kernel of this ABI has. One that is newer than the table may have anything: it will say
 * itself what it does not know. */
static uint64_t offered(int abi, const struct part *p)
{
	uint64_t bits = 0;

	if (abi > abis[ARRAY_LEN(abis) - 1].abi)
		return UINT64_MAX;
	for (size_t i = 0; i < ARRAY_LEN(abis) && abis[i].abi <= abi; i++) {
		struct landlock_set adds = abis[i].adds;

		bits |= *member(&adds, p);
	}
	return bits;
}

/* the ABI from which on all of bits are there; NULL: no known one */
static const struct abi *needed(const struct part *p, uint64_t bits)
{
	for (size_t i = 0; i < ARRAY_LEN(abis); i++) {
		if (!(bits & ~offered(abis[i].abi, p)))
			return &abis[i];
	}
	return NULL;
}

static const char *host_has(struct arena *a, int abi)
{
	if (abi > 0)
		return arena_fmt(a, "this kernel has ABI %d", abi);
	return abi == LANDLOCK_OFF ? "Landlock was switched off when this kernel was booted (lsm=)"
				   : "this kernel has no Landlock";
}

static int refuse(const struct plan_input *in, const struct part *p, uint64_t missing,
	struct err *e)
{
	const struct abi *n = needed(p, missing);
	const char *host = host_has(in->arena, in->facts->landlock);
	auto_str struct str names = { 0 };

	names_bits(p->names, missing, &names);
	if (!n)
		return plan_unsupported(in, p->at, e, "a newer Landlock is needed for %s; %s",
			str_text(&names), host);
	return plan_unsupported(in, p->at, e, "Landlock ABI %d (Linux %s) is needed for %s; %s",
		n->abi, n->kernel, str_text(&names), host);
}

/* Cut what is wanted to what there is; the names of what is missing go to *left_out. */
static int fit(const struct plan_input *in, const struct part *parts, struct landlock_set *ret,
	struct str *left_out, struct err *e)
{
	for (size_t i = 0; i < PARTS; i++) {
		const struct part *p = &parts[i];
		uint64_t have = offered(in->facts->landlock, p), missing = p->want & ~have;

		if (missing && !in->config->landlock.best_effort)
			return refuse(in, p, missing, e);
		if (missing && left_out->len)
			str_add(left_out, ", ");
		names_bits(p->names, missing, left_out);
		*member(ret, p) = p->want & have;
	}
	return 0;
}

/* The kernel denies refer, moves and links between directories, to whom any filesystem right is
 * restricted, even where refer is not handled (landlock(7)). Who does not ask for that shall not
 * have it: handled, and allowed everywhere. ABI 1 cannot do otherwise. */
static void free_refer(const struct plan_input *in, struct plan_landlock *ret)
{
	if (!ret->handled.fs || (ret->handled.fs & LANDLOCK_FS_REFER) || in->facts->landlock < 2)
		return;
	ret->handled.fs |= LANDLOCK_FS_REFER;
	ret->rules[ret->n_rules++] = (struct plan_landlock_rule){
		.access = LANDLOCK_FS_REFER,
		.path = "/",
		.where = config_at(in->arena, &in->config->doc, in->config->landlock.fs_at),
	};
}

static void plan_rules(const struct plan_input *in, struct plan_landlock *ret)
{
	const struct config_landlock *c = &in->config->landlock;
	const struct json *at = NULL;
	const char *where = NULL;

	ret->rules = arena_array(in->arena, c->n_rules + 1, sizeof(*ret->rules));
	for (size_t i = 0; i < c->n_rules; i++) {
		const struct config_landlock_rule *r = &c->rules[i];
		uint64_t access = r->access & (r->path ? ret->handled.fs : ret->handled.net);

		if (!access)
			continue;
		if (r->at != at) /* many rules come from one annotation */
			where = config_at(in->arena, &in->config->doc, r->at);
		at = r->at;
		ret->rules[ret->n_rules++] = (struct plan_landlock_rule){
			.access = access,
			.path = r->path,
			.port = r->port,
			.where = where,
		};
	}
	free_refer(in, ret);
}

int plan_landlock(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct config_landlock *c = &in->config->landlock;
	const struct part parts[PARTS] = {
		{ c->fs, c->fs_at, &names_landlock_fs, offsetof(struct landlock_set, fs) },
		{ c->net, c->net_at, &names_landlock_net, offsetof(struct landlock_set, net) },
		{ c->scope, c->scope_at, &names_landlock_scopes,
			offsetof(struct landlock_set, scope) },
		{ c->log, c->log_at, &names_landlock_log, offsetof(struct landlock_set, log) },
	};
	struct plan_landlock *ret = &p->landlock;
	auto_str struct str left_out = { 0 };

	if (!c->at)
		return 0;
	if (fit(in, parts, &ret->handled, &left_out, e) < 0)
		return -1;
	if (left_out.len && !in->quiet)
		log_warning("crun-lite.landlock: %s, so these are left out: %s",
			host_has(in->arena, in->facts->landlock), str_text(&left_out));
	ret->given = ret->handled.fs || ret->handled.net || ret->handled.scope;
	ret->best_effort = c->best_effort;
	plan_rules(in, ret);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/compat.h"
#include "base/log.h"
#include "base/num.h"
#include "kern/capname.h"
#include "oci/names.h"
#include "plan/plan_parts.h"

enum { INIT_DESCRIPTORS = 64, HOOK_FILE_BYTES = 1 << 20, HOOK_PROCESSES = 4096 };

static const char *const set_names[CAPS_SETS] = {
	[CAPS_BOUNDING] = "bounding",
	[CAPS_EFFECTIVE] = "effective",
	[CAPS_INHERITABLE] = "inheritable",
	[CAPS_PERMITTED] = "permitted",
	[CAPS_AMBIENT] = "ambient",
};

static void warn_unknown_cap(const char *set, const char *name)
{
	const char *near = names_near(&names_capabilities, name);

	if (near)
		log_warning(
			"process.capabilities.%s: unknown capability \"%s\" is ignored, did you mean \"%s\"?",
			set, name, near);
	else
		log_warning("process.capabilities.%s: unknown capability \"%s\" is ignored", set,
			name);
}

/* Bits of one set. What does not exist or cannot be granted is a warning, not an error: config.md
 * "capabilities". */
static uint64_t cap_bits(const struct config_caps *c, enum config_cap_set set, uint64_t grantable)
{
	uint64_t bits = 0;

	for (const char **n = c->names[set]; n && *n; n++) {
		const struct name *known = names_find(&names_capabilities, *n);
		int cap = known ? (int)known->value : capname_number(*n);

		if (cap < 0 || cap > 63)
			warn_unknown_cap(set_names[set], *n);
		else if (!(grantable >> cap & 1))
			log_warning(
				"process.capabilities.%s: \"%s\" cannot be granted, the caller does not have it",
				set_names[set], *n);
		else
			bits |= (uint64_t)1 << cap;
	}
	return bits;
}

/* "CAP_CHOWN, CAP_KILL" */
static void list_caps(uint64_t bits, struct str *out)
{
	for (unsigned cap = 0; cap < 64; cap++) {
		const char *name = names_of(&names_capabilities, cap);

		if (!(bits >> cap & 1))
			continue;
		str_add(out, out->len ? ", " : "");
		if (name)
			str_add(out, name);
		else
			str_addf(out, "%u", cap);
	}
}

static uint64_t only_within(uint64_t bits, uint64_t within, const char *set, const char *of)
{
	auto_str struct str names = { 0 };

	if (bits & ~within) {
		list_caps(bits & ~within, &names);
		log_warning("process.capabilities.%s: left out is what is not in the %s: %s", set,
			of, str_text(&names));
	}
	return bits & within;
}

/* The first words are those of the other runtimes, which scripts look for. */
static uint64_t only_raisable(uint64_t bits, uint64_t within)
{
	auto_str struct str names = { 0 };

	if (bits & ~within) {
		list_caps(bits & ~within, &names);
		log_warning(
			"can't raise ambient capability %s: process.capabilities.ambient may only have what is in the permitted and inheritable sets",
			str_text(&names));
	}
	return bits & within;
}

static void plan_caps(const struct plan_input *in, struct plan *p)
{
	const struct config_caps *c = &in->config->process.caps;
	uint64_t grantable = plan_in_userns(&p->ns) ? UINT64_MAX : in->facts->caps;
	struct cred *r = &p->process.cred;

	r->bounding = cap_bits(c, CAPS_BOUNDING, grantable);
	r->permitted = cap_bits(c, CAPS_PERMITTED, grantable);
	r->inheritable = only_within(cap_bits(c, CAPS_INHERITABLE, grantable), r->bounding,
		"inheritable", "bounding set");
	r->effective = only_within(cap_bits(c, CAPS_EFFECTIVE, grantable), r->permitted,
		"effective", "permitted set");
	r->ambient =
		only_raisable(cap_bits(c, CAPS_AMBIENT, grantable), r->permitted & r->inheritable);
}

static bool env_is(const char *entry, const char *name)
{
	size_t n = strlen(name);

	return strncmp(entry, name, n) == 0 && entry[n] == '=';
}

/* Environment: config.json's entries in order, then what the runtime adds. Entries it replaces are
 * left out of the copy. */
static void plan_env(const struct plan_input *in, struct plan_process *ret)
{
	const struct plan_options *o = in->options;
	const char **from = in->config->process.env;
	size_t n = 0, count = 0;
	bool has_home = false;

	while (from[count])
		count++;
	ret->env = arena_array(in->arena, count + 6, sizeof(*ret->env));
	ret->search = "/bin:/usr/bin"; /* execvp(3) without PATH */
	for (size_t i = 0; i < count; i++) {
		if (o->listen_fds &&
			(env_is(from[i], "LISTEN_FDS") || env_is(from[i], "LISTEN_PID") ||
				env_is(from[i], "LISTEN_FDNAMES")))
			continue;
		if (o->notify_dir && env_is(from[i], "NOTIFY_SOCKET"))
			continue;
		if (env_is(from[i], "PATH"))
			ret->search = from[i] + strlen("PATH=");
		if (str_eq(from[i], "HOME=")) /* as if it were not there: runc */
			continue;
		has_home = has_home || env_is(from[i], "HOME");
		ret->env[n++] = from[i];
	}
	if (o->listen_fds) {
		ret->env[n++] = arena_fmt(in->arena, "LISTEN_FDS=%u", o->listen_fds);
		ret->env[n++] = "LISTEN_PID=1";
		if (o->listen_names)
			ret->env[n++] = arena_fmt(in->arena, "LISTEN_FDNAMES=%s", o->listen_names);
	}
	if (o->notify_dir)
		ret->env[n++] = "NOTIFY_SOCKET=/run/notify/notify.sock";
	if (!has_home) {
		ret->home = &ret->env[n];
		ret->env[n++] = "HOME=/";
	}
}

/* What init works under: the socket from start and the pipes of hooks take descriptors; a
 * startContainer hook is a process, and reads a file that is written for it. A limit that is above
 * what they need must not wait: it may have to be raised first. */
static uint64_t early_limit(const struct plan_input *in, const struct config_rlimit *from)
{
	const bool hooks = in->config->hooks.count[HOOK_START_CONTAINER] > 0;
	uint64_t needed = 0;

	if (from->resource == RLIMIT_NOFILE)
		needed = INIT_DESCRIPTORS;
	else if (hooks && (from->resource == RLIMIT_FSIZE || from->resource == RLIMIT_NPROC))
		needed = from->resource == RLIMIT_FSIZE ? HOOK_FILE_BYTES : HOOK_PROCESSES;
	return from->soft < needed ? needed : from->soft;
}

static void plan_rlimits(const struct plan_input *in, struct plan_process *ret)
{
	const struct config_process *c = &in->config->process;

	ret->n_rlimits = c->n_rlimits;
	ret->rlimits = arena_array(in->arena, c->n_rlimits, sizeof(*ret->rlimits));
	for (size_t i = 0; i < c->n_rlimits; i++) {
		const struct config_rlimit *from = &c->rlimits[i];

		ret->rlimits[i] = (struct plan_rlimit){ from->resource, from->name, from->soft,
			from->hard, early_limit(in, from) };
	}
}

/* The number at *p, which moves on behind it. What is too large for a node stays so, however long.
 */
static uint64_t take_number(const char **p)
{
	uint64_t r = 0;

	for (; **p >= '0' && **p <= '9'; (*p)++)
		r = r > UINT32_MAX / 10 ? UINT32_MAX : r * 10 + (uint64_t)(**p - '0');
	return r;
}

/* "0-3,8" to bits; the syntax has been checked by the parser */
static int list_mask(const struct plan_input *in, const struct json *at, const char *list,
	unsigned long *mask, size_t words, struct err *e)
{
	enum { BITS = 8 * sizeof(unsigned long) };

	for (const char *p = list; p && *p; p += *p == ',') {
		uint64_t first = take_number(&p), last = first;

		if (*p == '-') {
			p++;
			last = take_number(&p);
		}
		if (last >= words * BITS)
			return plan_unsupported(in, at, e, "number %ju is above %zu",
				(uintmax_t)last, words * BITS - 1);
		for (uint64_t i = first; i <= last; i++)
			mask[i / BITS] |= 1ul << (i % BITS);
	}
	return 0;
}

static int plan_kernel_attributes(const struct plan_input *in, struct plan_process *ret,
	struct err *e)
{
	const struct config_process *c = &in->config->process;
	const struct config_task *t = &in->config->linux.task;
	const struct config_scheduler *s = &c->scheduler;

	if (s->at)
		ret->scheduler = (struct plan_scheduler){ true, s->policy, s->nice, s->priority,
			s->flags, s->runtime, s->deadline, s->period };
	if (c->has_io_priority) {
		ret->has_io_priority = true;
		ret->io_priority = IOPRIO_PRIO_VALUE(c->io_class, c->io_priority);
	}
	ret->has_personality = t->has_personality;
	ret->personality = t->personality;
	if (!t->memory_policy.at)
		return 0;
	ret->has_memory_policy = true;
	ret->memory_mode = t->memory_policy.mode | (int)t->memory_policy.flags;
	return list_mask(in, t->memory_policy.at, t->memory_policy.nodes, ret->memory_nodes,
		ARRAY_LEN(ret->memory_nodes), e);
}

int plan_affinity(const struct plan_input *in, struct plan_process *ret, struct err *e)
{
	const struct config_process *c = &in->config->process;

	ret->has_cpus_initial = c->affinity_initial != NULL;
	ret->has_cpus_final = c->affinity_final != NULL;
	if (list_mask(in, c->at, c->affinity_initial, ret->cpus_initial, PLAN_CPU_WORDS, e) < 0)
		return -1;
	return list_mask(in, c->at, c->affinity_final, ret->cpus_final, PLAN_CPU_WORDS, e);
}

int plan_process(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct config_process *c = &in->config->process;
	struct plan_process *ret = &p->process;

	ret->listen_fds = in->options->listen_fds;
	ret->keep_fds = in->options->preserve_fds + in->options->listen_fds;
	if (!c->at)
		return 0;
	ret->given = true;
	ret->args = c->args;
	ret->cwd = c->cwd;
	ret->umask = c->user.has_umask ? c->user.umask : 0022;
	ret->no_new_privs = c->no_new_privileges;
	ret->has_oom_score_adj = c->has_oom_score_adj;
	ret->oom_score_adj = c->oom_score_adj;
	ret->terminal = c->terminal;
	if (c->terminal && c->has_console_size) {
		ret->rows = c->console_height;
		ret->columns = c->console_width;
	}
	ret->cred.uid = c->user.uid;
	ret->cred.gid = c->user.gid;
	ret->cred.groups = c->user.groups;
	ret->cred.n_groups = c->user.n_groups;
	ret->cred.no_setgroups = (p->ns.map_flags & IDMAP_DENY_SETGROUPS) != 0 ||
		config_keeps_groups(in->config->annotations, in->config->n_annotations);
	if (ret->cred.no_setgroups && c->user.n_groups)
		log_warning(
			"process.user.additionalGids is ignored: run.oci.keep_original_groups keeps the groups of the caller");
	plan_process_labels(in, ret);
	plan_env(in, ret);
	plan_caps(in, p);
	plan_rlimits(in, ret);
	return plan_kernel_attributes(in, ret, e);
}

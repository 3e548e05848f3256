/* SPDX-License-Identifier: Apache-2.0 */
/* config_process.c - config.md, "Process", "POSIX process", "Linux Process", "User" */
#include <linux/sched.h>
#include <string.h>

#include "base/limits.h"
#include "oci/config_in.h"
#include "oci/field.h"

/* consoleSize is ignored without a terminal, whatever it says (config.md, "Process") */
static void read_console(struct json_doc *d, struct json *n, struct config_process *ret)
{
	uint32_t height = 0, width = 0;

	(void)json_bool(d, json_get(n, "terminal"), &ret->terminal);
	n = json_get(n, "consoleSize");
	if (!n)
		return;
	if (!ret->terminal) {
		field_ignore(n);
		return;
	}
	if (!json_object(d, n))
		return;
	ret->has_console_size =
		field_u32(d, field_need(d, n, "height", "a number of lines"), UINT32_MAX, &height);
	if (!field_u32(d, field_need(d, n, "width", "a number of columns"), UINT32_MAX, &width))
		ret->has_console_size = false;
	/* a terminal has no more; no program would be the better for an error */
	if (ret->has_console_size) {
		ret->console_height = height < UINT16_MAX ? (uint16_t)height : UINT16_MAX;
		ret->console_width = width < UINT16_MAX ? (uint16_t)width : UINT16_MAX;
	}
}

/* What is not said is 0, as for every other runtime: images' tools leave the group out, and a
 * process file the whole user. */
static void read_user(struct json_doc *d, struct json *process, struct config_user *ret)
{
	struct json *n = json_get(process, "user");
	const struct json *groups;

	if (!n || !json_object(d, n))
		return;
	ret->at = n;
	(void)field_id(d, json_get(n, "uid"), &ret->uid);
	(void)field_id(d, json_get(n, "gid"), &ret->gid);
	/* the kernel takes the lower nine bits, and so do the other runtimes */
	ret->has_umask = field_u32(d, json_get(n, "umask"), UINT32_MAX, &ret->umask);
	ret->umask &= 0777;
	(void)json_get(n, "username"); /* of another platform */
	groups = json_get(n, "additionalGids");
	ret->groups = field_array(d, groups, sizeof(*ret->groups), LIMIT_GROUPS, &ret->n_groups);
	for (const struct json *i = ret->n_groups ? json_first(groups) : NULL; i; i = i->next)
		(void)field_id(d, i, &ret->groups[i->index]);
}

/* the kernel takes no longer string; returns what all of them need */
static size_t check_lengths(struct json_doc *d, const struct json *n)
{
	size_t sum = 0;

	for (const struct json *i = n && n->type == JSON_ARRAY ? json_first(n) : NULL; i;
		i = i->next) {
		size_t len = i->type == JSON_STRING ? strlen(i->text) : 0;

		if (len > LIMIT_ARG_BYTES)
			json_error(d, i, "must have at most %d bytes, not %zu", LIMIT_ARG_BYTES,
				len);
		sum += len + 1;
	}
	return sum;
}

static void read_program(struct json_doc *d, struct json *n, struct config_process *ret)
{
	struct json *args = field_need(d, n, "args", "an array with the program and its arguments");
	struct json *env = json_get(n, "env");
	size_t sum;

	ret->args = field_texts(d, args, FIELD_ANY);
	if (args && args->type == JSON_ARRAY && args->count == 0)
		json_error(d, args, "must have at least one entry, the program");
	ret->env = field_env(d, env);
	if (!ret->env)
		ret->env = field_texts(d, NULL, FIELD_ANY);
	sum = check_lengths(d, args) + check_lengths(d, env);
	if (sum > LIMIT_ARGS_BYTES)
		json_error(d, n, "args and env must have at most %d bytes together, not %zu",
			LIMIT_ARGS_BYTES, sum);
	ret->cwd = field_text(d, field_need(d, n, "cwd", "an absolute path"), FIELD_ABSOLUTE);
	(void)json_get(n, "commandLine"); /* of another platform */
}

static void read_caps(struct json_doc *d, struct json *n, struct config_caps *ret)
{
	static const char *const sets[CAPS_SETS] = {
		[CAPS_BOUNDING] = "bounding",
		[CAPS_EFFECTIVE] = "effective",
		[CAPS_INHERITABLE] = "inheritable",
		[CAPS_PERMITTED] = "permitted",
		[CAPS_AMBIENT] = "ambient",
	};

	if (!n || !json_object(d, n))
		return;
	ret->given = true;
	for (size_t i = 0; i < CAPS_SETS; i++) {
		ret->at[i] = json_get(n, sets[i]);
		if (ret->at[i])
			ret->names[i] = field_texts(d, ret->at[i], FIELD_ANY);
	}
}

static void read_rlimit(struct json_doc *d, struct json *n, struct config_rlimit *ret)
{
	struct json *type;
	uint64_t resource;
	bool both;

	ret->resource = -1; /* no duplicate of anything */
	if (!json_object(d, n))
		return;
	ret->at = n;
	type = field_need(d, n, "type", "the name of a limit such as \"RLIMIT_NOFILE\"");
	if (field_name(d, type, &names_rlimits, "limit", &resource)) {
		ret->resource = (int)resource;
		ret->name = type->text;
	}
	both = json_u64(d, field_need(d, n, "soft", "a number"), 0, UINT64_MAX, &ret->soft);
	both &= json_u64(d, field_need(d, n, "hard", "a number"), 0, UINT64_MAX, &ret->hard);
	if (both && ret->soft > ret->hard)
		json_error(d, n, "must not have a soft limit (%ju) above the hard limit (%ju)",
			(uintmax_t)ret->soft, (uintmax_t)ret->hard);
}

static void read_rlimits(struct json_doc *d, struct json *n, struct config_process *ret)
{
	enum { RLIMITS_MAX = 64 }; /* there are 16, and none may come twice */

	ret->rlimits = field_array(d, n, sizeof(*ret->rlimits), RLIMITS_MAX, &ret->n_rlimits);
	for (struct json *i = ret->n_rlimits ? json_first(n) : NULL; i; i = i->next) {
		struct config_rlimit *limit = &ret->rlimits[i->index];

		read_rlimit(d, i, limit);
		for (const struct config_rlimit *o = ret->rlimits;
			limit->resource >= 0 && o < limit; o++) {
			if (o->resource == limit->resource) {
				json_error(d, i, "sets %s, which entry %td sets already",
					limit->name, o - ret->rlimits);
				break;
			}
		}
	}
}

static void check_deadline(struct json_doc *d, const struct json *n,
	const struct config_scheduler *s)
{
	enum { RUNTIME_MIN = 1024 }; /* the resolution of the kernel, DL_SCALE */

	if (s->policy != SCHED_DEADLINE) {
		if (s->runtime || s->deadline || s->period)
			json_error(d, n,
				"must not have runtime, deadline or period without SCHED_DEADLINE");
		return;
	}
	if (s->runtime < RUNTIME_MIN)
		json_error(d, n, "must have a runtime of at least %d ns, not %ju", RUNTIME_MIN,
			(uintmax_t)s->runtime);
	else if (s->runtime > s->deadline)
		json_error(d, n, "must not have a runtime (%ju) above the deadline (%ju)",
			(uintmax_t)s->runtime, (uintmax_t)s->deadline);
	else if (s->period && s->deadline > s->period)
		json_error(d, n, "must not have a deadline (%ju) above the period (%ju)",
			(uintmax_t)s->deadline, (uintmax_t)s->period);
}

/* FIFO and RR have priorities, the others only the value 0 */
static void read_priority(struct json_doc *d, struct json *scheduler, struct config_scheduler *ret)
{
	struct json *n = json_get(scheduler, "priority");
	int64_t priority = 0;

	if (ret->policy == SCHED_FIFO || ret->policy == SCHED_RR) {
		n = field_need(d, scheduler, "priority", "a number from 1 to 99");
		(void)json_i64(d, n, 1, 99, &priority);
	} else if (json_i64(d, n, INT32_MIN, INT32_MAX, &priority) && priority) {
		json_error(d, n, "must be 0 for %s, not %jd",
			names_of(&names_sched_policies, ret->policy), (intmax_t)priority);
	}
	ret->priority = (int32_t)priority;
}

static void read_scheduler(struct json_doc *d, struct json *n, struct config_scheduler *ret)
{
	int64_t nice = 0;
	uint64_t policy;
	unsigned before;

	if (!n || !json_object(d, n))
		return;
	if (!field_name(d,
		    field_need(d, n, "policy", "a scheduling policy such as \"SCHED_BATCH\""),
		    &names_sched_policies, "scheduling policy", &policy))
		return;
	ret->at = n;
	ret->policy = (uint32_t)policy;
	(void)json_i64(d, json_get(n, "nice"), -20, 19, &nice);
	ret->nice = (int32_t)nice;
	read_priority(d, n, ret);
	ret->flags = field_flags(d, json_get(n, "flags"), &names_sched_flags, "scheduling flag");
	before = d->error_count;
	(void)json_u64(d, json_get(n, "runtime"), 0, UINT64_MAX, &ret->runtime);
	(void)json_u64(d, json_get(n, "deadline"), 0, UINT64_MAX, &ret->deadline);
	(void)json_u64(d, json_get(n, "period"), 0, UINT64_MAX, &ret->period);
	if (d->error_count == before)
		check_deadline(d, n, ret);
}

static void read_io_priority(struct json_doc *d, struct json *n, struct config_process *ret)
{
	uint64_t class = 0, priority = 0;

	if (!n || !json_object(d, n))
		return;
	ret->has_io_priority =
		field_name(d, field_need(d, n, "class", "a class such as \"IOPRIO_CLASS_BE\""),
			&names_io_classes, "I/O class", &class);
	(void)json_u64(d, json_get(n, "priority"), 0, 7, &priority);
	ret->io_class = (int)class;
	ret->io_priority = (int)priority;
}

static void read_affinity(struct json_doc *d, struct json *n, struct config_process *ret)
{
	if (!n || !json_object(d, n))
		return;
	ret->affinity_initial = field_text(d, json_get(n, "initial"), FIELD_LIST);
	ret->affinity_final = field_text(d, json_get(n, "final"), FIELD_LIST);
}

void config_read_process(struct json_doc *d, struct json *n, struct config_process *ret)
{
	int64_t adj;

	if (!n || !json_object(d, n))
		return;
	ret->at = n;
	read_console(d, n, ret);
	read_user(d, n, &ret->user);
	read_program(d, n, ret);
	read_caps(d, json_get(n, "capabilities"), &ret->caps);
	read_rlimits(d, json_get(n, "rlimits"), ret);
	(void)json_bool(d, json_get(n, "noNewPrivileges"), &ret->no_new_privileges);
	ret->has_oom_score_adj = json_i64(d, json_get(n, "oomScoreAdj"), -1000, 1000, &adj);
	if (ret->has_oom_score_adj)
		ret->oom_score_adj = (int)adj;
	ret->apparmor_at = json_get(n, "apparmorProfile");
	ret->apparmor_profile = field_text(d, ret->apparmor_at, FIELD_ANY);
	ret->selinux_at = json_get(n, "selinuxLabel");
	ret->selinux_label = field_text(d, ret->selinux_at, FIELD_ANY);
	read_scheduler(d, json_get(n, "scheduler"), &ret->scheduler);
	read_io_priority(d, json_get(n, "ioPriority"), ret);
	read_affinity(d, json_get(n, "execCPUAffinity"), ret);
}

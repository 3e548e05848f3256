/* SPDX-License-Identifier: Apache-2.0 */
/* config_seccomp.c - config-linux.md, "Seccomp" */
#include <errno.h>
#include <seccomp.h>

#include "base/limits.h"
#include "base/path.h"
#include "oci/config_in.h"
#include "oci/field.h"

enum {
	SYSCALL_ARGS = 6,
	ERRNO_MAX = 4095, /* MAX_ERRNO of the kernel, which would cut a larger one */
};

/* action and errno of obj, folded into one SCMP_ACT_*; the errno is EPERM when it is not given */
static bool read_action(struct json_doc *d, struct json *obj, const char *action_key,
	const char *errno_key, uint32_t *ret)
{
	struct json *action_at =
		field_need(d, obj, action_key, "an action such as \"SCMP_ACT_ERRNO\"");
	const struct json *errno_at = json_get(obj, errno_key);
	uint64_t action;
	uint32_t number = EPERM;
	bool is_errno, is_trace;

	if (!field_name(d, action_at, &names_seccomp_actions, "action", &action))
		return false;
	is_errno = action == SCMP_ACT_ERRNO(0);
	is_trace = action == SCMP_ACT_TRACE(0);
	*ret = (uint32_t)action;
	if (!is_errno && !is_trace) {
		if (errno_at)
			json_error(d, errno_at, "must not be given for %s, which returns no errno",
				action_at->text);
		return true;
	}
	(void)field_u32(d, errno_at, is_errno ? ERRNO_MAX : UINT16_MAX, &number);
	*ret |= number;
	return true;
}

static void read_arg(struct json_doc *d, struct json *n, struct config_seccomp_arg *ret)
{
	uint64_t op;

	if (!json_object(d, n))
		return;
	(void)field_u32(d, field_need(d, n, "index", "the number of an argument"), SYSCALL_ARGS - 1,
		&ret->index);
	(void)json_u64(d, field_need(d, n, "value", "a number"), 0, UINT64_MAX, &ret->value);
	(void)json_u64(d, json_get(n, "valueTwo"), 0, UINT64_MAX, &ret->value_two);
	if (field_name(d, field_need(d, n, "op", "an operator such as \"SCMP_CMP_EQ\""),
		    &names_seccomp_operators, "operator", &op))
		ret->op = (uint32_t)op;
}

static void read_rule(struct json_doc *d, struct json *n, struct config_seccomp_rule *ret)
{
	enum { ARGS_MAX = 64 };
	struct json *names, *args;

	if (!json_object(d, n))
		return;
	ret->at = n;
	names = field_need(d, n, "names", "an array of system calls");
	ret->names = field_texts(d, names, FIELD_FILLED);
	if (names && names->type == JSON_ARRAY && !names->count)
		json_error(d, names, "must have at least one entry, a system call");
	(void)read_action(d, n, "action", "errnoRet", &ret->action);
	args = json_get(n, "args");
	ret->args = field_array(d, args, sizeof(*ret->args), ARGS_MAX, &ret->n_args);
	for (struct json *i = ret->n_args ? json_first(args) : NULL; i; i = i->next)
		read_arg(d, i, &ret->args[i->index]);
}

static void read_archs(struct json_doc *d, struct json *n, struct config_seccomp *ret)
{
	enum { ARCHS_MAX = 64 };

	ret->archs = field_array(d, n, sizeof(*ret->archs), ARCHS_MAX, &ret->n_archs);
	for (const struct json *i = ret->n_archs ? json_first(n) : NULL; i; i = i->next) {
		uint64_t arch;

		if (field_name(d, i, &names_seccomp_archs, "architecture", &arch))
			ret->archs[i->index] = (uint32_t)arch;
	}
}

static void read_listener(struct json_doc *d, struct json *n, struct config_seccomp *ret)
{
	struct json *metadata = json_get(n, "listenerMetadata");
	struct json *path = json_get(n, "listenerPath");

	/* else there may be one of an annotation */
	if (path) {
		ret->listener_at = path;
		ret->listener_path = field_text(d, path, FIELD_ANY);
	}
	ret->listener_metadata = field_text(d, metadata, FIELD_ANY);
	if (path && ret->listener_path && !path_is_abs(ret->listener_path))
		json_error(d, path, "must be an absolute path, not %s",
			field_quote(d->arena, ret->listener_path));
	if (ret->listener_metadata && !ret->listener_path)
		json_error(d, metadata, "must not be given without listenerPath");
}

/* SEC-12: who is notified must be known */
static void note_action(struct json_doc *d, struct json *at, uint32_t action,
	struct config_seccomp *ret)
{
	if (action != SCMP_ACT_NOTIFY)
		return;
	ret->notifies = true;
	if (!ret->listener_path)
		json_error(d, at, "must not be SCMP_ACT_NOTIFY without listenerPath");
}

static void read_rules(struct json_doc *d, struct json *n, struct config_seccomp *ret)
{
	ret->rules = field_array(d, n, sizeof(*ret->rules), LIMIT_SECCOMP_RULES, &ret->n_rules);
	for (struct json *i = ret->n_rules ? json_first(n) : NULL; i; i = i->next) {
		struct config_seccomp_rule *rule = &ret->rules[i->index];

		read_rule(d, i, rule);
		note_action(d, json_get(i, "action"), rule->action, ret);
	}
}

void config_read_seccomp(struct json_doc *d, struct json *n, struct config_seccomp *ret)
{
	struct json *flags;

	if (!n || !json_object(d, n))
		return;
	ret->at = n;
	(void)read_action(d, n, "defaultAction", "defaultErrnoRet", &ret->default_action);
	read_archs(d, json_get(n, "architectures"), ret);
	flags = json_get(n, "flags");
	ret->has_flags = flags != NULL;
	ret->flags = (uint32_t)field_flags(d, flags, &names_seccomp_flags, "flag");
	read_listener(d, n, ret);
	note_action(d, json_get(n, "defaultAction"), ret->default_action, ret);
	read_rules(d, json_get(n, "syscalls"), ret);
}

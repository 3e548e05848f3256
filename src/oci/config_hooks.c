/* SPDX-License-Identifier: Apache-2.0 */
/* config_hooks.c - config.md, "POSIX-platform Hooks" */
#include "base/limits.h"
#include "oci/config_in.h"
#include "oci/field.h"

static const char *const kinds[HOOK_KINDS] = {
	[HOOK_PRESTART] = "prestart",
	[HOOK_CREATE_RUNTIME] = "createRuntime",
	[HOOK_CREATE_CONTAINER] = "createContainer",
	[HOOK_START_CONTAINER] = "startContainer",
	[HOOK_POSTSTART] = "poststart",
	[HOOK_POSTSTOP] = "poststop",
};

static void read_hook(struct json_doc *d, struct json *n, struct config_hook *ret)
{
	struct json *args;
	uint64_t timeout = 0;

	if (!json_object(d, n))
		return;
	ret->at = n;
	ret->path = field_text(d, field_need(d, n, "path", "the absolute path of a program"),
		FIELD_ABSOLUTE);
	args = json_get(n, "args");
	if (args) {
		const char **list = field_texts(d, args, FIELD_ANY);

		ret->args = list[0] ? list : NULL; /* no program is run without a name */
	}
	ret->env = field_env(d, json_get(n, "env"));
	if (json_u64(d, json_get(n, "timeout"), 1, INT32_MAX, &timeout))
		ret->timeout = (uint32_t)timeout;
}

void config_read_hooks(struct json_doc *d, struct json *n, struct config_hooks *ret)
{
	if (!n || !json_object(d, n))
		return;
	ret->at = n;
	for (size_t kind = 0; kind < HOOK_KINDS; kind++) {
		struct json *list = json_get(n, kinds[kind]);
		size_t *count = &ret->count[kind];

		ret->list[kind] =
			field_array(d, list, sizeof(*ret->list[kind]), LIMIT_HOOKS, count);
		for (struct json *i = *count ? json_first(list) : NULL; i; i = i->next)
			read_hook(d, i, &ret->list[kind][i->index]);
	}
}

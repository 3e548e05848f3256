/* SPDX-License-Identifier: Apache-2.0 */
/* hooks.c - hooks in the runtime's own namespaces
 *
 * A hook without "env" inherits the environment of the command, as with the other runtimes: hooks
 * written for them rely on PATH (HOOK-04). */
#include "ctr/hooks.h"

#include <fcntl.h>

#include "base/log.h"
#include "kern/spawn.h"
#include "stop.h"

static const char *const kind_names[HOOK_KINDS] = { [HOOK_PRESTART] = "prestart",
	[HOOK_CREATE_RUNTIME] = "createRuntime",
	[HOOK_CREATE_CONTAINER] = "createContainer",
	[HOOK_START_CONTAINER] = "startContainer",
	[HOOK_POSTSTART] = "poststart",
	[HOOK_POSTSTOP] = "poststop" };

static int run_one(const struct config_hook *h, const struct str *input, int cwd,
	const struct hook_about *a, struct err *e)
{
	struct spawn s = { .path = h->path,
		.argv = h->args,
		.envp = h->env,
		.input = input->data,
		.input_len = input->len,
		.cwd_fd = cwd,
		.timeout = h->timeout,
		.stop_fds = { a->stop_fd, a->init },
		.record_fd = a->record };

	if (spawn_run(&s, e) == 0)
		return 0;
	if (e->code != ECANCELED || stop_check(a->stop_fd, e) < 0)
		return -1;
	return err_set(e, ESRCH, "killed, because init has ended meanwhile");
}

static int in_hook(struct err *e, enum config_hook_kind kind, size_t index,
	const struct config_hook *h)
{
	/* the first words are those of the other runtimes; plan_hook_list has the same */
	return err_in(e, "error running %s hook #%zu: hooks.%s[%zu] \"%s\"", kind_names[kind],
		index, kind_names[kind], index, h->path);
}

int hooks_run(const struct config_hooks *h, enum config_hook_kind kind,
	const struct hook_about *about, struct err *e)
{
	const struct state *s = about->state;
	auto_str struct str input = { 0 };
	auto_close int cwd = -1;

	if (h->count[kind] == 0)
		return 0;
	cwd = open(s->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (cwd < 0) {
		(void)err_sys(e, errno, "open bundle \"%s\"", s->bundle);
		return err_in(e, "hooks.%s", kind_names[kind]);
	}
	state_oci(s, about->status, about->pid, false, 0, &input);
	for (size_t i = 0; i < h->count[kind]; i++) {
		log_debug("run hooks.%s[%zu] \"%s\"", kind_names[kind], i, h->list[kind][i].path);
		if (run_one(&h->list[kind][i], &input, cwd, about, e) < 0)
			return in_hook(e, kind, i, &h->list[kind][i]);
	}
	return 0;
}

void hooks_run_poststop(const struct state *s, int stop_fd)
{
	const struct hook_about about = { .stop_fd = stop_fd, .init = -1, .record = -1 };
	auto_arena struct arena a = { 0 };
	auto_str struct str input = { 0 };
	auto_close int cwd = -1;
	struct config_hooks hooks = { 0 };
	struct err e;

	if (!s->hooks)
		return;
	if (config_parse_hooks(&a, "hooks", s->hooks, s->hooks_len, &hooks, &e) < 0) {
		log_warning("container \"%s\": poststop hooks not run: %s", s->id, err_text(&e));
		return;
	}
	if (hooks.count[HOOK_POSTSTOP] == 0)
		return;
	/* an engine may have removed the bundle before the container: then they start where we are
	 */
	cwd = open(s->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	state_oci(s, "stopped", 0, false, 0, &input);
	for (size_t i = 0; i < hooks.count[HOOK_POSTSTOP]; i++) {
		const struct config_hook *h = &hooks.list[HOOK_POSTSTOP][i];

		if (run_one(h, &input, cwd, &about, &e) < 0) {
			(void)in_hook(&e, HOOK_POSTSTOP, i, h);
			log_warning("container \"%s\": %s", s->id, err_text(&e));
		}
	}
}

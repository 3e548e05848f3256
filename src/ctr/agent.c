/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"

#include <string.h>

#include "base/fd.h"

void agent_text(struct arena *a, const struct state *s, const char *status, pid_t pid,
	struct plan_listener *p)
{
	static const char key[] = "\"pid\":0";
	auto_str struct str text = { 0 }, wide = { 0 };
	const char *from, *at;

	if (!p->path)
		return;
	state_listener(s, status, pid, p->metadata, &text);
	from = str_text(&text);
	p->n_pids = pid ? 1 : 2;
	/* "0" becomes PLAN_PID_DIGITS characters */
	for (size_t i = 0; i < p->n_pids; i++) {
		at = strstr(from, key) + strlen(key) - 1;
		str_addn(&wide, from, (size_t)(at - from));
		p->pid_at[i] = wide.len;
		str_addf(&wide, "%*d", PLAN_PID_DIGITS, 0);
		from = at + 1;
	}
	str_add(&wide, from);
	p->text = arena_dup(a, str_text(&wide), wide.len);
	p->len = wide.len;
}

int agent_connect(const char *path, int *ret, struct err *e)
{
	*ret = path ? fd_connect_unix(path, FD_PATIENCE_MS) : -1;
	return path && *ret < 0
		? err_sys(e, errno,
			  "linux.seccomp.listenerPath: failed to connect with seccomp agent at \"%s\"%s",
			  path, fd_impatience(errno))
		: 0;
}

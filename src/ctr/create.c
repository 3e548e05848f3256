/* SPDX-License-Identifier: Apache-2.0 */
#include "ctr/create.h"

#include "base/fd.h"
#include "launch.h"

int launch_print(const struct launch *l, struct err *e)
{
	auto_str struct str text = { 0 };

	plan_dump(&l->plan, &text);
	if (fd_write_all(STDOUT_FILENO, str_text(&text), text.len) < 0)
		return err_sys(e, errno, "write to standard output");
	return launch_check_host(l, e);
}

int ctr_create(const struct store *s, const struct create_options *o, struct err *e)
{
	auto_launch struct launch l;
	int r;

	launch_init(&l, s, o);
	l.options.flags |= CREATE_DETACH;
	if (launch_prepare(&l, e) < 0)
		return -1;
	if (o->flags & CREATE_DRY_RUN)
		return launch_print(&l, e);
	if (launch_stoppable(&l, e) < 0)
		return -1;
	r = launch_make(&l, LAUNCH_SOCKET, e);
	if (r < 0 && launch_again(&l, e))
		return ctr_create(s, &l.options, e);
	return r < 0 ? -1 : launch_commit(&l, e);
}

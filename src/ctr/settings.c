/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <fcntl.h>

#include "kern/cgroup.h"

const char limits_recipe[] =
	"limits need a cgroup that belongs to the caller: with systemd run \"systemctl edit user@.service\", "
	"add \"[Service]\" and \"Delegate=cpu cpuset io memory pids\", log in again, and start from within "
	"\"systemd-run --user --scope\"; else let root make a cgroup, give it with its cgroup.procs, "
	"cgroup.subtree_control and cgroup.threads to the caller (chown), and start from a cgroup inside";

static bool has_file(int cgroup, const char *file)
{
	return faccessat(cgroup, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* a kernel may offer the one or the other: io.bfq.weight or io.weight */
const char *setting_file(int cgroup, const struct plan_setting *s, const char **ret_value)
{
	const char *file = s->file;

	*ret_value = s->value;
	if ((!s->other_file && !s->optional) || has_file(cgroup, file))
		return file;
	if (!s->other_file)
		return NULL;
	file = s->other_file;
	*ret_value = s->other_value;
	return s->optional && !has_file(cgroup, file) ? NULL : file;
}

int setting_write(int cgroup, const char *path, const struct plan_setting *s, struct err *e)
{
	const char *value, *file = setting_file(cgroup, s, &value);

	if (!file)
		return 0;
	if (cg_write(cgroup, path, file, value, e) < 0)
		(void)cg_explain(cgroup, file, e->code, e);
	else if (cg_check(cgroup, path, file, e) == 0)
		return 0;
	return err_in(e, "%s", s->where);
}

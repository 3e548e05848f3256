/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_delegate.c - let somebody else manage what is below a cgroup
 *
 * Whoever owns the directory may make cgroups in it, and who owns cgroup.procs may move processes
 * between those. The files with limits keep their owner: they are what the cgroup may use as a
 * whole (cgroup-v2.rst, "Model of Delegation"). */
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "kern/cgroup_priv.h"

static const char list_file[] = "/sys/kernel/cgroup/delegate";
static const char always[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";

/* 0, or -1 with errno; a file that is not there is no failure */
static int give_file(int fd, const char *name, uid_t uid)
{
	if (strchr(name, '/'))
		return 0;
	if (fchownat(fd, name, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
		return -1;
	return 0;
}

int cg_delegate(int fd, uid_t uid)
{
	auto_str struct str list = { 0 };
	char *rest, *name;

	if (fd_read_at(AT_FDCWD, list_file, 0, LIMIT_KERNEL_FILE, &list) < 0 || list.len == 0) {
		str_clear(&list);
		str_add(&list, always);
	}
	if (fchown(fd, uid, (gid_t)-1) < 0)
		return -1;
	rest = list.data;
	while ((name = strsep(&rest, "\n"))) {
		if (name[0] && give_file(fd, name, uid) < 0)
			return -1;
	}
	return 0;
}

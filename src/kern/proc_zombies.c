/* SPDX-License-Identifier: Apache-2.0 */
/* proc_zombies.c - what keeps the first process of a pid namespace from ending
 *
 * It is the last one there: the kernel lets it end only when every other process of the namespace
 * has been reaped (zap_pid_ns_processes). Those that were put into it from outside, as `exec` does,
 * have their parents outside, who may never do so. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/show.h"
#include "kern/cgroup_priv.h"
#include "kern/proc.h"
#include "kern/procstat.h"

enum {
	LINK_MAX_LEN = 64, /* "pid:[4026531836]" */
	SHOWN = 3,
};

/* the pid namespace of a process, as a link; false: it cannot be looked at, or is gone */
static bool read_namespace(pid_t pid, char ret[LINK_MAX_LEN])
{
	char path[48];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	n = readlink(path, ret, LINK_MAX_LEN - 1);
	ret[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static void show_process(struct str *out, pid_t pid, const char *comm)
{
	str_addf(out, "pid %d ", (int)pid);
	show_quoted(out, comm, strlen(comm));
}

static void show_zombie(struct str *out, pid_t pid, const struct procstat *zombie)
{
	struct procstat parent;

	str_add(out, out->len > 0 ? ", " : "");
	show_process(out, pid, zombie->comm);
	if (zombie->ppid == 0 || procstat_read(zombie->ppid, &parent) < 0) {
		str_add(out, ", which a process that is not seen from here has not reaped");
		return;
	}
	str_add(out, ", which ");
	show_process(out, zombie->ppid, parent.comm);
	str_add(out, " has not reaped");
}

int proc_list_zombies(pid_t pid, struct str *out)
{
	char wanted[LINK_MAX_LEN], namespace[LINK_MAX_LEN];
	auto_dir DIR *dir = read_namespace(pid, wanted) ? opendir("/proc") : NULL;
	const char *name;
	int found = 0;

	while (dir && (name = cg_next_child(dir))) {
		struct procstat now;
		uint32_t other;

		if (!num_u32(name, &other) || (pid_t)other == pid ||
			!read_namespace((pid_t)other, namespace) || !str_eq(namespace, wanted) ||
			procstat_read((pid_t)other, &now) < 0)
			continue;
		if (!strchr("ZX", now.state))
			return -1;
		if (found++ < SHOWN)
			show_zombie(out, (pid_t)other, &now);
	}
	return found;
}

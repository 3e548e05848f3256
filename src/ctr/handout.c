/* SPDX-License-Identifier: Apache-2.0 */
#include "handout.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/fd.h"
#include "base/log.h"
#include "kern/procstat.h"
#include "kern/tty.h"

enum { PID_MAX = 16 /* digits and a NUL */ };

int handout_terminal(const char *socket, int *master, struct err *e)
{
	int r;

	if (*master < 0 || !socket)
		return 0;
	r = tty_send_master(socket, *master, "/dev/pts/0", e);
	def_close(master);
	*master = -1;
	return r < 0 ? err_in(e, "--console-socket") : 0;
}

int handout_pidfd(const char *what, const char *socket, const char *payload, int pidfd,
	struct err *e)
{
	auto_close int sock = -1;

	if (!socket)
		return 0;
	sock = fd_connect_unix(socket, FD_PATIENCE_MS);
	if (sock < 0 || fd_send(sock, payload, strlen(payload), &pidfd, 1) < 0)
		return err_sys(e, errno, "%s: send the pidfd to \"%s\"%s", what, socket,
			fd_impatience(errno));
	return 0;
}

int handout_pid(struct arena *a, const char *path, pid_t pid, struct err *e)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *dir = !slash ? "."
		: slash == path  ? "/"
				 : arena_dup(a, path, (size_t)(slash - path));
	auto_close int fd = -1;
	char text[PID_MAX];

	if (!path)
		return 0;
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	if (fd < 0 || fd_replace_at(fd, slash ? slash + 1 : path, text, strlen(text), 0644) < 0)
		return err_sys(e, errno, "--pid-file: write \"%s\"", path);
	return 0;
}

void handout_take_back(const char *path, pid_t pid)
{
	auto_str struct str text = { 0 };
	char own[PID_MAX];

	(void)snprintf(own, sizeof(own), "%d", (int)pid);
	/* not one that somebody else has put there since */
	if (!path || pid <= 0 ||
		fd_read_at(AT_FDCWD, path, O_NOFOLLOW | O_NONBLOCK, sizeof(own), &text) < 0 ||
		!str_eq(str_text(&text), own))
		return;
	if (unlink(path) < 0)
		log_warning("pid file \"%s\" names a process that has ended, and stays: %s", path,
			err_errno_text(errno));
}

int handout_rlimits(const struct plan_process *p, pid_t pid, uint32_t refused, struct err *e)
{
	for (size_t i = 0; i < p->n_rlimits; i++) {
		const struct plan_rlimit *r = &p->rlimits[i];
		const struct rlimit limit = { .rlim_cur = r->early_soft, .rlim_max = r->hard };

		if ((refused >> i & 1) &&
			prlimit(pid, (__rlimit_resource_t)r->resource, &limit, NULL) < 0)
			return err_sys(e, errno,
				"process.rlimits[%zu]: set %s to %llu (hard %llu)%s", i, r->name,
				(unsigned long long)r->soft, (unsigned long long)r->hard,
				errno == EPERM ? "; raising a hard limit needs CAP_SYS_RESOURCE"
					       : "");
	}
	return 0;
}

int handout_oom_score(const struct plan_process *p, pid_t pid, int proc_fd, struct err *e)
{
	char path[64], value[16];

	if (!p->has_oom_score_adj)
		return 0;
	if (pid && procstat_check(e) < 0)
		return err_in(e, "process.oomScoreAdj");
	if (pid)
		(void)snprintf(path, sizeof(path), "%d/oom_score_adj", (int)pid);
	else
		(void)snprintf(path, sizeof(path), "self/oom_score_adj");
	(void)snprintf(value, sizeof(value), "%d", p->oom_score_adj);
	if (fd_write_at(proc_fd, path, 0, value, strlen(value)) == 0)
		return 0;
	return err_sys(e, errno, "process.oomScoreAdj: set %d%s", p->oom_score_adj,
		errno == EACCES ? "; lowering it needs CAP_SYS_RESOURCE" : "");
}

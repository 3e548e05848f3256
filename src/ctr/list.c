/* SPDX-License-Identifier: Apache-2.0 */
/* list.c - containers as they are listed */
#include "ctr/list.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/num.h"
#include "ctr/local.h"
#include "ctr/status.h"
#include "kern/proc.h"

/* is some command at work on the container? What it has not written down by then it will write
 * down. */
static bool is_busy(const struct container *c)
{
	return flock(c->dir_fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* of a broken container: its process, when the undo core tells it and it lives */
static pid_t living_process(const struct container *c)
{
	const struct proc_id id = state_process(&c->state);
	auto_close int pidfd = -1;
	struct err ignored;

	err_init(&ignored);
	pidfd = proc_open(&id, &ignored);
	return pidfd >= 0 ? id.pid : 0;
}

/* the columns that nobody could fill */
static void leave_empty(struct container *c, const char *id)
{
	if (!c->state.bundle)
		c->state = (struct state){ .id = arena_str(&c->arena, id),
			.bundle = "",
			.rootfs = "",
			.created = "" };
}

enum list_result list_load(const struct store *s, const char *id, struct container *ret,
	const char **ret_status, pid_t *ret_pid, int *ret_pidfd)
{
	enum ctr_status status;
	struct err e;
	int r = store_load(s, id, STORE_BROKEN, ret, &e);

	*ret_pid = 0;
	if (ret_pidfd)
		*ret_pidfd = -1;
	if (r < 0 && e.code == ENOENT)
		return LIST_GONE;
	if (r == 0 && ctr_status(ret, &status, ret_pidfd, &e) == 0) {
		*ret_status = ctr_status_name(status);
		if (status != STATUS_STOPPED)
			*ret_pid = ret->state.pid;
		return LIST_LOADED;
	}
	if (r > 0)
		*ret_pid = living_process(ret);
	leave_empty(ret, id);
	if (r > 0 && e.code == ENOENT && is_busy(ret)) {
		*ret_status = ctr_status_name(STATUS_CREATING);
		return LIST_LOADED;
	}
	*ret_status = r > 0 ? "broken" : "unknown";
	log_warning(r > 0 ? "container \"%s\" is broken: %s"
			  : "container \"%s\": its status is unknown: %s",
		id, err_text(&e));
	return r > 0 ? LIST_LOADED : LIST_UNKNOWN;
}

int list_incomplete(size_t n, struct err *e)
{
	if (n == 0)
		return 0;
	return err_set(e, EAGAIN, "what is shown is not all: %zu container%s could not be read", n,
		n == 1 ? "" : "s");
}

/* field number n (from 0) of a line of passwd(5) to *ret[*len] */
static bool passwd_field(const char *line, size_t line_len, unsigned n, const char **ret,
	size_t *len)
{
	const char *end = line + line_len;

	for (; n > 0; n--) {
		line = memchr(line, ':', (size_t)(end - line));
		if (!line)
			return false;
		line++;
	}
	*ret = line;
	line = memchr(line, ':', (size_t)(end - line));
	*len = (size_t)((line ? line : end) - *ret);
	return true;
}

const char *list_owner(struct arena *a, struct str *passwd, uint32_t uid)
{
	const char *field, *line;
	uint32_t found;
	size_t len;

	if (uid == 0)
		return "root";
	/* not getpwuid(3): it loads whatever nsswitch.conf names */
	if (passwd->len == 0 &&
		fd_read_at(AT_FDCWD, "/etc/passwd", O_NONBLOCK, LIMIT_CONFIG_BYTES, passwd) < 0)
		str_clear(passwd);
	for (line = str_text(passwd); *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t n = strcspn(line, "\n");

		if (passwd_field(line, n, 2, &field, &len) &&
			num_u32(arena_dup(a, field, len), &found) && found == uid &&
			passwd_field(line, n, 0, &field, &len) && len > 0)
			return arena_dup(a, field, len);
	}
	return arena_fmt(a, "#%u", uid);
}

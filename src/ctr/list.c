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
#include "ctr/status.h"

/* is some command at work on the container? What it has not written down by then it will write down. */
static bool is_busy(const struct container *c)
{
	return flock(c->dir_fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

bool list_load(const struct store *s, const char *id, struct container *ret,
	const char **ret_status, pid_t *ret_pid, int *ret_pidfd)
{
	enum ctr_status status;
	struct err e;
	int r = store_load(s, id, STORE_HALF_MADE, ret, &e);

	*ret_pid = 0;
	if (ret_pidfd)
		*ret_pidfd = -1;
	if (r < 0 && e.code == ENOENT)
		return false;
	if (r == 0 && ctr_status(ret, &status, ret_pidfd, &e) == 0) {
		*ret_status = ctr_status_name(status);
		if (status != STATUS_STOPPED)
			*ret_pid = ret->state.pid;
		return true;
	}
	if (!ret->state.bundle)
		ret->state = (struct state){ .id = arena_str(&ret->arena, id),
			.bundle = "",
			.rootfs = "",
			.created = "" };
	if (r > 0 && is_busy(ret)) {
		*ret_status = ctr_status_name(STATUS_CREATING);
		return true;
	}
	*ret_status = "broken";
	log_warning("container \"%s\" is broken: %s", id, err_text(&e));
	return true;
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

/* SPDX-License-Identifier: Apache-2.0 */
/* netcount.c - /proc/PID/net/dev (proc(5)): one file, where netlink would have to enter the
 * namespace */
#include "kern/netcount.h"

#include <fcntl.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/num.h"

enum {
	COLUMNS = 16, /* 8 received, 8 sent: bytes, packets, errors, dropped, and what we do not
			 show */
	SENT = 8,
};

static bool columns(char *text, uint64_t *ret)
{
	char *word;
	size_t n = 0;

	while (n < COLUMNS && (word = strsep(&text, " ")))
		if (word[0] && !num_u64(word, &ret[n++]))
			return false;
	return n == COLUMNS;
}

static struct net_way way(const uint64_t *column)
{
	return (struct net_way){ column[0], column[1], column[2], column[3] };
}

size_t netcount_parse(struct arena *a, char *text, struct net_count **ret)
{
	size_t lines = 1, n = 0;
	char *line;

	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	*ret = arena_array(a, lines, sizeof(**ret));
	while ((line = strsep(&text, "\n"))) {
		const char *name = strsep(&line, ":");
		uint64_t column[COLUMNS];

		name += strspn(name, " ");
		if (!line || str_eq(name, "lo") || !columns(line, column))
			continue;
		(*ret)[n++] = (struct net_count){ name, way(column), way(column + SENT) };
	}
	return n;
}

int netcount_read(struct arena *a, pid_t pid, struct net_count **ret, size_t *ret_n)
{
	auto_str struct str text = { 0 };

	if (fd_read_at(AT_FDCWD, arena_fmt(a, "/proc/%d/net/dev", pid), 0, LIMIT_KERNEL_FILE,
		    &text) < 0)
		return -1;
	*ret_n = netcount_parse(a, arena_dup(a, str_text(&text), text.len), ret);
	return 0;
}

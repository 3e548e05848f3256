/* SPDX-License-Identifier: Apache-2.0 */
/* explain_ids.c - to an id in the options of a mount that the user namespace does not have the
 * kernel only says EINVAL */
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/num.h"
#include "stage.h"

enum { MAP_BYTES = 16384 }; /* 340 lines, which is all the kernel takes, of three numbers */

/* the number at *at, and go behind it; the kernel writes it in decimal, with blanks before */
static uint64_t next_number(const char **at)
{
	uint64_t r = 0;

	*at += strspn(*at, " ");
	for (; **at >= '0' && **at <= '9'; ++*at)
		r = r * 10 + (uint64_t)(**at - '0');
	return r;
}

/* Is id in a uid_map or gid_map, whose lines are "FIRST OUTSIDE COUNT"? */
static bool is_mapped(const char *map, uint32_t id)
{
	for (const char *at = map; at; at = strchr(at, '\n')) {
		uint64_t first, count;

		at += *at == '\n';
		first = next_number(&at);
		(void)next_number(&at);
		count = next_number(&at);
		if (id >= first && id - first < count)
			return true;
	}
	return false;
}

/* What cannot be read denies nothing. */
static bool is_denied(const struct init *in, const char *file, uint32_t id)
{
	auto_close int fd = openat(in->args.proc, file, O_RDONLY | O_CLOEXEC);
	char map[MAP_BYTES];
	ssize_t n = fd < 0 ? -1 : read(fd, map, sizeof(map) - 1);

	if (n <= 0)
		return false;
	map[n] = '\0';
	return !is_mapped(map, id);
}

int init_explain_ids(const struct init *in, const struct op *op, struct err *e)
{
	static const struct {
		const char *option, *file, *what, *field;
	} ids[] = {
		{ "uid=", "self/uid_map", "user", "uidMappings" },
		{ "gid=", "self/gid_map", "group", "gidMappings" },
	};
	const char *const *data = op->kind == OP_MOUNT && e->code == EINVAL ? op->mount.data : NULL;
	uint32_t id;

	for (; data && *data; data++) {
		for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
			const char *value = str_after(*data, ids[i].option);

			if (value && num_u32(value, &id) && is_denied(in, ids[i].file, id))
				return err_more(e,
					"%s %u is not mapped in the user namespace: leave \"%s\" out, or map it in linux.%s",
					ids[i].what, id, *data, ids[i].field);
		}
	}
	return -1;
}

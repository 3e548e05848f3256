/* SPDX-License-Identifier: Apache-2.0 */
/* subid.c - what is read here is only a proposal: newuidmap(1) and newgidmap(1), which write the
 * maps, look into the files themselves. */
#include "kern/subid.h"

#include <fcntl.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/num.h"

/* The next line of *text as n fields between colons, cut in place. False: at the end. fields[i] is
 * NULL for those the line does not have. */
static bool next_fields(char **text, char **fields, unsigned n)
{
	char *line = strsep(text, "\n");

	for (unsigned i = 0; i < n; i++)
		fields[i] = line ? strsep(&line, ":") : NULL;
	return fields[0] != NULL;
}

/* false: there is no text. That a file is not there is an answer; that it cannot be read is not,
 * and then ids are missed that the user has. */
static bool read_file(const char *path, struct str *ret)
{
	if (fd_read_at(AT_FDCWD, path, O_NONBLOCK, LIMIT_CONFIG_BYTES, ret) == 0)
		return true;
	if (errno != ENOENT)
		log_warning("read \"%s\": %s", path, err_errno_text(errno));
	return false;
}

/* The name of user uid in passwd, or NULL. Not getpwuid(3): it loads whatever nsswitch.conf names.
 */
static const char *user_name(struct arena *a, uint32_t uid)
{
	auto_str struct str passwd = { 0 };
	char *rest, *fields[3];
	uint32_t found;

	if (!read_file("/etc/passwd", &passwd))
		return NULL;
	rest = passwd.data;
	while (rest && next_fields(&rest, fields, ARRAY_LEN(fields))) {
		if (fields[2] && num_u32(fields[2], &found) && found == uid)
			return arena_str(a, fields[0]);
	}
	return NULL;
}

/* A range of ids that exist: (uint32_t)-1 is none. */
static bool is_range(char *const *fields, struct subid_range *ret)
{
	return fields[1] && fields[2] && num_u32(fields[1], &ret->first) &&
		num_u32(fields[2], &ret->count) && ret->count > 0 &&
		ret->count <= UINT32_MAX - ret->first;
}

void subid_ranges(struct arena *a, const char *file, uint32_t uid, struct subid_range **ret,
	size_t *ret_n)
{
	const char *name = user_name(a, uid), *number = arena_fmt(a, "%u", uid);
	struct subid_range *list = arena_array(a, LIMIT_ID_MAPS, sizeof(*list));
	auto_str struct str text = { 0 };
	char *rest, *fields[3];
	size_t n = 0;

	if (!read_file(file, &text))
		str_clear(&text);
	rest = text.data;
	while (rest && n < LIMIT_ID_MAPS && next_fields(&rest, fields, ARRAY_LEN(fields))) {
		bool ours = str_eq(fields[0], number) || (name && str_eq(fields[0], name));

		if (ours && is_range(fields, &list[n]))
			n++;
	}
	*ret = list;
	*ret_n = n;
}

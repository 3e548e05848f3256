/* SPDX-License-Identifier: Apache-2.0 */
/* path.c - text only */
#include "base/path.h"

#include <string.h>

const char *path_join(struct arena *a, const char *dir, const char *name)
{
	size_t n = strlen(dir);

	if (path_is_abs(name) || n == 0)
		return arena_str(a, name);
	return arena_fmt(a, "%s%s%s", dir, dir[n - 1] == '/' ? "" : "/", name);
}

/* take the last component off out[n]; "/" stays */
static size_t parent(const char *out, size_t n)
{
	while (n > 0 && out[n - 1] != '/')
		n--;
	return n > 0 ? n - 1 : 0;
}

const char *path_clean(struct arena *a, const char *path)
{
	char *out = arena_alloc(a, strlen(path) + 2);
	size_t n = 0; /* out[n] is "" or "/a/b", without a slash at the end */

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && path[0] == '.' && path[1] == '.') {
			n = parent(out, n);
		} else if (len > 0 && !(len == 1 && path[0] == '.')) {
			out[n++] = '/';
			memcpy(out + n, path, len);
			n += len;
		}
		path += len;
		path += strspn(path, "/");
	}
	if (n == 0)
		out[n++] = '/';
	out[n] = '\0';
	return out;
}

bool path_below(const char *a, const char *b)
{
	size_t n = strlen(a);

	if (strncmp(a, b, n) != 0)
		return false;
	return b[n] == '\0' || b[n] == '/' || (n > 0 && a[n - 1] == '/');
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

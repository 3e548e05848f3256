/* SPDX-License-Identifier: Apache-2.0 */
/* path.h - lexical paths; nothing here looks at the file system */
#ifndef CL_BASE_PATH_H
#define CL_BASE_PATH_H

#include "base/arena.h"

static inline bool path_is_abs(const char *path)
{
	return path[0] == '/';
}

/* path_join - "dir/name"; name alone when it is absolute */
const char *path_join(struct arena *a, const char *dir, const char *name);

/* path_clean - the absolute form of path seen from "/": duplicate slashes, "." and ".." resolved
 * lexically (".." above "/" stays at "/"), no slash at the end except in "/" */
const char *path_clean(struct arena *a, const char *path);

/* path_below - is clean path b equal to or below clean path a? */
bool path_below(const char *a, const char *b);

/* path_base - the part behind the last slash; points into path */
const char *path_base(const char *path);

#endif

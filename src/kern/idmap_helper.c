/* SPDX-License-Identifier: Apache-2.0 */
/* idmap_helper.c - newuidmap(1) and newgidmap(1)
 *
 * An ordinary user may map no id but his own. The two programs of the shadow suite, setuid root or
 * with file capabilities, write what /etc/subuid and /etc/subgid grant. The process is named by its
 * pid: it cannot become somebody else's as long as it is our child and not reaped. */
#include "idmap_helper.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "kern/spawn.h"

enum {
	NUMBER = 11,       /* ten digits and a NUL */
	FIXED = 2,         /* program, pid */
	PATH_BYTES = 4096, /* PATH_MAX */
	TIMEOUT_S = 30,    /* they ask the user database, which may be far away */
};

/* where distributions put it, then where the caller looks for programs */
static const char *const usual = "/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin";

static bool find_in(const char *dirs, const char *program, char *ret, size_t size)
{
	while (dirs && *dirs) {
		int len = (int)strcspn(dirs, ":");
		int n = snprintf(ret, size, "%.*s/%s", len, dirs, program);

		if (dirs[0] == '/' && n > 0 && (size_t)n < size && access(ret, X_OK) == 0)
			return true;
		dirs += len;
		dirs += *dirs == ':';
	}
	return false;
}

int idmap_by_helper(const char *program, pid_t pid, const struct id_map *maps, size_t n,
	struct err *e)
{
	char path[PATH_BYTES], text[FIXED + 3 * LIMIT_ID_MAPS][NUMBER];
	const char *argv[FIXED + 3 * LIMIT_ID_MAPS + 1];
	struct spawn s = { .path = path, .argv = argv, .cwd_fd = -1, .timeout = TIMEOUT_S };
	const char *file = str_eq(program, "newuidmap") ? "/etc/subuid" : "/etc/subgid";
	size_t argc = 0;

	if (n > LIMIT_ID_MAPS)
		return err_set(e, EINVAL, "%zu maps of ids, must be at most %d", n, LIMIT_ID_MAPS);
	if (!find_in(usual, program, path, sizeof(path)) &&
		!find_in(getenv("PATH"), program, path, sizeof(path)))
		return err_set(e, ENOENT,
			"map other ids than the caller's own, or more of them: \"%s\" is needed and is not in %s or PATH; "
			"it comes with the package uidmap (shadow-utils)",
			program, usual);
	argv[argc++] = program;
	(void)snprintf(text[argc], NUMBER, "%d", (int)pid);
	argv[argc] = text[argc];
	for (size_t i = 0; i < n; i++) {
		const uint32_t numbers[] = { maps[i].inside, maps[i].outside, maps[i].size };

		for (size_t k = 0; k < ARRAY_LEN(numbers); k++) {
			argc++;
			(void)snprintf(text[argc], NUMBER, "%u", numbers[k]);
			argv[argc] = text[argc];
		}
	}
	argv[argc + 1] = NULL;
	if (spawn_run(&s, e) == 0)
		return 0;
	(void)err_in(e, "run \"%s\" to map %zu ranges of ids", path, n);
	return err_more(e, "\"%s\" must grant user %u these ids", file, getuid());
}

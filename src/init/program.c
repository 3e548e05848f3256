/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "stage.h"

/* Can path be executed by this process? 0, or the errno that says why not. */
static int check_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
		return errno;
	return S_ISREG(st.st_mode) ? 0 : EACCES;
}

/* Go through the directories of PATH. The answer of execvp(3): the first that can be executed; when
 * there is none but one was found that may not be, EACCES; else ENOENT. */
static int search_path(struct init *in, const char *name)
{
	int result = ENOENT;

	for (const char *p = in->plan->process.search; p;) {
		const char *colon = strchr(p, ':');
		int len = colon ? (int)(colon - p) : (int)strlen(p);
		int n = snprintf(in->program, sizeof(in->program), "%.*s/%s", len ? len : 1,
			len ? p : ".", name);

		if (n > 0 && (size_t)n < sizeof(in->program)) {
			int r = check_program(in->program);

			if (r == 0)
				return 0;
			if (r == EACCES)
				result = EACCES;
		}
		p = colon ? colon + 1 : NULL;
	}
	return result;
}

/* init_program - find what will be executed, as the user who will execute it
 * Runs in: init, last before READY, so that `create` can say that the program is missing. Engines
 * take their exit status from the words. */
int init_program(struct init *in, struct err *e)
{
	const struct plan_process *p = &in->plan->process;
	int code;

	if (!p->given)
		return 0;
	if (strchr(p->args[0], '/')) {
		if (strlen(p->args[0]) >= sizeof(in->program))
			return err_sys(e, ENAMETOOLONG, "exec \"%s\"", p->args[0]);
		memcpy(in->program, p->args[0], strlen(p->args[0]) + 1);
		code = check_program(in->program);
		return code ? err_sys(e, code, "exec: \"%s\": stat %s", p->args[0], p->args[0]) : 0;
	}
	code = search_path(in, p->args[0]);
	if (code == ENOENT)
		return err_set(e, ENOENT, "exec: \"%s\": executable file not found in $PATH (%s)",
			p->args[0], p->search);
	return code ? err_sys(e, code, "exec: \"%s\"", p->args[0]) : 0;
}

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

/* the next candidate for name in the directories at *p, into in->program; false: there are no more
 */
static bool next_candidate(struct init *in, const char *name, const char **p)
{
	while (*p) {
		const char *dir = *p, *colon = strchr(dir, ':');
		int len = colon ? (int)(colon - dir) : (int)strlen(dir);
		int n = snprintf(in->program, sizeof(in->program), "%.*s/%s", len ? len : 1,
			len ? dir : ".", name);

		*p = colon ? colon + 1 : NULL;
		if (n > 0 && (size_t)n < sizeof(in->program))
			return true;
	}
	return false;
}

/* Go through the directories of PATH. The answer of execvp(3): the first that can be executed; when
 * there is none but one was found that may not be, EACCES, and that is left in in->program; else
 * ENOENT. */
static int search_path(struct init *in, const char *name)
{
	const char *p = in->plan->process.search, *here = p, *denied = NULL;

	while (next_candidate(in, name, &p)) {
		int r = check_program(in->program);

		if (r == 0)
			return 0;
		if (r == EACCES && !denied)
			denied = here;
		here = p;
	}
	return denied && next_candidate(in, name, &denied) ? EACCES : ENOENT;
}

/* what bears that name and is no program: a link that leads nowhere, a directory */
static void explain_not_found(struct init *in, const char *name, struct err *e)
{
	struct stat st;

	for (const char *p = in->plan->process.search; *name && next_candidate(in, name, &p);) {
		if (lstat(in->program, &st) == 0) {
			init_explain(in, in->program, ENOENT, EXPLAIN_NAMED, e);
			return;
		}
	}
}

static int not_found(struct init *in, const char *name, struct err *e)
{
	err_set(e, ENOENT, "exec: \"%s\": executable file not found in $PATH (%s)", name,
		in->plan->process.search);
	explain_not_found(in, name, e);
	return -1;
}

/* init_program - find what will be executed, as the user who will execute it
 * Runs in: init, last before READY, so that `create` can say that the program is missing. Engines
 * take their exit status from the words. */
int init_program(struct init *in, struct err *e)
{
	const struct plan_process *p = &in->plan->process;
	const char *name = p->given ? p->args[0] : "";
	int code;

	if (!p->given)
		return 0;
	if (strchr(name, '/')) {
		if (strlen(name) >= sizeof(in->program))
			return err_sys(e, ENAMETOOLONG, "exec %s", name);
		memcpy(in->program, name, strlen(name) + 1);
		code = check_program(in->program);
		/* Docker before 23 makes exit status 126 of "permission denied" only */
		if (code == EISDIR)
			return err_sys(e, EACCES, "exec: \"%s\": is a directory", name);
		if (code)
			err_sys(e, code, "exec: \"%s\": stat %s", name, name);
	} else {
		code = search_path(in, name);
		if (code == ENOENT)
			return not_found(in, name, e);
		if (code)
			err_sys(e, code, "exec: \"%s\": \"%s\"", name, in->program);
	}
	if (code)
		init_explain(in, in->program, code, 0, e);
	return code ? -1 : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* explain.h - shared by explain*.c: a look at a program that could not be executed */
#ifndef CL_INIT_EXPLAIN_H
#define CL_INIT_EXPLAIN_H

#include <sys/stat.h>

#include "kern/seccomp.h"
#include "plan/plan.h"

enum {
	LOOK_HEAD = 512, /* bytes read of a file's start: more than the kernel's BINPRM_BUF_SIZE */
	LOOK_NAME = 256, /* longest interpreter that is followed */
	LOOK_SUBJECT = 1200, /* holds a name with every byte escaped */
};

struct look {
	const struct seccomp_filter *filter; /* the one in force, or NULL */
	const struct plan_process *process;
	int code;                   /* errno of execve(2) */
	char path[4096];            /* the file that is looked at */
	char subject[LOOK_SUBJECT]; /* how it is called: "it", "its interpreter \"/bin/sh\"" */
	char why[2048];             /* the finding */
};

/* System calls by the program's own rights, each asked of the filter first. -1 with errno; EPERM:
 * the filter would end us */
int look_stat(const struct look *l, const char *path, unsigned flags, struct statx *ret);
int look_access(const struct look *l, const char *path, int mode);
int look_open(const struct look *l, const char *path);
ssize_t look_read(const struct look *l, int fd, void *to, size_t len, uint64_t at);
ssize_t look_link(const struct look *l, const char *path, char *to, size_t len);
bool look_is_noexec(const struct look *l, const char *path);

/* look_show - text[len] with quotes, backslashes and control characters as \xNN, NUL-terminated,
 * cut to size */
void look_show(char *out, size_t size, const char *text, size_t len);

enum look_verdict {
	LOOK_NOTHING, /* nothing is wrong with it that can be seen */
	LOOK_FOUND,   /* l->why says what */
	LOOK_NEXT,    /* it needs l->path to be executed, called l->subject */
};

/* look_found - this is what is wrong; look_next - l->path is to be looked at next, called so */
enum look_verdict look_found(struct look *l, const char *fmt, ...) PRINTF(2, 3);
enum look_verdict look_next(struct look *l, const char *fmt, ...) PRINTF(2, 3);

/* look_format - is what the file holds something that the kernel can execute? */
enum look_verdict look_format(struct look *l);

#endif

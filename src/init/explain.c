/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: execve(2) has one errno for a program, its interpreter and its loader, for a file and the
 * directories on the way to it. Only after it has failed, or the lookup before it, we look at these
 * files to say which and why. What we are by then is the program's process: its root directory, its
 * user, its rules; so ordinary paths and ordinary rights show what the kernel saw, and what the
 * image contains cannot lead us anywhere else. No more than the first bytes of a regular file are
 * read, and shown escaped.
 *
 * A seccomp filter may be in force already, and some calls would end us or wait for an agent: each
 * is asked of the filter first, which needs no call at all (seccomp_spares). What cannot be looked
 * at stays unsaid. */
#include "explain.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/compat.h"
#include "base/limits.h"
#include "stage.h"

enum { LEVELS = 8 /* of interpreters; the kernel follows 5 */ };

static long look_call(const struct look *l, long number, const uint64_t a[6])
{
	if (l->filter && !seccomp_spares(l->filter, number, a)) {
		errno = EPERM;
		return -1;
	}
	return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#define ARGS(...) ((const uint64_t[6]){ __VA_ARGS__ })
#define AT_CWD ((uint64_t)(int64_t)AT_FDCWD)

int look_stat(const struct look *l, const char *path, unsigned flags, struct statx *ret)
{
	return (int)look_call(l, SYS_statx,
		ARGS(AT_CWD, (uintptr_t)path, flags | AT_NO_AUTOMOUNT, STATX_BASIC_STATS,
			(uintptr_t)ret));
}

int look_access(const struct look *l, const char *path, int mode)
{
	return (int)look_call(l, SYS_faccessat2,
		ARGS(AT_CWD, (uintptr_t)path, (unsigned)mode, AT_EACCESS));
}

int look_open(const struct look *l, const char *path)
{
	return (int)look_call(l, SYS_openat,
		ARGS(AT_CWD, (uintptr_t)path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

ssize_t look_read(const struct look *l, int fd, void *to, size_t len, uint64_t at)
{
	return look_call(l, SYS_pread64, ARGS((unsigned)fd, (uintptr_t)to, len, at));
}

ssize_t look_link(const struct look *l, const char *path, char *to, size_t len)
{
	return look_call(l, SYS_readlinkat, ARGS(AT_CWD, (uintptr_t)path, (uintptr_t)to, len));
}

bool look_is_noexec(const struct look *l, const char *path)
{
	struct statfs fs;

	return look_call(l, SYS_statfs, ARGS((uintptr_t)path, (uintptr_t)&fs)) == 0 &&
		(fs.f_flags & ST_NOEXEC);
}

void look_show(char *out, size_t size, const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + sizeof("\\xff") < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\r')
			n += (size_t)snprintf(out + n, size - n, "\\r");
		else if (c < ' ' || c == 127 || c == '"' || c == '\\')
			n += (size_t)snprintf(out + n, size - n, "\\x%02x", c);
		else
			out[n++] = (char)c;
	}
	out[n] = '\0';
}

enum look_verdict look_found(struct look *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(l->why, sizeof(l->why), fmt, ap);
	va_end(ap);
	return LOOK_FOUND;
}

enum look_verdict look_next(struct look *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(l->subject, sizeof(l->subject), fmt, ap);
	va_end(ap);
	return LOOK_NEXT;
}

/* ---- the way to the file ---- */

static enum look_verdict denied(struct look *l, const char *what, const char *shown,
	const struct statx *st)
{
	return look_found(l, "%s \"%s\" may not be %s by user %u (mode %04o, owner %u:%u)", what,
		shown, S_ISDIR(st->stx_mode) ? "entered" : "executed", l->process->cred.uid,
		st->stx_mode & 07777u, st->stx_uid, st->stx_gid);
}

/* a component that is not there; shown: the path as far as it */
static enum look_verdict missing(struct look *l, const char *part, const char *shown, bool last)
{
	char to[LOOK_NAME], shown_to[LOOK_SUBJECT];
	ssize_t n = look_link(l, part, to, sizeof(to));

	if (n > 0) {
		look_show(shown_to, sizeof(shown_to), to, (size_t)n);
		return look_found(l,
			"\"%s\" is a symbolic link to \"%s\", which leads to nothing in the container",
			shown, shown_to);
	}
	return look_found(l, "%s \"%s\" does not exist in the container",
		last ? "the file" : "directory", shown);
}

/* Is there something wrong with path as far as the n-th byte? */
static enum look_verdict check_part(struct look *l, const char *path, size_t n, bool last)
{
	char part[sizeof(l->path)], shown[LOOK_SUBJECT];
	struct statx st;

	memcpy(part, path, n);
	part[n] = '\0';
	look_show(shown, sizeof(shown), part, n);
	if (look_stat(l, part, 0, &st) < 0) {
		if (errno == ENOENT)
			return missing(l, part, shown, last);
		if (errno == ELOOP)
			return look_found(l, "the symbolic links at \"%s\" go round in a circle",
				shown);
		return LOOK_NOTHING;
	}
	if (last)
		return LOOK_NOTHING;
	if (!S_ISDIR(st.stx_mode))
		return look_found(l, "\"%s\" is not a directory", shown);
	if (look_access(l, part, X_OK) < 0 && errno == EACCES)
		return denied(l, "directory", shown, &st);
	return LOOK_NOTHING;
}

static enum look_verdict check_way(struct look *l, const char *path)
{
	for (const char *p = path + 1; p[-1] && *p; p++) {
		if (*p == '/' && check_part(l, path, (size_t)(p - path), false) == LOOK_FOUND)
			return LOOK_FOUND;
	}
	return check_part(l, path, strlen(path), true);
}

/* ---- the file ---- */

static const char *kind_of(unsigned mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	case S_IFIFO:
		return "a FIFO";
	default:
		return "a socket";
	}
}

static enum look_verdict check_file(struct look *l)
{
	struct statx st;

	if (look_stat(l, l->path, 0, &st) < 0)
		return LOOK_NOTHING;
	if (!S_ISREG(st.stx_mode))
		return look_found(l, "%s is %s, not a regular file", l->subject,
			kind_of(st.stx_mode));
	if (look_is_noexec(l, l->path))
		return look_found(l, "%s lies on a mount with the option noexec", l->subject);
	if (look_access(l, l->path, X_OK) < 0 && errno == EACCES)
		return look_found(l, "%s may not be executed by user %u (mode %04o, owner %u:%u)%s",
			l->subject, l->process->cred.uid, st.stx_mode & 07777u, st.stx_uid,
			st.stx_gid, st.stx_mode & 0111 ? "" : ": chmod +x is missing");
	return LOOK_NOTHING;
}

/* the program, what executes it, what executes that */
static enum look_verdict look_at_chain(struct look *l)
{
	for (int level = 0; level < LEVELS; level++) {
		struct statx st;
		char link;
		enum look_verdict r;

		/* look_format has said what it would mean, unless it is a link that leads nowhere
		 */
		if (level > 0 && look_stat(l, l->path, 0, &st) < 0 && errno == ENOENT &&
			look_link(l, l->path, &link, 1) < 0)
			return LOOK_FOUND;
		r = check_way(l, l->path);
		if (r == LOOK_NOTHING)
			r = check_file(l);
		if (r == LOOK_NOTHING)
			r = look_format(l);
		if (r != LOOK_NEXT)
			return r;
	}
	return look_found(l, "its interpreters name one another");
}

/* ---- errors that need no file ---- */

static size_t count_bytes(const char *const *list, size_t *longest)
{
	size_t total = 0;

	for (size_t i = 0; list[i]; i++) {
		size_t n = strlen(list[i]) + 1;

		total += n + sizeof(char *);
		*longest = n > *longest ? n : *longest;
	}
	return total;
}

static enum look_verdict explain_too_long(struct look *l)
{
	enum { LEAST = 131072 };
	struct rlimit stack = { .rlim_cur = RLIM_INFINITY };
	rlim_t most = LIMIT_ARGS_BYTES;
	size_t longest = 0, total = count_bytes(l->process->args, &longest);
	const uint64_t none[6] = { 0 };

	total += count_bytes((const char *const *)l->process->env, &longest);
	if (longest > LIMIT_ARG_BYTES + 1)
		return look_found(l, "an argument or variable has %zu bytes, at most %d fit",
			longest, LIMIT_ARG_BYTES);
	if (!l->filter || seccomp_spares(l->filter, SYS_prlimit64, none))
		(void)getrlimit(RLIMIT_STACK, &stack);
	/* a quarter of the stack, between these bounds: prepare_arg_pages() in the kernel */
	if (stack.rlim_cur / 4 < most)
		most = stack.rlim_cur / 4 < LEAST ? LEAST : stack.rlim_cur / 4;
	return look_found(l, "arguments and environment have %zu bytes, at most %ju fit%s", total,
		(uintmax_t)most, most < LIMIT_ARGS_BYTES ? ", a quarter of RLIMIT_STACK" : "");
}

static enum look_verdict explain(struct look *l)
{
	const struct seccomp_data call = { .nr = SYS_execve, .arch = seccomp_native };

	if (l->filter &&
		(seccomp_answer(l->filter, &call) & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		return look_found(l, "linux.seccomp answers execve(2) with this error");
	switch (l->code) {
	case E2BIG:
		return explain_too_long(l);
	case ETXTBSY:
		return look_found(l, "somebody has it, or its interpreter, open for writing");
	case EAGAIN:
		return look_found(l, "user %u has more processes than RLIMIT_NPROC allows",
			l->process->cred.uid);
	default:
		return look_at_chain(l);
	}
}

void init_explain(const struct init *in, const char *path, int code, unsigned flags, struct err *e)
{
	struct look l = {
		.filter =
			(flags & EXPLAIN_FILTERED) && in->plan->filter.n ? &in->plan->filter : NULL,
		.process = &in->plan->process,
		.code = code,
		.subject = "it",
	};

	(void)snprintf(l.path, sizeof(l.path), "%s", path);
	if (flags & EXPLAIN_NAMED) {
		char shown[LOOK_SUBJECT - 2];

		look_show(shown, sizeof(shown), path, strlen(path));
		(void)snprintf(l.subject, sizeof(l.subject), "\"%s\"", shown);
	}
	if (explain(&l) != LOOK_FOUND)
		return;
	if (path[0] != '/' && strchr(path, '/'))
		(void)err_set(e, code, "%s (in \"%s\"): %s", err_text(e), l.process->cwd, l.why);
	else
		(void)err_set(e, code, "%s: %s", err_text(e), l.why);
}

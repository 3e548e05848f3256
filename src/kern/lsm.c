/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: one file of /proc/self/attr for each. AppArmor has a directory of its own there since
 * Linux 5.8; before, and for SELinux always, the files are those of the first module that has any.
 * The words of the errors have the file in back quotes: that is how Podman tells them from others.
 */
#include "kern/lsm.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "kern/syscalls.h"

enum { CONTEXT_MAX = 4096 }; /* a page is what the kernel takes at once */

/* path: below proc. The kind of filesystem is asked, too: the procfs itself was somebody's word. */
static int open_attribute(int proc, const char *path, int flags)
{
	auto_close int fd = sys_openat2(proc, path, flags | O_CLOEXEC | O_NOFOLLOW, 0,
		RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -1;
	if (fs.f_type != PROC_SUPER_MAGIC) {
		errno = EXDEV;
		return -1;
	}
	return take_fd(&fd);
}

/* 0, or -1 with errno; the whole text is one write */
static int put(int fd, const char *text)
{
	ssize_t n = write(fd, text, strlen(text));

	if (n >= 0 && (size_t)n != strlen(text))
		errno = E2BIG;
	return n >= 0 && (size_t)n == strlen(text) ? 0 : -1;
}

/* ---- AppArmor ---- */

/* The profile that this process is under by now; "unconfined" also when that cannot be found out.
 */
static void current_profile(int proc, char *ret, size_t size)
{
	auto_close int fd = open_attribute(proc, "self/attr/apparmor/current", O_RDONLY);
	ssize_t n;

	if (fd < 0)
		fd = open_attribute(proc, "self/attr/current", O_RDONLY);
	n = fd >= 0 ? read(fd, ret, size - 1) : -1;
	if (n <= 0)
		n = snprintf(ret, size, "unconfined");
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

/* "unconfined", or a profile that is called so: "crun (unconfined)" */
static bool is_unconfined(const char *current)
{
	static const char word[] = "unconfined", mode[] = " (unconfined)";
	size_t n = strlen(current);

	return strcmp(current, word) == 0 ||
		(n > strlen(mode) && strcmp(current + n - strlen(mode), mode) == 0);
}

static int explain_apparmor(int code, const char *profile, const char *path, const char *current,
	struct err *e)
{
	/* not in errno's words, "no such file or directory": to engines that is a missing program
	 */
	if (code == ENOENT)
		return err_set(e, code,
			"AppArmor profile \"%s\" is not loaded, as writing it to `/proc/%s` shows; load it by \"apparmor_parser -r FILE\"",
			profile, path);
	err_sys(e, code, "set AppArmor profile \"%s\" in `/proc/%s`", profile, path);
	if ((code == EACCES || code == EPERM) && !is_unconfined(current))
		err_more(e,
			"this process is under AppArmor profile \"%s\", which does not allow the change",
			current);
	return -1;
}

int lsm_apparmor_exec(int proc, const char *profile, bool no_new_privs, struct err *e)
{
	const char *path = "self/attr/apparmor/exec";
	auto_close int fd = open_attribute(proc, path, O_WRONLY);
	char current[256], text[CONTEXT_MAX];
	int n;

	if (fd < 0 && errno == ENOENT) {
		path = "self/attr/exec";
		fd = open_attribute(proc, path, O_WRONLY);
	}
	if (fd < 0)
		return err_sys(e, errno, "open `/proc/%s` to set AppArmor profile \"%s\"", path,
			profile);
	current_profile(proc, current, sizeof(current));
	n = snprintf(text, sizeof(text), "%s %s",
		no_new_privs && !is_unconfined(current) ? "stack" : "exec", profile);
	if (n < 0 || (size_t)n >= sizeof(text))
		return err_set(e, ENAMETOOLONG,
			"the name of an AppArmor profile must be shorter than %zu bytes",
			sizeof(text) - strlen("stack "));
	return put(fd, text) < 0 ? explain_apparmor(errno, profile, path, current, e) : 0;
}

/* ---- SELinux ---- */

static int explain_selinux(int code, const char *label, const char *path, struct err *e)
{
	err_sys(e, code, "set SELinux label \"%s\" in `/proc/%s`", label, path);
	if (code == EINVAL)
		err_more(e,
			"the policy that is loaded has no such label (seinfo, \"semodule -l\")");
	if (code == EACCES || code == EPERM)
		err_more(e,
			"the policy that is loaded does not allow this process to do that (\"ausearch -m AVC\")");
	return -1;
}

static int set_selinux(int proc, const char *path, const char *label, struct err *e)
{
	auto_close int fd = open_attribute(proc, path, O_WRONLY);

	if (fd < 0)
		return err_sys(e, errno, "open `/proc/%s` to set SELinux label \"%s\"", path,
			label);
	return put(fd, label) < 0 ? explain_selinux(errno, label, path, e) : 0;
}

int lsm_selinux_exec(int proc, const char *label, struct err *e)
{
	return set_selinux(proc, "self/attr/exec", label, e);
}

int lsm_selinux_keys(int proc, const char *label, struct err *e)
{
	return set_selinux(proc, "self/attr/keycreate", label, e);
}

int lsm_selinux_root(int fd, const char *label, struct err *e)
{
	auto_close int dir = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir >= 0 && fsetxattr(dir, "security.selinux", label, strlen(label) + 1, 0) == 0)
		return 0;
	return err_sys(e, errno, "give the filesystem SELinux label \"%s\"", label);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/resctrl.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/limits.h"

static const char needs[] =
	"resctrl needs kernel 4.10 (monitoring 4.14) with CONFIG_X86_CPU_RESCTRL, and a processor with allocation of cache or memory bandwidth";

int resctrl_open(const char *path, long magic, struct err *e)
{
	auto_close int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct utsname uts = { 0 };
	struct statfs fs;

	if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == magic)
		return take_fd(&fd);
	(void)uname(&uts);
	if (fd < 0 && errno != ENOENT)
		return err_sys(e, errno, "open \"%s\"", path);
	if (fd < 0) {
		(void)err_set(e, ENOENT,
			"no resctrl file system is mounted on \"%s\": kernel %s has none on this machine",
			path, uts.release);
		return err_more(e, "%s", needs);
	}
	(void)err_set(e, ENOENT, "no resctrl file system is mounted on \"%s\" (kernel %s)", path,
		uts.release);
	return err_more(e, "mount -t resctrl resctrl %s; %s", path, needs);
}

/* path of a file in a group, or in its monitoring group */
static const char *path_of(struct str *s, const char *group, const char *monitor, const char *file)
{
	str_clear(s);
	if (group[0])
		str_addf(s, "%s/", group);
	if (monitor)
		str_addf(s, "mon_groups/%s/", monitor);
	str_add(s, file);
	/* a directory is not asked for with a slash at its end */
	if (!file[0] && s->len)
		s->data[--s->len] = '\0';
	return str_text(s);
}

static const char *shown(const struct resctrl *r)
{
	return r->group[0] ? r->group : "/";
}

/* 1: it is there, 0: it is not, -1 with errno */
static int is_there(int mount, const char *group, const char *monitor)
{
	auto_str struct str path = { 0 };

	if (!group[0] && !monitor)
		return 1;
	if (faccessat(mount, path_of(&path, group, monitor, ""), F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}

/* ---- "L3:0=fffff;1=ff" ---- */

struct domain {
	const char *id, *value;
	size_t id_len, value_len;
};

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

static size_t trimmed(const char *p, size_t len)
{
	while (len && isspace((unsigned char)p[len - 1]))
		len--;
	return len;
}

/* the next one behind *p, within the line; false: there is none */
static bool next_domain(const char **p, struct domain *ret)
{
	const char *at = skip_blanks(*p);
	size_t len = strcspn(at, ";\n"), id = strcspn(at, "=;\n");

	if (!len)
		return false;
	ret->id = at;
	ret->id_len = trimmed(at, id);
	ret->value = id < len ? skip_blanks(at + id + 1) : at + len;
	ret->value_len = trimmed(ret->value, (size_t)(at + len - ret->value));
	*p = at[len] == ';' ? at + len + 1 : at + len;
	return true;
}

/* what follows "L3:" when line is about that resource; NULL: it is about another one */
static const char *domains_of(const char *line, const char *resource, size_t len)
{
	const char *at = skip_blanks(line);
	size_t colon = strcspn(at, ":\n");

	if (at[colon] != ':' || trimmed(at, colon) != len || strncmp(at, resource, len) != 0)
		return NULL;
	return at + colon + 1;
}

static bool find_domain(const char *domains, const struct domain *like, struct domain *ret)
{
	while (next_domain(&domains, ret)) {
		if (ret->id_len == like->id_len && strncmp(ret->id, like->id, like->id_len) == 0)
			return true;
	}
	return false;
}

/* the same number, written with or without zeros in front, in either case */
static bool same_value(const struct domain *a, const struct domain *b)
{
	const char *x = a->value, *y = b->value;
	size_t nx = a->value_len, ny = b->value_len;

	for (; nx > 1 && *x == '0'; nx--)
		x++;
	for (; ny > 1 && *y == '0'; ny--)
		y++;
	return nx == ny && strncasecmp(x, y, nx) == 0;
}

static const char *next_line(const char *p)
{
	p = strchr(p, '\n');
	return p && p[1] ? p + 1 : NULL;
}

/* the last word of lines on the domain of a resource counts: later ones overwrite */
static bool is_overridden(const char *const *later, const char *resource, size_t len,
	const struct domain *d)
{
	struct domain other;

	for (; *later; later++) {
		const char *domains = domains_of(*later, resource, len);

		if (domains && find_domain(domains, d, &other))
			return true;
	}
	return false;
}

/* Is what *line asks for what the file says? -1: no, *e says where */
static int compare_line(const char *const *line, const char *file, const struct resctrl *r,
	struct err *e)
{
	const char *resource = skip_blanks(*line), *have = NULL, *want;
	size_t len = trimmed(resource, strcspn(resource, ":\n"));
	struct domain a, b;

	for (const char *l = file; l && !have; l = next_line(l))
		have = domains_of(l, resource, len);
	want = domains_of(*line, resource, len);
	if (!have || !want)
		return err_set(e, EINVAL,
			"resctrl group \"%s\" exists and has no resource for \"%s\"; choose another closID",
			shown(r), *line);
	while (next_domain(&want, &a)) {
		if (is_overridden(line + 1, resource, len, &a))
			continue;
		if (!find_domain(have, &a, &b))
			return err_set(e, EINVAL,
				"resctrl group \"%s\" exists and has no domain %.*s for \"%s\"; choose another closID",
				shown(r), (int)a.id_len, a.id, *line);
		if (!same_value(&a, &b))
			return err_set(e, EINVAL,
				"resctrl group \"%s\" exists with %.*s:%.*s=%.*s, not \"%s\"; choose another closID, or leave the schema out to use the group as it is",
				shown(r), (int)len, resource, (int)b.id_len, b.id, (int)b.value_len,
				b.value, *line);
	}
	return 0;
}

static int compare(int mount, const struct resctrl *r, struct err *e)
{
	auto_str struct str path = { 0 }, text = { 0 };

	if (!r->lines[0])
		return 0;
	if (fd_read_at(mount, path_of(&path, r->group, NULL, "schemata"), O_NOFOLLOW,
		    LIMIT_KERNEL_FILE, &text) < 0)
		return err_sys(e, errno, "read \"%s\" of resctrl", path.data);
	for (const char *const *line = r->lines; *line; line++) {
		if (compare_line(line, str_text(&text), r, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- making ---- */

static int own_exists(const struct resctrl *r, struct err *e)
{
	return err_set(e, EEXIST,
		"resctrl group \"%s\" exists; give a closID to share it, or remove it (rmdir) if nothing uses it",
		shown(r));
}

static int monitor_exists(const struct resctrl *r, struct err *e)
{
	return err_set(e, EEXIST,
		"resctrl group \"%s\" has a monitoring group \"%s\" already; remove it (rmdir) if nothing uses it",
		shown(r), r->monitor);
}

int resctrl_check(int mount, const struct resctrl *r, bool *ret_exists, struct err *e)
{
	int there = is_there(mount, r->group, NULL);
	int monitor = r->monitor && there > 0 ? is_there(mount, r->group, r->monitor) : 0;

	if (there < 0 || monitor < 0)
		return err_sys(e, errno, "look for resctrl group \"%s\"", shown(r));
	if (there && r->own)
		return own_exists(r, e);
	if (!there && !r->own && !r->lines[0])
		return err_set(e, ENOENT,
			"resctrl group \"%s\" does not exist; make it (mkdir), or give a schema for it",
			shown(r));
	if (monitor)
		return monitor_exists(r, e);
	if (there && compare(mount, r, e) < 0)
		return -1;
	*ret_exists = there;
	return 0;
}

int resctrl_make_group(int mount, const struct resctrl *r, bool *ret_made, struct err *e)
{
	if (r->group[0] && mkdirat(mount, r->group, 0755) == 0) {
		*ret_made = true;
		return 0;
	}
	if (r->group[0] && errno != EEXIST)
		return err_sys(e, errno, "make resctrl group \"%s\"%s", r->group,
			errno == ENOSPC ? " (every class of service of the processor is in use)"
					: "");
	if (r->own)
		return own_exists(r, e);
	if (compare(mount, r, e) < 0)
		return -1;
	*ret_made = false;
	return 0;
}

/* resctrl explains a refusal in a file of its own; "" when it has nothing to say */
static void last_status(int mount, struct str *out)
{
	if (fd_read_at(mount, "info/last_cmd_status", O_NOFOLLOW, LIMIT_KERNEL_FILE, out) < 0 ||
		str_eq(str_text(out), "ok\n")) {
		str_clear(out);
		return;
	}
	out->len = trimmed(out->data, out->len);
	out->data[out->len] = '\0';
}

static int write_error(int mount, int code, struct err *e, const char *path, const char *what)
{
	auto_str struct str why = { 0 };

	last_status(mount, &why);
	if (!why.len)
		return err_sys(e, code, "write \"%s\" to \"%s\" of resctrl", what, path);
	return err_set(e, code, "write \"%s\" to \"%s\" of resctrl: %s (%s)", what, path,
		err_errno_text(code), str_text(&why));
}

int resctrl_write(int mount, const struct resctrl *r, struct err *e)
{
	auto_str struct str path = { 0 }, line = { 0 };
	auto_close int fd = -1;

	if (!r->lines[0])
		return 0;
	fd = openat(mount, path_of(&path, r->group, NULL, "schemata"),
		O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, errno, "open \"%s\" of resctrl", path.data);
	for (const char *const *l = r->lines; *l; l++) {
		str_clear(&line);
		str_addf(&line, "%s\n", *l);
		if (write(fd, line.data, line.len) != (ssize_t)line.len)
			return write_error(mount, errno, e, path.data, *l);
	}
	return 0;
}

/* is one of lines about the resource that line is about? */
static bool is_mentioned(const char *const *lines, const char *line)
{
	const char *resource = skip_blanks(line);
	size_t len = trimmed(resource, strcspn(resource, ":\n"));

	for (; *lines; lines++) {
		if (domains_of(*lines, resource, len))
			return true;
	}
	return false;
}

/* the lines of the file for the resources that r is about */
static void former_lines(struct arena *a, const struct resctrl *r, const char *file,
	struct resctrl *ret)
{
	const char **lines;
	size_t n = 0;

	for (const char *l = file; l; l = next_line(l))
		n++;
	lines = arena_array(a, n + 1, sizeof(*lines));
	n = 0;
	for (const char *l = file; l; l = next_line(l)) {
		if (is_mentioned(r->lines, l))
			lines[n++] = arena_dup(a, skip_blanks(l), strcspn(skip_blanks(l), "\n"));
	}
	*ret = *r;
	ret->lines = lines;
}

int resctrl_change(struct arena *a, int mount, const struct resctrl *r, struct resctrl *ret_former,
	struct err *e)
{
	auto_str struct str path = { 0 }, text = { 0 };
	struct err second;

	if (fd_read_at(mount, path_of(&path, r->group, NULL, "schemata"), O_NOFOLLOW,
		    LIMIT_KERNEL_FILE, &text) < 0)
		return err_sys(e, errno, "read \"%s\" of resctrl", path.data);
	former_lines(a, r, str_text(&text), ret_former);
	if (resctrl_write(mount, r, e) == 0)
		return 0;
	err_init(&second);
	if (resctrl_write(mount, ret_former, &second) < 0)
		(void)err_more(e, "and what was there before cannot be put back: %s",
			err_text(&second));
	return -1;
}

int resctrl_make_monitor(int mount, const struct resctrl *r, bool *ret_made, struct err *e)
{
	auto_str struct str path = { 0 };

	*ret_made = false;
	if (!r->monitor)
		return 0;
	if (mkdirat(mount, path_of(&path, r->group, r->monitor, ""), 0755) < 0) {
		if (errno == EEXIST)
			return monitor_exists(r, e);
		return err_sys(e, errno, "make resctrl monitoring group \"%s\"%s", path.data,
			errno == ENOENT
				? " (monitoring needs kernel 4.14 and a processor that can do it)"
				: errno == ENOSPC
				? " (every monitoring id of the processor is in use)"
				: "");
	}
	*ret_made = true;
	return 0;
}

static int add_task(int mount, const struct resctrl *r, const char *monitor, pid_t pid,
	struct err *e)
{
	auto_str struct str path = { 0 };
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", (int)pid);

	if (fd_write_at(mount, path_of(&path, r->group, monitor, "tasks"), O_NOFOLLOW, text,
		    (size_t)n) < 0)
		return write_error(mount, errno, e, path.data, text);
	return 0;
}

int resctrl_enter(int mount, const struct resctrl *r, pid_t pid, struct err *e)
{
	if (add_task(mount, r, NULL, pid, e) < 0)
		return -1;
	return r->monitor ? add_task(mount, r, r->monitor, pid, e) : 0;
}

/* ---- removing ---- */

static bool has_tasks(int mount, const char *group)
{
	auto_str struct str path = { 0 }, text = { 0 };

	return fd_read_at(mount, path_of(&path, group, NULL, "tasks"), O_NOFOLLOW,
		       LIMIT_KERNEL_FILE, &text) == 0 &&
		text.len > 0;
}

int resctrl_remove(int mount, const char *group, const char *monitor, unsigned flags, struct err *e)
{
	auto_str struct str path = { 0 };

	if (monitor && unlinkat(mount, path_of(&path, group, monitor, ""), AT_REMOVEDIR) < 0 &&
		errno != ENOENT)
		return err_sys(e, errno, "remove resctrl monitoring group \"%s\"", path.data);
	if (!(flags & RESCTRL_GROUP) || !group[0] ||
		((flags & RESCTRL_SHARED) && has_tasks(mount, group)))
		return 0;
	if (unlinkat(mount, group, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_sys(e, errno, "remove resctrl group \"%s\"", group);
	return 0;
}

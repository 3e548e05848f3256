/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_controllers.c - hand controllers down to a cgroup
 *
 * A cgroup has the controllers that its parent lists in cgroup.subtree_control. Without them
 * nothing is limited, and nothing is counted either: no memory, no tasks, no I/O in the statistics.
 * So a cgroup gets every controller that the cgroups above it can give, as with other runtimes,
 * whether or not a limit needs it.
 *
 * What is not needed is asked for at most once a level, and a refusal is no error: cgroups above
 * may belong to somebody else, or have processes of their own. What a limit needs is looked for
 * afterwards, if it is missing, and its refusal is the error. Where everything has been handed down
 * before, which is so from the second container on, all of this is two reads. */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/limits.h"
#include "kern/cgroup_priv.h"

enum { LIST_MAX = 512 }; /* the names of all controllers there are take less than 100 bytes */

size_t cg_parent_len(const struct cg_making *m, size_t len)
{
	while (len > 0 && m->path[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

/* length of the prefix that is one cgroup longer than the one of length len */
static size_t child_len(const struct cg_making *m, size_t len)
{
	len += len > 0;
	return len + strcspn(m->path + len, "/");
}

/* Is name one of the blank-separated words of list? */
static bool has_word(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (;;) {
		size_t n;

		list += strspn(list, " \n");
		n = strcspn(list, " \n");
		if (n == 0)
			return false;
		if (n == len && memcmp(list, name, n) == 0)
			return true;
		list += n;
	}
}

/* The first controller wanted that list lacks, or NULL */
static const char *first_missing(const struct cg_making *m, const char *list)
{
	for (const char *const *c = m->controllers; *c; c++) {
		if (!has_word(list, *c))
			return *c;
	}
	return NULL;
}

/* path of file in the ancestor that is the prefix of length len */
static const char *ancestor_file(const struct cg_making *m, size_t len, const char *file)
{
	return arena_fmt(m->arena, "%.*s%s%s", (int)len, m->path, len > 0 ? "/" : "", file);
}

static const char *ancestor_shown(const struct cg_making *m, size_t len)
{
	return arena_fmt(m->arena, "%s%s%.*s", m->mount, len > 0 ? "/" : "", (int)len, m->path);
}

/* Is the controller bound to a v1 hierarchy? (/proc/cgroups: name, hierarchy; 0 is v2 or none) */
static bool is_in_v1(const char *controller)
{
	auto_str struct str text = { 0 };

	if (fd_read_at(AT_FDCWD, "/proc/cgroups", 0, LIMIT_KERNEL_FILE, &text) < 0)
		return false;
	for (const char *line = str_text(&text); line; line = strchr(line, '\n')) {
		const char *rest;

		line += line[0] == '\n';
		rest = str_after(line, controller);
		if (rest && rest[0] == '\t')
			return rest[1] != '0';
	}
	return false;
}

/* what a kernel needs for a controller of cgroup v2 */
static const char *needed_for(const char *controller)
{
	static const struct {
		const char *name, *needs;
	} rows[] = {
		{ "cpu", "kernel 4.15 with CONFIG_CGROUP_SCHED" },
		{ "cpuset", "kernel 5.0 with CONFIG_CPUSETS" },
		{ "dmem", "kernel 6.14 with CONFIG_CGROUP_DMEM" },
		{ "hugetlb", "kernel 5.6 with CONFIG_CGROUP_HUGETLB" },
		{ "io", "kernel 4.5 with CONFIG_BLK_CGROUP" },
		{ "memory", "kernel 4.5 with CONFIG_MEMCG" },
		{ "misc", "kernel 5.13 with CONFIG_CGROUP_MISC" },
		{ "pids", "kernel 4.5 with CONFIG_CGROUP_PIDS" },
		{ "rdma", "kernel 4.11 with CONFIG_CGROUP_RDMA" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (str_eq(rows[i].name, controller))
			return rows[i].needs;
	}
	return NULL;
}

/* The top of what we see lacks controller: say what the host would have to change. */
static int not_available(const struct cg_making *m, const char *controller, const char *has,
	struct err *e)
{
	const char *needs = needed_for(controller), *way;

	/* only the true root has no cgroup.type: elsewhere an ancestor we cannot see keeps it back
	 */
	if (!needs)
		way = "correct the name, no controller that is known is called so,";
	else if (faccessat(m->mount_fd, "cgroup.type", F_OK, 0) == 0)
		way = "let the host delegate it (systemd: Delegate=yes)";
	else if (is_in_v1(controller))
		way = "boot without cgroup v1 (systemd.unified_cgroup_hierarchy=1)";
	else
		way = arena_fmt(m->arena, "boot %s (it may be off by cgroup_disable=)", needs);
	return err_set(e, ENOENT,
		"controller \"%s\" is not available in cgroup \"%s\" (cgroup.controllers has: %.*s); "
		"%s or do without the limit",
		controller, m->mount, (int)strcspn(has, "\n"),
		has[0] == '\n' || has[0] == '\0' ? "none" : has, way);
}

static int hand_down_failed(const struct cg_making *m, size_t len, const char *value, int error,
	struct err *e)
{
	const char *shown = ancestor_shown(m, len);
	auto_str struct str procs = { 0 };
	auto_close int fd = -1;

	if (error == EBUSY)
		fd = cg_openat(m->mount_fd, ancestor_file(m, len, "."), O_RDONLY | O_DIRECTORY);
	if (fd >= 0)
		cg_list_procs(fd, &procs);
	if (procs.len == 0)
		return err_sys(e, error,
			"write \"%s\" to \"cgroup.subtree_control\" of cgroup \"%s\"", value,
			shown);
	(void)err_sys(e, error,
		"write \"%s\" to \"cgroup.subtree_control\" of cgroup \"%s\", "
		"which has processes of its own (%s)",
		value, shown, str_text(&procs));
	return err_more(e, "move them into a child cgroup, or choose another linux.cgroupsPath");
}

/* Is the ancestor one with processes, and not the root? The kernel refuses to hand down most
 * controllers from there. With cpu, cpuset and pids it does it, but the ancestor becomes a threaded
 * one, below which no container can be. */
static bool is_occupied(const struct cg_making *m, size_t len)
{
	auto_str struct str procs = { 0 };

	return cg_read(m->mount_fd, ancestor_file(m, len, "cgroup.procs"), &procs) == 0 &&
		procs.len > 0 &&
		faccessat(m->mount_fd, ancestor_file(m, len, "cgroup.type"), F_OK, 0) == 0;
}

/* Write the controllers to subtree_control of every ancestor from the prefix of length len down. */
static int hand_down(const struct cg_making *m, size_t len, struct err *e)
{
	auto_str struct str value = { 0 };

	for (const char *const *c = m->controllers; *c; c++)
		str_addf(&value, "%s+%s", value.len > 0 ? " " : "", *c);
	while (len < m->len) {
		const char *file = ancestor_file(m, len, "cgroup.subtree_control");
		auto_close int fd = -1;

		if (is_occupied(m, len))
			return hand_down_failed(m, len, str_text(&value), EBUSY, e);
		fd = cg_openat(m->mount_fd, file, O_WRONLY);
		if (fd < 0 || fd_write_all(fd, value.data, value.len) < 0)
			return hand_down_failed(m, len, str_text(&value), errno, e);
		len = child_len(m, len);
	}
	return 0;
}

/* The controllers that a limit needs, from the nearest cgroup above that has all of them. */
static int hand_down_needed(const struct cg_making *m, struct err *e)
{
	size_t len = m->len;
	auto_str struct str has = { 0 };

	do {
		len = cg_parent_len(m, len);
		str_clear(&has);
		if (cg_read(m->mount_fd, ancestor_file(m, len, "cgroup.controllers"), &has) < 0)
			return err_sys(e, errno, "read \"cgroup.controllers\" of cgroup \"%s\"",
				ancestor_shown(m, len));
		if (!first_missing(m, str_text(&has)))
			return hand_down(m, len, e);
	} while (len > 0);
	return not_available(m, first_missing(m, str_text(&has)), str_text(&has), e);
}

/* ---- what no limit needs ---- */

/* cgroup.controllers behind dirfd: one read(2), since the kernel puts it together as a whole. 0, or
 * -1 with errno */
static int read_list(int dirfd, const char *file, char ret[LIST_MAX])
{
	auto_close int fd = cg_openat(dirfd, file, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = read(fd, ret, LIST_MAX - 1);
	while (n < 0 && errno == EINTR);
	ret[n > 0 ? n : 0] = '\0';
	return n < 0 ? -1 : 0;
}

/* "+memory +pids": the words of has that list lacks */
static void list_missing(const char *has, const char *list, struct str *ret)
{
	for (;;) {
		char word[LIST_MAX];
		size_t len;

		has += strspn(has, " \n");
		len = strcspn(has, " \n");
		if (len == 0)
			return;
		memcpy(word, has, len);
		word[len] = '\0';
		if (!has_word(list, word))
			str_addf(ret, "%s+%s", ret->len > 0 ? " " : "", word);
		has += len;
	}
}

/* One controller may be refused for a reason of its own (cpu: while a real-time process is outside
 * of the root), and the kernel does all that a write asks for or nothing. */
static void hand_down_each(int fd, const char *list)
{
	while (*list) {
		const size_t len = strcspn(list, " ");

		(void)!write(fd, list, len);
		list += len;
		list += strspn(list, " ");
	}
}

/* Let the ancestor, the prefix of length len, hand down all that has lists and next lacks; next is
 * what is one level down, now and then */
static void hand_down_missing(const struct cg_making *m, size_t len, const char *has,
	char next[LIST_MAX])
{
	auto_str struct str missing = { 0 };
	auto_close int fd = -1;

	list_missing(has, next, &missing);
	if (missing.len == 0 || is_occupied(m, len))
		return;
	fd = cg_openat(m->mount_fd, ancestor_file(m, len, "cgroup.subtree_control"), O_WRONLY);
	if (fd < 0)
		return;
	if (fd_write_all(fd, missing.data, missing.len) < 0)
		hand_down_each(fd, missing.data);
	(void)!read_list(m->mount_fd, ancestor_file(m, child_len(m, len), "cgroup.controllers"),
		next);
}

static bool may_hand_down(const struct cg_making *m, size_t len)
{
	const char *file = ancestor_file(m, len, "cgroup.subtree_control");

	return faccessat(m->mount_fd, file, W_OK, AT_EACCESS) == 0;
}

/* From the highest cgroup whose controllers are the caller's to hand down, to the one that is being
 * made. */
static void hand_down_all(const struct cg_making *m)
{
	size_t len = cg_parent_len(m, m->len);
	char has[LIST_MAX], next[LIST_MAX];

	if (!may_hand_down(m, len))
		return;
	while (len > 0 && may_hand_down(m, cg_parent_len(m, len)))
		len = cg_parent_len(m, len);
	if (read_list(m->mount_fd, ancestor_file(m, len, "cgroup.controllers"), has) < 0)
		return;
	while (len < m->len) {
		const char *below = ancestor_file(m, child_len(m, len), "cgroup.controllers");

		if (read_list(m->mount_fd, below, next) < 0)
			return;
		hand_down_missing(m, len, has, next);
		memcpy(has, next, sizeof(has));
		len = child_len(m, len);
	}
}

int cg_hand_down(const struct cg_making *m, int fd, struct err *e)
{
	char all[LIST_MAX], has[LIST_MAX];

	if (!m->controllers)
		return 0;
	if (read_list(fd, "cgroup.controllers", has) < 0)
		return err_sys(e, errno, "read \"cgroup.controllers\" of cgroup \"%s\"", m->shown);
	if (read_list(m->mount_fd, "cgroup.controllers", all) < 0)
		return err_sys(e, errno, "read \"cgroup.controllers\" of cgroup \"%s\"", m->mount);
	/* what the top lacks nobody has: then nothing is changed */
	if (!str_eq(all, has) && !first_missing(m, all)) {
		hand_down_all(m);
		if (m->controllers[0] && read_list(fd, "cgroup.controllers", has) < 0)
			return err_sys(e, errno, "read \"cgroup.controllers\" of cgroup \"%s\"",
				m->shown);
	}
	return first_missing(m, has) ? hand_down_needed(m, e) : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_make.c - a new cgroup with the controllers it needs
 *
 * Order: the directory first, by one mkdirat(2) of the whole path; parents only when that finds one
 * missing, the checks of an existing cgroup only when that finds one. Controllers come after it:
 * what the new cgroup.controllers lacks is looked for in the ancestors from the nearest up, then
 * handed down from there. A directory made here is registered before anything can fail behind it. */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/limits.h"
#include "kern/cgroup_priv.h"

enum {
	MAKE_TRIES = 16, /* somebody else may remove an empty parent in between */
	CG_MODE = 0755,
};

struct making {
	int mount_fd;
	char *path; /* below the mount, cut in place at a slash for a moment */
	size_t len;
	size_t first_made; /* length of the shortest prefix of path that was made here, 0: none */
	bool leaf_made;
	bool adopt; /* somebody else has made it, and may have put processes into it */
	const char *mount,
		*shown; /* for messages: path of the mount, and of the cgroup on the host */
	const char *const *controllers;
	struct arena *arena;
};

static void note_made(struct making *m, size_t len)
{
	if (m->first_made == 0 || len < m->first_made)
		m->first_made = len;
}

/* length of the parent of the prefix of length len; 0: the mount itself */
static size_t parent_len(const struct making *m, size_t len)
{
	while (len > 0 && m->path[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

/* Remove what was made here, deepest first; others may have put their own into it, then it stays. */
static void unmake(struct making *m)
{
	if (!m->leaf_made)
		return;
	for (size_t len = m->len; len >= m->first_made && len > 0; len = parent_len(m, len)) {
		m->path[len] = '\0';
		if (unlinkat(m->mount_fd, m->path, AT_REMOVEDIR) < 0)
			return;
	}
}

static int make_parents(struct making *m)
{
	for (char *slash = strchr(m->path, '/'); slash; slash = strchr(slash + 1, '/')) {
		int r;

		*slash = '\0';
		r = mkdirat(m->mount_fd, m->path, CG_MODE);
		*slash = '/';
		if (r == 0)
			note_made(m, (size_t)(slash - m->path));
		else if (errno != EEXIST && errno != ENOENT)
			return -1;
	}
	return 0;
}

/* 0, or -1 with errno */
static int make_path(struct making *m)
{
	for (unsigned i = 0; i < MAKE_TRIES; i++) {
		if (mkdirat(m->mount_fd, m->path, CG_MODE) == 0) {
			note_made(m, m->len);
			m->leaf_made = true;
			return 0;
		}
		if (errno == EEXIST)
			return 0;
		if (errno != ENOENT || make_parents(m) < 0)
			break;
	}
	return -1;
}

static int make_failed(const struct making *m, int error, struct err *e)
{
	(void)err_sys(e, error, "make cgroup \"%s\"", m->shown);
	if (error == EAGAIN)
		return err_more(e,
			"cgroup.max.descendants or cgroup.max.depth of an ancestor is reached");
	return -1;
}

/* CGP-07: a cgroup that somebody else uses is not ours to put limits on, nor to kill later. */
static int check_unused(const char *shown, int fd, struct err *e)
{
	auto_str struct str procs = { 0 };
	int populated = cg_populated(fd), frozen = cg_frozen(fd);

	if (populated < 0 || frozen < 0)
		return err_sys(e, errno, "read \"cgroup.events\" of cgroup \"%s\"", shown);
	if (populated > 0) {
		cg_list_procs(fd, &procs);
		return err_set(e, EBUSY,
			"cgroup \"%s\" exists and has processes in it (%s), must be empty", shown,
			str_text(&procs));
	}
	if (frozen > 0)
		return err_set(e, EBUSY, "cgroup \"%s\" exists and is frozen, must be thawed",
			shown);
	return 0;
}

int cg_probe(struct arena *a, const char *mount, const char *path, bool *ret_exists, struct err *e)
{
	const char *shown = arena_fmt(a, "%s%s", mount, path);
	auto_close int fd = cg_open(mount, path);

	if (fd < 0 && errno != ENOENT)
		return err_sys(e, errno, "open cgroup \"%s\"", shown);
	if (fd >= 0 && check_unused(shown, fd, e) < 0)
		return -1;
	*ret_exists = fd >= 0;
	return 0;
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
static const char *first_missing(const struct making *m, const char *list)
{
	for (const char *const *c = m->controllers; *c; c++) {
		if (!has_word(list, *c))
			return *c;
	}
	return NULL;
}

/* path of file in the ancestor that is the prefix of length len */
static const char *ancestor_file(const struct making *m, size_t len, const char *file)
{
	return arena_fmt(m->arena, "%.*s%s%s", (int)len, m->path, len > 0 ? "/" : "", file);
}

static const char *ancestor_shown(const struct making *m, size_t len)
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
static int not_available(const struct making *m, const char *controller, const char *has,
	struct err *e)
{
	const char *needs = needed_for(controller), *way;

	/* only the true root has no cgroup.type: elsewhere an ancestor we cannot see keeps it back */
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

static int hand_down_failed(const struct making *m, size_t len, const char *value, int error,
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

/* Is the ancestor one with processes, and not the root? The kernel refuses to hand down most controllers from there. With
 * cpu, cpuset and pids it does it, but the ancestor becomes a threaded one, below which no container can be. */
static bool is_occupied(const struct making *m, size_t len)
{
	auto_str struct str procs = { 0 };

	return cg_read(m->mount_fd, ancestor_file(m, len, "cgroup.procs"), &procs) == 0 &&
		procs.len > 0 &&
		faccessat(m->mount_fd, ancestor_file(m, len, "cgroup.type"), F_OK, 0) == 0;
}

/* Write the controllers to subtree_control of every ancestor from the prefix of length len down. */
static int hand_down(const struct making *m, size_t len, struct err *e)
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
		len += len > 0;
		len += strcspn(m->path + len, "/");
	}
	return 0;
}

static int enable_controllers(const struct making *m, int fd, struct err *e)
{
	size_t len = m->len;
	auto_str struct str has = { 0 };

	if (!m->controllers || !m->controllers[0])
		return 0;
	if (cg_read(fd, "cgroup.controllers", &has) < 0)
		return err_sys(e, errno, "read \"cgroup.controllers\" of cgroup \"%s\"", m->shown);
	if (!first_missing(m, str_text(&has)))
		return 0;
	do {
		const char *file;

		len = parent_len(m, len);
		file = ancestor_file(m, len, "cgroup.controllers");
		str_clear(&has);
		if (cg_read(m->mount_fd, file, &has) < 0)
			return err_sys(e, errno, "read \"cgroup.controllers\" of cgroup \"%s\"",
				ancestor_shown(m, len));
		if (!first_missing(m, str_text(&has)))
			return hand_down(m, len, e);
	} while (len > 0);
	return not_available(m, first_missing(m, str_text(&has)), str_text(&has), e);
}

/* everything that needs undoing when it fails */
static int make_and_open(struct making *m, int *ret_fd, struct err *e)
{
	auto_close int fd = -1;

	if (!m->adopt && make_path(m) < 0)
		return make_failed(m, errno, e);
	fd = cg_openat(m->mount_fd, m->path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return err_sys(e, errno, "open cgroup \"%s\"", m->shown);
	if (!m->leaf_made && !m->adopt && check_unused(m->shown, fd, e) < 0)
		return -1;
	if (enable_controllers(m, fd, e) < 0)
		return -1;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int open_at(struct making *m, const char *path, int *ret_fd, struct err *e)
{
	const char *mount = m->mount, *below = cg_relative(path);
	auto_close int mount_fd = -1;

	if (!below || below[0] == '\0')
		return err_set(e, EINVAL,
			"cgroup path \"%s\" must be absolute, below \"/\" and without \".\", \"..\" or \"//\"",
			path);
	mount_fd = cg_open_mount(mount);
	if (mount_fd < 0)
		return err_sys(e, errno, "open the cgroup2 mount \"%s\"", mount);
	m->mount_fd = mount_fd;
	m->path = arena_str(m->arena, below);
	m->len = strlen(below);
	m->shown = arena_fmt(m->arena, "%s%s", mount, path);
	if (make_and_open(m, ret_fd, e) < 0) {
		unmake(m);
		return -1;
	}
	return 0;
}

int cg_make(struct arena *a, const char *mount, const char *path, const char *const *controllers,
	unsigned *ret_made, int *ret_fd, struct err *e)
{
	struct making m = { .mount = mount, .controllers = controllers, .arena = a };

	if (open_at(&m, path, ret_fd, e) < 0)
		return -1;
	*ret_made = m.leaf_made;
	for (const char *c = m.leaf_made ? m.path + m.first_made : ""; *c; c++)
		*ret_made += *c == '/';
	return 0;
}

int cg_adopt(struct arena *a, const char *mount, const char *path, const char *const *controllers,
	int *ret_fd, struct err *e)
{
	struct making m = { .mount = mount, .controllers = controllers, .arena = a, .adopt = true };

	return open_at(&m, path, ret_fd, e);
}

int cg_make_child(int fd, const char *name)
{
	int child;

	if (mkdirat(fd, name, CG_MODE) < 0)
		return -1;
	child = cg_openat(fd, name, O_RDONLY | O_DIRECTORY);
	if (child < 0) {
		int error = errno;

		(void)unlinkat(fd, name, AT_REMOVEDIR);
		errno = error;
	}
	return child;
}

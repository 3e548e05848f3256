/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_make.c - a new cgroup with the controllers it needs
 *
 * Order: the directory first, by one mkdirat(2) of the whole path; parents only when that finds one
 * missing, the checks of an existing cgroup only when that finds one. Controllers come after it
 * (cgroup_controllers.c). A directory made here is registered before anything can fail behind it.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/limits.h"
#include "kern/cgroup_priv.h"

enum {
	MAKE_TRIES = 16, /* somebody else may remove an empty parent in between */
	CG_MODE = 0755,
};

static void note_made(struct cg_making *m, size_t len)
{
	if (m->first_made == 0 || len < m->first_made)
		m->first_made = len;
}

/* Remove what was made here, deepest first; others may have put their own into it, then it stays.
 */
static void unmake(struct cg_making *m)
{
	if (!m->leaf_made)
		return;
	for (size_t len = m->len; len >= m->first_made && len > 0; len = cg_parent_len(m, len)) {
		m->path[len] = '\0';
		if (unlinkat(m->mount_fd, m->path, AT_REMOVEDIR) < 0)
			return;
	}
}

static int make_parents(struct cg_making *m)
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
static int make_path(struct cg_making *m)
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

static int make_failed(const struct cg_making *m, int error, struct err *e)
{
	(void)err_sys(e, error, "make cgroup \"%s\"", m->shown);
	if (error == EAGAIN)
		return err_more(e,
			"cgroup.max.descendants or cgroup.max.depth of an ancestor is reached");
	if (error == EROFS)
		return err_more(e,
			"cgroup2 is mounted read-only: \"mount -o remount,rw %s\", or --cgroup-manager disabled",
			m->mount);
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
			"container's cgroup is not empty: \"%s\" exists and has processes in it (%s)",
			shown, str_text(&procs));
	}
	if (frozen > 0)
		return err_set(e, EBUSY,
			"container's cgroup unexpectedly frozen: \"%s\" exists and must be thawed",
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

/* everything that needs undoing when it fails */
static int make_and_open(struct cg_making *m, int *ret_fd, struct err *e)
{
	auto_close int fd = -1;

	if (!m->adopt && make_path(m) < 0)
		return make_failed(m, errno, e);
	fd = cg_openat(m->mount_fd, m->path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return err_sys(e, errno, "open cgroup \"%s\"", m->shown);
	if (!m->leaf_made && !m->adopt && check_unused(m->shown, fd, e) < 0)
		return -1;
	if (cg_hand_down(m, fd, e) < 0)
		return -1;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int open_at(struct cg_making *m, const char *path, int *ret_fd, struct err *e)
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
	struct cg_making m = { .mount = mount, .controllers = controllers, .arena = a };

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
	struct cg_making m = { .mount = mount,
		.controllers = controllers,
		.arena = a,
		.adopt = true };

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

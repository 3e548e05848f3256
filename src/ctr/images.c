/* SPDX-License-Identifier: Apache-2.0 */
#include "images.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/num.h"
#include "base/path.h"
#include "kern/mnt.h"

/* ADDRESS:PORT, where the address may be "[::1]" */
static int set_server(struct images *i, struct arena *a, const char *text, struct err *e)
{
	const char *colon = text ? strrchr(text, ':') : NULL;
	uint32_t port = 0;

	if (!text)
		return 0;
	if (!colon || colon == text || !num_u32(colon + 1, &port) || port == 0 || port > 65535)
		return err_set(e, EINVAL,
			"--page-server must be ADDRESS:PORT with a port from 1 to 65535, not \"%s\"",
			text);
	if (text[0] == '[' && colon[-1] == ']')
		i->job.server = arena_dup(a, text + 1, (size_t)(colon - text) - 2);
	else
		i->job.server = arena_dup(a, text, (size_t)(colon - text));
	i->job.port = (int)port;
	return 0;
}

static int set_empty_ns(struct images *i, const char *const *list, struct err *e)
{
	/* devices, addresses and rules of a network namespace are the engine's to make again */
	i->job.empty_ns = CLONE_NEWNET;
	for (; list && *list; list++) {
		if (!str_eq(*list, "network"))
			return err_set(e, EINVAL, "--empty-ns must be network, not \"%s\"", *list);
	}
	return 0;
}

static int check_status_fd(int fd, struct err *e)
{
	int flags = fd ? fcntl(fd, F_GETFL) : O_WRONLY;

	if (flags < 0)
		return err_sys(e, errno, "--status-fd: use descriptor %d", fd);
	if ((flags & O_ACCMODE) == O_RDONLY)
		return err_set(e, EBADF, "--status-fd: descriptor %d cannot be written to", fd);
	return 0;
}

int images_init(struct images *i, struct arena *a, const struct checkpoint_options *o,
	struct err *e)
{
	*i = (struct images){ .job = { .flags = o->flags,
				      .network_lock = o->network_lock,
				      .parent = o->parent,
				      .lsm_profile = o->lsm_profile,
				      .lsm_mount_context = o->lsm_mount_context,
				      .images = -1,
				      .work = -1 } };
	if (geteuid() != 0)
		return err_set(e, EPERM,
			"criu needs root: call as root, for a container that root has made");
	if (o->parent && path_is_abs(o->parent))
		return err_set(e, EINVAL,
			"--parent-path must be relative to the directory of the images, not \"%s\"",
			o->parent);
	if (set_server(i, a, o->page_server, e) < 0 || set_empty_ns(i, o->empty_ns, e) < 0 ||
		check_status_fd(o->status_fd, e) < 0)
		return -1;
	if (o->lsm_profile && !str_after(o->lsm_profile, "apparmor:") &&
		!str_after(o->lsm_profile, "selinux:"))
		return err_set(e, EINVAL,
			"--lsm-profile must be apparmor:PROFILE or selinux:LABEL, not \"%s\"",
			o->lsm_profile);
	if (criu_open(a, o->program, &i->criu, e) < 0)
		return -1;
	return criu_check(i->criu, &i->job, e);
}

static void images_close(struct images *i)
{
	def_close(&i->job.images);
	def_close(&i->job.work);
	i->job.images = i->job.work = -1;
}

void images_done(struct images *i)
{
	criu_close(i->criu);
	images_close(i);
}

static int open_directory(const char *path, bool make, const char *option, int *ret, struct err *e)
{
	if (make && fd_make_dir(path, 0700) < 0)
		return err_sys(e, errno, "--%s: make directory \"%s\"", option, path);
	*ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret < 0 ? err_sys(e, errno, "--%s: open directory \"%s\"", option, path) : 0;
}

/* without the right parent criu takes it for a first dump, and says nothing */
static int check_parent(const struct images *i, const char *images, struct err *e)
{
	struct stat st;

	if (!i->job.parent)
		return 0;
	if (fstatat(i->job.images, i->job.parent, &st, 0) < 0)
		return err_sys(e, errno, "--parent-path: find \"%s/%s\"", images, i->job.parent);
	return S_ISDIR(st.st_mode) ? 0
				   : err_set(e, ENOTDIR, "--parent-path: \"%s/%s\" is no directory",
					     images, i->job.parent);
}

int images_open(struct images *i, struct arena *a, const struct checkpoint_options *o,
	unsigned flags, struct err *e)
{
	const char *work = o->work ? o->work : o->images;
	bool make = flags & IMAGES_MAKE;
	char cwd[PATH_MAX];

	if (!path_is_abs(work)) {
		if (!getcwd(cwd, sizeof(cwd)))
			return err_sys(e, errno, "find the current directory");
		work = path_join(a, cwd, work);
	}
	i->job.work_path = path_clean(a, work);
	images_close(i);
	if (open_directory(o->images, make, "image-path", &i->job.images, e) < 0)
		return -1;
	if (!make && faccessat(i->job.images, "inventory.img", F_OK, 0) < 0)
		return err_sys(e, errno,
			"--image-path: directory \"%s\" has no images of a checkpoint: open \"inventory.img\"",
			o->images);
	if (check_parent(i, o->images, e) < 0)
		return -1;
	return open_directory(i->job.work_path, true, "work-path", &i->job.work, e);
}

const char *images_config(const struct config_annotation *annotations, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(annotations[i].key, "org.criu.config"))
			return annotations[i].value[0] ? annotations[i].value : NULL;
	}
	return "/etc/criu/runc.conf";
}

int images_check(const struct plan *p, struct err *e)
{
	if (p->landlock.given)
		return err_set(e, EOPNOTSUPP,
			"criu cannot restore Landlock rules (annotations \"crun-lite.landlock.\"): the program would run without them");
	if (p->listener.path)
		return err_set(e, EOPNOTSUPP,
			"criu cannot restore a seccomp filter that notifies an agent (linux.seccomp.listenerPath)");
	if (plan_join_of(&p->ns, CLONE_NEWCGROUP))
		return err_set(e, EOPNOTSUPP, "%s: criu cannot join a cgroup namespace",
			plan_join_of(&p->ns, CLONE_NEWCGROUP)->where);
	for (size_t i = 0; i < p->root.n_build; i++) {
		const struct op *op = &p->root.build[i];

		if ((op->kind == OP_BIND || op->kind == OP_MOUNT) &&
			(op->mount.uids || (op->flags & OP_USERNS_IDMAP)))
			return err_set(e, EOPNOTSUPP,
				"%s: criu cannot restore mapped ids of a mount", op->where);
	}
	return 0;
}

enum criu_cgroups images_cgroups(const struct checkpoint_options *o, const char *mount)
{
	if (o->has_cgroups)
		return o->cgroups;
	return mount && str_eq(mount, "/sys/fs/cgroup") ? CRIU_CGROUPS_SOFT : CRIU_CGROUPS_IGNORE;
}

const char *images_cgroup_options(struct arena *a, const char *mount)
{
	auto_str struct str text = { 0 };
	const char *place = arena_fmt(a, " %s ", mount), *found = NULL;

	if (fd_read_at(AT_FDCWD, "/proc/self/mountinfo", 0, LIMIT_STATE_BYTES, &text) < 0)
		return "";
	for (const char *line = str_text(&text); *line;) {
		size_t len = strcspn(line, "\n");
		const char *at = memmem(line, len, place, strlen(place));
		const char *type = memmem(line, len, " - cgroup2 ", strlen(" - cgroup2 "));

		if (at && type && at < type) /* the last one is on top */
			found = type + strlen(" - cgroup2 ");
		line += len + (line[len] == '\n');
	}
	found = found ? strchr(found, ' ') : NULL; /* behind the source */
	return found ? arena_dup(a, found + 1, strcspn(found + 1, "\n")) : "";
}

void images_cgroup_restore(struct arena *a, const char *mount, const char *options)
{
	const char **list = arena_array(a, strlen(options) + 1, sizeof(*list));
	auto_close int fd = -1;
	size_t n = 0;
	struct err e;

	if (!options[0] || str_eq(images_cgroup_options(a, mount), options))
		return;
	for (const char *p = options; *p;) {
		size_t len = strcspn(p, ",");
		const char *word = arena_dup(a, p, len);

		if (!str_eq(word, "rw") && !str_eq(word, "ro"))
			list[n++] = word;
		p += len + (p[len] == ',');
	}
	err_init(&e);
	fd = open(mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || mnt_reconfigure(fd, list, 0, 0, &e) < 0)
		log_warning(
			"criu has changed the options \"%s\" of \"%s\", which cannot be put back: %s",
			options, mount, fd < 0 ? err_errno_text(errno) : err_text(&e));
}

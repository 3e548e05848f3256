/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: criu looks at the processes from outside. What it must be told is what of the container
 * is not the container's: mounts of the host's files, namespaces that were joined, standard
 * descriptors that lead out. All of that is known from config.json and the state as they were at
 * create, and from /proc. criu stops everything through the freezer of the cgroup, and lets it go
 * on when something fails. */
#include "ctr/checkpoint.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/jsonw.h"
#include "base/limits.h"
#include "base/log.h"
#include "criu_labels.h"
#include "ctr/hooks.h"
#include "ctr/kill.h"
#include "ctr/local.h"
#include "ctr/notify.h"
#include "ctr/status.h"
#include "images.h"
#include "kern/inroot.h"
#include "standard.h"

struct checkpoint {
	const struct checkpoint_options *options;
	struct arena arena;
	struct str text;
	struct config config;
	struct plan plan;
	struct container container;
	struct images images;
	const char *links[STATE_DESCRIPTORS + 1]; /* for descriptors.json */
	int proc_fd, process_fd; /* O_PATH of /proc, and of the first process in it */
	struct err *refused;     /* what an event finds wrong */
	bool failed;             /* it did */
};

#define auto_checkpoint __attribute__((cleanup(checkpoint_done)))

static void checkpoint_done(struct checkpoint *c)
{
	images_done(&c->images);
	def_close(&c->proc_fd);
	def_close(&c->process_fd);
	container_done(&c->container);
	str_done(&c->text);
	arena_done(&c->arena);
}

static int check_status(const struct checkpoint *c, struct err *e)
{
	enum ctr_status status;

	if (ctr_status(&c->container, &status, NULL, e) < 0)
		return -1;
	if (status == STATUS_RUNNING || status == STATUS_PAUSED)
		return 0;
	if (status == STATUS_STOPPED)
		return err_set(e, ESRCH,
			"cannot checkpoint a stopped container: container not running");
	return err_set(e, EBUSY, "cannot checkpoint a container in the %s state",
		ctr_status_name(status));
}

/* what the container consists of, by the configuration it was made with */
static int read_plan(struct checkpoint *c, struct err *e)
{
	const struct state *s = &c->container.state;
	struct plan_options o = { .id = s->id, .bundle = s->bundle };

	if (fd_read_regular(c->container.dir_fd, STORE_CONFIG, STORE_CONFIG, LIMIT_CONFIG_BYTES,
		    &c->text, e) < 0)
		return err_in(e, "the configuration of the container");
	if (config_parse(&c->arena, STORE_CONFIG, str_text(&c->text), c->text.len, &c->config, e) <
		0)
		return -1;
	if (faccessat(c->container.dir_fd, NOTIFY_DIR, F_OK, 0) == 0)
		o.notify_dir = NOTIFY_DIR; /* where it is does not matter here */
	if (plan_make_dump(&c->arena, &c->config, &o, &c->plan, e) < 0)
		return -1;
	c->plan.landlock.given = c->config.landlock.at != NULL;
	c->plan.listener.path = s->listener;
	return images_check(&c->plan, e);
}

/* ---- mounts ---- */

/* The place of a mount as the kernel calls it: target may lead through symbolic links of the image
 * (/var/run). NULL: nothing is there. */
static const char *real_place(struct checkpoint *c, int root, const char *target, bool *ret_dir)
{
	auto_close int fd = inroot_find(root, target, 0);
	char link[32], path[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	*ret_dir = S_ISDIR(st.st_mode);
	(void)snprintf(link, sizeof(link), "self/fd/%d", fd);
	n = readlinkat(c->proc_fd, link, path, sizeof(path));
	return n > 0 && n < (ssize_t)sizeof(path) ? arena_dup(&c->arena, path, (size_t)n) : NULL;
}

/* names in the images are places in config.json, so that restore needs nothing else to find the
 * source */
static void add_mount(struct checkpoint *c, int root, const char *target, const char *name)
{
	struct criu_job *j = &c->images.job;
	bool dir = false;
	const char *place = real_place(c, root, target, &dir);

	/* a directory is masked by a file system of its own */
	if (place && !(dir && name))
		j->mounts[j->n_mounts++] = (struct criu_pair){ place, name ? name : target };
}

static int add_mounts(struct checkpoint *c, struct err *e)
{
	const struct plan_root *r = &c->plan.root;
	auto_close int root = openat(c->process_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return err_sys(e, errno, "open the root of process %d", c->container.state.pid);
	c->images.job.mounts =
		arena_array(&c->arena, r->n_build + r->n_seal, sizeof(*c->images.job.mounts));
	for (size_t i = 0; i < r->n_build; i++) {
		const struct op *op = &r->build[i];

		if (op->kind == OP_BIND || (op->kind == OP_NODE && op->node.bind))
			add_mount(c, root, op->target, NULL);
	}
	for (size_t i = 0; i < r->n_seal; i++) {
		if (r->seal[i].kind == OP_MASK)
			add_mount(c, root, r->seal[i].target, "/dev/null");
	}
	return 0;
}

/* ---- namespaces ---- */

static int add_namespaces(struct checkpoint *c, struct err *e)
{
	static const struct {
		unsigned type;
		const char *file, *format;
	} types[] = {
		{ CLONE_NEWNET, "ns/net", "net[%llu]:" IMAGES_NET },
		{ CLONE_NEWPID, "ns/pid", "pid[%llu]:" IMAGES_PID },
	};
	struct criu_job *j = &c->images.job;
	const struct plan_namespaces *ns = &c->plan.ns;
	struct stat st;

	for (size_t i = 0; i < ns->n_join; i++) {
		for (size_t k = 0; k < ARRAY_LEN(types); k++) {
			if (ns->join[i].type != types[k].type)
				continue;
			if (fstatat(c->process_fd, types[k].file, &st, 0) < 0)
				return err_sys(e, errno, "look at \"%s\" of process %d",
					types[k].file, c->container.state.pid);
			j->external[j->n_external++] = arena_fmt(&c->arena,
				k == 0 ? "net[%llu]:" IMAGES_NET : "pid[%llu]:" IMAGES_PID,
				(unsigned long long)st.st_ino);
		}
	}
	return 0;
}

/* ---- standard descriptors ---- */

/* is mount id one of the container's? */
static bool has_mount(const struct str *mountinfo, unsigned id)
{
	char line[16];
	size_t n = (size_t)snprintf(line, sizeof(line), "%u ", id);

	for (const char *p = str_text(mountinfo); *p; p += strcspn(p, "\n"), p += *p == '\n') {
		if (strncmp(p, line, n) == 0)
			return true;
	}
	return false;
}

/* What of them is the host's, by create or restore: criu leaves it out, and a restore gives another
 * in its place. A terminal of the caller's, of a program without one of its own, is left out only
 * when that is wanted; else criu says what it thinks of it. */
static int add_descriptors(struct checkpoint *c, struct err *e)
{
	const char *const *names = c->container.state.descriptors;
	struct criu_job *j = &c->images.job;
	auto_str struct str mountinfo = { 0 };

	if (!names && !c->config.process.terminal)
		return err_set(e, ENODATA,
			"nothing is recorded of the standard descriptors of the container: another version of crun-lite made it");
	if (fd_read_at(c->process_fd, "mountinfo", 0, 64u << 20, &mountinfo) < 0)
		return err_sys(e, errno, "read the mounts of process %d", c->container.state.pid);
	for (size_t i = 0; names && names[i]; i++) {
		unsigned mount;
		bool outside = standard_mount(names[i], &mount)
			? !has_mount(&mountinfo, mount)
			: (j->flags & CRIU_SHELL_JOB) && str_after(names[i], "tty[");

		if (outside)
			j->external[j->n_external++] = names[i];
		c->links[i] = outside || str_after(names[i], "pipe:[") ? names[i] : "";
	}
	return 0;
}

static int write_descriptors(const struct checkpoint *c, struct err *e)
{
	auto_str struct str text = { 0 };
	struct jsonw w;

	jsonw_init(&w, &text, 0);
	jsonw_strings(&w, NULL, c->links);
	if (fd_replace_at(c->images.job.images, IMAGES_DESCRIPTORS, text.data, text.len, 0600) < 0)
		return err_sys(e, errno, "--image-path: write \"%s/%s\"", c->options->images,
			IMAGES_DESCRIPTORS);
	return 0;
}

/* ---- the job ---- */

static int on_event(void *arg, const char *event, pid_t pid, int master)
{
	struct checkpoint *c = arg;

	(void)pid;
	def_close(&master);
	if (str_eq(event, "status-ready") && c->options->status_fd &&
		write(c->options->status_fd, "", 1) < 0)
		log_warning("--status-fd: write to descriptor %d: %s", c->options->status_fd,
			err_errno_text(errno));
	/* the processes still stand */
	if (str_eq(event, "post-dump") &&
		labels_saved(&c->container.state, c->images.job.images, c->refused) < 0)
		c->failed = true;
	return c->failed ? -1 : 0;
}

static int fill_job(struct checkpoint *c, struct err *e)
{
	const struct state *s = &c->container.state;
	struct criu_job *j = &c->images.job;

	j->log = "dump.log";
	j->pid = s->pid;
	j->root = s->rootfs;
	j->config = images_config(s->annotations, s->n_annotations);
	j->cgroups = images_cgroups(c->options, s->cgroup_mount);
	j->event = on_event;
	j->arg = c;
	j->external =
		arena_array(&c->arena, c->plan.ns.n_join + STATE_DESCRIPTORS, sizeof(*j->external));
	if (has_cgroup(s))
		j->freeze = arena_fmt(&c->arena, "%s%s", s->cgroup_mount, s->cgroup);
	if (add_namespaces(c, e) < 0)
		return -1;
	if (j->flags & CRIU_PRE_DUMP)
		return 0;
	return add_mounts(c, e) < 0 || add_descriptors(c, e) < 0 ? -1 : 0;
}

static int open_process(struct checkpoint *c, struct err *e)
{
	char pid[16];

	c->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	(void)snprintf(pid, sizeof(pid), "%d", (int)c->container.state.pid);
	c->process_fd = openat(c->proc_fd, pid, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->process_fd < 0)
		return err_sys(e, errno, "open process %s in \"/proc\"", pid);
	return check_status(c, e); /* so it is the container's */
}

static int dump(struct checkpoint *c, struct err *e)
{
	const char *mount = c->container.state.cgroup_mount ? c->container.state.cgroup_mount : "";
	bool pre = c->images.job.flags & CRIU_PRE_DUMP;
	const char *options;
	struct err refused;
	int r;

	if (open_process(c, e) < 0 || cgroup_check(&c->container.state, e) < 0 ||
		read_plan(c, e) < 0 || fill_job(c, e) < 0 ||
		images_open(&c->images, &c->arena, c->options, IMAGES_MAKE, e) < 0)
		return -1;
	if (!pre && write_descriptors(c, e) < 0)
		return -1;
	options = images_cgroup_options(&c->arena, mount);
	err_init(&refused);
	c->refused = &refused;
	r = criu_dump(c->images.criu, &c->images.job, e);
	images_cgroup_restore(&c->arena, mount, options);
	if (c->failed)
		*e = refused;
	return c->failed ? -1 : r;
}

/* The processes are gone. What is left can be deleted again, so that it failed is only a warning.
 */
static void destroy(struct container *c)
{
	struct err e;

	err_init(&e);
	if (ctr_destroy(c, &e) < 0)
		log_warning("container \"%s\" could not be removed after its checkpoint: %s",
			c->state.id, err_text(&e));
	hooks_run_poststop(&c->state, -1);
}

int ctr_checkpoint(const struct store *s, const char *id, const struct checkpoint_options *o,
	struct err *e)
{
	auto_checkpoint struct checkpoint c = { .options = o, .proc_fd = -1, .process_fd = -1 };

	container_init(&c.container);
	c.images.job.images = c.images.job.work = -1;
	if (store_load(s, id, STORE_LOCK, &c.container, e) < 0 || check_status(&c, e) < 0 ||
		images_init(&c.images, &c.arena, o, e) < 0)
		return -1;
	/* What engines leave open in us is not for criu; the descriptor of --status-fd had to last
	 * until its library was loaded (kern/library.h). */
	if (fd_cloexec_from(3) < 0)
		return err_sys(e, errno, "make inherited descriptors close-on-exec");
	if (dump(&c, e) < 0)
		return -1;
	if (!(o->flags & (CRIU_LEAVE_RUNNING | CRIU_PRE_DUMP)))
		destroy(&c.container);
	return 0;
}

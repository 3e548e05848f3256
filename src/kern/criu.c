/* SPDX-License-Identifier: Apache-2.0 */
/* criu.c - a job for libcriu
 *
 * The library is a writer of messages to the program `criu swrk`, which it starts. Each option is a
 * function in it; they are looked up when they are used, so that a library which lacks one is good
 * for everything else. Two things have no function (libcriu 4.1): lazy pages, and a configuration
 * file. They go through the environment of the program, CRIU_CONFIG_FILE. */
#include "kern/criu.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "kern/dlopen_note.h"
#include "kern/library.h"

DLOPEN_NOTE(libcriu,
	"[{\"feature\":\"criu\",\"description\":\"checkpoint and restore of containers\","
	"\"priority\":\"suggested\",\"soname\":[\"libcriu.so.2\"]}]");

/* The prototypes are those of criu/criu.h (libcriu 4.1), without its header and that of protobuf.
 */
struct criu_opts;
struct criu_notify; /* what an event has to tell */

typedef int (*criu_handler)(char *event, struct criu_notify *n);

struct criu_features {
	bool mem_track, lazy_pages, pidfd_store;
};

struct criu {
	void *handle;
	struct criu_opts *opts;
	const char *program;
	const struct criu_job *job;
	struct arena *arena;
	int config;       /* memory file, -1: none */
	const char *path; /* PATH of the caller, NULL: none */
	bool lent;        /* the environment is that of the program, not the caller's */
	int (*notify_pid)(struct criu_notify *n);
	int (*pts_master)(void);
};

static const char library_name[] = "libcriu.so.2";
static const char usual_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* The handler gets no argument: whose event it is must be found here. Set while a job runs. */
static struct criu *at_work;

static void *symbol(const struct criu *c, const char *name, struct err *e)
{
	void *s = library_symbol(c->handle, name);

	if (!s)
		(void)err_set(e, ENOSYS, "\"%s\" is too old: \"%s\" is missing", library_name,
			name);
	return s;
}

static int set_switch(struct criu *c, const char *name, struct err *e)
{
	void *s = symbol(c, name, e);

	if (!s)
		return -1;
	((void (*)(struct criu_opts *, bool))s)(c->opts, true);
	return 0;
}

static int set_number(struct criu *c, const char *name, int value, struct err *e)
{
	void *s = symbol(c, name, e);

	if (!s)
		return -1;
	((void (*)(struct criu_opts *, int))s)(c->opts, value);
	return 0;
}

static int set_text(struct criu *c, const char *name, const char *value, struct err *e)
{
	void *s = value ? symbol(c, name, e) : NULL;

	if (!value)
		return 0;
	if (!s)
		return -1;
	if (((int (*)(struct criu_opts *, const char *))s)(c->opts, value) < 0)
		return err_set(e, EINVAL, "\"%s\" refuses \"%s\"", name, value);
	return 0;
}

/* ---- what is needed ---- */

static const char *find_program(struct arena *a, const char *given)
{
	const char *lists[] = { getenv("PATH"), usual_path };

	if (given)
		return access(given, X_OK) == 0 ? given : NULL;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const char *p = lists[i];

		while (p && *p) {
			size_t n = strcspn(p, ":");
			const char *file = arena_fmt(a, "%.*s/criu", (int)n, p);

			if (*p == '/' && access(file, X_OK) == 0)
				return file;
			p += n + (p[n] == ':');
		}
	}
	return NULL;
}

static int load(struct criu *c, struct err *e)
{
	int (*init_opts)(struct criu_opts **);

	struct err why;

	err_init(&why);
	c->handle = library_open(library_name, &why);
	if (!c->handle)
		return err_set(e, ENOENT,
			"\"%s\" cannot be loaded: %s; install libcriu (Debian: libcriu2 and criu)",
			library_name, err_text(&why));
	*(void **)&init_opts = symbol(c, "criu_local_init_opts", e);
	if (!init_opts)
		return -1;
	*(void **)&c->notify_pid = symbol(c, "criu_notify_pid", e);
	if (!c->notify_pid)
		return -1;
	*(void **)&c->pts_master = symbol(c, "criu_get_orphan_pts_master_fd", e);
	if (!c->pts_master)
		return -1;
	return init_opts(&c->opts) < 0 ? err_set(e, ENOMEM, "\"%s\" is out of memory", library_name)
				       : 0;
}

int criu_open(struct arena *a, const char *program, struct criu **ret, struct err *e)
{
	struct criu *c = arena_alloc(a, sizeof(*c));

	c->config = -1;
	c->arena = a;
	if (load(c, e) < 0)
		return -1;
	c->program = find_program(a, program);
	if (!c->program && program)
		return err_sys(e, errno, "--criu: run \"%s\"", program);
	if (!c->program)
		return err_set(e, ENOENT,
			"the program \"criu\" is not in PATH, nor where it usually is; install criu (Debian: criu)");
	*ret = c;
	return set_text(c, "criu_local_set_service_binary", c->program, e);
}

void criu_close(struct criu *c)
{
	void *free_opts = c ? library_symbol(c->handle, "criu_local_free_opts") : NULL;

	if (!c)
		return;
	if (free_opts && c->opts)
		((void (*)(struct criu_opts *))free_opts)(c->opts);
	def_close(&c->config);
	c->opts = NULL;
	c->config = -1;
}

/* ---- options ---- */

static int set_switches(struct criu *c, unsigned flags, struct err *e)
{
	static const struct {
		unsigned flag;
		const char *name;
	} switches[] = {
		{ CRIU_LEAVE_RUNNING, "criu_local_set_leave_running" },
		{ CRIU_TCP_ESTABLISHED, "criu_local_set_tcp_established" },
		{ CRIU_TCP_SKIP_IN_FLIGHT, "criu_local_set_tcp_skip_in_flight" },
		{ CRIU_TCP_CLOSE, "criu_local_set_tcp_close" },
		{ CRIU_EXT_UNIX, "criu_local_set_ext_unix_sk" },
		{ CRIU_SHELL_JOB, "criu_local_set_shell_job" },
		{ CRIU_FILE_LOCKS, "criu_local_set_file_locks" },
		{ CRIU_LINK_REMAP, "criu_local_set_link_remap" },
		{ CRIU_AUTO_DEDUP, "criu_local_set_auto_dedup" },
		{ CRIU_TRACK_MEM, "criu_local_set_track_mem" },
		{ CRIU_EVASIVE_DEVICES, "criu_local_set_evasive_devices" },
	};

	/* without a container above them, terminals are orphans in any case; mounts may be slaves
	 * of the host's */
	if (set_switch(c, "criu_local_set_orphan_pts_master", e) < 0 ||
		set_switch(c, "criu_local_set_ext_masters", e) < 0 ||
		set_switch(c, "criu_local_set_manage_cgroups", e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
		if ((flags & switches[i].flag) && set_switch(c, switches[i].name, e) < 0)
			return -1;
	}
	return 0;
}

static int set_texts(struct criu *c, const struct criu_job *j, struct err *e)
{
	const struct criu_pair texts[] = {
		{ "criu_local_set_log_file", j->log },
		{ "criu_local_set_parent_images", j->parent },
		{ "criu_local_set_root", j->root },
		{ "criu_local_set_freeze_cgroup", j->freeze },
		{ "criu_local_set_lsm_profile", j->lsm_profile },
		{ "criu_local_set_lsm_mount_context", j->lsm_mount_context },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (set_text(c, texts[i].key, texts[i].value, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < j->n_external; i++) {
		if (set_text(c, "criu_local_add_external", j->external[i], e) < 0)
			return -1;
	}
	return 0;
}

static int set_numbers(struct criu *c, const struct criu_job *j, struct err *e)
{
	enum { LOG_EVERYTHING = 4 };

	if (set_number(c, "criu_local_set_images_dir_fd", j->images, e) < 0 ||
		set_number(c, "criu_local_set_work_dir_fd", j->work, e) < 0 ||
		set_number(c, "criu_local_set_log_level", LOG_EVERYTHING, e) < 0 ||
		set_number(c, "criu_local_set_manage_cgroups_mode", j->cgroups, e) < 0)
		return -1;
	if (j->pid && set_number(c, "criu_local_set_pid", j->pid, e) < 0)
		return -1;
	if (j->network_lock && set_number(c, "criu_local_set_network_lock", j->network_lock, e) < 0)
		return -1;
	return j->empty_ns ? set_number(c, "criu_local_set_empty_ns", (int)j->empty_ns, e) : 0;
}

static int set_lists(struct criu *c, const struct criu_job *j, struct err *e)
{
	int (*mount)(struct criu_opts *, const char *, const char *);
	int (*cgroup)(struct criu_opts *, const char *, const char *);
	int (*fd)(struct criu_opts *, int, const char *);
	int (*join)(struct criu_opts *, const char *, const char *, const char *);
	int (*server)(struct criu_opts *, const char *, int);
	int r = 0;

	*(void **)&mount = symbol(c, "criu_local_add_ext_mount", e);
	*(void **)&cgroup = symbol(c, "criu_local_add_cg_root", e);
	*(void **)&fd = symbol(c, "criu_local_add_inherit_fd", e);
	*(void **)&join = j->n_join ? symbol(c, "criu_local_join_ns_add", e) : NULL;
	*(void **)&server =
		j->server ? symbol(c, "criu_local_set_page_server_address_port", e) : NULL;
	if (!mount || !cgroup || !fd || (j->n_join && !join) || (j->server && !server))
		return -1;
	for (size_t i = 0; i < j->n_mounts && r >= 0; i++)
		r = mount(c->opts, j->mounts[i].key, j->mounts[i].value);
	for (size_t i = 0; i < j->n_inherit && r >= 0; i++)
		r = fd(c->opts, j->inherit[i].fd, j->inherit[i].key);
	for (size_t i = 0; i < j->n_join && r >= 0; i++)
		r = join(c->opts, j->join[i].key, j->join[i].value, NULL);
	if (j->cgroup_root && r >= 0)
		r = cgroup(c->opts, NULL, j->cgroup_root);
	if (j->server && r >= 0)
		(void)server(c->opts, j->server, j->port); /* says ENOMEM in any case (4.1) */
	return r < 0 ? err_set(e, ENOMEM, "\"%s\" is out of memory", library_name) : 0;
}

/* What has no function: lines of a configuration file, which the program finds through its
 * environment. */
static int make_config(struct criu *c, const struct criu_job *j, struct err *e)
{
	auto_str struct str text = { 0 };
	char path[32];

	if (j->config && fd_read_at(AT_FDCWD, j->config, 0, LIMIT_KERNEL_FILE, &text) < 0 &&
		errno != ENOENT)
		return err_sys(e, errno, "read the configuration of criu, \"%s\"", j->config);
	if (j->flags & CRIU_LAZY_PAGES)
		str_add(&text, "\nlazy-pages\n");
	if (!text.len)
		return 0;
	c->config = memfd_create("criu.conf", 0); /* stays open in the program */
	if (c->config < 0 || fd_write_all(c->config, text.data, text.len) < 0)
		return err_sys(e, errno, "write the configuration of criu");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", c->config);
	return setenv("CRIU_CONFIG_FILE", path, 1) < 0
		? err_sys(e, errno, "name the configuration of criu")
		: 0;
}

/* The program runs others (iptables-restore, ip, tar), and engines call without any PATH, or with
 * one for ordinary users. */
static int lend_environment(struct criu *c, const struct criu_job *j, struct err *e)
{
	const char *path = getenv("PATH");

	c->path = path ? arena_str(c->arena, path) : NULL;
	c->lent = true;
	path = path && *path ? arena_fmt(c->arena, "%s:%s", path, usual_path) : usual_path;
	if (setenv("PATH", path, 1) < 0)
		return err_sys(e, errno, "set PATH for criu");
	return make_config(c, j, e);
}

/* the program has begun, or never will; hooks get the caller's */
static void return_environment(struct criu *c)
{
	if (!c->lent)
		return;
	(void)(c->path ? setenv("PATH", c->path, 1) : unsetenv("PATH"));
	if (c->config >= 0)
		(void)unsetenv("CRIU_CONFIG_FILE");
	def_close(&c->config);
	c->config = -1;
	c->lent = false;
}

static int on_event(char *event, struct criu_notify *n)
{
	struct criu *c = at_work;
	bool terminal = str_eq(event, "orphan-pts-master");

	return_environment(c);
	log_debug("criu: %s", event);
	return c->job->event ? c->job->event(c->job->arg, event, (pid_t)c->notify_pid(n),
				       terminal ? c->pts_master() : -1)
			     : 0;
}

static int set_options(struct criu *c, const struct criu_job *j, struct err *e)
{
	void *handler = symbol(c, "criu_local_set_notify_cb", e);

	if (!handler || set_switches(c, j->flags, e) < 0 || set_numbers(c, j, e) < 0 ||
		set_texts(c, j, e) < 0 || set_lists(c, j, e) < 0 || lend_environment(c, j, e) < 0)
		return -1;
	((void (*)(struct criu_opts *, criu_handler))handler)(c->opts, on_event);
	return 0;
}

/* ---- jobs ---- */

/* The end of the log: in it are the reasons. */
static void read_log(const struct criu_job *j, struct str *out)
{
	enum { TAIL = 256 << 10 };
	auto_close int fd = openat(j->work, j->log, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || (st.st_size > TAIL && lseek(fd, -TAIL, SEEK_END) < 0) ||
		fd_read_all(fd, 2 * TAIL, out) < 0)
		log_debug("read the log of criu: %s", err_errno_text(errno));
}

static int explain(const struct criu_job *j, int code, const char *what, struct err *e)
{
	auto_str struct str text = { 0 }, errors = { 0 };

	read_log(j, &text);
	criu_log_errors(str_text(&text), &errors);
	if (code == -EBADE || errors.len)
		(void)err_set(e, EREMOTEIO, "criu cannot %s the container", what);
	else
		(void)err_set(e, -code, "criu ended before it could %s the container", what);
	if (errors.len)
		(void)err_more(e, "%s", errors.data);
	if (text.len)
		(void)err_more(e, "the log is \"%s/%s\"", j->work_path, j->log);
	return -1;
}

static int work(struct criu *c, const struct criu_job *j, const char *function, struct err *e)
{
	void *s = symbol(c, function, e);
	int r;

	if (!s || set_options(c, j, e) < 0) {
		return_environment(c);
		return -1;
	}
	/* the log of an older job of that name says nothing about this one */
	(void)unlinkat(j->work, j->log, 0);
	c->job = j;
	at_work = c;
	r = ((int (*)(struct criu_opts *))s)(c->opts);
	at_work = NULL;
	return_environment(c);
	return r < 0 ? explain(j, r, j->pid ? "dump" : "restore", e) : r;
}

int criu_dump(struct criu *c, const struct criu_job *j, struct err *e)
{
	return work(c, j, j->flags & CRIU_PRE_DUMP ? "criu_local_pre_dump" : "criu_local_dump", e) <
			0
		? -1
		: 0;
}

int criu_restore(struct criu *c, const struct criu_job *j, pid_t *ret, struct err *e)
{
	int r = work(c, j, "criu_local_restore_child", e);

	if (r < 0)
		return -1;
	*ret = (pid_t)r;
	return 0;
}

int criu_check(struct criu *c, const struct criu_job *j, struct err *e)
{
	struct criu_features f = { .mem_track = j->flags & (CRIU_TRACK_MEM | CRIU_PRE_DUMP),
		.lazy_pages = j->flags & CRIU_LAZY_PAGES };
	const struct criu_features wanted = f;
	int (*check)(struct criu_opts *, struct criu_features *, size_t);

	if (!f.mem_track && !f.lazy_pages)
		return 0;
	*(void **)&check = symbol(c, "criu_local_feature_check", e);
	if (!check)
		return -1;
	if (check(c->opts, &f, sizeof(f)) < 0)
		return err_set(e, EREMOTEIO,
			"ask \"%s\" what it can do here: it ended without an answer", c->program);
	if (wanted.mem_track && !f.mem_track)
		return err_set(e, EOPNOTSUPP,
			"--pre-dump and --parent-path need to know which memory changes, and criu says that this kernel cannot tell (CONFIG_MEM_SOFT_DIRTY)");
	if (wanted.lazy_pages && !f.lazy_pages)
		return err_set(e, EOPNOTSUPP,
			"--lazy-pages needs userfaultfd(2), and criu says that this kernel lacks it");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/num.h"
#include "base/path.h"
#include "ctr/hooks.h"
#include "ctr/host.h"
#include "ctr/notify.h"
#include "kern/library.h"
#include "kern/procstat.h"
#include "launch.h"

void launch_init(struct launch *l, const struct store *s, const struct create_options *o)
{
	*l = (struct launch){
		.store = s,
		.options = *o,
		.bundle_fd = -1,
		.rootfs_fd = -1,
		.proc_fd = -1,
		.cgroup_fd = -1,
		.sync = -1,
		.init_sync = -1,
		.start_sock = -1,
		.pidfd = -1,
		.master = -1,
		.net_fd = -1,
		.stop_fd = -1,
		.rdt_fd = -1,
	};
	container_init(&l->container);
}

void launch_done(struct launch *l)
{
	const int fds[] = { l->bundle_fd, l->rootfs_fd, l->proc_fd, l->cgroup_fd, l->sync,
		l->init_sync, l->start_sock, l->pidfd, l->master, l->net_fd, l->rdt_fd,
		l->stop_fd };

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		def_close(&(int){ fds[i] });
	if (l->failure)
		(void)munmap(l->failure, sizeof(*l->failure));
	systemd_close(l->systemd);
	container_done(&l->container);
	str_done(&l->text);
	arena_done(&l->arena);
}

/* Paths of the command line hold for the caller's directory, and the launch leaves it. */
static int make_absolute(struct launch *l, struct err *e)
{
	const char **paths[] = { &l->options.bundle, &l->options.console_socket,
		&l->options.pidfd_socket, &l->options.pid_file };
	char cwd[PATH_MAX] = "";

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (!*paths[i] || path_is_abs(*paths[i]))
			continue;
		if (!*cwd && !getcwd(cwd, sizeof(cwd)))
			return err_sys(e, errno, "find the current directory");
		*paths[i] = path_join(&l->arena, cwd, *paths[i]);
	}
	return 0;
}

static int open_bundle(struct launch *l, struct err *e)
{
	l->bundle = path_clean(&l->arena, l->options.bundle);
	l->bundle_fd = open(l->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (l->bundle_fd < 0)
		return err_sys(e, errno, "open bundle \"%s\"", l->bundle);
	return 0;
}

static int read_config(struct launch *l, struct err *e)
{
	const char *name = l->options.config;
	const char *shown = path_join(&l->arena, l->bundle, name);

	/* the one of the bundle is a file; what --config names may be <(command) of a shell */
	if ((str_eq(name, "config.json") ? fd_read_regular : fd_read_given)(l->bundle_fd, name,
		    shown, LIMIT_CONFIG_BYTES, &l->text, e) < 0)
		return e->code == ENOENT
			? err_more(e,
				  "no bundle here: \"crun-lite spec\" writes a config.json, --bundle DIR names another place")
			: -1;
	if (config_parse(&l->arena, name, str_text(&l->text), l->text.len, &l->config, e) < 0)
		return -1;
	json_log_warnings(&l->config.doc);
	log_debug("read \"%s\": %zu bytes", shown, l->text.len);
	return 0;
}

/* Descriptors handed on as sd_listen_fds(3) says: LISTEN_FDS counts if LISTEN_PID is us or absent.
 */
static unsigned listen_fds(void)
{
	const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	uint32_t n, p;

	if (!count || !num_u32(count, &n) || n > LIMIT_PRESERVE_FDS)
		return 0;
	if (pid && (!num_u32(pid, &p) || p != (uint32_t)getpid()))
		return 0;
	return n;
}

/* Descriptors of the caller have come through execve(2), so they are not close-on-exec; all of ours
 * are. The number of one that the caller did not open may be one of ours by now. */
int launch_pass_descriptors(struct arena *a, struct plan_process *p, struct err *e)
{
	p->fds.list = arena_array(a, p->keep_fds, sizeof(*p->fds.list));
	for (unsigned i = 0; i < p->keep_fds; i++) {
		int flags = fcntl(3 + (int)i, F_GETFD);

		if (flags >= 0 && !(flags & FD_CLOEXEC))
			p->fds.list[p->fds.n++] = 3 + (int)i;
		else if (i < p->listen_fds)
			return err_set(e, EBADF,
				"descriptor %u, to be passed on by LISTEN_FDS, is not open", 3 + i);
	}
	/* engines leave descriptors of their own open in us (CVE-2024-21626 needs just one of a
	 * directory) */
	if (fd_cloexec_from(3 + p->keep_fds) < 0)
		return err_sys(e, errno, "make inherited descriptors close-on-exec");
	return 0;
}

static int check_terminal(const struct launch *l, struct err *e)
{
	bool detached = l->options.flags & CREATE_DETACH;

	if (l->config.process.terminal && detached && !l->options.console_socket)
		return err_set(e, EINVAL,
			"process.terminal is true: a detached container needs --console-socket to hand its terminal to");
	if (!l->config.process.terminal && l->options.console_socket)
		return err_set(e, EINVAL,
			"--console-socket given, but process.terminal is not true in %s",
			l->options.config);
	return 0;
}

bool launch_rootless(const struct create_options *o)
{
	if (o->rootless != ROOTLESS_AUTO)
		return o->rootless == ROOTLESS_YES;
	/* who we were at execve(2), and still are, without a system call */
	return getauxval(AT_EUID) != 0 || host_in_userns();
}

static unsigned plan_flags(const struct create_options *o)
{
	unsigned r = 0;

	r |= o->flags & CREATE_NO_PIVOT ? PLAN_NO_PIVOT : 0;
	r |= o->flags & CREATE_NO_NEW_KEYRING ? PLAN_NO_NEW_KEYRING : 0;
	r |= o->cgroup_manager == CGROUP_MANAGER_DISABLED ? PLAN_NO_CGROUP : 0;
	return r;
}

/* What the plan has to know. A rootless caller does without cgroups where there are none. */
static int gather(struct launch *l, struct plan_options *o, struct facts *ret, struct err *e)
{
	const struct config *c = &l->config;
	const unsigned cgroup = FACTS_WANT_CGROUP | FACTS_WANT_CGROUP_SELF;
	unsigned want = 0;

	if (c->process.apparmor_profile || c->process.selinux_label || c->linux.mount_label)
		want |= FACTS_WANT_LSM;
	if (c->landlock.at)
		want |= FACTS_WANT_LANDLOCK;
	if (plan_needs_subids(c))
		want |= FACTS_WANT_SUBIDS;
	if (l->options.cgroup_manager != CGROUP_MANAGER_DISABLED)
		want |= FACTS_WANT_CGROUP;
	if ((want & FACTS_WANT_CGROUP) && !c->linux.cgroups_path && launch_rootless(&l->options))
		want |= FACTS_WANT_CGROUP_SELF;
	if (facts_gather(&l->arena, want, ret, e) == 0)
		return 0;
	if (!(want & cgroup) || !launch_rootless(&l->options))
		return -1;
	log_debug("the container has no cgroup of its own: %s", err_text(e));
	o->flags |= PLAN_NO_CGROUP;
	return facts_gather(&l->arena, want & ~cgroup, ret, e);
}

/* Before any warning: what is missing for everything comes first, not behind all that could not be
 * had either. */
static int check_privileges(const struct launch *l, const struct facts *f, struct err *e)
{
	const struct config *c = &l->config;

	if ((f->caps >> CAP_SYS_ADMIN & 1) || !c->linux.n_namespaces ||
		config_namespace_find(c, CLONE_NEWUSER))
		return 0;
	(void)err_sys(e, EPERM,
		"linux.namespaces: making namespaces needs CAP_SYS_ADMIN or a user namespace in linux.namespaces");
	return err_more(e,
		"\"crun-lite spec --rootless\" writes a config.json for an ordinary user");
}

static int make_plan(struct launch *l, struct err *e)
{
	const struct config *c = &l->config;
	struct plan_options o = {
		.id = l->options.id,
		.bundle = l->bundle,
		.flags = plan_flags(&l->options),
		.preserve_fds = l->options.preserve_fds,
		.listen_fds = listen_fds(),
		.listen_names = getenv("LISTEN_FDNAMES"),
	};
	struct facts f;

	if (notify_wanted())
		o.notify_dir =
			arena_fmt(&l->arena, "%s/%s/%s", l->store->path, l->options.id, NOTIFY_DIR);
	if (gather(l, &o, &f, e) < 0 || check_privileges(l, &f, e) < 0)
		return -1;
	if (l->options.cgroup_manager == CGROUP_MANAGER_SYSTEMD)
		o.systemd = launch_manager_cgroup(l);
	if (plan_make(&l->arena, c, &o, &f, &l->plan, e) < 0)
		return -1;
	l->container.state.cgroup_mount = f.cgroup_mount;
	return launch_pass_descriptors(&l->arena, &l->plan.process, e);
}

/* Of a process that dies in execve(2) nobody is left who could say so: start would take it for a
 * program that has run. */
static int compile_filter(struct launch *l, struct err *e)
{
	const struct seccomp_data call = { .nr = SYS_execve, .arch = seccomp_native };
	const struct json *at =
		l->plan.has_seccomp ? l->config.linux.seccomp.at : l->config.run_oci.filter_at;
	uint32_t answer;

	if (l->plan.has_seccomp &&
		seccomp_compile(&l->arena, &l->plan.seccomp, &l->plan.filter, e) < 0)
		return -1;
	if (!l->plan.filter.n || !l->plan.process.given)
		return 0;
	answer = seccomp_answer(&l->plan.filter, &call) & SECCOMP_RET_ACTION_FULL;
	if (answer != SECCOMP_RET_KILL_PROCESS && answer != SECCOMP_RET_KILL_THREAD &&
		answer != SECCOMP_RET_TRAP)
		return 0;
	return err_set(e, EINVAL,
		"%s: the filter kills at execve(2), so no program could be started; allow it",
		config_at(&l->arena, &l->config.doc, at));
}

/* the plan as --dry-run shows it, a message a line */
static void debug_plan(const struct launch *l)
{
	auto_str struct str text = { 0 };

	if (!log_enabled(LOG_DEBUG))
		return;
	plan_dump(&l->plan, &text);
	for (const char *p = str_text(&text); *p;) {
		size_t n = strcspn(p, "\n");

		log_debug("plan: %.*s", (int)n, p);
		p += n + (p[n] == '\n');
	}
	if (l->plan.has_seccomp)
		log_debug("seccomp filter flags: %u", l->plan.filter.flags);
}

int launch_prepare(struct launch *l, struct err *e)
{
	if (state_check_id(l->options.id, e) < 0)
		return -1;
	/* which begins again from the start, so before there are warnings; what is wrong is told
	 * when systemd is asked */
	if (l->options.cgroup_manager == CGROUP_MANAGER_SYSTEMD &&
		!(l->options.flags & CREATE_DRY_RUN) && library_need(e) < 0)
		log_debug("%s", err_text(e));
	if (make_absolute(l, e) < 0 || open_bundle(l, e) < 0 || read_config(l, e) < 0 ||
		check_terminal(l, e) < 0 || make_plan(l, e) < 0)
		return -1;
	l->rootfs_fd = open(l->plan.root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (l->rootfs_fd < 0)
		return err_sys(e, errno, "root.path: open root filesystem \"%s\"",
			l->plan.root.path);
	if (compile_filter(l, e) < 0)
		return -1;
	debug_plan(l);
	l->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (l->proc_fd < 0)
		return err_sys(e, errno, "open \"/proc\"");
	/* where its numbers are those of others, id maps and limits would be written for them */
	if (procstat_check(e) < 0)
		return -1;
	return launch_rdt_open(l, e);
}

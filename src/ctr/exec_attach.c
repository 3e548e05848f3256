/* SPDX-License-Identifier: Apache-2.0 */
/* exec_attach.c - into a cgroup that the caller may not clone into
 *
 * Cloning into it is one system call. A user whose shell is in a login session may not do that: the
 * kernel wants him to own the cgroup above both, and that of his session is root's. Who may move
 * his process into a scope of his own is systemd, so there, and only there, it is asked; the
 * process waits meanwhile, before it joins anything. */
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "ctr/local.h"
#include "exec_in.h"
#include "kern/cgroup.h"
#include "kern/sync.h"
#include "kern/systemd.h"

bool exec_may_ask_systemd(const struct exec *x)
{
	const struct state *s = &x->container.state;

	return s->scope && (s->user_manager || getauxval(AT_EUID) != 0);
}

int exec_ask_systemd(struct exec *x, struct err *e)
{
	if (x->container.state.scope) {
		x->attach = true;
		return 0;
	}
	/* exec has followed init out of the container's cgroup: that it is gone is the cause */
	if (cgroup_check(&x->container.state, e) < 0)
		return -1;
	(void)err_sys(e, EACCES, "clone the program's process into cgroup \"%s\"", x->cgroup);
	return err_more(e,
		"the caller must own the nearest cgroup above that and its own: call from within one that belongs to it, "
		"with systemd from within \"systemd-run --user --scope\"");
}

int exec_wait_attached(const struct exec *x, int sync, struct err *e)
{
	struct sync_message m;

	return x->attach ? sync_expect(sync, SYNC_GO, "exec", &m, e) : 0;
}

/* Systemd is told a number, which means what it means in the first pid namespace. */
static int check_pid_namespace(const struct exec *x, struct err *e)
{
	enum {
		PROC_PID_INIT_INO = 0xEFFFFFFC & INT32_MAX
	}; /* linux/proc_ns.h, without its sign bit */
	struct stat st;

	if (fstatat(x->proc_fd, "self/ns/pid", &st, 0) < 0)
		return err_sys(e, errno, "look at the pid namespace");
	if ((st.st_ino & INT32_MAX) != PROC_PID_INIT_INO)
		return err_set(e, EOPNOTSUPP,
			"cgroup \"%s\" cannot be entered from here: the caller may not clone into it, and systemd cannot be "
			"asked from inside a pid namespace",
			x->cgroup);
	return 0;
}

/* the part of the path behind the scope; NULL with *e */
static const char *below_scope(const struct exec *x, struct err *e)
{
	const char *scope = x->container.state.scope;

	for (const char *p = x->cgroup; (p = strstr(p, scope)); p++) {
		const char *rest = p + strlen(scope);

		if (p > x->cgroup && p[-1] == '/' && (*rest == '/' || *rest == '\0'))
			return rest;
	}
	(void)err_set(e, EINVAL, "cgroup \"%s\" is not in scope \"%s\"", x->cgroup, scope);
	return NULL;
}

static int attach(struct exec *x, struct systemd *systemd, pid_t pid, struct err *e)
{
	const char *below = below_scope(x, e);

	return below ? systemd_attach(systemd, x->container.state.scope, below, pid, e) : -1;
}

/* After that has failed with *e: a cgroup that hands controllers to its children takes no
 * processes, but systemd tells a user only that it could not be done. Where init has moved on to,
 * there is room. */
static int attach_to_init(struct exec *x, struct systemd *systemd, pid_t pid, struct err *e)
{
	const char *cgroup = x->cgroup;
	struct err ignored;

	err_init(&ignored);
	if (!str_eq(cgroup, x->container.state.cgroup) || exec_open_init_cgroup(x, &ignored) < 0 ||
		str_eq(cgroup, x->cgroup))
		return -1;
	return attach(x, systemd, pid, e);
}

static int attach_to_scope(struct exec *x, pid_t pid, struct err *e)
{
	const struct state *s = &x->container.state;
	struct systemd *systemd = NULL;
	const char *path;
	int r;

	if (check_pid_namespace(x, e) < 0 ||
		systemd_open(&x->arena, s->user_manager ? SYSTEMD_USER : 0, &systemd, e) < 0)
		return -1;
	r = attach(x, systemd, pid, e);
	if (r < 0)
		r = attach_to_init(x, systemd, pid, e);
	systemd_close(systemd);
	if (r < 0 ||
		cg_of(&x->arena, arena_fmt(&x->arena, "/proc/%d/cgroup", (int)pid), &path, e) < 0)
		return -1;
	if (!str_eq(path, x->cgroup))
		return err_set(e, EREMOTEIO,
			"systemd has put the program into cgroup \"%s\", must be \"%s\"", path,
			x->cgroup);
	return 0;
}

int exec_attach(struct exec *x, pid_t pid, struct err *e)
{
	if (!x->attach)
		return 0;
	if (attach_to_scope(x, pid, e) < 0)
		return -1;
	return sync_send(x->sync, SYNC_GO, 0, -1) < 0
		? err_sys(e, errno, "tell the program's process to go on")
		: 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: one table of stages, in an order that is the security argument.
 *
 *   namespaces  before anything is made, so that everything is made inside
 *   build       the mount tree, detached: nobody can see it or swap a directory under it
 *   attach      the finished tree gets its place; from here hooks of the host may look at it
 *   hooks       prestart and createRuntime (by the parent), createContainer (by us), while the
 *               host's tree is still there
 *   sysctl      through the host's /proc, which no container can have prepared
 *   labels      AppArmor, SELinux, for the execve to come; through the same procfs, after the
 * hooks, which are the host's programs pivot       no way back to the host's tree appear      where
 * others share the pid namespace: be seen by them, with nothing of the host left terminal    on the
 * devpts of the container seal        read-only and masked paths, after everything that had to
 * write landlock    rules for the finished tree, looked up while we may see all of it process
 * limits, credentials; nothing after it has more rights than the program will have descriptors what
 * is still open of the host is closed, before the image names a path through it program     is
 * there something to execute? listener    what handing the listener of a seccomp filter over takes
 *
 * Then the parent hears READY, records the container, and answers COMMIT. Then `start`:
 * startContainer hooks, the Landlock rules, the seccomp filter as the very last thing, execve(2).
 * Either, put in force any earlier, would have to allow what we still need. */
#include "init/init.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "stage.h"

static int (*const stages[])(struct init *in, struct err *e) = {
	init_namespaces,
	init_build,
	init_attach,
	init_hooks,
	init_sysctl,
	init_labels,
	init_pivot,
	init_appear,
	init_terminal,
	init_seal,
	init_join_mounts,
	init_landlock,
	init_process,
	init_descriptors,
	init_program,
	init_listener,
};

static NORETURN void fail(const struct init *in, const struct err *e)
{
	/* When nobody listens any more the parent is dead, and only this process is left to end. */
	(void)!sync_send_error(in->reply, e);
	_exit(1);
}

/* Receive datagrams until `start` sends SYNC_START, with the socket to answer on. `exec` may ask
 * for the namespaces before. Anything else is not for us. */
static int wait_on_socket(struct init *in, struct err *e)
{
	struct sync_message m;

	for (;;) {
		int r = sync_recv(in->args.start, &m);

		if (r < 0 && errno != EPROTO && errno != EMSGSIZE)
			return err_sys(e, errno, "wait for start");
		if (r > 0 && m.type == SYNC_START && m.fd >= 0) {
			in->reply = m.fd;
			def_close(&in->args.start);
			init_show_end(in);
			return 0;
		}
		if (r > 0 && m.type == SYNC_SHOW && m.fd >= 0)
			init_show(in, m.fd);
		else if (r > 0)
			def_close(&m.fd);
	}
}

static int wait_for_start(struct init *in, struct err *e)
{
	struct sync_message m;

	if (in->args.flags & INIT_AT_ONCE)
		return 0;
	if (sync_send(in->args.sync, SYNC_READY, (int32_t)in->refused, in->master) < 0)
		return err_sys(e, errno, "report to the parent");
	def_close(&in->master);
	in->master = -1;
	if (sync_expect(in->args.sync, SYNC_COMMIT, "the parent", &m, e) < 0)
		return -1;
	init_listener_pid(in, m.value);
	if (in->args.start < 0)
		return sync_expect(in->args.sync, SYNC_START, "the parent", &m, e);
	def_close(&in->args.sync);
	in->args.sync = -1;
	return wait_on_socket(in, e);
}

/* for when the filter lets nothing be sent */
static void leave_failure(const struct init *in, const struct err *e)
{
	struct init_failure *f = in->args.failure;

	if (!f)
		return;
	(void)snprintf(f->text, sizeof(f->text), "%s", err_text(e));
	f->code = e->code;
}

/* That the file itself can be executed was seen at create; what else denies it is the rules, the
 * label, or what the file names to run it. */
static void exec_error(const struct init *in, int code, struct err *e)
{
	const char *label = in->plan->process.selinux.value;

	/* the form of the other runtimes, which scripts look for */
	err_sys(e, code, "exec %s", in->program);
	if (code == EACCES && (in->plan->landlock.handled.fs & LANDLOCK_FS_EXECUTE))
		err_set(e, code,
			"%s; the annotations crun-lite.landlock.fs.* must allow execute for it, and for its interpreter or loader",
			err_text(e));
	/* no_new_privs makes another errno of it */
	else if ((code == EACCES || code == EPERM) && label)
		err_set(e, code, "%s; the policy of SELinux must let label \"%s\" be entered by it",
			err_text(e), label);
	leave_failure(in, e);
	init_explain(in, in->program, code, EXPLAIN_FILTERED, e);
	leave_failure(in, e);
}

static NORETURN void run_program(struct init *in)
{
	const struct plan_process *p = &in->plan->process;
	struct err e;
	int code;

	err_init(&e);
	if (!p->given) {
		err_set(&e, 0, "config.json has no process; there is nothing to start");
		fail(in, &e);
	}
	if (init_run_hooks(&in->plan->start_container, &e) < 0)
		fail(in, &e);
	for (size_t i = 0; i < p->fds.n; i++) {
		if (fcntl(p->fds.list[i], F_SETFD, 0) < 0) {
			err_sys(&e, errno, "pass descriptor %d on", p->fds.list[i]);
			fail(in, &e);
		}
	}
	if (init_restrict(in, &e) < 0 || init_late_limits(p, &e) < 0 ||
		init_install_filter(in, &e) < 0)
		fail(in, &e);
	/* Nothing but execve between the filter and the program. */
	(void)execve(in->program, (char *const *)(uintptr_t)p->args,
		(char *const *)(uintptr_t)p->env);
	code = errno;
	exec_error(in, code, &e);
	fail(in, &e);
}

typedef int (*stage_fn)(struct init *in, struct err *e);

static NORETURN void run_stages(const struct init_args *args, const char *title,
	const stage_fn *run, size_t n)
{
	struct init in = {
		.plan = args->plan,
		.args = *args,
		.reply = args->sync,
		.root = -1,
		.dir = -1,
		.slave = -1,
		.master = -1,
		.ruleset = -1,
	};
	struct err e;

	err_init(&e);
	/* modes of what we make in the image are ours to say, not the caller's */
	(void)umask(0022);
	/* what ps(1) shows until the program takes over */
	(void)prctl(PR_SET_NAME, title);
	for (size_t i = 0; i < n; i++) {
		if (run[i](&in, &e) < 0)
			fail(&in, &e);
	}
	if (wait_for_start(&in, &e) < 0)
		fail(&in, &e);
	run_program(&in);
}

void init_main(const struct init_args *args)
{
	run_stages(args, "crun-lite:init", stages, ARRAY_LEN(stages));
}

void exec_main(const struct init_args *args)
{
	static const stage_fn exec_stages[] = { exec_enter, exec_terminal, init_landlock,
		init_process, init_descriptors, init_program, init_listener };

	run_stages(args, "crun-lite:exec", exec_stages, ARRAY_LEN(exec_stages));
}

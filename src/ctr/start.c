/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "agent.h"
#include "base/log.h"
#include "ctr/create.h"
#include "ctr/hooks.h"
#include "ctr/kill.h"
#include "ctr/notify.h"
#include "ctr/status.h"
#include "kern/proc.h"
#include "kern/sync.h"
#include "launch.h"
#include "local.h"
#include "stop.h"

/* what init has left in memory that it could not send; text is within a page that ends in NUL */
static int load_failure(const struct init_failure *f, struct err *e)
{
	return err_load(e, f->code, f->text, sizeof(f->text));
}

int launch_result(int sock, const struct init_failure *failure, struct err *e)
{
	struct sync_message m;
	int r;

	while ((r = sync_recv(sock, &m)) > 0 && m.type == SYNC_WARNING)
		log_warning("%.*s", (int)m.len, m.text);
	if (r > 0 && m.type == SYNC_ERROR)
		return err_load(e, m.value, m.text, m.len);
	if (r > 0)
		return err_set(e, EPROTO, "init sent message %d instead of running the program",
			(int)m.type);
	log_debug("the process that was to run the program has closed its end");
	/* End of file: execve closed init's end, or init ended. */
	if (failure && failure->code)
		return load_failure(failure, e);
	return r < 0 && errno != ECONNRESET ? err_sys(e, errno, "receive from init") : 0;
}

int launch_executed(int pidfd, pid_t pid, const char *who, struct err *e)
{
	int r = proc_has_executed(pidfd, pid);

	if (r < 0)
		return err_sys(e, errno, "learn whether the program runs");
	return r ? 0 : err_set(e, ESRCH, "%s was killed before it could execute the program", who);
}

static int check_created(enum ctr_status status, struct err *e)
{
	switch (status) {
	case STATUS_CREATED:
		return 0;
	case STATUS_STOPPED:
		return err_set(e, EINVAL, "cannot start a container that has stopped");
	case STATUS_RUNNING:
		return err_set(e, EINVAL, "cannot start an already running container");
	case STATUS_PAUSED:
	case STATUS_CREATING:
		break;
	}
	return err_set(e, EINVAL, "cannot start a container in the %s state",
		ctr_status_name(status));
}

/* Hand init one end of a socket pair together with the word to start; *ret is ours. */
static int tell_init(const struct container *c, int *ret, struct err *e)
{
	const struct sockaddr_un where = { .sun_family = AF_UNIX, .sun_path = STORE_SOCKET };
	auto_close int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int pair[2], r;

	if (sock < 0 || fchdir(c->dir_fd) < 0 ||
		connect(sock, (const struct sockaddr *)&where, sizeof(where)) < 0)
		return err_sys(e, errno, "connect to init's start socket");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, errno, "create a socket pair");
	log_debug("tell init, process %d, to start", (int)c->state.pid);
	r = sync_send(sock, SYNC_START, 0, pair[1]);
	def_close(&pair[1]);
	*ret = pair[0];
	return r < 0 ? err_sys(e, errno, "tell init to start") : 0;
}

/* a failed execve that init could only leave in memory (launch.c); 0 when there is none */
static int left_failure(const struct container *c, struct err *e)
{
	auto_close int fd = openat(c->dir_fd, STORE_EXEC_ERRNO, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct init_failure f = { 0 };

	if (fd < 0 || read(fd, &f, sizeof(f)) != sizeof(f) || !f.code)
		return 0;
	return load_failure(&f, e);
}

static int run_poststart(const struct state *s, int dir_fd, struct err *e)
{
	auto_arena struct arena a = { 0 };
	auto_close int stop_fd = -1;
	struct config_hooks hooks = { 0 };

	if (!s->hooks)
		return 0;
	if (config_parse_hooks(&a, "hooks", s->hooks, s->hooks_len, &hooks, e) < 0)
		return -1;
	if (!hooks.count[HOOK_POSTSTART])
		return 0;
	if (stop_open(&stop_fd, e) < 0)
		return -1;
	if (hooks_run(&hooks, HOOK_POSTSTART,
		    &(struct hook_about){ .state = s,
			    .status = "running",
			    .pid = s->pid,
			    .stop_fd = stop_fd,
			    .record = dir_fd,
			    .init = -1 },
		    e) < 0)
		return -1;
	return stop_close(&stop_fd);
}

static int start(struct container *c, int *agent, int notify, int pidfd, struct err *e)
{
	auto_close int sock = -1;

	if (tell_init(c, &sock, e) < 0)
		return -1;
	if (*agent >= 0 && sync_send(sock, SYNC_LISTENER, 0, *agent) < 0)
		return err_sys(e, errno, "pass the seccomp agent's socket to init");
	/* the end of what the agent reads is for init to give */
	def_close(agent);
	*agent = -1;
	if (launch_result(sock, NULL, e) < 0)
		return -1;
	if (left_failure(c, e) < 0 || launch_executed(pidfd, c->state.pid, "init", e) < 0)
		return -1;
	if (run_poststart(&c->state, c->dir_fd, e) < 0)
		return -1;
	if (notify >= 0)
		notify_wait(notify, pidfd, c->state.pid);
	return 0;
}

int ctr_start(const struct store *s, const char *id, struct err *e)
{
	auto_container struct container c;
	auto_close int pidfd = -1, notify = -1, agent = -1;
	enum ctr_status status;
	struct err second;

	container_init(&c);
	if (store_load(s, id, STORE_LOCK, &c, e) < 0 || ctr_status(&c, &status, &pidfd, e) < 0 ||
		check_created(status, e) < 0)
		return -1;
	/* Without its cgroup the program would have no limits, without an agent nobody to answer
	 * for it; nothing has happened yet. Who has made the cgroup anew wants it to go on. */
	if ((cgroup_check(&c.state, e) < 0 && e->code != ESTALE) ||
		agent_connect(c.state.listener, &agent, e) < 0)
		return -1;
	if (notify_wanted() && notify_listen(&c, &notify, e) < 0)
		return -1;
	if (start(&c, &agent, notify, pidfd, e) == 0)
		return 0;
	/* runtime.md: what fails between start and the running program ends the container */
	err_init(&second);
	if (ctr_destroy(&c, &second) < 0)
		log_warning("container \"%s\" could not be removed after its failure: %s", id,
			err_text(&second));
	hooks_run_poststop(&c.state, -1);
	return -1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* exec_in.h - a program on its way into a container */
#ifndef CL_CTR_EXEC_IN_H
#define CL_CTR_EXEC_IN_H

#include "base/path.h"
#include "ctr/exec.h"
#include "foreground.h"
#include "init/init.h"
#include "oci/config.h"
#include "plan/plan.h"

struct exec {
	const struct exec_options *options;
	struct foreground *foreground; /* its signals end a wait; detached: none do */
	struct arena arena;
	struct str text, kept_text; /* of the process file, of the container's configuration */
	struct container container; /* loaded, not locked: many run at a time */
	struct config config;       /* the process; little else */
	struct config kept; /* of the container, as create kept it; doc.root NULL: not needed */
	struct plan plan;
	struct str filter; /* compiled filter as kept in the state directory */
	int proc_fd;       /* O_PATH of the host's /proc */
	int init_fd;       /* pidfd of the container's init */
	int root_fd; /* its root directory, where it has no mount namespace of its own; else -1 */
	struct ns_set
		shown; /* what init has handed out (exec_ask_init); n 0: its pidfd leads there */
	int cgroup_fd;
	bool at_once; /* nothing is to be done before the program runs: it does not wait for us */
	bool paused;  /* the container was, so that this may take long */
	const char *cgroup; /* its path; NULL: the container has none */
	bool sub;           /* it was made for this program */
	int64_t deadline;   /* of --timeout, as of deadline.h */
	bool enters;        /* our child enters the cgroup by itself (cg_enter) */
	bool stillborn;     /* it was killed at birth: to be tried again so */
	bool attach; /* systemd is to move our child there, since we may not clone into it: it waits
			for SYNC_GO */
	int sync;
	struct init_failure *failure; /* shared with the program's process, or NULL */
	pid_t pid;
	int pidfd;
	int master;
};

/* exec_read - fill x->config, and x->kept where it is needed */
NODISCARD int exec_read(struct exec *x, struct err *e);

/* exec_ask_init - where it waits for start and only root may look at it: x->shown and x->root_fd.
 * When it has been started meanwhile they stay empty. */
NODISCARD int exec_ask_init(struct exec *x, struct err *e);

/* exec_ended - why a process of exec has ended with this status without reporting an error. Returns
 * -1 with *e */
int exec_ended(const struct exec *x, const char *name, int status, struct err *e);

/* exec_clone - the program's process, in the cgroup and the container's namespaces: x->pid,
 * x->pidfd. sync: its end of a socket pair */
NODISCARD int exec_clone(struct exec *x, int sync, struct err *e);

/* exec_open_cgroup - x->cgroup_fd: the container's cgroup, or the one below it that --cgroup names
 */
NODISCARD int exec_open_cgroup(struct exec *x, struct err *e);

/* exec_make_sub - x->cgroup_fd: a new cgroup below that; nothing when none is asked for */
NODISCARD int exec_make_sub(struct exec *x, struct err *e);

/* exec_remake_sub - instead of one that another exec took for a leftover (ENODEV, ENOENT) */
NODISCARD int exec_remake_sub(struct exec *x, struct err *e);

/* exec_kill_sub - kill what lives in it; exec_end_sub: and remove it. What fails is a warning.
 * Nothing without one. */
void exec_kill_sub(const struct exec *x);
void exec_end_sub(struct exec *x);

/* exec_await - until fd can be read: 0. -1 with *e: the time is over, a signal wants an end, or the
 * container has ended. All that is waited for until the program runs is in its cgroup, where others
 * may freeze it. */
NODISCARD int exec_await(const struct exec *x, int fd, struct err *e);

/* exec_timed_out - *e: the time is over */
int exec_timed_out(const struct exec *x, struct err *e);

/* exec_open_init_cgroup - instead of the container's, which cannot take processes because it hands
 * controllers to its children (EBUSY): the one below it that init is in by now. An error where
 * --cgroup has named that cgroup. */
NODISCARD int exec_open_init_cgroup(struct exec *x, struct err *e);

/* exec_may_ask_systemd - can it come to exec_ask_systemd? */
bool exec_may_ask_systemd(const struct exec *x);

/* exec_ask_systemd - our child may not be cloned into the cgroup (EACCES): set x->attach, if
 * systemd can put it there */
NODISCARD int exec_ask_systemd(struct exec *x, struct err *e);

/* exec_wait_attached - in our child, with x->attach: wait at sync, its end of the socket pair, for
 * the end of exec_attach */
NODISCARD int exec_wait_attached(const struct exec *x, int sync, struct err *e);

/* exec_attach - with x->attach: have our child pid moved, and let it go on */
NODISCARD int exec_attach(struct exec *x, pid_t pid, struct err *e);

#endif

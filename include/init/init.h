/* SPDX-License-Identifier: Apache-2.0 */
/* init.h - the container's first process, from clone3(2) to execve(2)
 *
 * Runs as a copy of the parent: the plan is its own through copy-on-write. It takes no heap, no
 * stdio, no locks, and reads no JSON. */
#ifndef CL_INIT_INIT_H
#define CL_INIT_INIT_H

#include <sys/resource.h>

#include "kern/ns.h"
#include "plan/plan.h"

enum {
	INIT_HOST_HOOKS = 1, /* the parent has hooks to run, or network devices to move, once the
				tree is built: wait for it */
	INIT_STAGED = 2,     /* namespaces were joined by the process in between */
	INIT_UNSHARE = 4,    /* join and make all namespaces before the first stage */
	INIT_AT_ONCE = 8,    /* exec: nobody has anything to do between READY and START; neither is
				exchanged */
	INIT_SHOWS = 16, /* while init waits for start it hands its namespaces to who asks for them
			    (init/show.c) */
};

/* Shared memory in which a failed execve(2) is told, when a seccomp filter may leave no other way.
 */
struct init_failure {
	volatile int32_t code; /* errno; 0: it has not failed */
	char text[4092];       /* of the struct err, NUL-terminated; written before code */
};

struct init_args {
	const struct plan *plan;
	int sync;  /* SOCK_SEQPACKET to the parent, owned */
	int start; /* bound datagram socket at which `start` speaks to us, owned; -1: start comes
		      over sync */
	int proc;  /* O_PATH descriptor of the host's /proc, owned */
	struct init_failure *failure; /* shared memory, or NULL */
	const struct rlimit *nofile; /* limit on descriptors to go back to, NULL: it is as it was */
	unsigned flags;              /* INIT_* */
	/* exec only: */
	int target;                 /* pidfd of the container's init, owned */
	const struct ns_set *shown; /* the namespaces to join where that is not to be done by
				       target; else NULL */
	int setgroups; /* with INIT_STAGED: /proc/self/setgroups of the host's procfs, owned */
	int root;      /* its root directory, where setns(2) does not lead there; -1: it does */
	unsigned
		namespaces; /* CLONE_NEW* to join; a pid namespace has been seen to by the parent */
};

/* init_main - never returns. Current directory: the root filesystem's directory, as seen in the
 * caller's (copied) mount namespace. What fails is sent as one SYNC_ERROR to whoever waits (parent,
 * later start), and the process ends with status 1. */
void init_main(const struct init_args *args) NORETURN;

/* exec_main - the same for a further program in a container that is there: join, then everything
 * that init does to itself from the terminal on. Current directory: anywhere. */
void exec_main(const struct init_args *args) NORETURN;

/* init_join - join the namespaces of the plan other than mount, which init_main leaves for its very
 * end. Those of the host first, then the user namespace, then what only its owner may join. A pid
 * namespace, which is one for the children to be in, is left for later where no user namespace
 * takes the right to it. */
NODISCARD int init_join(const struct plan_namespaces *ns, int proc, struct err *e);

/* init_undumpable - not to be traced or looked into by anyone who shares our namespaces from now on
 * (CVE-2016-9962) */
NODISCARD int init_undumpable(struct err *e);

/* init_limit_caps - before others see init or an exec: keep only the capabilities that what follows
 * may need; admin: also CAP_SYS_ADMIN */
NODISCARD int init_limit_caps(const struct plan_process *p, bool admin, struct err *e);

/* exec_join - be in the namespaces and the root directory of the container that args names, with
 * the labels of the plan for the next execve(2) */
NODISCARD int exec_join(const struct init_args *args, struct err *e);

#endif

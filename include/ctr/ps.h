/* SPDX-License-Identifier: Apache-2.0 */
/* ps.h - the processes of a container */
#ifndef CL_CTR_PS_H
#define CL_CTR_PS_H

#include <time.h>

#include "ctr/store.h"

struct ps_process {
	pid_t pid, ppid, pgrp, session; /* as the caller's pid namespace numbers them */
	uint32_t uid, gid;              /* real */
	uint32_t euid, egid;
	char state;       /* R S D T t Z ... */
	const char *comm; /* name of the program that runs, as the kernel keeps it */
	const char
		*args;   /* its arguments with a blank between them; "[comm]" when there are none */
	uint32_t tty;    /* device number of its terminal, 0: none */
	bool foreground; /* of its terminal */
	int priority, nice;
	uint32_t threads;
	uint64_t cpu_ms, elapsed_ms; /* what it has used, and since its start */
	time_t start;
	uint64_t size_kb, resident_kb;
};

struct ps_list {
	struct ps_process *all; /* in the order of their pids */
	size_t n;
	time_t now;
	uint64_t memory_kb; /* of the machine */
};

/* ctr_pids - every process in the container's cgroup and below, in ascending order, 0 behind the
 * last; none for a stopped container. In the arena */
NODISCARD int ctr_pids(struct arena *a, const struct store *s, const char *id, pid_t **ret,
	struct err *e);

/* ctr_ps - the same with what /proc says about each; one that ends meanwhile is left out, one of
 * which something cannot be read is an error */
NODISCARD int ctr_ps(struct arena *a, const struct store *s, const char *id, struct ps_list *ret,
	struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* stage.h - what the stages of init share */
#ifndef CL_INIT_STAGE_H
#define CL_INIT_STAGE_H

#include "init/init.h"
#include "kern/sync.h"

/* listener.c */
struct init_listener {
	int fault_fd; /* userfaultfd(2) */
	int agent;    /* connected socket */
	int fd;       /* what seccomp(2) returned */
	void *stack_end;
	const char *gate; /* a page that is not there yet */
	size_t page;      /* its size */
};

enum { INIT_PASSWD_LINE = 4096 };

struct init {
	const struct plan *plan;
	struct init_args args;
	int reply;            /* who is told about an error: args.sync, after start the starter */
	int root;             /* O_PATH-like descriptor of the root mount of the container's tree */
	bool attached;        /* the tree hangs in the container's mount namespace */
	int dir;              /* last directory that a node or link went into, -1: none … */
	const char *dir_path; /* … dir_path[0..dir_len) */
	size_t dir_len;
	int slave; /* of the terminal, -1: none */
	int master;
	uint32_t refused;    /* bit n: process.rlimits[n] is left to the parent */
	int ruleset;         /* of Landlock, -1: none */
	struct ns_set shown; /* with INIT_SHOWS: the namespaces of the container */
	struct init_listener listener;
	char home[INIT_PASSWD_LINE]; /* "HOME=…" */
	char program[4096];          /* path for execve(2) */
};

/* Stages in their order; each states its contract at its definition. */
int init_namespaces(struct init *in, struct err *e);
int init_build(struct init *in, struct err *e);
int init_attach(struct init *in, struct err *e);
int init_hooks(struct init *in, struct err *e);
int init_sysctl(struct init *in, struct err *e);
int init_labels(struct init *in, struct err *e);
int init_pivot(struct init *in, struct err *e);
int init_appear(struct init *in, struct err *e);
int init_terminal(struct init *in, struct err *e);
int init_seal(struct init *in, struct err *e);
int init_join_mounts(struct init *in, struct err *e);
int init_landlock(struct init *in, struct err *e);
int init_process(struct init *in, struct err *e);
int init_descriptors(struct init *in, struct err *e);
int init_program(struct init *in, struct err *e);
int exec_enter(struct init *in, struct err *e);
int exec_terminal(struct init *in, struct err *e);

/* init_join_one - join the namespace of *j */
int init_join_one(const struct plan_join *j, struct err *e);

/* init_become_root - inside a user namespace the host's ids mean nothing: become its root, where it
 * has one */
int init_become_root(struct err *e);

/* init_join_keyring - join the session keyring of that name; NULL: keep the caller's */
int init_join_keyring(const char *name, struct err *e);

/* init_set_labels - the labels of the program; init_key_label - of the keyring that is made next.
 * proc: the host's procfs. Both hold from the call on, for what is cloned, too, until execve(2). */
int init_set_labels(const struct plan *p, int proc, struct err *e);
int init_key_label(const struct plan *p, int proc, struct err *e);

/* init_home - the HOME that the environment lacks. An error: the file that says it could not be
 * read. */
int init_home(struct init *in, struct err *e);

/* init_open_terminal - a pseudo terminal of the devpts on /dev/pts into in->master and in->slave */
int init_open_terminal(struct init *in, struct err *e);
int init_listener(struct init *in, struct err *e);

/* init_show_open - with INIT_SHOWS: open what init_show hands out, while the host's procfs is at
 * hand; once is enough */
int init_show_open(struct init *in, struct err *e);

/* init_show - hand it out over sock, which it closes */
void init_show(const struct init *in, int sock);

/* init_show_end - close it */
void init_show_end(struct init *in);

/* init_listener_pid - put our pid, as the runtime knows it, into what the seccomp agent is told */
void init_listener_pid(struct init *in, int32_t pid);

/* init_install_filter - load the seccomp filter, if there is one, and hand its listener over. After
 * success the caller may make no system call but execve(2). */
int init_install_filter(struct init *in, struct err *e);

enum { EXPLAIN_FILTERED = 1, EXPLAIN_NAMED = 2 };

/* init_explain - put behind the text of *e, which says that the program at path could not be
 * executed because of code, what can be seen of the cause. EXPLAIN_FILTERED: the seccomp filter is
 * in force. EXPLAIN_NAMED: the text does not say the path. */
void init_explain(const struct init *in, const char *path, int code, unsigned flags, struct err *e);

/* init_restrict - put the rules of init_landlock in force. What is opened or executed after it, the
 * rules must allow. */
int init_restrict(struct init *in, struct err *e);

/* init_late_limits - the limits that init itself could not have worked under */
int init_late_limits(const struct plan_process *p, struct err *e);

/* init_attach_tree - give the detached tree its place in the container's mount namespace;
 * the second call does nothing */
int init_attach_tree(struct init *in, struct err *e);

/* init_place - move detached mount fd onto target; attaches the tree first where the kernel cannot
 * nest detached mounts */
int init_place(struct init *in, int fd, int target, struct err *e);

/* init_file_kind - "a directory", "a file" … */
const char *init_file_kind(mode_t mode);

/* init_explain_ids - to *e of a mount that failed, which id of its options the user namespace
 * lacks. -1 */
int init_explain_ids(const struct init *in, const struct op *op, struct err *e);

/* init_node, init_link - one device node or link of the plan */
int init_node(struct init *in, const struct op *op, struct err *e);
int init_link(struct init *in, const struct op *op, struct err *e);

/* init_forget_dir - a mount may cover the directory that was kept open */
void init_forget_dir(struct init *in);

/* init_run_hooks - run hooks with the state on their standard input */
int init_run_hooks(const struct plan_hooks *hooks, struct err *e);

#endif

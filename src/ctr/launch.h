/* SPDX-License-Identifier: Apache-2.0 */
/* launch.h - a container on its way into being
 *
 * create and run share it: prepare (pure work and checks, nothing on the host changes), make (the
 * transaction), begin (run only). */
#ifndef CL_CTR_LAUNCH_H
#define CL_CTR_LAUNCH_H

#include <sys/resource.h>

#include "ctr/create.h"
#include "ctr/store.h"
#include "init/init.h"
#include "kern/proc.h"
#include "kern/sync.h"
#include "kern/syscalls.h"
#include "oci/config.h"
#include "plan/plan.h"

struct launch {
	const struct store *store;
	struct create_options options; /* paths absolute once prepared */
	struct arena arena;            /* configuration and plan */
	struct str text;               /* of config.json */
	struct config config;
	struct plan plan;
	const char *bundle;         /* absolute */
	struct container container; /* once claimed */
	bool claimed;
	int bundle_fd, rootfs_fd; /* O_PATH */
	int proc_fd;              /* O_PATH of the host's /proc */
	int cgroup_fd;
	unsigned cgroup_dirs;         /* made here: the cgroup and parents of it */
	int sync, init_sync;          /* our end and init's; the latter closed once it is cloned */
	int start_sock;               /* create: bound socket for init */
	struct rlimit nofile;         /* limit on descriptors as the caller gave it … */
	bool more_fds;                /* … which has been raised */
	struct init_failure *failure; /* shared with init, or NULL */
	pid_t pid;
	int pidfd;         /* -1 before the clone */
	struct proc_id id; /* of pid; inode and start time 0: not looked up */
	bool stillborn;    /* what was cloned was killed at birth (cg_enter) */
	bool again;        /* … and another try may go better */
	int master;        /* terminal, -1: none */
	int rdt_fd;        /* O_PATH of the resctrl mount, -1: not used */
	bool rdt_made; /* we made the group; l->container.state says whether delete may remove it */
	bool user_manager;       /* the scope is the user's service manager's, not the system's */
	struct systemd *systemd; /* connection, until the scope has been started; NULL: none */
	int stop_fd;             /* as of stop_open, -1: nothing hangs for long */
	int net_fd; /* network namespace that devices were moved to, while they can still come back;
		       -1 */
};

#define auto_launch __attribute__((cleanup(launch_done)))

void launch_init(struct launch *l, const struct store *s, const struct create_options *o);
void launch_done(struct launch *l);

/* launch_prepare - read the bundle, check everything that can be checked, make the plan */
NODISCARD int launch_prepare(struct launch *l, struct err *e);

/* launch_rootless - may the container do without what the caller is not allowed to give it? What
 * --rootless says; when it says nothing: other users than root, and everybody in a user namespace
 */
bool launch_rootless(const struct create_options *o);

/* launch_cgroup - the cgroup with its limits and device filter; what a rootless caller cannot have
 * is a warning. launch_late_limits - what must wait until init is cloned */
NODISCARD int launch_cgroup(struct launch *l, struct err *e);
NODISCARD int launch_late_limits(struct launch *l, struct err *e);

/* launch_scope_cgroup - the same for the cgroup that systemd has made and init is in */
NODISCARD int launch_scope_cgroup(struct launch *l, struct err *e);

/* launch_oom_score - process.oomScoreAdj of init. In a user namespace of its own while init still
 * waits for its maps: later the file belongs to the host's root. What a rootless caller may not set
 * is a warning: engines ask for 0, and a login session may run with more. */
NODISCARD int launch_oom_score(struct launch *l, struct err *e);

/* launch_check_host - are there the mount sources, the program and the controllers that the plan
 * needs? */
NODISCARD int launch_check_host(const struct launch *l, struct err *e);

/* launch_print - the plan to standard output, then launch_check_host (--dry-run) */
NODISCARD int launch_print(const struct launch *l, struct err *e);

enum { LAUNCH_SOCKET = 1 }; /* make the start socket: init waits for another process's `start` */

/* launch_expect - a message of init, or -1 when it fails or a signal wants an end
 * (launch_stoppable) */
NODISCARD int launch_expect(const struct launch *l, enum sync_type type, struct sync_message *ret,
	struct err *e);

/* launch_await - until sock can be read. -1: a signal wants an end, or what has been cloned is in a
 * frozen cgroup and was not thawed in time; what it waits for is a warning after a second */
NODISCARD int launch_await(const struct launch *l, int sock, struct err *e);

/* launch_expect_from - the same from another process of ours; its name and socket are given.
 * launch_end_helper - end that, when it has done its work (e and peer NULL) or has not, and say
 * more of why when it has ended without a word */
NODISCARD int launch_expect_from(const struct launch *l, struct sync_peer *peer,
	enum sync_type type, struct sync_message *ret, struct err *e);
void launch_end_helper(struct launch *l, const struct sync_peer *peer, pid_t pid, int pidfd,
	struct err *e);

/* launch_into - let what is cloned with these arguments be in the cgroup, if there is one yet.
 * launch_enter - to be called in what has been cloned, first */
void launch_into(const struct launch *l, struct clone_args *a);
NODISCARD int launch_enter(const struct launch *l, struct err *e);

/* launch_again - after launch_make has failed: is it worth another try? l->options, which live as
 * long as l, are for one more launch. */
bool launch_again(struct launch *l, struct err *e);

/* launch_stoppable - where hooks may hang: let signals end what is waited for */
NODISCARD int launch_stoppable(struct launch *l, struct err *e);

/* launch_make - claim the id and make the container up to its READY; what fails is undone */
NODISCARD int launch_make(struct launch *l, unsigned flags, struct err *e);

/* launch_claim - the part of it before anything runs: the id, the state directory, the cgroup with
 * its limits */
NODISCARD int launch_claim(struct launch *l, struct err *e);

/* launch_host_hooks - network devices, prestart and createRuntime hooks, once the namespaces are
 * there */
NODISCARD int launch_host_hooks(struct launch *l, struct err *e);

/* launch_record - hand out terminal, pidfd and pid file, and write down that the container lives;
 * nothing is undone here */
NODISCARD int launch_record(struct launch *l, struct err *e);

/* launch_stay - run, restore: until the program has ended, then delete the container, unless
 * somebody else has, or CREATE_KEEP */
struct foreground;
NODISCARD int launch_stay(struct launch *l, struct foreground *f, int *ret_status, struct err *e);

/* launch_commit - launch_record, and let init wait for start */
NODISCARD int launch_commit(struct launch *l, struct err *e);

/* launch_undo - kill init, remove what was made, run the poststop hooks. Returns -1. */
int launch_undo(struct launch *l);

/* launch_check_shared - is the cgroup, which exists, that of another container in the store? Then
 * -1 */
NODISCARD int launch_check_shared(struct launch *l, struct err *e);

/* launch_pass_descriptors - p->fds: those of p->keep_fds that the caller has opened; all others are
 * not for the program. An error: one of LISTEN_FDS is not open. */
NODISCARD int launch_pass_descriptors(struct arena *a, struct plan_process *p, struct err *e);

/* launch_clone - clone init (through a process in between where namespaces have to be joined first)
 * and write its id maps */
NODISCARD int launch_clone(struct launch *l, unsigned init_flags, struct err *e);

/* launch_appear - where a pid namespace is joined: go on with the init that is in it. Before that,
 * limits on processes would count its clone. */
NODISCARD int launch_appear(struct launch *l, struct err *e);

/* launch_proc - the proc filesystems of the plan that show a pid namespace which is joined: made by
 * us, since what builds the tree is not in it */
NODISCARD int launch_proc(struct launch *l, struct err *e);

/* launch_manager_cgroup - the cgroup of the service manager that is going to make the scope: "" for
 * the system's, else where the user's is expected */
const char *launch_manager_cgroup(struct launch *l);

/* launch_scope_open - with a scope in the plan: connect to systemd. launch_scope_start: have the
 * scope made around the init that waits, and open its cgroup */
NODISCARD int launch_scope_open(struct launch *l, struct err *e);
NODISCARD int launch_scope_start(struct launch *l, struct err *e);

/* launch_net_devices - move the network devices of the plan to the container. launch_net_undo takes
 * them back (a warning tells what stays); launch_net_settle ends that possibility. */
NODISCARD int launch_net_devices(struct launch *l, struct err *e);
void launch_net_undo(struct launch *l);
void launch_net_settle(struct launch *l);

/* launch_rdt_… - the resctrl groups of the plan: find the mount; look, and note in the state what
 * will be made; make it; put init in; record for good what delete removes, which a later
 * launch_rdt_undo turns back. Without them in the plan all do nothing. */
NODISCARD int launch_rdt_open(struct launch *l, struct err *e);
NODISCARD int launch_rdt_note(struct launch *l, struct err *e);
NODISCARD int launch_rdt_make(struct launch *l, struct err *e);
NODISCARD int launch_rdt_enter(struct launch *l, struct err *e);
void launch_rdt_settle(struct launch *l);
void launch_rdt_undo(struct launch *l);

/* launch_ignored_signals - bit n - 1: the caller ignores signal n. launch_reset_signals - in the
 * child: default for those, none blocked */
uint64_t launch_ignored_signals(int proc_fd);
void launch_reset_signals(uint64_t ignored);

/* launch_node - a detached mount of the device node of op: the host's at its path, or a new one;
 * -1: init tries, and explains */
int launch_node(const struct plan_namespaces *ns, const struct op *op);

/* launch_inside - mark bind sources that the root filesystem has, also behind symbolic links */
void launch_inside(struct launch *l);

/* launch_sources - open what only the parent may open: mount sources for a user namespace, idmapped
 * mounts, namespaces to join */
NODISCARD int launch_sources(struct launch *l, struct err *e);

/* launch_result - wait on sock for what becomes of a start: 0 when the program runs, else *e.
 * failure: where init may have left what it could not send, or NULL */
NODISCARD int launch_result(int sock, const struct init_failure *failure, struct err *e);

/* launch_executed - after that: has the process really become the program? Its end closes its
 * socket, too. -1: who was killed before */
NODISCARD int launch_executed(int pidfd, pid_t pid, const char *who, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* plan.h - what will be done, decided before anything is done
 *
 * plan_make turns config + command line + facts about the host into one value that init and ctr
 * execute without looking at config.json again. It is pure and printable (plan_dump). Everything
 * lives in the arena given to it; only the descriptors marked "ctr" are filled in later, by the
 * parent, before the clone. `where` strings name the place in config.json for messages of later
 * steps. */
#ifndef CL_PLAN_PLAN_H
#define CL_PLAN_PLAN_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "kern/cred.h"
#include "kern/devprog.h"
#include "kern/facts.h"
#include "kern/idmap.h"
#include "kern/landlock.h"
#include "kern/netdev.h"
#include "kern/resctrl.h"
#include "kern/seccomp.h"
#include "kern/spawn.h"
#include "kern/systemd.h"

struct config;

/* ---- namespaces ---- */

struct plan_join {
	unsigned type; /* CLONE_NEW* */
	const char *path;
	const char *where;
	int fd; /* ctr: checked namespace descriptor */
};

struct plan_clock {
	bool given;
	int64_t secs;
	uint32_t nanosecs;
};

enum { PLAN_NAMESPACES = 8 };

struct plan_namespaces {
	unsigned fresh; /* CLONE_NEW* to make */
	struct plan_join join[PLAN_NAMESPACES];
	size_t n_join;
	struct id_map *uids, *gids; /* of the fresh user namespace */
	size_t n_uids, n_gids;
	unsigned map_flags; /* IDMAP_* */
	struct plan_clock monotonic, boottime;
	const char *hostname, *domainname;
	bool loopback; /* bring lo up */
};

/* plan_in_userns - will the container be in another user namespace than the caller? */
bool plan_in_userns(const struct plan_namespaces *ns);

/* plan_join_of - the namespace of this type that is joined by its path, or NULL */
const struct plan_join *plan_join_of(const struct plan_namespaces *ns, unsigned type);

/* ---- root filesystem ---- */

enum op_kind {
	OP_MOUNT,    /* a new filesystem on target */
	OP_BIND,     /* a clone of source on target */
	OP_REMOUNT,  /* change what is mounted on target */
	OP_NODE,     /* device node or FIFO; a bind of the host's node where nodes cannot be made */
	OP_LINK,     /* symbolic link; what exists stays */
	OP_MASK,     /* hide: /dev/null over a file, an empty tmpfs over a directory, if there */
	OP_READONLY, /* make read-only: target and all below, if there */
};

enum {
	OP_REC = 1,             /* bind: with submounts */
	OP_COPY_UP = 2,         /* tmpfs: start with what lies under it */
	OP_NO_SYMLINKS = 4,     /* target may not be or lead through a symlink */
	OP_SRC_NOFOLLOW = 8,    /* bind the symlink itself */
	OP_IDMAP_REC = 16,      /* the id map covers submounts, too */
	OP_ON_PROC = 32,        /* target may lie on procfs */
	OP_FORCE = 64,          /* link: replace what exists */
	OP_USERNS_IDMAP = 128,  /* map ids as the container's user namespace does */
	OP_ITSELF = 256,        /* read-only: the mount that is there, nothing below it */
	OP_DEST_NOFOLLOW = 512, /* a symlink on target is mounted on itself */
	OP_COPY_SYMLINK = 1024, /* bind: a source that is a symlink is made again instead */
	OP_COVERED_MODE = 2048, /* tmpfs: with the mode of the directory that it covers */
	OP_SAME = 4096,         /* link: what exists must be the same link */
	OP_JOINED_IDMAP = 8192, /* map ids as the user namespace that is joined does */
	OP_INSIDE = 16384,      /* bind: the source is what the tree has there by then */
	OP_HOST_SYS = 32768,    /* sysfs: the host's /sys where no new one can be had */
	OP_HIDE_NET = 65536,    /* sysfs: the host's network is not the container's */
	OP_BOUND = 131072,      /* init: the host's stands for a new filesystem */
};

enum { OP_PROPAGATIONS = 8 };

struct op_mount {
	const char *type;        /* MOUNT: filesystem */
	const char *source;      /* MOUNT: source given to it or NULL; BIND: absolute host path */
	const char *inside;      /* BIND with OP_INSIDE: the source inside the root filesystem */
	const char *const *data; /* filesystem options, NULL-terminated */
	unsigned long sb_set, sb_clear; /* MS_* of the superblock */
	uint64_t attr_set, attr_clear;  /* MOUNT_ATTR_* */
	uint64_t attr_others; /* BIND: to clear as well, because the options do not name them */
	uint64_t rec_set, rec_clear;           /* the same for the whole tree */
	uint64_t propagation[OP_PROPAGATIONS]; /* MS_*, maybe with MS_REC, in order */
	size_t n_propagation;
	const char *label;   /* MOUNT: of SELinux, for its root directory, or NULL */
	const char *instead; /* MOUNT: host path to bind when the kernel refuses a new instance
				(EPERM, EBUSY) */
	struct id_map *uids, *gids; /* idmapped */
	size_t n_uids, n_gids;
	int idmap_fd;        /* ctr: MOUNT: the user namespace to map by, 0: none */
	int instead_fd;      /* ctr: MOUNT: what is bound instead, opened by the parent, 0: not */
	int source_fd;       /* ctr: detached mount opened (MOUNT: made) by the parent, or -1 */
	bool source_is_file; /* ctr: known with source_fd */
};

struct op_node {
	mode_t mode; /* S_IFCHR | 0666 … */
	unsigned major, minor;
	uint32_t uid, gid; /* inside */
	bool bind;         /* clone the host's node at the same path */
	int source_fd;     /* ctr: as in op_mount */
};

struct op {
	enum op_kind kind;
	unsigned flags;
	const char *where;
	const char *target; /* absolute and clean, inside the root filesystem */
	union {
		struct op_mount mount;
		struct op_node node;
		const char *link_to;
	};
};

struct plan_root {
	const char *path; /* absolute host path */
	struct op *build; /* before the hooks: mounts, nodes, links, in order */
	size_t n_build;
	struct op *seal; /* after the hooks: masked and read-only paths */
	size_t n_seal;
	bool readonly;
	uint64_t propagation; /* final propagation of "/": MS_*, 0: private */
	bool propagation_rec;
	bool pivot;             /* pivot_root; else --no-pivot */
	bool dev_owned;         /* /dev is set up by us (no bind mount on it) */
	const char *label;      /* of SELinux, for filesystems that we make; NULL: the policy's */
	const char *context[2]; /* the same as a mount option, NULL-terminated */
};

/* ---- process ---- */

struct plan_rlimit {
	int resource;
	const char *name;
	uint64_t soft, hard;
	uint64_t early_soft; /* while init is at work; above hard: the limit is not set before the
				end */
};

struct plan_scheduler {
	bool given;
	uint32_t policy;
	int32_t nice, priority;
	uint64_t flags, runtime, deadline, period;
};

enum { PLAN_CPU_WORDS = 128 }; /* 8192 CPUs, as many as the kernel has (CONFIG_NR_CPUS) */

struct plan_label {
	const char *value; /* NULL: none */
	const char *where; /* NULL: from the command line, or the container's */
};

struct plan_process {
	bool given; /* config.json has a process */
	const char *const *args;
	const char **env;   /* NULL-terminated */
	const char **home;  /* slot of env that init fills with "HOME=…", or NULL: it is given */
	const char *search; /* value of PATH in env, or the default */
	const char *cwd;
	struct cred cred;
	mode_t umask;
	struct plan_rlimit *rlimits;
	size_t n_rlimits;
	bool no_new_privs;
	struct plan_label apparmor, selinux; /* of the program */
	bool has_oom_score_adj;
	int oom_score_adj;
	bool terminal;
	uint16_t rows, columns;
	struct plan_scheduler scheduler;
	bool has_io_priority;
	int io_priority; /* as ioprio_set(2) takes it */
	bool has_personality;
	unsigned long personality;
	bool has_memory_policy;
	int memory_mode;                       /* with its flags or-ed in */
	unsigned long memory_nodes[16];        /* bit mask: 1024 nodes, as many as the kernel has */
	bool has_cpus_initial, has_cpus_final; /* exec: CPUs before and after it joins the cgroup */
	unsigned long cpus_initial[PLAN_CPU_WORDS], cpus_final[PLAN_CPU_WORDS];
	unsigned listen_fds, keep_fds; /* descriptors from 3 up that are sockets of LISTEN_FDS; the
					  program may get */
	struct fd_list fds;            /* ctr: those of keep_fds that the caller has opened */
};

struct plan_sysctl {
	const char *path; /* "net/ipv4/ip_forward" */
	const char *value;
	const char *where;
};

struct plan_hook {
	const char *where;
	struct spawn spawn; /* input is put in by init */
};

struct plan_hooks {
	struct plan_hook *list;
	size_t count;
	char *state; /* ctr: the OCI state for their standard input … */
	size_t state_len;
	size_t pid_at; /* … with room for PLAN_PID_DIGITS digits of the pid here */
};

enum { PLAN_PID_DIGITS = 10 };

/* ---- seccomp agent ---- */

struct plan_listener {
	const char *path;     /* its socket; NULL: the filter notifies nobody */
	const char *metadata; /* for it, or NULL */
	char *text;           /* ctr: what it is told, the container process state … */
	size_t len;
	size_t pid_at[2]; /* … with room for PLAN_PID_DIGITS digits of the pid at these places */
	size_t n_pids;
};

/* ---- cgroup ---- */

struct plan_setting {
	const char *file, *value;
	const char *other_file, *other_value; /* written instead when file does not exist; NULL:
						 there is no other */
	bool optional;                        /* where no such file exists nothing is lost: go on */
	const char *where;
};

struct plan_cgroup {
	const char *path;         /* below the cgroup2 mount; NULL: none is made */
	const char **controllers; /* NULL-terminated: what the settings need */
	struct plan_setting *settings;
	size_t n_settings;
	struct dev_rule *rules; /* complete, defaults included */
	size_t n_rules;
	const char *scope; /* unit of systemd that the cgroup is made as, path is then where it is
			      expected; NULL: made by us */
	const char *slice; /* unit that the scope is in */
	const char *subgroup; /* cgroup below that of the scope which is the container's, the last
				 part of path; NULL: it is the scope's */
	struct unit_property *properties; /* of the scope */
	size_t n_properties;
};

/* ---- Landlock ---- */

struct plan_landlock_rule {
	uint64_t access;
	const char *path; /* clean, inside the root filesystem; NULL: a rule for a TCP port */
	uint16_t port;
	const char *where;
};

struct plan_landlock {
	bool given;
	bool best_effort; /* a path that is not there is a warning */
	struct landlock_set handled;
	struct plan_landlock_rule *rules;
	size_t n_rules;
};

struct plan {
	const char *id;
	const char *bundle; /* absolute */
	struct plan_namespaces ns;
	struct plan_root root;
	struct plan_process process;
	struct plan_sysctl *sysctl;
	size_t n_sysctl;
	struct netdev *net_devices; /* moved by ctr, before the hooks */
	size_t n_net_devices;
	struct plan_hooks create_container, start_container;
	struct plan_cgroup cgroup;
	struct resctrl resctrl;
	bool has_seccomp;
	struct seccomp_profile seccomp;
	struct seccomp_filter filter; /* ctr: compiled; without has_seccomp from an annotation */
	struct plan_listener listener;
	struct plan_landlock landlock;
	const char *keyring; /* session keyring to join, or NULL */
};

enum {
	PLAN_NO_PIVOT = 1,
	PLAN_NO_NEW_KEYRING = 2,
	PLAN_NO_CGROUP = 4,
};

struct plan_options {
	const char *id;
	const char *bundle;       /* absolute */
	unsigned flags;           /* PLAN_* */
	unsigned preserve_fds;    /* --preserve-fds */
	unsigned listen_fds;      /* LISTEN_FDS of the caller, 0: none */
	const char *listen_names; /* LISTEN_FDNAMES of the caller or NULL */
	const char *notify_dir;   /* host directory that will hold notify.sock, or NULL */
	const char *systemd; /* the cgroup is a scope of the service manager that has this cgroup:
				"" for the system's, else the user's; NULL: it is no scope */
};

/* plan_make - the plan for a parsed configuration. Things that cannot be granted but need not stop
 * the container (capabilities, LSM labels without the LSM) are warnings through log.h. -1:
 * something that this host or build cannot do; the error has the place in config.json. */
NODISCARD int plan_make(struct arena *a, const struct config *c, const struct plan_options *o,
	const struct facts *f, struct plan *ret, struct err *e);

/* plan_asks_for_map - does init, in a user namespace, have the parent map the ids of what op binds?
 * In the order of the operations: SYNC_MOUNT with the mount, answered by SYNC_GO. */
bool plan_asks_for_map(const struct plan *p, const struct op *op);

/* plan_needs_subids - does the plan depend on the subordinate ids of an unprivileged caller? */
bool plan_needs_subids(const struct config *c);

/* plan_make_exec - the process part alone, for exec */
struct plan_exec {
	const struct config *config;    /* has just a process */
	const struct config *container; /* the container's, for the Landlock rules and the seccomp
					   agent that hold for it as well; NULL: there are none */
	unsigned namespaces;            /* CLONE_NEW* of the container, as in its state */
};
NODISCARD int plan_make_exec(struct arena *a, const struct plan_exec *x,
	const struct plan_options *o, const struct facts *f, struct plan *ret, struct err *e);

/* plan_make_dump - namespaces and root file system alone, to know what a container that is there
 * consists of */
NODISCARD int plan_make_dump(struct arena *a, const struct config *c, const struct plan_options *o,
	struct plan *ret, struct err *e);

/* plan_cgroup_settings - the settings and controllers of resources r in cgroup v2 terms, in the
 * order in which they have to be written (config-linux.md, cgroup-v2.rst) */
struct config_resources;
struct json_doc;
NODISCARD int plan_cgroup_settings(struct arena *a, const struct json_doc *doc,
	const struct config_resources *r, struct plan_cgroup *ret, struct err *e);

/* what a limit may go by that is changed alone: the limits in force */
struct plan_limits {
	uint64_t memory,
		swap; /* memory.max, memory.swap.max; UINT64_MAX: no limit, or no such file */
	uint64_t quota, period; /* cpu.max in microseconds; quota UINT64_MAX: no limit */
};

/* plan_cgroup_changes - as plan_cgroup_settings, for a cgroup in use with these limits. What r does
 * not say stays as it is: a quota keeps its period and a period its quota, memory.swap counts from
 * the limit of memory in force. */
NODISCARD int plan_cgroup_changes(struct arena *a, const struct json_doc *doc,
	const struct config_resources *r, const struct plan_limits *now, struct plan_cgroup *ret,
	struct err *e);

/* plan_scope_changes - in *ret the properties of a scope that go with the settings in *ret */
void plan_scope_changes(struct arena *a, struct plan_cgroup *ret);

/* plan_resctrl_lines - what c says about schemata, line by line in the order of writing;
 * NULL-terminated */
struct config_intel_rdt;
const char *const *plan_resctrl_lines(struct arena *a, const struct config_intel_rdt *c);

/* plan_scope - names, properties and expected path of the scope: linux.cgroupsPath as
 * "slice:prefix:name", the settings and device rules in *ret, and the annotations
 * org.systemd.property.NAME and run.oci.systemd.subgroup */
struct config;
NODISCARD int plan_scope(struct arena *a, const struct config *c, const struct plan_options *o,
	struct plan_cgroup *ret, struct err *e);

/* plan_cgroup_owner - does the container manage its own cgroup: has it a cgroup namespace of its
 * own, and a cgroup hierarchy that it may write to on /sys/fs/cgroup? Then *ret is process.user.uid
 * as the host calls it, and the cgroup is to be given to it (config-linux.md, "Cgroup Ownership").
 */
bool plan_cgroup_owner(const struct plan *p, uint32_t *ret);

/* plan_dump - the plan as text, one operation a line: `create --dry-run` and the golden tests */
void plan_dump(const struct plan *p, struct str *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* state.h - the state of a container: what the state directory keeps, and what the spec calls state
 * (runtime.md)
 *
 * state_text writes the document kept as state.json (version field "crunLite": 1); state_parse
 * reads it back and trusts nothing in it: a truncated, foreign or newer document gives an error
 * that names the file and the reason. state_oci writes what hooks and `state` print. */
#ifndef CL_OCI_STATE_H
#define CL_OCI_STATE_H

#include <sys/types.h>

#include "base/json.h"
#include "base/jsonw.h"
#include "oci/config.h"

#define OCI_VERSION                                                                              \
	"1.3.0" /* newest runtime-spec this program implements: ociVersion of state and features \
		 */
#define OCI_VERSION_MIN "1.0.0"

enum { STATE_DESCRIPTORS = 3 }; /* at most */

/* how the container's first process ended, as far as somebody saw it */
struct state_end {
	bool is_known;        /* one of these two: */
	int code;             /* exit status … */
	int signal;           /* … or the signal that ended it, 0: none */
	const char *finished; /* RFC 3339, UTC; NULL: unknown */
	bool has_oom;         /* whether the OOM killer ended the first process: */
	bool oom_killed;
};

struct state {
	const char *id;
	pid_t pid;           /* 0: not yet made */
	uint64_t start_time; /* field 22 of /proc/PID/stat, clock ticks since boot; 0 while pid is 0
			      */
	uint64_t pid_inode;  /* inode of its pidfd in pidfs (kernel 6.9), unique for a boot; 0:
				unknown */
	const char *bundle;  /* absolute */
	const char *rootfs;  /* absolute; "" without one */
	const char *created; /* RFC 3339, UTC, nanoseconds */
	uint32_t owner;      /* uid that ran create */
	const char *owner_name; /* for state_oci where it has been looked up; NULL: not. Not kept */
	const char *cgroup; /* path of the container's cgroup below the cgroup2 mount, "/…"; NULL:
			       none */
	const char *cgroup_mount; /* host path of that mount */
	bool cgroup_made;         /* delete may remove it */
	bool cgroup_has_id;       /* false: recorded by a version that knew it by its path only */
	uint64_t cgroup_id; /* inode of its directory, which no other cgroup has; 0: not made yet */
	const char
		*rdt_group;   /* directory below the resctrl mount, "" the root group; NULL: none */
	bool rdt_made;        /* delete removes it */
	bool rdt_monitor;     /* and, in it, the monitoring group called id */
	uint64_t namespaces;  /* CLONE_NEW*: where it need not be where its creator was */
	bool chroot;          /* its root is not that of its mount namespace */
	const char *scope;    /* unit of systemd that the cgroup belongs to; NULL: none */
	const char *slice;    /* unit that the scope is in; with scope */
	bool user_manager;    /* the scope is the user's service manager's, not the system's */
	bool has_socket;      /* made by create: waits at its start socket */
	const char *listener; /* socket of the seccomp agent, absolute; NULL: none */
	const char *apparmor, *selinux; /* labels of its program, for what exec runs; NULL: none */
	const char *const
		*descriptors; /* what its first process got as standard descriptors, in the words of
				 criu; NULL-terminated; NULL: it has a terminal of its own */
	uint32_t process_start,
		process_end; /* the process object in the kept configuration, bytes; 0, 0: none */
	struct config_annotation *annotations;
	size_t n_annotations;
	const char
		*hooks; /* raw JSON of config.json's hooks object, or NULL; points into the text */
	size_t hooks_len;
	struct state_end end;
};

/* state_text - append the document to *out */
void state_text(const struct state *s, struct str *out);

/* state_parse - text[len] must outlive *ret; name is the path shown in messages */
NODISCARD int state_parse(struct arena *a, const char *name, const char *text, size_t len,
	struct state *ret, struct err *e);

/* state_oci - append the OCI state: ociVersion, id, status, pid (0 for stopped), bundle,
 * annotations, and, when full, the fields engines read beside them (rootfs, created, owner), and
 * what is known of the end (exitCode or exitSignal, finished, oomKilled). indent as in jsonw.h; no
 * newline at the end. status is one of creating, created, running, paused, stopped. */
void state_oci(const struct state *s, const char *status, pid_t pid, bool full, unsigned indent,
	struct str *out);

/* state_listener - append the container process state (config-linux.md, "The Container Process
 * State"): what a seccomp agent is told along with the descriptor. The pid of the process comes
 * first and is 0; status and pid are the container's. */
void state_listener(const struct state *s, const char *status, pid_t pid, const char *metadata,
	struct str *out);

/* state_id_valid - LIFE-03: 1..LIMIT_ID_LEN of [A-Za-z0-9_+,.-], neither "." nor ".."; err names
 * the rule */
NODISCARD int state_check_id(const char *id, struct err *e);

/* state_end_of_options - "-- " for an id that an option could be taken for: before it, in a command
 * that a message shows; "" for others */
const char *state_end_of_options(const char *id);

#endif

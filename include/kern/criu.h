/* SPDX-License-Identifier: Apache-2.0 */
/* criu.h - processes to images and back, by the program criu through libcriu (criu.org, "C API")
 *
 * libcriu is loaded with criu_open, and with it the program is looked for, so that a caller knows
 * that both are there before it changes anything. The program does the work; it is a child of the
 * caller and gets its mount namespace, cgroup and standard descriptors. One job at a time. */
#ifndef CL_KERN_CRIU_H
#define CL_KERN_CRIU_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct criu;

enum {
	CRIU_LEAVE_RUNNING = 1,
	CRIU_TCP_ESTABLISHED = 2,
	CRIU_TCP_SKIP_IN_FLIGHT = 4,
	CRIU_TCP_CLOSE = 8,
	CRIU_EXT_UNIX = 16,
	CRIU_SHELL_JOB = 32,
	CRIU_FILE_LOCKS = 64,
	CRIU_LINK_REMAP = 128,
	CRIU_AUTO_DEDUP = 256,
	CRIU_TRACK_MEM = 512, /* remember which pages change from now on */
	CRIU_EVASIVE_DEVICES = 1024,
	CRIU_LAZY_PAGES =
		2048,         /* leave the pages to a page server, fetch them when they are used */
	CRIU_PRE_DUMP = 4096, /* dump: the memory only, everything goes on */
};

/* numbers of the library */
enum criu_cgroups {
	CRIU_CGROUPS_IGNORE = 0, /* processes stay in the cgroup of the program */
	CRIU_CGROUPS_SOFT = 3,   /* set up only the cgroups that are not there */
	CRIU_CGROUPS_FULL = 4,
	CRIU_CGROUPS_STRICT = 5, /* fail when one is there already */
};
enum criu_lock {
	CRIU_LOCK_DEFAULT = 0,
	CRIU_LOCK_IPTABLES = 1,
	CRIU_LOCK_NFTABLES = 2,
	CRIU_LOCK_SKIP = 3
};

struct criu_pair {
	const char *key, *value;
};

struct criu_fd {
	int fd; /* below 3, or not close-on-exec */
	const char *key;
};

struct criu_job {
	unsigned flags; /* CRIU_* */
	enum criu_cgroups cgroups;
	enum criu_lock network_lock;
	unsigned empty_ns;     /* CLONE_NEW*: make it, do not look into it */
	int images;            /* directory */
	int work;              /* directory of the log */
	const char *work_path; /* for messages */
	const char *log;       /* file name */
	const char *parent;    /* directory of older images, relative to images; NULL: none */
	const char *config; /* configuration file of criu; NULL, or one that does not exist: none */
	const char *root;   /* of the processes */
	pid_t pid;          /* dump: of the first process */
	const char *freeze; /* dump: directory of the cgroup to freeze, or NULL */
	const char *server; /* dump: address of the page server, or NULL */
	int port;
	const char *cgroup_root; /* restore: cgroup in the place of the first process's, or NULL */
	const char *lsm_profile, *lsm_mount_context; /* restore: other ones, or NULL */
	struct criu_pair *mounts; /* dump: mount point and its name in the images;
							restore: that name and the source */
	size_t n_mounts;
	const char **external; /* dump: what is not part of it, "net[inode]:key" */
	size_t n_external;
	struct criu_fd *inherit; /* restore: what takes the place of that */
	size_t n_inherit;
	struct criu_pair *join; /* restore: type and path of namespaces */
	size_t n_join;

	/* Something has happened. pid: of the first process, 0 while not known; master: descriptor
	 * of a terminal whose slave the processes have, to be owned by this function, or -1.
	 * Anything but 0 ends the job. */
	int (*event)(void *arg, const char *event, pid_t pid, int master);
	void *arg;
};

/* criu_open - load the library, find the program: given, or in PATH and the usual directories. The
 * error says what to install. Lives in the arena; criu_close (NULL is allowed) also after a failure
 * of a job. */
NODISCARD int criu_open(struct arena *a, const char *program, struct criu **ret, struct err *e);
void criu_close(struct criu *c);

/* criu_check - do program and kernel have what these flags need (CRIU_TRACK_MEM, CRIU_PRE_DUMP,
 * CRIU_LAZY_PAGES)? */
NODISCARD int criu_check(struct criu *c, const struct criu_job *j, struct err *e);

/* criu_dump, criu_restore - do the job. The processes restored are children of the caller. The
 * error has the last errors of the program's log, and where that is. */
NODISCARD int criu_dump(struct criu *c, const struct criu_job *j, struct err *e);
NODISCARD int criu_restore(struct criu *c, const struct criu_job *j, pid_t *ret, struct err *e);

/* criu_log_errors - the last errors in the text of a log, one a line without what is in front of
 * them; "" without any */
void criu_log_errors(const char *text, struct str *out);

#endif

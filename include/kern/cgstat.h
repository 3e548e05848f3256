/* SPDX-License-Identifier: Apache-2.0 */
/* cgstat.h - what a cgroup has used: the statistics in its files (cgroup-v2.rst)
 *
 * Which files there are depends on controllers, kernel and boot parameters: what is not there is
 * left out. What is there and cannot be read (no descriptor left, no memory, ...) is told by error.
 * The parsers are pure; they split the text they are given, and pass over what they do not know. */
#ifndef CL_KERN_CGSTAT_H
#define CL_KERN_CGSTAT_H

#include "base/arena.h"
#include "base/str.h"

/* "max" in a file */
#define CG_UNLIMITED UINT64_MAX

enum cg_value {
	CG_CPU, /* microseconds, as all times */
	CG_CPU_USER,
	CG_CPU_SYSTEM,
	CG_CPU_PERIODS,
	CG_CPU_THROTTLED_PERIODS,
	CG_CPU_THROTTLED,
	CG_MEMORY, /* bytes */
	CG_MEMORY_MAX,
	CG_MEMORY_PEAK, /* kernel 5.19 */
	CG_SWAP,
	CG_SWAP_MAX,
	CG_SWAP_PEAK, /* kernel 6.5 */
	CG_EVENT_LOW, /* how often: memory.events, of the whole subtree */
	CG_EVENT_HIGH,
	CG_EVENT_MAX,
	CG_EVENT_OOM,
	CG_EVENT_OOM_KILL,
	CG_EVENT_OOM_GROUP_KILL, /* kernel 5.17 */
	CG_PIDS, /* tasks; without the controller the processes that are not in a cgroup below */
	CG_PIDS_MAX,
	CG_PIDS_REFUSED,
	CG_VALUES
};

enum cg_resource { CG_RES_CPU, CG_RES_MEMORY, CG_RES_IO, CG_RESOURCES };

/* pressure stall information: one of the lines some and full */
struct cg_psi_line {
	unsigned avg10, avg60, avg300; /* hundredths of a per cent */
	uint64_t total;                /* microseconds */
};

struct cg_psi {
	bool known;    /* the line some */
	bool has_full; /* of the processor only since kernel 5.13 */
	struct cg_psi_line some, full;
};

struct cg_io {
	unsigned major, minor;
	uint64_t rbytes, wbytes, dbytes, rios, wios, dios;
};

struct cg_huge {
	const char *size; /* 2MB */
	bool has_failures;
	uint64_t usage, failures;
};

struct cg_rdma {
	const char *device;
	uint64_t handles, objects;
};

struct cg_pair {
	const char *key;
	uint64_t value;
};

struct cg_stat {
	struct arena arena; /* owns everything below */
	struct str text;    /* of the file that is being read */
	int error;          /* errno of the first file that could not be read, 0: none */
	const char *error_file;
	uint64_t have; /* bit v: value[v] is known */
	uint64_t value[CG_VALUES];
	struct cg_psi psi[CG_RESOURCES];
	struct cg_pair *memory; /* memory.stat, as the kernel lists it */
	size_t n_memory;
	struct cg_io *io;
	size_t n_io;
	struct cg_huge *huge;
	size_t n_huge;
	struct cg_rdma *rdma; /* devices of which something is used */
	size_t n_rdma;
	const char *cpus, *mems; /* lists as in "0-3,8"; NULL: no controller */
};

#define auto_cgstat __attribute__((cleanup(cgstat_done)))

/* cgstat_init - nothing known; cgstat_done releases it */
void cgstat_init(struct cg_stat *s);
void cgstat_done(struct cg_stat *s);

/* sizes of huge pages that the kernel has, as in names of files ("2MB"): the same for every cgroup,
 * so looked up once, when they are first needed */
struct cg_sizes {
	struct arena arena;
	const char *const *names; /* NULL-terminated; NULL: not looked up */
};

#define auto_cgsizes __attribute__((cleanup(cgsizes_done)))

void cgsizes_done(struct cg_sizes *s);

/* cgstat_read - all there is in the cgroup behind fd. sizes: {0} to begin with */
void cgstat_read(int fd, struct cg_sizes *sizes, struct cg_stat *ret);

/* cgstat_has - is the value known? cgstat_get - the value, 0 when it is not */
static inline bool cgstat_has(const struct cg_stat *s, enum cg_value v)
{
	return s->have >> v & 1;
}

static inline uint64_t cgstat_get(const struct cg_stat *s, enum cg_value v)
{
	return s->value[v];
}

/* cgstat_oom_kills - oom_kill in the text of memory.events. false: it is not in there */
bool cgstat_oom_kills(char *text, uint64_t *ret);

/* ---- pure ---- */

/* cgstat_pair - the next line "key value" at *at, which moves behind it; what is not of that form
 * is passed over. "max" is CG_UNLIMITED. false: no more */
bool cgstat_pair(char **at, struct cg_pair *ret);

/* cgstat_psi - a file *.pressure; the line full may be missing */
void cgstat_psi(char *text, struct cg_psi *ret);

/* cgstat_io - io.stat */
void cgstat_io(char *text, struct cg_stat *ret);

/* cgstat_rdma - rdma.current */
void cgstat_rdma(char *text, struct cg_stat *ret);

/* cgstat_list_next - the next number of a list "0-3,8": begin with at alone. false: no more */
struct cg_list {
	const char *at;
	uint64_t next, end; /* of the range that has begun: next < end */
};
bool cgstat_list_next(struct cg_list *l, uint16_t *ret);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* cgstat.c - read the statistics of one cgroup
 *
 * Which files a controller brings is in a table, so that those of a controller that the cgroup does
 * not have cost no system call. Each other file costs three: the kernel puts such a file together
 * as a whole when it is first read, so that a read(2) that fills less than the buffer was the last
 * one. */
#include "kern/cgstat.h"

#include <dirent.h>
#include <fcntl.h>

#include "base/num.h"
#include "kern/cgroup_priv.h"

enum {
	READ_STEP = 8192,
	HUGE_MAX = 16,
};

enum controller { CPUSET = 1, IO = 2, MEMORY = 4, HUGETLB = 8, PIDS = 16, RDMA = 32 };

static const struct {
	const char *name;
	enum controller bit;
} controllers[] = { { "cpuset", CPUSET }, { "io", IO }, { "memory", MEMORY },
	{ "hugetlb", HUGETLB }, { "pids", PIDS }, { "rdma", RDMA } };

/* files with one number */
static const struct {
	enum controller needs;
	const char *file;
	enum cg_value value;
} singles[] = {
	{ MEMORY, "memory.current", CG_MEMORY },
	{ MEMORY, "memory.max", CG_MEMORY_MAX },
	{ MEMORY, "memory.peak", CG_MEMORY_PEAK },
	{ MEMORY, "memory.swap.current", CG_SWAP },
	{ MEMORY, "memory.swap.max", CG_SWAP_MAX },
	{ MEMORY, "memory.swap.peak", CG_SWAP_PEAK },
	{ PIDS, "pids.current", CG_PIDS },
	{ PIDS, "pids.max", CG_PIDS_MAX },
};

struct key {
	const char *key;
	enum cg_value value;
};

static const struct key cpu_keys[] = {
	{ "usage_usec", CG_CPU },
	{ "user_usec", CG_CPU_USER },
	{ "system_usec", CG_CPU_SYSTEM },
	{ "nr_periods", CG_CPU_PERIODS },
	{ "nr_throttled", CG_CPU_THROTTLED_PERIODS },
	{ "throttled_usec", CG_CPU_THROTTLED },
};

static const struct key memory_keys[] = {
	{ "low", CG_EVENT_LOW },
	{ "high", CG_EVENT_HIGH },
	{ "max", CG_EVENT_MAX },
	{ "oom", CG_EVENT_OOM },
	{ "oom_kill", CG_EVENT_OOM_KILL },
	{ "oom_group_kill", CG_EVENT_OOM_GROUP_KILL },
};

static const struct key pids_keys[] = { { "max", CG_PIDS_REFUSED } };

_Static_assert(CG_VALUES <= 64, "more values than bits in struct cg_stat");

void cgstat_init(struct cg_stat *s)
{
	*s = (struct cg_stat){ .have = 0 };
}

void cgstat_done(struct cg_stat *s)
{
	str_done(&s->text);
	arena_done(&s->arena);
	cgstat_init(s);
}

void cgsizes_done(struct cg_sizes *s)
{
	arena_done(&s->arena);
	s->names = NULL;
}

/* What errno says of a file that is not to be had: the kernel or the controller lacks it, or the
 * cgroup is gone (nothing to count), or we could not read it, which must not look like that. NULL
 */
static char *none(const char *file, struct cg_stat *s)
{
	if (errno != ENOENT && errno != ENODEV && errno != EOPNOTSUPP && !s->error) {
		s->error = errno;
		s->error_file = arena_str(&s->arena, file);
	}
	return NULL;
}

/* the text of a file, without the newline at its end, good until the next one; NULL when it cannot
 * be had */
static char *get(int fd, const char *file, struct cg_stat *s)
{
	auto_close int file_fd = cg_openat(fd, file, O_RDONLY);
	ssize_t n;

	str_clear(&s->text);
	if (file_fd < 0)
		return none(file, s);
	do {
		n = read(file_fd, str_room(&s->text, READ_STEP), READ_STEP);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return none(file, s);
		str_grew(&s->text, (size_t)n);
	} while (n < 0 || n == READ_STEP);
	while (s->text.len > 0 && s->text.data[s->text.len - 1] == '\n')
		s->text.data[--s->text.len] = '\0';
	return s->text.data;
}

static void set(struct cg_stat *s, enum cg_value v, uint64_t to)
{
	s->value[v] = to;
	s->have |= UINT64_C(1) << v;
}

static void read_single(int fd, const char *file, enum cg_value value, struct cg_stat *s)
{
	char *text = get(fd, file, s);
	uint64_t v = CG_UNLIMITED;

	if (text && (num_u64(text, &v) || str_eq(text, "max")))
		set(s, value, v);
}

static void read_keys(int fd, const char *file, const struct key *keys, size_t n, struct cg_stat *s)
{
	char *at = get(fd, file, s);
	struct cg_pair p;

	while (at && cgstat_pair(&at, &p))
		for (size_t i = 0; i < n; i++)
			if (str_eq(p.key, keys[i].key))
				set(s, keys[i].value, p.value);
}

static void read_memory_stat(int fd, struct cg_stat *s)
{
	char *text = get(fd, "memory.stat", s), *at;
	size_t lines = 1;

	if (!text)
		return;
	at = text = arena_dup(&s->arena, text, s->text.len);
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	s->memory = arena_array(&s->arena, lines, sizeof(*s->memory));
	while (cgstat_pair(&at, &s->memory[s->n_memory]))
		s->n_memory++;
}

static void read_psi(int fd, struct cg_stat *s)
{
	static const char *const files[] = { [CG_RES_CPU] = "cpu.pressure",
		[CG_RES_MEMORY] = "memory.pressure",
		[CG_RES_IO] = "io.pressure" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char *text = get(fd, files[i], s);

		if (text)
			cgstat_psi(text, &s->psi[i]);
	}
}

/* "hugepages-2048kB" as the controller names its files; NULL: something else */
static const char *size_name(struct arena *a, const char *name)
{
	const char *number = str_after(name, "hugepages-");
	size_t len = number ? strlen(number) : 0;
	uint64_t kb;

	if (len < 3 || !str_eq(number + len - 2, "kB") ||
		!num_u64(arena_dup(a, number, len - 2), &kb))
		return NULL;
	if (kb >= 1 << 20)
		return arena_fmt(a, "%lluGB", (unsigned long long)kb >> 20);
	if (kb >= 1 << 10)
		return arena_fmt(a, "%lluMB", (unsigned long long)kb >> 10);
	return arena_fmt(a, "%lluKB", (unsigned long long)kb);
}

static void look_up_sizes(struct cg_sizes *s, struct cg_stat *stat)
{
	const char **names = arena_array(&s->arena, HUGE_MAX + 1, sizeof(*names));
	auto_dir DIR *dir = opendir("/sys/kernel/mm/hugepages");
	const char *name;
	size_t n = 0;

	while (dir && n < HUGE_MAX && (name = cg_next_child(dir))) {
		names[n] = size_name(&s->arena, name);
		n += names[n] != NULL;
	}
	if (!dir || (n < HUGE_MAX && errno != 0))
		(void)none("/sys/kernel/mm/hugepages", stat);
	s->names = names;
}

static void read_huge(int fd, struct cg_sizes *sizes, struct cg_stat *s)
{
	if (!sizes->names)
		look_up_sizes(sizes, s);
	s->huge = arena_array(&s->arena, HUGE_MAX, sizeof(*s->huge));
	for (const char *const *size = sizes->names; *size; size++) {
		struct cg_huge h = { .size = arena_str(&s->arena, *size) };
		char *text = get(fd, arena_fmt(&s->arena, "hugetlb.%s.current", *size), s);
		struct cg_pair p;

		if (!text || !num_u64(text, &h.usage))
			continue;
		text = get(fd, arena_fmt(&s->arena, "hugetlb.%s.events", *size), s);
		while (text && cgstat_pair(&text, &p))
			if (str_eq(p.key, "max")) {
				h.has_failures = true;
				h.failures = p.value;
			}
		s->huge[s->n_huge++] = h;
	}
}

/* processes, where nobody counts tasks */
static void count_procs(int fd, struct cg_stat *s)
{
	const char *text = get(fd, "cgroup.procs", s);
	uint64_t n = text && text[0];

	for (const char *p = text; p && (p = strchr(p, '\n')); p++)
		n++;
	if (text)
		set(s, CG_PIDS, n);
}

static const char *get_copy(int fd, const char *file, struct cg_stat *s)
{
	const char *text = get(fd, file, s);

	return text ? arena_str(&s->arena, text) : NULL;
}

static unsigned read_controllers(int fd, struct cg_stat *s)
{
	char *text = get(fd, "cgroup.controllers", s), *word;
	unsigned found = 0;

	while (text && (word = strsep(&text, " ")))
		for (size_t i = 0; i < ARRAY_LEN(controllers); i++)
			if (str_eq(word, controllers[i].name))
				found |= controllers[i].bit;
	return found;
}

void cgstat_read(int fd, struct cg_sizes *sizes, struct cg_stat *ret)
{
	unsigned has = read_controllers(fd, ret);
	char *text;

	read_keys(fd, "cpu.stat", cpu_keys, ARRAY_LEN(cpu_keys), ret);
	read_psi(fd, ret);
	for (size_t i = 0; i < ARRAY_LEN(singles); i++)
		if (has & singles[i].needs)
			read_single(fd, singles[i].file, singles[i].value, ret);
	if (has & MEMORY) {
		read_keys(fd, "memory.events", memory_keys, ARRAY_LEN(memory_keys), ret);
		read_memory_stat(fd, ret);
	}
	if (has & PIDS)
		read_keys(fd, "pids.events", pids_keys, ARRAY_LEN(pids_keys), ret);
	else
		count_procs(fd, ret);
	if ((has & IO) && (text = get(fd, "io.stat", ret)))
		cgstat_io(text, ret);
	if ((has & RDMA) && (text = get(fd, "rdma.current", ret)))
		cgstat_rdma(text, ret);
	if (has & HUGETLB)
		read_huge(fd, sizes, ret);
	if (has & CPUSET) {
		ret->cpus = get_copy(fd, "cpuset.cpus.effective", ret);
		ret->mems = get_copy(fd, "cpuset.mems.effective", ret);
	}
}

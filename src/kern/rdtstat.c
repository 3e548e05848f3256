/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/rdtstat.h"

#include <dirent.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/num.h"

/* as in cgstat.c: what is there and cannot be read must not look like what is not there */
static void note_error(struct rdt_stat *s)
{
	if (errno != ENOENT && errno != ENODEV && errno != EBADF && !s->error)
		s->error = errno;
}

/* without the newline at its end, in the arena; NULL: it cannot be read */
static char *get(struct arena *a, int dir, const char *file, struct rdt_stat *s)
{
	auto_str struct str text = { 0 };

	if (fd_read_at(dir, file, O_NOFOLLOW, LIMIT_KERNEL_FILE, &text) < 0) {
		note_error(s);
		return NULL;
	}
	while (text.len && text.data[text.len - 1] == '\n')
		text.len--;
	return arena_dup(a, str_text(&text), text.len);
}

static bool number(struct arena *a, int dir, const char *file, struct rdt_stat *s, uint64_t *ret)
{
	const char *text = get(a, dir, file, s);

	return text && num_u64(text, ret);
}

/* the line of schemata about a resource; the kernel indents them */
static const char *schema(char *text, const char *resource)
{
	char *line;

	while ((line = strsep(&text, "\n"))) {
		line += strspn(line, " ");
		if (str_after(line, resource))
			return line;
	}
	return NULL;
}

static void read_schemata(struct arena *a, int dir, struct rdt_stat *s, const char **ret_cache,
	const char **ret_bandwidth)
{
	char *text = get(a, dir, "schemata", s);

	if (!text)
		return;
	*ret_cache = schema(arena_str(a, text), "L3:");
	*ret_bandwidth = schema(text, "MB:");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_cache(const struct dirent *entry)
{
	return str_after(entry->d_name, "mon_L3_") != NULL;
}

static void read_domains(struct arena *a, int dir, struct rdt_stat *ret)
{
	struct dirent **entries;
	int n = scandirat(dir, "mon_data", &entries, is_cache, by_name);

	if (n < 0) {
		note_error(ret);
		return;
	}
	ret->domains = arena_array(a, (size_t)n, sizeof(*ret->domains));
	for (int i = 0; i < n; i++) {
		struct rdt_domain *d = &ret->domains[ret->n_domains++];
		const char *path = arena_fmt(a, "mon_data/%s", entries[i]->d_name);
		auto_close int sub = openat(dir, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

		ret->has_traffic |= number(a, sub, "mbm_total_bytes", ret, &d->total_bytes);
		ret->has_traffic |= number(a, sub, "mbm_local_bytes", ret, &d->local_bytes);
		ret->has_occupancy |= number(a, sub, "llc_occupancy", ret, &d->occupancy);
		free(entries[i]);
	}
	free(entries);
}

void rdtstat_read(struct arena *a, int mount, const char *group, const char *monitor,
	struct rdt_stat *ret)
{
	auto_close int dir = openat(mount, group[0] ? group : ".",
		O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_close int monitored = -1;

	*ret = (struct rdt_stat){ .has_cache = false };
	if (dir < 0)
		note_error(ret);
	ret->cbm_mask = get(a, mount, "info/L3/cbm_mask", ret);
	ret->has_cache = ret->cbm_mask &&
		number(a, mount, "info/L3/min_cbm_bits", ret, &ret->min_cbm_bits) &&
		number(a, mount, "info/L3/num_closids", ret, &ret->cache_closids);
	ret->has_bandwidth =
		number(a, mount, "info/MB/bandwidth_gran", ret, &ret->bandwidth_gran) &&
		number(a, mount, "info/MB/delay_linear", ret, &ret->delay_linear) &&
		number(a, mount, "info/MB/min_bandwidth", ret, &ret->min_bandwidth) &&
		number(a, mount, "info/MB/num_closids", ret, &ret->bandwidth_closids);
	read_schemata(a, mount, ret, &ret->cache_root, &ret->bandwidth_root);
	if (dir < 0)
		return;
	read_schemata(a, dir, ret, &ret->cache, &ret->bandwidth);
	if (monitor)
		monitored = openat(dir, arena_fmt(a, "mon_groups/%s", monitor),
			O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (monitor && monitored < 0)
		note_error(ret);
	read_domains(a, monitor ? monitored : dir, ret);
}

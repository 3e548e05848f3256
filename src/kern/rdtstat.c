/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/rdtstat.h"

#include <dirent.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/num.h"

/* without the newline at its end, in the arena; NULL: it cannot be read */
static char *get(struct arena *a, int dir, const char *file)
{
	auto_str struct str text = { 0 };

	if (fd_read_at(dir, file, O_NOFOLLOW, LIMIT_KERNEL_FILE, &text) < 0)
		return NULL;
	while (text.len && text.data[text.len - 1] == '\n')
		text.len--;
	return arena_dup(a, str_text(&text), text.len);
}

static bool number(struct arena *a, int dir, const char *file, uint64_t *ret)
{
	const char *text = get(a, dir, file);

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

static void read_schemata(struct arena *a, int dir, const char **ret_cache,
	const char **ret_bandwidth)
{
	char *text = get(a, dir, "schemata");

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

	if (n < 0)
		return;
	ret->domains = arena_array(a, (size_t)n, sizeof(*ret->domains));
	for (int i = 0; i < n; i++) {
		struct rdt_domain *d = &ret->domains[ret->n_domains++];
		const char *path = arena_fmt(a, "mon_data/%s", entries[i]->d_name);
		auto_close int sub = openat(dir, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

		ret->has_traffic |= number(a, sub, "mbm_total_bytes", &d->total_bytes);
		ret->has_traffic |= number(a, sub, "mbm_local_bytes", &d->local_bytes);
		ret->has_occupancy |= number(a, sub, "llc_occupancy", &d->occupancy);
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

	*ret = (struct rdt_stat){ .cbm_mask = get(a, mount, "info/L3/cbm_mask") };
	ret->has_cache = ret->cbm_mask &&
		number(a, mount, "info/L3/min_cbm_bits", &ret->min_cbm_bits) &&
		number(a, mount, "info/L3/num_closids", &ret->cache_closids);
	ret->has_bandwidth = number(a, mount, "info/MB/bandwidth_gran", &ret->bandwidth_gran) &&
		number(a, mount, "info/MB/delay_linear", &ret->delay_linear) &&
		number(a, mount, "info/MB/min_bandwidth", &ret->min_bandwidth) &&
		number(a, mount, "info/MB/num_closids", &ret->bandwidth_closids);
	read_schemata(a, mount, &ret->cache_root, &ret->bandwidth_root);
	if (dir < 0)
		return;
	read_schemata(a, dir, &ret->cache, &ret->bandwidth);
	if (monitor)
		monitored = openat(dir, arena_fmt(a, "mon_groups/%s", monitor),
			O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	read_domains(a, monitor ? monitored : dir, ret);
}

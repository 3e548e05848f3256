/* SPDX-License-Identifier: Apache-2.0 */
/* cgstat_parse.c - the formats of the files of cgroup v2: flat keyed, nested keyed, lists
 *
 * They grow with the kernel: new keys and new columns come, so what is unknown is passed over,
 * never an error. */
#include "kern/cgstat.h"

#include <string.h>

#include "base/num.h"

static bool number(const char *text, uint64_t *ret)
{
	if (num_u64(text, ret))
		return true;
	if (!str_eq(text, "max"))
		return false;
	*ret = CG_UNLIMITED;
	return true;
}

bool cgstat_pair(char **at, struct cg_pair *ret)
{
	char *line;

	while ((line = strsep(at, "\n"))) {
		const char *key = strsep(&line, " ");

		if (!line || !key[0] || !number(line, &ret->value))
			continue;
		ret->key = key;
		return true;
	}
	return false;
}

bool cgstat_oom_kills(char *text, uint64_t *ret)
{
	struct cg_pair p;

	while (cgstat_pair(&text, &p)) {
		if (!str_eq(p.key, "oom_kill"))
			continue;
		*ret = p.value;
		return true;
	}
	return false;
}

/* "12.34" in hundredths; the kernel writes two digits always */
static bool hundredths(const char *text, unsigned *ret)
{
	const char *dot = strchr(text, '.');
	char digits[16];
	uint32_t v;
	size_t n = dot ? (size_t)(dot - text) : 0;

	if (!dot || n + 3 > sizeof(digits) || strlen(dot) != 3)
		return false;
	memcpy(digits, text, n);
	memcpy(digits + n, dot + 1, 3);
	if (!num_u32(digits, &v))
		return false;
	*ret = v;
	return true;
}

static void psi_line(char *words, struct cg_psi_line *ret)
{
	char *word;

	while ((word = strsep(&words, " "))) {
		const char *value;

		if ((value = str_after(word, "avg10=")))
			(void)hundredths(value, &ret->avg10);
		else if ((value = str_after(word, "avg60=")))
			(void)hundredths(value, &ret->avg60);
		else if ((value = str_after(word, "avg300=")))
			(void)hundredths(value, &ret->avg300);
		else if ((value = str_after(word, "total=")))
			(void)num_u64(value, &ret->total);
	}
}

void cgstat_psi(char *text, struct cg_psi *ret)
{
	char *line;

	while ((line = strsep(&text, "\n"))) {
		const char *kind = strsep(&line, " ");

		if (!line)
			continue;
		if (str_eq(kind, "some")) {
			ret->known = true;
			psi_line(line, &ret->some);
		} else if (str_eq(kind, "full")) {
			ret->has_full = true;
			psi_line(line, &ret->full);
		}
	}
}

/* one more element behind n in *array, which grows by doubling */
static void *append(struct arena *a, void *array, size_t n, size_t size)
{
	void *more = array;

	if (n == 0 || (n & (n - 1)) == 0) {
		more = arena_array(a, n ? 2 * n : 1, size);
		if (n)
			memcpy(more, array, n * size);
	}
	return more;
}

static bool device(char *word, unsigned *ret_major, unsigned *ret_minor)
{
	const char *major_text = strsep(&word, ":");

	return word && num_u32(major_text, ret_major) && num_u32(word, ret_minor);
}

static void io_value(char *word, struct cg_io *io)
{
	static const struct {
		const char *key;
		size_t at;
	} keys[] = {
		{ "rbytes", offsetof(struct cg_io, rbytes) },
		{ "wbytes", offsetof(struct cg_io, wbytes) },
		{ "dbytes", offsetof(struct cg_io, dbytes) },
		{ "rios", offsetof(struct cg_io, rios) },
		{ "wios", offsetof(struct cg_io, wios) },
		{ "dios", offsetof(struct cg_io, dios) },
	};
	const char *key = strsep(&word, "=");
	uint64_t v;

	for (size_t i = 0; word && i < ARRAY_LEN(keys); i++)
		if (str_eq(key, keys[i].key) && num_u64(word, &v))
			memcpy((char *)io + keys[i].at, &v, sizeof(v));
}

/* Some kernels list a device that has nothing to say without the end of the line, in front of the
 * next one; so a device begins where its numbers stand. */
void cgstat_io(char *text, struct cg_stat *ret)
{
	struct cg_io io = { 0 };
	bool begun = false;
	char *word;

	while ((word = strsep(&text, " \n"))) {
		if (strchr(word, ':')) {
			io = (struct cg_io){ 0 };
			begun = device(word, &io.major, &io.minor);
		} else if (begun && strchr(word, '=')) {
			if (ret->n_io == 0 || ret->io[ret->n_io - 1].major != io.major ||
				ret->io[ret->n_io - 1].minor != io.minor) {
				ret->io = append(&ret->arena, ret->io, ret->n_io, sizeof(io));
				ret->io[ret->n_io++] = io;
			}
			io_value(word, &ret->io[ret->n_io - 1]);
		}
	}
}

void cgstat_rdma(char *text, struct cg_stat *ret)
{
	char *line, *word;

	while ((line = strsep(&text, "\n"))) {
		struct cg_rdma r = { .device = strsep(&line, " ") };
		bool found = false;

		while (line && (word = strsep(&line, " "))) {
			const char *key = strsep(&word, "=");

			if (word && str_eq(key, "hca_handle"))
				found |= num_u64(word, &r.handles);
			else if (word && str_eq(key, "hca_object"))
				found |= num_u64(word, &r.objects);
		}
		if (!found)
			continue;
		r.device = arena_str(&ret->arena, r.device);
		ret->rdma = append(&ret->arena, ret->rdma, ret->n_rdma, sizeof(r));
		ret->rdma[ret->n_rdma++] = r;
	}
}

/* digits at *at, which moves behind them */
static bool take_number(const char **at, uint64_t *ret)
{
	const char *p = *at;

	*ret = 0;
	for (; *p >= '0' && *p <= '9' && *ret <= UINT16_MAX; p++)
		*ret = *ret * 10 + (uint64_t)(*p - '0');
	if (p == *at || *ret > UINT16_MAX)
		return false;
	*at = p;
	return true;
}

bool cgstat_list_next(struct cg_list *l, uint16_t *ret)
{
	if (l->next >= l->end) {
		uint64_t last;

		if (!take_number(&l->at, &l->next))
			return false;
		last = l->next;
		if (*l->at == '-') {
			l->at++;
			if (!take_number(&l->at, &last))
				return false;
		}
		l->end = last + 1;
		l->at += *l->at == ',';
		if (l->next >= l->end)
			return false;
	}
	*ret = (uint16_t)l->next++;
	return true;
}

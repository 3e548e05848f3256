/* SPDX-License-Identifier: Apache-2.0 */
/* undo.c - the undo core, out and in
 *
 * It is no JSON, and has no version: whatever becomes of state.json, a version that cannot read
 * that one must still be able to end the container and to take away what belongs to it. The
 * checksum tells a damaged text from a good one: half a path, or another digit of a process id,
 * would name what is not the container's. */
#include "oci/undo.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/path.h"

static const char mark[] = "crun-lite undo\n";

enum { SUM_DIGITS = 16, PID_MAX = 1 << 22 };

/* FNV-1a: of two texts that differ in one byte the sums differ */
static uint64_t sum_of(const char *text, size_t len)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return sum;
}

/* a line has no newline in it */
static void add_text(struct str *out, const char *key, const char *value)
{
	if (!value)
		return;
	str_addf(out, "%s ", key);
	for (; *value; value++)
		if (*value == '\n')
			str_add(out, "\\n");
		else if (*value == '\\')
			str_add(out, "\\\\");
		else
			str_addc(out, *value);
	str_addc(out, '\n');
}

static void add_number(struct str *out, const char *key, uint64_t value)
{
	str_addf(out, "%s %" PRIu64 "\n", key, value);
}

void undo_text(const struct state *s, struct str *out)
{
	const size_t start = out->len;

	str_add(out, mark);
	add_text(out, "id", s->id);
	add_number(out, "pid", (uint64_t)s->pid);
	add_number(out, "start", s->start_time);
	add_number(out, "inode", s->pid_inode);
	if (s->cgroup) {
		add_text(out, "cgroup-mount", s->cgroup_mount);
		add_text(out, "cgroup", s->cgroup);
		if (s->cgroup_has_id)
			add_number(out, "cgroup-id", s->cgroup_id);
		add_number(out, "cgroup-made", s->cgroup_made);
	}
	if (s->scope) {
		add_text(out, "scope", s->scope);
		add_number(out, "scope-user", s->user_manager);
	}
	if (s->rdt_group) {
		add_text(out, "resctrl", s->rdt_group);
		add_number(out, "resctrl-made", s->rdt_made);
		add_number(out, "resctrl-monitor", s->rdt_monitor);
	}
	str_addf(out, "sum %0*" PRIx64 "\n", SUM_DIGITS,
		sum_of(out->data + start, out->len - start));
}

/* the value of a line as it was before add_text */
static const char *unescape(struct arena *a, const char *value, size_t len)
{
	char *text = arena_dup(a, value, len), *to = text;

	for (const char *from = text; *from; from++) {
		if (*from == '\\' && from[1])
			*to++ = *++from == 'n' ? '\n' : *from;
		else
			*to++ = *from;
	}
	*to = '\0';
	return text;
}

enum kind { TEXT, NUMBER, FLAG };

static const struct key {
	const char *name;
	enum kind kind;
	size_t at; /* in struct state */
} keys[] = {
	{ "id", TEXT, offsetof(struct state, id) },
	{ "start", NUMBER, offsetof(struct state, start_time) },
	{ "inode", NUMBER, offsetof(struct state, pid_inode) },
	{ "cgroup-mount", TEXT, offsetof(struct state, cgroup_mount) },
	{ "cgroup", TEXT, offsetof(struct state, cgroup) },
	{ "cgroup-id", NUMBER, offsetof(struct state, cgroup_id) },
	{ "cgroup-made", FLAG, offsetof(struct state, cgroup_made) },
	{ "scope", TEXT, offsetof(struct state, scope) },
	{ "scope-user", FLAG, offsetof(struct state, user_manager) },
	{ "resctrl", TEXT, offsetof(struct state, rdt_group) },
	{ "resctrl-made", FLAG, offsetof(struct state, rdt_made) },
	{ "resctrl-monitor", FLAG, offsetof(struct state, rdt_monitor) },
};

/* false: not what this key has */
static bool read_value(struct arena *a, const struct key *key, const char *value, size_t len,
	struct state *ret)
{
	char *at = (char *)ret + key->at;
	uint64_t number = 0;
	const char *text;

	if (key->kind == TEXT) {
		text = unescape(a, value, len);
		memcpy(at, &text, sizeof(text));
		return true;
	}
	if (!num_u64(arena_dup(a, value, len), &number) || (key->kind == FLAG && number > 1))
		return false;
	if (key->kind == FLAG)
		*(bool *)at = number == 1;
	else
		memcpy(at, &number, sizeof(number));
	return true;
}

static bool read_line(struct arena *a, const char *line, size_t len, struct state *ret)
{
	const char *blank = memchr(line, ' ', len);
	size_t name = blank ? (size_t)(blank - line) : len;
	uint32_t pid;

	if (!blank)
		return false;
	len -= name + 1;
	if (name == 3 && strncmp(line, "pid", 3) == 0) {
		if (!num_u32(arena_dup(a, blank + 1, len), &pid) || pid > PID_MAX)
			return false;
		ret->pid = (pid_t)pid;
		return true;
	}
	for (const struct key *k = keys; k < keys + ARRAY_LEN(keys); k++) {
		if (strlen(k->name) != name || strncmp(line, k->name, name) != 0)
			continue;
		ret->cgroup_has_id |= str_eq(k->name, "cgroup-id");
		return read_value(a, k, blank + 1, len, ret);
	}
	return true;
}

/* What is read decides which process is killed and which directory removed: a sum is no proof
 * against the one who makes it anew. */
static bool is_usable(struct arena *a, const struct state *s)
{
	if (s->cgroup &&
		(!path_is_abs(s->cgroup) || !s->cgroup_mount ||
			!str_eq(path_clean(a, s->cgroup), s->cgroup)))
		return false;
	if (s->cgroup_mount && !path_is_abs(s->cgroup_mount))
		return false;
	return s->id &&
		!(s->rdt_group &&
			(strchr(s->rdt_group, '/') || str_eq(s->rdt_group, ".") ||
				str_eq(s->rdt_group, "..")));
}

/* the line of the checksum; NULL: there is none */
static const char *find_sum(const char *text, size_t len)
{
	for (const char *at = text; (at = memchr(at, '\n', len - (size_t)(at - text)));) {
		at++;
		if (len - (size_t)(at - text) >= strlen("sum ") + SUM_DIGITS + 1 &&
			strncmp(at, "sum ", strlen("sum ")) == 0)
			return at[strlen("sum ") + SUM_DIGITS] == '\n' ? at : NULL;
	}
	return NULL;
}

int undo_parse(struct arena *a, const char *name, const char *text, size_t len, struct state *ret,
	struct err *e)
{
	const char *sum = find_sum(text, len), *line = text + sizeof(mark) - 1;
	struct state s = { 0 };
	char wanted[SUM_DIGITS + 1];
	bool good;

	if (!sum || !str_after(text, mark))
		return err_set(e, EINVAL, "%s is damaged: it has no %s", name,
			sum ? "mark in its first line" : "checksum at its end");
	(void)snprintf(wanted, sizeof(wanted), "%0*" PRIx64, SUM_DIGITS,
		sum_of(text, (size_t)(sum - text)));
	if (strncmp(sum + strlen("sum "), wanted, SUM_DIGITS) != 0)
		return err_set(e, EINVAL, "%s is damaged: its checksum is wrong", name);
	for (good = true; good && line < sum;) {
		const char *end = memchr(line, '\n', (size_t)(sum - line));

		good = read_line(a, line, (size_t)(end - line), &s);
		line = end + 1;
	}
	if (!good || !is_usable(a, &s))
		return err_set(e, EINVAL, "%s is damaged: a line of it cannot be", name);
	*ret = s;
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && str_eq(a, b));
}

bool undo_same(const struct state *a, const struct state *b)
{
	if (a->pid != b->pid || a->start_time != b->start_time || a->pid_inode != b->pid_inode)
		return false;
	if (!same_text(a->cgroup, b->cgroup) || !same_text(a->scope, b->scope))
		return false;
	if (!a->cgroup)
		return true;
	return same_text(a->cgroup_mount, b->cgroup_mount) && a->cgroup_made == b->cgroup_made &&
		(!a->cgroup_has_id || !b->cgroup_has_id || a->cgroup_id == b->cgroup_id);
}

void undo_take(struct state *to, const struct state *from)
{
	to->pid = from->pid;
	to->start_time = from->start_time;
	to->pid_inode = from->pid_inode;
	to->cgroup = from->cgroup;
	if (from->cgroup_mount)
		to->cgroup_mount = from->cgroup_mount;
	to->cgroup_id = from->cgroup_id;
	to->cgroup_has_id = from->cgroup_has_id;
	to->cgroup_made = from->cgroup_made;
	to->scope = from->scope;
	to->user_manager = from->user_manager;
	to->rdt_group = from->rdt_group;
	to->rdt_made = from->rdt_made;
	to->rdt_monitor = from->rdt_monitor;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* ps_table.c - the columns of ps(1) */
#include <string.h>
#include <sys/sysmacros.h>

#include "base/show.h"
#include "ctr/list.h"
#include "ps.h"

struct context {
	struct arena *arena;
	const struct ps_list *list;
	struct str passwd;
};

typedef void add_fn(struct context *c, const struct ps_process *p, struct str *out);

struct ps_kind {
	const char *name, *title;
	enum { LEFT, RIGHT } side;
	add_fn *add;
};

/* a column that is a number of struct ps_process */
#define NUMBER(what, field)                                                                    \
	static void add_##what(struct context *c, const struct ps_process *p, struct str *out) \
	{                                                                                      \
		(void)c;                                                                       \
		str_addf(out, "%lld", (long long)p->field);                                    \
	}

NUMBER(pid, pid)
NUMBER(ppid, ppid)
NUMBER(pgrp, pgrp)
NUMBER(session, session)
NUMBER(uid, uid)
NUMBER(euid, euid)
NUMBER(gid, gid)
NUMBER(egid, egid)
NUMBER(nice, nice)
NUMBER(threads, threads)
NUMBER(size, size_kb)
NUMBER(resident, resident_kb)
NUMBER(seconds, elapsed_ms / 1000)

static void add_name(struct context *c, uint32_t uid, struct str *out)
{
	const char *name = list_owner(c->arena, &c->passwd, uid);

	str_add(out, name + (name[0] == '#'));
}

static void add_user(struct context *c, const struct ps_process *p, struct str *out)
{
	add_name(c, p->euid, out);
}

static void add_real_user(struct context *c, const struct ps_process *p, struct str *out)
{
	add_name(c, p->uid, out);
}

static void add_priority(struct context *c, const struct ps_process *p, struct str *out)
{
	(void)c;
	str_addf(out, "%d", 39 - p->priority);
}

static void add_comm(struct context *c, const struct ps_process *p, struct str *out)
{
	(void)c;
	show_plain(out, p->comm, strlen(p->comm));
	if (p->state == 'Z')
		str_add(out, " <defunct>");
}

static void add_args(struct context *c, const struct ps_process *p, struct str *out)
{
	(void)c;
	show_plain(out, p->args, strlen(p->args));
	if (p->state == 'Z')
		str_add(out, " <defunct>");
}

static void add_state(struct context *c, const struct ps_process *p, struct str *out)
{
	(void)c;
	str_addc(out, p->state);
}

static void add_stat(struct context *c, const struct ps_process *p, struct str *out)
{
	add_state(c, p, out);
	if (p->nice)
		str_addc(out, p->nice < 0 ? '<' : 'N');
	if (p->session == p->pid)
		str_addc(out, 's');
	if (p->threads > 1)
		str_addc(out, 'l');
	if (p->foreground)
		str_addc(out, '+');
}

/* devices.txt of the kernel */
static void add_tty(struct context *c, const struct ps_process *p, struct str *out)
{
	/* as in struct stat, but always 32 bits */
	unsigned major = p->tty >> 8 & 0xfff, minor = (p->tty & 0xff) | (p->tty >> 12 & 0xfff00);

	(void)c;
	if (p->tty == 0)
		str_addc(out, '?');
	else if (major >= 136 && major <= 143)
		str_addf(out, "pts/%u", (major - 136) * 256 + minor);
	else if (major == 4)
		str_addf(out, minor < 64 ? "tty%u" : "ttyS%u", minor < 64 ? minor : minor - 64);
	else if (major == 5 && minor == 1)
		str_add(out, "console");
	else
		str_addf(out, "%u:%u", major, minor);
}

static void add_days(uint64_t seconds, struct str *out)
{
	if (seconds >= 86400)
		str_addf(out, "%llu-", (unsigned long long)(seconds / 86400));
}

static void add_time(struct context *c, const struct ps_process *p, struct str *out)
{
	unsigned long long s = p->cpu_ms / 1000;

	(void)c;
	add_days(s, out);
	str_addf(out, "%02llu:%02llu:%02llu", s / 3600 % 24, s / 60 % 60, s % 60);
}

static void add_bsd_time(struct context *c, const struct ps_process *p, struct str *out)
{
	unsigned long long s = p->cpu_ms / 1000;

	(void)c;
	str_addf(out, "%llu:%02llu", s / 60, s % 60);
}

static void add_elapsed(struct context *c, const struct ps_process *p, struct str *out)
{
	unsigned long long s = p->elapsed_ms / 1000;

	(void)c;
	add_days(s, out);
	if (s >= 3600)
		str_addf(out, "%02llu:", s / 3600 % 24);
	str_addf(out, "%02llu:%02llu", s / 60 % 60, s % 60);
}

/* the hour of a process of today, else the day, else the year */
static void add_start(struct context *c, const struct ps_process *p, struct str *out)
{
	struct tm start, now;
	char text[16] = "?";

	if (!localtime_r(&p->start, &start) || !localtime_r(&c->list->now, &now))
		str_add(out, text);
	else if (start.tm_year != now.tm_year)
		str_addf(out, "%d", 1900 + start.tm_year);
	else if (strftime(text, sizeof(text), start.tm_yday == now.tm_yday ? "%H:%M" : "%b%d",
			 &start) > 0)
		str_add(out, text);
}

static void add_long_start(struct context *c, const struct ps_process *p, struct str *out)
{
	struct tm start;
	char text[64];

	(void)c;
	if (localtime_r(&p->start, &start) &&
		strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &start) > 0)
		str_add(out, text);
}

/* part of whole, in tenths of a per cent */
static unsigned long long tenths(uint64_t part, uint64_t whole)
{
	return whole ? part * 1000 / whole : 0;
}

static void add_cpu(struct context *c, const struct ps_process *p, struct str *out)
{
	unsigned long long t = tenths(p->cpu_ms, p->elapsed_ms);

	(void)c;
	str_addf(out, "%llu.%llu", t / 10, t % 10);
}

static void add_short_cpu(struct context *c, const struct ps_process *p, struct str *out)
{
	unsigned long long percent = tenths(p->cpu_ms, p->elapsed_ms) / 10;

	(void)c;
	str_addf(out, "%llu", percent < 99 ? percent : 99);
}

static void add_memory(struct context *c, const struct ps_process *p, struct str *out)
{
	unsigned long long t = tenths(p->resident_kb, c->list->memory_kb);

	str_addf(out, "%llu.%llu", t / 10, t % 10);
}

static const struct ps_kind kinds[] = {
	{ "%cpu", "%CPU", RIGHT, add_cpu },
	{ "%mem", "%MEM", RIGHT, add_memory },
	{ "args", "COMMAND", LEFT, add_args },
	{ "bsdtime", "TIME", RIGHT, add_bsd_time },
	{ "c", "C", RIGHT, add_short_cpu },
	{ "cmd", "CMD", LEFT, add_args },
	{ "comm", "COMMAND", LEFT, add_comm },
	{ "command", "COMMAND", LEFT, add_args },
	{ "cputime", "TIME", RIGHT, add_time },
	{ "egid", "EGID", RIGHT, add_egid },
	{ "etime", "ELAPSED", RIGHT, add_elapsed },
	{ "etimes", "ELAPSED", RIGHT, add_seconds },
	{ "euid", "EUID", RIGHT, add_euid },
	{ "euser", "EUSER", LEFT, add_user },
	{ "gid", "GID", RIGHT, add_egid },
	{ "lstart", "STARTED", RIGHT, add_long_start },
	{ "ni", "NI", RIGHT, add_nice },
	{ "nice", "NI", RIGHT, add_nice },
	{ "nlwp", "NLWP", RIGHT, add_threads },
	{ "pcpu", "%CPU", RIGHT, add_cpu },
	{ "pgid", "PGID", RIGHT, add_pgrp },
	{ "pgrp", "PGRP", RIGHT, add_pgrp },
	{ "pid", "PID", RIGHT, add_pid },
	{ "pmem", "%MEM", RIGHT, add_memory },
	{ "ppid", "PPID", RIGHT, add_ppid },
	{ "pri", "PRI", RIGHT, add_priority },
	{ "rgid", "RGID", RIGHT, add_gid },
	{ "rss", "RSS", RIGHT, add_resident },
	{ "rsz", "RSZ", RIGHT, add_resident },
	{ "ruid", "RUID", RIGHT, add_uid },
	{ "ruser", "RUSER", LEFT, add_real_user },
	{ "s", "S", LEFT, add_state },
	{ "sess", "SESS", RIGHT, add_session },
	{ "sid", "SID", RIGHT, add_session },
	{ "start", "STARTED", RIGHT, add_start },
	{ "start_time", "START", RIGHT, add_start },
	{ "stat", "STAT", LEFT, add_stat },
	{ "state", "S", LEFT, add_state },
	{ "stime", "STIME", RIGHT, add_start },
	{ "thcount", "THCNT", RIGHT, add_threads },
	{ "time", "TIME", RIGHT, add_time },
	{ "tname", "TTY", LEFT, add_tty },
	{ "tt", "TT", LEFT, add_tty },
	{ "tty", "TT", LEFT, add_tty },
	{ "ucmd", "CMD", LEFT, add_comm },
	{ "ucomm", "COMMAND", LEFT, add_comm },
	{ "uid", "UID", RIGHT, add_euid },
	{ "uname", "USER", LEFT, add_user },
	{ "user", "USER", LEFT, add_user },
	{ "vsize", "VSZ", RIGHT, add_size },
	{ "vsz", "VSZ", RIGHT, add_size },
};

static int add_column(struct arena *a, const char *name, size_t len, struct ps_view *v,
	struct err *e)
{
	const char *equals = memchr(name, '=', len);
	size_t name_len = equals ? (size_t)(equals - name) : len;
	auto_str struct str known = { 0 };

	if (v->n == PS_COLUMNS)
		return err_set(e, 0, "there must be at most %d columns", PS_COLUMNS);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct ps_kind *k = &kinds[i];

		str_addf(&known, "%s%s", i ? " " : "", k->name);
		if (strlen(k->name) != name_len || strncasecmp(k->name, name, name_len) != 0)
			continue;
		v->columns[v->n].kind = k;
		v->columns[v->n++].title =
			equals ? arena_dup(a, equals + 1, len - name_len - 1) : k->title;
		return 0;
	}
	return err_set(e, 0, "unknown column \"%.*s\", must be one of %s", (int)name_len, name,
		str_text(&known));
}

int ps_add_columns(struct arena *a, const char *list, struct ps_view *v, struct err *e)
{
	size_t before = v->n;

	for (;;) {
		size_t len;

		list += strspn(list, ", ");
		len = strcspn(list, ", ");
		if (len == 0)
			break;
		if (add_column(a, list, len, v, e) < 0)
			return -1;
		list += len;
	}
	return v->n > before ? 0
			     : err_set(e, 0, "option \"-o\" behind ID needs a value: COLUMN,...");
}

static bool has_titles(const struct ps_view *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->columns[i].title[0])
			return !v->no_titles;
	return false;
}

static void add_line(const struct ps_view *v, const char *const *cells, const size_t *width,
	struct str *out)
{
	for (size_t i = 0; i < v->n; i++) {
		const char *blank = i ? " " : "";

		if (v->columns[i].kind->side == RIGHT)
			str_addf(out, "%s%*s", blank, (int)width[i], cells[i]);
		else if (i + 1 < v->n)
			str_addf(out, "%s%-*s", blank, (int)width[i], cells[i]);
		else
			str_addf(out, "%s%s", blank, cells[i]);
	}
	str_addc(out, '\n');
}

void ps_table(struct arena *a, const struct ps_view *v, const struct ps_list *list, struct str *out)
{
	struct context c = { .arena = a, .list = list };
	const char **cells = arena_array(a, (list->n + 1) * v->n, sizeof(*cells));
	size_t width[PS_COLUMNS] = { 0 };
	size_t first = has_titles(v) ? 0 : 1;

	for (size_t row = 0; row <= list->n; row++) {
		for (size_t i = 0; i < v->n; i++) {
			auto_str struct str text = { 0 };

			if (row > 0)
				v->columns[i].kind->add(&c, &list->all[row - 1], &text);
			else
				str_add(&text, v->columns[i].title);
			cells[row * v->n + i] = arena_str(a, str_text(&text));
			if (row >= first && text.len > width[i])
				width[i] = text.len;
		}
	}
	for (size_t row = first; row <= list->n; row++)
		add_line(v, cells + row * v->n, width, out);
	str_done(&c.passwd);
}

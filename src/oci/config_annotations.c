/* SPDX-License-Identifier: Apache-2.0 */
/* Annotations "run.oci.NAME", which crun has made up and engines send. Each is done, or a warning
 * says that it is not, and why: who has set it relies on it. An empty value is as none.
 * "run.oci.systemd.subgroup" is read where scopes are planned. */
#include <string.h>

#include "base/num.h"
#include "base/path.h"
#include "oci/config_in.h"
#include "oci/field.h"

#define PREFIX "run.oci."

struct reader {
	struct json_doc *d;
	struct config_run_oci *ret;
};

static bool is_true(const char *value)
{
	return !str_eq(value, "0") && !str_eq(value, "false");
}

static void read_seccomp_strict(struct reader *r, const struct config_annotation *a)
{
	r->ret->seccomp_strict = is_true(a->value);
}

static void read_context_type(struct reader *r, const struct config_annotation *a)
{
	static const char *const types[] = { "context", "fscontext", "defcontext", "rootcontext" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (str_eq(a->value, types[i])) {
			r->ret->mount_context = types[i];
			return;
		}
	}
	json_error(r->d, a->at, "must be context, fscontext, defcontext or rootcontext, not %s",
		field_quote(r->d->arena, a->value));
}

static bool need_path(struct reader *r, const struct config_annotation *a)
{
	if (path_is_abs(a->value))
		return true;
	json_error(r->d, a->at, "must be an absolute path, not %s",
		field_quote(r->d->arena, a->value));
	return false;
}

static void read_receiver(struct reader *r, const struct config_annotation *a)
{
	if (need_path(r, a))
		r->ret->seccomp_receiver = a;
}

static void read_pidfd_receiver(struct reader *r, const struct config_annotation *a)
{
	if (need_path(r, a))
		r->ret->pidfd_receiver = a->value;
}

/* one line "CLOCK SECONDS NANOSECONDS" as /proc/PID/timens_offsets takes it, of *text, which moves
 * on */
static bool read_offset(struct reader *r, const struct config_annotation *a, char *line)
{
	struct config_time_offset o = { .at = a->at }, *to = NULL;
	char *clock = strsep(&line, " "), *secs = strsep(&line, " ");
	const bool negative = secs && *secs == '-';
	uint64_t n;

	if (str_eq(clock, "monotonic") || str_eq(clock, "1"))
		to = &r->ret->monotonic;
	else if (str_eq(clock, "boottime") || str_eq(clock, "7"))
		to = &r->ret->boottime;
	if (!to || !secs || !line || !num_u64(secs + negative, &n) || n > INT64_MAX ||
		!num_u32(line, &o.nanosecs) || o.nanosecs > 999999999)
		return false;
	o.secs = negative ? -(int64_t)n : (int64_t)n;
	*to = o;
	return true;
}

static void read_time_offsets(struct reader *r, const struct config_annotation *a)
{
	char *rest = arena_str(r->d->arena, a->value), *line;

	while ((line = strsep(&rest, "\n"))) {
		if (line[0] && !read_offset(r, a, line)) {
			json_error(r->d, a->at,
				"must be \"monotonic SECONDS NANOSECONDS\" or \"boottime …\", not %s",
				field_quote(r->d->arena, a->value));
			return;
		}
	}
}

static int digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* base64 of RFC 4648; the length of what it stands for, or -1 */
static ssize_t decode(const char *text, unsigned char *ret)
{
	size_t len = strlen(text), n = 0;
	uint32_t bits = 0;
	unsigned have = 0;

	while (len > 0 && text[len - 1] == '=')
		len--;
	for (size_t i = 0; i < len; i++) {
		int d = digit(text[i]);

		if (d < 0)
			return -1;
		bits = bits << 6 | (uint32_t)d;
		have += 6;
		if (have >= 8) {
			have -= 8;
			ret[n++] = (unsigned char)(bits >> have);
		}
	}
	return (ssize_t)n;
}

static void read_filter(struct reader *r, const struct config_annotation *a)
{
	enum { INSTRUCTION = 8, INSTRUCTIONS_MAX = 4096 }; /* struct sock_filter, BPF_MAXINSNS */
	unsigned char *filter = arena_alloc(r->d->arena, strlen(a->value) + 1);
	const ssize_t n = decode(a->value, filter);

	if (n <= 0 || n % INSTRUCTION || n / INSTRUCTION > INSTRUCTIONS_MAX) {
		json_error(r->d, a->at,
			"must be a filter of 1 to %d instructions with %d bytes each, in base64",
			INSTRUCTIONS_MAX, INSTRUCTION);
		return;
	}
	r->ret->filter_at = a->at;
	r->ret->filter = filter;
	r->ret->filter_len = (size_t)n;
}

/* read elsewhere, too */
static void read_nothing(struct reader *r, const struct config_annotation *a)
{
	(void)r;
	(void)a;
}

static const struct {
	const char *name;
	void (*read)(struct reader *r, const struct config_annotation *a);
	const char *why; /* it is not done: a warning */
} known[] = {
	{ "delegate-cgroup", NULL,
		"no cgroup is made below that of the container, which can make one itself" },
	{ "handler", NULL,
		"there are no handlers, the kernel runs the program (no krun, no wasm)" },
	{ "hooks.stderr", NULL, "hooks write to the standard error of the command that runs them" },
	{ "hooks.stdout", NULL,
		"hooks write to the standard output of the command that runs them" },
	{ "keep_original_groups", read_nothing, NULL },
	{ "mount_context_type", read_context_type, NULL },
	{ "pidfd_receiver", read_pidfd_receiver, NULL },
	{ "seccomp.plugins", NULL,
		"no plugins are loaded; linux.seccomp.listenerPath can name an agent" },
	{ "seccomp.receiver", read_receiver, NULL },
	{ "seccomp_bpf_data", read_filter, NULL },
	{ "seccomp_fail_unknown_syscall", read_seccomp_strict, NULL },
	{ "systemd.force_cgroup_v1", NULL, "containers get cgroup v2 only" },
	{ "systemd.subgroup", read_nothing, NULL },
	{ "timens_offset", read_time_offsets, NULL },
};

void config_read_run_oci(struct json_doc *d, const struct config_annotation *list, size_t count,
	struct config_run_oci *ret)
{
	struct reader r = { .d = d, .ret = ret };

	for (size_t i = 0; i < count; i++) {
		const struct config_annotation *a = &list[i];
		const char *name = str_after(a->key, PREFIX);
		size_t k = 0;

		if (!name || !a->value || !a->value[0])
			continue;
		while (k < ARRAY_LEN(known) && !str_eq(known[k].name, name))
			k++;
		if (k == ARRAY_LEN(known))
			json_warn(d, a->at, "is ignored: no such annotation is known");
		else if (known[k].read)
			known[k].read(&r, a);
		else
			json_warn(d, a->at, "is ignored: %s", known[k].why);
	}
}

bool config_keeps_groups(const struct config_annotation *list, size_t count)
{
	bool keeps = false;

	for (size_t i = 0; i < count; i++) {
		if (str_eq(list[i].key, PREFIX "keep_original_groups"))
			keeps = list[i].value[0] && is_true(list[i].value);
	}
	return keeps;
}

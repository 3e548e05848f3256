/* SPDX-License-Identifier: Apache-2.0 */
/* plan_annotation.c - annotations "org.systemd.property.NAME" as properties of the container's
 * scope
 *
 * Who may label a container is not always who may run commands on the host (CVE-2024-3154:
 * ExecStopPost out of an annotation). So the names are a closed list: nothing that starts a command
 * or another unit, reboots, takes in other processes, or that this program sets itself. The list
 * has the types too: the value is read as that type or refused, it cannot bring one of its own.
 * Values are GVariant text as other runtimes take it: true, 90, uint64 90, 'text', ['a', 'b']. */
#include <string.h>

#include "base/num.h"
#include "plan/plan_parts.h"

static const char prefix[] = "org.systemd.property.";

static const struct {
	const char *name;
	enum unit_type type;
} known[] = {
	{ "After", UNIT_LIST },
	{ "Before", UNIT_LIST },
	{ "CPUAccounting", UNIT_BOOL },
	{ "CPUQuotaPerSecUSec", UNIT_NUMBER },
	{ "CPUQuotaPeriodUSec", UNIT_NUMBER },
	{ "CPUWeight", UNIT_NUMBER },
	{ "CollectMode", UNIT_TEXT },
	{ "DefaultDependencies", UNIT_BOOL },
	{ "Description", UNIT_TEXT },
	{ "Documentation", UNIT_LIST },
	{ "FinalKillSignal", UNIT_INT },
	{ "IOAccounting", UNIT_BOOL },
	{ "IOWeight", UNIT_NUMBER },
	{ "IPAccounting", UNIT_BOOL },
	{ "IgnoreOnIsolate", UNIT_BOOL },
	{ "JobRunningTimeoutUSec", UNIT_NUMBER },
	{ "JobTimeoutUSec", UNIT_NUMBER },
	{ "KillMode", UNIT_TEXT },
	{ "KillSignal", UNIT_INT },
	{ "ManagedOOMMemoryPressure", UNIT_TEXT },
	{ "ManagedOOMMemoryPressureLimit", UNIT_UINT },
	{ "ManagedOOMPreference", UNIT_TEXT },
	{ "ManagedOOMSwap", UNIT_TEXT },
	{ "MemoryAccounting", UNIT_BOOL },
	{ "MemoryHigh", UNIT_NUMBER },
	{ "MemoryLow", UNIT_NUMBER },
	{ "MemoryMax", UNIT_NUMBER },
	{ "MemoryMin", UNIT_NUMBER },
	{ "MemorySwapMax", UNIT_NUMBER },
	{ "MemoryZSwapMax", UNIT_NUMBER },
	{ "OOMPolicy", UNIT_TEXT },
	{ "PartOf", UNIT_LIST },
	{ "RefuseManualStart", UNIT_BOOL },
	{ "RefuseManualStop", UNIT_BOOL },
	{ "RestartKillSignal", UNIT_INT },
	{ "RuntimeMaxUSec", UNIT_NUMBER },
	{ "RuntimeRandomizedExtraUSec", UNIT_NUMBER },
	{ "SendSIGHUP", UNIT_BOOL },
	{ "SendSIGKILL", UNIT_BOOL },
	{ "StartupCPUWeight", UNIT_NUMBER },
	{ "StartupIOWeight", UNIT_NUMBER },
	{ "StopWhenUnneeded", UNIT_BOOL },
	{ "TasksAccounting", UNIT_BOOL },
	{ "TasksMax", UNIT_NUMBER },
	{ "TimeoutStopUSec", UNIT_NUMBER },
	{ "WatchdogSignal", UNIT_INT },
};

static const struct {
	const char *prefix;
	bool is_signed;
	unsigned bits;
} number_types[] = {
	{ "byte ", false, 8 },
	{ "int16 ", true, 16 },
	{ "uint16 ", false, 16 },
	{ "int32 ", true, 32 },
	{ "uint32 ", false, 32 },
	{ "int64 ", true, 64 },
	{ "uint64 ", false, 64 },
};

static const char *const expected[] = {
	[UNIT_BOOL] = "true or false",
	[UNIT_INT] = "a number, as in 15 or int32 15",
	[UNIT_UINT] = "a number, as in uint32 15",
	[UNIT_NUMBER] = "a number that is not negative, as in 90 or uint64 90",
	[UNIT_TEXT] = "text in quotes, as in 'text'",
	[UNIT_LIST] = "a list of texts, as in ['a', 'b']",
};

struct reader {
	struct arena *arena;
	const char *at;
};

static void skip_blanks(struct reader *r)
{
	r->at += strspn(r->at, " \t\n");
}

static bool is_at_end(struct reader *r)
{
	skip_blanks(r);
	return *r->at == '\0';
}

/* What stands for itself or for a character in front of which it is escaped; 0: nothing known */
static char unescaped(char c)
{
	switch (c) {
	case '\\':
	case '\'':
	case '"':
		return c;
	case 'n':
		return '\n';
	case 't':
		return '\t';
	default:
		return '\0';
	}
}

/* 'text' or "text", or NULL */
static const char *read_text(struct reader *r)
{
	char quote = *r->at, *text = arena_str(r->arena, r->at);
	size_t len = 0;

	if (quote != '\'' && quote != '"')
		return NULL;
	while (*++r->at != quote) {
		char c = *r->at;

		if (c == '\\')
			c = unescaped(*++r->at);
		if (c == '\0')
			return NULL;
		text[len++] = c;
	}
	r->at++;
	text[len] = '\0';
	return text;
}

/* [], @as [], ['a'], ['a', "b"], or NULL */
static const char *const *read_list(struct reader *r)
{
	const char **list = arena_array(r->arena, strlen(r->at) / 2 + 1, sizeof(*list));
	const char *after = str_after(r->at, "@as");
	size_t n = 0;

	r->at = after ? after : r->at;
	skip_blanks(r);
	if (*r->at++ != '[')
		return NULL;
	skip_blanks(r);
	while (*r->at != ']') {
		list[n] = read_text(r);
		if (!list[n++])
			return NULL;
		skip_blanks(r);
		if (*r->at == ',')
			r->at++;
		else if (*r->at != ']')
			return NULL;
		skip_blanks(r);
	}
	r->at++;
	return list;
}

/* an integer with or without its type; the sign is that of *negative */
static bool read_integer(struct reader *r, bool *negative, uint64_t *ret)
{
	bool is_signed = true;
	unsigned bits = 64;
	char *digits;
	uint64_t most;
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(number_types); i++) {
		const char *after = str_after(r->at, number_types[i].prefix);

		if (!after)
			continue;
		is_signed = number_types[i].is_signed;
		bits = number_types[i].bits;
		r->at = after;
		skip_blanks(r);
		break;
	}
	*negative = *r->at == '-';
	r->at += *negative;
	len = strspn(r->at, "0123456789");
	digits = arena_dup(r->arena, r->at, len);
	r->at += len;
	if ((*negative && !is_signed) || !num_u64(digits, ret))
		return false;
	/* without a type of its own the number has that of the property */
	most = bits == 64 ? UINT64_MAX : ((uint64_t)1 << (bits - is_signed)) - 1 + *negative;
	return *ret <= most;
}

static bool read_number(struct reader *r, enum unit_type type, uint64_t *ret)
{
	bool negative;
	uint64_t n;

	if (!read_integer(r, &negative, &n))
		return false;
	if (type == UNIT_INT && n > (uint64_t)INT32_MAX + negative)
		return false;
	if (type == UNIT_UINT && n > UINT32_MAX)
		return false;
	if (type != UNIT_INT && negative && n > 0)
		return false;
	*ret = negative ? -n : n;
	return true;
}

/* seconds, also with a fraction, in microseconds */
static bool read_seconds(struct reader *r, uint64_t *ret)
{
	uint64_t unit = 1000000, fraction = 0, n;
	bool negative;

	if (!read_integer(r, &negative, &n) || negative)
		return false;
	if (*r->at == '.') {
		for (r->at++; *r->at >= '0' && *r->at <= '9'; r->at++) {
			unit /= 10;
			fraction += unit * (uint64_t)(*r->at - '0');
		}
	}
	return !__builtin_mul_overflow(n, 1000000u, ret) &&
		!__builtin_add_overflow(*ret, fraction, ret);
}

static bool read_bool(struct reader *r, uint64_t *ret)
{
	const char *after_true = str_after(r->at, "true"), *after_false = str_after(r->at, "false");

	*ret = after_true != NULL;
	r->at = after_true ? after_true : after_false;
	return r->at != NULL;
}

static bool read_value(struct reader *r, bool seconds, struct unit_property *p)
{
	bool ok = false;

	skip_blanks(r);
	switch (p->type) {
	case UNIT_BOOL:
		ok = read_bool(r, &p->number);
		break;
	case UNIT_INT:
	case UNIT_UINT:
	case UNIT_NUMBER:
		ok = seconds ? read_seconds(r, &p->number) : read_number(r, p->type, &p->number);
		break;
	case UNIT_TEXT:
		ok = (p->text = read_text(r)) != NULL;
		break;
	case UNIT_LIST:
		ok = (p->list = read_list(r)) != NULL;
		break;
	case UNIT_BYTES:
	case UNIT_TEXT_PAIRS:
	case UNIT_NUMBER_PAIRS:
		break;
	}
	return ok && is_at_end(r);
}

/* "TimeoutStopSec" is the file name of property "TimeoutStopUSec"; NULL: name has no seconds */
static const char *in_microseconds(struct arena *a, const char *name)
{
	size_t len = strlen(name), tail = strlen("Sec");

	if (len <= tail || !str_eq(name + len - tail, "Sec") || name[len - tail - 1] == 'U')
		return NULL;
	return arena_fmt(a, "%.*sUSec", (int)(len - tail), name);
}

int plan_annotation_property(struct arena *a, const struct config *c, size_t i,
	struct unit_property *ret, struct err *e)
{
	const struct config_annotation *n = &c->annotations[i];
	const char *name = str_after(n->key, prefix), *micro;
	struct reader r = { .arena = a, .at = n->value };
	bool found = false;

	if (!name)
		return 0;
	micro = in_microseconds(a, name);
	*ret = (struct unit_property){ .name = micro ? micro : name };
	for (size_t j = 0; j < ARRAY_LEN(known) && !found; j++) {
		found = str_eq(known[j].name, ret->name);
		ret->type = known[j].type;
	}
	if (!found)
		return err_set(e, EINVAL,
			"%s: property \"%s\" of systemd must not be set by an annotation",
			config_at(a, &c->doc, n->at), name);
	if (!read_value(&r, micro != NULL, ret))
		return err_set(e, EINVAL, "%s: must be %s, not \"%s\"",
			config_at(a, &c->doc, n->at),
			micro ? "a number of seconds" : expected[ret->type], n->value);
	return 1;
}

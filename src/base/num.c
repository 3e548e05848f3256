/* SPDX-License-Identifier: Apache-2.0 */
/* num.c - the whole string, or nothing */
#include "base/num.h"

#include <string.h>
#include <strings.h>

/* digits at the start of text; returns what follows them, NULL when there are none or too many */
static const char *digits(const char *text, unsigned radix, uint64_t *ret)
{
	const char *p = text;
	uint64_t v = 0;

	for (; *p >= '0' && *p < (char)('0' + radix); p++)
		if (__builtin_mul_overflow(v, radix, &v) ||
			__builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return NULL;
	if (p == text)
		return NULL;
	*ret = v;
	return p;
}

bool num_u64(const char *text, uint64_t *ret)
{
	uint64_t v;
	const char *end = digits(text, 10, &v);

	if (!end || *end)
		return false;
	*ret = v;
	return true;
}

bool num_u32(const char *text, uint32_t *ret)
{
	uint64_t v;

	if (!num_u64(text, &v) || v > UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

bool num_i64(const char *text, int64_t *ret)
{
	bool negative = text[0] == '-';
	uint64_t v;

	if (!num_u64(text + negative, &v) || v > (uint64_t)INT64_MAX + negative)
		return false;
	*ret = negative ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}

bool num_int(const char *text, int *ret)
{
	int64_t v;

	if (!num_i64(text, &v) || v < INT32_MIN || v > INT32_MAX)
		return false;
	*ret = (int)v;
	return true;
}

/* power of 1024 that the unit stands for; -1 when it is none */
static int unit_power(const char *unit)
{
	static const char letters[] = "kmgtp";
	int power = 0;

	for (int i = 0; letters[i] && *unit; i++)
		if ((*unit | 0x20) == letters[i]) {
			power = i + 1;
			unit++;
			break;
		}
	if (*unit == '\0' || strcasecmp(unit, "b") == 0)
		return power;
	return power > 0 && strcasecmp(unit, "ib") == 0 ? power : -1;
}

/* The digits behind a point, as parts of parts; what follows them. NULL: none, or more than anybody
 * means */
static const char *fraction(const char *text, uint64_t *part, uint64_t *parts)
{
	const char *end = digits(text, 10, part);

	*parts = 1;
	for (const char *p = text; end && p < end; p++) {
		if (__builtin_mul_overflow(*parts, (uint64_t)10, parts))
			return NULL;
	}
	return end;
}

bool num_size(const char *text, int64_t *ret)
{
	uint64_t v, part = 0, parts = 1;
	const char *unit;
	int power;

	if (strcmp(text, "-1") == 0) {
		*ret = -1;
		return true;
	}
	unit = digits(text, 10, &v);
	if (unit && *unit == '.')
		unit = fraction(unit + 1, &part, &parts);
	power = unit ? unit_power(unit + (*unit == ' ')) : -1;
	if (power < 0 || v > (uint64_t)INT64_MAX >> (10 * power))
		return false;
	v <<= 10 * power;
	v += (uint64_t)(((unsigned __int128)part << (10 * power)) / parts);
	*ret = (int64_t)v;
	return true;
}

/* the unit at *at, which moves behind it, in nanoseconds; 0: there is none */
static uint64_t take_unit(const char **at)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "ns", 1 },
		{ "us", 1000 },
		{ "\xc2\xb5s", 1000 }, /* the micro sign, and the Greek letter */
		{ "\xce\xbcs", 1000 },
		{ "ms", 1000000 },
		{ "s", 1000000000 },
		{ "m", UINT64_C(60000000000) },
		{ "h", UINT64_C(3600000000000) },
	};

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		size_t n = strlen(units[i].name);

		if (strncmp(*at, units[i].name, n) != 0)
			continue;
		*at += n;
		return units[i].ns;
	}
	return 0;
}

/* "1.5h" at *at, which moves behind it */
static bool take_duration(const char **at, uint64_t *ret)
{
	const char *fraction, *end = digits(*at, 10, ret);
	uint64_t unit;

	if (!end && **at != '.')
		return false; /* no number, or one that is too large */
	if (end)
		*at = end;
	else
		*ret = 0;
	fraction = *at + (**at == '.');
	*at = fraction + strspn(fraction, fraction > *at ? "0123456789" : "");
	if (!end && *at == fraction)
		return false;
	end = *at;
	unit = take_unit(at);
	if (unit == 0 || __builtin_mul_overflow(*ret, unit, ret))
		return false;
	for (; fraction < end && unit > 1; fraction++) {
		unit /= 10;
		if (__builtin_add_overflow(*ret, unit * (uint64_t)(*fraction - '0'), ret))
			return false;
	}
	return true;
}

bool num_duration(const char *text, int64_t *ret)
{
	bool negative = text[0] == '-';
	uint64_t sum = 0, v;

	text += negative || text[0] == '+';
	if (text[0] == '0' && !text[1]) {
		*ret = 0;
		return true;
	}
	do {
		if (!take_duration(&text, &v) || __builtin_add_overflow(sum, v, &sum) ||
			sum > INT64_MAX)
			return false;
	} while (*text);
	*ret = negative ? -(int64_t)sum : (int64_t)sum;
	return true;
}

bool num_octal(const char *text, uint32_t *ret)
{
	uint64_t v;
	const char *end = digits(text, 8, &v);

	if (!end || *end || end - text > 4)
		return false;
	*ret = (uint32_t)v;
	return true;
}

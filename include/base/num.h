/* SPDX-License-Identifier: Apache-2.0 */
/* num.h - strict numbers out of text
 *
 * The whole string must be the number: no sign for unsigned values, no blanks, no leading "+", no
 * hexadecimal, no empty string, nothing behind it, in range. Each returns true and sets *ret, or
 * returns false and leaves *ret alone. */
#ifndef CL_BASE_NUM_H
#define CL_BASE_NUM_H

#include "base/def.h"

bool num_u64(const char *text, uint64_t *ret);
bool num_u32(const char *text, uint32_t *ret);
bool num_i64(const char *text, int64_t *ret);
bool num_int(const char *text, int *ret);

/* num_size - bytes: digits, also behind a point ("1.5g"), with an optional unit k, m, g, t, p
 * (powers of 1024, either case, with an optional b or ib behind it, and maybe a blank before it),
 * as runc's --memory takes them; parts of a byte are dropped; "-1" is allowed and stands for no
 * limit */
bool num_size(const char *text, int64_t *ret);

/* num_duration - nanoseconds: numbers with a unit (h, m, s, ms, us, µs or ns), one behind the
 * other, as Go writes and reads them: "5s", "1m30s", "1.5h", "-1s", and "0" */
bool num_duration(const char *text, int64_t *ret);

/* num_octal - file mode: 1 to 4 octal digits, at most 07777 */
bool num_octal(const char *text, uint32_t *ret);

#endif

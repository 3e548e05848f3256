/* SPDX-License-Identifier: Apache-2.0 */
/* mem.h - the end of memory, and UTF-8: shared inside base */
#ifndef CL_BASE_MEM_H
#define CL_BASE_MEM_H

#include "base/def.h"

/* mem_out - say that memory ran out, and end the process with status 1 */
NORETURN void mem_out(void);

/* utf8_len - length of the character at s, of which len > 0 bytes can be read; 0 when these bytes
 * are not UTF-8 (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF) */
size_t utf8_len(const char *s, size_t len);

#endif

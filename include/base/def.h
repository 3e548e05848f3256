/* SPDX-License-Identifier: Apache-2.0 */
/* def.h - attributes, ownership macros and small helpers used by every file */
#ifndef CL_BASE_DEF_H
#define CL_BASE_DEF_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF(fmt_arg, first_arg) __attribute__((format(printf, fmt_arg, first_arg)))
#define NORETURN __attribute__((noreturn))

/* END_OF - one behind the last of n at p, which may be NULL when n is 0: NULL + 0 is undefined */
#define END_OF(p, n) ((n) ? (p) + (n) : (p))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Scope-bound ownership: the variable owns what it names until it is taken. */
#define auto_free __attribute__((cleanup(def_free)))
#define auto_close __attribute__((cleanup(def_close)))

static inline void def_free(void *p)
{
	free(*(void **)p);
}

/* close() is never retried: on Linux the number is free even after EINTR. */
static inline void def_close(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		(void)close(*fd);
		errno = saved;
	}
}

/* take_fd - hand the descriptor over; the auto_close variable no longer owns it */
static inline int take_fd(int *fd)
{
	int r = *fd;

	*fd = -1;
	return r;
}

/* take_ptr - hand the allocation over; the auto_free variable no longer owns it */
#define take_ptr(p)                               \
	({                                        \
		__typeof__(p) *take_p_ = &(p);    \
		__typeof__(p) take_v_ = *take_p_; \
		*take_p_ = NULL;                  \
		take_v_;                          \
	})

#endif

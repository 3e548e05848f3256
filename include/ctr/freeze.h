/* SPDX-License-Identifier: Apache-2.0 */
/* freeze.h - pause and resume */
#ifndef CL_CTR_FREEZE_H
#define CL_CTR_FREEZE_H

#include "ctr/store.h"

/* ctr_pause - stop every process of a created or running container where it is, and return when all
 * have stopped. One that is neither, a paused one too, is the error `container not running`. When
 * they do not stop in time the container goes on as before, and the error names the processes that
 * kept it. */
NODISCARD int ctr_pause(const struct store *s, const char *id, struct err *e);

/* ctr_resume - let them go on. A container that is not paused is the error `container not paused`
 */
NODISCARD int ctr_resume(const struct store *s, const char *id, struct err *e);

#endif

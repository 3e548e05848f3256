/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.h - state and statistics of containers as text for a monitoring system
 *
 * Names begin with crunlite_container_, every sample has the label id. Base units: seconds and
 * bytes. A number that the kernel does not have for a container, and a limit that is none, are left
 * out; a metric that no container has, too. */
#ifndef CL_CTR_METRICS_H
#define CL_CTR_METRICS_H

#include "ctr/list.h"

/* METRICS_OPEN: OpenMetrics 1.0. METRICS_PROMETHEUS: Prometheus' own text format 0.0.4, which has
 * fewer types */
enum metrics_format { METRICS_OPEN, METRICS_PROMETHEUS };

struct metrics;

/* metrics_new - with the arena that holds it; metrics_done releases what that does not own */
struct metrics *metrics_new(struct arena *a);
void metrics_done(struct metrics *m);

/* metrics_add - one container. Whatever is wrong with it becomes its state, "broken", and a warning
 * in the log, as with list_load. LIST_GONE: there is none with this id (any more). LIST_UNKNOWN:
 * something of it could not be read, a warning says what; the rest is added */
enum list_result metrics_add(struct metrics *m, const struct store *s, const char *id);

/* metrics_text - append the document */
void metrics_text(const struct metrics *m, enum metrics_format format, struct str *out);

#endif

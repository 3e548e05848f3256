/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_names.h - the metrics: name, type, unit and meaning; shared by the files of metrics */
#ifndef CL_CTR_METRICS_NAMES_H
#define CL_CTR_METRICS_NAMES_H

#include "ctr/metrics.h"
#include "kern/cgstat.h"

/* in the order in which they are shown */
enum metric {
	METRIC_INFO,
	METRIC_STATE,
	METRIC_START,
	METRIC_CPU,
	METRIC_CPU_USER,
	METRIC_CPU_SYSTEM,
	METRIC_CPU_PERIODS,
	METRIC_CPU_THROTTLED_PERIODS,
	METRIC_CPU_THROTTLED,
	METRIC_MEMORY,
	METRIC_MEMORY_LIMIT,
	METRIC_MEMORY_PEAK,
	METRIC_MEMORY_PART,
	METRIC_PAGE_FAULTS,
	METRIC_SWAP,
	METRIC_SWAP_LIMIT,
	METRIC_SWAP_PEAK,
	METRIC_OOM_KILLS,
	METRIC_MEMORY_EVENTS,
	METRIC_PIDS,
	METRIC_PIDS_LIMIT,
	METRIC_PIDS_REFUSED,
	METRIC_PRESSURE,
	METRIC_IO,
	METRIC_IO_REQUESTS,
	METRIC_NET,
	METRIC_NET_PACKETS,
	METRIC_NET_ERRORS,
	METRIC_NET_DROPPED,
	METRIC_HUGE,
	METRIC_HUGE_FAILURES,
	METRIC_RDMA_HANDLES,
	METRIC_RDMA_OBJECTS,
	METRICS
};

enum metric_type { TYPE_GAUGE, TYPE_COUNTER, TYPE_INFO, TYPE_STATESET };
enum metric_unit { UNIT_NONE, UNIT_SECONDS, UNIT_BYTES };

struct metric_name {
	const char *name; /* of the family: what samples have behind it is metric_suffix */
	enum metric_type type;
	enum metric_unit unit;
	const char *help;
};

extern const struct metric_name metric_names[METRICS];

/* one number of the cgroup that is one sample; event: a label, or NULL. The last one has the metric
 * METRICS */
struct metric_value {
	enum metric metric;
	enum cg_value value;
	const char *event;
};

extern const struct metric_value metric_values[];

/* one line of memory.stat that is one sample. The last one has the key NULL */
struct metric_memory {
	const char *key;
	enum metric metric;
	const char *label, *text;
};

extern const struct metric_memory metric_memory[];

/* metric_suffix - what follows the name of the family in a sample: "_total" */
const char *metric_suffix(enum metric_type type);

/* metric_head - append the lines in front of the samples */
void metric_head(const struct metric_name *n, enum metrics_format format, struct str *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_names.c - the metrics as tables */
#include "ctr/metrics_names.h"

#define GAUGE TYPE_GAUGE, UNIT_NONE
#define COUNTER TYPE_COUNTER, UNIT_NONE
#define SECONDS TYPE_COUNTER, UNIT_SECONDS
#define BYTES TYPE_GAUGE, UNIT_BYTES
#define BYTES_TOTAL TYPE_COUNTER, UNIT_BYTES
#define NAME(rest) "crunlite_container" rest

const struct metric_name metric_names[METRICS] = {
	[METRIC_INFO] = { NAME(""), TYPE_INFO, UNIT_NONE, "Bundle and cgroup of the container" },
	[METRIC_STATE] = { NAME("_state"), TYPE_STATESET, UNIT_NONE,
		"What the container is doing" },
	[METRIC_START] = { NAME("_start_time_seconds"), TYPE_GAUGE, UNIT_SECONDS,
		"When the first process began, since 1970" },
	[METRIC_CPU] = { NAME("_cpu_usage_seconds"), SECONDS, "Processor time used" },
	[METRIC_CPU_USER] = { NAME("_cpu_user_seconds"), SECONDS,
		"Processor time used in programs" },
	[METRIC_CPU_SYSTEM] = { NAME("_cpu_system_seconds"), SECONDS,
		"Processor time used in the kernel" },
	[METRIC_CPU_PERIODS] = { NAME("_cpu_periods"), COUNTER, "Periods of the processor limit" },
	[METRIC_CPU_THROTTLED_PERIODS] = { NAME("_cpu_throttled_periods"), COUNTER,
		"Periods in which the processor limit was reached" },
	[METRIC_CPU_THROTTLED] = { NAME("_cpu_throttled_seconds"), SECONDS,
		"Time spent waiting because of the processor limit" },
	[METRIC_MEMORY] = { NAME("_memory_usage_bytes"), BYTES, "Memory in use, caches included" },
	[METRIC_MEMORY_LIMIT] = { NAME("_memory_limit_bytes"), BYTES, "Limit of memory" },
	[METRIC_MEMORY_PEAK] = { NAME("_memory_peak_bytes"), BYTES, "Most memory ever in use" },
	[METRIC_MEMORY_PART] = { NAME("_memory_part_bytes"), BYTES,
		"Memory in use, by what it is used for; some are parts of others" },
	[METRIC_PAGE_FAULTS] = { NAME("_page_faults"), COUNTER,
		"Page faults; major ones wait for a device" },
	[METRIC_SWAP] = { NAME("_swap_usage_bytes"), BYTES, "Swap in use" },
	[METRIC_SWAP_LIMIT] = { NAME("_swap_limit_bytes"), BYTES, "Limit of swap" },
	[METRIC_SWAP_PEAK] = { NAME("_swap_peak_bytes"), BYTES, "Most swap ever in use" },
	[METRIC_OOM_KILLS] = { NAME("_oom_kills"), COUNTER, "Processes killed for want of memory" },
	[METRIC_MEMORY_EVENTS] = { NAME("_memory_events"), COUNTER,
		"How often memory went over a boundary, or ran out" },
	[METRIC_PIDS] = { NAME("_pids"), GAUGE, "Tasks" },
	[METRIC_PIDS_LIMIT] = { NAME("_pids_limit"), GAUGE, "Limit of tasks" },
	[METRIC_PIDS_REFUSED] = { NAME("_pids_refused"), COUNTER,
		"Tasks that were not made because of the limit" },
	[METRIC_PRESSURE] = { NAME("_pressure_seconds"), SECONDS,
		"Time in which some tasks, or all at once, waited for a resource" },
	[METRIC_IO] = { NAME("_io_bytes"), BYTES_TOTAL, "Bytes moved to and from devices" },
	[METRIC_IO_REQUESTS] = { NAME("_io_requests"), COUNTER, "Requests to devices" },
	[METRIC_NET] = { NAME("_network_bytes"), BYTES_TOTAL,
		"Bytes through interfaces of the container's network namespace" },
	[METRIC_NET_PACKETS] = { NAME("_network_packets"), COUNTER, "Packets through interfaces" },
	[METRIC_NET_ERRORS] = { NAME("_network_errors"), COUNTER, "Packets with errors" },
	[METRIC_NET_DROPPED] = { NAME("_network_dropped"), COUNTER, "Packets dropped" },
	[METRIC_HUGE] = { NAME("_hugetlb_usage_bytes"), BYTES, "Huge pages in use" },
	[METRIC_HUGE_FAILURES] = { NAME("_hugetlb_failures"), COUNTER,
		"Huge pages refused because of the limit" },
	[METRIC_RDMA_HANDLES] = { NAME("_rdma_handles"), GAUGE, "Handles of RDMA devices" },
	[METRIC_RDMA_OBJECTS] = { NAME("_rdma_objects"), GAUGE, "Objects of RDMA devices" },
};

const struct metric_value metric_values[] = {
	{ METRIC_CPU, CG_CPU, NULL },
	{ METRIC_CPU_USER, CG_CPU_USER, NULL },
	{ METRIC_CPU_SYSTEM, CG_CPU_SYSTEM, NULL },
	{ METRIC_CPU_PERIODS, CG_CPU_PERIODS, NULL },
	{ METRIC_CPU_THROTTLED_PERIODS, CG_CPU_THROTTLED_PERIODS, NULL },
	{ METRIC_CPU_THROTTLED, CG_CPU_THROTTLED, NULL },
	{ METRIC_MEMORY, CG_MEMORY, NULL },
	{ METRIC_MEMORY_LIMIT, CG_MEMORY_MAX, NULL },
	{ METRIC_MEMORY_PEAK, CG_MEMORY_PEAK, NULL },
	{ METRIC_SWAP, CG_SWAP, NULL },
	{ METRIC_SWAP_LIMIT, CG_SWAP_MAX, NULL },
	{ METRIC_SWAP_PEAK, CG_SWAP_PEAK, NULL },
	{ METRIC_OOM_KILLS, CG_EVENT_OOM_KILL, NULL },
	{ METRIC_MEMORY_EVENTS, CG_EVENT_LOW, "low" },
	{ METRIC_MEMORY_EVENTS, CG_EVENT_HIGH, "high" },
	{ METRIC_MEMORY_EVENTS, CG_EVENT_MAX, "max" },
	{ METRIC_MEMORY_EVENTS, CG_EVENT_OOM, "oom" },
	{ METRIC_MEMORY_EVENTS, CG_EVENT_OOM_GROUP_KILL, "oom_group_kill" },
	{ METRIC_PIDS, CG_PIDS, NULL },
	{ METRIC_PIDS_LIMIT, CG_PIDS_MAX, NULL },
	{ METRIC_PIDS_REFUSED, CG_PIDS_REFUSED, NULL },
	{ METRICS, CG_VALUES, NULL },
};

#define PART(key)                                    \
	{                                            \
		key, METRIC_MEMORY_PART, "part", key \
	}

const struct metric_memory metric_memory[] = {
	PART("anon"),
	PART("file"),
	PART("kernel"),
	PART("slab"),
	PART("sock"),
	PART("shmem"),
	PART("file_mapped"),
	PART("file_dirty"),
	PART("inactive_file"),
	{ "pgfault", METRIC_PAGE_FAULTS, "kind", "all" },
	{ "pgmajfault", METRIC_PAGE_FAULTS, "kind", "major" },
	{ NULL, METRICS, NULL, NULL },
};

const char *metric_suffix(enum metric_type type)
{
	return type == TYPE_COUNTER ? "_total" : type == TYPE_INFO ? "_info" : "";
}

/* In OpenMetrics the head names the family, in Prometheus' format what the samples are called. */
void metric_head(const struct metric_name *n, enum metrics_format format, struct str *out)
{
	static const char *const types[] = { "gauge", "counter", "info", "stateset" };
	static const char *const units[] = { NULL, "seconds", "bytes" };
	bool open = format == METRICS_OPEN;
	const char *suffix = open ? "" : metric_suffix(n->type);

	str_addf(out, "# TYPE %s%s %s\n", n->name, suffix,
		types[open || n->type == TYPE_COUNTER ? n->type : TYPE_GAUGE]);
	if (open && units[n->unit])
		str_addf(out, "# UNIT %s %s\n", n->name, units[n->unit]);
	str_addf(out, "# HELP %s%s %s.\n", n->name, suffix, n->help);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_stats.c - statistics as JSON, with everything that a host can have; resctrl on a tree of
 * plain files */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "ctr/stats.h"
#include "test.h"

#define PSI_TEXT(n)                                       \
	"some avg10=0.05 avg60=1.20 avg300=3.00 total=" n \
	"\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
#define PSI_JSON(n)                                                                      \
	"\"psi\":{\"some\":{\"avg10\":0.05,\"avg60\":1.2,\"avg300\":3,\"total\":" n "}," \
	"\"full\":{\"avg10\":0,\"avg60\":0,\"avg300\":0,\"total\":0}}"

/* files of a cgroup, and of a resctrl mount below rdt */
static const char *const files[][2] = {
	{ "cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma\n" },
	{ "cpu.stat",
		"usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 5\nnr_throttled 4\nthrottled_usec 3\n" },
	{ "cpu.pressure", PSI_TEXT("1") },
	{ "memory.pressure", PSI_TEXT("2") },
	{ "io.pressure", PSI_TEXT("3") },
	{ "memory.current", "1000\n" },
	{ "memory.max", "4000\n" },
	{ "memory.peak", "2000\n" },
	{ "memory.swap.current", "100\n" },
	{ "memory.swap.max", "max\n" },
	{ "memory.stat", "anon 600\nfile 300\nkernel 50\nsock 7\n" },
	{ "memory.events", "low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\n" },
	{ "pids.current", "6\n" },
	{ "pids.max", "max\n" },
	{ "io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n" },
	{ "hugetlb.2MB.current", "2097152\n" },
	{ "hugetlb.2MB.events", "max 9\n" },
	{ "cpuset.cpus.effective", "0-1,4\n" },
	{ "cpuset.mems.effective", "0\n" },
	{ "rdt/info/L3/cbm_mask", "fffff\n" },
	{ "rdt/info/L3/min_cbm_bits", "2\n" },
	{ "rdt/info/L3/num_closids", "16\n" },
	{ "rdt/info/MB/bandwidth_gran", "10\n" },
	{ "rdt/info/MB/delay_linear", "1\n" },
	{ "rdt/info/MB/min_bandwidth", "10\n" },
	{ "rdt/info/MB/num_closids", "8\n" },
	{ "rdt/schemata", "    MB:0=100;1=100\n    L3:0=fffff;1=fffff\n" },
	{ "rdt/gold/schemata", "    MB:0=20;1=70\n    L3:0=7f0;1=1f\n" },
	{ "rdt/gold/mon_data/mon_L3_00/mbm_total_bytes", "99\n" },
	{ "rdt/gold/mon_groups/web/mon_data/mon_L3_01/mbm_total_bytes", "30\n" },
	{ "rdt/gold/mon_groups/web/mon_data/mon_L3_01/mbm_local_bytes", "20\n" },
	{ "rdt/gold/mon_groups/web/mon_data/mon_L3_01/llc_occupancy", "10\n" },
	{ "rdt/gold/mon_groups/web/mon_data/mon_L3_00/mbm_total_bytes", "3\n" },
	{ "rdt/gold/mon_groups/web/mon_data/mon_L3_00/mbm_local_bytes", "Unavailable\n" },
	{ "rdt/gold/mon_groups/web/mon_data/mon_L3_00/llc_occupancy", "1\n" },
	{ "rdt/gold/mon_groups/web/mon_data/mon_PERF/energy", "1\n" },
};

static void fill(int dir)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		auto_arena struct arena a = { 0 };
		char *path = arena_str(&a, files[i][0]);
		auto_close int fd = -1;

		for (char *p = path; (p = strchr(p, '/')); *p++ = '/') {
			*p = '\0';
			(void)mkdirat(dir, path, 0700);
		}
		fd = openat(dir, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		CHECK_INT(fd_write_all(fd, files[i][1], strlen(files[i][1])), 0);
	}
}

static const char everything[] =
	"{\"type\":\"stats\",\"id\":\"web\",\"data\":{"
	"\"cpu\":{\"usage\":{\"total\":30000,\"kernel\":10000,\"user\":20000},"
	"\"throttling\":{\"periods\":5,\"throttledPeriods\":4,\"throttledTime\":3000}," PSI_JSON(
		"1") "},"
		     "\"cpuset\":{\"cpus\":[0,1,4],\"cpu_exclusive\":0,\"mems\":[0],\"mem_hardwall\":0,\"mem_exclusive\":0,"
		     "\"memory_migrate\":0,\"memory_spread_page\":0,\"memory_spread_slab\":0,\"memory_pressure\":0,"
		     "\"sched_load_balance\":0,\"sched_relax_domain_level\":0},"
		     "\"memory\":{\"cache\":300,\"usage\":{\"limit\":4000,\"usage\":1000,\"max\":2000,\"failcnt\":2},"
		     "\"swap\":{\"limit\":18446744073709551615,\"usage\":1100},"
		     "\"kernel\":{\"usage\":50},\"kernelTCP\":{\"usage\":7},"
		     "\"raw\":{\"anon\":600,\"file\":300,\"kernel\":50,\"sock\":7}," PSI_JSON(
			     "2") ","
				  "\"events\":{\"low\":0,\"high\":1,\"max\":2,\"oom\":3,\"oom_kill\":4}},"
				  "\"pids\":{\"current\":6},"
				  "\"blkio\":{\"ioServiceBytesRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":1},{\"major\":8,\"op\":\"Write\",\"value\":2}],"
				  "\"ioServicedRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":3},{\"major\":8,\"op\":\"Write\",\"value\":4}]," PSI_JSON(
					  "3") "},"
					       "\"hugetlb\":{\"2MB\":{\"usage\":2097152,\"failcnt\":9}},"
					       "\"intel_rdt\":{\"l3_cache_info\":{\"cbm_mask\":\"fffff\",\"min_cbm_bits\":2,\"num_closids\":16},"
					       "\"l3_cache_schema_root\":\"L3:0=fffff;1=fffff\",\"l3_cache_schema\":\"L3:0=7f0;1=1f\","
					       "\"mem_bw_info\":{\"bandwidth_gran\":10,\"delay_linear\":1,\"min_bandwidth\":10,\"num_closids\":8},"
					       "\"mem_bw_schema_root\":\"MB:0=100;1=100\",\"mem_bw_schema\":\"MB:0=20;1=70\","
					       "\"mbm_stats\":[{\"mbm_total_bytes\":3,\"mbm_local_bytes\":0},{\"mbm_total_bytes\":30,\"mbm_local_bytes\":20}],"
					       "\"cmt_stats\":[{\"llc_occupancy\":1},{\"llc_occupancy\":10}]},"
					       "\"network_interfaces\":[{\"Name\":\"eth0\",\"RxBytes\":1,\"RxPackets\":2,\"RxErrors\":3,\"RxDropped\":4,"
					       "\"TxBytes\":5,\"TxPackets\":6,\"TxErrors\":7,\"TxDropped\":8}]}}\n";

TEST(stats_json_shows_everything)
{
	auto_close int dir = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static const char *const sizes_names[] = { "2MB", NULL };
	struct net_count net = { "eth0", { 1, 2, 3, 4 }, { 5, 6, 7, 8 } };
	struct cg_sizes sizes = { .names = sizes_names };
	auto_str struct str out = { 0 };
	auto_close int rdt = -1;
	auto_stats struct stats s;

	fill(dir);
	rdt = openat(dir, "rdt", O_PATH | O_DIRECTORY | O_CLOEXEC);
	stats_init(&s);
	cgstat_read(dir, &sizes, &s.cgroup);
	rdtstat_read(&s.cgroup.arena, rdt, "gold", "web", &s.rdt);
	s.net = &net;
	s.n_net = 1;
	stats_json(&s, "web", &out);
	CHECK_STR(str_text(&out), everything);
}

TEST(stats_json_leaves_out_what_is_not_counted)
{
	auto_str struct str out = { 0 };
	auto_stats struct stats s;

	stats_init(&s);
	stats_json(&s, "web", &out);
	CHECK_STR(str_text(&out),
		"{\"type\":\"stats\",\"id\":\"web\",\"data\":{\"cpu\":{\"usage\":{},\"throttling\":{}},\"cpuset\":{},"
		"\"memory\":{},\"pids\":{},\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},\"network_interfaces\":null}}\n");
}

/* the word that scripts wait for */
TEST(stats_json_has_oom_only_with_a_kill)
{
	auto_close int dir = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static const char reached[] = "low 0\nhigh 0\nmax 7\noom 3\noom_kill 0\noom_group_kill 0\n";
	struct cg_sizes sizes = { .names = (const char *const[]){ NULL } };
	auto_str struct str out = { 0 };
	auto_stats struct stats s;

	fill(dir);
	CHECK_INT(fd_write_at(dir, "memory.events", O_TRUNC, reached, strlen(reached)), 0);
	stats_init(&s);
	cgstat_read(dir, &sizes, &s.cgroup);
	stats_json(&s, "web", &out);
	CHECK_TRUE(strstr(str_text(&out), "\"events\":{\"low\":0,\"high\":0,\"max\":7}"));
	CHECK_FALSE(strstr(str_text(&out), "oom"));
}

TEST(rdtstat_leaves_out_what_is_missing)
{
	auto_close int dir = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_arena struct arena a = { 0 };
	auto_close int rdt = -1;
	struct rdt_stat s;

	rdtstat_read(&a, dir, "", NULL, &s);
	CHECK_FALSE(s.has_cache || s.has_bandwidth || s.has_traffic || s.has_occupancy || s.cache);
	rdtstat_read(&a, dir, "nosuch", "web", &s);
	CHECK_FALSE(s.has_cache || s.cache || s.n_domains);
	fill(dir);
	rdt = openat(dir, "rdt", O_PATH | O_DIRECTORY | O_CLOEXEC);
	rdtstat_read(&a, rdt, "gold", NULL, &s);
	CHECK_INT(s.n_domains, 1);
	CHECK_INT(s.domains[0].total_bytes, 99);
	CHECK_FALSE(s.has_occupancy);
	rdtstat_read(&a, rdt, "", NULL, &s);
	CHECK_STR(s.cache, "L3:0=fffff;1=fffff");
	CHECK_INT(s.n_domains, 0);
}

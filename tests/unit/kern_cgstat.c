/* SPDX-License-Identifier: Apache-2.0 */
/* kern_cgstat.c - the formats of cgroup v2's statistics, and files in the place of a cgroup */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "kern/cgstat.h"
#include "kern/netcount.h"
#include "test.h"

static char *text_of(struct arena *a, const char *text)
{
	return arena_str(a, text);
}

TEST(cgstat_pair_passes_over_what_is_none)
{
	auto_arena struct arena a = { 0 };
	char *at = text_of(&a,
		"a 1\n\nb\nc \n d 1\ne -1\nf 1 2\ng 18446744073709551616\nh max\ni 18446744073709551615");
	struct cg_pair p;

	CHECK_TRUE(cgstat_pair(&at, &p));
	CHECK_STR(p.key, "a");
	CHECK_INT(p.value, 1);
	CHECK_TRUE(cgstat_pair(&at, &p));
	CHECK_STR(p.key, "h");
	CHECK_TRUE(p.value == CG_UNLIMITED);
	CHECK_TRUE(cgstat_pair(&at, &p));
	CHECK_STR(p.key, "i");
	CHECK_TRUE(p.value == UINT64_MAX);
	CHECK_FALSE(cgstat_pair(&at, &p));
	CHECK_FALSE(cgstat_pair(&at, &p));
}

TEST(cgstat_oom_kills_is_not_another_count)
{
	auto_arena struct arena a = { 0 };
	uint64_t n = 7;

	CHECK_FALSE(cgstat_oom_kills(text_of(&a, "low 0\noom 3\noom_group_kill 4\n"), &n));
	CHECK_FALSE(cgstat_oom_kills(text_of(&a, ""), &n));
	CHECK_INT(n, 7);
	CHECK_TRUE(cgstat_oom_kills(text_of(&a, "oom 3\noom_kill 2\noom_group_kill 4\n"), &n));
	CHECK_INT(n, 2);
}

TEST(cgstat_psi_reads_both_lines)
{
	auto_arena struct arena a = { 0 };
	struct cg_psi p = { 0 };

	cgstat_psi(text_of(&a,
			   "some avg10=0.05 avg60=12.30 avg300=100.00 total=18446744073709551615\n"
			   "full avg10=1.00 avg60=0.00 avg300=0.10 new=1 total=3\n"),
		&p);
	CHECK_TRUE(p.known && p.has_full);
	CHECK_INT(p.some.avg10, 5);
	CHECK_INT(p.some.avg60, 1230);
	CHECK_INT(p.some.avg300, 10000);
	CHECK_TRUE(p.some.total == UINT64_MAX);
	CHECK_INT(p.full.avg10, 100);
	CHECK_INT(p.full.avg300, 10);
	CHECK_INT(p.full.total, 3);
}

TEST(cgstat_psi_takes_half_of_it_and_no_nonsense)
{
	static const char *const nonsense[] = { "", "\n", "some", "none avg10=1.00 total=1",
		" some avg10=1.00" };
	auto_arena struct arena a = { 0 };
	struct cg_psi p = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(nonsense); i++) {
		test_row("%s", nonsense[i]);
		cgstat_psi(text_of(&a, nonsense[i]), &p);
		CHECK_FALSE(p.known);
	}
	cgstat_psi(text_of(&a, "some avg10=1 avg60=1.5 avg300=x total= 1"), &p);
	CHECK_TRUE(p.known);
	CHECK_INT(p.some.avg10 + p.some.avg60 + p.some.avg300 + p.some.total, 0);
	cgstat_psi(text_of(&a, "some avg10=999999999999999999.99 avg60=1.00 total=5"), &p);
	CHECK_INT(p.some.avg10, 0);
	CHECK_INT(p.some.avg60, 100);
	CHECK_FALSE(p.has_full);
}

TEST(cgstat_io_reads_devices)
{
	auto_cgstat struct cg_stat s;
	auto_arena struct arena a = { 0 };

	cgstat_init(&s);
	/* the second one has nothing to say, and no end of its line either; the third is not a
	 * device */
	cgstat_io(
		text_of(&a,
			"8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=5 dios=6 cost.usage=9\n"
			"7:0 8:0 rbytes=90430464 wbytes=299008000 rios=8950 wios=1252 dbytes=x dios=\n"
			"sda rbytes=1\n"
			"8:x wbytes=1\n"
			"259:1 \n"),
		&s);
	if (!CHECK_INT(s.n_io, 2))
		return;
	CHECK_INT(s.io[0].major, 8);
	CHECK_INT(s.io[0].minor, 16);
	CHECK_INT(s.io[0].rbytes, 1459200);
	CHECK_INT(s.io[0].wbytes, 314773504);
	CHECK_INT(s.io[0].rios, 192);
	CHECK_INT(s.io[0].wios, 353);
	CHECK_INT(s.io[0].dbytes, 5);
	CHECK_INT(s.io[0].dios, 6);
	CHECK_INT(s.io[1].minor, 0);
	CHECK_INT(s.io[1].wios, 1252);
	CHECK_INT(s.io[1].dbytes, 0);
}

TEST(cgstat_io_takes_many)
{
	auto_cgstat struct cg_stat s;
	auto_str struct str text = { 0 };

	cgstat_init(&s);
	for (unsigned i = 0; i < 1000; i++)
		str_addf(&text, "8:%u rbytes=%u\n", i, i);
	cgstat_io(text.data, &s);
	if (!CHECK_INT(s.n_io, 1000))
		return;
	for (unsigned i = 0; i < 1000; i += 333)
		CHECK_INT(s.io[i].rbytes, i);
}

TEST(cgstat_rdma_lists_devices_in_use)
{
	auto_cgstat struct cg_stat s;
	auto_arena struct arena a = { 0 };

	cgstat_init(&s);
	cgstat_rdma(
		text_of(&a,
			"mlx4_0 hca_handle=2 hca_object=2000\nocrdma1\n\nrxe0 hca_handle=max hca_object=7\n"),
		&s);
	if (!CHECK_INT(s.n_rdma, 2))
		return;
	CHECK_STR(s.rdma[0].device, "mlx4_0");
	CHECK_INT(s.rdma[0].handles, 2);
	CHECK_INT(s.rdma[0].objects, 2000);
	CHECK_STR(s.rdma[1].device, "rxe0");
	CHECK_INT(s.rdma[1].objects, 7);
}

TEST(cgstat_list_counts)
{
	static const struct {
		const char *text, *numbers;
	} rows[] = {
		{ "", "" },
		{ "0", "0 " },
		{ "0-3,8", "0 1 2 3 8 " },
		{ "5,7-7,1-2", "5 7 1 2 " },
		{ "65534-65535", "65534 65535 " },
		{ "1,65536", "1 " },
		{ "3-1", "" },
		{ "1-", "" },
		{ "x", "" },
		{ "2,x", "2 " },
		{ "99999999999999999999", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_list l = { .at = rows[i].text };
		auto_str struct str found = { 0 };
		uint16_t n;

		test_row("\"%s\"", rows[i].text);
		while (cgstat_list_next(&l, &n))
			str_addf(&found, "%u ", n);
		CHECK_STR(str_text(&found), rows[i].numbers);
	}
}

static void put(int dir, const char *name, const char *text)
{
	auto_close int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK_TRUE(fd >= 0 && fd_write_all(fd, text, strlen(text)) == 0);
}

TEST(cgstat_read_leaves_out_what_is_missing)
{
	auto_close int dir = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_cgsizes struct cg_sizes sizes = { .names = NULL };
	auto_cgstat struct cg_stat s;

	cgstat_init(&s);
	cgstat_read(dir, &sizes, &s);
	CHECK_INT(s.have, 0);
	put(dir, "cgroup.controllers", "cpu pids\n");
	put(dir, "cpu.stat", "usage_usec 3000000\nuser_usec 2000000\nnew 1\n");
	put(dir, "pids.current", "12\n");
	put(dir, "pids.max", "max\n");
	put(dir, "memory.current", "4096\n"); /* not its controller */
	cgstat_read(dir, &sizes, &s);
	CHECK_INT(cgstat_get(&s, CG_CPU), 3000000);
	CHECK_INT(cgstat_get(&s, CG_CPU_USER), 2000000);
	CHECK_FALSE(cgstat_has(&s, CG_CPU_SYSTEM));
	CHECK_INT(cgstat_get(&s, CG_PIDS), 12);
	CHECK_TRUE(cgstat_get(&s, CG_PIDS_MAX) == CG_UNLIMITED);
	CHECK_FALSE(cgstat_has(&s, CG_MEMORY));
	CHECK_TRUE(sizes.names == NULL);
	CHECK_FALSE(s.psi[CG_RES_CPU].known);
	CHECK_TRUE(s.cpus == NULL);
}

TEST(cgstat_read_takes_all_there_is)
{
	auto_close int dir = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static const char *const names[] = { "2MB", "1GB", NULL };
	struct cg_sizes sizes = { .names = names };
	auto_cgstat struct cg_stat s;
	auto_str struct str many = { 0 };

	put(dir, "cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc\n");
	put(dir, "memory.current", "4096\n");
	put(dir, "memory.events", "low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 5\n");
	put(dir, "memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=10\n");
	put(dir, "hugetlb.2MB.current", "2097152\n");
	put(dir, "hugetlb.2MB.events", "max 3\n");
	put(dir, "cpuset.cpus.effective", "0-1\n");
	/* more than is read at once */
	for (unsigned i = 0; i < 2000; i++)
		str_addf(&many, "key_%u %u\n", i, i);
	put(dir, "memory.stat", many.data);
	cgstat_init(&s);
	cgstat_read(dir, &sizes, &s);
	CHECK_INT(cgstat_get(&s, CG_MEMORY), 4096);
	CHECK_INT(cgstat_get(&s, CG_EVENT_OOM_KILL), 4);
	CHECK_INT(cgstat_get(&s, CG_EVENT_MAX), 2);
	CHECK_INT(s.psi[CG_RES_MEMORY].some.total, 10);
	CHECK_STR(s.cpus, "0-1");
	CHECK_TRUE(s.mems == NULL);
	CHECK_INT(s.n_huge, 1);
	CHECK_STR(s.huge[0].size, "2MB");
	CHECK_INT(s.huge[0].usage, 2097152);
	CHECK_INT(s.huge[0].failures, 3);
	CHECK_INT(s.n_memory, 2000);
	CHECK_STR(s.memory[1999].key, "key_1999");
	CHECK_INT(s.memory[1999].value, 1999);
}

TEST(netcount_parse_takes_all_but_lo)
{
	auto_arena struct arena a = { 0 };
	struct net_count *n;
	char *text = text_of(&a,
		"Inter-|   Receive                                                |  Transmit\n"
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
		"    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0\n"
		"  eth0: 3000000    2000    3    4    5     6          7         8      900      10   11   12   13    14      15         16\n"
		"short0: 1 2 3\n"
		"word0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 x\n"
		"veth-long-name1:18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");

	if (!CHECK_INT(netcount_parse(&a, text, &n), 2))
		return;
	CHECK_STR(n[0].name, "eth0");
	CHECK_INT(n[0].received.bytes, 3000000);
	CHECK_INT(n[0].received.packets, 2000);
	CHECK_INT(n[0].received.errors, 3);
	CHECK_INT(n[0].received.dropped, 4);
	CHECK_INT(n[0].sent.bytes, 900);
	CHECK_INT(n[0].sent.packets, 10);
	CHECK_INT(n[0].sent.errors, 11);
	CHECK_INT(n[0].sent.dropped, 12);
	CHECK_STR(n[1].name, "veth-long-name1");
	CHECK_TRUE(n[1].received.bytes == UINT64_MAX);
}

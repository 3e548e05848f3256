/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of plain files stands for a cgroup: what the kernel says in them, the tests put
 * there. */
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "kern/cgroup.h"
#include "test.h"

static int fake(void)
{
	static const struct {
		const char *file, *text;
	} files[] = {
		{ "cpu.idle", "1\n" },
		{ "cpu.max", "50000 100000\n" },
		{ "cpu.max.burst", "40000\n" },
		{ "cpuset.cpus", "\n" },
		{ "cpuset.cpus.effective", "0-1\n" },
		{ "cpuset.mems", "" },
		{ "io.max", "8:0 rbps=max wbps=1048576 riops=max wiops=max\n" },
		{ "io.weight", "default 100\n8:0 200\n8:16 300\n" },
		{ "memory.current", "4096\n" },
		{ "memory.events", "low 0\noom 1\noom_kill 12\noom_group_kill 0\n" },
		{ "memory.max", "max\n" },
		{ "rdma.current", "rxe0 hca_handle=0 hca_object=0\n" },
		{ "rdma.max", "rxe0 hca_handle=2 hca_object=max\n" },
	};
	int dir = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		auto_close int fd =
			openat(dir, files[i].file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

		CHECK_INT(fd_write_all(fd, files[i].text, strlen(files[i].text)), 0);
	}
	return dir;
}

TEST(cg_former_is_what_takes_a_write_back)
{
	static const struct {
		const char *file, *value, *expected;
	} rows[] = {
		{ "memory.max", "4096", "max\n" },
		{ "cpu.max", "1000 1000", "50000 100000\n" },
		{ "cpuset.cpus", "0-1", "0-1\n" },
		{ "cpuset.mems", "0", "\n" },
		{ "io.max", "8:0 rbps=5", "8:0 rbps=max wbps=1048576 riops=max wiops=max" },
		{ "io.max", "8:1 rbps=5", "8:1 rbps=max wbps=max riops=max wiops=max" },
		{ "io.weight", "500", "default 100" },
		{ "io.weight", "default 500", "default 100" },
		{ "io.weight", "8:0 500", "8:0 200" },
		{ "io.weight", "8:16 500", "8:16 300" },
		{ "io.weight", "8:1 500", "8:1 default" },
		{ "rdma.max", "rxe0 hca_handle=7", "rxe0 hca_handle=2 hca_object=max" },
		{ "rdma.max", "rxe hca_handle=7", "rxe hca_handle=max hca_object=max" },
	};
	auto_close int fd = fake();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str struct str former = { 0 };

		test_row("%s %s", rows[i].file, rows[i].value);
		CHECK_INT(cg_former(fd, rows[i].file, rows[i].value, &former), 0);
		CHECK_STR(str_text(&former), rows[i].expected);
	}
	{
		auto_str struct str former = { 0 };

		CHECK_INT(cg_former(fd, "memory.high", "1", &former), -1);
		CHECK_INT(former.len, 0);
	}
}

TEST(cg_check_reads_what_became_of_a_partition)
{
	static const struct {
		const char *text, *expected, *former;
	} rows[] = {
		{ "root\n", "", "root" },
		{ "member\n", "", "member" },
		{ "isolated invalid (Parent is not a partition root)\n",
			"make cgroup \"/c\" a partition of processors: it is isolated invalid (Parent is not a partition root)",
			"isolated" },
	};
	auto_close int dir = fake();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_close int fd = openat(dir, "cpuset.cpus.partition",
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		auto_str struct str former = { 0 };
		struct err e;

		err_init(&e);
		test_row("%s", rows[i].text);
		CHECK_INT(fd_write_all(fd, rows[i].text, strlen(rows[i].text)), 0);
		CHECK_INT(cg_check(dir, "/c", "cpuset.cpus.partition", &e),
			rows[i].expected[0] ? -1 : 0);
		CHECK_STR(err_text(&e), rows[i].expected);
		CHECK_INT(cg_former(dir, "cpuset.cpus.partition", "member", &former), 0);
		CHECK_STR(str_text(&former), rows[i].former);
	}
	CHECK_INT(cg_check(dir, "/c", "memory.max", NULL), 0);
}

TEST(cg_number_finds_the_number)
{
	auto_close int fd = fake();
	uint64_t n = 77;

	CHECK_TRUE(cg_number(fd, "memory.current", NULL, &n));
	CHECK_INT(n, 4096);
	CHECK_TRUE(cg_number(fd, "memory.max", NULL, &n));
	CHECK_INT(n, UINT64_MAX);
	CHECK_TRUE(cg_number(fd, "cpu.max", NULL, &n));
	CHECK_INT(n, 50000);
	CHECK_TRUE(cg_number(fd, "memory.events", "oom_kill", &n));
	CHECK_INT(n, 12);
	CHECK_TRUE(cg_number(fd, "memory.events", "oom", &n));
	CHECK_INT(n, 1);
	n = 77;
	CHECK_FALSE(cg_number(fd, "memory.events", "oom_", &n));
	CHECK_FALSE(cg_number(fd, "memory.none", NULL, &n));
	CHECK_FALSE(cg_number(fd, "io.max", NULL, &n));
	CHECK_INT(n, 77);
}

TEST(cg_explain_says_what_the_kernel_wants)
{
	static const struct {
		const char *file;
		int code;
		const char *expected;
	} rows[] = {
		{ "cpu.max", EINVAL,
			"write\nquota and period must be at least 1000 microseconds, the period at most 1000000, and the quota no less than the burst in cpu.max.burst, now 40000" },
		{ "cpu.max.burst", EINVAL,
			"write\nmust be no more than the quota in cpu.max, now 50000 100000" },
		{ "cpu.weight", EINVAL,
			"write\nan idle cgroup has no weight: cpu.idle must be 0, and is 1" },
		{ "io.max", ENODEV, "write\nno block device of this machine has that number" },
		{ "rdma.max", ENODEV, "write\nRDMA devices are: rxe0 hca_handle=0 hca_object=0" },
		{ "cpu.max", EACCES, "write" },
		{ "cpu.max.burst", ENOENT,
			"write\nit needs kernel 5.14 with CONFIG_CFS_BANDWIDTH" },
		{ "cpu.idle", ENOENT, "write\nit needs kernel 5.15 with CONFIG_FAIR_GROUP_SCHED" },
		{ "cpu.max", ENOENT, "write\nit needs a kernel with CONFIG_CFS_BANDWIDTH" },
		{ "hugetlb.3MB.rsvd.max", ENOENT,
			"write\nit needs kernel 5.6 (rsvd: 5.7) and huge pages of that size; /sys/kernel/mm/hugepages has those of this machine" },
		{ "cpu.maximum", ENOENT, "write" },
		{ "pids.max", EINVAL, "write\nmust be at most 4194304, or -1 for no limit" },
		{ "memory.max", EINVAL, "write" },
	};
	auto_close int fd = fake();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e;

		test_row("%s %d", rows[i].file, rows[i].code);
		(void)err_set(&e, rows[i].code, "write");
		CHECK_INT(cg_explain(fd, rows[i].file, rows[i].code, &e), -1);
		CHECK_STR(err_text(&e), rows[i].expected);
	}
}

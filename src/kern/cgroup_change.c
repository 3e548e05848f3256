/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_change.c - limits of a cgroup in use: how to take a change back, and why the kernel
 * refuses one */
#include <fcntl.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/num.h"
#include "kern/cgroup_priv.h"

/* Files with a line for each device or name, which is the first word of what is written; a line
 * that is not there stands for the words in unset. (cgroup-v2.rst, "Nested keyed" and "Flat keyed")
 */
static const struct {
	const char *file, *unset;
} keyed[] = {
	{ "dmem.low", "0" },
	{ "dmem.max", "max" },
	{ "dmem.min", "0" },
	{ "io.bfq.weight", "default" },
	{ "io.latency", "target=0" },
	{ "io.max", "rbps=max wbps=max riops=max wiops=max" },
	{ "io.weight", "default" },
	{ "misc.max", "max" },
	{ "rdma.max", "hca_handle=max hca_object=max" },
};

/* what a missing line of a keyed file stands for; NULL: it is no such file */
static const char *unset_of(const char *file)
{
	for (size_t i = 0; i < ARRAY_LEN(keyed); i++) {
		if (str_eq(keyed[i].file, file))
			return keyed[i].unset;
	}
	return NULL;
}

/* the line of text that starts with the word key[len], or NULL */
static const char *find_line(const char *text, const char *key, size_t len)
{
	while (text && (strncmp(text, key, len) != 0 || !strchr(" \n", text[len]))) {
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return text;
}

/* "100" to a file of weights is short for "default 100" */
static bool is_default(const char *value, size_t first_word)
{
	return strspn(value, "0123456789") == first_word && value[first_word] != ' ';
}

/* An empty list means all that the cgroup above has, and is written as an empty line. A cpuset with
 * processes in it does not take that back; then what all is now. */
static int former_list(int fd, const char *file, struct str *ret)
{
	auto_str struct str effective = { 0 }, text = { 0 };

	if (str_after(file, "cpuset.")) {
		str_addf(&effective, "%s.effective", file);
		if (cg_read(fd, effective.data, &text) == 0 && text.len > 1) {
			str_add(ret, text.data);
			return 0;
		}
	}
	str_add(ret, "\n");
	return 0;
}

int cg_former(int fd, const char *file, const char *value, struct str *ret)
{
	const char *unset = unset_of(file), *line;
	size_t len = strcspn(value, " \n");
	auto_str struct str text = { 0 };

	if (cg_read(fd, file, &text) < 0)
		return -1;
	/* "root invalid (why)" was written as root */
	if (str_eq(file, "cpuset.cpus.partition")) {
		str_addn(ret, str_text(&text), strcspn(str_text(&text), " \n"));
		return 0;
	}
	if (!unset && text.len && text.data[0] != '\n') {
		str_add(ret, text.data);
		return 0;
	}
	if (!unset)
		return former_list(fd, file, ret);
	if (is_default(value, len)) {
		value = "default";
		len = strlen(value);
	}
	line = find_line(str_text(&text), value, len);
	if (line)
		str_addn(ret, line, strcspn(line, "\n"));
	else
		str_addf(ret, "%.*s %s", (int)len, value, unset);
	return 0;
}

bool cg_number(int fd, const char *file, const char *key, uint64_t *ret)
{
	auto_str struct str text = { 0 };
	char *at, *end;

	if (cg_read(fd, file, &text) < 0 || !text.len)
		return false;
	at = text.data;
	if (key) {
		const char *line = find_line(text.data, key, strlen(key));

		if (!line)
			return false;
		at += (size_t)(line - text.data) + strlen(key) + 1;
	}
	end = at + strcspn(at, " \n");
	*end = '\0';
	if (str_eq(at, "max")) {
		*ret = UINT64_MAX;
		return true;
	}
	return num_u64(at, ret);
}

/* ---- why not? ---- */

/* what the kernel's checks are (kernel/sched/core.c, kernel/cgroup/cpuset.c, block/blk-throttle.c),
 * and the file to look at: of this cgroup, or absolute */
static const struct {
	const char *file;
	int code;
	const char *why, *look;
} reasons[] = {
	{ "cpu.max", EINVAL,
		"quota and period must be at least 1000 microseconds, the period at most 1000000, and the quota no less than the burst in cpu.max.burst, now",
		"cpu.max.burst" },
	{ "cpu.max.burst", EINVAL, "must be no more than the quota in cpu.max, now", "cpu.max" },
	{ "cpu.weight", EINVAL, "an idle cgroup has no weight: cpu.idle must be 0, and is",
		"cpu.idle" },
	{ "cpuset.cpus", EINVAL,
		"must be processors that this machine has:", "/sys/devices/system/cpu/online" },
	{ "cpuset.cpus", ERANGE,
		"must be processors that this machine has:", "/sys/devices/system/cpu/online" },
	{ "cpuset.mems", ERANGE,
		"must be memory nodes that this machine has:", "/sys/devices/system/node/online" },
	{ "cpuset.mems", EINVAL,
		"must be memory nodes that this machine has:", "/sys/devices/system/node/online" },
	{ "cpuset.cpus", ENOSPC, "there are processes in it: must leave one of the processors",
		"cpuset.cpus.effective" },
	{ "cpuset.mems", ENOSPC, "there are processes in it: must leave one of the memory nodes",
		"cpuset.mems.effective" },
	{ "io.max", ENODEV, "no block device of this machine has that number", NULL },
	{ "io.weight", ENODEV, "no block device of this machine has that number", NULL },
	{ "io.bfq.weight", ENODEV, "no block device of this machine has that number", NULL },
	{ "pids.max", EINVAL, "must be at most 4194304, or -1 for no limit", NULL },
	{ "rdma.max", ENODEV, "RDMA devices are:", "rdma.current" },
};

/* Since when a file is there, and what else it needs. A row with a dot at the end is for all files
 * that begin so. */
static const struct {
	const char *file, *since;
} files[] = {
	{ "cgroup.pressure", "kernel 6.1 with CONFIG_PSI" },
	{ "cpu.idle", "kernel 5.15 with CONFIG_FAIR_GROUP_SCHED" },
	{ "cpu.max", "a kernel with CONFIG_CFS_BANDWIDTH" },
	{ "cpu.max.burst", "kernel 5.14 with CONFIG_CFS_BANDWIDTH" },
	{ "cpuset.cpus.exclusive", "kernel 6.7" },
	{ "cpuset.cpus.partition", "kernel 5.0, and a cgroup that is not the root" },
	{ "hugetlb.",
		"kernel 5.6 (rsvd: 5.7) and huge pages of that size; /sys/kernel/mm/hugepages has those of this machine" },
	{ "io.bfq.weight", "the I/O scheduler BFQ, in kernel 4.12" },
	{ "io.latency", "kernel 4.19 with CONFIG_BLK_CGROUP_IOLATENCY" },
	{ "io.max", "a kernel with CONFIG_BLK_DEV_THROTTLING" },
	{ "io.prio.class", "kernel 5.14 with CONFIG_BLK_CGROUP_IOPRIO" },
	{ "io.weight", "kernel 5.4 with CONFIG_BLK_CGROUP_IOCOST, or the I/O scheduler BFQ" },
	{ "memory.oom.group", "kernel 4.19" },
	{ "memory.reclaim", "kernel 5.19" },
	{ "memory.swap.high", "kernel 5.8 that counts swap" },
	{ "memory.swap.max", "a kernel that counts swap (CONFIG_SWAP, not swapaccount=0)" },
	{ "memory.zswap.max", "kernel 5.19 with CONFIG_ZSWAP" },
	{ "memory.zswap.writeback", "kernel 6.8 with CONFIG_ZSWAP" },
};

static const char *needed_for(const char *file)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const char *rest = str_after(file, files[i].file);

		if (rest && (*rest == '\0' || rest[-1] == '.'))
			return files[i].since;
	}
	return NULL;
}

int cg_check(int fd, const char *shown, const char *file, struct err *e)
{
	auto_str struct str text = { 0 };

	if (!str_eq(file, "cpuset.cpus.partition") || cg_read(fd, file, &text) < 0 ||
		!strstr(str_text(&text), " invalid"))
		return 0;
	return err_set(e, EINVAL, "make cgroup \"%s\" a partition of processors: it is %.*s", shown,
		(int)strcspn(text.data, "\n"), text.data);
}

int cg_explain(int fd, const char *file, int code, struct err *e)
{
	auto_str struct str text = { 0 };
	const char *needed = code == ENOENT ? needed_for(file) : NULL;

	if (needed)
		return err_more(e, "it needs %s", needed);
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		if (reasons[i].code != code || !str_eq(reasons[i].file, file))
			continue;
		if (!reasons[i].look)
			return err_more(e, "%s", reasons[i].why);
		if (reasons[i].look[0] == '/')
			(void)!fd_read_at(AT_FDCWD, reasons[i].look, 0, LIMIT_KERNEL_FILE, &text);
		else
			(void)!cg_read(fd, reasons[i].look, &text);
		return err_more(e, "%s %.*s", reasons[i].why, (int)strcspn(str_text(&text), "\n"),
			str_text(&text));
	}
	return -1;
}

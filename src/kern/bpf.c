/* SPDX-License-Identifier: Apache-2.0 */
/* bpf.c - load and attach a device program
 *
 * Several programs may filter one cgroup; an access must pass all of them. Ours carries a name, so
 * that it is found again among those of others and replaced alone. */
#include "kern/bpf.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum {
	LOAD_TRIES = 8,    /* EAGAIN: a signal met the verifier */
	PROGRAMS_MAX = 64, /* the kernel attaches no more to one cgroup */
};

static const char program_name[BPF_OBJ_NAME_LEN] = BPF_PROGRAM_NAME;

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static uint64_t pointer(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

/* explain_load - what would make the kernel take the program */
static int explain_load(struct err *e, int code)
{
	struct rlimit limit = { 0 };

	switch (code) {
	case EPERM:
		if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
			limit.rlim_cur = 0;
		return err_more(e,
			"needs CAP_BPF with CAP_NET_ADMIN, or CAP_SYS_ADMIN, in the initial user namespace; before Linux 5.11 "
			"also enough RLIMIT_MEMLOCK (now %llu bytes)",
			(unsigned long long)limit.rlim_cur);
	case EINVAL:
		return err_more(e, "the kernel must be built with CONFIG_CGROUP_BPF");
	case ENOSYS:
		return err_more(e, "the kernel must be built with CONFIG_BPF_SYSCALL");
	case E2BIG:
		return err_more(e, "the list of device rules is too long for this kernel");
	default:
		return -1;
	}
}

/* load - the descriptor of the program (O_CLOEXEC by the kernel) */
static int load(const struct bpf_insn *prog, size_t n, struct err *e)
{
	union bpf_attr attr;
	int fd = -1;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = pointer(prog);
	attr.insn_cnt = (uint32_t)n;
	attr.license = pointer("Apache-2.0");
	memcpy(attr.prog_name, program_name, sizeof(attr.prog_name));
	for (int i = 0; i < LOAD_TRIES; i++) {
		fd = sys_bpf(BPF_PROG_LOAD, &attr);
		if (fd >= 0)
			return fd;
		if (errno != EAGAIN)
			break;
	}
	const int code = errno;

	(void)err_sys(e, code, "load a device filter of %zu instructions", n);
	return explain_load(e, code);
}

/* is_ours - was the program behind fd loaded by this file? */
static bool is_ours(int fd)
{
	struct bpf_prog_info info;
	union bpf_attr attr;

	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = pointer(&info);
	if (sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0)
		return false;
	return memcmp(info.name, program_name, sizeof(program_name)) == 0;
}

/* find_ours - the descriptor of our program on the cgroup, at or behind position *next; -1: none is
 * left. A program that vanishes while we look was not needed. */
static int find_ours(const uint32_t *ids, uint32_t count, uint32_t *next)
{
	union bpf_attr attr;

	while (*next < count) {
		memset(&attr, 0, sizeof(attr));
		attr.prog_id = ids[(*next)++];
		auto_close int fd = sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr);

		if (fd >= 0 && is_ours(fd))
			return take_fd(&fd);
	}
	return -1;
}

static int attach(int cgroup_fd, int fd, int replaced, struct err *e)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (replaced >= 0) {
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (uint32_t)replaced;
	}
	if (sys_bpf(BPF_PROG_ATTACH, &attr) >= 0)
		return 0;
	const int code = errno;

	(void)err_sys(e, code, "attach the device filter to the cgroup");
	if (code == EPERM)
		return err_more(e,
			"needs CAP_NET_ADMIN or CAP_SYS_ADMIN, and no exclusive device filter on this cgroup or one above it");
	if (code == EINVAL)
		return err_more(e, "the kernel must be built with CONFIG_CGROUP_BPF");
	return -1;
}

static int detach(int cgroup_fd, int fd, struct err *e)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	if (sys_bpf(BPF_PROG_DETACH, &attr) < 0 && errno != ENOENT)
		return err_sys(e, errno, "detach the former device filter from the cgroup");
	return 0;
}

/* replace - put fd in the place of our former program. Should there be several, which only a
 * process that died between attach and detach can leave, the others go as well: they could only
 * forbid what the new one allows. */
static int replace(int cgroup_fd, int fd, struct err *e)
{
	uint32_t ids[PROGRAMS_MAX], next = 0;
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)cgroup_fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = pointer(ids);
	attr.query.prog_cnt = ARRAY_LEN(ids);
	if (sys_bpf(BPF_PROG_QUERY, &attr) < 0)
		return err_sys(e, errno, "list the device filters of the cgroup");
	const uint32_t count = attr.query.prog_cnt;
	auto_close int former = find_ours(ids, count, &next);

	if (former < 0)
		return attach(cgroup_fd, fd, -1, e);
	if (attach(cgroup_fd, fd, former, e) < 0) {
		if (e->code != EINVAL)
			return -1;
		/* before Linux 5.6: for a moment both filter, which forbids too much, never too
		 * little */
		if (attach(cgroup_fd, fd, -1, e) < 0 || detach(cgroup_fd, former, e) < 0)
			return -1;
	}
	for (;;) {
		auto_close int other = find_ours(ids, count, &next);

		if (other < 0)
			return 0;
		if (detach(cgroup_fd, other, e) < 0)
			return -1;
	}
}

int bpf_attach_devices(int cgroup_fd, const struct bpf_insn *prog, size_t n, unsigned flags,
	struct err *e)
{
	auto_close int fd = load(prog, n, e);

	if (fd < 0)
		return -1;
	if (flags & BPF_ATTACH_FRESH)
		return attach(cgroup_fd, fd, -1, e);
	return replace(cgroup_fd, fd, e);
}

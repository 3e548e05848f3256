/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_run.h - what a filter has to answer: by libseccomp, or by the profile */
#ifndef TESTS_SECCOMP_RUN_H
#define TESTS_SECCOMP_RUN_H

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>

#include "kern/seccomp.h"

/* oracle_add - r as libseccomp wants it; false: it does not */
static inline bool oracle_add(scmp_filter_ctx ctx, const struct seccomp_rule *r)
{
	struct scmp_arg_cmp args[64];
	unsigned seen = 0, each = (unsigned)r->n_args;

	for (size_t i = 0; i < r->n_args; i++) {
		args[i] = SCMP_CMP64(r->args[i].index, (enum scmp_compare)r->args[i].op,
			r->args[i].value, r->args[i].value_two);
		each = seen & 1U << r->args[i].index ? 1 : each;
		seen |= 1U << r->args[i].index;
	}
	for (const char *const *name = r->names; *name; name++) {
		const int number = seccomp_syscall_resolve_name(*name);
		unsigned done = 0;

		do {
			if (number != __NR_SCMP_ERROR &&
				seccomp_rule_add_array(ctx, r->action, number, each, args + done) <
					0)
				return false;
			done += each;
		} while (done < r->n_args);
	}
	return true;
}

/* oracle_compile - libseccomp's filter of p, in arena a; n is 0 when it cannot make one */
static inline struct seccomp_filter oracle_compile(struct arena *a, const struct seccomp_profile *p)
{
	struct seccomp_filter f = { 0 };
	scmp_filter_ctx ctx = seccomp_init(p->default_action);
	auto_close int fd = memfd_create("oracle", MFD_CLOEXEC);
	bool good = ctx && fd >= 0;
	off_t len;

	for (size_t i = 0; good && i < p->n_archs; i++) {
		const int rc = seccomp_arch_add(ctx, p->archs[i]);

		good = rc == 0 || rc == -EEXIST;
	}
	for (size_t i = 0; good && i < p->n_rules; i++)
		good = p->rules[i].action == p->default_action || oracle_add(ctx, &p->rules[i]);
	if (good && seccomp_export_bpf(ctx, fd) == 0 && (len = lseek(fd, 0, SEEK_CUR)) > 0) {
		f.insns = arena_alloc(a, (size_t)len);
		if (pread(fd, f.insns, (size_t)len, 0) == len)
			f.n = (size_t)len / sizeof(*f.insns);
	}
	seccomp_release(ctx);
	return f;
}

/* oracle_last - the largest number on token that p mentions, those of x32 apart; -1: none */
static inline int oracle_last(const struct seccomp_profile *p, uint32_t token)
{
	int last = -1;

	for (size_t i = 0; i < p->n_rules; i++) {
		for (const char *const *name = p->rules[i].names; *name; name++) {
			int n = seccomp_syscall_resolve_name_arch(token, *name);

			if (n <= -100 && n > -300 &&
				seccomp_syscall_resolve_name_arch(token, "socketcall") > 0)
				n = seccomp_syscall_resolve_name_arch(token, "pidfd_send_signal");
			last = n > last ? n : last;
		}
	}
	return last;
}

/* ---- what a profile says, read rule by rule ---- */

static inline bool holds(const struct seccomp_arg *a, uint64_t value, bool narrow)
{
	const uint64_t width = narrow ? UINT32_MAX : UINT64_MAX, v = a->value & width;

	switch (a->op) {
	case SCMP_CMP_NE:
		return value != v;
	case SCMP_CMP_LT:
		return value < v;
	case SCMP_CMP_LE:
		return value <= v;
	case SCMP_CMP_EQ:
		return value == v;
	case SCMP_CMP_GE:
		return value >= v;
	case SCMP_CMP_GT:
		return value > v;
	default:
		return (value & v) == (a->value_two & v);
	}
}

static inline bool profile_is_narrow(uint32_t token)
{
	return !(token & __AUDIT_ARCH_64BIT) || token == SCMP_ARCH_MIPSEL64N32;
}

static inline bool has_twice(const struct seccomp_rule *r)
{
	for (size_t i = 0; i < r->n_args; i++)
		for (size_t k = 0; k < i; k++)
			if (r->args[k].index == r->args[i].index)
				return true;
	return false;
}

/* all conditions of rule r, or one of them when an argument comes twice; not those on argument 0
 * behind a multiplexer */
static inline bool rule_holds(const struct seccomp_rule *r, const __u64 *args, bool narrow,
	bool old)
{
	size_t good = 0;

	for (size_t i = 0; i < r->n_args; i++)
		good += (old && r->args[i].index == 0) ||
			holds(&r->args[i], args[r->args[i].index], narrow);
	return has_twice(r) ? good > 0 : good == r->n_args;
}

/* does r ask for nothing? */
static inline bool is_bare(const struct seccomp_rule *r, bool narrow)
{
	const uint64_t width = narrow ? UINT32_MAX : UINT64_MAX;
	bool bare = r->n_args == 0;

	for (size_t i = 0; i < r->n_args; i++) {
		const struct seccomp_arg *a = &r->args[i];
		const bool always = (a->op == SCMP_CMP_GE || a->op == SCMP_CMP_MASKED_EQ) &&
			(a->value & width) == 0;

		bare = i == 0 ? always : has_twice(r) ? bare || always : bare && always;
	}
	return bare;
}

/* is name of architecture token what d calls? *old: by a multiplexer */
static inline bool is_call(uint32_t token, const char *name, const struct seccomp_data *d,
	bool *old)
{
	const int n = seccomp_syscall_resolve_name_arch(token, name);
	auto_free char *direct = NULL;

	*old = false;
	if (n >= 0 || n > -100 || n < -300)
		return n >= 0 && n == d->nr;
	*old = d->nr == seccomp_syscall_resolve_name_arch(token, n > -200 ? "socketcall" : "ipc");
	if (*old)
		return (uint32_t)d->args[0] == (uint32_t)(n > -200 ? -100 - n : -200 - n);
	direct = seccomp_syscall_resolve_num_arch(token, d->nr);
	return direct && strcmp(direct, name) == 0;
}

/* profile_allows - may the filter of p answer this to d? Where rules contradict each other, one of
 * them must have its way, the first without conditions when there is one. */
static inline bool profile_allows(const struct seccomp_profile *p, uint32_t token,
	const struct seccomp_data *d, uint32_t answer)
{
	const bool narrow = profile_is_narrow(token);
	bool any = false, mine = false, old;

	for (size_t i = 0; i < p->n_rules; i++) {
		const struct seccomp_rule *r = &p->rules[i];

		if (r->action == p->default_action)
			continue;
		for (const char *const *name = r->names; *name; name++) {
			if (!is_call(token, *name, d, &old) || !rule_holds(r, d->args, narrow, old))
				continue;
			any = true;
			mine = mine || r->action == answer;
			if (!old && is_bare(r, narrow))
				return r->action == answer;
		}
	}
	return any ? mine : answer == p->default_action;
}

#endif

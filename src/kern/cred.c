/* SPDX-License-Identifier: Apache-2.0 */
/* cred.c - from root of the container to the user of the program
 *
 * The order is forced by what each step needs (capabilities(7)):
 *
 *	bounding set    CAP_SETPCAP, and it limits what may become inheritable
 *	keep-caps       else leaving user id 0 empties the permitted set before it was set, and what
 *is not permitted cannot become inheritable either groups, gid     CAP_SETGID, so before uid uid
 *CAP_SETUID; empties the effective set the three sets  permitted may only shrink, inheritable needs
 *permitted: one capset(2) ambient         must be permitted and inheritable by then
 *
 * Ids and sets are read back: a step that silently did less would hand out root. What the kernel
 *confirms one by one (bounding and ambient set) is not.
 *
 * All calls are bare. The C library's setresuid(3) signals every thread to follow; there is one
 *thread. */
#include "kern/cred.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/str.h"

/* the calls with 16-bit ids, where an architecture has them, are not meant */
#ifdef SYS_setresuid32
enum {
	CALL_SETGROUPS = SYS_setgroups32,
	CALL_SETRESUID = SYS_setresuid32,
	CALL_GETRESUID = SYS_getresuid32,
	CALL_SETRESGID = SYS_setresgid32,
	CALL_GETRESGID = SYS_getresgid32,
};
#else
enum {
	CALL_SETGROUPS = SYS_setgroups,
	CALL_SETRESUID = SYS_setresuid,
	CALL_GETRESUID = SYS_getresuid,
	CALL_SETRESGID = SYS_setresgid,
	CALL_GETRESGID = SYS_getresgid,
};
#endif

enum {
	SET_BITS = 64, /* capabilities in a set of capset(2), far more than there are */
	SET_WORDS = _LINUX_CAPABILITY_U32S_3,
};

_Static_assert(SET_WORDS * 32 == SET_BITS, "a capability set is not 64 bits wide");

static const uint32_t no_id = UINT32_MAX; /* "leave it as it is" for setresuid(2) */

struct sets {
	uint64_t effective, permitted, inheritable;
};

static bool has(uint64_t set, unsigned cap)
{
	return (set >> cap & 1) != 0;
}

/* the lowest capability of a set that is not empty */
static unsigned lowest(uint64_t set)
{
	return (unsigned)__builtin_ctzll(set);
}

/* ---- capget, capset ---- */

static int get_sets(struct sets *ret)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[SET_WORDS] = { 0 };

	if (syscall(SYS_capget, &header, d) < 0)
		return -1;
	ret->effective = d[0].effective | (uint64_t)d[1].effective << 32;
	ret->permitted = d[0].permitted | (uint64_t)d[1].permitted << 32;
	ret->inheritable = d[0].inheritable | (uint64_t)d[1].inheritable << 32;
	return 0;
}

static int put_sets(const struct sets *s)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct d[SET_WORDS] = {
		{ (uint32_t)s->effective, (uint32_t)s->permitted, (uint32_t)s->inheritable },
		{ (uint32_t)(s->effective >> 32), (uint32_t)(s->permitted >> 32),
			(uint32_t)(s->inheritable >> 32) },
	};

	return (int)syscall(SYS_capset, &header, d);
}

uint64_t cred_caps(void)
{
	struct sets s;

	return get_sets(&s) < 0 ? 0 : s.permitted;
}

int cred_limit(uint64_t keep)
{
	struct sets s;

	if (get_sets(&s) < 0)
		return -1;
	s.effective &= keep;
	s.permitted &= keep;
	s.inheritable &= keep;
	return put_sets(&s);
}

/* ---- bounding set ---- */

/* Without CAP_SETPCAP the kernel answers EPERM before anything else; that is no loss for what is
 * not in the set. */
static int drop_bounding(uint64_t bounding, struct err *e)
{
	for (unsigned cap = 0; cap < SET_BITS; cap++) {
		int code;

		if (has(bounding, cap) || prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		code = errno;
		if (code == EPERM) {
			int r = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

			if (r == 0)
				continue;
			if (r < 0)
				return 0;
		}
		if (code == EINVAL)
			return 0; /* behind the last one this kernel has */
		return err_sys(e, code, "drop capability %u from the bounding set", cap);
	}
	return 0;
}

/* ---- ids ---- */

/* EINVAL stands for an id without a mapping, and for nothing else here. */
static int id_error(struct err *e, int code, const char *kind, uint32_t id)
{
	const bool is_user = str_eq(kind, "user");

	if (code == EINVAL)
		return err_set(e, code,
			"%s id %u is not mapped in the container's user namespace (linux.%sMappings)",
			kind, id, is_user ? "uid" : "gid");
	(void)err_sys(e, code, "become %s id %u", kind, id);
	return code == EPERM ? err_more(e, "needs CAP_SET%s in the container's user namespace",
				       is_user ? "UID" : "GID")
			     : -1;
}

/* The kernel does not say which group it does not know, so each is tried alone. */
static int groups_error(const struct cred *c, int code, struct err *e)
{
	for (size_t i = 0; code == EINVAL && i < c->n_groups; i++) {
		if (syscall(CALL_SETGROUPS, 1, &c->groups[i]) < 0 && errno == EINVAL)
			return id_error(e, EINVAL, "additional group", c->groups[i]);
	}
	(void)err_sys(e, code, "set the %zu additional groups", c->n_groups);
	return code == EPERM
		? err_more(e,
			  "needs CAP_SETGID, and \"allow\" in /proc/PID/setgroups of the user namespace")
		: -1;
}

static int set_groups(const struct cred *c, struct err *e)
{
	uint32_t real, effective, saved;

	if (!c->no_setgroups && syscall(CALL_SETGROUPS, c->n_groups, c->groups) < 0)
		return groups_error(c, errno, e);
	if (c->gid == no_id)
		return err_set(e, EINVAL, "group id %u is not an id", c->gid);
	if (syscall(CALL_SETRESGID, c->gid, c->gid, c->gid) < 0)
		return id_error(e, errno, "group", c->gid);
	if (syscall(CALL_GETRESGID, &real, &effective, &saved) < 0)
		return err_sys(e, errno, "read the group ids back");
	if (real != c->gid || effective != c->gid || saved != c->gid)
		return err_set(e, EPERM,
			"become group id %u: the kernel left %u, %u, %u (real, effective, saved)",
			c->gid, real, effective, saved);
	return 0;
}

static int set_user(const struct cred *c, struct err *e)
{
	uint32_t real, effective, saved;

	if (c->uid == no_id)
		return err_set(e, EINVAL, "user id %u is not an id", c->uid);
	if (syscall(CALL_SETRESUID, c->uid, c->uid, c->uid) < 0)
		return id_error(e, errno, "user", c->uid);
	if (syscall(CALL_GETRESUID, &real, &effective, &saved) < 0)
		return err_sys(e, errno, "read the user ids back");
	if (real != c->uid || effective != c->uid || saved != c->uid)
		return err_set(e, EPERM,
			"become user id %u: the kernel left %u, %u, %u (real, effective, saved)",
			c->uid, real, effective, saved);
	return 0;
}

/* ---- sets ---- */

/* Why capset(2) gave EPERM: the first capability that breaks one of its rules. */
static int sets_error(const struct sets *want, const struct sets *had, int code, struct err *e)
{
	const uint64_t beyond = want->permitted & ~had->permitted;
	const uint64_t not_permitted = want->effective & ~want->permitted;

	if (code == EPERM && beyond)
		return err_set(e, code,
			"keep capability %u: operation not permitted (not in the permitted set of the caller)",
			lowest(beyond));
	if (code == EPERM && not_permitted)
		return err_set(e, code,
			"make capability %u effective: operation not permitted (not in the permitted set)",
			lowest(not_permitted));
	for (uint64_t left = want->inheritable & ~had->inheritable; code == EPERM && left;
		left &= left - 1) {
		unsigned cap = lowest(left);

		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) <= 0 || !has(had->permitted, cap))
			return err_set(e, code,
				"make capability %u inheritable: operation not permitted (not in the bounding and permitted set)",
				cap);
	}
	return err_sys(e, code, "set the capabilities");
}

static int check_sets(const struct sets *want, struct err *e)
{
	struct sets is;
	uint64_t wrong;

	if (get_sets(&is) < 0)
		return err_sys(e, errno, "read the capabilities back");
	wrong = (is.effective ^ want->effective) | (is.permitted ^ want->permitted) |
		(is.inheritable ^ want->inheritable);
	if (wrong)
		return err_set(e, EPERM,
			"set the capabilities: the kernel did not take capability %u as asked",
			lowest(wrong));
	return 0;
}

static int set_ambient(uint64_t ambient, struct err *e)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_sys(e, errno, "clear the ambient capabilities");
	for (; ambient; ambient &= ambient - 1) {
		unsigned cap = lowest(ambient);

		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return err_sys(e, errno, "make capability %u ambient", cap);
	}
	return 0;
}

static int set_caps(const struct cred *c, uint64_t keep, struct err *e)
{
	const struct sets want = {
		.effective = c->effective | keep,
		.permitted = c->permitted | keep,
		.inheritable = c->inheritable,
	};
	struct sets had;

	if (get_sets(&had) < 0)
		return err_sys(e, errno, "read the capabilities");
	if (put_sets(&want) < 0)
		return sets_error(&want, &had, errno, e);
	if (check_sets(&want, e) < 0)
		return -1;
	return set_ambient(c->ambient, e);
}

int cred_apply(const struct cred *c, uint64_t keep, struct err *e)
{
	const bool keep_caps = c->uid != 0 && (c->permitted | c->inheritable | keep) != 0;

	if (drop_bounding(c->bounding, e) < 0)
		return -1;
	if (keep_caps && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return err_sys(e, errno, "keep capabilities over the change of user id");
	if (set_groups(c, e) < 0 || set_user(c, e) < 0 || set_caps(c, keep, e) < 0)
		return -1;
	if (keep_caps && prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return err_sys(e, errno, "stop keeping capabilities over changes of user id");
	return 0;
}

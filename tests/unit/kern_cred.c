/* SPDX-License-Identifier: Apache-2.0 */
/* cred_apply, facts_gather. The children change who they are: root to somebody else, or, without
 * root, inside a user namespace that maps the caller to 0. */
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "kern/cred.h"
#include "kern/facts.h"
#include "test.h"

enum { SKIP = 77 };

#define CAP(n) ((uint64_t)1 << (n))

/* The value of a line of /proc/self/status as text */
static const char *status_of(const char *name)
{
	static char value[256];
	auto_str struct str text = { 0 };
	const char *line;

	if (fd_read_at(AT_FDCWD, "/proc/self/status", 0, 1 << 16, &text) < 0)
		return "";
	line = strstr(str_text(&text), name);
	if (!line)
		return "";
	line += strlen(name);
	line += strspn(line, ":\t");
	(void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(line, "\n"), line);
	return value;
}

static bool status_is(const char *name, const char *expected)
{
	const char *found = status_of(name);

	if (str_eq(found, expected))
		return true;
	printf("# %s: found \"%s\", expected \"%s\"\n", name, found, expected);
	(void)fflush(stdout);
	return false;
}

static bool caps_are(const char *name, uint64_t expected)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%016llx", (unsigned long long)expected);
	return status_is(name, text);
}

static bool says(const struct err *e, const char *expected)
{
	if (str_eq(err_text(e), expected))
		return true;
	printf("# found    \"%s\"\n# expected \"%s\"\n", err_text(e), expected);
	(void)fflush(stdout);
	return false;
}

/* ---- as root ---- */

static int become_user(void)
{
	static const gid_t groups[] = { 20, 30 };
	const uint64_t some = CAP(CAP_CHOWN) | CAP(CAP_KILL) | CAP(CAP_NET_BIND_SERVICE);
	const struct cred c = {
		.uid = 1000,
		.gid = 2000,
		.groups = groups,
		.n_groups = 2,
		.bounding = some,
		.effective = CAP(CAP_KILL),
		.permitted = some,
		.inheritable = CAP(CAP_KILL) | CAP(CAP_CHOWN),
		.ambient = CAP(CAP_KILL),
	};
	struct err e;

	if (cred_apply(&c, CAP(CAP_SYS_ADMIN), &e) < 0) {
		printf("# %s\n", err_text(&e));
		return 1;
	}
	if (!status_is("\nUid", "1000\t1000\t1000\t1000") ||
		!status_is("\nGid", "2000\t2000\t2000\t2000") || !status_is("\nGroups", "20 30 "))
		return 2;
	if (!caps_are("CapBnd", some) || !caps_are("CapPrm", some | CAP(CAP_SYS_ADMIN)) ||
		!caps_are("CapEff", CAP(CAP_KILL) | CAP(CAP_SYS_ADMIN)) ||
		!caps_are("CapInh", c.inheritable) || !caps_are("CapAmb", CAP(CAP_KILL)))
		return 3;
	if (prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) != 0)
		return 4;
	return cred_caps() == (some | CAP(CAP_SYS_ADMIN)) ? 0 : 5;
}

static int become_nobody_without_anything(void)
{
	const struct cred c = { .uid = 65534, .gid = 65534 };
	struct err e;

	if (cred_apply(&c, 0, &e) < 0)
		return 1;
	if (!status_is("\nGroups", " ") && !status_is("\nGroups", ""))
		return 2;
	return caps_are("CapBnd", 0) && caps_are("CapPrm", 0) && caps_are("CapInh", 0) &&
			cred_caps() == 0
		? 0
		: 3;
}

static int give_up_some(void)
{
	if (cred_limit(CAP(CAP_KILL) | CAP(CAP_CHOWN)) < 0 ||
		cred_caps() != (CAP(CAP_KILL) | CAP(CAP_CHOWN)))
		return 1;
	/* what is not held is not got back */
	return cred_limit(CAP(CAP_KILL) | CAP(CAP_SYS_ADMIN)) == 0 &&
			caps_are("CapEff", CAP(CAP_KILL))
		? 0
		: 2;
}

/* a second time, without CAP_SETPCAP and CAP_SETUID: nothing is left to drop or change but the
 * groups */
static int apply_again(void)
{
	struct cred c = { .uid = 65534, .gid = 65534 };
	struct err e;

	if (cred_apply(&c, 0, &e) < 0)
		return 1;
	if (cred_apply(&c, 0, &e) == 0 ||
		!says(&e,
			"set the 0 additional groups: operation not permitted\n"
			"needs CAP_SETGID, and \"allow\" in /proc/PID/setgroups of the user namespace"))
		return 2;
	c.no_setgroups = true;
	if (cred_apply(&c, 0, &e) < 0)
		return 3;
	c.uid = 0;
	if (cred_apply(&c, 0, &e) == 0 ||
		!says(&e,
			"become user id 0: operation not permitted\nneeds CAP_SETUID in the container's user namespace"))
		return 4;
	return 0;
}

static int stay_root_with_less(void)
{
	const struct cred c = { .bounding = CAP(CAP_KILL),
		.effective = CAP(CAP_KILL),
		.permitted = CAP(CAP_KILL) };
	struct err e;

	if (cred_apply(&c, 0, &e) < 0)
		return 1;
	return caps_are("CapPrm", CAP(CAP_KILL)) && caps_are("CapBnd", CAP(CAP_KILL)) &&
			caps_are("CapInh", 0)
		? 0
		: 2;
}

/* Capabilities that the caller has made ambient are not inherited by a program that shall have
 * none. */
static int clear_ambient(void)
{
	const uint64_t all = cred_caps();
	struct cred c = { .bounding = UINT64_MAX,
		.effective = all,
		.permitted = all,
		.inheritable = CAP(CAP_KILL),
		.ambient = CAP(CAP_KILL) };
	struct err e;

	if (cred_apply(&c, 0, &e) < 0 || !caps_are("CapAmb", CAP(CAP_KILL)))
		return 1;
	c.ambient = 0;
	return cred_apply(&c, 0, &e) == 0 && caps_are("CapAmb", 0) ? 0 : 2;
}

/* From here on this call reports success and does nothing: a filter of the caller can do that. */
static bool pretend(uint32_t call)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = ARRAY_LEN(f), .filter = f };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* 0: cred_apply has noticed that the call did nothing */
static int apply_pretended(uint32_t call, const struct cred *c, const char *expected)
{
	struct err e;

	if (!pretend(call))
		return 1;
	if (cred_apply(c, 0, &e) == 0)
		return 2;
	return strstr(err_text(&e), expected) ? 0 : 3;
}

static int pretend_capset(void)
{
	return apply_pretended(SYS_capset, &(struct cred){ .permitted = CAP(CAP_KILL) },
		"set the capabilities: the kernel did not take");
}

static int pretend_setresuid(void)
{
	return apply_pretended(SYS_setresuid, &(struct cred){ .uid = 1000 },
		"become user id 1000: the kernel left 0, 0, 0");
}

static int pretend_setresgid(void)
{
	return apply_pretended(SYS_setresgid, &(struct cred){ .gid = 2000 },
		"become group id 2000: the kernel left 0, 0, 0");
}

static void check_as_root(int (*fn)(void))
{
	if (geteuid() != 0)
		test_skip("host: not root");
	else
		CHECK_INT(test_child(fn), 0);
}

TEST(cred_becomes_a_user_with_capabilities)
{
	check_as_root(become_user);
}

TEST(cred_limit_keeps_what_is_held_and_wanted)
{
	check_as_root(give_up_some);
}

TEST(cred_drops_all)
{
	check_as_root(become_nobody_without_anything);
}

TEST(cred_without_privileges_takes_what_changes_nothing)
{
	check_as_root(apply_again);
}

TEST(cred_clears_ambient_capabilities_of_the_caller)
{
	check_as_root(clear_ambient);
}

TEST(cred_notices_a_call_that_did_nothing)
{
	check_as_root(pretend_capset);
	check_as_root(pretend_setresuid);
	check_as_root(pretend_setresgid);
}

TEST(cred_root_with_fewer_capabilities)
{
	check_as_root(stay_root_with_less);
}

static int ask_for_too_much(void)
{
	const uint64_t some = CAP(CAP_CHOWN) | CAP(CAP_SETGID) | CAP(CAP_SETUID) | CAP(CAP_SETPCAP);
	struct cred c = { .bounding = UINT64_MAX, .effective = some, .permitted = some };
	struct err e;

	if (cred_apply(&c, 0, &e) < 0)
		return 1;
	c.permitted |= CAP(CAP_SYS_TIME);
	if (cred_apply(&c, 0, &e) == 0 ||
		!says(&e,
			"keep capability 25: operation not permitted (not in the permitted set of the caller)"))
		return 2;
	c.permitted = CAP(CAP_CHOWN);
	if (cred_apply(&c, 0, &e) == 0 ||
		!says(&e,
			"make capability 6 effective: operation not permitted (not in the permitted set)"))
		return 3;
	c.permitted = some;
	c.inheritable = CAP(CAP_CHOWN);
	c.bounding = CAP(CAP_SETUID);
	if (cred_apply(&c, 0, &e) == 0 ||
		!says(&e,
			"make capability 0 inheritable: operation not permitted (not in the bounding and permitted set)"))
		return 4;
	return 0;
}

TEST(cred_names_the_capability_that_cannot_be_granted)
{
	check_as_root(ask_for_too_much);
}

TEST(cred_takes_no_id_that_means_unchanged)
{
	const struct cred user = { .uid = UINT32_MAX,
		.gid = getgid(),
		.no_setgroups = true,
		.bounding = UINT64_MAX };
	const struct cred group = { .uid = getuid(),
		.gid = UINT32_MAX,
		.no_setgroups = true,
		.bounding = UINT64_MAX };
	struct err e;

	CHECK_INT(cred_apply(&group, 0, &e), -1);
	CHECK_STR(err_text(&e), "group id 4294967295 is not an id");
	CHECK_INT(cred_apply(&user, 0, &e), -1);
	CHECK_STR(err_text(&e), "user id 4294967295 is not an id");
}

/* ---- in a user namespace ---- */

static bool put_file(const char *path, const char *text)
{
	return fd_write_at(AT_FDCWD, path, 0, text, strlen(text)) == 0;
}

/* the caller is 0 inside, and nothing else is mapped */
static bool enter_userns(void)
{
	char uids[64], gids[64];

	(void)snprintf(uids, sizeof(uids), "0 %u 1\n", geteuid());
	(void)snprintf(gids, sizeof(gids), "0 %u 1\n", getegid());
	return unshare(CLONE_NEWUSER) == 0 &&
		put_file("/proc/self/setgroups", geteuid() ? "deny" : "allow") &&
		put_file("/proc/self/uid_map", uids) && put_file("/proc/self/gid_map", gids);
}

static int use_unmapped_ids(void)
{
	static const gid_t groups[] = { 0, 70001 };
	struct cred c = { .uid = 70000, .no_setgroups = true, .bounding = UINT64_MAX };
	struct err e;

	if (!enter_userns())
		return SKIP;
	if (cred_apply(&c, 0, &e) == 0 ||
		!says(&e,
			"user id 70000 is not mapped in the container's user namespace (linux.uidMappings)"))
		return 1;
	c.uid = 0;
	c.gid = 70000;
	if (cred_apply(&c, 0, &e) == 0 ||
		!says(&e,
			"group id 70000 is not mapped in the container's user namespace (linux.gidMappings)"))
		return 2;
	c.gid = 0;
	c.no_setgroups = false;
	c.groups = groups;
	c.n_groups = 2;
	if (cred_apply(&c, 0, &e) == 0)
		return 3;
	/* EPERM where setgroups is denied */
	return e.code == EPERM ||
			says(&e,
				"additional group id 70001 is not mapped in the container's user namespace "
				"(linux.gidMappings)")
		? 0
		: 4;
}

static int have_all_inside(void)
{
	const uint64_t some = CAP(CAP_KILL) | CAP(CAP_SYS_ADMIN);
	const struct cred c = { .no_setgroups = true,
		.bounding = some,
		.effective = some,
		.permitted = some };
	struct err e;

	if (!enter_userns())
		return SKIP;
	if (cred_apply(&c, 0, &e) < 0)
		return 1;
	return caps_are("CapPrm", some) && caps_are("CapEff", some) && caps_are("CapBnd", some) ? 0
												: 2;
}

static void check_in_userns(int (*fn)(void))
{
	int r = test_child(fn);

	if (r == SKIP)
		test_skip("host: no user namespaces");
	else
		CHECK_INT(r, 0);
}

TEST(cred_names_the_id_that_is_not_mapped)
{
	check_in_userns(use_unmapped_ids);
}

TEST(cred_in_a_user_namespace)
{
	check_in_userns(have_all_inside);
}

/* ---- facts ---- */

TEST(facts_are_about_the_caller)
{
	auto_arena struct arena a = { 0 };
	struct facts f;
	struct err e;

	CHECK_INT(facts_gather(&a, 0, &f, &e), 0);
	CHECK_INT(f.uid, geteuid());
	CHECK_INT(f.gid, getegid());
	CHECK_INT(f.caps, cred_caps());
	CHECK_INT(f.lsm, 0);
	CHECK_TRUE(f.cgroup_mount == NULL);
}

TEST(facts_lsm_is_what_the_kernel_lists)
{
	auto_arena struct arena a = { 0 };
	auto_str struct str lsms = { 0 };
	struct facts f;
	struct err e;

	CHECK_INT(facts_gather(&a, FACTS_WANT_LSM, &f, &e), 0);
	CHECK_INT(f.lsm & ~(unsigned)(FACT_APPARMOR | FACT_SELINUX), 0);
	/* without securityfs there is nothing to compare with */
	if (fd_read_at(AT_FDCWD, "/sys/kernel/security/lsm", 0, 4096, &lsms) == 0)
		CHECK_INT(!!(f.lsm & FACT_APPARMOR), strstr(str_text(&lsms), "apparmor") != NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* plan_golden.c - every config.json in tests/data/plan against the plan it must give
 *
 * NAME.plan holds what plan_dump prints for NAME.json, behind the warnings, if any; NAME.err the
 * error of a configuration that this host or build cannot grant. The host is always the same: root
 * without CAP_SYS_RESOURCE, cgroup2 on /sys/fs/cgroup, no LSM but Landlock of ABI 7. A name that
 * begins like one of the table below has other options or facts. With UPDATE=1 in the environment a
 * file that is missing is written, to be read by whoever commits it. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/log.h"
#include "oci/config.h"
#include "plan/plan.h"
#include "test.h"

#define DATA "tests/data/plan"

static const struct special {
	const char *prefix;
	unsigned flags;  /* PLAN_* */
	unsigned lsm;    /* FACT_* */
	unsigned listen; /* LISTEN_FDS, and one descriptor more by --preserve-fds */
	bool notify;
	uint32_t user; /* who calls, without capabilities unless 0 */
	int landlock;  /* ABI, 0: that of every other row */
	const char *systemd;
} specials[] = {
	{ "", 0, 0, 0, false, 0, 0, NULL },
	{ "no-pivot", PLAN_NO_PIVOT | PLAN_NO_NEW_KEYRING, 0, 0, false, 0, 0, NULL },
	{ "no-cgroup", PLAN_NO_CGROUP, 0, 0, false, 0, 0, NULL },
	{ "apparmor", 0, FACT_APPARMOR, 0, false, 0, 0, NULL },
	{ "selinux", 0, FACT_SELINUX, 0, false, 0, 0, NULL },
	{ "listen", 0, 0, 2, false, 0, 0, NULL },
	{ "notify", 0, 0, 0, true, 0, 0, NULL },
	{ "rootless", 0, 0, 0, false, 1000, 0, NULL },
	{ "landlock-off", 0, 0, 0, false, 0, LANDLOCK_OFF, NULL },
	{ "landlock-1", 0, 0, 0, false, 0, 1, NULL },
	{ "landlock-3", 0, 0, 0, false, 0, 3, NULL },
	{ "landlock-99", 0, 0, 0, false, 0, 99, NULL },
	{ "scope", 0, 0, 0, false, 0, 0, "" },
	{ "scope-user", 0, 0, 0, false, 0, 0, "/user.slice/user-7.slice/user@7.service" },
};

static const struct special *special_of(const char *name)
{
	const struct special *r = &specials[0];

	for (size_t i = 1; i < ARRAY_LEN(specials); i++) {
		if (str_after(name, specials[i].prefix))
			r = &specials[i];
	}
	return r;
}

/* The plan, or the error, of text; true: a plan */
static bool make_plan(const char *name, const char *text, size_t len, struct str *out)
{
	const struct special *s = special_of(name);
	const struct plan_options options = {
		.id = "c1",
		.bundle = "/bundle",
		.flags = s->flags,
		.preserve_fds = s->listen ? 1 : 0,
		.listen_fds = s->listen,
		.listen_names = s->listen ? "web" : NULL,
		.notify_dir = s->notify ? "/run/crun-lite/c1/notify" : NULL,
		.systemd = s->systemd,
	};
	struct subid_range ranges[] = { { 100000, 65536 }, { 900, 200 }, { 300000, 10 } };
	const struct facts facts = {
		.uid = s->user,
		.gid = s->user,
		.caps = s->user ? 0 : UINT64_MAX & ~((uint64_t)1 << CAP_SYS_RESOURCE),
		.subuids = ranges,
		.n_subuids = s->user ? ARRAY_LEN(ranges) : 0,
		.subgids = ranges,
		.n_subgids = s->user ? 1 : 0,
		.lsm = s->lsm,
		.landlock = s->landlock ? s->landlock : 7,
		.cgroup_mount = "/sys/fs/cgroup",
	};
	auto_arena struct arena a = { 0 };
	struct config c;
	struct plan p;
	struct err e;

	err_init(&e);
	if (config_parse(&a, "config.json", text, len, &c, &e) < 0 ||
		plan_make(&a, &c, &options, &facts, &p, &e) < 0) {
		str_addf(out, "%s\n", err_text(&e));
		return false;
	}
	plan_dump(&p, out);
	return true;
}

/* The same with the warnings in front: they go through the log, so the log goes to a file for a
 * moment. */
static bool make_all(const char *name, const struct str *text, struct str *out)
{
	auto_close int fd = memfd_create("warnings", MFD_CLOEXEC);
	auto_str struct str plan = { 0 };
	bool made;

	log_setup(LOG_WARNING, LOG_TEXT, fd, false);
	made = make_plan(name, str_text(text), text->len, &plan);
	log_setup(LOG_WARNING, LOG_TEXT, STDERR_FILENO, false);
	CHECK_TRUE(fd >= 0 && lseek(fd, 0, SEEK_SET) == 0 && fd_read_all(fd, 1 << 20, out) == 0);
	str_add(out, str_text(&plan));
	return made;
}

/* Differences of a plan are told by the line, not by two pages. */
static void check_lines(const char *found, const char *expected)
{
	while (*found || *expected) {
		size_t f = strcspn(found, "\n"), x = strcspn(expected, "\n");
		char a[400], b[400];

		(void)snprintf(a, sizeof(a), "%.*s", (int)f, found);
		(void)snprintf(b, sizeof(b), "%.*s", (int)x, expected);
		if (!CHECK_STR(a, b))
			return;
		found += f + (found[f] == '\n');
		expected += x + (expected[x] == '\n');
	}
}

static void check_document(int dir, const char *name)
{
	auto_str struct str text = { 0 }, expected = { 0 }, found = { 0 };
	int stem = (int)(strlen(name) - strlen("json"));
	const char *update = getenv("UPDATE");
	char path[300];
	bool made;

	CHECK_TRUE(fd_read_at(dir, name, 0, 1 << 24, &text) == 0);
	made = make_all(name, &text, &found);
	(void)snprintf(path, sizeof(path), "%.*s%s", stem, name, made ? "plan" : "err");
	if (fd_read_at(dir, path, 0, 1 << 20, &expected) < 0 && update && str_eq(update, "1"))
		CHECK_TRUE(fd_replace_at(dir, path, found.data, found.len, 0644) == 0);
	else
		check_lines(str_text(&found), str_text(&expected));
}

static int is_document(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot && strcmp(dot, ".json") == 0;
}

TEST(plan_golden_documents)
{
	auto_close int dir = open(DATA, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **list = NULL;
	int count = scandir(DATA, &list, is_document, alphasort);

	CHECK_TRUE(dir >= 0 && count > 0);
	for (int i = 0; i < count; i++) {
		auto_free struct dirent *entry = list[i];

		test_row("%s", entry->d_name);
		check_document(dir, entry->d_name);
	}
	free(list);
}

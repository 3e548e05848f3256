/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/names.h"

#include <dlfcn.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <strings.h>

#include "base/mount.h"
#include "base/str.h"
#include "oci/mount_options.h"
#include "test.h"

static const struct names *const tables[] = { &names_capabilities, &names_signals, &names_rlimits,
	&names_namespaces, &names_seccomp_actions, &names_seccomp_operators, &names_seccomp_archs,
	&names_seccomp_flags, &names_sched_policies, &names_sched_flags, &names_io_classes,
	&names_personalities, &names_memory_modes, &names_memory_flags, &names_propagations,
	&names_mount_options };

TEST(names_are_found_by_their_name)
{
	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		for (size_t i = 0; i < tables[t]->count; i++) {
			const struct name *row = &tables[t]->list[i];

			test_row("%s", row->name);
			CHECK_TRUE(names_find(tables[t], row->name) == row);
		}
		CHECK_TRUE(names_find(tables[t], "") == NULL);
		CHECK_TRUE(names_find(tables[t], "no such name") == NULL);
	}
}

TEST(names_have_the_size_the_spec_says)
{
	CHECK_INT(names_capabilities.count, 41);
	CHECK_INT(names_rlimits.count, 16);
	CHECK_INT(names_namespaces.count, 8);
	CHECK_INT(names_seccomp_actions.count, 9);
	CHECK_INT(names_seccomp_operators.count, 7);
	CHECK_INT(names_seccomp_archs.count, 23);
	CHECK_INT(names_seccomp_flags.count, 4);
	CHECK_INT(names_sched_flags.count, 7);
	CHECK_INT(names_memory_modes.count, 7);
	CHECK_INT(names_memory_flags.count, 3);
}

TEST(names_capabilities_are_in_numeric_order)
{
	for (size_t i = 0; i < names_capabilities.count; i++)
		CHECK_INT(names_capabilities.list[i].value, i);
	CHECK_STR(names_of(&names_capabilities, 0), "CAP_CHOWN");
	CHECK_STR(names_of(&names_capabilities, CAP_AUDIT_READ), "CAP_AUDIT_READ");
	CHECK_STR(names_of(&names_capabilities, 40), "CAP_CHECKPOINT_RESTORE");
	CHECK_STR(names_of(&names_capabilities, 41), NULL);
	CHECK_TRUE(names_find(&names_capabilities, "cap_kill") == NULL);
}

/* libcap has its own table; its names are in lower case */
TEST(names_capabilities_agree_with_libcap)
{
	void *lib = dlopen("libcap.so.2", RTLD_NOW);
	char *(*to_name)(int) = NULL;
	int (*release)(void *) = NULL;

	if (lib) {
		*(void **)&to_name = dlsym(lib, "cap_to_name");
		*(void **)&release = dlsym(lib, "cap_free");
	}
	if (!to_name || !release) {
		test_skip("host: no libcap.so.2");
		return;
	}
	for (size_t i = 0; i < names_capabilities.count; i++) {
		char *name = to_name((int)i);

		CHECK_TRUE(name && strcasecmp(name, names_capabilities.list[i].name) == 0);
		(void)release(name);
	}
	(void)dlclose(lib);
}

TEST(names_of_prefers_the_first)
{
	CHECK_STR(names_of(&names_signals, SIGABRT), "ABRT");
	CHECK_STR(names_of(&names_signals, SIGIO), "IO");
	CHECK_STR(names_of(&names_seccomp_actions, SCMP_ACT_KILL_THREAD), "SCMP_ACT_KILL");
	CHECK_STR(names_of(&names_namespaces, CLONE_NEWNS), "mount");
	CHECK_STR(names_of(&names_propagations, MS_SLAVE | MS_REC), "rslave");
}

TEST(names_signal_takes_every_spelling)
{
	static const struct {
		const char *text;
		int number; /* 0: refused */
	} rows[] = {
		{ "9", 9 },
		{ "KILL", 9 },
		{ "SIGKILL", 9 },
		{ "sigkill", 9 },
		{ "Term", 15 },
		{ "1", 1 },
		{ "64", 64 },
		{ "RTMIN", 34 },
		{ "SIGRTMIN+3", 37 },
		{ "rtmax-1", 63 },
		{ "SIGRTMAX", 64 },
		{ "IOT", 6 },
		{ "POLL", 29 },
		{ "0", 0 },
		{ "65", 0 },
		{ "-9", 0 },
		{ "", 0 },
		{ "SIG", 0 },
		{ "SIGSIGKILL", 0 },
		{ "9 ", 0 },
		{ "+9", 0 },
		{ "RTMIN-1", 0 },
		{ "RTMAX+1", 0 },
		{ "RTMIN+31", 0 },
		{ "RTMIN+", 0 },
		{ "RTMIN3", 0 },
		{ "BOGUS", 0 },
		{ "4294967305", 0 },
		{ "0x9", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int number = 0;

		test_row("%s", rows[i].text);
		CHECK_INT(names_signal(rows[i].text, &number), rows[i].number != 0);
		CHECK_INT(number, rows[i].number);
	}
}

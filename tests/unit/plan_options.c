/* SPDX-License-Identifier: Apache-2.0 */
/* plan_options.c - no name that `features` lists is without effect
 *
 * A mount option must give another plan, or an error, than the same mount without it. Of the
 * other lists every name must give another plan than every other name. Exceptions are written
 * down here. */
#include <stdio.h>
#include <string.h>

#include "oci/config.h"
#include "oci/mount_options.h"
#include "oci/names.h"
#include "plan/plan.h"
#include "test.h"

#define CONFIG(linux)                                                                   \
	"{\"ociVersion\":\"1.3.0\",\"process\":{\"args\":[\"a\"],\"env\":[\"HOME=/\"]," \
	"\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0}},\"root\":{\"path\":\"r\"},"      \
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"}" linux "}}"

/* The plan of a configuration, or the error; true: a plan. The host is the same for all. */
static bool plan_of(const char *text, struct str *out)
{
	static const struct plan_options options = { .id = "c1", .bundle = "/bundle" };
	static const struct facts facts = { .caps = UINT64_MAX,
		.landlock = 7,
		.cgroup_mount = "/sys/fs/cgroup" };
	auto_arena struct arena a = { 0 };
	struct config c;
	struct plan p;
	struct err e;

	err_init(&e);
	if (config_parse(&a, "config.json", text, strlen(text), &c, &e) < 0 ||
		plan_make(&a, &c, &options, &facts, &p, &e) < 0) {
		str_add(out, err_text(&e));
		return false;
	}
	plan_dump(&p, out);
	return true;
}

/* the same with name in the place of the "%s" in form */
static bool plan_with(const char *form, const char *name, struct str *out)
{
	auto_str struct str text = { 0 };
	const char *at = strstr(form, "%s");

	str_addf(&text, "%.*s%s%s", (int)(at - form), form, name, at + 2);
	return plan_of(str_text(&text), out);
}

static bool is_listed(const char *const *list, const char *name)
{
	for (; list && *list; list++) {
		if (strcmp(*list, name) == 0)
			return true;
	}
	return false;
}

/* ---- mount options ---- */

#define MOUNT(options)                                                                        \
	CONFIG("]},\"mounts\":[{\"destination\":\"/m\",\"type\":\"tmpfs\",\"source\":\"/s\"," \
	       "\"options\":[" options "]}],\"annotations\":{")

static bool changes(const char *with, const char *without, const char *option)
{
	auto_str struct str one = { 0 }, other = { 0 };

	(void)plan_with(with, option, &one);
	CHECK_TRUE(plan_of(without, &other));
	return strcmp(str_text(&one), str_text(&other)) != 0;
}

TEST(plan_every_mount_option_has_an_effect)
{
	/* on a new filesystem, a bind mount, a remount, and after what it may take back */
	static const char *const kinds[][2] = {
		{ MOUNT("\"%s\""), MOUNT("\"\"") },
		{ MOUNT("\"rbind\",\"%s\""), MOUNT("\"rbind\"") },
		{ MOUNT("\"remount\",\"%s\""), MOUNT("\"remount\"") },
		{ MOUNT("\"strictatime\",\"%s\""), MOUNT("\"strictatime\"") },
		{ MOUNT("\"relatime\",\"%s\""), MOUNT("\"relatime\"") },
	};
	/* "defaults" asks for nothing. The others are flags of mount(2) that have no counterpart
	 * in fsconfig(2). */
	static const char *const nothing[] = { "defaults", "iversion", "loud", "noiversion",
		"silent", NULL };

	for (size_t i = 0; i < names_mount_options.count; i++) {
		const char *name = names_mount_options.list[i].name;
		bool effect = false;

		test_row("%s", name);
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
			effect = changes(kinds[k][0], kinds[k][1], name) || effect;
		CHECK_TRUE(effect != is_listed(nothing, name));
	}
}

/* ---- the other lists of `features` ---- */

#define SECCOMP(more)                                                                         \
	CONFIG("],\"seccomp\":{\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\",\"listenerPath\":" \
	       "\"/l\"," more "}")
#define RULE(action, op)                                                   \
	SECCOMP("\"syscalls\":[{\"names\":[\"kill\"],\"action\":\"" action \
		"\",\"args\":[{\"index\":0,\"value\":1,\"valueTwo\":1,\"op\":\"" op "\"}]}]")
#define MEMORY(mode, flags) \
	CONFIG("],\"memoryPolicy\":{\"mode\":\"" mode "\",\"nodes\":\"0\",\"flags\":[" flags "]}")
#define LANDLOCK(name) CONFIG("]},\"annotations\":{\"crun-lite.landlock." name "\":\"%s\"")

/* names of the list that are the same as another one */
static const char *const alias_actions[] = { "SCMP_ACT_KILL", NULL };

static const struct list {
	const char *what;
	const struct names *names;
	const char *form;
	const char *const *aliases;
} lists[] = {
	{ "namespace", &names_namespaces, CONFIG(",{\"type\":\"%s\",\"path\":\"/p\"}]"), NULL },
	{ "seccomp action", &names_seccomp_actions, RULE("%s", "SCMP_CMP_EQ"), alias_actions },
	{ "seccomp operator", &names_seccomp_operators, RULE("SCMP_ACT_ALLOW", "%s"), NULL },
	{ "seccomp architecture", &names_seccomp_archs, SECCOMP("\"architectures\":[\"%s\"]"),
		NULL },
	{ "seccomp flag", &names_seccomp_flags, SECCOMP("\"flags\":[\"%s\"]"), NULL },
	{ "memory mode", &names_memory_modes, MEMORY("%s", ""), NULL },
	{ "memory flag", &names_memory_flags, MEMORY("MPOL_INTERLEAVE", "\"%s\""), NULL },
	{ "Landlock right", &names_landlock_fs, LANDLOCK("fs.handled"), NULL },
	{ "Landlock scope", &names_landlock_scopes, LANDLOCK("scope"), NULL },
};

static void check_list(const struct list *l)
{
	struct str plans[64] = { 0 };

	CHECK_TRUE(l->names->count <= ARRAY_LEN(plans));
	for (size_t i = 0; i < l->names->count; i++) {
		(void)plan_with(l->form, l->names->list[i].name, &plans[i]);
		for (size_t k = 0; k < i; k++) {
			test_row("%s %s, %s", l->what, l->names->list[i].name,
				l->names->list[k].name);
			CHECK_TRUE(is_listed(l->aliases, l->names->list[i].name) ||
				is_listed(l->aliases, l->names->list[k].name) ||
				strcmp(str_text(&plans[i]), str_text(&plans[k])) != 0);
		}
	}
	for (size_t i = 0; i < l->names->count; i++)
		str_done(&plans[i]);
}

TEST(plan_every_name_of_features_has_an_effect)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		check_list(&lists[i]);
}

TEST(plan_every_capability_has_an_effect)
{
	static const char form[] =
		"{\"ociVersion\":\"1.3.0\",\"process\":{\"args\":[\"a\"],\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0},"
		"\"capabilities\":{\"bounding\":[\"%s\"]}},\"root\":{\"path\":\"r\"},"
		"\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}";

	check_list(&(struct list){ "capability", &names_capabilities, form, NULL });
}

/* SPDX-License-Identifier: Apache-2.0 */
/* oci_output.c - the documents we write ourselves: spec, features */
#include <elf.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "oci/features.h"
#include "oci/mount_options.h"
#include "oci/spec.h"
#include "oci_parse.h"
#include "test.h"

TEST(spec_text_is_accepted_without_a_warning)
{
	static const struct spec_options options[] = { { 0 },
		{ .rootless = true, .uid = 1000, .gid = 1001 } };

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		auto_str struct str text = { 0 }, found = { 0 };

		spec_text(&options[i], &text);
		oci_parse(OCI_CONFIG, str_text(&text), text.len, &found);
		test_row("%zu", i);
		CHECK_STR(str_text(&found), "");
	}
}

TEST(spec_text_rootless_maps_the_caller)
{
	auto_str struct str text = { 0 };

	spec_text(&(struct spec_options){ .rootless = true, .uid = 1000, .gid = 1001 }, &text);
	CHECK_TRUE(strstr(str_text(&text), "\"hostID\": 1000,") != NULL);
	CHECK_TRUE(strstr(str_text(&text), "\"hostID\": 1001,") != NULL);
	CHECK_TRUE(strstr(str_text(&text), "\"type\": \"user\"") != NULL);
	CHECK_TRUE(strstr(str_text(&text), "\"type\": \"network\"") == NULL);
	CHECK_TRUE(strstr(str_text(&text), "gid=5") == NULL);
	CHECK_TRUE(strstr(str_text(&text), "\"rbind\"") != NULL);
}

static bool no_m68k(uint32_t token)
{
	return token != EM_68K;
}

static struct json *features_parse(struct arena *a, struct str *text, struct json_doc *doc)
{
	static const struct features_facts facts = { .version = "1.2.3",
		.commit = "abc",
		.libseccomp = "2.5.4",
		.seccomp_flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG,
		.seccomp_arch = no_m68k };
	struct err e;

	features_text(&facts, text);
	err_init(&e);
	if (json_parse(a, "features", str_text(text), text->len, doc, &e) < 0) {
		CHECK_STR(err_text(&e), "");
		return NULL;
	}
	return doc->root;
}

TEST(feat_01_features)
{
	auto_arena struct arena a = { 0 };
	auto_str struct str text = { 0 };
	struct json_doc doc;
	struct json *root = features_parse(&a, &text, &doc);
	struct json *linux_part = json_get(root, "linux"),
		    *seccomp = json_get(linux_part, "seccomp");
	struct json *annotations = json_get(root, "annotations");

	if (!CHECK_TRUE(root && linux_part && seccomp && annotations))
		return;
	CHECK_STR(json_get(root, "ociVersionMin")->text, "1.0.0");
	CHECK_STR(json_get(root, "ociVersionMax")->text, "1.3.0");
	CHECK_INT(json_get(root, "hooks")->count, 6);
	CHECK_INT(json_get(root, "mountOptions")->count, names_mount_options.count);
	CHECK_INT(json_get(linux_part, "namespaces")->count, 8);
	CHECK_INT(json_get(linux_part, "capabilities")->count, 41);
	CHECK_INT(json_get(seccomp, "knownFlags")->count, 4);
	CHECK_INT(json_get(seccomp, "supportedFlags")->count, 2);
	CHECK_INT(json_get(seccomp, "archs")->count, names_seccomp_archs.count - 1);
	CHECK_FALSE(json_get(json_get(linux_part, "cgroup"), "v1")->truth);
	CHECK_TRUE(json_get(json_get(linux_part, "cgroup"), "v2")->truth);
	CHECK_TRUE(json_get(json_get(json_get(linux_part, "mountExtensions"), "idmap"), "enabled")
			   ->truth);
	CHECK_STR(json_get(annotations, "io.github.seccomp.libseccomp.version")->text, "2.5.4");
	CHECK_STR(json_get(annotations, "crun-lite.version")->text, "1.2.3");
	CHECK_STR(json_get(annotations, "crun-lite.commit")->text, "abc");
	CHECK_STR(json_get(annotations, "org.opencontainers.runc.checkpoint.enabled")->text,
		"true");
	CHECK_STR(json_get(annotations, "run.oci.crun.checkpoint.enabled")->text, "true");
	CHECK_STR(json_get(annotations, "crun-lite.landlock.abi")->text, "9");
	CHECK_STR(json_get(annotations, "crun-lite.landlock.scope")->text,
		"abstract_unix_socket,signal");
	CHECK_STR(json_first(json_get(root, "potentiallyUnsafeConfigAnnotations"))->text,
		"crun-lite.landlock.");
}

/* every name in an array of features, put into a document in place of %s, is accepted */
static void check_listed(struct json *list, const char *config)
{
	for (const struct json *i = json_first(list); i; i = i->next) {
		auto_str struct str text = { 0 }, found = { 0 };
		const char *mark = strstr(config, "%s");

		str_addn(&text, config, (size_t)(mark - config));
		str_add(&text, i->text);
		str_add(&text, mark + 2);
		oci_parse(OCI_CONFIG, str_text(&text), text.len, &found);
		test_row("%s", i->text);
		CHECK_STR(str_text(&found), "");
	}
}

#define BASE "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},"
#define MAP "[{\"containerID\":0,\"hostID\":0,\"size\":1}]"
#define SECCOMP \
	BASE "\"linux\":{\"seccomp\":{\"listenerPath\":\"/s\",\"defaultAction\":\"SCMP_ACT_ALLOW\","

TEST(feat_04_every_listed_name_is_recognised)
{
	auto_arena struct arena a = { 0 };
	auto_str struct str text = { 0 };
	struct json_doc doc;
	struct json *root = features_parse(&a, &text, &doc);
	struct json *linux_part = json_get(root, "linux"),
		    *seccomp = json_get(linux_part, "seccomp");

	check_listed(json_get(root, "hooks"), BASE "\"hooks\":{\"%s\":[{\"path\":\"/x\"}]}}");
	check_listed(json_get(root, "mountOptions"),
		BASE
		"\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"source\":\"/b\",\"options\":[\"%s\"],"
		"\"uidMappings\":" MAP ",\"gidMappings\":" MAP "}]}");
	check_listed(json_get(linux_part, "namespaces"),
		BASE
		"\"linux\":{\"namespaces\":[{\"type\":\"%s\",\"path\":\"/proc/self/ns/x\"}]}}");
	check_listed(json_get(linux_part, "capabilities"),
		BASE "\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"x\"],\"cwd\":\"/\","
		     "\"capabilities\":{\"bounding\":[\"%s\"]}}}");
	check_listed(json_get(seccomp, "actions"),
		SECCOMP "\"syscalls\":[{\"names\":[\"x\"],\"action\":\"%s\"}]}}}");
	check_listed(json_get(seccomp, "operators"),
		SECCOMP "\"syscalls\":[{\"names\":[\"x\"],\"action\":\"SCMP_ACT_LOG\","
			"\"args\":[{\"index\":0,\"value\":1,\"op\":\"%s\"}]}]}}}");
	check_listed(json_get(seccomp, "archs"), SECCOMP "\"architectures\":[\"%s\"]}}}");
	check_listed(json_get(seccomp, "knownFlags"), SECCOMP "\"flags\":[\"%s\"]}}}");
}

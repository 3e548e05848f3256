/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/state.h"

#include <string.h>

#include "base/str.h"
#include "test.h"

static const char hooks_json[] = "{ \"poststop\": [\n { \"path\": \"/bin/x\\u0041\" } ] }";

static struct config_annotation annotations[] = { { NULL, "a\"b", "1\n2" }, { NULL, "c", "" } };

static const char *const descriptors[] = { "pipe:[7]", "", NULL };

static const struct state example = {
	.id = "web.1",
	.pid = 4711,
	.start_time = UINT64_MAX,
	.pid_inode = UINT64_C(1) << 40,
	.bundle = "/b/\"q\"",
	.rootfs = "/b/rootfs",
	.created = "2024-01-02T03:04:05.000000006Z",
	.owner = 1000,
	.cgroup = "/a/web.1",
	.cgroup_mount = "/sys/fs/cgroup",
	.cgroup_made = true,
	.rdt_group = "gold",
	.rdt_monitor = true,
	.scope = "web.scope",
	.slice = "a-b.slice",
	.user_manager = true,
	.has_socket = true,
	.listener = "/run/agent",
	.descriptors = descriptors,
	.process_start = 5,
	.process_end = 16 << 20,
	.annotations = annotations,
	.n_annotations = ARRAY_LEN(annotations),
	.hooks = hooks_json,
	.hooks_len = sizeof(hooks_json) - 1,
	.end = { .is_known = true,
		.signal = 9,
		.finished = "2024-01-02T03:04:06.000000007Z",
		.has_oom = true,
		.oom_killed = true },
};

#define TEXT_HEAD                                                                                                                                                                                                   \
	"{\"crunLite\":1,\"id\":\"web.1\",\"pid\":4711,\"startTime\":18446744073709551615,"                                                                                                                         \
	"\"pidInode\":1099511627776,\"bundle\":\"/b/\\\"q\\\"\",\"rootfs\":\"/b/rootfs\","                                                                                                                          \
	"\"created\":\"2024-01-02T03:04:05.000000006Z\",\"owner\":1000,\"cgroup\":\"/a/web.1\","                                                                                                                    \
	"\"cgroupMount\":\"/sys/fs/cgroup\",\"cgroupMade\":true,\"resctrl\":{\"group\":\"gold\","                                                                                                                   \
	"\"made\":false,\"monitor\":true},\"systemdScope\":\"web.scope\",\"systemdSlice\":\"a-b.slice\",\"systemdUser\":true,\"socket\":true,"                                                                      \
	"\"listener\":\"/run/agent\",\"descriptors\":[\"pipe:[7]\",\"\"],\"processStart\":5,\"processEnd\":16777216,\"end\":{\"exitSignal\":9,\"finished\":\"2024-01-02T03:04:06.000000007Z\",\"oomKilled\":true}," \
	"\"annotations\":{\"a\\\"b\":\"1\\n2\",\"c\":\"\"},\"hooks\":"

TEST(state_text_keeps_the_hooks_byte_for_byte)
{
	auto_str struct str out = { 0 }, expected = { 0 };

	state_text(&example, &out);
	str_addf(&expected, "%s%s}", TEXT_HEAD, hooks_json);
	CHECK_STR(str_text(&out), str_text(&expected));
}

TEST(state_comes_back_as_it_was)
{
	auto_arena struct arena a = { 0 };
	auto_str struct str out = { 0 };
	struct config_hooks hooks;
	struct state s;
	struct err e;

	state_text(&example, &out);
	err_init(&e);
	if (!CHECK_INT(state_parse(&a, "state.json", str_text(&out), out.len, &s, &e), 0)) {
		CHECK_STR(err_text(&e), "");
		return;
	}
	CHECK_STR(s.id, example.id);
	CHECK_INT(s.pid, example.pid);
	CHECK_TRUE(s.start_time == example.start_time);
	CHECK_TRUE(s.pid_inode == example.pid_inode);
	CHECK_STR(s.bundle, example.bundle);
	CHECK_STR(s.rootfs, example.rootfs);
	CHECK_STR(s.created, example.created);
	CHECK_INT(s.owner, example.owner);
	CHECK_STR(s.cgroup, example.cgroup);
	CHECK_STR(s.cgroup_mount, example.cgroup_mount);
	CHECK_TRUE(s.cgroup_made && s.has_socket);
	CHECK_STR(s.rdt_group, "gold");
	CHECK_STR(s.scope, "web.scope");
	CHECK_STR(s.slice, "a-b.slice");
	CHECK_TRUE(s.user_manager);
	CHECK_TRUE(s.rdt_monitor && !s.rdt_made);
	CHECK_STR(s.listener, example.listener);
	CHECK_STR(s.descriptors[0], "pipe:[7]");
	CHECK_STR(s.descriptors[1], "");
	CHECK_STR(s.descriptors[2], NULL);
	CHECK_INT(s.process_start, example.process_start);
	CHECK_INT(s.process_end, example.process_end);
	CHECK_TRUE(s.end.is_known && s.end.has_oom && s.end.oom_killed);
	CHECK_INT(s.end.signal, 9);
	CHECK_STR(s.end.finished, example.end.finished);
	CHECK_INT(s.n_annotations, 2);
	CHECK_STR(s.annotations[0].key, "a\"b");
	CHECK_STR(s.annotations[0].value, "1\n2");
	CHECK_INT(s.hooks_len, example.hooks_len);
	CHECK_TRUE(memcmp(s.hooks, hooks_json, s.hooks_len) == 0);
	CHECK_INT(config_parse_hooks(&a, "hooks", s.hooks, s.hooks_len, &hooks, &e), 0);
	CHECK_INT(hooks.count[HOOK_POSTSTOP], 1);
	CHECK_STR(hooks.list[HOOK_POSTSTOP][0].path, "/bin/xA");
}

TEST(state_comes_back_without_the_optional_parts)
{
	struct state least = { .id = "x", .bundle = "/b", .rootfs = "", .created = "t" };
	auto_arena struct arena a = { 0 };
	auto_str struct str out = { 0 };
	struct state s;
	struct err e;

	state_text(&least, &out);
	CHECK_INT(state_parse(&a, "state.json", str_text(&out), out.len, &s, &e), 0);
	CHECK_INT(s.pid, 0);
	CHECK_STR(s.rootfs, "");
	CHECK_STR(s.cgroup, NULL);
	CHECK_STR(s.cgroup_mount, NULL);
	CHECK_STR(s.listener, NULL);
	CHECK_TRUE(s.hooks == NULL && s.n_annotations == 0);
	CHECK_FALSE(s.cgroup_made || s.has_socket || s.end.is_known || s.end.has_oom);
}

/* a state document with one of its values replaced */
#define STATE(id, pid, bundle, cgroup)                           \
	"{\"crunLite\":1,\"id\":" id ",\"pid\":" pid             \
	",\"startTime\":0,\"pidInode\":0,\"bundle\":" bundle     \
	",\"rootfs\":\"\",\"created\":\"t\",\"owner\":0," cgroup \
	"\"cgroupMade\":false,\"socket\":false}"

TEST(state_trusts_nothing)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ STATE("\"a\"", "1", "\"/b\"", ""), "" },
		{ "", "state.json:1:1: expected a value, found the end of the text" },
		{ "[]", "state.json:1:1: the document: must be an object, not an array" },
		{ "{}", "state.json:1:1: crunLite: is missing, must be the version of this document, 1" },
		{ "{\"crunLite\":2,\"new\":1}", "state.json has format 2, this crun-lite reads 1" },
		{ STATE("\"a/b\"", "1", "\"/b\"", ""),
			"state.json:1:20: id: invalid container ID: invalid character in \"a/b\", must be made of letters, digits and \"_+,.-\"" },
		{ STATE("\"a\"", "-1", "\"/b\"", ""),
			"state.json:1:30: pid: must be a whole number from 0 to 4194304, not -1" },
		{ STATE("\"a\"", "1", "\"b\"", ""),
			"state.json:1:68: bundle: must be an absolute path, not \"b\"" },
		{ STATE("\"a\"", "1", "\"/b\"", "\"cgroup\":\"/x/../..\",\"cgroupMount\":\"/m\","),
			"state.json:1:118: cgroup: must be a path without \".\", \"..\" and empty parts, "
			"not \"/x/../..\"" },
		{ STATE("\"a\"", "1", "\"/b\"", "\"cgroup\":\"/x\","),
			"state.json:1:1: cgroupMount: is missing, must be the absolute path of the cgroup mount" },
		{ STATE("\"a\"", "1", "\"/b\"",
			  "\"resctrl\":{\"group\":\"..\",\"made\":true,\"monitor\":false},"),
			"state.json:1:128: resctrl.group: must be the name of one directory or \"\", not \"..\"" },
		{ STATE("\"a\"", "1", "\"/b\"",
			  "\"resctrl\":{\"group\":\"a/b\",\"made\":true,\"monitor\":false},"),
			"state.json:1:128: resctrl.group: must be the name of one directory or \"\", not \"a/b\"" },
		{ STATE("\"a\"", "1", "\"/b\"", "\"descriptors\":[\"\",\"\",\"\",\"\"],"),
			"state.json:1:123: descriptors: must have at most 3 elements, not 4" },
		{ STATE("\"a\"", "1", "\"/b\"", "\"processStart\":7,\"processEnd\":7,"),
			"state.json:1:124: processStart: must be a whole number from 0 to 6, not 7" },
		{ STATE("\"a\"", "1", "\"/b\"", "\"processEnd\":16777217,"),
			"state.json:1:122: processEnd: must be a whole number from 1 to 16777216, not 16777217" },
		{ STATE("\"a\"", "1", "\"/b\"", "\"end\":{\"exitCode\":0},"), "" },
		{ STATE("\"a\"", "1", "\"/b\"", "\"end\":{\"exitCode\":256},"),
			"state.json:1:127: end.exitCode: must be a whole number from 0 to 255, not 256" },
		{ STATE("\"a\"", "1", "\"/b\"", "\"end\":{\"exitSignal\":0},"),
			"state.json:1:129: end.exitSignal: must be a whole number from 1 to 64, not 0" },
		{ STATE("\"a\"", "1", "\"/b\"", "\"end\":{},"),
			"state.json:1:115: end.exitCode: is missing, must be an exit status" },
		{ STATE("\"a\"", "1", "\"/b\"", "\"hooks\":{\"poststop\":[{\"path\":\"x\"}]},"),
			"state.json:1:138: hooks.poststop[0].path: must be an absolute path, not \"x\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_arena struct arena a = { 0 };
		struct state s;
		struct err e;

		err_init(&e);
		test_row("%s", rows[i].text);
		CHECK_INT(state_parse(&a, "state.json", rows[i].text, strlen(rows[i].text), &s, &e),
			rows[i].expected[0] ? -1 : 0);
		CHECK_STR(err_text(&e), rows[i].expected);
	}
}

TEST(state_survives_every_truncation)
{
	auto_str struct str out = { 0 };

	state_text(&example, &out);
	for (size_t len = 0; len < out.len; len++) {
		auto_arena struct arena a = { 0 };
		struct state s;
		struct err e;

		CHECK_INT(state_parse(&a, "state.json", str_text(&out), len, &s, &e), -1);
	}
}

TEST(state_02_oci_state_has_the_fields_of_the_spec)
{
	struct state s = { .id = "x",
		.bundle = "/b",
		.rootfs = "/b/r",
		.created = "t",
		.owner = 7 };
	auto_str struct str out = { 0 };

	state_oci(&s, "creating", 12, false, 0, &out);
	CHECK_STR(str_text(&out),
		"{\"ociVersion\":\"1.3.0\",\"id\":\"x\",\"pid\":12,\"status\":\"creating\",\"bundle\":\"/b\"}");
	str_clear(&out);
	s.annotations = annotations;
	s.n_annotations = 1;
	state_oci(&s, "stopped", 0, true, 2, &out);
	CHECK_STR(str_text(&out),
		"{\n  \"ociVersion\": \"1.3.0\",\n  \"id\": \"x\",\n  \"pid\": 0,\n  \"status\": \"stopped\",\n"
		"  \"bundle\": \"/b\",\n  \"rootfs\": \"/b/r\",\n  \"created\": \"t\",\n"
		"  \"annotations\": {\n    \"a\\\"b\": \"1\\n2\"\n  },\n  \"owner\": \"7\"\n}");
}

TEST(sec_15_container_process_state)
{
	struct state s = { .id = "a", .bundle = "/b", .rootfs = "/r", .created = "t" };
	auto_str struct str out = { 0 };

	state_listener(&s, "creating", 0, NULL, &out);
	CHECK_STR(str_text(&out),
		"{\"ociVersion\":\"" OCI_VERSION "\",\"fds\":[\"seccompFd\"],\"pid\":0,"
		"\"state\":{\"ociVersion\":\"" OCI_VERSION
		"\",\"id\":\"a\",\"pid\":0,\"status\":\"creating\",\"bundle\":\"/b\"}}");
	str_clear(&out);
	state_listener(&s, "running", 7, "\"pid\":1", &out);
	CHECK_STR(str_text(&out),
		"{\"ociVersion\":\"" OCI_VERSION "\",\"fds\":[\"seccompFd\"],\"pid\":0,"
		"\"metadata\":\"\\\"pid\\\":1\",\"state\":{\"ociVersion\":\"" OCI_VERSION
		"\",\"id\":\"a\",\"pid\":7,\"status\":\"running\",\"bundle\":\"/b\"}}");
}

TEST(life_03_container_ids)
{
	static const struct {
		const char *id, *expected;
	} rows[] = {
		{ "a", "" },
		{ "Web_1.2+3-4", "" },
		{ "+", "" },
		{ ".hidden", "" },
		{ "-x", "" },
		{ "a,b", "" },
		{ "...", "" },
		{ "", "invalid container ID: must not be empty" },
		{ ".", "invalid container ID: must not be \".\" or \"..\": \".\"" },
		{ "..", "invalid container ID: must not be \".\" or \"..\": \"..\"" },
		{ "a/b",
			"invalid container ID: invalid character in \"a/b\", must be made of letters, digits and \"_+,.-\"" },
		{ "a b",
			"invalid container ID: invalid character in \"a b\", must be made of letters, digits and \"_+,.-\"" },
		{ "a\n",
			"invalid container ID: invalid character in \"a\\n\", must be made of letters, digits and \"_+,.-\"" },
		{ "\303\274",
			"invalid container ID: invalid character in \"\303\274\", must be made of letters, digits and \"_+,.-\"" },
	};
	char longest[257];
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		err_init(&e);
		test_row("\"%s\"", rows[i].id);
		CHECK_INT(state_check_id(rows[i].id, &e), rows[i].expected[0] ? -1 : 0);
		CHECK_STR(err_text(&e), rows[i].expected);
	}
	memset(longest, 'x', sizeof(longest));
	longest[256] = '\0';
	CHECK_INT(state_check_id(longest, &e), -1);
	CHECK_STR(err_text(&e), "invalid container ID: must have at most 255 bytes, not 256");
	longest[255] = '\0';
	CHECK_INT(state_check_id(longest, &e), 0);
}

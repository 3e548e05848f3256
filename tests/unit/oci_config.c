/* SPDX-License-Identifier: Apache-2.0 */
#include "oci_rows.h"

TEST(cfg_01_text_is_utf8)
{
	static const struct oci_row rows[] = {
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"a\377\"}}",
			"config.json:1:40: must be UTF-8" },
	};

	CHECK_ROWS(PART_WHOLE, rows);
}

TEST(cfg_02_duplicate_names_are_refused)
{
	static const struct oci_row rows[] = {
		{ "\"hostname\":\"a\",\"hostname\":\"b\"",
			"config.json:2:16: hostname: is there twice, first in line 2" },
		{ "\"annotations\":{\"a\":\"1\",\"a\":\"2\"}",
			"config.json:2:24: annotations.a: is there twice, first in line 2" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(cfg_04_unknown_fields_do_not_matter)
{
	static const struct oci_row rows[] = {
		{ "\"com.example.x\":1,\"Process\":{},\"linux\":{\"zork\":[{\"a\":1}]}",
			"warning: config.json:2:17: [\"com.example.x\"]: unknown field\n"
			"warning: config.json:2:29: Process: unknown field\n"
			"warning: config.json:2:48: linux.zork: unknown field" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(cfg_05_type_of_every_section)
{
	static const struct oci_row rows[] = {
		{ "\"mounts\":{}", "config.json:2:10: mounts: must be an array, not an object" },
		{ "\"process\":[]", "config.json:2:11: process: must be an object, not an array" },
		{ "\"hooks\":1", "config.json:2:9: hooks: must be an object, not 1" },
		{ "\"annotations\":[]",
			"config.json:2:15: annotations: must be an object, not an array" },
		{ "\"linux\":\"x\"", "config.json:2:9: linux: must be an object, not \"x\"" },
		{ "\"hostname\":7", "config.json:2:12: hostname: must be a string, not 7" },
		{ "\"domainname\":{}",
			"config.json:2:14: domainname: must be a string, not an object" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(cfg_09_null_is_absent)
{
	static const struct oci_row rows[] = {
		{ "\"hostname\":null,\"mounts\":null,\"process\":null,\"hooks\":null,\"annotations\":null,\"linux\":{\"seccomp\":null,\"namespaces\":null,\"sysctl\":null,\"resources\":null,\"timeOffsets\":null}",
			"" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(cfg_11_comments_are_refused)
{
	static const struct oci_row rows[] = {
		{ "/* c */ \"hostname\":\"a\"", "config.json:2:1: comments are not allowed" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(cfg_13_zero_bytes_are_refused)
{
	static const struct oci_row rows[] = {
		{ "\"hostname\":\"a\\u0000b\"",
			"config.json:2:12: hostname: must not contain \"\\u0000\"" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(cfg_14_the_document_is_an_object)
{
	static const struct oci_row rows[] = {
		{ "null", "config.json:1:1: the document: must be an object, not null" },
		{ "[]", "config.json:1:1: the document: must be an object, not an array" },
		{ "\"\"", "config.json:1:1: the document: must be an object, not \"\"" },
		{ "", "config.json:1:1: expected a value, found the end of the text" },
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"}} x",
			"config.json:1:49: expected the end of the text, found \"x\"" },
	};

	CHECK_ROWS(PART_WHOLE, rows);
}

TEST(cfg_all_findings_are_told)
{
	static const struct oci_row rows[] = {
		{ "\"hostname\":1,\"annotations\":{\"a\":1},\"process\":{\"user\":{\"uid\":-1},\"args\":[],\"cwd\":\"tmp\"}",
			"config.json:2:12: hostname: must be a string, not 1\n"
			"config.json:2:33: annotations.a: must be a string, not 1\n"
			"config.json:2:61: process.user.uid: must be a whole number from 0 to 4294967294, not -1\n"
			"config.json:2:72: process.args: must have at least one entry, the program\n"
			"config.json:2:81: process.cwd: must be an absolute path, not \"tmp\"" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(ver_01_version_is_required)
{
	static const struct oci_row rows[] = {
		{ "{\"root\":{\"path\":\"r\"}}",
			"config.json:1:1: ociVersion: is missing, must be a version such as \"1.3.0\"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":null}",
			"config.json:1:1: ociVersion: is missing, must be a version such as \"1.3.0\"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":1}",
			"config.json:2:14: ociVersion: must be a string, not 1" },
	};

	CHECK_ROWS(PART_WHOLE, rows);
}

TEST(ver_02_version_is_semver)
{
	static const struct oci_row rows[] = {
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"\"}",
			"config.json:2:14: ociVersion: must be a version such as \"1.3.0\", not \"\"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"abc\"}",
			"config.json:2:14: ociVersion: must be a version such as \"1.3.0\", not \"abc\"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"1.0\"}",
			"config.json:2:14: ociVersion: must be a version such as \"1.3.0\", not \"1.0\"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"01.0.0\"}",
			"config.json:2:14: ociVersion: must be a version such as \"1.3.0\", not \"01.0.0\"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"1.0.0-\"}",
			"config.json:2:14: ociVersion: must be a version such as \"1.3.0\", not \"1.0.0-\"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"1.0.0-01\"}",
			"config.json:2:14: ociVersion: must be a version such as \"1.3.0\", not \"1.0.0-01\"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"1.0.0+\"}",
			"config.json:2:14: ociVersion: must be a version such as \"1.3.0\", not \"1.0.0+\"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"1.0.0 \"}",
			"config.json:2:14: ociVersion: must be a version such as \"1.3.0\", not \"1.0.0 \"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"1.0.0.0\"}",
			"config.json:2:14: ociVersion: must be a version such as \"1.3.0\", not \"1.0.0.0\"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"99999999999.0.0\"}",
			"config.json:2:14: ociVersion: must be a version such as \"1.3.0\", not \"99999999999.0.0\"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"1.0.0-a..b\"}",
			"config.json:2:14: ociVersion: must be a version such as \"1.3.0\", not \"1.0.0-a..b\"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"1.0.0-rc5\"}", "" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"1.2.1+dev\"}", "" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"1.0.2-dev\"}", "" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"1.0.0-rc.1+b.007\"}", "" },
	};

	CHECK_ROWS(PART_WHOLE, rows);
}

TEST(ver_03_other_major_versions_are_refused)
{
	static const struct oci_row rows[] = {
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"2.0.0\"}",
			"config.json:2:14: ociVersion: must be a version from 1.0.0 to 1.3.0, not \"2.0.0\"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"0.5.0-dev\"}",
			"config.json:2:14: ociVersion: must be a version from 1.0.0 to 1.3.0, not \"0.5.0-dev\"" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"1.0.0\"}", "" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"1.3.7\"}", "" },
		{ "{\"root\":{\"path\":\"r\"},\n\"ociVersion\":\"1.9.0\"}",
			"warning: config.json:2:14: ociVersion: 1.9.0 is newer than 1.3.0, what it added is ignored" },
	};

	CHECK_ROWS(PART_WHOLE, rows);
}

TEST(ann_01_annotations_are_strings)
{
	static const struct oci_row rows[] = {
		{ "\"annotations\":{\"a\":\"\",\"b.c\":\"x\"}", "" },
		{ "\"annotations\":{\"\":\"v\"}",
			"config.json:2:19: annotations[\"\"]: must have a name that is not empty" },
		{ "\"annotations\":{\"a\":1,\"b\":null}",
			"config.json:2:20: annotations.a: must be a string, not 1\n"
			"config.json:2:26: annotations.b: must be a string, not null" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(root_01_root_is_required)
{
	static const struct oci_row rows[] = {
		{ "{\"ociVersion\":\"1.3.0\"}",
			"config.json:1:1: root: is missing, must be an object with the path of the root filesystem" },
		{ "{\"ociVersion\":\"1.3.0\",\n\"root\":null}",
			"config.json:1:1: root: is missing, must be an object with the path of the root filesystem" },
		{ "{\"ociVersion\":\"1.3.0\",\n\"root\":\"rootfs\"}",
			"config.json:2:8: root: must be an object, not \"rootfs\"" },
	};

	CHECK_ROWS(PART_WHOLE, rows);
}

TEST(root_02_path_is_required)
{
	static const struct oci_row rows[] = {
		{ "{\"ociVersion\":\"1.3.0\",\n\"root\":{}}",
			"config.json:2:8: root.path: is missing, must be the path of the root filesystem" },
		{ "{\"ociVersion\":\"1.3.0\",\n\"root\":{\"path\":\"\"}}",
			"config.json:2:16: root.path: must not be empty" },
		{ "{\"ociVersion\":\"1.3.0\",\n\"root\":{\"path\":1}}",
			"config.json:2:16: root.path: must be a string, not 1" },
		{ "{\"ociVersion\":\"1.3.0\",\n\"root\":{\"path\":\"/abs\",\"readonly\":true}}",
			"" },
		{ "{\"ociVersion\":\"1.3.0\",\n\"root\":{\"path\":\"r\",\"readonly\":\"yes\"}}",
			"config.json:2:31: root.readonly: must be a boolean, not \"yes\"" },
	};

	CHECK_ROWS(PART_WHOLE, rows);
}

TEST(uts_01_host_names_are_short)
{
	static const struct oci_row rows[] = {
		{ "\"linux\":{\"namespaces\":[{\"type\":\"uts\"}]},\"hostname\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
			"config.json:2:52: hostname: must have at most 64 bytes, not 65" },
		{ "\"linux\":{\"namespaces\":[{\"type\":\"uts\"}]},\"hostname\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"domainname\":\"\"",
			"" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(uts_03_host_names_need_a_namespace)
{
	static const struct oci_row rows[] = {
		{ "\"hostname\":\"a\",\"domainname\":\"b\"",
			"config.json:2:12: hostname: must not be given without the namespace \"uts\"\n"
			"config.json:2:29: domainname: must not be given without the namespace \"uts\"" },
		{ "\"hostname\":\"a\",\"linux\":{\"namespaces\":[{\"type\":\"uts\",\"path\":\"/proc/1/ns/uts\"}]}",
			"" },
		{ "\"hostname\":\"a\",\"linux\":{\"namespaces\":[{\"type\":\"utss\"}]}",
			"config.json:2:47: linux.namespaces[0].type: unknown namespace \"utss\", must be cgroup, ipc, mount, network, pid, time, user or uts; did you mean \"uts\"?" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(plat_01_other_platforms_are_ignored)
{
	static const struct oci_row rows[] = {
		{ "\"windows\":{\"layerFolders\":[1]},\"vm\":7,\"zos\":{},\"solaris\":null",
			"warning: config.json:2:11: windows: is for another platform, ignored\n"
			"warning: config.json:2:37: vm: is for another platform, ignored\n"
			"warning: config.json:2:45: zos: is for another platform, ignored" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(hook_02_path_is_absolute)
{
	static const struct oci_row rows[] = {
		{ "\"hooks\":{\"prestart\":[{\"path\":\"hook.sh\"}]}",
			"config.json:2:30: hooks.prestart[0].path: must be an absolute path, not \"hook.sh\"" },
		{ "\"hooks\":{\"poststop\":[{}]}",
			"config.json:2:22: hooks.poststop[0].path: is missing, must be the absolute path of a program" },
		{ "\"hooks\":{\"createRuntime\":[{\"path\":\"\"}]}",
			"config.json:2:35: hooks.createRuntime[0].path: must be an absolute path, not \"\"" },
		{ "\"hooks\":{\"createContainer\":{}}",
			"config.json:2:28: hooks.createContainer: must be an array, not an object" },
		{ "\"hooks\":{\"startContainer\":[\"/x\"]}",
			"config.json:2:28: hooks.startContainer[0]: must be an object, not \"/x\"" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(hook_04_env_is_name_and_value)
{
	static const struct oci_row rows[] = {
		{ "\"hooks\":{\"poststart\":[{\"path\":\"/x\",\"args\":[\"x\",\"\"],\"env\":[\"A=b\",\"B=\"]}]}",
			"" },
		{ "\"hooks\":{\"poststart\":[{\"path\":\"/x\",\"env\":[\"A\",\"=b\",7]}]}",
			"config.json:2:43: hooks.poststart[0].env[0]: must be \"NAME=value\", not \"A\"\n"
			"config.json:2:47: hooks.poststart[0].env[1]: must be \"NAME=value\", not \"=b\"\n"
			"config.json:2:52: hooks.poststart[0].env[2]: must be a string, not 7" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(hook_05_timeout_is_positive)
{
	static const struct oci_row rows[] = {
		{ "\"hooks\":{\"poststart\":[{\"path\":\"/x\",\"timeout\":0}]}",
			"config.json:2:46: hooks.poststart[0].timeout: must be a whole number from 1 to 2147483647, not 0" },
		{ "\"hooks\":{\"poststart\":[{\"path\":\"/x\",\"timeout\":-1}]}",
			"config.json:2:46: hooks.poststart[0].timeout: must be a whole number from 1 to 2147483647, not -1" },
		{ "\"hooks\":{\"poststart\":[{\"path\":\"/x\",\"timeout\":1.5}]}",
			"config.json:2:46: hooks.poststart[0].timeout: must be a whole number from 1 to 2147483647, not 1.5" },
		{ "\"hooks\":{\"poststart\":[{\"path\":\"/x\",\"timeout\":10}]}", "" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(hook_17_unknown_hooks_are_ignored)
{
	static const struct oci_row rows[] = {
		{ "\"hooks\":{\"frobnicate\":[{\"path\":1}]}",
			"warning: config.json:2:23: hooks.frobnicate: unknown field" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "oci_rows.h"

TEST(dcg_02_allow_is_required)
{
	static const struct oci_row rows[] = {
		{ "\"devices\":[{}]",
			"resources.json:2:12: devices[0].allow: is missing, must be true or false" },
		{ "\"devices\":[{\"allow\":false}]", "" },
		{ "\"devices\":[{\"allow\":1}]",
			"resources.json:2:21: devices[0].allow: must be a boolean, not 1" },
		{ "\"devices\":[7]", "resources.json:2:12: devices[0]: must be an object, not 7" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(dcg_03_types)
{
	static const struct oci_row rows[] = {
		{ "\"devices\":[{\"allow\":true,\"type\":\"a\"}]", "" },
		{ "\"devices\":[{\"allow\":true,\"type\":\"q\"}]",
			"resources.json:2:33: devices[0].type: unknown device type \"q\", must be a, b or c" },
		{ "\"devices\":[{\"allow\":true,\"type\":\"cb\"}]",
			"resources.json:2:33: devices[0].type: unknown device type \"cb\", must be a, b or c" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(dcg_04_numbers)
{
	static const struct oci_row rows[] = {
		{ "\"devices\":[{\"allow\":true,\"type\":\"c\",\"major\":-1,\"minor\":-1}]", "" },
		{ "\"devices\":[{\"allow\":true,\"type\":\"c\",\"major\":-2,\"minor\":4294967296}]",
			"resources.json:2:45: devices[0].major: must be a whole number from -1 to 4294967295, not -2\n"
			"resources.json:2:56: devices[0].minor: must be a whole number from -1 to 4294967295, not 4294967296" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(dcg_05_access)
{
	static const struct oci_row rows[] = {
		{ "\"devices\":[{\"allow\":true,\"access\":\"mrw\"}]", "" },
		{ "\"devices\":[{\"allow\":true,\"access\":\"xyz\"}]",
			"resources.json:2:35: devices[0].access: must be made of r, w and m, not \"xyz\"" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_04_memory_limits)
{
	static const struct oci_row rows[] = {
		{ "\"memory\":{\"limit\":-1,\"reservation\":-1,\"swap\":-1,\"checkBeforeUpdate\":true}",
			"" },
		{ "\"memory\":{\"limit\":-2,\"reservation\":1.5}",
			"resources.json:2:19: memory.limit: must be a whole number from -1 to 9223372036854775807, not -2\n"
			"resources.json:2:36: memory.reservation: must be a whole number from -1 to 9223372036854775807, not 1.5" },
		{ "\"memory\":{\"limit\":\"1\"}",
			"resources.json:2:19: memory.limit: must be a whole number from -1 to 9223372036854775807, not \"1\"" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_06_swap_counts_memory_too)
{
	static const struct oci_row rows[] = {
		{ "\"memory\":{\"limit\":100,\"swap\":100}", "" },
		{ "\"memory\":{\"limit\":100,\"swap\":99}",
			"resources.json:2:30: memory.swap: must be memory and swap together, so at least the limit 100, not 99" },
		{ "\"memory\":{\"swap\":100}", "" },
		{ "\"memory\":{\"limit\":-1,\"swap\":5}", "" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_06_swap_needs_a_limit_at_create)
{
	static const struct oci_row rows[] = {
		{ "\"resources\":{\"memory\":{\"swap\":100}}",
			"config.json:2:31: linux.resources.memory.swap: must not be given without limit, it counts memory and swap together" },
		{ "\"resources\":{\"memory\":{\"swap\":0}}", "" },
		{ "\"resources\":{\"memory\":{\"swap\":-1}}", "" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(cg_10_kernel_memory)
{
	static const struct oci_row rows[] = {
		{ "\"memory\":{\"kernel\":1000000,\"kernelTCP\":1}",
			"resources.json:2:20: memory.kernel: cgroup v2 has no equivalent\n"
			"resources.json:2:40: memory.kernelTCP: cgroup v2 has no equivalent" },
		{ "\"memory\":{\"kernel\":0,\"kernelTCP\":-1}", "" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_11_swappiness)
{
	static const struct oci_row rows[] = {
		{ "\"memory\":{\"swappiness\":50}",
			"resources.json:2:24: memory.swappiness: cgroup v2 has no equivalent" },
		{ "\"memory\":{\"swappiness\":200}",
			"resources.json:2:24: memory.swappiness: must be a whole number from 0 to 100, not 200" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_12_oom_killer)
{
	static const struct oci_row rows[] = {
		{ "\"memory\":{\"disableOOMKiller\":true}",
			"resources.json:2:30: memory.disableOOMKiller: cgroup v2 has no equivalent" },
		{ "\"memory\":{\"disableOOMKiller\":false}", "" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_13_hierarchy)
{
	static const struct oci_row rows[] = {
		{ "\"memory\":{\"useHierarchy\":false}",
			"resources.json:2:26: memory.useHierarchy: cgroup v2 has no equivalent" },
		{ "\"memory\":{\"useHierarchy\":true}", "" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_15_quota_and_period)
{
	static const struct oci_row rows[] = {
		{ "\"cpu\":{\"shares\":1024,\"quota\":20000,\"period\":100000}", "" },
		{ "\"cpu\":{\"quota\":999,\"period\":999}",
			"resources.json:2:16: cpu.quota: must be at least 1000 microseconds, not 999\n"
			"resources.json:2:29: cpu.period: must be from 1000 to 1000000 microseconds, not 999" },
		{ "\"cpu\":{\"period\":1000001}",
			"resources.json:2:17: cpu.period: must be from 1000 to 1000000 microseconds, not 1000001" },
		{ "\"cpu\":{\"quota\":-1,\"period\":0}", "" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_16_burst)
{
	static const struct oci_row rows[] = {
		{ "\"cpu\":{\"quota\":10000,\"burst\":5000}", "" },
		{ "\"cpu\":{\"quota\":10000,\"burst\":10001}",
			"resources.json:2:30: cpu.burst: must be at most the quota 10000, not 10001" },
		{ "\"cpu\":{\"burst\":-1}",
			"resources.json:2:16: cpu.burst: must be a whole number of at least 0, not -1" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_17_idle)
{
	static const struct oci_row rows[] = {
		{ "\"cpu\":{\"idle\":1}", "" },
		{ "\"cpu\":{\"idle\":2}",
			"resources.json:2:15: cpu.idle: must be a whole number from 0 to 1, not 2" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_18_cpusets_are_lists)
{
	static const struct oci_row rows[] = {
		{ "\"cpu\":{\"cpus\":\"0-3\",\"mems\":\"\"}", "" },
		{ "\"cpu\":{\"cpus\":\"a\",\"mems\":\"1-0\"}",
			"resources.json:2:15: cpu.cpus: must be a list such as \"0-3,7\", not \"a\"\n"
			"resources.json:2:26: cpu.mems: must be a list such as \"0-3,7\", not \"1-0\"" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_19_real_time)
{
	static const struct oci_row rows[] = {
		{ "\"cpu\":{\"realtimeRuntime\":9000,\"realtimePeriod\":10000}",
			"resources.json:2:26: cpu.realtimeRuntime: cgroup v2 has no equivalent\n"
			"resources.json:2:48: cpu.realtimePeriod: cgroup v2 has no equivalent" },
		{ "\"cpu\":{\"realtimeRuntime\":0,\"realtimePeriod\":0}", "" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_20_weight_range)
{
	static const struct oci_row rows[] = {
		{ "\"blockIO\":{\"weight\":0}", "" },
		{ "\"blockIO\":{\"weight\":10}", "" },
		{ "\"blockIO\":{\"weight\":9}",
			"resources.json:2:21: blockIO.weight: must be a whole number from 10 to 1000, not 9" },
		{ "\"blockIO\":{\"weight\":1001}",
			"resources.json:2:21: blockIO.weight: must be a whole number from 10 to 1000, not 1001" },
		{ "\"blockIO\":{\"weight\":-1}",
			"resources.json:2:21: blockIO.weight: must be a whole number of at least 0, not -1" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_21_leaf_weight)
{
	static const struct oci_row rows[] = {
		{ "\"blockIO\":{\"leafWeight\":10}",
			"resources.json:2:25: blockIO.leafWeight: cgroup v2 has no equivalent" },
		{ "\"blockIO\":{\"leafWeight\":0}", "" },
		{ "\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"leafWeight\":300}]}",
			"resources.json:2:62: blockIO.weightDevice[0].leafWeight: cgroup v2 has no equivalent" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_22_weight_of_devices)
{
	static const struct oci_row rows[] = {
		{ "\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":500}]}", "" },
		{ "\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0}]}",
			"resources.json:2:28: blockIO.weightDevice[0].weight: is missing, must be a number from 10 to 1000" },
		{ "\"blockIO\":{\"weightDevice\":[{\"weight\":500}]}",
			"resources.json:2:28: blockIO.weightDevice[0].major: is missing, must be a device number\n"
			"resources.json:2:28: blockIO.weightDevice[0].minor: is missing, must be a device number" },
		{ "\"blockIO\":{\"weightDevice\":7}",
			"resources.json:2:27: blockIO.weightDevice: must be an array, not 7" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_23_throttles)
{
	static const struct oci_row rows[] = {
		{ "\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":600}],\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":16,\"rate\":0}]}",
			"" },
		{ "\"blockIO\":{\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":0}]}",
			"resources.json:2:38: blockIO.throttleWriteBpsDevice[0].rate: is missing, must be a number" },
		{ "\"blockIO\":{\"throttleReadIOPSDevice\":{}}",
			"resources.json:2:37: blockIO.throttleReadIOPSDevice: must be an array, not an object" },
		{ "\"blockIO\":{\"throttleReadIopsDevice\":[]}",
			"warning: resources.json:2:37: blockIO.throttleReadIopsDevice: unknown field" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_24_huge_pages)
{
	static const struct oci_row rows[] = {
		{ "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":9223372036854772000}]", "" },
		{ "\"hugepageLimits\":[{\"pageSize\":\"64kB\",\"limit\":1}]",
			"resources.json:2:31: hugepageLimits[0].pageSize: must be a size such as \"2MB\", not \"64kB\"" },
		{ "\"hugepageLimits\":[{\"pageSize\":\"02MB\",\"limit\":1}]",
			"resources.json:2:31: hugepageLimits[0].pageSize: must be a size such as \"2MB\", not \"02MB\"" },
		{ "\"hugepageLimits\":[{\"pageSize\":\"2M\",\"limit\":1}]",
			"resources.json:2:31: hugepageLimits[0].pageSize: must be a size such as \"2MB\", not \"2M\"" },
		{ "\"hugepageLimits\":[{\"pageSize\":\"1GB\"}]",
			"resources.json:2:19: hugepageLimits[0].limit: is missing, must be a number of bytes" },
		{ "\"hugepageLimits\":[{\"limit\":1}]",
			"resources.json:2:19: hugepageLimits[0].pageSize: is missing, must be a size such as \"2MB\"" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_25_pids)
{
	static const struct oci_row rows[] = {
		{ "\"pids\":{\"limit\":0}", "" },
		{ "\"pids\":{\"limit\":-1}", "" },
		{ "\"pids\":{\"limit\":-2}",
			"resources.json:2:17: pids.limit: must be a whole number from -1 to 9223372036854775807, not -2" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_33_network_classes)
{
	static const struct oci_row rows[] = {
		{ "\"network\":{\"classID\":1048577,\"priorities\":[{\"name\":\"eth0\",\"priority\":500}]}",
			"resources.json:2:22: network.classID: cgroup v2 has no equivalent\n"
			"resources.json:2:43: network.priorities: cgroup v2 has no equivalent" },
		{ "\"network\":{\"classID\":0,\"priorities\":[]}", "" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_34_rdma)
{
	static const struct oci_row rows[] = {
		{ "\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":10000},\"rxe3\":{\"hcaObjects\":0}}",
			"" },
		{ "\"rdma\":{\"mlx5_1\":{}}",
			"resources.json:2:18: rdma.mlx5_1: must have hcaHandles or hcaObjects" },
		{ "\"rdma\":{\"mlx5_1\":{\"hcaHandles\":\"3\"}}",
			"resources.json:2:32: rdma.mlx5_1.hcaHandles: must be a whole number from 0 to 4294967295, not \"3\"" },
		{ "\"rdma\":{\"a b\":{\"hcaHandles\":4294967296}}",
			"resources.json:2:15: rdma[\"a b\"]: must have the name of a device, without blanks\n"
			"resources.json:2:29: rdma[\"a b\"].hcaHandles: must be a whole number from 0 to 4294967295, not 4294967296" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_35_unified_values_are_strings)
{
	static const struct oci_row rows[] = {
		{ "\"unified\":{\"memory.high\":\"1\"}", "" },
		{ "\"unified\":{\"memory.high\":1}",
			"resources.json:2:26: unified[\"memory.high\"]: must be a string, not 1" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_36_unified_names_are_file_names)
{
	static const struct oci_row rows[] = {
		{ "\"unified\":{\"../cgroup.procs\":\"1\"}",
			"resources.json:2:30: unified[\"../cgroup.procs\"]: must have the name of a cgroup file such as \"memory.high\"" },
		{ "\"unified\":{\"..\":\"1\"}",
			"resources.json:2:17: unified[\"..\"]: must have the name of a cgroup file such as \"memory.high\"" },
		{ "\"unified\":{\".\":\"1\"}",
			"resources.json:2:16: unified[\".\"]: must have the name of a cgroup file such as \"memory.high\"" },
		{ "\"unified\":{\"foo\":\"1\"}",
			"resources.json:2:18: unified.foo: must have the name of a cgroup file such as \"memory.high\"" },
		{ "\"unified\":{\"a/b.c\":\"1\"}",
			"resources.json:2:20: unified[\"a/b.c\"]: must have the name of a cgroup file such as \"memory.high\"" },
		{ "\"unified\":{\"\":\"1\"}",
			"resources.json:2:15: unified[\"\"]: must have the name of a cgroup file such as \"memory.high\"" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_35_unified_files_are_settings)
{
	static const struct oci_row rows[] = {
		{ "\"unified\":{\"cgroup.procs\":\"1\"}",
			"resources.json:2:27: unified[\"cgroup.procs\"]: must be a setting: what is written to \"cgroup.procs\" acts on processes" },
		{ "\"unified\":{\"cgroup.threads\":\"1\"}",
			"resources.json:2:29: unified[\"cgroup.threads\"]: must be a setting: what is written to \"cgroup.threads\" acts on processes" },
		{ "\"unified\":{\"cgroup.kill\":\"1\"}",
			"resources.json:2:26: unified[\"cgroup.kill\"]: must be a setting: what is written to \"cgroup.kill\" acts on processes" },
		{ "\"unified\":{\"cgroup.freeze\":\"1\"}",
			"resources.json:2:28: unified[\"cgroup.freeze\"]: must be a setting: what is written to \"cgroup.freeze\" acts on processes" },
		{ "\"unified\":{\"cgroup.subtree_control\":\"+pids\"}",
			"resources.json:2:37: unified[\"cgroup.subtree_control\"]: must be a setting: what is written to \"cgroup.subtree_control\" acts on processes" },
		{ "\"unified\":{\"cgroup.max.depth\":\"1\",\"cgroup.pressure\":\"0\"}", "" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

TEST(cg_39_empty_objects_ask_for_nothing)
{
	static const struct oci_row rows[] = {
		{ "\"memory\":{},\"cpu\":{},\"pids\":{},\"blockIO\":{},\"network\":{},\"rdma\":{},\"unified\":{},\"hugepageLimits\":[],\"devices\":[]",
			"" },
		{ "\"memory\":{\"limit\":0,\"reservation\":0,\"kernel\":0},\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0},\"blockIO\":{\"weight\":0}",
			"" },
	};

	CHECK_ROWS(PART_RESOURCES, rows);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "oci_rows.h"

TEST(proc_01_process_is_an_object)
{
	static const struct oci_row rows[] = {
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{}}",
			"config.json:1:53: process.args: is missing, must be an array with the program and its arguments\n"
			"config.json:1:53: process.cwd: is missing, must be an absolute path" },
	};

	CHECK_ROWS(PART_WHOLE, rows);
}

TEST(proc_02_terminal_is_a_boolean)
{
	static const struct oci_row rows[] = {
		{ "\"terminal\":1", "process.json:2:12: terminal: must be a boolean, not 1" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(proc_03_console_size)
{
	static const struct oci_row rows[] = {
		{ "\"terminal\":true,\"consoleSize\":{\"height\":24,\"width\":80}", "" },
		{ "\"terminal\":true,\"consoleSize\":{\"height\":24}",
			"process.json:2:31: consoleSize.width: is missing, must be a number of columns" },
		{ "\"terminal\":true,\"consoleSize\":{\"height\":70000,\"width\":-1}",
			"process.json:2:55: consoleSize.width: must be a whole number from 0 to 4294967295, not -1" },
		{ "\"consoleSize\":{\"height\":70000}", "" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(proc_04_cwd_is_absolute)
{
	static const struct oci_row rows[] = {
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"a\"],\"cwd\":\"tmp\"}}",
			"config.json:2:45: process.cwd: must be an absolute path, not \"tmp\"" },
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"a\"]}}",
			"config.json:1:53: process.cwd: is missing, must be an absolute path" },
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"a\"],\"cwd\":\"\"}}",
			"config.json:2:45: process.cwd: must be an absolute path, not \"\"" },
	};

	CHECK_ROWS(PART_WHOLE, rows);
}

TEST(proc_07_env_is_name_and_value)
{
	static const struct oci_row rows[] = {
		{ "\"env\":[\"A=\",\"B=c=d\",\"A=again\"]", "" },
		{ "\"env\":[\"A\"]",
			"process.json:2:8: env[0]: must be \"NAME=value\", not \"A\"" },
		{ "\"env\":[\"=x\"]",
			"process.json:2:8: env[0]: must be \"NAME=value\", not \"=x\"" },
		{ "\"env\":[\"\",\"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv\"]",
			"process.json:2:8: env[0]: must be \"NAME=value\", not \"\"\n"
			"process.json:2:11: env[1]: must be \"NAME=value\", not \"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv...\"" },
		{ "\"env\":{}", "process.json:2:7: env: must be an array, not an object" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(proc_08_args_has_the_program)
{
	static const struct oci_row rows[] = {
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\"}}",
			"config.json:1:53: process.args: is missing, must be an array with the program and its arguments" },
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\",\"args\":[]}}",
			"config.json:2:43: process.args: must have at least one entry, the program" },
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\",\"args\":[\"\",\"x\"]}}",
			"" },
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\",\"args\":[\"x\",\"\"]}}",
			"" },
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\",\"args\":[1]}}",
			"config.json:2:44: process.args[0]: must be a string, not 1" },
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\",\"Args\":[\"x\"]}}",
			"config.json:1:53: process.args: is missing, must be an array with the program and its arguments" },
	};

	CHECK_ROWS(PART_WHOLE, rows);
}

TEST(proc_13_no_new_privileges_is_a_boolean)
{
	static const struct oci_row rows[] = {
		{ "\"noNewPrivileges\":\"true\"",
			"process.json:2:19: noNewPrivileges: must be a boolean, not \"true\"" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(proc_14_oom_score_adj_range)
{
	static const struct oci_row rows[] = {
		{ "\"oomScoreAdj\":-1000", "" },
		{ "\"oomScoreAdj\":1001",
			"process.json:2:15: oomScoreAdj: must be a whole number from -1000 to 1000, not 1001" },
		{ "\"oomScoreAdj\":0.0",
			"process.json:2:15: oomScoreAdj: must be a whole number from -1000 to 1000, not 0.0" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(proc_17_ids)
{
	static const struct oci_row rows[] = {
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"args\":[\"a\"],\"cwd\":\"/\"}}",
			"" },
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"args\":[\"a\"],\"cwd\":\"/\",\"user\":{}}}",
			"" },
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"args\":[\"a\"],\"cwd\":\"/\",\"user\":{\"uid\":4294967295,\"gid\":4294967296}}}",
			"config.json:2:38: process.user.uid: must be a whole number from 0 to 4294967294, not 4294967295\n"
			"config.json:2:55: process.user.gid: must be a whole number from 0 to 4294967294, not 4294967296" },
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"args\":[\"a\"],\"cwd\":\"/\",\"user\":{\"uid\":\"0\",\"gid\":-1}}}",
			"config.json:2:38: process.user.uid: must be a whole number from 0 to 4294967294, not \"0\"\n"
			"config.json:2:48: process.user.gid: must be a whole number from 0 to 4294967294, not -1" },
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"args\":[\"a\"],\"cwd\":\"/\",\"user\":{\"uid\":0.0,\"gid\":1e3}}}",
			"config.json:2:38: process.user.uid: must be a whole number from 0 to 4294967294, not 0.0\n"
			"config.json:2:48: process.user.gid: must be a whole number from 0 to 4294967294, not 1e3" },
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"args\":[\"a\"],\"cwd\":\"/\",\"user\":{\"uid\":4294967294,\"gid\":1,\"additionalGids\":[1,4294967295],\"username\":\"x\"},\"commandLine\":\"x\"}}",
			"config.json:2:77: process.user.additionalGids[1]: must be a whole number from 0 to 4294967294, not 4294967295" },
	};

	CHECK_ROWS(PART_WHOLE, rows);
}

TEST(proc_18_umask_range)
{
	static const struct oci_row rows[] = {
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"args\":[\"a\"],\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0,\"umask\":511}}}",
			"" },
		{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\n\"args\":[\"a\"],\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0,\"umask\":512}}}",
			"" },
	};

	CHECK_ROWS(PART_WHOLE, rows);
}

TEST(proc_21_io_priority)
{
	static const struct oci_row rows[] = {
		{ "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":7}", "" },
		{ "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_IDLE\"}", "" },
		{ "\"ioPriority\":{\"class\":\"BOGUS\",\"priority\":8}",
			"process.json:2:23: ioPriority.class: unknown I/O class \"BOGUS\", must be IOPRIO_CLASS_RT, IOPRIO_CLASS_BE or IOPRIO_CLASS_IDLE\n"
			"process.json:2:42: ioPriority.priority: must be a whole number from 0 to 7, not 8" },
		{ "\"ioPriority\":{\"priority\":1}",
			"process.json:2:14: ioPriority.class: is missing, must be a class such as \"IOPRIO_CLASS_BE\"" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(proc_22_scheduling_policy)
{
	static const struct oci_row rows[] = {
		{ "\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"nice\":5}", "" },
		{ "\"scheduler\":{\"policy\":\"SCHED_ISO\"}",
			"process.json:2:23: scheduler.policy: unknown scheduling policy \"SCHED_ISO\", must be SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE or SCHED_DEADLINE; did you mean \"SCHED_FIFO\"?" },
		{ "\"scheduler\":{\"nice\":1}",
			"process.json:2:13: scheduler.policy: is missing, must be a scheduling policy such as \"SCHED_BATCH\"" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(proc_23_nice_range)
{
	static const struct oci_row rows[] = {
		{ "\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"nice\":-20}", "" },
		{ "\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"nice\":20}",
			"process.json:2:44: scheduler.nice: must be a whole number from -20 to 19, not 20" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(proc_24_priority_fits_the_policy)
{
	static const struct oci_row rows[] = {
		{ "\"scheduler\":{\"policy\":\"SCHED_FIFO\",\"priority\":99}", "" },
		{ "\"scheduler\":{\"policy\":\"SCHED_RR\",\"priority\":0}",
			"process.json:2:45: scheduler.priority: must be a whole number from 1 to 99, not 0" },
		{ "\"scheduler\":{\"policy\":\"SCHED_FIFO\"}",
			"process.json:2:13: scheduler.priority: is missing, must be a number from 1 to 99" },
		{ "\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"priority\":5}",
			"process.json:2:48: scheduler.priority: must be 0 for SCHED_OTHER, not 5" },
		{ "\"scheduler\":{\"policy\":\"SCHED_IDLE\",\"priority\":0}", "" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(proc_25_scheduling_flags)
{
	static const struct oci_row rows[] = {
		{ "\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\"]}",
			"" },
		{ "\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"flags\":[\"BOGUS\",1]}",
			"process.json:2:46: scheduler.flags[0]: unknown scheduling flag \"BOGUS\", must be SCHED_FLAG_RESET_ON_FORK, SCHED_FLAG_RECLAIM, SCHED_FLAG_DL_OVERRUN, SCHED_FLAG_KEEP_POLICY, SCHED_FLAG_KEEP_PARAMS, SCHED_FLAG_UTIL_CLAMP_MIN or SCHED_FLAG_UTIL_CLAMP_MAX\n"
			"process.json:2:54: scheduler.flags[1]: must be a string, not 1" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(proc_26_deadline)
{
	static const struct oci_row rows[] = {
		{ "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1000000,\"deadline\":10000000,\"period\":10000000}",
			"" },
		{ "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1000000,\"deadline\":10000000}",
			"" },
		{ "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\"}",
			"process.json:2:13: scheduler: must have a runtime of at least 1024 ns, not 0" },
		{ "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":2048,\"deadline\":2047}",
			"process.json:2:13: scheduler: must not have a runtime (2048) above the deadline (2047)" },
		{ "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":2048,\"deadline\":3000,\"period\":2999}",
			"process.json:2:13: scheduler: must not have a deadline (3000) above the period (2999)" },
		{ "\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"runtime\":1000000}",
			"process.json:2:13: scheduler: must not have runtime, deadline or period without SCHED_DEADLINE" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(proc_27_affinity_is_a_list)
{
	static const struct oci_row rows[] = {
		{ "\"execCPUAffinity\":{\"initial\":\"\"}", "" },
		{ "\"execCPUAffinity\":{\"initial\":\"0\"}", "" },
		{ "\"execCPUAffinity\":{\"initial\":\"0-3,7\"}", "" },
		{ "\"execCPUAffinity\":{\"initial\":\" 0-3 , 7,\"}", "" },
		{ "\"execCPUAffinity\":{\"initial\":\"0-31:1/2\"}", "" },
		{ "\"execCPUAffinity\":{\"initial\":\"x-y\"}",
			"process.json:2:30: execCPUAffinity.initial: must be a list such as \"0-3,7\", not \"x-y\"" },
		{ "\"execCPUAffinity\":{\"initial\":\"3-1\"}",
			"process.json:2:30: execCPUAffinity.initial: must be a list such as \"0-3,7\", not \"3-1\"" },
		{ "\"execCPUAffinity\":{\"initial\":\"1-\"}",
			"process.json:2:30: execCPUAffinity.initial: must be a list such as \"0-3,7\", not \"1-\"" },
		{ "\"execCPUAffinity\":{\"initial\":\"-1\"}",
			"process.json:2:30: execCPUAffinity.initial: must be a list such as \"0-3,7\", not \"-1\"" },
		{ "\"execCPUAffinity\":{\"initial\":\"0-31:2/1\"}",
			"process.json:2:30: execCPUAffinity.initial: must be a list such as \"0-3,7\", not \"0-31:2/1\"" },
		{ "\"execCPUAffinity\":{\"initial\":\"99999999999\"}",
			"process.json:2:30: execCPUAffinity.initial: must be a list such as \"0-3,7\", not \"99999999999\"" },
		{ "\"execCPUAffinity\":{\"final\":1}",
			"process.json:2:28: execCPUAffinity.final: must be a string, not 1" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(proc_28_personality)
{
	static const struct oci_row rows[] = {
		{ "\"personality\":{\"domain\":\"LINUX32\"}", "" },
		{ "\"personality\":{\"domain\":\"BSD\"}",
			"config.json:2:25: linux.personality.domain: unknown domain \"BSD\", must be LINUX or LINUX32" },
		{ "\"personality\":{}",
			"config.json:2:15: linux.personality.domain: is missing, must be LINUX or LINUX32" },
		{ "\"personality\":{\"domain\":\"LINUX\",\"flags\":[]}", "" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(proc_29_personality_has_no_flags)
{
	static const struct oci_row rows[] = {
		{ "\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}",
			"config.json:2:41: linux.personality.flags: must be empty, the specification knows no flag" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(cap_01_sets_are_arrays)
{
	static const struct oci_row rows[] = {
		{ "\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_BOGUS\",\"cap_kill\"],\"ambient\":[]}",
			"" },
		{ "\"capabilities\":{\"effective\":\"CAP_KILL\"}",
			"process.json:2:29: capabilities.effective: must be an array, not \"CAP_KILL\"" },
		{ "\"capabilities\":[]",
			"process.json:2:16: capabilities: must be an object, not an array" },
		{ "\"capabilities\":{\"permitted\":[1]}",
			"process.json:2:30: capabilities.permitted[0]: must be a string, not 1" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(rlim_01_names)
{
	static const struct oci_row rows[] = {
		{ "\"rlimits\":[{\"type\":\"RLIMIT_BOGUS\",\"soft\":1,\"hard\":1}]",
			"process.json:2:20: rlimits[0].type: unknown limit \"RLIMIT_BOGUS\", must be RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_LOCKS, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_RSS, RLIMIT_RTPRIO, RLIMIT_RTTIME, RLIMIT_SIGPENDING or RLIMIT_STACK" },
		{ "\"rlimits\":[{\"type\":\"nofile\",\"soft\":1,\"hard\":1}]",
			"process.json:2:20: rlimits[0].type: unknown limit \"nofile\", must be RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_LOCKS, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_RSS, RLIMIT_RTPRIO, RLIMIT_RTTIME, RLIMIT_SIGPENDING or RLIMIT_STACK; did you mean \"RLIMIT_NOFILE\"?" },
		{ "\"rlimits\":[{\"soft\":1,\"hard\":1}]",
			"process.json:2:12: rlimits[0].type: is missing, must be the name of a limit such as \"RLIMIT_NOFILE\"" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(rlim_02_duplicates_are_refused)
{
	static const struct oci_row rows[] = {
		{ "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":10,\"hard\":20},{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":0},{\"type\":\"RLIMIT_NOFILE\",\"soft\":10,\"hard\":20}]",
			"process.json:2:98: rlimits[2]: sets RLIMIT_NOFILE, which entry 0 sets already" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

TEST(rlim_03_values)
{
	static const struct oci_row rows[] = {
		{ "\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":9223372036854775808,\"hard\":18446744073709551615}]",
			"" },
		{ "\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":2,\"hard\":1}]",
			"process.json:2:12: rlimits[0]: must not have a soft limit (2) above the hard limit (1)" },
		{ "\"rlimits\":[{\"type\":\"RLIMIT_CORE\"}]",
			"process.json:2:12: rlimits[0].soft: is missing, must be a number\n"
			"process.json:2:12: rlimits[0].hard: is missing, must be a number" },
		{ "\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":-1,\"hard\":18446744073709551616}]",
			"process.json:2:41: rlimits[0].soft: must be a whole number of at least 0, not -1\n"
			"process.json:2:51: rlimits[0].hard: must be a whole number of at least 0, not 18446744073709551616" },
		{ "\"rlimits\":[7]", "process.json:2:12: rlimits[0]: must be an object, not 7" },
	};

	CHECK_ROWS(PART_PROCESS, rows);
}

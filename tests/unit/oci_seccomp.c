/* SPDX-License-Identifier: Apache-2.0 */
#include "oci_rows.h"

TEST(sec_01_default_action)
{
	static const struct oci_row rows[] = {
		{ "", "config.json:1:67: linux.seccomp.defaultAction: is missing, must be an action such as \"SCMP_ACT_ERRNO\"" },
		{ "\"defaultAction\":\"BOGUS\"",
			"config.json:2:17: linux.seccomp.defaultAction: unknown action \"BOGUS\", must be SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, SCMP_ACT_KILL, SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD, SCMP_ACT_LOG, SCMP_ACT_NOTIFY, SCMP_ACT_TRACE or SCMP_ACT_TRAP" },
		{ "\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\"", "" },
	};

	CHECK_ROWS(PART_SECCOMP, rows);
}

TEST(sec_02_default_errno)
{
	static const struct oci_row rows[] = {
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1",
			"config.json:2:52: linux.seccomp.defaultErrnoRet: must not be given for SCMP_ACT_ALLOW, which returns no errno" },
		{ "\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38", "" },
		{ "\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096",
			"config.json:2:52: linux.seccomp.defaultErrnoRet: must be a whole number from 0 to 4095, not 4096" },
		{ "\"defaultAction\":\"SCMP_ACT_TRACE\",\"defaultErrnoRet\":4096", "" },
	};

	CHECK_ROWS(PART_SECCOMP, rows);
}

TEST(sec_03_architectures)
{
	static const struct oci_row rows[] = {
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_SHEB\"]",
			"" },
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"BOGUS\"]",
			"config.json:2:51: linux.seccomp.architectures[0]: unknown architecture \"BOGUS\", must be SCMP_ARCH_AARCH64, SCMP_ARCH_ARM, SCMP_ARCH_LOONGARCH64, SCMP_ARCH_M68K, SCMP_ARCH_MIPS, SCMP_ARCH_MIPS64, SCMP_ARCH_MIPS64N32, SCMP_ARCH_MIPSEL, SCMP_ARCH_MIPSEL64, SCMP_ARCH_MIPSEL64N32, SCMP_ARCH_PARISC, SCMP_ARCH_PARISC64, SCMP_ARCH_PPC, SCMP_ARCH_PPC64, SCMP_ARCH_PPC64LE, SCMP_ARCH_RISCV64, SCMP_ARCH_S390, SCMP_ARCH_S390X, SCMP_ARCH_SH, SCMP_ARCH_SHEB, SCMP_ARCH_X32, SCMP_ARCH_X86 or SCMP_ARCH_X86_64" },
	};

	CHECK_ROWS(PART_SECCOMP, rows);
}

TEST(sec_04_flags)
{
	static const struct oci_row rows[] = {
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[]", "" },
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\",\"BOGUS\"]",
			"config.json:2:71: linux.seccomp.flags[1]: unknown flag \"BOGUS\", must be SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, SECCOMP_FILTER_FLAG_TSYNC or SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" },
	};

	CHECK_ROWS(PART_SECCOMP, rows);
}

TEST(sec_06_names)
{
	static const struct oci_row rows[] = {
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_ERRNO\"}]",
			"config.json:2:55: linux.seccomp.syscalls[0].names: must have at least one entry, a system call" },
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"action\":\"SCMP_ACT_ERRNO\"}]",
			"config.json:2:46: linux.seccomp.syscalls[0].names: is missing, must be an array of system calls" },
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"\"],\"action\":\"SCMP_ACT_ERRNO\"}]",
			"config.json:2:56: linux.seccomp.syscalls[0].names[0]: must not be empty" },
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"no_such_call\"],\"action\":\"SCMP_ACT_ERRNO\"}]",
			"" },
	};

	CHECK_ROWS(PART_SECCOMP, rows);
}

TEST(sec_07_action)
{
	static const struct oci_row rows[] = {
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"]}]",
			"config.json:2:46: linux.seccomp.syscalls[0].action: is missing, must be an action such as \"SCMP_ACT_ERRNO\"" },
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"BOGUS\"}]",
			"config.json:2:73: linux.seccomp.syscalls[0].action: unknown action \"BOGUS\", must be SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, SCMP_ACT_KILL, SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD, SCMP_ACT_LOG, SCMP_ACT_NOTIFY, SCMP_ACT_TRACE or SCMP_ACT_TRAP" },
	};

	CHECK_ROWS(PART_SECCOMP, rows);
}

TEST(sec_08_errno)
{
	static const struct oci_row rows[] = {
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_LOG\",\"errnoRet\":1}]",
			"config.json:2:99: linux.seccomp.syscalls[0].errnoRet: must not be given for SCMP_ACT_LOG, which returns no errno" },
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":\"EPERM\"}]",
			"config.json:2:101: linux.seccomp.syscalls[0].errnoRet: must be a whole number from 0 to 4095, not \"EPERM\"" },
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":0}]",
			"" },
	};

	CHECK_ROWS(PART_SECCOMP, rows);
}

TEST(sec_09_arguments)
{
	static const struct oci_row rows[] = {
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":5,\"value\":18446744073709551615,\"valueTwo\":1,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]",
			"" },
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":6,\"value\":1,\"op\":\"BOGUS\"}]}]",
			"config.json:2:107: linux.seccomp.syscalls[0].args[0].index: must be a whole number from 0 to 5, not 6\n"
			"config.json:2:124: linux.seccomp.syscalls[0].args[0].op: unknown operator \"BOGUS\", must be SCMP_CMP_EQ, SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_LE, SCMP_CMP_LT, SCMP_CMP_MASKED_EQ or SCMP_CMP_NE" },
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{}]}]",
			"config.json:2:98: linux.seccomp.syscalls[0].args[0].index: is missing, must be the number of an argument\n"
			"config.json:2:98: linux.seccomp.syscalls[0].args[0].value: is missing, must be a number\n"
			"config.json:2:98: linux.seccomp.syscalls[0].args[0].op: is missing, must be an operator such as \"SCMP_CMP_EQ\"" },
	};

	CHECK_ROWS(PART_SECCOMP, rows);
}

TEST(sec_12_notify_needs_a_listener)
{
	static const struct oci_row rows[] = {
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_NOTIFY\"}]",
			"config.json:2:73: linux.seccomp.syscalls[0].action: must not be SCMP_ACT_NOTIFY without listenerPath" },
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"sendmsg\"],\"action\":\"SCMP_ACT_NOTIFY\"}],\"listenerPath\":\"/s\"",
			"" },
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"s\"",
			"config.json:2:49: linux.seccomp.listenerPath: must be an absolute path, not \"s\"" },
	};

	CHECK_ROWS(PART_SECCOMP, rows);
}

TEST(sec_13_listener_without_notify)
{
	static const struct oci_row rows[] = {
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/s\",\"listenerMetadata\":\"m\"",
			"" },
	};

	CHECK_ROWS(PART_SECCOMP, rows);
}

TEST(sec_14_metadata_needs_a_listener)
{
	static const struct oci_row rows[] = {
		{ "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"m\"",
			"config.json:2:53: linux.seccomp.listenerMetadata: must not be given without listenerPath" },
	};

	CHECK_ROWS(PART_SECCOMP, rows);
}

TEST(sec_16_default_action_may_notify)
{
	static const struct oci_row rows[] = {
		{ "\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"/s\"", "" },
		{ "\"defaultAction\":\"SCMP_ACT_NOTIFY\"",
			"config.json:2:17: linux.seccomp.defaultAction: must not be SCMP_ACT_NOTIFY without listenerPath" },
	};

	CHECK_ROWS(PART_SECCOMP, rows);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "oci_rows.h"

TEST(ns_01_types)
{
	static const struct oci_row rows[] = {
		{ "\"namespaces\":[{\"type\":\"pidd\"}]",
			"config.json:2:23: linux.namespaces[0].type: unknown namespace \"pidd\", must be cgroup, ipc, mount, network, pid, time, user or uts; did you mean \"pid\"?" },
		{ "\"namespaces\":[{}]",
			"config.json:2:15: linux.namespaces[0].type: is missing, must be a namespace such as \"pid\"" },
		{ "\"namespaces\":[\"pid\"]",
			"config.json:2:15: linux.namespaces[0]: must be an object, not \"pid\"" },
		{ "\"namespaces\":{\"type\":\"pid\"}",
			"config.json:2:14: linux.namespaces: must be an array, not an object" },
		{ "\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"mount\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"cgroup\"},{\"type\":\"time\"},{\"type\":\"pid\"}]",
			"config.json:2:130: linux.namespaces[7]: is \"pid\", as entry 0 is already" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(ns_02_duplicates_are_refused)
{
	static const struct oci_row rows[] = {
		{ "\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"uts\"},{\"type\":\"pid\",\"path\":\"/x\"}]",
			"config.json:2:45: linux.namespaces[2]: is \"pid\", as entry 0 is already" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(ns_03_path_is_absolute)
{
	static const struct oci_row rows[] = {
		{ "\"namespaces\":[{\"type\":\"pid\",\"path\":\"proc/1/ns/pid\"}]",
			"config.json:2:36: linux.namespaces[0].path: must be an absolute path, not \"proc/1/ns/pid\"" },
		{ "\"namespaces\":[{\"type\":\"pid\",\"path\":\"\"}]", "" },
		{ "\"namespaces\":[{\"type\":\"pid\",\"path\":\"/proc/1/ns/pid\"}]", "" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(uns_01_maps)
{
	static const struct oci_row rows[] = {
		{ "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}]",
			"" },
		{ "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":0}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}]",
			"config.json:2:85: linux.uidMappings[0].size: must be a whole number from 1 to 4294967295, not 0" },
		{ "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":1}],\"gidMappings\":[{\"size\":1}]",
			"config.json:2:47: linux.uidMappings[0].size: is missing, must be the number of ids\n"
			"config.json:2:92: linux.gidMappings[0].containerID: is missing, must be an id\n"
			"config.json:2:92: linux.gidMappings[0].hostID: is missing, must be an id" },
		{ "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":4294967290,\"size\":6}],\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]",
			"config.json:2:47: linux.uidMappings[0]: maps ids beyond 4294967294, the last one there is" },
		{ "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":4294967290,\"size\":5}],\"gidMappings\":[{\"containerID\":4294967294,\"hostID\":4294967294,\"size\":1},{\"containerID\":0,\"hostID\":0,\"size\":1}]",
			"" },
		{ "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":1,\"hostID\":1,\"size\":9}],\"gidMappings\":[{\"containerID\":1000,\"hostID\":0,\"size\":1}]",
			"config.json:2:46: linux.uidMappings: must map user 0 of the container, who makes its mounts\n"
			"config.json:2:100: linux.gidMappings: must map group 0 of the container, which its mounts belong to" },
		{ "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":4294967295,\"size\":1}],\"gidMappings\":[{\"containerID\":1,\"hostID\":0,\"size\":4294967295}]",
			"config.json:2:73: linux.uidMappings[0].hostID: must be a whole number from 0 to 4294967294, not 4294967295\n"
			"config.json:2:109: linux.gidMappings: must map group 0 of the container, which its mounts belong to\n"
			"config.json:2:110: linux.gidMappings[0]: maps ids beyond 4294967294, the last one there is" },
		{ "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":10},{\"containerID\":9,\"hostID\":20,\"size\":5}],\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":10},{\"containerID\":10,\"hostID\":9,\"size\":1}]",
			"config.json:2:86: linux.uidMappings[1]: overlaps with entry 0 inside the container\n"
			"config.json:2:180: linux.gidMappings[1]: overlaps with entry 0 on the host" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(uns_01_maps_have_a_limit)
{
	static const struct oci_row rows[] = {
		{ "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1},{\"containerID\":1,\"hostID\":1,\"size\":1},{\"containerID\":2,\"hostID\":2,\"size\":1}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}]",
			"" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(uns_02_maps_without_a_namespace_are_ignored)
{
	static const struct oci_row rows[] = {
		{ "\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}]",
			"warning: config.json:2:15: linux.uidMappings: is ignored, there is no namespace \"user\" to map for\n"
			"warning: config.json:2:73: linux.gidMappings: is ignored, there is no namespace \"user\" to map for" },
		{ "\"uidMappings\":[],\"gidMappings\":[]", "" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(uns_03_a_new_namespace_needs_both_maps)
{
	static const struct oci_row rows[] = {
		/* whether it needs any depends on the caller, who is not known here */
		{ "\"namespaces\":[{\"type\":\"user\"}]", "" },
		{ "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}]",
			"config.json:1:56: linux.gidMappings: is missing, must be maps for the new user namespace" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(uns_05_maps_of_a_joined_namespace)
{
	static const struct oci_row rows[] = {
		{ "\"namespaces\":[{\"type\":\"user\",\"path\":\"/proc/1/ns/user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}]",
			"" },
		{ "\"namespaces\":[{\"type\":\"user\",\"path\":\"/proc/1/ns/user\"}]", "" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(time_01_clocks)
{
	static const struct oci_row rows[] = {
		{ "\"timeOffsets\":{\"monotonic\":{\"secs\":-5,\"nanosecs\":999999999},\"boottime\":{\"secs\":5}}",
			"" },
		{ "\"timeOffsets\":{\"realtime\":{\"secs\":1}}",
			"config.json:2:27: linux.timeOffsets.realtime: unknown clock, must be monotonic or boottime" },
		{ "\"timeOffsets\":{\"monotonic\":{\"secs\":\"1\",\"nanosecs\":1000000000}}",
			"config.json:2:36: linux.timeOffsets.monotonic.secs: must be a whole number from -9223372036854775808 to 9223372036854775807, not \"1\"\n"
			"config.json:2:51: linux.timeOffsets.monotonic.nanosecs: must be a whole number from 0 to 999999999, not 1000000000" },
		{ "\"timeOffsets\":{\"boottime\":7}",
			"config.json:2:27: linux.timeOffsets.boottime: must be an object, not 7" },
	};

	CHECK_ROWS(PART_LINUX, rows);
}

TEST(time_02_offsets_need_a_new_namespace)
{
	static const struct oci_row rows[] = {
		{ "\"timeOffsets\":{\"monotonic\":{\"secs\":1}}",
			"config.json:2:15: linux.timeOffsets: must not be given without the namespace \"time\"" },
		{ "\"timeOffsets\":{\"monotonic\":{\"secs\":1}},\"namespaces\":[{\"type\":\"time\",\"path\":\"/proc/1/ns/time\"}]",
			"config.json:2:15: linux.timeOffsets: must not be given for a time namespace that is joined (\"/proc/1/ns/time\")" },
		{ "\"timeOffsets\":{}", "" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(dev_01_types)
{
	static const struct oci_row rows[] = {
		{ "\"devices\":[{\"type\":\"z\",\"path\":\"/dev/a\",\"major\":1,\"minor\":3}]",
			"config.json:2:20: linux.devices[0].type: unknown device type \"z\", must be c, b, u or p" },
		{ "\"devices\":[{\"type\":\"cc\",\"path\":\"/dev/a\",\"major\":1,\"minor\":3}]",
			"config.json:2:20: linux.devices[0].type: unknown device type \"cc\", must be c, b, u or p" },
		{ "\"devices\":[{\"type\":\"\",\"path\":\"/dev/a\"}]",
			"config.json:2:20: linux.devices[0].type: unknown device type \"\", must be c, b, u or p" },
		{ "\"devices\":[{\"path\":\"/dev/a\"}]",
			"config.json:2:12: linux.devices[0].type: is missing, must be c, b, u or p" },
		{ "\"devices\":[{\"type\":\"u\",\"path\":\"/dev/a\",\"major\":1,\"minor\":3}]",
			"" },
		{ "\"devices\":[{\"type\":\"p\",\"path\":\"/dev/a\",\"major\":\"x\"}]", "" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(dev_02_path_is_absolute)
{
	static const struct oci_row rows[] = {
		{ "\"devices\":[{\"type\":\"p\"}]",
			"config.json:2:12: linux.devices[0].path: is missing, must be an absolute path" },
		{ "\"devices\":[{\"type\":\"p\",\"path\":\"x\"}]",
			"config.json:2:31: linux.devices[0].path: must be an absolute path, not \"x\"" },
		{ "\"devices\":[{\"type\":\"p\",\"path\":\"\"}]",
			"config.json:2:31: linux.devices[0].path: must be an absolute path, not \"\"" },
		{ "\"devices\":[{\"type\":\"p\",\"path\":\"/.\"}]",
			"config.json:2:31: linux.devices[0].path: must be a path below \"/\"" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(dev_03_numbers_are_required)
{
	static const struct oci_row rows[] = {
		{ "\"devices\":[{\"type\":\"c\",\"path\":\"/dev/a\"}]",
			"config.json:2:12: linux.devices[0].major: is missing, must be a device number\n"
			"config.json:2:12: linux.devices[0].minor: is missing, must be a device number" },
		{ "\"devices\":[{\"type\":\"b\",\"path\":\"/dev/a\",\"major\":4096,\"minor\":1048576}]",
			"config.json:2:48: linux.devices[0].major: must be a whole number from 0 to 4095, not 4096\n"
			"config.json:2:61: linux.devices[0].minor: must be a whole number from 0 to 1048575, not 1048576" },
		{ "\"devices\":[{\"type\":\"b\",\"path\":\"/dev/a\",\"major\":4095,\"minor\":-1}]",
			"config.json:2:61: linux.devices[0].minor: must be a whole number from 0 to 1048575, not -1" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(dev_05_mode_and_owner)
{
	static const struct oci_row rows[] = {
		{ "\"devices\":[{\"type\":\"p\",\"path\":\"/dev/a\",\"fileMode\":416,\"uid\":5,\"gid\":6}]",
			"" },
		{ "\"devices\":[{\"type\":\"p\",\"path\":\"/dev/a\",\"fileMode\":2541}]",
			"warning: config.json:2:51: linux.devices[0].fileMode: should be permission bits up to 511 (0777), not 2541 (04755)" },
		{ "\"devices\":[{\"type\":\"c\",\"path\":\"/dev/a\",\"major\":1,\"minor\":3,\"fileMode\":8612}]",
			"" },
		{ "\"devices\":[{\"type\":\"p\",\"path\":\"/dev/a\",\"fileMode\":4516}]", "" },
		{ "\"devices\":[{\"type\":\"c\",\"path\":\"/dev/a\",\"major\":1,\"minor\":3,\"fileMode\":4096}]",
			"config.json:2:71: linux.devices[0].fileMode: must be permission bits from 0 to 4095 (07777), not 4096 (010000)" },
		{ "\"devices\":[{\"type\":\"p\",\"path\":\"/dev/a\",\"fileMode\":8192}]",
			"config.json:2:51: linux.devices[0].fileMode: must be permission bits from 0 to 4095 (07777), not 8192 (020000)" },
		{ "\"devices\":[{\"type\":\"p\",\"path\":\"/dev/a\",\"uid\":4294967295}]",
			"config.json:2:46: linux.devices[0].uid: must be a whole number from 0 to 4294967294, not 4294967295" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(net_01_devices_need_a_namespace)
{
	static const struct oci_row rows[] = {
		{ "\"netDevices\":{\"eth0\":{}}",
			"config.json:2:14: linux.netDevices: must not be given without the namespace \"network\"" },
		{ "\"netDevices\":{}", "" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(net_02_names)
{
	static const struct oci_row rows[] = {
		{ "\"netDevices\":{\"eth0\":{},\"eth1\":{\"name\":\"lan0\"}}", "" },
		{ "\"netDevices\":{\"eth0\":{\"name\":\"a/b\"}}",
			"config.json:2:30: linux.netDevices.eth0.name: must be the name of an interface (1 to 15 bytes without \"/\", \":\" and blanks, and not \".\" or \"..\"), not \"a/b\"" },
		{ "\"netDevices\":{\"eth0\":{\"name\":\"0123456789abcdef\"}}",
			"config.json:2:30: linux.netDevices.eth0.name: must be the name of an interface (1 to 15 bytes without \"/\", \":\" and blanks, and not \".\" or \"..\"), not \"0123456789abcdef\"" },
		{ "\"netDevices\":{\"eth0\":{\"name\":23}}",
			"config.json:2:30: linux.netDevices.eth0.name: must be a string, not 23" },
		{ "\"netDevices\":{\"a b\":{}}",
			"config.json:2:21: linux.netDevices[\"a b\"]: must have the name of an interface: 1 to 15 bytes without \"/\", \":\" and blanks, and not \".\" or \"..\"" },
		{ "\"netDevices\":{\"eth0\":{\"name\":\"..\"}}",
			"config.json:2:30: linux.netDevices.eth0.name: must be the name of an interface (1 to 15 bytes without \"/\", \":\" and blanks, and not \".\" or \"..\"), not \"..\"" },
		{ "\"netDevices\":{\"eth0\":7}",
			"config.json:2:22: linux.netDevices.eth0: must be an object, not 7" },
	};

	CHECK_ROWS(PART_LINUX, rows);
}

TEST(net_03_new_names_are_different)
{
	static const struct oci_row rows[] = {
		{ "\"netDevices\":{\"eth0\":{\"name\":\"x\"},\"eth1\":{\"name\":\"x\"}}",
			"config.json:2:42: linux.netDevices.eth1: must not be called \"x\" inside, as \"eth0\" is" },
		{ "\"netDevices\":{\"eth0\":{\"name\":\"eth1\"},\"eth1\":{}}",
			"config.json:2:45: linux.netDevices.eth1: must not be called \"eth1\" inside, as \"eth0\" is" },
	};

	CHECK_ROWS(PART_LINUX, rows);
}

TEST(net_04_templates)
{
	static const struct oci_row rows[] = {
		{ "\"netDevices\":{\"eth0\":{\"name\":\"net%d\"},\"eth1\":{\"name\":\"net%d\"}}",
			"" },
		{ "\"netDevices\":{\"eth0\":{\"name\":\"net%s\"}}",
			"config.json:2:30: linux.netDevices.eth0.name: must be the name of an interface (1 to 15 bytes without \"/\", \":\" and blanks, and not \".\" or \"..\"), not \"net%s\"" },
		{ "\"netDevices\":{\"eth%d\":{}}",
			"config.json:2:23: linux.netDevices[\"eth%d\"]: must have the name of an interface: 1 to 15 bytes without \"/\", \":\" and blanks, and not \".\" or \"..\"" },
	};

	CHECK_ROWS(PART_LINUX, rows);
}

TEST(sys_01_keys_and_values)
{
	static const struct oci_row rows[] = {
		{ "\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}", "" },
		{ "\"sysctl\":{\"net/ipv4/conf/eno2.100/forwarding\":\"1\"}", "" },
		{ "\"sysctl\":{\"net.ipv4.a\":1}",
			"config.json:2:24: linux.sysctl[\"net.ipv4.a\"]: must be a string, not 1" },
		{ "\"sysctl\":{\"net.ipv4.a\":\"1\\n2\"}",
			"config.json:2:24: linux.sysctl[\"net.ipv4.a\"]: must be one line, not \"1\\n2\"" },
		{ "\"sysctl\":{\"a+b\":\"1\"}",
			"config.json:2:17: linux.sysctl[\"a+b\"]: must have a name of letters, digits and \"_./-\" without \"..\" and \"//\"" },
		{ "\"sysctl\":{\"\":\"1\"}",
			"config.json:2:14: linux.sysctl[\"\"]: must have a name of letters, digits and \"_./-\" without \"..\" and \"//\"" },
		{ "\"sysctl\":{\"/net.x\":\"1\"}",
			"config.json:2:20: linux.sysctl[\"/net.x\"]: must have a name of letters, digits and \"_./-\" without \"..\" and \"//\"" },
		{ "\"sysctl\":{\"net/../kernel/core_pattern\":\"1\"}",
			"config.json:2:40: linux.sysctl[\"net/../kernel/core_pattern\"]: must have a name of letters, digits and \"_./-\" without \"..\" and \"//\"" },
		{ "\"sysctl\":{\"net.//.kernel.core_pattern\":\"1\"}",
			"config.json:2:40: linux.sysctl[\"net.//.kernel.core_pattern\"]: must have a name of letters, digits and \"_./-\" without \"..\" and \"//\"" },
		{ "\"sysctl\":{\"kernel.core_pattern\":\"1\"}",
			"config.json:2:33: linux.sysctl[\"kernel.core_pattern\"]: must be a setting of a namespace; this one would change the whole host" },
	};

	CHECK_ROWS(PART_LINUX, rows);
}

TEST(sys_02_only_settings_of_namespaces)
{
	static const struct oci_row rows[] = {
		{ "\"sysctl\":{\"vm.swappiness\":\"1\"}",
			"config.json:2:27: linux.sysctl[\"vm.swappiness\"]: must be a setting of a namespace; this one would change the whole host" },
		{ "\"sysctl\":{\"fs.mqueue.msg_max\":\"1\"}", "" },
		{ "\"sysctl\":{\"fs.mqueue\":\"1\"}",
			"config.json:2:23: linux.sysctl[\"fs.mqueue\"]: must be a setting of a namespace; this one would change the whole host" },
		{ "\"sysctl\":{\"fs/mqueue/queues_max\":\"1\"}", "" },
		{ "\"sysctl\":{\"kernel.shm_rmid_forced\":\"1\"}", "" },
		{ "\"sysctl\":{\"kernel.shmmaxx\":\"1\"}",
			"config.json:2:28: linux.sysctl[\"kernel.shmmaxx\"]: must be a setting of a namespace; this one would change the whole host" },
		{ "\"sysctl\":{\"kernel.hostname\":\"1\"}", "" },
		{ "\"sysctl\":{\"user.max_user_namespaces\":\"1\"}",
			"config.json:2:38: linux.sysctl[\"user.max_user_namespaces\"]: must not be given without the namespace \"user\"" },
	};

	CHECK_ROWS(PART_LINUX, rows);
}

TEST(sys_02_settings_need_their_namespace)
{
	static const struct oci_row rows[] = {
		{ "\"sysctl\":{\"net.core.somaxconn\":\"1\"}",
			"config.json:2:32: linux.sysctl[\"net.core.somaxconn\"]: must not be given without the namespace \"network\"" },
		{ "\"sysctl\":{\"kernel.sem\":\"1\"}",
			"config.json:2:24: linux.sysctl[\"kernel.sem\"]: must not be given without the namespace \"ipc\"" },
		{ "\"sysctl\":{\"kernel.domainname\":\"1\"}",
			"config.json:2:31: linux.sysctl[\"kernel.domainname\"]: must not be given without the namespace \"uts\"" },
		{ "\"sysctl\":{\"net.core.somaxconn\":\"1\"},\"namespaces\":[{\"type\":\"network\",\"path\":\"/proc/1/ns/net\"}]",
			"" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(sys_03_host_names_do_not_contradict)
{
	static const struct oci_row rows[] = {
		{ "\"linux\":{\"namespaces\":[{\"type\":\"uts\"}],\"sysctl\":{\"kernel.hostname\":\"a\",\"kernel/domainname\":\"b\"}},\"hostname\":\"a\",\"domainname\":\"b\"",
			"" },
		{ "\"linux\":{\"namespaces\":[{\"type\":\"uts\"}],\"sysctl\":{\"kernel.hostname\":\"x\",\"kernel/domainname\":\"y\"}},\"hostname\":\"a\",\"domainname\":\"b\"",
			"config.json:2:68: linux.sysctl[\"kernel.hostname\"]: must be \"a\", as hostname is, or be left out\n"
			"config.json:2:92: linux.sysctl[\"kernel/domainname\"]: must be \"b\", as domainname is, or be left out" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(path_02_paths_are_absolute)
{
	static const struct oci_row rows[] = {
		{ "\"maskedPaths\":[\"/proc/kcore\",\"proc/kcore\"],\"readonlyPaths\":[\"\",1]",
			"config.json:2:30: linux.maskedPaths[1]: must be an absolute path, not \"proc/kcore\"\n"
			"config.json:2:61: linux.readonlyPaths[0]: must be an absolute path, not \"\"\n"
			"config.json:2:64: linux.readonlyPaths[1]: must be a string, not 1" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(ns_07_masks_work_without_namespaces)
{
	static const struct oci_row rows[] = {
		{ "\"maskedPaths\":[\"/proc/kcore\"],\"readonlyPaths\":[\"/proc/sys\"],\"rootfsPropagation\":\"private\"",
			"" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(prop_01_values)
{
	static const struct oci_row rows[] = {
		{ "\"rootfsPropagation\":\"bogus\"",
			"config.json:2:21: linux.rootfsPropagation: unknown propagation \"bogus\", must be private, rprivate, rshared, rslave, runbindable, shared, slave or unbindable" },
		{ "\"rootfsPropagation\":\"rslave\"", "" },
		{ "\"rootfsPropagation\":\"\"", "" },
		{ "\"rootfsPropagation\":\"unbindable\"", "" },
	};

	CHECK_ROWS(PART_LINUX, rows);
}

TEST(prop_03_needs_a_new_mount_namespace)
{
	static const struct oci_row rows[] = {
		{ "\"rootfsPropagation\":\"rshared\"",
			"config.json:2:21: linux.rootfsPropagation: must not be \"rshared\" without a new namespace \"mount\"" },
		{ "\"rootfsPropagation\":\"slave\",\"namespaces\":[{\"type\":\"mount\",\"path\":\"/x\"}]",
			"config.json:2:21: linux.rootfsPropagation: must not be \"slave\" without a new namespace \"mount\"" },
		{ "\"rootfsPropagation\":\"rprivate\"", "" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(plat_02_linux_may_be_empty)
{
	static const struct oci_row rows[] = {
		{ "\"cgroupsPath\":\"\",\"mountLabel\":\"\"", "" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(cgp_01_cgroups_path_is_a_string)
{
	static const struct oci_row rows[] = {
		{ "\"cgroupsPath\":7",
			"config.json:2:15: linux.cgroupsPath: must be a string, not 7" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(rdt_02_clos_id_is_one_name)
{
	static const struct oci_row rows[] = {
		{ "\"intelRdt\":{\"closID\":\"/\"}", "" },
		{ "\"intelRdt\":{\"closID\":\"a\"}", "" },
		{ "\"intelRdt\":{\"closID\":\"a/b\"}",
			"config.json:2:22: linux.intelRdt.closID: must be the name of one directory or \"/\", not \"a/b\"" },
		{ "\"intelRdt\":{\"closID\":\"..\"}",
			"config.json:2:22: linux.intelRdt.closID: must be the name of one directory or \"/\", not \"..\"" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(rdt_03_schemata)
{
	static const struct oci_row rows[] = {
		{ "\"intelRdt\":{\"l3CacheSchema\":\"L3:0=f\",\"memBwSchema\":\"MB:0=70\",\"schemata\":[\"L2:0=1\"],\"enableMonitoring\":true}",
			"" },
		{ "\"intelRdt\":{\"memBwSchema\":\"0=70\"}",
			"config.json:2:27: linux.intelRdt.memBwSchema: must start with \"MB:\", not \"0=70\"" },
		{ "\"intelRdt\":{\"memBwSchema\":\"MB:0=70\\nx\",\"schemata\":[\"a\\nb\"]}",
			"config.json:2:27: linux.intelRdt.memBwSchema: must be one line, not \"MB:0=70\\nx\"\n"
			"config.json:2:52: linux.intelRdt.schemata[0]: must be one line, not \"a\\nb\"" },
		{ "\"intelRdt\":{\"enableCMT\":true}",
			"warning: config.json:2:25: linux.intelRdt.enableCMT: unknown field" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(mpol_01_mode)
{
	static const struct oci_row rows[] = {
		{ "\"memoryPolicy\":{\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"0-1\"}", "" },
		{ "\"memoryPolicy\":{\"mode\":\"MPOL_BOGUS\"}",
			"config.json:2:24: linux.memoryPolicy.mode: invalid memory policy mode \"MPOL_BOGUS\", must be MPOL_BIND, MPOL_DEFAULT, MPOL_INTERLEAVE, MPOL_LOCAL, MPOL_PREFERRED, MPOL_PREFERRED_MANY or MPOL_WEIGHTED_INTERLEAVE" },
		{ "\"memoryPolicy\":{}",
			"config.json:2:16: linux.memoryPolicy.mode: is missing, must be a mode such as \"MPOL_BIND\"; without one: invalid memory policy mode" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(mpol_02_nodes_fit_the_mode)
{
	static const struct oci_row rows[] = {
		{ "\"memoryPolicy\":{\"mode\":\"MPOL_DEFAULT\",\"nodes\":\"\"}", "" },
		{ "\"memoryPolicy\":{\"mode\":\"MPOL_DEFAULT\",\"nodes\":\"0\"}",
			"config.json:2:47: linux.memoryPolicy.nodes: mode requires 0 nodes but got 1: must be empty for MPOL_DEFAULT, not \"0\"" },
		{ "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\"}",
			"config.json:2:16: linux.memoryPolicy: invalid memory policy: must have nodes for MPOL_BIND, a list such as \"0-3,7\"" },
		{ "\"memoryPolicy\":{\"mode\":\"MPOL_PREFERRED\"}", "" },
		{ "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"a\"}",
			"config.json:2:44: linux.memoryPolicy.nodes: invalid memory policy node: must be a list such as \"0-3,7\", not \"a\"" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

TEST(mpol_03_flags)
{
	static const struct oci_row rows[] = {
		{ "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_NUMA_BALANCING\"]}",
			"" },
		{ "\"memoryPolicy\":{\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_NUMA_BALANCING\"]}",
			"config.json:2:62: linux.memoryPolicy.flags: must not have MPOL_F_NUMA_BALANCING for MPOL_INTERLEAVE, only for MPOL_BIND and MPOL_PREFERRED_MANY" },
		{ "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_STATIC_NODES\"]}",
			"" },
		{ "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_STATIC_NODES\",\"MPOL_F_RELATIVE_NODES\"]}",
			"config.json:2:56: linux.memoryPolicy.flags: must not have both MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES" },
		{ "\"memoryPolicy\":{\"mode\":\"MPOL_LOCAL\",\"flags\":[\"MPOL_F_STATIC_NODES\"]}",
			"config.json:2:45: linux.memoryPolicy.flags: must be empty for MPOL_LOCAL" },
		{ "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"X\"]}",
			"config.json:2:57: linux.memoryPolicy.flags[0]: invalid memory policy flag \"X\", must be MPOL_F_NUMA_BALANCING, MPOL_F_RELATIVE_NODES or MPOL_F_STATIC_NODES" },
	};

	CHECK_ROWS(PART_BARE, rows);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* oci_values.c - what the parser makes of accepted values */
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/resource.h>

#include "base/fd.h"
#include "oci/config.h"
#include "test.h"

/* the document that uses every section */
static bool read_full(struct arena *a, struct str *text, struct config *ret)
{
	struct err e;

	err_init(&e);
	if (fd_read_at(AT_FDCWD, "tests/data/config/corpus-spec-example.json", 0, 1 << 20, text) <
		0)
		return CHECK_TRUE(false);
	if (config_parse(a, "config.json", str_text(text), text->len, ret, &e) == 0)
		return true;
	return CHECK_STR(err_text(&e), "");
}

TEST(config_values_of_process)
{
	auto_arena struct arena a = { 0 };
	auto_str struct str text = { 0 };
	const struct config_process *p;
	struct config c;

	if (!read_full(&a, &text, &c))
		return;
	p = &c.process;
	CHECK_TRUE(p->terminal && p->has_console_size && p->no_new_privileges);
	CHECK_INT(p->console_height, 25);
	CHECK_INT(p->console_width, 80);
	CHECK_INT(p->user.uid, 1);
	CHECK_TRUE(p->user.has_umask);
	CHECK_INT(p->user.umask, 077);
	CHECK_INT(p->user.n_groups, 2);
	CHECK_INT(p->user.groups[1], 6);
	CHECK_STR(p->args[0], "sh");
	CHECK_STR(p->args[1], NULL);
	CHECK_STR(p->env[1], "TERM=xterm");
	CHECK_STR(p->caps.names[CAPS_AMBIENT][0], "CAP_NET_BIND_SERVICE");
	CHECK_INT(p->n_rlimits, 2);
	CHECK_INT(p->rlimits[0].resource, RLIMIT_CORE);
	CHECK_TRUE(p->rlimits[0].hard == UINT64_MAX);
	CHECK_INT(p->oom_score_adj, 100);
	CHECK_INT(p->io_class, 3);
	CHECK_INT(p->io_priority, 4);
	CHECK_INT(p->scheduler.policy, SCHED_BATCH);
	CHECK_INT(p->scheduler.nice, 3);
	CHECK_INT(p->scheduler.flags, SCHED_FLAG_RESET_ON_FORK);
	CHECK_STR(p->affinity_final, "0-3,7");
}

TEST(config_values_of_mounts_and_hooks)
{
	auto_arena struct arena a = { 0 };
	auto_str struct str text = { 0 };
	struct config c;

	if (!read_full(&a, &text, &c))
		return;
	CHECK_INT(c.n_mounts, 3);
	CHECK_STR(c.mounts[2].destination, "/data");
	CHECK_STR(c.mounts[2].type, NULL);
	CHECK_STR(c.mounts[2].options[3], "ridmap");
	CHECK_STR(c.mounts[0].options[0], NULL);
	CHECK_INT(c.mounts[2].uid_maps[0].host, 1000);
	CHECK_INT(c.hooks.count[HOOK_PRESTART], 2);
	CHECK_STR(c.hooks.list[HOOK_PRESTART][0].args[1], "up");
	CHECK_TRUE(c.hooks.list[HOOK_PRESTART][1].args == NULL);
	CHECK_TRUE(c.hooks.list[HOOK_PRESTART][1].env == NULL);
	CHECK_INT(c.hooks.list[HOOK_POSTSTART][0].timeout, 5);
	CHECK_INT(c.n_annotations, 2);
	CHECK_STR(c.hostname, "host");
	CHECK_STR(config_at(&a, &c.doc, c.mounts[0].at), "config.json:83:5: mounts[0]");
}

TEST(config_values_of_linux)
{
	auto_arena struct arena a = { 0 };
	auto_str struct str text = { 0 };
	const struct config_linux *l;
	struct config c;

	if (!read_full(&a, &text, &c))
		return;
	l = &c.linux;
	CHECK_INT(l->n_namespaces, 8);
	CHECK_TRUE(config_namespace_find(&c, CLONE_NEWTIME) == &l->namespaces[7]);
	CHECK_INT(l->boottime.secs, -604800);
	CHECK_INT(l->devices[0].type, 'c');
	CHECK_INT(l->devices[0].minor, 229);
	CHECK_INT(l->devices[2].mode, 0666);
	CHECK_FALSE(l->devices[2].has_mode);
	CHECK_STR(l->net_devices[0].new_name, "lan%d");
	CHECK_INT(l->n_sysctl, 3);
	CHECK_STR(l->rootfs_propagation, "slave");
	CHECK_INT(l->task.memory_policy.mode, MPOL_BIND);
	CHECK_INT(l->task.memory_policy.flags, MPOL_F_STATIC_NODES);
	CHECK_TRUE(l->task.has_personality);
	CHECK_STR(l->masked_paths[0], "/proc/kcore");
	CHECK_STR(l->masked_paths[1], NULL);
}

TEST(config_values_of_seccomp)
{
	auto_arena struct arena a = { 0 };
	auto_str struct str text = { 0 };
	const struct config_seccomp *s;
	struct config c;

	if (!read_full(&a, &text, &c))
		return;
	s = &c.linux.seccomp;
	CHECK_TRUE(s->default_action == SCMP_ACT_ERRNO(38));
	CHECK_TRUE(s->archs[1] == SCMP_ARCH_X32);
	CHECK_TRUE(s->has_flags && s->notifies);
	CHECK_INT(s->flags, SECCOMP_FILTER_FLAG_LOG);
	CHECK_INT(s->n_rules, 2);
	CHECK_TRUE(s->rules[1].action == SCMP_ACT_NOTIFY);
	CHECK_STR(s->rules[0].names[1], "chmod");
	CHECK_INT(s->rules[1].args[0].op, SCMP_CMP_EQ);
	CHECK_TRUE(s->rules[1].args[0].value == 8);
}

static bool read_resources(struct arena *a, const char *text, struct config_resources *ret)
{
	struct json_doc doc;
	struct err e;

	err_init(&e);
	if (config_parse_resources(a, "resources.json", text, strlen(text), &doc, ret, &e) == 0)
		return true;
	return CHECK_STR(err_text(&e), "");
}

TEST(config_values_of_device_rules)
{
	auto_arena struct arena a = { 0 };
	struct config_resources r;

	if (!read_resources(&a,
		    "{\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":-1,"
		    "\"access\":\"rm\"}]}",
		    &r))
		return;
	CHECK_INT(r.n_devices, 2);
	CHECK_INT(r.devices[0].type, 'a');
	CHECK_INT(r.devices[0].access, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD);
	CHECK_TRUE(r.devices[1].allow && r.devices[1].has_major && !r.devices[1].has_minor);
	CHECK_INT(r.devices[1].access, DEVICE_READ | DEVICE_MKNOD);
}

TEST(config_values_of_limits_tell_zero_from_absent)
{
	auto_arena struct arena a = { 0 };
	struct config_resources r;

	if (!read_resources(&a,
		    "{\"pids\":{\"limit\":0},\"memory\":{\"limit\":0},\"blockIO\":{"
		    "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":1,\"rate\":3}],"
		    "\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":2,\"rate\":4}]}}",
		    &r))
		return;
	CHECK_TRUE(r.pids_limit.at && r.memory.limit.at && !r.memory.swap.at && !r.cpu.shares.at);
	CHECK_INT(r.block_io.n_throttles, 2);
	CHECK_INT(r.block_io.throttles[0].kind, THROTTLE_WRITE_IOPS);
	CHECK_INT(r.block_io.throttles[0].rate, 3);
	CHECK_INT(r.block_io.throttles[1].kind, THROTTLE_READ_BPS);
	CHECK_INT(r.block_io.throttles[1].minor, 2);
}

TEST(config_errno_is_eperm_when_not_given)
{
	static const char text[] =
		"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"seccomp\":{"
		"\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
		"{\"names\":[\"a\"],\"action\":\"SCMP_ACT_TRACE\"},"
		"{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":0}]}}}";
	auto_arena struct arena a = { 0 };
	struct config c;
	struct err e;

	err_init(&e);
	CHECK_INT(config_parse(&a, "config.json", text, sizeof(text) - 1, &c, &e), 0);
	CHECK_TRUE(c.linux.seccomp.default_action == SCMP_ACT_ERRNO(EPERM));
	CHECK_TRUE(c.linux.seccomp.rules[0].action == SCMP_ACT_TRACE(EPERM));
	CHECK_TRUE(c.linux.seccomp.rules[1].action == SCMP_ACT_ERRNO(0));
	CHECK_FALSE(c.linux.seccomp.has_flags);
}

TEST(config_is_never_larger_than_the_limit)
{
	size_t len = (16 << 20) + 1;
	auto_free char *text = malloc(len);
	auto_arena struct arena a = { 0 };
	struct config c;
	struct err e;

	err_init(&e);
	memset(text, ' ', len);
	CHECK_INT(config_parse(&a, "config.json", text, len, &c, &e), -1);
	CHECK_STR(err_text(&e), "config.json: must have at most 16777216 bytes, not 16777217");
}

TEST(config_absent_parts_are_empty)
{
	static const char text[] = "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"}}";
	auto_arena struct arena a = { 0 };
	struct config c;
	struct err e;

	err_init(&e);
	CHECK_INT(config_parse(&a, "config.json", text, sizeof(text) - 1, &c, &e), 0);
	CHECK_TRUE(c.process.at == NULL && c.linux.at == NULL && c.hooks.at == NULL);
	CHECK_TRUE(c.linux.masked_paths && !c.linux.masked_paths[0] && c.linux.readonly_paths);
	CHECK_TRUE(c.linux.resources.at == NULL && c.linux.seccomp.at == NULL);
	CHECK_STR(c.root_path, "r");
	CHECK_INT(c.n_mounts, 0);
}

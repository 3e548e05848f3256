/* SPDX-License-Identifier: Apache-2.0 */
/* plan_devices.c - which devices the container may use
 *
 * An empty list, or one that only allows, still means that nothing else is allowed: the first rule
 * denies all. What the configuration cannot take away comes last: the devices of config-linux.md,
 * "Default Devices", without which hardly a program runs, and mknod(2). A node that may be neither
 * read nor written is only a name, and images are unpacked inside containers. /dev/net/tun is not
 * among them: a container gets it when its configuration says so. */
#include "plan/plan_parts.h"

enum {
	MKNOD = BPF_DEVCG_ACC_MKNOD,
	ALL = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE,
};
_Static_assert((int)DEVICE_MKNOD == (int)BPF_DEVCG_ACC_MKNOD &&
		(int)DEVICE_READ == (int)BPF_DEVCG_ACC_READ &&
		(int)DEVICE_WRITE == (int)BPF_DEVCG_ACC_WRITE,
	"access bits of the configuration and of the kernel differ");

static const struct dev_rule nothing = { false, 'a', true, true, 0, 0, ALL };

static const struct dev_rule always[] = {
	{ true, 'c', true, true, 0, 0, MKNOD }, { true, 'b', true, true, 0, 0, MKNOD },
	{ true, 'c', false, false, 1, 3, ALL },  /* null */
	{ true, 'c', false, false, 1, 5, ALL },  /* zero */
	{ true, 'c', false, false, 1, 7, ALL },  /* full */
	{ true, 'c', false, false, 1, 8, ALL },  /* random */
	{ true, 'c', false, false, 1, 9, ALL },  /* urandom */
	{ true, 'c', false, false, 5, 0, ALL },  /* tty */
	{ true, 'c', false, false, 5, 1, ALL },  /* console */
	{ true, 'c', false, false, 5, 2, ALL },  /* ptmx */
	{ true, 'c', false, true, 136, 0, ALL }, /* pts/N */
};

static struct dev_rule rule_of(const struct config_device_rule *r)
{
	return (struct dev_rule){
		.allow = r->allow,
		.type = r->type,
		.any_major = !r->has_major,
		.any_minor = !r->has_minor,
		.major = r->major,
		.minor = r->minor,
		.access = r->access,
	};
}

static bool is_everything(const struct dev_rule *r)
{
	return r->type == 'a' && r->any_major && r->any_minor && r->access == ALL;
}

void plan_device_rules(struct arena *a, const struct config *c, struct plan_cgroup *ret)
{
	const struct config_resources *r = &c->linux.resources;
	struct dev_rule *rules =
		arena_array(a, 1 + r->n_devices + ARRAY_LEN(always), sizeof(*rules));
	size_t n = 0;
	bool all;

	rules[n++] = nothing;
	for (size_t i = 0; i < r->n_devices; i++) {
		rules[n] = rule_of(&r->devices[i]);
		/* engines begin with the rule that is there already */
		if (n > 1 || rules[n].allow || !is_everything(&rules[n]))
			n++;
	}
	/* with "allow all" as the last word there is nothing left to add */
	all = rules[n - 1].allow && is_everything(&rules[n - 1]);
	for (size_t i = 0; i < ARRAY_LEN(always) && !all; i++)
		rules[n++] = always[i];
	ret->rules = rules;
	ret->n_rules = n;
}

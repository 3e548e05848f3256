/* SPDX-License-Identifier: Apache-2.0 */
/* What of the labels of security modules this host can give. A module that is off is a warning: the
 * same config.json is meant for hosts with and without it. */
#include <string.h>

#include "base/log.h"
#include "oci/mount_options.h"
#include "plan/plan_parts.h"

/* member: as the specification calls it; what: as who gave the label on the command line does */
struct label {
	const char *value;
	const struct json *at;
	const char *member, *what, *module;
	unsigned fact;
};

static struct plan_label give(const struct plan_input *in, const struct label *l)
{
	if (!l->value)
		return (struct plan_label){ 0 };
	if (in->facts->lsm & l->fact)
		return (struct plan_label){ .value = l->value,
			.where = l->at ? config_at(in->arena, &in->config->doc, l->at) : NULL };
	/* what asks for nothing is not missed */
	if (l->fact == FACT_APPARMOR && str_eq(l->value, "unconfined"))
		return (struct plan_label){ 0 };
	log_warning("%s \"%s\" is ignored: %s is not active on this host",
		l->at ? l->member : l->what, l->value, l->module);
	return (struct plan_label){ 0 };
}

void plan_process_labels(const struct plan_input *in, struct plan_process *ret)
{
	const struct config_process *c = &in->config->process;
	const struct label apparmor = { c->apparmor_profile, c->apparmor_at,
		"process.apparmorProfile", "AppArmor profile", "AppArmor", FACT_APPARMOR };
	const struct label selinux = { c->selinux_label, c->selinux_at, "process.selinuxLabel",
		"SELinux label", "SELinux", FACT_SELINUX };

	ret->apparmor = give(in, &apparmor);
	ret->selinux = give(in, &selinux);
}

void plan_mount_label(const struct plan_input *in, struct plan_root *ret)
{
	const struct config_linux *l = &in->config->linux;
	const struct label label = { l->mount_label, l->mount_label_at, "linux.mountLabel", NULL,
		"SELinux", FACT_SELINUX };

	ret->label = give(in, &label).value;
	if (ret->label)
		ret->context[0] = arena_fmt(in->arena, "%s=%s",
			in->config->run_oci.mount_context ? in->config->run_oci.mount_context
							  : "context",
			ret->label);
}

static bool has_context(const char *const *data)
{
	for (; data && *data; data++) {
		if (mount_options_label(*data))
			return true;
	}
	return false;
}

/* SELinux labels what is in proc, sysfs and cgroup2 itself. A message queue filesystem knows no
 * context=, but its root can be labelled. What the options of the mount say comes first. */
void plan_label_mount(const struct plan_input *in, const struct plan_root *root,
	struct op_mount *mount)
{
	static const char *const own[] = { "proc", "sysfs", "cgroup2" };
	const char **data;
	size_t n = 0;

	if (!root->label || has_context(mount->data))
		return;
	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		if (str_eq(mount->type, own[i]))
			return;
	}
	if (str_eq(mount->type, "mqueue")) {
		mount->label = root->label;
		return;
	}
	while (mount->data && mount->data[n])
		n++;
	data = arena_array(in->arena, n + 2, sizeof(*data));
	if (n)
		memcpy(data, mount->data, n * sizeof(*data));
	data[n] = root->context[0];
	mount->data = data;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* plan_parts.h - the parts plan_make is put together from */
#ifndef CL_PLAN_PLAN_PARTS_H
#define CL_PLAN_PLAN_PARTS_H

#include "oci/config.h"
#include "plan/plan.h"

/* what every part needs */
struct plan_input {
	struct arena *arena;
	const struct config *config;
	const struct plan_options *options;
	const struct facts *facts;
	bool quiet; /* no warnings: they have been given */
};

/* plan_namespaces - namespaces, id maps, clocks, host names */
NODISCARD int plan_namespaces(const struct plan_input *in, struct plan *ret, struct err *e);

/* plan_user_namespace - maps of the user namespace, and who writes them */
NODISCARD int plan_user_namespace(const struct plan_input *in, struct plan_namespaces *ns,
	struct err *e);

/* plan_root - the operations that build and seal the root filesystem; after plan_namespaces and the
 * cgroup path */
NODISCARD int plan_root(const struct plan_input *in, struct plan *ret, struct err *e);

/* plan_mount - one entry of config.json's mounts as an operation */
NODISCARD int plan_mount(const struct plan_input *in, const struct plan *p, size_t index,
	struct op *ret, struct err *e);

/* plan_process - what init does to itself before execve(2) */
NODISCARD int plan_process(const struct plan_input *in, struct plan *ret, struct err *e);

/* plan_process_labels, plan_mount_label - labels of AppArmor and SELinux, where these are active */
void plan_process_labels(const struct plan_input *in, struct plan_process *ret);
void plan_mount_label(const struct plan_input *in, struct plan_root *ret);

/* plan_label_mount - root's label for a new filesystem, in the way that its type has for that */
void plan_label_mount(const struct plan_input *in, const struct plan_root *root,
	struct op_mount *mount);

/* plan_affinity - execCPUAffinity, which is for exec alone (config.md) */
NODISCARD int plan_affinity(const struct plan_input *in, struct plan_process *ret, struct err *e);
/* plan_landlock - the Landlock rules of the annotations, as far as this kernel has them */
NODISCARD int plan_landlock(const struct plan_input *in, struct plan *ret, struct err *e);

/* plan_device_rules - the complete device rules: deny all, config.json's, and the devices every
 * container may use */
void plan_device_rules(struct arena *a, const struct config *c, struct plan_cgroup *ret);

/* plan_resctrl - the group of the container and what is written to it */
void plan_resctrl(const struct plan_input *in, struct plan *ret);

/* plan_annotation_property - the unit property that annotation c->annotations[i] asks for. 1: one,
 * 0: it is another annotation, -1 with *e */
NODISCARD int plan_annotation_property(struct arena *a, const struct config *c, size_t i,
	struct unit_property *ret, struct err *e);

/* plan_unsupported - the error for a property that is understood but cannot be provided here */
int plan_unsupported(const struct plan_input *in, const struct json *at, struct err *e,
	const char *fmt, ...) PRINTF(4, 5);

/* plan_id_maps - id maps of config.json for the kernel layer */
struct id_map *plan_id_maps(struct arena *a, const struct config_id_map *maps, size_t n);

#endif

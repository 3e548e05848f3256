/* SPDX-License-Identifier: Apache-2.0 */
/* config_in.h - how the parsers of one configuration share their work
 *
 * Each reads its part of the tree into the zeroed part of struct config; findings go to the
 * document. config_check comes last and looks at rules across parts. */
#ifndef CL_OCI_CONFIG_IN_H
#define CL_OCI_CONFIG_IN_H

#include "oci/config.h"

void config_read_process(struct json_doc *d, struct json *n, struct config_process *ret);
void config_read_mounts(struct json_doc *d, struct json *n, struct config *ret);
void config_read_hooks(struct json_doc *d, struct json *n, struct config_hooks *ret);
void config_read_annotations(struct json_doc *d, struct json *n, struct config_annotation **ret,
	size_t *count);
void config_read_linux(struct json_doc *d, struct json *n, struct config_linux *ret);
void config_read_devices(struct json_doc *d, struct json *n, struct config_linux *ret);
void config_read_net_devices(struct json_doc *d, struct json *n, struct config_linux *ret);
void config_read_intel_rdt(struct json_doc *d, struct json *n, struct config_intel_rdt *ret);
void config_read_memory_policy(struct json_doc *d, struct json *n,
	struct config_memory_policy *ret);
void config_read_resources(struct json_doc *d, struct json *n, struct config_resources *ret);
void config_read_block_io(struct json_doc *d, struct json *n, struct config_block_io *ret);
void config_read_seccomp(struct json_doc *d, struct json *n, struct config_seccomp *ret);

/* config_read_landlock - the annotations of the prefix crun-lite.landlock among list */
void config_read_landlock(struct json_doc *d, const struct config_annotation *list, size_t count,
	struct config_landlock *ret);

/* config_read_run_oci - the annotations of the prefix run.oci. among list */
void config_read_run_oci(struct json_doc *d, const struct config_annotation *list, size_t count,
	struct config_run_oci *ret);

void config_check(struct config *c);

/* config_v1_only - record that n asks for what only cgroup v1 had */
void config_v1_only(struct json_doc *d, const struct json *n);

#endif

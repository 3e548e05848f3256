/* SPDX-License-Identifier: Apache-2.0 */
/* images.h - what checkpoint and restore have in common */
#ifndef CL_CTR_IMAGES_H
#define CL_CTR_IMAGES_H

#include "ctr/checkpoint.h"
#include "plan/plan.h"

/* standard descriptors of the first process, as criu calls them; the same file name and format as
 * runc */
#define IMAGES_DESCRIPTORS "descriptors.json"

/* names for namespaces that are not part of a container, as with runc */
#define IMAGES_NET "extRootNetNS"
#define IMAGES_PID "extRootPidNS"

struct images {
	struct criu *criu;
	struct criu_job job;
};

#define auto_images __attribute__((cleanup(images_done)))

/* images_init - criu is there and options make sense: the job as far as they tell. images_done
 * releases it, in any case. */
NODISCARD int images_init(struct images *i, struct arena *a, const struct checkpoint_options *o,
	struct err *e);
void images_done(struct images *i);

enum { IMAGES_MAKE = 1 };

/* images_open - open the directories, or open them again: criu mounts below that of the log, so it
 * must have been opened in the mount namespace of criu; IMAGES_MAKE: also make that of the images
 * (that of the log always), else there must be images in it */
NODISCARD int images_open(struct images *i, struct arena *a, const struct checkpoint_options *o,
	unsigned flags, struct err *e);

/* images_config - the configuration file of criu: annotation org.criu.config (NULL when empty),
 * else that of runc */
const char *images_config(const struct config_annotation *annotations, size_t n);

/* images_check - can what is in the plan come back from images? Landlock rules, a seccomp agent and
 * mapped ids of mounts cannot. */
NODISCARD int images_check(const struct plan *p, struct err *e);

/* images_cgroup_options - options of the hierarchy that is mounted at mount, "rw,nsdelegate"; ""
 * when that cannot be told. criu mounts cgroup2 without options, which outside of a cgroup
 * namespace takes them away from the host's mount (cgroup-v2.rst, "Mounting"):
 * images_cgroup_restore puts them back where they have changed */
const char *images_cgroup_options(struct arena *a, const char *mount);
void images_cgroup_restore(struct arena *a, const char *mount, const char *options);

/* images_cgroups - how criu treats cgroups when nobody says it: beside hierarchies of cgroup v1,
 * which are not the container's, not at all */
enum criu_cgroups images_cgroups(const struct checkpoint_options *o, const char *mount);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* criu_labels.h - labels of AppArmor and SELinux: do they get into images, and back from there? */
#ifndef CL_CTR_CRIU_LABELS_H
#define CL_CTR_CRIU_LABELS_H

#include "launch.h"

/* labels_saved - after a dump: are the container's labels in the images? */
NODISCARD int labels_saved(const struct state *s, int images, struct err *e);

/* labels_try - before a restore: can processes of this host have the labels? given: of
 * --lsm-profile, "apparmor:PROFILE" or "selinux:LABEL"; NULL: those of the plan, which must be
 * made. labels_back - after it: does process pid have any, rather than ours? */
NODISCARD int labels_try(const struct launch *l, const char *given, struct err *e);
NODISCARD int labels_back(const struct launch *l, const char *given, pid_t pid, struct err *e);

#endif

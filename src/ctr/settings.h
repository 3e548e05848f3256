/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h - the settings of a plan, into the files of a cgroup */
#ifndef CL_CTR_SETTINGS_H
#define CL_CTR_SETTINGS_H

#include "plan/plan.h"

/* limits_recipe - how a user comes to a cgroup of his own */
extern const char limits_recipe[];

/* setting_file - the file of this kernel that s is for, with what is written to it in *ret_value;
 * NULL: it has none, and nothing is lost */
const char *setting_file(int cgroup, const struct plan_setting *s, const char **ret_value);

/* setting_write - write s to the cgroup behind the descriptor, called path in messages. The error
 * says where it was asked for, and what is known about the kernel's reason. */
NODISCARD int setting_write(int cgroup, const char *path, const struct plan_setting *s,
	struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* update.h - other limits for a container */
#ifndef CL_CTR_UPDATE_H
#define CL_CTR_UPDATE_H

#include "ctr/store.h"

struct update_options {
	const char *id;
	const char *name;            /* of resources in messages; "": nobody's, as in json.h */
	const struct str *resources; /* a LinuxResources object, as JSON */
	const struct str *intel_rdt; /* an intelRdt object with schemata alone; NULL: they stay */
};

/* ctr_update - change the limits of a container that is created, running or paused: all that is
 * asked for, or nothing. What is not mentioned stays as it is; devices are never touched. A stopped
 * one is an error with the words `container not running`. */
NODISCARD int ctr_update(const struct store *s, const struct update_options *o, struct err *e);

#endif

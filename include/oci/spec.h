/* SPDX-License-Identifier: Apache-2.0 */
/* spec.h - the config.json that `crun-lite spec` writes: runc's template field by field, with the
 * four default file systems, and without anything that needs more than an ordinary root shell has
 */
#ifndef CL_OCI_SPEC_H
#define CL_OCI_SPEC_H

#include "base/str.h"

struct spec_options {
	bool rootless; /* user namespace mapping uid/gid to 0, no network namespace, sysfs by bind
			*/
	uint32_t uid, gid; /* of the caller, for rootless */
};

void spec_text(const struct spec_options *o, struct str *out);

#endif

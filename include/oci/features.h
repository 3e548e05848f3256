/* SPDX-License-Identifier: Apache-2.0 */
/* features.h - the features document (features.md, features-linux.md): what this build recognises,
 * whatever the host */
#ifndef CL_OCI_FEATURES_H
#define CL_OCI_FEATURES_H

#include "base/str.h"

/* version, commit: of this program. libseccomp: "2.5.4". supported_flags: bits of
 * SECCOMP_FILTER_FLAG_* that the library and kernel take. seccomp_arch: does the library know
 * SCMP_ARCH_*? */
struct features_facts {
	const char *version, *commit, *libseccomp;
	uint32_t seccomp_flags;
	bool (*seccomp_arch)(uint32_t token);
};

void features_text(const struct features_facts *f, struct str *out);

#endif

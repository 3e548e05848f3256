/* SPDX-License-Identifier: Apache-2.0 */
/* oci_parse.h - what a document gives, as text: the error, or the warnings, one in a line */
#ifndef CL_TESTS_UNIT_OCI_PARSE_H
#define CL_TESTS_UNIT_OCI_PARSE_H

#include "base/str.h"

enum oci_document { OCI_CONFIG, OCI_PROCESS, OCI_RESOURCES };

/* append to *out the error of parsing text[len], or, when there is none, its warnings; they are
 * called config.json, process.json and resources.json */
void oci_parse(enum oci_document document, const char *text, size_t len, struct str *out);

#endif

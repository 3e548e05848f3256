/* SPDX-License-Identifier: Apache-2.0 */
/* oci_rows.h - rules of the configuration, one row each
 *
 * A row is the part of a document that matters and the whole message it must give, "" for none. The
 * part stands in line 2 of a document that is valid otherwise, so a place in the message is line 2
 * and a column of the part. */
#ifndef CL_TESTS_UNIT_OCI_ROWS_H
#define CL_TESTS_UNIT_OCI_ROWS_H

#include "test.h"

enum oci_part {
	PART_WHOLE,     /* the document itself */
	PART_TOP,       /* members of config.json */
	PART_MOUNT,     /* members of one mount */
	PART_LINUX,     /* members of linux, in which all namespaces are new */
	PART_BARE,      /* members of linux without namespaces */
	PART_SECCOMP,   /* members of linux.seccomp */
	PART_PROCESS,   /* members of a process object, which has user, args and cwd */
	PART_RESOURCES, /* members of a resources object */
};

struct oci_row {
	const char *part, *expected;
};

void oci_check_rows(enum oci_part part, const struct oci_row *rows, size_t count);

#define CHECK_ROWS(part, rows) oci_check_rows(part, rows, ARRAY_LEN(rows))

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* undo.h - the undo core of a container: what `kill` and `delete --force` need, in a form that
 *every version reads
 *
 * A text of lines "KEY VALUE". The first line is the mark, the last one the checksum of all bytes
 *before it; what is behind that does not count, so a shorter text can be written over a longer one.
 *
 *	crun-lite undo
 *	id web
 *	pid 4711
 *	start 123456
 *	inode 8712
 *	cgroup-mount /sys/fs/cgroup
 *	cgroup /web
 *	cgroup-id 5512
 *	cgroup-made 1
 *	sum 6d0f0c8e2f3b1a77
 *
 * The form is fixed: a line is never given another meaning and never taken away, a new one may
 *come, and a line that a version does not know is passed over. */
#ifndef CL_OCI_UNDO_H
#define CL_OCI_UNDO_H

#include "oci/state.h"

/* undo_text - append the core of *s to *out */
void undo_text(const struct state *s, struct str *out);

/* undo_parse - text[len], which is called name in messages, to the fields of *ret that undo_text
 * writes; the others are empty. *ret owns nothing: the strings are in a. A text that is damaged,
 * cut or none at all is an error. */
NODISCARD int undo_parse(struct arena *a, const char *name, const char *text, size_t len,
	struct state *ret, struct err *e);

/* undo_same - do both states tell the same process, cgroup and scope? Ids of cgroups count when
 * both have them. */
bool undo_same(const struct state *a, const struct state *b);

/* undo_take - put the core of *from, whose strings must live as long, in the place of that of *to
 */
void undo_take(struct state *to, const struct state *from);

#endif

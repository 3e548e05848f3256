/* SPDX-License-Identifier: Apache-2.0 */
/* mount_options.h - the mount options of config.md, sorted by what has to be done for them
 *
 * Later options override earlier ones. A name that is not in the table belongs to the filesystem
 * and is handed to it (fsconfig).
 *
 * Who applies them does so in this order: the tree (rec_*), then the mount at its top (attr_*),
 * then propagation. "ro" and "rw" are in attr_* and in sb_*: the latter counts only where a
 * filesystem is made. MS_SILENT and MS_I_VERSION in sb_* are known so that they are not taken for
 * data; nothing has to be done for them. */
#ifndef CL_OCI_MOUNT_OPTIONS_H
#define CL_OCI_MOUNT_OPTIONS_H

#include "base/arena.h"
#include "oci/names.h"

enum {
	MOUNT_BIND = 1,     /* bind or rbind */
	MOUNT_BIND_REC = 2, /* rbind */
	MOUNT_REMOUNT = 4,
	MOUNT_COPY_UP = 8,    /* tmpcopyup */
	MOUNT_IDMAP = 16,     /* idmap or ridmap */
	MOUNT_IDMAP_REC = 32, /* ridmap */
	MOUNT_SRC_NOFOLLOW = 64,
	MOUNT_DEST_NOFOLLOW = 128,
	MOUNT_COPY_SYMLINK = 256,
};

struct mount_options {
	unsigned flags; /* MOUNT_* */
	uint64_t attr_set,
		attr_clr; /* MOUNT_ATTR_* of this mount; atime: attr_clr has MOUNT_ATTR__ATIME */
	bool named;       /* at least one option is about attributes of this mount */
	bool atime;       /* at least one of them sets an access time flag */
	uint64_t rec_set, rec_clr;    /* the same for the whole tree (the r… options) */
	unsigned long propagation[8]; /* MS_SHARED | MS_REC …, in the order given */
	size_t n_propagation;
	uint64_t sb_set, sb_clr; /* superblock flags: SB_SYNCHRONOUS, SB_RDONLY, SB_DIRSYNC,
				    SB_LAZYTIME, SB_MANDLOCK … as MS_* */
	const char **data; /* NULL-terminated: filesystem's own options, in order, labels without
			      quotes */
	size_t n_data;
};

/* mount_options_parse - sort the NULL-terminated options. Never fails: every unknown option is
 * data. */
void mount_options_parse(struct arena *a, const char *const *options, struct mount_options *ret);

/* mount_options_label - the value of an option that is a label of SELinux (context=, fscontext= …),
 * or NULL */
const char *mount_options_label(const char *option);

/* names of all options this build recognises, in alphabetical order, for `features` */
extern const struct names names_mount_options;

#endif

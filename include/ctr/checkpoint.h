/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.h - write a running container to images, make a running container of them */
#ifndef CL_CTR_CHECKPOINT_H
#define CL_CTR_CHECKPOINT_H

#include "ctr/create.h"
#include "kern/criu.h"

struct checkpoint_options {
	const char *images;      /* directory; "checkpoint" by default; made when it is missing */
	const char *work;        /* directory for the log; NULL: images; made when it is missing */
	const char *parent;      /* directory of a pre-dump, relative to images, or NULL */
	const char *page_server; /* ADDRESS:PORT or NULL */
	const char *const *empty_ns;                 /* NULL-terminated or NULL */
	const char *lsm_profile, *lsm_mount_context; /* restore; or NULL */
	const char *program;                         /* of criu; NULL: the one in PATH */
	unsigned flags;                              /* CRIU_* */
	bool has_cgroups;                            /* else what suits the host */
	enum criu_cgroups cgroups;
	enum criu_lock network_lock;
	int status_fd; /* gets a 0 byte once the page server of CRIU_LAZY_PAGES is ready; 0: none */
};

/* ctr_checkpoint - of a running or paused container, which is deleted afterwards, but for
 * CRIU_LEAVE_RUNNING and CRIU_PRE_DUMP. When it fails the container goes on. */
NODISCARD int ctr_checkpoint(const struct store *s, const char *id,
	const struct checkpoint_options *o, struct err *e);

/* ctr_restore - a container of the bundle and id in c, with the processes in the images. Of
 * c->flags CREATE_DETACH counts. *ret_status: as for ctr_run. Hooks that run: prestart,
 * createRuntime, and later poststop. */
NODISCARD int ctr_restore(const struct store *s, const struct create_options *c,
	const struct checkpoint_options *o, int *ret_status, struct err *e);

#endif

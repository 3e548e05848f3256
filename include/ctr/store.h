/* SPDX-License-Identifier: Apache-2.0 */
/* store.h - the state directory: one directory per container below the root, one state.json in it,
 * atomically replaced
 *
 * ROOT/            0700, owned by the caller; made on first use; refused when others may write to
 * it ID/            0700, made with mkdirat (no EEXIST tolerated: that is the claim on the id);
 * flock(2) on it serialises commands undo         0600, what is to be undone (oci/undo.h); written
 * over state.json   0600 (oci/state.h) start        AF_UNIX datagram socket at which init waits for
 * `start`; gone dead (ECONNREFUSED) once the program runs terminal …   whatever else a container
 * needs is named here
 *
 * A container whose state.json is missing or cannot be understood is broken: it can be listed, and
 * with what undo says signalled and deleted with --force. */
#ifndef CL_CTR_STORE_H
#define CL_CTR_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "oci/state.h"

#define STORE_STATE "state.json"
#define STORE_UNDO "undo"
#define STORE_SOCKET "start"
#define STORE_CONFIG "config.json" /* as it was at create: what exec goes by */
#define STORE_FILTER \
	"seccomp" /* compiled filter: struct seccomp_filter flags, then its instructions */
#define STORE_EXEC_ERRNO "exec-errno" /* struct init_failure of a failed execve(2) */

struct store {
	const char *path; /* absolute; not owned */
	int fd;           /* O_RDONLY | O_DIRECTORY, owned; -1: the root does not exist */
	bool peek;        /* opened with STORE_PEEK: fd is -1, everything goes by path */
};

struct container {
	struct arena arena; /* owns everything below */
	struct str text;    /* the text state points into */
	struct state state; /* valid when loaded */
	int dir_fd;         /* ROOT/ID, owned; carries the lock */
	bool locked;        /* the lock is ours */
	int store_fd;       /* of the store, not owned */
	int undo_fd;        /* of what container_note writes, owned; -1: not open */
	bool has_undo;      /* STORE_BROKEN: the undo core in state could be read */
};

#define auto_store __attribute__((cleanup(store_close)))
#define auto_container __attribute__((cleanup(container_done)))

/* STORE_MAKE: make the root when it is missing, 0700, and its parents, 0755 less the umask.
 * STORE_STICKY: with the sticky bit, then what tidies up XDG_RUNTIME_DIR leaves it alone.
 * STORE_PEEK: only to look at one container: the root is neither opened nor checked, which is
 * enough for a store_load without a lock. STORE_PUBLIC: everybody may make such a root where it
 * lies (/tmp): it must be a directory and no link, and is always opened and checked. */
enum { STORE_MAKE = 1, STORE_STICKY = 2, STORE_PEEK = 4, STORE_PUBLIC = 8 };

/* store_open - path is cleaned and made absolute. Without STORE_MAKE a missing root is an empty
 * store (fd -1: nothing in it). A root that is not owned by the effective user, or that group or
 * others may write to, is refused with the remedy; so is "/". */
NODISCARD int store_open(struct arena *a, const char *path, unsigned flags, struct store *ret,
	struct err *e);
void store_close(struct store *s);

/* container_init - the empty container; container_done releases it (also after a failed claim or
 * load) */
void container_init(struct container *c);
void container_done(struct container *c);

/* store_claim - make ROOT/ID and lock it; the state is empty but for id. *ret is overwritten, here
 * and in store_load. An id in use is the error `container with id exists: "ID"`. */
NODISCARD int store_claim(const struct store *s, const char *id, struct container *ret,
	struct err *e);

enum { STORE_LOCK = 1, STORE_BROKEN = 2, STORE_TRY_LOCK = 4, STORE_LOCK_SOON = 8 };

/* the patience of STORE_LOCK_SOON */
enum { STORE_LOCK_S = 10 };

/* store_load - open ROOT/ID (O_NOFOLLOW) and read its state. STORE_LOCK: take the exclusive lock
 * first (waits for whoever has it). STORE_LOCK_SOON: the same, but ETIMEDOUT, with ret->dir_fd
 * open, after STORE_LOCK_S seconds. STORE_TRY_LOCK: take it when it is free (ret->locked tells). An
 * unknown or invalid id is the error `container "ID" does not exist` with code ENOENT.
 * STORE_BROKEN: a missing or broken state.json is no error: the state has the id and, when
 * has_undo, the undo core, and *e holds the reason (return 1 instead of 0; code ENOENT when the
 * file is missing). One that only cannot be read at the moment is. */
NODISCARD int store_load(const struct store *s, const char *id, unsigned flags,
	struct container *ret, struct err *e);

/* container_lock - take the lock of a container that was loaded or claimed, and unlocked, before.
 * 1: it has been removed meanwhile */
NODISCARD int container_lock(struct container *c, struct err *e);

/* container_try_lock - the same without waiting; 2: somebody else has it */
NODISCARD int container_try_lock(struct container *c, struct err *e);

/* container_unlock - let other commands work on it */
void container_unlock(struct container *c);

/* container_save - replace state.json by c->state */
NODISCARD int container_save(struct container *c, struct err *e);

/* container_note - write the undo core of c->state: before something is made that it names, and
 * before state.json says so */
NODISCARD int container_note(struct container *c, struct err *e);

/* container_confirm - for one that was loaded and is to be undone: where the undo core says
 * something else than state.json, which has no checksum, the undo core counts. A difference is a
 * warning. */
void container_confirm(struct container *c);

/* container_is_bare - does ROOT/ID look as before anything else was made, and as after all else was
 * removed: without config.json, which is the first and the last file but those that name the rest?
 * 1, 0, or -1 with *e */
NODISCARD int container_is_bare(const struct container *c, struct err *e);

/* container_remove - remove every file in ROOT/ID and the directory itself, never through a
 * symlink; the id is free afterwards */
NODISCARD int container_remove(struct container *c, struct err *e);

/* store_explain - after an error of writing: what to do about it, where that is known. Returns -1.
 */
int store_explain(struct err *e);

/* store_ids - the ids in the store (directories with a valid name), sorted, in the arena,
 * NULL-terminated */
NODISCARD int store_ids(struct arena *a, const struct store *s, const char ***ret, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* dlopen_note.h - tell packaging tools which libraries are loaded on first use
 *
 * Such a library has no DT_NEEDED entry, so nothing would make a package depend on it. The ELF note
 * ".note.dlopen" (owner "FDO", type 0x407c0c0a, JSON text) says it instead; it is the format that
 * dh_dlopenlibdeps and rpm read (uapi-group.org, "dlopen() Metadata for ELF Files"). */
#ifndef CL_KERN_DLOPEN_NOTE_H
#define CL_KERN_DLOPEN_NOTE_H

#include <stdint.h>

/* DLOPEN_NOTE - place the JSON text (a string literal) into the note section; name makes the C
 * identifier unique in the file */
#define DLOPEN_NOTE(name, json)                                                          \
	__attribute__((used, section(".note.dlopen"), aligned(4))) static const struct { \
		uint32_t name_size, json_size, type;                                     \
		char owner[4];                                                           \
		char text[(sizeof(json) + 3) & ~3ul];                                    \
	} dlopen_note_##name = { 4, sizeof(json), 0x407c0c0a, "FDO", json }

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/capname.h"

#include <strings.h>
#include <sys/capability.h>

#include "base/log.h"
#include "base/str.h"
#include "kern/dlopen_note.h"
#include "kern/library.h"

DLOPEN_NOTE(libcap,
	"[{\"soname\":[\"libcap.so.2\"],\"feature\":\"capability\",\"priority\":\"suggested\","
	"\"description\":\"Names of capabilities newer than this program\"}]");

int capname_number(const char *name)
{
	__typeof__(cap_from_name) *from_name = NULL;
	cap_value_t value = -1;
	void *handle, *symbol;
	struct err why;

	err_init(&why);
	handle = library_open("libcap.so.2", &why);
	if (!handle) {
		log_debug("libcap.so.2 is not there to tell what \"%s\" is: %s", name,
			err_text(&why));
		return -1;
	}
	symbol = library_symbol(handle, "cap_from_name");
	memcpy(&from_name, &symbol, sizeof(from_name));
	/* libcap takes any case, config.json does not */
	if (from_name && str_after(name, "CAP_") &&
		name[strcspn(name, "abcdefghijklmnopqrstuvwxyz")] == '\0' &&
		from_name(name, &value) < 0)
		value = -1;
	library_close(handle);
	return value;
}

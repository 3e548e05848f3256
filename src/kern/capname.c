/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/capname.h"

#include <dlfcn.h>
#include <strings.h>
#include <sys/capability.h>

#include "base/log.h"
#include "base/str.h"
#include "kern/dlopen_note.h"

DLOPEN_NOTE(libcap,
	"[{\"soname\":[\"libcap.so.2\"],\"feature\":\"capability\",\"priority\":\"suggested\","
	"\"description\":\"Names of capabilities newer than this program\"}]");

int capname_number(const char *name)
{
	void *handle = dlopen("libcap.so.2", RTLD_NOW | RTLD_LOCAL);
	__typeof__(cap_from_name) *from_name = NULL;
	cap_value_t value = -1;
	void *symbol;

	if (!handle) {
		log_debug("libcap.so.2 is not there to tell what \"%s\" is", name);
		return -1;
	}
	symbol = dlsym(handle, "cap_from_name");
	memcpy(&from_name, &symbol, sizeof(from_name));
	/* libcap takes any case, config.json does not */
	if (from_name && str_after(name, "CAP_") &&
		name[strcspn(name, "abcdefghijklmnopqrstuvwxyz")] == '\0' &&
		from_name(name, &value) < 0)
		value = -1;
	(void)dlclose(handle);
	return value;
}

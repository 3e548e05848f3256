/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/landlock.h"

#include <sys/syscall.h>

#include "base/compat.h"

enum {
	CREATE_VERSION = 1,
	RULE_PATH_BENEATH = 1,
	RULE_NET_PORT = 2,
};

int landlock_abi(void)
{
	long r = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);

	if (r > 0)
		return (int)r;
	return errno == EOPNOTSUPP ? LANDLOCK_OFF : LANDLOCK_ABSENT;
}

int landlock_create(const struct landlock_set *h)
{
	/* members that an older kernel does not know may be there as long as they are 0 */
	const struct {
		uint64_t fs, net, scope;
	} attr = { h->fs, h->net, h->scope };

	return (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
}

int landlock_allow_beneath(int ruleset, int fd, uint64_t access)
{
	const struct __attribute__((packed)) {
		uint64_t access;
		int32_t fd;
	} attr = { access, fd };

	return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &attr, 0);
}

int landlock_allow_port(int ruleset, uint16_t port, uint64_t access)
{
	const struct {
		uint64_t access, port;
	} attr = { access, port };

	return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &attr, 0);
}

int landlock_restrict(int ruleset, uint64_t log)
{
	return (int)syscall(SYS_landlock_restrict_self, ruleset, (uint32_t)log);
}

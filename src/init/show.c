/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: init is undumpable until it executes the program, because its memory is a copy of the
 * caller's, which nobody in the container may look into. The kernel takes that for a reason to keep
 * its namespaces from everybody but root of the host. So an ordinary user could not exec in a
 * container that he has created and not started yet. Init itself may open its namespaces, and hands
 * them to who asks at the start socket, which is in the state directory, where only that user gets
 * to.
 *
 * The descriptors lead to nothing of the host, and are closed before startContainer hooks and the
 * program. */
#include <fcntl.h>

#include "stage.h"

static unsigned types(const struct plan_namespaces *ns)
{
	unsigned r = ns->fresh;

	for (size_t i = 0; i < ns->n_join; i++)
		r |= ns->join[i].type;
	return r;
}

int init_show_open(struct init *in, struct err *e)
{
	if (!(in->args.flags & INIT_SHOWS) || in->shown.n)
		return 0;
	return ns_open_own(in->args.proc, types(&in->plan->ns), &in->shown, e);
}

/* What cannot be sent shows to who has asked: the end comes early. */
void init_show(const struct init *in, int sock)
{
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = root < 0 ? -1 : sync_send(sock, SYNC_SHOWN, 0, root);

	for (size_t i = 0; i < in->shown.n && r == 0; i++)
		r = sync_send(sock, SYNC_SHOWN, (int32_t)in->shown.types[i], in->shown.fds[i]);
	def_close(&sock);
}

void init_show_end(struct init *in)
{
	ns_close(&in->shown);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "launch.h"

#include <linux/sched.h>
#include <string.h>

/* It opens its sockets in the gateway's network, and leaves that itself. */
#define NAMESPACES	(CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)

unsigned long long launch_namespaces(const char *way, bool tree)
{
	if (!strcmp(way, ORDER_WAY_TREE))
		return CLONE_NEWNS;
	if (!strcmp(way, ORDER_WAY_ENTER) || !strcmp(way, ORDER_WAY_ZYGOTE))
		return 0;
	/* Its mounts are copies of those that were made before, if there are any. */
	return NAMESPACES | (tree ? 0 : CLONE_NEWNS);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The class priority: the highest priority goes first, tasks of one priority
 * take turns.
 *
 * A rank that waits grows older. That all ranks age at the same pace makes their
 * order independent of the time at which one looks: a rank that began to wait
 * one ageing period earlier stands as one of a priority higher. So none starves,
 * and none has to be moved for it.
 */
#include "policy/class.h"

#include <linux/sluice_netlink.h>

u64 sluice_class_ageing;

static u64 priority_key(const struct sluice_rank *rank)
{
	u64 below = SLUICE_PRIORITY_MAX - rank->priority;

	if (!sluice_class_ageing)
		return below;
	return rank->since + below * sluice_class_ageing;
}

struct sluice_class sluice_class_priority = {
	.name = "priority",
	.patience = 1000000000ULL,
	.key = priority_key,
};

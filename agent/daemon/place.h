/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The place of environments in the tree of cgroups (v2): the directory below which they
 * have theirs. It is ours, which somebody has delegated to us, and we go to a leaf of
 * it; or one that another process holds: environments outlive the agent, and systemd
 * takes a unit's cgroup away when nothing of the unit runs.
 */
#ifndef SLUICE_PLACE_H
#define SLUICE_PLACE_H

#include <sys/types.h>

#include "say.h"

#define PLACE_ROOT	"/sys/fs/cgroup"
#define PLACE_LEAF	"agent"
/*
 * Who holds it, or the agent, is in a cgroup of that name beside those of environments, with this
 * weight of CPU. Each of those has as many as thousandths of a CPU that it is promised.
 */
#define PLACE_LEAF_WEIGHT 20

/*
 * Open, with memory, cpu and pids for those below it. @asked: a directory for
 * environments alone; NULL for our own. A negative errno fills @error.
 */
int place_open(const char *asked, char error[ERROR_SIZE]);
/* The one that is held, as long as the process @ret_holder lives. */
int place_open_held(pid_t *ret_holder, char error[ERROR_SIZE]);
/* Hold our own, for as long as we live. */
int place_hold(char error[ERROR_SIZE]);
void place_let_go(void);

#endif /* SLUICE_PLACE_H */

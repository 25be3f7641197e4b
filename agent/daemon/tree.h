/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the roots of a task's environments have in common, made once, as a mount namespace
 * (lib/order.h): each of them begins with a copy of it. Made by a process of the first one that
 * needs it, in its cgroup, as what it looks at may never answer; gone when none has needed it
 * for a while.
 */
#ifndef SLUICE_TREE_H
#define SLUICE_TREE_H

#include <systemd/sd-event.h>

#include "recipe.h"
#include "zygote.h"

struct tree;

/*
 * It is there, or is not to be (recipe->alone), with @why NULL; else it cannot be made, as
 * in make_ops.failed. The tree is gone.
 */
typedef void (*tree_fn)(const char *why, bool lacked, void *arg);

/*
 * @cgroup: where it is made, and ended by who ends all that is in there. NULL: @error says why.
 * The recipe lives as long as this does.
 */
struct tree *tree_start(sd_event *event, struct zygote *zygote, int cgroup,
			struct recipe *recipe, uid_t user, tree_fn fn, void *arg,
			char error[ERROR_SIZE]);
/* It is not wanted any more. NULL is allowed. */
void tree_cancel(struct tree *tree);
/* Is it still good? Else there is none. */
void tree_check(struct recipe *recipe);
/* For an environment that is being made: its file, or -1 where there is none. */
int tree_use(struct recipe *recipe);

#endif /* SLUICE_TREE_H */

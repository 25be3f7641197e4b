/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Environments that are made before they are wanted, as far as they can be (lib/order.h): one
 * of each of the few tasks that had new ones last, and more than one. They are nobody's yet: what
 * they take is the agent's expense, and they are given up where the gateway's memory is short,
 * when nobody has wanted them for half a minute, and when the task is another one.
 */
#ifndef SLUICE_AHEAD_H
#define SLUICE_AHEAD_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "make.h"
#include "module.h"

struct ahead;

/**
 * struct ahead_ops - what it leaves to its owner
 * @left: there is nothing but a cgroup of that id any more, or what ends in there
 * @ends: does something still end there?
 */
struct ahead_ops {
	void	(*left)(uint32_t id, void *arg);
	bool	(*ends)(uint32_t id, void *arg);
};

/* All live as long as it does. 0 or a negative errno. */
int ahead_new(sd_event *event, struct module *module, struct maker *maker,
	      const struct ahead_ops *ops, void *arg, struct ahead **ret_ahead);
/* Of those that there are nothing is left. NULL is allowed. */
void ahead_free(struct ahead *ahead);
/* That one was made now, as that user: its task may want another one soon. */
void ahead_note(struct ahead *ahead, const char *task, uint32_t id,
		struct recipe *recipe, uid_t user);
/*
 * That one is wanted, of that recipe: what there is of it, which is the caller's from here on
 * (make_hand_over()). NULL: nothing, but for what ends in its cgroup.
 */
struct make *ahead_take(struct ahead *ahead, uint32_t id, const struct recipe *recipe);
bool ahead_has(const struct ahead *ahead, uint32_t id);
/* The task is another one, or gone. */
void ahead_forget(struct ahead *ahead, const char *task);
/* The gateway is short of something. NULL is allowed. */
void ahead_give_way(struct ahead *ahead);

#endif /* SLUICE_AHEAD_H */

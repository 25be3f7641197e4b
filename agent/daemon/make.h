/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Make an environment of a recipe, without ever waiting for it: a cgroup, the first
 * process in it, and its door. What comes of it is told by callbacks.
 */
#ifndef SLUICE_MAKE_H
#define SLUICE_MAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "recipe.h"
#include "zygote.h"

/**
 * struct maker - what making takes
 * @event: our loop
 * @place: where environments have their cgroups
 * @zygote: first processes are copies of it
 * @waiting: own: those that wait for another one's tree, see tree.h
 */
struct make;

struct maker {
	sd_event *event;
	int	place;
	struct zygote zygote;
	struct make *waiting;
};

/**
 * struct make_ops - what is told; nothing is cancelled meanwhile
 * @moved: an interface is in its network, which @pid has, from now on
 * @attached: the module watches it from here on; @cgroup is what eBPF knows it by
 * @made: it runs sluice-init
 * @failed: it will not; @lacked: for want of something that the gateway is short of,
 *	so that it is no failure of the task
 */
struct make_ops {
	void	(*moved)(pid_t pid, void *arg);
	void	(*attached)(uint64_t cgroup, void *arg);
	void	(*made)(pid_t pid, void *arg);
	void	(*failed)(const char *why, bool lacked, void *arg);
};

/**
 * make_start() - begin
 * @maker: lives as long as this does
 * @recipe: of the task; a reference is taken
 * @id: of the environment; no cgroup of that number is there
 * @uid: its user and group, of this environment alone
 * @note: for the next agent, on its cgroup; NULL: only what can be made before it is wanted
 * @ops: lives as long as this does
 * @arg: theirs
 *
 * Return: until made() or failed(), or make_cancel(). NULL: @error says why, and
 * @lacked as in failed().
 */
struct make *make_start(struct maker *maker, struct recipe *recipe,
			uint32_t id, uid_t uid, const char *note,
			const struct make_ops *ops, void *arg,
			char error[ERROR_SIZE], bool *lacked);
/*
 * It is wanted now: the rest. @note: as above. A negative errno: it is to be cancelled, @error
 * says why.
 */
int make_want(struct make *make, const char *note, char error[ERROR_SIZE]);
/* From here on these are told. */
void make_hand_over(struct make *make, const struct make_ops *ops, void *arg);
/* It is not wanted any more: what there is of it ends. NULL is allowed. */
void make_cancel(struct make *make);

#endif /* SLUICE_MAKE_H */

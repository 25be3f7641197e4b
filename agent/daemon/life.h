/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of environments: the one file that decides. What the module says of one, or
 * we find, leads to what is done; nothing of it waits.
 */
#ifndef SLUICE_LIFE_H
#define SLUICE_LIFE_H

#include "enforce.h"
#include "make.h"
#include "module.h"
#include "program.h"
#include "users.h"
#include "watch.h"

struct life;

/**
 * struct life_parts - what it works with; all live as long as it does
 * @event: our loop
 * @module: whom we listen to
 * @watch: has the recipes of tasks
 * @maker: makes environments
 * @program: counts for them; NULL for none
 * @enforce: keeps connections to their peers; NULL for none
 * @users: which user each task is
 * @uid_base: of sluice.conf; not 0: environments of slot N are user @uid_base + N, but
 *	for tasks that keep a state, which is one user's
 */
struct life_parts {
	sd_event *event;
	struct module *module;
	struct watch *watch;
	struct maker *maker;
	struct program *program;
	struct enforce *enforce;
	struct users *users;
	uint32_t uid_base;
};

/* Adopt what lives, clean up what nobody knows, and listen. */
int life_start(const struct life_parts *parts, struct life **ret_life);
/* Environments go on: the next agent adopts them. NULL is allowed. */
void life_stop(struct life *life);
/* The task has another recipe: environments of the old one take no further call. */
void life_task_changed(struct life *life, const char *task);

#endif /* SLUICE_LIFE_H */

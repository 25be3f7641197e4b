/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which user and group each task is, on the gateway: one that it has for good, also when
 * it was removed and comes again, so that what it keeps stays its own, and nobody else
 * is ever taken for it. Noted in a file, a task and its number in each line.
 */
#ifndef SLUICE_USERS_H
#define SLUICE_USERS_H

#include <stdint.h>

/*
 * Neither systemd (users, dynamic users, containers: up to 1879048191) nor what it leaves
 * to others (below 2147352576, all of this) gives these to anybody: see the list of user
 * and group ids of systemd.
 */
#define USERS_FIRST	1879048192U
#define USERS_LAST	2147352575U
#define USERS_PATH	"/var/lib/sluice/users"

struct users;

/* Of the file, which may not be there yet. A negative errno; -EBADMSG: a line is wrong. */
int users_open(const char *path, struct users **ret_users);
/* NULL is allowed. */
void users_free(struct users *users);
/* 0; a new one is on the disk by then. -ENOSPC: there are no more; -errno. */
int users_of(struct users *users, const char *task, uint32_t *ret_user);
/* The one that it has. -ENOENT: none yet. */
int users_find(const struct users *users, const char *task, uint32_t *ret_user);

#endif /* SLUICE_USERS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Users, and what each has of what they share: open files, and room for waiting
 * calls and for their input. A user alone may have all that a limit says; when
 * others have some already, half of that less, but one file and one call at least.
 * So whoever comes gets something, and all together never have much more than twice
 * the limit. Root may have the limit besides, whatever others have.
 */
#ifndef SLUICE_USER_H
#define SLUICE_USER_H

#include "types.h"

struct sluice_user *sluice_user_alloc(void);
struct sluice_user *sluice_user_get(kuid_t uid, struct sluice_user **spare);
void sluice_user_hold(struct sluice_user *user);
void sluice_user_put(struct sluice_user *user);
u64 sluice_user_calls_max(const struct sluice_user *user);
u64 sluice_user_bytes_max(const struct sluice_user *user);

int sluice_user_open(struct sluice_user *user);
void sluice_user_close(struct sluice_user *user);
void sluice_user_queued(struct sluice_user *user, u32 bytes);
void sluice_user_unqueued(struct sluice_user *user, u32 bytes);

#endif /* SLUICE_USER_H */

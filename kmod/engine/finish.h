/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How calls and environments end: what was used is booked, what was reserved is
 * given back, a call that may be repeated is queued again. All are called with
 * sluice.lock held; whoever calls them dispatches afterwards.
 */
#ifndef SLUICE_FINISH_H
#define SLUICE_FINISH_H

#include "types.h"

void sluice_finish_attempt(struct sluice_env *env,
			   enum sluice_call_state state,
			   enum sluice_reason reason, s32 status, u64 worker,
			   struct sluice_answer *answer);
void sluice_finish_call(struct sluice_call *call,
			enum sluice_call_state state,
			enum sluice_reason reason);

void sluice_finish_release(struct sluice_env *env);
void sluice_finish_settle(struct sluice_env *env);
void sluice_finish_env(struct sluice_env *env, enum sluice_call_state state,
		       enum sluice_reason reason);
bool sluice_finish_try_gone(struct sluice_env *env);

#endif /* SLUICE_FINISH_H */

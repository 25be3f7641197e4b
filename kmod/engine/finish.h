/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How calls and environments end. All are called with sluice.lock held; leaving it
 * starts what can start then.
 *
 * |                   | its call          | the environment | what it reserved    |
 * |-------------------|-------------------|-----------------|---------------------|
 * | finish_answer     | ends, or again    | idle            | is given back       |
 * | finish_call:      |                   |                 |                     |
 * |  queued           | ends              | has none        | nothing             |
 * |  starting         | ends              | idle, or wanted | is given back       |
 * |  running          | ends              | as finish_env   | as finish_env       |
 * | finish_env        | ends, or again    | retiring        | stays until it is   |
 * |                   |                   |                 | gone                |
 * | finish_unmade     | ends, or again    | failed          | is given back       |
 * | finish_unwanted   | again             | retiring        | stays until an      |
 * |                   |                   |                 | agent lets it go    |
 * | finish_unstarted: |                   |                 |                     |
 * |  it was made      | as finish_env     | as finish_env   | as finish_env       |
 * |  it was not       | ends, or again    | as finish_env   | as finish_env       |
 * | finish_ready      | has none          | idle            | nothing             |
 * | finish_try_gone   | has none          | gone            | is given back       |
 *
 * "Again" is back into the queue: a call that failed and may be repeated, and one
 * that its environment never ran. "Idle" is retiring where nobody would come back
 * for it. A call that ends goes to its owner and to the history: call.h, owner.h.
 */
#ifndef SLUICE_FINISH_H
#define SLUICE_FINISH_H

#include "types.h"

void sluice_finish_answer(struct sluice_env *env,
			  const struct sluice_result *result, u64 worker);
void sluice_finish_call(struct sluice_call *call,
			enum sluice_call_state state,
			enum sluice_reason reason);

void sluice_finish_env(struct sluice_env *env, enum sluice_call_state state,
		       enum sluice_reason reason);
void sluice_finish_unmade(struct sluice_env *env, const char *message,
			  enum sluice_reason reason);
void sluice_finish_unwanted(struct sluice_env *env);
void sluice_finish_unstarted(struct sluice_env *env);
void sluice_finish_ready(struct sluice_env *env);
bool sluice_finish_try_gone(struct sluice_env *env);

#endif /* SLUICE_FINISH_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which calls come in: limits, budgets, room in the queue, deadlines that can be
 * met. Decides, and says why not; what follows is done by submit.c. Called with
 * sluice.lock held, except where noted.
 */
#ifndef SLUICE_ADMIT_H
#define SLUICE_ADMIT_H

#include "types.h"

/**
 * struct sluice_refused - why a call was not accepted
 * @refusal: SLUICE_REFUSAL_NONE when it was
 * @asked: what the call needs, where a limit was hit
 * @limit: the limit
 * @resource: which, for SLUICE_REFUSAL_OVER_BUDGET and _UNSCHEDULABLE
 */
struct sluice_refused {
	enum sluice_refusal refusal;
	u64	asked;
	u64	limit;
	char	resource[SLUICE_NAME_SIZE];
};

/**
 * struct sluice_admission - what makes way for a call that comes in
 * @older: a waiting call with the same key, which ends as superseded; NULL for none
 * @drop: so many of the calls that sluice_callq_makes_way() names are dropped
 */
struct sluice_admission {
	struct sluice_call *older;
	u32	drop;
};

/* Needs no lock. 0 for SLUICE_REFUSAL_NONE. */
int sluice_refusal_errno(enum sluice_refusal refusal);

bool sluice_admit_input(const struct sluice_task *task, u32 len, u32 words_len,
			struct sluice_refused *refused);
bool sluice_admit_words(struct sluice_call *call,
			struct sluice_refused *refused);
int sluice_admit(struct sluice_call *call, const struct sluice_owner *owner,
		 bool detached, bool (*privileged)(void),
		 struct sluice_admission *admission,
		 struct sluice_refused *refused);
int sluice_admit_priority(const struct sluice_task *task, u32 priority,
			  bool (*privileged)(void),
			  struct sluice_refused *refused);
int sluice_admit_deadline(struct sluice_call *call, u64 deadline, u64 until,
			  struct sluice_refused *refused);

#endif /* SLUICE_ADMIT_H */

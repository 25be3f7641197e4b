/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How calls come in: checked, charged and queued, or refused at once with the
 * reason.
 */
#ifndef SLUICE_SUBMIT_H
#define SLUICE_SUBMIT_H

#include "types.h"

/**
 * struct sluice_refused - what became of a submission, and why it was refused
 * @id: of the call, when it was accepted
 * @refusal: SLUICE_REFUSAL_NONE when the call was accepted
 * @asked: what the call needs, where a limit was hit
 * @limit: the limit
 * @resource: which, for SLUICE_REFUSAL_OVER_BUDGET and _UNSCHEDULABLE
 */
struct sluice_refused {
	u64	id;
	enum sluice_refusal refusal;
	u64	asked;
	u64	limit;
	char	resource[SLUICE_NAME_SIZE];
};

int sluice_refusal_errno(enum sluice_refusal refusal);

struct sluice_task *sluice_submit_task(const char *name, u32 input_len,
				       struct sluice_refused *refused);
int sluice_submit(struct sluice_call *call, struct sluice_file *owner,
		  bool block, struct sluice_refused *refused);
int sluice_submit_again(struct sluice_call *call, const u32 *priority,
			const u64 *deadline, struct sluice_refused *refused);

#endif /* SLUICE_SUBMIT_H */

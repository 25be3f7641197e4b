/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate: may a call start now, and if not, why. A pure function of what the
 * call needs, what the ledger says and how many environments there are. The
 * caller holds sluice.lock. Compiles in userspace unchanged.
 */
#ifndef SLUICE_GATE_H
#define SLUICE_GATE_H

#include "base/ledger.h"

struct sluice_claim;

/**
 * struct sluice_gate_input - what the gate decides on
 * @request: what the call needs
 * @share: of the idle environment that would run it, NULL when a new one is
 *	needed
 * @overhead: memory that a new one takes besides the request
 * @agent: somebody is there to provision a new environment
 * @envs: environments that live
 * @envs_max: most that may live
 * @task_envs: environments of the call's task that live
 * @task_envs_max: most of the task that may live
 * @running: calls of the task that start or run
 * @running_max: most of them, 0 for no limit
 * @closed: its class starts nothing, as environments do not get the CPU that they
 *	were promised
 */
struct sluice_gate_input {
	const struct sluice_request *request;
	const struct sluice_share *share;
	u64	overhead;
	bool	agent;
	u32	envs;
	u32	envs_max;
	u32	task_envs;
	u32	task_envs_max;
	u32	running;
	u32	running_max;
	bool	closed;
};

/**
 * struct sluice_verdict - what the gate said
 * @hold: SLUICE_HOLD_NONE for yes
 * @res: id of the resource that is short, for SLUICE_HOLD_RESOURCE and _NEVER
 * @need: how much of @res the call would add to what is promised
 * @missing: how much of @need is not available, or of the whole request has no
 *	place in the budget; for SLUICE_HOLD_NEVER by how much @need, the whole, is
 *	over the budget
 * @others: the task has several warm environments, and not all of them lack @res:
 *	more of something else may do as well. The gate itself never says so.
 * @claim: which the call would delay, for SLUICE_HOLD_CLAIM, which the gate itself
 *	never says
 */
struct sluice_verdict {
	enum sluice_hold hold;
	u32	res;
	u64	need;
	u64	missing;
	bool	others;
	const struct sluice_claim *claim;
};

bool sluice_gate_check(const struct sluice_ledger *ledger,
		       const struct sluice_gate_input *input,
		       struct sluice_verdict *verdict);
u64 sluice_gate_need(const struct sluice_request *request,
		     const struct sluice_share *share, int res);
u64 sluice_gate_asks(const struct sluice_request *request, u64 overhead,
		     u32 res);
const struct sluice_account *
sluice_gate_exceeds(const struct sluice_ledger *ledger,
		    const struct sluice_request *request, u64 overhead);

#endif /* SLUICE_GATE_H */

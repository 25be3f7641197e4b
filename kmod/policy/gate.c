// SPDX-License-Identifier: GPL-2.0-only
#include "policy/gate.h"

/*
 * A warm environment that is measured to use memory already has that much
 * promised to it: only the rest of the request is new.
 */
u64 sluice_gate_need(const struct sluice_request *request,
		     const struct sluice_share *share, int res)
{
	u64 amount = request->amount[res];
	u64 has;

	if (!share)
		return amount;
	has = share->reserved[res] > share->measured[res] ?
	      share->reserved[res] : share->measured[res];
	return amount > has ? amount - has : 0;
}

/*
 * All that a call takes of a resource with an environment of its own. What names no
 * memory waits for none.
 */
u64 sluice_gate_asks(const struct sluice_request *request, u64 overhead,
		     int res)
{
	u64 amount = request->amount[res];

	return amount && res == SLUICE_RES_MEMORY ? amount + overhead : amount;
}

static bool no(struct sluice_verdict *verdict, enum sluice_hold hold)
{
	verdict->hold = hold;
	return false;
}

static bool check(const struct sluice_ledger *ledger,
		  const struct sluice_gate_input *input,
		  struct sluice_verdict *verdict)
{
	int res;

	*verdict = (struct sluice_verdict){ .hold = SLUICE_HOLD_NONE };
	if (input->running_max && input->running >= input->running_max)
		return no(verdict, SLUICE_HOLD_CONCURRENCY);
	if (input->closed)
		return no(verdict, SLUICE_HOLD_CPU_PRESSURE);
	if (!input->share) {
		/* What it has ends, or is not made: no other will come free. */
		if (!input->agent && !input->running)
			return no(verdict, SLUICE_HOLD_AGENT);
		if (input->task_envs >= input->task_envs_max)
			return no(verdict, SLUICE_HOLD_CONCURRENCY);
		if (input->envs >= input->envs_max)
			return no(verdict, SLUICE_HOLD_ENVIRONMENTS);
		if (!input->agent)
			return no(verdict, SLUICE_HOLD_AGENT);
	}
	for (res = 0; res < ledger->count; res++) {
		u64 need = sluice_gate_need(input->request, input->share, res);
		u64 amount = input->request->amount[res];
		u64 lacks;

		if (!amount)
			continue;
		if (!input->share)
			need = sluice_gate_asks(input->request, input->overhead,
						res);
		lacks = sluice_ledger_lacks(ledger, res, need, amount);
		if (!lacks)
			continue;
		verdict->res = res;
		verdict->need = need;
		verdict->missing = lacks;
		return no(verdict, SLUICE_HOLD_RESOURCE);
	}
	return true;
}

/*
 * The first resource of which a request asks more than the budget gives, so
 * that it could never start; -1 when there is none.
 */
int sluice_gate_exceeds(const struct sluice_ledger *ledger,
			const struct sluice_request *request, u64 overhead)
{
	int res;

	for (res = 0; res < ledger->count; res++)
		if (sluice_gate_asks(request, overhead, res) >
		    ledger->account[res].budget)
			return res;
	return -1;
}

/**
 * sluice_gate_check() - may a call start now
 * @ledger: the accounts
 * @input: what the call needs and what there is to run it
 * @verdict: (out) the reason
 *
 * That it can never start, as the budget was lowered, comes before all else. Then
 * come the rules that no resource can heal, then the first resource that is short,
 * in the order of the ledger.
 *
 * Return: true for yes.
 */
bool sluice_gate_check(const struct sluice_ledger *ledger,
		       const struct sluice_gate_input *input,
		       struct sluice_verdict *verdict)
{
	int res;

	if (check(ledger, input, verdict))
		return true;
	/* One that needs more than its budget never gets a yes: only now we ask. */
	res = sluice_gate_exceeds(ledger, input->request, input->overhead);
	if (res < 0)
		return false;
	verdict->hold = SLUICE_HOLD_NEVER;
	verdict->res = res;
	verdict->need = sluice_gate_asks(input->request, input->overhead, res);
	verdict->missing = verdict->need - ledger->account[res].budget;
	return false;
}

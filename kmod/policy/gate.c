// SPDX-License-Identifier: GPL-2.0-only
#include "policy/gate.h"

/*
 * How much of a quantity is new. A warm environment that is measured to use memory
 * already has that much promised to it: only the rest of the request is.
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
		     u32 res)
{
	u64 amount = sluice_request_of(request, res);

	return amount && res == SLUICE_RES_MEMORY ? amount + overhead : amount;
}

static bool no(struct sluice_verdict *verdict, enum sluice_hold hold)
{
	verdict->hold = hold;
	return false;
}

static bool lacks(struct sluice_verdict *verdict,
		  const struct sluice_account *account, u64 need, u64 amount)
{
	u64 missing = sluice_account_lacks(account, need, amount);

	if (!missing)
		return false;
	verdict->hold = SLUICE_HOLD_RESOURCE;
	verdict->res = account->res;
	verdict->need = need;
	verdict->missing = missing;
	return true;
}

static bool lacks_any(const struct sluice_ledger *ledger,
		      const struct sluice_gate_input *input,
		      struct sluice_verdict *verdict)
{
	const struct sluice_request *request = input->request;
	const struct sluice_tokens *tokens = request->tokens;
	u32 i;

	for (i = 0; i < SLUICE_QUANTITIES; i++) {
		u64 need = sluice_gate_need(request, input->share, i);

		if (!input->share)
			need = sluice_gate_asks(request, input->overhead, i);
		if (request->amount[i] &&
		    lacks(verdict, &ledger->account[i], need,
			  request->amount[i]))
			return true;
	}
	for (i = 0; tokens && i < tokens->count; i++)
		if (lacks(verdict, tokens->each[i].account,
			  tokens->each[i].amount, tokens->each[i].amount))
			return true;
	return false;
}

static bool check(const struct sluice_ledger *ledger,
		  const struct sluice_gate_input *input,
		  struct sluice_verdict *verdict)
{
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
	return !lacks_any(ledger, input, verdict);
}

/*
 * The first resource of which a request asks more than the budget gives, so
 * that it could never start; NULL when there is none.
 */
const struct sluice_account *
sluice_gate_exceeds(const struct sluice_ledger *ledger,
		    const struct sluice_request *request, u64 overhead)
{
	const struct sluice_tokens *tokens = request->tokens;
	u32 i;

	for (i = 0; i < SLUICE_QUANTITIES; i++)
		if (sluice_gate_asks(request, overhead, i) >
		    ledger->account[i].budget)
			return &ledger->account[i];
	for (i = 0; tokens && i < tokens->count; i++)
		if (tokens->each[i].amount > tokens->each[i].account->budget)
			return tokens->each[i].account;
	return NULL;
}

/**
 * sluice_gate_check() - may a call start now
 * @ledger: the accounts
 * @input: what the call needs and what there is to run it
 * @verdict: (out) the reason
 *
 * That it can never start, as the budget was lowered, comes before all else. Then
 * come the rules that no resource can heal, then the first resource that is short,
 * by id.
 *
 * Return: true for yes.
 */
bool sluice_gate_check(const struct sluice_ledger *ledger,
		       const struct sluice_gate_input *input,
		       struct sluice_verdict *verdict)
{
	const struct sluice_account *over;

	if (check(ledger, input, verdict))
		return true;
	/* One that needs more than its budget never gets a yes: only now we ask. */
	over = sluice_gate_exceeds(ledger, input->request, input->overhead);
	if (!over)
		return false;
	verdict->hold = SLUICE_HOLD_NEVER;
	verdict->res = over->res;
	verdict->need = sluice_gate_asks(input->request, input->overhead,
					 over->res);
	verdict->missing = verdict->need - over->budget;
	return false;
}

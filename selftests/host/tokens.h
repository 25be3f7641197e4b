/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tokens in tests. Lists of them do not change once they are made, so that whoever
 * wants another amount has a new list, and what had the old one keeps it.
 */
#ifndef SLUICE_TOKENS_H
#define SLUICE_TOKENS_H

#include "kernel.h"

#include "base/ledger.h"

/* A new one, of which there are so many. */
static inline struct sluice_account *
token_declare(struct sluice_ledger *ledger, const char *name, u64 budget)
{
	struct sluice_account *account;
	int ret = sluice_ledger_declare(ledger, name, &account);

	assert(!ret);
	account->budget = budget;
	return account;
}

/* The account of a resource that is there. */
static inline struct sluice_account *account_of(struct sluice_ledger *ledger,
						u32 res)
{
	struct sluice_account *account = sluice_ledger_account(ledger, res);

	assert(account && account->res == res);
	return account;
}

static inline void tokens_put_in(struct sluice_tokens *tokens,
				 struct sluice_account *account, u64 amount)
{
	bool added = sluice_tokens_add(tokens, account, amount);

	assert(added);
}

/*
 * The list @old with so many of a token; NULL for none at all. There is room for no
 * more than is in it, so that what is written behind it is seen.
 */
static inline struct sluice_tokens *
tokens_with(const struct sluice_tokens *old, struct sluice_account *account,
	    u64 amount)
{
	u32 i, count = !!amount;
	struct sluice_tokens *new;

	for (i = 0; old && i < old->count; i++)
		count += old->each[i].account != account;
	if (!count)
		return NULL;
	new = sluice_tokens_new(count);
	assert(new);
	if (amount)
		tokens_put_in(new, account, amount);
	for (i = 0; old && i < old->count; i++)
		if (old->each[i].account != account)
			tokens_put_in(new, old->each[i].account,
				      old->each[i].amount);
	return new;
}

/* The request, to which the list belongs, names so many of any resource. */
static inline void request_set(struct sluice_ledger *ledger,
			       struct sluice_request *request, u32 res,
			       u64 amount)
{
	struct sluice_tokens *old = request->tokens;

	if (res < SLUICE_QUANTITIES) {
		request->amount[res] = amount;
		return;
	}
	request->tokens = tokens_with(old, account_of(ledger, res), amount);
	sluice_tokens_put(old);
}

/* It names nothing, and has nothing to be put any more. */
static inline void request_drop(struct sluice_request *request)
{
	sluice_tokens_put(request->tokens);
	memset(request, 0, sizeof(*request));
}

/* How much of any resource a share has reserved. */
static inline u64 share_of(const struct sluice_share *share, u32 res)
{
	return res < SLUICE_QUANTITIES ? share->reserved[res] :
					 sluice_tokens_of(share->tokens, res);
}

static inline u64 measured_of(const struct sluice_share *share, u32 res)
{
	return res < SLUICE_QUANTITIES ? share->measured[res] : 0;
}

/* As its environment does: the list is put. Returns the bits of the quantities. */
static inline u32 share_release(struct sluice_ledger *ledger,
				struct sluice_share *share)
{
	struct sluice_tokens *tokens;
	u32 quantities = sluice_ledger_release(ledger, share, &tokens);

	sluice_tokens_put(tokens);
	return quantities;
}

#endif /* SLUICE_TOKENS_H */

// SPDX-License-Identifier: GPL-2.0-only
#include "policy/claim.h"

#include <linux/minmax.h>
#include <linux/sort.h>

static int by_time(const void *a, const void *b)
{
	u64 x = ((const struct sluice_ending *)a)->at;
	u64 y = ((const struct sluice_ending *)b)->at;

	return x < y ? -1 : x > y;
}

/* How many of a token, which @tokens has at @i, others name. */
static u64 of_token(const struct sluice_tokens *others,
		    const struct sluice_tokens *tokens, u32 i)
{
	return others == tokens ? tokens->each[i].amount :
	       sluice_tokens_of(others, tokens->each[i].account->res);
}

/* Of tokens that the claim does not need it is not known what is left: others may have it. */
static bool fits(const struct sluice_request *request,
		 const struct sluice_forecast *forecast)
{
	const struct sluice_tokens *tokens = forecast->tokens;
	u32 i;

	for (i = 0; i < SLUICE_QUANTITIES; i++)
		if (request->amount[i] > forecast->spare[i])
			return false;
	for (i = 0; tokens && i < tokens->count; i++)
		if (of_token(request->tokens, tokens, i) >
		    forecast->token_spare[i])
			return false;
	return true;
}

/* What is promised at a point in time: of quantities, and of tokens that are needed. */
struct promised {
	u64	quantity[SLUICE_QUANTITIES];
	u64	token[SLUICE_TOKENS_EACH];
};

/* What there is now. */
static void begin(const struct sluice_ledger *ledger,
		  struct promised *promised, struct sluice_forecast *forecast)
{
	const struct sluice_tokens *tokens = forecast->tokens;
	const struct sluice_account *account;
	u32 i;

	for (i = 0; i < SLUICE_QUANTITIES; i++) {
		account = &ledger->account[i];
		promised->quantity[i] = account->promised;
		forecast->spare[i] = sluice_account_available(account);
	}
	for (i = 0; tokens && i < tokens->count; i++) {
		account = tokens->each[i].account;
		promised->token[i] = account->promised;
		forecast->token_spare[i] = sluice_account_available(account);
	}
}

/* What has been promised to an environment, others can have when it ends. */
static void give_back(const struct sluice_ledger *ledger,
		      const struct sluice_share *share,
		      struct promised *promised,
		      struct sluice_forecast *forecast)
{
	const struct sluice_tokens *tokens = forecast->tokens;
	u64 more;
	u32 i;

	for (i = 0; i < SLUICE_QUANTITIES; i++) {
		more = share->reserved[i] > share->measured[i] ?
		       share->reserved[i] : share->measured[i];
		if (i == SLUICE_RES_MEMORY)
			more += share->overhead;
		if (!more)
			continue;
		promised->quantity[i] -= more;
		forecast->spare[i] =
			sluice_account_available_with(&ledger->account[i],
						      promised->quantity[i]);
	}
	for (i = 0; share->tokens && tokens && i < tokens->count; i++) {
		promised->token[i] -= of_token(share->tokens, tokens, i);
		forecast->token_spare[i] =
			sluice_account_available_with(tokens->each[i].account,
						      promised->token[i]);
	}
}

/* What is left when the claim has what it needs. */
static void take(const struct sluice_request *request,
		 struct sluice_forecast *forecast)
{
	const struct sluice_tokens *tokens = forecast->tokens;
	u32 i;

	for (i = 0; i < SLUICE_QUANTITIES; i++)
		forecast->spare[i] -= min(request->amount[i],
					  forecast->spare[i]);
	for (i = 0; tokens && i < tokens->count; i++)
		forecast->token_spare[i] -= min(tokens->each[i].amount,
						forecast->token_spare[i]);
}

/**
 * sluice_claim_forecast() - when can a request be met
 * @ledger: the accounts, as they are now
 * @request: what is needed
 * @endings: environments and when they end; sorted by this function
 * @count: of @endings
 * @now: point in time
 * @forecast: (out) the answer
 *
 * The rest of the box is taken to stay as it is.
 */
void sluice_claim_forecast(const struct sluice_ledger *ledger,
			   const struct sluice_request *request,
			   struct sluice_ending *endings, u32 count, u64 now,
			   struct sluice_forecast *forecast)
{
	struct promised promised;
	u32 i;

	forecast->at = now;
	forecast->tokens = request->tokens;
	begin(ledger, &promised, forecast);
	sort(endings, count, sizeof(*endings), by_time, NULL);
	/* All that end at that time, so that it does not matter who comes first. */
	for (i = 0; i < count; i++) {
		if (fits(request, forecast) && endings[i].at > forecast->at)
			break;
		give_back(ledger, endings[i].share, &promised, forecast);
		if (forecast->at < endings[i].at)
			forecast->at = endings[i].at;
	}
	if (!fits(request, forecast))
		forecast->at = SLUICE_NEVER;
	take(request, forecast);
}

/*
 * A call that asks for @request and is expected to end at @end does not delay
 * the claim: it has ended before, or takes nothing that will be needed.
 */
bool sluice_claim_lets_pass(const struct sluice_forecast *forecast,
			    const struct sluice_request *request, u64 end)
{
	return end <= forecast->at || fits(request, forecast);
}

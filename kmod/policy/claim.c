// SPDX-License-Identifier: GPL-2.0-only
#include "policy/claim.h"

#include <linux/sort.h>
#include <linux/string.h>

static int by_time(const void *a, const void *b)
{
	u64 x = ((const struct sluice_ending *)a)->at;
	u64 y = ((const struct sluice_ending *)b)->at;

	return x < y ? -1 : x > y;
}

static bool fits(const struct sluice_request *request, const u64 *left)
{
	int res;

	for (res = 0; res < SLUICE_RES_MAX; res++)
		if (request->amount[res] > left[res])
			return false;
	return true;
}

/* What has been promised to an environment, others can have when it ends. */
static void give_back(const struct sluice_ledger *ledger,
		      const struct sluice_share *share, u64 *promised,
		      u64 *left)
{
	int res;

	for (res = 0; res < SLUICE_RES_MAX; res++) {
		u64 more = share->reserved[res] > share->measured[res] ?
			   share->reserved[res] : share->measured[res];

		if (res == SLUICE_RES_MEMORY)
			more += share->overhead;
		if (!more)
			continue;
		promised[res] -= more;
		left[res] = sluice_ledger_available_with(ledger, res,
							 promised[res]);
	}
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
	u64 *left = forecast->spare;
	u64 promised[SLUICE_RES_MAX];
	u32 i;
	int res;

	for (res = 0; res < SLUICE_RES_MAX; res++) {
		promised[res] = ledger->account[res].promised;
		left[res] = sluice_ledger_available(ledger, res);
	}
	forecast->at = now;
	sort(endings, count, sizeof(*endings), by_time, NULL);
	/* All that end at that time, so that it does not matter who comes first. */
	for (i = 0; i < count; i++) {
		if (fits(request, left) && endings[i].at > forecast->at)
			break;
		give_back(ledger, endings[i].share, promised, left);
		if (forecast->at < endings[i].at)
			forecast->at = endings[i].at;
	}
	if (!fits(request, left))
		forecast->at = SLUICE_NEVER;
	for (res = 0; res < SLUICE_RES_MAX; res++)
		left[res] = left[res] > request->amount[res] ?
			    left[res] - request->amount[res] : 0;
}

/*
 * A call that asks for @request and is expected to end at @end does not delay
 * the claim: it has ended before, or takes nothing that will be needed.
 */
bool sluice_claim_lets_pass(const struct sluice_forecast *forecast,
			    const struct sluice_request *request, u64 end)
{
	return end <= forecast->at || fits(request, forecast->spare);
}

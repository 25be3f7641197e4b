/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims: when can a call that has waited too long have what it needs, and may
 * another one pass it until then. Pure functions of the ledger and of when the
 * running calls are expected to end. The caller holds sluice.lock. Compiles in
 * userspace unchanged.
 */
#ifndef SLUICE_CLAIM_H
#define SLUICE_CLAIM_H

#include "base/ledger.h"

/**
 * struct sluice_ending - an environment that is expected to give back its share
 * @at: point in time
 * @share: what it has
 */
struct sluice_ending {
	u64	at;
	const struct sluice_share *share;
};

/* No time at which the running calls leave enough is known. */
#define SLUICE_NEVER	(~0ULL)

/**
 * struct sluice_forecast - when a request can be met
 * @at: point in time, SLUICE_NEVER when not even the last ending leaves enough
 * @spare: what will be left of each quantity then
 * @tokens: that the request names; of the request
 * @token_spare: what will be left of each of these
 *
 * Good until the ledger changes: see sluice_ledger.changes.
 */
struct sluice_forecast {
	u64	at;
	u64	spare[SLUICE_QUANTITIES];
	const struct sluice_tokens *tokens;
	u64	token_spare[SLUICE_TOKENS_EACH];
};

void sluice_claim_forecast(const struct sluice_ledger *ledger,
			   const struct sluice_request *request,
			   struct sluice_ending *endings, u32 count, u64 now,
			   struct sluice_forecast *forecast);
bool sluice_claim_lets_pass(const struct sluice_forecast *forecast,
			    const struct sluice_request *request, u64 end);

#endif /* SLUICE_CLAIM_H */

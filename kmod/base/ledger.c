// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resource arithmetic and its invariants:
 *
 *	promised  = sum over environments of max(reserved, measured) + overhead
 *	available = min(budget - promised, physical - outside - promised - reserve,
 *			limit - promised)
 *
 * No subtraction goes below zero: what the box uses may exceed what anybody
 * planned, and then nothing is available.
 */
#include "base/ledger.h"

#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/string.h>

static u64 larger(u64 a, u64 b)
{
	return a > b ? a : b;
}

static u64 smaller(u64 a, u64 b)
{
	return a < b ? a : b;
}

static u64 minus(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

void sluice_ledger_init(struct sluice_ledger *ledger)
{
	static const char * const names[] = { "memory", "cpu", "pids" };
	int res;

	memset(ledger, 0, sizeof(*ledger));
	ledger->count = SLUICE_RES_TOKEN;
	for (res = 0; res < SLUICE_RES_MAX; res++) {
		ledger->account[res].physical = SLUICE_UNBOUNDED;
		ledger->account[res].limit = SLUICE_UNBOUNDED;
		if (res < SLUICE_RES_TOKEN)
			strscpy(ledger->account[res].name, names[res],
				sizeof(ledger->account[res].name));
	}
}

/* Returns the index of the resource, or -ENOENT. */
int sluice_ledger_find(const struct sluice_ledger *ledger, const char *name)
{
	int res;

	for (res = 0; res < SLUICE_RES_MAX; res++)
		if (*name && !strcmp(ledger->account[res].name, name))
			return res;
	return -ENOENT;
}

/* Make room for a token. Returns its index, -EEXIST, -EINVAL or -ENOSPC. */
int sluice_ledger_declare(struct sluice_ledger *ledger, const char *name)
{
	int res;

	if (!*name || strlen(name) > SLUICE_NAME_MAX)
		return -EINVAL;
	if (sluice_ledger_find(ledger, name) >= 0)
		return -EEXIST;
	for (res = SLUICE_RES_TOKEN; res < SLUICE_RES_MAX; res++) {
		struct sluice_account *account = &ledger->account[res];

		if (*account->name)
			continue;
		memset(account, 0, sizeof(*account));
		strscpy(account->name, name, sizeof(account->name));
		account->physical = SLUICE_UNBOUNDED;
		account->limit = SLUICE_UNBOUNDED;
		if (ledger->count <= res)
			ledger->count = res + 1;
		return res;
	}
	return -ENOSPC;
}

/* The caller has seen that nobody holds or names the token. */
void sluice_ledger_forget(struct sluice_ledger *ledger, int res)
{
	struct sluice_account *account = &ledger->account[res];

	memset(account, 0, sizeof(*account));
	account->physical = SLUICE_UNBOUNDED;
	account->limit = SLUICE_UNBOUNDED;
	ledger->grew &= ~(1U << res);
	ledger->changes++;
}

/* A task names these resources, or does no more. */
void sluice_ledger_users(struct sluice_ledger *ledger,
			 const struct sluice_request *request, int by)
{
	int res;

	for (res = 0; res < SLUICE_RES_MAX; res++)
		if (request->amount[res])
			ledger->account[res].users += by;
}

static u32 with_bit(u32 bits, int res, bool set)
{
	return (bits & ~(1U << res)) | (u32)set << res;
}

/* The one place where a share and the sums change, always together. */
static void share_set(struct sluice_ledger *ledger, struct sluice_share *share,
		      int res, u64 reserved, u64 measured)
{
	struct sluice_account *account = &ledger->account[res];
	u64 before = larger(share->reserved[res], share->measured[res]);
	u64 after = larger(reserved, measured);

	if (after < before || reserved < share->reserved[res])
		ledger->grew |= 1U << res;
	account->reserved += reserved - share->reserved[res];
	account->measured += measured - share->measured[res];
	account->promised += after - before;
	share->reserved[res] = reserved;
	share->measured[res] = measured;
	share->reserves = with_bit(share->reserves, res, reserved);
	share->uses = with_bit(share->uses, res, measured);
	ledger->changes++;
}

/* What the operator gives, and what is left to the rest of the box. */
void sluice_ledger_give(struct sluice_ledger *ledger, int res, u64 budget,
			u64 reserve)
{
	struct sluice_account *account = &ledger->account[res];

	if (budget > account->budget || reserve < account->reserve)
		ledger->grew |= 1U << res;
	if (budget != account->budget)
		ledger->given = true;
	account->budget = budget;
	account->reserve = reserve;
	ledger->changes++;
}

/*
 * Book a call's request on an environment. The gate has said yes. Returns a bit
 * for each resource that it names.
 */
u32 sluice_ledger_reserve(struct sluice_ledger *ledger,
			  struct sluice_share *share,
			  const struct sluice_request *request)
{
	u32 resources = 0;
	int res;

	for (res = 0; res < ledger->count; res++) {
		if (!request->amount[res])
			continue;
		share_set(ledger, share, res,
			  share->reserved[res] + request->amount[res],
			  share->measured[res]);
		resources |= 1U << res;
	}
	return resources;
}

/*
 * Give back all that an environment reserved; what it is measured to use stays.
 * Returns a bit for each resource of which it had something.
 */
u32 sluice_ledger_release(struct sluice_ledger *ledger,
			  struct sluice_share *share)
{
	u32 resources = share->reserves;

	while (share->reserves) {
		int res = __builtin_ctz(share->reserves);

		share_set(ledger, share, res, 0, share->measured[res]);
	}
	return resources;
}

/* Book what an environment really uses. */
void sluice_ledger_measure(struct sluice_ledger *ledger,
			   struct sluice_share *share, int res, u64 value)
{
	if (value != share->measured[res])
		share_set(ledger, share, res, share->reserved[res], value);
}

/* Book memory that an environment takes whatever it does, and that nobody measures. */
void sluice_ledger_overhead(struct sluice_ledger *ledger,
			    struct sluice_share *share, u64 bytes)
{
	if (bytes < share->overhead)
		ledger->grew |= 1U << SLUICE_RES_MEMORY;
	ledger->account[SLUICE_RES_MEMORY].promised += bytes - share->overhead;
	share->overhead = bytes;
	ledger->changes++;
}

/* Book what the rest of the box uses. */
void sluice_ledger_box(struct sluice_ledger *ledger, int res, u64 physical,
		       u64 outside)
{
	struct sluice_account *account = &ledger->account[res];
	u64 before = sluice_ledger_available(ledger, res);

	account->physical = physical;
	account->outside = outside;
	if (sluice_ledger_available(ledger, res) > before)
		ledger->grew |= 1U << res;
	ledger->changes++;
}

/* What limits above environments leave to all of them together. */
void sluice_ledger_limit(struct sluice_ledger *ledger, int res, u64 limit)
{
	struct sluice_account *account = &ledger->account[res];
	u64 before = sluice_ledger_available(ledger, res);

	if (limit == account->limit)
		return;
	account->limit = limit;
	if (sluice_ledger_available(ledger, res) > before)
		ledger->grew |= 1U << res;
	ledger->changes++;
}

/* Whoever waits for more of it has been served, or there is too little. */
void sluice_ledger_seen(struct sluice_ledger *ledger, int res)
{
	ledger->grew &= ~(1U << res);
}

u64 sluice_ledger_available(const struct sluice_ledger *ledger, int res)
{
	return sluice_ledger_available_with(ledger, res,
					    ledger->account[res].promised);
}

/* What would be available if so much were promised. */
u64 sluice_ledger_available_with(const struct sluice_ledger *ledger, int res,
				 u64 promised)
{
	const struct sluice_account *account = &ledger->account[res];
	u64 given = minus(smaller(account->budget, account->limit), promised);
	u64 left;

	if (account->physical == SLUICE_UNBOUNDED)
		return given;
	left = minus(account->physical, account->outside);
	left = minus(left, promised);
	left = minus(left, account->reserve);
	return smaller(given, left);
}

/*
 * How much is missing to reserve @amount, of which @need is on top of what is
 * promised already; 0: nothing. What is in use needs its place in the budget, too.
 */
u64 sluice_ledger_lacks(const struct sluice_ledger *ledger, int res, u64 need,
			u64 amount)
{
	const struct sluice_account *account = &ledger->account[res];
	u64 room = minus(account->budget, account->reserved);

	return larger(minus(need, sluice_ledger_available(ledger, res)),
		      minus(amount, room));
}

/*
 * The resource time of a call that had @memory for @time and used @cpu_time: for
 * how long it had its dominant resource, as a part of the budget of that.
 */
u64 sluice_ledger_cost(const struct sluice_ledger *ledger, u64 memory,
		       u64 cpu_time, u64 time)
{
	u64 of_memory = ledger->account[SLUICE_RES_MEMORY].budget;
	u64 of_cpu = ledger->account[SLUICE_RES_CPU].budget;
	u64 cost = 0;

	/* No quotient overflows: memory is part of the budget, years are enough. */
	if (of_memory)
		cost = mul_u64_u64_div_u64(memory < of_memory ? memory : of_memory,
					   time, of_memory);
	if (of_cpu)
		cost = larger(cost, div64_u64((cpu_time < 1ULL << 54 ? cpu_time :
					       1ULL << 54) * 1000, of_cpu));
	return cost;
}

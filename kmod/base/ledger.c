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
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>

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

/*
 * Lists of tokens
 */

/* Of at most @count, empty. May sleep, without sluice.lock. NULL: no memory. */
struct sluice_tokens *sluice_tokens_new(u32 count)
{
	struct sluice_tokens *tokens;

	tokens = kzalloc(struct_size(tokens, each, count), GFP_KERNEL_ACCOUNT);
	if (tokens)
		kref_init(&tokens->ref);
	return tokens;
}

/* There is room for it. False: it is there already. */
bool sluice_tokens_add(struct sluice_tokens *tokens,
		       struct sluice_account *account, u64 amount)
{
	u32 at = tokens->count;

	if (sluice_tokens_of(tokens, account->res))
		return false;
	for (; at && tokens->each[at - 1].account->res > account->res; at--)
		tokens->each[at] = tokens->each[at - 1];
	tokens->each[at].account = account;
	tokens->each[at].amount = amount;
	tokens->count++;
	return true;
}

/* NULL is none, here and below. */
void sluice_tokens_get(struct sluice_tokens *tokens)
{
	if (tokens)
		kref_get(&tokens->ref);
}

static void tokens_free(struct kref *ref)
{
	kfree(container_of(ref, struct sluice_tokens, ref));
}

/* With or without sluice.lock. */
void sluice_tokens_put(struct sluice_tokens *tokens)
{
	if (tokens)
		kref_put(&tokens->ref, tokens_free);
}

/* How many of a token are named; 0 when it is not among them. */
u64 sluice_tokens_of(const struct sluice_tokens *tokens, u32 res)
{
	u32 i;

	for (i = 0; tokens && i < tokens->count; i++)
		if (tokens->each[i].account->res == res)
			return tokens->each[i].amount;
	return 0;
}

u64 sluice_request_of(const struct sluice_request *request, u32 res)
{
	return res < SLUICE_QUANTITIES ? request->amount[res] :
					 sluice_tokens_of(request->tokens, res);
}

/*
 * Accounts
 */

static void account_init(struct sluice_account *account, const char *name)
{
	memset(account, 0, sizeof(*account));
	strscpy(account->name, name, sizeof(account->name));
	account->physical = SLUICE_UNBOUNDED;
	account->limit = SLUICE_UNBOUNDED;
	INIT_HLIST_NODE(&account->named);
	INIT_LIST_HEAD(&account->grown);
}

void sluice_ledger_init(struct sluice_ledger *ledger)
{
	static const char * const names[SLUICE_QUANTITIES] = {
		"memory", "cpu", "pids", "disk", "network",
	};
	u32 res;

	memset(ledger, 0, sizeof(*ledger));
	for (res = 0; res < SLUICE_QUANTITIES; res++) {
		account_init(&ledger->account[res], names[res]);
		ledger->account[res].res = res;
	}
	xa_init_flags(&ledger->tokens, XA_FLAGS_ALLOC);
	hash_init(ledger->names);
	INIT_LIST_HEAD(&ledger->grown);
}

/* Nobody names or holds any token any more. */
void sluice_ledger_exit(struct sluice_ledger *ledger)
{
	struct sluice_account *account;
	unsigned long res;

	xa_for_each(&ledger->tokens, res, account)
		sluice_ledger_forget(ledger, account);
	xa_destroy(&ledger->tokens);
}

/* NULL: no such token, or no more. */
struct sluice_account *sluice_ledger_account(struct sluice_ledger *ledger,
					     u32 res)
{
	return res < SLUICE_QUANTITIES ? &ledger->account[res] :
					 xa_load(&ledger->tokens, res);
}

/* The first whose id is at least @res; NULL when there is none. */
struct sluice_account *sluice_ledger_after(struct sluice_ledger *ledger,
					   u32 res)
{
	unsigned long id = res;

	return res < SLUICE_QUANTITIES ? &ledger->account[res] :
	       xa_find(&ledger->tokens, &id, ULONG_MAX, XA_PRESENT);
}

/* A buffer as large as that of an account; the name is empty where there is none. */
const char *sluice_ledger_name(struct sluice_ledger *ledger, u32 res)
{
	static const char none[sizeof(ledger->account->name)];
	const struct sluice_account *account =
		sluice_ledger_account(ledger, res);

	return account ? account->name : none;
}

static u32 name_hash(const char *name)
{
	return full_name_hash(NULL, name, strlen(name));
}

/* NULL: there is none of that name. */
struct sluice_account *sluice_ledger_find(struct sluice_ledger *ledger,
					  const char *name)
{
	struct sluice_account *account;
	u32 res;

	for (res = 0; res < SLUICE_QUANTITIES; res++)
		if (!strcmp(ledger->account[res].name, name))
			return &ledger->account[res];
	hash_for_each_possible(ledger->names, account, named, name_hash(name))
		if (!strcmp(account->name, name))
			return account;
	return NULL;
}

/*
 * A new token, of which there is nothing yet. -EEXIST, -EINVAL, -ENOMEM; -ENOSPC: there
 * are as many as there may be.
 */
int sluice_ledger_declare(struct sluice_ledger *ledger, const char *name,
			  struct sluice_account **account)
{
	struct sluice_account *new;
	int ret;

	if (!*name || strlen(name) > SLUICE_NAME_MAX)
		return -EINVAL;
	if (sluice_ledger_find(ledger, name))
		return -EEXIST;
	/* The lock is held, so that no memory must be waited for. */
	new = kzalloc(sizeof(*new), GFP_NOWAIT | __GFP_NOWARN);
	if (!new)
		return -ENOMEM;
	account_init(new, name);
	ret = xa_alloc(&ledger->tokens, &new->res, new,
		       XA_LIMIT(SLUICE_RES_TOKEN,
				SLUICE_RES_TOKEN + SLUICE_TOKENS - 1),
		       GFP_NOWAIT | __GFP_NOWARN);
	if (ret) {
		kfree(new);
		return ret == -EBUSY ? -ENOSPC : ret;
	}
	hash_add(ledger->names, &new->named, name_hash(name));
	*account = new;
	return 0;
}

/* The caller has seen that nobody holds or names the token. */
void sluice_ledger_forget(struct sluice_ledger *ledger,
			  struct sluice_account *account)
{
	xa_erase(&ledger->tokens, account->res);
	hash_del(&account->named);
	list_del_init(&account->grown);
	kfree(account);
	ledger->changes++;
}

/* A task names these resources, or does no more. */
void sluice_ledger_users(struct sluice_ledger *ledger,
			 const struct sluice_request *request, int by)
{
	const struct sluice_tokens *tokens = request->tokens;
	u32 i;

	for (i = 0; i < SLUICE_QUANTITIES; i++)
		if (request->amount[i])
			ledger->account[i].users += by;
	for (i = 0; tokens && i < tokens->count; i++)
		tokens->each[i].account->users += by;
	ledger->changes++;
}

/*
 * Changes
 */

static void grow(struct sluice_ledger *ledger, struct sluice_account *account)
{
	if (account->res < SLUICE_QUANTITIES)
		ledger->grew |= 1U << account->res;
	else if (list_empty(&account->grown))
		list_add_tail(&account->grown, &ledger->grown);
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
		grow(ledger, account);
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
void sluice_ledger_give(struct sluice_ledger *ledger,
			struct sluice_account *account, u64 budget, u64 reserve)
{
	if (budget > account->budget || reserve < account->reserve)
		grow(ledger, account);
	if (budget != account->budget)
		ledger->given = true;
	account->budget = budget;
	account->reserve = reserve;
	ledger->changes++;
}

/* Nobody measures a token: what is reserved is promised. */
static void tokens_reserve(const struct sluice_tokens *tokens)
{
	u32 i;

	for (i = 0; i < tokens->count; i++) {
		struct sluice_account *account = tokens->each[i].account;

		account->reserved += tokens->each[i].amount;
		account->promised += tokens->each[i].amount;
	}
}

static void tokens_give_back(struct sluice_ledger *ledger,
			     const struct sluice_tokens *tokens)
{
	u32 i;

	for (i = 0; i < tokens->count; i++) {
		struct sluice_account *account = tokens->each[i].account;

		account->reserved -= tokens->each[i].amount;
		account->promised -= tokens->each[i].amount;
		grow(ledger, account);
	}
}

/*
 * Book a call's request on an environment, which has no other. The gate has said
 * yes. Returns a bit for each quantity that it names.
 */
u32 sluice_ledger_reserve(struct sluice_ledger *ledger,
			  struct sluice_share *share,
			  const struct sluice_request *request)
{
	u32 quantities = 0;
	int res;

	for (res = 0; res < SLUICE_QUANTITIES; res++) {
		if (!request->amount[res])
			continue;
		share_set(ledger, share, res,
			  share->reserved[res] + request->amount[res],
			  share->measured[res]);
		quantities |= 1U << res;
	}
	if (request->tokens) {
		sluice_tokens_get(request->tokens);
		share->tokens = request->tokens;
		tokens_reserve(share->tokens);
		ledger->changes++;
	}
	return quantities;
}

/*
 * Give back all that an environment reserved; what it is measured to use stays.
 * Returns a bit for each quantity of which it had something, and hands over the
 * reference to the tokens that it had.
 */
u32 sluice_ledger_release(struct sluice_ledger *ledger,
			  struct sluice_share *share,
			  struct sluice_tokens **tokens)
{
	u32 quantities = share->reserves;

	while (share->reserves) {
		int res = __builtin_ctz(share->reserves);

		share_set(ledger, share, res, 0, share->measured[res]);
	}
	*tokens = share->tokens;
	share->tokens = NULL;
	if (*tokens) {
		tokens_give_back(ledger, *tokens);
		ledger->changes++;
	}
	return quantities;
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
	struct sluice_account *memory = &ledger->account[SLUICE_RES_MEMORY];

	if (bytes < share->overhead)
		grow(ledger, memory);
	memory->promised += bytes - share->overhead;
	share->overhead = bytes;
	ledger->changes++;
}

/* Book what the rest of the box uses. */
void sluice_ledger_box(struct sluice_ledger *ledger, int res, u64 physical,
		       u64 outside)
{
	struct sluice_account *account = &ledger->account[res];
	u64 before = sluice_account_available(account);

	account->physical = physical;
	account->outside = outside;
	if (sluice_account_available(account) > before)
		grow(ledger, account);
	ledger->changes++;
}

/* What limits above environments leave to all of them together. */
void sluice_ledger_limit(struct sluice_ledger *ledger, int res, u64 limit)
{
	struct sluice_account *account = &ledger->account[res];
	u64 before = sluice_account_available(account);

	if (limit == account->limit)
		return;
	account->limit = limit;
	if (sluice_account_available(account) > before)
		grow(ledger, account);
	ledger->changes++;
}

/* Whoever waits for more of it has been served, or there is too little. */
void sluice_ledger_seen(struct sluice_ledger *ledger,
			struct sluice_account *account)
{
	if (account->res < SLUICE_QUANTITIES)
		ledger->grew &= ~(1U << account->res);
	else
		list_del_init(&account->grown);
}

/*
 * Questions
 */

u64 sluice_account_available(const struct sluice_account *account)
{
	return sluice_account_available_with(account, account->promised);
}

/* What would be available if so much were promised. */
u64 sluice_account_available_with(const struct sluice_account *account,
				  u64 promised)
{
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
u64 sluice_account_lacks(const struct sluice_account *account, u64 need,
			 u64 amount)
{
	u64 room = minus(account->budget, account->reserved);

	return larger(minus(need, sluice_account_available(account)),
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

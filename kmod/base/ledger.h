/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger: the account of every resource. Arithmetic on plain structures; it
 * knows nothing of calls and takes no lock. The caller holds sluice.lock. Compiles
 * in userspace unchanged.
 *
 * Quantities are few and always there; any number of tokens is named by operators.
 * Who needs or has some of these keeps a list of those alone, so that nothing costs
 * more for the others.
 *
 * Units: memory in bytes, cpu in thousandths of a CPU, disk and network in bytes a
 * second, pids and tokens counted.
 */
#ifndef SLUICE_LEDGER_H
#define SLUICE_LEDGER_H

#include <linux/hashtable.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>
#include <linux/xarray.h>
#include <linux/sluice_netlink.h>

/* Ids of resources: quantities, and from SLUICE_RES_TOKEN on tokens. */
#define SLUICE_RES_MEMORY	0
#define SLUICE_RES_CPU		1
#define SLUICE_RES_PIDS		2
#define SLUICE_RES_DISK		3
#define SLUICE_RES_NETWORK	4
#define SLUICE_QUANTITIES	5
#define SLUICE_RES_TOKEN	SLUICE_QUANTITIES
/* Most tokens there may be, and most that one task may name. */
#define SLUICE_TOKENS		8192
#define SLUICE_TOKENS_EACH	32
#define SLUICE_TOKEN_HASH_BITS	8

/* No physical bound is known for the resource. */
#define SLUICE_UNBOUNDED	(~0ULL)

/**
 * struct sluice_park - where tasks stand that the gate has held for one reason
 * @tasks: sluice_task.park, the best first
 * @count: how many
 * @awaited: in sluice.awaited while there are any
 *
 * All zero is an empty one. Written by object/park.c alone.
 */
struct sluice_park {
	struct rb_root_cached tasks;
	u32	count;
	struct list_head awaited;
};

/**
 * struct sluice_account - one resource
 * @res: id
 * @name: how users call it
 * @budget: what the operator gives
 * @reserve: what is always left to the rest of the box
 * @reserved: sum over environments of what their calls asked for
 * @measured: sum over environments of what they really use
 * @promised: sum over environments of the larger of the two; of memory, and their
 *	overhead
 * @physical: what the box has, or SLUICE_UNBOUNDED
 * @outside: what the rest of the box uses
 * @limit: the most that limits above environments leave to all of them together, or
 *	SLUICE_UNBOUNDED
 * @users: tasks that name the resource
 * @park: tasks that wait for more of it
 * @named: of a token: in ledger->names
 * @grown: of a token: in ledger->grown
 */
struct sluice_account {
	u32	res;
	char	name[SLUICE_NAME_MAX + 1];
	u64	budget;
	u64	reserve;
	u64	reserved;
	u64	measured;
	u64	promised;
	u64	physical;
	u64	outside;
	u64	limit;
	u32	users;
	struct sluice_park park;
	struct hlist_node named;
	struct list_head grown;
};

/**
 * struct sluice_ledger - all resources
 * @account: the quantities
 * @tokens: accounts of tokens, by id
 * @names: the same, by name
 * @grew: a bit for each quantity of which more may be had since
 *	sluice_ledger_seen(): it became available, or a reservation of it was given
 *	back. Set by whatever changes the account, so that nobody has to tell.
 * @grown: tokens of which the same is true
 * @given: a budget was changed since somebody looked at those who wait for any: what
 *	can never start may have become another
 * @changes: how often anything of it changed
 */
struct sluice_ledger {
	struct sluice_account account[SLUICE_QUANTITIES];
	struct xarray tokens;
	DECLARE_HASHTABLE(names, SLUICE_TOKEN_HASH_BITS);
	u32	grew;
	struct list_head grown;
	bool	given;
	u64	changes;
};

/**
 * struct sluice_tokens - tokens that a task names
 * @ref: the task, and environments that hold them
 * @count: of @each, at least one, at most SLUICE_TOKENS_EACH
 * @each: no token twice, by id; each @amount is above zero
 *
 * Does not change but where it is made. Whoever has a reference names or holds the
 * tokens, so that their accounts stay.
 */
struct sluice_tokens {
	struct kref ref;
	u32	count;
	struct {
		struct sluice_account *account;
		u64	amount;
	} each[];
};

/**
 * struct sluice_request - what one call needs
 * @amount: of each quantity; zero is no need
 * @tokens: NULL for none; a reference
 */
struct sluice_request {
	u64	amount[SLUICE_QUANTITIES];
	struct sluice_tokens *tokens;
};

/**
 * struct sluice_share - what one environment has
 * @reserved: what its call asked for of each quantity
 * @measured: what it uses of each
 * @reserves: a bit for each quantity of which something is reserved
 * @uses: a bit for each of which something is measured
 * @overhead: memory that it takes besides what is reserved and measured
 * @tokens: that it holds for its call, NULL for none; a reference
 *
 * All zero is an empty one.
 */
struct sluice_share {
	u64	reserved[SLUICE_QUANTITIES];
	u64	measured[SLUICE_QUANTITIES];
	u32	reserves;
	u32	uses;
	u64	overhead;
	struct sluice_tokens *tokens;
};

struct sluice_tokens *sluice_tokens_new(u32 count);
bool sluice_tokens_add(struct sluice_tokens *tokens,
		       struct sluice_account *account, u64 amount);
void sluice_tokens_get(struct sluice_tokens *tokens);
void sluice_tokens_put(struct sluice_tokens *tokens);
u64 sluice_tokens_of(const struct sluice_tokens *tokens, u32 res);

u64 sluice_request_of(const struct sluice_request *request, u32 res);

u64 sluice_account_available(const struct sluice_account *account);
u64 sluice_account_available_with(const struct sluice_account *account,
				  u64 promised);
u64 sluice_account_lacks(const struct sluice_account *account, u64 need,
			 u64 amount);

void sluice_ledger_init(struct sluice_ledger *ledger);
void sluice_ledger_exit(struct sluice_ledger *ledger);
struct sluice_account *sluice_ledger_account(struct sluice_ledger *ledger,
					     u32 res);
struct sluice_account *sluice_ledger_after(struct sluice_ledger *ledger,
					   u32 res);
const char *sluice_ledger_name(struct sluice_ledger *ledger, u32 res);
struct sluice_account *sluice_ledger_find(struct sluice_ledger *ledger,
					  const char *name);
int sluice_ledger_declare(struct sluice_ledger *ledger, const char *name,
			  struct sluice_account **account);
void sluice_ledger_forget(struct sluice_ledger *ledger,
			  struct sluice_account *account);

void sluice_ledger_users(struct sluice_ledger *ledger,
			 const struct sluice_request *request, int by);
void sluice_ledger_give(struct sluice_ledger *ledger,
			struct sluice_account *account, u64 budget,
			u64 reserve);
u32 sluice_ledger_reserve(struct sluice_ledger *ledger,
			  struct sluice_share *share,
			  const struct sluice_request *request);
u32 sluice_ledger_release(struct sluice_ledger *ledger,
			  struct sluice_share *share,
			  struct sluice_tokens **tokens);
void sluice_ledger_measure(struct sluice_ledger *ledger,
			   struct sluice_share *share, int res, u64 value);
void sluice_ledger_overhead(struct sluice_ledger *ledger,
			    struct sluice_share *share, u64 bytes);
void sluice_ledger_box(struct sluice_ledger *ledger, int res, u64 physical,
		       u64 outside);
void sluice_ledger_limit(struct sluice_ledger *ledger, int res, u64 limit);
void sluice_ledger_seen(struct sluice_ledger *ledger,
			struct sluice_account *account);
u64 sluice_ledger_cost(const struct sluice_ledger *ledger, u64 memory,
		       u64 cpu_time, u64 time);

/* Somebody may have been given more since all were seen. */
static inline bool sluice_ledger_grew(const struct sluice_ledger *ledger)
{
	return ledger->grew || !list_empty(&ledger->grown);
}

#endif /* SLUICE_LEDGER_H */

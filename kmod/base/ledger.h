/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger: the account of every resource. Pure arithmetic on plain
 * structures; it knows nothing of calls and takes no lock. The caller holds
 * sluice.lock. Compiles in userspace unchanged.
 *
 * Units: memory in bytes, cpu in thousandths of a CPU, pids and tokens counted.
 */
#ifndef SLUICE_LEDGER_H
#define SLUICE_LEDGER_H

#include <linux/types.h>
#include <linux/sluice_netlink.h>

/* The first three are always there; the rest are tokens that operators name. */
#define SLUICE_RES_MEMORY	0
#define SLUICE_RES_CPU		1
#define SLUICE_RES_PIDS		2
#define SLUICE_RES_TOKEN	3
#define SLUICE_RES_MAX		32

/* No physical bound is known for the resource. */
#define SLUICE_UNBOUNDED	(~0ULL)

/**
 * struct sluice_account - one resource
 * @name: how users call it; empty when the place is free
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
 */
struct sluice_account {
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
};

/**
 * struct sluice_ledger - all resources
 * @account: by index
 * @count: of these that were ever in use, which are the first; nothing needs others
 * @grew: a bit for each resource of which more may be had since
 *	sluice_ledger_seen(): it became available, or a reservation of it was given
 *	back. Set by whatever changes the account, so that nobody has to tell.
 * @given: a budget was changed since somebody looked at those who wait for any: what
 *	can never start may have become another
 * @changes: how often anything of it changed
 */
struct sluice_ledger {
	struct sluice_account account[SLUICE_RES_MAX];
	int	count;
	u32	grew;
	bool	given;
	u64	changes;
};

/**
 * struct sluice_share - what one environment has of each resource
 * @reserved: what its call asked for
 * @measured: what it uses
 * @reserves: a bit for each resource of which something is reserved
 * @uses: a bit for each of which something is measured
 * @overhead: memory that it takes besides what is reserved and measured
 *
 * All zero is an empty one.
 */
struct sluice_share {
	u64	reserved[SLUICE_RES_MAX];
	u64	measured[SLUICE_RES_MAX];
	u32	reserves;
	u32	uses;
	u64	overhead;
};

/* What one call needs. A zero is no need. */
struct sluice_request {
	u64	amount[SLUICE_RES_MAX];
};

void sluice_ledger_init(struct sluice_ledger *ledger);
int sluice_ledger_find(const struct sluice_ledger *ledger, const char *name);
int sluice_ledger_declare(struct sluice_ledger *ledger, const char *name);
void sluice_ledger_forget(struct sluice_ledger *ledger, int res);

void sluice_ledger_users(struct sluice_ledger *ledger,
			 const struct sluice_request *request, int by);
void sluice_ledger_give(struct sluice_ledger *ledger, int res, u64 budget,
			u64 reserve);
u32 sluice_ledger_reserve(struct sluice_ledger *ledger,
			  struct sluice_share *share,
			  const struct sluice_request *request);
u32 sluice_ledger_release(struct sluice_ledger *ledger,
			  struct sluice_share *share);
void sluice_ledger_measure(struct sluice_ledger *ledger,
			   struct sluice_share *share, int res, u64 value);
void sluice_ledger_overhead(struct sluice_ledger *ledger,
			    struct sluice_share *share, u64 bytes);
void sluice_ledger_box(struct sluice_ledger *ledger, int res, u64 physical,
		       u64 outside);
void sluice_ledger_limit(struct sluice_ledger *ledger, int res, u64 limit);
void sluice_ledger_seen(struct sluice_ledger *ledger, int res);
u64 sluice_ledger_lacks(const struct sluice_ledger *ledger, int res, u64 need,
			u64 amount);
u64 sluice_ledger_available(const struct sluice_ledger *ledger, int res);
u64 sluice_ledger_available_with(const struct sluice_ledger *ledger, int res,
				 u64 promised);
u64 sluice_ledger_cost(const struct sluice_ledger *ledger, u64 memory,
		       u64 cpu_time, u64 time);

#endif /* SLUICE_LEDGER_H */

// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/base/ledger.c -Ishim -I../../kmod
/* The ledger: its sums are those of the shares, and what is available is exact. */
#include <linux/types.h>

#include "ktap.h"
#include "base/ledger.h"
#include "random.h"

#define ENVS		8
#define STEPS		200000
/* Large enough to meet every limit of 64 bits, and no sum of ENVS overflows. */
#define AMOUNT_BITS	52

typedef __int128 wide;

/* What the ledger should say, kept by the test in its own way. */
struct model {
	bool	known[SLUICE_RES_MAX];
	u64	budget[SLUICE_RES_MAX];
	u64	reserve[SLUICE_RES_MAX];
	u64	physical[SLUICE_RES_MAX];
	u64	outside[SLUICE_RES_MAX];
	u64	reserved[ENVS][SLUICE_RES_MAX];
	u64	measured[ENVS][SLUICE_RES_MAX];
	u32	grew;
	bool	given;
};

static struct model model;
static struct sluice_ledger ledger;
static struct sluice_share share[ENVS];
static int forgotten;

static u64 promised_of(int res)
{
	u64 sum = 0;
	int env;

	for (env = 0; env < ENVS; env++)
		sum += max(model.reserved[env][res], model.measured[env][res]);
	return sum;
}

static u64 available_of(int res)
{
	wide promised = promised_of(res);
	wide given = model.budget[res] - promised;
	wide left = (wide)model.physical[res] - model.outside[res] - promised -
		    model.reserve[res];

	if (model.physical[res] != SLUICE_UNBOUNDED && left < given)
		given = left;
	return given > 0 ? (u64)given : 0;
}

/* For an amount at random, of which any part may be promised already. */
static void check_lacks(int res, u64 reserved)
{
	wide amount = random_bits() >> random_below(64);
	wide need = random_once(2) ? amount : random_below((u64)amount | 1);
	/* A budget below what is reserved has no room; that is all. */
	wide room = max((wide)model.budget[res] - reserved, 0);
	wide lacks = max(need - available_of(res), amount - room);

	CHECK_EQ(sluice_ledger_lacks(&ledger, res, (u64)need, (u64)amount),
		 (u64)max(lacks, 0));
}

static void check_resource(int res)
{
	const struct sluice_account *account = &ledger.account[res];
	u64 reserved = 0, measured = 0;
	int env;

	for (env = 0; env < ENVS; env++) {
		CHECK_EQ(share[env].reserved[res], model.reserved[env][res]);
		CHECK_EQ(share[env].measured[res], model.measured[env][res]);
		CHECK_EQ(share[env].reserves >> res & 1,
			 !!model.reserved[env][res]);
		CHECK_EQ(share[env].uses >> res & 1,
			 !!model.measured[env][res]);
		reserved += model.reserved[env][res];
		measured += model.measured[env][res];
	}
	CHECK_EQ(account->reserved, reserved);
	CHECK_EQ(account->measured, measured);
	CHECK_EQ(account->promised, promised_of(res));
	CHECK_EQ(account->budget, model.budget[res]);
	CHECK_EQ(account->reserve, model.reserve[res]);
	CHECK_EQ(account->physical, model.physical[res]);
	CHECK_EQ(account->outside, model.outside[res]);
	CHECK_EQ(sluice_ledger_available(&ledger, res), available_of(res));
	check_lacks(res, reserved);
	CHECK_EQ(!!*account->name, model.known[res]);
}

static void check_all(void)
{
	int res;

	for (res = 0; res < SLUICE_RES_MAX; res++)
		check_resource(res);
}

static void start(void)
{
	int res;

	memset(&model, 0, sizeof(model));
	memset(share, 0, sizeof(share));
	memset(&ledger, 0xaa, sizeof(ledger));
	sluice_ledger_init(&ledger);
	for (res = 0; res < SLUICE_RES_MAX; res++) {
		model.known[res] = res < SLUICE_RES_TOKEN;
		model.physical[res] = SLUICE_UNBOUNDED;
	}
}

TEST(empty)
{
	start();
	check_all();
	CHECK_EQ(sluice_ledger_find(&ledger, "memory"), SLUICE_RES_MEMORY);
	CHECK_EQ(sluice_ledger_find(&ledger, "cpu"), SLUICE_RES_CPU);
	CHECK_EQ(sluice_ledger_find(&ledger, "pids"), SLUICE_RES_PIDS);
	/* A free place has no name that could be found. */
	CHECK_EQ(sluice_ledger_find(&ledger, ""), -ENOENT);
	CHECK_EQ(sluice_ledger_find(&ledger, "mem"), -ENOENT);
	CHECK_EQ(sluice_ledger_find(&ledger, "memory2"), -ENOENT);
}

TEST(names_of_tokens)
{
	char name[SLUICE_NAME_MAX + 2];

	start();
	memset(name, 'x', sizeof(name));
	name[SLUICE_NAME_MAX + 1] = '\0';
	CHECK_EQ(sluice_ledger_declare(&ledger, ""), -EINVAL);
	CHECK_EQ(sluice_ledger_declare(&ledger, name), -EINVAL);
	check_all();
	name[SLUICE_NAME_MAX] = '\0';
	CHECK_EQ(sluice_ledger_declare(&ledger, name), SLUICE_RES_TOKEN);
	CHECK_EQ(sluice_ledger_find(&ledger, name), SLUICE_RES_TOKEN);
	CHECK_EQ(sluice_ledger_declare(&ledger, name), -EEXIST);
	CHECK_EQ(sluice_ledger_declare(&ledger, "cpu"), -EEXIST);
	CHECK_EQ(sluice_ledger_declare(&ledger, "cpu2"), SLUICE_RES_TOKEN + 1);
}

TEST(places_for_tokens)
{
	char name[24];
	int res;

	start();
	for (res = SLUICE_RES_TOKEN; res < SLUICE_RES_MAX; res++) {
		snprintf(name, sizeof(name), "token-%d", res);
		CHECK_EQ(sluice_ledger_declare(&ledger, name), res);
	}
	CHECK_EQ(sluice_ledger_declare(&ledger, "one-more"), -ENOSPC);
	CHECK_EQ(sluice_ledger_declare(&ledger, "token-9"), -EEXIST);
	ledger.account[9].budget = 5;
	ledger.account[9].physical = 7;
	ledger.account[9].users = 3;
	sluice_ledger_forget(&ledger, 9);
	CHECK_EQ(sluice_ledger_find(&ledger, "token-9"), -ENOENT);
	/* Its place is free, and nothing of it is left. */
	CHECK_EQ(sluice_ledger_declare(&ledger, "one-more"), 9);
	CHECK_EQ(ledger.account[9].users, 0);
	CHECK_EQ(ledger.account[9].budget, 0);
	CHECK_EQ(ledger.account[9].physical, SLUICE_UNBOUNDED);
	CHECK_EQ(sluice_ledger_find(&ledger, "token-10"), 10);
}

static u64 available(u64 budget, u64 promised, u64 physical, u64 outside,
		     u64 reserve)
{
	struct sluice_account *account = &ledger.account[SLUICE_RES_MEMORY];

	start();
	account->budget = budget;
	account->promised = promised;
	account->physical = physical;
	account->outside = outside;
	account->reserve = reserve;
	return sluice_ledger_available(&ledger, SLUICE_RES_MEMORY);
}

TEST(available_is_the_smaller_of_two)
{
	const u64 most = ~0ULL;

	CHECK_EQ(available(0, 0, SLUICE_UNBOUNDED, 0, 0), 0);
	CHECK_EQ(available(100, 30, SLUICE_UNBOUNDED, 0, 0), 70);
	/* Without a physical bound there is nothing to keep a reserve from. */
	CHECK_EQ(available(100, 30, SLUICE_UNBOUNDED, 500, 500), 70);
	CHECK_EQ(available(100, 30, 1000, 0, 0), 70);
	CHECK_EQ(available(100, 30, 1000, 900, 0), 70);
	CHECK_EQ(available(100, 30, 1000, 901, 0), 69);
	CHECK_EQ(available(100, 30, 1000, 800, 150), 20);
	CHECK_EQ(available(100, 30, 1000, 800, 170), 0);
	/* Nothing goes below zero, whichever part is too large. */
	CHECK_EQ(available(100, 101, 1000, 0, 0), 0);
	CHECK_EQ(available(100, most, 1000, 0, 0), 0);
	CHECK_EQ(available(100, 0, 0, 0, 0), 0);
	CHECK_EQ(available(100, 0, 1000, 1001, 0), 0);
	CHECK_EQ(available(100, 0, 1000, most, 0), 0);
	CHECK_EQ(available(100, 0, 1000, 0, most), 0);
	CHECK_EQ(available(100, 0, 1000, most, most), 0);
	CHECK_EQ(available(most, 0, most - 1, 0, 0), most - 1);
	CHECK_EQ(available(most, 1, SLUICE_UNBOUNDED, 0, 0), most - 1);
}

/* The same, had another promise been made. */
TEST(available_with)
{
	const int res = SLUICE_RES_MEMORY;

	available(100, 30, 1000, 850, 60);
	CHECK_EQ(sluice_ledger_available_with(&ledger, res, 30), 60);
	CHECK_EQ(sluice_ledger_available_with(&ledger, res, 0), 90);
	CHECK_EQ(sluice_ledger_available_with(&ledger, res, 90), 0);
	CHECK_EQ(sluice_ledger_available_with(&ledger, res, ~0ULL), 0);
	available(100, ~0ULL, SLUICE_UNBOUNDED, 850, 60);
	CHECK_EQ(sluice_ledger_available_with(&ledger, res, 1), 99);
}

/* Exactly what is left is enough, and one more is one too many. */
TEST(lacks)
{
	const int res = SLUICE_RES_MEMORY;

	available(100, 30, 1000, 0, 0);
	CHECK_EQ(sluice_ledger_lacks(&ledger, res, 0, 0), 0);
	CHECK_EQ(sluice_ledger_lacks(&ledger, res, 70, 70), 0);
	CHECK_EQ(sluice_ledger_lacks(&ledger, res, 71, 71), 1);
	CHECK_EQ(sluice_ledger_lacks(&ledger, res, 0, 100), 0);
	CHECK_EQ(sluice_ledger_lacks(&ledger, res, 0, 101), 1);
	ledger.account[res].reserved = 30;
	CHECK_EQ(sluice_ledger_lacks(&ledger, res, 0, 70), 0);
	CHECK_EQ(sluice_ledger_lacks(&ledger, res, 0, 72), 2);
	CHECK_EQ(sluice_ledger_lacks(&ledger, res, 75, 72), 5);
	ledger.account[res].reserved = 101;
	CHECK_EQ(sluice_ledger_lacks(&ledger, res, 0, 7), 7);
	CHECK_EQ(sluice_ledger_lacks(&ledger, res, ~0ULL, ~0ULL), ~0ULL);
}

/*
 * What a call has cost
 */

static u64 cost(u64 memory, u64 cpu_time, u64 time)
{
	return sluice_ledger_cost(&ledger, memory, cpu_time, time);
}

TEST(what_a_call_has_cost)
{
	const u64 most = ~0ULL;

	start();
	/* Of nothing nobody can have had a part. */
	CHECK_EQ(cost(most, most, most), 0);
	ledger.account[SLUICE_RES_MEMORY].budget = 1000;
	ledger.account[SLUICE_RES_CPU].budget = 4000;
	CHECK_EQ(cost(0, 0, 600), 0);
	/* The larger part of the two, for its time. */
	CHECK_EQ(cost(500, 0, 600), 300);
	CHECK_EQ(cost(500, 1200, 600), 300);
	CHECK_EQ(cost(500, 1204, 600), 301);
	CHECK_EQ(cost(0, 1204, 600), 301);
	/* All of it is the time, and more than all is no more. */
	CHECK_EQ(cost(1000, 0, 600), 600);
	CHECK_EQ(cost(1001, 0, 600), 600);
	CHECK_EQ(cost(most, 0, 600), 600);
	CHECK_EQ(cost(0, 2400, 600), 600);
	/* One of the two may have no budget. */
	ledger.account[SLUICE_RES_CPU].budget = 0;
	CHECK_EQ(cost(500, most, 600), 300);
	ledger.account[SLUICE_RES_CPU].budget = 1;
	ledger.account[SLUICE_RES_MEMORY].budget = 0;
	CHECK_EQ(cost(most, 7, 600), 7000);
	/* Years are enough. */
	CHECK_EQ(cost(0, 1ULL << 54, 0), 1000ULL << 54);
	CHECK_EQ(cost(0, most, 0), 1000ULL << 54);
	ledger.account[SLUICE_RES_MEMORY].budget = most;
	CHECK_EQ(cost(most, 0, most), most);
	CHECK_EQ(cost(most / 2, 0, most), most / 2);
}

TEST(any_cost)
{
	int i;

	random_start();
	start();
	for (i = 0; i < STEPS; i++) {
		u64 memory = random_bits() >> random_below(64);
		u64 cpu_time = random_bits() >> (10 + random_below(54));
		u64 time = random_bits() >> random_below(64);
		u64 of_memory = 1 + (random_bits() >> (1 + random_below(63)));
		u64 of_cpu = 1 + (random_bits() >> (1 + random_below(63)));
		unsigned __int128 part = min(memory, of_memory);

		ledger.account[SLUICE_RES_MEMORY].budget = of_memory;
		ledger.account[SLUICE_RES_CPU].budget = of_cpu;
		part = part * time / of_memory;
		CHECK_EQ(cost(memory, cpu_time, time),
			 (u64)max(part, cpu_time * 1000 / of_cpu));
	}
}

/* Small ones often, so that they meet; large ones too; exact limits sometimes. */
static u64 any_amount(void)
{
	u64 amount = random_bits() >> (64 - AMOUNT_BITS);

	switch (random_below(4)) {
	case 0:
		return 0;
	case 1:
		return amount;
	default:
		return amount % 1000;
	}
}

static u64 any_limit(void)
{
	switch (random_below(8)) {
	case 0:
		return SLUICE_UNBOUNDED;
	case 1:
		return SLUICE_UNBOUNDED - 1;
	default:
		return any_amount();
	}
}

static void step_reserve(int env)
{
	struct sluice_request request;
	u32 expected = 0;
	int res;

	memset(&request, 0, sizeof(request));
	for (res = 0; res < SLUICE_RES_MAX; res++) {
		if (!model.known[res])
			continue;
		request.amount[res] = any_amount();
		if (request.amount[res])
			expected |= 1U << res;
		model.reserved[env][res] += request.amount[res];
	}
	CHECK_EQ(sluice_ledger_reserve(&ledger, &share[env], &request),
		 expected);
}

static void step_release(int env)
{
	u32 expected = 0;
	int res;

	for (res = 0; res < SLUICE_RES_MAX; res++) {
		if (model.reserved[env][res])
			expected |= 1U << res;
		model.reserved[env][res] = 0;
	}
	CHECK_EQ(sluice_ledger_release(&ledger, &share[env]), expected);
	/* Also where it uses as much as it had reserved: see ledger.h. */
	model.grew |= expected;
}

static void step_measure(int env, int res)
{
	u64 before = promised_of(res), value = any_amount();

	model.measured[env][res] = value;
	sluice_ledger_measure(&ledger, &share[env], res, value);
	if (promised_of(res) < before)
		model.grew |= 1U << res;
}

static void step_box(int res)
{
	u64 before = available_of(res);

	model.physical[res] = any_limit();
	model.outside[res] = any_limit();
	sluice_ledger_box(&ledger, res, model.physical[res],
			  model.outside[res]);
	if (available_of(res) > before)
		model.grew |= 1U << res;
}

static void step_budget(int res)
{
	u64 budget = any_limit(), reserve = any_limit();

	if (budget > model.budget[res] || reserve < model.reserve[res])
		model.grew |= 1U << res;
	model.given |= budget != model.budget[res];
	model.budget[res] = budget;
	model.reserve[res] = reserve;
	sluice_ledger_give(&ledger, res, budget, reserve);
}

static void give_back(int res)
{
	int env;

	for (env = 0; env < ENVS; env++) {
		step_release(env);
		if (model.measured[env][res])
			model.grew |= 1U << res;
		model.measured[env][res] = 0;
		sluice_ledger_measure(&ledger, &share[env], res, 0);
	}
}

static void step_token(int res)
{
	char name[24];
	int i;

	if (res < SLUICE_RES_TOKEN)
		return;
	/* That nobody holds it does not happen by itself. */
	if (random_once(20))
		give_back(res);
	if (promised_of(res))
		return;
	snprintf(name, sizeof(name), "token-%d", res);
	if (model.known[res]) {
		sluice_ledger_forget(&ledger, res);
		model.grew &= ~(1U << res);
		model.known[res] = false;
		forgotten++;
	} else {
		/* The first place that is free. */
		for (i = SLUICE_RES_TOKEN; model.known[i]; i++)
			;
		if (i != res)
			return;
		CHECK_EQ(sluice_ledger_declare(&ledger, name), res);
		model.known[res] = true;
	}
	model.budget[res] = 0;
	model.reserve[res] = 0;
	model.physical[res] = SLUICE_UNBOUNDED;
	model.outside[res] = 0;
}

TEST(any_order_of_changes)
{
	int step;

	random_start();
	start();
	for (step = 0; step < STEPS; step++) {
		int env = (int)random_below(ENVS);
		/* Few, so that they are met often; all, so that none is left out. */
		int res = (int)random_below(random_once(4) ?
					    SLUICE_RES_MAX : 5);

		switch (random_below(8)) {
		case 0:
			step_reserve(env);
			break;
		case 1:
			step_release(env);
			break;
		case 2:
		case 3:
		case 4:
			if (model.known[res])
				step_measure(env, res);
			break;
		case 5:
			if (model.known[res])
				step_box(res);
			break;
		case 6:
			if (model.known[res])
				step_budget(res);
			break;
		default:
			step_token(res);
		}
		check_resource(res);
		/* The news is kept until somebody has seen it. */
		CHECK_EQ(ledger.grew, model.grew);
		CHECK_EQ(ledger.given, model.given);
		if (random_once(3))
			model.given = ledger.given = false;
		if (random_once(8)) {
			sluice_ledger_seen(&ledger, res);
			model.grew &= ~(1U << res);
		}
		if (!(step % 64))
			check_all();
	}
	check_all();
	/* Places that come and go were part of it. */
	CHECK(forgotten > STEPS / 2000);
}

/* What limits above environments leave bounds what is available, and tells when it grows. */
TEST(limits_above)
{
	struct sluice_ledger *all = &ledger;
	int res = SLUICE_RES_CPU;

	sluice_ledger_init(all);
	sluice_ledger_give(all, res, 1000, 0);
	sluice_ledger_box(all, res, 4000, 100);
	CHECK_EQ(sluice_ledger_available(all, res), 1000);
	sluice_ledger_seen(all, res);
	sluice_ledger_limit(all, res, 300);
	CHECK_EQ(sluice_ledger_available(all, res), 300);
	CHECK_EQ(all->grew, 0);
	CHECK_EQ(sluice_ledger_lacks(all, res, 400, 400), 100);
	memset(&share[0], 0, sizeof(share[0]));
	sluice_ledger_measure(all, &share[0], res, 250);
	CHECK_EQ(sluice_ledger_available(all, res), 50);
	sluice_ledger_limit(all, res, 200);
	CHECK_EQ(sluice_ledger_available(all, res), 0);
	CHECK_EQ(all->grew, 0);
	sluice_ledger_limit(all, res, SLUICE_UNBOUNDED);
	CHECK_EQ(sluice_ledger_available(all, res), 750);
	CHECK_EQ(all->grew, 1U << res);
	/* One that gives nothing more is no news. */
	sluice_ledger_seen(all, res);
	sluice_ledger_limit(all, res, 5000);
	CHECK_EQ(all->grew, 0);
}

/* What an environment takes besides is promised to it, whatever is reserved and measured. */
TEST(overhead)
{
	struct sluice_ledger *all = &ledger;
	struct sluice_request request = { .amount = { 100 } };
	const struct sluice_account *memory =
		&all->account[SLUICE_RES_MEMORY];

	sluice_ledger_init(all);
	sluice_ledger_give(all, SLUICE_RES_MEMORY, 1000, 0);
	memset(&share[0], 0, sizeof(share[0]));
	sluice_ledger_overhead(all, &share[0], 30);
	CHECK_EQ(memory->promised, 30);
	sluice_ledger_reserve(all, &share[0], &request);
	sluice_ledger_measure(all, &share[0], SLUICE_RES_MEMORY, 120);
	CHECK_EQ(memory->promised, 150);
	CHECK_EQ(memory->reserved, 100);
	CHECK_EQ(memory->measured, 120);
	sluice_ledger_release(all, &share[0]);
	sluice_ledger_measure(all, &share[0], SLUICE_RES_MEMORY, 0);
	CHECK_EQ(memory->promised, 30);
	sluice_ledger_seen(all, SLUICE_RES_MEMORY);
	sluice_ledger_overhead(all, &share[0], 0);
	CHECK_EQ(memory->promised, 0);
	CHECK_EQ(all->grew, 1U << SLUICE_RES_MEMORY);
}

/* Whatever happened: when all is given back, the sums are zero. */
TEST(all_given_back)
{
	int round, env, res;

	random_start();
	start();
	for (round = 0; round < 2000; round++) {
		for (env = 0; env < ENVS; env++) {
			step_reserve(env);
			step_measure(env, (int)random_below(SLUICE_RES_TOKEN));
		}
		for (env = ENVS - 1; env >= 0; env--) {
			step_release(env);
			for (res = 0; res < SLUICE_RES_TOKEN; res++)
				sluice_ledger_measure(&ledger, &share[env],
						      res, 0);
		}
		memset(model.measured, 0, sizeof(model.measured));
		for (res = 0; res < SLUICE_RES_MAX; res++) {
			CHECK_EQ(ledger.account[res].reserved, 0);
			CHECK_EQ(ledger.account[res].measured, 0);
			CHECK_EQ(ledger.account[res].promised, 0);
		}
	}
}

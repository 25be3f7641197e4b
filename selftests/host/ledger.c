// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/base/ledger.c -Ishim -I../../kmod
/* The ledger: its sums are those of the shares, and what is available is exact. */
#include <linux/types.h>

#include "ktap.h"
#include "base/ledger.h"
#include "random.h"
#include "tokens.h"

#define ENVS		8
/* Tasks: each names some tokens. */
#define KINDS		4
/* Resources that the changes below use: few enough that ids of tokens come back. */
#define IDS		32
#define STEPS		200000
/* Large enough to meet every limit of 64 bits, and no sum of ENVS overflows. */
#define AMOUNT_BITS	52

typedef __int128 wide;

bool shim_no_memory;

/*
 * What the ledger should say, kept by the test in its own way. @names: how much each
 * kind of task names; @holds: the list of tokens that an environment has; @serial: of
 * a token, part of its name, so that no two that had the same id had the same name.
 */
struct model {
	u64	budget[IDS];
	u64	reserve[IDS];
	u64	physical[IDS];
	u64	outside[IDS];
	u64	reserved[ENVS][IDS];
	u64	measured[ENVS][IDS];
	u64	names[KINDS][IDS];
	struct sluice_tokens *holds[ENVS];
	u32	grew;
	bool	given;
	bool	known[IDS];
	u32	serial[IDS];
};

static struct model model;
static struct sluice_ledger ledger;
static struct sluice_share share[ENVS];
static struct sluice_request kind[KINDS];
static u32 serials, forgotten, shared;

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

static u32 users_of(int res)
{
	u32 users = 0;
	int i;

	for (i = 0; i < KINDS; i++)
		users += !!model.names[i][res];
	return users;
}

static const char *name_of(int res)
{
	static const char * const quantities[] = {
		"memory", "cpu", "pids", "disk", "network",
	};
	static char name[24];

	if (res < SLUICE_QUANTITIES)
		return quantities[res];
	snprintf(name, sizeof(name), "token-%u", model.serial[res]);
	return name;
}

/* For an amount at random, of which any part may be promised already. */
static void check_lacks(const struct sluice_account *account, u64 reserved)
{
	int res = (int)account->res;
	wide amount = random_bits() >> random_below(64);
	wide need = random_once(2) ? amount : random_below((u64)amount | 1);
	/* A budget below what is reserved has no room; that is all. */
	wide room = max((wide)model.budget[res] - reserved, 0);
	wide lacks = max(need - available_of(res), amount - room);

	CHECK_EQ(sluice_account_lacks(account, (u64)need, (u64)amount),
		 (u64)max(lacks, 0));
}

static void check_unknown(int res)
{
	CHECK(!sluice_ledger_account(&ledger, (u32)res));
	CHECK(!*sluice_ledger_name(&ledger, (u32)res));
	CHECK(!model.serial[res] || !sluice_ledger_find(&ledger, name_of(res)));
}

static void check_shares(const struct sluice_account *account)
{
	int res = (int)account->res, env;
	u64 reserved = 0, measured = 0;

	for (env = 0; env < ENVS; env++) {
		CHECK_EQ(share_of(&share[env], (u32)res),
			 model.reserved[env][res]);
		CHECK_EQ(measured_of(&share[env], (u32)res),
			 model.measured[env][res]);
		if (res < SLUICE_QUANTITIES) {
			CHECK_EQ(share[env].reserves >> res & 1,
				 !!model.reserved[env][res]);
			CHECK_EQ(share[env].uses >> res & 1,
				 !!model.measured[env][res]);
		}
		reserved += model.reserved[env][res];
		measured += model.measured[env][res];
	}
	CHECK_EQ(account->reserved, reserved);
	CHECK_EQ(account->measured, measured);
	check_lacks(account, reserved);
}

static void check_resource(int res)
{
	const struct sluice_account *account;

	if (!model.known[res]) {
		check_unknown(res);
		return;
	}
	account = account_of(&ledger, (u32)res);
	check_shares(account);
	CHECK_EQ(account->promised, promised_of(res));
	CHECK_EQ(account->budget, model.budget[res]);
	CHECK_EQ(account->reserve, model.reserve[res]);
	CHECK_EQ(account->physical, model.physical[res]);
	CHECK_EQ(account->outside, model.outside[res]);
	CHECK_EQ(account->users, users_of(res));
	CHECK_EQ(sluice_account_available(account), available_of(res));
	CHECK(!strcmp(account->name, name_of(res)));
	CHECK(sluice_ledger_name(&ledger, (u32)res) == account->name);
	CHECK(sluice_ledger_find(&ledger, account->name) == account);
}

/* A list has a reference of its task, while that names it, and of each who holds it. */
static void check_lists(void)
{
	const struct sluice_tokens *tokens;
	int env, i, refs;

	for (env = 0; env < ENVS; env++) {
		tokens = share[env].tokens;
		CHECK(tokens == model.holds[env]);
		refs = 0;
		for (i = 0; i < ENVS; i++)
			refs += model.holds[i] == tokens;
		shared += tokens && refs > 1;
		for (i = 0; i < KINDS; i++)
			refs += kind[i].tokens == tokens;
		if (tokens)
			CHECK_EQ(tokens->ref.count, refs);
	}
}

/* All of them, by id, and no others. */
static void check_walk(void)
{
	const struct sluice_account *account;
	int res;

	for (res = 0; res < IDS; res++) {
		int next = res;

		while (next < IDS && !model.known[next])
			next++;
		account = sluice_ledger_after(&ledger, (u32)res);
		CHECK_EQ(account ? account->res : IDS, next);
	}
	CHECK(!sluice_ledger_after(&ledger, IDS));
}

static void check_all(void)
{
	int res;

	for (res = 0; res < IDS; res++)
		check_resource(res);
	check_lists();
	check_walk();
}

/* A bit for each of which there is news. */
static u32 grew(void)
{
	const struct sluice_account *account;
	u32 bits = ledger.grew;

	CHECK(bits < 1U << SLUICE_QUANTITIES);
	list_for_each_entry(account, &ledger.grown, grown) {
		CHECK(account->res >= SLUICE_RES_TOKEN && account->res < IDS);
		CHECK(!(bits & 1U << account->res));
		bits |= 1U << account->res;
	}
	CHECK_EQ(sluice_ledger_grew(&ledger), !!bits);
	return bits;
}

static void start(void)
{
	int res;

	memset(&model, 0, sizeof(model));
	memset(share, 0, sizeof(share));
	memset(kind, 0, sizeof(kind));
	memset(&ledger, 0xaa, sizeof(ledger));
	sluice_ledger_init(&ledger);
	for (res = 0; res < IDS; res++) {
		model.known[res] = res < SLUICE_QUANTITIES;
		model.physical[res] = SLUICE_UNBOUNDED;
	}
}

TEST(empty)
{
	u32 res;

	start();
	check_all();
	for (res = 0; res < SLUICE_QUANTITIES; res++)
		CHECK(sluice_ledger_find(&ledger, name_of((int)res)) ==
		      &ledger.account[res]);
	CHECK_EQ(SLUICE_RES_MEMORY, 0);
	CHECK_EQ(SLUICE_RES_NETWORK, SLUICE_QUANTITIES - 1);
	/* What is not there has no name that could be found. */
	CHECK(!sluice_ledger_find(&ledger, ""));
	CHECK(!sluice_ledger_find(&ledger, "mem"));
	CHECK(!sluice_ledger_find(&ledger, "memory2"));
	CHECK_EQ(grew(), 0);
	sluice_ledger_exit(&ledger);
}

static int declare(const char *name)
{
	struct sluice_account *account = NULL;
	int ret = sluice_ledger_declare(&ledger, name, &account);

	CHECK_EQ(!ret, !!account);
	return ret ? ret : (int)account->res;
}

static struct sluice_account *find(const char *name)
{
	return sluice_ledger_find(&ledger, name);
}

TEST(names_of_tokens)
{
	char name[SLUICE_NAME_MAX + 2];

	start();
	memset(name, 'x', sizeof(name));
	name[SLUICE_NAME_MAX + 1] = '\0';
	CHECK_EQ(declare(""), -EINVAL);
	CHECK_EQ(declare(name), -EINVAL);
	check_all();
	name[SLUICE_NAME_MAX] = '\0';
	CHECK_EQ(declare(name), SLUICE_RES_TOKEN);
	CHECK_EQ(find(name)->res, SLUICE_RES_TOKEN);
	CHECK(!strcmp(find(name)->name, name));
	CHECK_EQ(declare(name), -EEXIST);
	CHECK_EQ(declare("cpu"), -EEXIST);
	CHECK_EQ(declare("network"), -EEXIST);
	CHECK_EQ(declare("cpu2"), SLUICE_RES_TOKEN + 1);
	sluice_ledger_exit(&ledger);
}

static const char *nth(u32 res)
{
	static char name[24];

	snprintf(name, sizeof(name), "token-%u", res);
	return name;
}

static void declare_all(void)
{
	u32 res;

	for (res = 0; res < SLUICE_TOKENS; res++)
		CHECK_EQ(declare(nth(SLUICE_RES_TOKEN + res)),
			 SLUICE_RES_TOKEN + res);
}

TEST(places_for_tokens)
{
	const u32 last = SLUICE_RES_TOKEN + SLUICE_TOKENS - 1;
	const struct sluice_account *account;
	u32 res;

	start();
	declare_all();
	CHECK_EQ(declare("one-more"), -ENOSPC);
	CHECK(!find("one-more"));
	CHECK_EQ(declare(nth(9)), -EEXIST);
	/* All are there, by id and by name; those of one hash, too. */
	for (res = SLUICE_RES_TOKEN; res <= last; res++) {
		account = sluice_ledger_account(&ledger, res);
		CHECK(account && account->res == res);
		CHECK(find(nth(res)) == account);
	}
	CHECK(!sluice_ledger_account(&ledger, last + 1));
	CHECK(!*sluice_ledger_name(&ledger, last + 1));
	sluice_ledger_exit(&ledger);
}

TEST(all_by_id)
{
	const u32 last = SLUICE_RES_TOKEN + SLUICE_TOKENS - 1;
	const struct sluice_account *account;
	u32 res, count = SLUICE_QUANTITIES + SLUICE_TOKENS;

	start();
	declare_all();
	/* But not every third, the first, and the last of them. */
	for (res = SLUICE_RES_TOKEN; res <= last; res++)
		if (res % 3 == 0 || res == SLUICE_RES_TOKEN || res == last) {
			sluice_ledger_forget(&ledger, find(nth(res)));
			count--;
		}
	for (res = 0; (account = sluice_ledger_after(&ledger, res)); count--) {
		CHECK(account->res >= res);
		for (; res < account->res; res++)
			CHECK(res % 3 == 0 || res == SLUICE_RES_TOKEN);
		res = account->res + 1;
	}
	CHECK_EQ(res, last);
	CHECK_EQ(count, 0);
	sluice_ledger_exit(&ledger);
}

/* Its place is free, and nothing of it is left. */
TEST(forgotten_token)
{
	struct sluice_account *account;
	u64 changes;

	start();
	declare_all();
	account = find(nth(9));
	sluice_ledger_give(&ledger, account, 5, 0);
	account->physical = 7;
	account->users = 3;
	account->park.count = 2;
	sluice_ledger_give(&ledger, find(nth(10)), 6, 0);
	changes = ledger.changes;
	sluice_ledger_forget(&ledger, account);
	CHECK(ledger.changes != changes);
	CHECK(!find(nth(9)));
	CHECK(!sluice_ledger_account(&ledger, 9));
	CHECK(!strcmp(sluice_ledger_name(&ledger, 9), ""));
	CHECK_EQ(grew(), 1U << 10);
	CHECK_EQ(declare("one-more"), 9);
	CHECK_EQ(declare("two-more"), -ENOSPC);
	account = find("one-more");
	CHECK_EQ(account->users, 0);
	CHECK_EQ(account->budget, 0);
	CHECK_EQ(account->physical, SLUICE_UNBOUNDED);
	CHECK_EQ(account->limit, SLUICE_UNBOUNDED);
	CHECK_EQ(account->park.count, 0);
	CHECK(list_empty(&account->grown));
	CHECK(!strcmp(sluice_ledger_name(&ledger, 9), "one-more"));
	CHECK_EQ(find(nth(10))->res, 10);
	CHECK_EQ(grew(), 1U << 10);
	sluice_ledger_exit(&ledger);
}

/* There is none for the token, or none for its place. */
TEST(no_memory)
{
	start();
	shim_no_memory = true;
	CHECK_EQ(declare("crane"), -ENOMEM);
	CHECK(!sluice_tokens_new(1));
	shim_no_memory = false;
	shim_xa_no_memory = true;
	CHECK_EQ(declare("crane"), -ENOMEM);
	shim_xa_no_memory = false;
	CHECK(!find("crane"));
	check_all();
	CHECK_EQ(declare("crane"), SLUICE_RES_TOKEN);
	sluice_ledger_exit(&ledger);
}

/*
 * Lists of tokens
 */

/* By id, in whatever order they come; and none twice. */
TEST(list_of_tokens)
{
	struct sluice_tokens *tokens;
	u32 step, i;

	start();
	for (i = 0; i < SLUICE_TOKENS_EACH; i++)
		CHECK_EQ(declare(nth(i)), SLUICE_RES_TOKEN + i);
	/* Odd, so that all are met: upwards, downwards, and all about. */
	for (step = 1; step < SLUICE_TOKENS_EACH; step += 2) {
		tokens = sluice_tokens_new(SLUICE_TOKENS_EACH);
		CHECK_EQ(tokens->count, 0);
		CHECK_EQ(sluice_tokens_of(tokens, SLUICE_RES_TOKEN), 0);
		for (i = 0; i < SLUICE_TOKENS_EACH; i++) {
			u32 n = i * step % SLUICE_TOKENS_EACH;

			CHECK(sluice_tokens_add(tokens, find(nth(n)), 100 + n));
			CHECK(!sluice_tokens_add(tokens, find(nth(n)), 7));
			CHECK_EQ(tokens->count, i + 1);
		}
		for (i = 0; i < SLUICE_TOKENS_EACH; i++) {
			CHECK(!sluice_tokens_add(tokens, find(nth(i)), 1));
			CHECK(tokens->each[i].account == find(nth(i)));
			CHECK_EQ(tokens->each[i].amount, 100 + i);
			CHECK_EQ(sluice_tokens_of(tokens, SLUICE_RES_TOKEN + i),
				 100 + i);
		}
		CHECK_EQ(tokens->count, SLUICE_TOKENS_EACH);
		sluice_tokens_put(tokens);
	}
	sluice_ledger_exit(&ledger);
}

TEST(no_list_of_tokens)
{
	struct sluice_request request = { .amount = { 1, 2, 3, 4, 5 } };
	struct sluice_share one = { 0 };
	struct sluice_tokens *tokens = (void *)1;
	u32 res;

	start();
	sluice_tokens_get(NULL);
	sluice_tokens_put(NULL);
	CHECK_EQ(sluice_tokens_of(NULL, SLUICE_RES_TOKEN), 0);
	for (res = 0; res < IDS; res++)
		CHECK_EQ(sluice_request_of(&request, res),
			 res < SLUICE_QUANTITIES ? res + 1 : 0);
	CHECK_EQ(declare("crane"), SLUICE_RES_TOKEN);
	sluice_ledger_users(&ledger, &request, 1);
	CHECK_EQ(find("crane")->users, 0);
	CHECK_EQ(sluice_ledger_reserve(&ledger, &one, &request), 0x1f);
	CHECK(!one.tokens);
	CHECK_EQ(sluice_ledger_release(&ledger, &one, &tokens), 0x1f);
	CHECK(!tokens);
	sluice_ledger_exit(&ledger);
}

/* Who holds a list has it as it was, whatever its task names now. */
TEST(list_outlives_its_task)
{
	struct sluice_request request = { 0 };
	struct sluice_tokens *tokens;
	struct sluice_share two[2];

	start();
	memset(two, 0, sizeof(two));
	CHECK_EQ(declare("crane"), SLUICE_RES_TOKEN);
	CHECK_EQ(declare("seats"), SLUICE_RES_TOKEN + 1);
	request_set(&ledger, &request, SLUICE_RES_TOKEN + 1, 3);
	request_set(&ledger, &request, SLUICE_RES_TOKEN, 1);
	tokens = request.tokens;
	CHECK_EQ(sluice_request_of(&request, SLUICE_RES_TOKEN + 1), 3);
	CHECK_EQ(sluice_ledger_reserve(&ledger, &two[0], &request), 0);
	CHECK_EQ(sluice_ledger_reserve(&ledger, &two[1], &request), 0);
	CHECK_EQ(tokens->ref.count, 3);
	request_set(&ledger, &request, SLUICE_RES_TOKEN + 1, 0);
	CHECK_EQ(tokens->ref.count, 2);
	CHECK_EQ(find("seats")->reserved, 6);
	CHECK_EQ(find("seats")->promised, 6);
	CHECK_EQ(share_release(&ledger, &two[1]), 0);
	CHECK_EQ(find("seats")->promised, 3);
	CHECK(two[0].tokens == tokens);
	request_drop(&request);
	CHECK_EQ(share_release(&ledger, &two[0]), 0);
	CHECK_EQ(find("crane")->promised + find("seats")->promised, 0);
	CHECK_EQ(find("crane")->reserved + find("seats")->reserved, 0);
	sluice_ledger_exit(&ledger);
}

/*
 * What is available
 */

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
	return sluice_account_available(account);
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
	const struct sluice_account *account =
		&ledger.account[SLUICE_RES_MEMORY];

	available(100, 30, 1000, 850, 60);
	CHECK_EQ(sluice_account_available_with(account, 30), 60);
	CHECK_EQ(sluice_account_available_with(account, 0), 90);
	CHECK_EQ(sluice_account_available_with(account, 90), 0);
	CHECK_EQ(sluice_account_available_with(account, ~0ULL), 0);
	available(100, ~0ULL, SLUICE_UNBOUNDED, 850, 60);
	CHECK_EQ(sluice_account_available_with(account, 1), 99);
}

/* Exactly what is left is enough, and one more is one too many. */
TEST(lacks)
{
	struct sluice_account *account = &ledger.account[SLUICE_RES_MEMORY];

	available(100, 30, 1000, 0, 0);
	CHECK_EQ(sluice_account_lacks(account, 0, 0), 0);
	CHECK_EQ(sluice_account_lacks(account, 70, 70), 0);
	CHECK_EQ(sluice_account_lacks(account, 71, 71), 1);
	CHECK_EQ(sluice_account_lacks(account, 0, 100), 0);
	CHECK_EQ(sluice_account_lacks(account, 0, 101), 1);
	account->reserved = 30;
	CHECK_EQ(sluice_account_lacks(account, 0, 70), 0);
	CHECK_EQ(sluice_account_lacks(account, 0, 72), 2);
	CHECK_EQ(sluice_account_lacks(account, 75, 72), 5);
	account->reserved = 101;
	CHECK_EQ(sluice_account_lacks(account, 0, 7), 7);
	CHECK_EQ(sluice_account_lacks(account, ~0ULL, ~0ULL), ~0ULL);
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

/* A task names other tokens; who holds the list that it had keeps that. */
static void step_kind(int i)
{
	int res;

	sluice_ledger_users(&ledger, &kind[i], -1);
	for (res = 0; res < IDS; res++) {
		if (!model.known[res] || random_once(2))
			continue;
		model.names[i][res] = any_amount();
		request_set(&ledger, &kind[i], (u32)res, model.names[i][res]);
	}
	sluice_ledger_users(&ledger, &kind[i], 1);
}

static void unname(int res)
{
	int i;

	for (i = 0; i < KINDS; i++) {
		sluice_ledger_users(&ledger, &kind[i], -1);
		model.names[i][res] = 0;
		request_set(&ledger, &kind[i], (u32)res, 0);
		sluice_ledger_users(&ledger, &kind[i], 1);
	}
}

static void hold(int env, int which, struct sluice_request *request)
{
	int res;

	request->tokens = kind[which].tokens;
	if (!request->tokens)
		return;
	model.holds[env] = request->tokens;
	for (res = SLUICE_RES_TOKEN; res < IDS; res++)
		model.reserved[env][res] = model.names[which][res];
}

/* Any amounts, and the tokens of a task: an environment has those of one call. */
static void step_reserve(int env)
{
	struct sluice_request request;
	u32 expected = 0;
	int res;

	memset(&request, 0, sizeof(request));
	for (res = 0; res < SLUICE_QUANTITIES; res++) {
		request.amount[res] = any_amount();
		if (request.amount[res])
			expected |= 1U << res;
		model.reserved[env][res] += request.amount[res];
	}
	if (!model.holds[env])
		hold(env, (int)random_below(KINDS), &request);
	CHECK_EQ(sluice_ledger_reserve(&ledger, &share[env], &request),
		 expected);
}

static void step_release(int env)
{
	struct sluice_tokens *tokens = (void *)1;
	u32 expected = 0;
	int res;

	for (res = 0; res < IDS; res++) {
		if (model.reserved[env][res])
			expected |= 1U << res;
		model.reserved[env][res] = 0;
	}
	CHECK_EQ(sluice_ledger_release(&ledger, &share[env], &tokens),
		 expected & ((1U << SLUICE_QUANTITIES) - 1));
	CHECK(tokens == model.holds[env]);
	sluice_tokens_put(tokens);
	model.holds[env] = NULL;
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
	sluice_ledger_give(&ledger, account_of(&ledger, (u32)res), budget,
			   reserve);
}

static void give_back(int res)
{
	int env;

	for (env = 0; env < ENVS; env++)
		if (model.reserved[env][res])
			step_release(env);
	unname(res);
}

static void forget(int res)
{
	sluice_ledger_forget(&ledger, account_of(&ledger, (u32)res));
	model.grew &= ~(1U << res);
	model.known[res] = false;
	model.budget[res] = 0;
	model.reserve[res] = 0;
	forgotten++;
}

static void step_token(int res)
{
	int i;

	if (res < SLUICE_RES_TOKEN)
		return;
	/* That nobody names or holds it does not happen by itself. */
	if (model.known[res] && random_once(20))
		give_back(res);
	if (promised_of(res) || users_of(res))
		return;
	if (model.known[res]) {
		forget(res);
		return;
	}
	/* The first id that is free. */
	for (i = SLUICE_RES_TOKEN; model.known[i]; i++)
		;
	if (i != res)
		return;
	model.serial[res] = ++serials;
	CHECK_EQ(declare(name_of(res)), res);
	model.known[res] = true;
}

static void any_step(int env, int res)
{
	switch (random_below(9)) {
	case 0:
		step_reserve(env);
		break;
	case 1:
		step_release(env);
		break;
	case 2:
	case 3:
	case 4:
		if (res < SLUICE_QUANTITIES)
			step_measure(env, res);
		break;
	case 5:
		if (res < SLUICE_QUANTITIES)
			step_box(res);
		break;
	case 6:
		if (model.known[res])
			step_budget(res);
		break;
	case 7:
		step_kind((int)random_below(KINDS));
		break;
	default:
		step_token(res);
	}
}

/* Nobody holds or names anything any more. */
static void drop_all(void)
{
	int i;

	for (i = 0; i < ENVS; i++)
		step_release(i);
	for (i = 0; i < KINDS; i++)
		request_drop(&kind[i]);
	sluice_ledger_exit(&ledger);
}

TEST(any_order_of_changes)
{
	static struct model before;
	u64 changes;
	int step;

	random_start();
	start();
	for (step = 0; step < STEPS; step++) {
		/* Few, so that they are met often; all, so that none is left out. */
		int res = (int)random_below(random_once(4) ? IDS :
					    SLUICE_QUANTITIES + 3);

		before = model;
		changes = ledger.changes;
		any_step((int)random_below(ENVS), res);
		/* Whoever remembers what it was sees that it is not. */
		if (memcmp(&before, &model, offsetof(struct model, grew)))
			CHECK(ledger.changes != changes);
		check_resource(res);
		/* The news is kept until somebody has seen it. */
		CHECK_EQ(grew(), model.grew);
		CHECK_EQ(ledger.given, model.given);
		if (random_once(3))
			model.given = ledger.given = false;
		if (model.known[res] && random_once(8)) {
			sluice_ledger_seen(&ledger,
					   account_of(&ledger, (u32)res));
			model.grew &= ~(1U << res);
		}
		if (!(step % 64))
			check_all();
	}
	check_all();
	/* Ids that come and go were part of it, and lists that several have. */
	CHECK(forgotten > STEPS / 2000);
	CHECK(shared > STEPS / 200);
	drop_all();
}

/* What limits above environments leave bounds what is available, and tells when it grows. */
TEST(limits_above)
{
	struct sluice_account *cpu = &ledger.account[SLUICE_RES_CPU];
	struct sluice_ledger *all = &ledger;
	int res = SLUICE_RES_CPU;

	sluice_ledger_init(all);
	sluice_ledger_give(all, cpu, 1000, 0);
	sluice_ledger_box(all, res, 4000, 100);
	CHECK_EQ(sluice_account_available(cpu), 1000);
	sluice_ledger_seen(all, cpu);
	sluice_ledger_limit(all, res, 300);
	CHECK_EQ(sluice_account_available(cpu), 300);
	CHECK_EQ(all->grew, 0);
	CHECK_EQ(sluice_account_lacks(cpu, 400, 400), 100);
	memset(&share[0], 0, sizeof(share[0]));
	sluice_ledger_measure(all, &share[0], res, 250);
	CHECK_EQ(sluice_account_available(cpu), 50);
	sluice_ledger_limit(all, res, 200);
	CHECK_EQ(sluice_account_available(cpu), 0);
	CHECK_EQ(all->grew, 0);
	sluice_ledger_limit(all, res, SLUICE_UNBOUNDED);
	CHECK_EQ(sluice_account_available(cpu), 750);
	CHECK_EQ(all->grew, 1U << res);
	/* One that gives nothing more is no news. */
	sluice_ledger_seen(all, cpu);
	sluice_ledger_limit(all, res, 5000);
	CHECK_EQ(all->grew, 0);
}

/* What an environment takes besides is promised to it, whatever is reserved and measured. */
TEST(overhead)
{
	struct sluice_ledger *all = &ledger;
	struct sluice_request request = { .amount = { 100 } };
	struct sluice_account *memory = &all->account[SLUICE_RES_MEMORY];

	sluice_ledger_init(all);
	sluice_ledger_give(all, memory, 1000, 0);
	memset(&share[0], 0, sizeof(share[0]));
	sluice_ledger_overhead(all, &share[0], 30);
	CHECK_EQ(memory->promised, 30);
	sluice_ledger_reserve(all, &share[0], &request);
	sluice_ledger_measure(all, &share[0], SLUICE_RES_MEMORY, 120);
	CHECK_EQ(memory->promised, 150);
	CHECK_EQ(memory->reserved, 100);
	CHECK_EQ(memory->measured, 120);
	share_release(all, &share[0]);
	sluice_ledger_measure(all, &share[0], SLUICE_RES_MEMORY, 0);
	CHECK_EQ(memory->promised, 30);
	sluice_ledger_seen(all, memory);
	sluice_ledger_overhead(all, &share[0], 0);
	CHECK_EQ(memory->promised, 0);
	CHECK_EQ(all->grew, 1U << SLUICE_RES_MEMORY);
}

/* Whatever happened: when all is given back, the sums are zero. */
static void check_nothing(void)
{
	const struct sluice_account *account;
	u32 res;

	for (res = 0; (account = sluice_ledger_after(&ledger, res));
	     res = account->res + 1) {
		CHECK_EQ(account->reserved, 0);
		CHECK_EQ(account->measured, 0);
		CHECK_EQ(account->promised, 0);
	}
	CHECK_EQ(res, IDS);
}

TEST(all_given_back)
{
	int round, env, res;

	random_start();
	start();
	for (res = SLUICE_RES_TOKEN; res < IDS; res++)
		step_token(res);
	for (round = 0; round < 2000; round++) {
		step_kind(round % KINDS);
		for (env = 0; env < ENVS; env++) {
			step_reserve(env);
			step_measure(env, (int)random_below(SLUICE_QUANTITIES));
		}
		for (env = ENVS - 1; env >= 0; env--) {
			step_release(env);
			for (res = 0; res < SLUICE_QUANTITIES; res++)
				sluice_ledger_measure(&ledger, &share[env],
						      res, 0);
		}
		memset(model.measured, 0, sizeof(model.measured));
		check_nothing();
	}
	drop_all();
}

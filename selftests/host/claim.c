// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/policy/claim.c ../../kmod/base/ledger.c -Ishim -I../../kmod
/* Claims: when a request can be met, and that whoever passes until then does not make it later. */
#include <linux/types.h>

#include "policy/claim.h"
#include "ktap.h"
#include "random.h"
#include "tokens.h"

#define ENVS	8
/* A token of which there is one. */
#define CRANE	SLUICE_RES_TOKEN
/* Others, of which there are some. */
#define TOKENS	4
#define USED	(SLUICE_RES_TOKEN + TOKENS)
#define ROUNDS	20000

typedef __int128 wide;

bool shim_no_memory;

/* A call that runs until its end, in an environment that goes then. */
struct env {
	struct sluice_share share;
	bool	lives;
	u64	end;
};

static struct sluice_ledger ledger;
static struct env envs[ENVS];
static struct sluice_request request;
static struct sluice_forecast forecast;
static u64 now;

static struct sluice_account *account(u32 res)
{
	return account_of(&ledger, res);
}

static void asks(u32 res, u64 amount)
{
	request_set(&ledger, &request, res, amount);
}

static struct env *runs(int i, u64 end, const struct sluice_request *request)
{
	struct env *env = &envs[i];

	env->lives = true;
	env->end = end;
	sluice_ledger_reserve(&ledger, &env->share, request);
	return env;
}

/* Needs one resource only. */
static void runs_with(int i, u64 end, u32 res, u64 amount)
{
	struct sluice_request one = { 0 };

	request_set(&ledger, &one, res, amount);
	runs(i, end, &one);
	request_drop(&one);
}

static void gone(struct env *env)
{
	int res;

	env->lives = false;
	share_release(&ledger, &env->share);
	for (res = 0; res < SLUICE_QUANTITIES; res++)
		sluice_ledger_measure(&ledger, &env->share, res, 0);
}

/* What the last box left. */
static void forget(void)
{
	int i;

	if (!*ledger.account->name)
		return;
	for (i = 0; i < ENVS; i++)
		gone(&envs[i]);
	request_drop(&request);
	sluice_ledger_exit(&ledger);
}

static void start(void)
{
	char name[24];
	u32 res;

	forget();
	sluice_ledger_init(&ledger);
	for (res = CRANE; res < USED; res++) {
		snprintf(name, sizeof(name), "token-%u", res);
		CHECK_EQ(token_declare(&ledger, name, 0)->res, res);
	}
	memset(envs, 0, sizeof(envs));
	memset(&request, 0, sizeof(request));
	now = 1000;
}

static void ask(void)
{
	struct sluice_ending endings[ENVS];
	u32 count = 0;
	int i;

	for (i = 0; i < ENVS; i++)
		if (envs[i].lives)
			endings[count++] = (struct sluice_ending){
				envs[i].end, &envs[i].share
			};
	memset(&forecast, 0xaa, sizeof(forecast));
	sluice_claim_forecast(&ledger, &request, endings, count, now,
			      &forecast);
}

/*
 * The model: what is there at a point in time, from nothing but who runs then
 */

/* By the formula of shared/DESIGN.md. */
static u64 available_at(u64 time, u32 res)
{
	const struct sluice_account *a = account(res);
	wide promised = 0, given, left;
	int i;

	for (i = 0; i < ENVS; i++)
		if (envs[i].lives && envs[i].end > time)
			promised += max(share_of(&envs[i].share, res),
					measured_of(&envs[i].share, res));
	given = (wide)a->budget - promised;
	left = (wide)a->physical - a->outside - promised - a->reserve;
	if (a->physical != SLUICE_UNBOUNDED && left < given)
		given = left;
	return given > 0 ? (u64)given : 0;
}

static bool fits_at(u64 time)
{
	u32 res;

	for (res = 0; res < USED; res++)
		if (sluice_request_of(&request, res) > available_at(time, res))
			return false;
	return true;
}

static u64 earliest(void)
{
	u64 best = SLUICE_NEVER;
	int i;

	if (fits_at(now))
		return now;
	for (i = 0; i < ENVS; i++)
		if (envs[i].lives && envs[i].end >= now &&
		    envs[i].end < best && fits_at(envs[i].end))
			best = envs[i].end;
	return best;
}

/* What is forecast of any resource; nothing of tokens that are not needed. */
static u64 spare_of(u32 res)
{
	u32 i;

	if (res < SLUICE_QUANTITIES)
		return forecast.spare[res];
	for (i = 0; i < request.tokens->count; i++)
		if (request.tokens->each[i].account->res == res)
			return forecast.token_spare[i];
	ktap_fail("nothing is known of resource %u", res);
}

static void check_forecast(void)
{
	u64 want = earliest(), amount, left;
	u32 res;

	ask();
	CHECK_EQ(forecast.at, want);
	CHECK(forecast.tokens == request.tokens);
	for (res = 0; res < USED; res++) {
		amount = sluice_request_of(&request, res);
		if (res >= SLUICE_QUANTITIES && !amount)
			continue;
		left = available_at(want, res);
		CHECK_EQ(spare_of(res), left > amount ? left - amount : 0);
	}
}

/*
 * Directed
 */

TEST(nothing_runs)
{
	u32 res;

	start();
	for (res = 0; res < USED; res++)
		account(res)->budget = 10 + res;
	check_forecast();
	CHECK_EQ(forecast.at, now);
	for (res = 0; res < USED; res++)
		asks(res, 10 + res);
	check_forecast();
	CHECK_EQ(forecast.at, now);
	for (res = 0; res < USED; res++)
		CHECK_EQ(spare_of(res), 0);
	/* One resource too little is enough, whichever. */
	for (res = 0; res < USED; res++) {
		asks(res, 11 + res);
		check_forecast();
		CHECK_EQ(forecast.at, SLUICE_NEVER);
		asks(res, 10 + res);
	}
}

TEST(the_last_one_that_it_takes)
{
	start();
	ledger.account[SLUICE_RES_MEMORY].budget = 100;
	runs_with(0, now + 30, SLUICE_RES_MEMORY, 30);
	runs_with(1, now + 10, SLUICE_RES_MEMORY, 20);
	runs_with(2, now + 20, SLUICE_RES_MEMORY, 40);
	request.amount[SLUICE_RES_MEMORY] = 10;
	check_forecast();
	CHECK_EQ(forecast.at, now);
	CHECK_EQ(forecast.spare[SLUICE_RES_MEMORY], 0);
	request.amount[SLUICE_RES_MEMORY] = 11;
	check_forecast();
	CHECK_EQ(forecast.at, now + 10);
	CHECK_EQ(forecast.spare[SLUICE_RES_MEMORY], 19);
	request.amount[SLUICE_RES_MEMORY] = 71;
	check_forecast();
	CHECK_EQ(forecast.at, now + 30);
	CHECK_EQ(forecast.spare[SLUICE_RES_MEMORY], 29);
	request.amount[SLUICE_RES_MEMORY] = 101;
	check_forecast();
	CHECK_EQ(forecast.at, SLUICE_NEVER);
	CHECK_EQ(forecast.spare[SLUICE_RES_MEMORY], 0);
}

/* What is over time, or only warm, is taken to end any moment. */
TEST(nothing_ends_in_the_past)
{
	start();
	ledger.account[SLUICE_RES_MEMORY].budget = 100;
	runs_with(0, now - 500, SLUICE_RES_MEMORY, 40);
	runs_with(1, 0, SLUICE_RES_MEMORY, 40);
	request.amount[SLUICE_RES_MEMORY] = 50;
	check_forecast();
	CHECK_EQ(forecast.at, now);
	/* And all of it, not only what it takes. */
	CHECK_EQ(forecast.spare[SLUICE_RES_MEMORY], 50);
}

/* Who ends at one time gives back at one time. */
TEST(ends_at_the_same_time)
{
	int first;

	for (first = 0; first < 3; first++) {
		start();
		ledger.account[SLUICE_RES_MEMORY].budget = 100;
		runs_with(first, now + 9, SLUICE_RES_MEMORY, 60);
		runs_with((first + 1) % 3, now + 9, SLUICE_RES_MEMORY, 10);
		runs_with((first + 2) % 3, now + 9, SLUICE_RES_MEMORY, 30);
		request.amount[SLUICE_RES_MEMORY] = 30;
		check_forecast();
		CHECK_EQ(forecast.at, now + 9);
		CHECK_EQ(forecast.spare[SLUICE_RES_MEMORY], 70);
	}
}

/* What is in use beyond all plans is not there when somebody else ends. */
TEST(more_is_in_use_than_there_is)
{
	start();
	ledger.account[SLUICE_RES_MEMORY].budget = 100;
	runs_with(0, now + 10, SLUICE_RES_MEMORY, 60);
	runs_with(1, now + 20, SLUICE_RES_MEMORY, 40);
	sluice_ledger_measure(&ledger, &envs[1].share, SLUICE_RES_MEMORY, 90);
	request.amount[SLUICE_RES_MEMORY] = 11;
	check_forecast();
	CHECK_EQ(forecast.at, now + 20);
	request.amount[SLUICE_RES_MEMORY] = 10;
	check_forecast();
	CHECK_EQ(forecast.at, now + 10);
	/* The rest of the box stays as it is, and may have taken too much. */
	sluice_ledger_box(&ledger, SLUICE_RES_MEMORY, 1000, 950);
	check_forecast();
	CHECK_EQ(forecast.at, now + 20);
	CHECK_EQ(forecast.spare[SLUICE_RES_MEMORY], 40);
	sluice_ledger_box(&ledger, SLUICE_RES_MEMORY, 1000, 991);
	check_forecast();
	CHECK_EQ(forecast.at, SLUICE_NEVER);
}

/* As many as one task can name, in lists that hold other tokens as well. */
TEST(tokens_end_one_after_the_other)
{
	struct sluice_request other = { 0 };
	u32 res;

	start();
	for (res = CRANE; res < USED; res++)
		account(res)->budget = 2;
	/* Both hold one list, which names what the claim does not. */
	for (res = CRANE; res < USED - 1; res++)
		request_set(&ledger, &other, res, 1);
	runs(0, now + 10, &other);
	runs(1, now + 20, &other);
	runs_with(2, now + 5, USED - 1, 2);
	asks(USED - 1, 1);
	asks(CRANE + 1, 1);
	check_forecast();
	CHECK_EQ(forecast.at, now + 10);
	asks(CRANE + 1, 2);
	check_forecast();
	CHECK_EQ(forecast.at, now + 20);
	CHECK_EQ(spare_of(USED - 1), 1);
	asks(CRANE + 1, 3);
	check_forecast();
	CHECK_EQ(forecast.at, SLUICE_NEVER);
	/* The very list that they hold. */
	request_drop(&request);
	request = other;
	check_forecast();
	CHECK_EQ(forecast.at, now + 10);
	gone(&envs[0]);
	check_forecast();
	CHECK_EQ(forecast.at, now);
	forget();
}

/* Who names what the claim does not need delays nothing with that. */
TEST(other_tokens_pass)
{
	struct sluice_request other = { 0 };

	start();
	account(CRANE)->budget = 1;
	account(CRANE + 2)->budget = 3;
	runs_with(0, now + 10, CRANE, 1);
	asks(CRANE, 1);
	asks(CRANE + 2, 2);
	check_forecast();
	CHECK_EQ(forecast.at, now + 10);
	request_set(&ledger, &other, CRANE + 1, ~0ULL);
	request_set(&ledger, &other, CRANE + 3, ~0ULL);
	CHECK(sluice_claim_lets_pass(&forecast, &other, SLUICE_NEVER));
	/* But with what it does. */
	request_set(&ledger, &other, CRANE + 2, 1);
	CHECK(sluice_claim_lets_pass(&forecast, &other, SLUICE_NEVER));
	request_set(&ledger, &other, CRANE + 2, 2);
	CHECK(!sluice_claim_lets_pass(&forecast, &other, SLUICE_NEVER));
	CHECK(sluice_claim_lets_pass(&forecast, &other, now + 10));
	request_set(&ledger, &other, CRANE + 2, 0);
	request_set(&ledger, &other, CRANE, 1);
	CHECK(!sluice_claim_lets_pass(&forecast, &other, now + 11));
	/* One that needs the very same does not pass. */
	CHECK(!sluice_claim_lets_pass(&forecast, &request, SLUICE_NEVER));
	request_drop(&other);
	CHECK(sluice_claim_lets_pass(&forecast, &other, SLUICE_NEVER));
	forget();
}

TEST(who_may_pass)
{
	const u32 last = SLUICE_QUANTITIES - 1;
	struct sluice_request other = { 0 };
	const u64 at = 500;

	memset(&forecast, 0, sizeof(forecast));
	forecast.at = at;
	forecast.spare[SLUICE_RES_MEMORY] = 10;
	forecast.spare[last] = 1;
	/* It ends in time. */
	other.amount[SLUICE_RES_CPU] = ~0ULL;
	CHECK(sluice_claim_lets_pass(&forecast, &other, 0));
	CHECK(sluice_claim_lets_pass(&forecast, &other, at));
	CHECK(!sluice_claim_lets_pass(&forecast, &other, at + 1));
	CHECK(!sluice_claim_lets_pass(&forecast, &other, SLUICE_NEVER));
	/* Or takes what will not be needed. */
	other.amount[SLUICE_RES_CPU] = 0;
	other.amount[SLUICE_RES_MEMORY] = 10;
	other.amount[last] = 1;
	CHECK(sluice_claim_lets_pass(&forecast, &other, SLUICE_NEVER));
	other.amount[last] = 2;
	CHECK(!sluice_claim_lets_pass(&forecast, &other, SLUICE_NEVER));
	CHECK(sluice_claim_lets_pass(&forecast, &other, at));
	other.amount[last] = 0;
	other.amount[SLUICE_RES_MEMORY] = 11;
	CHECK(!sluice_claim_lets_pass(&forecast, &other, at + 1));
	/* Nothing makes later what can never be. */
	forecast.at = SLUICE_NEVER;
	CHECK(sluice_claim_lets_pass(&forecast, &other, SLUICE_NEVER));
}

/*
 * Any box
 */

/* Of a token few, so that several have some. */
static u64 any_amount(u32 res, u64 most)
{
	return random_once(2) ? random_below(res == CRANE ? 2 : most) : 0;
}

/* The tokens may be those of another's list. Has a reference to it. */
static struct sluice_request any_request(u64 most)
{
	const struct env *env = &envs[random_below(ENVS)];
	struct sluice_request any = { 0 };
	u32 res;

	for (res = 0; res < SLUICE_QUANTITIES; res++)
		any.amount[res] = any_amount(res, most);
	if (random_once(3) && env->share.tokens) {
		any.tokens = env->share.tokens;
		sluice_tokens_get(any.tokens);
		return any;
	}
	for (res = CRANE; res < USED; res++)
		request_set(&ledger, &any, res, any_amount(res, most));
	return any;
}

static void any_box(void)
{
	u32 res;

	start();
	for (res = 0; res < USED; res++) {
		account(res)->budget = 300 + random_below(500);
		if (random_once(3))
			account(res)->reserve = random_below(50);
		if (res < SLUICE_RES_PIDS && random_once(2))
			sluice_ledger_box(&ledger, (int)res, 1000,
					  random_below(random_once(4) ? 1100 :
						       700));
	}
	account(CRANE)->budget = 1;
}

/* Some at the same time, some in the past. */
static u64 any_end(void)
{
	return now - 5 + random_below(random_once(2) ? 20 : 1000);
}

/* With a list that another one holds, too. */
static u64 together;

static void any_env(int i)
{
	struct sluice_request any = any_request(200);
	int res;

	/* Somebody else has it. */
	if (account(CRANE)->reserved)
		request_set(&ledger, &any, CRANE, 0);
	together += any.tokens && any.tokens->ref.count > 1;
	runs(i, any_end(), &any);
	request_drop(&any);
	for (res = 0; res < SLUICE_QUANTITIES; res++)
		if (random_once(3))
			sluice_ledger_measure(&ledger, &envs[i].share, res,
					      random_below(400));
}

TEST(any_forecast)
{
	u64 at_once = 0, never = 0;
	int round, i;

	random_start();
	for (round = 0; round < ROUNDS; round++) {
		any_box();
		for (i = (int)random_below(ENVS); i >= 0; i--)
			any_env(i);
		request = any_request(600);
		check_forecast();
		at_once += forecast.at == now;
		never += forecast.at == SLUICE_NEVER;
	}
	printf("# %" PRIu64 " at once, %" PRIu64 " never\n", at_once, never);
	CHECK(at_once > ROUNDS / 20 && never > ROUNDS / 20);
	CHECK(at_once + never < ROUNDS - ROUNDS / 20);
	printf("# %" PRIu64 " hold the same list\n", together);
	CHECK(together > ROUNDS / 20);
	forget();
}

/*
 * Backfill
 */

static struct env *free_env(void)
{
	struct env *env;

	for (env = envs; env < envs + ENVS; env++)
		if (!env->lives)
			return env;
	return NULL;
}

static bool fits_now(const struct sluice_request *any)
{
	u32 res;

	for (res = 0; res < USED; res++)
		if (sluice_request_of(any, res) >
		    sluice_account_available(account(res)))
			return false;
	return true;
}

static u64 passed, kept;

/* It may if, and only if, the request can be met as early with it as without it. */
static void comes(struct env *env, const struct sluice_request *small)
{
	u64 end = now + random_below(200), before;
	bool lets;

	check_forecast();
	before = forecast.at;
	lets = sluice_claim_lets_pass(&forecast, small, end);
	runs((int)(env - envs), end, small);
	CHECK_EQ(lets, earliest() <= before);
	if (lets) {
		passed++;
	} else {
		kept++;
		gone(env);
	}
}

/* A small call could start now. */
static void try_to_pass(void)
{
	struct sluice_request small = any_request(80);
	struct env *env = free_env();

	if (env && fits_now(&small))
		comes(env, &small);
	request_drop(&small);
}

static void end_some(void)
{
	struct env *env;

	for (env = envs; env < envs + ENVS; env++)
		if (env->lives && env->end <= now)
			gone(env);
}

/* Until the request can be met, others come all the time. */
static void wait_for_claim(void)
{
	u64 promised;

	check_forecast();
	promised = forecast.at;
	if (promised == SLUICE_NEVER)
		return;
	for (;;) {
		end_some();
		if (fits_now(&request))
			return;
		/* It is not as was said at first, nor will it be. */
		check_forecast();
		CHECK(forecast.at <= promised);
		CHECK(now < promised);
		try_to_pass();
		now += random_below(8);
		if (now > promised)
			now = promised;
	}
}

TEST(who_passes_makes_it_no_later)
{
	int round, i;

	random_start();
	for (round = 0; round < ROUNDS / 10; round++) {
		any_box();
		for (i = 0; i < ENVS - 3; i++)
			any_env(i);
		request = any_request(600);
		wait_for_claim();
	}
	printf("# %" PRIu64 " passed, %" PRIu64 " were kept\n", passed, kept);
	CHECK(passed > ROUNDS / 20 && kept > ROUNDS / 20);
	forget();
}

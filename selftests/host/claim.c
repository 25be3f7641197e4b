// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/policy/claim.c ../../kmod/base/ledger.c -Ishim -I../../kmod
/* Claims: when a request can be met, and that whoever passes until then does not make it later. */
#include <linux/types.h>

#include "policy/claim.h"
#include "ktap.h"
#include "random.h"

#define ENVS	8
/* A token of which there is one. */
#define CRANE	SLUICE_RES_TOKEN
#define USED	(SLUICE_RES_TOKEN + 2)
#define ROUNDS	20000

typedef __int128 wide;

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

static void start(void)
{
	sluice_ledger_init(&ledger);
	CHECK_EQ(sluice_ledger_declare(&ledger, "crane"), CRANE);
	CHECK_EQ(sluice_ledger_declare(&ledger, "seats"), CRANE + 1);
	memset(envs, 0, sizeof(envs));
	memset(&request, 0, sizeof(request));
	now = 1000;
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
static void runs_with(int i, u64 end, int res, u64 amount)
{
	struct sluice_request one = { 0 };

	one.amount[res] = amount;
	runs(i, end, &one);
}

static void gone(struct env *env)
{
	int res;

	env->lives = false;
	sluice_ledger_release(&ledger, &env->share);
	for (res = 0; res < USED; res++)
		sluice_ledger_measure(&ledger, &env->share, res, 0);
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
static u64 available_at(u64 time, int res)
{
	const struct sluice_account *a = &ledger.account[res];
	wide promised = 0, given, left;
	int i;

	for (i = 0; i < ENVS; i++)
		if (envs[i].lives && envs[i].end > time)
			promised += max(envs[i].share.reserved[res],
					envs[i].share.measured[res]);
	given = (wide)a->budget - promised;
	left = (wide)a->physical - a->outside - promised - a->reserve;
	if (a->physical != SLUICE_UNBOUNDED && left < given)
		given = left;
	return given > 0 ? (u64)given : 0;
}

static bool fits_at(u64 time)
{
	int res;

	for (res = 0; res < SLUICE_RES_MAX; res++)
		if (request.amount[res] > available_at(time, res))
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

static void check_forecast(void)
{
	u64 want = earliest();
	int res;

	ask();
	CHECK_EQ(forecast.at, want);
	for (res = 0; res < SLUICE_RES_MAX; res++) {
		u64 left = available_at(want, res);

		CHECK_EQ(forecast.spare[res], left > request.amount[res] ?
			 left - request.amount[res] : 0);
	}
}

/*
 * Directed
 */

TEST(nothing_runs)
{
	int res;

	start();
	for (res = 0; res < SLUICE_RES_MAX; res++)
		ledger.account[res].budget = 10 + res;
	check_forecast();
	CHECK_EQ(forecast.at, now);
	for (res = 0; res < SLUICE_RES_MAX; res++)
		request.amount[res] = 10 + res;
	check_forecast();
	CHECK_EQ(forecast.at, now);
	CHECK_EQ(forecast.spare[SLUICE_RES_MAX - 1], 0);
	/* One resource too little is enough, whichever. */
	for (res = 0; res < SLUICE_RES_MAX; res++) {
		request.amount[res]++;
		check_forecast();
		CHECK_EQ(forecast.at, SLUICE_NEVER);
		request.amount[res]--;
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

TEST(who_may_pass)
{
	struct sluice_request other = { 0 };
	const u64 at = 500;

	memset(&forecast, 0, sizeof(forecast));
	forecast.at = at;
	forecast.spare[SLUICE_RES_MEMORY] = 10;
	forecast.spare[SLUICE_RES_MAX - 1] = 1;
	/* It ends in time. */
	other.amount[SLUICE_RES_CPU] = ~0ULL;
	CHECK(sluice_claim_lets_pass(&forecast, &other, 0));
	CHECK(sluice_claim_lets_pass(&forecast, &other, at));
	CHECK(!sluice_claim_lets_pass(&forecast, &other, at + 1));
	CHECK(!sluice_claim_lets_pass(&forecast, &other, SLUICE_NEVER));
	/* Or takes what will not be needed. */
	other.amount[SLUICE_RES_CPU] = 0;
	other.amount[SLUICE_RES_MEMORY] = 10;
	other.amount[SLUICE_RES_MAX - 1] = 1;
	CHECK(sluice_claim_lets_pass(&forecast, &other, SLUICE_NEVER));
	other.amount[SLUICE_RES_MAX - 1] = 2;
	CHECK(!sluice_claim_lets_pass(&forecast, &other, SLUICE_NEVER));
	CHECK(sluice_claim_lets_pass(&forecast, &other, at));
	other.amount[SLUICE_RES_MAX - 1] = 0;
	other.amount[SLUICE_RES_MEMORY] = 11;
	CHECK(!sluice_claim_lets_pass(&forecast, &other, at + 1));
	/* Nothing makes later what can never be. */
	forecast.at = SLUICE_NEVER;
	CHECK(sluice_claim_lets_pass(&forecast, &other, SLUICE_NEVER));
}

/*
 * Any box
 */

static struct sluice_request any_request(u64 most)
{
	struct sluice_request any = { 0 };
	int res;

	for (res = 0; res < USED; res++)
		if (random_once(2))
			any.amount[res] = random_below(res == CRANE ? 2 : most);
	return any;
}

static void any_box(void)
{
	int res;

	start();
	for (res = 0; res < USED; res++) {
		ledger.account[res].budget = 300 + random_below(500);
		if (random_once(3))
			ledger.account[res].reserve = random_below(50);
		if (res < SLUICE_RES_PIDS && random_once(2))
			sluice_ledger_box(&ledger, res, 1000,
					  random_below(random_once(4) ? 1100 :
						       700));
	}
	ledger.account[CRANE].budget = 1;
}

/* Some at the same time, some in the past. */
static u64 any_end(void)
{
	return now - 5 + random_below(random_once(2) ? 20 : 1000);
}

static void any_env(int i)
{
	struct sluice_request any = any_request(200);
	int res;

	/* Somebody else has it. */
	if (ledger.account[CRANE].reserved)
		any.amount[CRANE] = 0;
	runs(i, any_end(), &any);
	for (res = 0; res < SLUICE_RES_TOKEN; res++)
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
	int res;

	for (res = 0; res < SLUICE_RES_MAX; res++)
		if (any->amount[res] > sluice_ledger_available(&ledger, res))
			return false;
	return true;
}

static u64 passed, kept;

/*
 * A small call could start now: it may if, and only if, the request can be met
 * as early with it as without it.
 */
static void try_to_pass(void)
{
	struct sluice_request small = any_request(80);
	struct env *env = free_env();
	u64 end = now + random_below(200), before;
	bool lets;

	if (!env || !fits_now(&small))
		return;
	check_forecast();
	before = forecast.at;
	lets = sluice_claim_lets_pass(&forecast, &small, end);
	runs((int)(env - envs), end, &small);
	CHECK_EQ(lets, earliest() <= before);
	if (lets) {
		passed++;
	} else {
		kept++;
		gone(env);
	}
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
}

// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/policy/gate.c ../../kmod/base/ledger.c -Ishim -I../../kmod
/* The gate: every reason, in its order and with exact numbers, and never beyond the ledger. */
#include <linux/types.h>

#include "policy/gate.h"
#include "ktap.h"
#include "random.h"
#include "tokens.h"

#define ENVS	6
#define STEPS	200000
/* A token of which there is one. */
#define CRANE	SLUICE_RES_TOKEN
/* A token of which there are some. */
#define SEATS	(SLUICE_RES_TOKEN + 1)
#define USED	(SLUICE_RES_TOKEN + 2)
/* The last that one request can name, when there are so many. */
#define LAST	(SLUICE_RES_TOKEN + SLUICE_TOKENS_EACH - 1)

bool shim_no_memory;

static struct sluice_ledger ledger;
static struct sluice_request request;
static struct sluice_share warm;
static struct sluice_verdict verdict;

static struct sluice_account *account(u32 res)
{
	return account_of(&ledger, res);
}

static void asks(u32 res, u64 amount)
{
	request_set(&ledger, &request, res, amount);
}

/* What the last one left. */
static void forget(void)
{
	if (!*ledger.account->name)
		return;
	request_drop(&request);
	share_release(&ledger, &warm);
	sluice_ledger_exit(&ledger);
}

/* Room for everything, an agent, and a request of nothing. */
static struct sluice_gate_input start(void)
{
	u32 res;

	forget();
	sluice_ledger_init(&ledger);
	CHECK_EQ(token_declare(&ledger, "crane", 1000)->res, CRANE);
	CHECK_EQ(token_declare(&ledger, "seats", 1000)->res, SEATS);
	for (res = 0; res < SLUICE_QUANTITIES; res++)
		ledger.account[res].budget = 1000;
	memset(&request, 0, sizeof(request));
	memset(&warm, 0, sizeof(warm));
	return (struct sluice_gate_input){
		.request = &request, .agent = true, .envs = 3, .envs_max = 4,
		.task_envs = 1, .task_envs_max = 2,
	};
}

/* As many tokens as one request can name. */
static void declare_more(u64 budget)
{
	char name[24];
	u32 res;

	for (res = USED; res <= LAST; res++) {
		snprintf(name, sizeof(name), "token-%u", res);
		CHECK_EQ(token_declare(&ledger, name, budget)->res, res);
	}
}

/* Id of what a budget does not give, -1 for none. */
static int over(u64 overhead)
{
	const struct sluice_account *account =
		sluice_gate_exceeds(&ledger, &request, overhead);

	return account ? (int)account->res : -1;
}

static void admits(const struct sluice_gate_input *input)
{
	memset(&verdict, 0xaa, sizeof(verdict));
	CHECK_EQ(sluice_gate_check(&ledger, input, &verdict), true);
	CHECK_EQ(verdict.hold, SLUICE_HOLD_NONE);
	CHECK_EQ(verdict.res, 0);
	CHECK_EQ(verdict.need, 0);
	CHECK_EQ(verdict.missing, 0);
}

static void holds(const struct sluice_gate_input *input, enum sluice_hold hold)
{
	memset(&verdict, 0xaa, sizeof(verdict));
	CHECK_EQ(sluice_gate_check(&ledger, input, &verdict), false);
	CHECK_EQ(verdict.hold, hold);
	if (hold != SLUICE_HOLD_RESOURCE && hold != SLUICE_HOLD_NEVER) {
		CHECK_EQ(verdict.res, 0);
		CHECK_EQ(verdict.need, 0);
		CHECK_EQ(verdict.missing, 0);
	}
}

static void lacks(const struct sluice_gate_input *input, u32 res, u64 need,
		  u64 missing)
{
	holds(input, SLUICE_HOLD_RESOURCE);
	CHECK_EQ(verdict.res, res);
	CHECK_EQ(verdict.need, need);
	CHECK_EQ(verdict.missing, missing);
}

/* However much others give back, it is over the budget by so much. */
static void never(const struct sluice_gate_input *input, u32 res, u64 over)
{
	holds(input, SLUICE_HOLD_NEVER);
	CHECK_EQ(verdict.res, res);
	CHECK_EQ(verdict.need, sluice_request_of(&request, res));
	CHECK_EQ(verdict.missing, over);
}

TEST(room_for_all)
{
	struct sluice_gate_input input = start();

	admits(&input);
	request.amount[SLUICE_RES_MEMORY] = 1000;
	asks(CRANE, 1000);
	admits(&input);
}

/* A new one takes more than the call asks for; one that is there has that already. */
TEST(overhead_of_a_new_environment)
{
	struct sluice_gate_input input = start();

	request.amount[SLUICE_RES_MEMORY] = 990;
	input.overhead = 10;
	admits(&input);
	ledger.account[SLUICE_RES_MEMORY].promised = 5;
	lacks(&input, SLUICE_RES_MEMORY, 1000, 5);
	input.overhead = 5;
	admits(&input);
	input.overhead = 10;
	input.share = &warm;
	admits(&input);
	/* With what it takes besides it never fits the budget, warm or not. */
	CHECK_EQ(over(10), -1);
	CHECK_EQ(over(11), SLUICE_RES_MEMORY);
	/* Who asks for no memory waits for none. */
	input.share = NULL;
	request.amount[SLUICE_RES_MEMORY] = 0;
	input.overhead = 5000;
	admits(&input);
}

TEST(closed_class)
{
	struct sluice_gate_input input = start();

	input.closed = true;
	holds(&input, SLUICE_HOLD_CPU_PRESSURE);
	input.share = &warm;
	holds(&input, SLUICE_HOLD_CPU_PRESSURE);
	input.running = 1;
	input.running_max = 1;
	holds(&input, SLUICE_HOLD_CONCURRENCY);
}

TEST(new_environment_needs_its_place)
{
	struct sluice_gate_input input = start();

	input.task_envs = 2;
	holds(&input, SLUICE_HOLD_CONCURRENCY);
	input.envs = 4;
	holds(&input, SLUICE_HOLD_CONCURRENCY);
	/* One that runs may come free, and needs nobody to make it. */
	input.running = 1;
	input.agent = false;
	holds(&input, SLUICE_HOLD_CONCURRENCY);
	input.task_envs = 1;
	holds(&input, SLUICE_HOLD_ENVIRONMENTS);
	/* None does: it is the agent that is missing, whatever ends meanwhile. */
	input.running = 0;
	holds(&input, SLUICE_HOLD_AGENT);
	input.task_envs = 2;
	holds(&input, SLUICE_HOLD_AGENT);
	input.task_envs = 1;
	input.agent = true;
	holds(&input, SLUICE_HOLD_ENVIRONMENTS);
	input.agent = false;
	input.envs = 3;
	holds(&input, SLUICE_HOLD_AGENT);
	/* What no resource can heal is said first. */
	ledger.account[SLUICE_RES_MEMORY].promised = 600;
	request.amount[SLUICE_RES_MEMORY] = 500;
	holds(&input, SLUICE_HOLD_AGENT);
	input.agent = true;
	lacks(&input, SLUICE_RES_MEMORY, 500, 100);
	/* A limit that was lowered below what lives. */
	input.task_envs_max = 0;
	holds(&input, SLUICE_HOLD_CONCURRENCY);
	input.task_envs_max = 9;
	input.envs_max = 2;
	holds(&input, SLUICE_HOLD_ENVIRONMENTS);
}

TEST(so_many_run_at_a_time)
{
	struct sluice_gate_input input = start();

	input.running = 5;
	input.running_max = 6;
	admits(&input);
	input.running = 6;
	holds(&input, SLUICE_HOLD_CONCURRENCY);
	/* A warm environment does not help, nor does anything else matter more. */
	input.share = &warm;
	holds(&input, SLUICE_HOLD_CONCURRENCY);
	input.share = NULL;
	input.agent = false;
	input.envs = input.envs_max;
	ledger.account[SLUICE_RES_MEMORY].promised = 600;
	request.amount[SLUICE_RES_MEMORY] = 500;
	holds(&input, SLUICE_HOLD_CONCURRENCY);
	/* A limit that was lowered below what runs. */
	input = start();
	input.running = 6;
	input.running_max = 1;
	holds(&input, SLUICE_HOLD_CONCURRENCY);
	/* None is no limit. */
	input.running_max = 0;
	admits(&input);
	input.running = ~0U;
	admits(&input);
	input.share = &warm;
	admits(&input);
}

TEST(warm_environment_has_its_place)
{
	struct sluice_gate_input input = start();

	input.share = &warm;
	input.task_envs = input.task_envs_max;
	input.envs = input.envs_max;
	input.agent = false;
	admits(&input);
	request.amount[SLUICE_RES_CPU] = 1001;
	never(&input, SLUICE_RES_CPU, 1);
}

TEST(to_the_last_unit)
{
	struct sluice_gate_input input = start();

	request.amount[SLUICE_RES_MEMORY] = 1000;
	admits(&input);
	request.amount[SLUICE_RES_MEMORY] = 1001;
	never(&input, SLUICE_RES_MEMORY, 1);
	request.amount[SLUICE_RES_MEMORY] = ~0ULL;
	never(&input, SLUICE_RES_MEMORY, ~0ULL - 1000);
	ledger.account[SLUICE_RES_MEMORY].budget = 0;
	request.amount[SLUICE_RES_MEMORY] = 1;
	never(&input, SLUICE_RES_MEMORY, 1);
	/* No need is none, even of what there is not. */
	request.amount[SLUICE_RES_MEMORY] = 0;
	admits(&input);
}

TEST(first_short_resource_is_the_reason)
{
	struct sluice_gate_input input = start();
	u32 res;

	declare_more(1000);
	/* In any order: what is said first is what is first. */
	for (res = LAST + 1; res--;) {
		account(res)->promised = 990;
		asks(res, 11 + res);
	}
	for (res = 0; res <= LAST; res++) {
		lacks(&input, res, 11 + res, 1 + res);
		account(res)->promised = 0;
	}
	admits(&input);
}

/* Of so many only those count that are named, whatever others name besides. */
TEST(one_token_among_thousands)
{
	struct sluice_gate_input input = start();
	const u32 one = SLUICE_RES_TOKEN + 2048;
	struct sluice_share other = { 0 };
	char name[24];
	u32 res;

	for (res = USED; res < SLUICE_RES_TOKEN + 4097; res++) {
		snprintf(name, sizeof(name), "token-%u", res);
		token_declare(&ledger, name, res == one ? 1 : 0);
	}
	asks(one, 1);
	asks(SEATS, 3);
	admits(&input);
	sluice_ledger_reserve(&ledger, &other, &request);
	lacks(&input, one, 1, 1);
	/* It is the token's, and not the list's. */
	asks(SEATS, 0);
	lacks(&input, one, 1, 1);
	input.share = &warm;
	lacks(&input, one, 1, 1);
	asks(one, 2);
	never(&input, one, 1);
	asks(one, 0);
	asks(SEATS, 997);
	admits(&input);
	asks(one + 1, 1);
	never(&input, one + 1, 1);
	asks(one + 1, 0);
	asks(one, 1);
	lacks(&input, one, 1, 1);
	share_release(&ledger, &other);
	admits(&input);
	CHECK_EQ(over(0), -1);
}

/* Before all that somebody else could heal, and whatever is short at the time. */
TEST(what_is_over_a_budget_is_said_first)
{
	struct sluice_gate_input input = start();

	ledger.account[SLUICE_RES_MEMORY].promised = 1000;
	request.amount[SLUICE_RES_MEMORY] = 1;
	asks(SEATS, 1001);
	never(&input, SEATS, 1);
	input.agent = false;
	never(&input, SEATS, 1);
	input.task_envs = 9;
	never(&input, SEATS, 1);
	input.running = input.running_max = 1;
	never(&input, SEATS, 1);
	/* The first of several. */
	asks(CRANE, 1003);
	never(&input, CRANE, 3);
	/* Also where a warm environment has it all. */
	input = start();
	asks(SEATS, 1001);
	sluice_ledger_reserve(&ledger, &warm, &request);
	input.share = &warm;
	never(&input, SEATS, 1);
	/* What it holds it has for another call. */
	account(SEATS)->budget = 2001;
	lacks(&input, SEATS, 1001, 1);
	account(SEATS)->budget = 2002;
	admits(&input);
}

TEST(what_the_box_uses_counts)
{
	struct sluice_gate_input input = start();
	struct sluice_account *memory = &ledger.account[SLUICE_RES_MEMORY];

	request.amount[SLUICE_RES_MEMORY] = 500;
	sluice_ledger_box(&ledger, SLUICE_RES_MEMORY, 2000, 1500);
	admits(&input);
	sluice_ledger_box(&ledger, SLUICE_RES_MEMORY, 2000, 1501);
	lacks(&input, SLUICE_RES_MEMORY, 500, 1);
	sluice_ledger_box(&ledger, SLUICE_RES_MEMORY, 2000, 1400);
	memory->reserve = 101;
	lacks(&input, SLUICE_RES_MEMORY, 500, 1);
	memory->reserve = 100;
	admits(&input);
}

/* What a warm environment uses was promised to it before. */
TEST(warm_environment_needs_only_the_rest)
{
	struct sluice_gate_input input = start();
	struct sluice_share other = { .reserved = { 0 } };

	input.share = &warm;
	sluice_ledger_measure(&ledger, &warm, SLUICE_RES_MEMORY, 300);
	request.amount[SLUICE_RES_MEMORY] = 1000;
	admits(&input);
	sluice_ledger_measure(&ledger, &other, SLUICE_RES_MEMORY, 100);
	request.amount[SLUICE_RES_MEMORY] = 900;
	admits(&input);
	request.amount[SLUICE_RES_MEMORY] = 901;
	lacks(&input, SLUICE_RES_MEMORY, 601, 1);
	/* It does not help a new one. */
	input.share = NULL;
	lacks(&input, SLUICE_RES_MEMORY, 901, 301);
	/* What it reserved counts like what it uses. */
	input.share = &warm;
	warm.reserved[SLUICE_RES_MEMORY] = 301;
	admits(&input);
}

/* Using more than the others left does not entitle to reserve it. */
TEST(warm_environment_needs_a_place_in_the_budget)
{
	struct sluice_gate_input input = start();
	struct sluice_share other = { .reserved = { 0 } };

	input.share = &warm;
	request.amount[SLUICE_RES_MEMORY] = 800;
	sluice_ledger_reserve(&ledger, &other, &request);
	sluice_ledger_measure(&ledger, &warm, SLUICE_RES_MEMORY, 300);
	request.amount[SLUICE_RES_MEMORY] = 200;
	admits(&input);
	request.amount[SLUICE_RES_MEMORY] = 201;
	lacks(&input, SLUICE_RES_MEMORY, 0, 1);
	request.amount[SLUICE_RES_MEMORY] = 301;
	lacks(&input, SLUICE_RES_MEMORY, 1, 101);
	share_release(&ledger, &other);
	admits(&input);
	/* A budget below what is reserved has no place at all. */
	sluice_ledger_reserve(&ledger, &other, &request);
	ledger.account[SLUICE_RES_MEMORY].budget = 100;
	request.amount[SLUICE_RES_MEMORY] = 1;
	lacks(&input, SLUICE_RES_MEMORY, 0, 1);
}

TEST(exceeds)
{
	start();
	declare_more(0);
	CHECK_EQ(over(0), -1);
	request.amount[SLUICE_RES_PIDS] = 1000;
	CHECK_EQ(over(0), -1);
	/* What is promised now is not for ever. */
	ledger.account[SLUICE_RES_PIDS].promised = 1000;
	CHECK_EQ(over(0), -1);
	request.amount[SLUICE_RES_PIDS] = 1001;
	CHECK_EQ(over(0), SLUICE_RES_PIDS);
	asks(LAST, 1);
	CHECK_EQ(over(0), SLUICE_RES_PIDS);
	request.amount[SLUICE_RES_PIDS] = 0;
	CHECK_EQ(over(0), LAST);
	asks(LAST - 1, 1);
	CHECK_EQ(over(0), LAST - 1);
	asks(CRANE, 1000);
	account(CRANE)->promised = 1000;
	CHECK_EQ(over(0), LAST - 1);
	asks(CRANE, 1001);
	CHECK_EQ(over(0), CRANE);
	request.amount[SLUICE_RES_MEMORY] = ~0ULL;
	CHECK_EQ(over(0), SLUICE_RES_MEMORY);
}

/*
 * A small box on which calls start and end at random, and only when the gate
 * says yes. Environments that have been used stay warm.
 */

struct env {
	struct sluice_share share;
	bool	lives;
	bool	runs;
};

static struct env envs[ENVS];
/* @together: with a list of tokens that another one holds, too. */
static u64 steps, admitted, held, together, forgotten;

/* Tokens are named anew, or by the same task as before. */
static void any_request(void)
{
	u32 res;

	for (res = 0; res < SLUICE_QUANTITIES; res++)
		request.amount[res] = random_once(2) ? random_below(400) : 0;
	if (random_once(3))
		return;
	asks(CRANE, random_once(2) ? random_below(2) : 0);
	asks(SEATS, random_once(2) ? random_below(400) : 0);
}

/* By the formula of shared/DESIGN.md, in signed numbers wide enough. */
static u64 really_available(u32 res)
{
	const struct sluice_account *a = account(res);
	s64 promised = 0, given, left;
	int i;

	for (i = 0; i < ENVS; i++)
		promised += max(share_of(&envs[i].share, res),
				measured_of(&envs[i].share, res));
	given = (s64)a->budget - promised;
	left = (s64)a->physical - (s64)a->outside - promised - (s64)a->reserve;
	if (a->physical != SLUICE_UNBOUNDED)
		given = min(given, left);
	return max(given, 0);
}

static u64 reserved_of(u32 res)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < ENVS; i++)
		sum += share_of(&envs[i].share, res);
	return sum;
}

static u32 holders_of(u32 res)
{
	u32 count = 0;
	int i;

	for (i = 0; i < ENVS; i++)
		count += !!share_of(&envs[i].share, res);
	return count;
}

/* What the request would add to what is promised. */
static u64 need_of(const struct sluice_share *share, u32 res)
{
	u64 has = share ? max(share_of(share, res), measured_of(share, res)) :
			  0;
	u64 amount = sluice_request_of(&request, res);

	return amount > has ? amount - has : 0;
}

static void check_started(const struct env *env, const u64 *before,
			  const u64 *need)
{
	u32 res;

	for (res = 0; res < USED; res++) {
		if (before[res] < need[res] ||
		    really_available(res) != before[res] - need[res])
			ktap_fail("step %" PRIu64 ": resource %u: %" PRIu64
				  " of %" PRIu64 " admitted", steps, res,
				  need[res], before[res]);
		if (reserved_of(res) > account(res)->budget)
			ktap_fail("step %" PRIu64 ": resource %u: reserved %"
				  PRIu64 " of a budget of %" PRIu64, steps,
				  res, reserved_of(res), account(res)->budget);
		CHECK_EQ(account(res)->reserved, reserved_of(res));
	}
	CHECK(holders_of(CRANE) <= 1);
	for (res = 0; res < ENVS; res++)
		together += &envs[res] != env && request.tokens &&
			    envs[res].share.tokens == request.tokens;
}

static void start_call(struct env *env)
{
	u64 before[USED], need[USED];
	u32 res;

	for (res = 0; res < USED; res++) {
		before[res] = really_available(res);
		need[res] = need_of(&env->share, res);
	}
	sluice_ledger_reserve(&ledger, &env->share, &request);
	env->lives = true;
	env->runs = true;
	admitted++;
	check_started(env, before, need);
}

/* The reason is true, and the numbers are exact. */
static void check_held(const struct sluice_gate_input *input)
{
	struct sluice_account *account = account_of(&ledger, verdict.res);
	struct sluice_account saved = *account;
	u64 amount = sluice_request_of(&request, verdict.res);
	u64 need = need_of(input->share, verdict.res);
	u64 available = really_available(verdict.res);
	struct sluice_verdict again;
	u64 room, missing, least;

	held++;
	CHECK_EQ(verdict.hold, amount > account->budget ? SLUICE_HOLD_NEVER :
		 SLUICE_HOLD_RESOURCE);
	if (verdict.hold == SLUICE_HOLD_NEVER) {
		CHECK_EQ(verdict.need, amount);
		CHECK_EQ(verdict.missing, amount - account->budget);
		return;
	}
	CHECK_EQ(verdict.need, need);
	room = account->budget > account->reserved ?
	       account->budget - account->reserved : 0;
	missing = max(need > available ? need - available : 0,
		      amount > room ? amount - room : 0);
	CHECK(missing > 0);
	CHECK_EQ(verdict.missing, missing);
	/* A budget that would just do does, and one less would not. */
	least = account->reserved + amount;
	account->physical = SLUICE_UNBOUNDED;
	if (need)
		least = max(least, account->promised + need);
	account->budget = least;
	if (!sluice_gate_check(&ledger, input, &again) &&
	    again.res <= verdict.res)
		ktap_fail("step %" PRIu64 ": %" PRIu64
			  " of resource %u do not do", steps, need,
			  verdict.res);
	account->budget = least - 1;
	CHECK_EQ(sluice_gate_check(&ledger, input, &again), false);
	CHECK_EQ(again.hold, amount > least - 1 ? SLUICE_HOLD_NEVER :
		 SLUICE_HOLD_RESOURCE);
	CHECK_EQ(again.res, verdict.res);
	*account = saved;
}

static void step_ask(struct env *env)
{
	struct sluice_gate_input input = {
		.request = &request, .share = env->lives ? &env->share : NULL,
		.agent = true, .envs_max = ENVS, .task_envs_max = ENVS,
	};

	if (env->runs)
		return;
	any_request();
	if (sluice_gate_check(&ledger, &input, &verdict))
		start_call(env);
	else
		check_held(&input);
}

static void step_end(struct env *env)
{
	int res;

	share_release(&ledger, &env->share);
	env->runs = false;
	if (random_once(2))
		return;
	/* It is retired. */
	for (res = 0; res < SLUICE_QUANTITIES; res++)
		sluice_ledger_measure(&ledger, &env->share, res, 0);
	env->lives = false;
}

/* It goes when nobody has it, and another one comes, with the same id. */
static void step_token(void)
{
	if (account(SEATS)->reserved)
		return;
	asks(SEATS, 0);
	sluice_ledger_forget(&ledger, account(SEATS));
	CHECK_EQ(token_declare(&ledger, random_once(2) ? "seats" : "beds",
			       random_below(1000))->res, SEATS);
	forgotten++;
}

static void step_change(void)
{
	u32 res = (u32)random_below(USED);
	u64 budget = random_below(4000);

	switch (random_below(3)) {
	case 0:
		/* An operator may take back what is not reserved. */
		if (res != CRANE && budget >= account(res)->reserved)
			account(res)->budget = budget;
		break;
	case 1:
		account(res)->reserve = random_below(100);
		break;
	default:
		if (res >= SLUICE_QUANTITIES)
			step_token();
		else
			sluice_ledger_box(&ledger, (int)res, random_once(4) ?
					  SLUICE_UNBOUNDED : random_below(4000),
					  random_below(1500));
	}
}

TEST(never_more_than_there_is)
{
	random_start();
	start();
	account(CRANE)->budget = 1;
	for (steps = 0; steps < STEPS; steps++) {
		struct env *env = &envs[random_below(ENVS)];

		switch (random_below(8)) {
		case 0:
		case 1:
		case 2:
		case 3:
			step_ask(env);
			break;
		case 4:
		case 5:
			step_end(env);
			break;
		case 6:
			/* Tokens are not measured. */
			if (env->lives)
				sluice_ledger_measure(&ledger, &env->share,
					(int)random_below(SLUICE_QUANTITIES),
					random_below(500));
			break;
		default:
			step_change();
		}
	}
	printf("# %" PRIu64 " calls admitted, %" PRIu64 " held\n", admitted,
	       held);
	/* A gate that is always open or shut would prove nothing. */
	CHECK(admitted > STEPS / 50 && held > STEPS / 50);
	CHECK(together > STEPS / 500 && forgotten > STEPS / 500);
	for (steps = 0; steps < ENVS; steps++)
		share_release(&ledger, &envs[steps].share);
	forget();
}

/* What exceeds no budget starts when nothing else is there. */
TEST(what_does_not_exceed_can_start)
{
	struct sluice_gate_input input;
	u64 exceeding = 0;
	int i, res;

	random_start();
	for (i = 0; i < 20000; i++) {
		input = start();
		any_request();
		for (res = 0; res < USED; res++)
			account((u32)res)->budget = random_below(1000);
		account(CRANE)->budget = 1;
		res = over(0);
		exceeding += res >= 0;
		CHECK_EQ(sluice_gate_check(&ledger, &input, &verdict), res < 0);
		if (res >= 0)
			CHECK_EQ(verdict.res, res);
	}
	CHECK(exceeding > 1000 && exceeding < 19000);
}

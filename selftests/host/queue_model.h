/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A slow, obvious model of tasks and the calls that wait for each, and what can
 * happen to them, done to the module's and to the model's at once. Tests that
 * include it are built as queue.c is; queue_check.h compares the two.
 */
#ifndef SLUICE_QUEUE_MODEL_H
#define SLUICE_QUEUE_MODEL_H

#include "kernel.h"

#include "base/event.h"
#include "ktap.h"
#include "object/callq.h"
#include "object/order.h"
#include "object/park.h"
#include "object/quarantine.h"
#include "object/queue.h"
#include "object/task.h"
#include "policy/class.h"
#include "random.h"
#include "tokens.h"

#define TASKS		12
#define CALLS		64
#define KEYS		3
#define USERS		3
#define CLASSES		4
#define AVAILABLE	100
/* One of the tokens, and neither the first nor the last. */
#define TOKEN		(SLUICE_RES_TOKEN + 2)
#define TOKENS		4
#define NO		SLUICE_HOLD_NONE

u64 shim_now;
bool shim_no_memory;
long shim_module_refs;
struct sluice sluice;

static struct sluice_class * const classes[CLASSES] = {
	&sluice_class_deadline, &sluice_class_priority, &sluice_class_fair,
	&sluice_class_batch,
};

static const u32 resources[] = {
	SLUICE_RES_MEMORY, SLUICE_RES_CPU, SLUICE_RES_PIDS, TOKEN,
};

/*
 * What the test knows of a call. @task: in whose queue it waits, NULL for none;
 * @delayed: it does, but may not start. @been: it has waited before. @ran: it has
 * been started, and what its class booked for it. @own: place among its user's calls
 * in that queue.
 */
struct waiting {
	struct sluice_call *call;
	struct model *task;
	struct model *ran;
	struct sluice_key key;
	bool	delayed;
	bool	been;
	u8	told;
	u16	told_res;
	u64	booked;
	s64	own;
};

/*
 * What the test knows of a task. @ready: its calls that may start, as they go;
 * @old: all of them, by age. @hold: for what it is parked, NO when it is not;
 * @place: where. @names: how many of TOKEN it names.
 */
struct model {
	struct sluice_task *task;
	struct waiting *ready[CALLS];
	struct waiting *old[CALLS];
	u32	calls;
	u32	ready_count;
	u32	hold;
	struct sluice_park *place;
	u64	names;
	u64	need;
	u64	lacks_since;
	u64	turn;
	bool	waits;
	bool	claims;
	struct sluice_class *class;
	u32	failures;
	u64	quarantined;
	enum sluice_mode mode;
};

static struct waiting waiting[CALLS];
static struct sluice_user users[USERS + 1];
static struct model models[TASKS];
static struct sluice_demand urgent;
static u64 last_turn, step, said;
static u64 events[SLUICE_EVENTS], expected[SLUICE_EVENTS];
/* A bit for each id of a resource: there are few here. */
static u32 grew;

void sluice_event_task(const struct sluice_task *task, enum sluice_event what)
{
	CHECK(task);
	events[what]++;
}

void sluice_event_claim(const struct sluice_task *task, u64 call,
			enum sluice_event what)
{
	CHECK(task);
	/* Whoever hears of it sees the task as it is then. */
	CHECK_EQ(!!task->claim, what == SLUICE_EVENT_CLAIM_MADE);
	CHECK(what != SLUICE_EVENT_CLAIM_MADE || task->claim->call == call);
	events[what]++;
}

/* Nobody waits for room here. */
void sluice_event_blocked(void)
{
	abort();
}

/* Somebody is told why a call waits: it is true, and is news. */
void sluice_event_hold(const struct sluice_call *call)
{
	struct waiting *w = waiting;
	struct sluice_task *task;

	while (w->call != call)
		w++;
	CHECK(w->task);
	task = w->task->task;
	CHECK(sluice_callq_first(&task->queue) == call);
	CHECK(sluice_parked(task));
	CHECK_EQ(call->told, task->verdict.hold);
	CHECK_EQ(call->told_res, task->verdict.res);
	if (w->told == call->told && w->told_res == call->told_res)
		ktap_fail("step %ju: call %ju is held for the same reason again",
			  (uintmax_t)step, (uintmax_t)call->id);
	w->told = call->told;
	w->told_res = call->told_res;
	said++;
}

/*
 * The model of a queue: arrays
 */

static inline void array_put(struct waiting **array, u32 count, u32 at,
			     struct waiting *w)
{
	memmove(array + at + 1, array + at, (count - at) * sizeof(*array));
	array[at] = w;
}

static inline u32 array_find(struct waiting **array, u32 count,
			     const struct waiting *w)
{
	u32 at = 0;

	while (at < count && array[at] != w)
		at++;
	return at;
}

static inline void array_take(struct waiting **array, u32 count,
			      const struct waiting *w)
{
	u32 at = array_find(array, count, w);

	CHECK(at < count);
	memmove(array + at, array + at + 1,
		(count - at - 1) * sizeof(*array));
}

/* Each period that it is older a call counts as one priority higher. */
static inline u64 order_of(const struct sluice_call *call)
{
	u64 below = SLUICE_PRIORITY_MAX - call->priority;

	return sluice_class_ageing ?
	       call->since + below * sluice_class_ageing : below;
}

/* By kind, then priority and age, or deadline; negative: @a goes first. */
static inline int compare(const struct waiting *a, const struct waiting *b)
{
	const struct sluice_call *x = a->call, *y = b->call;

	if (!x->demand != !y->demand)
		return x->demand ? -1 : 1;
	if (x->demand)
		return x->deadline < y->deadline ? -1 :
		       x->deadline > y->deadline;
	return order_of(x) < order_of(y) ? -1 : order_of(x) > order_of(y);
}

static inline void ready_put(struct model *m, struct waiting *w, u32 at)
{
	array_put(m->ready, m->ready_count++, at, w);
}

static inline void ready_last(struct model *m, struct waiting *w)
{
	u32 at = 0;

	while (at < m->ready_count && compare(m->ready[at], w) <= 0)
		at++;
	ready_put(m, w, at);
}

/* Equal deadlines go as they came, whatever was before. */
static inline void ready_first(struct model *m, struct waiting *w)
{
	u32 at = 0;

	if (w->call->demand) {
		ready_last(m, w);
		return;
	}
	while (at < m->ready_count && compare(m->ready[at], w) < 0)
		at++;
	ready_put(m, w, at);
}

static inline void ready_behind(struct model *m, struct waiting *w,
				const struct waiting *older)
{
	if (older->delayed || w->call->demand || older->call->demand ||
	    w->call->priority != older->call->priority)
		ready_last(m, w);
	else
		ready_put(m, w, array_find(m->ready, m->ready_count,
					   older) + 1);
}

static inline void ready_take(struct model *m, const struct waiting *w)
{
	array_take(m->ready, m->ready_count--, w);
}

static inline void old_put(struct model *m, struct waiting *w, u32 at)
{
	array_put(m->old, m->calls++, at, w);
	w->task = m;
	w->delayed = false;
	w->been = true;
	w->told = NO;
	w->told_res = 0;
}

/* The oldest and the newest place that was given. */
static s64 first_own, last_own;

static inline bool same_owner(const struct sluice_call *a,
			      const struct sluice_call *b)
{
	if (a->key_shared || b->key_shared)
		return a->key_shared && b->key_shared;
	return a->origin_uid.val == b->origin_uid.val;
}

/* The waiting call with that key, of the owner of @like's. */
static inline struct waiting *with_key(const struct model *m, const char *key,
				       const struct sluice_call *like)
{
	u32 i;

	for (i = 0; i < m->calls; i++)
		if (m->old[i]->call->key &&
		    !strcmp(m->old[i]->key.text, key) &&
		    same_owner(m->old[i]->call, like))
			return m->old[i];
	return NULL;
}

/*
 * The model of tasks
 */

static inline bool stopped(const struct model *m)
{
	return m->mode != SLUICE_MODE_RUN || m->quarantined;
}

static inline void model_unpark_hold(u32 hold)
{
	struct model *m;

	for (m = models; m < models + TASKS; m++)
		if (m->hold == hold)
			m->hold = NO;
}

static inline void model_disclaim(struct model *m)
{
	if (!m->claims)
		return;
	m->claims = false;
	expected[SLUICE_EVENT_CLAIM_ENDED]++;
	model_unpark_hold(SLUICE_HOLD_CLAIM);
}

/* It waits while it has a call that may start, and is not stopped. */
static inline void model_rank(struct model *m, bool served)
{
	bool waits = m->ready_count && !stopped(m);

	if (!waits) {
		m->hold = NO;
		m->lacks_since = 0;
		model_disclaim(m);
	} else if (!m->waits || m->class != m->task->config.class) {
		served = true;
	}
	m->waits = waits;
	if (waits)
		m->class = m->task->config.class;
	/* It gets its turn behind all others. */
	if (served) {
		CHECK(m->task->rank.turn > last_turn);
		last_turn = m->task->rank.turn;
		m->turn = last_turn;
	}
}

static inline bool ordered(const struct model *m)
{
	return m->waits && m->hold == NO;
}

static inline struct model *model_of(const struct sluice_rank *rank)
{
	struct model *m = models;

	while (&m->task->rank != rank)
		m++;
	return m;
}

/*
 * Start and end
 */

static inline void start_tasks(void)
{
	struct sluice_task_config config = {
		.class = &sluice_class_priority,
		.weight = 100,
		.overflow = SLUICE_OVERFLOW_DROP_OLDEST,
		.request.amount[SLUICE_RES_PIDS] = 1,
	};
	char name[16];
	int i;

	for (i = 0; i < TASKS; i++) {
		snprintf(name, sizeof(name), "task-%d", i);
		models[i].task = sluice_task_alloc(name, &config);
		CHECK_EQ(sluice_task_register(models[i].task), 0);
	}
}

static inline void start_ledger(void)
{
	char name[16];
	u32 i;

	sluice_ledger_init(&sluice.ledger);
	sluice.ledger.account[SLUICE_RES_DISK].budget = SLUICE_UNBOUNDED;
	sluice.ledger.account[SLUICE_RES_NETWORK].budget = SLUICE_UNBOUNDED;
	for (i = 0; i < TOKENS; i++) {
		snprintf(name, sizeof(name), "token-%u", i);
		token_declare(&sluice.ledger, name, 0);
	}
	for (i = 0; i < ARRAY_SIZE(resources); i++)
		account_of(&sluice.ledger, resources[i])->budget = AVAILABLE;
}

static inline void start(void)
{
	u32 i;

	memset(&sluice, 0, sizeof(sluice));
	INIT_LIST_HEAD(&sluice.rooms.blocked);
	INIT_LIST_HEAD(&sluice.rooms.promised);
	INIT_LIST_HEAD(&sluice.awaited);
	sluice.limits.max_tasks = TASKS + 1;
	sluice.lock.held = true;
	sluice_class_init();
	start_ledger();
	start_tasks();
	for (i = 0; i < CALLS; i++) {
		waiting[i].call = calloc(1, sizeof(*waiting[i].call));
		waiting[i].call->id = i;
		waiting[i].call->user = users;
		waiting[i].call->input_len = i;
	}
}

static inline void end(void)
{
	int i;

	for (i = 0; i < CALLS; i++)
		free(waiting[i].call);
	sluice_task_exit();
	sluice_ledger_exit(&sluice.ledger);
	sluice.lock.held = false;
	/* Or nobody would miss what is lost. */
	memset(models, 0, sizeof(models));
}

/*
 * What can happen to calls
 */

static inline void put(struct waiting *w, struct model *m, u32 priority,
		       u64 deadline)
{
	w->call->task = m->task;
	w->call->priority = priority;
	w->call->deadline = deadline;
	w->call->told = NO;
	w->call->told_res = 0;
	w->call->submitted = shim_now;
	w->call->since = shim_now;
	ready_last(m, w);
	old_put(m, w, m->calls);
	w->own = ++last_own;
	w->call->since = ~0ULL;
	sluice_queue_add(w->call, NULL);
	CHECK_EQ(w->call->since, shim_now);
	model_rank(m, false);
}

/* Has no key, and is not of the class deadline. */
static inline void put_plain(struct waiting *w, struct model *m, u32 priority)
{
	w->call->key = NULL;
	w->call->demand = NULL;
	put(w, m, priority, 0);
}

static inline void put_urgent(struct waiting *w, struct model *m, u64 deadline)
{
	w->call->key = NULL;
	w->call->demand = &urgent;
	put(w, m, 50, deadline);
}

static inline void take(struct waiting *w)
{
	struct model *m = w->task;

	if (!w->delayed)
		ready_take(m, w);
	array_take(m->old, m->calls--, w);
	w->task = NULL;
	sluice_queue_remove(w->call);
	model_rank(m, false);
}

/* A newer one: the call with its key ends. */
static inline void supersede(struct waiting *w, struct model *m,
			     struct waiting *older, u32 priority, u64 deadline)
{
	u32 age = array_find(m->old, m->calls, older);

	w->call->task = m->task;
	w->call->priority = priority;
	w->call->deadline = deadline;
	w->call->told = NO;
	w->call->told_res = 0;
	w->call->submitted = shim_now;
	w->call->since = older->call->since;
	ready_behind(m, w, older);
	old_put(m, w, age + 1);
	w->own = w->call->user == older->call->user ?
		 older->own : ++last_own;
	sluice_queue_add(w->call, older->call);
	model_rank(m, false);
	take(older);
}

/* It ran, or lost its environment before, and waits again. */
static inline void put_again(struct waiting *w, struct model *m, bool delay)
{
	w->call->told = NO;
	w->call->told_res = 0;
	if (!delay)
		ready_first(m, w);
	old_put(m, w, 0);
	w->own = --first_own;
	w->delayed = delay;
	if (delay)
		sluice_queue_delay(w->call);
	else
		sluice_queue_again(w->call);
	model_rank(m, false);
}

static inline void ready(struct waiting *w)
{
	struct model *m = w->task;

	w->delayed = false;
	ready_first(m, w);
	sluice_queue_ready(w->call);
	model_rank(m, false);
}

static inline void reorder(struct waiting *w, u32 priority, u64 deadline)
{
	struct model *m = w->task;

	if (!w->delayed)
		ready_take(m, w);
	sluice_queue_reorder(w->call, priority, deadline);
	if (!w->delayed)
		ready_last(m, w);
	model_rank(m, false);
}

/* The engine's way: the best call of the best task starts. */
static inline struct waiting *start_best(u64 cost)
{
	struct sluice_rank *rank = sluice_class_best();
	struct waiting *w;
	struct model *m;

	if (!rank)
		return NULL;
	m = model_of(rank);
	CHECK(ordered(m));
	w = m->ready[0];
	CHECK(sluice_callq_first(&m->task->queue) == w->call);
	take(w);
	w->ran = m;
	m->lacks_since = 0;
	model_disclaim(m);
	w->booked = sluice_order_started(m->task, cost);
	model_rank(m, true);
	return w;
}

static inline void settle(struct waiting *w, u64 cost)
{
	struct model *m = w->ran;

	w->ran = NULL;
	sluice_order_settled(m->task, w->booked, cost);
	model_rank(m, false);
}

/*
 * What can happen to tasks
 */

static inline void park(struct model *m, const struct sluice_verdict *verdict)
{
	struct sluice_account *account =
		account_of(&sluice.ledger, verdict->res);

	m->hold = verdict->hold;
	m->need = verdict->need;
	m->place = &sluice.held[verdict->hold];
	if (verdict->hold == SLUICE_HOLD_RESOURCE) {
		if (verdict->need > sluice_account_available(account))
			m->place = &account->park;
		if (!m->lacks_since)
			m->lacks_since = shim_now;
	} else if (verdict->hold != SLUICE_HOLD_CLAIM) {
		m->lacks_since = 0;
		model_disclaim(m);
	}
	sluice_order_park(m->task, verdict);
}

static inline void park_for(struct model *m, u32 res, u64 need)
{
	const struct sluice_verdict verdict = {
		.hold = SLUICE_HOLD_RESOURCE, .res = res, .need = need,
	};

	park(m, &verdict);
}

static inline void park_hold(struct model *m, enum sluice_hold hold)
{
	const struct sluice_verdict verdict = { .hold = hold };

	park(m, &verdict);
}

static inline void unpark(struct model *m)
{
	m->hold = NO;
	sluice_order_unpark(m->task);
}

static inline void unpark_hold(enum sluice_hold hold)
{
	model_unpark_hold(hold);
	sluice_order_unpark_hold(hold);
}

/* A bit for each of which the ledger says that there is more. */
static inline u32 news(void)
{
	const struct sluice_account *account;
	u32 bits = sluice.ledger.grew;

	list_for_each_entry(account, &sluice.ledger.grown, grown) {
		CHECK(account->res >= SLUICE_RES_TOKEN);
		CHECK(!(bits & 1U << account->res));
		bits |= 1U << account->res;
	}
	return bits;
}

/* As when somebody gives it back. */
static inline void grow(u32 bits)
{
	u32 left = bits >> SLUICE_RES_TOKEN << SLUICE_RES_TOKEN;

	sluice.ledger.grew |= bits ^ left;
	for (; left; left &= left - 1) {
		struct sluice_account *account =
			account_of(&sluice.ledger, (u32)__builtin_ctz(left));

		if (list_empty(&account->grown))
			list_add_tail(&account->grown, &sluice.ledger.grown);
	}
}

/* Those come back that wait for what was promised to others. */
static inline void more_of(u32 bits)
{
	struct model *m;

	grew |= bits;
	for (m = models; grew && m < models + TASKS; m++)
		if (m->place == &sluice.held[SLUICE_HOLD_RESOURCE] &&
		    m->hold == SLUICE_HOLD_RESOURCE)
			m->hold = NO;
	grow(bits);
	CHECK_EQ(sluice_ledger_grew(&sluice.ledger), !!grew);
	if (grew)
		sluice_order_unpark_released();
}

static inline struct model *best_fitting(const struct sluice_park *place,
					 u64 available)
{
	struct model *best = NULL, *m;

	for (m = models; m < models + TASKS; m++)
		if (m->hold == SLUICE_HOLD_RESOURCE && m->place == place &&
		    m->need <= available &&
		    (!best || sluice_rank_before(&m->task->rank,
						 &best->task->rank)))
			best = m;
	return best;
}

/* Of each resource that grew, the best for whom there is enough comes back. */
static inline void unpark_best(void)
{
	u32 left = grew;

	for (; left; left &= left - 1) {
		u32 res = (u32)__builtin_ctz(left);
		struct sluice_account *account =
			account_of(&sluice.ledger, res);
		struct model *best =
			best_fitting(&account->park,
				     sluice_account_available(account));

		if (best)
			best->hold = NO;
		else
			grew &= ~(1U << res);
	}
	sluice_order_unpark_fitting();
	CHECK_EQ(news(), grew);
}

/* Who waits for budgets is asked about again, whichever has changed. */
static inline void unpark_given(void)
{
	model_unpark_hold(SLUICE_HOLD_RESOURCE);
	model_unpark_hold(SLUICE_HOLD_NEVER);
	sluice.ledger.given = true;
	sluice_order_unpark_given();
	CHECK(!sluice.ledger.given);
}

/* To change, with a reference of its own to the tokens: see change(). */
static inline struct sluice_task_config config_of(const struct model *m)
{
	sluice_tokens_get(m->task->config.request.tokens);
	return m->task->config;
}

static inline void change(struct model *m, const struct sluice_task_config *config)
{
	m->hold = NO;
	m->names = sluice_request_of(&config->request, TOKEN);
	sluice_task_change(m->task, config);
	model_rank(m, false);
	expected[SLUICE_EVENT_TASK_SET]++;
}

static inline void set_mode(struct model *m, enum sluice_mode mode)
{
	bool out = mode == SLUICE_MODE_RUN && m->quarantined;

	m->mode = mode;
	if (mode == SLUICE_MODE_RUN) {
		m->quarantined = 0;
		m->failures = 0;
	}
	sluice_task_mode(m->task, mode);
	model_rank(m, false);
	expected[out ? SLUICE_EVENT_TASK_LET_OUT : SLUICE_EVENT_TASK_SET]++;
}

static inline void outcome(struct model *m, bool failed)
{
	const struct sluice_task_config *config = &m->task->config;

	m->failures = failed ? m->failures + 1 : 0;
	if (failed && !m->quarantined && config->quarantine_after &&
	    m->failures >= config->quarantine_after) {
		m->quarantined = config->quarantine ?
				 shim_now + config->quarantine :
				 SLUICE_QUARANTINE_HELD;
		expected[SLUICE_EVENT_TASK_QUARANTINED]++;
	}
	if (failed)
		sluice_quarantine_failed(m->task);
	else
		sluice_quarantine_succeeded(m->task);
	model_rank(m, false);
}

static inline void let_out(struct model *m)
{
	m->quarantined = 0;
	if (m->failures)
		m->failures--;
	sluice_quarantine_over(m->task);
	model_rank(m, false);
	expected[SLUICE_EVENT_TASK_LET_OUT]++;
}

static inline u32 claims(void)
{
	u32 count = 0;
	int i;

	for (i = 0; i < TASKS; i++)
		count += models[i].claims;
	return count;
}

static inline void claim(struct model *m)
{
	bool room = claims() < SLUICE_CLAIMS;

	CHECK_EQ(sluice_order_claim(m->task), room);
	if (!room)
		return;
	m->claims = true;
	expected[SLUICE_EVENT_CLAIM_MADE]++;
	/* What was forecast for who had it before is not for this one. */
	CHECK(m->task->claim->task == m->task);
	CHECK(!m->task->claim->known);
	m->task->claim->known = true;
}

#endif /* SLUICE_QUEUE_MODEL_H */

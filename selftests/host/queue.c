// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/task.c ../../kmod/callq.c ../../kmod/park.c ../../kmod/class.c ../../kmod/class/deadline.c ../../kmod/class/priority.c ../../kmod/class/fair.c ../../kmod/class/batch.c ../../kmod/ledger.c -Ishim -I../../kmod -Wno-unused-parameter -Wno-sign-compare
/* Tasks and the calls that wait for each: which goes first, which waits for what, and none is lost. */
#include "kernel.h"

#include "callq.h"
#include "class.h"
#include "event.h"
#include "ktap.h"
#include "park.h"
#include "random.h"
#include "task.h"

#define TASKS		12
#define CALLS		64
#define KEYS		3
#define CLASSES		4
#define STEPS		100000
#define AVAILABLE	100
/* One of the tokens: the last there can be. */
#define TOKEN		(SLUICE_RES_MAX - 1)
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
 * been started, and what it was expected to cost.
 */
struct waiting {
	struct sluice_call *call;
	struct model *task;
	struct model *ran;
	struct sluice_latest latest;
	bool	delayed;
	bool	been;
	u8	told, told_res;
	u64	cost;
};

/*
 * What the test knows of a task. @ready: its calls that may start, as they go;
 * @old: all of them, by age. @hold: for what it is parked, NO when it is not;
 * @place: where.
 */
struct model {
	struct sluice_task *task;
	struct waiting *ready[CALLS];
	struct waiting *old[CALLS];
	u32	calls;
	u32	ready_count;
	u32	hold;
	u32	place;
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
static struct model models[TASKS];
static struct sluice_demand urgent;
static u64 last_turn, step, said;
static u64 events[SLUICE_COUNTERS], expected[SLUICE_COUNTERS];
static u32 grew;

void sluice_event_task(const struct sluice_task *task, enum sluice_counter what)
{
	CHECK(task);
	events[what]++;
}

void sluice_event_claim(const struct sluice_task *task, u64 call,
			enum sluice_counter what)
{
	CHECK(task);
	/* Whoever hears of it sees the task as it is then. */
	CHECK_EQ(!!task->claim, what == SLUICE_COUNT_CLAIM_MADE);
	CHECK(what != SLUICE_COUNT_CLAIM_MADE || task->claim->call == call);
	events[what]++;
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
	CHECK_EQ(call->hold, task->verdict.hold);
	CHECK_EQ(call->hold_res, task->verdict.res);
	if (w->told == call->hold && w->told_res == call->hold_res)
		ktap_fail("step %ju: call %ju is held for the same reason again",
			  (uintmax_t)step, (uintmax_t)call->id);
	w->told = call->hold;
	w->told_res = call->hold_res;
	said++;
}

/*
 * The model of a queue: arrays
 */

static void array_put(struct waiting **array, u32 count, u32 at,
		      struct waiting *w)
{
	memmove(array + at + 1, array + at, (count - at) * sizeof(*array));
	array[at] = w;
}

static u32 array_find(struct waiting **array, u32 count,
		      const struct waiting *w)
{
	u32 at = 0;

	while (at < count && array[at] != w)
		at++;
	return at;
}

static void array_take(struct waiting **array, u32 count,
		       const struct waiting *w)
{
	u32 at = array_find(array, count, w);

	CHECK(at < count);
	memmove(array + at, array + at + 1,
		(count - at - 1) * sizeof(*array));
}

/* By kind and priority, or deadline; negative: @a goes first. */
static int compare(const struct waiting *a, const struct waiting *b)
{
	const struct sluice_call *x = a->call, *y = b->call;

	if (!x->demand != !y->demand)
		return x->demand ? -1 : 1;
	if (x->demand)
		return x->deadline < y->deadline ? -1 :
		       x->deadline > y->deadline;
	return (int)y->priority - (int)x->priority;
}

static void ready_put(struct model *m, struct waiting *w, u32 at)
{
	array_put(m->ready, m->ready_count++, at, w);
}

static void ready_last(struct model *m, struct waiting *w)
{
	u32 at = 0;

	while (at < m->ready_count && compare(m->ready[at], w) <= 0)
		at++;
	ready_put(m, w, at);
}

/* Equal deadlines go as they came, whatever was before. */
static void ready_first(struct model *m, struct waiting *w)
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

static void ready_behind(struct model *m, struct waiting *w,
			 const struct waiting *older)
{
	if (older->delayed || w->call->demand || compare(w, older))
		ready_last(m, w);
	else
		ready_put(m, w, array_find(m->ready, m->ready_count,
					   older) + 1);
}

static void ready_take(struct model *m, const struct waiting *w)
{
	array_take(m->ready, m->ready_count--, w);
}

static void old_put(struct model *m, struct waiting *w, u32 at)
{
	array_put(m->old, m->calls++, at, w);
	w->task = m;
	w->delayed = false;
	w->been = true;
	w->told = NO;
	w->told_res = 0;
}

static struct waiting *with_key(const struct model *m, const char *key)
{
	u32 i;

	for (i = 0; i < m->calls; i++)
		if (m->old[i]->call->latest &&
		    !strcmp(m->old[i]->latest.key, key))
			return m->old[i];
	return NULL;
}

/*
 * The model of tasks
 */

static bool stopped(const struct model *m)
{
	return m->mode != SLUICE_MODE_RUN || m->quarantined;
}

static void model_unpark_hold(u32 hold)
{
	struct model *m;

	for (m = models; m < models + TASKS; m++)
		if (m->hold == hold)
			m->hold = NO;
}

static void model_disclaim(struct model *m)
{
	if (!m->claims)
		return;
	m->claims = false;
	expected[SLUICE_COUNT_CLAIM_ENDED]++;
	model_unpark_hold(SLUICE_HOLD_CLAIM);
}

/* It waits while it has a call that may start, and is not stopped. */
static void model_rank(struct model *m, bool served)
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

static bool ordered(const struct model *m)
{
	return m->waits && m->hold == NO;
}

static struct model *model_of(const struct sluice_rank *rank)
{
	struct model *m = models;

	while (&m->task->rank != rank)
		m++;
	return m;
}

/*
 * Start and end
 */

static void start_tasks(void)
{
	struct sluice_task_config config = {
		.class = &sluice_class_priority,
		.weight = 100,
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

static void start(void)
{
	u32 i;

	memset(&sluice, 0, sizeof(sluice));
	sluice.limits.max_tasks = TASKS + 1;
	sluice.lock.held = true;
	sluice_class_init();
	sluice_ledger_init(&sluice.ledger);
	for (i = 0; i < ARRAY_SIZE(resources); i++)
		sluice.ledger.account[resources[i]].budget = AVAILABLE;
	start_tasks();
	for (i = 0; i < CALLS; i++) {
		waiting[i].call = calloc(1, sizeof(*waiting[i].call));
		waiting[i].call->id = i;
		waiting[i].call->input_len = i;
	}
}

static void end(void)
{
	int i;

	for (i = 0; i < CALLS; i++)
		free(waiting[i].call);
	sluice.lock.held = false;
	sluice_task_exit();
	/* Or nobody would miss what is lost. */
	memset(models, 0, sizeof(models));
}

/*
 * What can happen to calls
 */

static void put(struct waiting *w, struct model *m, u32 priority, u64 deadline)
{
	w->call->priority = priority;
	w->call->deadline = deadline;
	w->call->hold = NO;
	w->call->hold_res = 0;
	ready_last(m, w);
	old_put(m, w, m->calls);
	sluice_task_queue(m->task, w->call, NULL);
	model_rank(m, false);
}

/* Has no key, and is not of the class deadline. */
static void put_plain(struct waiting *w, struct model *m, u32 priority)
{
	w->call->latest = NULL;
	w->call->demand = NULL;
	put(w, m, priority, 0);
}

static void put_urgent(struct waiting *w, struct model *m, u64 deadline)
{
	w->call->latest = NULL;
	w->call->demand = &urgent;
	put(w, m, 50, deadline);
}

static void take(struct waiting *w)
{
	struct model *m = w->task;

	if (!w->delayed)
		ready_take(m, w);
	array_take(m->old, m->calls--, w);
	w->task = NULL;
	sluice_task_unqueue(m->task, w->call);
	model_rank(m, false);
}

/* A newer one: the call with its key ends. */
static void supersede(struct waiting *w, struct model *m, struct waiting *older,
		      u32 priority, u64 deadline)
{
	u32 age = array_find(m->old, m->calls, older);

	w->call->priority = priority;
	w->call->deadline = deadline;
	w->call->hold = NO;
	w->call->hold_res = 0;
	ready_behind(m, w, older);
	old_put(m, w, age + 1);
	sluice_task_queue(m->task, w->call, older->call);
	model_rank(m, false);
	take(older);
}

/* It ran, or lost its environment before, and waits again. */
static void put_again(struct waiting *w, struct model *m, bool delay)
{
	w->call->hold = NO;
	w->call->hold_res = 0;
	if (!delay)
		ready_first(m, w);
	old_put(m, w, 0);
	w->delayed = delay;
	if (delay)
		sluice_task_delay(m->task, w->call);
	else
		sluice_task_requeue(m->task, w->call);
	model_rank(m, false);
}

static void ready(struct waiting *w)
{
	struct model *m = w->task;

	w->delayed = false;
	ready_first(m, w);
	sluice_task_ready(m->task, w->call);
	model_rank(m, false);
}

static void reorder(struct waiting *w, u32 priority, u64 deadline)
{
	struct model *m = w->task;

	if (!w->delayed)
		ready_take(m, w);
	sluice_task_reorder(m->task, w->call, priority, deadline);
	if (!w->delayed)
		ready_last(m, w);
	model_rank(m, false);
}

/* The engine's way: the best call of the best task starts. */
static struct waiting *start_best(u64 cost)
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
	w->cost = cost;
	m->lacks_since = 0;
	model_disclaim(m);
	sluice_task_started(m->task, cost);
	model_rank(m, true);
	return w;
}

static void settle(struct waiting *w, u64 cost)
{
	struct model *m = w->ran;

	w->ran = NULL;
	sluice_task_settled(m->task, w->cost, cost);
	model_rank(m, false);
}

/*
 * What can happen to tasks
 */

static void park(struct model *m, const struct sluice_verdict *verdict)
{
	u64 available = sluice_ledger_available(&sluice.ledger, verdict->res);

	m->hold = verdict->hold;
	m->need = verdict->need;
	m->place = SLUICE_RES_MAX + verdict->hold;
	if (verdict->hold == SLUICE_HOLD_RESOURCE) {
		if (verdict->need > available)
			m->place = verdict->res;
		if (!m->lacks_since)
			m->lacks_since = shim_now;
	} else if (verdict->hold != SLUICE_HOLD_CLAIM) {
		m->lacks_since = 0;
		model_disclaim(m);
	}
	sluice_task_park(m->task, verdict);
}

static void park_for(struct model *m, u32 res, u64 need)
{
	const struct sluice_verdict verdict = {
		.hold = SLUICE_HOLD_RESOURCE, .res = res, .need = need,
	};

	park(m, &verdict);
}

static void park_hold(struct model *m, enum sluice_hold hold)
{
	const struct sluice_verdict verdict = { .hold = hold };

	park(m, &verdict);
}

static void unpark(struct model *m)
{
	m->hold = NO;
	sluice_task_unpark(m->task);
}

static void unpark_hold(enum sluice_hold hold)
{
	model_unpark_hold(hold);
	sluice_task_unpark_hold(hold);
}

/* Those come back that wait for what was promised to others. */
static void more_of(u32 bits)
{
	struct model *m;

	for (m = models; bits && m < models + TASKS; m++)
		if (m->place == SLUICE_PARK_HOLD(SLUICE_HOLD_RESOURCE) &&
		    m->hold == SLUICE_HOLD_RESOURCE)
			m->hold = NO;
	grew |= bits;
	sluice_task_grew(bits);
}

/* Of each resource that grew, the best for whom there is enough comes back. */
static void unpark_best(void)
{
	u32 left = grew;

	for (; left; left &= left - 1) {
		int res = __builtin_ctz(left);
		u64 available = sluice_ledger_available(&sluice.ledger, res);
		struct model *best = NULL, *m;

		for (m = models; m < models + TASKS; m++)
			if (m->hold == SLUICE_HOLD_RESOURCE &&
			    m->place == (u32)res && m->need <= available &&
			    (!best || sluice_rank_before(&m->task->rank,
							 &best->task->rank)))
				best = m;
		if (best)
			best->hold = NO;
		else
			grew &= ~(1U << res);
	}
	sluice_task_unpark_best();
	CHECK_EQ(sluice.grew, grew);
}

static void change(struct model *m, const struct sluice_task_config *config)
{
	m->hold = NO;
	sluice_task_change(m->task, config);
	model_rank(m, false);
	expected[SLUICE_COUNT_TASK_SET]++;
}

static void set_mode(struct model *m, enum sluice_mode mode)
{
	bool out = mode == SLUICE_MODE_RUN && m->quarantined;

	m->mode = mode;
	if (mode == SLUICE_MODE_RUN) {
		m->quarantined = 0;
		m->failures = 0;
	}
	sluice_task_mode(m->task, mode);
	model_rank(m, false);
	expected[out ? SLUICE_COUNT_TASK_LET_OUT : SLUICE_COUNT_TASK_SET]++;
}

static void outcome(struct model *m, bool failed)
{
	const struct sluice_task_config *config = &m->task->config;

	m->failures = failed ? m->failures + 1 : 0;
	if (failed && !m->quarantined && config->quarantine_after &&
	    m->failures >= config->quarantine_after) {
		m->quarantined = config->quarantine ?
				 shim_now + config->quarantine :
				 SLUICE_QUARANTINE_HELD;
		expected[SLUICE_COUNT_TASK_QUARANTINED]++;
	}
	sluice_task_outcome(m->task, failed);
	model_rank(m, false);
}

static void let_out(struct model *m)
{
	m->quarantined = 0;
	if (m->failures)
		m->failures--;
	sluice_task_let_out(m->task);
	model_rank(m, false);
	expected[SLUICE_COUNT_TASK_LET_OUT]++;
}

static u32 claims(void)
{
	u32 count = 0;
	int i;

	for (i = 0; i < TASKS; i++)
		count += models[i].claims;
	return count;
}

static void claim(struct model *m)
{
	bool room = claims() < SLUICE_CLAIMS;

	CHECK_EQ(sluice_task_claim(m->task), room);
	if (!room)
		return;
	m->claims = true;
	expected[SLUICE_COUNT_CLAIM_MADE]++;
	/* What was forecast for who had it before is not for this one. */
	CHECK(m->task->claim->task == m->task);
	CHECK_EQ(m->task->claim->round, 0);
	m->task->claim->round = 77;
}

/*
 * Checks
 */

static void check_keys(const struct model *m)
{
	struct sluice_latest latest;
	struct sluice_call probe = { .latest = &latest };
	int key;

	for (key = 0; key < KEYS + 1; key++) {
		const struct waiting *w;

		snprintf(latest.key, sizeof(latest.key), "key-%d", key);
		w = with_key(m, latest.key);
		CHECK(sluice_callq_latest(&m->task->queue, &probe) ==
		      (w ? w->call : NULL));
	}
	probe.latest = NULL;
	CHECK(!sluice_callq_latest(&m->task->queue, &probe));
}

static void check_queue(const struct model *m)
{
	struct sluice_callq *queue = &m->task->queue;
	u64 bytes = 0;
	u32 i;

	for (i = 0; i < m->calls; i++)
		bytes += m->old[i]->call->input_len;
	CHECK_EQ(queue->calls, m->calls);
	CHECK_EQ(queue->ready, m->ready_count);
	CHECK_EQ(queue->bytes, bytes);
	CHECK(sluice_callq_first(queue) ==
	      (m->ready_count ? m->ready[0]->call : NULL));
	CHECK(sluice_callq_oldest(queue) ==
	      (m->calls ? m->old[0]->call : NULL));
}

/* The whole of the order, the ages and the keys. */
static void check_queue_all(const struct model *m)
{
	struct sluice_callq *queue = &m->task->queue;
	const struct sluice_call *call;
	u32 i = 0;

	list_for_each_entry(call, &queue->age, age)
		CHECK(i < m->calls && m->old[i++]->call == call);
	CHECK_EQ(i, m->calls);
	for (i = 0; i < m->ready_count; i++) {
		call = m->ready[i]->call;
		CHECK_EQ(sluice_callq_position(queue, call, CALLS), i);
		CHECK_EQ(sluice_callq_position(queue, call, 3), min(i, 3U));
		CHECK_EQ(sluice_callq_position(queue, call, 0), 0);
	}
	/* What is delayed goes behind all that may start. */
	for (i = 0; i < m->calls; i++)
		if (m->old[i]->delayed)
			CHECK_EQ(sluice_callq_position(queue, m->old[i]->call,
						       CALLS), m->ready_count);
	check_keys(m);
}

/* Its rank is that of its best call, wherever it stands. */
static void check_rank(const struct model *m)
{
	const struct sluice_rank *rank = &m->task->rank;
	const struct sluice_call *first;

	CHECK_EQ(rank->waits, m->waits);
	CHECK_EQ(m->waits, m->ready_count && !stopped(m));
	CHECK_EQ(sluice_rank_ordered(rank), ordered(m));
	CHECK_EQ(sluice_parked(m->task), m->hold != NO);
	if (!m->waits)
		return;
	first = m->ready[0]->call;
	CHECK(rank->class == m->task->config.class);
	CHECK_EQ(rank->priority, first->priority);
	CHECK_EQ(rank->deadline, first->demand ? first->deadline : 0);
	CHECK_EQ(rank->weight, m->task->config.weight);
	CHECK_EQ(rank->turn, m->turn);
	CHECK_EQ(rank->key, rank->class->key(rank));
	if (m->hold == NO)
		return;
	CHECK_EQ(m->task->verdict.hold, m->hold);
	CHECK_EQ(m->task->park_place, m->place);
	CHECK_EQ(first->hold, m->hold);
	CHECK_EQ(first->hold_res, m->task->verdict.res);
}

static void check_task(const struct model *m)
{
	check_queue(m);
	check_rank(m);
	CHECK_EQ(m->task->lacks_since, m->lacks_since);
	CHECK_EQ(m->task->failures, m->failures);
	CHECK_EQ(m->task->quarantined, m->quarantined);
	CHECK_EQ(!!m->task->claim, m->claims);
	if (m->claims)
		CHECK(m->task->claim->task == m->task);
}

/* Nobody in the order is better, where it counts. */
static void check_best(void)
{
	const struct sluice_rank *best = sluice_class_best();
	bool batch_only = true;
	const struct model *m;

	if (best)
		CHECK(ordered(model_of(best)));
	for (m = models; m < models + TASKS; m++)
		if (m->waits && m->class != &sluice_class_batch)
			batch_only = false;
	for (m = models; m < models + TASKS; m++) {
		if (!ordered(m) ||
		    (m->class == &sluice_class_batch && !batch_only))
			continue;
		CHECK(best);
		CHECK(&m->task->rank == best ||
		      sluice_rank_before(best, &m->task->rank));
	}
	if (best && best->class == &sluice_class_batch)
		CHECK(batch_only);
}

static enum sluice_queued queued(const struct waiting *w)
{
	if (!w->task)
		return SLUICE_QUEUED_NOT;
	if (w->delayed)
		return SLUICE_QUEUED_DELAYED;
	return w->call->demand ? SLUICE_QUEUED_URGENT : SLUICE_QUEUED_LIST;
}

/* One that does not wait can be put anywhere else. */
static void check_calls(void)
{
	const struct waiting *w;

	for (w = waiting; w < waiting + CALLS; w++) {
		CHECK_EQ(w->call->queued, queued(w));
		if (w->task || !w->been)
			continue;
		CHECK(list_empty(&w->call->node));
		CHECK(list_empty(&w->call->age));
		if (w->call->latest)
			CHECK(RB_EMPTY_NODE(&w->latest.node));
	}
}

static void check_sums(void)
{
	u32 parked[SLUICE_PARKS] = { 0 }, wait[CLASSES] = { 0 };
	u64 calls = 0, bytes = 0;
	const struct model *m;
	int i;

	for (m = models; m < models + TASKS; m++) {
		calls += m->task->queue.calls;
		bytes += m->task->queue.bytes;
		parked[m->place] += m->hold != NO;
		for (i = 0; i < CLASSES; i++)
			wait[i] += m->waits && m->class == classes[i];
	}
	CHECK_EQ(sluice.waiting, calls);
	CHECK_EQ(sluice.waiting_bytes, bytes);
	CHECK_EQ(sluice.claim_count, claims());
	for (i = 0; i < SLUICE_PARKS; i++)
		CHECK_EQ(sluice.park_count[i], parked[i]);
	for (i = 0; i < CLASSES; i++)
		CHECK_EQ(classes[i]->waiting, wait[i]);
	for (i = 0; i < SLUICE_COUNTERS; i++)
		if (i != SLUICE_COUNT_TASK_NEW && i != SLUICE_COUNT_TASK_DEL)
			CHECK_EQ(events[i], expected[i]);
}

static void check_before(void)
{
	const struct model *m, *other;

	for (m = models; m < models + TASKS; m++) {
		u32 before = 0;

		if (!m->waits)
			continue;
		for (other = models; other < models + TASKS; other++)
			before += other != m && other->waits &&
				  sluice_rank_before(&other->task->rank,
						     &m->task->rank);
		CHECK_EQ(sluice_task_before(m->task), before);
	}
}

static void check_all(void)
{
	const struct model *m;

	for (m = models; m < models + TASKS; m++)
		check_task(m);
	check_calls();
	check_best();
	check_sums();
}

/*
 * Anything
 */

static u32 any_priority(void)
{
	/* Few, so that there are equals; all, so that none is left out. */
	return (u32)random_below(random_once(2) ? SLUICE_PRIORITIES : 3);
}

static u64 any_deadline(void)
{
	return random_once(3) ? 0 : shim_now + random_below(40);
}

static void step_put(struct waiting *w, struct model *m)
{
	struct waiting *older = NULL;

	/* A queue may have calls from when its task was of another class. */
	w->call->demand = random_once(3) ? &urgent : NULL;
	w->call->latest = NULL;
	if (random_once(3)) {
		snprintf(w->latest.key, sizeof(w->latest.key), "key-%d",
			 (int)random_below(KEYS));
		w->latest.call = w->call;
		w->call->latest = &w->latest;
		RB_CLEAR_NODE(&w->latest.node);
		older = with_key(m, w->latest.key);
	}
	if (older)
		supersede(w, m, older, any_priority(), any_deadline());
	else
		put(w, m, any_priority(), any_deadline());
}

/* A call that ran: it ends, or waits again unless nobody wants that any more. */
static void step_ran(struct waiting *w)
{
	struct model *m = w->ran;

	settle(w, random_below(1000));
	if (random_once(2))
		return;
	if (w->call->latest && with_key(m, w->latest.key))
		return;
	put_again(w, m, random_once(2));
}

static void step_call(struct waiting *w)
{
	if (w->ran)
		step_ran(w);
	else if (!w->task)
		step_put(w, &models[random_below(TASKS)]);
	else if (w->delayed && random_once(2))
		ready(w);
	else if (random_once(2))
		reorder(w, any_priority(), any_deadline());
	else if (random_once(2))
		take(w);
}

static void step_park(struct model *m)
{
	static const u32 holds[] = {
		SLUICE_HOLD_ENVIRONMENTS, SLUICE_HOLD_CONCURRENCY,
		SLUICE_HOLD_AGENT, SLUICE_HOLD_MEMORY, SLUICE_HOLD_CLAIM,
	};

	if (m->hold != NO && random_once(4))
		unpark(m);
	if (!ordered(m))
		return;
	if (random_once(3))
		park_hold(m, holds[random_below(ARRAY_SIZE(holds))]);
	else
		park_for(m, resources[random_below(ARRAY_SIZE(resources))],
			 random_below(2 * AVAILABLE));
	/* Only who waits for a resource claims anything. */
	if (m->hold == SLUICE_HOLD_RESOURCE && !m->claims)
		claim(m);
}

static void step_unpark(void)
{
	static const u32 holds[] = {
		SLUICE_HOLD_ENVIRONMENTS, SLUICE_HOLD_AGENT,
		SLUICE_HOLD_MEMORY, SLUICE_HOLD_CLAIM,
	};
	u32 res = resources[random_below(ARRAY_SIZE(resources))];

	switch (random_below(4)) {
	case 0:
		unpark_hold(holds[random_below(ARRAY_SIZE(holds))]);
		break;
	case 1:
		sluice.ledger.account[res].budget =
			random_below(2 * AVAILABLE);
		more_of(random_once(3) ? 0 : 1U << res);
		break;
	default:
		unpark_best();
	}
}

static void step_change(struct model *m)
{
	struct sluice_task_config config = m->task->config;

	if (random_once(2))
		config.class = classes[random_below(CLASSES)];
	config.weight = 1 + (u32)random_below(3);
	config.quarantine_after = (u32)random_below(4);
	config.quarantine = random_below(3);
	change(m, &config);
}

static void step_task(struct model *m)
{
	switch (random_below(8)) {
	case 0:
		if (random_once(8))
			step_change(m);
		break;
	case 1:
		/* Mostly they run. */
		if (m->mode != SLUICE_MODE_RUN || m->quarantined)
			set_mode(m, SLUICE_MODE_RUN);
		else if (random_once(8))
			set_mode(m, (u32)random_below(4));
		break;
	case 2:
		outcome(m, !random_once(4));
		break;
	case 3:
		if (m->quarantined)
			let_out(m);
		break;
	case 4:
		step_unpark();
		break;
	default:
		step_park(m);
	}
}

static void all_start(void)
{
	u32 left = 0;
	int i;

	for (i = 0; i < CALLS; i++) {
		if (waiting[i].task && waiting[i].delayed)
			ready(&waiting[i]);
		left += !!waiting[i].task;
	}
	for (i = 0; i < TASKS; i++) {
		set_mode(&models[i], SLUICE_MODE_RUN);
		if (models[i].hold != NO)
			unpark(&models[i]);
	}
	while (start_best(5)) {
		check_all();
		CHECK(left-- > 0);
	}
	CHECK_EQ(left, 0);
	CHECK_EQ(sluice.waiting, 0);
}

static void any_order(u64 ageing)
{
	u64 most_claims = 0;

	sluice_class_ageing = ageing;
	start();
	for (step = 0; step < STEPS; step++) {
		struct model *m = &models[random_below(TASKS)];

		shim_now += random_below(3);
		switch (random_below(8)) {
		case 0:
			start_best(random_below(1000));
			break;
		case 1:
		case 2:
		case 3:
			step_call(&waiting[random_below(CALLS)]);
			break;
		default:
			step_task(m);
		}
		check_all();
		if (!(step % 16))
			check_queue_all(m);
		if (!(step % 64))
			check_before();
		most_claims = max(most_claims, claims());
	}
	/* What is left starts, each once. */
	all_start();
	printf("# %ju times said why\n", (uintmax_t)said);
	CHECK(said > STEPS / 100);
	CHECK_EQ(most_claims, SLUICE_CLAIMS);
	end();
}

TEST(any_order_of_changes)
{
	random_start();
	any_order(0);
}

TEST(any_order_of_changes_with_ageing)
{
	random_start();
	any_order(9);
}

/*
 * Calls of a task
 */

TEST(first_come_first_served)
{
	int i;

	start();
	for (i = 0; i < CALLS; i++)
		put_plain(&waiting[i], &models[0], 50);
	/* One that lost its environment goes before those that came later. */
	CHECK(start_best(0) == &waiting[0]);
	CHECK(start_best(0) == &waiting[1]);
	put_again(&waiting[1], &models[0], false);
	check_queue_all(&models[0]);
	for (i = 1; i < CALLS; i++)
		CHECK(start_best(0) == &waiting[i]);
	CHECK(!start_best(0));
	end();
}

TEST(every_priority)
{
	int priority;

	start();
	for (priority = 1; priority <= SLUICE_PRIORITY_MAX; priority++) {
		put_plain(&waiting[0], &models[0], (u32)priority - 1);
		put_plain(&waiting[1], &models[0], (u32)priority);
		CHECK(start_best(0) == &waiting[1]);
		/* As if it had been the other way round. */
		put_plain(&waiting[1], &models[0], (u32)priority);
		reorder(&waiting[1], (u32)priority - 1, 0);
		CHECK(start_best(0) == &waiting[0]);
		CHECK(start_best(0) == &waiting[1]);
		CHECK(!start_best(0));
	}
	end();
}

/* After a change of class, calls of both kinds are there. */
TEST(deadlines_go_before_priorities)
{
	start();
	put_plain(&waiting[0], &models[0], 99);
	put_urgent(&waiting[1], &models[0], 2000);
	put_urgent(&waiting[2], &models[0], 1000);
	put_urgent(&waiting[3], &models[0], 1000);
	put_plain(&waiting[4], &models[0], 98);
	check_all();
	check_queue_all(&models[0]);
	CHECK(start_best(0) == &waiting[2]);
	reorder(&waiting[1], 0, 999);
	CHECK(start_best(0) == &waiting[1]);
	CHECK(start_best(0) == &waiting[3]);
	CHECK(start_best(0) == &waiting[0]);
	CHECK(start_best(0) == &waiting[4]);
	end();
}

static void put_key(struct waiting *w, struct model *m, u32 priority,
		    struct waiting *older)
{
	strscpy(w->latest.key, "door", sizeof(w->latest.key));
	w->latest.call = w->call;
	w->call->latest = &w->latest;
	w->call->demand = NULL;
	RB_CLEAR_NODE(&w->latest.node);
	CHECK(sluice_callq_latest(&m->task->queue, w->call) ==
	      (older ? older->call : NULL));
	if (older)
		supersede(w, m, older, priority, 0);
	else
		put(w, m, priority, 0);
	CHECK(sluice_callq_latest(&m->task->queue, w->call) == w->call);
	check_all();
	check_queue_all(m);
}

TEST(newer_takes_the_place_of_older)
{
	int round, i;

	start();
	put_plain(&waiting[0], &models[0], 50);
	put_key(&waiting[1], &models[0], 50, NULL);
	put_plain(&waiting[2], &models[0], 50);
	/* As often as it likes: it does not lose its place. */
	for (round = 0; round < 10; round++)
		put_key(&waiting[3 + round], &models[0], 50,
			&waiting[round ? 2 + round : 1]);
	/* The same key is another one elsewhere. */
	put_key(&waiting[20], &models[1], 50, NULL);
	CHECK(start_best(0) == &waiting[0]);
	CHECK(start_best(0) == &waiting[20]);
	CHECK(start_best(0) == &waiting[12]);
	CHECK(start_best(0) == &waiting[2]);
	/* With another priority it has the place that goes with it. */
	for (i = 0; i < 3; i++)
		put_plain(&waiting[i], &models[0], 50);
	put_key(&waiting[3], &models[0], 50, NULL);
	put_plain(&waiting[4], &models[0], 60);
	put_key(&waiting[5], &models[0], 60, &waiting[3]);
	CHECK(start_best(0) == &waiting[4]);
	CHECK(start_best(0) == &waiting[5]);
	/* One that has started has no place any more. */
	put_key(&waiting[6], &models[0], 50, NULL);
	for (i = 0; i < 3; i++)
		CHECK(start_best(0) == &waiting[i]);
	CHECK(start_best(0) == &waiting[6]);
	end();
}

/* Nor is one of another kind, or one that may not start, in anybody's place. */
TEST(newer_of_another_kind)
{
	start();
	put_plain(&waiting[0], &models[0], 50);
	put_key(&waiting[1], &models[0], 50, NULL);
	CHECK(start_best(0) == &waiting[0]);
	CHECK(start_best(0) == &waiting[1]);
	put_plain(&waiting[2], &models[0], 50);
	put_again(&waiting[1], &models[0], true);
	put_key(&waiting[3], &models[0], 50, &waiting[1]);
	/* But it is as old. */
	CHECK(sluice_callq_oldest(&models[0].task->queue) == waiting[3].call);
	CHECK(start_best(0) == &waiting[2]);
	CHECK(start_best(0) == &waiting[3]);
	end();
}

/* Who was there first is dropped first, whatever order they start in. */
TEST(oldest)
{
	const struct sluice_call *call;
	int i;

	start();
	for (i = 0; i < 10; i++)
		put_plain(&waiting[i], &models[0], (u32)i);
	put_urgent(&waiting[10], &models[0], 5);
	CHECK(start_best(0) == &waiting[10]);
	CHECK(start_best(0) == &waiting[9]);
	reorder(&waiting[0], 99, 0);
	put_again(&waiting[9], &models[0], true);
	put_again(&waiting[10], &models[0], false);
	CHECK(sluice_callq_oldest(&models[0].task->queue) == waiting[10].call);
	take(&waiting[10]);
	CHECK(sluice_callq_oldest(&models[0].task->queue) == waiting[9].call);
	ready(&waiting[9]);
	CHECK(sluice_callq_oldest(&models[0].task->queue) == waiting[9].call);
	take(&waiting[9]);
	for (i = 0; (call = sluice_callq_oldest(&models[0].task->queue)); i++) {
		CHECK(call == waiting[i].call);
		take(&waiting[i]);
	}
	CHECK_EQ(i, 9);
	end();
}

TEST(delayed)
{
	start();
	put_plain(&waiting[0], &models[0], 50);
	CHECK(start_best(0) == &waiting[0]);
	put_again(&waiting[0], &models[0], true);
	check_all();
	/* It waits, but its task does not. */
	CHECK_EQ(sluice.waiting, 1);
	CHECK(!models[0].task->rank.waits);
	CHECK(!start_best(0));
	CHECK(!sluice_callq_first(&models[0].task->queue));
	put_plain(&waiting[1], &models[0], 50);
	put_plain(&waiting[2], &models[0], 50);
	CHECK(start_best(0) == &waiting[1]);
	/* It may be reordered, and does not start for that. */
	reorder(&waiting[0], 40, 0);
	reorder(&waiting[0], 50, 0);
	CHECK_EQ(sluice_callq_position(&models[0].task->queue,
				       waiting[0].call, 9), 1);
	/* Then it goes before who came later. */
	ready(&waiting[0]);
	CHECK(start_best(0) == &waiting[0]);
	CHECK(start_best(0) == &waiting[2]);
	/* Or it does not wait any longer. */
	put_again(&waiting[0], &models[0], true);
	take(&waiting[0]);
	check_all();
	CHECK_EQ(sluice.waiting, 0);
	end();
}

/*
 * Tasks
 */

TEST(equal_tasks_take_turns)
{
	int i;

	start();
	for (i = 0; i < 60; i++)
		put_plain(&waiting[i], &models[i / 20], 50);
	for (i = 0; i < 20; i++) {
		CHECK(start_best(0) == &waiting[i]);
		CHECK(start_best(0) == &waiting[20 + i]);
		CHECK(start_best(0) == &waiting[40 + i]);
	}
	end();
}

static void change_class(struct model *m, struct sluice_class *class)
{
	struct sluice_task_config config = m->task->config;

	config.class = class;
	change(m, &config);
}

/* Where the class counts what calls cost, it hears of it, wherever a task is. */
TEST(costs_are_booked)
{
	int i;

	start();
	for (i = 0; i < 12; i++) {
		if (i < 3)
			change_class(&models[i], &sluice_class_fair);
		put_plain(&waiting[i], &models[i % 3], 50);
	}
	CHECK(start_best(1000) == &waiting[0]);
	CHECK(start_best(2000) == &waiting[1]);
	CHECK(start_best(3000) == &waiting[2]);
	CHECK(start_best(1) == &waiting[3]);
	/* One did not run, one ran for longer. */
	park_for(&models[0], SLUICE_RES_CPU, 2 * AVAILABLE);
	park_for(&models[2], SLUICE_RES_CPU, 2 * AVAILABLE);
	settle(&waiting[2], 0);
	settle(&waiting[0], 5000);
	check_all();
	sluice.ledger.account[SLUICE_RES_CPU].budget *= 2;
	more_of(1U << SLUICE_RES_CPU);
	unpark_best();
	CHECK(start_best(0) == &waiting[5]);
	unpark_best();
	CHECK(sluice_task_before(models[0].task) == 2);
	/* It has no calls left that wait. */
	take(&waiting[8]);
	take(&waiting[11]);
	settle(&waiting[5], 7000);
	check_all();
	CHECK_EQ(models[2].task->rank.used, 7000);
	end();
}

TEST(parked_task_lets_others_pass)
{
	const u32 memory = 1U << SLUICE_RES_MEMORY;

	start();
	put_plain(&waiting[0], &models[0], 99);
	put_plain(&waiting[1], &models[1], 1);
	park_for(&models[0], SLUICE_RES_MEMORY, AVAILABLE + 1);
	check_all();
	/* A better call of the same task waits for the same. */
	put_urgent(&waiting[2], &models[0], 5);
	check_all();
	CHECK_EQ(said, 2);
	CHECK(start_best(0) == &waiting[1]);
	CHECK(!start_best(0));
	more_of(memory);
	unpark_best();
	CHECK(!start_best(0));
	sluice.ledger.account[SLUICE_RES_MEMORY].budget++;
	more_of(1U << SLUICE_RES_CPU);
	unpark_best();
	CHECK(!start_best(0));
	more_of(memory);
	CHECK(!start_best(0));
	unpark_best();
	CHECK(start_best(0) == &waiting[2]);
	CHECK(start_best(0) == &waiting[0]);
	end();
}

/* One comes back for each resource that grew, and is dealt with; then the next. */
TEST(the_best_that_fits_comes_back)
{
	int i;

	start();
	for (i = 0; i < 8; i++) {
		u32 res = i < 4 ? SLUICE_RES_MEMORY : TOKEN;

		put_plain(&waiting[i], &models[i], 50 + (u32)i);
		sluice.ledger.account[res].budget = 5;
		park_for(&models[i], res, 10 + (u64)i);
		sluice.ledger.account[res].budget = AVAILABLE;
	}
	/* Too much for the best of both. */
	sluice.ledger.account[SLUICE_RES_MEMORY].budget = 12;
	sluice.ledger.account[TOKEN].budget = 16;
	more_of(1U << SLUICE_RES_MEMORY | 1U << TOKEN);
	unpark_best();
	check_all();
	CHECK(ordered(&models[6]) && ordered(&models[2]));
	CHECK(start_best(0) == &waiting[6]);
	CHECK(start_best(0) == &waiting[2]);
	CHECK(!start_best(0));
	/* There is as much as before. */
	unpark_best();
	CHECK(start_best(0) == &waiting[5]);
	CHECK(start_best(0) == &waiting[1]);
	/* Nothing is left for the others of one. */
	sluice.ledger.account[TOKEN].budget = 0;
	unpark_best();
	CHECK_EQ(sluice.grew, 1U << SLUICE_RES_MEMORY);
	CHECK(start_best(0) == &waiting[0]);
	CHECK(!start_best(0));
	unpark_best();
	CHECK_EQ(sluice.grew, 0);
	end();
}

/* Who uses more than it asks for waits for others to give back. */
TEST(not_for_want_of_what_is_available)
{
	start();
	put_plain(&waiting[0], &models[0], 50);
	put_plain(&waiting[1], &models[1], 50);
	park_for(&models[0], SLUICE_RES_CPU, AVAILABLE);
	park_for(&models[1], SLUICE_RES_CPU, AVAILABLE + 1);
	CHECK_EQ(models[0].task->park_place,
		 SLUICE_PARK_HOLD(SLUICE_HOLD_RESOURCE));
	CHECK_EQ(models[1].task->park_place, SLUICE_RES_CPU);
	/* Nothing has grown. */
	more_of(0);
	unpark_best();
	CHECK(!start_best(0));
	/* Whatever grew, it is asked about again. */
	more_of(1U << TOKEN);
	CHECK(start_best(0) == &waiting[0]);
	CHECK(!start_best(0));
	end();
}

/* Since when a call lacks a resource, whatever else happens meanwhile. */
TEST(patience)
{
	const struct sluice_task *task;

	start();
	task = models[0].task;
	put_plain(&waiting[0], &models[0], 50);
	put_plain(&waiting[1], &models[0], 50);
	shim_now = 100;
	park_for(&models[0], SLUICE_RES_MEMORY, AVAILABLE + 1);
	shim_now = 200;
	unpark(&models[0]);
	park_for(&models[0], SLUICE_RES_CPU, 1);
	unpark(&models[0]);
	park_hold(&models[0], SLUICE_HOLD_CLAIM);
	CHECK_EQ(task->lacks_since, 100);
	unpark(&models[0]);
	/* It would not start if it had all resources. */
	park_hold(&models[0], SLUICE_HOLD_CONCURRENCY);
	CHECK_EQ(task->lacks_since, 0);
	unpark(&models[0]);
	park_for(&models[0], SLUICE_RES_MEMORY, AVAILABLE + 1);
	CHECK_EQ(task->lacks_since, 200);
	/* Another one's patience begins anew. */
	unpark(&models[0]);
	CHECK(start_best(0) == &waiting[0]);
	CHECK_EQ(task->lacks_since, 0);
	end();
}

TEST(claims_are_few)
{
	int i;

	start();
	for (i = 0; i < TASKS; i++) {
		put_plain(&waiting[i], &models[i], 50);
		park_for(&models[i], SLUICE_RES_MEMORY, AVAILABLE + 1);
		claim(&models[i]);
		CHECK_EQ(!!models[i].task->claim, i < SLUICE_CLAIMS);
	}
	check_all();
	/* Whose calls are gone holds none any more. */
	take(&waiting[3]);
	check_all();
	claim(&models[TASKS - 1]);
	claim(&models[TASKS - 2]);
	check_all();
	/* One that ends lets those be asked about that it held. */
	unpark(&models[TASKS - 3]);
	park_hold(&models[TASKS - 3], SLUICE_HOLD_CLAIM);
	CHECK(!start_best(0));
	unpark(&models[0]);
	CHECK(start_best(0) == &waiting[0]);
	check_all();
	CHECK(start_best(0) == &waiting[TASKS - 3]);
	claim(&models[TASKS - 2]);
	/* As does one that now waits for something else. */
	unpark(&models[1]);
	park_hold(&models[1], SLUICE_HOLD_ENVIRONMENTS);
	CHECK(!models[1].task->claim);
	check_all();
	end();
}

/*
 * Stopped tasks
 */

TEST(stopped_task_keeps_its_calls)
{
	enum sluice_mode mode;

	start();
	for (mode = SLUICE_MODE_PAUSE; mode <= SLUICE_MODE_DRAIN_KEEP; mode++) {
		put_plain(&waiting[0], &models[0], 99);
		put_plain(&waiting[1], &models[1], 1);
		set_mode(&models[0], mode);
		check_all();
		/* It is not there for others, either. */
		CHECK_EQ(sluice_class_priority.waiting, 1);
		put_plain(&waiting[2], &models[0], 99);
		CHECK(start_best(0) == &waiting[1]);
		CHECK(!start_best(0));
		CHECK_EQ(sluice.waiting, 2);
		set_mode(&models[0], SLUICE_MODE_RUN);
		check_all();
		CHECK(start_best(0) == &waiting[0]);
		/* Out of where it is parked, too. */
		park_for(&models[0], SLUICE_RES_MEMORY, AVAILABLE + 1);
		claim(&models[0]);
		set_mode(&models[0], mode);
		check_all();
		CHECK_EQ(sluice.park_count[SLUICE_RES_MEMORY], 0);
		CHECK(!models[0].task->claim);
		set_mode(&models[0], SLUICE_MODE_RUN);
		CHECK(start_best(0) == &waiting[2]);
		check_all();
	}
	end();
}

static void quarantine_after(struct model *m, u32 failures, u64 time)
{
	struct sluice_task_config config = m->task->config;

	config.quarantine_after = failures;
	config.quarantine = time;
	change(m, &config);
}

static void fail_times(struct model *m, int times)
{
	while (times--)
		outcome(m, true);
}

TEST(quarantine)
{
	struct model *m = &models[0];

	start();
	shim_now = 1000;
	put_plain(&waiting[0], m, 50);
	quarantine_after(m, 3, 500);
	/* Only those in a row count. */
	fail_times(m, 2);
	outcome(m, false);
	fail_times(m, 2);
	CHECK(!m->task->quarantined);
	CHECK(ordered(m));
	outcome(m, true);
	CHECK_EQ(m->task->quarantined, 1500);
	CHECK_EQ(events[SLUICE_COUNT_TASK_QUARANTINED], 1);
	check_all();
	CHECK(!start_best(0));
	/* Those that still ran make it no longer. */
	shim_now = 1200;
	fail_times(m, 2);
	CHECK_EQ(m->task->quarantined, 1500);
	CHECK_EQ(events[SLUICE_COUNT_TASK_QUARANTINED], 1);
	let_out(m);
	check_all();
	CHECK(start_best(0) == &waiting[0]);
	/* One more failure is enough. */
	outcome(m, true);
	CHECK_EQ(m->task->quarantined, 1700);
	let_out(m);
	outcome(m, false);
	fail_times(m, 2);
	CHECK(!m->task->quarantined);
	end();
}

TEST(quarantine_ended_by_hand)
{
	struct model *m = &models[0];

	start();
	put_plain(&waiting[0], m, 50);
	quarantine_after(m, 3, 0);
	fail_times(m, 3);
	/* It does not end by itself. */
	CHECK_EQ(m->task->quarantined, SLUICE_QUARANTINE_HELD);
	CHECK(!start_best(0));
	/* To stop it is not to let it out. */
	set_mode(m, SLUICE_MODE_PAUSE);
	CHECK_EQ(m->task->quarantined, SLUICE_QUARANTINE_HELD);
	set_mode(m, SLUICE_MODE_RUN);
	CHECK_EQ(m->task->failures, 0);
	check_all();
	CHECK(start_best(0) == &waiting[0]);
	fail_times(m, 2);
	CHECK(!m->task->quarantined);
	/* None after none at all, and none for a task that goes anyway. */
	quarantine_after(m, 0, 500);
	fail_times(m, 20);
	CHECK(!m->task->quarantined);
	quarantine_after(m, 1, 500);
	m->task->closing = true;
	sluice_task_outcome(m->task, true);
	CHECK(!m->task->quarantined);
	end();
}

/*
 * Names
 */

TEST(names)
{
	struct sluice_task_config config;
	struct sluice_task *same, *more;

	start();
	config = models[0].task->config;
	same = sluice_task_alloc("task-3", &config);
	CHECK_EQ(sluice_task_register(same), -EEXIST);
	sluice_task_put(same);
	CHECK(sluice_task_find("task-3") == models[3].task);
	CHECK(!sluice_task_find("task-"));
	CHECK(!sluice_task_find("task-33"));
	CHECK_EQ(sluice.ledger.account[SLUICE_RES_PIDS].users, TASKS);
	more = sluice_task_alloc("more", &config);
	CHECK_EQ(sluice_task_register(more), 0);
	same = sluice_task_alloc("one-too-many", &config);
	CHECK_EQ(sluice_task_register(same), -ENOSPC);
	/* The name of one that was removed is free at once. */
	sluice_task_unregister(more);
	CHECK(more->closing && !sluice_task_find("more"));
	sluice_task_put(more);
	/* And so is its place. */
	CHECK_EQ(sluice_task_register(same), 0);
	sluice_task_unregister(same);
	sluice_task_put(same);
	CHECK_EQ(sluice.ledger.account[SLUICE_RES_PIDS].users, TASKS);
	config.request.amount[SLUICE_RES_PIDS] = 0;
	config.request.amount[SLUICE_RES_CPU] = 5;
	sluice_task_change(models[1].task, &config);
	CHECK_EQ(sluice.ledger.account[SLUICE_RES_PIDS].users, TASKS - 1);
	CHECK_EQ(sluice.ledger.account[SLUICE_RES_CPU].users, 1);
	CHECK_EQ(events[SLUICE_COUNT_TASK_NEW], TASKS + 2);
	CHECK_EQ(events[SLUICE_COUNT_TASK_DEL], 2);
	CHECK_EQ(events[SLUICE_COUNT_TASK_SET], 1);
	shim_no_memory = true;
	CHECK(!sluice_task_alloc("x", &config));
	shim_no_memory = false;
	end();
}

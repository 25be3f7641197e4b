/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's tasks and queues are as the model says. */
#ifndef SLUICE_QUEUE_CHECK_H
#define SLUICE_QUEUE_CHECK_H

#include "queue_model.h"

static inline void check_keys(const struct model *m)
{
	struct sluice_key wanted;
	struct sluice_call probe = { .key = &wanted };
	int key;

	for (key = 0; key < KEYS + 1; key++) {
		const struct waiting *w;

		snprintf(wanted.text, sizeof(wanted.text), "key-%d", key);
		probe.origin_uid.val = (u32)random_below(USERS);
		probe.key_shared = random_once(3);
		w = with_key(m, wanted.text, &probe);
		CHECK(sluice_callq_with_key(&m->task->queue, &probe) ==
		      (w ? w->call : NULL));
	}
	probe.key = NULL;
	CHECK(!sluice_callq_with_key(&m->task->queue, &probe));
}

static inline void check_queue(const struct model *m)
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

static inline bool known_of(const struct sluice_call *call,
			    const struct sluice_user *user)
{
	return call->user == user;
}

/* Those of one user by age, then the others as they are, and no other. */
static inline void check_makes_way(const struct model *m)
{
	const struct sluice_callq *queue = &m->task->queue;
	const struct sluice_call *call = NULL, *next;
	struct sluice_call probe = { 0 };
	u32 i;

	probe.user = &users[random_below(USERS + 1)];
	for (i = 0; i < m->calls; i++) {
		if (!known_of(m->old[i]->call, probe.user))
			continue;
		next = sluice_callq_makes_way(queue, &probe, call);
		CHECK(next && known_of(next, probe.user));
		CHECK(!call || waiting[call->id].own < waiting[next->id].own);
		call = next;
	}
	for (i = 0; i < m->calls; i++) {
		if (known_of(m->old[i]->call, probe.user))
			continue;
		call = sluice_callq_makes_way(queue, &probe, call);
		CHECK(call == m->old[i]->call);
	}
	CHECK(!sluice_callq_makes_way(queue, &probe, call));
}

/* The highest priority that may start, unless one of the class deadline goes first. */
static inline u32 best_priority(const struct model *m)
{
	u32 best = 0, i;

	if (m->ready[0]->call->demand)
		return m->ready[0]->call->priority;
	for (i = 0; i < m->ready_count; i++)
		best = max(best, m->ready[i]->call->priority);
	return best;
}

/* The whole of the order, the ages and the keys. */
static inline void check_queue_all(const struct model *m)
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
	check_makes_way(m);
}

/* Its rank is that of its best call, wherever it stands. */
static inline void check_rank(const struct model *m)
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
	CHECK_EQ(rank->priority, best_priority(m));
	CHECK_EQ(rank->deadline, first->demand ? first->deadline : 0);
	CHECK_EQ(rank->weight, m->task->config.weight);
	CHECK_EQ(rank->turn, m->turn);
	CHECK_EQ(rank->key, rank->class->key(rank));
	if (m->hold == NO)
		return;
	CHECK_EQ(m->task->verdict.hold, m->hold);
	CHECK(m->task->parked_at == m->place);
	CHECK_EQ(first->told, m->hold);
	CHECK_EQ(first->told_res, m->task->verdict.res);
}

static inline void check_task(const struct model *m)
{
	check_queue(m);
	check_rank(m);
	CHECK_EQ(m->task->lacks_since, m->lacks_since);
	CHECK_EQ(m->task->failures, m->failures);
	CHECK_EQ(m->task->quarantined, m->quarantined);
	CHECK_EQ(sluice_request_of(&m->task->config.request, TOKEN), m->names);
	CHECK_EQ(!!m->task->claim, m->claims);
	if (m->claims)
		CHECK(m->task->claim->task == m->task);
}

/* Nobody in the order is better, where it counts. */
static inline void check_best(void)
{
	const struct sluice_rank *best = sluice_class_best();
	bool batch_only = true;
	const struct model *m;

	if (best)
		CHECK(ordered(model_of(best)));
	for (m = models; m < models + TASKS; m++)
		if (m->waits && m->class != &sluice_class_batch &&
		    m->hold != SLUICE_HOLD_CONCURRENCY &&
		    m->hold != SLUICE_HOLD_AGENT &&
		    m->hold != SLUICE_HOLD_NEVER)
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

static inline enum sluice_queued queued(const struct waiting *w)
{
	if (!w->task)
		return SLUICE_QUEUED_NOT;
	if (w->delayed)
		return SLUICE_QUEUED_DELAYED;
	return w->call->demand ? SLUICE_QUEUED_URGENT : SLUICE_QUEUED_OTHER;
}

/* One that does not wait can be put anywhere else. */
static inline void check_calls(void)
{
	const struct waiting *w;

	for (w = waiting; w < waiting + CALLS; w++) {
		CHECK_EQ(w->call->queued, queued(w));
		if (w->task || !w->been)
			continue;
		CHECK(list_empty(&w->call->node));
		CHECK(list_empty(&w->call->age));
		if (w->call->key)
			CHECK(RB_EMPTY_NODE(&w->key.node));
	}
}

static inline u32 parked_at(const struct sluice_park *place)
{
	const struct model *m;
	u32 count = 0;

	for (m = models; m < models + TASKS; m++)
		count += m->hold != NO && m->place == place;
	return count;
}

/* At each place those who wait there; and where nobody does, nobody is looked for. */
static inline void check_places(void)
{
	const struct sluice_park *place;
	u32 i, places = 0;

	for (i = 0; i < SLUICE_HOLDS; i++) {
		CHECK_EQ(sluice.held[i].count, parked_at(&sluice.held[i]));
		places += !!sluice.held[i].count;
	}
	for (i = 0; i < SLUICE_RES_TOKEN + TOKENS; i++) {
		place = &account_of(&sluice.ledger, i)->park;
		CHECK_EQ(place->count, parked_at(place));
		places += !!place->count;
	}
	list_for_each_entry(place, &sluice.awaited, awaited) {
		CHECK(place->count > 0);
		places--;
	}
	CHECK_EQ(places, 0);
}

/* Who names the token is counted, and has a reference to the list, of which several may be. */
static inline void check_tokens(void)
{
	const struct sluice_tokens *tokens;
	const struct model *m, *other;
	u32 users = 0;

	for (m = models; m < models + TASKS; m++) {
		int refs = 0;

		tokens = m->task->config.request.tokens;
		for (other = models; other < models + TASKS; other++)
			refs += other->task->config.request.tokens == tokens;
		CHECK_EQ(!!tokens, !!m->names);
		if (tokens)
			CHECK_EQ(tokens->ref.count, refs);
		users += !!m->names;
	}
	CHECK_EQ(account_of(&sluice.ledger, TOKEN)->users, users);
	CHECK_EQ(account_of(&sluice.ledger, TOKEN + 1)->users, 0);
}

static inline void check_sums(void)
{
	u32 wait[CLASSES] = { 0 };
	u64 calls = 0, bytes = 0;
	const struct model *m;
	int i;

	for (m = models; m < models + TASKS; m++) {
		calls += m->task->queue.calls;
		bytes += m->task->queue.bytes;
		for (i = 0; i < CLASSES; i++)
			wait[i] += m->waits && m->class == classes[i];
	}
	CHECK_EQ(sluice.waiting, calls);
	CHECK_EQ(sluice.waiting_bytes, bytes);
	CHECK_EQ(sluice.claim_count, claims());
	for (i = 0; i < CLASSES; i++)
		CHECK_EQ(classes[i]->waiting, wait[i]);
	for (i = 0; i < SLUICE_EVENTS; i++)
		if (i != SLUICE_EVENT_TASK_NEW && i != SLUICE_EVENT_TASK_DEL)
			CHECK_EQ(events[i], expected[i]);
}

static inline void check_before(void)
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
		CHECK_EQ(sluice_order_before(m->task), before);
	}
}

static inline void check_all(void)
{
	const struct model *m;

	for (m = models; m < models + TASKS; m++)
		check_task(m);
	check_calls();
	check_best();
	check_sums();
	check_places();
	check_tokens();
}

#endif /* SLUICE_QUEUE_CHECK_H */

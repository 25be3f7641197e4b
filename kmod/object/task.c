// SPDX-License-Identifier: GPL-2.0-only
#include "object/task.h"

#include <linux/slab.h>
#include <linux/stringhash.h>

#include "base/event.h"
#include "object/callq.h"
#include "object/order.h"
#include "object/room.h"

/*
 * May sleep, without sluice.lock. Takes over what @config has a reference to, when it does
 * not return NULL: no memory.
 */
struct sluice_task *sluice_task_alloc(const char *name,
				      const struct sluice_task_config *config)
{
	struct sluice_task *task = kzalloc(sizeof(*task), GFP_KERNEL_ACCOUNT);

	if (!task)
		return NULL;
	kref_init(&task->ref);
	strscpy(task->name, name, sizeof(task->name));
	task->config = *config;
	INIT_HLIST_NODE(&task->hash);
	RB_CLEAR_NODE(&task->rank.node);
	task->rank.class = config->class;
	task->rank.weight = config->weight;
	RB_CLEAR_NODE(&task->park);
	INIT_LIST_HEAD(&task->idle);
	sluice_callq_init(&task->queue);
	sluice_room_init(&task->room);
	return task;
}

void sluice_task_get(struct sluice_task *task)
{
	kref_get(&task->ref);
}

static void task_release(struct kref *ref)
{
	struct sluice_task *task = container_of(ref, struct sluice_task, ref);

	sluice_tokens_put(task->config.request.tokens);
	kfree(task);
}

/* With or without sluice.lock. */
void sluice_task_put(struct sluice_task *task)
{
	kref_put(&task->ref, task_release);
}

static u32 name_hash(const char *name)
{
	return full_name_hash(NULL, name, strlen(name));
}

/* Takes no reference: the task stays as long as sluice.lock is held. */
struct sluice_task *sluice_task_find(const char *name)
{
	struct sluice_task *task;

	lockdep_assert_held(&sluice.lock);
	hash_for_each_possible(sluice.tasks, task, hash, name_hash(name))
		if (!strcmp(task->name, name))
			return task;
	return NULL;
}

static bool name_less(struct rb_node *a, const struct rb_node *b)
{
	return strcmp(rb_entry(a, struct sluice_task, by_name)->name,
		      rb_entry(b, struct sluice_task, by_name)->name) < 0;
}

/* The first in the order of names that comes after @name; NULL when there is none. */
struct sluice_task *sluice_task_after(const char *name)
{
	struct rb_node *node = sluice.names.rb_node;
	struct sluice_task *task, *first = NULL;

	lockdep_assert_held(&sluice.lock);
	while (node) {
		task = rb_entry(node, struct sluice_task, by_name);
		if (strcmp(task->name, name) > 0) {
			first = task;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return first;
}

static void task_came(struct sluice_task *task)
{
	hash_add(sluice.tasks, &task->hash, name_hash(task->name));
	rb_add(&task->by_name, &sluice.names, name_less);
	sluice.task_count++;
	/* 0 is for whoever has not looked yet. */
	sluice.task_changes += 2;
}

static void task_went(struct sluice_task *task)
{
	hash_del(&task->hash);
	rb_erase(&task->by_name, &sluice.names);
	if (task->next_env)
		xa_erase(&sluice.envs, task->next_env);
	task->next_env = 0;
	sluice.task_count--;
	sluice.task_changes += 2;
}

/* Takes over the caller's reference. -EEXIST, -ENOSPC. */
int sluice_task_register(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
	if (sluice_task_find(task->name))
		return -EEXIST;
	if (sluice.task_count >= READ_ONCE(sluice.limits.max_tasks))
		return -ENOSPC;
	task_came(task);
	sluice_ledger_users(&sluice.ledger, &task->config.request, 1);
	sluice_event_task(task, SLUICE_EVENT_TASK_NEW);
	return 0;
}

/* Waiting calls follow the new values. Takes over what @config has a reference to. */
void sluice_task_change(struct sluice_task *task,
			const struct sluice_task_config *config)
{
	struct sluice_tokens *tokens = task->config.request.tokens;

	sluice_ledger_users(&sluice.ledger, &task->config.request, -1);
	task->config = *config;
	sluice_ledger_users(&sluice.ledger, &task->config.request, 1);
	sluice_tokens_put(tokens);
	sluice_order_unpark(task);
	sluice_order_place(task);
	sluice_room_changed(task);
	sluice_event_task(task, SLUICE_EVENT_TASK_SET);
}

/* The operator stops or starts it. To start it ends a quarantine. */
void sluice_task_mode(struct sluice_task *task, enum sluice_mode mode)
{
	bool let_out = mode == SLUICE_MODE_RUN && task->quarantined;

	lockdep_assert_held(&sluice.lock);
	task->mode = mode;
	if (mode == SLUICE_MODE_RUN) {
		task->quarantined = 0;
		task->failures = 0;
	}
	sluice_order_place(task);
	sluice_room_changed(task);
	sluice_event_task(task, let_out ? SLUICE_EVENT_TASK_LET_OUT :
			  SLUICE_EVENT_TASK_SET);
}

/* Once its last call has ended nothing needs what a removed task names. */
static void unname(struct sluice_task *task)
{
	struct sluice_request *request = &task->config.request;

	if (!task->closing || task->queue.calls || task->running)
		return;
	sluice_ledger_users(&sluice.ledger, request, -1);
	sluice_tokens_put(request->tokens);
	request->tokens = NULL;
}

/* A call of it, which does not wait or run any more. */
void sluice_task_call_ended(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
	task->ended++;
	unname(task);
}

/* The name is free again; calls and environments keep the task until they end. */
void sluice_task_unregister(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
	task->closing = true;
	task_went(task);
	unname(task);
	/* None of its calls starts while they are cancelled, one after the other. */
	sluice_order_place(task);
	sluice_room_changed(task);
	sluice_event_task(task, SLUICE_EVENT_TASK_DEL);
}

/* The module goes: nothing waits or runs. */
void sluice_task_exit(void)
{
	struct sluice_task *task;
	struct hlist_node *next;
	int bucket;

	lockdep_assert_held(&sluice.lock);
	hash_for_each_safe(sluice.tasks, bucket, next, task, hash) {
		task_went(task);
		sluice_task_put(task);
	}
}

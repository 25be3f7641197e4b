// SPDX-License-Identifier: GPL-2.0-only
#include "object/park.h"

#include <linux/rbtree_augmented.h>

static struct sluice_task *task_at(struct rb_node *node)
{
	return rb_entry_safe(node, struct sluice_task, park);
}

/* The less a task needs, the larger: there is enough for those from ~enough on. */
static u64 park_own_ease(struct sluice_task *task)
{
	return ~task->verdict.need;
}

RB_DECLARE_CALLBACKS_MAX(static, park_callbacks, struct sluice_task, park, u64,
			 park_ease, park_own_ease);

/* @task->parked_at says where. */
void sluice_park_insert(struct sluice_task *task)
{
	struct sluice_park *place = task->parked_at;
	struct rb_root_cached *root = &place->tasks;
	struct rb_node **link = &root->rb_root.rb_node, *parent = NULL;
	u64 ease = park_own_ease(task);
	bool leftmost = true;

	while (*link) {
		struct sluice_task *other = task_at(*link);

		parent = *link;
		if (other->park_ease < ease)
			other->park_ease = ease;
		if (sluice_rank_before(&task->rank, &other->rank)) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	task->park_ease = ease;
	rb_link_node(&task->park, parent, link);
	rb_insert_augmented_cached(&task->park, root, leftmost,
				   &park_callbacks);
	if (!place->count++)
		list_add_tail(&place->awaited, &sluice.awaited);
}

void sluice_park_erase(struct sluice_task *task)
{
	struct sluice_park *place = task->parked_at;

	rb_erase_augmented_cached(&task->park, &place->tasks, &park_callbacks);
	RB_CLEAR_NODE(&task->park);
	if (!--place->count)
		list_del(&place->awaited);
}

/* The best of those at a place, whatever it needs; NULL when there is none. */
struct sluice_task *sluice_park_best(const struct sluice_park *place)
{
	return task_at(rb_first_cached(&place->tasks));
}

/* The best of those that need no more than is available. */
struct sluice_task *sluice_park_fitting(const struct sluice_park *place,
					u64 available)
{
	struct sluice_task *task = task_at(place->tasks.rb_root.rb_node);
	u64 enough = ~available;

	while (task && task->park_ease >= enough) {
		struct sluice_task *left = task_at(task->park.rb_left);

		if (left && left->park_ease >= enough)
			task = left;
		else if (park_own_ease(task) >= enough)
			return task;
		else
			task = task_at(task->park.rb_right);
	}
	return NULL;
}

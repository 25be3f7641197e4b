// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door for developers: /sys/kernel/debug/sluice/queue says where each task
 * stands. No promises about its form.
 */
#include "door/debugfs.h"

#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "engine/dispatch.h"
#include "object/park.h"

static struct dentry *debugfs_dir;

static const char *place(const struct sluice_task *task)
{
	if (sluice_parked(task))
		return "parked";
	return sluice_rank_ordered(&task->rank) ? "ordered" : "empty";
}

static int queue_show(struct seq_file *seq, void *unused)
{
	const struct sluice_task *task;
	int bucket;

	sluice_enter();
	hash_for_each(sluice.tasks, bucket, task, hash)
		seq_printf(seq,
			   "%s %s class %s key %llu turn %llu claim %d mode %u hold %u resource %s need %llu missing %llu calls %u ready %u running %u envs %u\n",
			   task->name, place(task), task->rank.class->name,
			   task->rank.key, task->rank.turn, !!task->claim,
			   task->mode, task->verdict.hold,
			   sluice_ledger_name(&sluice.ledger, task->verdict.res),
			   task->verdict.need, task->verdict.missing,
			   task->queue.calls, task->queue.ready, task->running,
			   task->envs);
	sluice_leave();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(queue);

/* Failure is no error: debugfs is allowed to be absent. */
void sluice_debugfs_init(void)
{
	debugfs_dir = debugfs_create_dir("sluice", NULL);
	debugfs_create_file("queue", 0400, debugfs_dir, NULL, &queue_fops);
}

void sluice_debugfs_exit(void)
{
	debugfs_remove_recursive(debugfs_dir);
}

// SPDX-License-Identifier: GPL-2.0-only
/* What of the gateway's the task reads and writes: mounts of it, of this environment alone. */
#include "tree.h"

#include <sys/mount.h>

/* Nowhere yet; -1: who only looks has said that it is lacking. */
static int data[TASKFILE_ITEMS];

void first_open_data(const struct first *first)
{
	const struct taskfile *task = &first->task;
	unsigned long flags;
	size_t i;

	for (i = 0; i < task->data_count; i++) {
		int source = first_data(first, i);

		flags = PLAIN | MS_NOEXEC |
			(task->data[i].writable && !first->look ? 0 : MS_RDONLY) |
			(task->data[i].recursive ? MS_REC : 0);
		data[i] = source < 0 ? -1 :
			  first_clone(source, flags, task->data[i].target);
	}
}

void first_mount_data(const struct first *first)
{
	size_t i;

	for (i = 0; i < first->task.data_count; i++)
		if (data[i] >= 0)
			first_put(data[i], first->task.data[i].target);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "first.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside.h"

/* Nothing that takes more than the task may can be done with it. */
void first_load_filter(void)
{
	struct sock_fprog program;
	struct stat st;
	void *map;

	first_die_unless(!fstat(ORDER_FD_FILTER, &st), "seccomp");
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
		   ORDER_FD_FILTER, 0);
	first_die_unless(map != MAP_FAILED, "seccomp");
	program.len = (unsigned short)((size_t)st.st_size /
				       sizeof(struct sock_filter));
	program.filter = map;
	first_die_unless(!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
				  &program), "seccomp");
}

void first_run(const struct first *first)
{
	const struct taskfile *task = &first->task;
	char *argv[ORDER_WORDS + 7] = { "sluice-init" };
	char *const *words = first->visit ? first->words : task->argv;
	char **variables = first_variables();
	char door[16], sockets[16], log[16], reuse[16];
	size_t i;

	snprintf(door, sizeof(door), "%d", ORDER_ENV_DOOR);
	argv[1] = first->visit ? (char *)first->way :
		  task->kind == SLUICE_KIND_SERVE ? "serve" : "exec";
	argv[2] = door;
	snprintf(sockets, sizeof(sockets), "%zu", task->sockets_count);
	argv[3] = sockets;
	snprintf(log, sizeof(log), "%d", first->log);
	argv[4] = log;
	snprintf(reuse, sizeof(reuse), "%u", task->reuse);
	argv[5] = reuse;
	for (i = 0; i < ORDER_WORDS && words[i]; i++)
		argv[6 + i] = words[i];
	umask(task->umask);
	/* By this the agent knows that it is made. */
	if (syscall(SYS_close_range, first->end, ~0U, 0))
		_exit(1);
	environ = variables;
	exit(inside(6 + (int)i, argv));
}

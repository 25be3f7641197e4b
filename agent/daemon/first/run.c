// SPDX-License-Identifier: GPL-2.0-only
#include "first.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"
#include "inside.h"

/* Nothing that takes more than the task may can be done with it. */
void first_load_filter(bool log)
{
	struct sock_fprog program = { .filter = (struct sock_filter *)first_desk };
	ssize_t size = pread(ORDER_FD_FILTER, first_desk, FIRST_DESK, 0);
	size_t len = (size_t)size / sizeof(struct sock_filter);

	first_die_unless(size >= 0, "seccomp");
	errno = EINVAL;
	first_die_unless(len && len <= FILTER_MAX, "seccomp");
	program.len = (unsigned short)len;
	first_die_unless(!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				  log ? SECCOMP_FILTER_FLAG_LOG : 0, &program),
			 "seccomp");
}

void first_run(const struct first *first)
{
	const struct taskfile *task = &first->task;
	const struct inside is = {
		.visit = first->visit ? first->way : NULL,
		.kind = task->kind,
		.reuse = task->reuse,
		.door = ORDER_ENV_DOOR,
		.sockets = (int)task->sockets_count,
		.log = first->log,
		.argv = first->visit ? first->words : (char **)task->argv,
		.variables = first_variables(),
	};
	int status;

	umask(task->umask);
	/* By this the agent knows that it is made. */
	if (syscall(SYS_close_range, first->end, ~0U, 0))
		_exit(1);
	/* A tool looks for programs by them. */
	if (first->visit)
		environ = is.variables;
	status = inside(&is);
	/* What a tool has said is written by exit(); who never said anything needs none of it. */
	if (first->visit)
		exit(status);
	_exit(status);
}

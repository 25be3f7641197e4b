/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Task files (/etc/sluice/tasks/NAME.task) and the agent's own configuration
 * (/etc/sluice/sluice.conf). docs/man/sluice.task.5 and sluiced.8 describe every key.
 * An error says file, line, key and what was expected.
 */
#ifndef SLUICE_TASKFILE_H
#define SLUICE_TASKFILE_H

#include "inifile.h"
#include "tasktypes.h"

#define TASKFILE_ERROR	INIFILE_ERROR
#define TASKFILE_DIR	"/etc/sluice/tasks"
#define TASKFILE_SUFFIX	".task"

/* The name that a path stands for: -EINVAL when it is none for a task. */
int taskfile_name(const char *path, char name[SLUICE_NAME_SIZE]);
/* 0, or a negative errno and @error in words. Free what it returns. */
int taskfile_load(const char *path, struct taskfile **ret_task,
		  char error[TASKFILE_ERROR]);
/* Of a file that is open; it is closed. */
int taskfile_read(FILE *from, const char *path, struct taskfile **ret_task,
		  char error[TASKFILE_ERROR]);
void taskfile_free(struct taskfile *task);
/* What the task needs of a resource, 0 for nothing. */
uint64_t taskfile_need(const struct taskfile *task, const char *resource);

/**
 * struct taskconf - sluice.conf
 * @budget: own, any number
 */
struct taskconf {
	struct taskfile_need *budget;
	size_t	budget_count;
	uint64_t memory_reserve;
	bool	has_memory_reserve;
	uint32_t uid_base;	/* 0: each task has a user of its own */
	char	*cgroup;
};

/* A file that does not exist leaves the defaults. */
int taskconf_load(const char *path, struct taskconf *conf,
		  char error[TASKFILE_ERROR]);
void taskconf_free(struct taskconf *conf);

#endif /* SLUICE_TASKFILE_H */

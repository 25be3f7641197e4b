/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Task files (/etc/sluice/tasks/NAME.task) and the agent's own configuration
 * (/etc/sluice/sluice.conf). docs/man/sluice.task.5 and sluiced.8 describe every key.
 * An error says file, line, key and what was expected.
 */
#ifndef SLUICE_TASKFILE_H
#define SLUICE_TASKFILE_H

#include <linux/sluice.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inifile.h"

#define TASKFILE_ITEMS	32
#define TASKFILE_ERROR	INIFILE_ERROR
#define TASKFILE_DIR	"/etc/sluice/tasks"
#define TASKFILE_SUFFIX	".task"

struct taskfile_need {
	char	resource[SLUICE_NAME_SIZE];
	uint64_t amount;
};

/* data = SOURCE TARGET ro|rw; device = PATH ro|rw (target is the same path) */
struct taskfile_mount {
	char	*source;
	char	*target;
	bool	writable;
};

/* socket = NAME KIND:ADDRESS */
struct taskfile_socket {
	char	name[SLUICE_NAME_SIZE];
	char	*address;
};

struct taskfile {
	char	name[SLUICE_NAME_SIZE];
	enum sluice_kind kind;
	bool	has_kind;
	char	*argv[TASKFILE_ITEMS + 1];
	char	class[SLUICE_NAME_SIZE];
	uint32_t priority;
	uint32_t weight;
	uint32_t queue_max;
	uint32_t overflow;	/* enum sluice_overflow */
	uint32_t input_max;
	uint32_t output_max;
	uint32_t envs_max;
	uint32_t running_max;
	uint32_t retries;
	uint32_t quarantine_after;
	uint64_t timeout;
	uint64_t idle;
	uint64_t queue_bytes;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t patience;
	uint64_t backoff;
	uint64_t quarantine;
	bool	has_patience;
	/* Where they stand, for a message. */
	int	runtime_line;
	int	deadline_line;

	struct taskfile_need needs[TASKFILE_ITEMS];
	size_t	needs_count;

	char	*layers[TASKFILE_ITEMS];
	size_t	layers_count;
	bool	usr;
	struct taskfile_mount data[TASKFILE_ITEMS];
	size_t	data_count;
	struct taskfile_mount devices[TASKFILE_ITEMS];
	size_t	devices_count;
	struct taskfile_socket sockets[TASKFILE_ITEMS];
	size_t	sockets_count;
	char	*variables[TASKFILE_ITEMS];
	size_t	variables_count;
	uint64_t tmp_size;
};

/* The name that a path stands for: -EINVAL when it is none for a task. */
int taskfile_name(const char *path, char name[SLUICE_NAME_SIZE]);
/* 0, or a negative errno and @error in words. Free what it returns. */
int taskfile_load(const char *path, struct taskfile **ret_task,
		  char error[TASKFILE_ERROR]);
void taskfile_free(struct taskfile *task);
/* What the task needs of a resource, 0 for nothing. */
uint64_t taskfile_need(const struct taskfile *task, const char *resource);

struct taskconf {
	struct taskfile_need budget[TASKFILE_ITEMS];
	size_t	budget_count;
	uint64_t memory_reserve;
	bool	has_memory_reserve;
	uint32_t uid_base;
	char	*cgroup;
};

/* A file that does not exist leaves the defaults. */
int taskconf_load(const char *path, struct taskconf *conf,
		  char error[TASKFILE_ERROR]);
void taskconf_free(struct taskconf *conf);

#endif /* SLUICE_TASKFILE_H */

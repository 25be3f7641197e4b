/* SPDX-License-Identifier: GPL-2.0-only */
/* What a task file says, once it has been read. */
#ifndef SLUICE_TASKTYPES_H
#define SLUICE_TASKTYPES_H

#include <linux/sluice.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "syscalls.h"

#define TASKFILE_ITEMS	32

struct taskfile_need {
	char	resource[SLUICE_NAME_SIZE];
	uint64_t amount;
};

/* data = SOURCE TARGET ro|rw [recursive]; device = PATH ro|rw (target is the same path) */
struct taskfile_mount {
	char	*source;
	char	*target;
	bool	writable;
	/* What is mounted below the source, too. */
	bool	recursive;
};

#define TASKFILE_DIGEST	64

/* layer = PATH [sha256:HEX]; the digest is "" where none was given */
struct taskfile_layer {
	char	*source;
	char	digest[TASKFILE_DIGEST + 1];
};

/* io = rbps=SIZE wbps=SIZE riops=COUNT wiops=COUNT weight=NUMBER; 0: not said */
struct taskfile_io {
	uint64_t rbps;
	uint64_t wbps;
	uint64_t riops;
	uint64_t wiops;
	uint64_t weight;
};

/* Is an environment used for another call? */
enum taskfile_reuse {
	TASKFILE_REUSE_ALWAYS,
	TASKFILE_REUSE_AFTER_SUCCESS,
	TASKFILE_REUSE_NEVER,
};

/*
 * socket = NAME KIND:ADDRESS; of can with `moved`, or with id=ID[/MASK] as often as wanted,
 * see canid.h
 */
struct taskfile_socket {
	char	name[SLUICE_NAME_SIZE];
	char	*address;
	char	*ids;	/* a blank between them; "" for all */
	bool	moved;	/* the interface itself is in the environment, see buses.h */
};

struct taskfile {
	char	name[SLUICE_NAME_SIZE];
	enum sluice_kind kind;
	bool	has_kind;
	char	*argv[TASKFILE_ITEMS + 1];
	char	class[SLUICE_NAME_SIZE];
	uint32_t priority;
	uint32_t priority_max;
	uint32_t weight;
	uint32_t queue_max;
	uint32_t overflow;	/* enum sluice_overflow */
	uint32_t keys;		/* enum sluice_keys */
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
	uint64_t start_timeout;
	uint64_t connect_timeout;
	uint64_t grace;
	uint32_t reuse;		/* enum taskfile_reuse */
	bool	has_patience;
	/* Where they stand, for a message. */
	int	priority_line;
	int	priority_max_line;
	int	runtime_line;
	int	deadline_line;
	int	connect_line;
	int	reuse_line;
	int	envs_max_line;
	int	moved_line;	/* 0: no bus is moved */
	int	file_size_line;

	bool	usr;
	bool	processes;	/* /proc has them and nothing else */
	bool	log;
	uint32_t filter;	/* enum syscalls_from, up to WIDE */
	bool	filter_log;	/* the kernel logs what it refuses */
	uint64_t tmp_size;	/* 0: nothing can be written there */
	uint64_t file_size;	/* of one file at most; 0: no limit */
	struct taskfile_io io;
	uint64_t writable_size;	/* 0: the root is read-only */
	uint64_t state_size;	/* 0: nothing is kept */
	char	*directory;
	uint32_t umask;
	char	user[SLUICE_NAME_SIZE];
	/* Not of the file: of this task on this gateway, 32 digits. */
	char	machine_id[33];
	/* Not of the file: where the agent's credentials are; empty for nowhere. */
	char	credentials[128];

	/*
	 * Lists, behind all that every task has, and first those that most have: who reads an
	 * order writes few pages.
	 */
	size_t	needs_count;
	size_t	layers_count;
	size_t	variables_count;
	size_t	data_count;
	size_t	devices_count;
	size_t	sockets_count;
	size_t	environment_files_count;
	size_t	sys_count;
	size_t	secrets_count;
	struct taskfile_need needs[TASKFILE_ITEMS];
	char	*variables[TASKFILE_ITEMS];
	struct taskfile_layer layers[TASKFILE_ITEMS];
	struct taskfile_mount data[TASKFILE_ITEMS];
	struct taskfile_mount devices[TASKFILE_ITEMS];
	struct taskfile_socket sockets[TASKFILE_ITEMS];
	char	*environment_files[TASKFILE_ITEMS];
	char	*sys[TASKFILE_ITEMS];	/* below /sys */
	char	*secrets[TASKFILE_ITEMS];	/* names, see secret.h */
};

#endif /* SLUICE_TASKTYPES_H */

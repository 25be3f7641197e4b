/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cgroup of an environment: env-ID below @place, an open directory. Functions
 * return a negative errno where they fail.
 */
#ifndef SLUICE_CGROUP_H
#define SLUICE_CGROUP_H

#include <stddef.h>
#include <stdint.h>

#include "taskfile.h"

/**
 * struct cgroup_limits - what an environment may use; 0 for no limit
 * @memory: bytes
 * @pids: processes, besides the runner, which no task asked for
 * @cpu: thousandths of a CPU
 * @io: of each disk
 * @disk: bytes a second, read and written, of the disk below Sluice's data
 */
struct cgroup_limits {
	uint64_t memory;
	uint64_t pids;
	uint64_t cpu;
	struct taskfile_io io;
	uint64_t disk;
};

struct cgroup_limits cgroup_limits_of(const struct taskfile *task);

/* An open directory. -EEXIST: there is one of that name, of an earlier life. */
int cgroup_make(int place, uint32_t id);
int cgroup_open(int place, uint32_t id);
/* All but @disk, and that on CPU time; @failed: the file that took it not. */
int cgroup_limit(int fd, const struct cgroup_limits *limits,
		 const char **failed);
/*
 * @limits->disk. -ENOENT: this gateway has no controller for it; -ENODEV: what is below
 * Sluice's data is no disk.
 */
int cgroup_limit_disk(int fd, const struct cgroup_limits *limits);
/* What it gets of CPU time, and no more. The place is made at full speed: this comes last. */
int cgroup_limit_cpu(int fd, const struct cgroup_limits *limits);

void cgroup_kill(int place, uint32_t id);
/* -EBUSY: something still runs in it. 0 also where there is none. */
int cgroup_remove(int place, uint32_t id);
/* Nothing runs in it; also where there is none. */
bool cgroup_is_empty(int place, uint32_t id);

/* What a file of the cgroup @dir says, or of what is below it. A negative errno. */
#define CGROUP_TEXT	8192
int cgroup_text(int dir, const char *name, char text[CGROUP_TEXT]);

/* What eBPF programs know it by; 0: not known. */
uint64_t cgroup_id(int fd);
int cgroup_pids(int fd, uint32_t *pids);

#define CGROUP_NOTE_SIZE 2048
#define CGROUP_VISIT	32

/* What an environment was made of: so that the next agent sees whether it is the same. */
void cgroup_note(int fd, const char *text);
/* 0, or -ENODATA: nothing was noted. */
int cgroup_noted(int fd, char text[CGROUP_NOTE_SIZE]);

/*
 * The agent notes where its place is, so that who looks inside finds it. 0, or a negative
 * errno; the place, open, or -ENOENT: there is none.
 */
int cgroup_note_place(int place);
int cgroup_open_place(void);
/* In there, of ours: open. Those that others have left and that are empty go. */
int cgroup_make_visit(int place, char name[CGROUP_VISIT]);
/* All that is in it ends. */
void cgroup_end_visit(int place, const char *name);

typedef void (*cgroup_fn)(uint32_t id, void *arg);
void cgroup_each(int place, cgroup_fn fn, void *arg);

#endif /* SLUICE_CGROUP_H */

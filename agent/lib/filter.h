/* SPDX-License-Identifier: GPL-2.0-only */
/* The system calls that a task may make, as a program for the kernel's seccomp. */
#ifndef SLUICE_FILTER_H
#define SLUICE_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

#include "syscalls.h"
#include "tasktypes.h"

/**
 * struct filter - what one is made for
 * @preset: STRICT, DEFAULT or WIDE
 * @can: CAN sockets may be made
 * @terminal: a terminal may become the controlling one
 */
struct filter {
	enum syscalls_from preset;
	bool	can;
	bool	terminal;
};

enum filter_machine {
	FILTER_X86_64,
	FILTER_AARCH64,		/* and arm */
	FILTER_ARM,
	FILTER_RISCV64,
	FILTER_MACHINES,
};

/* As many instructions as the kernel takes. */
#define FILTER_MAX	BPF_MAXINSNS

/* What the programs of a task get. */
struct filter filter_of(const struct taskfile *task);
/* Returns how many instructions there are: more than @room were not written. */
size_t filter_write(const struct filter *filter, enum filter_machine machine,
		    struct sock_filter *program, size_t room);
/*
 * For this machine, in a memory file that does not change any more; or a negative
 * errno.
 */
int filter_make(const struct filter *filter);

#endif /* SLUICE_FILTER_H */

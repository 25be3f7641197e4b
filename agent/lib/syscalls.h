/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls: their numbers, and which tasks may make them. All that any kernel of today
 * has are in the list (Linux 7.3), whatever the headers know that this is built with.
 */
#ifndef SLUICE_SYSCALLS_H
#define SLUICE_SYSCALLS_H

#include <stddef.h>

/*
 * What a task file names; each allows what those before it do. Then what none allows:
 * NEVER fails with EPERM, ABSENT with ENOSYS, as what is not in the list.
 */
enum syscalls_from {
	SYSCALLS_STRICT,
	SYSCALLS_DEFAULT,
	SYSCALLS_WIDE,
	SYSCALLS_NEVER,
	SYSCALLS_ABSENT,
};

/* What an allowed one is asked besides. Arguments are counted from 0. */
enum syscalls_check {
	SYSCALLS_PLAIN,		/* nothing */
	SYSCALLS_CLONE,		/* 0: no new namespaces */
	SYSCALLS_OPEN1,		/* 1 are flags: a file that is made has no set-id bits in 2 */
	SYSCALLS_OPEN2,		/* the same of 2 and 3 */
	SYSCALLS_MODE1,		/* 1: no set-id bits */
	SYSCALLS_MODE2,		/* 2: no set-id bits */
	SYSCALLS_IOCTL,		/* 1: not one of those that reach what is not its own */
	SYSCALLS_LIMIT,		/* 0: itself, or 2 is NULL: nothing is set; 1: as the next */
	SYSCALLS_OWN_LIMIT,	/* 0: one that may be set; of others it is said that they are */
	SYSCALLS_NOT_FIRST,	/* 0: not process 1, which is sluice-init */
	SYSCALLS_PRIORITY,	/* 0: of a process; 1: not process 1 */
	SYSCALLS_IOPRIO,	/* the same, in other numbers */
	SYSCALLS_SOCKET,	/* 0 to 2: a family, type and protocol for it */
	SYSCALLS_SOCKETPAIR,	/* 0: AF_UNIX */
	SYSCALLS_SOCKOPT,	/* 1 and 2: not what stays with a socket, or loads modules */
	SYSCALLS_FCNTL,		/* 1: no leases */
	SYSCALLS_PRCTL,		/* 0: nothing that other CPUs have to wait for */
	SYSCALLS_PERSONALITY,	/* 0: one that turns no protection off */
	SYSCALLS_CHECKS,
};

/* Numberings. Generic is that of aarch64 and riscv64. */
enum syscalls_abi {
	SYSCALLS_X86_64,
	SYSCALLS_GENERIC,
	SYSCALLS_ARM,
	SYSCALLS_ABIS,
};

#define SYSCALLS_NONE	-1

struct syscalls_row {
	enum syscalls_from from;
	enum syscalls_check check;
	const char *name;
	int	number[SYSCALLS_ABIS];	/* or NONE */
};

extern const struct syscalls_row syscalls[];
extern const size_t syscalls_count;

#endif /* SLUICE_SYSCALLS_H */

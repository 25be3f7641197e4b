/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a cgroup gets of the CPUs for sure, by weights. On each level of the tree a cgroup
 * shares with its siblings what their parent gets, by cpu.weight: however many threads
 * they have, and however long they run. Pure arithmetic.
 */
#ifndef SLUICE_WEIGHTS_H
#define SLUICE_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

/* As the kernel has it for cpu.weight. */
#define WEIGHTS_DEFAULT	100
#define WEIGHTS_MAX	10000

/* No limit. */
#define WEIGHTS_NO_CAP	UINT64_MAX

/**
 * struct weights_level - one level
 * @ours: of our cgroup there, or the one that ours is below
 * @others: of its siblings together
 * @cap: the most that it may have, in thousandths of a CPU, or WEIGHTS_NO_CAP
 */
struct weights_level {
	uint64_t ours;
	uint64_t others;
	uint64_t cap;
};

/* Thousandths of a CPU, of @cpu; and the most that it can be, if nobody else wants any. */
uint64_t weights_guarantee(const struct weights_level *levels, size_t count,
			   uint64_t cpu);
uint64_t weights_cap(const struct weights_level *levels, size_t count);

/*
 * Which weight level @which needs, the others being as they are, to guarantee @wanted, or
 * as much of it as caps allow. At least what each has by itself; WEIGHTS_MAX where no
 * weight is enough.
 */
uint64_t weights_needed(const struct weights_level *levels, size_t count,
			size_t which, uint64_t cpu, uint64_t wanted);

#endif /* SLUICE_WEIGHTS_H */

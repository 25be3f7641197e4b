/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much CPU time the rest of the box takes that environments cannot have, in
 * thousandths of a CPU. Time is unlike memory: who has it now gives it up when others
 * with more weight want it. Only what does not give way is gone. Pure arithmetic.
 * Compiles in userspace unchanged.
 */
#ifndef SLUICE_OUTSIDE_H
#define SLUICE_OUTSIDE_H

#include <linux/types.h>

/**
 * struct sluice_outside - what the rest of the box takes
 * @firm: what nothing takes away from them: real-time threads, interrupts, what the
 *	host of a guest has stolen
 * @yielding: all other threads that are not environments'
 */
struct sluice_outside {
	u64	firm;
	u64	yielding;
};

u64 sluice_outside_cpu(const struct sluice_outside *outside, u64 physical,
		       u64 budget, u64 guaranteed);

#endif /* SLUICE_OUTSIDE_H */

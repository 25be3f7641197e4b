/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pressure: do environments get the CPU time that was promised to them? The weight of
 * their cgroup guarantees it against whatever the gate knows. Where they wait for it in
 * spite of that, something takes it that nobody has thought of, and classes close, the
 * lowest first, until those that run get what is theirs. Pure. Compiles in userspace
 * unchanged.
 */
#ifndef SLUICE_PRESSURE_H
#define SLUICE_PRESSURE_H

#include <linux/types.h>

/* For so long environments may be short before a class closes; and the next one. */
#define SLUICE_PRESSURE_NS	1000000000ULL

/**
 * struct sluice_cpu_due - what one environment was promised and got, since it was looked at
 * @time: while it had a call
 * @promised: CPU time that this was, by what the call had reserved
 * @used: CPU time that it had
 * @waited: how long its threads, together, waited for a CPU
 *
 * In nanoseconds. All zero: it had no call.
 */
struct sluice_cpu_due {
	u64	time;
	u64	promised;
	u64	used;
	u64	waited;
};

bool sluice_pressure_is_short(const struct sluice_cpu_due *due);
u32 sluice_pressure_closes(u32 closed, u32 classes, bool is_short);

#endif /* SLUICE_PRESSURE_H */

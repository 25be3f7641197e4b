// SPDX-License-Identifier: GPL-2.0-only
#include "policy/pressure.h"

#include <linux/math64.h>

/* Less than so many percent of what it was promised, and wanted, is too little. */
#define ENOUGH_PERCENT	85
/* What is missing is to be more than the error of what is measured. */
#define WORTH_NS	10000000ULL

static u64 larger(u64 a, u64 b)
{
	return a > b ? a : b;
}

static u64 smaller(u64 a, u64 b)
{
	return a < b ? a : b;
}

/*
 * It is promised a rate, and wants it for as long as it runs or waits to: who sleeps
 * half of the time wants half of it. Several threads together want it all the time when
 * they could use all that it is promised. Waiting as its own limit is used up is waiting,
 * too; but then it has had its part.
 */
bool sluice_pressure_is_short(const struct sluice_cpu_due *due)
{
	u64 all = larger(due->time, due->promised);
	u64 active = smaller(due->used + due->waited, all);
	u64 wanted;

	if (!all)
		return false;
	wanted = mul_u64_u64_div_u64(due->promised, active, all);
	return due->used + WORTH_NS < wanted &&
	       due->used * 100 < wanted * ENOUGH_PERCENT;
}

/*
 * How many of @classes are to be closed, the lowest first, when @closed are. Never the
 * highest: it goes before all others. They open one by one as they have closed.
 */
u32 sluice_pressure_closes(u32 closed, u32 classes, bool is_short)
{
	if (is_short)
		return closed + 1 < classes ? closed + 1 : closed;
	return closed ? closed - 1 : 0;
}

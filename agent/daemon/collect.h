/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The collector: a process of its own that takes what environments say, and may wait
 * for the journal while nobody waits for it. It outlives whoever has started it: it ends
 * with the last connection.
 */
#ifndef SLUICE_COLLECT_H
#define SLUICE_COLLECT_H

#include <stdbool.h>

#include "say.h"

/* What is to be said when there is none, with an error, and when one has been hung up. */
#define COLLECT_FAILED	"what programs say is lost: %s"
#define COLLECT_ENDED	\
	"who collects what programs say has ended: the environments that there are go on without"

/*
 * A connection to the one that listens, or to a new one; it is hung up when that one
 * has ended. A negative errno fills @error.
 */
int collect_join(char error[ERROR_SIZE]);
/* Somebody listens. */
bool collect_there(void);
/* What is to be kept it has; waits a little for that. Closes @fd. */
void collect_leave(int fd);

#endif /* SLUICE_COLLECT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Task files that are kept for the agent: whole or not at all, also after a power cut,
 * and so that what was there before can be had back.
 */
#ifndef SLUICE_CLI_KEEP_H
#define SLUICE_CLI_KEEP_H

#include <limits.h>
#include <sys/stat.h>

struct keep {
	int	dir;
	char	name[NAME_MAX + 1];
	/* Another name of what stood there before; "": nothing did. */
	char	before[NAME_MAX + 1];
	/* What was put there; all 0 where nothing had to be. */
	struct stat ours;
};

/*
 * A copy of @path becomes @name in @dir. 0: call keep_undo() or keep_end() next. Else
 * a negative errno, and all is as it was.
 */
int keep_file(struct keep *keep, const char *dir, const char *path,
	      const char *name);
/* As it was before, unless somebody else has put another there meanwhile. */
int keep_undo(struct keep *keep);
void keep_end(struct keep *keep);

/* @name in @dir goes, and does not come back with the power. */
int keep_remove(const char *dir, const char *name);

#endif /* SLUICE_CLI_KEEP_H */

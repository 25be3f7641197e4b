/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small process that is ready to be the first one of an environment: each is a copy of
 * it, which costs less than one of the agent that then becomes another program.
 */
#ifndef SLUICE_ZYGOTE_H
#define SLUICE_ZYGOTE_H

#include "launch.h"

/**
 * struct zygote - it
 * @program: sluice-init, open
 * @door: to it; -1: there is none
 * @pid: its number then
 * @killed: own: of the last one, until it has ended
 */
struct zygote {
	int	program;
	int	door;
	pid_t	pid;
	pid_t	killed;
};

/*
 * As launch_first(), of which it does the same where there is no zygote. EAGAIN: one that does
 * not go on, which another will follow; what it may have made in the cgroup is to be killed.
 */
pid_t zygote_launch(struct zygote *zygote, const struct launch *launch);
/* It ends. */
void zygote_stop(struct zygote *zygote);

#endif /* SLUICE_ZYGOTE_H */

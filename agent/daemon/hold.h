/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The holder: a process of its own that lives as long as environments may. It holds
 * their place in the tree of cgroups, has what they say collected, and ends them in
 * good order when it is to end.
 */
#ifndef SLUICE_HOLD_H
#define SLUICE_HOLD_H

/* Until SIGTERM. An exit status. */
int hold_main(void);

#endif /* SLUICE_HOLD_H */

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLUICE_NL_H
#define SLUICE_NL_H

struct genl_family;
struct mutex;

extern struct genl_family sluice_nl_family;
/* See nl_task.c. */
extern struct mutex sluice_nl_config;

int sluice_nl_init(void);
void sluice_nl_exit(void);

#endif /* SLUICE_NL_H */

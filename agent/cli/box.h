/* SPDX-License-Identifier: GPL-2.0-only */
/* What sluice doctor looks at of the box: the kernel, its limits, and what is installed. */
#ifndef SLUICE_CLI_BOX_H
#define SLUICE_CLI_BOX_H

#include "finding.h"

void look_at_module(struct findings *findings);
void look_at_device(struct findings *findings);
void look_at_cgroups(struct findings *findings);
void look_at_limits(struct findings *findings);
void look_at_peers(struct findings *findings);
void look_at_programs(struct findings *findings);
void look_at_units(struct findings *findings);

#endif /* SLUICE_CLI_BOX_H */

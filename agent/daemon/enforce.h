/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The eBPF programs that keep an environment's connections to their peers
 * (bpf/peers.bpf.c). They stay where environments have their cgroups, and hold for all
 * that are there, also those in which somebody looks inside, while no agent runs.
 */
#ifndef SLUICE_ENFORCE_H
#define SLUICE_ENFORCE_H

#include <stdint.h>

struct enforce;

/*
 * In place of those of an earlier agent. NULL: the kernel refuses, and why has been said;
 * then no environment with connections can be made (first/peers.c).
 */
struct enforce *enforce_start(int place);
/* What is enforced goes on. NULL is allowed, also below. */
void enforce_stop(struct enforce *enforce);

/* Count what the environment with that cgroup tries, or go on counting. */
void enforce_add(struct enforce *enforce, uint64_t cgroup);
void enforce_remove(struct enforce *enforce, uint64_t cgroup);
/* How often it has tried. */
uint64_t enforce_tries(struct enforce *enforce, uint64_t cgroup);

#endif /* SLUICE_ENFORCE_H */

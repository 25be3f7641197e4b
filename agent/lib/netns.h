/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Networks of environments that have CAN interfaces of the gateway (buses.h). A network
 * lives as long as any of its sockets, which a program may have handed to somebody: so
 * nobody waits for its end, but takes out of it what is ours.
 */
#ifndef SLUICE_NETNS_H
#define SLUICE_NETNS_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Keep the network of process @pid, which environment @id has, where whoever comes after
 * us finds it (/run/sluice/net). 0 or a negative errno.
 */
int netns_keep(uint32_t id, pid_t pid);
/* Take out of it what is ours, and let it go. 0, also where none was kept; or an errno. */
int netns_empty_kept(uint32_t id);
/* The same of one that is open. */
int netns_empty(int network);
/* Each that is kept. */
typedef void (*netns_fn)(uint32_t id, void *arg);
void netns_each_kept(netns_fn fn, void *arg);

#endif /* SLUICE_NETNS_H */

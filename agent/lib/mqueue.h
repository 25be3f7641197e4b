/* SPDX-License-Identifier: GPL-2.0-only */
/* The file system of message queues, as statfs() has it: ipc/mqueue.c, and no header. */
#ifndef SLUICE_MQUEUE_H
#define SLUICE_MQUEUE_H

#define MQUEUE_MAGIC	0x19800202

#endif /* SLUICE_MQUEUE_H */

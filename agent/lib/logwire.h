/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an environment says, on its way to who collects it (daemon/collect.h): a
 * connection that the first process opens as root, and over which sluice-init sends
 * lines. First who it is, then heads, each with its line.
 */
#ifndef SLUICE_LOGWIRE_H
#define SLUICE_LOGWIRE_H

#include <linux/sluice.h>

#define LOGWIRE_SOCKET	"/run/sluice/log"
#define LOGWIRE_VERSION	1
/* Longer lines are continued in the next. */
#define LOGWIRE_LINE	2048

struct logwire_hello {
	__u32	version;
	__u32	env;
	char	task[SLUICE_NAME_SIZE];
};

/* Bits of logwire_head.flags */
#define LOGWIRE_CONTINUED	1	/* it belongs to the line before */
#define LOGWIRE_LEFT_OUT	2	/* @lost: were not even tried, see rate.h */

/**
 * struct logwire_head - one line
 * @call: of which it is, 0: of none
 * @trace_id: that call's
 * @lost: there is no line, but so many could not be sent
 * @len: bytes of text, which follow; no end of line
 * @flags: LOGWIRE_*
 */
struct logwire_head {
	__u64	call;
	__u8	trace_id[SLUICE_TRACE_ID_LEN];
	__u32	lost;
	__u16	len;
	__u16	flags;
};

#endif /* SLUICE_LOGWIRE_H */

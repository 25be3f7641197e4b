/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes, durations, CPUs and trace ids as people write them, and back. */
#ifndef SLUICE_UNITS_H
#define SLUICE_UNITS_H

#include <linux/sluice_netlink.h>
#include <stddef.h>
#include <stdint.h>

/* All parse the whole of @text and return 0, or -EINVAL, or -ERANGE. */

/* 4096, 64K, 16M, 1G: bytes, binary multiples. */
int units_parse_size(const char *text, uint64_t *bytes);
/* 10ns, 5us, 200ms, 30s, 5m, 1h, none (0): nanoseconds. */
int units_parse_duration(const char *text, uint64_t *ns);
/* 0.2, 1, 200m: thousandths of a CPU. */
int units_parse_cpu(const char *text, uint64_t *thousandths);
int units_parse_count(const char *text, uint64_t *count);
/* By the name of the resource: memory, cpu, disk, network; anything else counts. */
int units_parse_amount(const char *resource, const char *text,
		       uint64_t *amount);
/* 32 hexadecimal digits, or a traceparent of W3C Trace Context; never all 0. */
int units_parse_trace(const char *text, uint8_t id[SLUICE_TRACE_ID_LEN]);

/* Each fills @buffer, which is large enough with UNITS_TEXT, and returns it. */
#define UNITS_TEXT 33
/* A budget of bytes a second that has no limit: UINT64_MAX. */
#define UNITS_UNLIMITED "unlimited"
char *units_size(uint64_t bytes, char *buffer);
char *units_duration(uint64_t ns, char *buffer);
char *units_cpu(uint64_t thousandths, char *buffer);
char *units_amount(const char *resource, uint64_t amount, char *buffer);
char *units_trace(const uint8_t id[SLUICE_TRACE_ID_LEN], char *buffer);

#endif /* SLUICE_UNITS_H */

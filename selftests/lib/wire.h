/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generic netlink by hand: for threads, for messages that a library would not
 * make, and for a system call at a moment of one's choice. What is sent has been
 * dealt with when wire_send() returns, so nothing here waits.
 */
#ifndef SLUICE_WIRE_H
#define SLUICE_WIRE_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_OUT	16384
#define WIRE_IN		32768

/**
 * struct wire - a socket, the message that is being made, and what came back
 * @fd: -1 when it is closed
 * @family: of the module; 0 when it was not there
 * @seq: of the last message
 * @len: of the message
 */
struct wire {
	int fd;
	uint16_t family;
	uint32_t seq;
	size_t len;
	_Alignas(NLMSG_ALIGNTO) char out[WIRE_OUT];
	_Alignas(NLMSG_ALIGNTO) char in[WIRE_IN];
};

/* What a reply says: @attrs of @len bytes. */
typedef void (*wire_fn)(const char *attrs, size_t len, void *arg);

/* False: no socket. That there is no module is no error. */
bool wire_open(struct wire *wire);
void wire_close(struct wire *wire);
/* Is the module there? It may have another id than before. */
bool wire_resolve(struct wire *wire);

void wire_begin(struct wire *wire, uint8_t cmd, uint16_t flags);
void wire_put(struct wire *wire, uint16_t type, const void *data, size_t len);
void wire_u32(struct wire *wire, uint16_t type, uint32_t value);
void wire_u64(struct wire *wire, uint16_t type, uint64_t value);
void wire_text(struct wire *wire, uint16_t type, const char *text);
size_t wire_nest(struct wire *wire, uint16_t type);
void wire_nest_end(struct wire *wire, size_t nest);

/* 0 or a negative errno: of the system call, not of the request. */
int wire_send(struct wire *wire);
/* Of the request: 0, a negative errno, or -ENOMSG when nobody answered. */
int wire_hear(struct wire *wire, wire_fn fn, void *arg);
/* Both. */
int wire_do(struct wire *wire, wire_fn fn, void *arg);

/* The first of a type; NULL for none. */
const struct nlattr *wire_attr(const char *attrs, size_t len, uint16_t type);
/* 0 for none. */
uint32_t wire_get_u32(const char *attrs, size_t len, uint16_t type);
uint64_t wire_get_u64(const char *attrs, size_t len, uint16_t type);
/* "" for none. */
const char *wire_get_text(const char *attrs, size_t len, uint16_t type);

#endif /* SLUICE_WIRE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random requests to both doors, of objects that are right as a rule, so that
 * they get far, and then at times with one thing broken.
 */
#ifndef SLUICE_GRAMMAR_H
#define SLUICE_GRAMMAR_H

#include <linux/sluice.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/* Chance that can be had again: the same seed, the same throws. */
struct dice {
	uint64_t state;
};

void dice_begin(struct dice *dice, uint64_t seed);
uint64_t dice_throw(struct dice *dice);
uint32_t dice_below(struct dice *dice, uint32_t n);
bool dice_one_in(struct dice *dice, uint32_t n);

#define KNOWN	32

/* Ids that were seen somewhere, for whoever wants to name one. */
struct known {
	_Atomic uint64_t calls[KNOWN];
	_Atomic uint32_t envs[KNOWN];
	_Atomic uint32_t next;
};

void known_call(struct known *known, uint64_t id);
void known_env(struct known *known, uint32_t id);

/* The last bytes of a page, behind which there is nothing. */
char *grammar_edge(void);

/* The device's objects, in their current size, as a submitter may want them. */
void grammar_submit(struct dice *dice, struct sluice_submit *submit,
		    const void *input, uint32_t len);
void grammar_reap(struct dice *dice, struct known *known,
		  struct sluice_reap *reap, void *output, uint32_t cap);
void grammar_cancel(struct dice *dice, struct known *known,
		    struct sluice_cancel *cancel);
void grammar_change(struct dice *dice, struct known *known,
		    struct sluice_change *change);
/* One thing in it is something else. */
void grammar_break(struct dice *dice, void *object, size_t size);

/* Netlink operations of which messages are made. */
enum grammar_request {
	GRAMMAR_TASK_NEW,
	GRAMMAR_TASK_SET,
	GRAMMAR_TASK_MODE,
	GRAMMAR_TASK_DEL,
	GRAMMAR_TASK_GET,
	GRAMMAR_TASK_DUMP,
	GRAMMAR_ENV_SET,
	GRAMMAR_ENV_DEL,
	GRAMMAR_ENV_GET,
	GRAMMAR_ENV_DUMP,
	GRAMMAR_ENV_NEXT,
	GRAMMAR_CALL_NEW,
	GRAMMAR_CALL_SET,
	GRAMMAR_CALL_DEL,
	GRAMMAR_CALL_GET,
	GRAMMAR_CALL_DUMP,
	GRAMMAR_BUDGET_SET,
	GRAMMAR_BUDGET_DEL,
	GRAMMAR_BUDGET_GET,
	GRAMMAR_BUDGET_DUMP,
	GRAMMAR_STATS_GET,
	GRAMMAR_AGENT_SET,
	GRAMMAR_BOX_SET,
	GRAMMAR_BOX_GET,
	GRAMMAR_CALL_TRY,
	GRAMMAR_REQUESTS,
};

extern const char * const grammar_request_names[GRAMMAR_REQUESTS];

void grammar_message(struct dice *dice, struct known *known, struct wire *wire,
		     enum grammar_request request);
void grammar_break_message(struct dice *dice, struct wire *wire);

/* Tokens and tasks, so that there is something to submit to. */
void grammar_found(struct dice *dice, struct wire *wire);
/* All tasks go, and with them what waits. */
void grammar_clear(struct wire *wire);

#endif /* SLUICE_GRAMMAR_H */

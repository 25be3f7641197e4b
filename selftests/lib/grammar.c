// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "grammar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MS	1000000ULL
#define TASKS	5
#define TOKENS	3

/*
 * Chance
 */

void dice_begin(struct dice *dice, uint64_t seed)
{
	dice->state = seed * 0x9e3779b97f4a7c15ULL + 1;
}

uint64_t dice_throw(struct dice *dice)
{
	uint64_t x = dice->state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

uint32_t dice_below(struct dice *dice, uint32_t n)
{
	return dice_throw(dice) % n;
}

bool dice_one_in(struct dice *dice, uint32_t n)
{
	return !dice_below(dice, n);
}

void known_call(struct known *known, uint64_t id)
{
	known->calls[known->next++ % KNOWN] = id;
}

void known_env(struct known *known, uint32_t id)
{
	known->envs[known->next++ % KNOWN] = id;
}

static uint64_t some_call(struct dice *dice, struct known *known)
{
	return known->calls[dice_below(dice, KNOWN)];
}

static uint32_t some_env(struct dice *dice, struct known *known)
{
	return known->envs[dice_below(dice, KNOWN)];
}

/*
 * Values
 */

char *grammar_edge(void)
{
	static _Atomic(char *) edge;
	long page = sysconf(_SC_PAGESIZE);
	char *pages = edge;

	if (pages)
		return pages;
	pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		abort();
	munmap(pages + page, page);
	edge = pages + page - 16;
	return edge;
}

/* What tends to be forgotten. */
static uint64_t odd_value(struct dice *dice)
{
	switch (dice_below(dice, 8)) {
	case 0:
		return 0;
	case 1:
		return ~0ULL;
	case 2:
		return (1ULL << dice_below(dice, 64)) - 1;
	case 3:
		return 1ULL << dice_below(dice, 64);
	case 4:
		return -(1ULL << dice_below(dice, 63));
	case 5:
		return (uintptr_t)grammar_edge();
	case 6:
		return dice_below(dice, 256);
	default:
		return dice_throw(dice);
	}
}

static uint64_t some_time(struct dice *dice)
{
	static const uint64_t times[] = {
		1, 1 * MS, 5 * MS, 20 * MS, 100 * MS, 1000 * MS, 3600000 * MS,
	};

	return times[dice_below(dice, 7)];
}

static void some_task(struct dice *dice, char *name)
{
	/* One in a while that is never there. */
	sprintf(name, "fuzz-%u", dice_below(dice, 32) ?
		dice_below(dice, TASKS) : 9);
}

static void some_key(struct dice *dice, char *key)
{
	sprintf(key, "k%u", dice_below(dice, 3));
}

/*
 * The device
 */

void grammar_submit(struct dice *dice, struct sluice_submit *submit,
		    const void *input, uint32_t len)
{
	memset(submit, 0, sizeof(*submit));
	submit->size = sizeof(*submit);
	some_task(dice, submit->task);
	submit->input = (uintptr_t)input;
	submit->input_len = len;
	submit->priority = (int)dice_below(dice, 101) - 1;
	if (dice_one_in(dice, 4))
		submit->flags |= SLUICE_SUBMIT_DETACHED;
	if (!dice_one_in(dice, 8))
		submit->flags |= SLUICE_SUBMIT_NONBLOCK;
	if (dice_one_in(dice, 3))
		submit->timeout = some_time(dice);
	if (dice_one_in(dice, 3))
		submit->deadline = some_time(dice);
	if (dice_one_in(dice, 3))
		submit->runtime = some_time(dice) / 8;
	if (dice_one_in(dice, 6))
		some_key(dice, submit->key);
	if (dice_one_in(dice, 6)) {
		submit->words = (uintptr_t)input;
		submit->words_len = dice_below(dice, 64);
	}
}

void grammar_reap(struct dice *dice, struct known *known,
		  struct sluice_reap *reap, void *output, uint32_t cap)
{
	memset(reap, 0, sizeof(*reap));
	reap->size = sizeof(*reap);
	reap->output = (uintptr_t)output;
	reap->output_cap = cap;
	if (dice_one_in(dice, 2)) {
		reap->log = (uintptr_t)output;
		reap->log_cap = cap / 4;
	}
	if (!dice_one_in(dice, 16))
		reap->flags = SLUICE_REAP_NONBLOCK;
	if (dice_one_in(dice, 3))
		reap->id = some_call(dice, known);
}

void grammar_cancel(struct dice *dice, struct known *known,
		    struct sluice_cancel *cancel)
{
	memset(cancel, 0, sizeof(*cancel));
	cancel->size = sizeof(*cancel);
	cancel->id = some_call(dice, known);
}

void grammar_change(struct dice *dice, struct known *known,
		    struct sluice_change *change)
{
	memset(change, 0, sizeof(*change));
	change->size = sizeof(*change);
	change->id = some_call(dice, known);
	change->flags = 1 + dice_below(dice, 3);
	if (change->flags & SLUICE_CHANGE_PRIORITY)
		change->priority = dice_below(dice, 100);
	if (change->flags & SLUICE_CHANGE_DEADLINE)
		change->deadline = some_time(dice);
}

void grammar_break(struct dice *dice, void *object, size_t size)
{
	uint64_t value = odd_value(dice);

	switch (dice_below(dice, 4)) {
	case 0: /* All begin with their size. */
		value = dice_below(dice, 2) ? value : dice_below(dice, 8192);
		memcpy(object, &value, 4);
		break;
	case 1:
		memcpy((char *)object + dice_below(dice, size / 4) * 4, &value,
		       4);
		break;
	case 2:
		memcpy((char *)object + dice_below(dice, size / 8) * 8, &value,
		       8);
		break;
	default:
		((char *)object)[dice_below(dice, size)] = value;
		break;
	}
}

/*
 * Netlink
 */

enum kind {
	A_TASK,
	A_CLASS,
	A_RESOURCE,
	A_SWITCH,	/* 0 or 1 */
	A_CHOICE,	/* 0 to 2 */
	A_MODE,
	A_PRIORITY,
	A_COUNT,
	A_BYTES,
	A_QUEUE_BYTES,
	A_TIME,
	A_WEIGHT,
	A_NEED,
	A_CALL,
	A_ENV,
	A_ENV_STATE,
	A_MESSAGE,
	A_INPUT,
	A_TRACE,
	A_KEY,
	A_AMOUNT,
	A_PID,
	A_COUNTER,
};

/* @seldom: in one message of so many; 1: in each */
struct part {
	uint16_t type;
	uint8_t kind;
	uint8_t seldom;
};

#define TASK_PARTS							\
	{ SLUICE_A_TASK_NAME, A_TASK, 1 },				\
	{ SLUICE_A_TASK_KIND, A_SWITCH, 8 },				\
	{ SLUICE_A_TASK_CLASS, A_CLASS, 2 },				\
	{ SLUICE_A_TASK_PRIORITY, A_PRIORITY, 3 },			\
	{ SLUICE_A_TASK_TIMEOUT, A_TIME, 2 },				\
	{ SLUICE_A_TASK_IDLE, A_TIME, 2 },				\
	{ SLUICE_A_TASK_QUEUE_MAX, A_COUNT, 2 },			\
	{ SLUICE_A_TASK_QUEUE_BYTES, A_QUEUE_BYTES, 4 },		\
	{ SLUICE_A_TASK_INPUT_MAX, A_BYTES, 12 },			\
	{ SLUICE_A_TASK_OUTPUT_MAX, A_BYTES, 12 },			\
	{ SLUICE_A_TASK_ENVS_MAX, A_COUNT, 2 },				\
	{ SLUICE_A_TASK_REQUEST, A_NEED, 2 },				\
	{ SLUICE_A_TASK_REQUEST, A_NEED, 3 },				\
	{ SLUICE_A_TASK_WEIGHT, A_WEIGHT, 4 },				\
	{ SLUICE_A_TASK_RUNTIME, A_TIME, 4 },				\
	{ SLUICE_A_TASK_DEADLINE, A_TIME, 4 },				\
	{ SLUICE_A_TASK_PATIENCE, A_TIME, 3 },				\
	{ SLUICE_A_TASK_RUNNING_MAX, A_COUNT, 6 },			\
	{ SLUICE_A_TASK_OVERFLOW, A_CHOICE, 2 },			\
	{ SLUICE_A_TASK_RETRIES, A_CHOICE, 3 },				\
	{ SLUICE_A_TASK_BACKOFF, A_TIME, 3 },				\
	{ SLUICE_A_TASK_QUARANTINE_AFTER, A_COUNT, 3 },			\
	{ SLUICE_A_TASK_QUARANTINE, A_TIME, 3 },			\
	{ SLUICE_A_TASK_START_TIMEOUT, A_TIME, 6 },			\
	{ SLUICE_A_TASK_GRACE, A_TIME, 6 },				\
	{ SLUICE_A_TASK_PRIORITY_MAX, A_PRIORITY, 8 },			\
	{ SLUICE_A_TASK_KEYS, A_SWITCH, 4 }

static const struct part task_new[] = { TASK_PARTS, { 0 } };
static const struct part task_set[] = {
	TASK_PARTS, { SLUICE_A_TASK_MODE, A_MODE, 8 }, { 0 }
};
static const struct part task_mode[] = {
	{ SLUICE_A_TASK_NAME, A_TASK, 1 },
	{ SLUICE_A_TASK_MODE, A_MODE, 1 }, { 0 }
};
static const struct part task_name[] = {
	{ SLUICE_A_TASK_NAME, A_TASK, 1 }, { 0 }
};
static const struct part env_set[] = {
	{ SLUICE_A_ENV_ID, A_ENV, 1 },
	{ SLUICE_A_ENV_STATE, A_ENV_STATE, 2 },
	{ SLUICE_A_ENV_MESSAGE, A_MESSAGE, 2 },
	{ SLUICE_A_ENV_PIDS, A_COUNT, 1 },
	{ SLUICE_A_ENV_LACKED, A_SWITCH, 3 },
	{ SLUICE_A_ENV_READ_BYTES, A_AMOUNT, 4 },
	{ SLUICE_A_ENV_SENT_BYTES, A_AMOUNT, 4 }, { 0 }
};
static const struct part env_id[] = {
	{ SLUICE_A_ENV_ID, A_ENV, 1 }, { 0 }
};
static const struct part env_task[] = {
	{ SLUICE_A_ENV_TASK, A_TASK, 1 }, { 0 }
};
static const struct part call_new[] = {
	{ SLUICE_A_CALL_TASK, A_TASK, 1 },
	{ SLUICE_A_CALL_PRIORITY, A_PRIORITY, 3 },
	{ SLUICE_A_CALL_TIMEOUT, A_TIME, 3 },
	{ SLUICE_A_CALL_DEADLINE, A_TIME, 3 },
	{ SLUICE_A_CALL_INPUT, A_INPUT, 1 },
	{ SLUICE_A_CALL_TRACE_ID, A_TRACE, 4 },
	{ SLUICE_A_CALL_KEY, A_KEY, 4 },
	{ SLUICE_A_CALL_RUNTIME, A_TIME, 4 }, { 0 }
};
static const struct part call_set[] = {
	{ SLUICE_A_CALL_ID, A_CALL, 1 },
	{ SLUICE_A_CALL_PRIORITY, A_PRIORITY, 2 },
	{ SLUICE_A_CALL_DEADLINE, A_TIME, 2 }, { 0 }
};
static const struct part call_id[] = {
	{ SLUICE_A_CALL_ID, A_CALL, 1 }, { 0 }
};
static const struct part budget_set[] = {
	{ SLUICE_A_BUDGET_RESOURCE, A_RESOURCE, 1 },
	{ SLUICE_A_BUDGET_BUDGET, A_AMOUNT, 1 }, { 0 }
};
static const struct part budget_name[] = {
	{ SLUICE_A_BUDGET_RESOURCE, A_RESOURCE, 1 }, { 0 }
};
static const struct part stats[] = {
	{ SLUICE_A_STATS_ONLY, A_COUNTER, 2 }, { 0 }
};
static const struct part agent_set[] = {
	{ SLUICE_A_AGENT_PID, A_PID, 1 },
	{ SLUICE_A_AGENT_WAIT_SOURCE, A_SWITCH, 3 }, { 0 }
};
static const struct part box_set[] = {
	{ SLUICE_A_BOX_CPU_GUARANTEED, A_AMOUNT, 2 },
	{ SLUICE_A_BOX_CPU_REALTIME, A_AMOUNT, 2 },
	{ SLUICE_A_BOX_CPU_LIMIT, A_AMOUNT, 4 },
	{ SLUICE_A_BOX_PIDS_LIMIT, A_AMOUNT, 4 },
	{ SLUICE_A_BOX_PLACE, A_COUNT, 4 }, { 0 }
};
static const struct part call_task[] = {
	{ SLUICE_A_CALL_TASK, A_TASK, 1 }, { 0 }
};
static const struct part nothing[] = { { 0 } };

static const struct {
	uint8_t cmd;
	uint16_t flags;
	const struct part *parts;
} requests[GRAMMAR_REQUESTS] = {
	[GRAMMAR_TASK_NEW] = { SLUICE_CMD_TASK_NEW, 0, task_new },
	[GRAMMAR_TASK_SET] = { SLUICE_CMD_TASK_SET, 0, task_set },
	[GRAMMAR_TASK_MODE] = { SLUICE_CMD_TASK_SET, 0, task_mode },
	[GRAMMAR_TASK_DEL] = { SLUICE_CMD_TASK_DEL, 0, task_name },
	[GRAMMAR_TASK_GET] = { SLUICE_CMD_TASK_GET, 0, task_name },
	[GRAMMAR_TASK_DUMP] = { SLUICE_CMD_TASK_GET, NLM_F_DUMP, nothing },
	[GRAMMAR_ENV_SET] = { SLUICE_CMD_ENV_SET, 0, env_set },
	[GRAMMAR_ENV_DEL] = { SLUICE_CMD_ENV_DEL, 0, env_id },
	[GRAMMAR_ENV_GET] = { SLUICE_CMD_ENV_GET, 0, env_id },
	[GRAMMAR_ENV_DUMP] = { SLUICE_CMD_ENV_GET, NLM_F_DUMP, nothing },
	[GRAMMAR_ENV_NEXT] = { SLUICE_CMD_ENV_NEXT, 0, env_task },
	[GRAMMAR_CALL_NEW] = { SLUICE_CMD_CALL_NEW, 0, call_new },
	[GRAMMAR_CALL_SET] = { SLUICE_CMD_CALL_SET, 0, call_set },
	[GRAMMAR_CALL_DEL] = { SLUICE_CMD_CALL_DEL, 0, call_id },
	[GRAMMAR_CALL_GET] = { SLUICE_CMD_CALL_GET, 0, call_id },
	[GRAMMAR_CALL_DUMP] = { SLUICE_CMD_CALL_GET, NLM_F_DUMP, nothing },
	[GRAMMAR_BUDGET_SET] = { SLUICE_CMD_BUDGET_SET, 0, budget_set },
	[GRAMMAR_BUDGET_DEL] = { SLUICE_CMD_BUDGET_DEL, 0, budget_name },
	[GRAMMAR_BUDGET_GET] = { SLUICE_CMD_BUDGET_GET, 0, budget_name },
	[GRAMMAR_BUDGET_DUMP] = { SLUICE_CMD_BUDGET_GET, NLM_F_DUMP, nothing },
	[GRAMMAR_STATS_GET] = { SLUICE_CMD_STATS_GET, 0, stats },
	[GRAMMAR_AGENT_SET] = { SLUICE_CMD_AGENT_SET, 0, agent_set },
	[GRAMMAR_BOX_SET] = { SLUICE_CMD_BOX_SET, 0, box_set },
	[GRAMMAR_BOX_GET] = { SLUICE_CMD_BOX_GET, 0, nothing },
	[GRAMMAR_CALL_TRY] = { SLUICE_CMD_CALL_TRY, 0, call_task },
};

const char * const grammar_request_names[GRAMMAR_REQUESTS] = {
	[GRAMMAR_TASK_NEW] = "task-new",
	[GRAMMAR_TASK_SET] = "task-set",
	[GRAMMAR_TASK_MODE] = "task-mode",
	[GRAMMAR_TASK_DEL] = "task-del",
	[GRAMMAR_TASK_GET] = "task-get",
	[GRAMMAR_TASK_DUMP] = "task-dump",
	[GRAMMAR_ENV_SET] = "env-set",
	[GRAMMAR_ENV_DEL] = "env-del",
	[GRAMMAR_ENV_GET] = "env-get",
	[GRAMMAR_ENV_DUMP] = "env-dump",
	[GRAMMAR_ENV_NEXT] = "env-next",
	[GRAMMAR_CALL_NEW] = "call-new",
	[GRAMMAR_CALL_SET] = "call-set",
	[GRAMMAR_CALL_DEL] = "call-del",
	[GRAMMAR_CALL_GET] = "call-get",
	[GRAMMAR_CALL_DUMP] = "call-dump",
	[GRAMMAR_BUDGET_SET] = "budget-set",
	[GRAMMAR_BUDGET_DEL] = "budget-del",
	[GRAMMAR_BUDGET_GET] = "budget-get",
	[GRAMMAR_BUDGET_DUMP] = "budget-dump",
	[GRAMMAR_STATS_GET] = "stats-get",
	[GRAMMAR_AGENT_SET] = "agent-set",
	[GRAMMAR_BOX_SET] = "box-set",
	[GRAMMAR_BOX_GET] = "box-get",
	[GRAMMAR_CALL_TRY] = "call-try",
};

/* Mostly tokens, which come and go. */
static const char *some_resource(struct dice *dice)
{
	static const char * const names[] = {
		"token-0", "token-1", "token-2", "cpu", "memory", "pids",
	};

	return names[dice_below(dice, dice_one_in(dice, 4) ? 6 : TOKENS)];
}

static uint64_t some_amount(struct dice *dice)
{
	switch (dice_below(dice, 8)) {
	case 0:
		return 0;
	case 1:
		return 1ULL << (20 + dice_below(dice, 10));
	default:
		return 1 + dice_below(dice, 4);
	}
}

static void put_need(struct dice *dice, struct wire *wire, uint16_t type)
{
	size_t nest = wire_nest(wire, type);

	wire_text(wire, SLUICE_A_AMOUNT_RESOURCE, some_resource(dice));
	wire_u64(wire, SLUICE_A_AMOUNT_AMOUNT, 1 + dice_below(dice, 2));
	wire_nest_end(wire, nest);
}

static void put_bytes(struct dice *dice, struct wire *wire, uint16_t type,
		      uint32_t len)
{
	static const char zeros[4096];
	uint32_t seldom = dice_below(dice, 8) ? len : 4096;

	wire_put(wire, type, zeros, seldom);
}

static void put_text(struct dice *dice, struct wire *wire,
		     const struct part *part)
{
	static const char * const classes[] = {
		"priority", "fair", "batch", "deadline",
	};
	static const char * const counters[] = {
		"call_submitted", "env_gone", "no_such",
	};
	char name[SLUICE_NAME_SIZE];

	switch (part->kind) {
	case A_TASK:
		some_task(dice, name);
		wire_text(wire, part->type, name);
		break;
	case A_KEY:
		some_key(dice, name);
		wire_text(wire, part->type, name);
		break;
	case A_CLASS:
		wire_text(wire, part->type, classes[dice_below(dice, 4)]);
		break;
	case A_RESOURCE:
		wire_text(wire, part->type, some_resource(dice));
		break;
	case A_COUNTER:
		wire_text(wire, part->type, counters[dice_below(dice, 3)]);
		break;
	default:
		wire_text(wire, part->type, "it could not be made");
		break;
	}
}

static void put_number(struct dice *dice, struct known *known,
		       struct wire *wire, const struct part *part)
{
	uint16_t type = part->type;

	switch (part->kind) {
	case A_SWITCH:
		wire_u32(wire, type, dice_below(dice, 2));
		break;
	case A_CHOICE:
		wire_u32(wire, type, dice_below(dice, 3));
		break;
	case A_MODE: /* Mostly it is to run. */
		wire_u32(wire, type, dice_one_in(dice, 2) ? 0 :
			 dice_below(dice, 4));
		break;
	case A_PRIORITY:
		wire_u32(wire, type, dice_below(dice, 100));
		break;
	case A_COUNT:
		wire_u32(wire, type, dice_one_in(dice, 16) ? 0 :
			 1 + dice_below(dice, 1 << dice_below(dice, 8)));
		break;
	case A_BYTES:
		wire_u32(wire, type, 1U << dice_below(dice, 18));
		break;
	case A_QUEUE_BYTES:
		wire_u64(wire, type, 1ULL << dice_below(dice, 24));
		break;
	case A_TIME:
		wire_u64(wire, type, some_time(dice));
		break;
	case A_WEIGHT:
		wire_u32(wire, type, 1 + dice_below(dice, 10000));
		break;
	case A_CALL:
		wire_u64(wire, type, some_call(dice, known));
		break;
	case A_ENV:
		wire_u32(wire, type, some_env(dice, known));
		break;
	case A_ENV_STATE:
		wire_u32(wire, type, dice_one_in(dice, 2) ?
			 SLUICE_ENV_STATE_RETIRING : SLUICE_ENV_STATE_FAILED);
		break;
	case A_AMOUNT:
		wire_u64(wire, type, some_amount(dice));
		break;
	default:
		wire_u32(wire, type, getpid());
		break;
	}
}

static void put_part(struct dice *dice, struct known *known, struct wire *wire,
		     const struct part *part)
{
	uint64_t trace[2] = { dice_throw(dice), dice_throw(dice) };

	switch (part->kind) {
	case A_NEED:
		put_need(dice, wire, part->type);
		break;
	case A_INPUT:
		put_bytes(dice, wire, part->type, dice_below(dice, 64));
		break;
	case A_TRACE:
		wire_put(wire, part->type, trace, sizeof(trace));
		break;
	case A_TASK:
	case A_KEY:
	case A_CLASS:
	case A_RESOURCE:
	case A_COUNTER:
	case A_MESSAGE:
		put_text(dice, wire, part);
		break;
	default:
		put_number(dice, known, wire, part);
		break;
	}
}

void grammar_message(struct dice *dice, struct known *known, struct wire *wire,
		     enum grammar_request request)
{
	const struct part *part;

	wire_begin(wire, requests[request].cmd, requests[request].flags);
	for (part = requests[request].parts; part->type; part++)
		if (dice_one_in(dice, part->seldom))
			put_part(dice, known, wire, part);
}

void grammar_found(struct dice *dice, struct wire *wire)
{
	static const char * const classes[] = {
		"priority", "fair", "batch", "deadline",
	};
	char name[SLUICE_NAME_SIZE];
	uint32_t i;

	for (i = 0; i < TOKENS; i++) {
		sprintf(name, "token-%u", i);
		wire_begin(wire, SLUICE_CMD_BUDGET_SET, 0);
		wire_text(wire, SLUICE_A_BUDGET_RESOURCE, name);
		wire_u64(wire, SLUICE_A_BUDGET_BUDGET, 2);
		wire_do(wire, NULL, NULL);
	}
	for (i = 0; i < TASKS; i++) {
		sprintf(name, "fuzz-%u", i);
		wire_begin(wire, SLUICE_CMD_TASK_NEW, 0);
		wire_text(wire, SLUICE_A_TASK_NAME, name);
		wire_text(wire, SLUICE_A_TASK_CLASS, classes[i % 4]);
		wire_u64(wire, SLUICE_A_TASK_RUNTIME, 1 * MS);
		wire_u64(wire, SLUICE_A_TASK_DEADLINE, 1000 * MS);
		wire_u64(wire, SLUICE_A_TASK_IDLE, 100 * MS);
		wire_u32(wire, SLUICE_A_TASK_ENVS_MAX, 2);
		wire_u32(wire, SLUICE_A_TASK_QUEUE_MAX, 30);
		wire_u32(wire, SLUICE_A_TASK_OVERFLOW, i % 3);
		wire_u32(wire, SLUICE_A_TASK_RETRIES, i % 2);
		put_need(dice, wire, SLUICE_A_TASK_REQUEST);
		wire_do(wire, NULL, NULL);
	}
}

void grammar_clear(struct wire *wire)
{
	char name[SLUICE_NAME_SIZE];
	uint32_t i;

	for (i = 0; i < TASKS; i++) {
		sprintf(name, "fuzz-%u", i);
		wire_begin(wire, SLUICE_CMD_TASK_DEL, 0);
		wire_text(wire, SLUICE_A_TASK_NAME, name);
		wire_do(wire, NULL, NULL);
	}
}

#define HEADER	(NLMSG_HDRLEN + GENL_HDRLEN)

/* One of its attributes; NULL where it has none. */
static struct nlattr *some_attr(struct dice *dice, struct wire *wire)
{
	struct nlattr *attrs[64];
	size_t at = HEADER;
	uint32_t count = 0;

	while (at + sizeof(**attrs) <= wire->len && count < 64) {
		attrs[count] = (struct nlattr *)(wire->out + at);
		if (attrs[count]->nla_len < sizeof(**attrs))
			break;
		at += NLA_ALIGN(attrs[count++]->nla_len);
	}
	return count ? attrs[dice_below(dice, count)] : NULL;
}

static void break_attr(struct dice *dice, struct wire *wire,
		       struct nlattr *attr)
{
	size_t len = attr->nla_len - NLA_HDRLEN;
	char *data = (char *)attr + NLA_HDRLEN;
	uint64_t value = odd_value(dice);

	switch (dice_below(dice, 7)) {
	case 0:
		attr->nla_type = dice_below(dice, 64);
		break;
	case 1:
		attr->nla_len = dice_below(dice, 2) ? value :
				dice_below(dice, attr->nla_len + 8);
		break;
	case 2:
		attr->nla_type ^= NLA_F_NESTED;
		break;
	case 3:
		memcpy(data, &value, len < 8 ? len : 8);
		break;
	case 4: /* No end of the text. */
		memset(data, 'a', len);
		break;
	case 5: /* Nothing of what follows, nor this. */
		wire->len = (char *)attr - wire->out;
		break;
	default: /* Twice. */
		wire_put(wire, attr->nla_type, data, len);
		break;
	}
}

void grammar_break_message(struct dice *dice, struct wire *wire)
{
	struct nlmsghdr *header = (struct nlmsghdr *)wire->out;
	struct genlmsghdr *generic = (struct genlmsghdr *)(wire->out +
							   NLMSG_HDRLEN);
	struct nlattr *attr = some_attr(dice, wire);
	char more[32];

	switch (dice_below(dice, attr ? 12 : 5)) {
	case 0:
		header->nlmsg_len = odd_value(dice);
		break;
	case 1:
		header->nlmsg_flags |= dice_throw(dice);
		break;
	case 2:
		generic->cmd = dice_throw(dice);
		break;
	case 3:
		wire->len = NLMSG_HDRLEN + dice_below(dice, wire->len);
		break;
	case 4:
		memset(more, dice_throw(dice), sizeof(more));
		wire_put(wire, dice_below(dice, 64), more,
			 dice_below(dice, sizeof(more)));
		break;
	default:
		break_attr(dice, wire, attr);
		break;
	}
}

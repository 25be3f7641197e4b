// SPDX-License-Identifier: GPL-2.0-only
#include "books.h"

#include <linux/sluice_netlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define COUNTERS	64

struct counter {
	char name[32];
	uint64_t value;
};

/**
 * struct books - what one look at all of the statistics saw
 * @idle: nothing may be left
 * @wrong: the first that is; empty for nothing
 */
struct books {
	struct counter counters[COUNTERS];
	unsigned int count;
	uint32_t waiting, running, envs, tasks;
	uint64_t bytes;
	bool idle;
	char wrong[256];
};

static _Thread_local struct books books;

__attribute__((format(printf, 2, 3)))
static void must(bool good, const char *format, ...)
{
	va_list list;

	if (good || *books.wrong)
		return;
	va_start(list, format);
	vsnprintf(books.wrong, sizeof(books.wrong), format, list);
	va_end(list);
}

/*
 * Counters
 */

static void read_stats(const char *attrs, size_t len, void *arg)
{
	const char *end = attrs + len, *at = attrs;
	const struct nlattr *attr;

	(void)arg;
	while ((attr = wire_attr(at, end - at, SLUICE_A_STATS_COUNTER)) &&
	       books.count < COUNTERS) {
		struct counter *counter = &books.counters[books.count++];
		const char *in = (const char *)attr + NLA_HDRLEN;
		size_t size = attr->nla_len - NLA_HDRLEN;

		snprintf(counter->name, sizeof(counter->name), "%s",
			 wire_get_text(in, size, SLUICE_A_COUNTER_NAME));
		counter->value = wire_get_u64(in, size,
					      SLUICE_A_COUNTER_VALUE);
		at = (const char *)attr + NLA_ALIGN(attr->nla_len);
	}
	books.waiting = wire_get_u32(attrs, len, SLUICE_A_STATS_CALLS_WAITING);
	books.running = wire_get_u32(attrs, len, SLUICE_A_STATS_CALLS_RUNNING);
	books.bytes = wire_get_u64(attrs, len, SLUICE_A_STATS_BYTES_WAITING);
	books.envs = wire_get_u32(attrs, len, SLUICE_A_STATS_ENVS);
	books.tasks = wire_get_u32(attrs, len, SLUICE_A_STATS_TASKS);
}

static uint64_t counted(const char *name)
{
	unsigned int i;

	for (i = 0; i < books.count; i++)
		if (!strcmp(books.counters[i].name, name))
			return books.counters[i].value;
	must(false, "there is no counter %s", name);
	return 0;
}

static void check_stats(void)
{
	uint64_t ended = counted("call_done") + counted("call_failed") +
			 counted("call_timed_out") + counted("call_cancelled") +
			 counted("call_expired") + counted("call_superseded") +
			 counted("call_dropped");
	uint64_t gone = counted("env_gone") + counted("env_failed");

	must(counted("call_submitted") == ended + books.waiting + books.running,
	     "%llu calls were submitted, %llu ended, %u wait, %u run",
	     (unsigned long long)counted("call_submitted"),
	     (unsigned long long)ended, books.waiting, books.running);
	must(counted("env_wanted") == gone + books.envs,
	     "%llu environments were wanted, %llu are gone, %u live",
	     (unsigned long long)counted("env_wanted"),
	     (unsigned long long)gone, books.envs);
	must(counted("task_new") == counted("task_del") + books.tasks,
	     "%llu tasks came, %llu went, %u are there",
	     (unsigned long long)counted("task_new"),
	     (unsigned long long)counted("task_del"), books.tasks);
	must(counted("claim_made") >= counted("claim_ended"),
	     "more claims ended than were made");
	must(books.waiting || !books.bytes, "%llu bytes of no call wait",
	     (unsigned long long)books.bytes);
	if (books.idle)
		must(!books.waiting && !books.running && !books.envs,
		     "%u calls wait, %u run, %u environments live",
		     books.waiting, books.running, books.envs);
}

/*
 * Objects
 */

static void check_task(const char *attrs, size_t len, void *arg)
{
	uint32_t running = wire_get_u32(attrs, len, SLUICE_A_TASK_RUNNING);
	uint32_t queued = wire_get_u32(attrs, len, SLUICE_A_TASK_QUEUED);
	uint64_t in = wire_get_u64(attrs, len, SLUICE_A_TASK_SUBMITTED);
	uint64_t out = wire_get_u64(attrs, len, SLUICE_A_TASK_ENDED);

	(void)arg;
	must(in == out + queued + running,
	     "task %s: %llu calls submitted, %llu ended, %u queued, %u run",
	     wire_get_text(attrs, len, SLUICE_A_TASK_NAME),
	     (unsigned long long)in, (unsigned long long)out, queued, running);
	if (books.idle)
		must(!queued && !running &&
		     !wire_get_u32(attrs, len, SLUICE_A_TASK_ENVS),
		     "task %s is not idle",
		     wire_get_text(attrs, len, SLUICE_A_TASK_NAME));
}

static void check_budget(const char *attrs, size_t len, void *arg)
{
	const char *name = wire_get_text(attrs, len, SLUICE_A_BUDGET_RESOURCE);
	uint64_t reserved = wire_get_u64(attrs, len, SLUICE_A_BUDGET_RESERVED);
	uint64_t budget = wire_get_u64(attrs, len, SLUICE_A_BUDGET_BUDGET);
	uint64_t promised = wire_get_u64(attrs, len, SLUICE_A_BUDGET_PROMISED);

	(void)arg;
	must(reserved <= budget, "%s: %llu reserved of a budget of %llu", name,
	     (unsigned long long)reserved, (unsigned long long)budget);
	if (books.idle)
		must(!reserved && !promised &&
		     !wire_get_u32(attrs, len, SLUICE_A_BUDGET_WAITING),
		     "%s: %llu reserved, %llu promised to nobody", name,
		     (unsigned long long)reserved,
		     (unsigned long long)promised);
}

/* False: there is no module. */
static bool look(struct wire *wire, bool idle)
{
	memset(&books, 0, sizeof(books));
	books.idle = idle;
	wire_begin(wire, SLUICE_CMD_STATS_GET, 0);
	if (wire_do(wire, read_stats, NULL)) {
		wire_resolve(wire);
		return false;
	}
	check_stats();
	wire_begin(wire, SLUICE_CMD_TASK_GET, NLM_F_DUMP);
	wire_do(wire, check_task, NULL);
	wire_begin(wire, SLUICE_CMD_BUDGET_GET, NLM_F_DUMP);
	wire_do(wire, check_budget, NULL);
	return true;
}

const char *books_wrong(struct wire *wire)
{
	look(wire, false);
	return *books.wrong ? books.wrong : NULL;
}

const char *books_not_idle(struct wire *wire)
{
	if (!look(wire, true))
		return "there is no module";
	return *books.wrong ? books.wrong : NULL;
}

uint64_t books_counter(struct wire *wire, const char *name)
{
	return look(wire, false) ? counted(name) : 0;
}

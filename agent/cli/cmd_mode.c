// SPDX-License-Identifier: GPL-2.0-only
/* sluice task pause|resume|drain: whether calls of a task start. */
#include "cli.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "fail.h"
#include "line.h"
#include "out.h"
#include "request.h"

/* Events may be lost: so often is looked even when none comes. */
#define LOOK_MSEC	1000

/* What was asked for. */
struct order {
	const char *task;
	enum sluice_mode mode;
	bool	wait;
};

static int set_mode(struct snl_conn *conn, const struct order *order)
{
	struct nl_msg *msg = request_name(conn, SLUICE_CMD_TASK_SET,
					  SLUICE_A_TASK_NAME, order->task);

	if (msg)
		nla_put_u32(msg, SLUICE_A_TASK_MODE, order->mode);
	return request_send(conn, msg);
}

/*
 * Waiting
 */

/* Where a task stands. */
struct standing {
	uint32_t mode;
	uint32_t running;
	uint32_t envs;
};

static int read_standing(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct standing *standing = arg;

	(void)cmd;
	standing->mode = snl_u32(attrs, SLUICE_A_TASK_MODE);
	standing->running = snl_u32(attrs, SLUICE_A_TASK_RUNNING);
	standing->envs = snl_u32(attrs, SLUICE_A_TASK_ENVS);
	return 0;
}

static bool is_done(const struct order *order, const struct standing *standing)
{
	return !standing->running &&
	       (order->mode == SLUICE_MODE_PAUSE || !standing->envs);
}

/* What changes where the task stands: an end of its calls or environments. */
struct news {
	const char *task;
	bool	any;
};

static int hear(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct news *news = arg;
	const char *task = "";

	if (cmd == SLUICE_CMD_CALL_NTF)
		task = snl_string(attrs, SLUICE_A_CALL_TASK);
	else if (cmd == SLUICE_CMD_ENV_NTF)
		task = snl_string(attrs, SLUICE_A_ENV_TASK);
	else if (cmd == SLUICE_CMD_TASK_NTF)
		task = snl_string(attrs, SLUICE_A_TASK_NAME);
	if (!strcmp(task, news->task))
		news->any = true;
	return 0;
}

/* Until something has happened to the task, or for a while. */
static int wait_for_news(struct snl_conn *events, const char *task)
{
	struct pollfd poll_fd = { .fd = snl_fd(events), .events = POLLIN };
	struct news news = { .task = task };
	uint64_t end = out_now() + LOOK_MSEC * 1000000ULL, now;
	int ret;

	do {
		now = out_now();
		if (now < end)
			poll(&poll_fd, 1, (int)((end - now) / 1000000) + 1);
		do {
			ret = snl_receive(events, hear, &news);
		} while (ret >= 0);
		/* Lost ones are as good as news. */
		if (ret == -ENOBUFS)
			return 0;
		if (ret != -EAGAIN)
			return ret;
	} while (!news.any && now < end);
	return 0;
}

static int wait_until_done(struct snl_conn *conn, struct snl_conn *events,
			   const struct order *order)
{
	struct standing standing = { 0 };
	int ret;

	for (;;) {
		ret = snl_send(conn, request_name(conn, SLUICE_CMD_TASK_GET,
						  SLUICE_A_TASK_NAME,
						  order->task),
			       read_standing, &standing);
		if (ret)
			return request_failed(conn, ret, NULL);
		if (standing.mode != order->mode) {
			fail(NULL, "%s was given another mode meanwhile: see sluice task show %s",
			     order->task, order->task);
			return CLI_REFUSED;
		}
		if (is_done(order, &standing))
			return CLI_OK;
		ret = wait_for_news(events, order->task);
		if (ret)
			return request_failed(events, ret, NULL);
	}
}

/* Listens before it changes anything, so that no end is missed. */
static int obey_and_wait(struct snl_conn *conn, const struct order *order)
{
	struct snl_conn *events;
	int ret = request_open(&events);

	if (ret)
		return ret;
	ret = snl_listen(events, SLUICE_MCGRP_EVENTS);
	if (ret)
		ret = request_failed(events, ret, NULL);
	if (!ret)
		ret = set_mode(conn, order);
	if (!ret)
		ret = wait_until_done(conn, events, order);
	snl_close(events);
	return ret;
}

static int obey(const struct order *order)
{
	struct snl_conn *conn;
	int ret = request_open(&conn);

	if (ret)
		return ret;
	ret = order->wait ? obey_and_wait(conn, order) : set_mode(conn, order);
	snl_close(conn);
	return ret;
}

/*
 * Words
 */

int task_pause(const struct cli_line *line)
{
	const struct order order = {
		.task = line->words[0],
		.mode = SLUICE_MODE_PAUSE,
		.wait = line_has(line, "wait"),
	};

	return obey(&order);
}

int task_resume(const struct cli_line *line)
{
	const struct order order = {
		.task = line->words[0],
		.mode = SLUICE_MODE_RUN,
	};

	return obey(&order);
}

int task_drain(const struct cli_line *line)
{
	const struct order order = {
		.task = line->words[0],
		.mode = line_has(line, "keep") ? SLUICE_MODE_DRAIN_KEEP :
						 SLUICE_MODE_DRAIN,
		.wait = line_has(line, "wait"),
	};

	return obey(&order);
}

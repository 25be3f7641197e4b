// SPDX-License-Identifier: GPL-2.0-only
#include "mode.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "objects.h"
#include "out.h"

/* Events may be lost: so often is looked even when none comes. */
#define LOOK_MSEC	1000

/* What was asked for. */
struct order {
	const char *task;
	enum sluice_mode mode;
	bool	wait;
};

static struct nl_msg *request(struct snl_conn *conn, uint8_t cmd,
			      const char *task)
{
	struct nl_msg *msg = snl_request(conn, cmd, false);

	if (msg)
		nla_put_string(msg, SLUICE_A_TASK_NAME, task);
	return msg;
}

static int set_mode(struct snl_conn *conn, const struct order *order)
{
	struct nl_msg *msg = request(conn, SLUICE_CMD_TASK_SET, order->task);
	int ret;

	if (msg)
		nla_put_u32(msg, SLUICE_A_TASK_MODE, order->mode);
	ret = snl_send(conn, msg, NULL, NULL);
	if (ret)
		cli_error("%s%s", snl_error(conn),
			  ret == -EPERM ? ": this needs root" : "");
	return cli_status(ret);
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
		ret = snl_send(conn, request(conn, SLUICE_CMD_TASK_GET,
					     order->task),
			       read_standing, &standing);
		if (ret) {
			cli_error("%s", snl_error(conn));
			return cli_status(ret);
		}
		if (standing.mode != order->mode) {
			cli_error("%s was given another mode meanwhile: see sluice task show %s",
				  order->task, order->task);
			return CLI_REFUSED;
		}
		if (is_done(order, &standing))
			return CLI_OK;
		ret = wait_for_news(events, order->task);
		if (ret) {
			cli_error("%s", snl_error(events));
			return cli_status(ret);
		}
	}
}

/* Listens before it changes anything, so that no end is missed. */
static int obey_and_wait(struct snl_conn *conn, const struct order *order)
{
	struct snl_conn *events;
	int ret = cli_open(&events);

	if (ret)
		return ret;
	ret = snl_listen(events, SLUICE_MCGRP_EVENTS);
	if (ret) {
		cli_error("%s", snl_error(events));
		ret = cli_status(ret);
	}
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
	int ret = cli_open(&conn);

	if (ret)
		return ret;
	ret = order->wait ? obey_and_wait(conn, order) : set_mode(conn, order);
	snl_close(conn);
	return ret;
}

/*
 * Words
 */

static bool is_word(const char *word, const char *name)
{
	return *word && !strncmp(name, word, strlen(word));
}

int mode_pause(char **words)
{
	struct order order = { .mode = SLUICE_MODE_PAUSE };
	int ret;

	if (!words[0])
		return cli_usage("the name of a task is missing");
	order.task = *words++;
	if (words[0] && is_word(words[0], "wait")) {
		order.wait = true;
		words++;
	}
	ret = cli_end(words);
	return ret ? ret : obey(&order);
}

int mode_resume(char **words)
{
	struct order order = { .mode = SLUICE_MODE_RUN };
	int ret;

	if (!words[0])
		return cli_usage("the name of a task is missing");
	order.task = words[0];
	ret = cli_end(words + 1);
	return ret ? ret : obey(&order);
}

int mode_drain(char **words)
{
	struct order order = { .mode = SLUICE_MODE_DRAIN };
	int ret;

	if (!words[0])
		return cli_usage("the name of a task is missing");
	order.task = *words++;
	for (; words[0]; words++) {
		if (is_word(words[0], "keep"))
			order.mode = SLUICE_MODE_DRAIN_KEEP;
		else if (is_word(words[0], "wait"))
			order.wait = true;
		else
			break;
	}
	ret = cli_end(words);
	return ret ? ret : obey(&order);
}

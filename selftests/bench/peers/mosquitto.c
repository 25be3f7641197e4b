// SPDX-License-Identifier: GPL-2.0-only
// build: lib/exchange.c ../lib/count.c ../lib/series.c -Ilib -I../lib -D_GNU_SOURCE $MOSQUITTO
/*
 * usage: mosquitto NAME SOCKET
 * A message there and a message back, QoS 1, through the broker, by libmosquitto.
 */
#include "exchange.h"

#include <mosquitto.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define QOS	1

/* One for each process. */
static struct {
	const char *path, *hears;
	bool	subscribed;
	size_t	size;
	char	data[EXCHANGE_BYTES];
} end;

static void check(int ret, const char *what)
{
	if (ret) {
		fprintf(stderr, "%s: %s\n", what, mosquitto_strerror(ret));
		exchange_fail("mosquitto");
	}
}

static void on_subscribe(struct mosquitto *client, void *user, int id, int count,
			 const int *granted)
{
	(void)client;
	(void)user;
	(void)id;
	end.subscribed = count == 1 && granted[0] == QOS;
}

static void on_message(struct mosquitto *client, void *user,
		       const struct mosquitto_message *message)
{
	(void)client;
	(void)user;
	if (message->payloadlen != EXCHANGE_BYTES)
		exchange_fail("a message of another size");
	end.size = EXCHANGE_BYTES;
	memcpy(end.data, message->payload, EXCHANGE_BYTES);
}

static void *connect_to(int answers)
{
	struct mosquitto *client;

	mosquitto_lib_init();
	client = mosquitto_new(NULL, true, NULL);
	end.hears = answers ? "there" : "back";
	mosquitto_subscribe_callback_set(client, on_subscribe);
	mosquitto_message_callback_set(client, on_message);
	check(mosquitto_connect(client, end.path, 0, 600), "connect");
	check(mosquitto_subscribe(client, NULL, end.hears, QOS), "subscribe");
	while (!end.subscribed)
		check(mosquitto_loop(client, -1, 1), "loop");
	return client;
}

static void publish(struct mosquitto *client, const char *topic, const char *message)
{
	check(mosquitto_publish(client, NULL, topic, EXCHANGE_BYTES, message, QOS, false), topic);
}

static void hear(struct mosquitto *client)
{
	end.size = 0;
	while (!end.size)
		check(mosquitto_loop(client, -1, 1), "loop");
}

static void answer(void *client)
{
	for (;;) {
		hear(client);
		publish(client, "back", end.data);
	}
}

static size_t ask(void *client, const char *message)
{
	publish(client, "there", message);
	hear(client);
	return end.size;
}

int main(int argc, char **argv)
{
	static const struct exchange mosquitto = { connect_to, answer, ask };

	if (argc != 3) {
		fprintf(stderr, "usage: mosquitto NAME SOCKET\n");
		return 2;
	}
	end.path = argv[2];
	return exchange_run(argv[1], &mosquitto);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A valve with a Modbus TCP controller: holding register 0 is where the valve is
 * to be, input register 0 where it is, both in percent. It moves one percent
 * each 5 ms. Its own view, a line whenever it has arrived, is added to a file.
 *
 * usage: valve-controller ADDRESS PORT FILE
 */
#include <errno.h>
#include <modbus.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS	8
#define STEP_MS	5

struct valve {
	modbus_t *modbus;
	modbus_mapping_t *registers;
	const char *file;
	struct pollfd fds[1 + CLIENTS];	/* the first one listens */
};

static void tell(const struct valve *valve)
{
	FILE *file = fopen(valve->file, "ae");

	if (!file)
		return;
	fprintf(file, "wanted at %u percent, is at %u percent\n",
		valve->registers->tab_registers[0],
		valve->registers->tab_input_registers[0]);
	fclose(file);
}

static void move(struct valve *valve)
{
	uint16_t wanted = valve->registers->tab_registers[0];
	uint16_t *position = &valve->registers->tab_input_registers[0];

	if (*position == wanted)
		return;
	*position += *position < wanted ? 1 : -1;
	if (*position == wanted)
		tell(valve);
}

static void accept_client(struct valve *valve)
{
	int fd = accept4(valve->fds[0].fd, NULL, NULL, SOCK_CLOEXEC), i;

	for (i = 1; fd >= 0 && i <= CLIENTS; i++) {
		if (valve->fds[i].fd >= 0)
			continue;
		valve->fds[i].fd = fd;
		return;
	}
	if (fd >= 0)
		close(fd);
}

static void answer(struct valve *valve, struct pollfd *client)
{
	uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
	int len;

	modbus_set_socket(valve->modbus, client->fd);
	len = modbus_receive(valve->modbus, query);
	if (len > 0)
		len = modbus_reply(valve->modbus, query, len,
				   valve->registers);
	if (len >= 0)
		return;
	close(client->fd);
	client->fd = -1;
}

static void run(struct valve *valve)
{
	int i;

	for (;;) {
		if (poll(valve->fds, 1 + CLIENTS, STEP_MS) < 0 &&
		    errno != EINTR)
			return;
		if (valve->fds[0].revents)
			accept_client(valve);
		for (i = 1; i <= CLIENTS; i++)
			if (valve->fds[i].fd >= 0 && valve->fds[i].revents)
				answer(valve, &valve->fds[i]);
		move(valve);
	}
}

int main(int argc, char **argv)
{
	struct valve valve = { 0 };
	int i;

	if (argc != 4) {
		fprintf(stderr, "usage: valve-controller ADDRESS PORT FILE\n");
		return 2;
	}
	valve.file = argv[3];
	valve.modbus = modbus_new_tcp(argv[1], atoi(argv[2]));
	valve.registers = modbus_mapping_new(0, 0, 1, 1);
	for (i = 0; i <= CLIENTS; i++)
		valve.fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	if (valve.modbus && valve.registers)
		valve.fds[0].fd = modbus_tcp_listen(valve.modbus, CLIENTS);
	if (valve.fds[0].fd < 0) {
		fprintf(stderr, "valve-controller: %s\n",
			modbus_strerror(errno));
		return 1;
	}
	tell(&valve);
	run(&valve);
	return 1;
}

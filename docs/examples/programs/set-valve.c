// SPDX-License-Identifier: GPL-2.0-only
/*
 * Task set-valve, kind serve: a program that stays, with its connection to the
 * valve's controller, and takes one call after the other. The input is the
 * position in percent; the answer comes when the valve has reached it.
 */
#include <errno.h>
#include <modbus.h>
#include <sluice.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMITS	"/data/valve-limits"

struct limits {
	unsigned int min;
	unsigned int max;
};

static int read_limits(struct limits *limits)
{
	FILE *file = fopen(LIMITS, "re");
	char line[80];

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "min %u", &limits->min);
		sscanf(line, "max %u", &limits->max);
	}
	fclose(file);
	return limits->max ? 0 : -1;
}

static int fail(struct sluice_work *work, const char *why)
{
	snprintf(work->message, sizeof(work->message), "%s", why);
	return 1;
}

static int set_valve(struct sluice_work *work, void *user)
{
	modbus_t *valve = user;
	struct limits limits = { 0 };
	char text[16], *end;
	unsigned long percent;
	uint16_t position;

	snprintf(text, sizeof(text), "%.*s", (int)work->input_len,
		 (const char *)work->input);
	percent = strtoul(text, &end, 10);
	if (end == text || (*end && *end != '\n'))
		return fail(work, "the input is no percentage");
	if (read_limits(&limits))
		return fail(work, LIMITS " says no limits");
	if (percent < limits.min || percent > limits.max) {
		snprintf(work->message, sizeof(work->message),
			 "%lu percent is outside of %u to %u", percent,
			 limits.min, limits.max);
		return 1;
	}
	if (modbus_write_register(valve, 0, (uint16_t)percent) < 0)
		return fail(work, modbus_strerror(errno));
	do {
		usleep(10000);
		if (modbus_read_input_registers(valve, 0, 1, &position) < 0)
			return fail(work, modbus_strerror(errno));
	} while (position != percent);
	work->output_len = (size_t)snprintf(work->output, work->output_cap,
					    "valve at %u percent\n", position);
	return 0;
}

int main(void)
{
	int fd = sluice_socket("valve");
	modbus_t *valve;
	int ret;

	if (fd < 0) {
		fprintf(stderr, "the task file gives no socket 'valve'\n");
		return 2;
	}
	/* The address is the agent's business: we got a connection. */
	valve = modbus_new_tcp("127.0.0.1", 502);
	if (!valve)
		return 2;
	modbus_set_socket(valve, fd);
	ret = sluice_serve(set_valve, valve);
	modbus_free(valve);
	return ret ? 1 : 0;
}

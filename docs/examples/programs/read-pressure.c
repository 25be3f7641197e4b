// SPDX-License-Identifier: GPL-2.0-only
/*
 * Task read-pressure, kind exec: one process for each call. Waits for the next
 * frame of the pressure sensor and prints bar.
 */
#include <linux/can.h>
#include <linux/can/raw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PRESSURE_ID	0x181

int main(void)
{
	const struct can_filter filter = { .can_id = PRESSURE_ID,
					   .can_mask = CAN_SFF_MASK };
	const struct timeval patience = { .tv_sec = 2 };
	const char *number = getenv("SLUICE_SOCKET_PRESSURE");
	struct can_frame frame, stale;
	uint32_t pressure;
	int fd;

	if (!number) {
		fprintf(stderr, "the task file gives no socket 'pressure'\n");
		return 2;
	}
	fd = atoi(number);
	setsockopt(fd, SOL_CAN_RAW, CAN_RAW_FILTER, &filter, sizeof(filter));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	/* The socket is older than this call: what it kept is old, too. */
	while (recv(fd, &stale, sizeof(stale), MSG_DONTWAIT) > 0)
		;
	if (read(fd, &frame, sizeof(frame)) != sizeof(frame) ||
	    frame.can_dlc < 4) {
		fprintf(stderr, "the pressure sensor is silent\n");
		return 1;
	}
	pressure = (uint32_t)frame.data[0] << 24 |
		   (uint32_t)frame.data[1] << 16 |
		   (uint32_t)frame.data[2] << 8 | frame.data[3];
	printf("%u.%03u bar\n", pressure / 1000, pressure % 1000);
	return 0;
}

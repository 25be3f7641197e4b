// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CAN node that sends the pressure in millibar, 20 times a second: identifier
 * 0x181, a 32-bit number with the high byte first, and a counter.
 *
 * usage: pressure-sensor INTERFACE
 */
#include <errno.h>
#include <linux/can.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PRESSURE_ID	0x181
#define PERIOD_NS	50000000

int main(int argc, char **argv)
{
	struct sockaddr_can address = { .can_family = AF_CAN };
	struct can_frame frame = { .can_id = PRESSURE_ID, .can_dlc = 5 };
	struct timespec period = { .tv_nsec = PERIOD_NS };
	uint8_t count = 0;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: pressure-sensor INTERFACE\n");
		return 2;
	}
	address.can_ifindex = (int)if_nametoindex(argv[1]);
	fd = socket(AF_CAN, SOCK_RAW | SOCK_CLOEXEC, CAN_RAW);
	if (fd < 0 || !address.can_ifindex ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		fprintf(stderr, "pressure-sensor: %s: %s\n", argv[1],
			strerror(errno));
		return 1;
	}
	for (;; count++) {
		/* around 4 bar, up and down by 0.25 */
		uint32_t pressure = 4000 + (count < 128 ? count : 255 - count) *
				    4 - 256;

		frame.data[0] = (uint8_t)(pressure >> 24);
		frame.data[1] = (uint8_t)(pressure >> 16);
		frame.data[2] = (uint8_t)(pressure >> 8);
		frame.data[3] = (uint8_t)pressure;
		frame.data[4] = count;
		/* Nobody listens, or the queue is full: the next one comes. */
		if (write(fd, &frame, sizeof(frame)) < 0 && errno != ENOBUFS)
			return 1;
		nanosleep(&period, NULL);
	}
}

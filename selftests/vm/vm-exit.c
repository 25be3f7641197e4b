// SPDX-License-Identifier: GPL-2.0-only
/*
 * vm-exit STATUS: ends the virtual machine and has the emulator end with 2 * STATUS + 1, by its isa-debug-exit
 * device. Where there is none (User Mode Linux), just powers off. Cloud kernels lack /dev/port, small ones ioperm().
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/io.h>
#include <sys/reboot.h>
#include <unistd.h>

#define PORT 0xf4

int main(int argc, char **argv)
{
	int status = argc > 1 ? atoi(argv[1]) : 0;
	unsigned char byte = status > 127 ? 127 : status;
	int port;

	sync();
	if (ioperm(PORT, 1, 1) == 0)
		outb(byte, PORT);
	port = open("/dev/port", O_WRONLY | O_CLOEXEC);
	if (port >= 0 && pwrite(port, &byte, 1, PORT) != 1)
		close(port);
	reboot(RB_POWER_OFF);
	return 1;
}

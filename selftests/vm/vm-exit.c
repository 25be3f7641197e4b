// SPDX-License-Identifier: GPL-2.0-only
/*
 * vm-exit STATUS: ends the virtual machine and has the emulator end with 2 * STATUS + 1, by its isa-debug-exit
 * device. Where there is none (User Mode Linux), just powers off. ioperm() rather than /dev/port, which cloud
 * kernels lack.
 */
#include <stdlib.h>
#include <sys/io.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int status = argc > 1 ? atoi(argv[1]) : 0;

	sync();
	if (ioperm(0xf4, 1, 1) == 0)
		outb(status > 127 ? 127 : status, 0xf4);
	reboot(RB_POWER_OFF);
	return 1;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * vm-exit STATUS: ends the virtual machine and has the emulator end with 2 * STATUS + 1: on a PC by its isa-debug-exit
 * device, on arm64 by semihosting. Where there is none (User Mode Linux), just powers off. Cloud kernels lack /dev/port,
 * small ones ioperm().
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <unistd.h>

#ifdef __x86_64__
#include <sys/io.h>

#define PORT 0xf4

static void leave(int status)
{
	unsigned char byte = (unsigned char)status;
	int port;

	if (ioperm(PORT, 1, 1) == 0)
		outb(byte, PORT);
	port = open("/dev/port", O_WRONLY | O_CLOEXEC);
	if (port >= 0 && pwrite(port, &byte, 1, PORT) != 1)
		close(port);
}
#else
#define SYS_EXIT		0x18
#define APPLICATION_EXIT	0x20026

static void leave(int status)
{
	const unsigned long reason[] = { APPLICATION_EXIT, 2 * (unsigned long)status + 1 };
	register unsigned long operation __asm__("x0") = SYS_EXIT;
	register const unsigned long *argument __asm__("x1") = reason;

	__asm__ volatile("hlt #0xf000" : "+r"(operation) : "r"(argument) : "memory");
}
#endif

int main(int argc, char **argv)
{
	int status = argc > 1 ? atoi(argv[1]) : 0;

	sync();
	leave(status > 127 ? 127 : status);
	reboot(RB_POWER_OFF);
	return 1;
}

// SPDX-License-Identifier: GPL-2.0-only
/* hog MEBIBYTES: uses so much memory until it is ended. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	size_t size = argc == 2 ? strtoul(argv[1], NULL, 10) << 20 : 0;

	if (!size || mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
			  0) == MAP_FAILED) {
		perror("hog");
		return 1;
	}
	for (;;)
		pause();
}

// SPDX-License-Identifier: GPL-2.0-only
// build: -D_GNU_SOURCE
/*
 * usage: back KIBIBYTES
 * Uses so much memory until a line comes on stdin, and gives it back: it writes "back" to
 * the trace before it begins to, and ends.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MARKER "/sys/kernel/tracing/instances/bench/trace_marker"

int main(int argc, char **argv)
{
	size_t size = argc == 2 ? strtoul(argv[1], NULL, 10) << 10 : 0;
	int marker = open(MARKER, O_WRONLY | O_CLOEXEC);
	char line[8];
	void *memory;

	memory = size ? mmap(NULL, size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) :
			MAP_FAILED;
	if (memory == MAP_FAILED || marker < 0) {
		perror("back");
		return 1;
	}
	puts("here");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin) || write(marker, "back", 4) != 4)
		return 1;
	return munmap(memory, size) ? 1 : 0;
}

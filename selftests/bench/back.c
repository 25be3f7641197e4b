// SPDX-License-Identifier: GPL-2.0-only
// build: -D_GNU_SOURCE
/*
 * usage: back KIBIBYTES
 * Uses so much memory until a line comes on stdin, and gives it back: it writes "back" to
 * the trace before it begins to, and ends. Huge pages where there are any, so that to begin
 * is nearly to end.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE (2UL << 20)
#define MARKER "/sys/kernel/tracing/instances/bench/trace_marker"

int main(int argc, char **argv)
{
	size_t size = argc == 2 ? strtoul(argv[1], NULL, 10) << 10 : 0;
	int marker = open(MARKER, O_WRONLY | O_CLOEXEC);
	char line[8], *memory;
	size_t at;

	memory = size ? mmap(NULL, size + HUGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : MAP_FAILED;
	if (memory == MAP_FAILED || marker < 0) {
		perror("back");
		return 1;
	}
	memory += HUGE - (uintptr_t)memory % HUGE;
	madvise(memory, size, MADV_HUGEPAGE);
	for (at = 0; at < size; at += 4096)
		memory[at] = 1;
	puts("here");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin) || write(marker, "back", 4) != 4)
		return 1;
	return munmap(memory, size) ? 1 : 0;
}

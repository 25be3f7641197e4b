// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a waiting call takes of memory: charged to the cgroup of its submitter,
 * which is asked before and after. No agent runs, so that all calls wait.
 */
#include "sluice_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CGROUP	"/sys/fs/cgroup/sluice-bench"
#define WARM	2000
#define CALLS	20000
#define INPUT	16

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0) {
		perror(path);
		exit(1);
	}
	close(fd);
}

static uint64_t charged(void)
{
	FILE *file = fopen(CGROUP "/memory.current", "r");
	unsigned long long bytes;

	if (!file || fscanf(file, "%llu", &bytes) != 1) {
		perror("memory.current");
		exit(1);
	}
	fclose(file);
	return bytes;
}

static void submit(int fd, int count)
{
	char input[INPUT] = "";

	while (count--) {
		struct sluice_submit submit = {
			.size = sizeof(submit), .task = "bench",
			.flags = SLUICE_SUBMIT_DETACHED,
			.input = (uintptr_t)input, .input_len = INPUT,
			.priority = SLUICE_PRIORITY_TASK,
		};

		if (ioctl(fd, SLUICE_IOC_SUBMIT, &submit)) {
			perror("submit");
			exit(1);
		}
	}
}

int main(void)
{
	struct st_task task = { .name = "bench", .queue_max = WARM + CALLS };
	uint64_t before;
	int fd;

	mkdir(CGROUP, 0755);
	write_to("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	write_to(CGROUP "/cgroup.procs", "0");
	if (st_task_new(&task))
		return 1;
	fd = st_open();
	/* The first calls pay for pages that the others fill up. */
	submit(fd, WARM);
	before = charged();
	submit(fd, CALLS);
	printf("call-bytes: %llu\n",
	       (unsigned long long)(charged() - before) / CALLS);
	close(fd);
	st_task_del("bench");
	write_to("/sys/fs/cgroup/cgroup.procs", "0");
	rmdir(CGROUP);
	return 0;
}

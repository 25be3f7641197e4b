// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a call costs beyond the work itself: submitted, queued, let through the
 * gate, taken and answered by a worker that is there, and reaped. Beside it the
 * least that any dispatcher outside the kernel needs between the same two
 * processes: the bytes through a pipe, and the answer through another.
 */
#include "sluice_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WARM	50
#define ROUNDS	1000

static void one_call(int fd)
{
	struct sluice_submit submit = { .size = sizeof(submit),
					.task = "bench",
					.input = (uintptr_t)"echo y",
					.input_len = 6,
					.priority = SLUICE_PRIORITY_TASK };
	char output[64];
	struct sluice_reap reap = { .size = sizeof(reap),
				    .output = (uintptr_t)output,
				    .output_cap = sizeof(output) };
	struct sluice_call_args call = { .size = sizeof(call),
					 .submit = (uintptr_t)&submit,
					 .reap = (uintptr_t)&reap };

	if (ioctl(fd, SLUICE_IOC_CALL, &call) ||
	    reap.state != SLUICE_CALL_STATE_DONE) {
		perror("call");
		exit(1);
	}
}

static uint64_t calls(void)
{
	struct st_task task = { .name = "bench", .idle = 3600 * SECOND };
	uint64_t start;
	pid_t agent;
	int fd, i;

	if (st_task_new(&task))
		exit(1);
	agent = st_agent_start();
	fd = st_open();
	for (i = 0; i < WARM; i++)
		one_call(fd);
	start = st_now();
	for (i = 0; i < ROUNDS; i++)
		one_call(fd);
	start = (st_now() - start) / ROUNDS;
	close(fd);
	st_agent_stop(agent);
	st_task_del("bench");
	return start;
}

static void echo(int from, int to)
{
	char text[6];

	while (read(from, text, sizeof(text)) == sizeof(text))
		if (write(to, text, sizeof(text)) != sizeof(text))
			break;
	_exit(0);
}

static uint64_t pipes(void)
{
	int there[2], back[2], i;
	uint64_t start = 0;
	char text[6];
	pid_t child;

	if (pipe(there) || pipe(back))
		exit(1);
	child = fork();
	if (!child) {
		close(there[1]);
		echo(there[0], back[1]);
	}
	close(there[0]);
	for (i = -WARM; i < ROUNDS; i++) {
		if (!i)
			start = st_now();
		if (write(there[1], "echo y", 6) != 6 ||
		    read(back[0], text, sizeof(text)) != sizeof(text))
			exit(1);
	}
	start = (st_now() - start) / ROUNDS;
	close(there[1]);
	waitpid(child, NULL, 0);
	return start;
}

int main(void)
{
	uint64_t call = calls(), pipe = pipes();

	printf("call-roundtrip: %llu\n", (unsigned long long)call);
	printf("pipe-roundtrip: %llu\n", (unsigned long long)pipe);
	printf("call-pipe-ratio: %.2f\n", (double)call / (double)pipe);
	return 0;
}

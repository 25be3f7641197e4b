// SPDX-License-Identifier: GPL-2.0-only
/* The device half of sluice_test.h, and the agent of the test's own. */
#define _GNU_SOURCE
#include "sluice_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define INPUT_MAX	(2 << 20)
#define AGENT_ENVS	256

void st_sleep_ms(unsigned int ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&time, &time) && errno == EINTR)
		;
}

uint64_t st_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

int st_open(void)
{
	int fd = open(SLUICE_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		printf("# %s: %s\n", SLUICE_DEVICE, strerror(errno));
		fflush(stdout);
		_exit(1);
	}
	return fd;
}

/* @submit may be NULL, or hold priority, times and flags, and takes the reply. */
int st_submit(int fd, const char *task, const void *input, uint32_t len,
	      struct sluice_submit *submit)
{
	struct sluice_submit plain = { .priority = SLUICE_PRIORITY_TASK };

	if (!submit)
		submit = &plain;
	submit->size = sizeof(*submit);
	strncpy(submit->task, task, sizeof(submit->task) - 1);
	submit->input = (uintptr_t)input;
	submit->input_len = len;
	return ioctl(fd, SLUICE_IOC_SUBMIT, submit);
}

uint64_t st_submit_ok(int fd, const char *task, const char *input)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK };

	if (st_submit(fd, task, input, strlen(input), &submit)) {
		printf("# submit to %s: %s (refusal %u)\n", task,
		       strerror(errno), submit.refusal);
		fflush(stdout);
		_exit(1);
	}
	return submit.id;
}

int st_reap(int fd, uint64_t id, uint32_t flags, struct sluice_reap *reap,
	    void *output, uint32_t cap)
{
	memset(reap, 0, sizeof(*reap));
	reap->size = sizeof(*reap);
	reap->flags = flags;
	reap->id = id;
	reap->output = (uintptr_t)output;
	reap->output_cap = cap;
	return ioctl(fd, SLUICE_IOC_REAP, reap);
}

int st_cancel(int fd, uint64_t id)
{
	struct sluice_cancel cancel = { .size = sizeof(cancel), .id = id };

	return ioctl(fd, SLUICE_IOC_CANCEL, &cancel);
}

int st_attach(int fd, uint32_t env, int cgroup, pid_t pid)
{
	struct sluice_attach attach = {
		.size = sizeof(attach), .env = env, .cgroup_fd = cgroup,
		.pid = pid,
	};

	return ioctl(fd, SLUICE_IOC_ATTACH, &attach);
}

/*
 * Workers
 */

static void spin_ms(unsigned int ms)
{
	uint64_t end = st_now() + ms * MS;

	while (st_now() < end)
		;
}

/* Do what the input says, and fill in the answer. */
static void work(struct sluice_next *next, const char *input)
{
	int number = 0;

	next->reason = SLUICE_REASON_ANSWERED;
	next->status = 0;
	next->output = (uintptr_t)input;
	next->output_len = next->input_len;
	next->message[0] = '\0';
	if (sscanf(input, "sleep %d", &number) == 1) {
		st_sleep_ms(number);
	} else if (sscanf(input, "spin %d", &number) == 1) {
		spin_ms(number);
	} else if (sscanf(input, "exit %d", &number) == 1) {
		next->reason = SLUICE_REASON_EXITED;
		next->status = number;
		snprintf(next->message, sizeof(next->message), "exit %d",
			 number);
	} else if (!strncmp(input, "echo ", 5)) {
		next->output = (uintptr_t)(input + 5);
		next->output_len -= 5;
	} else if (!strcmp(input, "die")) {
		_exit(1);
	} else if (!strcmp(input, "linger")) {
		for (;;)
			pause();
	}
}

static void worker(uint32_t env)
{
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE };
	char *input = calloc(1, INPUT_MAX + 1);
	int fd;

	/* The kernel knows the agent by its socket: it ends with the agent. */
	st_forget();
	fd = st_open();

	if (!input || st_attach(fd, env, -1, getpid()))
		_exit(2);
	for (;;) {
		next.input = (uintptr_t)input;
		next.input_cap = INPUT_MAX;
		if (ioctl(fd, SLUICE_IOC_NEXT, &next)) {
			if (errno == EINTR || errno == EMSGSIZE)
				continue;
			_exit(errno == ESHUTDOWN ? 0 : 3);
		}
		input[next.input_len] = '\0';
		work(&next, input);
		next.flags = SLUICE_NEXT_ANSWER | SLUICE_NEXT_TAKE;
	}
}

/*
 * The agent
 */

static uint32_t provisioned;

static void provision(struct nlattr **a, void *arg)
{
	uint32_t id = nla_get_u32(a[SLUICE_A_ENV_ID]);
	uint32_t *wanted = arg;

	if (nla_get_u32(a[SLUICE_A_ENV_STATE]) == SLUICE_ENV_STATE_WANTED &&
	    !a[SLUICE_A_ENV_PID] && id > provisioned)
		wanted[++wanted[0]] = id;
}

static void agent(int ready)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_AGENT_SET, 0);
	uint32_t wanted[AGENT_ENVS + 1];
	int ret;

	nla_put_u32(msg, SLUICE_A_AGENT_PID, getpid());
	ret = st_send(msg);
	if (write(ready, &ret, sizeof(ret)) != sizeof(ret) || ret)
		_exit(1);
	close(ready);
	for (;;) {
		uint32_t i;

		wanted[0] = 0;
		st_get(st_begin(SLUICE_CMD_ENV_GET, NLM_F_DUMP),
		       SLUICE_A_ENV_MAX, provision, wanted);
		for (i = 1; i <= wanted[0]; i++) {
			if (!fork())
				worker(wanted[i]);
			provisioned = wanted[i];
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		st_sleep_ms(2);
	}
}

pid_t st_agent_start(void)
{
	int ready[2], ret = -EPIPE;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC))
		_exit(1);
	fflush(stdout);
	pid = fork();
	if (!pid)
		agent(ready[1]);
	close(ready[1]);
	if (read(ready[0], &ret, sizeof(ret)) != sizeof(ret) || ret) {
		printf("# no agent: %s (%s)\n", strerror(-ret), st_extack);
		fflush(stdout);
		_exit(1);
	}
	close(ready[0]);
	return pid;
}

/* Its workers stay, as those of a real agent do. */
void st_agent_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void retire(struct nlattr **a, void *arg)
{
	uint32_t *ids = arg;

	if (ids[0] < AGENT_ENVS)
		ids[++ids[0]] = nla_get_u32(a[SLUICE_A_ENV_ID]);
}

/* All environments end first. */
void st_agent_stop(pid_t pid)
{
	uint32_t ids[AGENT_ENVS + 1] = { 0 }, i;

	st_get(st_begin(SLUICE_CMD_ENV_GET, NLM_F_DUMP), SLUICE_A_ENV_MAX,
	       retire, ids);
	for (i = 1; i <= ids[0]; i++) {
		struct nl_msg *msg = st_begin(SLUICE_CMD_ENV_DEL, 0);

		nla_put_u32(msg, SLUICE_A_ENV_ID, ids[i]);
		st_send(msg);
	}
	st_until_no_envs();
	st_agent_kill(pid);
}

/*
 * The module
 */

bool st_module_loaded(void)
{
	return !access("/sys/module/sluice/refcnt", F_OK);
}

/* 0 or a negative errno. */
int st_module_unload(void)
{
	return syscall(SYS_delete_module, "sluice", O_NONBLOCK) ? -errno : 0;
}

int st_module_load(const char *params)
{
	char command[256];

	snprintf(command, sizeof(command), "modprobe sluice %s", params);
	return system(command) ? -EIO : 0;
}

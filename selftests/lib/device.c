// SPDX-License-Identifier: GPL-2.0-only
/* The device half of sluice_test.h, and the agent of the test's own. */
#define _GNU_SOURCE
#include "sluice_test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
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

#define LOOKS_IN_SILENCE	1000

void st_look_again(unsigned int *looks, const char *what)
{
	if (++*looks % LOOKS_IN_SILENCE == 0) {
		printf("# waiting for: %s\n", what);
		fflush(stdout);
	}
	st_sleep_ms(10);
}

static uint64_t clock_of(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

uint64_t st_now(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

uint64_t st_boot_time(void)
{
	return clock_of(CLOCK_BOOTTIME);
}

static void interrupted(int number)
{
	(void)number;
}

void st_interrupt(bool on)
{
	struct sigaction action = { .sa_handler = interrupted };
	struct itimerval timer = { 0 };

	if (on)
		timer.it_interval.tv_usec = timer.it_value.tv_usec = 100000;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
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

uint64_t st_plug(int fd, const char *task)
{
	uint64_t id = st_submit_ok(fd, task, "linger");

	st_call_until(id, SLUICE_CALL_STATE_RUNNING);
	return id;
}

static void must(bool good, const char *what, uint64_t id)
{
	if (good)
		return;
	printf("# call %llu: %s\n", (unsigned long long)id, what);
	fflush(stdout);
	_exit(1);
}

struct sluice_reap st_reap_as(int fd, uint64_t id, uint32_t state,
			      uint32_t reason)
{
	static char output[65536];
	struct sluice_reap reap;
	char what[80];
	int ret;

	ret = st_reap(fd, id, 0, &reap, output, sizeof(output));
	must(!ret, ret ? strerror(errno) : "", id);
	snprintf(what, sizeof(what),
		 "has state %u reason %u, expected state %u reason %u",
		 reap.state, reap.reason, state, reason);
	must(reap.state == state && reap.reason == reason, what, id);
	return reap;
}

struct sluice_reap st_reap_done(int fd, uint64_t id)
{
	return st_reap_as(fd, id, SLUICE_CALL_STATE_DONE,
			  SLUICE_REASON_ANSWERED);
}

void st_reap_in_order(int fd, const uint64_t *ids, unsigned int count)
{
	uint64_t start, last = 0;
	struct st_call call;
	unsigned int i;

	for (i = 0; i < count; i++) {
		st_reap_done(fd, ids[i]);
		must(!st_call_get(ids[i], &call), "is forgotten", ids[i]);
		start = call.submitted + call.wait;
		must(start > last, "began before the one that goes first",
		     ids[i]);
		last = start;
	}
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

static void worker_fails(const char *what)
{
	printf("# worker: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(2);
}

/* What a call that waits reads: a byte for each that may go on. */
static int go[2] = { -1, -1 };

static void go_begin(void)
{
	if (go[0] < 0 && pipe2(go, O_CLOEXEC))
		_exit(1);
}

void st_go(unsigned int calls)
{
	while (calls--)
		if (write(go[1], "", 1) != 1)
			_exit(1);
}

static void wait_for_go(void)
{
	char byte;

	while (read(go[0], &byte, 1) < 0)
		if (errno != EINTR)
			worker_fails("cannot wait");
}

static void fail(struct sluice_next *next, int status)
{
	next->reason = SLUICE_REASON_EXITED;
	next->status = status;
	snprintf(next->message, sizeof(next->message), "exit %d", status);
}

static void hold_memory(unsigned int mib)
{
	static unsigned int held;
	char *more;

	if (mib <= held)
		return;
	more = malloc((mib - held) * MIB);
	if (!more)
		worker_fails("no memory");
	memset(more, 1, (mib - held) * MIB);
	held = mib;
}

/* Do what the input says, and fill in the answer. */
static void work(struct sluice_next *next, const char *input)
{
	static uint8_t trace_id[SLUICE_TRACE_ID_LEN];
	static char many[65536];
	int number = 0, ms = 0;

	next->reason = SLUICE_REASON_ANSWERED;
	next->status = 0;
	next->output = (uintptr_t)input;
	next->output_len = next->input_len;
	next->message[0] = '\0';
	next->log_len = 0;
	if (!strncmp(input, "wait", 4)) {
		wait_for_go();
		input += input[4] ? 5 : 4;
	}
	if (sscanf(input, "sleep %d", &number) == 1) {
		st_sleep_ms(number);
	} else if (sscanf(input, "spin %d", &number) == 1) {
		spin_ms(number);
	} else if (sscanf(input, "hold %d %d", &number, &ms) == 2) {
		hold_memory(number);
		st_sleep_ms(ms);
	} else if (sscanf(input, "exit %d", &number) == 1) {
		fail(next, number);
	} else if (sscanf(input, "fail %d", &number) == 1) {
		st_sleep_ms(number);
		fail(next, 1);
	} else if (sscanf(input, "flaky %d", &number) == 1) {
		if (next->attempts < (uint32_t)number)
			fail(next, 1);
	} else if (sscanf(input, "mortal %d", &number) == 1) {
		if (next->attempts < (uint32_t)number)
			_exit(1);
	} else if (!strncmp(input, "echo ", 5)) {
		next->output = (uintptr_t)(input + 5);
		next->output_len -= 5;
	} else if (sscanf(input, "long %d", &number) == 1) {
		next->output = (uintptr_t)many;
		next->output_len = (uint32_t)number < sizeof(many) ?
				   (uint32_t)number : sizeof(many);
	} else if (!strcmp(input, "die")) {
		_exit(1);
	} else if (!strcmp(input, "linger")) {
		for (;;)
			pause();
	} else if (!strcmp(input, "trace")) {
		memcpy(trace_id, next->trace_id, sizeof(trace_id));
		next->output = (uintptr_t)trace_id;
		next->output_len = sizeof(trace_id);
	} else if (!strcmp(input, "words")) {
		next->output = (uintptr_t)(input + next->input_len + 1);
		next->output_len = next->words_len;
	} else if (!strncmp(input, "log ", 4)) {
		next->log = (uintptr_t)(input + 4);
		next->log_len = next->input_len - 4;
		next->output_len = 0;
	}
}

#define CGROUPS	"/sys/fs/cgroup/sluice-test"

/* Enter a cgroup for this environment alone; its open directory. */
static int own_cgroup(uint32_t env)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), CGROUPS "/%u/cgroup.procs", env);
	*strrchr(path, '/') = '\0';
	mkdir(path, 0755);
	path[strlen(path)] = '/';
	file = fopen(path, "w");
	if (!file || fprintf(file, "%d", getpid()) < 1 || fclose(file))
		worker_fails(path);
	*strrchr(path, '/') = '\0';
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void worker(uint32_t env, bool cgroups)
{
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE };
	int cgroup = cgroups ? own_cgroup(env) : -1, fd;
	char *input = calloc(1, INPUT_MAX + 1);

	/* The kernel knows the agent by its socket: it ends with the agent. */
	st_forget();
	fd = st_open();

	if (!input)
		worker_fails("no memory");
	/* It may have been retired meanwhile. */
	if (st_attach(fd, env, cgroup, getpid())) {
		if (errno == ENOENT || errno == ESTALE)
			_exit(0);
		worker_fails("cannot attach");
	}
	for (;;) {
		next.input = (uintptr_t)input;
		next.input_cap = INPUT_MAX;
		if (ioctl(fd, SLUICE_IOC_NEXT, &next)) {
			if (errno == EINTR || errno == EMSGSIZE)
				continue;
			if (errno == ESHUTDOWN)
				_exit(0);
			worker_fails("no next call");
		}
		memmove(input + next.input_len + 1, input + next.input_len,
			next.words_len);
		input[next.input_len] = '\0';
		work(&next, input);
		next.flags = SLUICE_NEXT_ANSWER | SLUICE_NEXT_TAKE;
	}
}

/*
 * The agent
 */

/*
 * The last ones of which a worker was begun, each in its place. Numbers that are kept for a
 * task come after larger ones.
 */
static uint32_t provisioned[4096];

static uint32_t *place_of(uint32_t id)
{
	return &provisioned[id % (sizeof(provisioned) / sizeof(*provisioned))];
}

/* What is to be made, and what is to end and was never made: nothing is there of it. */
struct provision {
	uint32_t wanted, over, ids[AGENT_ENVS], ends[AGENT_ENVS];
};

static void provision(struct nlattr **a, void *arg)
{
	uint32_t id = nla_get_u32(a[SLUICE_A_ENV_ID]);
	uint32_t state = nla_get_u32(a[SLUICE_A_ENV_STATE]);
	struct provision *all = arg;

	if (a[SLUICE_A_ENV_PID])
		return;
	if (state == SLUICE_ENV_STATE_WANTED && *place_of(id) != id)
		all->ids[all->wanted++] = id;
	if (state == SLUICE_ENV_STATE_RETIRING)
		all->ends[all->over++] = id;
}

/* Until something happens that an agent has to do with, or for a while. */
static void agent_wait(struct nl_sock *ears)
{
	struct pollfd poller = { .fd = nl_socket_get_fd(ears),
				 .events = POLLIN };
	char buffer[8192];

	if (poll(&poller, 1, 50) < 1)
		return;
	while (recv(poller.fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
		;
}

static void agent(int ready, bool cgroups)
{
	struct nl_sock *ears = st_listen_as_agent();
	struct nl_msg *msg = st_begin(SLUICE_CMD_AGENT_SET, 0);
	struct provision all;
	int ret;

	nla_put_u32(msg, SLUICE_A_AGENT_PID, getpid());
	ret = st_send(msg);
	if (write(ready, &ret, sizeof(ret)) != sizeof(ret) || ret)
		_exit(1);
	close(ready);
	for (;;) {
		uint32_t i;

		all.wanted = 0;
		all.over = 0;
		st_get(st_begin(SLUICE_CMD_ENV_GET, NLM_F_DUMP),
		       SLUICE_A_ENV_MAX, provision, &all);
		for (i = 0; i < all.over; i++)
			st_env_failed(all.ends[i], "", false);
		for (i = 0; i < all.wanted; i++) {
			if (!fork())
				worker(all.ids[i], cgroups);
			*place_of(all.ids[i]) = all.ids[i];
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		agent_wait(ears);
	}
}

static void end_now(int sig)
{
	_exit(128 + sig);
}

static pid_t agent_start(bool cgroups)
{
	int ready[2], ret = -EPIPE;
	pid_t pid;

	go_begin();
	if (pipe2(ready, O_CLOEXEC))
		_exit(1);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		signal(SIGTERM, end_now);
		agent(ready[1], cgroups);
	}
	close(ready[1]);
	if (read(ready[0], &ret, sizeof(ret)) != sizeof(ret) || ret) {
		printf("# no agent: %s (%s)\n", strerror(-ret), st_extack);
		fflush(stdout);
		_exit(1);
	}
	close(ready[0]);
	return pid;
}

pid_t st_agent_start(void)
{
	return agent_start(false);
}

bool st_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	bool good = file && fputs(text, file) >= 0;

	return file && !fclose(file) && good;
}

/* 0: this kernel does not measure memory. */
pid_t st_agent_start_cgroups(void)
{
	mkdir(CGROUPS, 0755);
	if (!st_write(CGROUPS "/cgroup.subtree_control", "+memory"))
		return 0;
	return agent_start(true);
}

/*
 * Its workers stay, as those of a real agent do. In User Mode Linux 6.12 the kernel
 * falls over a process that is killed while it forks: its flush_tlb_mm() takes the
 * mark at the end of a copy that was broken off (XA_ZERO_ENTRY) for a mapping. A
 * signal with a handler does not break it off, and for the module it is the same.
 */
void st_agent_kill(pid_t pid)
{
	kill(pid, getenv("SLUICE_TEST_UML") ? SIGTERM : SIGKILL);
	waitpid(pid, NULL, 0);
}

/* All environments end first, also those that what waits asks for meanwhile. */
void st_agent_stop(pid_t pid)
{
	unsigned int looks = 0;

	while (st_env_del_all())
		st_look_again(&looks, "environments to end");
	st_agent_kill(pid);
}

/*
 * The module
 */

void st_limit_set(const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/sluice/parameters/%s", name);
	if (st_write(path, value))
		return;
	printf("# %s: %s\n", path, strerror(errno));
	fflush(stdout);
	_exit(1);
}

bool st_slow(void)
{
	return getenv("SLUICE_TEST_UML") ||
	       !access("/sys/kernel/debug/kmemleak", F_OK);
}

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

#define CLEAN_LOOKS	3000

/*
 * After a subtest that failed, whose processes are gone: tasks and what waits would
 * hold the module; budgets, limits and counters go with it.
 */
void ktap_clean(void)
{
	unsigned int looks = 0;

	/* An instance whose events are on would hold it, too. */
	(void)!system("rmdir /sys/kernel/tracing/instances/sluice-* 2>/dev/null");
	while (st_module_loaded()) {
		st_task_del_all();
		st_env_del_all();
		st_forget();
		if (!st_module_unload())
			break;
		if (looks == CLEAN_LOOKS) {
			printf("# what it left cannot be cleaned away\n");
			return;
		}
		st_look_again(&looks, "the module to be unused");
	}
	if (st_module_load(""))
		printf("# the module does not load\n");
}

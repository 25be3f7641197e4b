// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who asks, pays: what a call holds is charged to its submitter's memory cgroup, as
 * long as it is held; and who has no memory for an answer fails alone.
 */
#include "ktap.h"
#include "sluice_test.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define CGROUP	"/sys/fs/cgroup/sluice-charge"
#define INPUT	(64 * 1024)
#define CALLS	64

static bool write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

/* A number of one of its files, the one behind @key where it has several. */
static uint64_t number(const char *path, const char *key)
{
	unsigned long long value = 0;
	char word[64] = "";
	FILE *file = fopen(path, "r");

	CHECK(file);
	if (key)
		while (fscanf(file, "%63s %llu", word, &value) == 2 && strcmp(word, key))
			;
	else
		CHECK_EQ(fscanf(file, "%llu", &value), 1);
	fclose(file);
	return value;
}

static uint64_t charged(void)
{
	return number(CGROUP "/memory.current", NULL);
}

/* This process, the submitter, in a cgroup of its own; its agent is outside. */
static void enter_cgroup(const char *max)
{
	char pid[16];

	if (!write_to("/sys/fs/cgroup/cgroup.subtree_control", "+memory") ||
	    (mkdir(CGROUP, 0755) && errno != EEXIST) ||
	    access(CGROUP "/memory.max", W_OK))
		ktap_skip("this kernel has no memory controller");
	CHECK(write_to(CGROUP "/memory.max", max));
	write_to(CGROUP "/memory.swap.max", "0");
	sprintf(pid, "%d", getpid());
	CHECK(write_to(CGROUP "/cgroup.procs", pid));
}

/* What it has stays charged there. */
static void leave_cgroup(void)
{
	char pid[16];

	sprintf(pid, "%d", getpid());
	CHECK(write_to("/sys/fs/cgroup/cgroup.procs", pid));
}

static pid_t begin(void)
{
	struct st_task task = { .name = "charge", .input_max = INPUT + 8,
				.output_max = INPUT, .queue_max = 1000,
				.queue_bytes = 64 * MIB, .envs_max = 1,
				.quarantine_after = 1, .retries = 3 };

	CHECK_EQ(st_task_new(&task), 0);
	return st_agent_start();
}

static void end(pid_t agent)
{
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("charge"), 0);
	leave_cgroup();
	UNTIL(!rmdir(CGROUP));
}

/* @what is done with the rest of a long input. */
static uint64_t submit(int fd, const char *what)
{
	static char input[INPUT];
	struct sluice_submit args = { .priority = -1 };

	memset(input, 'x', sizeof(input));
	memcpy(input, what, strlen(what) + 1);
	CHECK_EQ(st_submit(fd, "charge", input, sizeof(input), &args), 0);
	return args.id;
}

/* What became of it; nobody reaps it for that. */
static struct st_call end_of(uint64_t id)
{
	struct st_call call;

	do {
		CHECK_EQ(st_call_get(id, &call), 0);
	} while (call.state < SLUICE_CALL_STATE_DONE);
	return call;
}

TEST(an_input_while_it_may_be_needed)
{
	uint64_t ids[CALLS], before, full;
	char output[SLUICE_TRACE_ID_LEN];
	struct sluice_reap reap;
	pid_t agent;
	int fd, i;

	agent = begin();
	enter_cgroup("max");
	fd = st_open();
	CHECK_EQ(st_task_mode("charge", SLUICE_MODE_PAUSE), 0);
	before = charged();
	for (i = 0; i < CALLS; i++)
		ids[i] = submit(fd, "trace");
	full = charged();
	printf("# %d calls of %d bytes: %llu bytes charged\n", CALLS, INPUT,
	       (unsigned long long)(full - before));
	CHECK(full - before >= CALLS * INPUT);
	CHECK_EQ(st_task_mode("charge", SLUICE_MODE_RUN), 0);
	for (i = 0; i < CALLS; i++)
		end_of(ids[i]);
	/* Nobody has reaped them, and most of it is back. */
	UNTIL(charged() < before + CALLS * INPUT / 2);
	for (i = 0; i < CALLS; i++)
		CHECK_EQ(st_reap(fd, ids[i], 0, &reap, output, sizeof(output)),
			 0);
	end(agent);
}

TEST(an_answer_until_it_is_reaped)
{
	uint64_t ids[CALLS], before, full;
	static char output[INPUT];
	struct sluice_reap reap;
	pid_t agent;
	int fd, i;

	agent = begin();
	enter_cgroup("max");
	fd = st_open();
	st_limit_set("history", "0");
	before = charged();
	for (i = 0; i < CALLS; i++) {
		ids[i] = submit(fd, "y");
		CHECK_EQ(end_of(ids[i]).state, SLUICE_CALL_STATE_DONE);
	}
	full = charged();
	printf("# %d answers of %d bytes: %llu bytes charged\n", CALLS, INPUT,
	       (unsigned long long)(full - before));
	CHECK(full - before >= CALLS * INPUT);
	for (i = 0; i < CALLS; i++)
		CHECK_EQ(st_reap(fd, ids[i], 0, &reap, output, INPUT), 0);
	UNTIL(charged() < before + CALLS * INPUT / 2);
	st_limit_set("history", "256");
	end(agent);
}

/* Nearly all that its cgroup may have. */
static void fill(uint64_t leave)
{
	uint64_t max = number(CGROUP "/memory.max", NULL);

	while (charged() + leave < max)
		CHECK(mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE |
			   MAP_ANONYMOUS | MAP_POPULATE, -1, 0) != MAP_FAILED);
}

TEST(no_memory_for_an_answer)
{
	struct st_task_state state;
	static char output[INPUT];
	struct sluice_reap reap;
	struct st_call call;
	uint64_t ids[CALLS];
	int fd, i, failed = 0;
	pid_t agent;

	agent = begin();
	enter_cgroup("33554432");
	fd = st_open();
	CHECK_EQ(st_task_mode("charge", SLUICE_MODE_PAUSE), 0);
	for (i = 0; i < CALLS; i++)
		ids[i] = st_submit_ok(fd, "charge", "long 65536");
	fill(1 * MIB);
	/* Who looks on needs memory, too. */
	leave_cgroup();
	CHECK_EQ(st_task_mode("charge", SLUICE_MODE_RUN), 0);
	for (i = 0; i < CALLS; i++) {
		call = end_of(ids[i]);
		if (call.state == SLUICE_CALL_STATE_DONE)
			continue;
		CHECK_EQ(call.state, SLUICE_CALL_STATE_FAILED);
		CHECK_EQ(call.reason, SLUICE_REASON_SUBMITTER_MEMORY);
		failed++;
	}
	printf("# %d of %d calls had no room for their answer\n", failed, CALLS);
	CHECK(failed > CALLS / 4 && failed < CALLS);
	/* Nobody was killed for it, and its worker still serves. */
	CHECK_EQ(number(CGROUP "/memory.events", "oom_kill"), 0);
	CHECK_EQ(st_task_get("charge", &state), 0);
	CHECK_EQ(state.failures, 0);
	CHECK_EQ(state.retried, 0);
	CHECK_EQ(st_count_envs("charge", -1), 1);
	for (i = 0; i < CALLS; i++)
		CHECK_EQ(st_reap(fd, ids[i], 0, &reap, output, INPUT), 0);
	st_reap_done(fd, st_submit_ok(fd, "charge", "x"));
	end(agent);
}

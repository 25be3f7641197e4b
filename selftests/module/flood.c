// SPDX-License-Identifier: GPL-2.0-only
// timeout: 1200
/*
 * Tens of thousands of calls from eight processes to tasks of every class, many at
 * the same time, some failing, cancelled or superseded: each ends in exactly one
 * final state, which its submitter sees, and nothing is left of any.
 */
#define KTAP_SECONDS	600
#include "ktap.h"
#include "sluice_test.h"

#include <sys/stat.h>

#define SUBMITTERS	8
#define TASKS		4
#define CGROUP		"/sys/fs/cgroup/sluice-flood"
/* What a call that answers at once surely ends in. */
#define MINUTE		(60 * SECOND)

static const char * const names[TASKS] = {
	"flood-deadline", "flood-priority", "flood-fair", "flood-batch",
};

/* What a call may end as. */
struct expected {
	bool fails, cancelled, keyed, seen;
};

static bool as_expected(const struct expected *call, uint32_t state)
{
	if (call->cancelled)
		return state == SLUICE_CALL_STATE_CANCELLED;
	if (call->keyed && state == SLUICE_CALL_STATE_SUPERSEDED)
		return true;
	return state == (call->fails ? SLUICE_CALL_STATE_FAILED :
			 SLUICE_CALL_STATE_DONE);
}

static void submit_all(int fd, unsigned int number, uint64_t *ids,
		       struct expected *calls, unsigned int count)
{
	struct sluice_submit submit;
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct expected *call = &calls[i];

		call->fails = i % 8 == 3;
		call->keyed = i % 16 == 5;
		submit = (struct sluice_submit){
			.priority = (int)(i % 101) - 1,
		};
		if (call->keyed)
			sprintf(submit.key, "%u", i % 5);
		if (st_submit(fd, names[(i / 7 + number) % TASKS],
			      call->fails ? "exit 1" : "x",
			      call->fails ? 6 : 1, &submit))
			ktap_fail("call %u: %s, refusal %u", i,
				  strerror(errno), submit.refusal);
		ids[i] = submit.id;
		CHECK(!i || ids[i] > ids[i - 1]);
		/* One from a while ago, which may have begun, or ended. */
		if (i % 10 == 9)
			calls[i * 2 / 3].cancelled |=
				!st_cancel(fd, ids[i * 2 / 3]);
	}
}

static unsigned int find(const uint64_t *ids, unsigned int count, uint64_t id)
{
	unsigned int low = 0, high = count;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	CHECK(low < count && ids[low] == id);
	return low;
}

static void enter_cgroup(void)
{
	FILE *file = fopen(CGROUP "/cgroup.procs", "w");

	if (file) {
		fprintf(file, "%d", getpid());
		fclose(file);
	}
}

static void submitter(unsigned int number, unsigned int count)
{
	struct expected *calls = calloc(count, sizeof(*calls));
	uint64_t *ids = calloc(count, sizeof(*ids));
	struct sluice_reap reap;
	unsigned int i, at;
	char output[8];
	int fd;

	enter_cgroup();
	fd = st_open();
	CHECK(calls && ids);
	submit_all(fd, number, ids, calls, count);
	for (i = 0; i < count; i++) {
		CHECK_EQ(st_reap(fd, 0, 0, &reap, output, sizeof(output)), 0);
		at = find(ids, count, reap.id);
		CHECK(!calls[at].seen);
		calls[at].seen = true;
		if (!as_expected(&calls[at], reap.state))
			ktap_fail("call %u (fails %d, cancelled %d, keyed %d) ended in state %u",
				  at, calls[at].fails, calls[at].cancelled,
				  calls[at].keyed, reap.state);
	}
	CHECK_ERRNO(st_reap(fd, 0, 0, &reap, NULL, 0), ENODATA);
	_exit(0);
}

static uint64_t ended(void)
{
	return st_counter("call_done") + st_counter("call_failed") +
	       st_counter("call_cancelled") + st_counter("call_superseded");
}

static void flood(unsigned int total)
{
	uint64_t submitted = st_counter("call_submitted"), before = ended();
	struct st_stats stats;
	pid_t children[SUBMITTERS];
	unsigned int i;
	int status;

	fflush(stdout);
	for (i = 0; i < SUBMITTERS; i++) {
		children[i] = fork();
		if (!children[i])
			submitter(i, total / SUBMITTERS);
	}
	for (i = 0; i < SUBMITTERS; i++) {
		CHECK_EQ(waitpid(children[i], &status, 0), children[i]);
		CHECK_EQ(status, 0);
	}
	CHECK_EQ(st_counter("call_submitted") - submitted, total);
	CHECK_EQ(ended() - before, total);
	CHECK_EQ(st_counter("call_timed_out"), 0);
	st_stats(&stats);
	CHECK_EQ(stats.waiting, 0);
	CHECK_EQ(stats.bytes, 0);
	CHECK_EQ(stats.running, 0);
}

/* The number behind a word in a file; 0 where there is none. */
static uint64_t number_in(const char *path, const char *word)
{
	unsigned long long number = 0;
	FILE *file = fopen(path, "r");
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, word, strlen(word)) &&
		    sscanf(line + strlen(word), "%llu", &number) == 1)
			break;
	if (file)
		fclose(file);
	return number;
}

/* Slab memory of the kernel that submitters are charged for; 0: not known. */
static uint64_t charged(void)
{
	return number_in(CGROUP "/memory.stat", "slab_unreclaimable ");
}

/* Slab memory of the whole kernel. */
static uint64_t slabs(void)
{
	return number_in("/proc/meminfo", "SUnreclaim:") << 10;
}

static uint64_t above(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

#define CALLS	48000

/* SLUICE_FLOOD says how many, where one has the time. */
static unsigned int calls_to_make(void)
{
	const char *wanted = getenv("SLUICE_FLOOD");

	if (wanted)
		return (unsigned int)strtoul(wanted, NULL, 10);
	return st_slow() ? 4000 : CALLS;
}

TEST(every_call_ends_once_and_leaves_nothing)
{
	unsigned int total = calls_to_make(), i;
	uint64_t charge, slab, since;
	pid_t agent;

	if (total < CALLS)
		printf("# %u calls only: this kernel is slow\n", total);
	mkdir(CGROUP, 0755);
	for (i = 0; i < TASKS; i++) {
		struct st_task task = {
			.name = names[i], .class = strchr(names[i], '-') + 1,
			.envs_max = 2, .queue_max = total,
			.queue_bytes = 64 * MIB,
			.runtime = MINUTE, .deadline = 60000 * LONG,
			.quarantine_after = ST_ZERO,
		};

		CHECK_EQ(st_task_new(&task), 0);
	}
	agent = st_agent_start();
	/* The history fills, caches are made, what is warm is warm. */
	flood(total / 50);
	charge = charged();
	slab = slabs();
	since = st_now();
	flood(total);
	printf("# %u calls in %llu ms\n", total,
	       (unsigned long long)((st_now() - since) / MS));
	/*
	 * What RCU frees takes a moment; a hundredth of the calls would show. KASAN
	 * keeps what is freed for a while, charged: there kmemleak looks.
	 */
	if (charge && !st_slow())
		UNTIL(above(charged(), charge) <
		      total / 100 * sizeof(struct sluice_submit));
	/*
	 * And what nobody is charged for, which is answers: all of them would show.
	 * Others use slabs, too, and the kernel keeps empty ones.
	 */
	if (!st_slow())
		UNTIL(above(slabs(), slab) < total * 160ULL);
	printf("# slab: %llu kB charged to submitters, +%llu kB; +%llu kB in all\n",
	       (unsigned long long)charge >> 10,
	       (unsigned long long)above(charged(), charge) >> 10,
	       (unsigned long long)above(slabs(), slab) >> 10);
	for (i = 0; i < TASKS; i++) {
		struct st_task_state state;

		CHECK_EQ(st_task_get(names[i], &state), 0);
		CHECK_EQ(state.queued, 0);
		CHECK_EQ(state.bytes, 0);
		CHECK_EQ(state.running, 0);
		CHECK_EQ(state.ended, state.submitted);
		CHECK_EQ(st_task_del(names[i]), 0);
	}
	st_agent_stop(agent);
	rmdir(CGROUP);
}

#define STEADY	8000

/* Runs in the cgroup that is charged: many calls with much time, soon done. */
static void steady_stream(void)
{
	struct sluice_submit submit;
	struct sluice_reap reap;
	char output[8];
	unsigned int i;
	int fd;

	enter_cgroup();
	fd = st_open();
	for (i = 0; i < STEADY; i++) {
		submit = (struct sluice_submit){
			.priority = SLUICE_PRIORITY_TASK
		};
		CHECK_EQ(st_submit(fd, "steady", "x", 1, &submit), 0);
	}
	for (i = 0; i < STEADY; i++)
		CHECK_EQ(st_reap(fd, 0, 0, &reap, output, sizeof(output)), 0);
	_exit(0);
}

/* What was kept of calls that ended before their deadline goes with the last. */
TEST(deadlines_leave_nothing)
{
	struct st_task task = { .name = "steady", .class = "deadline",
				.queue_max = STEADY, .runtime = MINUTE,
				.deadline = 60000 * LONG, .envs_max = 2 };
	uint64_t charge = 0, keeper;
	int fd = st_open(), round, status;
	pid_t agent, child;

	mkdir(CGROUP, 0755);
	if (st_slow() || access(CGROUP "/memory.stat", F_OK))
		ktap_skip("memory is not measured here, or this kernel is slow");
	CHECK_EQ(st_task_new(&task), 0);
	task.name = "keeper";
	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_task_mode("keeper", SLUICE_MODE_PAUSE), 0);
	agent = st_agent_start();
	for (round = 0; round < 3; round++) {
		keeper = st_submit_ok(fd, "keeper", "x");
		fflush(stdout);
		child = fork();
		if (!child)
			steady_stream();
		CHECK_EQ(waitpid(child, &status, 0), child);
		CHECK_EQ(status, 0);
		CHECK_EQ(st_cancel(fd, keeper), 0);
		/* What RCU frees takes a moment. */
		if (!round)
			UNTIL((charge = charged()) < STEADY * 32);
	}
	printf("# %llu kB after %d calls\n", (unsigned long long)charge >> 10,
	       STEADY);
	UNTIL(above(charged(), charge) < STEADY * 32);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("steady"), 0);
	CHECK_EQ(st_task_del("keeper"), 0);
	rmdir(CGROUP);
}

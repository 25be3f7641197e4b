// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of a call that comes when the queue is full. */
#include "ktap.h"
#include "sluice_test.h"

#include <signal.h>
#include <sys/ioctl.h>

/* No agent runs: all that is accepted waits. */
static void full_task(const char *name, uint32_t overflow, uint32_t calls,
		      uint64_t bytes)
{
	struct st_task task = { .name = name, .overflow = overflow,
				.queue_max = calls, .queue_bytes = bytes };

	CHECK_EQ(st_task_new(&task), 0);
}

static uint64_t submit_bytes(int fd, const char *name, uint32_t bytes)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK };
	static char input[1000];

	if (st_submit(fd, name, input, bytes, &submit))
		ktap_fail("%u bytes: %s, refusal %u", bytes, strerror(errno),
			  submit.refusal);
	return submit.id;
}

static void refused(int fd, const char *name, uint32_t bytes, uint32_t flags,
		    int number, uint32_t refusal)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK,
					.flags = flags };
	static char input[1000];

	CHECK_ERRNO(st_submit(fd, name, input, bytes, &submit), number);
	CHECK_EQ(submit.refusal, refusal);
	CHECK_EQ(submit.id, 0);
}

static void dropped(int fd, uint64_t id)
{
	st_reap_as(fd, id, SLUICE_CALL_STATE_DROPPED, SLUICE_REASON_DROPPED);
}

static void waits(uint64_t id)
{
	struct st_call call;

	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_QUEUED);
}

static struct st_task_state state_of(const char *name)
{
	struct st_task_state state;

	CHECK_EQ(st_task_get(name, &state), 0);
	return state;
}

TEST(refuse_is_the_default)
{
	int fd = st_open();
	uint64_t id;

	full_task("full", 0, 1, 0);
	CHECK_EQ(state_of("full").overflow, SLUICE_OVERFLOW_REFUSE);
	id = submit_bytes(fd, "full", 1);
	refused(fd, "full", 1, 0, ENOBUFS, SLUICE_REFUSAL_QUEUE_FULL);
	waits(id);
	CHECK_EQ(state_of("full").refused, 1);
	CHECK_EQ(st_task_del("full"), 0);
}

/*
 * Drop the oldest
 */

TEST(oldest_call_is_dropped)
{
	uint64_t ids[5], counted = st_counter("call_dropped");
	struct st_task_state state;
	int fd = st_open(), i;

	full_task("ring", SLUICE_OVERFLOW_DROP_OLDEST, 3, 0);
	for (i = 0; i < 5; i++)
		ids[i] = submit_bytes(fd, "ring", 1);
	/* Oldest first, and seen by their submitter. */
	for (i = 0; i < 2; i++)
		dropped(fd, ids[i]);
	for (; i < 5; i++)
		waits(ids[i]);
	state = state_of("ring");
	CHECK_EQ(state.dropped, 2);
	CHECK_EQ(state.refused, 0);
	CHECK_EQ(state.queued, 3);
	CHECK_EQ(state.bytes, 3);
	CHECK_EQ(st_counter("call_dropped"), counted + 2);
	/* By netlink, too. */
	CHECK_EQ(st_call_new("ring", "x", NULL, NULL), 0);
	dropped(fd, ids[2]);
	CHECK_EQ(st_task_del("ring"), 0);
}

/* The oldest goes, whatever its priority. */
TEST(oldest_and_not_lowest)
{
	struct sluice_submit submit = { .priority = 99 };
	int fd = st_open();
	uint64_t low;

	full_task("age", SLUICE_OVERFLOW_DROP_OLDEST, 2, 0);
	CHECK_EQ(st_submit(fd, "age", "", 0, &submit), 0);
	low = submit_bytes(fd, "age", 1);
	submit_bytes(fd, "age", 1);
	dropped(fd, submit.id);
	waits(low);
	CHECK_EQ(st_task_del("age"), 0);
}

TEST(as_many_as_make_room_for_the_bytes)
{
	uint64_t ids[3];
	int fd = st_open();

	full_task("ring", SLUICE_OVERFLOW_DROP_OLDEST, 0, 100);
	ids[0] = submit_bytes(fd, "ring", 60);
	ids[1] = submit_bytes(fd, "ring", 30);
	ids[2] = submit_bytes(fd, "ring", 10);
	submit_bytes(fd, "ring", 90);
	dropped(fd, ids[0]);
	dropped(fd, ids[1]);
	waits(ids[2]);
	/* No room can be made for this, and nobody is dropped for it. */
	refused(fd, "ring", 101, 0, ENOBUFS, SLUICE_REFUSAL_QUEUE_BYTES);
	waits(ids[2]);
	CHECK_EQ(state_of("ring").bytes, 100);
	CHECK_EQ(st_task_del("ring"), 0);
}

/* So that the work is bounded. */
TEST(at_most_64_for_one)
{
	uint64_t first = 0, id;
	int fd = st_open(), i;

	full_task("ring", SLUICE_OVERFLOW_DROP_OLDEST, 0, 100);
	for (i = 0; i < 100; i++) {
		id = submit_bytes(fd, "ring", 1);
		first = first ? first : id;
	}
	refused(fd, "ring", 65, 0, ENOBUFS, SLUICE_REFUSAL_QUEUE_BYTES);
	CHECK_EQ(state_of("ring").dropped, 0);
	submit_bytes(fd, "ring", 64);
	CHECK_EQ(state_of("ring").dropped, 64);
	for (id = first; id < first + 64; id++)
		dropped(fd, id);
	waits(first + 64);
	CHECK_EQ(st_task_del("ring"), 0);
}

/* A limit of all tasks: each makes room with calls of its own. */
TEST(limit_of_all_tasks)
{
	uint64_t mine, other;
	int fd = st_open();

	full_task("ring", SLUICE_OVERFLOW_DROP_OLDEST, 0, 0);
	full_task("other", 0, 0, 0);
	other = submit_bytes(fd, "other", 1);
	mine = submit_bytes(fd, "ring", 1);
	st_limit_set("max_calls", "2");
	submit_bytes(fd, "ring", 1);
	dropped(fd, mine);
	waits(other);
	refused(fd, "other", 1, 0, ENOBUFS, SLUICE_REFUSAL_TOTAL_FULL);
	CHECK_EQ(st_task_del("ring"), 0);
	submit_bytes(fd, "other", 1);
	full_task("ring", SLUICE_OVERFLOW_DROP_OLDEST, 0, 0);
	refused(fd, "ring", 1, 0, ENOBUFS, SLUICE_REFUSAL_TOTAL_FULL);
	st_limit_set("max_calls", "100000");
	st_limit_set("max_bytes", "4");
	mine = submit_bytes(fd, "ring", 2);
	submit_bytes(fd, "ring", 1);
	dropped(fd, mine);
	st_limit_set("max_bytes", "67108864");
	CHECK_EQ(st_task_del("ring"), 0);
	CHECK_EQ(st_task_del("other"), 0);
}

/*
 * Block
 */

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
	(void)number;
	signals++;
}

/* What a submitter that waited came back with. */
struct came_back {
	int error;
	uint32_t refusal;
	uint64_t id;
};

/* A child submits, and waits for room when this returns. */
static pid_t blocked(const char *name, uint32_t bytes, int *result)
{
	uint64_t before = st_counter("submitter_blocked");
	int ends[2];
	pid_t pid;

	CHECK_EQ(pipe(ends), 0);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		struct sluice_submit submit = {
			.priority = SLUICE_PRIORITY_TASK,
			.flags = SLUICE_SUBMIT_DETACHED,
		};
		struct sigaction action = { .sa_handler = on_signal };
		struct came_back back = { 0 };
		static char input[1000];
		int fd = st_open();

		sigaction(SIGUSR1, &action, NULL);
		if (st_submit(fd, name, input, bytes, &submit))
			back.error = errno;
		back.refusal = submit.refusal;
		back.id = submit.id;
		if (write(ends[1], &back, sizeof(back)) != sizeof(back))
			_exit(1);
		_exit(0);
	}
	close(ends[1]);
	*result = ends[0];
	UNTIL(st_counter("submitter_blocked") == before + 1);
	return pid;
}

static struct came_back comes_back(pid_t pid, int result)
{
	struct came_back back;

	CHECK_EQ(read(result, &back, sizeof(back)), sizeof(back));
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	close(result);
	return back;
}

static void accepted(struct came_back back)
{
	CHECK_EQ(back.error, 0);
	CHECK_EQ(back.refusal, SLUICE_REFUSAL_NONE);
	waits(back.id);
}

TEST(submitter_waits_for_room)
{
	uint64_t first;
	int fd = st_open(), result;
	pid_t child;

	full_task("block", SLUICE_OVERFLOW_BLOCK, 1, 0);
	first = submit_bytes(fd, "block", 1);
	child = blocked("block", 1, &result);
	CHECK_EQ(state_of("block").queued, 1);
	CHECK_EQ(state_of("block").submitted, 1);
	CHECK_EQ(st_cancel(fd, first), 0);
	accepted(comes_back(child, result));
	CHECK_EQ(state_of("block").submitted, 2);
	CHECK_EQ(state_of("block").refused, 0);
	CHECK_EQ(st_task_del("block"), 0);
}

TEST(submitter_waits_for_bytes)
{
	uint64_t first, second;
	int fd = st_open(), result;
	pid_t child;

	full_task("block", SLUICE_OVERFLOW_BLOCK, 0, 100);
	first = submit_bytes(fd, "block", 30);
	second = submit_bytes(fd, "block", 60);
	child = blocked("block", 50, &result);
	/* Some room, but not enough: it goes on waiting. */
	CHECK_EQ(st_cancel(fd, first), 0);
	st_sleep_ms(50);
	CHECK_EQ(state_of("block").submitted, 2);
	CHECK_EQ(st_cancel(fd, second), 0);
	accepted(comes_back(child, result));
	CHECK_EQ(st_task_del("block"), 0);
}

/* Each end wakes one that waits: what that one leaves is for the next. */
TEST(room_for_two_is_for_two)
{
	int fd = st_open(), results[2], i;
	uint64_t first;
	pid_t children[2];

	full_task("block", SLUICE_OVERFLOW_BLOCK, 0, 100);
	first = submit_bytes(fd, "block", 100);
	for (i = 0; i < 2; i++)
		children[i] = blocked("block", 50, &results[i]);
	CHECK_EQ(st_cancel(fd, first), 0);
	for (i = 0; i < 2; i++)
		accepted(comes_back(children[i], results[i]));
	CHECK_EQ(st_task_del("block"), 0);
}

/* Room that is too little for who came first is not kept from who came after. */
TEST(small_ones_do_not_wait_behind_large_ones)
{
	uint64_t first, second, got_in;
	int fd = st_open(), large, small;
	pid_t waits, passes;
	struct came_back back;

	full_task("block", SLUICE_OVERFLOW_BLOCK, 0, 100);
	first = submit_bytes(fd, "block", 30);
	second = submit_bytes(fd, "block", 60);
	waits = blocked("block", 50, &large);
	passes = blocked("block", 20, &small);
	CHECK_EQ(st_cancel(fd, first), 0);
	back = comes_back(passes, small);
	accepted(back);
	got_in = back.id;
	CHECK_EQ(state_of("block").submitted, 3);
	CHECK_EQ(st_cancel(fd, second), 0);
	accepted(comes_back(waits, large));
	CHECK_EQ(st_cancel(fd, got_in), 0);
	CHECK_EQ(st_task_del("block"), 0);
}

/* What does not fit into an empty queue waits for nothing. */
TEST(who_could_never_get_in)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK };
	static char input[101];
	int fd = st_open();

	full_task("block", SLUICE_OVERFLOW_BLOCK, 0, 100);
	CHECK_ERRNO(st_submit(fd, "block", input, 101, &submit), ENOBUFS);
	CHECK_EQ(submit.refusal, SLUICE_REFUSAL_QUEUE_BYTES);
	CHECK_EQ(submit.asked, 101);
	CHECK_EQ(submit.limit, 100);
	st_limit_set("max_bytes", "99");
	CHECK_ERRNO(st_submit(fd, "block", input, 100, &submit), ENOBUFS);
	CHECK_EQ(submit.refusal, SLUICE_REFUSAL_TOTAL_BYTES);
	CHECK_EQ(st_task_del("block"), 0);
}

/* One that is woken for room and interrupted at the same time leaves it, too. */
TEST(interrupted_ones_leave_the_room)
{
	int fd = st_open(), results[2], i;
	struct came_back back;
	pid_t children[2];
	uint64_t first;

	full_task("block", SLUICE_OVERFLOW_BLOCK, 1, 0);
	first = submit_bytes(fd, "block", 1);
	for (i = 0; i < 30; i++) {
		children[0] = blocked("block", 1, &results[0]);
		children[1] = blocked("block", 1, &results[1]);
		if (i % 2)
			kill(children[0], SIGUSR1);
		CHECK_EQ(st_cancel(fd, first), 0);
		kill(children[0], SIGUSR1);
		back = comes_back(children[0], results[0]);
		if (back.error)
			CHECK_EQ(back.error, EINTR);
		else
			CHECK_EQ(st_cancel(fd, back.id), 0);
		back = comes_back(children[1], results[1]);
		accepted(back);
		first = back.id;
	}
	CHECK_EQ(st_task_del("block"), 0);
}

TEST(submitter_waits_for_room_in_all)
{
	int fd = st_open(), result;
	uint64_t first;
	pid_t child;

	full_task("block", SLUICE_OVERFLOW_BLOCK, 0, 0);
	full_task("other", 0, 0, 0);
	first = submit_bytes(fd, "other", 1);
	st_limit_set("max_calls", "1");
	child = blocked("block", 1, &result);
	CHECK_EQ(st_cancel(fd, first), 0);
	accepted(comes_back(child, result));
	/* The limit is raised. */
	child = blocked("block", 1, &result);
	st_limit_set("max_calls", "100000");
	accepted(comes_back(child, result));
	CHECK_EQ(st_task_del("block"), 0);
	CHECK_EQ(st_task_del("other"), 0);
}

/* Times count from when it got in. */
TEST(deadline_counts_from_the_acceptance)
{
	uint64_t first, came;
	int fd = st_open(), result;
	struct came_back back;
	struct st_call call;
	pid_t child;

	full_task("block", SLUICE_OVERFLOW_BLOCK, 1, 0);
	first = submit_bytes(fd, "block", 1);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "block",
						.deadline = LONG }), 0);
	child = blocked("block", 1, &result);
	came = st_boot_time();
	st_sleep_ms(200);
	CHECK_EQ(st_cancel(fd, first), 0);
	back = comes_back(child, result);
	CHECK_EQ(st_call_get(back.id, &call), 0);
	/* Not from when it came, which was earlier than that. */
	CHECK(call.submitted >= came + 200 * MS);
	CHECK(call.deadline > call.submitted + LONG - 100 * MS);
	CHECK_EQ(st_task_del("block"), 0);
}

/* A signal: nothing was accepted, and nothing comes later. */
TEST(signal_while_waiting_for_room)
{
	int fd = st_open(), result;
	struct came_back back;
	uint64_t first;
	pid_t child;

	full_task("block", SLUICE_OVERFLOW_BLOCK, 1, 0);
	first = submit_bytes(fd, "block", 1);
	child = blocked("block", 1, &result);
	CHECK_EQ(kill(child, SIGUSR1), 0);
	back = comes_back(child, result);
	CHECK_EQ(back.error, EINTR);
	CHECK_EQ(back.id, 0);
	CHECK_EQ(back.refusal, SLUICE_REFUSAL_NONE);
	child = blocked("block", 1, &result);
	CHECK_EQ(kill(child, SIGKILL), 0);
	CHECK_EQ(waitpid(child, NULL, 0), child);
	CHECK_EQ(st_cancel(fd, first), 0);
	CHECK_EQ(state_of("block").submitted, 1);
	CHECK_EQ(state_of("block").refused, 0);
	CHECK_EQ(state_of("block").queued, 0);
	CHECK_EQ(st_task_del("block"), 0);
}

/* The same for the call that submits and reaps in one. */
TEST(signal_while_a_call_waits_for_room)
{
	struct sluice_submit submit = { .size = sizeof(submit),
					.task = "block", .priority = -1 };
	struct sluice_reap reap = { .size = sizeof(reap), .id = 77 };
	struct sluice_call_args call = { .size = sizeof(call),
					 .submit = (uintptr_t)&submit,
					 .reap = (uintptr_t)&reap };
	int fd = st_open();

	full_task("block", SLUICE_OVERFLOW_BLOCK, 1, 0);
	submit_bytes(fd, "block", 1);
	st_interrupt(true);
	CHECK_ERRNO(ioctl(fd, SLUICE_IOC_CALL, &call), EINTR);
	st_interrupt(false);
	CHECK_EQ(submit.id, 0);
	CHECK_EQ(reap.id, 0);
	CHECK_EQ(state_of("block").submitted, 1);
	CHECK_EQ(st_task_del("block"), 0);
}

TEST(who_does_not_wait)
{
	uint64_t counted = st_counter("submitter_blocked");
	int fd = st_open();

	full_task("block", SLUICE_OVERFLOW_BLOCK, 1, 0);
	submit_bytes(fd, "block", 1);
	refused(fd, "block", 1, SLUICE_SUBMIT_NONBLOCK, ENOBUFS,
		SLUICE_REFUSAL_QUEUE_FULL);
	CHECK_EQ(st_call_new("block", "x", NULL, NULL), -ENOBUFS);
	CHECK(strstr(st_extack, "queue is full"));
	CHECK_EQ(state_of("block").refused, 2);
	CHECK_EQ(st_counter("submitter_blocked"), counted);
	CHECK_EQ(st_task_del("block"), 0);
}

/* The task goes, is drained, or changes its mind: the submitter hears of it. */
TEST(task_changes_while_a_submitter_waits)
{
	int fd = st_open(), result;
	struct came_back back;
	pid_t child;

	full_task("block", SLUICE_OVERFLOW_BLOCK, 1, 0);
	submit_bytes(fd, "block", 1);
	child = blocked("block", 1, &result);
	CHECK_EQ(st_task_mode("block", SLUICE_MODE_DRAIN), 0);
	back = comes_back(child, result);
	CHECK_EQ(back.error, ESHUTDOWN);
	CHECK_EQ(back.refusal, SLUICE_REFUSAL_DRAINING);
	CHECK_EQ(st_task_mode("block", SLUICE_MODE_RUN), 0);

	child = blocked("block", 1, &result);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "block",
						.overflow = ST_ZERO }), 0);
	back = comes_back(child, result);
	CHECK_EQ(back.error, ENOBUFS);
	CHECK_EQ(back.refusal, SLUICE_REFUSAL_QUEUE_FULL);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "block",
				.overflow = SLUICE_OVERFLOW_BLOCK }), 0);

	child = blocked("block", 1, &result);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "block",
						.queue_max = 2 }), 0);
	accepted(comes_back(child, result));

	child = blocked("block", 1, &result);
	CHECK_EQ(st_task_del("block"), 0);
	back = comes_back(child, result);
	CHECK_EQ(back.error, ESHUTDOWN);
	CHECK_EQ(back.refusal, SLUICE_REFUSAL_CLOSING);
	CHECK_EQ(back.id, 0);
}

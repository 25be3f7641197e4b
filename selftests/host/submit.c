// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -Ishim -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/* What does not come in is refused with the reason, and nothing is left of it. */
#include "world.h"

#include "ktap.h"

/* By what happens while a submitter waits. */
static const char *changes;
static u64 leaves;
static char told_name[SLUICE_NAME_SIZE];
static enum sluice_refusal told;

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
}

static void hear_refusal(const struct sluice_refusal_event *event)
{
	strscpy(told_name, event->task, sizeof(told_name));
	told = event->refusal;
}

static void begin(void)
{
	static struct sluice_sink ears;

	shim_now = 3600 * SECOND;
	world_begin();
	ears = world_sink;
	ears.refused = hear_refusal;
	sluice_event_sink(&ears);
	world_agent(true);
}

static const struct sluice_task_config plain = {
	.class = &sluice_class_priority, .weight = 100, .queue_max = 10,
	.queue_bytes = 1 << 20, .input_max = 64, .envs_max = 1,
	.idle = 3600 * SECOND,
};

static int submit(struct sluice_submission submission,
		  struct sluice_submitted *submitted)
{
	submission.user = world_user[0];
	return sluice_submit(&submission, submitted);
}

/* What the module is unloaded with is told so, and the module does not hear of it. */
TEST(module_that_goes_takes_nothing)
{
	const struct sluice_submission submission = world_ask("known");
	struct sluice_submitted submitted;
	struct sluice_task *task;

	begin();
	task = world_add_task("known", &plain);
	shim_module_goes = true;
	CHECK_EQ(submit(submission, &submitted), -ESHUTDOWN);
	CHECK_EQ(submitted.refused.refusal, SLUICE_REFUSAL_CLOSING);
	CHECK_EQ(told, SLUICE_REFUSAL_CLOSING);
	CHECK_EQ(submitted.id, 0);
	CHECK_EQ(task->submitted, 0);
	CHECK_EQ(task->refused, 1);
	CHECK_EQ(sluice.waiting + sluice.running, 0);
	CHECK_EQ(shim_module_refs, 0);
	world_end();
}

/* Also one of the class deadline, which would have taken its part of the CPUs. */
TEST(what_is_refused_demands_nothing)
{
	struct sluice_task_config config = plain;
	struct sluice_submission submission = world_ask("urgent");
	struct sluice_submitted submitted;

	begin();
	config.class = &sluice_class_deadline;
	world_add_task("urgent", &config);
	submission.runtime = SECOND;
	submission.deadline = SECOND;
	shim_module_goes = true;
	CHECK_EQ(submit(submission, &submitted), -ESHUTDOWN);
	CHECK_EQ(submitted.refused.refusal, SLUICE_REFUSAL_CLOSING);
	shim_module_goes = false;
	/* Half of what there is for each of these, and all of it is left. */
	CHECK(world_submit(&submission) > 0);
	CHECK(world_submit(&submission) > 0);
	CHECK_EQ(world_submit(&submission), 0);
	CHECK_EQ(shim_module_refs, 2);
	world_del_task("urgent");
}

/* No refusal keeps the module. */
TEST(refusals_hold_nothing)
{
	struct sluice_submission submission = world_ask("known");
	struct sluice_task_config config = plain;
	int i;

	begin();
	config.queue_max = 1;
	config.overflow = SLUICE_OVERFLOW_REFUSE;
	world_add_task("known", &config);
	/* One starts, one waits. */
	CHECK(world_submit(&submission) > 0);
	CHECK(world_submit(&submission) > 0);
	for (i = 0; i < 10; i++)
		CHECK_EQ(world_submit(&submission), 0);
	CHECK_EQ(told, SLUICE_REFUSAL_QUEUE_FULL);
	CHECK_EQ(shim_module_refs, 2);
}

/*
 * Words
 */

static int with_words(u32 input, u32 words, struct sluice_submitted *submitted)
{
	struct sluice_submission submission = world_ask("known");

	submission.input_len = input;
	submission.words_len = words;
	return submit(submission, submitted);
}

/* They count with the input, but for what an input may have. */
TEST(words_count_with_the_input)
{
	struct sluice_task_config config = plain;
	struct sluice_submitted submitted;
	struct sluice_call *call;
	struct sluice_task *task;

	begin();
	config.queue_bytes = 100;
	task = world_add_task("known", &config);
	/* One starts, one waits. */
	CHECK_EQ(with_words(64, 36, &submitted), 0);
	CHECK_EQ(with_words(64, 20, &submitted), 0);
	CHECK_EQ(task->queue.bytes, 84);
	CHECK_EQ(sluice.waiting_bytes, 84);
	CHECK_EQ(world_user[0]->use.bytes, 84);
	call = sluice_call_find(submitted.id);
	CHECK_EQ(call->input_len, 84);
	CHECK_EQ(call->words_len, 20);
	CHECK_EQ(sluice_call_words(call)[-1], 'x');
	CHECK_EQ(sluice_call_words(call)[0], 0);
	sluice_call_put(call);
	CHECK_EQ(with_words(64, 37, &submitted), -ENOBUFS);
	CHECK_EQ(told, SLUICE_REFUSAL_QUEUE_BYTES);
	CHECK_EQ(submitted.refused.asked, 101);
	CHECK_EQ(with_words(65, 0, &submitted), -EMSGSIZE);
	CHECK_EQ(told, SLUICE_REFUSAL_INPUT_SIZE);
	world_del_task("known");
}

/* No word is more than a NUL here. */
TEST(words_that_are_too_many)
{
	struct sluice_submitted submitted;

	begin();
	world_add_task("known", &plain);
	CHECK_EQ(with_words(0, SLUICE_WORDS_MAX, &submitted), 0);
	CHECK_EQ(with_words(0, SLUICE_WORDS_MAX + 1, &submitted), -EMSGSIZE);
	CHECK_EQ(told, SLUICE_REFUSAL_WORDS_SIZE);
	CHECK_EQ(submitted.refused.limit, SLUICE_WORDS_MAX);
	CHECK_EQ(with_words(0, SLUICE_WORDS_SIZE + 1, &submitted), -EMSGSIZE);
	CHECK_EQ(submitted.refused.limit, SLUICE_WORDS_SIZE);
	CHECK_EQ(shim_module_refs, 1);
	world_del_task("known");
}

/* The task is of another kind by the time that there is room. */
static void becomes_server(void)
{
	struct sluice_task_config config;
	struct sluice_task *task;
	struct sluice_call *call;

	sluice_enter();
	task = sluice_task_find(changes);
	config = task->config;
	config.kind = SLUICE_KIND_SERVE;
	sluice_task_change(task, &config);
	call = sluice_call_find(leaves);
	sluice_operate_cancel(call);
	sluice_leave();
	sluice_call_put(call);
}

TEST(words_for_a_task_that_serves)
{
	struct sluice_submission submission = world_ask("known");
	struct sluice_task_config config = plain;
	struct sluice_submitted submitted;

	begin();
	config.queue_max = 1;
	config.overflow = SLUICE_OVERFLOW_BLOCK;
	world_add_task("known", &config);
	CHECK(world_submit(&submission) > 0);
	leaves = world_submit(&submission);
	changes = "known";
	shim_sleep = becomes_server;
	submission.words_len = 3;
	submission.block = true;
	CHECK_EQ(submit(submission, &submitted), -EOPNOTSUPP);
	CHECK_EQ(told, SLUICE_REFUSAL_WORDS_KIND);
	CHECK_EQ(with_words(3, 3, &submitted), -EOPNOTSUPP);
	CHECK_EQ(with_words(3, 0, &submitted), 0);
	world_del_task("known");
}

/*
 * What a refused submitter wrote
 */

/* It gets onto terminals: what could be a command to one does not. */
TEST(no_such_task_is_named_in_plain_text)
{
	const struct sluice_submission submission =
		world_ask("\x1b]0;you\a\n\x7f\x9b" "31m");
	struct sluice_submitted submitted;

	begin();
	CHECK_EQ(submit(submission, &submitted), -ENOENT);
	CHECK_EQ(told, SLUICE_REFUSAL_NO_TASK);
	CHECK(!strcmp(told_name, "?]0;you????31m"));
	world_end();
}

/*
 * What changes while a submitter waits
 */

/* The task gets another class, and room for one more. */
static void becomes_urgent(void)
{
	struct sluice_task *task;
	struct sluice_call *call;
	struct sluice_task_config config;

	sluice_enter();
	task = sluice_task_find(changes);
	config = task->config;
	config.class = &sluice_class_deadline;
	config.runtime = 1;
	config.deadline = SECOND;
	sluice_task_change(task, &config);
	call = sluice_call_find(leaves);
	sluice_operate_cancel(call);
	sluice_leave();
	sluice_call_put(call);
}

TEST(class_changes_while_a_submitter_waits)
{
	struct sluice_submission submission = world_ask("slow");
	struct sluice_task_config config = plain;
	struct sluice_submitted submitted;
	struct sluice_call *call;

	begin();
	config.queue_max = 1;
	config.overflow = SLUICE_OVERFLOW_BLOCK;
	world_add_task("slow", &config);
	CHECK(world_submit(&submission) > 0);
	leaves = world_submit(&submission);
	CHECK(leaves > 0);
	changes = "slow";
	shim_sleep = becomes_urgent;
	submission.block = true;
	CHECK_EQ(submit(submission, &submitted), 0);
	CHECK_EQ(sluice.counters[SLUICE_EVENT_SUBMITTER_BLOCKED], 1);
	call = sluice_call_find(submitted.id);
	CHECK(call && call->demand);
	CHECK_EQ(call->deadline, shim_now + SECOND);
	sluice_call_put(call);
}

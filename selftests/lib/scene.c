// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "books.h"
#include "sluice_test.h"

/* What has not come by then hangs: it is counted in naps, as in ktap.h. */
#define LOOKS_MAX	6000
#define NORMAL_ENVS	"64"
#define NORMAL_CALLS	"100000"

const char * const scene_state_names[SCENE_STATES] = {
	[SCENE_HELD] = "held",
	[SCENE_WANTED] = "wanted",
	[SCENE_STARTING] = "starting",
	[SCENE_RUNNING] = "running",
	[SCENE_ENDED] = "ended",
	[SCENE_CROWD] = "crowd",
};

__attribute__((format(printf, 3, 4)))
static void must(const struct scene *scene, bool good, const char *format, ...)
{
	va_list list;

	if (good)
		return;
	printf("# scene %s: ", scene_state_names[scene->state]);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

/* A moment, in which @what may come. */
static void wait_for(const struct scene *scene, unsigned int *looks,
		     const char *what)
{
	must(scene, *looks < LOOKS_MAX, "this never comes: %s", what);
	st_look_again(looks, what);
}

pid_t scene_dead(void)
{
	static pid_t dead;

	/* Nobody waits for it: its number stays its own. */
	if (!dead) {
		dead = fork();
		if (!dead)
			_exit(0);
	}
	return dead;
}

/*
 * What is known
 */

/* Somebody may hear of a call before its submitter has told us. */
static struct scene_call *known(struct scene *scene, uint64_t id)
{
	struct scene_call *call;

	for (call = scene->calls; call < scene->calls + scene->count; call++)
		if (call->id == id)
			return call;
	must(scene, scene->count < SCENE_CALLS, "too many calls");
	scene->count++;
	*call = (struct scene_call){ .id = id };
	return call;
}

void scene_submitted(struct scene *scene, uint64_t id, bool detached)
{
	known(scene, id)->detached = detached;
}

void scene_reaped(struct scene *scene, const struct sluice_reap *reap)
{
	struct scene_call *call = known(scene, reap->id);

	call->reaped++;
	call->state = reap->state;
	call->reason = reap->reason;
}

void scene_cancelled(struct scene *scene, uint64_t id)
{
	known(scene, id)->cancelled++;
}

void scene_answered(struct scene *scene, uint64_t id)
{
	known(scene, id)->answered++;
}

void scene_door(struct scene *scene, int fd)
{
	int i, none;

	for (i = 0; i < SCENE_DOORS; i++) {
		none = -1;
		if (atomic_compare_exchange_strong(&scene->doors[i], &none, fd))
			return;
	}
	must(scene, false, "too many doors");
}

void scene_number(struct scene *scene, int fd)
{
	int i, none;

	for (i = 0; i < SCENE_ACTORS; i++) {
		none = -1;
		if (atomic_compare_exchange_strong(&scene->numbers[i], &none,
						   fd))
			return;
	}
}

bool scene_has(enum scene_state state, const struct move *move)
{
	if (move->touches & TOUCHES_SPARE)
		return state == SCENE_WANTED;
	return !(move->touches & TAKES_TIME) || state == SCENE_RUNNING;
}

/*
 * Begin
 */

static void asks(struct scene *scene, const char *what)
{
	int ret = wire_do(&scene->operator, NULL, NULL);

	must(scene, !ret, "%s: %s", what, strerror(-ret));
}

static void set_budget(struct scene *scene, uint64_t amount)
{
	wire_begin(&scene->operator, SLUICE_CMD_BUDGET_SET, 0);
	wire_text(&scene->operator, SLUICE_A_BUDGET_RESOURCE, SCENE_TOKEN);
	wire_u64(&scene->operator, SLUICE_A_BUDGET_BUDGET, amount);
}

static void new_task(struct scene *scene)
{
	struct wire *wire = &scene->operator;
	size_t nest;

	wire_begin(wire, SLUICE_CMD_TASK_NEW, 0);
	wire_text(wire, SLUICE_A_TASK_NAME, SCENE_TASK);
	wire_u32(wire, SLUICE_A_TASK_ENVS_MAX, 2);
	wire_u64(wire, SLUICE_A_TASK_IDLE, LONG);
	wire_u64(wire, SLUICE_A_TASK_TIMEOUT, LONG);
	wire_u64(wire, SLUICE_A_TASK_START_TIMEOUT, LONG);
	wire_u64(wire, SLUICE_A_TASK_PATIENCE, LONG);
	wire_u32(wire, SLUICE_A_TASK_QUARANTINE_AFTER, 0);
	nest = wire_nest(wire, SLUICE_A_TASK_REQUEST);
	wire_text(wire, SLUICE_A_AMOUNT_RESOURCE, SCENE_TOKEN);
	wire_u64(wire, SLUICE_A_AMOUNT_AMOUNT, 1);
	wire_nest_end(wire, nest);
	asks(scene, "task-new");
}

static int set_agent(struct scene *scene)
{
	wire_begin(&scene->agent, SLUICE_CMD_AGENT_SET, 0);
	wire_u32(&scene->agent, SLUICE_A_AGENT_PID, getpid());
	return wire_do(&scene->agent, NULL, NULL);
}

static uint64_t submit(struct scene *scene, int fd, const char *key)
{
	struct sluice_submit submit = {
		.priority = SLUICE_PRIORITY_TASK,
		.timeout = *key ? scene->timeout : 0,
	};

	strcpy(submit.key, key);
	must(scene, !st_submit(fd, SCENE_TASK, "input", 5, &submit),
	     "submit: %s, refusal %u", strerror(errno), submit.refusal);
	known(scene, submit.id)->other = fd == scene->other;
	return submit.id;
}

/* The worker's side, without waiting. 0 or a negative errno. */
static int next(int fd, uint32_t flags, uint64_t *id)
{
	static char input[1 << 16];
	char output[] = "answer";
	struct sluice_next next = {
		.size = sizeof(next),
		.flags = flags | SLUICE_NEXT_NONBLOCK,
		.id = *id,
		.reason = SLUICE_REASON_ANSWERED,
		.output = (uintptr_t)output,
		.output_len = sizeof(output),
		.input = (uintptr_t)input,
		.input_cap = sizeof(input),
	};
	int ret = ioctl(fd, SLUICE_IOC_NEXT, &next) ? -errno : 0;

	*id = next.id;
	return ret;
}

static int answer(struct scene *scene, int fd, uint64_t id)
{
	int ret = next(fd, SLUICE_NEXT_ANSWER, &id);

	if (!ret)
		scene_answered(scene, id);
	return ret;
}

static void find_env(const char *attrs, size_t len, void *arg)
{
	*(uint32_t *)arg = wire_get_u32(attrs, len, SLUICE_A_ENV_ID);
}

static void begin_wanted(struct scene *scene)
{
	wire_begin(&scene->operator, SLUICE_CMD_ENV_GET, NLM_F_DUMP);
	wire_do(&scene->operator, find_env, &scene->env);
	must(scene, scene->env, "no environment is wanted");
}

/* An environment that is warm. */
static void begin_warm(struct scene *scene)
{
	uint64_t id = submit(scene, scene->other, ""), got = 0;
	struct sluice_reap reap;
	char output[16];
	int fd = st_open();

	begin_wanted(scene);
	must(scene, !st_attach(fd, scene->env, -1, scene_dead()), "attach: %s",
	     strerror(errno));
	scene_door(scene, fd);
	must(scene, !next(fd, SLUICE_NEXT_TAKE, &got) && got == id,
	     "the first call does not come");
	must(scene, !answer(scene, fd, id), "the first answer is not taken");
	must(scene, !st_reap(scene->other, id, 0, &reap, output, 16),
	     "the first call is not reaped: %s", strerror(errno));
	scene_reaped(scene, &reap);
}

void scene_begin(struct scene *scene, enum scene_state state)
{
	uint64_t got = 0;
	int i;

	scene->state = state;
	scene->count = 0;
	scene->env = 0;
	memset(scene->actors, 0, sizeof(scene->actors));
	for (i = 0; i < SCENE_ACTORS; i++)
		scene->numbers[i] = -1;
	for (i = 0; i < SCENE_DOORS; i++)
		scene->doors[i] = -1;
	must(scene, wire_open(&scene->operator) && wire_open(&scene->agent),
	     "no sockets");
	scene->submitted = books_counter(&scene->operator, "call_submitted");
	set_budget(scene, 1);
	asks(scene, "budget-set");
	new_task(scene);
	scene->client = st_open();
	scene->other = st_open();
	scene->spare = st_open();
	if (state != SCENE_HELD)
		must(scene, !set_agent(scene), "agent-set");
	if (state >= SCENE_STARTING)
		begin_warm(scene);
	scene->call = submit(scene, scene->client, SCENE_KEY);
	if (state == SCENE_WANTED)
		begin_wanted(scene);
	if (state >= SCENE_RUNNING)
		must(scene, !next(scene->doors[0], SLUICE_NEXT_TAKE, &got) &&
		     got == scene->call, "the call does not run");
	if (state == SCENE_ENDED)
		must(scene, !answer(scene, scene->doors[0], got),
		     "the answer is not taken");
	else
		submit(scene, scene->other, "");
	for (i = 0; state == SCENE_CROWD && i < SCENE_CROWD_SIZE; i++)
		submit(scene, scene->client, "");
}

/*
 * Play it to its end
 */

struct envs {
	uint32_t state;
	uint32_t ids[SCENE_DOORS];
	unsigned int count;
};

/* Those in a state that were not made. */
static void find_unmade(const char *attrs, size_t len, void *arg)
{
	struct envs *envs = arg;

	if (wire_get_u32(attrs, len, SLUICE_A_ENV_STATE) == envs->state &&
	    !wire_attr(attrs, len, SLUICE_A_ENV_PID) &&
	    envs->count < SCENE_DOORS)
		envs->ids[envs->count++] =
			wire_get_u32(attrs, len, SLUICE_A_ENV_ID);
}

static void provision(struct scene *scene)
{
	struct envs envs = { .state = SLUICE_ENV_STATE_WANTED };
	unsigned int i;

	wire_begin(&scene->operator, SLUICE_CMD_ENV_GET, NLM_F_DUMP);
	wire_do(&scene->operator, find_unmade, &envs);
	for (i = 0; i < envs.count; i++) {
		int fd = atomic_exchange(&scene->spare, -1);

		if (fd < 0)
			fd = st_open();
		if (st_attach(fd, envs.ids[i], -1, scene_dead()))
			close(fd);
		else
			scene_door(scene, fd);
	}
}

/* Of what is not wanted any more nothing is left. */
static void clean_up(struct scene *scene)
{
	struct envs envs = { .state = SLUICE_ENV_STATE_RETIRING };
	struct wire *wire = &scene->operator;

	wire_begin(wire, SLUICE_CMD_ENV_GET, NLM_F_DUMP);
	wire_do(wire, find_unmade, &envs);
	while (envs.count--) {
		wire_begin(wire, SLUICE_CMD_ENV_SET, 0);
		wire_u32(wire, SLUICE_A_ENV_ID, envs.ids[envs.count]);
		wire_u32(wire, SLUICE_A_ENV_STATE, SLUICE_ENV_STATE_FAILED);
		wire_do(wire, NULL, NULL);
	}
}

/* What a worker does at this door. True: it did something. */
static bool work(struct scene *scene, _Atomic int *door)
{
	int fd = *door, ret;
	uint64_t id = 0;

	ret = next(fd, SLUICE_NEXT_TAKE, &id);
	if (ret == -ESHUTDOWN || ret == -EPERM || ret == -EBADF) {
		if (atomic_exchange(door, -1) >= 0)
			close(fd);
		return true;
	}
	/* One that was taken by a move, which has left it. */
	if (ret == -EBUSY || !ret)
		return !answer(scene, fd, id);
	return false;
}

/* Whatever a move has turned off or made small is as it was. */
static void restore(struct scene *scene)
{
	struct wire *wire = &scene->operator;

	st_limit_set("max_envs", NORMAL_ENVS);
	st_limit_set("max_calls", NORMAL_CALLS);
	/* Refused while more is reserved: then it is enough. */
	set_budget(scene, 1);
	wire_do(wire, NULL, NULL);
	wire_begin(wire, SLUICE_CMD_TASK_SET, 0);
	wire_text(wire, SLUICE_A_TASK_NAME, SCENE_TASK);
	wire_u32(wire, SLUICE_A_TASK_MODE, SLUICE_MODE_RUN);
	wire_do(wire, NULL, NULL);
	if (scene->agent.fd < 0)
		wire_open(&scene->agent);
	set_agent(scene);
}

static void find_all(const char *attrs, size_t len, void *arg)
{
	struct envs *all = arg;

	if (all->count < SCENE_DOORS)
		all->ids[all->count++] =
			wire_get_u32(attrs, len, SLUICE_A_ENV_ID);
}

static void del_envs(struct scene *scene)
{
	struct wire *wire = &scene->operator;
	struct envs all = { 0 };

	wire_begin(wire, SLUICE_CMD_ENV_GET, NLM_F_DUMP);
	wire_do(wire, find_all, &all);
	while (all.count--) {
		wire_begin(wire, SLUICE_CMD_ENV_DEL, 0);
		wire_u32(wire, SLUICE_A_ENV_ID, all.ids[all.count]);
		wire_do(wire, NULL, NULL);
	}
	clean_up(scene);
}

static void read_alive(const char *attrs, size_t len, void *arg)
{
	*(uint32_t *)arg =
		wire_get_u32(attrs, len, SLUICE_A_STATS_CALLS_WAITING) +
		wire_get_u32(attrs, len, SLUICE_A_STATS_CALLS_RUNNING);
}

/* How many calls wait or run. */
static uint32_t alive(struct scene *scene)
{
	uint32_t calls = ~0U;

	wire_begin(&scene->operator, SLUICE_CMD_STATS_GET, 0);
	wire_do(&scene->operator, read_alive, &calls);
	return calls;
}

static void serve_all(struct scene *scene)
{
	unsigned int looks = 0;
	const char *wrong;
	uint32_t calls;

	restore(scene);
	while ((calls = alive(scene))) {
		bool done = false;
		char what[64];
		int i;

		wrong = books_wrong(&scene->operator);
		must(scene, !wrong, "%s", wrong);
		provision(scene);
		clean_up(scene);
		for (i = 0; i < SCENE_DOORS; i++)
			if (scene->doors[i] >= 0)
				done |= work(scene, &scene->doors[i]);
		if (done)
			continue;
		snprintf(what, sizeof(what), "%u calls to end", calls);
		/* A move may have come after us. */
		restore(scene);
		wait_for(scene, &looks, what);
	}
}

/* Who has not ended its move yet; NULL for nobody. */
static const char *who_moves(const struct scene *scene)
{
	int i;

	for (i = 0; i < SCENE_ACTORS; i++)
		if (scene->actors[i] && !scene->actors[i]->ended)
			return scene->actors[i]->move->name;
	return NULL;
}

void scene_play(struct scene *scene)
{
	unsigned int looks = 0;
	const char *moves;

	for (;;) {
		moves = who_moves(scene);
		/* With what came of those that had ended by then. */
		serve_all(scene);
		del_envs(scene);
		if (!moves)
			return;
		wait_for(scene, &looks, moves);
	}
}

/*
 * What must be true
 */

/* What was answered is done, unless nobody had room for the answer. */
static bool has_answer(const struct scene *scene, const struct scene_call *call)
{
	return call->state == SLUICE_CALL_STATE_DONE ||
	       (scene->poor && call->state == SLUICE_CALL_STATE_FAILED &&
		call->reason == SLUICE_REASON_SUBMITTER_MEMORY);
}

static void check_state(struct scene *scene, const struct scene_call *call)
{
	unsigned long long id = call->id;
	uint32_t state = call->state;

	must(scene, state >= SLUICE_CALL_STATE_DONE, "call %llu is in state %u",
	     id, state);
	must(scene, call->reaped <= 1, "call %llu was reaped %d times", id,
	     call->reaped);
	must(scene, call->cancelled + call->answered <= 1,
	     "call %llu was cancelled %d times and answered %d times", id,
	     call->cancelled, call->answered);
	must(scene, !call->cancelled || state == SLUICE_CALL_STATE_CANCELLED,
	     "call %llu was cancelled, and ended in state %u", id, state);
	must(scene, !call->answered || has_answer(scene, call),
	     "call %llu was answered, and ended in state %u", id, state);
}

static void keep_state(const char *attrs, size_t len, void *arg)
{
	struct scene_call *call = arg;

	call->state = wire_get_u32(attrs, len, SLUICE_A_CALL_STATE);
	call->reason = wire_get_u32(attrs, len, SLUICE_A_CALL_REASON);
}

static void check_remembered(struct scene *scene, struct scene_call *call)
{
	int ret;

	wire_begin(&scene->operator, SLUICE_CMD_CALL_GET, 0);
	wire_u64(&scene->operator, SLUICE_A_CALL_ID, call->id);
	ret = wire_do(&scene->operator, keep_state, call);
	must(scene, !ret, "call %llu is lost: %s", (unsigned long long)call->id,
	     strerror(-ret));
	check_state(scene, call);
}

static void check_call(struct scene *scene, struct scene_call *call)
{
	int fd = call->other ? scene->other : scene->client;
	struct sluice_reap reap;
	char output[64];

	if (call->detached || fd < 0) {
		if (call->reaped)
			check_state(scene, call);
		else
			check_remembered(scene, call);
		return;
	}
	if (!call->reaped) {
		must(scene, !st_reap(fd, call->id, SLUICE_REAP_NONBLOCK, &reap,
				     output, sizeof(output)),
		     "call %llu cannot be reaped: %s",
		     (unsigned long long)call->id, strerror(errno));
		scene_reaped(scene, &reap);
	}
	check_state(scene, call);
}

void scene_check(struct scene *scene)
{
	struct sluice_reap reap;
	uint64_t submitted;
	char output[64];
	unsigned int i;

	submitted = books_counter(&scene->operator, "call_submitted") -
		    scene->submitted;
	must(scene, submitted == scene->count,
	     "%llu calls were accepted, of which %u were told to anybody",
	     (unsigned long long)submitted, scene->count);
	for (i = 0; i < scene->count; i++)
		check_call(scene, &scene->calls[i]);
	must(scene, st_reap(scene->other, 0, SLUICE_REAP_NONBLOCK, &reap,
			    output, sizeof(output)) && errno == ENODATA,
	     "the other file has a call too many");
	must(scene, scene->client < 0 ||
	     (st_reap(scene->client, 0, SLUICE_REAP_NONBLOCK, &reap, output,
		      sizeof(output)) && errno == ENODATA),
	     "the file has a call too many");
}

/*
 * End
 */

static void close_file(_Atomic int *place)
{
	int fd = atomic_exchange(place, -1);

	if (fd >= 0)
		close(fd);
}

void scene_end(struct scene *scene)
{
	struct wire *wire = &scene->operator;
	unsigned int looks = 0, i;
	const char *left;

	close_file(&scene->client);
	close_file(&scene->spare);
	close(scene->other);
	for (i = 0; i < SCENE_ACTORS; i++)
		close_file(&scene->numbers[i]);
	for (i = 0; i < SCENE_DOORS; i++)
		close_file(&scene->doors[i]);
	wire_begin(wire, SLUICE_CMD_TASK_DEL, 0);
	wire_text(wire, SLUICE_A_TASK_NAME, SCENE_TASK);
	wire_do(wire, NULL, NULL);
	while ((left = books_not_idle(wire))) {
		del_envs(scene);
		wait_for(scene, &looks, left);
	}
	wire_begin(wire, SLUICE_CMD_BUDGET_DEL, 0);
	wire_text(wire, SLUICE_A_BUDGET_RESOURCE, SCENE_TOKEN);
	asks(scene, "budget-del when nobody has anything of it");
	wire_close(&scene->agent);
	wire_close(wire);
}

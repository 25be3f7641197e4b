// SPDX-License-Identifier: GPL-2.0-only
// timeout: 4000
/*
 * Each two operations that touch one object meet, again and again: the one when
 * the other is somewhere in the middle. Half of the times on one CPU, where a
 * timer ends the sleep of a thread that goes first, at a moment between the
 * beginning and the end of the other's system call; half of the times on two.
 * What must be true afterwards is in lib/scene.c, whoever came first.
 *
 * SLUICE_ROUNDS: how often each pair. SLUICE_SEED: with the same chance again.
 * A name as argument: only the pairs of that operation.
 */
#define _GNU_SOURCE
#define KTAP_SECONDS	1200
#include "grammar.h"
#include "ktap.h"
#include "scene.h"
#include "sluice_test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>

#define ROUNDS		6
#define UNLOAD_ROUNDS	12
/* Until a thread that was just made is surely where it is to be. */
#define LEAD		(3 * MS)

static struct dice dice;

static uint64_t wanted(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 0) : otherwise;
}

/*
 * Two threads that meet
 */

struct racer {
	struct actor *actor;
	uint64_t *usual;
	long (*fire)(struct actor *actor);
	int cpu;
	bool urgent;
	uint64_t at, began, ended;
	_Atomic pid_t thread;
	pthread_t id;
};

/* How long each move takes, by its place in moves[]; the last is to unload. */
#define MOVES	64
static uint64_t usual_of[MOVES + 1];

static void stand_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % get_nprocs(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void go_first(void)
{
	struct sched_param param = { .sched_priority = 1 };

	/* Where that is not allowed it goes when the other is through. */
	sched_setscheduler(0, SCHED_FIFO, &param);
}

static void sleep_until(uint64_t at)
{
	struct timespec time = { at / SECOND, at % SECOND };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) ==
	       EINTR)
		;
}

static void *run(void *arg)
{
	struct racer *racer = arg;

	stand_on(racer->cpu);
	if (racer->urgent) {
		go_first();
		sleep_until(racer->at);
	} else {
		while (st_now() < racer->at)
			;
	}
	racer->thread = (pid_t)syscall(SYS_gettid);
	racer->began = st_now();
	racer->actor->ret = racer->fire(racer->actor);
	racer->ended = st_now();
	racer->actor->ended = true;
	return NULL;
}

/* It is through, or waits in its system call for something. */
static bool settled(const struct racer *racer)
{
	char path[64], text[256] = "";
	int fd;

	if (racer->actor->ended)
		return true;
	if (!racer->thread)
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat",
		 (int)racer->thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strstr(text, ") S ");
}

/*
 * Somewhere between a little before the first begins and a little after it has
 * ended; every other time rather soon, as what takes long does most at first.
 */
static uint64_t some_moment(const struct racer *first)
{
	uint64_t usual = *first->usual ? *first->usual : MS / 2;
	uint64_t span = usual * 3 / 2;

	if (dice_one_in(&dice, 2))
		span = dice_throw(&dice) % span + 1;
	return first->at - usual / 4 + dice_throw(&dice) % span;
}

static void learn(const struct racer *racer)
{
	uint64_t took = racer->ended - racer->began;

	/* That which waits for others says nothing. */
	if (racer->actor->ended && took < 200 * MS)
		*racer->usual = *racer->usual ? (3 * *racer->usual + took) / 4 :
				took;
}

/* When they have met, and both are through or wait. */
static void meet(struct racer *first, struct racer *second)
{
	bool beside = dice_one_in(&dice, 2);
	uint64_t now = st_now();

	first->cpu = 0;
	first->urgent = false;
	first->at = now + LEAD;
	second->cpu = beside;
	second->urgent = !beside;
	second->at = some_moment(first);
	CHECK_EQ(pthread_create(&second->id, NULL, run, second), 0);
	CHECK_EQ(pthread_create(&first->id, NULL, run, first), 0);
	while (!settled(first) || !settled(second))
		st_sleep_ms(1);
	learn(first);
}

static bool overlap(const struct racer *a, const struct racer *b)
{
	return a->ended && b->ended && a->began < b->ended &&
	       b->began < a->ended;
}

/*
 * Pairs
 */

static enum scene_state some_state(const struct move *a, const struct move *b)
{
	bool many = (a->touches | b->touches) & TOUCHES_MANY;
	enum scene_state state;

	do {
		state = dice_below(&dice, many ? SCENE_STATES : SCENE_CROWD);
	} while (!scene_has(state, a) || !scene_has(state, b));
	return state;
}

static void may_say(const struct move *a, const struct move *b,
		    const struct actor *actor)
{
	if (!actor_may_say(actor))
		ktap_fail("%s with %s: %s says %s", a->name, b->name,
			  actor->move->name, strerror(-actor->ret));
}

static bool race(const struct move *a, const struct move *b)
{
	static struct scene scene;
	static struct actor actors[2];
	struct racer racers[2] = { { 0 } };
	int i;

	scene.timeout = 0;
	if ((a->touches | b->touches) & TAKES_TIME)
		scene.timeout = 1 + dice_throw(&dice) % (4 * LEAD);
	scene_begin(&scene, some_state(a, b));
	for (i = 0; i < 2; i++) {
		memset(&actors[i], 0, sizeof(actors[i]));
		actors[i].scene = &scene;
		actors[i].move = i ? b : a;
		scene.actors[i] = &actors[i];
		racers[i].actor = &actors[i];
		racers[i].fire = actors[i].move->fire;
		racers[i].usual = &usual_of[actors[i].move - moves];
		actor_open(&actors[i]);
	}
	i = dice_below(&dice, 2);
	meet(&racers[i], &racers[!i]);
	scene_play(&scene);
	for (i = 0; i < 2; i++)
		CHECK_EQ(pthread_join(racers[i].id, NULL), 0);
	for (i = 0; i < 2; i++)
		if (actors[i].move->finish)
			actors[i].move->finish(&actors[i]);
	for (i = 0; i < 2; i++)
		may_say(a, b, &actors[i]);
	scene_check(&scene);
	for (i = 0; i < 2; i++)
		actor_close(&actors[i]);
	scene_end(&scene);
	return overlap(&racers[0], &racers[1]);
}

static const struct move *find(const char *name)
{
	unsigned int i, at;

	CHECK(moves_count <= MOVES);
	for (i = 0; i < moves_count; i++) {
		for (at = 0; name[at] && (name[at] == moves[i].name[at] ||
					  moves[i].name[at] == '-'); at++)
			;
		if (!name[at] && !moves[i].name[at])
			return &moves[i];
	}
	ktap_fail("there is no move %s", name);
}

/* Those before it have met it already. */
static bool is_pair(const struct move *a, const struct move *b)
{
	return a->touches & b->touches &
	       ~(LOOKS_ONLY | TOUCHES_MANY | TAKES_TIME) &&
	       (b >= a || b->touches & LOOKS_ONLY);
}

static void races_of(const char *name)
{
	uint64_t rounds = wanted("SLUICE_ROUNDS", ROUNDS);
	uint64_t seed = wanted("SLUICE_SEED", st_now() / MS % 1000000);
	const struct move *a = find(name), *b;
	unsigned int pairs = 0, met = 0;
	uint64_t round;

	printf("# SLUICE_SEED=%llu\n", (unsigned long long)seed);
	dice_begin(&dice, seed);
	for (b = moves; b < moves + moves_count; b++) {
		if (!is_pair(a, b))
			continue;
		pairs++;
		/* So that what hangs or dies has said with whom. */
		printf("# with %s\n", b->name);
		fflush(stdout);
		for (round = 0; round < rounds; round++)
			met += race(a, b);
	}
	printf("# %u pairs, %u of %llu times in the middle\n", pairs, met,
	       (unsigned long long)(pairs * rounds));
}

#define PREFIX	"race_"
#define RACES(name) TEST(race_##name) { races_of(#name); }

RACES(submit)
RACES(submit_key)
RACES(submit_detached)
RACES(submit_large)
RACES(call)
RACES(call_new)
RACES(cancel)
RACES(call_del)
RACES(change)
RACES(call_set)
RACES(reap)
RACES(reap_wait)
RACES(reap_any)
RACES(reap_any_wait)
RACES(reap_small)
RACES(close)
RACES(next)
RACES(next_wait)
RACES(next_small)
RACES(answer)
RACES(answer_next)
RACES(close_door)
RACES(attach)
RACES(attach_polled)
RACES(poll_door)
RACES(env_failed)
RACES(env_drain)
RACES(env_pids)
RACES(env_del)
RACES(task_new)
RACES(task_set)
RACES(task_needs)
RACES(task_pause)
RACES(task_drain)
RACES(task_del)
RACES(budget_lower)
RACES(budget_raise)
RACES(budget_del)
RACES(agent_set)
RACES(agent_leaves)
RACES(time_out)
RACES(limit)

/* A move that is not above would meet nobody. */
TEST(all_moves_meet)
{
	const struct ktap_test *test;
	unsigned int i;

	for (i = 0; i < moves_count; i++) {
		if (moves[i].touches & LOOKS_ONLY || !moves[i].touches)
			continue;
		for (test = ktap_first; test; test = test->next)
			if (!strncmp(test->name, PREFIX, strlen(PREFIX)) &&
			    find(test->name + strlen(PREFIX)) == &moves[i])
				break;
		if (!test)
			ktap_fail("%s is missing", moves[i].name);
	}
}

/*
 * The module goes
 */

static long fire_unload(struct actor *actor)
{
	(void)actor;
	return st_module_unload();
}

static void make_task(struct wire *wire)
{
	wire_begin(wire, SLUICE_CMD_TASK_NEW, 0);
	wire_text(wire, SLUICE_A_TASK_NAME, SCENE_TASK);
	wire_do(wire, NULL, NULL);
}

/* True: the module went. Whoever was told that it took a call finds it. */
static bool race_unload(struct scene *scene, const struct move *move)
{
	static struct actor actors[2];
	struct racer racers[2] = {
		{ .actor = &actors[0], .fire = move->fire,
		  .usual = &usual_of[move - moves] },
		{ .actor = &actors[1], .fire = fire_unload,
		  .usual = &usual_of[MOVES] },
	};
	struct sluice_call_args none = { 0 };
	struct st_call call;
	uint64_t id = 0;
	int i;

	memset(actors, 0, sizeof(actors));
	memset(scene->calls, 0, sizeof(scene->calls));
	scene->count = 0;
	actors[0].scene = scene;
	actors[0].move = move;
	actors[0].args = none;
	actor_open(&actors[0]);
	make_task(&actors[0].wire);
	if (move->prepare)
		move->prepare(&actors[0]);
	i = dice_below(&dice, 2);
	meet(&racers[i], &racers[!i]);
	for (i = 0; i < 2; i++)
		CHECK_EQ(pthread_join(racers[i].id, NULL), 0);
	/* An open file holds it. */
	if (actors[1].ret && !st_module_loaded())
		ktap_fail("%s: it went and says %s", move->name,
			  strerror(-actors[1].ret));
	if (move->finish)
		move->finish(&actors[0]);
	if (scene->count)
		id = scene->calls[0].id;
	if (id && !actors[1].ret)
		ktap_fail("%s was told that call %llu is accepted, and the module went",
			  move->name, (unsigned long long)id);
	st_forget();
	if (id && st_call_get(id, &call))
		ktap_fail("%s: call %llu is lost", move->name,
			  (unsigned long long)id);
	actor_close(&actors[0]);
	/* Now nothing holds it any more. */
	if (st_module_loaded())
		st_task_del_all();
	st_forget();
	if (st_module_loaded())
		UNTIL(!st_module_unload());
	CHECK_EQ(st_module_load(""), 0);
	return !actors[1].ret;
}

TEST(unload)
{
	static const char * const names[] = {
		"call_new", "task_new", "task_set", "task_pause", "task_del",
		"task_dump", "budget_raise", "env_dump", "agent_set", "stats",
		"call_dump", "open",
	};
	uint64_t rounds = wanted("SLUICE_ROUNDS", UNLOAD_ROUNDS), round;
	uint64_t seed = wanted("SLUICE_SEED", st_now() / MS % 1000000);
	static struct scene scene = { .client = -1, .other = -1 };
	unsigned int i, went;

	printf("# SLUICE_SEED=%llu\n", (unsigned long long)seed);
	dice_begin(&dice, seed);
	st_forget();
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct move *move = find(names[i]);

		went = 0;
		for (round = 0; round < rounds; round++)
			went += race_unload(&scene, move);
		printf("# %s: it went %u of %llu times\n", move->name, went,
		       (unsigned long long)rounds);
		fflush(stdout);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
// timeout: 2000
/*
 * Each allocation of each operation of both doors fails once: the operation says
 * so or does without, what was promised is kept, and nothing is left. Somebody
 * listens to all that happens, so that what is told is made, too.
 *
 * It is the kernel's fail-nth, for which it must have been built.
 */
#define _GNU_SOURCE
#define KTAP_SECONDS	600
#include "ktap.h"
#include "scene.h"
#include "sluice_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define SLABS		"/sys/kernel/slab"
/* An operation that still comes to another allocation goes round in circles. */
#define POINTS_MAX	400

static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	/* Not all kernels have all of them. */
	if (fd < 0)
		return;
	if (write(fd, value, strlen(value)) < 0)
		printf("# %s: %s\n", path, strerror(errno));
	close(fd);
}

/* All slabs may fail but those of who looks for leaks: he has reserves. */
static void choose_slabs(void)
{
	DIR *dir = opendir(SLABS);
	struct dirent *entry;
	char path[512];

	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name == '.' ||
		    !strncmp(entry->d_name, "kmemleak", 8))
			continue;
		snprintf(path, sizeof(path), SLABS "/%s/failslab",
			 entry->d_name);
		if (!access(path, W_OK))
			set(path, "1");
	}
	if (dir)
		closedir(dir);
}

static void set_up(void)
{
	static const char debug[] = "/sys/kernel/debug/";
	static const char * const settings[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "failslab/cache-filter", "Y" },
		{ "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/min-order", "0" },
		{ "fail_page_alloc/verbose", "0" },
	};
	char path[128];
	unsigned int i;

	if (access(FAIL_NTH, W_OK))
		ktap_skip("the kernel cannot let allocations fail");
	choose_slabs();
	for (i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		snprintf(path, sizeof(path), "%s%s", debug, settings[i][0]);
		set(path, settings[i][1]);
	}
}

/*
 * A system call in which one allocation fails
 */

struct failing {
	struct actor *actor;
	unsigned int nth;
	bool failed;
	_Atomic pid_t thread;
};

static void *fire(void *arg)
{
	struct failing *failing = arg;
	char text[16] = "";
	int fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);

	snprintf(text, sizeof(text), "%u", failing->nth);
	if (fd < 0 || pwrite(fd, text, strlen(text), 0) < 0)
		_exit(1);
	failing->thread = (pid_t)syscall(SYS_gettid);
	failing->actor->ret = failing->actor->move->fire(failing->actor);
	if (pread(fd, text, sizeof(text) - 1, 0) < 1 ||
	    pwrite(fd, "0", 1, 0) < 1)
		_exit(1);
	close(fd);
	failing->failed = !atoi(text);
	failing->actor->ended = true;
	return NULL;
}

/* It has begun its system call, and waits in it. */
static bool sleeps(const struct failing *failing)
{
	char path[64], text[256] = "";
	int fd;

	if (!failing->thread)
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat",
		 (int)failing->thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strstr(text, ") S ");
}

/* What a lack of memory may be called. */
static bool lacks_memory(long ret)
{
	return ret == -ENOMEM || ret == -ENOBUFS;
}

static void empty(struct nl_sock *ears)
{
	static char buffer[65536];

	while (recv(nl_socket_get_fd(ears), buffer, sizeof(buffer),
		    MSG_DONTWAIT) > 0 || errno == ENOBUFS)
		errno = 0;
}

/* Did one fail? Else there are no more. */
static bool make_move(const struct move *move, enum scene_state state,
		      unsigned int nth)
{
	static struct scene scene;
	static struct actor actor;
	struct failing failing = { .actor = &actor, .nth = nth };
	pthread_t thread;

	memset(&actor, 0, sizeof(actor));
	scene.poor = true;
	actor.scene = &scene;
	actor.move = move;
	scene_begin(&scene, state);
	scene.actors[0] = &actor;
	actor_open(&actor);
	CHECK_EQ(pthread_create(&thread, NULL, fire, &failing), 0);
	/* It comes before all that we do, or waits for that. */
	while (!actor.ended && !sleeps(&failing))
		sched_yield();
	scene_play(&scene);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	if (move->finish)
		move->finish(&actor);
	if (!actor_may_say(&actor) &&
	    !(failing.failed && lacks_memory(actor.ret)))
		ktap_fail("%s in scene %s, the %u. allocation fails: %s",
			  move->name, scene_state_names[state], nth,
			  strerror(-actor.ret));
	scene_check(&scene);
	actor_close(&actor);
	scene_end(&scene);
	return failing.failed;
}

static unsigned int make_moves(const struct move *move,
			       enum scene_state state, struct nl_sock *ears)
{
	unsigned int nth = 1;

	while (make_move(move, state, nth)) {
		empty(ears);
		if (++nth > POINTS_MAX)
			ktap_fail("%s in scene %s never comes to an end",
				  move->name, scene_state_names[state]);
	}
	return nth - 1;
}

TEST(every_operation)
{
	struct nl_sock *ears, *agent;
	unsigned int i, state, points, all = 0;

	set_up();
	ears = st_listen();
	agent = st_listen_as_agent();
	for (i = 0; i < moves_count; i++) {
		points = 0;
		/* What only others make interesting. */
		if (moves[i].touches & (TOUCHES_SPARE | TAKES_TIME))
			continue;
		for (state = 0; state < SCENE_CROWD; state++)
			points += make_moves(&moves[i], state, ears);
		printf("# %-16s %u points\n", moves[i].name, points);
		fflush(stdout);
		empty(agent);
		all += points;
	}
	printf("# %u points in all\n", all);
	CHECK(all);
}

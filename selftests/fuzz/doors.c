// SPDX-License-Identifier: GPL-2.0-only
// timeout: 4000
/*
 * Both doors under random requests that are right as a rule and at times broken
 * in one place: submitters with threads that share files, workers, an agent,
 * operators, listeners, parameters, and the module's unloading, all at the same
 * time; processes are killed in the middle. The statistics are right at every
 * moment, and when all have gone nothing is left and the module unloads.
 *
 * SLUICE_SECONDS: for how long. SLUICE_SEED: plays a run again, as far as threads
 * that race can: each throws the same dice.
 */
#define _GNU_SOURCE
#define KTAP_SECONDS	3600
#include "books.h"
#include "grammar.h"
#include "ktap.h"
#include "sluice_test.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define SECONDS		10
#define SECONDS_LONG	60	/* with SLUICE_TEST_LONG */
#define PHASE		(5 * SECOND / 2)
#define THREADS		3
#define FILES		4
#define SHARED		3
#define ACTORS		16
/* What has not come by then hangs: it is counted in naps, as in ktap.h. */
#define LOOKS_MAX	3000
#define CGROUPS		"/sys/fs/cgroup/sluice-fuzz"
#define NOBODY		65534

/* What is done to the device; behind these stand the requests by netlink. */
enum deed {
	SUBMIT,
	CALL,
	REAP,
	CANCEL,
	CHANGE,
	ATTACH,
	NEXT,
	ANSWER,
	POLL,
	OPEN,
	CLOSE,
	OTHER,
	PARAMETER,
	UNLOAD,
	LOAD,
	REQUESTS,
	DEEDS = REQUESTS + GRAMMAR_REQUESTS,
};

static const char * const deed_names[REQUESTS] = {
	"submit", "call", "reap", "cancel", "change", "attach", "next",
	"answer", "poll", "open", "close", "other", "parameter", "unload",
	"load",
};

/* Common to all processes. */
static struct stage {
	struct known known;
	_Atomic uint64_t done[DEEDS], good[DEEDS];
	/* Files are to be closed: else the module could never go. */
	_Atomic bool hush;
	_Atomic bool wrong;
	char text[256];
} *stage;

/* Open in all of them, so that a file outlives who uses it. */
static int shared[SHARED] = { -1, -1, -1 };
/* The module comes and goes: files are closed when that is asked for. */
static bool loose;
static char module_path[256];

static bool did(enum deed deed, bool good)
{
	stage->done[deed]++;
	if (good)
		stage->good[deed]++;
	return good;
}

/* What is right as a rule is broken once in so many times. */
static bool breaks(struct dice *dice)
{
	return dice_one_in(dice, 5);
}

/*
 * Submitters
 */

struct client {
	_Atomic int fds[FILES];
	uint64_t seed;
};

/* An open one, unless there is hardly any. */
static int some_file(struct client *client, struct dice *dice)
{
	int tries = 10, fd = -1;

	while (fd < 0 && tries--) {
		uint32_t which = dice_below(dice, FILES + SHARED);

		fd = which < FILES ? client->fds[which] :
		     shared[which - FILES];
	}
	return fd;
}

static void submit(struct client *client, struct dice *dice, char *buffer)
{
	struct sluice_submit submit;

	grammar_submit(dice, &submit, buffer, dice_below(dice, 200));
	if (dice_one_in(dice, 32))
		submit.input_len = dice_below(dice, 1 << 18);
	if (breaks(dice))
		grammar_break(dice, &submit, sizeof(submit));
	if (did(SUBMIT, !ioctl(some_file(client, dice), SLUICE_IOC_SUBMIT,
			       &submit)))
		known_call(&stage->known, submit.id);
}

static void call(struct client *client, struct dice *dice, char *buffer)
{
	struct sluice_submit submit;
	struct sluice_reap reap;
	struct sluice_call_args args = {
		.size = sizeof(args),
		.submit = (uintptr_t)&submit,
		.reap = (uintptr_t)&reap,
	};

	grammar_submit(dice, &submit, buffer, dice_below(dice, 200));
	grammar_reap(dice, &stage->known, &reap, buffer, 4096);
	reap.flags = 0;
	if (breaks(dice))
		grammar_break(dice, &submit, sizeof(submit));
	else if (breaks(dice))
		grammar_break(dice, &reap, sizeof(reap));
	else if (breaks(dice))
		grammar_break(dice, &args, sizeof(args));
	did(CALL, !ioctl(some_file(client, dice), SLUICE_IOC_CALL, &args));
}

static void reap(struct client *client, struct dice *dice, char *buffer)
{
	struct sluice_reap reap;

	grammar_reap(dice, &stage->known, &reap, buffer,
		     dice_one_in(dice, 8) ? 0 : 1 << 18);
	if (breaks(dice))
		grammar_break(dice, &reap, sizeof(reap));
	did(REAP, !ioctl(some_file(client, dice), SLUICE_IOC_REAP, &reap));
}

static void cancel(struct client *client, struct dice *dice)
{
	struct sluice_cancel cancel;

	grammar_cancel(dice, &stage->known, &cancel);
	if (breaks(dice))
		grammar_break(dice, &cancel, sizeof(cancel));
	did(CANCEL, !ioctl(some_file(client, dice), SLUICE_IOC_CANCEL,
			   &cancel));
}

static void change(struct client *client, struct dice *dice)
{
	struct sluice_change change;

	grammar_change(dice, &stage->known, &change);
	if (breaks(dice))
		grammar_break(dice, &change, sizeof(change));
	did(CHANGE, !ioctl(some_file(client, dice), SLUICE_IOC_CHANGE,
			   &change));
}

static void look(struct client *client, struct dice *dice)
{
	struct pollfd poller = { .fd = some_file(client, dice),
				 .events = POLLIN };

	did(POLL, poll(&poller, 1, dice_below(dice, 3)) == 1);
}

/* What a file of a device may be asked, too. */
static void other(struct client *client, struct dice *dice, char *buffer)
{
	int fd = some_file(client, dice);

	switch (dice_below(dice, 6)) {
	case 0:
		did(OTHER, read(fd, buffer, 16) >= 0);
		break;
	case 1:
		did(OTHER, write(fd, buffer, 16) >= 0);
		break;
	case 2:
		did(OTHER, lseek(fd, 1, SEEK_SET) >= 0);
		break;
	case 3:
		did(OTHER, mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) !=
			   MAP_FAILED);
		break;
	default:
		did(OTHER, !ioctl(fd, dice_one_in(dice, 2) ? dice_throw(dice) :
				  _IOWR(SLUICE_IOC_MAGIC, dice_below(dice, 16),
					uint64_t), grammar_edge()));
		break;
	}
}

static void replace(_Atomic int *place, int fd)
{
	fd = atomic_exchange(place, fd);
	if (fd >= 0)
		did(CLOSE, !close(fd));
}

static void reopen(struct client *client, struct dice *dice)
{
	int fd = open(SLUICE_DEVICE, O_RDWR | O_CLOEXEC);

	if (did(OPEN, fd >= 0))
		replace(&client->fds[dice_below(dice, FILES)], fd);
}

/* Files hold the module. */
static void close_all(struct client *client)
{
	int i;

	for (i = 0; i < FILES; i++)
		replace(&client->fds[i], -1);
}

/* Not in the way of an environment's own door, but of all others. */
static void attach(struct client *client, struct dice *dice)
{
	struct sluice_attach attach = {
		.size = sizeof(attach),
		.env = stage->known.envs[dice_below(dice, KNOWN)],
		.cgroup_fd = dice_one_in(dice, 2) ? -1 : some_file(client, dice),
		.pid = getpid(),
	};

	if (breaks(dice))
		grammar_break(dice, &attach, sizeof(attach));
	did(ATTACH, !ioctl(some_file(client, dice), SLUICE_IOC_ATTACH,
			   &attach));
}

static void next(int fd, struct dice *dice, char *buffer)
{
	struct sluice_next next = {
		.size = sizeof(next),
		.flags = 1 + dice_below(dice, 7),
		.id = stage->known.calls[dice_below(dice, KNOWN)],
		.reason = SLUICE_REASON_ANSWERED,
		.output = (uintptr_t)buffer,
		.output_len = dice_below(dice, 64),
		.input = (uintptr_t)buffer,
		.input_cap = dice_below(dice, 4096),
	};

	if (breaks(dice))
		grammar_break(dice, &next, sizeof(next));
	did(NEXT, !ioctl(fd, SLUICE_IOC_NEXT, &next));
}

static void one_deed(struct client *client, struct dice *dice, char *buffer)
{
	switch (dice_below(dice, 32)) {
	case 0 ... 11:
		submit(client, dice, buffer);
		break;
	case 12:
		call(client, dice, buffer);
		break;
	case 13 ... 18:
		reap(client, dice, buffer);
		break;
	case 19 ... 21:
		cancel(client, dice);
		break;
	case 22 ... 24:
		change(client, dice);
		break;
	case 25:
		look(client, dice);
		break;
	case 26:
		other(client, dice, buffer);
		break;
	case 27:
		attach(client, dice);
		break;
	case 28:
		next(some_file(client, dice), dice, buffer);
		break;
	default:
		reopen(client, dice);
		break;
	}
}

static void *client_thread(void *arg)
{
	struct client *client = arg;
	char *buffer = calloc(1, 1 << 18);
	struct dice dice;

	dice_begin(&dice, __atomic_add_fetch(&client->seed, 1,
					     __ATOMIC_SEQ_CST));
	while (buffer) {
		one_deed(client, &dice, buffer);
		if (!stage->hush)
			continue;
		close_all(client);
		while (stage->hush)
			st_sleep_ms(1);
		reopen(client, &dice);
	}
	return NULL;
}

static void interrupted(int number)
{
	(void)number;
}

/* Threads that are interrupted again and again, until the process is killed. */
static void run_threads(void *(*run)(void *), void *arg)
{
	struct sigaction action = { .sa_handler = interrupted };
	pthread_t threads[THREADS];
	int i;

	sigaction(SIGUSR1, &action, NULL);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, run, arg))
			_exit(1);
	for (;;) {
		st_sleep_ms(10);
		for (i = 0; i < THREADS; i++)
			pthread_kill(threads[i], SIGUSR1);
	}
}

static void actor_client(uint64_t seed)
{
	struct client client = { .seed = seed << 8 };
	struct dice dice;
	int i;

	dice_begin(&dice, seed);
	for (i = 0; i < FILES; i++)
		client.fds[i] = open(SLUICE_DEVICE, O_RDWR | O_CLOEXEC);
	/* Who may do less stands at the door, too. */
	if (dice_one_in(&dice, 2) && setuid(NOBODY))
		_exit(1);
	run_threads(client_thread, &client);
}

/*
 * Workers
 */

struct workers {
	uint64_t seed;
	int cgroup;
};

static void note_env(const char *attrs, size_t len, void *arg)
{
	uint32_t id = wire_get_u32(attrs, len, SLUICE_A_ENV_ID);
	uint32_t *wanted = arg;

	known_env(&stage->known, id);
	if (!wire_get_u32(attrs, len, SLUICE_A_ENV_STATE) &&
	    !wire_attr(attrs, len, SLUICE_A_ENV_PID))
		*wanted = id;
}

static void note_call(const char *attrs, size_t len, void *arg)
{
	(void)arg;
	known_call(&stage->known, wire_get_u64(attrs, len, SLUICE_A_CALL_ID));
}

/* Look which environments there are; one that is wanted, or 0. */
static uint32_t find_wanted(struct wire *wire)
{
	uint32_t wanted = 0;

	wire_begin(wire, SLUICE_CMD_ENV_GET, NLM_F_DUMP);
	if (wire_do(wire, note_env, &wanted))
		wire_resolve(wire);
	return wanted;
}

static void fill_answer(struct dice *dice, struct sluice_next *next,
			uint64_t id, char *buffer)
{
	static const uint32_t reasons[] = {
		SLUICE_REASON_EXITED, SLUICE_REASON_SIGNALLED,
		SLUICE_REASON_NOT_STARTED, SLUICE_REASON_OUTPUT_SIZE,
		SLUICE_REASON_WORKER_DIED,
	};

	next->flags |= SLUICE_NEXT_ANSWER;
	next->id = id;
	next->reason = dice_one_in(dice, 4) ? reasons[dice_below(dice, 5)] :
		       SLUICE_REASON_ANSWERED;
	next->output = (uintptr_t)buffer;
	next->output_len = dice_below(dice, dice_one_in(dice, 32) ?
				      1 << 16 : 100);
	if (dice_one_in(dice, 3)) {
		next->log = (uintptr_t)buffer;
		next->log_len = dice_below(dice, SLUICE_LOG_MAX + 8);
	}
	if (dice_one_in(dice, 3))
		strcpy(next->message, "said by the worker");
}

/* Takes calls and answers them, until it is to end, or has had enough. */
static void serve(int fd, struct dice *dice, char *buffer)
{
	uint32_t enough = dice_below(dice, 200);
	struct sluice_next next;
	uint64_t id = 0;

	while (enough-- && !stage->hush) {
		bool answers;

		memset(&next, 0, sizeof(next));
		next.size = sizeof(next);
		next.input = (uintptr_t)buffer;
		next.input_cap = dice_one_in(dice, 16) ? 8 : 1 << 18;
		if (!dice_one_in(dice, 8))
			next.flags = SLUICE_NEXT_TAKE;
		if (dice_one_in(dice, 3))
			next.flags |= SLUICE_NEXT_NONBLOCK;
		if (id)
			fill_answer(dice, &next, id, buffer);
		if (next.flags == SLUICE_NEXT_ANSWER && dice_one_in(dice, 4))
			next.flags |= SLUICE_NEXT_LAST;
		if (dice_one_in(dice, 12))
			grammar_break(dice, &next, sizeof(next));
		answers = next.flags & SLUICE_NEXT_ANSWER;
		if (did(answers ? ANSWER : NEXT,
			!ioctl(fd, SLUICE_IOC_NEXT, &next)))
			id = next.flags & SLUICE_NEXT_TAKE ? next.id : 0;
		else if (errno == ESHUTDOWN)
			return;
		else if (errno == ENOENT)
			id = 0;
		else if (errno == EAGAIN && dice_one_in(dice, 2))
			sched_yield();
	}
}

static void *worker_thread(void *arg)
{
	struct workers *workers = arg;
	struct wire *wire = malloc(sizeof(*wire));
	char *buffer = calloc(1, 1 << 18);
	struct dice dice;

	dice_begin(&dice, __atomic_add_fetch(&workers->seed, 1,
					     __ATOMIC_SEQ_CST));
	while (wire && buffer && wire_open(wire)) {
		struct sluice_attach attach = {
			.size = sizeof(attach),
			.env = find_wanted(wire),
			.cgroup_fd = dice_one_in(&dice, 2) ? workers->cgroup :
				     -1,
			.pid = getpid(),
		};
		int fd = attach.env && !stage->hush ?
			 open(SLUICE_DEVICE, O_RDWR | O_CLOEXEC) : -1;

		wire_close(wire);
		if (fd < 0)
			st_sleep_ms(1);
		else if (did(ATTACH, !ioctl(fd, SLUICE_IOC_ATTACH, &attach)))
			serve(fd, &dice, buffer);
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

/* In a cgroup of its own, as a worker is; where there is none, without. */
static int enter_cgroup(void)
{
	char path[80];
	FILE *file;

	snprintf(path, sizeof(path), CGROUPS "/%d", getpid());
	if (mkdir(path, 0755))
		return -1;
	strcat(path, "/cgroup.procs");
	file = fopen(path, "w");
	if (!file)
		return -1;
	fprintf(file, "%d", getpid());
	if (fclose(file))
		return -1;
	*strrchr(path, '/') = '\0';
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void actor_worker(uint64_t seed)
{
	struct workers workers = { .seed = seed << 8,
				   .cgroup = enter_cgroup() };

	run_threads(worker_thread, &workers);
}

/*
 * Netlink
 */

static wire_fn note_fn(enum grammar_request request)
{
	return request == GRAMMAR_CALL_NEW || request == GRAMMAR_CALL_DUMP ?
	       note_call : NULL;
}

static void request(struct wire *wire, struct dice *dice,
		    enum grammar_request request)
{
	int ret;

	grammar_message(dice, &stage->known, wire, request);
	if (breaks(dice))
		grammar_break_message(dice, wire);
	ret = wire_do(wire, note_fn(request), NULL);
	did(REQUESTS + request, !ret);
	/* The module may be another one. */
	if (ret == -ENOENT && dice_one_in(dice, 16))
		wire_resolve(wire);
}

static void actor_operator(uint64_t seed)
{
	static const enum grammar_request often[] = {
		GRAMMAR_TASK_NEW, GRAMMAR_TASK_SET, GRAMMAR_CALL_NEW,
		GRAMMAR_BUDGET_SET, GRAMMAR_CALL_NEW, GRAMMAR_TASK_MODE,
	};
	static struct wire wire;
	struct dice dice;

	dice_begin(&dice, seed);
	for (;;) {
		if (!wire_open(&wire))
			_exit(1);
		while (dice_below(&dice, 300)) {
			/* An agent that nobody sees. */
			uint32_t any = dice_below(&dice, GRAMMAR_REQUESTS - 1);

			request(&wire, &dice, dice_one_in(&dice, 3) ? any :
				often[dice_below(&dice, 6)]);
			if (dice_one_in(&dice, 20))
				find_wanted(&wire);
		}
		wire_close(&wire);
	}
}

static void actor_agent(uint64_t seed)
{
	static struct wire wire;
	struct dice dice;

	dice_begin(&dice, seed);
	for (;;) {
		if (!wire_open(&wire))
			_exit(1);
		request(&wire, &dice, GRAMMAR_AGENT_SET);
		/* It goes at times, and another one comes. */
		while (dice_below(&dice, 400)) {
			find_wanted(&wire);
			if (dice_one_in(&dice, 4))
				request(&wire, &dice, GRAMMAR_ENV_SET);
			if (dice_one_in(&dice, 16))
				request(&wire, &dice, GRAMMAR_ENV_DEL);
			if (dice_one_in(&dice, 16))
				request(&wire, &dice, GRAMMAR_ENV_NEXT);
			if (dice_one_in(&dice, 32))
				request(&wire, &dice, GRAMMAR_AGENT_SET);
			if (!wire.family)
				wire_resolve(&wire);
			st_sleep_ms(1);
		}
		wire_close(&wire);
	}
}

static void find_group(const char *attrs, size_t len, void *arg)
{
	const struct nlattr *groups = wire_attr(attrs, len,
						CTRL_ATTR_MCAST_GROUPS);
	const char *at, *end;
	uint32_t *ids = arg;
	unsigned int i;

	if (!groups)
		return;
	at = (const char *)groups + NLA_HDRLEN;
	end = (const char *)groups + groups->nla_len;
	for (i = 0; i < 2 && at + NLA_HDRLEN < end; i++) {
		const struct nlattr *group = (const struct nlattr *)at;

		ids[i] = wire_get_u32(at + NLA_HDRLEN,
				      group->nla_len - NLA_HDRLEN,
				      CTRL_ATTR_MCAST_GRP_ID);
		at += NLA_ALIGN(group->nla_len);
	}
}

/* Hears a while, or does not; and a dump that nobody reads to its end. */
static void actor_listener(uint64_t seed)
{
	static struct wire wire;
	struct dice dice;

	dice_begin(&dice, seed);
	for (;;) {
		uint32_t groups[2] = { 0 };
		int i;

		if (!wire_open(&wire))
			_exit(1);
		wire_begin(&wire, CTRL_CMD_GETFAMILY, 0);
		((struct nlmsghdr *)wire.out)->nlmsg_type = GENL_ID_CTRL;
		wire_text(&wire, CTRL_ATTR_FAMILY_NAME, SLUICE_FAMILY_NAME);
		wire_do(&wire, find_group, groups);
		for (i = 0; i < 2; i++)
			setsockopt(wire.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
				   &groups[i], sizeof(groups[i]));
		if (dice_one_in(&dice, 2)) {
			grammar_message(&dice, &stage->known, &wire,
					GRAMMAR_CALL_DUMP);
			wire_send(&wire);
		}
		for (i = dice_below(&dice, 30); i; i--) {
			st_sleep_ms(dice_below(&dice, 10));
			if (dice_one_in(&dice, 2))
				wire_hear(&wire, NULL, NULL);
		}
		wire_close(&wire);
	}
}

/*
 * The module
 */

static const struct parameter {
	const char *name, *values[6], *normal;
} parameters[] = {
	{ "max_calls", { "0", "1", "8", "500", "4294967295" }, "100000" },
	{ "max_bytes", { "0", "4096", "18446744073709551615" }, "67108864" },
	{ "max_input", { "0", "64", "65536", "4294967295" }, "1048576" },
	{ "max_output", { "0", "64", "65536", "4294967295" }, "1048576" },
	{ "max_tasks", { "0", "2", "4294967295" }, "256" },
	{ "max_envs", { "0", "1", "3", "4294967295" }, "64" },
	{ "max_files", { "0", "6", "4294967295" }, "1024" },
	{ "max_file_calls", { "0", "1", "32" }, "16384" },
	{ "max_file_unread", { "0", "100", "18446744073709551615" },
	  "16777216" },
	{ "max_unread", { "0", "300", "18446744073709551615" }, "67108864" },
	{ "history", { "0", "1", "20", "4294967295" }, "256" },
	{ "history_bytes", { "0", "1", "100000" }, "4194304" },
	{ "tick_ms", { "0", "1", "4294967295" }, "100" },
	{ "idle_tick_ms", { "0", "1", "4294967295" }, "1000" },
	{ "cpu_outside", { "N", "Y" }, "Y" },
};

#define PARAMETERS	(sizeof(parameters) / sizeof(*parameters))

static const char *some_value(struct dice *dice,
			      const struct parameter *parameter)
{
	unsigned int count = 0;

	while (parameter->values[count])
		count++;
	/* As it is, or nothing would get far. */
	if (!dice_one_in(dice, 6))
		return parameter->normal;
	return parameter->values[dice_below(dice, count)];
}

static bool set_parameter(const char *name, const char *value)
{
	char path[128];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/sys/module/sluice/parameters/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = write(fd, value, strlen(value));
	close(fd);
	return len > 0;
}

static void actor_parameters(uint64_t seed)
{
	struct dice dice;

	dice_begin(&dice, seed);
	for (;;) {
		const struct parameter *one =
			&parameters[dice_below(&dice, PARAMETERS)];

		did(PARAMETER, set_parameter(one->name, some_value(&dice, one)));
		st_sleep_ms(5);
	}
}

/* Back again, with some parameter. */
static void load(struct dice *dice, struct wire *wire)
{
	const struct parameter *one = &parameters[dice_below(dice, PARAMETERS)];
	int fd = open(module_path, O_RDONLY | O_CLOEXEC);
	char options[128];

	snprintf(options, sizeof(options), "%s=%s", one->name,
		 some_value(dice, one));
	did(LOAD, !syscall(SYS_finit_module, fd, options, 0));
	close(fd);
	chmod(SLUICE_DEVICE, 0666);
	wire_resolve(wire);
	grammar_found(dice, wire);
}

/* What it can to get rid of the module, but for who asks by netlink meanwhile. */
static bool unload(struct wire *wire)
{
	int tries;

	stage->hush = loose;
	for (tries = loose ? 20 : 1; tries; tries--) {
		if (loose) {
			grammar_clear(wire);
			st_sleep_ms(1);
		}
		if (did(UNLOAD, !st_module_unload()) || !st_module_loaded())
			break;
	}
	stage->hush = false;
	return tries;
}

static void actor_unloader(uint64_t seed)
{
	static struct wire wire;
	struct dice dice;

	dice_begin(&dice, seed);
	if (!wire_open(&wire))
		_exit(1);
	for (;;) {
		if (unload(&wire))
			load(&dice, &wire);
		else
			grammar_found(&dice, &wire);
		st_sleep_ms(dice_below(&dice, 100));
	}
}

static void actor_judge(uint64_t seed)
{
	static struct wire wire;
	const char *wrong;

	(void)seed;
	if (!wire_open(&wire))
		_exit(1);
	for (;;) {
		wrong = books_wrong(&wire);
		if (wrong && !atomic_exchange(&stage->wrong, true))
			snprintf(stage->text, sizeof(stage->text), "%s", wrong);
		st_sleep_ms(2);
	}
}

/*
 * A phase: all of them for a while, and then nothing is left
 */

struct role {
	void (*act)(uint64_t seed);
	/* How many of them, where files stay open and where they do not. */
	int held, loose;
	bool mortal;
};

static const struct role roles[] = {
	{ actor_client, 3, 2, true },
	{ actor_worker, 2, 1, true },
	{ actor_operator, 2, 2, true },
	{ actor_agent, 1, 1, true },
	{ actor_listener, 1, 0, true },
	{ actor_parameters, 1, 1, false },
	{ actor_unloader, 1, 1, false },
	{ actor_judge, 1, 1, false },
};

struct actor {
	const struct role *role;
	pid_t pid;
	uint64_t seed;
};

static void start(struct actor *actor)
{
	fflush(stdout);
	actor->pid = fork();
	if (actor->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	actor->role->act(actor->seed);
	_exit(1);
}

static struct actor *actor_of(struct actor *actors, unsigned int count,
			      pid_t pid)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (actors[i].pid == pid)
			return &actors[i];
	return NULL;
}

/* Whoever has died comes back, and throws other dice. */
static void come_back(struct actor *actors, unsigned int count)
{
	struct actor *actor;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		actor = actor_of(actors, count, pid);
		if (!actor)
			continue;
		actor->seed += 1000;
		start(actor);
	}
}

static unsigned int begin_phase(struct actor *actors, uint64_t seed)
{
	unsigned int count = 0, i;
	int n;

	for (i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		for (n = loose ? roles[i].loose : roles[i].held; n; n--) {
			actors[count].role = &roles[i];
			actors[count].seed = seed * 1000003 + count;
			start(&actors[count]);
			count++;
		}
	return count;
}

static void end_phase(struct actor *actors, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		kill(actors[i].pid, SIGKILL);
	for (i = 0; i < count; i++)
		while (waitpid(actors[i].pid, NULL, 0) < 0 && errno == EINTR)
			;
}

static void be_normal(void)
{
	unsigned int i;

	if (!st_module_loaded())
		st_module_load("");
	for (i = 0; i < PARAMETERS; i++)
		set_parameter(parameters[i].name, parameters[i].normal);
	chmod(SLUICE_DEVICE, 0666);
}

/* Nobody is left who could do anything: what is there ends when it is told to. */
static void settle(struct wire *wire)
{
	unsigned int looks = 0, i;
	const char *wrong;

	for (i = 0; i < SHARED; i++) {
		if (shared[i] >= 0)
			close(shared[i]);
		shared[i] = -1;
	}
	be_normal();
	st_forget();
	wire_resolve(wire);
	do {
		wrong = books_wrong(wire);
		if (wrong)
			ktap_fail("with all actors gone: %s", wrong);
		st_task_del_all();
		st_env_del_all();
		wrong = books_not_idle(wire);
		if (wrong && looks == LOOKS_MAX)
			ktap_fail("with all actors gone, this stays: %s",
				  wrong);
		if (wrong)
			st_look_again(&looks, wrong);
	} while (wrong);
	st_forget();
	for (looks = 0; st_module_unload();) {
		if (looks == LOOKS_MAX)
			ktap_fail("somebody holds the module");
		st_look_again(&looks, "the module to be unused");
	}
	CHECK_EQ(st_module_load(""), 0);
	(void)!system("find " CGROUPS " -mindepth 1 -type d "
		      "-exec rmdir {} + 2>/dev/null");
}

static void phase(uint64_t seed)
{
	static struct actor actors[ACTORS];
	static struct wire wire;
	unsigned int count, i;
	struct dice dice;
	uint64_t end;

	dice_begin(&dice, seed);
	loose = seed % 3 == 1;
	be_normal();
	stage->hush = false;
	if (!loose)
		for (i = 0; i < SHARED; i++)
			shared[i] = st_open();
	memset(&stage->known, 0, sizeof(stage->known));
	if (!wire_open(&wire))
		ktap_fail("no socket");
	grammar_found(&dice, &wire);
	count = begin_phase(actors, seed);
	printf("# seed %llu: %u actors%s\n", (unsigned long long)seed, count,
	       loose ? ", the module comes and goes" : "");
	for (end = st_now() + PHASE; st_now() < end && !stage->wrong;) {
		struct actor *victim = &actors[dice_below(&dice, count)];

		st_sleep_ms(10);
		if (victim->role->mortal && dice_one_in(&dice, 4))
			kill(victim->pid, SIGKILL);
		come_back(actors, count);
	}
	end_phase(actors, count);
	if (stage->wrong)
		ktap_fail("%s", stage->text);
	end = st_now();
	settle(&wire);
	printf("# all gone after %llu ms\n",
	       (unsigned long long)((st_now() - end) / MS));
	wire_close(&wire);
}

static void say_deeds(void)
{
	unsigned int i;

	for (i = 0; i < DEEDS; i++)
		printf("# %-12s %8llu, %llu good\n", i < REQUESTS ?
		       deed_names[i] : grammar_request_names[i - REQUESTS],
		       (unsigned long long)stage->done[i],
		       (unsigned long long)stage->good[i]);
}

static uint64_t wanted(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 0) : otherwise;
}

static void find_module(void)
{
	FILE *file = popen("modinfo -n sluice", "r");

	if (!file || !fgets(module_path, sizeof(module_path), file))
		ktap_fail("where is the module?");
	module_path[strcspn(module_path, "\n")] = '\0';
	pclose(file);
}

TEST(both_doors)
{
	uint64_t seconds = wanted("SLUICE_SECONDS", getenv("SLUICE_TEST_LONG") ?
						  SECONDS_LONG : SECONDS);
	uint64_t seed = wanted("SLUICE_SEED", st_now() / MS % 1000000);
	uint64_t end = st_now() + seconds * SECOND;

	signal(SIGPIPE, SIG_IGN);
	stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(stage != MAP_FAILED);
	find_module();
	mkdir(CGROUPS, 0755);
	printf("# SLUICE_SEED=%llu plays this again\n",
	       (unsigned long long)seed);
	/* Each phase has a seed of its own: the one that fails is enough. */
	do {
		phase(seed++);
		fflush(stdout);
	} while (st_now() < end);
	rmdir(CGROUPS);
	say_deeds();
}

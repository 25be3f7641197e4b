// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may know what, by asking and by listening: names, states and bills are for
 * all; what programs and submitters have written is for their user, and for whoever
 * has CAP_NET_ADMIN. How many listen, and whether they read, is nothing to those
 * who submit.
 */
#define _GNU_SOURCE
#include "ktap.h"
#include "sluice_test.h"

#include <dirent.h>
#include <netlink/genl/ctrl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OWN	1000
#define OTHER	1001

static const uint8_t given[SLUICE_TRACE_ID_LEN] = { 1, 2, 3 };

static void succeed(pid_t child)
{
	int status;

	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
}

/* Begins a child that is this user. What it is to do ends with done(). */
static pid_t as_user(uid_t user)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child)
		CHECK(!setgid(user) && !setuid(user));
	return child;
}

static void done(void)
{
	fflush(stdout);
	_exit(0);
}

static uint64_t submit_as(uid_t user, int fd, const char *task,
			  const char *input, const char *key)
{
	struct sluice_submit submit = { .flags = SLUICE_SUBMIT_DETACHED };
	int ends[2];
	uint64_t id;
	pid_t child;

	CHECK_EQ(pipe(ends), 0);
	strcpy(submit.key, key);
	memcpy(submit.trace_id, given, sizeof(given));
	child = as_user(user);
	if (!child) {
		CHECK_EQ(st_submit(fd, task, input, (uint32_t)strlen(input),
				   &submit), 0);
		CHECK_EQ(write(ends[1], &submit.id, sizeof(id)), sizeof(id));
		done();
	}
	succeed(child);
	CHECK_EQ(read(ends[0], &id, sizeof(id)), sizeof(id));
	close(ends[0]);
	close(ends[1]);
	return id;
}

/*
 * Asking
 */

static bool written(const struct st_call *call)
{
	return !memcmp(call->trace_id, given, sizeof(given)) &&
	       !strcmp(call->key, "mine") && !strcmp(call->message, "exit 3");
}

static bool nothing_written(const struct st_call *call)
{
	static const uint8_t none[SLUICE_TRACE_ID_LEN];

	return !memcmp(call->trace_id, none, sizeof(none)) && !*call->key &&
	       !*call->message;
}

struct listed {
	uint64_t id;
	unsigned int calls, written;
};

static void list(struct nlattr **a, void *arg)
{
	struct listed *listed = arg;

	if (nla_get_u64(a[SLUICE_A_CALL_ID]) != listed->id)
		return;
	listed->calls++;
	listed->written += a[SLUICE_A_CALL_TRACE_ID] || a[SLUICE_A_CALL_KEY] ||
			   a[SLUICE_A_CALL_MESSAGE];
	CHECK(a[SLUICE_A_CALL_TASK] && a[SLUICE_A_CALL_STATE] &&
	      a[SLUICE_A_CALL_RUN_TIME] && a[SLUICE_A_CALL_ORIGIN_UID]);
}

static void look(uint64_t id, bool all)
{
	struct listed listed = { .id = id };
	struct st_call call;

	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_FAILED);
	CHECK(all ? written(&call) : nothing_written(&call));
	CHECK_EQ(st_get(st_begin(SLUICE_CMD_CALL_GET, NLM_F_DUMP),
			SLUICE_A_CALL_MAX, list, &listed), 0);
	CHECK_EQ(listed.calls, 1);
	CHECK_EQ(listed.written, all);
}

static void look_as(uid_t user, uint64_t id, bool all)
{
	pid_t child = as_user(user);

	if (!child) {
		look(id, all);
		done();
	}
	succeed(child);
}

TEST(what_others_have_written_is_not_told)
{
	struct st_task task = { .name = "private" };
	int fd = st_open();
	pid_t agent;
	uint64_t id;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	id = submit_as(OWN, fd, "private", "exit 3", "mine");
	st_call_until(id, SLUICE_CALL_STATE_FAILED);
	look(id, true);
	look_as(OWN, id, true);
	look_as(OTHER, id, false);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("private"), 0);
}

struct places {
	uint32_t most;
	unsigned int calls;
};

static void note_place(struct nlattr **a, void *arg)
{
	struct places *places = arg;
	uint32_t place;

	/* Others have ended, and are remembered. */
	if (!a[SLUICE_A_CALL_POSITION])
		return;
	place = nla_get_u32(a[SLUICE_A_CALL_POSITION]);
	places->calls++;
	if (place > places->most)
		places->most = place;
}

/* However many wait, each costs a list the same. */
TEST(places_in_a_list_are_counted_so_far)
{
	struct st_task task = { .name = "long", .queue_max = 2000 };
	struct places places = { 0 };
	struct st_call call;
	int fd = st_open();
	uint64_t id = 0;
	int i;

	CHECK_EQ(st_task_new(&task), 0);
	for (i = 0; i < 1200; i++)
		id = st_submit_ok(fd, "long", "x");
	CHECK_EQ(st_get(st_begin(SLUICE_CMD_CALL_GET, NLM_F_DUMP),
			SLUICE_A_CALL_MAX, note_place, &places), 0);
	CHECK_EQ(places.calls, 1200);
	CHECK_EQ(places.most, 64);
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(call.position, 1000);
	CHECK_EQ(st_task_del("long"), 0);
	close(fd);
}

/*
 * Listening
 */

static int join(struct nl_sock *sock, const char *group)
{
	int id;

	CHECK(!genl_connect(sock));
	id = genl_ctrl_resolve_grp(sock, SLUICE_FAMILY_NAME, group);
	CHECK(id > 0);
	return setsockopt(nl_socket_get_fd(sock), SOL_NETLINK,
			  NETLINK_ADD_MEMBERSHIP, &id, sizeof(id));
}

/* What both groups say of all that happens to one call. */
TEST(states_are_for_all)
{
	static const uint32_t want[] = {
		SLUICE_CALL_STATE_QUEUED, SLUICE_CALL_STATE_STARTING,
		SLUICE_CALL_STATE_RUNNING, SLUICE_CALL_STATE_FAILED,
	};
	struct nl_sock *events = st_listen(), *states = nl_socket_alloc();
	struct nlattr *a[SLUICE_A_CALL_MAX + 1];
	struct st_task task = { .name = "told" };
	int fd = st_open();
	pid_t agent;
	uint64_t id;
	int i;

	CHECK_EQ(join(states, "states"), 0);
	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	id = submit_as(OWN, fd, "told", "exit 3", "mine");
	for (i = 0; i < 4; i++) {
		bool last = i == 3;

		st_event(events, SLUICE_CMD_CALL_NTF, a, SLUICE_A_CALL_MAX);
		CHECK_EQ(nla_get_u64(a[SLUICE_A_CALL_ID]), id);
		CHECK_EQ(nla_get_u32(a[SLUICE_A_CALL_STATE]), want[i]);
		CHECK(a[SLUICE_A_CALL_TRACE_ID] && a[SLUICE_A_CALL_KEY]);
		CHECK_EQ(!!a[SLUICE_A_CALL_MESSAGE], last);
		st_event(states, SLUICE_CMD_CALL_NTF, a, SLUICE_A_CALL_MAX);
		CHECK_EQ(nla_get_u64(a[SLUICE_A_CALL_ID]), id);
		CHECK_EQ(nla_get_u32(a[SLUICE_A_CALL_STATE]), want[i]);
		CHECK(!a[SLUICE_A_CALL_TRACE_ID] && !a[SLUICE_A_CALL_KEY] &&
		      !a[SLUICE_A_CALL_MESSAGE]);
		CHECK(a[SLUICE_A_CALL_TASK] && a[SLUICE_A_CALL_RUN_TIME]);
	}
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("told"), 0);
	/* A call that was refused has only what its submitter wrote. */
	CHECK_ERRNO(st_submit(fd, "told", "x", 1, &(struct sluice_submit){ }),
		    ENOENT);
	st_event(events, SLUICE_CMD_CALL_NTF, a, SLUICE_A_CALL_MAX);
	CHECK(a[SLUICE_A_CALL_REFUSAL] && a[SLUICE_A_CALL_TRACE_ID]);
	st_event(states, SLUICE_CMD_CALL_NTF, a, SLUICE_A_CALL_MAX);
	CHECK(a[SLUICE_A_CALL_REFUSAL] && !a[SLUICE_A_CALL_TRACE_ID]);
	nl_socket_free(events);
	nl_socket_free(states);
}

/* It is told that it has missed something, and hears what comes then. */
TEST(whoever_does_not_read_misses_something)
{
	struct nl_sock *states = nl_socket_alloc();
	struct st_task task = { .name = "deaf", .queue_max = 100000 };
	unsigned int looks = 0;
	char buffer[8192];
	int fd = st_open(), i;
	ssize_t len;

	CHECK_EQ(join(states, "states"), 0);
	CHECK_EQ(nl_socket_set_buffer_size(states, 8192, 0), 0);
	CHECK_EQ(st_task_new(&task), 0);
	for (i = 0; i < 300; i++)
		st_submit_ok(fd, "deaf", "x");
	/* Its first error comes before what it would have read. */
	do {
		st_look_again(&looks, "the buffer to be full");
		len = recv(nl_socket_get_fd(states), buffer, sizeof(buffer),
			   MSG_DONTWAIT | MSG_PEEK);
	} while (len >= 0 || errno != ENOBUFS);
	CHECK_EQ(st_task_del("deaf"), 0);
	do
		len = recv(nl_socket_get_fd(states), buffer, sizeof(buffer), 0);
	while (len < 0 && errno == ENOBUFS);
	CHECK(len > 0);
	nl_socket_free(states);
	close(fd);
}

#define BEHIND	100

static pid_t thread_named(const char *name)
{
	char comm[32] = "", path[300];
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	pid_t found = 0;
	FILE *file;

	CHECK(dir);
	while (!found && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fscanf(file, "%31s", comm) == 1 && !strcmp(comm, name))
			found = atoi(entry->d_name);
		fclose(file);
	}
	closedir(dir);
	return found;
}

static void stand_on_first_cpu(pid_t pid)
{
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	CHECK_EQ(sched_setaffinity(pid, sizeof(first), &first), 0);
}

/*
 * Leaves a thread what is left beside a child that is always busy, of one CPU:
 * three thousandths. It stands for a crowd whose sockets it cannot be through with.
 */
static pid_t starve(const char *name)
{
	const struct sched_param none = { 0 };
	pid_t pid = thread_named(name), child;

	CHECK(pid > 0);
	CHECK_EQ(sched_setscheduler(pid, SCHED_IDLE, &none), 0);
	stand_on_first_cpu(pid);
	fflush(stdout);
	child = fork();
	if (!child) {
		stand_on_first_cpu(0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			;
	}
	return child;
}

static void feed(const char *name, pid_t busy)
{
	const struct sched_param none = { 0 };
	pid_t pid = thread_named(name);
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	CHECK_EQ(sched_setscheduler(pid, SCHED_OTHER, &none), 0);
	CHECK_EQ(sched_setaffinity(pid, sizeof(all), &all), 0);
	kill(busy, SIGKILL);
	CHECK_EQ(waitpid(busy, NULL, 0), busy);
}

/* Reads events until that call was cancelled. */
static void hear_cancelled(struct nl_sock *events, uint64_t id)
{
	struct nlattr *a[SLUICE_A_CALL_MAX + 1];

	do
		st_event(events, SLUICE_CMD_CALL_NTF, a, SLUICE_A_CALL_MAX);
	while (nla_get_u64(a[SLUICE_A_CALL_ID]) != id ||
	       nla_get_u32(a[SLUICE_A_CALL_STATE]) !=
	       SLUICE_CALL_STATE_CANCELLED);
}

/*
 * To the states anybody may listen, and so many that the kernel cannot keep up with
 * what happens: who listens to the events misses nothing for it.
 */
TEST(who_listens_to_states_takes_no_event)
{
	struct nl_sock *events = st_listen(), *states = nl_socket_alloc();
	uint64_t lost = st_counter("event_lost"), ids[BEHIND], *id;
	pid_t busy = starve("sluice_states");
	struct st_task task = { .name = "crowded" };
	unsigned int calls;
	int fd = st_open();

	CHECK_EQ(nl_socket_set_buffer_size(events, 4 * MIB, 0), 0);
	CHECK_EQ(join(states, "states"), 0);
	CHECK_EQ(st_task_new(&task), 0);
	for (calls = 0; st_counter("event_lost") == lost; calls++) {
		id = &ids[calls % BEHIND];
		/* Never so far ahead that those could not be told. */
		if (calls >= BEHIND)
			hear_cancelled(events, *id);
		*id = st_submit_ok(fd, "crowded", "x");
		CHECK_EQ(st_cancel(fd, *id), 0);
		st_reap_as(fd, *id, SLUICE_CALL_STATE_CANCELLED,
			   SLUICE_REASON_CANCELLED);
	}
	printf("# after %u calls\n", calls);
	feed("sluice_states", busy);
	CHECK_EQ(st_task_del("crowded"), 0);
	nl_socket_free(states);
	nl_socket_free(events);
	close(fd);
}

#define TRACE	"/sys/kernel/tracing/instances/sluice-listen"

static bool trace(const char *file, const char *text)
{
	char path[128];
	FILE *to;
	bool ok;

	snprintf(path, sizeof(path), TRACE "/%s", file);
	to = fopen(path, "w");
	if (!to)
		return false;
	ok = fputs(text, to) >= 0;
	return !fclose(to) && ok;
}

static unsigned int traced(const char *text)
{
	FILE *file = fopen(TRACE "/trace", "r");
	unsigned int count = 0;
	char line[512];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		count += *line != '#' && strstr(line, text);
	fclose(file);
	return count;
}

/*
 * The kernel goes through all who listen when a message is sent to them: who
 * submits a call, and holds the lock, must not be the one that does it.
 */
TEST(who_submits_sends_to_nobody)
{
	struct nl_sock *events = st_listen(), *states = nl_socket_alloc();
	struct st_task task = { .name = "heard" };
	struct nlattr *a[SLUICE_A_CALL_MAX + 1];
	int fd = st_open();
	char pid[16];

	if (mkdir(TRACE, 0755))
		ktap_skip("no tracefs");
	if (!trace("set_ftrace_filter", "netlink_broadcast*") ||
	    !trace("current_tracer", "function"))
		ktap_skip("no function tracer");
	CHECK_EQ(join(states, "states"), 0);
	CHECK_EQ(st_task_new(&task), 0);
	snprintf(pid, sizeof(pid), "%d", getpid());
	CHECK(trace("set_ftrace_pid", pid));
	st_submit_ok(fd, "heard", "x");
	CHECK(trace("set_ftrace_pid", " "));
	st_submit_ok(fd, "heard", "x");
	do
		st_event(states, SLUICE_CMD_CALL_NTF, a, SLUICE_A_CALL_MAX);
	while (strcmp(nla_get_string(a[SLUICE_A_CALL_TASK]), "heard"));
	st_event(states, SLUICE_CMD_CALL_NTF, a, SLUICE_A_CALL_MAX);
	printf("# sent: %u, by the submitter: %u\n",
	       traced("netlink_broadcast"), traced("listen-"));
	CHECK_EQ(traced("listen-"), 0);
	/* It would have been seen. */
	CHECK(traced("sluice_events-") > 0);
	CHECK_EQ(st_task_del("heard"), 0);
	nl_socket_free(events);
	nl_socket_free(states);
	rmdir(TRACE);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of the module need: the netlink family and the device in plain
 * calls, and an agent of the test's own whose workers do what a call's input
 * says. Functions that cannot fail in a working test end it with a message.
 */
#ifndef SLUICE_TEST_H
#define SLUICE_TEST_H

#include <linux/sluice.h>
#include <netlink/attr.h>
#include <netlink/netlink.h>
#include <netlink/genl/genl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MIB	(1ULL << 20)
#define SECOND	1000000000ULL
#define MS	1000000ULL
/* Longer than any test takes, on however slow a machine. */
#define LONG	(3600 * SECOND)

/* Text and attribute offset of the last refused request. */
extern char st_extack[256];

/* One request at a time: begin, put with nla_put_*(), then send or get. */
struct nl_msg *st_begin(uint8_t cmd, int flags);
typedef void (*st_reply_fn)(struct nlattr **attrs, void *arg);
int st_send(struct nl_msg *msg);
void st_forget(void);
int st_get(struct nl_msg *msg, int maxattr, st_reply_fn fn, void *arg);

/* What happened: listen first, then take one event after the other. */
struct nl_sock *st_listen(void);
struct nl_sock *st_listen_as_agent(void);
void st_event(struct nl_sock *sock, uint8_t cmd, struct nlattr **attrs,
	      int maxattr);

/* What one unit of each resource is called in a request; ends with NULL. */
struct st_need {
	const char *resource;
	uint64_t amount;
};

/* Says 0 where a field that is 0 would not be said at all. */
#define ST_ZERO	(-1)

struct st_task {
	const char *name, *class;
	uint32_t priority, priority_max, weight;
	uint32_t queue_max, input_max, output_max;
	uint32_t envs_max, running_max;
	uint32_t overflow, keys, retries, quarantine_after, mode;
	uint64_t timeout, idle, queue_bytes;
	uint64_t runtime, deadline, patience, backoff, quarantine;
	uint64_t start_timeout, grace;
	struct st_need need[4];
};

/*
 * The times that @task does not say are LONG, so that what they bring about comes
 * only where a test asks for it, and not between two steps of a slow machine. But
 * there is no grace: nobody asks workers to end that are the test's own.
 */
int st_task_new(const struct st_task *task);
int st_task_set(const struct st_task *task);
int st_task_mode(const char *name, uint32_t mode);
int st_task_del(const char *name);
uint32_t st_task_del_all(void);
int st_budget_set(const char *resource, uint64_t amount);
int st_budget_del(const char *resource);
void st_limit_set(const char *name, const char *value);
/* Into a file that is there. */
bool st_write(const char *path, const char *text);

/* What a task says of itself; 0 for what it does not say. */
struct st_task_state {
	char class[SLUICE_NAME_SIZE];
	uint32_t priority, priority_max, weight, running_max, overflow;
	uint32_t retries;
	uint32_t quarantine_after, mode;
	uint32_t queued, delayed, running, envs, failures, claims;
	uint64_t runtime, deadline, patience, backoff, quarantine;
	uint64_t start_timeout, grace;
	uint64_t bytes, submitted, ended, refused, retried, superseded;
	uint64_t dropped, late, run_median, run_p95, quarantined_until;
};

int st_task_get(const char *name, struct st_task_state *state);

struct st_budget {
	uint64_t budget, reserved, promised, available, outside;
	uint32_t waiting;
};

int st_budget_get(const char *resource, struct st_budget *budget);

/* What a call says of itself; 0 for what it does not say. */
struct st_call {
	uint64_t id, need, missing, submitted, wait, run, cpu, peak;
	uint64_t timeout, deadline, runtime, ready_at, claim_call;
	uint64_t expected_start;
	uint32_t state, hold, env, reason, position, priority, attempts;
	uint32_t tasks_before, claims, restarts;
	int32_t status;
	bool has_tasks_before, has_claims;
	uint8_t trace_id[SLUICE_TRACE_ID_LEN];
	char resource[SLUICE_NAME_SIZE], message[SLUICE_MESSAGE_SIZE];
	char class[SLUICE_NAME_SIZE], key[SLUICE_KEY_SIZE];
};

int st_call_get(uint64_t id, struct st_call *call);
int st_call_cancel(uint64_t id);
/* @priority: -1 for the one that it has; @deadline: NULL for the same. */
int st_call_set(uint64_t id, int priority, const uint64_t *deadline);
/* Submitted by netlink. */
int st_call_new(const char *task, const char *input, const char *key,
		uint64_t *id);
void st_call_until(uint64_t id, uint32_t state);
void st_call_until_held(uint64_t id, uint32_t hold, struct st_call *call);
uint64_t st_counter(const char *name);

struct st_stats {
	uint32_t waiting, running, envs, tasks;
	uint64_t bytes;
};

void st_stats(struct st_stats *stats);
uint32_t st_count_envs(const char *task, int state);
void st_until_no_envs(void);
/* As an agent, of one that is not attached. 0 or -errno. */
int st_env_failed(uint32_t env, const char *message, bool lacked);
/* Asks all to end, and says of what was not made that nothing of it is left; how many there were. */
uint32_t st_env_del_all(void);

/* The device. Errors as -1 and errno. */
int st_open(void);
int st_submit(int fd, const char *task, const void *input, uint32_t len,
	      struct sluice_submit *submit);
uint64_t st_submit_ok(int fd, const char *task, const char *input);
int st_reap(int fd, uint64_t id, uint32_t flags, struct sluice_reap *reap,
	    void *output, uint32_t cap);
int st_cancel(int fd, uint64_t id);
int st_attach(int fd, uint32_t env, int cgroup, pid_t pid);

/* A call that keeps its environment, and all it has, until it is cancelled. */
uint64_t st_plug(int fd, const char *task);
/* Reaps a call; its state and reason must be these. */
struct sluice_reap st_reap_as(int fd, uint64_t id, uint32_t state,
			      uint32_t reason);
struct sluice_reap st_reap_done(int fd, uint64_t id);
/* Reaps calls, which must be done, and must have begun in this order. */
void st_reap_in_order(int fd, const uint64_t *ids, unsigned int count);

/*
 * An agent: a child that provisions what is wanted. Its workers do what the
 * input says, else they answer with the input:
 *
 *	echo TEXT	answer TEXT
 *	long N		answer N bytes, 65536 at most
 *	wait		go on until st_go() says so, then answer
 *	wait exit N	then fail
 *	sleep MS	sleep: for what takes at least that long
 *	spin MS		use the CPU
 *	hold MIB MS	have that much memory, until the worker ends, and sleep
 *	exit N		fail
 *	fail MS		fail after a while
 *	flaky N		fail N times, then succeed
 *	die		end
 *	mortal N	end N times, then succeed
 *	linger		end only when killed
 *	trace		answer the trace id
 *	words		answer the words
 *	log TEXT	answer nothing, with TEXT as the log
 */
pid_t st_agent_start(void);
/* So many calls that wait, or come to it, may go on. */
void st_go(unsigned int calls);
/* One whose environments have a cgroup each, so that memory is measured. */
pid_t st_agent_start_cgroups(void);
void st_agent_kill(pid_t agent);
void st_agent_stop(pid_t agent);

/* Is this a kernel that checks every access, on which all takes much longer? */
bool st_slow(void);
void st_sleep_ms(unsigned int ms);
uint64_t st_now(void);
/* The clock of the module. */
uint64_t st_boot_time(void);
/*
 * Signals, again and again: one that came before the system call that it is to
 * interrupt is not the last.
 */
void st_interrupt(bool on);
bool st_module_loaded(void);
int st_module_unload(void);
int st_module_load(const char *params);

/*
 * Wait until something is so, which takes a moment, and as long as it takes: what
 * never comes ends with the subtest's limit, and was named before.
 */
#define UNTIL(condition) do {						\
	unsigned int st_looks = 0;					\
									\
	while (!(condition))						\
		st_look_again(&st_looks, #condition);			\
} while (0)

/* A moment between two looks. At times it says what is waited for. */
void st_look_again(unsigned int *looks, const char *what);

#endif /* SLUICE_TEST_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of the module need: the netlink family and the device in plain
 * calls, and an agent of the test's own whose workers do what a call's input
 * says. Functions that cannot fail in a working test end it with a message.
 */
#ifndef SLUICE_TEST_H
#define SLUICE_TEST_H

#include <linux/sluice.h>
#include <netlink/netlink.h>
#include <netlink/genl/genl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MIB	(1ULL << 20)
#define SECOND	1000000000ULL
#define MS	1000000ULL

/* Text and attribute offset of the last refused request. */
extern char st_extack[256];

/* One request at a time: begin, put with nla_put_*(), then send or get. */
struct nl_msg *st_begin(uint8_t cmd, int flags);
typedef void (*st_reply_fn)(struct nlattr **attrs, void *arg);
int st_send(struct nl_msg *msg);
void st_forget(void);
int st_get(struct nl_msg *msg, int maxattr, st_reply_fn fn, void *arg);

/* What one unit of each resource is called in a request; ends with NULL. */
struct st_need {
	const char *resource;
	uint64_t amount;
};

struct st_task {
	const char *name;
	uint32_t priority;
	uint32_t queue_max;
	uint32_t input_max;
	uint32_t output_max;
	uint32_t envs_max;
	uint64_t timeout;
	uint64_t idle;
	uint64_t queue_bytes;
	struct st_need need[4];
};

int st_task_new(const struct st_task *task);
int st_task_set(const struct st_task *task);
int st_task_del(const char *name);
int st_budget_set(const char *resource, uint64_t amount);
int st_budget_del(const char *resource);

struct st_budget {
	uint64_t budget, reserved, promised, available;
	uint32_t waiting;
};

int st_budget_get(const char *resource, struct st_budget *budget);

struct st_call {
	uint64_t id, need, missing, wait, run, cpu;
	uint32_t state, hold, env, reason, position, priority;
	int32_t status;
	char resource[SLUICE_NAME_SIZE], message[SLUICE_MESSAGE_SIZE];
};

int st_call_get(uint64_t id, struct st_call *call);
int st_call_cancel(uint64_t id);
void st_call_until(uint64_t id, uint32_t state);
void st_call_until_held(uint64_t id, uint32_t hold, struct st_call *call);
uint64_t st_counter(const char *name);
uint32_t st_count_envs(const char *task, int state);
void st_until_no_envs(void);

/* The device. Errors as -1 and errno. */
int st_open(void);
int st_submit(int fd, const char *task, const void *input, uint32_t len,
	      struct sluice_submit *submit);
uint64_t st_submit_ok(int fd, const char *task, const char *input);
int st_reap(int fd, uint64_t id, uint32_t flags, struct sluice_reap *reap,
	    void *output, uint32_t cap);
int st_cancel(int fd, uint64_t id);
int st_attach(int fd, uint32_t env, int cgroup, pid_t pid);

/*
 * An agent: a child that provisions what is wanted. Its workers do what the
 * input says: "echo TEXT", "sleep MS", "exit N", "die", "spin MS", "linger" (die
 * only when killed), else they answer with the input.
 */
pid_t st_agent_start(void);
void st_agent_kill(pid_t agent);
void st_agent_stop(pid_t agent);

void st_sleep_ms(unsigned int ms);
uint64_t st_now(void);
bool st_module_loaded(void);
int st_module_unload(void);
int st_module_load(const char *params);

#endif /* SLUICE_TEST_H */

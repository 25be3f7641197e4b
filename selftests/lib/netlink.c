// SPDX-License-Identifier: GPL-2.0-only
/* The netlink half of sluice_test.h. */
#include "sluice_test.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

char st_extack[256];

static struct nl_sock *sock;
static int family;
static pid_t owner;

static void fatal(const char *what, int err)
{
	printf("# %s: %s\n", what, strerror(err < 0 ? -err : err));
	fflush(stdout);
	_exit(1);
}

/* Each process has a socket of its own: the kernel knows agents by it. */
static struct nl_sock *nl(void)
{
	int one = 1;

	if (sock && owner == getpid())
		return sock;
	owner = getpid();
	sock = nl_socket_alloc();
	if (!sock || genl_connect(sock))
		fatal("cannot open a netlink socket", EPROTO);
	nl_socket_disable_auto_ack(sock);
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &one,
		   sizeof(one));
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_CAP_ACK, &one,
		   sizeof(one));
	family = genl_ctrl_resolve(sock, SLUICE_FAMILY_NAME);
	return sock;
}

/* A child that must not keep its parent's socket open. */
void st_forget(void)
{
	if (sock)
		nl_socket_free(sock);
	sock = NULL;
}

struct nl_msg *st_begin(uint8_t cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc_size(65536);

	nl();
	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
				 flags | NLM_F_REQUEST | NLM_F_ACK, cmd,
				 SLUICE_FAMILY_VERSION))
		fatal("cannot build a message", ENOMEM);
	return msg;
}

static void keep_extack(const struct nlmsghdr *header)
{
	const struct nlmsgerr *err = nlmsg_data(header);
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1];
	int skip = sizeof(*err);

	st_extack[0] = '\0';
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip += err->msg.nlmsg_len - NLMSG_HDRLEN;
	nla_parse(attrs, NLMSGERR_ATTR_MAX,
		  (struct nlattr *)((char *)nlmsg_data(header) + skip),
		  nlmsg_datalen(header) - skip, NULL);
	if (attrs[NLMSGERR_ATTR_MSG])
		snprintf(st_extack, sizeof(st_extack), "%s",
			 nla_get_string(attrs[NLMSGERR_ATTR_MSG]));
}

/* Returns 0 or a negative errno. Takes over @msg. */
int st_get(struct nl_msg *msg, int maxattr, st_reply_fn fn, void *arg)
{
	bool dump = nlmsg_hdr(msg)->nlmsg_flags & NLM_F_DUMP;
	static char buffer[1 << 18];
	ssize_t len;

	st_extack[0] = '\0';
	if (nl_send_auto(nl(), msg) < 0)
		fatal("cannot send", EIO);
	nlmsg_free(msg);
	for (;;) {
		struct nlmsghdr *header = (struct nlmsghdr *)buffer;
		int left;

		len = recv(nl_socket_get_fd(sock), buffer, sizeof(buffer), 0);
		if (len < 0)
			return -errno;
		left = len;
		for (; nlmsg_ok(header, left);
		     header = nlmsg_next(header, &left)) {
			struct nlattr *attrs[256];

			if (header->nlmsg_type == NLMSG_ERROR) {
				struct nlmsgerr *err = nlmsg_data(header);

				keep_extack(header);
				return err->error;
			}
			if (header->nlmsg_type == NLMSG_DONE)
				return dump ? *(int *)nlmsg_data(header) : 0;
			if (genlmsg_parse(header, 0, attrs, maxattr, NULL) < 0)
				fatal("cannot parse a reply", EPROTO);
			if (fn)
				fn(attrs, arg);
		}
	}
}

int st_send(struct nl_msg *msg)
{
	return st_get(msg, 0, NULL, NULL);
}

/* A request that says 0 where ST_ZERO is, and nothing where 0 is. */
static void put_u32(struct nl_msg *msg, int attr, uint32_t value)
{
	if (value)
		nla_put_u32(msg, attr, value == (uint32_t)ST_ZERO ? 0 : value);
}

static void put_u64(struct nl_msg *msg, int attr, uint64_t value)
{
	if (value)
		nla_put_u64(msg, attr, value == (uint64_t)ST_ZERO ? 0 : value);
}

static void put_needs(struct nl_msg *msg, const struct st_task *task)
{
	const struct st_need *need;

	for (need = task->need; need < task->need + 4 && need->resource;
	     need++) {
		struct nlattr *nest = nla_nest_start(msg,
						     SLUICE_A_TASK_REQUEST);

		nla_put_string(msg, SLUICE_A_AMOUNT_RESOURCE, need->resource);
		nla_put_u64(msg, SLUICE_A_AMOUNT_AMOUNT, need->amount);
		nla_nest_end(msg, nest);
		/* The policy wants it marked as nested. */
		nest->nla_type |= NLA_F_NESTED;
	}
}

static int task_write(uint8_t cmd, const struct st_task *task)
{
	struct nl_msg *msg = st_begin(cmd, 0);

	nla_put_string(msg, SLUICE_A_TASK_NAME, task->name);
	if (task->class)
		nla_put_string(msg, SLUICE_A_TASK_CLASS, task->class);
	put_u32(msg, SLUICE_A_TASK_PRIORITY, task->priority);
	put_u32(msg, SLUICE_A_TASK_PRIORITY_MAX, task->priority_max);
	put_u32(msg, SLUICE_A_TASK_WEIGHT, task->weight);
	put_u32(msg, SLUICE_A_TASK_QUEUE_MAX, task->queue_max);
	put_u64(msg, SLUICE_A_TASK_QUEUE_BYTES, task->queue_bytes);
	put_u32(msg, SLUICE_A_TASK_INPUT_MAX, task->input_max);
	put_u32(msg, SLUICE_A_TASK_OUTPUT_MAX, task->output_max);
	put_u32(msg, SLUICE_A_TASK_ENVS_MAX, task->envs_max);
	put_u32(msg, SLUICE_A_TASK_RUNNING_MAX, task->running_max);
	put_u32(msg, SLUICE_A_TASK_OVERFLOW, task->overflow);
	put_u32(msg, SLUICE_A_TASK_KEYS, task->keys);
	put_u32(msg, SLUICE_A_TASK_RETRIES, task->retries);
	put_u32(msg, SLUICE_A_TASK_QUARANTINE_AFTER, task->quarantine_after);
	put_u32(msg, SLUICE_A_TASK_MODE, task->mode);
	put_u64(msg, SLUICE_A_TASK_TIMEOUT, task->timeout);
	put_u64(msg, SLUICE_A_TASK_IDLE, task->idle);
	put_u64(msg, SLUICE_A_TASK_RUNTIME, task->runtime);
	put_u64(msg, SLUICE_A_TASK_DEADLINE, task->deadline);
	put_u64(msg, SLUICE_A_TASK_PATIENCE, task->patience);
	put_u64(msg, SLUICE_A_TASK_BACKOFF, task->backoff);
	put_u64(msg, SLUICE_A_TASK_QUARANTINE, task->quarantine);
	put_u64(msg, SLUICE_A_TASK_START_TIMEOUT, task->start_timeout);
	put_u64(msg, SLUICE_A_TASK_GRACE, task->grace);
	put_needs(msg, task);
	return st_send(msg);
}

/* Those classes that have no patience of their own claim at once. */
static bool has_patience(const char *class)
{
	return class && (!strcmp(class, "priority") || !strcmp(class, "batch"));
}

int st_task_new(const struct st_task *task)
{
	struct st_task all = *task;

	if (!all.timeout)
		all.timeout = LONG;
	if (!all.idle)
		all.idle = LONG;
	if (!all.start_timeout)
		all.start_timeout = LONG;
	if (!all.grace)
		all.grace = ST_ZERO;
	if (!all.patience && has_patience(all.class ? all.class : "priority"))
		all.patience = LONG;
	return task_write(SLUICE_CMD_TASK_NEW, &all);
}

/* With another class it would have another patience. */
int st_task_set(const struct st_task *task)
{
	struct st_task all = *task;

	if (!all.patience && has_patience(all.class))
		all.patience = LONG;
	return task_write(SLUICE_CMD_TASK_SET, &all);
}

int st_task_mode(const char *name, uint32_t mode)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_TASK_SET, 0);

	nla_put_string(msg, SLUICE_A_TASK_NAME, name);
	nla_put_u32(msg, SLUICE_A_TASK_MODE, mode);
	return st_send(msg);
}

int st_task_del(const char *name)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_TASK_DEL, 0);

	nla_put_string(msg, SLUICE_A_TASK_NAME, name);
	return st_send(msg);
}

int st_budget_set(const char *resource, uint64_t amount)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_BUDGET_SET, 0);

	nla_put_string(msg, SLUICE_A_BUDGET_RESOURCE, resource);
	nla_put_u64(msg, SLUICE_A_BUDGET_BUDGET, amount);
	return st_send(msg);
}

int st_budget_del(const char *resource)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_BUDGET_DEL, 0);

	nla_put_string(msg, SLUICE_A_BUDGET_RESOURCE, resource);
	return st_send(msg);
}

static void fill_budget(struct nlattr **a, void *arg)
{
	struct st_budget *budget = arg;

	budget->budget = nla_get_u64(a[SLUICE_A_BUDGET_BUDGET]);
	budget->reserved = nla_get_u64(a[SLUICE_A_BUDGET_RESERVED]);
	budget->promised = nla_get_u64(a[SLUICE_A_BUDGET_PROMISED]);
	budget->available = nla_get_u64(a[SLUICE_A_BUDGET_AVAILABLE]);
	if (a[SLUICE_A_BUDGET_OUTSIDE])
		budget->outside = nla_get_u64(a[SLUICE_A_BUDGET_OUTSIDE]);
	budget->waiting = nla_get_u32(a[SLUICE_A_BUDGET_WAITING]);
}

int st_budget_get(const char *resource, struct st_budget *budget)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_BUDGET_GET, 0);

	nla_put_string(msg, SLUICE_A_BUDGET_RESOURCE, resource);
	return st_get(msg, SLUICE_A_BUDGET_MAX, fill_budget, budget);
}

static uint32_t get_u32(struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static uint64_t get_u64(struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

static void get_string(struct nlattr *attr, char *text, size_t size)
{
	snprintf(text, size, "%s", attr ? nla_get_string(attr) : "");
}

static void fill_task(struct nlattr **a, void *arg)
{
	struct st_task_state *state = arg;

	get_string(a[SLUICE_A_TASK_CLASS], state->class, sizeof(state->class));
	state->priority = get_u32(a[SLUICE_A_TASK_PRIORITY]);
	state->priority_max = get_u32(a[SLUICE_A_TASK_PRIORITY_MAX]);
	state->weight = get_u32(a[SLUICE_A_TASK_WEIGHT]);
	state->running_max = get_u32(a[SLUICE_A_TASK_RUNNING_MAX]);
	state->overflow = get_u32(a[SLUICE_A_TASK_OVERFLOW]);
	state->retries = get_u32(a[SLUICE_A_TASK_RETRIES]);
	state->quarantine_after = get_u32(a[SLUICE_A_TASK_QUARANTINE_AFTER]);
	state->mode = get_u32(a[SLUICE_A_TASK_MODE]);
	state->queued = get_u32(a[SLUICE_A_TASK_QUEUED]);
	state->delayed = get_u32(a[SLUICE_A_TASK_DELAYED]);
	state->running = get_u32(a[SLUICE_A_TASK_RUNNING]);
	state->envs = get_u32(a[SLUICE_A_TASK_ENVS]);
	state->failures = get_u32(a[SLUICE_A_TASK_FAILURES]);
	state->claims = get_u32(a[SLUICE_A_TASK_CLAIMS]);
	state->runtime = get_u64(a[SLUICE_A_TASK_RUNTIME]);
	state->deadline = get_u64(a[SLUICE_A_TASK_DEADLINE]);
	state->patience = get_u64(a[SLUICE_A_TASK_PATIENCE]);
	state->start_timeout = get_u64(a[SLUICE_A_TASK_START_TIMEOUT]);
	state->grace = get_u64(a[SLUICE_A_TASK_GRACE]);
	state->backoff = get_u64(a[SLUICE_A_TASK_BACKOFF]);
	state->quarantine = get_u64(a[SLUICE_A_TASK_QUARANTINE]);
	state->bytes = get_u64(a[SLUICE_A_TASK_BYTES]);
	state->submitted = get_u64(a[SLUICE_A_TASK_SUBMITTED]);
	state->ended = get_u64(a[SLUICE_A_TASK_ENDED]);
	state->refused = get_u64(a[SLUICE_A_TASK_REFUSED]);
	state->retried = get_u64(a[SLUICE_A_TASK_RETRIED]);
	state->superseded = get_u64(a[SLUICE_A_TASK_SUPERSEDED]);
	state->dropped = get_u64(a[SLUICE_A_TASK_DROPPED]);
	state->late = get_u64(a[SLUICE_A_TASK_LATE]);
	state->run_median = get_u64(a[SLUICE_A_TASK_RUN_MEDIAN]);
	state->run_p95 = get_u64(a[SLUICE_A_TASK_RUN_P95]);
	state->quarantined_until =
		get_u64(a[SLUICE_A_TASK_QUARANTINED_UNTIL]);
}

int st_task_get(const char *name, struct st_task_state *state)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_TASK_GET, 0);

	nla_put_string(msg, SLUICE_A_TASK_NAME, name);
	return st_get(msg, SLUICE_A_TASK_MAX, fill_task, state);
}

static void fill_call(struct nlattr **a, void *arg)
{
	struct st_call *call = arg;

	memset(call, 0, sizeof(*call));
	call->id = get_u64(a[SLUICE_A_CALL_ID]);
	call->state = get_u32(a[SLUICE_A_CALL_STATE]);
	call->hold = get_u32(a[SLUICE_A_CALL_HOLD]);
	call->need = get_u64(a[SLUICE_A_CALL_NEED]);
	call->missing = get_u64(a[SLUICE_A_CALL_MISSING]);
	call->env = get_u32(a[SLUICE_A_CALL_ENV]);
	call->reason = get_u32(a[SLUICE_A_CALL_REASON]);
	call->position = get_u32(a[SLUICE_A_CALL_POSITION]);
	call->priority = get_u32(a[SLUICE_A_CALL_PRIORITY]);
	call->attempts = get_u32(a[SLUICE_A_CALL_ATTEMPTS]);
	call->restarts = get_u32(a[SLUICE_A_CALL_RESTARTS]);
	call->status = (int32_t)get_u32(a[SLUICE_A_CALL_STATUS]);
	call->submitted = get_u64(a[SLUICE_A_CALL_SUBMITTED]);
	call->wait = get_u64(a[SLUICE_A_CALL_WAIT_TIME]);
	call->run = get_u64(a[SLUICE_A_CALL_RUN_TIME]);
	call->cpu = get_u64(a[SLUICE_A_CALL_CPU_TIME]);
	call->peak = get_u64(a[SLUICE_A_CALL_MEMORY_PEAK]);
	call->timeout = get_u64(a[SLUICE_A_CALL_TIMEOUT]);
	call->deadline = get_u64(a[SLUICE_A_CALL_DEADLINE]);
	call->runtime = get_u64(a[SLUICE_A_CALL_RUNTIME]);
	call->ready_at = get_u64(a[SLUICE_A_CALL_READY_AT]);
	call->claim_call = get_u64(a[SLUICE_A_CALL_CLAIM_CALL]);
	call->expected_start = get_u64(a[SLUICE_A_CALL_EXPECTED_START]);
	call->tasks_before = get_u32(a[SLUICE_A_CALL_TASKS_BEFORE]);
	call->has_tasks_before = a[SLUICE_A_CALL_TASKS_BEFORE];
	call->claims = get_u32(a[SLUICE_A_CALL_CLAIMS]);
	call->has_claims = a[SLUICE_A_CALL_CLAIMS];
	get_string(a[SLUICE_A_CALL_HOLD_RESOURCE], call->resource,
		   sizeof(call->resource));
	get_string(a[SLUICE_A_CALL_MESSAGE], call->message,
		   sizeof(call->message));
	get_string(a[SLUICE_A_CALL_CLASS], call->class, sizeof(call->class));
	get_string(a[SLUICE_A_CALL_KEY], call->key, sizeof(call->key));
	nla_memcpy(call->trace_id, a[SLUICE_A_CALL_TRACE_ID],
		   sizeof(call->trace_id));
}

int st_call_get(uint64_t id, struct st_call *call)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_CALL_GET, 0);

	nla_put_u64(msg, SLUICE_A_CALL_ID, id);
	return st_get(msg, SLUICE_A_CALL_MAX, fill_call, call);
}

int st_call_cancel(uint64_t id)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_CALL_DEL, 0);

	nla_put_u64(msg, SLUICE_A_CALL_ID, id);
	return st_send(msg);
}

int st_call_set(uint64_t id, int priority, const uint64_t *deadline)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_CALL_SET, 0);

	nla_put_u64(msg, SLUICE_A_CALL_ID, id);
	if (priority >= 0)
		nla_put_u32(msg, SLUICE_A_CALL_PRIORITY, priority);
	if (deadline)
		nla_put_u64(msg, SLUICE_A_CALL_DEADLINE, *deadline);
	return st_send(msg);
}

static void fill_id(struct nlattr **a, void *arg)
{
	*(uint64_t *)arg = nla_get_u64(a[SLUICE_A_CALL_ID]);
}

/* @key, @id: may be NULL */
int st_call_new(const char *task, const char *input, const char *key,
		uint64_t *id)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_CALL_NEW, 0);

	nla_put_string(msg, SLUICE_A_CALL_TASK, task);
	nla_put(msg, SLUICE_A_CALL_INPUT, strlen(input), input);
	if (key)
		nla_put_string(msg, SLUICE_A_CALL_KEY, key);
	return st_get(msg, SLUICE_A_CALL_MAX, id ? fill_id : NULL, id);
}

void st_call_until(uint64_t id, uint32_t state)
{
	unsigned int looks = 0;
	struct st_call call;
	char what[80];

	for (;;) {
		if (st_call_get(id, &call))
			fatal("call has vanished", ENOENT);
		if (call.state == state)
			return;
		/* Nothing leads back from an end. */
		snprintf(what, sizeof(what), "call %llu in state %u to get to %u",
			 (unsigned long long)id, call.state, state);
		if (call.state >= SLUICE_CALL_STATE_DONE)
			fatal(what, EALREADY);
		st_look_again(&looks, what);
	}
}

void st_call_until_held(uint64_t id, uint32_t hold, struct st_call *call)
{
	unsigned int looks = 0;
	char what[80];

	for (;;) {
		if (st_call_get(id, call))
			fatal("call has vanished", ENOENT);
		if (call->state == SLUICE_CALL_STATE_QUEUED &&
		    call->hold == hold)
			return;
		snprintf(what, sizeof(what), "hold %u of call %llu in state %u hold %u",
			 hold, (unsigned long long)id, call->state, call->hold);
		if (call->state >= SLUICE_CALL_STATE_DONE)
			fatal(what, EALREADY);
		st_look_again(&looks, what);
	}
}

static void fill_counter(struct nlattr **a, void *arg)
{
	struct nlattr *counter[SLUICE_A_COUNTER_MAX + 1];

	if (!a[SLUICE_A_STATS_COUNTER])
		fatal("no such counter", ENOENT);
	nla_parse_nested(counter, SLUICE_A_COUNTER_MAX,
			 a[SLUICE_A_STATS_COUNTER], NULL);
	*(uint64_t *)arg = nla_get_u64(counter[SLUICE_A_COUNTER_VALUE]);
}

uint64_t st_counter(const char *name)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_STATS_GET, 0);
	uint64_t value = 0;
	int ret;

	nla_put_string(msg, SLUICE_A_STATS_ONLY, name);
	ret = st_get(msg, SLUICE_A_STATS_MAX, fill_counter, &value);
	if (ret)
		fatal("cannot read a counter", ret);
	return value;
}

static void fill_stats(struct nlattr **a, void *arg)
{
	struct st_stats *stats = arg;

	stats->waiting = get_u32(a[SLUICE_A_STATS_CALLS_WAITING]);
	stats->running = get_u32(a[SLUICE_A_STATS_CALLS_RUNNING]);
	stats->envs = get_u32(a[SLUICE_A_STATS_ENVS]);
	stats->tasks = get_u32(a[SLUICE_A_STATS_TASKS]);
	stats->bytes = get_u64(a[SLUICE_A_STATS_BYTES_WAITING]);
}

void st_stats(struct st_stats *stats)
{
	int ret = st_get(st_begin(SLUICE_CMD_STATS_GET, 0), SLUICE_A_STATS_MAX,
			 fill_stats, stats);

	if (ret)
		fatal("cannot read the statistics", ret);
}

struct count {
	const char *task;
	int state;
	uint32_t found;
};

static void count_env(struct nlattr **a, void *arg)
{
	struct count *count = arg;

	if (count->task &&
	    strcmp(count->task, nla_get_string(a[SLUICE_A_ENV_TASK])))
		return;
	if (count->state >= 0 &&
	    (uint32_t)count->state != get_u32(a[SLUICE_A_ENV_STATE]))
		return;
	count->found++;
}

/* Environments of a task (NULL: of any) in a state (-1: in any). */
uint32_t st_count_envs(const char *task, int state)
{
	struct count count = { task, state, 0 };

	st_get(st_begin(SLUICE_CMD_ENV_GET, NLM_F_DUMP), SLUICE_A_ENV_MAX,
	       count_env, &count);
	return count.found;
}

#define ALL_MAX	256

struct all {
	uint32_t count, ids[ALL_MAX];
	char names[ALL_MAX][SLUICE_NAME_SIZE];
};

static void add_env(struct nlattr **a, void *arg)
{
	struct all *all = arg;

	if (all->count < ALL_MAX)
		all->ids[all->count++] = nla_get_u32(a[SLUICE_A_ENV_ID]);
}

int st_env_failed(uint32_t env, const char *message, bool lacked)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_ENV_SET, 0);

	nla_put_u32(msg, SLUICE_A_ENV_ID, env);
	nla_put_u32(msg, SLUICE_A_ENV_STATE, SLUICE_ENV_STATE_FAILED);
	nla_put_string(msg, SLUICE_A_ENV_MESSAGE, message);
	if (lacked)
		nla_put_u32(msg, SLUICE_A_ENV_LACKED, 1);
	return st_send(msg);
}

uint32_t st_env_del_all(void)
{
	static struct all all;
	uint32_t i;

	all.count = 0;
	st_get(st_begin(SLUICE_CMD_ENV_GET, NLM_F_DUMP), SLUICE_A_ENV_MAX,
	       add_env, &all);
	for (i = 0; i < all.count; i++) {
		struct nl_msg *msg = st_begin(SLUICE_CMD_ENV_DEL, 0);

		nla_put_u32(msg, SLUICE_A_ENV_ID, all.ids[i]);
		st_send(msg);
		st_env_failed(all.ids[i], "", false);
	}
	return all.count;
}

static void add_task(struct nlattr **a, void *arg)
{
	struct all *all = arg;

	if (all->count < ALL_MAX)
		get_string(a[SLUICE_A_TASK_NAME], all->names[all->count++],
			   SLUICE_NAME_SIZE);
}

uint32_t st_task_del_all(void)
{
	static struct all all;
	uint32_t i;

	all.count = 0;
	st_get(st_begin(SLUICE_CMD_TASK_GET, NLM_F_DUMP), SLUICE_A_TASK_MAX,
	       add_task, &all);
	for (i = 0; i < all.count; i++)
		st_task_del(all.names[i]);
	return all.count;
}

void st_until_no_envs(void)
{
	unsigned int looks = 0;

	while (st_count_envs(NULL, -1))
		st_look_again(&looks, "environments to end");
}

/*
 * Events
 */

/* A socket that hears one group of events. */
static struct nl_sock *listen_to(const char *group)
{
	struct nl_sock *ears = nl_socket_alloc();

	if (!ears || genl_connect(ears) ||
	    nl_socket_set_buffer_size(ears, 1 << 20, 0) ||
	    nl_socket_add_membership(ears,
			genl_ctrl_resolve_grp(ears, SLUICE_FAMILY_NAME, group)))
		fatal("cannot listen to events", EPROTO);
	return ears;
}

struct nl_sock *st_listen(void)
{
	return listen_to("events");
}

struct nl_sock *st_listen_as_agent(void)
{
	return listen_to("agent");
}

/* Waits for the next event of this kind. @attrs are good until the next call. */
void st_event(struct nl_sock *ears, uint8_t cmd, struct nlattr **attrs,
	      int maxattr)
{
	static char buffer[65536];
	struct nlmsghdr *header = (struct nlmsghdr *)buffer;

	do {
		if (recv(nl_socket_get_fd(ears), buffer, sizeof(buffer), 0) < 0)
			fatal("cannot receive an event", errno);
	} while (((struct genlmsghdr *)nlmsg_data(header))->cmd != cmd);
	if (genlmsg_parse(header, 0, attrs, maxattr, NULL) < 0)
		fatal("cannot parse an event", EPROTO);
}

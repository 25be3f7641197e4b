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

static int task_write(uint8_t cmd, const struct st_task *task)
{
	struct nl_msg *msg = st_begin(cmd, 0);
	const struct st_need *need;

	nla_put_string(msg, SLUICE_A_TASK_NAME, task->name);
	if (task->priority)
		nla_put_u32(msg, SLUICE_A_TASK_PRIORITY, task->priority);
	if (task->queue_max)
		nla_put_u32(msg, SLUICE_A_TASK_QUEUE_MAX, task->queue_max);
	if (task->queue_bytes)
		nla_put_u64(msg, SLUICE_A_TASK_QUEUE_BYTES, task->queue_bytes);
	if (task->input_max)
		nla_put_u32(msg, SLUICE_A_TASK_INPUT_MAX, task->input_max);
	if (task->output_max)
		nla_put_u32(msg, SLUICE_A_TASK_OUTPUT_MAX, task->output_max);
	if (task->envs_max)
		nla_put_u32(msg, SLUICE_A_TASK_ENVS_MAX, task->envs_max);
	if (task->timeout)
		nla_put_u64(msg, SLUICE_A_TASK_TIMEOUT, task->timeout);
	if (task->idle)
		nla_put_u64(msg, SLUICE_A_TASK_IDLE, task->idle);
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
	return st_send(msg);
}

int st_task_new(const struct st_task *task)
{
	return task_write(SLUICE_CMD_TASK_NEW, task);
}

int st_task_set(const struct st_task *task)
{
	return task_write(SLUICE_CMD_TASK_SET, task);
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
	call->status = (int32_t)get_u32(a[SLUICE_A_CALL_STATUS]);
	call->wait = get_u64(a[SLUICE_A_CALL_WAIT_TIME]);
	call->run = get_u64(a[SLUICE_A_CALL_RUN_TIME]);
	call->cpu = get_u64(a[SLUICE_A_CALL_CPU_TIME]);
	if (a[SLUICE_A_CALL_HOLD_RESOURCE])
		snprintf(call->resource, sizeof(call->resource), "%s",
			 nla_get_string(a[SLUICE_A_CALL_HOLD_RESOURCE]));
	if (a[SLUICE_A_CALL_MESSAGE])
		snprintf(call->message, sizeof(call->message), "%s",
			 nla_get_string(a[SLUICE_A_CALL_MESSAGE]));
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

void st_call_until(uint64_t id, uint32_t state)
{
	struct st_call call;
	int tries;

	for (tries = 0; tries < 1000; tries++) {
		if (st_call_get(id, &call))
			fatal("call has vanished", ENOENT);
		if (call.state == state)
			return;
		st_sleep_ms(10);
	}
	printf("# call %llu stays in state %u, waited for %u\n",
	       (unsigned long long)id, call.state, state);
	fatal("too long", ETIME);
}

void st_call_until_held(uint64_t id, uint32_t hold, struct st_call *call)
{
	int tries;

	for (tries = 0; tries < 1000; tries++) {
		if (st_call_get(id, call))
			fatal("call has vanished", ENOENT);
		if (call->state == SLUICE_CALL_STATE_QUEUED &&
		    call->hold == hold)
			return;
		st_sleep_ms(10);
	}
	printf("# call %llu has state %u hold %u, waited for hold %u\n",
	       (unsigned long long)id, call->state, call->hold, hold);
	fatal("too long", ETIME);
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

void st_until_no_envs(void)
{
	int tries;

	for (tries = 0; tries < 1000; tries++) {
		if (!st_count_envs(NULL, -1))
			return;
		st_sleep_ms(10);
	}
	fatal("environments do not end", ETIME);
}

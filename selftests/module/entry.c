// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every way into the module, with the privilege that it takes, tried without it: netlink
 * commands and groups, requests of the device, functions for eBPF. What has no row in
 * these tables fails, so that nothing new comes without one. They are those of
 * docs/security.md; for files see gateway/entry.sh.
 */
#define _GNU_SOURCE
#include "ktap.h"
#include "sluice_test.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/genetlink.h>
#include <linux/sluice_netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/msg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define NOBODY	65534
#define NO_CAP	64

enum takes {
	NOTHING,	/* everybody may */
	NET_ADMIN,	/* CAP_NET_ADMIN, of the first user namespace */
	NO_REQUEST,	/* nobody: it is what the module says by itself */
};

/*
 * Who tries
 */

/* No more than that capability is left to this process, beside its files. */
static void drop_all_but(unsigned int cap)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };

	if (cap < 64)
		data[cap / 32].effective = data[cap / 32].permitted =
			1U << cap % 32;
	CHECK_EQ(syscall(SYS_capset, &header, data), 0);
}

static void become_nobody(void)
{
	CHECK_EQ(syscall(SYS_setgroups, 0, NULL), 0);
	CHECK_EQ(syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY), 0);
	CHECK_EQ(syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY), 0);
}

/* By root with that capability alone; NO_CAP: by another user. */
static void try_as(unsigned int cap, void (*try)(const void *arg), const void *arg)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		if (cap == NO_CAP)
			become_nobody();
		else
			drop_all_but(cap);
		try(arg);
		fflush(stdout);
		_exit(0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
}

/*
 * Netlink: what the kernel says there is
 */

static struct nlattr *family[CTRL_ATTR_MAX + 1];

static void ask_for_family(void)
{
	static char buffer[1 << 16];
	struct nlmsghdr *header = (struct nlmsghdr *)buffer;
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msg = nlmsg_alloc();

	CHECK(sock && msg && !genl_connect(sock));
	CHECK(genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, GENL_ID_CTRL, 0,
			  NLM_F_REQUEST, CTRL_CMD_GETFAMILY, 1));
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, SLUICE_FAMILY_NAME);
	CHECK(nl_send_auto(sock, msg) > 0);
	nlmsg_free(msg);
	CHECK(recv(nl_socket_get_fd(sock), buffer, sizeof(buffer), 0) > 0);
	nl_socket_free(sock);
	CHECK(header->nlmsg_type == GENL_ID_CTRL);
	CHECK_EQ(genlmsg_parse(header, 0, family, CTRL_ATTR_MAX, NULL), 0);
}

/*
 * Netlink: commands
 */

static const struct command {
	uint8_t cmd;
	enum takes takes;
} commands[] = {
	{ SLUICE_CMD_TASK_NEW, NET_ADMIN },
	{ SLUICE_CMD_TASK_SET, NET_ADMIN },
	{ SLUICE_CMD_TASK_DEL, NET_ADMIN },
	{ SLUICE_CMD_TASK_GET, NOTHING },
	{ SLUICE_CMD_TASK_NTF, NO_REQUEST },
	{ SLUICE_CMD_ENV_SET, NET_ADMIN },
	{ SLUICE_CMD_ENV_DEL, NET_ADMIN },
	{ SLUICE_CMD_ENV_NEXT, NET_ADMIN },
	{ SLUICE_CMD_ENV_GET, NOTHING },
	{ SLUICE_CMD_ENV_NTF, NO_REQUEST },
	{ SLUICE_CMD_CALL_NEW, NET_ADMIN },
	{ SLUICE_CMD_CALL_SET, NET_ADMIN },
	{ SLUICE_CMD_CALL_DEL, NET_ADMIN },
	{ SLUICE_CMD_CALL_GET, NOTHING },
	{ SLUICE_CMD_CALL_NTF, NO_REQUEST },
	{ SLUICE_CMD_BUDGET_SET, NET_ADMIN },
	{ SLUICE_CMD_BUDGET_DEL, NET_ADMIN },
	{ SLUICE_CMD_BUDGET_GET, NOTHING },
	{ SLUICE_CMD_BUDGET_NTF, NO_REQUEST },
	{ SLUICE_CMD_STATS_GET, NOTHING },
	{ SLUICE_CMD_AGENT_SET, NET_ADMIN },
	{ SLUICE_CMD_AGENT_NTF, NO_REQUEST },
	{ SLUICE_CMD_BOX_SET, NET_ADMIN },
	{ SLUICE_CMD_BOX_GET, NOTHING },
	{ SLUICE_CMD_BOX_NTF, NO_REQUEST },
	{ SLUICE_CMD_CALL_TRY, NOTHING },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *command_of(unsigned int cmd)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (commands[i].cmd == cmd)
			return &commands[i];
	ktap_fail("command %u has no row here, nor in docs/security.md", cmd);
}

static void check_operation(struct nlattr *operation)
{
	struct nlattr *a[CTRL_ATTR_OP_MAX + 1];
	const struct command *command;
	uint32_t flags;

	CHECK_EQ(nla_parse_nested(a, CTRL_ATTR_OP_MAX, operation, NULL), 0);
	CHECK(a[CTRL_ATTR_OP_ID] && a[CTRL_ATTR_OP_FLAGS]);
	command = command_of(nla_get_u32(a[CTRL_ATTR_OP_ID]));
	flags = nla_get_u32(a[CTRL_ATTR_OP_FLAGS]);
	CHECK(command->takes != NO_REQUEST);
	if (!(flags & GENL_ADMIN_PERM) != (command->takes == NOTHING))
		ktap_fail("command %u has flags %x", command->cmd, flags);
	/* That of another user namespace is none. */
	CHECK(!(flags & GENL_UNS_ADMIN_PERM));
}

TEST(each_command_has_a_row)
{
	struct nlattr *operation;
	unsigned int cmd, operations = 0, requests = 0;
	size_t i;
	int rest;

	for (cmd = 1; cmd <= SLUICE_CMD_MAX; cmd++)
		command_of(cmd);
	CHECK_EQ(COMMANDS, SLUICE_CMD_MAX);
	for (i = 0; i < COMMANDS; i++)
		requests += commands[i].takes != NO_REQUEST;
	ask_for_family();
	CHECK(family[CTRL_ATTR_OPS]);
	nla_for_each_nested(operation, family[CTRL_ATTR_OPS], rest) {
		check_operation(operation);
		operations++;
	}
	CHECK_EQ(operations, requests);
}

/* Whatever they say: privilege is asked for first. @arg: what is had. */
static void try_commands(const void *arg)
{
	const unsigned int *cap = arg;
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		int ret = st_send(st_begin(commands[i].cmd, 0));
		bool refused = commands[i].takes == NET_ADMIN &&
			       *cap != CAP_NET_ADMIN;

		if (commands[i].takes == NO_REQUEST ? ret != -EOPNOTSUPP :
						      (ret == -EPERM) != refused)
			ktap_fail("command %u with capability %u: %d",
				  commands[i].cmd, *cap, ret);
	}
}

TEST(each_command_takes_its_privilege)
{
	static const unsigned int caps[] = { NO_CAP, CAP_SYS_ADMIN,
					     CAP_NET_ADMIN };
	size_t i;

	for (i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		try_as(caps[i], try_commands, &caps[i]);
}

/* By write(), as whoever does not know what he writes to; returns the answer. */
static int write_command(struct nl_sock *sock, int id, uint8_t cmd)
{
	union {
		struct nlmsghdr header;
		char bytes[4096];
	} answer;
	struct nl_msg *msg = nlmsg_alloc();
	int fd = nl_socket_get_fd(sock);

	CHECK(msg && genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, id, 0,
				 NLM_F_REQUEST | NLM_F_ACK, cmd,
				 SLUICE_FAMILY_VERSION));
	nl_complete_msg(sock, msg);
	CHECK(write(fd, nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len) > 0);
	nlmsg_free(msg);
	CHECK(recv(fd, &answer, sizeof(answer), 0) > 0);
	CHECK_EQ(answer.header.nlmsg_type, NLMSG_ERROR);
	return ((struct nlmsgerr *)nlmsg_data(&answer.header))->error;
}

/* Root can be made to write to a file that he was given. */
TEST(socket_of_somebody_without_privilege)
{
	struct nl_sock *sock = nl_socket_alloc();
	size_t i;
	int id;

	CHECK_EQ(seteuid(NOBODY), 0);
	CHECK(sock && !genl_connect(sock));
	id = genl_ctrl_resolve(sock, SLUICE_FAMILY_NAME);
	CHECK(id > 0);
	CHECK_EQ(seteuid(0), 0);
	for (i = 0; i < COMMANDS; i++)
		if (commands[i].takes == NET_ADMIN)
			CHECK_EQ(write_command(sock, id, commands[i].cmd),
				 -EPERM);
	nl_socket_free(sock);
}

/*
 * Netlink: groups
 */

static const struct group {
	const char *name;
	enum takes takes;
} groups[] = {
	{ "events", NET_ADMIN },
	{ "agent", NET_ADMIN },
	{ "states", NOTHING },
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static int join(const char *name)
{
	struct nl_sock *sock = nl_socket_alloc();
	int group, ret;

	CHECK(sock && !genl_connect(sock));
	group = genl_ctrl_resolve_grp(sock, SLUICE_FAMILY_NAME, name);
	CHECK(group > 0);
	ret = setsockopt(nl_socket_get_fd(sock), SOL_NETLINK,
			 NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
	ret = ret ? -errno : 0;
	nl_socket_free(sock);
	return ret;
}

static void try_groups(const void *arg)
{
	const unsigned int *cap = arg;
	size_t i;

	for (i = 0; i < GROUPS; i++) {
		int ret = join(groups[i].name);
		bool refused = groups[i].takes == NET_ADMIN &&
			       *cap != CAP_NET_ADMIN;

		if (ret != (refused ? -EPERM : 0))
			ktap_fail("group %s with capability %u: %d",
				  groups[i].name, *cap, ret);
	}
}

static bool has_group(struct nlattr *group)
{
	struct nlattr *a[CTRL_ATTR_MCAST_GRP_MAX + 1];
	size_t i;

	CHECK_EQ(nla_parse_nested(a, CTRL_ATTR_MCAST_GRP_MAX, group, NULL), 0);
	for (i = 0; i < GROUPS; i++)
		if (!strcmp(groups[i].name,
			    nla_get_string(a[CTRL_ATTR_MCAST_GRP_NAME])))
			return true;
	return false;
}

TEST(each_group_takes_its_privilege)
{
	static const unsigned int caps[] = { NO_CAP, CAP_SYS_ADMIN,
					     CAP_NET_ADMIN };
	unsigned int count = 0;
	struct nlattr *group;
	size_t i;
	int rest;

	ask_for_family();
	CHECK(family[CTRL_ATTR_MCAST_GROUPS]);
	nla_for_each_nested(group, family[CTRL_ATTR_MCAST_GROUPS], rest) {
		CHECK(has_group(group));
		count++;
	}
	CHECK_EQ(count, GROUPS);
	for (i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		try_as(caps[i], try_groups, &caps[i]);
}

/*
 * The device
 */

#define NOT_THERE	(1ULL << 40)

static struct sluice_submit submit = { .size = sizeof(submit), .task = "nobody",
				       .priority = SLUICE_PRIORITY_TASK };
static struct sluice_reap reap = { .size = sizeof(reap), .id = NOT_THERE };
/* Its own: what is asked for by id is not to wait. */
static struct sluice_reap call_reap = { .size = sizeof(call_reap) };
static struct sluice_call_args call = { .size = sizeof(call) };
static struct sluice_cancel cancel = { .size = sizeof(cancel), .id = NOT_THERE };
static struct sluice_change change = { .size = sizeof(change), .id = NOT_THERE,
				       .flags = SLUICE_CHANGE_PRIORITY };
static struct sluice_attach attach = { .size = sizeof(attach), .env = 1 << 30,
				       .cgroup_fd = -1, .pid = 1 };
static struct sluice_next next = { .size = sizeof(next) };

/**
 * struct request - one that is good, but for what it is about
 * @client: what becomes of it on a file of nobody's privilege
 * @door: and on the door of an environment
 * @admin: and on a file, with CAP_SYS_ADMIN
 */
static const struct request {
	unsigned long cmd;
	void	*arg;
	int	client;
	int	door;
	int	admin;
} requests[] = {
	{ SLUICE_IOC_CALL, &call, ENOENT, EPERM, ENOENT },
	{ SLUICE_IOC_SUBMIT, &submit, ENOENT, EPERM, ENOENT },
	{ SLUICE_IOC_REAP, &reap, ENOENT, EPERM, ENOENT },
	{ SLUICE_IOC_CANCEL, &cancel, ENOENT, EPERM, ENOENT },
	{ SLUICE_IOC_CHANGE, &change, ENOENT, EPERM, ENOENT },
	{ SLUICE_IOC_ATTACH, &attach, EPERM, EPERM, ENOENT },
	{ SLUICE_IOC_NEXT, &next, EPERM, 0, EPERM },
};

#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

static const struct request *request_of(unsigned int number)
{
	size_t i;

	for (i = 0; i < REQUESTS; i++)
		if (_IOC_NR(requests[i].cmd) == number)
			return &requests[i];
	return NULL;
}

TEST(each_request_has_a_row)
{
	char nothing[4096] = "";
	int fd = st_open();
	unsigned int number;

	for (number = 0; number < 256; number++) {
		if (request_of(number))
			continue;
		errno = 0;
		if (ioctl(fd, _IOWR(SLUICE_IOC_MAGIC, number, uint64_t),
			  nothing) != -1 || errno != ENOTTY)
			ktap_fail("request %u has no row here, nor in docs/security.md: errno %d",
				  number, errno);
	}
}

static void try_one(int fd, const struct request *request, int expected,
		    const char *whose)
{
	int ret;

	errno = 0;
	ret = ioctl(fd, request->cmd, request->arg);
	if (errno != expected || (ret != 0) != (expected != 0))
		ktap_fail("request %lu on the file of %s: %d with errno %d, not %d",
			  _IOC_NR(request->cmd), whose, ret, errno, expected);
}

static void try_clients(const void *arg)
{
	size_t i;

	for (i = 0; i < REQUESTS; i++)
		try_one(*(const int *)arg, &requests[i], requests[i].client,
			"nobody");
}

static void try_doors(const void *arg)
{
	size_t i;

	for (i = 0; i < REQUESTS; i++)
		try_one(*(const int *)arg, &requests[i], requests[i].door,
			"an environment");
}

static void try_admins(const void *arg)
{
	size_t i;

	for (i = 0; i < REQUESTS; i++)
		try_one(*(const int *)arg, &requests[i], requests[i].admin,
			"an administrator");
}

static void try_network_admins(const void *arg)
{
	try_one(*(const int *)arg, request_of(_IOC_NR(SLUICE_IOC_ATTACH)), EPERM,
		"an administrator of the network");
}

/* A door, of a process that does nothing. */
static int make_door(int fd, pid_t *ret_first)
{
	struct st_task task = { .name = "entry" };
	int door = st_open();
	struct st_call info;

	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), 0);
	CHECK_EQ(st_call_get(st_submit_ok(fd, "entry", ""), &info), 0);
	fflush(stdout);
	*ret_first = fork();
	if (!*ret_first) {
		close(door);
		pause();
		_exit(0);
	}
	CHECK_EQ(st_attach(door, info.env, -1, *ret_first), 0);
	return door;
}

TEST(each_request_takes_its_privilege)
{
	int submitter = st_open(), fd = st_open(), door;
	pid_t first;

	door = make_door(submitter, &first);
	call.submit = (uintptr_t)&submit;
	call.reap = (uintptr_t)&call_reap;
	try_as(NO_CAP, try_clients, &fd);
	try_as(NO_CAP, try_doors, &door);
	try_as(CAP_SYS_ADMIN, try_admins, &fd);
	try_as(CAP_NET_ADMIN, try_network_admins, &fd);
	CHECK_EQ(st_task_del("entry"), 0);
	close(door);
	kill(first, SIGKILL);
	st_until_no_envs();
}

static void try_open(const void *arg)
{
	(void)arg;
	CHECK_ERRNO(open(SLUICE_DEVICE, O_RDWR | O_CLOEXEC), EACCES);
	CHECK_ERRNO(open(SLUICE_DEVICE, O_RDONLY | O_CLOEXEC), EACCES);
}

TEST(device_is_for_root_and_its_group)
{
	try_as(NO_CAP, try_open, NULL);
}

/*
 * eBPF: functions of the module are for programs that trace
 */

static int load_program(void)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_TRACING,
		.insns = (uintptr_t)nothing,
		.insn_cnt = 2,
		.license = (uintptr_t)"GPL",
		.expected_attach_type = BPF_TRACE_RAW_TP,
	};

	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void try_program(const void *arg)
{
	const unsigned int *cap = arg;

	CHECK_EQ(load_program(), -1);
	/* Nothing is said of what it is to trace: so far comes who may. */
	if ((errno == EPERM) == (*cap == CAP_SYS_ADMIN))
		ktap_fail("a program with capability %u: errno %d", *cap, errno);
}

TEST(functions_for_ebpf_take_privileges)
{
	static const unsigned int caps[] = { NO_CAP, CAP_NET_ADMIN, CAP_BPF,
					     CAP_PERFMON, CAP_SYS_ADMIN };
	size_t i;

	if (load_program() && errno == ENOSYS)
		ktap_skip("no eBPF");
	for (i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		try_as(caps[i], try_program, &caps[i]);
}

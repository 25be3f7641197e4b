// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
/*
 * The program of a task of kind serve that tries to get at what is not its own.
 * For gateway/escape.sh: the input names an attempt, the answer is what became
 * of it, "ALLOWED" or the error's name.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sluice.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Of another environment and its call, given as "ATTEMPT CALL ENV PID". */
static unsigned long long other_call, other_env, other_pid;

static int door(void)
{
	return atoi(getenv("SLUICE_DOOR"));
}

static int try_submit(void)
{
	struct sluice_submit submit;

	sluice_submit_init(&submit, "victim", NULL, 0);
	return ioctl(door(), SLUICE_IOC_SUBMIT, &submit);
}

static int try_reap(void)
{
	struct sluice_reap reap = { .size = sizeof(reap), .id = other_call,
				    .flags = SLUICE_REAP_NONBLOCK };

	return ioctl(door(), SLUICE_IOC_REAP, &reap);
}

static int try_cancel(void)
{
	struct sluice_cancel cancel = { .size = sizeof(cancel),
					.id = other_call };

	return ioctl(door(), SLUICE_IOC_CANCEL, &cancel);
}

static int try_change(void)
{
	struct sluice_change change = { .size = sizeof(change),
					.flags = SLUICE_CHANGE_PRIORITY,
					.id = other_call, .priority = 99 };

	return ioctl(door(), SLUICE_IOC_CHANGE, &change);
}

static int try_attach(void)
{
	struct sluice_attach attach = { .size = sizeof(attach),
					.env = other_env, .cgroup_fd = -1,
					.pid = getpid() };

	return ioctl(door(), SLUICE_IOC_ATTACH, &attach);
}

/* Answering the call of somebody else. */
static int try_answer(void)
{
	struct sluice_next next = { .size = sizeof(next), .id = other_call,
				    .flags = SLUICE_NEXT_ANSWER,
				    .reason = SLUICE_REASON_ANSWERED };

	return ioctl(door(), SLUICE_IOC_NEXT, &next);
}

static int try_device(void)
{
	return open(SLUICE_DEVICE, O_RDWR);
}

static int try_node(void)
{
	return mknod("/tmp/sluice", S_IFCHR | 0666, makedev(10, 122));
}

/* The family answers in the first network namespace only. */
static int try_netlink(void)
{
	struct {
		struct nlmsghdr nl;
		struct genlmsghdr genl;
		struct nlattr attr;
		char name[8];
	} ask = {
		.nl = { .nlmsg_len = sizeof(ask), .nlmsg_type = GENL_ID_CTRL,
			.nlmsg_flags = NLM_F_REQUEST },
		.genl = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
		.attr = { .nla_len = NLA_HDRLEN + 7,
			  .nla_type = CTRL_ATTR_FAMILY_NAME },
		.name = "sluice",
	};
	char answer[4096];
	const struct nlmsghdr *nl = (void *)answer;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC), ret = -1;

	if (fd < 0)
		return -1;
	if (send(fd, &ask, sizeof(ask), 0) > 0 &&
	    recv(fd, answer, sizeof(answer), 0) > 0) {
		if (nl->nlmsg_type != NLMSG_ERROR)
			ret = 0;
		else
			errno = -((struct nlmsgerr *)(nl + 1))->error;
	}
	close(fd);
	return ret;
}

static int try_kill(void)
{
	return kill((pid_t)other_pid, SIGKILL);
}

static int try_trace_init(void)
{
	return (int)ptrace(PTRACE_ATTACH, 1, NULL, NULL);
}

static int try_door_of_init(void)
{
	return open("/proc/1/fd/3", O_RDWR);
}

static int try_memory_of_init(void)
{
	return open("/proc/1/mem", O_RDWR);
}

static int try_root_of_init(void)
{
	return open("/proc/1/root/..", O_RDONLY);
}

static int try_raw_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static int try_shared_memory(void)
{
	return shmget(0x51ce, 4096, 0);
}

static int try_sysctl(void)
{
	return open("/proc/sys/kernel/core_pattern", O_WRONLY);
}

static int try_setuid(void)
{
	return setuid(0);
}

static int try_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

static int try_bpf(void)
{
	return (int)syscall(SYS_bpf, 0, NULL, 0);
}

static int try_keys(void)
{
	return (int)syscall(SYS_add_key, "user", "sluice", "x", 1, -3);
}

static int try_cgroup(void)
{
	return open("/sys/fs/cgroup/cgroup.procs", O_WRONLY);
}

static const struct attempt {
	const char *name;
	int (*run)(void);
} attempts[] = {
	{ "submit", try_submit }, { "reap", try_reap },
	{ "cancel", try_cancel }, { "change", try_change },
	{ "attach", try_attach },
	{ "answer", try_answer }, { "device", try_device },
	{ "node", try_node }, { "netlink", try_netlink },
	{ "kill", try_kill }, { "trace-init", try_trace_init },
	{ "door-of-init", try_door_of_init },
	{ "memory-of-init", try_memory_of_init },
	{ "root-of-init", try_root_of_init },
	{ "raw-socket", try_raw_socket },
	{ "shared-memory", try_shared_memory }, { "sysctl", try_sysctl },
	{ "setuid", try_setuid }, { "namespace", try_namespace },
	{ "bpf", try_bpf }, { "keys", try_keys }, { "cgroup", try_cgroup },
};

static int handle(struct sluice_work *work, void *user)
{
	const char *result = "no such attempt";
	char input[128], name[32] = "";
	size_t i;

	(void)user;
	snprintf(input, sizeof(input), "%.*s", (int)work->input_len,
		 (const char *)work->input);
	if (sscanf(input, "%31s %llu %llu %llu", name, &other_call, &other_env,
		   &other_pid) != 4)
		return 1;
	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (!strcmp(attempts[i].name, name))
			result = attempts[i].run() < 0 ?
				 strerrorname_np(errno) : "ALLOWED";
	work->output_len = (size_t)snprintf(work->output, work->output_cap,
					    "%s", result);
	return 0;
}

int main(void)
{
	return sluice_serve(handle, NULL) ? 1 : 0;
}

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
#include <linux/i2c-dev.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sluice.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
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

/* A way out that somebody has left open: a folder, or where we stand. */
static int try_folder_left(void)
{
	char place[64] = "";
	struct stat st;
	int fd;

	if (readlink("/proc/self/cwd", place, sizeof(place) - 1) < 0)
		return 0;
	for (fd = 0; fd < 1024; fd++)
		if (!fstat(fd, &st) && S_ISDIR(st.st_mode))
			return 0;
	errno = ENOTDIR;
	return strcmp(place, "/") ? 0 : -1;
}

/* The gateway's own program, which runs in each environment. */
static int try_runner(void)
{
	return open("/proc/1/exe", O_WRONLY);
}

static int try_runner_to_read(void)
{
	return open("/proc/1/exe", O_RDONLY);
}

static int try_own_program(void)
{
	return open("/proc/self/exe", O_WRONLY);
}

/* The same, from beside it. */
static int try_file_of_init(void)
{
	int init = (int)syscall(SYS_pidfd_open, 1, 0);
	int fd = (int)syscall(SYS_pidfd_getfd, init, 3, 0), err = errno;

	close(init);
	errno = err;
	return fd;
}

static int try_read_init(void)
{
	char byte;
	struct iovec to = { &byte, 1 }, from = { (void *)try_read_init, 1 };

	return (int)process_vm_readv(1, &to, 1, &from, 1, 0);
}

static int try_sysrq(void)
{
	return open("/proc/sysrq-trigger", O_WRONLY);
}

static int try_kcore(void)
{
	return open("/proc/kcore", O_RDONLY);
}

static int try_sysctl(void)
{
	return open("/proc/sys/kernel/core_pattern", O_WRONLY);
}

static int try_setuid(void)
{
	return setuid(0);
}

/* Whose success would change who tries what comes next. */
static int in_child(int (*attempt)(void))
{
	int status = 0;
	pid_t child = fork();

	if (child < 0)
		return -1;
	if (!child)
		_exit(attempt() < 0 ? errno : 0);
	waitpid(child, &status, 0);
	errno = WEXITSTATUS(status);
	return errno ? -1 : 0;
}

static int unshare_user(void)
{
	return unshare(CLONE_NEWUSER);
}

static int try_namespace(void)
{
	return in_child(unshare_user);
}

static int try_clone_user(void)
{
	pid_t child = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL,
				     NULL, NULL, NULL);

	if (!child)
		_exit(0);
	if (child > 0)
		waitpid(child, NULL, 0);
	return child;
}

static int try_setns(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY);
	int ret = setns(fd, 0), err = errno;

	close(fd);
	errno = err;
	return ret;
}

/* With release_agent the old cgroups had a program of the gateway started. */
static int try_mount(void)
{
	return mount("none", "/tmp", "cgroup", 0, "memory");
}

static int try_fsopen(void)
{
	return (int)syscall(430, "ext4", 0);
}

static int try_open_tree(void)
{
	return (int)syscall(428, AT_FDCWD, "/", 1);
}

static int try_pivot_root(void)
{
	return (int)syscall(SYS_pivot_root, ".", ".");
}

static int change_root(void)
{
	return chroot("/tmp");
}

static int try_chroot(void)
{
	return in_child(change_root);
}

/* Any file of a file system, by its number. */
static int try_open_handle(void)
{
	struct {
		struct file_handle head;
		uint32_t inode[2];
	} handle = { .head = { .handle_bytes = 8, .handle_type = 1 },
		     .inode = { 2, 0 } };
	int root = open("/usr", O_RDONLY), ret, err;

	ret = open_by_handle_at(root, &handle.head, O_RDONLY);
	err = errno;
	close(root);
	errno = err;
	return ret;
}

static int try_perf(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
					.size = sizeof(attr) };

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static int try_fanotify(void)
{
	return (int)syscall(SYS_fanotify_init, FAN_REPORT_FID, O_RDONLY);
}

static int try_module(void)
{
	return (int)syscall(SYS_init_module, "", 0, "");
}

static int try_kernel_log(void)
{
	char text[256];

	return (int)syscall(SYS_syslog, 3, text, sizeof(text));
}

static int try_clock(void)
{
	const struct timeval then = { 1000000000, 0 };

	return settimeofday(&then, NULL);
}

static int try_host_name(void)
{
	return sethostname("other", 5);
}

/* Of its own network, where nothing but privilege is in the way. */
static int try_interface(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), ret, err;

	ret = ioctl(fd, SIOCSIFFLAGS, &request);
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

static int try_bpf(void)
{
	return (int)syscall(SYS_bpf, 0, NULL, 0);
}

static int try_keys(void)
{
	return (int)syscall(SYS_add_key, "user", "sluice", "x", 1, -3);
}

static int try_keyring(void)
{
	return (int)syscall(SYS_keyctl, 1, NULL);
}

static int try_cgroup(void)
{
	return open("/sys/fs/cgroup/cgroup.procs", O_WRONLY);
}

/*
 * What the filter of system calls is for. By number where a libc of the day does not have
 * the name.
 */

static int try_socket(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol);

	if (fd >= 0)
		close(fd);
	return fd;
}

static int try_inet(void)
{
	return try_socket(AF_INET6, SOCK_STREAM, 0);
}

static int try_can(void)
{
	return try_socket(AF_CAN, SOCK_RAW, 1);
}

static int try_alg(void)
{
	return try_socket(AF_ALG, SOCK_SEQPACKET, 0);
}

static int try_vsock(void)
{
	return try_socket(AF_VSOCK, SOCK_STREAM, 0);
}

static int try_tipc(void)
{
	return try_socket(AF_TIPC, SOCK_SEQPACKET, 0);
}

static int try_tipc_pair(void)
{
	int fds[2];

	return socketpair(AF_TIPC, SOCK_SEQPACKET, 0, fds);
}

static int try_sctp(void)
{
	return try_socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
}

static int try_uevents(void)
{
	return try_socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
}

static int try_netfilter(void)
{
	return try_socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
}

/* What an old kernel can be made to write into pages of files that are only read. */
static int try_splice(void)
{
	int from[2], to[2], ret, err;

	if (pipe(from) || pipe(to) || write(from[1], "x", 1) != 1)
		return -1;
	ret = (int)splice(from[0], NULL, to[1], NULL, 1, 0);
	err = errno;
	close(from[0]);
	close(from[1]);
	close(to[0]);
	close(to[1]);
	errno = err;
	return ret;
}

/* A name for a pair that nobody gave one, by which others of the same network can send to it. */
static int try_name_of_pair(void)
{
	struct sockaddr_un name = { 0 };
	socklen_t len = sizeof(name);
	int pair[2], yes = 1, ret, err;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return -1;
	ret = setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes));
	err = errno;
	send(pair[0], "x", 1, 0);
	if (!getsockname(pair[0], (struct sockaddr *)&name, &len) &&
	    len > sizeof(name.sun_family))
		ret = 0;
	close(pair[0]);
	close(pair[1]);
	errno = err;
	return ret;
}

static int try_fchroot(void)
{
	return (int)syscall(472, AT_FDCWD, 0);
}

static int try_open_tree_attr(void)
{
	return (int)syscall(467, AT_FDCWD, "/", 0, NULL, 0);
}

static int try_listns(void)
{
	return (int)syscall(470, NULL, NULL, 0, 0);
}

static int try_number_of_tomorrow(void)
{
	return (int)syscall(1000);
}

static int try_clone3(void)
{
	return (int)syscall(SYS_clone3, NULL, 0);
}

static int try_openat2(void)
{
	return (int)syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0);
}

static int try_io_uring(void)
{
	return (int)syscall(SYS_io_uring_setup, 1, NULL);
}

/* How many requests there may be is one number for all of the machine. */
static int try_aio(void)
{
	unsigned long context = 0;

	return (int)syscall(SYS_io_setup, 65536, &context);
}

static int try_userfaultfd(void)
{
	return (int)syscall(SYS_userfaultfd, 1);
}

static int try_personality(void)
{
	return personality(ADDR_NO_RANDOMIZE);
}

/* Of a file that is its own, where others of the gateway see it. */
static int try_set_id(void)
{
	int fd = open("/data/mine", O_CREAT | O_RDWR, 0755), ret;

	if (fd < 0)
		return -1;
	ret = fchmod(fd, 04755);
	close(fd);
	return ret;
}

static int try_set_id_at_once(void)
{
	return open("/data/other", O_CREAT | O_RDWR, 02755);
}

/* The kernel leaves such bits out of a folder that is made. */
static int try_set_id_folder(void)
{
	struct stat st;

	if (mkdir("/data/folder", 06755) || stat("/data/folder", &st))
		return -1;
	errno = EPERM;
	return st.st_mode & (S_ISUID | S_ISGID) ? 0 : -1;
}

static int try_limit_of_init(void)
{
	struct rlimit none = { 0, 0 };

	return prlimit(1, RLIMIT_NOFILE, &none, NULL);
}

static int try_nice_of_init(void)
{
	return setpriority(PRIO_PROCESS, 1, 19);
}

static int try_cpus_of_init(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	return sched_setaffinity(1, sizeof(one), &one);
}

/* Of a terminal of its own. */
static int try_ioctl(unsigned long request, void *arg)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY), ret;

	if (fd < 0)
		return -1;
	ret = ioctl(fd, request, arg);
	close(fd);
	return ret;
}

static int try_line_discipline(void)
{
	int plain = 0;

	return try_ioctl(TIOCSETD, &plain);
}

static int try_typing(void)
{
	char letter = 'x';

	return try_ioctl(TIOCSTI, &letter);
}

static int try_pasting(void)
{
	char what = 3;

	return try_ioctl(TIOCLINUX, &what);
}

static int try_i2c_force(void)
{
	return try_ioctl(I2C_SLAVE_FORCE, NULL);
}

static int try_trace_child(void)
{
	pid_t child = fork();
	int ret, err;

	if (child < 0)
		return -1;
	if (!child) {
		pause();
		_exit(0);
	}
	ret = (int)ptrace(PTRACE_SEIZE, child, NULL, NULL);
	err = errno;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	errno = err;
	return ret;
}

/* By a number of i386, in a child: ENOEXEC is that it was killed for it. */
static int try_i386(void)
{
	int status = 0;
	pid_t child = fork();

	if (!child) {
#ifdef __x86_64__
		long ret;

		__asm__ volatile("int $0x80" : "=a"(ret) : "a"(20L) : "memory");
#endif
		_exit(0);
	}
	waitpid(child, &status, 0);
	errno = ENOEXEC;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? -1 : 0;
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
	{ "folder-left", try_folder_left }, { "runner", try_runner },
	{ "runner-to-read", try_runner_to_read },
	{ "own-program", try_own_program },
	{ "file-of-init", try_file_of_init }, { "read-init", try_read_init },
	{ "sysrq", try_sysrq }, { "kcore", try_kcore },
	{ "clone-user", try_clone_user }, { "setns", try_setns },
	{ "mount", try_mount }, { "fsopen", try_fsopen },
	{ "open-tree", try_open_tree }, { "pivot-root", try_pivot_root },
	{ "chroot", try_chroot }, { "open-handle", try_open_handle },
	{ "perf", try_perf }, { "fanotify", try_fanotify },
	{ "module", try_module }, { "kernel-log", try_kernel_log },
	{ "clock", try_clock }, { "host-name", try_host_name },
	{ "interface", try_interface }, { "keyring", try_keyring },
	{ "netfilter", try_netfilter }, { "splice", try_splice }, { "name-of-pair", try_name_of_pair },
	{ "bpf", try_bpf }, { "keys", try_keys }, { "cgroup", try_cgroup },
	{ "inet", try_inet }, { "can", try_can }, { "alg", try_alg },
	{ "vsock", try_vsock }, { "tipc", try_tipc },
	{ "tipc-pair", try_tipc_pair }, { "sctp", try_sctp },
	{ "uevents", try_uevents }, { "fchroot", try_fchroot },
	{ "open-tree-attr", try_open_tree_attr }, { "listns", try_listns },
	{ "number-of-tomorrow", try_number_of_tomorrow },
	{ "clone3", try_clone3 }, { "openat2", try_openat2 },
	{ "io-uring", try_io_uring }, { "aio", try_aio },
	{ "userfaultfd", try_userfaultfd }, { "personality", try_personality },
	{ "set-id", try_set_id }, { "set-id-at-once", try_set_id_at_once },
	{ "set-id-folder", try_set_id_folder },
	{ "limit-of-init", try_limit_of_init },
	{ "nice-of-init", try_nice_of_init },
	{ "cpus-of-init", try_cpus_of_init },
	{ "line-discipline", try_line_discipline }, { "typing", try_typing },
	{ "pasting", try_pasting }, { "i2c-force", try_i2c_force },
	{ "trace-child", try_trace_child }, { "i386", try_i386 },
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

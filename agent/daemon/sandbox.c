// SPDX-License-Identifier: GPL-2.0-only
#include "sandbox.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where the task's files begin, after stdin, stdout and stderr. */
#define FIRST_FD	3

/*
 * Is it the gateway that is short of files, processes, namespaces or mounts? Memory
 * is the environment's own by now.
 */
static bool gateway_lacks(int err)
{
	return err == ENFILE || err == EMFILE || err == EAGAIN ||
	       err == ENOSPC || err == EUSERS;
}

void sandbox_die(const struct sandbox *sandbox, const char *what,
		 const char *which)
{
	const char mark[] = { gateway_lacks(errno) ? SANDBOX_LACKED : '\0',
			      '\0' };

	dprintf(sandbox->status, "%s%s %s: %s", mark, what, which,
		strerror(errno));
	_exit(1);
}

static void die_unless(const struct sandbox *sandbox, bool good,
		       const char *what)
{
	if (!good)
		sandbox_die(sandbox, "sandbox:", what);
}

/* A network of its own has a loopback interface that is down. */
static void loopback_up(const struct sandbox *sandbox)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	die_unless(sandbox, fd >= 0, "socket");
	die_unless(sandbox, !ioctl(fd, SIOCGIFFLAGS, &request), "loopback");
	request.ifr_flags |= IFF_UP | IFF_RUNNING;
	die_unless(sandbox, !ioctl(fd, SIOCSIFFLAGS, &request), "loopback");
	close(fd);
}

/*
 * Become the environment's own user, in a user namespace that has no other. The
 * agent writes the map, and attaches our door while we wait.
 */
static void change_user(const struct sandbox *sandbox)
{
	const char map = SANDBOX_MAP;
	char go;

	die_unless(sandbox, !setgroups(0, NULL), "setgroups");
	die_unless(sandbox, !unshare(CLONE_NEWUSER), "user namespace");
	die_unless(sandbox, write(sandbox->status, &map, 1) == 1, "status");
	/* Nothing to read: the agent died, or does not want us any more. */
	if (read(sandbox->go, &go, 1) != 1)
		_exit(1);
	die_unless(sandbox, !setresgid(SANDBOX_UID, SANDBOX_UID, SANDBOX_UID),
		   "setresgid");
	die_unless(sandbox, !setresuid(SANDBOX_UID, SANDBOX_UID, SANDBOX_UID),
		   "setresuid");
}

static void drop_privileges(const struct sandbox *sandbox)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = { 0 };
	struct rlimit zero = { 0, 0 };
	unsigned long cap;

	die_unless(sandbox, !prctl(PR_SET_SECUREBITS, SECBIT_NOROOT |
				   SECBIT_NOROOT_LOCKED |
				   SECBIT_NO_SETUID_FIXUP |
				   SECBIT_NO_SETUID_FIXUP_LOCKED |
				   SECBIT_KEEP_CAPS_LOCKED |
				   SECBIT_NO_CAP_AMBIENT_RAISE |
				   SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED, 0, 0, 0),
		   "securebits");
	/* Until the kernel knows no more of them. */
	for (cap = 0; !prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); cap++)
		;
	die_unless(sandbox, errno == EINVAL && cap > CAP_AUDIT_READ,
		   "capability bounding set");
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	die_unless(sandbox, !syscall(SYS_capset, &header, none),
		   "capabilities");
	die_unless(sandbox, !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
		   "no_new_privs");
	die_unless(sandbox, !setrlimit(RLIMIT_CORE, &zero), "core limit");
}

/*
 * The door is 3, the sockets follow in the order of the task file; stdin, stdout
 * and stderr are /dev/null; all the rest is closed by exec.
 */
static void arrange_files(const struct sandbox *sandbox)
{
	size_t count = sandbox->task->sockets_count, i;
	int high[TASKFILE_ITEMS + 1], null, fd;

	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	die_unless(sandbox, null >= 0, "/dev/null");
	/* Out of the way first, so that none is overwritten. */
	high[0] = fcntl(sandbox->door, F_DUPFD_CLOEXEC, 512);
	for (i = 0; i < count; i++)
		high[i + 1] = fcntl(sandbox->sockets[i], F_DUPFD_CLOEXEC, 512);
	for (fd = 0; fd < FIRST_FD; fd++)
		die_unless(sandbox, dup2(null, fd) == fd, "/dev/null");
	for (i = 0; i <= count; i++) {
		fd = FIRST_FD + (int)i;
		die_unless(sandbox, high[i] >= 0 && dup2(high[i], fd) == fd,
			   "file descriptors");
	}
	die_unless(sandbox, !syscall(SYS_close_range,
				     FIRST_FD + (unsigned int)count + 1, ~0U,
				     CLOSE_RANGE_CLOEXEC), "close_range");
}

/* What a task finds in its environment variables. */
static char **make_variables(const struct sandbox *sandbox)
{
	static char *list[2 * TASKFILE_ITEMS + 8];
	const struct taskfile *task = sandbox->task;
	size_t count = 0, i;
	char *c;

	list[count++] = "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
	list[count++] = "HOME=/tmp";
	list[count++] = "LANG=C.UTF-8";
	if (asprintf(&list[count++], "SLUICE_TASK=%s", task->name) < 0)
		sandbox_die(sandbox, "sandbox:", "memory");
	for (i = 0; i < task->sockets_count; i++) {
		if (asprintf(&list[count], "SLUICE_SOCKET_%s=%d",
			     task->sockets[i].name,
			     FIRST_FD + 1 + (int)i) < 0)
			sandbox_die(sandbox, "sandbox:", "memory");
		for (c = list[count++]; *c != '='; c++)
			*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
	}
	for (i = 0; i < task->variables_count; i++)
		list[count++] = task->variables[i];
	return list;
}

static void run(const struct sandbox *sandbox)
{
	char *argv[TASKFILE_ITEMS + 5] = { "sluice-init" };
	char **variables = make_variables(sandbox);
	const struct taskfile *task = sandbox->task;
	sigset_t none;
	size_t i;
	int ret;

	argv[1] = task->kind == SLUICE_KIND_SERVE ? "serve" : "exec";
	argv[2] = "3";
	for (i = 0; task->argv[i]; i++)
		argv[3 + i] = task->argv[i];
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	ret = sandbox_seccomp();
	if (ret) {
		errno = -ret;
		sandbox_die(sandbox, "sandbox:", "seccomp");
	}
	syscall(SYS_execveat, sandbox->init, "", argv, variables,
		AT_EMPTY_PATH);
	sandbox_die(sandbox, "starting", "sluice-init");
}

void sandbox_enter(const struct sandbox *agents)
{
	struct sandbox moved = *agents, *sandbox = &moved;

	/* Above the numbers that the task's files get. */
	moved.status = fcntl(agents->status, F_DUPFD_CLOEXEC, 512);
	moved.init = fcntl(agents->init, F_DUPFD_CLOEXEC, 512);
	moved.go = fcntl(agents->go, F_DUPFD_CLOEXEC, 512);
	if (moved.status < 0 || moved.init < 0 || moved.go < 0)
		sandbox_die(agents, "sandbox:", "file descriptors");
	close(agents->status);
	/* Half-made, we are of no use to the next agent. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	umask(0022);
	die_unless(sandbox, !sethostname(sandbox->task->name,
					 strlen(sandbox->task->name)),
		   "host name");
	loopback_up(sandbox);
	sandbox_mounts(sandbox);
	change_user(sandbox);
	drop_privileges(sandbox);
	arrange_files(sandbox);
	run(sandbox);
	_exit(1);
}

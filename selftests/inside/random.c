// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
/*
 * The program of a task of kind serve whose processes make random system calls: any number,
 * with arguments of which some are right. For long/random.sh. The input is "SEED SECONDS
 * PROCESSES", the answer how many calls that were, how many of them succeeded, were refused
 * (EPERM) and are none (ENOSYS), and of how many processes. A process that ended is followed
 * by another; one that waits is woken by a signal, and killed when that does not help.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <sluice.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* Beyond the newest that any kernel has. */
#define NUMBERS		500
#define ARGS		6
#define SLOTS_MAX	16
#define LOOK_US		2000
/* Looks without a call: woken, killed. */
#define LOOKS_WOKEN	1
#define LOOKS_KILLED	20
#define BUFFER_SIZE	(64 << 10)

#define ANY(list)	((list)[below(sizeof(list) / sizeof((list)[0]))])

/* Seen by both, and by no system call. */
struct slot {
	volatile uint64_t calls, fine, refused, none;
};

static struct slot *slots;
static unsigned char *buffer;
static uint64_t dice;

static uint64_t roll(void)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return dice;
}

static uint64_t below(uint64_t n)
{
	return (roll() >> 16) % n;
}

/*
 * What it asks for
 */

static uint64_t some_path(void)
{
	static const char *const paths[] = {
		"/", ".", "..", "/tmp", "/tmp/a", "/tmp/b", "/tmp/a/b", "/tmp/socket", "/dev/null",
		"/dev/zero", "/dev/full", "/dev/ptmx", "/dev/shm", "/dev/shm/a", "/proc/self",
		"/proc/self/mem", "/proc/self/maps", "/proc/self/fd/0", "/proc/self/exe",
		"/proc/self/ns/user", "/proc/1/root", "/proc/1/mem", "/proc/self/oom_score_adj",
		"/proc/self/task", "/proc/self/attr/current", "/proc/sys/kernel/core_pattern",
		"/sys", "/sys/fs/cgroup", "/sys/fs/cgroup/cgroup.procs", "/etc/passwd", "/usr/bin/env",
		"/bin/true", "/usr/lib", "/state", "/run", "user", "tmpfs", "overlay", "bpf", "",
	};

	return (uint64_t)(uintptr_t)ANY(paths);
}

static uint64_t some_request(void)
{
	static const unsigned long requests[] = {
		TCGETS, TCSETS, TIOCSTI, TIOCSCTTY, TIOCGWINSZ, TIOCLINUX, TIOCSETD, TIOCNOTTY,
		FIONREAD, FIONBIO, FIOASYNC, SIOCGIFCONF, SIOCGIFFLAGS, SIOCSIFFLAGS,
		SLUICE_IOC_CALL, SLUICE_IOC_SUBMIT, SLUICE_IOC_REAP, SLUICE_IOC_CANCEL,
		SLUICE_IOC_ATTACH, SLUICE_IOC_NEXT, SLUICE_IOC_CHANGE,
	};

	return ANY(requests);
}

/* Small numbers mean much: descriptors, processes, signals, families, commands. */
static uint64_t some_number(void)
{
	static const uint64_t numbers[] = {
		(uint64_t)-1, (uint64_t)AT_FDCWD, 4096, 8192, 65536, 1 << 20, 1 << 30, INT32_MAX,
		1ULL << 31, UINT32_MAX, 1ULL << 32, INT64_MAX, 1ULL << 63, 0100644, 0777, 04755,
	};

	switch (below(4)) {
	case 0:
		return below(64);
	case 1:
		return 1ULL << below(32) | 1ULL << below(32);
	case 2:
		return ANY(numbers);
	default:
		return below(8);
	}
}

/* Its own memory, in which there are such numbers and pointers again; or none. */
static uint64_t some_pointer(void)
{
	static const uint64_t nowhere[] = {
		0, 1, 4096, 0x7ffffffff000, 0xffff800000000000, 0xffffffff81000000, UINT64_MAX - 7,
	};

	if (!below(8))
		return ANY(nowhere);
	return (uint64_t)(uintptr_t)buffer + below(BUFFER_SIZE) / (below(2) ? 1 : 4096) * 8 % BUFFER_SIZE;
}

static uint64_t some_argument(void)
{
	switch (below(8)) {
	case 0:
	case 1:
		return some_pointer();
	case 2:
		return some_path();
	case 3:
		return below(16) ? some_request() : roll();
	default:
		return some_number();
	}
}

static long some_call(void)
{
	static const long wild[] = { -1, 1 << 20, 0x40000000, 0x40000027, 1023, 1024, 512 };

	return below(512) ? (long)below(NUMBERS) : ANY(wild);
}

/* What ends it, and nothing else. */
static bool is_end(long number)
{
	return number == SYS_exit || number == SYS_exit_group || number == SYS_rt_sigreturn;
}

static bool is_fork(long number)
{
#ifdef SYS_fork
	if (number == SYS_fork || number == SYS_vfork)
		return true;
#endif
	return number == SYS_clone || number == SYS_clone3;
}

/*
 * Who asks
 */

static void on_wake(int number)
{
	(void)number;
}

/* Something of each kind, with small numbers. */
static void open_some(void)
{
	int pair[2];

	open("/tmp", O_RDONLY | O_DIRECTORY);
	open("/tmp", O_TMPFILE | O_RDWR, 0600);
	open("/dev/null", O_RDWR);
	open("/proc/self/mem", O_RDWR);
	memfd_create("random", 0);
	epoll_create1(0);
	eventfd(0, EFD_NONBLOCK);
	timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	socket(AF_INET, SOCK_DGRAM, 0);
	socket(AF_INET6, SOCK_STREAM, 0);
	socket(AF_NETLINK, SOCK_RAW, 0);
	if (!pipe(pair) && !socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		prctl(PR_SET_NAME, "random");
}

static void begin(pid_t parent)
{
	struct sigaction action = { .sa_handler = on_wake };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	/* What it does to its group stays among its own. */
	setsid();
	sigaction(SIGALRM, &action, NULL);
	buffer = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED)
		_exit(1);
	open_some();
}

static void fill(void)
{
	uint64_t at = below(BUFFER_SIZE / 8 - 64), i;

	for (i = 0; i < 32; i++)
		((uint64_t *)buffer)[at + i] = some_argument();
}

static void run(struct slot *slot, uint64_t seed, pid_t parent)
{
	pid_t self;

	dice = seed | 1;
	begin(parent);
	self = getpid();
	for (;;) {
		uint64_t args[ARGS];
		long number = some_call(), ret;
		int i;

		if (is_end(number))
			continue;
		/* What was unmapped or is read-only by now ends it, and another begins. */
		if (!below(16))
			fill();
		for (i = 0; i < ARGS; i++)
			args[i] = some_argument();
		ret = syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);
		if (is_fork(number) && syscall(SYS_getpid) != self)
			_exit(0);
		slot->calls++;
		slot->fine += ret != -1;
		slot->refused += ret == -1 && errno == EPERM;
		slot->none += ret == -1 && errno == ENOSYS;
	}
}

/*
 * Who looks after them
 */

struct child {
	pid_t	pid;
	uint64_t seen;
	unsigned int looks;
};

static struct child children[SLOTS_MAX];
static unsigned int made;

static void look(unsigned int n, uint64_t seed)
{
	struct child *child = &children[n];
	pid_t parent = getpid();

	if (child->pid <= 0) {
		child->pid = fork();
		if (!child->pid)
			run(&slots[n], seed * 1000003 + made * 7919, parent);
		made += child->pid > 0;
		child->looks = 0;
		return;
	}
	if (slots[n].calls != child->seen)
		child->looks = 0;
	child->seen = slots[n].calls;
	child->looks++;
	if (child->looks > LOOKS_KILLED)
		kill(child->pid, SIGKILL);
	else if (child->looks > LOOKS_WOKEN)
		kill(child->pid, SIGALRM);
}

static void gather(int count)
{
	pid_t pid;
	int i;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (i = 0; i < count; i++)
			if (children[i].pid == pid)
				children[i].pid = 0;
}

static void end_all(int count)
{
	int i;

	for (i = 0; i < count; i++) {
		if (children[i].pid <= 0)
			continue;
		kill(children[i].pid, SIGKILL);
		waitpid(children[i].pid, NULL, 0);
		children[i].pid = 0;
	}
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static int handle(struct sluice_work *work, void *user)
{
	unsigned long long seed;
	struct slot all = { 0 };
	char input[64];
	int seconds, count, i;
	time_t end;

	(void)user;
	snprintf(input, sizeof(input), "%.*s", (int)work->input_len, (const char *)work->input);
	if (sscanf(input, "%llu %d %d", &seed, &seconds, &count) != 3 || count < 1 ||
	    count > SLOTS_MAX)
		return 1;
	memset(slots, 0, SLOTS_MAX * sizeof(*slots));
	made = 0;
	for (end = now() + seconds; now() < end; usleep(LOOK_US)) {
		gather(count);
		for (i = 0; i < count; i++)
			look((unsigned int)i, seed);
	}
	end_all(count);
	for (i = 0; i < count; i++) {
		all.calls += slots[i].calls;
		all.fine += slots[i].fine;
		all.refused += slots[i].refused;
		all.none += slots[i].none;
	}
	work->output_len = (size_t)snprintf(work->output, work->output_cap, "%ju %ju %ju %ju %u",
					    (uintmax_t)all.calls, (uintmax_t)all.fine,
					    (uintmax_t)all.refused, (uintmax_t)all.none, made);
	return 0;
}

int main(void)
{
	slots = mmap(NULL, SLOTS_MAX * sizeof(*slots), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return slots == MAP_FAILED || sluice_serve(handle, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The namespaces and the lack of capabilities are the wall, this is the ditch: of what the
 * kernel can do, a task reaches what its preset names (syscalls.c). All else fails with
 * an error that says so, EPERM or, as if there was no such thing, ENOSYS, so that programs
 * can do without. Only what is called as another machine's, whose numbers mean
 * something else, ends the process.
 *
 * The program is a search by halves among ranges of numbers that have the same answer. The
 * kernel runs it once for each number ahead, and remembers those that are always allowed.
 */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/can.h>
#include <linux/i2c-dev.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memfile.h"

#if defined(__x86_64__) && !defined(__ILP32__)
#define FILTER_HERE	FILTER_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define FILTER_HERE	FILTER_AARCH64
#elif defined(__arm__) && defined(__ARMEL__)
#define FILTER_HERE	FILTER_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define FILTER_HERE	FILTER_RISCV64
#else
#error "syscalls.c does not have the numbers of this machine"
#endif

#define NEW_NAMESPACES	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
			 CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |	\
			 CLONE_NEWNET)
#define SET_ID		(S_ISUID | S_ISGID)
/* Without the part that is O_DIRECTORY, which differs; that of old libraries is 0. */
#define TMPFILE		020000000
#define IOPRIO_WHO_PROCESS 1
#define SOCK_TYPE_MASK	0xf
/* Both numbers of it, whichever the library uses. */
#define TIMESTAMPING_OLD 37
#define TIMESTAMPING_NEW 65
#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE	62
#endif

/* In an x86_64 number: of x32, whose other calls are those of x86_64. */
#define X32_FIRST	0x40000000
#define X32_END		0x80000000

#define ALLOW		SECCOMP_RET_ALLOW
#define REFUSE(err)	(SECCOMP_RET_ERRNO | (err))
/* It is not called, and returns 0. */
#define DONE		SECCOMP_RET_ERRNO

/* Of all machines here the low half comes first. */
#define LOW(n)		(offsetof(struct seccomp_data, args) + 8 * (n))
#define HIGH(n)		(LOW(n) + 4)

struct program {
	const struct filter *filter;
	struct sock_filter *at;
	size_t	room;
	size_t	count;
};

/*
 * Instructions
 */

static size_t put(struct program *program, unsigned int code, uint32_t k,
		  uint8_t jt, uint8_t jf)
{
	if (program->count < program->room)
		program->at[program->count] = (struct sock_filter){
			.code = (uint16_t)code, .jt = jt, .jf = jf, .k = k,
		};
	return program->count++;
}

static void load(struct program *program, size_t offset)
{
	put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct program *program, uint32_t action)
{
	put(program, BPF_RET | BPF_K, action, 0, 0);
}

static void answer_if(struct program *program, uint32_t value, uint32_t action)
{
	put(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
	answer(program, action);
}

static void answer_unless(struct program *program, uint32_t value, uint32_t action)
{
	put(program, BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
	answer(program, action);
}

static void answer_if_any(struct program *program, uint32_t bits, uint32_t action)
{
	put(program, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
	answer(program, action);
}

/* Over what follows, to where land() says; as far as it may be. */
static size_t jump(struct program *program)
{
	return put(program, BPF_JMP | BPF_JA, 0, 0, 0);
}

static void land(struct program *program, size_t jump)
{
	if (jump < program->room)
		program->at[jump].k = (uint32_t)(program->count - jump - 1);
}

/* What follows, until land(), is for that value only. */
static size_t only_if(struct program *program, uint32_t value)
{
	put(program, BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
	return jump(program);
}

/*
 * What is asked besides
 */

static void check_clone(struct program *program)
{
	load(program, LOW(0));
	answer_if_any(program, NEW_NAMESPACES, REFUSE(EPERM));
	answer(program, ALLOW);
}

/*
 * A set-id file would run as the task's user wherever it is seen, on the gateway too. Of
 * a folder that is made the kernel ignores these bits.
 */
static void check_mode(struct program *program, unsigned int mode)
{
	load(program, LOW(mode));
	answer_if_any(program, SET_ID, REFUSE(EPERM));
	answer(program, ALLOW);
}

static void check_mode1(struct program *program)
{
	check_mode(program, 1);
}

static void check_mode2(struct program *program)
{
	check_mode(program, 2);
}

/* Where no file is made, the mode is whatever the register had. */
static void check_open(struct program *program, unsigned int flags)
{
	load(program, LOW(flags));
	put(program, BPF_JMP | BPF_JSET | BPF_K, O_CREAT | TMPFILE, 1, 0);
	answer(program, ALLOW);
	check_mode(program, flags + 1);
}

static void check_open1(struct program *program)
{
	check_open(program, 1);
}

static void check_open2(struct program *program)
{
	check_open(program, 2);
}

/* The kernel, too, looks at the low half only. */
static void check_ioctl(struct program *program)
{
	static const uint32_t refused[] = {
		TIOCSTI,	/* typing, into the terminal of somebody else */
		TIOCLINUX,	/* pasting, the same */
		TIOCSETD,	/* line disciplines: modules that nobody needs here */
		I2C_SLAVE_FORCE, /* a device that has a driver of the kernel's */
	};
	/* What a socket of the gateway's network would tell of its drivers and neighbours. */
	static const uint32_t absent[] = { SIOCETHTOOL, SIOCGARP };
	size_t i;

	load(program, LOW(1));
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		answer_if(program, refused[i], REFUSE(EPERM));
	for (i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		answer_if(program, absent[i], REFUSE(EOPNOTSUPP));
	if (!program->filter->terminal)
		answer_if(program, TIOCSCTTY, REFUSE(EPERM));
	answer(program, ALLOW);
}

/* A number in two halves. */
static void answer_unless_null(struct program *program, unsigned int n, uint32_t action)
{
	load(program, LOW(n));
	answer_unless(program, 0, action);
	load(program, HIGH(n));
	answer_unless(program, 0, action);
}

/*
 * RLIMIT_CORE is 1, and nothing but 1 keeps the kernel from starting a helper of the
 * gateway's for a core (core_pattern). Who sets 0 has no core with 1 either, and is told
 * that it is done.
 */
static void check_own_limit(struct program *program)
{
	load(program, LOW(0));
	answer_if(program, RLIMIT_CORE, DONE);
	answer(program, ALLOW);
}

/* sluice-init is of the same user: the next call would have what was set. */
static void check_limit(struct program *program)
{
	size_t over;

	load(program, LOW(0));
	over = only_if(program, 0);
	load(program, LOW(1));
	answer_unless(program, RLIMIT_CORE, ALLOW);
	answer_unless_null(program, 2, DONE);
	answer(program, ALLOW);
	land(program, over);
	answer_unless_null(program, 2, REFUSE(EPERM));
	answer(program, ALLOW);
}

static void check_not_first(struct program *program)
{
	load(program, LOW(0));
	answer_if(program, 1, REFUSE(EPERM));
	answer(program, ALLOW);
}

/* All of a group or user would be that of sluice-init, too. */
static void check_whose(struct program *program, uint32_t process)
{
	load(program, LOW(0));
	answer_unless(program, process, REFUSE(EPERM));
	load(program, LOW(1));
	answer_if(program, 1, REFUSE(EPERM));
	answer(program, ALLOW);
}

static void check_priority(struct program *program)
{
	check_whose(program, PRIO_PROCESS);
}

static void check_ioprio(struct program *program)
{
	check_whose(program, IOPRIO_WHO_PROCESS);
}

/* Any other type or protocol would have the kernel load a module for it. */
static void check_internet(struct program *program)
{
	static const uint32_t protocols[] = {
		0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6,
	};
	size_t i;

	load(program, LOW(1));
	put(program, BPF_ALU | BPF_AND | BPF_K, SOCK_TYPE_MASK, 0, 0);
	put(program, BPF_JMP | BPF_JGT | BPF_K, SOCK_RAW, 0, 1);
	answer(program, REFUSE(ESOCKTNOSUPPORT));
	load(program, LOW(2));
	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		answer_if(program, protocols[i], ALLOW);
	answer(program, REFUSE(EPROTONOSUPPORT));
}

/* Of the interfaces that there are, not of the machine's devices or the module. */
static void check_netlink(struct program *program)
{
	load(program, LOW(2));
	answer_if(program, NETLINK_ROUTE, ALLOW);
	answer(program, REFUSE(EPROTONOSUPPORT));
}

/* None that sends by timers of the kernel (CAN_BCM): their time is on nobody's account. */
static void check_can(struct program *program)
{
	load(program, LOW(2));
	answer_if(program, CAN_RAW, ALLOW);
	if (program->filter->preset == SYSCALLS_WIDE) {
		answer_if(program, CAN_ISOTP, ALLOW);
		answer_if(program, CAN_J1939, ALLOW);
	}
	answer(program, REFUSE(EPROTONOSUPPORT));
}

static void check_socket(struct program *program)
{
	static const struct {
		uint32_t family;
		void	(*check)(struct program *program);
	} families[] = {
		{ AF_INET, check_internet }, { AF_INET6, check_internet },
		{ AF_NETLINK, check_netlink }, { AF_CAN, check_can },
	};
	size_t i, over;

	load(program, LOW(0));
	answer_if(program, AF_UNIX, ALLOW);
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (families[i].family == AF_CAN && !program->filter->can)
			continue;
		over = only_if(program, families[i].family);
		families[i].check(program);
		land(program, over);
	}
	answer(program, REFUSE(EAFNOSUPPORT));
}

static void check_socketpair(struct program *program)
{
	load(program, LOW(0));
	answer_if(program, AF_UNIX, ALLOW);
	answer(program, REFUSE(EAFNOSUPPORT));
}

/*
 * What is attached to a socket of a peer would hold for calls to come, and is memory of
 * the kernel that is on nobody's account; what is sent would come back to be read by them.
 */
static void check_sockopt(struct program *program)
{
	static const uint32_t refused[] = {
		SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF,
		SO_ATTACH_REUSEPORT_EBPF, SO_LOCK_FILTER,
		TIMESTAMPING_OLD, TIMESTAMPING_NEW,
	};
	size_t i, over;

	load(program, LOW(1));
	over = only_if(program, SOL_SOCKET);
	load(program, LOW(2));
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		answer_if(program, refused[i], REFUSE(ENOPROTOOPT));
	answer(program, ALLOW);
	land(program, over);
	over = only_if(program, IPPROTO_TCP);
	load(program, LOW(2));
	answer_if(program, TCP_ULP, REFUSE(ENOPROTOOPT));
	answer(program, ALLOW);
	land(program, over);
	answer(program, ALLOW);
}

/* Whoever opens the file would wait for the one who holds it (lease-break-time: 45 s). */
static void check_fcntl(struct program *program)
{
	load(program, LOW(1));
	answer_if(program, F_SETLEASE, REFUSE(EPERM));
	answer(program, ALLOW);
}

/* With a cookie of its own nothing else may run on the other threads of its core. */
static void check_prctl(struct program *program)
{
	load(program, LOW(0));
	answer_if(program, PR_SCHED_CORE, REFUSE(EINVAL));
	answer(program, ALLOW);
}

static void check_personality(struct program *program)
{
	static const uint32_t plain[] = {
		PER_LINUX, PER_LINUX32, UNAME26, UNAME26 | PER_LINUX32,
		0xffffffff,	/* which one is it? */
	};
	size_t i;

	load(program, LOW(0));
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		answer_if(program, plain[i], ALLOW);
	answer(program, REFUSE(EPERM));
}

static void (* const checks[SYSCALLS_CHECKS])(struct program *program) = {
	[SYSCALLS_CLONE] = check_clone,
	[SYSCALLS_OPEN1] = check_open1,
	[SYSCALLS_OPEN2] = check_open2,
	[SYSCALLS_MODE1] = check_mode1,
	[SYSCALLS_MODE2] = check_mode2,
	[SYSCALLS_IOCTL] = check_ioctl,
	[SYSCALLS_LIMIT] = check_limit,
	[SYSCALLS_OWN_LIMIT] = check_own_limit,
	[SYSCALLS_NOT_FIRST] = check_not_first,
	[SYSCALLS_PRIORITY] = check_priority,
	[SYSCALLS_IOPRIO] = check_ioprio,
	[SYSCALLS_SOCKET] = check_socket,
	[SYSCALLS_SOCKETPAIR] = check_socketpair,
	[SYSCALLS_SOCKOPT] = check_sockopt,
	[SYSCALLS_FCNTL] = check_fcntl,
	[SYSCALLS_PRCTL] = check_prctl,
	[SYSCALLS_PERSONALITY] = check_personality,
};

/*
 * Numbers
 */

/* All from the first to the next range: an action, or a check if that is not PLAIN. */
struct range {
	uint32_t first;
	uint32_t action;
	enum syscalls_check check;
};

/* Each row, what is between two of them, and what is not of this machine. */
#define RANGES	1200

struct ranges {
	struct range list[RANGES];
	size_t	count;
};

static void add(struct ranges *ranges, uint32_t first, uint32_t action,
		enum syscalls_check check)
{
	const struct range *list = ranges->list;

	/* What was to follow a row, and another row stands there. */
	if (ranges->count && list[ranges->count - 1].first == first)
		ranges->count--;
	if (ranges->count && list[ranges->count - 1].action == action &&
	    list[ranges->count - 1].check == check)
		return;
	if (ranges->count < RANGES)
		ranges->list[ranges->count++] =
			(struct range){ first, action, check };
}

static int by_number(const void *a, const void *b, void *abi)
{
	const struct syscalls_row *const *one = a, *const *other = b;

	return (*one)->number[*(enum syscalls_abi *)abi] -
	       (*other)->number[*(enum syscalls_abi *)abi];
}

static void add_row(struct ranges *ranges, const struct filter *filter,
		    const struct syscalls_row *row, uint32_t number)
{
	bool allowed = row->from <= filter->preset;

	add(ranges, number, allowed ? ALLOW :
	    REFUSE(row->from == SYSCALLS_ABSENT ? ENOSYS : EPERM),
	    allowed ? row->check : SYSCALLS_PLAIN);
}

static void list_ranges(struct ranges *ranges, const struct filter *filter,
			enum syscalls_abi abi)
{
	const struct syscalls_row *rows[RANGES];
	size_t count = 0, i;
	uint32_t number;

	for (i = 0; i < syscalls_count && count < RANGES; i++)
		if (syscalls[i].number[abi] != SYSCALLS_NONE)
			rows[count++] = &syscalls[i];
	qsort_r(rows, count, sizeof(*rows), by_number, &abi);
	ranges->count = 0;
	add(ranges, 0, REFUSE(ENOSYS), SYSCALLS_PLAIN);
	for (i = 0; i < count; i++) {
		number = (uint32_t)rows[i]->number[abi];
		add_row(ranges, filter, rows[i], number);
		add(ranges, number + 1, REFUSE(ENOSYS), SYSCALLS_PLAIN);
	}
	if (abi != SYSCALLS_X86_64)
		return;
	add(ranges, X32_FIRST, SECCOMP_RET_KILL_PROCESS, SYSCALLS_PLAIN);
	add(ranges, X32_END, REFUSE(ENOSYS), SYSCALLS_PLAIN);
}

static void search(struct program *program, const struct range *ranges, size_t count)
{
	size_t half = count / 2, over;

	if (count == 1 && ranges->check != SYSCALLS_PLAIN) {
		checks[ranges->check](program);
	} else if (count == 1) {
		answer(program, ranges->action);
	} else {
		put(program, BPF_JMP | BPF_JGE | BPF_K, ranges[half].first, 0, 1);
		over = jump(program);
		search(program, ranges, half);
		land(program, over);
		search(program, ranges + half, count - half);
	}
}

/*
 * All of it
 */

static void write_abi(struct program *program, uint32_t arch, enum syscalls_abi abi)
{
	static struct ranges ranges;
	size_t over;

	list_ranges(&ranges, program->filter, abi);
	load(program, offsetof(struct seccomp_data, arch));
	over = only_if(program, arch);
	load(program, offsetof(struct seccomp_data, nr));
	search(program, ranges.list, ranges.count);
	land(program, over);
}

size_t filter_write(const struct filter *filter, enum filter_machine machine,
		    struct sock_filter *at, size_t room)
{
	struct program program = { .filter = filter, .at = at, .room = room };

	if (machine == FILTER_X86_64)
		write_abi(&program, AUDIT_ARCH_X86_64, SYSCALLS_X86_64);
	if (machine == FILTER_AARCH64)
		write_abi(&program, AUDIT_ARCH_AARCH64, SYSCALLS_GENERIC);
	if (machine == FILTER_RISCV64)
		write_abi(&program, AUDIT_ARCH_RISCV64, SYSCALLS_GENERIC);
	if (machine == FILTER_AARCH64 || machine == FILTER_ARM)
		write_abi(&program, AUDIT_ARCH_ARM, SYSCALLS_ARM);
	answer(&program, SECCOMP_RET_KILL_PROCESS);
	return program.count;
}

struct filter filter_of(const struct taskfile *task)
{
	struct filter filter = { .preset = task->filter,
				 /* A serial line that hangs up is no reason to end. */
				 .terminal = !task->devices_count };
	size_t i;

	for (i = 0; i < task->sockets_count; i++)
		if (!strncmp(task->sockets[i].address, "can:", 4))
			filter.can = true;
	return filter;
}

static int write_file(int fd, const void *data, size_t size)
{
	ssize_t written = write(fd, data, size);

	if (written < 0)
		return -errno;
	if ((size_t)written != size)
		return -ENOSPC;
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
		     F_SEAL_WRITE) ? -errno : 0;
}

int filter_make(const struct filter *filter)
{
	static struct sock_filter program[FILTER_MAX];
	size_t count = filter_write(filter, FILTER_HERE, program, FILTER_MAX);
	int fd, ret;

	if (count > FILTER_MAX)
		return -E2BIG;
	fd = memfile("filter");
	if (fd < 0)
		return -errno;
	ret = write_file(fd, program, count * sizeof(*program));
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

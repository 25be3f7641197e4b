// SPDX-License-Identifier: GPL-2.0-only
/*
 * The namespaces and the lack of capabilities are the wall, this is the ditch: of what the
 * kernel can do, a task reaches what its preset names (syscalls.c). All else fails with
 * an error that says so, EPERM or, as if there was no such thing, ENOSYS, so that programs
 * can do without. Only what is called as another machine's, whose numbers mean
 * something else, ends the process.
 *
 * The program is a search by halves among ranges of numbers that have the same answer, but
 * for single ones between. The kernel runs it once for each number ahead, and remembers
 * those that are always allowed.
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
#define PASSPIDFD	76
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

/*
 * It is written from its end: what an instruction leads to is there before it, and what
 * several lead to is there once. A place is how far from the end something is.
 */

/* As far as a condition leads, and room for what is put before it meanwhile. */
#define REACH		250
#define ANSWERS		16

/**
 * struct program - it
 * @at: instructions, the last at the end of @room
 * @answers: where each was put last
 * @checks: where each is; 0: nowhere yet
 */
struct program {
	const struct filter *filter;
	struct sock_filter *at;
	size_t	room;
	size_t	count;
	struct {
		uint32_t action;
		size_t	place;
	} answers[ANSWERS];
	size_t	answers_count;
	size_t	checks[SYSCALLS_CHECKS];
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/*
 * Instructions: each function returns the place of what it put
 */

static size_t put(struct program *program, unsigned int code, uint32_t k,
		  size_t jt, size_t jf)
{
	if (program->count++ < program->room)
		program->at[program->room - program->count] = (struct sock_filter){
			.code = (uint16_t)code, .jt = (uint8_t)jt,
			.jf = (uint8_t)jf, .k = k,
		};
	return program->count;
}

/* What has that place is in reach, or what leads to it. */
static size_t reach(struct program *program, size_t place)
{
	size_t over = program->count - place;

	return over < REACH ? place :
	       put(program, BPF_JMP | BPF_JA, (uint32_t)over, 0, 0);
}

/* What is put next goes on there. */
static void go_on(struct program *program, size_t then)
{
	size_t over = program->count - then;

	if (over)
		put(program, BPF_JMP | BPF_JA, (uint32_t)over, 0, 0);
}

static size_t load(struct program *program, size_t offset, size_t then)
{
	go_on(program, then);
	return put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static size_t mask(struct program *program, uint32_t bits, size_t then)
{
	go_on(program, then);
	return put(program, BPF_ALU | BPF_AND | BPF_K, bits, 0, 0);
}

static size_t branch(struct program *program, unsigned int code, uint32_t k,
		     size_t yes, size_t no)
{
	yes = reach(program, yes);
	no = reach(program, no);
	return put(program, BPF_JMP | code | BPF_K, k, program->count - yes,
		   program->count - no);
}

static size_t answer(struct program *program, uint32_t action)
{
	size_t i;

	for (i = 0; i < program->answers_count; i++)
		if (program->answers[i].action == action)
			break;
	if (i < program->answers_count &&
	    program->count - program->answers[i].place < REACH)
		return program->answers[i].place;
	put(program, BPF_RET | BPF_K, action, 0, 0);
	if (i < ANSWERS) {
		program->answers[i].action = action;
		program->answers[i].place = program->count;
	}
	if (i == program->answers_count && i < ANSWERS)
		program->answers_count++;
	return program->count;
}

/* What was loaded is that: then the answer, else what is there. */
static size_t answer_if(struct program *program, uint32_t value, uint32_t action,
			size_t otherwise)
{
	return branch(program, BPF_JEQ, value, answer(program, action), otherwise);
}

/* One of those. */
static size_t answer_if_one(struct program *program, const uint32_t *values,
			    size_t count, uint32_t action, size_t otherwise)
{
	while (count--)
		otherwise = answer_if(program, values[count], action, otherwise);
	return otherwise;
}

/* Any of the bits. */
static size_t answer_if_any(struct program *program, uint32_t bits, uint32_t action,
			    size_t otherwise)
{
	return branch(program, BPF_JSET, bits, answer(program, action), otherwise);
}

/* An argument, a number in two halves, is not 0. */
static size_t answer_unless_null(struct program *program, unsigned int n,
				 uint32_t action, size_t otherwise)
{
	size_t high = branch(program, BPF_JEQ, 0, otherwise,
			     answer(program, action));

	high = load(program, HIGH(n), high);
	return load(program, LOW(n), branch(program, BPF_JEQ, 0, high,
					    answer(program, action)));
}

/*
 * What is asked besides
 */

static size_t check_clone(struct program *program)
{
	return load(program, LOW(0),
		    answer_if_any(program, NEW_NAMESPACES, REFUSE(EPERM),
				  answer(program, ALLOW)));
}

/*
 * A set-id file would run as the task's user wherever it is seen, on the gateway too. Of
 * a folder that is made the kernel ignores these bits.
 */
static size_t check_mode(struct program *program, unsigned int mode)
{
	return load(program, LOW(mode),
		    answer_if_any(program, SET_ID, REFUSE(EPERM),
				  answer(program, ALLOW)));
}

static size_t check_mode1(struct program *program)
{
	return check_mode(program, 1);
}

static size_t check_mode2(struct program *program)
{
	return check_mode(program, 2);
}

/* Where no file is made, the mode is whatever the register had. */
static size_t check_open(struct program *program, unsigned int flags)
{
	size_t mode = check_mode(program, flags + 1);

	return load(program, LOW(flags),
		    branch(program, BPF_JSET, O_CREAT | TMPFILE, mode,
			   answer(program, ALLOW)));
}

static size_t check_open1(struct program *program)
{
	return check_open(program, 1);
}

static size_t check_open2(struct program *program)
{
	return check_open(program, 2);
}

/* The kernel, too, looks at the low half only. */
static size_t check_ioctl(struct program *program)
{
	static const uint32_t refused[] = {
		TIOCSTI,	/* typing, into the terminal of somebody else */
		TIOCLINUX,	/* pasting, the same */
		TIOCSETD,	/* line disciplines: modules that nobody needs here */
		I2C_SLAVE_FORCE, /* a device that has a driver of the kernel's */
	};
	/* What a socket of the gateway's network would tell of its drivers and neighbours. */
	static const uint32_t absent[] = { SIOCETHTOOL, SIOCGARP };
	size_t rest = answer(program, ALLOW);

	if (!program->filter->terminal)
		rest = answer_if(program, TIOCSCTTY, REFUSE(EPERM), rest);
	rest = answer_if_one(program, absent, COUNT(absent), REFUSE(EOPNOTSUPP), rest);
	rest = answer_if_one(program, refused, COUNT(refused), REFUSE(EPERM), rest);
	return load(program, LOW(1), rest);
}

/*
 * RLIMIT_CORE is 1, and nothing but 1 keeps the kernel from starting a helper of the
 * gateway's for a core (core_pattern). Who sets 0 has no core with 1 either, and is told
 * that it is done.
 */
static size_t check_own_limit(struct program *program)
{
	return load(program, LOW(0),
		    answer_if(program, RLIMIT_CORE, DONE, answer(program, ALLOW)));
}

/* sluice-init is of the same user: the next call would have what was set. */
static size_t check_limit(struct program *program)
{
	size_t others, core, own;

	others = answer_unless_null(program, 2, REFUSE(EPERM),
				    answer(program, ALLOW));
	core = answer_unless_null(program, 2, DONE, answer(program, ALLOW));
	own = load(program, LOW(1), branch(program, BPF_JEQ, RLIMIT_CORE, core,
					   answer(program, ALLOW)));
	return load(program, LOW(0), branch(program, BPF_JEQ, 0, own, others));
}

static size_t check_not_first(struct program *program)
{
	return load(program, LOW(0),
		    answer_if(program, 1, REFUSE(EPERM), answer(program, ALLOW)));
}

/* All of a group or user would be that of sluice-init, too. */
static size_t check_whose(struct program *program, uint32_t process)
{
	size_t which = load(program, LOW(1),
			    answer_if(program, 1, REFUSE(EPERM),
				      answer(program, ALLOW)));

	return load(program, LOW(0), branch(program, BPF_JEQ, process, which,
					    answer(program, REFUSE(EPERM))));
}

static size_t check_priority(struct program *program)
{
	return check_whose(program, PRIO_PROCESS);
}

static size_t check_ioprio(struct program *program)
{
	return check_whose(program, IOPRIO_WHO_PROCESS);
}

/* Any other type or protocol would have the kernel load a module for it. */
static size_t check_internet(struct program *program)
{
	static const uint32_t protocols[] = {
		0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6,
	};
	size_t rest = answer(program, REFUSE(EPROTONOSUPPORT));

	rest = answer_if_one(program, protocols, COUNT(protocols), ALLOW, rest);
	rest = load(program, LOW(2), rest);
	rest = branch(program, BPF_JGT, SOCK_RAW,
		      answer(program, REFUSE(ESOCKTNOSUPPORT)), rest);
	return load(program, LOW(1), mask(program, SOCK_TYPE_MASK, rest));
}

/* Of the interfaces that there are, not of the machine's devices or the module. */
static size_t check_netlink(struct program *program)
{
	return load(program, LOW(2),
		    answer_if(program, NETLINK_ROUTE, ALLOW,
			      answer(program, REFUSE(EPROTONOSUPPORT))));
}

/* None that sends by timers of the kernel (CAN_BCM): their time is on nobody's account. */
static size_t check_can(struct program *program)
{
	static const uint32_t protocols[] = { CAN_RAW, CAN_ISOTP, CAN_J1939 };
	bool wide = program->filter->preset == SYSCALLS_WIDE;

	return load(program, LOW(2),
		    answer_if_one(program, protocols, wide ? COUNT(protocols) : 1,
				  ALLOW, answer(program, REFUSE(EPROTONOSUPPORT))));
}

static size_t check_socket(struct program *program)
{
	size_t rest = answer(program, REFUSE(EAFNOSUPPORT)), internet;

	if (program->filter->can)
		rest = branch(program, BPF_JEQ, AF_CAN, check_can(program), rest);
	rest = branch(program, BPF_JEQ, AF_NETLINK, check_netlink(program), rest);
	internet = check_internet(program);
	rest = branch(program, BPF_JEQ, AF_INET6, internet, rest);
	rest = branch(program, BPF_JEQ, AF_INET, internet, rest);
	return load(program, LOW(0), answer_if(program, AF_UNIX, ALLOW, rest));
}

static size_t check_socketpair(struct program *program)
{
	return load(program, LOW(0),
		    answer_if(program, AF_UNIX, ALLOW,
			      answer(program, REFUSE(EAFNOSUPPORT))));
}

/*
 * What is attached to a socket of a peer would hold for calls to come, and is memory of
 * the kernel that is on nobody's account; what is sent would come back to be read by them.
 */
static size_t check_sockopt(struct program *program)
{
	static const uint32_t refused[] = {
		SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF,
		SO_ATTACH_REUSEPORT_EBPF, SO_LOCK_FILTER,
		TIMESTAMPING_OLD, TIMESTAMPING_NEW,
	};
	/*
	 * Who wants to be told by whom something was sent gets a name, by which others in
	 * the same network can send to him: with STRICT that is not his alone (first/network.c).
	 */
	static const uint32_t names[] = { SO_PASSCRED, PASSPIDFD };
	size_t tcp, socket, rest = answer(program, ALLOW);

	tcp = load(program, LOW(2), answer_if(program, TCP_ULP,
					      REFUSE(ENOPROTOOPT), rest));
	socket = answer_if_one(program, refused, COUNT(refused), REFUSE(ENOPROTOOPT),
			       rest);
	if (program->filter->preset == SYSCALLS_STRICT)
		socket = answer_if_one(program, names, COUNT(names),
				       REFUSE(ENOPROTOOPT), socket);
	socket = load(program, LOW(2), socket);
	rest = branch(program, BPF_JEQ, IPPROTO_TCP, tcp, rest);
	return load(program, LOW(1), branch(program, BPF_JEQ, SOL_SOCKET, socket, rest));
}

/* Whoever opens the file would wait for the one who holds it (lease-break-time: 45 s). */
static size_t check_fcntl(struct program *program)
{
	return load(program, LOW(1), answer_if(program, F_SETLEASE, REFUSE(EPERM),
					       answer(program, ALLOW)));
}

/* With a cookie of its own nothing else may run on the other threads of its core. */
static size_t check_prctl(struct program *program)
{
	return load(program, LOW(0), answer_if(program, PR_SCHED_CORE, REFUSE(EINVAL),
					       answer(program, ALLOW)));
}

static size_t check_personality(struct program *program)
{
	static const uint32_t plain[] = {
		PER_LINUX, PER_LINUX32, UNAME26, UNAME26 | PER_LINUX32,
		0xffffffff,	/* which one is it? */
	};

	return load(program, LOW(0),
		    answer_if_one(program, plain, COUNT(plain), ALLOW,
				  answer(program, REFUSE(EPERM))));
}

static size_t (* const checks[SYSCALLS_CHECKS])(struct program *program) = {
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

/* Each check is there once. */
static size_t answer_range(struct program *program, const struct range *range)
{
	size_t *check = &program->checks[range->check];

	if (range->check == SYSCALLS_PLAIN)
		return answer(program, range->action);
	if (!*check)
		*check = checks[range->check](program);
	return *check;
}

/* Ranges that have one answer, but for single numbers between them. */
struct run {
	const struct range *ranges;
	size_t	exceptions;
};

/* Each is a question more for those behind it. */
#define EXCEPTIONS	4

static size_t find_runs(const struct ranges *ranges, struct run *runs)
{
	const struct range *at = ranges->list, *end = at + ranges->count;
	size_t count = 0;

	while (at < end) {
		struct run *run = &runs[count++];

		*run = (struct run){ .ranges = at };
		while (run->exceptions < EXCEPTIONS && end - at > 2 &&
		       at[2].first == at[1].first + 1 &&
		       at[2].action == at[0].action && at[2].check == at[0].check) {
			run->exceptions++;
			at += 2;
		}
		at++;
	}
	return count;
}

static size_t answer_run(struct program *program, const struct run *run)
{
	size_t place = answer_range(program, run->ranges), i;
	const struct range *exception;

	for (i = run->exceptions; i; i--) {
		exception = &run->ranges[2 * i - 1];
		place = branch(program, BPF_JEQ, exception->first,
			       answer_range(program, exception), place);
	}
	return place;
}

static size_t search(struct program *program, const struct run *runs, size_t count)
{
	size_t half = count / 2, low, high;

	if (count == 1)
		return answer_run(program, runs);
	high = search(program, runs + half, count - half);
	low = search(program, runs, half);
	return branch(program, BPF_JGE, runs[half].ranges->first, high, low);
}

/*
 * All of it
 */

static size_t search_abi(struct program *program, enum syscalls_abi abi)
{
	static struct ranges ranges;
	static struct run runs[RANGES];

	list_ranges(&ranges, program->filter, abi);
	return load(program, offsetof(struct seccomp_data, nr),
		    search(program, runs, find_runs(&ranges, runs)));
}

/* The numbers that a machine knows. */
static const struct {
	enum filter_machine machine;
	uint32_t arch;
	enum syscalls_abi abi;
} abis[] = {
	{ FILTER_X86_64, AUDIT_ARCH_X86_64, SYSCALLS_X86_64 },
	{ FILTER_AARCH64, AUDIT_ARCH_AARCH64, SYSCALLS_GENERIC },
	{ FILTER_AARCH64, AUDIT_ARCH_ARM, SYSCALLS_ARM },
	{ FILTER_ARM, AUDIT_ARCH_ARM, SYSCALLS_ARM },
	{ FILTER_RISCV64, AUDIT_ARCH_RISCV64, SYSCALLS_GENERIC },
};

size_t filter_write(const struct filter *filter, enum filter_machine machine,
		    struct sock_filter *at, size_t room)
{
	struct program program = { .filter = filter, .at = at, .room = room };
	size_t rest = answer(&program, SECCOMP_RET_KILL_PROCESS), i;

	for (i = 0; i < COUNT(abis); i++)
		if (abis[i].machine == machine)
			rest = branch(&program, BPF_JEQ, abis[i].arch,
				      search_abi(&program, abis[i].abi), rest);
	load(&program, offsetof(struct seccomp_data, arch), rest);
	if (program.count <= room)
		memmove(at, at + room - program.count, program.count * sizeof(*at));
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

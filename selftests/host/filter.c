// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/filter.c ../../agent/lib/memfile.c ../../agent/lib/syscalls.c -I../../agent/lib -D_GNU_SOURCE
/*
 * The filter of system calls: what it answers to each number of each machine, and to
 * arguments; whether the list is that of the headers there are; and whether a kernel takes it.
 */
#include "filter.h"
#include "ktap.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* Above all that there are, but for what arm has beside its table. */
#define NUMBERS	2000
#define X32	0x40000000
#define KILL	SECCOMP_RET_KILL_PROCESS
#define ALLOW	SECCOMP_RET_ALLOW
#define ERR(err) (SECCOMP_RET_ERRNO | (err))

static const struct abi {
	enum filter_machine machine;
	uint32_t arch;
	enum syscalls_abi numbers;
} abis[] = {
	{ FILTER_X86_64, AUDIT_ARCH_X86_64, SYSCALLS_X86_64 },
	{ FILTER_AARCH64, AUDIT_ARCH_AARCH64, SYSCALLS_GENERIC },
	{ FILTER_AARCH64, AUDIT_ARCH_ARM, SYSCALLS_ARM },
	{ FILTER_ARM, AUDIT_ARCH_ARM, SYSCALLS_ARM },
	{ FILTER_RISCV64, AUDIT_ARCH_RISCV64, SYSCALLS_GENERIC },
};

#define ABIS	(sizeof(abis) / sizeof(abis[0]))

static struct sock_filter program[FILTER_MAX];
static size_t count;

static void write_for(enum filter_machine machine, struct filter filter)
{
	count = filter_write(&filter, machine, program, FILTER_MAX);
	CHECK(count > 100 && count <= FILTER_MAX);
}

/* As the kernel runs it; what the filter does not use is a mistake. */
static uint32_t run(const struct seccomp_data *data)
{
	uint32_t a = 0, at = 0;

	for (;; at++) {
		const struct sock_filter *op = &program[at];

		CHECK(at < count);
		switch (op->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			CHECK(op->k % 4 == 0 && op->k < sizeof(*data));
			memcpy(&a, (const char *)data + op->k, 4);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= op->k;
			break;
		case BPF_JMP | BPF_JA:
			at += op->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += a == op->k ? op->jt : op->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			at += a > op->k ? op->jt : op->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += a >= op->k ? op->jt : op->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			at += a & op->k ? op->jt : op->jf;
			break;
		case BPF_RET | BPF_K:
			return op->k;
		default:
			ktap_fail("instruction %x at %u", op->code, at);
		}
	}
}

static uint32_t ask(uint32_t arch, uint32_t number, const uint64_t args[6])
{
	struct seccomp_data data = { .nr = (int)number, .arch = arch };

	memcpy(data.args, args, sizeof(data.args));
	return run(&data);
}

static const struct syscalls_row *find(const char *name)
{
	size_t i;

	for (i = 0; i < syscalls_count; i++)
		if (!strcmp(syscalls[i].name, name))
			return &syscalls[i];
	return NULL;
}

static const struct syscalls_row *numbered(enum syscalls_abi abi, long number)
{
	const struct syscalls_row *found = NULL;
	size_t i;

	for (i = 0; i < syscalls_count; i++) {
		if (syscalls[i].number[abi] != number)
			continue;
		if (found)
			ktap_fail("%s and %s have one number, %ld", found->name,
				  syscalls[i].name, number);
		found = &syscalls[i];
	}
	return found;
}

/*
 * All numbers
 */

/* Arguments with which each check lets it pass. */
static const uint64_t good[SYSCALLS_CHECKS][6] = {
	[SYSCALLS_CLONE] = { CLONE_VM | CLONE_THREAD | SIGCHLD },
	[SYSCALLS_OPEN1] = { 0, O_RDONLY | O_DIRECTORY, 07777 },
	[SYSCALLS_OPEN2] = { 0, 0, O_RDONLY | O_DIRECTORY, 07777 },
	[SYSCALLS_MODE1] = { 06000, 01777, 06000 },
	[SYSCALLS_MODE2] = { 06000, 06000, 01777, 06000 },
	[SYSCALLS_IOCTL] = { TIOCSTI, TCGETS, TIOCSTI },
	[SYSCALLS_LIMIT] = { 0, 7, 1ULL << 32 },
	[SYSCALLS_OWN_LIMIT] = { 7, 1ULL << 32 },
	[SYSCALLS_NOT_FIRST] = { 2, 1, 1 },
	[SYSCALLS_PRIORITY] = { 0, 2, 1 },
	[SYSCALLS_IOPRIO] = { 1, 2, 1 },
	[SYSCALLS_SOCKET] = { AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC },
	[SYSCALLS_SOCKETPAIR] = { AF_UNIX, SOCK_STREAM },
	[SYSCALLS_SOCKOPT] = { SOL_SOCKET, 6, 37 },
	[SYSCALLS_FCNTL] = { 1024, F_GETFL, 1024 },
	[SYSCALLS_PRCTL] = { 1, 62 },
	[SYSCALLS_PERSONALITY] = { 0xffffffff },
};

static uint32_t expected(const struct syscalls_row *row, enum syscalls_from preset)
{
	if (!row || row->from == SYSCALLS_ABSENT)
		return ERR(ENOSYS);
	return row->from <= preset ? ALLOW : ERR(EPERM);
}

static void check_number(const struct abi *abi, enum syscalls_from preset,
			 uint32_t number)
{
	const struct syscalls_row *row = numbered(abi->numbers, (int)number);
	uint32_t got = ask(abi->arch, number, good[row ? row->check : 0]);

	if (got != expected(row, preset))
		ktap_fail("arch %x, preset %d, %s (%u): %x, not %x", abi->arch, preset,
			  row ? row->name : "nothing", number, got,
			  expected(row, preset));
}

TEST(each_number_is_answered_as_the_list_says)
{
	enum syscalls_from preset;
	uint32_t number;
	size_t i;

	for (i = 0; i < ABIS; i++)
		for (preset = SYSCALLS_STRICT; preset <= SYSCALLS_WIDE; preset++) {
			write_for(abis[i].machine, (struct filter){ preset, true, true });
			for (number = 0; number < NUMBERS; number++)
				check_number(&abis[i], preset, number);
			for (number = 0xf0000; number < 0xf0010; number++)
				check_number(&abis[i], preset, number);
			check_number(&abis[i], preset, 0x80000000);
			check_number(&abis[i], preset, 0xfffffffe);
		}
}

TEST(a_preset_allows_what_those_before_it_do_and_more)
{
	size_t i, each[SYSCALLS_ABSENT + 1] = { 0 };

	for (i = 0; i < syscalls_count; i++)
		each[syscalls[i].from]++;
	for (i = 0; i <= SYSCALLS_ABSENT; i++)
		CHECK(each[i]);
}

TEST(the_numbers_of_another_machine_kill)
{
	static const uint32_t archs[] = {
		AUDIT_ARCH_I386, AUDIT_ARCH_X86_64, AUDIT_ARCH_ARM,
		AUDIT_ARCH_AARCH64, AUDIT_ARCH_RISCV64, AUDIT_ARCH_ARMEB, 0,
	};
	enum filter_machine machine;
	size_t i, j;
	bool own;

	for (machine = 0; machine < FILTER_MACHINES; machine++) {
		write_for(machine, (struct filter){ SYSCALLS_WIDE, true, true });
		for (i = 0; i < sizeof(archs) / sizeof(archs[0]); i++) {
			for (own = false, j = 0; j < ABIS; j++)
				own |= abis[j].machine == machine &&
				       abis[j].arch == archs[i];
			if ((ask(archs[i], 20, good[0]) == KILL) == own)
				ktap_fail("machine %d, arch %x", machine, archs[i]);
		}
	}
	write_for(FILTER_X86_64, (struct filter){ SYSCALLS_WIDE, true, true });
	CHECK_EQ(ask(AUDIT_ARCH_X86_64, X32, good[0]), KILL);
	CHECK_EQ(ask(AUDIT_ARCH_X86_64, X32 + 512, good[0]), KILL);
}

/*
 * Arguments
 */

struct trial {
	const char *name;
	uint64_t args[6];
	uint32_t answer[SYSCALLS_WIDE + 1];	/* by preset */
};

#define ALL(answer)	{ answer, answer, answer }
#define NOT_STRICT(answer) { ERR(EPERM), answer, answer }
#define DIRTY		0xffffffff00000000ULL

static const struct trial trials[] = {
	{ "clone", { CLONE_NEWUSER }, ALL(ERR(EPERM)) },
	{ "clone", { CLONE_NEWNS | SIGCHLD }, ALL(ERR(EPERM)) },
	{ "clone", { DIRTY | CLONE_NEWNET | CLONE_VM }, ALL(ERR(EPERM)) },
	{ "clone", { CLONE_NEWCGROUP }, ALL(ERR(EPERM)) },
	{ "clone", { CLONE_NEWPID }, ALL(ERR(EPERM)) },
	{ "clone", { CLONE_NEWIPC }, ALL(ERR(EPERM)) },
	{ "clone", { CLONE_NEWUTS }, ALL(ERR(EPERM)) },
	{ "clone3", { 0 }, ALL(ERR(ENOSYS)) },
	{ "openat2", { 0 }, ALL(ERR(ENOSYS)) },
	{ "open", { 0, O_CREAT | O_WRONLY, 04755 }, ALL(ERR(EPERM)) },
	{ "open", { 0, O_CREAT | O_WRONLY, 0755 }, ALL(ALLOW) },
	{ "openat", { 0, 0, O_CREAT | O_WRONLY, 02755 }, ALL(ERR(EPERM)) },
	{ "openat", { 0, 0, O_TMPFILE | O_RDWR, 04700 }, ALL(ERR(EPERM)) },
	{ "openat", { 0, 0, O_TMPFILE | O_RDWR, 01777 }, ALL(ALLOW) },
	{ "creat", { 0, 04755 }, ALL(ERR(EPERM)) },
	{ "chmod", { 0, 04755 }, ALL(ERR(EPERM)) },
	{ "fchmod", { 0, 02755 }, ALL(ERR(EPERM)) },
	{ "fchmodat", { 0, 0, DIRTY | 06755 }, ALL(ERR(EPERM)) },
	{ "fchmodat2", { 0, 0, 04000 }, ALL(ERR(EPERM)) },
	{ "mknod", { 0, 0104755 }, ALL(ERR(EPERM)) },
	{ "mknodat", { 0, 0, 0102755 }, ALL(ERR(EPERM)) },
	{ "mknod", { 0, 0010644 }, NOT_STRICT(ALLOW) },
	{ "ioctl", { 0, TIOCSTI }, ALL(ERR(EPERM)) },
	{ "ioctl", { 0, DIRTY | TIOCSTI }, ALL(ERR(EPERM)) },
	{ "ioctl", { 0, TIOCLINUX }, ALL(ERR(EPERM)) },
	{ "ioctl", { 0, TIOCSETD }, ALL(ERR(EPERM)) },
	{ "ioctl", { 0, 0x0706 }, ALL(ERR(EPERM)) },
	{ "ioctl", { 0, 0x0703 }, ALL(ALLOW) },
	/* SIOCETHTOOL, SIOCGARP; SIOCGIFADDR */
	{ "ioctl", { 0, 0x8946 }, ALL(ERR(EOPNOTSUPP)) },
	{ "ioctl", { 0, DIRTY | 0x8954 }, ALL(ERR(EOPNOTSUPP)) },
	{ "ioctl", { 0, 0x8915 }, ALL(ALLOW) },
	{ "ioctl", { 0, TIOCSCTTY }, ALL(ERR(EPERM)) },
	{ "prlimit64", { 1, 7, 0 }, ALL(ALLOW) },
	{ "prlimit64", { 1, 7, 4096 }, ALL(ERR(EPERM)) },
	{ "prlimit64", { 1, 7, 1ULL << 32 }, ALL(ERR(EPERM)) },
	{ "prlimit64", { DIRTY, 7, 4096 }, ALL(ALLOW) },
	/* RLIMIT_CORE stays what it is, whoever asks. */
	{ "prlimit64", { 0, 4, 4096 }, ALL(ERR(0)) },
	{ "prlimit64", { 0, DIRTY | 4, 1ULL << 32 }, ALL(ERR(0)) },
	{ "prlimit64", { 0, 4, 0, 4096 }, ALL(ALLOW) },
	{ "prlimit64", { 1, 4, 4096 }, ALL(ERR(EPERM)) },
	{ "setrlimit", { DIRTY | 4, 4096 }, ALL(ERR(0)) },
	{ "setrlimit", { 0, 4096 }, ALL(ALLOW) },
	/* SO_ATTACH_FILTER, _BPF and so on, SO_LOCK_FILTER, SO_TIMESTAMPING; TCP_ULP */
	{ "setsockopt", { 4, 1, 26 }, ALL(ERR(ENOPROTOOPT)) },
	{ "setsockopt", { 4, 1, 50 }, ALL(ERR(ENOPROTOOPT)) },
	{ "setsockopt", { 4, 1, 51 }, ALL(ERR(ENOPROTOOPT)) },
	{ "setsockopt", { 4, 1, 52 }, ALL(ERR(ENOPROTOOPT)) },
	{ "setsockopt", { 4, DIRTY | 1, DIRTY | 44 }, ALL(ERR(ENOPROTOOPT)) },
	{ "setsockopt", { 4, 1, 37 }, ALL(ERR(ENOPROTOOPT)) },
	{ "setsockopt", { 4, 1, 65 }, ALL(ERR(ENOPROTOOPT)) },
	/* SO_PASSCRED, SO_PASSPIDFD */
	{ "setsockopt", { 4, 1, 16 }, { ERR(ENOPROTOOPT), ALLOW, ALLOW } },
	{ "setsockopt", { 4, 1, DIRTY | 76 }, { ERR(ENOPROTOOPT), ALLOW, ALLOW } },
	{ "setsockopt", { 4, 6, 16 }, ALL(ALLOW) },
	{ "setsockopt", { 4, 6, 31 }, ALL(ERR(ENOPROTOOPT)) },
	{ "setsockopt", { 4, 6, 26 }, ALL(ALLOW) },
	{ "setsockopt", { 4, 1, 9 }, ALL(ALLOW) },
	{ "fcntl", { 4, 1024, 1 }, ALL(ERR(EPERM)) },
	{ "fcntl64", { 4, 1024, 1 }, ALL(ERR(EPERM)) },
	{ "prctl", { 62, 1 }, ALL(ERR(EINVAL)) },
	{ "sched_setaffinity", { 1, 0, 0 }, ALL(ERR(EPERM)) },
	{ "sched_setaffinity", { 0, 1, 1 }, ALL(ALLOW) },
	{ "sched_setscheduler", { DIRTY | 1 }, ALL(ERR(EPERM)) },
	{ "sched_setparam", { 1 }, ALL(ERR(EPERM)) },
	{ "sched_setattr", { 1 }, ALL(ERR(EPERM)) },
	{ "setpriority", { 0, 1 }, ALL(ERR(EPERM)) },
	{ "setpriority", { 1, 0 }, ALL(ERR(EPERM)) },
	{ "setpriority", { 2, 0 }, ALL(ERR(EPERM)) },
	{ "setpriority", { 0, 0 }, ALL(ALLOW) },
	{ "ioprio_set", { 1, 1 }, ALL(ERR(EPERM)) },
	{ "ioprio_set", { 3, 0 }, ALL(ERR(EPERM)) },
	{ "ioprio_set", { 1, 0 }, { ERR(EPERM), ERR(EPERM), ALLOW } },
	{ "socket", { AF_INET, SOCK_STREAM, 0 }, NOT_STRICT(ALLOW) },
	{ "socket", { AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 17 }, NOT_STRICT(ALLOW) },
	{ "socket", { AF_INET6, SOCK_DGRAM, 58 }, NOT_STRICT(ALLOW) },
	{ "socket", { DIRTY | AF_INET6, SOCK_STREAM, 6 }, NOT_STRICT(ALLOW) },
	/* SCTP, DCCP, MPTCP, UDP-Lite */
	{ "socket", { AF_INET, SOCK_STREAM, 132 }, NOT_STRICT(ERR(EPROTONOSUPPORT)) },
	{ "socket", { AF_INET6, SOCK_STREAM, 262 }, NOT_STRICT(ERR(EPROTONOSUPPORT)) },
	{ "socket", { AF_INET, SOCK_DGRAM, 136 }, NOT_STRICT(ERR(EPROTONOSUPPORT)) },
	{ "socket", { AF_INET, SOCK_DCCP, 0 }, NOT_STRICT(ERR(ESOCKTNOSUPPORT)) },
	{ "socket", { AF_INET, SOCK_SEQPACKET, 0 }, NOT_STRICT(ERR(ESOCKTNOSUPPORT)) },
	{ "socket", { AF_NETLINK, SOCK_RAW, NETLINK_ROUTE }, NOT_STRICT(ALLOW) },
	{ "socket", { AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT },
	  NOT_STRICT(ERR(EPROTONOSUPPORT)) },
	{ "socket", { AF_NETLINK, SOCK_RAW, NETLINK_GENERIC }, NOT_STRICT(ERR(EPROTONOSUPPORT)) },
	{ "socket", { AF_ALG, SOCK_SEQPACKET, 0 }, NOT_STRICT(ERR(EAFNOSUPPORT)) },
	{ "socket", { AF_VSOCK, SOCK_STREAM, 0 }, NOT_STRICT(ERR(EAFNOSUPPORT)) },
	{ "socket", { AF_TIPC, SOCK_STREAM, 0 }, NOT_STRICT(ERR(EAFNOSUPPORT)) },
	{ "socket", { AF_PACKET, SOCK_RAW, 0 }, NOT_STRICT(ERR(EAFNOSUPPORT)) },
	{ "socket", { AF_UNSPEC, SOCK_RAW, 0 }, NOT_STRICT(ERR(EAFNOSUPPORT)) },
	{ "socket", { 1000, SOCK_RAW, 0 }, NOT_STRICT(ERR(EAFNOSUPPORT)) },
	{ "socket", { AF_CAN, SOCK_RAW, 1 }, NOT_STRICT(ERR(EAFNOSUPPORT)) },
	{ "socketpair", { AF_TIPC, SOCK_STREAM, 0 }, ALL(ERR(EAFNOSUPPORT)) },
	{ "personality", { 0 }, NOT_STRICT(ALLOW) },
	{ "personality", { 8 }, NOT_STRICT(ALLOW) },
	{ "personality", { 0x20008 }, NOT_STRICT(ALLOW) },
	{ "personality", { 0x0040000 }, NOT_STRICT(ERR(EPERM)) },
	{ "personality", { 0x0400000 }, NOT_STRICT(ERR(EPERM)) },
	{ "ptrace", { 0 }, { ERR(EPERM), ERR(EPERM), ALLOW } },
	{ "mbind", { 0 }, { ERR(EPERM), ERR(EPERM), ALLOW } },
	{ "io_uring_setup", { 0 }, ALL(ERR(EPERM)) },
	{ "io_setup", { 0 }, ALL(ERR(EPERM)) },
	{ "userfaultfd", { 0 }, ALL(ERR(EPERM)) },
	{ "bpf", { 0 }, ALL(ERR(EPERM)) },
	{ "mount", { 0 }, ALL(ERR(EPERM)) },
	{ "fchroot", { 0 }, ALL(ERR(EPERM)) },
	{ "open_tree_attr", { 0 }, ALL(ERR(EPERM)) },
	{ "listns", { 0 }, ALL(ERR(EPERM)) },
	{ "keyctl", { 0 }, ALL(ERR(EPERM)) },
};

static void check_trial(const struct abi *abi, const struct trial *trial,
			enum syscalls_from preset)
{
	const struct syscalls_row *row = find(trial->name);
	uint32_t got;

	CHECK(row);
	if (row->number[abi->numbers] == SYSCALLS_NONE)
		return;
	got = ask(abi->arch, (uint32_t)row->number[abi->numbers], trial->args);
	if (got != trial->answer[preset])
		ktap_fail("arch %x, preset %d, %s(%jx, %jx, %jx, %jx): %x, not %x",
			  abi->arch, preset, trial->name, (uintmax_t)trial->args[0],
			  (uintmax_t)trial->args[1], (uintmax_t)trial->args[2],
			  (uintmax_t)trial->args[3], got, trial->answer[preset]);
}

TEST(arguments_are_looked_at)
{
	enum syscalls_from preset;
	size_t i, j;

	for (i = 0; i < ABIS; i++)
		for (preset = SYSCALLS_STRICT; preset <= SYSCALLS_WIDE; preset++) {
			write_for(abis[i].machine, (struct filter){ preset, false, false });
			for (j = 0; j < sizeof(trials) / sizeof(trials[0]); j++)
				check_trial(&abis[i], &trials[j], preset);
		}
}

static uint32_t can(struct filter filter, uint64_t protocol)
{
	const uint64_t args[6] = { AF_CAN, SOCK_RAW, protocol };

	write_for(FILTER_X86_64, filter);
	return ask(AUDIT_ARCH_X86_64, (uint32_t)find("socket")->number[SYSCALLS_X86_64], args);
}

TEST(can_is_for_tasks_with_a_bus)
{
	char tcp[] = "tcp:10.0.0.1:502", bus[] = "can:can0";
	struct taskfile task = { .filter = SYSCALLS_DEFAULT, .sockets_count = 1 };

	task.sockets[0].address = tcp;
	CHECK_EQ(can(filter_of(&task), 1), ERR(EAFNOSUPPORT));
	task.sockets[task.sockets_count++].address = bus;
	CHECK_EQ(can(filter_of(&task), 1), ALLOW);
	CHECK_EQ(can(filter_of(&task), 2), ERR(EPROTONOSUPPORT));
	task.filter = SYSCALLS_WIDE;
	/* Timers that send are of no preset. */
	CHECK_EQ(can(filter_of(&task), 2), ERR(EPROTONOSUPPORT));
	CHECK_EQ(can(filter_of(&task), 3), ERR(EPROTONOSUPPORT));
	CHECK_EQ(can(filter_of(&task), 6), ALLOW);
	CHECK_EQ(can(filter_of(&task), 7), ALLOW);
}

TEST(a_device_does_not_become_the_controlling_terminal)
{
	const uint32_t number = (uint32_t)find("ioctl")->number[SYSCALLS_X86_64];
	const uint64_t args[6] = { 0, TIOCSCTTY };
	struct taskfile task = { .filter = SYSCALLS_DEFAULT };

	write_for(FILTER_X86_64, filter_of(&task));
	CHECK_EQ(ask(AUDIT_ARCH_X86_64, number, args), ALLOW);
	task.devices_count = 1;
	write_for(FILTER_X86_64, filter_of(&task));
	CHECK_EQ(ask(AUDIT_ARCH_X86_64, number, args), ERR(EPERM));
}

TEST(what_does_not_fit_is_not_written)
{
	struct filter filter = { SYSCALLS_DEFAULT, true, true };
	struct sock_filter few[8] = { 0 };
	static const struct sock_filter none;

	CHECK(filter_write(&filter, FILTER_X86_64, few, 4) > 100);
	CHECK(few[3].code && !memcmp(&few[4], &none, sizeof(none)));
}

/*
 * Headers
 */

/* Each number of a header is in the list by that name. Returns how many there were. */
static unsigned int check_header(const char *path, enum syscalls_abi abi)
{
	FILE *file = fopen(path, "r");
	unsigned int seen = 0, bad = 0;
	char line[256], name[64];
	int number;

	CHECK(file);
	while (fgets(line, sizeof(line), file)) {
		const struct syscalls_row *row;

		if (sscanf(line, "#define __NR_%63[a-z0-9_] %d", name, &number) != 2 &&
		    sscanf(line, "#define __NR_%63[a-z0-9_] (__NR_SYSCALL_BASE + %d",
			   name, &number) != 2)
			continue;
		/* How many there are. */
		if (!strcmp(name, "syscalls"))
			continue;
		seen++;
		row = find(name);
		if (row && row->number[abi] == number)
			continue;
		printf("# %s: %s is %d, of which the list says %s\n", path, name, number,
		       row ? "another number" : "nothing");
		bad++;
	}
	fclose(file);
	CHECK_EQ(bad, 0);
	return seen;
}

static unsigned int check_headers(const char *pattern, enum syscalls_abi abi)
{
	unsigned int seen = 0;
	glob_t found;
	size_t i;

	if (glob(pattern, 0, NULL, &found))
		return 0;
	for (i = 0; i < found.gl_pathc; i++) {
		printf("# %s\n", found.gl_pathv[i]);
		seen += check_header(found.gl_pathv[i], abi);
	}
	globfree(&found);
	return seen;
}

/* Of this machine; and of the roots that are built, beside where this test is built. */
TEST(the_list_is_that_of_the_headers)
{
	static const struct {
		const char *path;
		enum syscalls_abi abi;
	} built[] = {
		{ "usr/src/linux-headers-*/arch/x86/include/generated/uapi/asm/unistd_64.h",
		  SYSCALLS_X86_64 },
		{ "usr/src/linux-headers-*/arch/arm64/include/generated/uapi/asm/unistd_64.h",
		  SYSCALLS_GENERIC },
		{ "usr/src/linux-headers-*/arch/arm64/include/generated/asm/unistd_32.h",
		  SYSCALLS_ARM },
		{ "usr/lib/linux/uapi/arm/asm/unistd-eabi.h", SYSCALLS_ARM },
		{ "usr/lib/linux/uapi/riscv/asm/unistd_64.h", SYSCALLS_GENERIC },
	};
	char self[PATH_MAX] = "", pattern[PATH_MAX + 128];
	unsigned int seen = 0;
	size_t i;

	CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	for (i = 0; i < 3; i++)
		*strrchr(self, '/') = '\0';
	for (i = 0; i < sizeof(built) / sizeof(built[0]); i++) {
		snprintf(pattern, sizeof(pattern), "%s/roots/*/dev/%s", self, built[i].path);
		seen += check_headers(pattern, built[i].abi);
	}
#ifdef __x86_64__
	seen += check_headers("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", SYSCALLS_X86_64);
#endif
	if (!seen)
		ktap_skip("there are no headers");
}

/*
 * This kernel
 */

static int errno_of(long ret)
{
	return ret < 0 ? errno : 0;
}

/* Not by libc, which may do something else. */
static void try_all(void)
{
	CHECK_EQ(errno_of(syscall(SYS_getpid)), 0);
	CHECK_EQ(errno_of(syscall(1999)), ENOSYS);
	CHECK_EQ(errno_of(syscall(472, -1)), EPERM);
	CHECK_EQ(errno_of(syscall(SYS_clone3, NULL, 0)), ENOSYS);
	CHECK_EQ(errno_of(syscall(SYS_unshare, CLONE_NEWUSER)), EPERM);
	CHECK_EQ(errno_of(syscall(SYS_io_uring_setup, 1, NULL)), EPERM);
	CHECK_EQ(errno_of(syscall(SYS_socket, AF_ALG, SOCK_SEQPACKET, 0)), EAFNOSUPPORT);
	CHECK_EQ(errno_of(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0)), 0);
	CHECK_EQ(errno_of(syscall(SYS_personality, 0x40000)), EPERM);
	CHECK_EQ(errno_of(syscall(SYS_personality, 0xffffffff)), 0);
	CHECK_EQ(errno_of(syscall(SYS_fchmodat, AT_FDCWD, "/nowhere", 04755)), EPERM);
	CHECK_EQ(errno_of(syscall(SYS_fchmodat, AT_FDCWD, "/nowhere", 0755)), ENOENT);
	CHECK_EQ(errno_of(syscall(SYS_openat, AT_FDCWD, "/nowhere", O_CREAT, 04755)), EPERM);
	CHECK_EQ(errno_of(syscall(SYS_openat, AT_FDCWD, "/nowhere", 0, 04755)), ENOENT);
}

/* In a process of its own: the sanitizer has to do more at its end than it may. */
static void try_with(const struct sock_fprog *code)
{
	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CHECK(!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, code));
	try_all();
	_exit(0);
}

TEST(the_kernel_takes_it)
{
	struct filter filter = { SYSCALLS_DEFAULT, false, false };
	int fd = filter_make(&filter);
	off_t size = lseek(fd, 0, SEEK_END);
	struct sock_fprog code = { .len = (unsigned short)(size / (off_t)sizeof(*program)) };
	int status = -1;
	pid_t child;

	CHECK(fd >= 0 && size > 0 && size % (off_t)sizeof(*program) == 0);
	CHECK_ERRNO(pwrite(fd, "x", 1, 0), EPERM);
	code.filter = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(code.filter != MAP_FAILED);
	child = fork();
	if (!child)
		try_with(&code);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
}

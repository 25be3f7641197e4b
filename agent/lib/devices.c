// SPDX-License-Identifier: GPL-2.0-only
#include "devices.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define READ	BPF_DEVCG_ACC_READ
#define BOTH	(BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)
#define ANY	(-1)

/* What everybody has, see first/dev.c. */
static const struct {
	int	major;
	int	minor;
} basics[] = {
	{ 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 }, { 1, 9 }, { 5, 0 },
	/* ptmx and pts */
	{ 5, 2 }, { 136, ANY }, { 137, ANY }, { 138, ANY }, { 139, ANY },
	{ 140, ANY }, { 141, ANY }, { 142, ANY }, { 143, ANY },
};

/* Registers of the program. */
enum { ANSWER = BPF_REG_0, ASKED = BPF_REG_1, TYPE = BPF_REG_2,
       ACCESS = BPF_REG_3, MAJOR = BPF_REG_4, MINOR = BPF_REG_5,
       LEFT = BPF_REG_6 };

#define RULE_LENGTH	8
#define RULES_MAX	(sizeof(basics) / sizeof(basics[0]) + TASKFILE_ITEMS)

struct code {
	struct bpf_insn insns[8 + RULE_LENGTH * RULES_MAX];
	size_t	count;
};

static void add(struct code *code, uint8_t op, uint8_t to, uint8_t from,
		int16_t offset, int32_t number)
{
	code->insns[code->count++] = (struct bpf_insn){
		.code = op, .dst_reg = to & 0xf, .src_reg = from & 0xf,
		.off = offset, .imm = number,
	};
}

static void add_load(struct code *code, uint8_t to, size_t offset)
{
	add(code, BPF_LDX | BPF_MEM | BPF_W, to, ASKED, (int16_t)offset, 0);
}

static void add_number(struct code *code, uint8_t op, uint8_t to, int32_t number)
{
	add(code, BPF_ALU64 | BPF_K | op, to, 0, 0, number);
}

/* Behind the next @skip instructions, if it is another. */
static void add_unless(struct code *code, uint8_t which, int32_t number,
		       size_t skip)
{
	add(code, BPF_JMP | BPF_JNE | BPF_K, which, 0, (int16_t)skip, number);
}

static void add_begin(struct code *code)
{
	add_load(code, TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	add(code, BPF_ALU64 | BPF_MOV | BPF_X, ACCESS, TYPE, 0, 0);
	add_number(code, BPF_AND, TYPE, 0xffff);
	add_number(code, BPF_RSH, ACCESS, 16);
	add_load(code, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	add_load(code, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
}

static void add_answer(struct code *code, bool allowed)
{
	add_number(code, BPF_MOV, ANSWER, allowed);
	add(code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Is it that one, and no more is asked than @access? Else the next rule is looked at. */
static void add_rule(struct code *code, int type, int dev_major, int dev_minor,
		     int access)
{
	size_t rest = dev_minor == ANY ? 5 : 6;

	add_unless(code, TYPE, type, rest + 1);
	add_unless(code, MAJOR, dev_major, rest);
	if (dev_minor != ANY)
		add_unless(code, MINOR, dev_minor, 5);
	add(code, BPF_ALU64 | BPF_MOV | BPF_X, LEFT, ACCESS, 0, 0);
	add_number(code, BPF_AND, LEFT, ~access);
	add_unless(code, LEFT, 0, 2);
	add_answer(code, true);
}

/* One that is not there has no node either. */
static void add_device(struct code *code, const struct taskfile_mount *device)
{
	struct stat st;

	if (stat(device->source, &st) ||
	    !(S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
		return;
	add_rule(code, S_ISBLK(st.st_mode) ? BPF_DEVCG_DEV_BLOCK :
					     BPF_DEVCG_DEV_CHAR,
		 (int)major(st.st_rdev), (int)minor(st.st_rdev),
		 device->writable ? BOTH : READ);
}

static int bpf(int command, union bpf_attr *attr)
{
	int ret = (int)syscall(SYS_bpf, command, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

static int load(const struct code *code)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uintptr_t)code->insns,
		.insn_cnt = (uint32_t)code->count,
		.license = (uintptr_t)"GPL",
		.prog_name = "sluice_devices",
	};
	int ret = bpf(BPF_PROG_LOAD, &attr);

	/* A kernel that was built without knows not what is meant. */
	return ret == -EINVAL ? -ENOSYS : ret;
}

/*
 * Loading one takes the kernel longer than all else that an environment needs, and most
 * tasks have the same: those that were loaded are kept, the oldest of many not.
 */

#define KEPT_MAX	32

static struct kept {
	struct code code;
	int	program;
} *kept[KEPT_MAX];

static bool same(const struct code *these, const struct code *those)
{
	return these->count == those->count &&
	       !memcmp(these->insns, those->insns,
		       these->count * sizeof(these->insns[0]));
}

static void keep(const struct code *code, int program)
{
	static size_t next;
	struct kept **place = &kept[next++ % KEPT_MAX];

	if (*place)
		close((*place)->program);
	else
		*place = malloc(sizeof(**place));
	if (*place)
		**place = (struct kept){ *code, program };
	else
		close(program);
}

static int find_kept(const struct code *code)
{
	size_t i;

	for (i = 0; i < KEPT_MAX && kept[i]; i++)
		if (same(&kept[i]->code, code))
			return kept[i]->program;
	return -ENOENT;
}

static int attach(int program, int cgroup)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup,
		.attach_bpf_fd = (uint32_t)program,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};

	return bpf(BPF_PROG_ATTACH, &attr);
}

int devices_confine(int cgroup, const struct taskfile *task)
{
	struct code code = { .count = 0 };
	int program, ret;
	size_t i;

	add_begin(&code);
	for (i = 0; i < sizeof(basics) / sizeof(basics[0]); i++)
		add_rule(&code, BPF_DEVCG_DEV_CHAR, basics[i].major,
			 basics[i].minor, BOTH);
	for (i = 0; i < task->devices_count; i++)
		add_device(&code, &task->devices[i]);
	add_answer(&code, false);
	program = find_kept(&code);
	if (program >= 0)
		return attach(program, cgroup);
	program = load(&code);
	/* That it takes none at all is another thing than that it does not take this one. */
	if (program == -ENOSYS && !devices_known())
		return -EINVAL;
	if (program < 0)
		return program;
	ret = attach(program, cgroup);
	keep(&code, program);
	return ret;
}

int devices_known(void)
{
	struct code code = { .count = 0 };
	int program;

	add_answer(&code, true);
	program = load(&code);
	if (program < 0)
		return program;
	close(program);
	return 0;
}

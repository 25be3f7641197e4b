// SPDX-License-Identifier: GPL-2.0-only
#include "program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "ebpf.h"
#include "say.h"
#include "slots.h"
#include "sums.h"

#define PROGRAM		EBPF_FOLDER "/usage.bpf.o"
/* Says that the kernel gave the module BTF: without, nothing can call it. */
#define MODULE_BTF	"/sys/kernel/btf/sluice"
#define KERNEL_BTF	"/sys/kernel/btf/vmlinux"
#define BPF_FS		"/sys/fs/bpf"
/* Pinned, so that counting goes on when the agent is killed. */
#define PINS		BPF_FS "/sluice"
#define PIN_LINK	PINS "/usage"

/**
 * struct program - it
 * @map: of environments
 * @sums: what it counts for us; NULL: it tells the module
 * @slots: what is in @map
 */
struct program {
	struct bpf_object *object;
	struct bpf_link *link;
	int	map;
	struct sums *sums;
	struct slots slots;
};

static bool failed(const char *what)
{
	int err = errno ? errno : EIO;

	say_warning("eBPF: %s: %s %s; how long environments wait for a CPU is not counted",
		    what, strerror(err), ebpf_words());
	return false;
}

static void pin(struct program *program)
{
	struct statfs fs;

	if (statfs(BPF_FS, &fs) || fs.f_type != BPF_FS_MAGIC)
		return;
	mkdir(PINS, 0700);
	if (bpf_link__pin(program->link, PIN_LINK))
		say_info("eBPF: the program is not pinned: waiting for a CPU is not counted while no agent runs");
}

static int write_slot(uint32_t place, const struct slots_entry *entry, void *arg)
{
	const struct program *program = arg;

	return bpf_map_update_elem(program->map, &place, entry, BPF_ANY) ? -errno : 0;
}

/* A constant of the program, before it is loaded: it is left out what depends on it. */
static bool say_whether_module(const struct program *program, bool there)
{
	struct bpf_map *map =
		bpf_object__find_map_by_name(program->object, ".rodata");
	size_t size;
	bool *has_module;

	has_module = map ? bpf_map__initial_value(map, &size) : NULL;
	if (!has_module || size != sizeof(*has_module))
		return false;
	*has_module = there;
	return true;
}

static bool open_sums(struct program *program)
{
	int fd = bpf_object__find_map_fd_by_name(program->object, "sums");

	program->sums = fd < 0 ? NULL : sums_open(fd);
	return program->sums;
}

static bool load(struct program *program, bool has_module)
{
	struct bpf_program *code;

	/* An earlier agent's: ours takes its place. */
	unlink(PIN_LINK);
	program->object = bpf_object__open_file(PROGRAM, NULL);
	if (!program->object)
		return failed("opening " PROGRAM);
	if (!say_whether_module(program, has_module))
		return failed("constants of " PROGRAM);
	if (bpf_object__load(program->object))
		return failed("loading " PROGRAM);
	if (!has_module && !open_sums(program))
		return failed("map sums");
	code = bpf_object__find_program_by_name(program->object, "env_usage");
	program->link = code ? bpf_program__attach(code) : NULL;
	if (!program->link)
		return failed("attaching to sched_switch");
	program->map = bpf_object__find_map_fd_by_name(program->object,
						       "env_slots");
	if (program->map < 0)
		return failed("map env_slots");
	program->slots.write = write_slot;
	program->slots.arg = program;
	pin(program);
	return true;
}

struct program *program_start(void)
{
	struct program *program;

	ebpf_begin();
	if (access(KERNEL_BTF, F_OK)) {
		say_info("this kernel has no BTF: how long environments wait for a CPU, and what real-time threads take, is not counted");
		return NULL;
	}
	program = calloc(1, sizeof(*program));
	if (program && load(program, !access(MODULE_BTF, F_OK)))
		return program;
	program_stop(program);
	return NULL;
}

void program_stop(struct program *program)
{
	if (!program)
		return;
	/* The pinned program would keep the module. */
	unlink(PIN_LINK);
	rmdir(PINS);
	sums_close(program->sums);
	bpf_link__destroy(program->link);
	bpf_object__close(program->object);
	free(program);
}

void program_add(struct program *program, uint64_t cgroup, uint32_t slot)
{
	int ret = program ? slots_put(&program->slots, cgroup, slot) : 0;

	if (ret)
		say_warning("eBPF: cannot count for slot %u: %s", slot,
			    strerror(-ret));
}

void program_remove(struct program *program, uint64_t cgroup)
{
	if (program)
		slots_take(&program->slots, cgroup);
}

bool program_counts_for_us(const struct program *program)
{
	return program && program->sums;
}

uint64_t program_waited(const struct program *program, uint32_t slot)
{
	const volatile struct sums *sums = program ? program->sums : NULL;

	return sums && slot < SUMS_SLOTS ? sums->waited[slot] : 0;
}

uint64_t program_realtime(const struct program *program)
{
	return program_counts_for_us(program) ? sums_realtime(program->sums) : 0;
}

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

#define PROGRAM		EBPF_FOLDER "/usage.bpf.o"
/* Says that the kernel gave the module BTF: without, kfuncs do not exist. */
#define MODULE_BTF	"/sys/kernel/btf/sluice"
#define BPF_FS		"/sys/fs/bpf"
/* Pinned, so that counting goes on when the agent is killed. */
#define PINS		BPF_FS "/sluice"
#define PIN_LINK	PINS "/usage"

struct program {
	struct bpf_object *object;
	struct bpf_link *link;
	int	map;
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

static bool load(struct program *program)
{
	struct bpf_program *code;

	/* An earlier agent's: ours takes its place. */
	unlink(PIN_LINK);
	program->object = bpf_object__open_file(PROGRAM, NULL);
	if (!program->object)
		return failed("opening " PROGRAM);
	if (bpf_object__load(program->object))
		return failed("loading " PROGRAM);
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
	if (access(MODULE_BTF, F_OK)) {
		say_info("this kernel gives the module no BTF: how long environments wait for a CPU is not counted");
		return NULL;
	}
	program = calloc(1, sizeof(*program));
	if (program && load(program))
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

// SPDX-License-Identifier: GPL-2.0-only
#include "program.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "ebpf.h"
#include "say.h"
#include "slots.h"

#define USAGE		EBPF_FOLDER "/usage.bpf.o"
#define TRAFFIC		EBPF_FOLDER "/traffic.bpf.o"
#define TRAFFIC_MODULE	EBPF_FOLDER "/traffic-module.bpf.o"
#define KERNEL_BTF	"/sys/kernel/btf/vmlinux"
#define BPF_FS		"/sys/fs/bpf"
/* Pinned, so that counting goes on when the agent is killed. */
#define PINS		BPF_FS "/sluice"
#define LINKS_MAX	8
/* How often, and after what time each, it is looked whether a link is gone. */
#define LOOKS		50
#define LOOK_USEC	2000
/* Where the kernel logs what a filter refused: not all have it, or let a program be there. */
#define REFUSES		"audit_seccomp"
#define REFUSED		"env_refused"

enum part {
	PART_USAGE,
	PART_TRAFFIC,
	PARTS,
};

/* What is not counted without it. */
static const char * const lost[PARTS] = {
	"how long environments wait for a CPU, what they read and write, and what real-time threads take",
	"what environments receive and send",
};

/**
 * struct program - they
 * @object: of each part; NULL: it could not be loaded
 * @links: by which they are attached
 * @map: which cgroup is which environment's
 * @sums_map: what is counted for us
 * @sums: the same, in our memory; NULL: the module is told
 * @waits: PART_USAGE is there
 * @slots: what is in @map
 */
struct program {
	struct bpf_object *object[PARTS];
	struct bpf_link *links[LINKS_MAX];
	size_t	link_count;
	int	map;
	int	sums_map;
	struct sums *sums;
	bool	waits;
	struct slots slots;
};

static bool failed(enum part part, const char *what)
{
	int err = errno ? errno : EIO;

	say_warning("eBPF: %s: %s %s; not counted is %s", what, strerror(err),
		    ebpf_words(), lost[part]);
	return false;
}

/*
 * Pins
 */

static void pin_path(const char *name, char path[128])
{
	snprintf(path, 128, PINS "/%s", name);
}

static bool can_pin(void)
{
	struct statfs fs;

	return !statfs(BPF_FS, &fs) && fs.f_type == BPF_FS_MAGIC &&
	       (!mkdir(PINS, 0700) || errno == EEXIST);
}

static void pin(struct bpf_link *link, const char *name)
{
	static bool said;
	char path[128];

	pin_path(name, path);
	if (can_pin() && !bpf_link__pin(link, path))
		return;
	if (!said)
		say_info("eBPF: programs are not pinned: nothing is counted while no agent runs");
	said = true;
}

static bool is_there(__u32 link)
{
	int fd = bpf_link_get_fd_by_id(link);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* It is gone a moment after nobody has it any more: until then both would count. */
static void unpin_one(const char *name)
{
	struct bpf_link_info info = { 0 };
	__u32 len = sizeof(info);
	char path[128];
	int fd, looks;

	pin_path(name, path);
	fd = bpf_obj_get(path);
	unlink(path);
	if (fd < 0)
		return;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		info.id = 0;
	/* Not all kinds can be. */
	bpf_link_detach(fd);
	close(fd);
	for (looks = 0; info.id && looks < LOOKS && is_there(info.id); looks++)
		usleep(LOOK_USEC);
}

/*
 * Those of an earlier agent, or version: ours take their place. And they would keep the
 * module from being unloaded.
 */
static void unpin(void)
{
	static const char * const names[] = {
		"usage", "env_switch", "env_fork", "env_refused", "traffic_out",
		"traffic_in",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unpin_one(names[i]);
	rmdir(PINS);
}

/*
 * Maps
 */

static int write_slot(uint32_t place, const struct slots_entry *entry, void *arg)
{
	const struct program *program = arg;

	return bpf_map_update_elem(program->map, &place, entry, BPF_ANY) ? -errno : 0;
}

static bool make_maps(struct program *program, bool has_module)
{
	LIBBPF_OPTS(bpf_map_create_opts, mapped, .map_flags = BPF_F_MMAPABLE);

	program->map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "env_slots",
				      sizeof(uint32_t),
				      sizeof(struct slots_entry), SLOTS_SIZE,
				      NULL);
	program->sums_map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "sums",
					   sizeof(uint32_t),
					   sizeof(struct sums), 1, &mapped);
	program->slots.write = write_slot;
	program->slots.arg = program;
	if (!has_module && program->sums_map >= 0)
		program->sums = sums_open(program->sums_map);
	if (program->map >= 0 && program->sums_map >= 0 &&
	    (has_module || program->sums))
		return true;
	say_warning("eBPF: maps: %s; nothing of environments is counted",
		    strerror(errno));
	return false;
}

static bool share(struct bpf_object *object, const char *name, int fd)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	return map && !bpf_map__reuse_fd(map, fd);
}

/*
 * Parts
 */

static bool is_optional(const struct bpf_program *code)
{
	return !strcmp(bpf_program__name(code), REFUSED);
}

static void say_not_refused(void)
{
	say_info("eBPF: this kernel lets nobody see what filters refuse: refused system calls are not counted");
}

static bool attach(struct program *program, struct bpf_program *code, int place)
{
	struct bpf_link *link;

	if (!bpf_program__autoload(code))
		return true;
	link = bpf_program__type(code) == BPF_PROG_TYPE_CGROUP_SKB ?
	       bpf_program__attach_cgroup(code, place) :
	       bpf_program__attach(code);
	if (!link && is_optional(code)) {
		say_not_refused();
		return true;
	}
	if (!link)
		return false;
	program->links[program->link_count++] = link;
	pin(link, bpf_program__name(code));
	return true;
}

/* A constant of the program, before it is loaded: it is left out what depends on it. */
static bool say_whether_module(struct bpf_object *object, bool there)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	size_t size;
	bool *has_module;

	/* Older libraries call it constant. */
	has_module = map ? (bool *)bpf_map__initial_value(map, &size) : NULL;
	if (!has_module || size != sizeof(*has_module))
		return false;
	*has_module = there;
	return true;
}

/* What the kernel has no place for is left out, or @all that it may have no place for. */
static void leave_out(struct bpf_object *object, bool all)
{
	struct bpf_program *code =
		bpf_object__find_program_by_name(object, REFUSED);

	if (!code || (!all && libbpf_find_vmlinux_btf_id(REFUSES, BPF_TRACE_FENTRY) > 0))
		return;
	bpf_program__set_autoload(code, false);
	say_not_refused();
}

static const char *path_of(enum part part, bool has_module)
{
	if (part == PART_USAGE)
		return USAGE;
	return has_module ? TRAFFIC_MODULE : TRAFFIC;
}

/* @few: without what not all kernels let be loaded. NULL, and errno. */
static struct bpf_object *open_part(const struct program *program, const char *path,
				    bool usage, bool has_module, bool few)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	int err;

	if (!object)
		return NULL;
	leave_out(object, few);
	if ((!usage || say_whether_module(object, has_module)) &&
	    share(object, "env_slots", program->map) &&
	    share(object, "sums", program->sums_map) &&
	    !bpf_object__load(object))
		return object;
	err = errno;
	bpf_object__close(object);
	errno = err;
	return NULL;
}

static bool load(struct program *program, enum part part, bool has_module, int place)
{
	const char *path = path_of(part, has_module);
	bool usage = part == PART_USAGE;
	size_t before = program->link_count;
	struct bpf_object *object;
	struct bpf_program *code;

	object = open_part(program, path, usage, has_module, false);
	if (!object && usage)
		object = open_part(program, path, usage, has_module, true);
	if (!object)
		return failed(part, path);
	program->object[part] = object;
	bpf_object__for_each_program(code, object) {
		if (program->link_count < LINKS_MAX &&
		    attach(program, code, place))
			continue;
		failed(part, bpf_program__name(code));
		/* Half of it tells nothing, and costs as much. */
		while (program->link_count > before) {
			struct bpf_link *link =
				program->links[--program->link_count];

			bpf_link__unpin(link);
			bpf_link__destroy(link);
		}
		return false;
	}
	return true;
}

struct program *program_start(int place, bool has_module)
{
	struct program *program = calloc(1, sizeof(*program));
	bool traffic = false;

	ebpf_begin();
	unpin();
	if (!program)
		return NULL;
	/* Nobody is called whose types are not known. */
	has_module = has_module && !access(KERNEL_BTF, F_OK);
	program->map = -1;
	program->sums_map = -1;
	if (make_maps(program, has_module)) {
		if (access(KERNEL_BTF, F_OK))
			say_info("this kernel has no BTF: not counted is %s",
				 lost[PART_USAGE]);
		else
			program->waits = load(program, PART_USAGE, has_module, place);
		traffic = load(program, PART_TRAFFIC, has_module, place);
	}
	if (program->waits || traffic)
		return program;
	program_stop(program);
	return NULL;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void program_stop(struct program *program)
{
	size_t i;

	if (!program)
		return;
	for (i = 0; i < program->link_count; i++)
		bpf_link__destroy(program->links[i]);
	unpin();
	for (i = 0; i < PARTS; i++)
		bpf_object__close(program->object[i]);
	sums_close(program->sums);
	close_fd(program->map);
	close_fd(program->sums_map);
	free(program);
}

bool program_counts_waits(const struct program *program)
{
	return program && program->waits;
}

bool program_counts_for_us(const struct program *program)
{
	return program && program->sums;
}

void program_counts(const struct program *program, uint32_t slot,
		    uint64_t counts[SUMS_COUNTS])
{
	const volatile struct sums *sums = program ? program->sums : NULL;
	size_t i;

	for (i = 0; i < SUMS_COUNTS; i++)
		counts[i] = sums && slot < SUMS_SLOTS ? sums->slot[slot][i] : 0;
}

uint64_t program_realtime(const struct program *program)
{
	return program_counts_for_us(program) ? sums_realtime(program->sums) : 0;
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

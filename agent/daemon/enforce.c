// SPDX-License-Identifier: GPL-2.0-only
#include "enforce.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ebpf.h"
#include "say.h"

#define PROGRAMS	EBPF_FOLDER "/peers.bpf.o"
/* Of an earlier agent's, one that has both maps. */
#define HAS_MAPS	"peers_connect4"
/* The kernel takes no more of a kind in one place. */
#define ATTACHED_MAX	64

struct enforce {
	struct bpf_object *object;
	int	tries;
};

static bool failed(const char *what)
{
	int err = errno ? errno : EIO;

	say_error("eBPF: %s: %s %s; tasks with tcp or udp sockets cannot run",
		  what, strerror(err), ebpf_words());
	return false;
}

/*
 * Those of an earlier agent
 */

typedef bool (*attached_fn)(int fd, const struct bpf_prog_info *info, void *arg);

/*
 * Each program of that name that is attached there, until @fn has what it wants. False:
 * not all were seen.
 */
static bool each_attached(int place, enum bpf_attach_type type, const char *name,
			  attached_fn fn, void *arg)
{
	__u32 ids[ATTACHED_MAX], count = ATTACHED_MAX, flags = 0, len, i;
	struct bpf_prog_info info;
	bool done = false, all = true;
	int fd;

	if (bpf_prog_query(place, type, 0, &flags, ids, &count))
		return false;
	for (i = 0; i < count && !done; i++) {
		fd = bpf_prog_get_fd_by_id(ids[i]);
		/* It may have gone just now. */
		if (fd < 0) {
			all = all && errno == ENOENT;
			continue;
		}
		memset(&info, 0, sizeof(info));
		len = sizeof(info);
		if (bpf_obj_get_info_by_fd(fd, &info, &len))
			all = false;
		else if (!strcmp(info.name, name))
			done = fn(fd, &info, arg);
		close(fd);
	}
	return all;
}

/* Is it the map of that name, and as it is now? */
static bool same_map(int fd, const struct bpf_map *map)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &len) &&
	       !strncmp(info.name, bpf_map__name(map), sizeof(info.name) - 1) &&
	       info.type == bpf_map__type(map) &&
	       info.key_size == bpf_map__key_size(map) &&
	       info.value_size == bpf_map__value_size(map);
}

/* Of what is attached, for what is not yet. */
struct inherit {
	struct bpf_object *object;
	bool	there;
	int	maps;
};

/*
 * Sockets of living environments have their peers there. Of several the first was there
 * before the others, and so knows what they know.
 */
static bool take_maps(int fd, const struct bpf_prog_info *info, void *arg)
{
	struct inherit *inherit = arg;
	struct bpf_prog_info with = { .nr_map_ids = info->nr_map_ids };
	__u32 ids[8], len = sizeof(with), i;
	struct bpf_map *map;
	int map_fd;

	inherit->there = true;
	if (with.nr_map_ids > sizeof(ids) / sizeof(ids[0]))
		return true;
	with.map_ids = (__u64)(unsigned long)ids;
	if (bpf_obj_get_info_by_fd(fd, &with, &len))
		return true;
	for (i = 0; i < with.nr_map_ids; i++) {
		map_fd = bpf_map_get_fd_by_id(ids[i]);
		if (map_fd < 0)
			continue;
		bpf_object__for_each_map(map, inherit->object)
			if (same_map(map_fd, map) &&
			    !bpf_map__reuse_fd(map, map_fd))
				inherit->maps++;
		close(map_fd);
	}
	return true;
}

/* True: ours will know what theirs know, surely. */
static bool inherit_from(struct bpf_object *object, int place)
{
	struct inherit inherit = { .object = object };
	struct bpf_map *map;
	int maps = 0;
	bool all;

	all = each_attached(place, BPF_CGROUP_INET4_CONNECT, HAS_MAPS, take_maps,
			    &inherit);
	bpf_object__for_each_map(map, object)
		maps++;
	return all && (!inherit.there || inherit.maps == maps);
}

struct own {
	int	place;
	enum bpf_attach_type type;
	__u32	id;
};

static bool detach_other(int fd, const struct bpf_prog_info *info, void *arg)
{
	const struct own *own = arg;

	if (info->id != own->id)
		bpf_prog_detach2(fd, own->place, own->type);
	return false;
}

/*
 * Ours
 */

static __u32 id_of(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &len) ?
	       0 : info.id;
}

/* In all places or in none. */
static bool attach(struct bpf_object *object, int place)
{
	struct bpf_program *program, *done;
	int err;

	bpf_object__for_each_program(program, object) {
		if (!bpf_prog_attach(bpf_program__fd(program), place,
				     bpf_program__expected_attach_type(program),
				     BPF_F_ALLOW_MULTI))
			continue;
		err = errno;
		bpf_object__for_each_program(done, object) {
			if (done == program)
				break;
			bpf_prog_detach2(bpf_program__fd(done), place,
					 bpf_program__expected_attach_type(done));
		}
		errno = err;
		return failed(bpf_program__section_name(program));
	}
	return true;
}

static void detach_others(struct bpf_object *object, int place)
{
	struct bpf_program *program;
	struct own own = { .place = place };

	bpf_object__for_each_program(program, object) {
		own.type = bpf_program__expected_attach_type(program);
		own.id = id_of(program);
		if (own.id)
			each_attached(place, own.type, bpf_program__name(program),
				      detach_other, &own);
	}
}

static bool load(struct enforce *enforce, int place)
{
	bool same;

	ebpf_begin();
	enforce->object = bpf_object__open_file(PROGRAMS, NULL);
	if (!enforce->object)
		return failed("opening " PROGRAMS);
	same = inherit_from(enforce->object, place);
	if (bpf_object__load(enforce->object))
		return failed("loading " PROGRAMS);
	enforce->tries = bpf_object__find_map_fd_by_name(enforce->object,
							 "sluice_refused");
	if (enforce->tries < 0)
		return failed("map sluice_refused");
	if (!attach(enforce->object, place))
		return false;
	/* Else they hold as well, for the sockets that only they know. */
	if (same)
		detach_others(enforce->object, place);
	return true;
}

struct enforce *enforce_start(int place)
{
	struct enforce *enforce = calloc(1, sizeof(*enforce));

	if (enforce && load(enforce, place))
		return enforce;
	enforce_stop(enforce);
	return NULL;
}

void enforce_stop(struct enforce *enforce)
{
	if (!enforce)
		return;
	bpf_object__close(enforce->object);
	free(enforce);
}

void enforce_add(struct enforce *enforce, uint64_t cgroup)
{
	const uint64_t none = 0;

	if (enforce && bpf_map_update_elem(enforce->tries, &cgroup, &none,
					   BPF_NOEXIST) && errno != EEXIST)
		say_warning("eBPF: what an environment tries is not counted: %s",
			    strerror(errno));
}

void enforce_remove(struct enforce *enforce, uint64_t cgroup)
{
	if (enforce)
		bpf_map_delete_elem(enforce->tries, &cgroup);
}

uint64_t enforce_tries(struct enforce *enforce, uint64_t cgroup)
{
	uint64_t tries = 0;

	if (!enforce || bpf_map_lookup_elem(enforce->tries, &cgroup, &tries))
		return 0;
	return tries;
}

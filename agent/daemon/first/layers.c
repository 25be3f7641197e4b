// SPDX-License-Identifier: GPL-2.0-only
/*
 * The task's layers, each mounted at a place of ours, and what they are together: the
 * root of the environment, read-only or with a private layer on top that can be written.
 */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state.h"

#define LAYERS		ORDER_ROOT "/layers"
#define WRITABLE	ORDER_ROOT "/writable"
/* The gateway's, with the owners that it is to have. */
#define USR		ORDER_ROOT "/usr"

void first_layer_path(size_t number, char path[LAYER_PATH])
{
	snprintf(path, LAYER_PATH, LAYERS "/%zu", number);
}

/* Who only looks has said so, and has an empty one in its place. */
static bool lacking;

bool first_layers_lack(void)
{
	return lacking;
}

static void lack(const struct first *first, const struct taskfile_layer *layer)
{
	first_lack(first, "layer", layer->source);
	lacking = true;
}

static void mount_layer(const struct first *first,
			const struct taskfile_layer *layer, const char *target)
{
	int source = first_open_source(first, "layer", layer->source), fd;
	char path[32];
	struct stat st;

	lacking = lacking || source < 0;
	if (source < 0)
		return;
	fd = first_read_source(source);
	if (fd < 0 || fstat(fd, &st)) {
		lack(first, layer);
		return;
	}
	close(source);
	if (S_ISREG(st.st_mode)) {
		/* Its device is to go with the last environment. */
		first_not_before(first);
		if (!first_mount_image(first, fd, layer, target))
			lacking = true;
	} else if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		lack(first, layer);
	} else {
		if (*layer->digest) {
			first_refuse(first, "layer %s: expected an image, as a directory has no digest",
				     layer->source);
			lacking = true;
		}
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		first_mount(path, target, NULL, MS_BIND, NULL);
	}
	close(fd);
}

void first_mount_layers(const struct first *first)
{
	const struct taskfile *task = &first->task;
	char path[LAYER_PATH];
	size_t i;

	for (i = 0; i < task->layers_count; i++) {
		first_layer_path(i, path);
		first_make_path(path, true);
		mount_layer(first, &task->layers[i], path);
		if (task->writable_size && !lacking)
			first_mount_as_users(first, path, path);
	}
}

/* What the layers together are made of, the first one on top. */
static void overlay(const struct first *first, const char *options,
		    const char *target)
{
	unsigned long flags = first->task.writable_size ? 0 : MS_RDONLY;

	first_mount("overlay", target, "overlay", PLAIN | flags, options);
}

static size_t add_lower(const struct first *first, char *options, size_t size)
{
	size_t len = (size_t)snprintf(options, size, "lowerdir="), i;
	char path[LAYER_PATH];

	for (i = 0; i < first->task.layers_count; i++) {
		first_layer_path(i, path);
		len += (size_t)snprintf(options + len, size - len, "%s:", path);
	}
	return len + (size_t)snprintf(options + len, size - len, SKELETON);
}

static void add_upper(const char *name, char *options, size_t size)
{
	char upper[64], work[64];

	snprintf(upper, sizeof(upper), WRITABLE "/%s", name);
	snprintf(work, sizeof(work), WRITABLE "/%s.work", name);
	first_make_path(upper, true);
	first_make_path(work, true);
	snprintf(options, size, ",upperdir=%s,workdir=%s", upper, work);
}

static uid_t owner;

static int give(const char *path, const struct stat *st, int type,
		struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return lchown(path, owner, owner);
}

/* Everybody may add something there, but what is there stays where it is. */
static void make_shared(const char *path)
{
	first_make_path(path, true);
	if (chmod(path, 01777))
		first_die("making directory", "of the writable layer");
}

/*
 * The agent looks into the place of the state: no program can put something else on the
 * way there.
 */
static void make_upper(const struct first *first)
{
	make_shared(WRITABLE "/root");
	make_shared(WRITABLE "/root/var");
	make_shared(WRITABLE "/root" STATE_INSIDE);
	first_make_path(WRITABLE "/usr", true);
	if (chown(WRITABLE "/usr", first->uid, first->uid))
		first_die("making directory", "of the writable layer");
}

/* All that can be written, in one file system of that size. */
static void prepare_writing(const struct first *first)
{
	first_make_path(WRITABLE, true);
	first_place(first_new_memory(first->task.writable_size), WRITABLE);
	owner = first->uid;
	if (nftw(SKELETON, give, 16, FTW_PHYS | FTW_MOUNT))
		first_die("writable:", "owners");
	make_upper(first);
}

static void mount_usr(const struct first *first)
{
	char options[512];
	size_t len;

	if (!first->task.writable_size) {
		first_bind("/usr", "/usr", PLAIN | MS_RDONLY);
		return;
	}
	first_make_path(USR, true);
	first_mount_as_users(first, "/usr", USR);
	len = (size_t)snprintf(options, sizeof(options), "lowerdir=" USR);
	add_upper("usr", options + len, sizeof(options) - len);
	overlay(first, options, ROOT "/usr");
}

void first_mount_root(const struct first *first)
{
	const struct taskfile *task = &first->task;
	/* The kernel takes one page of them. */
	char options[4096];
	size_t len;

	first_make_path(ROOT, true);
	if (task->writable_size)
		prepare_writing(first);
	if (!task->layers_count && !task->writable_size) {
		first_mount(SKELETON, ROOT, NULL, MS_BIND, NULL);
	} else {
		len = add_lower(first, options, sizeof(options));
		if (task->writable_size)
			add_upper("root", options + len,
				  sizeof(options) - len);
		overlay(first, options, ROOT);
	}
	if (task->usr)
		mount_usr(first);
}

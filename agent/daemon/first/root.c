// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file system of an environment: a root of the task's layers over a generated
 * skeleton, the gateway's /usr if the task wants it, its data and devices, what
 * programs expect besides, and nothing else.
 */
#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * What can be made before
 */

/* What layers do not bring: mount points, and the links of a merged /usr. */
static void make_skeleton(const struct first *first)
{
	static const char * const dirs[] = {
		"/usr", "/proc", "/dev", "/tmp", "/etc", "/run", "/data",
		"/sys", "/var/tmp", "/var/lib",
	};
	static const char * const links[] = { "bin", "sbin", "lib", "lib64" };
	const struct taskfile *task = &first->task;
	char path[PATH_MAX], to[32];
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), SKELETON "%s", dirs[i]);
		first_make_path(path, true);
	}
	for (i = 0; task->usr && i < sizeof(links) / sizeof(links[0]); i++) {
		snprintf(path, sizeof(path), SKELETON "/%s", links[i]);
		snprintf(to, sizeof(to), "usr/%s", links[i]);
		first_link(to, path);
	}
	for (i = 0; i < task->data_count; i++) {
		if (first_data(first, i) < 0 ||
		    fstat(first_data(first, i), &st))
			continue;
		snprintf(path, sizeof(path), SKELETON "%s",
			 task->data[i].target);
		first_make_path(path, S_ISDIR(st.st_mode));
	}
	snprintf(path, sizeof(path), SKELETON "/var/lib/%s", task->name);
	first_make_path(path, true);
	first_write_etc(first);
	first_make_sys(first);
}

/* In a mount namespace of ours, with the gateway's files around. */
static void prepare(const struct first *first)
{
	const struct taskfile *task = &first->task;

	first_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	first_mount("tmpfs", ORDER_ROOT, "tmpfs", PLAIN, "mode=755,size=2m,nr_inodes=16k");
	first_mount_layers(first);
	make_skeleton(first);
	first_mount_root(first);
	first_bind_etc(first);
	first_make_proc(first);
	first_bind_sys(first);
	first_make_dev(first);
	if (!task->layers_count && !task->writable_size)
		first_mount(NULL, ROOT, NULL,
			    MS_REMOUNT | MS_BIND | MS_RDONLY | PLAIN, NULL);
}

/* A mount namespace with nothing else: copies of it are what environments begin with. */
void first_make_tree(const struct first *first)
{
	prepare(first);
	first_change_root();
}

/*
 * What each environment has of its own
 */

static void mount_own(const struct first *first)
{
	first_mount_proc(first);
	first_mount_sys();
	first_mount_dev(first);
	first_mount_scratch(first);
	first_die_unless(!chdir("/"), "/");
}

void first_begin_root(struct first *first)
{
	if (!first->tree)
		return;
	if (setns(ORDER_FD_TREE, CLONE_NEWNS)) {
		/* A unit of somebody's own may leave us without CAP_SYS_CHROOT. */
		first_die_unless(errno == EPERM, "what was made before");
		first->tree = false;
		return;
	}
	first_die_unless(!unshare(CLONE_NEWNS), "mounts");
	first_be_in_root();
	mount_own(first);
	first->begun = true;
}

/* Is what was made before what would be made now? */
static bool is_current(const struct first *first)
{
	const char stale = ORDER_STALE;
	bool same = first_is_made_of_that(first);

	if (!same)
		first_die_unless(write(ORDER_FD_STATUS, &stale, 1) == 1, "status");
	return same;
}

static void open_files(const struct first *first)
{
	first_open_data(first);
	first_open_state(first);
	first_open_secrets(first);
}

void first_open_root(struct first *first)
{
	if (first->tree && !is_current(first))
		first->tree = false;
	/* The agent has another one made, as it does with all that ends too early. */
	if (first->sent && !first->tree)
		_exit(0);
	/* In a copy they could not be mounted, as they are open here. */
	if (first->among)
		open_files(first);
	if (first->begun && !first->tree)
		first_leave_root();
	first->begun = first->begun && first->tree;
	if (!first->begun)
		first_begin_root(first);
	if (!first->begun && first->among)
		first_die_unless(!unshare(CLONE_NEWNS), "mounts");
	if (!first->begun)
		prepare(first);
	if (!first->among)
		open_files(first);
}

/* Of what is in a layer nothing can be said without it. */
static void end_without_layers(const struct first *first)
{
	if (first->look && first_layers_lack())
		_exit(0);
}

void first_make_root(const struct first *first)
{
	const struct taskfile *task = &first->task;

	if (!first->begun) {
		first_change_root();
		mount_own(first);
	}
	first_mount_state(first);
	first_mount_secrets(first);
	first_mount_data(first);
	end_without_layers(first);
	/* While there is somebody to tell that it is not there. */
	if (task->directory && chdir(task->directory))
		first_lack(first, "directory", task->directory);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file system of an environment: a root of the task's layers over a generated
 * skeleton, the gateway's /usr if the task wants it, its data and devices, what
 * programs expect besides, and nothing else.
 */
#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/* Who only looks has said which are not there. */
static void bind_data(const struct first *first)
{
	const struct taskfile *task = &first->task;
	size_t i;

	for (i = 0; i < task->data_count; i++) {
		if (first_data(first, i) < 0)
			continue;
		first_attach(first_data(first, i), task->data[i].target,
			     PLAIN | MS_NOEXEC |
			   (task->data[i].writable && !first->look ? 0 :
								     MS_RDONLY) |
			   (task->data[i].recursive ? MS_REC : 0));
	}
}

/* Of what is in a layer nothing can be said without it. */
static void end_without_layers(const struct first *first)
{
	if (first->look && first_layers_lack())
		_exit(0);
}

/* From here on the old root is out of reach. */
static void change_root(void)
{
	if (chdir(ROOT) || syscall(SYS_pivot_root, ".", ".") ||
	    umount2(".", MNT_DETACH) || chdir("/"))
		first_die("changing root to", ROOT);
}

void first_make_root(const struct first *first)
{
	const struct taskfile *task = &first->task;

	first_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	first_mount("tmpfs", ORDER_ROOT, "tmpfs", PLAIN, "mode=755,size=2m,nr_inodes=16k");
	first_mount_layers(first);
	make_skeleton(first);
	first_mount_root(first);
	first_bind_etc(first);
	first_mount_proc(first);
	first_bind_sys(first);
	first_mount_dev(first);
	first_mount_scratch(first);
	first_mount_state(first);
	first_mount_secrets(first);
	bind_data(first);
	if (!task->layers_count && !task->writable_size)
		first_mount(NULL, ROOT, NULL,
			    MS_REMOUNT | MS_BIND | MS_RDONLY | PLAIN, NULL);
	end_without_layers(first);
	change_root();
	/* While there is somebody to tell that it is not there. */
	if (task->directory && chdir(task->directory))
		first_lack(first, "directory", task->directory);
}

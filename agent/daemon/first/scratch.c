// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program can write, and what goes with the environment: one small file system
 * of memory for all of it.
 */
#include "tree.h"

#include <inttypes.h>
#include <limits.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jot.h"
#include "state.h"

/* All of it is there, until one of its folders is mounted over it. */
#define SCRATCH	"/tmp"

static void put(const struct first *first, const char *name, const char *target,
		mode_t mode, unsigned long flags)
{
	char path[64];

	jot_join(path, sizeof(path), SCRATCH "/", name);
	if (mkdir(path, mode) || chown(path, first->uid, first->uid))
		first_die("making directory", target);
	flags |= first->task.tmp_size ? 0 : MS_RDONLY;
	if (flags)
		first_bind(path, target, flags);
	else
		first_mount_folder(path, target);
}

void first_limit_files(const struct first *first)
{
	struct rlimit limit = { first->task.file_size, first->task.file_size };

	first_die_unless(!first->task.file_size ||
			 !setrlimit(RLIMIT_FSIZE, &limit), "file-size");
}

void first_mount_scratch(const struct first *first)
{
	char text[64];

	first_mount_memory(SCRATCH, first->task.tmp_size);
	umask(0);
	put(first, "var-tmp", "/var/tmp", 01777, 0);
	put(first, "shm", "/dev/shm", 01777, MS_NOEXEC);
	put(first, "run", "/run", 0755, 0);
	first_die_unless(!first->task.secrets_count ||
			 !mkdir(SCRATCH "/run/secrets", 0755), "secrets");
	jot_join(text, sizeof(text), STATE_INSIDE "/", first->task.name);
	if (!first_keeps(first))
		put(first, "lib", text, 0755, 0);
	put(first, "tmp", SCRATCH, 01777, 0);
	umask(0022);
}

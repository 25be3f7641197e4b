// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In words of the task: nobody knows our own paths. */
static const char *shown(const char *path)
{
	size_t len = strlen(ROOT);

	return !strncmp(path, ROOT, len) && path[len] ? path + len : path;
}

/* The kernel says so of names that lead up again while something is renamed. */
#define TRIES	100

int first_open_in(const char *base, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? 0644 : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int root = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
	int tries, err;

	for (tries = 0; root >= 0 && fd < 0 && tries < TRIES; tries++) {
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
		if (fd < 0 && errno != EAGAIN)
			break;
	}
	err = errno;
	if (root >= 0)
		close(root);
	errno = err;
	return fd;
}

/* In which of them a path of ours is; @path: where in there. */
static const char *base_of(const char **path)
{
	static const char * const bases[] = { ROOT, SKELETON, ORDER_ROOT };
	size_t i, len;

	for (i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		len = strlen(bases[i]);
		if (!strncmp(*path, bases[i], len) && (*path)[len] == '/') {
			*path += len;
			return bases[i];
		}
	}
	return "/";
}

static int open_ours(const char *path, int flags)
{
	const char *base = base_of(&path);

	return first_open_in(base, path, flags);
}

/* As mount() takes them. */
static void by_number(int fd, char path[32])
{
	snprintf(path, 32, "/proc/self/fd/%d", fd);
}

void first_mount(const char *source, const char *target, const char *type,
		 unsigned long flags, const char *options)
{
	int fd = open_ours(target, O_PATH);
	char path[32];

	if (fd < 0)
		first_die("mounting", shown(target));
	by_number(fd, path);
	if (mount(source, path, type, flags, options))
		first_die("mounting", shown(target));
	close(fd);
}

/*
 * For the kernel 0 is no limit. Files that hold nothing have a price, too: as many as
 * there are of 1 KiB, and what we make ourselves.
 */
void first_mount_memory(const char *target, uint64_t size)
{
	uint64_t files = (size >> 10) + 1024;
	char text[96];

	if (files > UINT32_MAX)
		files = UINT32_MAX;
	snprintf(text, sizeof(text),
		 "mode=755,size=%" PRIu64 ",nr_inodes=%" PRIu64,
		 size ? size : 4096, files);
	first_mount("tmpfs", target, "tmpfs", PLAIN, text);
}

/* One folder after the other, from that which is there. */
static void make_folders(const char *path)
{
	char copy[PATH_MAX], *slash;
	int above, fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open_ours(copy, O_PATH | O_DIRECTORY);
	if (fd >= 0) {
		close(fd);
		return;
	}
	slash = strrchr(copy, '/');
	if (errno != ENOENT || slash == copy)
		first_die("making directory", shown(path));
	*slash = '\0';
	make_folders(copy);
	above = open_ours(copy, O_PATH | O_DIRECTORY);
	if (above < 0 || (mkdirat(above, slash + 1, 0755) && errno != EEXIST))
		first_die("making directory", shown(path));
	close(above);
}

/* The folder that it is in, open, and its @name there. */
static int open_above(const char *path, const char **name)
{
	char copy[PATH_MAX];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	*strrchr(copy, '/') = '\0';
	*name = strrchr(path, '/') + 1;
	make_folders(copy);
	fd = open_ours(copy, O_PATH | O_DIRECTORY);
	if (fd < 0)
		first_die("making directory", shown(copy));
	return fd;
}

static int make_file(const char *path, int flags)
{
	const char *name;
	int fd;

	close(open_above(path, &name));
	fd = open_ours(path, O_CREAT | O_WRONLY | flags);
	if (fd < 0)
		first_die("making file", shown(path));
	return fd;
}

void first_make_path(const char *path, bool directory)
{
	if (directory)
		make_folders(path);
	else
		close(make_file(path, 0));
}

void first_write(const char *path, const char *format, ...)
{
	FILE *file = fdopen(make_file(path, O_TRUNC), "w");
	va_list args;
	int ret;

	if (!file)
		first_die("making file", shown(path));
	va_start(args, format);
	ret = vfprintf(file, format, args);
	va_end(args);
	if (fclose(file) || ret < 0)
		first_die("writing", shown(path));
}

void first_link(const char *text, const char *path)
{
	const char *name;
	int above = open_above(path, &name);

	if (symlinkat(text, above, name) && errno != EEXIST)
		first_die("making link", shown(path));
	close(above);
}

/* Of all mounts there, before they are anywhere. */
static bool set_all(int tree, unsigned long flags)
{
	struct mount_attr attr = { .propagation = MS_PRIVATE };
	static const struct {
		unsigned long flag;
		uint64_t attr;
	} all[] = {
		{ MS_RDONLY, MOUNT_ATTR_RDONLY }, { MS_NOSUID, MOUNT_ATTR_NOSUID },
		{ MS_NODEV, MOUNT_ATTR_NODEV }, { MS_NOEXEC, MOUNT_ATTR_NOEXEC },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (flags & all[i].flag)
			attr.attr_set |= all[i].attr;
	return !syscall(SYS_mount_setattr, tree, "",
			AT_EMPTY_PATH | (flags & MS_REC ? AT_RECURSIVE : 0),
			&attr, sizeof(attr));
}

static void put_at(int from_dir, const char *from, unsigned int flags,
		   const char *target)
{
	int to = first_open_in(ROOT, target, O_PATH);

	if (to < 0 || syscall(SYS_move_mount, from_dir, from, to, "", flags |
			      MOVE_MOUNT_T_EMPTY_PATH))
		first_die("mounting", target);
	close(to);
}

/* Where a layer or the skeleton has none. */
static void make_target(int source, const char *target)
{
	char path[sizeof(ROOT) + PATH_MAX];
	int there = first_open_in(ROOT, target, O_PATH);
	struct stat st;

	if (there >= 0) {
		close(there);
		return;
	}
	if (fstat(source, &st))
		first_die("mounting", target);
	snprintf(path, sizeof(path), ROOT "%s", target);
	first_make_path(path, S_ISDIR(st.st_mode));
}

void first_attach(int source, const char *target, unsigned long flags)
{
	int tree;

	make_target(source, target);
	tree = (int)syscall(SYS_open_tree, source, "", OPEN_TREE_CLONE |
			    OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
			    (flags & MS_REC ? AT_RECURSIVE : 0));
	if (tree < 0 || !set_all(tree, flags))
		first_die("mounting", target);
	put_at(tree, "", MOVE_MOUNT_F_EMPTY_PATH, target);
	close(tree);
}

void first_bind(const char *source, const char *target, unsigned long flags)
{
	int fd = open(source, O_PATH | O_CLOEXEC);

	if (fd < 0)
		first_die("mounting", target);
	first_attach(fd, target, flags);
	close(fd);
}

void first_move(const char *from, const char *target)
{
	put_at(AT_FDCWD, from, 0, target);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jot.h"

/* In words of the task: nobody knows our own paths. */
static const char *shown(const char *path)
{
	size_t len = strlen(ROOT);

	return !strncmp(path, ROOT, len) && path[len] ? path + len : path;
}

/* The kernel says so of names that lead up again while something is renamed. */
#define TRIES	100

static int open_below(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? 0644 : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd = -1, tries;

	for (tries = 0; fd < 0 && tries < TRIES; tries++) {
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
		if (fd < 0 && errno != EAGAIN)
			break;
	}
	return fd;
}

int first_open_in(const char *base, const char *path, int flags)
{
	int root = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1, err;

	if (root >= 0)
		fd = open_below(root, path, flags);
	err = errno;
	if (root >= 0)
		close(root);
	errno = err;
	return fd;
}

/* The new root, when it is ours. */
static int our_root = -1;

static int open_in_root(const char *path, int flags)
{
	return our_root < 0 ? first_open_in(ROOT, path, flags) :
			      open_below(our_root, path, flags);
}

void first_be_in_root(void)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	/* Out of the way of the sockets. */
	our_root = fcntl(fd, F_DUPFD_CLOEXEC, ORDER_FDS);
	first_die_unless(our_root >= 0, "root");
	close(fd);
}

void first_leave_root(void)
{
	close(our_root);
	our_root = -1;
}

void first_change_root(void)
{
	int root = open(ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0 || fchdir(root) || syscall(SYS_pivot_root, ".", ".") ||
	    umount2(".", MNT_DETACH) || chdir("/"))
		first_die("changing root to", ROOT);
	our_root = root;
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
	const char *base;

	if (our_root >= 0)
		return open_below(our_root, path, flags);
	base = base_of(&path);
	return first_open_in(base, path, flags);
}

/* As mount() takes them. */
static void by_number(int fd, char path[32])
{
	struct jot jot = jot_in(path, 32);

	jot_put(&jot, "/proc/self/fd/");
	jot_number(&jot, (uint64_t)fd, 10);
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

/* One folder after the other, from that which is there. */
static void make_folders(const char *path)
{
	char copy[PATH_MAX], *slash;
	int above, fd;

	jot_join(copy, sizeof(copy), path, "");
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

	jot_join(copy, sizeof(copy), path, "");
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

/*
 * Mounts that are nowhere yet
 */

static uint64_t attributes(unsigned long flags)
{
	static const struct {
		unsigned long flag;
		uint64_t attribute;
	} all[] = {
		{ MS_RDONLY, MOUNT_ATTR_RDONLY }, { MS_NOSUID, MOUNT_ATTR_NOSUID },
		{ MS_NODEV, MOUNT_ATTR_NODEV }, { MS_NOEXEC, MOUNT_ATTR_NOEXEC },
	};
	uint64_t attr = 0;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (flags & all[i].flag)
			attr |= all[i].attribute;
	return attr;
}

void first_set(int tree, unsigned long flags)
{
	struct mount_attr attr = { .propagation = MS_PRIVATE,
				   .attr_set = attributes(flags) };

	if (mount_setattr(tree, "", AT_EMPTY_PATH |
			  (flags & MS_REC ? AT_RECURSIVE : 0), &attr,
			  sizeof(attr)))
		first_die("mounting", "with its flags");
}

/* "key=value,key" */
static bool configure(int context, const char *options)
{
	char copy[256], *rest = copy, *key, *value;

	jot_join(copy, sizeof(copy), options, "");
	while ((key = strsep(&rest, ","))) {
		value = strchr(key, '=');
		if (value)
			*value++ = '\0';
		if (fsconfig(context, value ? FSCONFIG_SET_STRING :
			     FSCONFIG_SET_FLAG, key, value, 0))
			return false;
	}
	return true;
}

int first_new(const char *type, const char *source, unsigned long flags,
	      const char *options)
{
	int context = fsopen(type, FSOPEN_CLOEXEC), tree = -1;

	if (context >= 0 &&
	    (!source || !fsconfig(context, FSCONFIG_SET_STRING, "source", source, 0)) &&
	    (!options || configure(context, options)) &&
	    !fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		tree = fsmount(context, FSMOUNT_CLOEXEC,
			       (unsigned int)attributes(flags));
	if (tree < 0)
		first_die("mounting", type);
	close(context);
	return tree;
}

int first_clone(int source, unsigned long flags, const char *target)
{
	int tree = open_tree(source, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
			     AT_EMPTY_PATH | (flags & MS_REC ? AT_RECURSIVE : 0));

	if (tree < 0)
		first_die("mounting", target);
	/* Else it has those of what it is a copy of. */
	if (flags)
		first_set(tree, flags);
	return tree;
}

/*
 * Their places
 */

static void put_at(int tree, int to, const char *target)
{
	if (to < 0 || move_mount(tree, "", to, "", MOVE_MOUNT_F_EMPTY_PATH |
				 MOVE_MOUNT_T_EMPTY_PATH))
		first_die("mounting", target);
	close(to);
	close(tree);
}

/*
 * For the kernel 0 is no limit. Files that hold nothing have a price, too: as many as
 * there are of 1 KiB, and what we make ourselves.
 */
static void memory_options(uint64_t size, char text[96])
{
	struct jot jot = jot_in(text, 96);
	uint64_t files = (size >> 10) + 1024;

	if (files > UINT32_MAX)
		files = UINT32_MAX;
	jot_put(&jot, "mode=755,size=");
	jot_number(&jot, size ? size : 4096, 10);
	jot_put(&jot, ",nr_inodes=");
	jot_number(&jot, files, 10);
}

int first_new_memory(uint64_t size)
{
	char text[96];

	memory_options(size, text);
	return first_new("tmpfs", NULL, PLAIN, text);
}

/* Where a layer or the skeleton has none. */
static int make_target(int tree, const char *target)
{
	char path[sizeof(ROOT) + PATH_MAX];
	struct stat st;

	if (fstat(tree, &st))
		first_die("mounting", target);
	jot_join(path, sizeof(path), our_root < 0 ? ROOT : "", target);
	first_make_path(path, S_ISDIR(st.st_mode));
	return open_in_root(target, O_PATH);
}

void first_put(int tree, const char *target)
{
	int to = open_in_root(target, O_PATH);

	put_at(tree, to < 0 ? make_target(tree, target) : to, target);
}

void first_place(int tree, const char *path)
{
	put_at(tree, open_ours(path, O_PATH), shown(path));
}

void first_bind(const char *source, const char *target, unsigned long flags)
{
	int fd = open(source, O_PATH | O_CLOEXEC);

	if (fd < 0)
		first_die("mounting", target);
	first_put(first_clone(fd, flags, target), target);
	close(fd);
}

/*
 * By mount(), where we are at its place, and stay: that takes the kernel half of what a mount
 * does that is nowhere first.
 */
static void mount_here(const char *source, const char *target, const char *type,
		       unsigned long flags, const char *options)
{
	int to = open_in_root(target, O_PATH | O_DIRECTORY);

	if (to < 0 || fchdir(to) || mount(source, ".", type, flags, options))
		first_die("mounting", target);
	close(to);
}

void first_mount_new(const char *type, const char *target, unsigned long flags,
		     const char *options)
{
	mount_here(type, target, type, flags, options);
}

void first_mount_memory(const char *target, uint64_t size)
{
	char text[96];

	memory_options(size, text);
	first_mount_new("tmpfs", target, PLAIN, text);
}

void first_mount_folder(const char *source, const char *target)
{
	mount_here(source, target, NULL, MS_BIND, NULL);
}

void first_move(const char *from, const char *target)
{
	int to = open_in_root(target, O_PATH);

	if (to < 0 || move_mount(AT_FDCWD, from, to, "", MOVE_MOUNT_T_EMPTY_PATH))
		first_die("mounting", target);
	close(to);
}

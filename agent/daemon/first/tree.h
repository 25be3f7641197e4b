/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the steps share that build the root: in a mount namespace of our own, first below
 * ORDER_ROOT. What is made in the skeleton is part of a read-only root where no layer
 * has something of that name; what is mounted is mounted below ROOT. Then that is our
 * root, and what is of one environment alone is mounted there.
 */
#ifndef SLUICE_FIRST_TREE_H
#define SLUICE_FIRST_TREE_H

#include <sys/stat.h>

#include "first.h"

#define SKELETON	ORDER_ROOT "/skeleton"
#define ROOT		ORDER_ROOT "/root"
#define PLAIN		(MS_NOSUID | MS_NODEV)

/*
 * source.c: files of the gateway that the task names, O_PATH. -1, for who only looks: it
 * is not to be had, which was said.
 */
int first_data(const struct first *first, size_t number);
/* @say: if there is none; else that is for somebody else to say. */
bool first_device(const struct first *first, size_t number, bool say,
		  struct stat *st);

/*
 * mount.c: each ends the process when it cannot. No link in the new root or in the
 * skeleton leads out of it.
 */
/* An absolute path as it is in @base, open; -1 and errno. */
int first_open_in(const char *base, const char *path, int flags);
void first_mount(const char *source, const char *target, const char *type,
		 unsigned long flags, const char *options);
/*
 * Mounts that are nowhere yet, to be put somewhere. @flags are those of mount(), and hold
 * for that mount alone; @options "key=value,key".
 */
int first_new(const char *type, const char *source, unsigned long flags,
	      const char *options);
/*
 * Of an open file, in whose mount namespace we are; MS_REC: with all that is mounted below.
 * @target: where it is to be, for who reads that it cannot.
 */
int first_clone(int source, unsigned long flags, const char *target);
/* More flags. */
void first_set(int tree, unsigned long flags);
/* At a path of the new root, which is made where it can be and is not there. Closes it. */
void first_put(int tree, const char *target);
/* At a path of ours. */
void first_place(int tree, const char *path);
/* Both, of what has that path. */
void first_bind(const char *source, const char *target, unsigned long flags);
/* What was mounted at a place of ours, with all below it, is at that path from here on. */
void first_move(const char *from, const char *target);
/* A file system of memory, with so much room. */
int first_new_memory(uint64_t size);
/*
 * In the new root alone, when it is ours, and where there is a folder at that path. What is
 * mounted of a folder has the flags that this has. Then we are in its root.
 */
void first_mount_new(const char *type, const char *target, unsigned long flags,
		     const char *options);
void first_mount_memory(const char *target, uint64_t size);
void first_mount_folder(const char *source, const char *target);
/* ROOT is our root from here on, and nothing else is in reach. */
void first_change_root(void);
/* It is already; it is not any more. */
void first_be_in_root(void);
void first_leave_root(void);
/* All directories above @path, and @path itself: an empty file or a directory. */
void first_make_path(const char *path, bool directory);
/* A file with that text, with all directories above it. */
void first_write(const char *path, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A link with that text, unless there is one. */
void first_link(const char *text, const char *path);

/*
 * image.c: of an open file; as its digest says, if it has one. False, for who only looks:
 * it cannot be, which was said.
 */
bool first_mount_image(const struct first *first, int file,
		       const struct taskfile_layer *layer, const char *target);
/* idmap.c: a mount with what belongs to root belonging to the environment's user. */
void first_mount_as_users(const struct first *first, const char *source,
			  const char *target);
/* layers.c */
#define LAYER_PATH	(sizeof(ORDER_ROOT) + 32)
void first_mount_layers(const struct first *first);
/* Where that one is then. */
void first_layer_path(size_t number, char path[LAYER_PATH]);
/* One of them is not there, which was said. */
bool first_layers_lack(void);
void first_mount_root(const struct first *first);
/* etc.c */
/* Of the gateway's /etc, what programs of its /usr need. */
void first_each_of_gateway(void (*fn)(const char *path, void *arg), void *arg);
void first_write_etc(const struct first *first);
void first_bind_etc(const struct first *first);
/*
 * Of the others one part can be made before, for any number of environments of the task,
 * and one is made for each.
 */
/* dev.c */
void first_make_dev(const struct first *first);
void first_mount_dev(const struct first *first);
/* proc.c */
void first_make_proc(const struct first *first);
void first_mount_proc(const struct first *first);
/* sys.c */
void first_make_sys(const struct first *first);
void first_bind_sys(const struct first *first);
void first_mount_sys(void);
/* scratch.c: what can be written. */
void first_mount_scratch(const struct first *first);
/* data.c: opened where the gateway's files are. */
void first_open_data(const struct first *first);
void first_mount_data(const struct first *first);
/* state.c: what is kept, the same. */
void first_open_state(const struct first *first);
void first_mount_state(const struct first *first);
/* secrets.c: the same; below /run, which is there by then. */
void first_open_secrets(const struct first *first);
void first_mount_secrets(const struct first *first);

/* share.c: does it have a state? Who only looks makes none. */
bool first_keeps(const struct first *first);
/* How much of it the task has, 0 for no limit. */
uint64_t first_need(const struct first *first, const char *resource);
/* How many CPUs it can use at a time. */
unsigned int first_cpus(const struct first *first);

#endif /* SLUICE_FIRST_TREE_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc: processes of the environment, and of the machine as much as it has of it. The
 * kernel shows all or nothing of what is no process: what is not for a program and not
 * root's alone is covered, also what a module of the kernel has put there. That takes long:
 * a task can do without (proc = processes).
 */
#include "tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "jot.h"

/*
 * What is in place of what is covered, mounted where /proc will be: empty ones, and ours by
 * their names.
 */
#define PIECES	ORDER_ROOT "/proc"
#define NOTHING	"nothing"
#define NONE	"none"
#define RANDOM	"/sys/kernel/random"

/* The kernel's own, as they are. */
static const char * const kept[] = {
	"uptime", "loadavg", "version", "filesystems", NULL,
};
/* Written anew. */
static const char * const ours[] = { "cpuinfo", "meminfo", "stat", "cgroups", "sys", NULL };

static bool is_in(const char * const *list, const char *name)
{
	while (*list && strcmp(*list, name))
		list++;
	return *list;
}

/* As many processors as it can use, as the kernel describes them. */
static void write_cpuinfo(unsigned int cpus)
{
	FILE *from = fopen("/proc/cpuinfo", "re"), *to = fopen(PIECES "/cpuinfo", "we");
	char line[8192];
	unsigned int seen = 0;

	first_die_unless(from && to, "/proc/cpuinfo");
	while (fgets(line, sizeof(line), from)) {
		if (!strncmp(line, "processor", 9) && seen++ == cpus)
			break;
		fputs(line, to);
	}
	fclose(from);
	first_die_unless(!fclose(to), "/proc/cpuinfo");
}

/* Times are those of when it is made: what is used later is seen in the cgroup's own files. */
static void write_stat(unsigned int cpus)
{
	FILE *from = fopen("/proc/stat", "re"), *to = fopen(PIECES "/stat", "we");
	char line[8192];

	first_die_unless(from && to, "/proc/stat");
	while (fgets(line, sizeof(line), from)) {
		if (!strncmp(line, "cpu", 3) && line[3] != ' ' &&
		    strtoul(line + 3, NULL, 10) >= cpus)
			continue;
		if (!strncmp(line, "intr", 4) || !strncmp(line, "softirq", 7))
			continue;
		fputs(line, to);
	}
	fclose(from);
	first_die_unless(!fclose(to), "/proc/stat");
}

static void write_meminfo(const struct first *first)
{
	uint64_t memory = first_need(first, "memory"), all;
	struct sysinfo info;

	first_die_unless(!sysinfo(&info), "memory");
	all = (uint64_t)info.totalram * info.mem_unit;
	memory = (memory && memory < all ? memory : all) >> 10;
	first_write(PIECES "/meminfo",
		    "MemTotal:       %8" PRIu64 " kB\n"
		    "MemFree:        %8" PRIu64 " kB\n"
		    "MemAvailable:   %8" PRIu64 " kB\n"
		    "Buffers:               0 kB\n"
		    "Cached:                0 kB\n"
		    "SwapCached:            0 kB\n"
		    "SwapTotal:             0 kB\n"
		    "SwapFree:              0 kB\n",
		    memory, memory, memory);
}

/*
 * Java believes in its cgroup's limits only where this file has all of these. What the
 * kernel says counts the gateway's.
 */
static void write_cgroups(void)
{
	static const char * const controllers[] = {
		"cpuset", "cpu", "cpuacct", "memory", "pids",
	};
	char text[256] = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n";
	size_t i, len = strlen(text);

	for (i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s\t0\t1\t1\n", controllers[i]);
	first_write(PIECES "/cgroups", "%s", text);
}

/* Numbers that anybody may have, and that nobody may write. */
static void bind_random(void)
{
	int fd = open("/proc" RANDOM, O_PATH | O_CLOEXEC);

	first_die_unless(fd >= 0, "/proc" RANDOM);
	first_make_path(PIECES RANDOM, true);
	first_place(first_clone(fd, MS_RDONLY | PLAIN | MS_NOEXEC, RANDOM),
		    PIECES RANDOM);
	close(fd);
}

void first_make_proc(const struct first *first)
{
	if (first->task.processes)
		return;
	first_make_path(PIECES "/" NOTHING, false);
	first_make_path(PIECES "/" NONE, true);
	first_die_unless(!chmod(PIECES "/" NOTHING, 0) &&
			 !chmod(PIECES "/" NONE, 0), "proc");
	write_cpuinfo(first_cpus(first));
	write_stat(first_cpus(first));
	write_meminfo(first);
	write_cgroups();
	bind_random();
	first_bind(PIECES, "/proc", MS_REC | MS_RDONLY | PLAIN | MS_NOEXEC);
}

/*
 * We are where the pieces are. By mount(), which takes half of what a mount that is nowhere
 * first does: there are many.
 */
static void cover(const struct dirent *entry)
{
	const char *name = entry->d_name, *piece = NOTHING;
	char target[sizeof("/proc/") + NAME_MAX];

	if (is_in(ours, name))
		piece = name;
	else if (entry->d_type == DT_DIR)
		piece = NONE;
	jot_join(target, sizeof(target), "/proc/", name);
	if (mount(piece, target, NULL, MS_BIND | MS_REC, NULL))
		first_die("covering", target);
}

/* What is root's alone the kernel keeps from us, who are nobody there, and may nothing. */
static bool is_for_root(int proc, const char *name)
{
	struct stat st;

	return !fstatat(proc, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode) &&
	       !st.st_uid && !(st.st_mode & 0077);
}

/* Numbers are processes; links lead to them. */
static bool is_covered(int proc, const struct dirent *entry)
{
	const char *name = entry->d_name;

	return *name != '.' && (*name < '0' || *name > '9') &&
	       entry->d_type != DT_LNK && !is_in(kept, name) &&
	       (is_in(ours, name) || !is_for_root(proc, name));
}

void first_mount_proc(const struct first *first)
{
	struct dirent *entry;
	DIR *dir;

	if (first->task.processes) {
		first_mount_new("proc", "/proc", PLAIN | MS_NOEXEC, "subset=pid");
		return;
	}
	first_die_unless(!chdir("/proc"), "/proc");
	first_put(first_new("proc", NULL, PLAIN | MS_NOEXEC, NULL), "/proc");
	dir = opendir("/proc");
	first_die_unless(dir, "/proc");
	while ((entry = readdir(dir)))
		if (is_covered(dirfd(dir), entry))
			cover(entry);
	closedir(dir);
	first_die_unless(!chdir("/"), "root");
}

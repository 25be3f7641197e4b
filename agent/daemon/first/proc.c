// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc: processes of the environment, and of the machine as much as it has of it. The
 * kernel shows all or nothing of what is no process: what is not for a program is
 * covered, also what a module of the kernel has put there.
 */
#include "tree.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* Until it is covered. */
#define PROC	ORDER_ROOT "/proc"
/* In place of them. */
#define OURS	PIECES "/proc"
#define NOTHING	PIECES "/nothing"
#define NONE	PIECES "/none"

/* The kernel's own, as they are. */
static const char * const kept[] = {
	"uptime", "loadavg", "version", "filesystems", NULL,
};
/* Written anew, below OURS. */
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
	FILE *from = fopen("/proc/cpuinfo", "re"), *to = fopen(OURS "/cpuinfo", "we");
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

/* Times are those of now: what is used later is seen in the cgroup's own files. */
static void write_stat(unsigned int cpus)
{
	FILE *from = fopen("/proc/stat", "re"), *to = fopen(OURS "/stat", "we");
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
	first_write(OURS "/meminfo",
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
	first_write(OURS "/cgroups", "%s", text);
}

static void write_ours(const struct first *first)
{
	first_make_path(NOTHING, false);
	first_make_path(NONE, true);
	first_die_unless(!chmod(NOTHING, 0) && !chmod(NONE, 0), "proc");
	first_make_path(OURS "/sys/kernel/random", true);
	write_cpuinfo(first_cpus(first));
	write_stat(first_cpus(first));
	write_meminfo(first);
	write_cgroups();
}

static void cover(const struct dirent *entry)
{
	const char *name = entry->d_name;
	char path[PATH_MAX], source[PATH_MAX];

	snprintf(path, sizeof(path), PROC "/%s", name);
	if (is_in(ours, name))
		snprintf(source, sizeof(source), OURS "/%s", name);
	else
		snprintf(source, sizeof(source), "%s",
			 entry->d_type == DT_DIR ? NONE : NOTHING);
	first_mount(source, path, NULL, MS_BIND | MS_REC, NULL);
}

/* Numbers are processes; links lead to them. */
static bool is_covered(const struct dirent *entry)
{
	const char *name = entry->d_name;

	return *name != '.' && (*name < '0' || *name > '9') &&
	       entry->d_type != DT_LNK && !is_in(kept, name);
}

void first_mount_proc(const struct first *first)
{
	struct dirent *entry;
	DIR *dir;

	write_ours(first);
	first_make_path(PROC, true);
	first_mount("proc", PROC, "proc", PLAIN | MS_NOEXEC, NULL);
	first_mount(PROC "/sys/kernel/random", OURS "/sys/kernel/random", NULL,
		    MS_BIND, NULL);
	first_mount(NULL, OURS "/sys/kernel/random", NULL, MS_REMOUNT | MS_BIND |
		    MS_RDONLY | PLAIN | MS_NOEXEC, NULL);
	dir = opendir(PROC);
	first_die_unless(dir, "/proc");
	while ((entry = readdir(dir)))
		if (is_covered(entry))
			cover(entry);
	closedir(dir);
	first_move(PROC, "/proc");
}

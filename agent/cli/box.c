// SPDX-License-Identifier: GPL-2.0-only
#include "box.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cgroup.h"
#include "devices.h"
#include "disks.h"
#include "sluice.h"

#define LOADED		"/sys/module/sluice"
#define KERNELS		"/lib/modules"
#define CGROUPS		"/sys/fs/cgroup/cgroup.controllers"
#define FILE_MAX	"/proc/sys/fs/file-max"
/* See sluice.task(5). */
#define ENV_FILES	524288
#define GROUP		"sluice"
#define WORD		128

/* The first line of what a command or a file says, without its end; "" for none. */
static const char *first_line(FILE *from, char text[WORD])
{
	if (!from || !fgets(text, WORD, from))
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static const char *said(const char *command, char text[WORD])
{
	FILE *pipe = popen(command, "re");

	first_line(pipe, text);
	if (pipe)
		pclose(pipe);
	return text;
}

static const char *in_file(const char *path, char text[WORD])
{
	FILE *file = fopen(path, "re");

	first_line(file, text);
	if (file)
		fclose(file);
	return text;
}

/*
 * The module
 */

/* What modprobe would load for a kernel: "" for nothing. */
static const char *installed(const char *release, const char *field,
			     char text[WORD])
{
	char command[512];

	/* A name of a folder is not for the shell to read. */
	if (strspn(release, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-_~") !=
	    strlen(release)) {
		text[0] = '\0';
		return text;
	}
	snprintf(command, sizeof(command),
		 "PATH=$PATH:/usr/sbin:/sbin modinfo -k %.200s -F %s sluice 2>/dev/null",
		 release, field);
	return said(command, text);
}

static bool is_kernel(const char *release)
{
	char path[512];

	snprintf(path, sizeof(path), KERNELS "/%.200s/modules.dep", release);
	return *release != '.' && !access(path, F_OK);
}

/* The other kernels of the box: one of them may run after the next boot. */
static void look_at_other_kernels(struct findings *findings, const char *running)
{
	DIR *dir = opendir(KERNELS);
	struct dirent *entry;
	char text[WORD];

	while (dir && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, running) || !is_kernel(entry->d_name))
			continue;
		if (!*installed(entry->d_name, "filename", text))
			found(findings, REMARK, "next boot",
			      "kernel %s has no module sluice: dkms install sluice/%s -k %s",
			      entry->d_name, SLUICE_VERSION, entry->d_name);
	}
	if (dir)
		closedir(dir);
}

void look_at_module(struct findings *findings)
{
	char loaded[WORD], file[WORD], version[WORD];
	struct utsname name;

	uname(&name);
	installed(name.release, "srcversion", file);
	in_file(LOADED "/srcversion", loaded);
	if (access(LOADED, F_OK))
		found(findings, BAD, "module",
		      "not loaded, kernel %s: modprobe sluice; if that does not find it: dkms status sluice",
		      name.release);
	else
		found(findings, GOOD, "module", "loaded, version %s, kernel %s",
		      in_file(LOADED "/version", version), name.release);
	if (!*file)
		found(findings, REMARK, "next boot",
		      "kernel %s has no module sluice installed: dkms install sluice/%s -k %s",
		      name.release, SLUICE_VERSION, name.release);
	else if (*loaded && strcmp(loaded, file))
		found(findings, REMARK, "next boot",
		      "another build of the module is installed than is loaded: version %s, from the next boot on, or with modprobe -r sluice && modprobe sluice when nothing runs",
		      installed(name.release, "version", version));
	look_at_other_kernels(findings, name.release);
}

/*
 * The kernel
 */

void look_at_device(struct findings *findings)
{
	const struct group *group = getgrnam(GROUP);
	struct stat st;

	if (access(SLUICE_DEVICE, R_OK | W_OK))
		found(findings, BAD, "device", SLUICE_DEVICE ": %s%s",
		      strerror(errno), errno == EACCES ?
		      ": be root or in the group " GROUP : "");
	else
		found(findings, GOOD, "device", SLUICE_DEVICE " can be used");
	if (!group)
		found(findings, REMARK, "group",
		      "there is no group " GROUP ", only root can call: systemd-sysusers");
	else if (!stat(SLUICE_DEVICE, &st) && st.st_gid != group->gr_gid)
		found(findings, REMARK, "group",
		      SLUICE_DEVICE " is not of the group " GROUP ", only root can call: udevadm trigger /dev/sluice");
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (; (text = strstr(text, word)); text += len)
		if (text[len] == '\0' || text[len] == ' ')
			return true;
	return false;
}

void look_at_cgroups(struct findings *findings)
{
	static const char * const needed[] = { "memory", "cpu", "pids" };
	char controllers[WORD];
	dev_t disk;
	size_t i;

	if (access(CGROUPS, F_OK)) {
		found(findings, BAD, "cgroup",
		      "no version 2 hierarchy at /sys/fs/cgroup: boot with systemd.unified_cgroup_hierarchy=1");
		return;
	}
	in_file(CGROUPS, controllers);
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!has_word(controllers, needed[i])) {
			found(findings, BAD, "cgroup",
			      "no controller %s: boot without cgroup_disable=%s, and without version 1 of it",
			      needed[i], needed[i]);
			return;
		}
	found(findings, GOOD, "cgroup", "version 2, with memory, cpu and pids");
	if (!has_word(controllers, "io"))
		found(findings, REMARK, "disks",
		      "no controller io: tasks with io in their file get no environment, and disk of [needs] is counted, but nobody is kept to it");
	else if (disks_data(&disk))
		found(findings, REMARK, "disks",
		      "what is below /var/lib/sluice is no disk: disk of [needs] is counted, but nobody is kept to it");
	if (devices_known() == -ENOSYS)
		found(findings, REMARK, "devices",
		      "this kernel knows no eBPF programs for devices of a cgroup: of others there are no nodes in environments, and that is all");
}

/* Which are counted for the whole gateway. */
static void look_at_files(struct findings *findings)
{
	char text[WORD];
	unsigned long long most = strtoull(in_file(FILE_MAX, text), NULL, 10);

	if (*text && most < ENV_FILES)
		found(findings, REMARK, "files",
		      "fs.file-max is %llu, and one process of a task may open %d if its memory allows: then nobody else opens any; sysctl fs.file-max=9223372036854775807, as systemd has it",
		      most, ENV_FILES);
}

void look_at_limits(struct findings *findings)
{
	static const char * const limits[] = {
		"max_user_namespaces", "max_mnt_namespaces",
		"max_pid_namespaces", "max_net_namespaces",
		"max_ipc_namespaces", "max_uts_namespaces",
		"max_cgroup_namespaces",
	};
	char path[64], text[WORD];
	bool good = true;
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		snprintf(path, sizeof(path), "/proc/sys/user/%s", limits[i]);
		if (strcmp(in_file(path, text), "0"))
			continue;
		found(findings, BAD, "limits",
		      "user.%s is 0: no environment can be made; sysctl user.%s=1024, and see /etc/sysctl.d",
		      limits[i], limits[i]);
		good = false;
	}
	if (good)
		found(findings, GOOD, "limits", "namespaces are allowed");
	look_at_files(findings);
}

/* How many programs of a kind are attached to the place of environments. A negative errno. */
static int attached(int place, enum bpf_attach_type type)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)place;
	attr.query.attach_type = type;
	return syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) ? -errno :
	       (int)attr.query.prog_cnt;
}

/*
 * What keeps connections to their peers: the agent's eBPF programs, all or none. And what
 * counts packets, which is another one where they pass.
 */
void look_at_peers(struct findings *findings)
{
	int place = cgroup_open_place(), peers, packets;

	if (place < 0)
		return;
	peers = attached(place, BPF_CGROUP_INET4_CONNECT);
	packets = attached(place, BPF_CGROUP_INET_INGRESS);
	close(place);
	/* Only root may ask. */
	if (peers == -EPERM)
		return;
	if (peers > 0)
		found(findings, GOOD, "peers", "connections are kept to them");
	else
		found(findings, REMARK, "peers",
		      "no task with tcp or udp sockets can run, as nothing would keep them to their peers: the journal of sluiced says why");
	if (packets > (peers > 0))
		found(findings, GOOD, "network", "what environments receive and send is counted");
	else
		found(findings, REMARK, "network",
		      "what environments receive and send is not counted: the journal of sluiced says why");
}

/*
 * What is installed
 */

void look_at_programs(struct findings *findings)
{
	static const char * const programs[] = {
		"/usr/lib/sluice/sluice-init",
	};
	bool good = true;
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (access(programs[i], X_OK)) {
			found(findings, BAD, "programs", "%s: %s", programs[i],
			      strerror(errno));
			good = false;
		}
	if (good)
		found(findings, GOOD, "programs", "those of environments are there");
}

static bool does_not_start(const char *active)
{
	return !strcmp(active, "failed") || !strcmp(active, "activating");
}

void look_at_units(struct findings *findings)
{
	char enabled[WORD], active[WORD], place[WORD];

	if (access("/run/systemd/system", F_OK))
		return;
	said("systemctl is-enabled sluiced 2>/dev/null", enabled);
	said("systemctl is-active sluiced 2>/dev/null", active);
	said("systemctl is-active sluice-environments 2>/dev/null", place);
	if (!*enabled || !strcmp(enabled, "not-found"))
		found(findings, REMARK, "units",
		      "there is no unit sluiced: make install");
	else if (does_not_start(place))
		found(findings, BAD, "units",
		      "sluice-environments does not start: journalctl -u sluice-environments");
	else if (does_not_start(active))
		found(findings, BAD, "units",
		      "sluiced does not start: journalctl -u sluiced");
	else if (strcmp(enabled, "enabled"))
		found(findings, REMARK, "units",
		      "sluiced is %s, and %s: it will not run after the next boot; systemctl enable sluiced",
		      active, enabled);
	else
		found(findings, GOOD, "units", "sluiced is %s and enabled", active);
}

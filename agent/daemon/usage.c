// SPDX-License-Identifier: GPL-2.0-only
#include "usage.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cgroup.h"
#include "envs.h"

#define PROGRAM		"/usr/lib/sluice/bpf/usage.bpf.o"
/* Says that the kernel gave the module BTF: without, kfuncs do not exist. */
#define MODULE_BTF	"/sys/kernel/btf/sluice"
#define BPF_FS		"/sys/fs/bpf"
/* Pinned, so that counting goes on when the agent is killed. */
#define PINS		BPF_FS "/sluice"
#define PIN_LINK	PINS "/usage"

#define POLL_USEC	1000000

struct usage {
	struct bpf_object *object;
	struct bpf_link *link;
	int	slots;
	sd_event_source *timer;
};

static char last_words[ERROR_SIZE];

/* libbpf explains at length; the last line that it says is the reason. */
static int keep_words(enum libbpf_print_level level, const char *format,
		      va_list args)
{
	if (level == LIBBPF_WARN)
		vsnprintf(last_words, sizeof(last_words), format, args);
	return 0;
}

static int failed(const char *what)
{
	int err = errno ? -errno : -EIO;

	last_words[strcspn(last_words, "\n")] = '\0';
	say_warning("eBPF: %s: %s %s; how long environments wait for a CPU is not counted",
		    what, strerror(-err), last_words);
	return err;
}

static void pin(struct usage *usage)
{
	struct statfs fs;

	if (statfs(BPF_FS, &fs) || fs.f_type != BPF_FS_MAGIC)
		return;
	mkdir(PINS, 0700);
	if (bpf_link__pin(usage->link, PIN_LINK))
		say_info("eBPF: the program is not pinned: waiting for a CPU is not counted while no agent runs");
}

static int load(struct usage *usage)
{
	struct bpf_program *program;

	/* An earlier agent's: ours takes its place. */
	unlink(PIN_LINK);
	usage->object = bpf_object__open_file(PROGRAM, NULL);
	if (!usage->object)
		return failed("opening " PROGRAM);
	if (bpf_object__load(usage->object))
		return failed("loading " PROGRAM);
	program = bpf_object__find_program_by_name(usage->object, "env_usage");
	usage->link = program ? bpf_program__attach(program) : NULL;
	if (!usage->link)
		return failed("attaching to sched_switch");
	usage->slots = bpf_object__find_map_fd_by_name(usage->object,
						       "env_slots");
	if (usage->slots < 0)
		return failed("map env_slots");
	pin(usage);
	return 0;
}

static void unload(struct usage *usage)
{
	bpf_link__destroy(usage->link);
	bpf_object__close(usage->object);
	usage->link = NULL;
	usage->object = NULL;
	usage->slots = -1;
}

static void bring(struct agent *agent, uint32_t id, void *arg)
{
	int fd = cgroup_open(agent, id);
	struct nl_msg *msg;
	uint32_t pids;

	(void)arg;
	if (fd < 0)
		return;
	if (!cgroup_pids(fd, &pids)) {
		msg = snl_request(agent->control, SLUICE_CMD_ENV_SET, false);
		if (msg) {
			nla_put_u32(msg, SLUICE_A_ENV_ID, id);
			nla_put_u32(msg, SLUICE_A_ENV_PIDS, pids);
		}
		/* It may have ended meanwhile. */
		snl_send(agent->control, msg, NULL, NULL);
	}
	close(fd);
}

static int poll_usage(sd_event_source *source, uint64_t now, void *userdata)
{
	struct agent *agent = userdata;

	envs_each(agent, bring, NULL);
	sd_event_source_set_time(source, now + POLL_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int usage_start(struct agent *agent)
{
	struct usage *usage = calloc(1, sizeof(*usage));

	if (!usage)
		return -ENOMEM;
	agent->usage = usage;
	usage->slots = -1;
	libbpf_set_print(keep_words);
	if (access(MODULE_BTF, F_OK))
		say_info("this kernel gives the module no BTF: how long environments wait for a CPU is not counted");
	else if (load(usage))
		unload(usage);
	return sd_event_add_time_relative(agent->event, &usage->timer,
					  CLOCK_MONOTONIC, POLL_USEC, 0,
					  poll_usage, agent);
}

void usage_stop(struct agent *agent)
{
	struct usage *usage = agent->usage;

	if (!usage)
		return;
	/* The pinned program would keep the module. */
	unlink(PIN_LINK);
	rmdir(PINS);
	unload(usage);
	sd_event_source_unref(usage->timer);
	free(usage);
	agent->usage = NULL;
}

bool usage_is_ebpf(const struct agent *agent)
{
	return agent->usage && agent->usage->slots >= 0;
}

void usage_add(struct agent *agent, uint64_t cgroup, uint32_t slot)
{
	if (usage_is_ebpf(agent) &&
	    bpf_map_update_elem(agent->usage->slots, &cgroup, &slot, BPF_ANY))
		say_warning("eBPF: cannot count for slot %u: %s", slot,
			    strerror(errno));
}

void usage_remove(struct agent *agent, uint64_t cgroup)
{
	if (usage_is_ebpf(agent))
		bpf_map_delete_elem(agent->usage->slots, &cgroup);
}

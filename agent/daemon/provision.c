// SPDX-License-Identifier: GPL-2.0-only
#include "provision.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "sandbox.h"
#include "sockets.h"
#include "tasks.h"
#include "usage.h"

#define NAMESPACES	(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |	\
			 CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

/**
 * struct provision - an environment in the making
 * @pid: its first process
 * @cgroup: its cgroup, open
 * @cpu: what its task may use, in thousandths of a CPU
 * @door: the file of /dev/sluice that becomes its door
 * @status: from the first process, see sandbox.h
 * @go: to the first process
 * @attached: it has its user and its door: from here on the module watches it
 * @error: what it said before it died
 * @lacked: it said that the gateway is short of something
 *
 * How long it may take is the module's to say (the task's start-timeout): then the
 * environment is not wanted any more.
 */
struct provision {
	struct agent *agent;
	struct env *env;
	pid_t	pid;
	int	cgroup;
	uint64_t cpu;
	int	door;
	int	status;
	int	go;
	bool	attached;
	char	error[ERROR_SIZE];
	size_t	error_len;
	bool	lacked;
	sd_event_source *reader;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void finish(struct provision *provision)
{
	sd_event_source_disable_unref(provision->reader);
	close_fd(&provision->cgroup);
	close_fd(&provision->door);
	close_fd(&provision->status);
	close_fd(&provision->go);
	provision->env->provision = NULL;
	free(provision);
}

/*
 * Is it the gateway that is short of files, memory or processes? A negative errno of
 * what the agent itself does: nothing of it is limited by the task.
 */
static bool gateway_lacks(int err)
{
	return err == -ENFILE || err == -EMFILE || err == -ENOMEM ||
	       err == -ENOBUFS || err == -EAGAIN || err == -ENOSPC;
}

/* What was made so far goes; the module clears up when it hears. */
static void fail(struct provision *provision, const char *why, bool lacked)
{
	struct agent *agent = provision->agent;
	struct env *env = provision->env;

	cgroup_kill(agent, env->id);
	envs_failed(agent, env, why, lacked);
	finish(provision);
}

void provision_cancel(struct env *env)
{
	struct provision *provision = env->provision;

	if (!provision)
		return;
	cgroup_kill(provision->agent, env->id);
	finish(provision);
}

static int write_map(pid_t pid, const char *which, uint32_t outside)
{
	char path[64];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, which);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (dprintf(fd, "%d %u 1\n", SANDBOX_UID, outside) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* No two living environments share a user. */
static uint32_t env_uid(const struct agent *agent, const struct env *env)
{
	return agent->conf.uid_base + env->slot;
}

/* It waits for its user and its door. */
static int attach(struct provision *provision)
{
	uint32_t uid = env_uid(provision->agent, provision->env);
	struct sluice_attach attach = {
		.size = sizeof(attach),
		.env = provision->env->id,
		.cgroup_fd = provision->cgroup,
		.pid = provision->pid,
	};
	int ret = write_map(provision->pid, "uid_map", uid);

	if (!ret)
		ret = write_map(provision->pid, "gid_map", uid);
	/* The place was made at full speed; the task gets what it asked for. */
	if (!ret)
		ret = cgroup_limit_cpu(provision->cgroup, provision->cpu);
	if (!ret && ioctl(provision->door, SLUICE_IOC_ATTACH, &attach))
		ret = -errno;
	if (ret)
		return ret;
	provision->attached = true;
	usage_add(provision->agent, provision->env->cgroup,
		  provision->env->slot);
	return write(provision->go, "g", 1) == 1 ? 0 : -errno;
}

static void handle_text(struct provision *provision, const char *text,
			size_t len)
{
	char why[ERROR_SIZE];
	int ret;

	if (len && *text == SANDBOX_MAP) {
		ret = attach(provision);
		if (ret) {
			snprintf(why, sizeof(why), "attaching: %s",
				 strerror(-ret));
			fail(provision, why, gateway_lacks(ret));
			return;
		}
		text++;
		len--;
	}
	if (len && *text == SANDBOX_LACKED) {
		provision->lacked = true;
		text++;
		len--;
	}
	if (len > sizeof(provision->error) - 1 - provision->error_len)
		len = sizeof(provision->error) - 1 - provision->error_len;
	memcpy(provision->error + provision->error_len, text, len);
	provision->error_len += len;
}

/* Nobody holds the other end any more: sluice-init runs, or all is over. */
static void handle_end(struct provision *provision)
{
	if (provision->error_len)
		fail(provision, provision->error, provision->lacked);
	else if (!provision->attached)
		fail(provision, "its first process died", false);
	else
		finish(provision);
}

static int heard(sd_event_source *source, int fd, uint32_t events,
		 void *userdata)
{
	struct provision *provision = userdata;
	char text[ERROR_SIZE];
	ssize_t n = read(fd, text, sizeof(text));

	(void)source;
	(void)events;
	if (n > 0)
		handle_text(provision, text, (size_t)n);
	else if (!n || (errno != EAGAIN && errno != EINTR))
		handle_end(provision);
	return 0;
}

/* Reap it, whenever that is. */
static int ended(sd_event_source *source, const siginfo_t *info,
		 void *userdata)
{
	(void)info;
	(void)userdata;
	sd_event_source_unref(source);
	return 0;
}

static pid_t fork_into(int cgroup)
{
	struct clone_args args = {
		.flags = NAMESPACES | CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static int peer_closed(sd_event_source *source, int fd, uint32_t events,
		       void *userdata)
{
	struct agent *agent = userdata;
	struct env *env;
	size_t i;

	(void)fd;
	(void)events;
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	for (env = agent->envs; env; env = env->next)
		for (i = 0; i < TASKFILE_ITEMS; i++)
			if (env->watches[i] == source) {
				say_info("environment %u of %s: a device closed its connection",
					 env->id, env->task);
				envs_delete(agent, env->id);
				return 0;
			}
	return 0;
}

/*
 * A connection that its device closes is of no use to later calls: they get a
 * new environment with a new one. The event source keeps our copy of the socket.
 */
static void watch_sockets(struct agent *agent, struct env *env,
			  const struct taskfile *task, int *sockets)
{
	size_t i;

	for (i = 0; i < task->sockets_count; i++) {
		if (!sockets_connected(&task->sockets[i]))
			continue;
		if (sd_event_add_io(agent->event, &env->watches[i], sockets[i],
				    EPOLLRDHUP | EPOLLHUP | EPOLLERR,
				    peer_closed, agent) < 0)
			continue;
		sd_event_source_set_io_fd_own(env->watches[i], true);
		sockets[i] = -1;
	}
}

static int make(struct provision *provision, const struct taskfile *task,
		char error[ERROR_SIZE])
{
	struct agent *agent = provision->agent;
	struct env *env = provision->env;
	struct sandbox sandbox = { .task = task, .init = agent->init,
				   .uid = env_uid(agent, env) };
	int status[2] = { -1, -1 }, go[2] = { -1, -1 }, ret;

	ret = sockets_open(task, sandbox.sockets, error);
	if (ret)
		return ret;
	provision->door = open(SLUICE_DEVICE, O_RDWR | O_CLOEXEC);
	if (provision->door < 0 || pipe2(status, O_CLOEXEC | O_NONBLOCK) ||
	    pipe2(go, O_CLOEXEC)) {
		ret = -errno;
		snprintf(error, ERROR_SIZE, "%s: %s",
			 provision->door < 0 ? SLUICE_DEVICE : "pipe",
			 strerror(errno));
	} else {
		sandbox.door = provision->door;
		sandbox.status = status[1];
		sandbox.go = go[0];
		provision->pid = fork_into(provision->cgroup);
		if (!provision->pid) {
			close(status[0]);
			close(go[1]);
			sandbox_enter(&sandbox);
		}
		if (provision->pid < 0) {
			ret = -errno;
			snprintf(error, ERROR_SIZE, "clone3: %s",
				 strerror(errno));
		}
	}
	close_fd(&status[1]);
	close_fd(&go[0]);
	provision->status = status[0];
	provision->go = go[1];
	if (!ret)
		watch_sockets(agent, env, task, sandbox.sockets);
	sockets_close(task, sandbox.sockets);
	return ret;
}

static int listen_to(struct provision *provision)
{
	sd_event *event = provision->agent->event;
	int ret;

	ret = sd_event_add_child(event, NULL, provision->pid, WEXITED, ended,
				 NULL);
	if (ret >= 0)
		ret = sd_event_add_io(event, &provision->reader,
				      provision->status, EPOLLIN, heard,
				      provision);
	return ret < 0 ? ret : 0;
}

void provision_start(struct agent *agent, struct env *env)
{
	const struct taskfile *task = tasks_find(agent, env->task);
	struct provision *provision;
	char error[ERROR_SIZE] = "";
	int ret;

	provision = calloc(1, sizeof(*provision));
	if (!provision || !task) {
		snprintf(error, sizeof(error), "%s",
			 task ? "the agent has no memory" :
			 "the agent has no task file of that name");
		envs_failed(agent, env, error, task);
		free(provision);
		return;
	}
	*provision = (struct provision){
		.agent = agent, .env = env, .door = -1, .status = -1, .go = -1,
		.cpu = taskfile_need(task, "cpu"),
	};
	env->provision = provision;
	provision->cgroup = cgroup_make(agent, env->id, task, error);
	ret = provision->cgroup < 0 ? provision->cgroup :
				      make(provision, task, error);
	if (ret) {
		fail(provision, error, gateway_lacks(ret));
		return;
	}
	env->cgroup = cgroup_id(provision->cgroup);
	tasks_sign(agent, env->task, provision->cgroup);
	if (listen_to(provision))
		fail(provision, "the agent's event loop is full", true);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A second process with our memory and our files. It keeps what we may and goes to the
 * gateway when we are wanted, by when we are what our task may be: a third of all that
 * making an environment takes (the filter most of it) is done before anybody waits. It ends
 * before there is a program.
 *
 * Only one of the two runs at a time, on what is one memory down to errno: it waits until we
 * have become that, and we for its end.
 */
#include "first.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* It reads text files of the gateway by buffers of its own. */
#define STACK	(256UL << 10)

static struct {
	struct first *first;
	void	(*errand)(struct first *first);
	void	*stack;
	pid_t	pid;
	/* We are what we are to be. */
	atomic_uint may_go;
	bool	done;
} messenger;

/*
 * What it does to itself is not done to us: a working folder is ours to enter, and so is a
 * network; without a user namespace of the task's the agent has yet to map our user.
 */
bool first_can_send(const struct first *first)
{
	return first->begun && first->user && !first->task.directory &&
	       !first_has_bus(&first->task);
}

static int go(void *arg)
{
	(void)arg;
	while (!messenger.may_go)
		syscall(SYS_futex, &messenger.may_go, FUTEX_WAIT_PRIVATE, 0, NULL);
	messenger.errand(messenger.first);
	messenger.done = true;
	_exit(0);
}

void first_send_messenger(struct first *first, void (*errand)(struct first *first))
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	first_die_unless(stack != MAP_FAILED, "memory");
	first->sent = true;
	messenger.first = first;
	messenger.errand = errand;
	messenger.stack = stack;
	messenger.pid = clone(go, stack + STACK, CLONE_VM | CLONE_FILES, NULL);
	first_die_unless(messenger.pid > 0, "messenger");
}

void first_await_messenger(void)
{
	messenger.may_go = 1;
	syscall(SYS_futex, &messenger.may_go, FUTEX_WAKE_PRIVATE, 1);
	while (waitpid(messenger.pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	/* It has said why not. */
	if (!messenger.done)
		_exit(1);
	munmap(messenger.stack, STACK);
}

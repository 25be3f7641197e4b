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
#include "tree.h"

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
/* Nobody's, below it: one page of the largest that there are. */
#define GUARD	(64UL << 10)

/* Memory from elsewhere would take tables of pages of its own. */
static char stack[GUARD + STACK] __attribute__((aligned(GUARD)));

/* At the begin of its stack, whose alignment that is. */
struct messenger {
	struct first *first;
	void	(*errand)(struct first *first);
	pid_t	pid;
	/* We are what we are to be. */
	atomic_uint may_go;
	bool	done;
} __attribute__((aligned(16)));

static struct messenger *ours(void)
{
	return (struct messenger *)(stack + sizeof(stack)) - 1;
}

/*
 * What it does to itself is not done to us: a working folder is ours to enter, and so is the
 * network of a bus; without a user namespace of the task's the agent has yet to map our
 * user. Peers on the gateway are told who connects to them, which is to be who stays. And
 * what a task keeps takes processes of its own, for which there may be no room beside two.
 */
bool first_can_send(const struct first *first)
{
	return first->begun && first->user && !first->task.directory &&
	       !first_keeps(first) &&
	       !first_has_socket(&first->task, FIRST_BUS) &&
	       !first_has_socket(&first->task, FIRST_LOCAL);
}

static int go(void *arg)
{
	struct messenger *messenger = arg;

	while (!messenger->may_go)
		syscall(SYS_futex, &messenger->may_go, FUTEX_WAIT_PRIVATE, 0, NULL);
	messenger->errand(messenger->first);
	messenger->done = true;
	_exit(0);
}

void first_have_messengers(void)
{
	first_die_unless(!mprotect(stack, GUARD, PROT_NONE), "memory");
}

void first_send_messenger(struct first *first, void (*errand)(struct first *first))
{
	struct messenger *messenger = ours();

	first->sent = true;
	messenger->first = first;
	messenger->errand = errand;
	messenger->pid = clone(go, messenger, CLONE_VM | CLONE_FILES, messenger);
	first_die_unless(messenger->pid > 0, "messenger");
}

void first_await_messenger(void)
{
	struct messenger *messenger = ours();

	messenger->may_go = 1;
	syscall(SYS_futex, &messenger->may_go, FUTEX_WAKE_PRIVATE, 1);
	while (waitpid(messenger->pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	/* It has said why not. */
	if (!messenger->done)
		_exit(1);
	madvise(stack + GUARD, STACK, MADV_DONTNEED);
}

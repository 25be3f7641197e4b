// SPDX-License-Identifier: GPL-2.0-only
/* sluice-init WAY NUMBER [ENV | WORD...], with the files that order.h numbers. */
#include "first.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void read_order(struct first *first, char **argv)
{
	int ret = order_read(ORDER_FD, &first->task);
	uint64_t uid, env = 0;

	first->way = argv[1];
	if (!order_number(argv[2], &uid))
		ret = -EBADMSG;
	first->uid = (uid_t)uid;
	first->words = argv + 3;
	first->visit = strcmp(first->way, ORDER_WAY_MAKE);
	/* Before there are files of ours, which may have these numbers. */
	first->tree = fcntl(ORDER_FD_TREE, F_GETFD) >= 0;
	first->among = first->tree;
	first->user = fcntl(ORDER_FD_USER, F_GETFD) >= 0;
	first->look = !strcmp(first->way, ORDER_WAY_LOOK);
	if (!first->visit && argv[3] && !order_number(argv[3], &env))
		ret = -EBADMSG;
	first->env = (uint32_t)env;
	errno = -ret;
	first_die_unless(!ret, "order");
}

static void be_alone(const struct first *first)
{
	/* Half-made, we are of no use to the next agent. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	first_die_unless(!sethostname(first->task.name,
				      strlen(first->task.name)), "host name");
}

/* And wait until the agent has it. */
static void make_tree(const struct first *first)
{
	const char ready = ORDER_READY;
	const char *made;
	char end;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	made = first_made_of(first);
	first_die_unless(write(ORDER_FD_MADE, made, strlen(made)) ==
			 (ssize_t)strlen(made), "notes");
	first_watch_layers(first);
	first_make_tree(first);
	first_make_user(first);
	first_die_unless(write(ORDER_FD_STATUS, &ready, 1) == 1, "status");
	_exit(read(ORDER_FD_GO, &end, 1) != 0);
}

/* What it has of the task's at this moment, files last. */
static void fetch_from_gateway(struct first *first)
{
	first_open_log(first);
	if (first->look)
		first_look_at_sockets(first);
	else
		first_open_sockets(first);
	first_prepare_buses(first);
	first_return_to_network(first);
	first_open_buses(first);
	/* Else it has them already. */
	if (first->task.environment_files_count)
		first_read_variables(first);
	first_open_root(first);
}

/* All that takes more than the task may, with what is the gateway's at this moment. */
static void make_the_rest(struct first *first)
{
	first_visit_gateway(first);
	fetch_from_gateway(first);
	first_return_to_files(first);
	first_make_root(first);
}

/* From here on it may what its task may. */
static void confine(const struct first *first)
{
	first_be_user();
	first_drop_privileges();
	first_limit_files(first);
	first_load_filter(first->task.filter_log);
}

static void go_for_it(struct first *first)
{
	first_wait_until_wanted();
	make_the_rest(first);
	first_be_attached();
}

/* What we are to become we are before we are wanted, and a messenger makes the rest then. */
static void send_messenger(struct first *first)
{
	first_send_messenger(first, go_for_it);
	first_enter_user(first);
	confine(first);
	first_await_messenger();
}

/* Step by step, each when it is its time. */
static void go_yourself(struct first *first)
{
	make_the_rest(first);
	first_enter_user(first);
	first_be_attached();
	confine(first);
}

/* What is not asked for yet has time to go there and back. */
static void go_ahead(struct first *first)
{
	first_go_ahead(first);
	if (first_can_send(first)) {
		send_messenger(first);
		return;
	}
	first_wait_until_wanted();
	go_yourself(first);
}

int main(int argc, char **argv)
{
	/* Most write the first page of it alone. */
	static struct first first __attribute__((aligned(4096)));
	/* On the stack, which each copy writes anyway. */
	struct first_words words;

	if (argc < 3)
		return 2;
	first_forget();
	first_have_messengers();
	if (!strcmp(argv[1], ORDER_WAY_ZYGOTE)) {
		first_be_zygote(&words);
		argv = words.argv;
	}
	first_forget_keys();
	if (!strcmp(argv[1], ORDER_WAY_ENTER))
		first_enter(atoi(argv[2]), argv + 3);
	prctl(PR_SET_NAME, "sluice-init");
	read_order(&first, argv);
	if (!strcmp(first.way, ORDER_WAY_TREE))
		make_tree(&first);
	first_be_killed_at(first_score(&first.task));
	be_alone(&first);
	first_note_gateway();
	first_leave_gateway(&first);
	if (!first.task.environment_files_count)
		first_read_variables(&first);
	if (first_is_wanted(&first))
		go_yourself(&first);
	else
		go_ahead(&first);
	first_arrange_files(&first);
	first_run(&first);
}

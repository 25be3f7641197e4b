// SPDX-License-Identifier: GPL-2.0-only
/*
 * holder FILE: has what only one may have, and lets go of it only when it is asked
 * to. Writes a line into FILE for each. Of either kind.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sluice.h>
#include <unistd.h>

static int file;
static volatile sig_atomic_t holds;

static void say(const char *word)
{
	if (write(file, word, strlen(word)) < 0)
		_exit(1);
}

static void let_go(int number)
{
	(void)number;
	/* A device takes its time. */
	usleep(100000);
	if (holds)
		say("released\n");
	_exit(1);
}

static int hold(struct sluice_work *work, void *user)
{
	sigset_t asked;

	(void)work;
	(void)user;
	sigemptyset(&asked);
	sigaddset(&asked, SIGTERM);
	sigprocmask(SIG_BLOCK, &asked, NULL);
	say("taken\n");
	holds = 1;
	sigprocmask(SIG_UNBLOCK, &asked, NULL);
	while (pause() < 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	file = argc == 2 ? open(argv[1], O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
	if (file < 0)
		return 1;
	signal(SIGTERM, let_go);
	if (getenv("SLUICE_DOOR"))
		return -sluice_serve(hold, NULL);
	return hold(NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
// build: lib/count.c lib/series.c -Ilib -D_GNU_SOURCE
/*
 * usage: switch WAY NAME COUNT CGROUP CGROUP
 * A byte through a pipe and back between a process in each of these cgroups (which may be the
 * same): little but switches from one to the other.
 */
#include "series.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

struct ends {
	int	to;
	int	from;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void enter(const char *cgroup)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		die(path);
	close(fd);
}

static void echo(const struct ends *ends, const char *cgroup)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	enter(cgroup);
	while (read(ends->from, &byte, 1) == 1 && write(ends->to, &byte, 1) == 1)
		;
	_exit(0);
}

static void once(void *arg)
{
	const struct ends *ends = arg;
	char byte = 'x';

	if (write(ends->to, &byte, 1) != 1 || read(ends->from, &byte, 1) != 1)
		die("byte");
}

int main(int argc, char **argv)
{
	int there[2], back[2];
	struct ends ends, other;
	unsigned int i;

	if (argc != 6) {
		fprintf(stderr, "usage: switch WAY NAME COUNT CGROUP CGROUP\n");
		return 2;
	}
	if (pipe(there) || pipe(back))
		die("pipe");
	ends = (struct ends){ .to = there[1], .from = back[0] };
	other = (struct ends){ .to = back[1], .from = there[0] };
	if (!fork())
		echo(&other, argv[5]);
	enter(argv[4]);
	for (i = 0; i < 100; i++)
		once(&ends);
	series(argv[1], argv[2], once, &ends, (unsigned int)atoi(argv[3]));
	return 0;
}

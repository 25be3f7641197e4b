// SPDX-License-Identifier: GPL-2.0-only
/*
 * plc PORT FILE: a device that is reached by TCP. It answers each line with the same
 * line, and writes one into FILE for each connection that it takes. Asked by SIGUSR1
 * it closes all connections.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS	32

static struct pollfd fds[CONNECTIONS + 1];
static volatile sig_atomic_t asked;

static void ask(int number)
{
	(void)number;
	asked = 1;
}

static void close_all(void)
{
	int i;

	for (i = 1; i <= CONNECTIONS; i++) {
		if (fds[i].fd >= 0)
			close(fds[i].fd);
		fds[i].fd = -1;
	}
	asked = 0;
}

static void take(int file)
{
	int i, fd = accept4(fds[0].fd, NULL, NULL, SOCK_CLOEXEC);

	for (i = 1; i <= CONNECTIONS && fds[i].fd >= 0; i++)
		;
	if (fd < 0)
		return;
	if (i > CONNECTIONS) {
		close(fd);
		return;
	}
	fds[i].fd = fd;
	fds[i].events = POLLIN;
	if (write(file, "taken\n", 6) != 6)
		_exit(1);
}

static void answer(struct pollfd *at)
{
	char text[256];
	ssize_t n = read(at->fd, text, sizeof(text));

	if (n > 0 && write(at->fd, text, (size_t)n) == n)
		return;
	close(at->fd);
	at->fd = -1;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct sigaction action = { .sa_handler = ask };
	sigset_t usr1, none;
	int one = 1, file, i;

	if (argc != 3)
		return 2;
	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	sigaction(SIGUSR1, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i <= CONNECTIONS; i++)
		fds[i].fd = -1;
	file = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	address.sin_port = htons((in_port_t)atoi(argv[1]));
	address.sin_addr.s_addr = htonl(INADDR_ANY);
	fds[0].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fds[0].events = POLLIN;
	if (file < 0 || fds[0].fd < 0 ||
	    setsockopt(fds[0].fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fds[0].fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fds[0].fd, 16))
		return 1;
	for (;;) {
		if (ppoll(fds, CONNECTIONS + 1, NULL, &none) < 0 &&
		    errno != EINTR)
			return 1;
		if (asked) {
			close_all();
			continue;
		}
		for (i = 1; i <= CONNECTIONS; i++)
			if (fds[i].fd >= 0 && fds[i].revents)
				answer(&fds[i]);
		if (fds[0].revents)
			take(file);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * steal PID: takes what netlink has for a process, which never hears of it, and says how
 * many messages that were. It tells the process nothing: no message is late, and none is
 * counted as lost.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int steal(int process, int number)
{
	static char buffer[1 << 16];
	int fd = (int)syscall(SYS_pidfd_getfd, process, number, 0);
	int domain = 0, count = 0;
	socklen_t len = sizeof(domain);

	if (fd < 0)
		return 0;
	if (!getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) &&
	    domain == AF_NETLINK)
		while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
			count++;
	close(fd);
	return count;
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	char path[64];
	int process, count = 0;
	DIR *dir;

	if (argc != 2)
		return 2;
	process = (int)syscall(SYS_pidfd_open, atoi(argv[1]), 0);
	snprintf(path, sizeof(path), "/proc/%d/fd", atoi(argv[1]));
	dir = opendir(path);
	if (process < 0 || !dir) {
		perror(argv[1]);
		return 1;
	}
	while ((entry = readdir(dir)))
		if (*entry->d_name != '.')
			count += steal(process, atoi(entry->d_name));
	closedir(dir);
	printf("%d\n", count);
	return 0;
}

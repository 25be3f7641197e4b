// SPDX-License-Identifier: GPL-2.0-only
#include "buses.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cgroup.h"

void buses_of(const struct taskfile *task, char text[BUSES_SIZE])
{
	const struct taskfile_socket *socket;
	size_t i, len = 0;

	text[0] = '\0';
	for (i = 0; i < task->sockets_count; i++) {
		socket = &task->sockets[i];
		if (socket->moved)
			len += (size_t)snprintf(text + len, BUSES_SIZE - len, "/%s",
						socket->address + strlen("can:"));
	}
}

void buses_noted(int place, uint32_t id, char text[BUSES_SIZE])
{
	int fd = cgroup_open(place, id);
	char note[CGROUP_NOTE_SIZE];
	const char *at;

	text[0] = '\0';
	if (fd < 0)
		return;
	at = cgroup_noted(fd, note) ? NULL : strstr(note, BUSES_NOTE "/");
	if (at) {
		at += strlen(BUSES_NOTE);
		snprintf(text, BUSES_SIZE, "%.*s", (int)strcspn(at, " "), at);
	}
	close(fd);
}

/* "/a/b": each ends where the next begins. */
static bool has(const char *text, const char *name, size_t len)
{
	for (; *text == '/'; text += strcspn(text, "/ ")) {
		text++;
		if (strcspn(text, "/ ") == len && !strncmp(text, name, len))
			return true;
	}
	return false;
}

bool buses_meet(const char *these, const char *those)
{
	size_t len;

	for (; *these == '/'; these += len) {
		len = strcspn(++these, "/ ");
		if (has(those, these, len))
			return true;
	}
	return false;
}

static bool is_back(int network, const char *name, size_t len)
{
	struct ifreq request = { 0 };

	memcpy(request.ifr_name, name, len);
	if (ioctl(network, SIOCGIFFLAGS, &request))
		return false;
	if (request.ifr_flags & IFF_UP)
		return true;
	request.ifr_flags |= IFF_UP;
	ioctl(network, SIOCSIFFLAGS, &request);
	return true;
}

bool buses_are_back(const char *text)
{
	int network = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool back = network >= 0;
	size_t len;

	for (; back && *text == '/'; text += len) {
		len = strcspn(++text, "/ ");
		back = len < IFNAMSIZ && is_back(network, text, len);
	}
	if (network >= 0)
		close(network);
	return back;
}

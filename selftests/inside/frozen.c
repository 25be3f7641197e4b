// SPDX-License-Identifier: GPL-2.0-only
/*
 * frozen DIR: a file system, mounted there, that is asked and never answers, as one of a
 * server that is out of reach. Says when it is mounted; ended, it fails all who wait.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char request[1 << 17];

static void answer(int fd, const void *data, size_t size)
{
	const struct fuse_in_header *in = (void *)request;
	struct fuse_out_header out = {
		.len = (uint32_t)(sizeof(out) + size), .unique = in->unique,
	};
	struct iovec iov[] = {
		{ &out, sizeof(out) }, { (void *)data, size },
	};

	if (writev(fd, iov, 2) < 0)
		perror("answering");
}

/* How they talk, and that there is a folder; of what is in it nothing is said. */
static void handle(int fd)
{
	const struct fuse_in_header *in = (void *)request;
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096,
	};
	struct fuse_attr_out attr = {
		.attr_valid = 3600,
		.attr = { .ino = FUSE_ROOT_ID, .mode = S_IFDIR | 0755,
			  .nlink = 2 },
	};

	if (in->opcode == FUSE_INIT)
		answer(fd, &init, sizeof(init));
	else if (in->opcode == FUSE_GETATTR)
		answer(fd, &attr, sizeof(attr));
}

int main(int argc, char **argv)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[96];

	if (argc != 2)
		return 2;
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd);
	if (fd < 0 || mount("frozen", argv[1], "fuse", MS_NOSUID | MS_NODEV, options)) {
		perror(argv[1]);
		return 1;
	}
	puts("mounted");
	fflush(stdout);
	while (read(fd, request, sizeof(request)) > 0 || errno == EINTR ||
	       errno == ENOENT)
		handle(fd);
	return 0;
}

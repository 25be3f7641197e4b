// SPDX-License-Identifier: GPL-2.0-only
/*
 * A layer that is the image of a file system. Where its digest is given it is what that
 * says, or is not mounted.
 */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fsverity.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop.h"

/* Which images were looked at already: files without content, with a name that says so. */
#define SEEN	"/run/sluice/images"
#define SEEN_NAME 192

/*
 * Where its file system can, the file is made one whose content cannot change any more,
 * and is looked at by the kernel at each read. Else it can be changed after we looked.
 */
static void seal(int file)
{
	struct fsverity_enable_arg enable = {
		.version = 1, .hash_algorithm = FS_VERITY_HASH_ALG_SHA256,
		.block_size = 4096,
	};

	ioctl(file, FS_IOC_ENABLE_VERITY, &enable);
}

static void digest_of(int file, const char *source, char hex[TASKFILE_DIGEST + 1])
{
	static uint8_t data[1 << 16];
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha256;
	off_t at = 0;
	ssize_t n;
	size_t i;

	sha256_init(&sha256);
	while ((n = pread(file, data, sizeof(data), at)) > 0) {
		sha256_update(&sha256, (size_t)n, data);
		at += n;
	}
	if (n)
		first_die("layer", source);
	sha256_digest(&sha256, sizeof(digest), digest);
	for (i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* Of that file as it is: whatever is done to it, its time of change is another then. */
static void seen_name(const struct stat *st, const char *digest,
		      char name[SEEN_NAME])
{
	snprintf(name, SEEN_NAME, SEEN "/%jx.%jx.%jx.%jx.%lx.%s",
		 (uintmax_t)st->st_dev, (uintmax_t)st->st_ino,
		 (uintmax_t)st->st_size, (uintmax_t)st->st_ctim.tv_sec,
		 (unsigned long)st->st_ctim.tv_nsec, digest);
}

/* Who only looks changes nothing. */
static bool check_digest(const struct first *first, int file,
			 const struct taskfile_layer *layer)
{
	char name[SEEN_NAME], hex[TASKFILE_DIGEST + 1];
	struct stat st;
	int fd;

	if (fstat(file, &st))
		first_die("layer", layer->source);
	seen_name(&st, layer->digest, name);
	if (!access(name, F_OK))
		return true;
	if (!first->look)
		seal(file);
	/* Of the file as it is from here on. */
	if (fstat(file, &st))
		first_die("layer", layer->source);
	digest_of(file, layer->source, hex);
	if (strcmp(hex, layer->digest)) {
		first_refuse(first, "layer %s: its digest is sha256:%s, expected sha256:%s",
			     layer->source, hex, layer->digest);
		return false;
	}
	seen_name(&st, layer->digest, name);
	if (first->look)
		return true;
	mkdir(SEEN, 0700);
	fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return true;
}

static const char *type_of(int file)
{
	static const struct {
		const char *type;
		off_t at;
		const char magic[5];
	} types[] = {
		{ "squashfs", 0, "hsqs" }, { "erofs", 1024, "\xe2\xe1\xf5\xe0" },
	};
	char magic[4];
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (pread(file, magic, sizeof(magic), types[i].at) ==
		    sizeof(magic) &&
		    !memcmp(magic, types[i].magic, sizeof(magic)))
			return types[i].type;
	return NULL;
}

bool first_mount_image(const struct first *first, int file,
		       const struct taskfile_layer *layer, const char *target)
{
	char device_path[LOOP_PATH], what[32];
	const char *type = type_of(file);
	bool good = true;
	int device;

	if (!type) {
		first_refuse(first, "layer %s: expected a directory, or an image of squashfs or erofs",
			     layer->source);
		return false;
	}
	/* Not everywhere files can be locked: then one may get two devices. */
	flock(file, LOCK_EX);
	if (*layer->digest && !check_digest(first, file, layer))
		return false;
	device = loop_get(file, false, device_path);
	if (device < 0)
		first_die("loop device for layer", layer->source);
	snprintf(what, sizeof(what), "%s image of layer", type);
	if (mount(device_path, target, type, PLAIN | MS_RDONLY, NULL)) {
		first_lack(first, what, layer->source);
		good = false;
	}
	close(device);
	flock(file, LOCK_UN);
	return good;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * /etc: who is who in there, written anew, and what the gateway's programs look up,
 * which is the gateway's own where its /usr is.
 */
#include "tree.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define ETC	SKELETON "/etc"
#define ZONES	"/usr/share/zoneinfo/"

/*
 * Of the gateway's /etc, what programs of its /usr need, and nothing that is not for
 * everybody to read: where libraries are, which program of several has a name, whom
 * to trust, what numbers are called, and what some languages keep of theirs there.
 */
static const char * const gateways[] = {
	"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
	"/etc/alternatives", "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
	"/etc/ca-certificates.conf", "/etc/services", "/etc/protocols",
	"/etc/mime.types", "/etc/locale.alias", "/etc/java-[0-9]*",
	"/etc/python3*", "/etc/perl", "/etc/fonts", "/etc/magic",
	"/etc/terminfo", "/etc/inputrc", "/etc/bash.bashrc",
};

static void write_people(const struct first *first)
{
	const char *user = first->task.user;

	first_write(ETC "/passwd",
		    "root:x:0:0:root:/:/bin/sh\n"
		    "%s:x:%d:%d:%s:/tmp:/bin/sh\n"
		    "nobody:x:65534:65534:nobody:/:/bin/false\n",
		    user, ORDER_UID, ORDER_UID, first->task.name);
	first_write(ETC "/group",
		    "root:x:0:\n%s:x:%d:\nnogroup:x:65534:\n",
		    user, ORDER_UID);
}

static void write_names(const struct first *first)
{
	const char *name = first->task.name;

	first_write(ETC "/hostname", "%s\n", name);
	first_write(ETC "/hosts",
		    "127.0.0.1 localhost\n127.0.1.1 %s\n"
		    "::1 localhost ip6-localhost ip6-loopback\n", name);
	first_write(ETC "/nsswitch.conf",
		    "passwd: files\ngroup: files\nshadow: files\n"
		    "hosts: files dns\nnetworks: files\nprotocols: files\n"
		    "services: files\nethers: files\nrpc: files\n");
	if (*first->task.machine_id)
		first_write(ETC "/machine-id", "%s\n", first->task.machine_id);
}

/* Times are those of the gateway, whose /usr has the zones. */
static void write_time(const struct first *first)
{
	char link[PATH_MAX];
	ssize_t len = readlink("/etc/localtime", link, sizeof(link) - 1);
	const char *zone;

	if (len < 0)
		return;
	link[len] = '\0';
	zone = strstr(link, &ZONES[1]);
	if (zone)
		first_write(ETC "/timezone", "%s\n",
			    zone + strlen(&ZONES[1]));
	if (zone && first->task.usr)
		first_link(link, ETC "/localtime");
}

/* What a layer has is that layer's. */
static bool layer_has(const struct first *first, const char *path)
{
	char layer[LAYER_PATH];
	size_t i;
	int fd;

	for (i = 0; i < first->task.layers_count; i++) {
		first_layer_path(i, layer);
		fd = first_open_in(layer, path, O_PATH | O_NOFOLLOW);
		if (fd < 0)
			continue;
		close(fd);
		return true;
	}
	return false;
}

void first_each_of_gateway(void (*fn)(const char *path, void *arg), void *arg)
{
	glob_t found;
	size_t i, j;

	for (i = 0; i < sizeof(gateways) / sizeof(gateways[0]); i++) {
		if (glob(gateways[i], 0, NULL, &found))
			continue;
		for (j = 0; j < found.gl_pathc; j++)
			fn(found.gl_pathv[j], arg);
		globfree(&found);
	}
}

/*
 * The root is read-only by now where it has layers: what is bound must be in the
 * skeleton before.
 */
static void make_one(const char *name, void *arg)
{
	char path[PATH_MAX];
	struct stat st;

	if (layer_has(arg, name) || stat(name, &st))
		return;
	snprintf(path, sizeof(path), SKELETON "%s", name);
	first_make_path(path, S_ISDIR(st.st_mode));
}

static void bind_one(const char *name, void *arg)
{
	struct stat st;

	if (!layer_has(arg, name) && !stat(name, &st))
		first_bind(name, name, PLAIN | MS_NOEXEC | MS_RDONLY);
}

void first_write_etc(const struct first *first)
{
	write_people(first);
	write_names(first);
	write_time(first);
	first_link("/proc/self/mounts", ETC "/mtab");
	first_write(ETC "/shells", "/bin/sh\n");
	if (first->task.usr)
		first_each_of_gateway(make_one, (void *)first);
}

void first_bind_etc(const struct first *first)
{
	if (first->task.usr)
		first_each_of_gateway(bind_one, (void *)first);
}

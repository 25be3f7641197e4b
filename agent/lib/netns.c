// SPDX-License-Identifier: GPL-2.0-only
#include "netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT		"/run/sluice/net"
#define KEPT_PATH	40
#define FOUND_MAX	64

/* What is in a network that the gateway has had. */
struct found {
	int	count;
	int	index[FOUND_MAX];
};

static void kept_path(uint32_t id, char path[KEPT_PATH])
{
	snprintf(path, KEPT_PATH, KEPT "/%" PRIu32, id);
}

/*
 * What is in it
 */

/* A socket of that network. There is one thread, and it is back before anybody sees. */
static struct nl_sock *connect_in(int network)
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct nl_sock *sock = nl_socket_alloc();
	bool there = sock && own >= 0 && !setns(network, CLONE_NEWNET);
	bool good = there && !nl_connect(sock, NETLINK_ROUTE);

	if (there && setns(own, CLONE_NEWNET))
		abort();
	if (own >= 0)
		close(own);
	if (good)
		return sock;
	nl_socket_free(sock);
	return NULL;
}

/* Those of a driver: what else is there was made there, and ends there. */
static int find_bus(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct nlattr *attrs[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];
	const struct ifinfomsg *link = nlmsg_data(header);
	struct found *found = arg;

	if (header->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse(header, sizeof(*link), attrs, IFLA_MAX, NULL) < 0 ||
	    !attrs[IFLA_LINKINFO] ||
	    nla_parse_nested(info, IFLA_INFO_MAX, attrs[IFLA_LINKINFO], NULL) < 0 ||
	    !info[IFLA_INFO_KIND] ||
	    strcmp(nla_get_string(info[IFLA_INFO_KIND]), "can") != 0)
		return NL_OK;
	if (found->count < FOUND_MAX)
		found->index[found->count++] = link->ifi_index;
	return NL_OK;
}

static int find_buses(struct nl_sock *sock, struct found *found)
{
	const struct ifinfomsg all = { 0 };
	int ret;

	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, find_bus, found);
	ret = nl_send_simple(sock, RTM_GETLINK, NLM_F_DUMP, (void *)&all,
			     sizeof(all));
	return ret < 0 ? ret : nl_recvmsgs_default(sock);
}

static int move(struct nl_sock *sock, int index, int to)
{
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_REQUEST);
	const struct ifinfomsg link = { .ifi_index = index };

	if (!msg)
		return -NLE_NOMEM;
	if (nlmsg_append(msg, (void *)&link, sizeof(link), NLMSG_ALIGNTO) ||
	    nla_put_u32(msg, IFLA_NET_NS_FD, (uint32_t)to)) {
		nlmsg_free(msg);
		return -NLE_NOMEM;
	}
	return nl_send_sync(sock, msg);
}

/* One that cannot come, as another has its name here, keeps none of the others. */
int netns_empty(int network)
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), ret, i;
	struct nl_sock *sock = connect_in(network);
	struct found found = { 0 };

	ret = sock && own >= 0 ? find_buses(sock, &found) : -NLE_FAILURE;
	for (i = 0; i < found.count; i++)
		if (move(sock, found.index[i], own) < 0)
			ret = -NLE_FAILURE;
	nl_socket_free(sock);
	if (own >= 0)
		close(own);
	return ret < 0 ? -EIO : 0;
}

/*
 * Those that are kept
 */

static void let_go(const char *path)
{
	umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
	unlink(path);
}

int netns_keep(uint32_t id, pid_t pid)
{
	char path[KEPT_PATH], network[40];
	int fd, ret = 0;

	/* Of one that had this number before the module was loaded anew. */
	netns_empty_kept(id);
	kept_path(id, path);
	snprintf(network, sizeof(network), "/proc/%d/ns/net", pid);
	if (mkdir(KEPT, 0700) && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	close(fd);
	if (!mount(network, path, NULL, MS_BIND, NULL))
		return 0;
	ret = -errno;
	unlink(path);
	return ret;
}

int netns_empty_kept(uint32_t id)
{
	char path[KEPT_PATH];
	int fd, ret;

	kept_path(id, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	ret = netns_empty(fd);
	close(fd);
	/* If not taken it is given back by its end, whenever that is. */
	let_go(path);
	return ret;
}

void netns_each_kept(netns_fn fn, void *arg)
{
	DIR *dir = opendir(KEPT);
	struct dirent *entry;
	unsigned int id;
	char rest;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (sscanf(entry->d_name, "%u%c", &id, &rest) == 1)
			fn(id, arg);
	closedir(dir);
}

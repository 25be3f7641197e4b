// SPDX-License-Identifier: GPL-2.0-only
/*
 * CAN sockets of a task. One of the gateway's network would have all its buses: no
 * program could keep it to one. So a pair of virtual interfaces leads from the
 * environment's network into the gateway's, and rules there pass on between it and the
 * bus what the task may send and see. The pair ends with the network that has its inner
 * end, and the rules with the pair. Or the interface itself is moved there, and comes
 * back when the network ends (lib/buses.h).
 */
#include "first.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/can.h>
#include <linux/can/error.h>
#include <linux/can/gw.h>
#include <linux/can/raw.h>
#include <linux/can/vxcan.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/filter.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "canid.h"

/* The name of our end, in the gateway's network, for somebody who looks inside. */
#define VISITORS	"sv%04hx-%hhu"

#define IDS_MAX		(TASKFILE_ITEMS * CANID_MAX)
/* Of a program that looks for all of them: four for each, and those around. */
#define STEPS_MAX	(4 * IDS_MAX + 4)

/**
 * struct bus - an interface that sockets of the task name
 * @name: of the interface, here and inside
 * @ours: of our end of the pair
 * @index: of the interface
 * @our_index: of our end
 * @mtu: whether it has CAN FD
 * @moved: the interface itself is inside
 * @ids: which frames are passed on; none: all
 */
struct bus {
	const char *name;
	char	ours[IFNAMSIZ];
	int	index;
	int	our_index;
	int	mtu;
	bool	moved;
	struct can_filter ids[IDS_MAX];
	size_t	ids_count;
};

/* To speak with the gateway's network from within our own; -1: there is nothing to say. */
static int route = -1, gateway = -1;
/* What the task wants cannot be: to be said with the socket's name. */
static const char *why;

/*
 * Messages
 */

struct request {
	struct nlmsghdr header;
	char	body[512 + STEPS_MAX * sizeof(struct sock_filter)];
};

static void *put(struct request *request, size_t len)
{
	char *at = (char *)request + NLMSG_ALIGN(request->header.nlmsg_len);

	request->header.nlmsg_len =
		(__u32)(NLMSG_ALIGN(request->header.nlmsg_len) + len);
	memset(at, 0, NLMSG_ALIGN(len));
	return at;
}

static struct rtattr *put_attr(struct request *request, unsigned short type,
			       const void *data, size_t len)
{
	struct rtattr *attr = put(request, RTA_LENGTH(len));

	attr->rta_type = type;
	attr->rta_len = (unsigned short)RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(attr), data, len);
	return attr;
}

static void put_int(struct request *request, unsigned short type, int value)
{
	put_attr(request, type, &value, sizeof(value));
}

static void put_string(struct request *request, unsigned short type,
		       const char *text)
{
	put_attr(request, type, text, strlen(text) + 1);
}

static void end_nest(struct request *request, struct rtattr *nest)
{
	nest->rta_len = (unsigned short)((char *)request +
			NLMSG_ALIGN(request->header.nlmsg_len) - (char *)nest);
}

static struct request begin(unsigned short type, unsigned short flags)
{
	return (struct request){ .header = {
		.nlmsg_len = NLMSG_LENGTH(0), .nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
	} };
}

/* Its answer is an error, which may be none. */
static bool ask(const struct request *request)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char	rest[1024];
	} answer;

	if (send(route, request, request->header.nlmsg_len, 0) < 0 ||
	    recv(route, &answer, sizeof(answer), 0) <
	    (ssize_t)NLMSG_LENGTH(sizeof(answer.error)))
		return false;
	errno = -answer.error.error;
	return !errno;
}

/*
 * The pair
 */

static bool make_pair(const struct bus *bus, int own)
{
	struct request request = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct rtattr *info, *data, *peer;

	put(&request, sizeof(struct ifinfomsg));
	put_string(&request, IFLA_IFNAME, bus->ours);
	info = put_attr(&request, IFLA_LINKINFO, NULL, 0);
	put_string(&request, IFLA_INFO_KIND, "vxcan");
	data = put_attr(&request, IFLA_INFO_DATA, NULL, 0);
	peer = put_attr(&request, VXCAN_INFO_PEER, NULL, 0);
	put(&request, sizeof(struct ifinfomsg));
	put_string(&request, IFLA_IFNAME, bus->name);
	put_int(&request, IFLA_NET_NS_FD, own);
	end_nest(&request, peer);
	end_nest(&request, data);
	end_nest(&request, info);
	if (ask(&request))
		return true;
	if (errno == EOPNOTSUPP)
		why = "the kernel module vxcan is missing";
	return false;
}

/* What it is of is told to who looks at it, and to the agent (peers.c). */
static bool set_up_ours(const struct bus *bus)
{
	struct request request = begin(RTM_NEWLINK, 0);
	struct ifinfomsg *link = put(&request, sizeof(*link));
	char alias[64];

	snprintf(alias, sizeof(alias), ORDER_CAN_ALIAS, bus->name, bus->index);
	link->ifi_index = bus->our_index;
	link->ifi_flags = IFF_UP;
	link->ifi_change = IFF_UP;
	put_int(&request, IFLA_MTU, bus->mtu);
	put_string(&request, IFLA_IFALIAS, alias);
	return ask(&request);
}

static bool get_index(int network, const char *name, int *index)
{
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
	if (ioctl(network, SIOCGIFINDEX, &request))
		return false;
	*index = request.ifr_ifindex;
	return true;
}

static bool set_up_inner(const struct bus *bus)
{
	struct ifreq request = { .ifr_mtu = bus->mtu };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool good;

	snprintf(request.ifr_name, IFNAMSIZ, "%s", bus->name);
	good = fd >= 0 && (bus->moved || !ioctl(fd, SIOCSIFMTU, &request));
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	good = good && !ioctl(fd, SIOCSIFFLAGS, &request);
	if (fd >= 0)
		close(fd);
	return good;
}

static bool find_bus(struct bus *bus)
{
	struct ifreq request = { 0 };

	if (strlen(bus->name) >= IFNAMSIZ) {
		errno = ENODEV;
		return false;
	}
	snprintf(request.ifr_name, IFNAMSIZ, "%s", bus->name);
	if (!get_index(gateway, bus->name, &bus->index) ||
	    ioctl(gateway, SIOCGIFMTU, &request))
		return false;
	bus->mtu = request.ifr_mtu;
	return true;
}

/*
 * The interface itself
 */

/* Only what the kernel gives back when a network ends: others would end with it. */
static bool is_returned(int index)
{
	struct request request = begin(RTM_GETLINK, 0);
	struct ifinfomsg *link = put(&request, sizeof(*link));
	static char answer[8192];
	struct nlmsghdr *header = (struct nlmsghdr *)answer;
	struct rtattr *attr, *inner;
	ssize_t size;
	int len, inner_len;

	request.header.nlmsg_flags = NLM_F_REQUEST;
	link->ifi_index = index;
	size = send(route, &request, request.header.nlmsg_len, 0) < 0 ? -1 :
	       recv(route, answer, sizeof(answer), 0);
	if (size < (ssize_t)NLMSG_LENGTH(sizeof(*link)) ||
	    header->nlmsg_type != RTM_NEWLINK)
		return false;
	len = (int)IFLA_PAYLOAD(header);
	for (attr = IFLA_RTA(NLMSG_DATA(header)); RTA_OK(attr, len);
	     attr = RTA_NEXT(attr, len)) {
		if ((attr->rta_type & NLA_TYPE_MASK) != IFLA_LINKINFO)
			continue;
		inner_len = (int)RTA_PAYLOAD(attr);
		for (inner = RTA_DATA(attr); RTA_OK(inner, inner_len);
		     inner = RTA_NEXT(inner, inner_len))
			if (inner->rta_type == IFLA_INFO_KIND)
				return !strcmp(RTA_DATA(inner), "can");
	}
	return false;
}

static bool move(const struct bus *bus, int own)
{
	struct request request = begin(RTM_NEWLINK, 0);
	struct ifinfomsg *link = put(&request, sizeof(*link));

	link->ifi_index = bus->index;
	put_int(&request, IFLA_NET_NS_FD, own);
	return ask(&request);
}

static bool move_in(const struct bus *bus, int own)
{
	const char moved = ORDER_MOVED;

	if (!is_returned(bus->index)) {
		why = "cannot be moved: it is no CAN device, and would end with the environment";
		return false;
	}
	if (!move(bus, own) || write(ORDER_FD_STATUS, &moved, 1) != 1)
		return false;
	if (set_up_inner(bus))
		return true;
	if (errno == EINVAL)
		why = "has no bit rate: ip link set it type can bitrate ...";
	return false;
}

/*
 * The rules
 */

static bool add_rule(int from, int to, const struct can_filter *filter,
		     unsigned short flags)
{
	struct request request = begin(RTM_NEWROUTE, NLM_F_CREATE);
	struct rtcanmsg *rule = put(&request, sizeof(*rule));

	rule->can_family = AF_CAN;
	rule->gwtype = CGW_TYPE_CAN_CAN;
	rule->flags = flags;
	put_int(&request, CGW_SRC_IF, from);
	put_int(&request, CGW_DST_IF, to);
	put_attr(&request, CGW_FILTER, filter, sizeof(*filter));
	if (ask(&request))
		return true;
	if (errno == EOPNOTSUPP)
		why = "the kernel module can-gw is missing: modprobe can-gw";
	return false;
}

/*
 * Others on the gateway see what is sent, as they see each other. A frame says by the
 * interface's number where it came from, of the network that it was sent in; here that
 * number may be the bus's own, to which nothing goes back that it has sent.
 */
static bool add_both(const struct bus *bus, const struct can_filter *filter,
		     unsigned short flags)
{
	return add_rule(bus->index, bus->our_index, filter, flags) &&
	       add_rule(bus->our_index, bus->index, filter,
			flags | CGW_FLAGS_CAN_ECHO | CGW_FLAGS_CAN_IIF_TX_OK);
}

static bool add_rules(const struct bus *bus)
{
	const struct can_filter all = { 0 }, errors = {
		.can_id = CAN_ERR_FLAG,
		.can_mask = CAN_ERR_FLAG | CAN_ERR_MASK,
	};
	size_t i, count = bus->ids_count ? bus->ids_count : 1;

	for (i = 0; i < count; i++) {
		const struct can_filter *filter = bus->ids_count ?
						  &bus->ids[i] : &all;

		if (!add_both(bus, filter, 0) ||
		    (bus->mtu >= (int)CANFD_MTU &&
		     !add_both(bus, filter, CGW_FLAGS_CAN_FD)))
			return false;
	}
	return add_rule(bus->index, bus->our_index, &errors, 0);
}

/*
 * What the environment may not send, no program of the gateway's is to hear at our end
 * either. It is dropped there before anybody has it.
 */

/* Frames have their id in the order of the machine, and are read in that of the net. */
static size_t write_steps(const struct bus *bus, struct sock_filter *steps)
{
	size_t i, count = 0;

	steps[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
	steps[count++] = (struct sock_filter)
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, htonl(CAN_ERR_FLAG), 0, 1);
	steps[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, TC_ACT_SHOT);
	for (i = 0; i < bus->ids_count; i++) {
		__u32 mask = bus->ids[i].can_mask;

		steps[count++] = (struct sock_filter)
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
		steps[count++] = (struct sock_filter)
			BPF_STMT(BPF_ALU | BPF_AND | BPF_K, htonl(mask));
		steps[count++] = (struct sock_filter)
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
				 htonl(bus->ids[i].can_id & mask), 0, 1);
		steps[count++] = (struct sock_filter)
			BPF_STMT(BPF_RET | BPF_K, TC_ACT_OK);
	}
	steps[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, TC_ACT_SHOT);
	return count;
}

static struct request begin_control(const struct bus *bus, unsigned short type,
				    __u32 parent, const char *kind)
{
	struct request request = begin(type, NLM_F_CREATE | NLM_F_EXCL);
	struct tcmsg *control = put(&request, sizeof(*control));

	control->tcm_ifindex = bus->our_index;
	control->tcm_parent = parent;
	put_string(&request, TCA_KIND, kind);
	return request;
}

static bool add_place(const struct bus *bus)
{
	struct request request = begin_control(bus, RTM_NEWQDISC, TC_H_CLSACT, "clsact");
	struct tcmsg *control = NLMSG_DATA(&request.header);

	control->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	return ask(&request);
}

static bool add_steps(const struct bus *bus)
{
	struct request request = begin_control(bus, RTM_NEWTFILTER,
			TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), "bpf");
	struct tcmsg *control = NLMSG_DATA(&request.header);
	static struct sock_filter steps[STEPS_MAX];
	__u16 count = (__u16)write_steps(bus, steps);
	struct rtattr *options;

	control->tcm_info = TC_H_MAKE(1 << 16, htons(ETH_P_ALL));
	options = put_attr(&request, TCA_OPTIONS, NULL, 0);
	put_attr(&request, TCA_BPF_OPS_LEN, &count, sizeof(count));
	put_attr(&request, TCA_BPF_OPS, steps, count * sizeof(steps[0]));
	put_int(&request, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	end_nest(&request, options);
	return ask(&request);
}

/* A kernel without such things has the rules all the same. */
static bool keep_rest_from_listeners(const struct bus *bus)
{
	return !bus->ids_count || (add_place(bus) && add_steps(bus)) ||
	       errno == ENOENT || errno == EOPNOTSUPP;
}

/*
 * Sockets
 */

static const char *interface_of(const struct taskfile_socket *socket)
{
	return strncmp(socket->address, "can:", 4) ? NULL : socket->address + 4;
}

/* Those of all its sockets; one that names none has all. */
static void collect_ids(const struct taskfile *task, struct bus *bus)
{
	char copy[CANID_MAX * 20], *at, *word;
	bool all = false;
	size_t i;

	for (i = 0; i < task->sockets_count; i++) {
		const char *name = interface_of(&task->sockets[i]);

		if (!name || strcmp(name, bus->name) != 0)
			continue;
		all = all || !*task->sockets[i].ids;
		snprintf(copy, sizeof(copy), "%s", task->sockets[i].ids);
		at = copy;
		while ((word = strsep(&at, " ")))
			if (canid_read(word, &bus->ids[bus->ids_count]))
				bus->ids_count++;
	}
	if (all)
		bus->ids_count = 0;
}

static void name_ours(const struct first *first, struct bus *bus,
		      unsigned char number)
{
	unsigned short random = 0;

	if (first->env) {
		snprintf(bus->ours, sizeof(bus->ours), ORDER_CAN_NAME,
			 first->env, number);
		return;
	}
	first_die_unless(getrandom(&random, sizeof(random), 0) == sizeof(random),
			 "random");
	snprintf(bus->ours, sizeof(bus->ours), VISITORS, random, number);
}

static bool make_bus(const struct first *first, size_t number)
{
	static struct bus bus;
	int own;
	bool good;

	memset(&bus, 0, sizeof(bus));
	bus.name = interface_of(&first->task.sockets[number]);
	bus.moved = first->task.sockets[number].moved;
	name_ours(first, &bus, (unsigned char)number);
	collect_ids(&first->task, &bus);
	if (!find_bus(&bus))
		return false;
	own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	good = own >= 0 && (bus.moved ? move_in(&bus, own) : make_pair(&bus, own));
	if (own >= 0)
		close(own);
	if (bus.moved)
		return good;
	return good && get_index(gateway, bus.ours, &bus.our_index) &&
	       keep_rest_from_listeners(&bus) && set_up_ours(&bus) &&
	       set_up_inner(&bus) && add_rules(&bus);
}

static bool open_socket(const char *name, int fd)
{
	struct sockaddr_can address = { .can_family = AF_CAN };
	int made = socket(AF_CAN, SOCK_RAW, CAN_RAW);

	if (made < 0 || (made != fd && dup2(made, fd) != fd))
		return false;
	if (made != fd)
		close(made);
	return get_index(fd, name, &address.can_ifindex) &&
	       !bind(fd, (const struct sockaddr *)&address, sizeof(address));
}

static bool is_first_of_its_bus(const struct taskfile *task, size_t number)
{
	const char *name = interface_of(&task->sockets[number]), *other;
	size_t i;

	for (i = 0; i < number; i++) {
		other = interface_of(&task->sockets[i]);
		if (other && !strcmp(name, other))
			return false;
	}
	return true;
}

static bool has_can(const struct first *first)
{
	size_t i;

	for (i = 0; i < first->task.sockets_count; i++)
		if (interface_of(&first->task.sockets[i]))
			return true;
	return false;
}

void first_prepare_buses(const struct first *first)
{
	int fd;

	if (first->look || !has_can(first))
		return;
	/* Out of the way of the sockets. */
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	route = fcntl(fd, F_DUPFD_CLOEXEC, ORDER_FDS);
	close(fd);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	gateway = fcntl(fd, F_DUPFD_CLOEXEC, ORDER_FDS);
	close(fd);
	first_die_unless(route >= 0 && gateway >= 0, "gateway's network");
}

static void lack(const struct first *first, const struct taskfile_socket *socket)
{
	char which[512];

	if (why)
		first_refuse(first, "socket %s %s: %s", socket->name,
			     socket->address, why);
	snprintf(which, sizeof(which), "%s %s", socket->name, socket->address);
	first_lack(first, "socket", which);
}

void first_open_buses(const struct first *first)
{
	const struct taskfile *task = &first->task;
	size_t i;

	if (route < 0)
		return;
	for (i = 0; i < task->sockets_count; i++) {
		const char *name = interface_of(&task->sockets[i]);

		if (name && ((is_first_of_its_bus(task, i) &&
			      !make_bus(first, i)) ||
			     !open_socket(name, ORDER_ENV_SOCKETS + (int)i)))
			lack(first, &task->sockets[i]);
	}
	close(route);
	close(gateway);
}

// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
/*
 * The program of a task of kind serve that has connections, and tries to reach with them
 * what is not their peer. For gateway/reach.sh: the input names an attempt and a port,
 * the answer is what became of it, "ALLOWED", the error's name, or a number.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/can.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sluice.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LINGER_MS	2000
#define INTERFACES	64

/* -1: it has none. */
static int udp, tcp, udp6, bus;
/* Given: the station's own port, and another one. */
static in_port_t peer_port, other_port;

static struct sockaddr_in at(const char *host, in_port_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(port) };

	inet_pton(AF_INET, host, &address.sin_addr);
	return address;
}

static struct sockaddr_in6 at6(const char *host, in_port_t port)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_port = htons(port) };

	inet_pton(AF_INET6, host, &address.sin6_addr);
	return address;
}

static int connect_to(int fd, const char *host, in_port_t port)
{
	const struct sockaddr_in address = at(host, port);

	return connect(fd, (const void *)&address, sizeof(address));
}

static int bind_to(int fd, const char *host, in_port_t port)
{
	const struct sockaddr_in address = at(host, port);

	return bind(fd, (const void *)&address, sizeof(address));
}

static int send_to(int fd, const char *host, in_port_t port)
{
	const struct sockaddr_in address = at(host, port);

	return (int)sendto(fd, "x\n", 2, 0, (const void *)&address,
			   sizeof(address));
}

static int send_to6(int fd, const char *host, in_port_t port)
{
	const struct sockaddr_in6 address = at6(host, port);

	return (int)sendto(fd, "x\n", 2, 0, (const void *)&address,
			   sizeof(address));
}

static int disconnect(int fd)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	return connect(fd, &none, sizeof(none));
}

static int port_of(int fd)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	if (getsockname(fd, (void *)&address, &size))
		return -1;
	return ntohs(address.sin_port);
}

/* Says something to whom it is connected to, and hears it again. */
static int echo(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	char text[16];

	while (recv(fd, text, sizeof(text), MSG_DONTWAIT) > 0)
		;
	if (send(fd, "x\n", 2, MSG_NOSIGNAL) != 2)
		return -1;
	errno = ETIMEDOUT;
	return poll(&poller, 1, LINGER_MS) == 1 &&
	       recv(fd, text, sizeof(text), MSG_DONTWAIT) == 2 ? 0 : -1;
}

/* With the peer, as it is meant */

static int try_tcp_peer(void)
{
	return echo(tcp);
}

static int try_udp_peer(void)
{
	return echo(udp);
}

static int try_udp6_peer(void)
{
	return echo(udp6);
}

static int try_udp_sendto_peer(void)
{
	return send_to(udp, "127.0.0.1", peer_port);
}

static int try_udp_back(void)
{
	disconnect(udp);
	if (connect_to(udp, "127.0.0.1", peer_port))
		return -1;
	return echo(udp);
}

static int try_tcp_back(void)
{
	disconnect(tcp);
	if (connect_to(tcp, "127.0.0.1", peer_port))
		return -1;
	return echo(tcp);
}

static int try_options(void)
{
	const struct linger linger = { 1, 1 };
	int one = 1, tos = 0x10;

	if (setsockopt(tcp, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)) ||
	    setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ||
	    setsockopt(tcp, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) ||
	    setsockopt(udp, IPPROTO_IP, IP_TOS, &tos, sizeof(tos)))
		return -1;
	return setsockopt(udp, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
}

/* UDP elsewhere */

static int try_udp_sendto_loopback(void)
{
	return send_to(udp, "127.0.0.1", other_port);
}

static int try_udp_sendto_other_host(void)
{
	return send_to(udp, "127.0.0.2", peer_port);
}

static int try_udp_connect(void)
{
	return connect_to(udp, "127.0.0.1", other_port);
}

static int try_udp_disconnect_send(void)
{
	disconnect(udp);
	return send_to(udp, "127.0.0.1", other_port);
}

static int try_udp_bind(void)
{
	disconnect(udp);
	return bind_to(udp, "0.0.0.0", 0);
}

static int try_udp_broadcast(void)
{
	return send_to(udp, "255.255.255.255", other_port);
}

static int try_udp_multicast(void)
{
	return send_to(udp, "239.1.2.3", other_port);
}

static int try_udp_join(void)
{
	struct ip_mreqn group = { .imr_ifindex = 1 };

	inet_pton(AF_INET, "239.1.2.3", &group.imr_multiaddr);
	return setsockopt(udp, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group,
			  sizeof(group));
}

static int try_udp_device(void)
{
	return setsockopt(udp, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
}

/* By way of another host: loose source routing. */
static const unsigned char route[] = { IPOPT_NOP, IPOPT_LSRR, 7, 4, 127, 0, 0, 2 };

static int try_udp_route(void)
{
	return setsockopt(udp, IPPROTO_IP, IP_OPTIONS, route, sizeof(route));
}

/* @to: whom it names; none: to whom it is connected to. */
static int send_with(int fd, const void *to, socklen_t to_len, int level, int type,
		     const void *data, size_t len)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(64)];
	} control = { .header = { .cmsg_len = CMSG_LEN(len), .cmsg_level = level,
				  .cmsg_type = type } };
	struct iovec text = { (void *)"x\n", 2 };
	const struct msghdr msg = { .msg_name = (void *)to,
				    .msg_namelen = to_len, .msg_iov = &text, .msg_iovlen = 1,
				    .msg_control = &control,
				    .msg_controllen = CMSG_SPACE(len) };

	memcpy(CMSG_DATA(&control.header), data, len);
	return (int)sendmsg(fd, &msg, 0);
}

/*
 * To its peer, with an option that the kernel lets everybody send; newer ones refuse a
 * route by themselves.
 */
static int try_udp_option_once(void)
{
	static const unsigned char record[] = {
		IPOPT_NOP, IPOPT_RR, 7, 4, 0, 0, 0, 0
	};

	connect_to(udp, "127.0.0.1", peer_port);
	return send_with(udp, NULL, 0, IPPROTO_IP, IP_RETOPTS, record, sizeof(record));
}

/* To its peer, from another address or by an interface that it names. */

static int send_from(struct in_pktinfo from)
{
	const struct sockaddr_in peer = at("127.0.0.1", peer_port);

	connect_to(udp, "127.0.0.1", peer_port);
	return send_with(udp, &peer, sizeof(peer), IPPROTO_IP, IP_PKTINFO, &from,
			 sizeof(from));
}

static int try_udp_source(void)
{
	return send_from((struct in_pktinfo){
		.ipi_spec_dst = at("127.0.0.2", 0).sin_addr });
}

static int try_udp_interface(void)
{
	return send_from((struct in_pktinfo){ .ipi_ifindex = 1 });
}

/* From its own address, which says nothing of the interface. */
static int try_udp_by_other(void)
{
	struct sockaddr_in peer, own;
	struct in_pktinfo from = { 0 };
	struct ifreq request = { .ifr_name = "reach0" };
	socklen_t size = sizeof(peer);

	if (getpeername(udp, (void *)&peer, &size) ||
	    getsockname(udp, (void *)&own, &size) ||
	    ioctl(udp, SIOCGIFINDEX, &request))
		return -1;
	from.ipi_ifindex = request.ifr_ifindex;
	from.ipi_spec_dst = own.sin_addr;
	return send_with(udp, &peer, sizeof(peer), IPPROTO_IP, IP_PKTINFO, &from,
			 sizeof(from));
}

static int send_from6(const char *from, unsigned int interface)
{
	const struct sockaddr_in6 peer = at6("::1", peer_port);
	const struct in6_pktinfo info = { at6(from, 0).sin6_addr, interface };

	connect(udp6, (const void *)&peer, sizeof(peer));
	return send_with(udp6, &peer, sizeof(peer), IPPROTO_IPV6, IPV6_PKTINFO,
			 &info, sizeof(info));
}

static int try_udp6_source(void)
{
	return send_from6("fd77::1", 0);
}

/* While it has no address of its own. */
static int try_udp6_interface(void)
{
	const struct sockaddr_in6 peer = at6("::1", peer_port);
	const struct in6_pktinfo info = { at6("::1", 0).sin6_addr, 1 };

	disconnect(udp6);
	return send_with(udp6, &peer, sizeof(peer), IPPROTO_IPV6, IPV6_PKTINFO,
			 &info, sizeof(info));
}

/* How many ports it can take; as many as that are no bound. */
#define PORTS		200

static int count_ports(int fd, bool connects)
{
	int taken;

	for (taken = 0; taken < PORTS; taken++) {
		disconnect(fd);
		if (connects ? connect_to(fd, "127.0.0.1", peer_port) :
		    send_to(fd, "127.0.0.1", peer_port) < 0)
			return errno == EPERM ? taken : -1;
	}
	return taken;
}

static int try_udp_ports(void)
{
	return count_ports(udp, false);
}

static int try_udp_ports_connected(void)
{
	return count_ports(udp, true);
}

static int try_tcp_ports(void)
{
	return count_ports(tcp, true);
}

static int try_udp_port(void)
{
	disconnect(udp);
	if (send_to(udp, "127.0.0.1", peer_port) < 0)
		return -1;
	return port_of(udp);
}

/* What the station itself said is none of it. */
static int try_udp_heard(void)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	char text[16];

	while (recvfrom(udp, text, sizeof(text), MSG_DONTWAIT, (void *)&from,
			&size) >= 0) {
		if (ntohs(from.sin_port) != peer_port)
			return 0;
		size = sizeof(from);
	}
	return -1;
}

/* IPv6 */

static int try_udp6_sendto(void)
{
	return send_to6(udp6, "::1", other_port);
}

static int try_udp6_mapped(void)
{
	return send_to6(udp6, "::ffff:127.0.0.1", other_port);
}

static int try_udp6_disconnect_send(void)
{
	disconnect(udp6);
	return send_to6(udp6, "::1", other_port);
}

static int try_udp6_bind(void)
{
	const struct sockaddr_in6 address = at6("::", 0);

	disconnect(udp6);
	return bind(udp6, (const void *)&address, sizeof(address));
}

static int try_udp6_join(void)
{
	struct ipv6_mreq group = { .ipv6mr_interface = 1 };

	inet_pton(AF_INET6, "ff02::1234", &group.ipv6mr_multiaddr);
	return setsockopt(udp6, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group,
			  sizeof(group));
}

static int try_udp6_multicast(void)
{
	struct sockaddr_in6 address = at6("ff02::1234", other_port);

	address.sin6_scope_id = 1;
	return (int)sendto(udp6, "x\n", 2, 0, (const void *)&address,
			   sizeof(address));
}

/* TCP elsewhere */

static int try_tcp_reconnect(void)
{
	disconnect(tcp);
	return connect_to(tcp, "127.0.0.1", other_port);
}

static int try_tcp_fast_open(void)
{
	const struct sockaddr_in address = at("127.0.0.1", other_port);

	disconnect(tcp);
	return (int)sendto(tcp, "x\n", 2, MSG_FASTOPEN, (const void *)&address,
			   sizeof(address));
}

static int try_tcp_bind(void)
{
	disconnect(tcp);
	return bind_to(tcp, "0.0.0.0", 0);
}

/* Somebody outside is told which port it is, and says when he has tried it. */
static int try_tcp_listen(void)
{
	FILE *file;
	int port;

	disconnect(tcp);
	port = listen(tcp, 4) ? -1 : port_of(tcp);
	file = fopen("/data/port.new", "w");
	if (port < 0 || !file)
		return -1;
	fprintf(file, "%d", port);
	fclose(file);
	rename("/data/port.new", "/data/port");
	while (access("/data/tried", F_OK))
		usleep(10000);
	fcntl(tcp, F_SETFL, fcntl(tcp, F_GETFL) | O_NONBLOCK);
	return accept(tcp, NULL, NULL);
}

/* By a socket that is of the gateway's network, that network itself. */

static int try_namespace(void)
{
	return ioctl(udp, SIOCGSKNS);
}

static int try_interface(void)
{
	struct ifreq request = { .ifr_name = "lo" };

	return ioctl(udp, SIOCSIFFLAGS, &request);
}

/* Names without files are of a network, too. */
static int try_abstract(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), len, ret, err;

	len = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
		       "station-%d", peer_port);
	ret = connect(fd, (const void *)&address,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
				  (size_t)len));
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

/* CAN: numbers are above a thousand */

static int can_send(canid_t id, int interface)
{
	const struct sockaddr_can address = { .can_family = AF_CAN,
					      .can_ifindex = interface };
	const struct can_frame frame = { .can_id = id, .can_dlc = 1,
					 .data = { 0x55 } };

	return (int)sendto(bus, &frame, sizeof(frame), 0,
			   interface ? (const void *)&address : NULL,
			   interface ? sizeof(address) : 0);
}

static int try_can_send(void)
{
	return can_send(0x123, 0) < 0 ? -1 : 0;
}

static int try_can_send_other(void)
{
	return can_send(0x124, 0) < 0 ? -1 : 0;
}

/* On how many interfaces; and from now on it hears all that it can. */
static int try_can_everywhere(void)
{
	const struct sockaddr_can all = { .can_family = AF_CAN };
	int interface, taken = 1000;

	for (interface = 1; interface <= INTERFACES; interface++)
		if (can_send(0x123, interface) > 0)
			taken++;
	return bind(bus, (const void *)&all, sizeof(all)) ? -1 : taken;
}

/* How many frames, in thousands, until one of the last kind, and what that says. */
static int try_can_heard(void)
{
	struct pollfd poller = { .fd = bus, .events = POLLIN };
	struct can_frame frame;
	int count = 0;

	do {
		errno = ETIMEDOUT;
		if (poll(&poller, 1, LINGER_MS) != 1 ||
		    read(bus, &frame, sizeof(frame)) != sizeof(frame))
			return -1;
		count++;
	} while (frame.data[0] != 0xff);
	return count * 1000 + (int)frame.can_id;
}

/* In its own network it does what it likes. */
static int try_own_network(void)
{
	int server = socket(AF_INET, SOCK_STREAM, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	int from = socket(AF_INET, SOCK_DGRAM, 0);
	int to = socket(AF_INET, SOCK_DGRAM, 0);
	int good;

	good = !bind_to(server, "127.0.0.1", other_port) && !listen(server, 1) &&
	       !connect_to(client, "127.0.0.1", other_port) &&
	       !bind_to(to, "127.0.0.1", other_port) &&
	       send_to(from, "127.0.0.1", other_port) == 2 &&
	       !setsockopt(from, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
	close(server);
	close(client);
	close(from);
	close(to);
	return good ? 0 : -1;
}

static const struct attempt {
	const char *name;
	int (*run)(void);
} attempts[] = {
	{ "tcp-peer", try_tcp_peer }, { "udp-peer", try_udp_peer },
	{ "udp6-peer", try_udp6_peer },
	{ "udp-sendto-peer", try_udp_sendto_peer },
	{ "udp-back", try_udp_back }, { "tcp-back", try_tcp_back },
	{ "options", try_options },
	{ "udp-sendto-loopback", try_udp_sendto_loopback },
	{ "udp-sendto-other-host", try_udp_sendto_other_host },
	{ "udp-connect", try_udp_connect },
	{ "udp-disconnect-send", try_udp_disconnect_send },
	{ "udp-bind", try_udp_bind }, { "udp-broadcast", try_udp_broadcast },
	{ "udp-multicast", try_udp_multicast }, { "udp-join", try_udp_join },
	{ "udp-device", try_udp_device }, { "udp-route", try_udp_route },
	{ "udp-option-once", try_udp_option_once },
	{ "udp-source", try_udp_source }, { "udp-interface", try_udp_interface },
	{ "udp-by-other", try_udp_by_other },
	{ "udp6-source", try_udp6_source },
	{ "udp6-interface", try_udp6_interface },
	{ "udp-ports", try_udp_ports },
	{ "udp-ports-connected", try_udp_ports_connected },
	{ "tcp-ports", try_tcp_ports },
	{ "udp-port", try_udp_port }, { "udp-heard", try_udp_heard },
	{ "udp6-sendto", try_udp6_sendto }, { "udp6-mapped", try_udp6_mapped },
	{ "udp6-disconnect-send", try_udp6_disconnect_send },
	{ "udp6-bind", try_udp6_bind }, { "udp6-join", try_udp6_join },
	{ "udp6-multicast", try_udp6_multicast },
	{ "tcp-reconnect", try_tcp_reconnect },
	{ "tcp-fast-open", try_tcp_fast_open }, { "tcp-bind", try_tcp_bind },
	{ "tcp-listen", try_tcp_listen },
	{ "namespace", try_namespace }, { "interface", try_interface },
	{ "abstract", try_abstract },
	{ "can-send", try_can_send }, { "can-send-other", try_can_send_other },
	{ "can-everywhere", try_can_everywhere },
	{ "can-heard", try_can_heard },
	{ "own-network", try_own_network },
};

/* A number where one is asked for: of a port. */
static void say(struct sluice_work *work, int result)
{
	int len;

	if (result > 2)
		len = snprintf(work->output, work->output_cap, "%d", result);
	else
		len = snprintf(work->output, work->output_cap, "%s",
			       result < 0 ? strerrorname_np(errno) : "ALLOWED");
	work->output_len = (size_t)len;
}

static int handle(struct sluice_work *work, void *user)
{
	char input[128], name[32] = "";
	size_t i;

	(void)user;
	snprintf(input, sizeof(input), "%.*s", (int)work->input_len,
		 (const char *)work->input);
	if (sscanf(input, "%31s %hu %hu", name, &peer_port, &other_port) != 3)
		return 1;
	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (!strcmp(attempts[i].name, name))
			break;
	if (i == sizeof(attempts) / sizeof(attempts[0]))
		return 1;
	say(work, attempts[i].run());
	return 0;
}

int main(void)
{
	udp = sluice_socket("udp");
	tcp = sluice_socket("tcp");
	udp6 = sluice_socket("udp6");
	bus = sluice_socket("bus");
	return sluice_serve(handle, NULL) ? 1 : 0;
}

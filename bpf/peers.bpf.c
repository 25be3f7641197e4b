// SPDX-License-Identifier: GPL-2.0-only
/*
 * A connection that an environment has of the gateway's network leads to its peer, and
 * nowhere else: a program that has the socket may send elsewhere, disconnect it, bind
 * it, listen, and connect it again.
 *
 * Only an environment's first process can make a socket there, before it leaves the
 * gateway's network and before anything of the task runs. So whatever an INET socket of
 * that network was connected to first is its peer, for good; we keep it with the socket.
 * In the environment's own network all is free: sockets of it have no peer.
 *
 * Attached to the cgroup that has all environments. It has to work in kernels that have
 * no BTF of their own: nothing here is to be relocated.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <asm/socket.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define AF_INET		2
#define SOL_SOCKET	1
#define FRAGMENT	0x1fff	/* where in the whole; 0: at its begin */
/* Ports that a socket may take in that time, one after the other. */
#define PORTS_MAX	64
#define PORTS_NS	60000000000ULL
#define ALLOW		1
#define REFUSE		0

char LICENSE[] SEC("license") = "GPL";

/**
 * struct peer - what a socket of the gateway's network may reach
 * @cgroup: of the environment
 * @address: IPv4 as IPv6 has it (::ffff:a.b.c.d); this and the port as they are sent
 * @port: its port
 * @protocol: 0: it was not connected yet
 * @interface: the only one, where the address is of one interface; 0: any
 * @from: the port that it has; 0: that it had last was counted
 * @since: from then on ports are counted
 * @ports: how many it has taken since
 */
struct peer {
	__u64	cgroup;
	__u32	address[4];
	__u32	port;
	__u32	protocol;
	__u32	interface;
	__u32	from;
	__u64	since;
	__u32	ports;
	__u32	unused;
};

/* Kept also by the socket that a listening one makes of a connection. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct peer);
} sluice_peers SEC(".maps");

/* How often each environment tried; it has an entry from the agent. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u64);
} sluice_refused SEC(".maps");

/* Where something leads to, or comes from. */
struct end {
	__u32	address[4];
	__u32	port;
};

static __always_inline int refuse(const struct peer *peer)
{
	__u64 cgroup = peer->cgroup, *tries;

	/* What its first process tries is no program's doing. */
	if (!peer->protocol)
		return REFUSE;
	tries = bpf_map_lookup_elem(&sluice_refused, &cgroup);
	if (tries)
		__sync_fetch_and_add(tries, 1);
	return REFUSE;
}

static __always_inline struct peer *peer_of(struct bpf_sock *sk)
{
	return sk ? bpf_sk_storage_get(&sluice_peers, sk, NULL, 0) : NULL;
}

static __always_inline void set_ipv4(struct end *end, __u32 address)
{
	end->address[0] = 0;
	end->address[1] = 0;
	end->address[2] = bpf_htonl(0xffff);
	end->address[3] = address;
}

static __always_inline bool is_peer(const struct peer *peer, const struct end *end)
{
	return peer->port == end->port &&
	       peer->address[0] == end->address[0] &&
	       peer->address[1] == end->address[1] &&
	       peer->address[2] == end->address[2] &&
	       peer->address[3] == end->address[3];
}

/*
 * The socket is made
 */

SEC("cgroup/sock_create")
int peers_create(struct bpf_sock *ctx)
{
	struct peer *peer;

	/* The agent is in the first network namespace, or there would be no module for it. */
	if (bpf_get_netns_cookie(ctx) != bpf_get_netns_cookie(NULL))
		return ALLOW;
	peer = bpf_sk_storage_get(&sluice_peers, ctx, NULL,
				  BPF_SK_STORAGE_GET_F_CREATE);
	if (!peer)
		return REFUSE;
	peer->cgroup = bpf_get_current_cgroup_id();
	return ALLOW;
}

/*
 * What a program asks for
 */

static __always_inline void end_of(const struct bpf_sock_addr *ctx, bool ipv6,
				   struct end *end)
{
	end->port = ctx->user_port;
	if (!ipv6) {
		set_ipv4(end, ctx->user_ip4);
		return;
	}
	end->address[0] = ctx->user_ip6[0];
	end->address[1] = ctx->user_ip6[1];
	end->address[2] = ctx->user_ip6[2];
	end->address[3] = ctx->user_ip6[3];
}

/*
 * A message can say where it comes from, and by which interface it goes: not from an address
 * that the socket does not have. With that address and an interface it looks like any other.
 */
static __always_inline bool is_from_here(const struct bpf_sock_addr *ctx, bool ipv6)
{
	const struct bpf_sock *sk = ctx->sk;

	if (!ipv6)
		return ctx->msg_src_ip4 == sk->src_ip4;
	return ctx->msg_src_ip6[0] == sk->src_ip6[0] &&
	       ctx->msg_src_ip6[1] == sk->src_ip6[1] &&
	       ctx->msg_src_ip6[2] == sk->src_ip6[2] &&
	       ctx->msg_src_ip6[3] == sk->src_ip6[3];
}

/*
 * Disconnected it takes another port of the gateway's, whose connection tracking keeps
 * each for a while.
 */
static __always_inline bool may_take_port(struct peer *peer)
{
	__u64 now = bpf_ktime_get_ns();

	if (now - peer->since >= PORTS_NS) {
		peer->since = now;
		peer->ports = 0;
	}
	if (peer->ports >= PORTS_MAX)
		return false;
	__sync_fetch_and_add(&peer->ports, 1);
	return true;
}

/* Of one that sends it is known by then, of one that connects only that it has none. */
static __always_inline bool has_port(struct peer *peer, __u32 port, bool connects)
{
	if (connects ? port != 0 : port == peer->from)
		return true;
	if ((connects || peer->from) && !may_take_port(peer))
		return false;
	peer->from = connects ? 0 : port;
	return true;
}

static __always_inline int first_leads_to(struct bpf_sock_addr *ctx, struct peer *peer,
					  const struct end *end)
{
	__builtin_memcpy(peer->address, end->address, sizeof(end->address));
	peer->port = end->port;
	peer->interface = ctx->sk->bound_dev_if;
	peer->protocol = ctx->protocol;
	return ALLOW;
}

static __always_inline int connects_to(struct bpf_sock_addr *ctx, bool ipv6)
{
	struct peer *peer = peer_of(ctx->sk);
	struct end end;

	if (!peer)
		return ALLOW;
	end_of(ctx, ipv6, &end);
	if (!peer->protocol)
		return first_leads_to(ctx, peer, &end);
	return is_peer(peer, &end) && has_port(peer, ctx->sk->src_port, true) ?
	       ALLOW : refuse(peer);
}

static __always_inline int sends_to(struct bpf_sock_addr *ctx, bool ipv6)
{
	struct peer *peer = peer_of(ctx->sk);
	struct end end;

	if (!peer)
		return ALLOW;
	end_of(ctx, ipv6, &end);
	return peer->protocol && is_peer(peer, &end) && is_from_here(ctx, ipv6) &&
	       has_port(peer, ctx->sk->src_port, false) ? ALLOW : refuse(peer);
}

SEC("cgroup/connect4")
int peers_connect4(struct bpf_sock_addr *ctx)
{
	return connects_to(ctx, false);
}

SEC("cgroup/connect6")
int peers_connect6(struct bpf_sock_addr *ctx)
{
	return connects_to(ctx, true);
}

SEC("cgroup/sendmsg4")
int peers_sendmsg4(struct bpf_sock_addr *ctx)
{
	return sends_to(ctx, false);
}

SEC("cgroup/sendmsg6")
int peers_sendmsg6(struct bpf_sock_addr *ctx)
{
	return sends_to(ctx, true);
}

/* Its first process sees by this that we are there. */
static __always_inline int binds(struct bpf_sock_addr *ctx)
{
	struct peer *peer = peer_of(ctx->sk);

	return peer ? refuse(peer) : ALLOW;
}

SEC("cgroup/bind4")
int peers_bind4(struct bpf_sock_addr *ctx)
{
	return binds(ctx);
}

SEC("cgroup/bind6")
int peers_bind6(struct bpf_sock_addr *ctx)
{
	return binds(ctx);
}

/*
 * Options that are about the connection, and none by which the gateway joins groups,
 * packets take another way, or are read by something else.
 */

static __always_inline bool is_plain_ip(int name)
{
	switch (name) {
	case IP_TOS:
	case IP_TTL:
	case IP_RECVTOS:
	case IP_RECVTTL:
	case IP_RECVERR:
	case IP_PKTINFO:
	case IP_MTU_DISCOVER:
	case IP_MULTICAST_TTL:
	case IP_MULTICAST_LOOP:
		return true;
	default:
		return false;
	}
}

static __always_inline bool is_plain_ipv6(int name)
{
	switch (name) {
	case IPV6_TCLASS:
	case IPV6_UNICAST_HOPS:
	case IPV6_MULTICAST_HOPS:
	case IPV6_MULTICAST_LOOP:
	case IPV6_RECVERR:
	case IPV6_RECVPKTINFO:
	case IPV6_RECVHOPLIMIT:
	case IPV6_RECVTCLASS:
	case IPV6_MTU_DISCOVER:
	case IPV6_V6ONLY:
	case IPV6_DONTFRAG:
		return true;
	default:
		return false;
	}
}

static __always_inline bool is_plain(int level, int name)
{
	switch (level) {
	case SOL_SOCKET:
		return name != SO_BINDTODEVICE && name != SO_BINDTOIFINDEX;
	case IPPROTO_TCP:
		return true;
	case IPPROTO_UDP:
		return name != UDP_ENCAP;
	case IPPROTO_IP:
		return is_plain_ip(name);
	case IPPROTO_IPV6:
		return is_plain_ipv6(name);
	default:
		return false;
	}
}

SEC("cgroup/setsockopt")
int peers_option(struct bpf_sockopt *ctx)
{
	struct peer *peer = peer_of(ctx->sk);

	/* The value is as it was, however long. */
	ctx->optlen = 0;
	if (!peer || !peer->protocol || is_plain(ctx->level, ctx->optname))
		return ALLOW;
	return refuse(peer);
}

/*
 * Packets, whatever became of the socket meanwhile
 */

static __always_inline bool read_ports(struct __sk_buff *skb, __u32 at, bool out,
				       struct end *end)
{
	__be16 ports[2];

	if (bpf_skb_load_bytes(skb, at, ports, sizeof(ports)))
		return false;
	end->port = ports[out];
	return true;
}

/* No options may be sent: with some a packet goes elsewhere first. */
static __always_inline bool read_ipv4(struct __sk_buff *skb, const struct peer *peer,
				      bool out, struct end *end)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) || ip.ihl < 5 ||
	    (out && ip.ihl != 5) || ip.protocol != peer->protocol ||
	    (ip.frag_off & bpf_htons(FRAGMENT)))
		return false;
	set_ipv4(end, out ? ip.daddr : ip.saddr);
	return read_ports(skb, ip.ihl * 4, out, end);
}

static __always_inline bool read_ipv6(struct __sk_buff *skb, const struct peer *peer,
				      bool out, struct end *end)
{
	struct ipv6hdr ip;

	if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) ||
	    ip.nexthdr != peer->protocol)
		return false;
	__builtin_memcpy(end->address, out ? &ip.daddr : &ip.saddr,
			 sizeof(end->address));
	return read_ports(skb, sizeof(ip), out, end);
}

/*
 * What TCP sends goes to what it is connected to. The packet may not say so any more,
 * where rules of the gateway change its destination.
 */
static __always_inline bool is_connected(struct bpf_sock *sk, const struct peer *peer)
{
	/*
	 * Read in any case: else the compiler makes one read of both, from an offset that
	 * it finds out, which the verifier does not take.
	 */
	__u32 ipv4 = sk->dst_ip4;
	struct end end = {
		.port = sk->dst_port,
		.address = { sk->dst_ip6[0], sk->dst_ip6[1], sk->dst_ip6[2],
			     sk->dst_ip6[3] },
	};

	barrier_var(ipv4);
	if (sk->family == AF_INET)
		set_ipv4(&end, ipv4);
	return peer->protocol == IPPROTO_TCP && is_peer(peer, &end);
}

static __always_inline bool is_between(struct __sk_buff *skb, struct bpf_sock *sk,
				       const struct peer *peer, bool out)
{
	struct end end;

	if (!peer->protocol ||
	    (peer->interface && skb->ifindex != peer->interface))
		return false;
	if (!(skb->protocol == bpf_htons(ETH_P_IP) ?
	      read_ipv4(skb, peer, out, &end) : read_ipv6(skb, peer, out, &end)))
		return false;
	return is_peer(peer, &end) || (out && is_connected(sk, peer));
}

SEC("cgroup_skb/egress")
int peers_out(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk ? bpf_sk_fullsock(skb->sk) : NULL;
	struct peer *peer = peer_of(sk);

	if (!peer || is_between(skb, sk, peer, true))
		return ALLOW;
	return refuse(peer);
}

/* That others try is not the environment's doing. */
SEC("cgroup_skb/ingress")
int peers_in(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk ? bpf_sk_fullsock(skb->sk) : NULL;
	struct peer *peer = peer_of(sk);

	return !peer || is_between(skb, sk, peer, false) ? ALLOW : REFUSE;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many bytes of IP packets come to sockets of environments, and go from them. Attached
 * to the place of environments, so that no other socket pays for it. Built twice: with
 * HAS_MODULE it tells the module; without, it takes no BTF.
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "slots.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define ALLOW	1

#ifdef HAS_MODULE
extern void sluice_env_count(__u32 slot, __u32 what, __u64 more) __ksym;
#else
#define sluice_env_count add_to_map
#endif

static __always_inline int count(struct __sk_buff *skb, __u32 what)
{
	__u32 slot = slot_of_cgroup(bpf_skb_cgroup_id(skb));

	if (slot != NO_SLOT)
		sluice_env_count(slot, what, skb->len);
	return ALLOW;
}

SEC("cgroup_skb/egress")
int traffic_out(struct __sk_buff *skb)
{
	return count(skb, COUNT_SENT);
}

SEC("cgroup_skb/ingress")
int traffic_in(struct __sk_buff *skb)
{
	return count(skb, COUNT_RECEIVED);
}

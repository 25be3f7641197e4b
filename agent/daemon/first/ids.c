// SPDX-License-Identifier: GPL-2.0-only
#include "first.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void be_told_of_the_end(void)
{
	/* Who changes his user loses this. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static struct __user_cap_header_struct ours(void)
{
	return (struct __user_cap_header_struct){
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
}

/*
 * That user already outside, with all that we may: so it is his namespace that is made
 * next. What the kernel counts for each user it counts in there and for whose namespace
 * it is: were that root, a program could take all that root has of inotify, of queued
 * signals, timers and message queues.
 */
static void be_user_outside(uid_t uid)
{
	struct __user_cap_header_struct header = ours();
	struct __user_cap_data_struct all[2];
	size_t i;

	first_die_unless(!setgroups(0, NULL), "setgroups");
	first_die_unless(!prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keeping privileges");
	first_die_unless(!setresgid(uid, uid, uid), "setresgid");
	first_die_unless(!setresuid(uid, uid, uid), "setresuid");
	/* Kept, but not in force: some kernels ask for them in what comes next. */
	first_die_unless(!syscall(SYS_capget, &header, all), "capabilities");
	for (i = 0; i < 2; i++)
		all[i].effective = all[i].permitted;
	first_die_unless(!syscall(SYS_capset, &header, all), "capabilities");
	be_told_of_the_end();
}

static void be_seen_as(uid_t uid)
{
	first_die_unless(!setresgid((gid_t)-1, uid, (gid_t)-1) &&
			 !setresuid((uid_t)-1, uid, (uid_t)-1), "user of sockets");
	be_told_of_the_end();
}

/* What we may stays: it is root's to say which paths a task reaches. */
void first_be_seen_as_user(const struct first *first)
{
	first_die_unless(!setgroups(0, NULL), "setgroups");
	first_die_unless(!prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0),
			 "securebits");
	be_seen_as(first->uid);
}

void first_be_seen_as_root(void)
{
	be_seen_as(0);
	first_die_unless(!prctl(PR_SET_SECUREBITS, 0, 0, 0, 0), "securebits");
}

void first_make_user(const struct first *first)
{
	be_user_outside(first->uid);
	first_die_unless(!unshare(CLONE_NEWUSER), "user namespace");
}

/*
 * In a user namespace that only environments of the task have, or in one of our own: then the
 * agent writes the map, before it says that our door is attached.
 */
void first_enter_user(const struct first *first)
{
	be_user_outside(first->uid);
	if (first->user)
		first_die_unless(!setns(ORDER_FD_USER, CLONE_NEWUSER), "user namespace");
	else
		first_die_unless(!unshare(CLONE_NEWUSER), "user namespace");
}

void first_be_attached(void)
{
	const char ready = ORDER_READY;
	char go;

	first_die_unless(write(ORDER_FD_STATUS, &ready, 1) == 1, "status");
	/* Nothing to read: the agent died, or does not want us any more. */
	if (read(ORDER_FD_GO, &go, 1) != 1)
		_exit(1);
}

void first_be_user(void)
{
	first_die_unless(!setresgid(ORDER_UID, ORDER_UID, ORDER_UID),
			 "setresgid");
	first_die_unless(!setresuid(ORDER_UID, ORDER_UID, ORDER_UID),
			 "setresuid");
	be_told_of_the_end();
}

void first_drop_privileges(void)
{
	struct __user_cap_header_struct header = ours();
	struct __user_cap_data_struct none[2] = { 0 };
	unsigned long cap;

	first_die_unless(!prctl(PR_SET_SECUREBITS, SECBIT_NOROOT |
				SECBIT_NOROOT_LOCKED |
				SECBIT_NO_SETUID_FIXUP |
				SECBIT_NO_SETUID_FIXUP_LOCKED |
				SECBIT_KEEP_CAPS_LOCKED |
				SECBIT_NO_CAP_AMBIENT_RAISE |
				SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED, 0, 0, 0),
			 "securebits");
	/* Until the kernel knows no more of them. */
	for (cap = 0; !prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); cap++)
		;
	first_die_unless(errno == EINVAL && cap > CAP_AUDIT_READ,
			 "capability bounding set");
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	first_die_unless(!syscall(SYS_capset, &header, none), "capabilities");
	first_die_unless(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
			 "no_new_privs");
}

// SPDX-License-Identifier: GPL-2.0-only
#include "first.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * In a user namespace that has no other. The agent writes the map, and attaches our
 * door while we wait.
 */
void first_change_user(void)
{
	const char ready = ORDER_READY;
	char go;

	first_die_unless(!setgroups(0, NULL), "setgroups");
	first_die_unless(!unshare(CLONE_NEWUSER), "user namespace");
	first_die_unless(write(ORDER_FD_STATUS, &ready, 1) == 1, "status");
	/* Nothing to read: the agent died, or does not want us any more. */
	if (read(ORDER_FD_GO, &go, 1) != 1)
		_exit(1);
	first_be_user();
}

void first_be_user(void)
{
	first_die_unless(!setresgid(ORDER_UID, ORDER_UID, ORDER_UID),
			 "setresgid");
	first_die_unless(!setresuid(ORDER_UID, ORDER_UID, ORDER_UID),
			 "setresuid");
	/* Who changes his user loses this. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void first_drop_privileges(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = { 0 };
	struct rlimit zero = { 0, 0 };
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
	first_die_unless(!setrlimit(RLIMIT_CORE, &zero), "core limit");
}

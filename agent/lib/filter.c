// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system calls that no task needs and that reach the kernel's rarely used
 * corners, other processes or the whole machine. They fail with EPERM; the
 * namespaces and the lack of capabilities are the wall, this is the ditch.
 */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static const char * const denied[] = {
	/* other file systems and roots */
	"mount", "umount", "umount2", "pivot_root", "chroot", "fsopen",
	"fsconfig", "fsmount", "fspick", "move_mount", "open_tree",
	"mount_setattr", "open_by_handle_at", "name_to_handle_at", "quotactl",
	"quotactl_fd", "swapon", "swapoff",
	/* other processes */
	"ptrace", "process_vm_readv", "process_vm_writev", "kcmp",
	"pidfd_getfd", "process_madvise", "setns", "unshare",
	/* the machine */
	"reboot", "kexec_load", "kexec_file_load", "init_module",
	"finit_module", "delete_module", "iopl", "ioperm", "settimeofday",
	"clock_settime", "clock_settime64", "adjtimex", "clock_adjtime",
	"clock_adjtime64", "stime", "sethostname", "setdomainname", "acct",
	"syslog", "vhangup", "nfsservctl", "lookup_dcookie",
	/* large attack surfaces */
	"bpf", "perf_event_open", "userfaultfd", "io_uring_setup",
	"io_uring_enter", "io_uring_register", "add_key", "request_key",
	"keyctl", "fanotify_init", "uselib", "ustat", "sysfs",
	"modify_ldt", "vm86", "vm86old", "remap_file_pages", "mbind",
	"set_mempolicy", "migrate_pages", "move_pages",
};

#define NEW_NAMESPACES	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
			 CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |	\
			 CLONE_NEWNET)

static int deny_names(scmp_filter_ctx filter)
{
	size_t i;
	int ret, number;

	for (i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		number = seccomp_syscall_resolve_name(denied[i]);
		/* Not on this architecture, or unknown to this library. */
		if (number == __NR_SCMP_ERROR || number < 0)
			continue;
		ret = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);
		if (ret)
			return ret;
	}
	return 0;
}

/* Bits that ask for new namespaces, one by one: rules are an "or". */
static int deny_namespaces(scmp_filter_ctx filter)
{
	unsigned long bit;
	int ret;

	for (bit = 1; bit <= NEW_NAMESPACES; bit <<= 1) {
		if (!(bit & NEW_NAMESPACES))
			continue;
		ret = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
				       SCMP_SYS(clone), 1,
				       SCMP_A0(SCMP_CMP_MASKED_EQ, bit, bit));
		if (ret)
			return ret;
	}
	/* Its flags are in memory, out of reach: libc falls back to clone. */
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
				SCMP_SYS(clone3), 0);
}

static int add_rules(scmp_filter_ctx filter)
{
	int ret = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
				   SCMP_ACT_KILL_PROCESS);

	if (!ret)
		ret = deny_names(filter);
	if (!ret)
		ret = deny_namespaces(filter);
	/* Typing into the terminal of somebody else. */
	if (!ret)
		ret = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
				       SCMP_SYS(ioctl), 1,
				       SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff,
					       TIOCSTI));
	return ret;
}

int filter_make(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int fd = memfd_create("filter", MFD_CLOEXEC | MFD_ALLOW_SEALING), ret;

	ret = !filter ? -ENOMEM : fd < 0 ? -errno : add_rules(filter);
	if (!ret)
		ret = seccomp_export_bpf(filter, fd);
	if (!ret && fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK |
			  F_SEAL_GROW | F_SEAL_WRITE))
		ret = -errno;
	seccomp_release(filter);
	if (!ret)
		return fd;
	if (fd >= 0)
		close(fd);
	return ret;
}

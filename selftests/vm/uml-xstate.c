// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into User Mode Linux on hosts whose CPU state is larger than the
 * kernel of 6.12 reserves for it (AMX: 11 KiB). Linux takes a process's extended
 * state only as a whole: what UML kept of it is completed here with what the
 * process has, which UML never changes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

#define XSTATE_MAX 65536

static long (*next_ptrace)(int request, pid_t pid, void *addr, void *data);

static long set_xstate(pid_t pid, const struct iovec *part)
{
	static char whole[XSTATE_MAX];
	struct iovec full = { whole, sizeof(whole) };

	if (next_ptrace(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &full))
		return -1;
	if (part->iov_len < full.iov_len)
		memcpy(whole, part->iov_base, part->iov_len);
	else
		memcpy(whole, part->iov_base, full.iov_len);
	return next_ptrace(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, &full);
}

long ptrace(enum __ptrace_request request, ...)
{
	void *addr, *data;
	va_list args;
	pid_t pid;

	if (!next_ptrace)
		*(void **)&next_ptrace = dlsym(RTLD_NEXT, "ptrace");
	va_start(args, request);
	pid = va_arg(args, pid_t);
	addr = va_arg(args, void *);
	data = va_arg(args, void *);
	va_end(args);
	if (request == PTRACE_SETREGSET && addr == (void *)NT_X86_XSTATE)
		return set_xstate(pid, data);
	return next_ptrace(request, pid, addr, data);
}

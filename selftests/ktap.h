/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KTAP output for tests in C: one program is one test, each TEST() in it a
 * subtest that runs in a child process of its own, so that a crash or a hang is
 * one failed subtest and nothing leaks into the next: what it started is gone
 * before the next begins, and what else it left is cleaned away by ktap_clean(),
 * where there is one. The argument, or SLUICE_ONLY, is a part of the names of those
 * that run.
 */
#ifndef SLUICE_KTAP_H
#define SLUICE_KTAP_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KTAP_SKIP_STATUS	4
/*
 * When a subtest hangs. It is counted in naps, of which a machine has fewer the less
 * of its CPUs it gets: no subtest has to be quick. KTAP_TIMES multiplies it, for a
 * kernel on which all takes longer.
 */
#ifndef KTAP_SECONDS
#define KTAP_SECONDS		60
#endif
#define KTAP_NAP_MS		20

/* Of the library for tests of the module: after a subtest that failed. */
__attribute__((weak)) void ktap_clean(void);

struct ktap_test {
	const char *name;
	void (*run)(void);
	struct ktap_test *next;
};

static struct ktap_test *ktap_first, **ktap_last = &ktap_first;

#define TEST(test)							\
	static void test(void);						\
	static struct ktap_test ktap_##test = { #test, test, NULL };	\
	__attribute__((constructor)) static void ktap_add_##test(void)	\
	{								\
		*ktap_last = &ktap_##test;				\
		ktap_last = &ktap_##test.next;				\
	}								\
	static void test(void)

#define ktap_fail(...) do {						\
	printf("# %s:%d: ", __FILE__, __LINE__);			\
	printf(__VA_ARGS__);						\
	printf("\n");							\
	fflush(stdout);							\
	_exit(1);							\
} while (0)

#define ktap_skip(...) do {						\
	printf("# skipped: ");						\
	printf(__VA_ARGS__);						\
	printf("\n");							\
	fflush(stdout);							\
	_exit(KTAP_SKIP_STATUS);					\
} while (0)

#define CHECK(condition) do {						\
	if (!(condition))						\
		ktap_fail("not true: %s (errno %d)", #condition, errno);\
} while (0)

#define CHECK_EQ(got, want) do {					\
	long long ktap_got = (long long)(got);				\
	long long ktap_want = (long long)(want);			\
	if (ktap_got != ktap_want)					\
		ktap_fail("%s is %lld, not %s (%lld), errno %d", #got,	\
			  ktap_got, #want, ktap_want, errno);		\
} while (0)

/* The expression returns -1 and sets errno to @number. */
#define CHECK_ERRNO(expression, number) do {				\
	errno = 0;							\
	long long ktap_ret = (long long)(expression);			\
	if (ktap_ret != -1 || errno != (number))			\
		ktap_fail("%s is %lld with errno %d (%s), not -1 with %s", \
			  #expression, ktap_ret, errno,			\
			  strerror(errno), #number);			\
} while (0)

/* _exit() passes by where the sanitizer would look. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#define ktap_leaks()	__lsan_do_recoverable_leak_check()
#else
#define ktap_leaks()	0
#endif

/* The status of a subtest when it has ended; one that never does is killed. */
static int ktap_wait(pid_t pid, const sigset_t *child)
{
	const struct timespec nap = { 0, KTAP_NAP_MS * 1000000 };
	const char *times = getenv("KTAP_TIMES");
	long naps = KTAP_SECONDS * 1000L / KTAP_NAP_MS;
	int status;

	if (times)
		naps *= atol(times);
	while (!waitpid(pid, &status, WNOHANG)) {
		if (sigtimedwait(child, NULL, &nap) >= 0 || naps--)
			continue;
		printf("# it hangs: ended\n");
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		break;
	}
	return status;
}

static int ktap_run_one(const struct ktap_test *test)
{
	sigset_t child, before;
	int status;
	pid_t pid;

	/* A process that ends is heard of when we wait for it. */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return 1;
	if (!pid) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		setpgid(0, 0);
		test->run();
		fflush(stdout);
		_exit(ktap_leaks());
	}
	status = ktap_wait(pid, &child);
	/* Whatever the subtest started ends with it, and is gone before the next. */
	kill(-pid, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (!status)
		return 0;
	if (ktap_clean)
		ktap_clean();
	if (WIFSIGNALED(status)) {
		printf("# ended by signal %d\n", WTERMSIG(status));
		return 1;
	}
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	int number = 0, failed = 0, skipped = 0, total = 0;
	const char *only = argc > 1 ? argv[1] : getenv("SLUICE_ONLY");
	struct ktap_test *test;

	/* Orphans of subtests come to us. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (test = ktap_first; test; test = test->next)
		total += !only || strstr(test->name, only);
	printf("KTAP version 1\n1..%d\n", total);
	for (test = ktap_first; test; test = test->next) {
		int status;

		if (only && !strstr(test->name, only))
			continue;
		status = ktap_run_one(test);
		number++;
		if (status == KTAP_SKIP_STATUS) {
			skipped++;
			printf("ok %d %s # SKIP\n", number, test->name);
		} else if (status) {
			failed++;
			printf("not ok %d %s\n", number, test->name);
		} else {
			printf("ok %d %s\n", number, test->name);
		}
		fflush(stdout);
	}
	if (failed || !total)
		return 1;
	return skipped == total ? KTAP_SKIP_STATUS : 0;
}

#endif /* SLUICE_KTAP_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KTAP output for tests in C: one program is one test, each TEST() in it a
 * subtest that runs in a child process of its own, so that a crash or a hang is
 * one failed subtest and nothing leaks into the next.
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
#include <unistd.h>

#define KTAP_SKIP_STATUS	4
#define KTAP_SECONDS		30

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

static int ktap_run_one(const struct ktap_test *test)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return 1;
	if (!pid) {
		setpgid(0, 0);
		alarm(KTAP_SECONDS);
		test->run();
		fflush(stdout);
		_exit(ktap_leaks());
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* Whatever the subtest started ends with it. */
	kill(-pid, SIGKILL);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (WIFSIGNALED(status)) {
		printf("# ended by signal %d%s\n", WTERMSIG(status),
		       WTERMSIG(status) == SIGALRM ? " (too long)" : "");
		return 1;
	}
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	int number = 0, failed = 0, skipped = 0, total = 0;
	struct ktap_test *test;

	/* Orphans of subtests come to us. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (test = ktap_first; test; test = test->next)
		total += argc < 2 || strstr(test->name, argv[1]);
	printf("KTAP version 1\n1..%d\n", total);
	for (test = ktap_first; test; test = test->next) {
		int status;

		if (argc >= 2 && !strstr(test->name, argv[1]))
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

// SPDX-License-Identifier: GPL-2.0-only
#include "count.h"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A step of the process that runs when no other does: so many rounds of nothing. */
#define ROUNDS	100
/* How long one takes is taken from the shortest of so many times so many steps. */
#define TIMES	50
#define STEPS	1000

/* Shared with that process. */
static struct {
	_Atomic uint32_t on;
	_Atomic uint64_t steps;
} *meter;
static uint64_t steps_time;	/* of STEPS */

static uint64_t begin, steps_before;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static __attribute__((noinline)) void step(void)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		__asm__ volatile("");
	/* Nobody else writes it. */
	atomic_store_explicit(&meter->steps, meter->steps + 1, memory_order_relaxed);
}

/* As long as it is on, and not beyond @last. */
static __attribute__((noinline)) void steps_until(uint64_t last)
{
	while (atomic_load_explicit(&meter->on, memory_order_relaxed) && meter->steps != last)
		step();
}

static uint64_t least_time(uint64_t steps)
{
	uint64_t least = UINT64_MAX, time;
	int i;

	for (i = 0; i < TIMES; i++) {
		time = now();
		steps_until(meter->steps + steps);
		time = now() - time;
		if (time < least)
			least = time;
	}
	return least;
}

/* So that reading the clock is not part of it. */
static void time_steps(void)
{
	atomic_store(&meter->on, 1);
	steps_time = least_time(2 * STEPS) - least_time(STEPS);
	atomic_store(&meter->on, 0);
}

static _Noreturn void run_idle(void)
{
	for (;;) {
		while (!atomic_load(&meter->on))
			syscall(SYS_futex, &meter->on, FUTEX_WAIT, 0, NULL, NULL, 0);
		steps_until(UINT64_MAX);
	}
}

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

void count_open(void)
{
	struct sched_param none = { 0 };
	pid_t parent = getpid(), child;

	if (sysconf(_SC_NPROCESSORS_ONLN) != 1) {
		fprintf(stderr, "expected a machine of one CPU\n");
		exit(1);
	}
	meter = mmap(NULL, sizeof(*meter), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (meter == MAP_FAILED)
		fail("count");
	time_steps();
	child = fork();
	if (child < 0)
		fail("count");
	if (child)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || sched_setscheduler(0, SCHED_IDLE, &none))
		_exit(1);
	run_idle();
}

void count_begin(void)
{
	steps_before = meter->steps;
	atomic_store(&meter->on, 1);
	syscall(SYS_futex, &meter->on, FUTEX_WAKE, 1, NULL, NULL, 0);
	begin = now();
}

uint64_t count_look(void)
{
	uint64_t time = now() - begin;

	return time - (meter->steps - steps_before) * steps_time / STEPS;
}

uint64_t count_end(void)
{
	uint64_t count = count_look();

	atomic_store(&meter->on, 0);
	return count;
}

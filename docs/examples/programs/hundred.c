// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hundred threads that are all there at once. Where the task needs fewer pids it says
 * how many it got.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define THREADS 100

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int here, leave;

static void *work(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&lock);
	here++;
	pthread_cond_broadcast(&changed);
	while (!leave)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int started, error = 0, i;

	for (started = 0; started < THREADS; started++) {
		error = pthread_create(&threads[started], NULL, work, NULL);
		if (error)
			break;
	}
	pthread_mutex_lock(&lock);
	while (here < started)
		pthread_cond_wait(&changed, &lock);
	printf("%d threads\n", here);
	leave = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	for (i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	if (error)
		fprintf(stderr, "thread %d: %s\n", started + 1, strerror(error));
	return error != 0;
}

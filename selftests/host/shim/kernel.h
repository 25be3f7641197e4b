/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of the kernel as the module's core needs to run in one thread of an
 * ordinary process: the files of kmod/ are compiled against this unchanged.
 * Locks are checked, time stands still unless the test moves it, and what the
 * kernel would do by itself (work queues, processes) the test does.
 */
#ifndef SHIM_KERNEL_H
#define SHIM_KERNEL_H

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
typedef unsigned int gfp_t;
typedef struct { u32 val; } kuid_t;

#define __init
#define __exit
#define __percpu
#define __user
#define __acquires(lock)
#define __must_hold(lock)
#define __releases(lock)
#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	0
#define GFP_NOWAIT		0
#define __GFP_NOWARN		0
#define NSEC_PER_SEC		1000000000L
#define NSEC_PER_MSEC		1000000L
#define NSEC_PER_USEC		1000L
#define U32_MAX			UINT32_MAX
#define U64_MAX			UINT64_MAX
#define S64_MAX			INT64_MAX
#define BIT_ULL(n)		(1ULL << (n))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, v)	((x) = (v))
#define smp_load_acquire(p)	(*(p))
#define smp_store_release(p, v)	(*(p) = (v))
#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#define max3(a, b, c)		max(max(a, b), c)
#define min_t(t, a, b)		min((t)(a), (t)(b))
#define clamp(v, low, high)	min(max(v, low), high)
#define swap(a, b) do {							\
	__typeof__(a) swap_a = (a);					\
									\
	(a) = (b);							\
	(b) = swap_a;							\
} while (0)
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))
#define struct_size(p, member, count) \
	(sizeof(*(p)) + sizeof((p)->member[0]) * (count))
/* What happens elsewhere while the lock is given back for a moment. */
__attribute__((weak)) void (*shim_gap)(void);
#define cond_resched()		do { if (shim_gap) shim_gap(); } while (0)
#define fls64(x)		((x) ? 64 - __builtin_clzll(x) : 0)
#define WARN_ON_ONCE(x)		assert(!(x))
#define THIS_MODULE		NULL
#define lockdep_assert_held(l)	assert((l)->held)

static inline void strscpy(char *to, const char *from, size_t size)
{
	snprintf(to, size, "%s", from);
}

/* The first byte that is another; NULL if none is. */
static inline void *memchr_inv(const void *start, int byte, size_t size)
{
	const u8 *at = start;

	for (; size; at++, size--)
		if (*at != (u8)byte)
			return (void *)at;
	return NULL;
}

/* Like the kernel's, it may change the order of equals. */
static inline void sort(void *base, size_t num, size_t size,
			int (*cmp)(const void *, const void *),
			void (*swap_func)(void *, void *, int))
{
	assert(!swap_func);
	if (num > 1)
		qsort(base, num, size, cmp);
}

static inline void *ERR_PTR(long error) { return (void *)error; }
static inline long PTR_ERR(const void *p) { return (long)p; }
static inline bool IS_ERR(const void *p) { return (uintptr_t)p >= (uintptr_t)-4095; }

static inline u64 div_u64(u64 a, u32 b) { return a / b; }
static inline u64 div64_u64(u64 a, u64 b) { return a / b; }
static inline u64 mul_u64_u64_div_u64(u64 a, u64 b, u64 c)
{
	return (u64)((unsigned __int128)a * b / c);
}

/* The same in every run. */
static inline void get_random_bytes(void *to, size_t size)
{
	static u64 state = 0x2545f4914f6cdd1d;
	u8 *byte = to;

	for (; size; size--) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		*byte++ = (u8)(state >> 56);
	}
}

/* Time, which the test moves. */
extern u64 shim_now;
static inline u64 ktime_get_boottime_ns(void) { return shim_now; }

/* Memory: an allocation may be made to fail. */
extern bool shim_no_memory;
static inline void *kzalloc(size_t size, gfp_t gfp)
{
	(void)gfp;
	return shim_no_memory ? NULL : calloc(1, size);
}
#define kvzalloc(size, gfp)	kzalloc(size, gfp)
#define kvmalloc(size, gfp)	kzalloc(size, gfp)
#define kfree(p)		free(p)
#define kvfree_rcu(p, rcu)	free(p)
#define kfree_rcu(p, rcu)	free(p)
struct rcu_head { int unused; };
#define rcu_read_lock()		do { } while (0)
#define rcu_read_unlock()	do { } while (0)

/* References to the module: none are left when nothing is alive. */
extern long shim_module_refs;
/* It is being unloaded: nobody gets a reference any more. */
__attribute__((weak)) bool shim_module_goes;
#define try_module_get(m) \
	((void)(m), !shim_module_goes && ++shim_module_refs > 0)
#define module_put(m)		((void)(m), (void)shim_module_refs--)

typedef struct { bool held; } spinlock_t;
static inline void spin_lock(spinlock_t *lock)
{
	assert(!lock->held);
	lock->held = true;
}
static inline void spin_unlock(spinlock_t *lock)
{
	assert(lock->held);
	lock->held = false;
}

struct kref { int count; };
static inline void kref_init(struct kref *ref) { ref->count = 1; }
static inline void kref_get(struct kref *ref)
{
	assert(ref->count > 0);
	ref->count++;
}
static inline bool kref_get_unless_zero(struct kref *ref)
{
	return ref->count && ref->count++;
}
static inline void kref_put(struct kref *ref, void (*release)(struct kref *))
{
	assert(ref->count > 0);
	if (!--ref->count)
		release(ref);
}

typedef struct { int value; } atomic_t;
typedef struct { s64 value; } atomic64_t;
static inline s64 atomic64_inc_return(atomic64_t *a) { return ++a->value; }

/* One thread: whoever waits needs something that happens meanwhile. */
typedef struct { int unused; } wait_queue_head_t;
__attribute__((weak)) void (*shim_sleep)(void);
#define wait_event_interruptible(w, condition) ({			\
	(void)(w);							\
	while (!(condition)) {						\
		if (!shim_sleep)					\
			abort();					\
		shim_sleep();						\
	}								\
	0;								\
})
#define init_waitqueue_head(w)	((void)(w))
#define wake_up(w)		((void)(w))
#define wake_up_all(w)		((void)(w))

/* Alarms ring when the test says so. */
struct work_struct { int unused; };
struct workqueue_struct { int unused; };
struct hrtimer { int unused; };
#define WQ_UNBOUND		0
#define alloc_workqueue(name, flags, max) \
	((void)(flags), (struct workqueue_struct *)			\
	 calloc(1, sizeof(struct workqueue_struct)))
#define destroy_workqueue(w)	free(w)

/* Who asks. */
struct task_struct { pid_t tgid; int exit_state; };
#define current			((struct task_struct *)NULL)
static inline pid_t task_tgid_nr(struct task_struct *thread)
{
	(void)thread;
	return 1;
}
#define task_pid_nr(thread)	task_tgid_nr(thread)
/* One thread is all that there is here. */
#define find_pid_ns(nr, ns)	((void)(nr), (struct pid *)NULL)
#define pid_task(pid, type)	((struct task_struct *)(pid))
#define GLOBAL_ROOT_UID		((kuid_t){ 0 })
#define __kuid_val(uid)		((uid).val)
#define uid_eq(a, b)		((a).val == (b).val)
/* Whoever the test is at the time. */
__attribute__((weak)) u32 shim_uid;
static inline kuid_t current_uid(void) { return (kuid_t){ shim_uid }; }

/* An environment's processes: the test says whether any is left. */
struct cgroup { bool populated; };
struct cgroup_subsys_state { int unused; };
struct pid { bool killed; };
#define cgroup_put(c)		((void)(c))
#define cgroup_is_populated(c)	((c)->populated)
#define put_pid(p)		((void)(p))
#define kill_pid(p, sig, priv)	((void)(sig), (void)(priv), (p)->killed = true)

#include "containers.h"

#endif /* SHIM_KERNEL_H */

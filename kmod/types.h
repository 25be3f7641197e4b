/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every structure of the module.
 *
 * Locks
 * -----
 * sluice.lock	spinlock_t, process context only (no interrupt, no tracing program
 *		takes it), so that a plain spin_lock() is enough and PREEMPT_RT may
 *		sleep on it. Guards the queue, the classes, the ledger and all
 *		states: every field below that names no other lock. Taken inside:
 *		wait queue locks, siglock (kill_pid), netlink's (multicast).
 *		Taken by sluice_enter() and given back by sluice_leave() alone
 *		(engine/dispatch.h), which starts what can start.
 *		Where threads may be made to stand still, one waits for it beside
 *		it, and its holder is lent a priority (machine/boost.h).
 * (per CPU)	counts in machine/counts.c: some numbers for each slot, which only
 *		their CPU adds to; times of real-time threads in machine/realtime.c, with
 *		a seqcount of their own.
 *
 * Work under sluice.lock is bounded by the number of tasks or environments,
 * both limited by module parameters, never by the number of calls: what walks
 * calls does so SLUICE_BATCH at a time and gives the lock back between.
 *
 * References
 * ----------
 * sluice_call	one for being alive, handed to the history when it is final; one
 *		for its owner, handed to whoever takes the result; one for each
 *		lookup.
 * sluice_task	one for being registered, one for each call and environment.
 * sluice_user	counted under sluice.lock: one for each open file, each call that
 *		is not final, and whoever looks at it.
 * sluice_env	one for living (until gone), one for its door, one for each lookup.
 * sluice_owner	lives in what owns calls, an open file; calls point back to it
 *		without a reference, and sluice_owner_let_go() takes that pointer
 *		away from all of them.
 */
#ifndef SLUICE_TYPES_H
#define SLUICE_TYPES_H

#include <linux/atomic.h>
#include <linux/hashtable.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/sluice.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "machine/above.h"
#include "policy/claim.h"
#include "policy/class.h"
#include "base/estimate.h"
#include "policy/gate.h"
#include "policy/pressure.h"
#include "base/ledger.h"

struct cgroup;
struct cgroup_subsys_state;
struct mem_cgroup;
struct sluice_await;
struct pid;

#define SLUICE_PRIORITIES	(SLUICE_PRIORITY_MAX + 1)
/* Of a call that has not been accepted yet, and is to have its task's. */
#define SLUICE_PRIORITY_UNSET	((u32)SLUICE_PRIORITY_TASK)
#define SLUICE_TASK_HASH_BITS	8
#define SLUICE_USER_HASH_BITS	6
/* Bytes of input and words up to which they are part of their call: together 512. */
#define SLUICE_INPUT_NEAR	32
/* Calls handled before sluice.lock is given back. */
#define SLUICE_BATCH		64
/* Most environments, and so CPU time counters, that "max_envs" may ask for. */
#define SLUICE_SLOTS		1024
/* Most claims at one time: one for each resource that is short would be enough. */
#define SLUICE_CLAIMS		8
/* So that an estimate tells thousandths of a CPU from each other. */
#define SLUICE_CPU_SHIFT	10
/* A quarantine that only a hand ends. */
#define SLUICE_QUARANTINE_HELD	(~0ULL)

/* Reasons for which the gate may hold a task. */
#define SLUICE_HOLDS		(SLUICE_HOLD_CPU_PRESSURE + 1)
/* Bits of sluice.idled for those; the first ones are of quantities. */
#define SLUICE_IDLED_FOR(hold)	BIT_ULL(SLUICE_QUANTITIES + (hold))

/**
 * struct sluice_callq - calls of one task that wait
 * @urgent: sluice_call.place, those of the class deadline that may start, earliest
 *	deadline first; they go before all others
 * @others: sluice_call.place, the others that may start, by priority and age
 * @filled_by: how many of @others there are of each priority
 * @filled: a bit for each priority of which there are some
 * @age: of sluice_call.age, all, oldest first
 * @users: sluice_call.by_user, the oldest of each user
 * @keys: sluice_key.node, by text and whose it is
 * @calls: how many, also those that are delayed
 * @ready: those that may start
 * @bytes: of input and words
 */
struct sluice_callq {
	struct rb_root_cached urgent;
	struct rb_root_cached others;
	u32	filled_by[SLUICE_PRIORITIES];
	DECLARE_BITMAP(filled, SLUICE_PRIORITIES);
	struct list_head age;
	struct rb_root users;
	struct rb_root keys;
	u32	calls;
	u32	ready;
	u64	bytes;
};

/**
 * struct sluice_task_config - what a task file says, as far as the module cares
 *
 * Fields as the attributes of the same name in docs/netlink/sluice.yaml; times
 * in nanoseconds.
 */
struct sluice_task_config {
	enum sluice_kind kind;
	struct sluice_class *class;
	u32	priority;
	u32	priority_max;
	u32	weight;
	u32	queue_max;
	u32	input_max;
	u32	output_max;
	u32	envs_max;
	u32	running_max;
	u32	retries;
	u32	quarantine_after;
	enum sluice_overflow overflow;
	enum sluice_keys keys;
	u64	timeout;
	u64	idle;
	u64	queue_bytes;
	u64	runtime;
	u64	deadline;
	u64	patience;
	u64	backoff;
	u64	quarantine;
	u64	start_timeout;
	u64	grace;
	u64	overhead;
	struct sluice_request request;
};

/* What is counted of environments, and of calls while they run there. */
enum sluice_count {
	SLUICE_COUNT_WAITED,
	SLUICE_COUNT_READ,
	SLUICE_COUNT_WRITTEN,
	SLUICE_COUNT_RECEIVED,
	SLUICE_COUNT_SENT,
	SLUICE_COUNT_FAULTS,
	SLUICE_COUNT_PROCESSES,
	SLUICE_COUNT_REFUSED,
	SLUICE_COUNT_OOM_KILLS,
	SLUICE_COUNTS,
};

/**
 * struct sluice_counts - how much of each
 * @of: by enum sluice_count: nanoseconds for which threads waited for a CPU; bytes read
 *	from disks, and written; bytes of IP packets received, and sent; page faults;
 *	processes started; system calls refused where the filter logs these; processes
 *	that the kernel ended for want of memory
 */
struct sluice_counts {
	u64	of[SLUICE_COUNTS];
};

/**
 * struct sluice_space - what calls take that wait
 * @calls: how many
 * @bytes: of their input and words
 */
struct sluice_space {
	u64	calls;
	u64	bytes;
};

static inline void sluice_space_add(struct sluice_space *space, s64 calls,
				    s64 bytes)
{
	space->calls += calls;
	space->bytes += bytes;
}

/**
 * struct sluice_room - room in the queue of a task, for submitters that wait for it
 * @waiters: sluice_waiter.node of those that sleep, by user, first come first
 * @others: sluice_waiter.other of those whose call may take the place of another
 * @seen: id of the user whose waiters were looked at last
 * @turn: sluice_waiter.turn of all that sleep, who looked longest ago first
 * @blocked: in sluice.rooms.blocked while somebody sleeps
 * @changed: how often what the queue takes at all has changed
 * @promised: to those who were woken and have not looked yet
 */
struct sluice_room {
	struct rb_root waiters;
	struct list_head others;
	u32	seen;
	struct list_head turn;
	struct list_head blocked;
	u64	changed;
	struct sluice_space promised;
};

/**
 * struct sluice_rooms - what is common to the rooms of all tasks
 * @blocked: of sluice_room.blocked
 * @promised: sluice_waiter.kept, who was promised something longest ago first
 * @came: how many have come to wait
 */
struct sluice_rooms {
	struct list_head blocked;
	struct list_head promised;
	u64	came;
};

/**
 * struct sluice_outlook - what is forecast for those who read of a task
 * @made: when, 0 for never
 * @changes: of the ledger at that time
 * @has_all: when there can be all that one more call of the task needs
 * @first_end: when the first call of the task ends
 */
struct sluice_outlook {
	u64	made;
	u64	changes;
	u64	has_all;
	u64	first_end;
};

/**
 * struct sluice_task - registered code
 * @ref: see References
 * @hash: in sluice.tasks, by @name
 * @name: never changes
 * @by_name: in sluice.names
 * @config: replaced as a whole under sluice.lock
 * @mode: what the operator wants it to do
 * @closing: removed: accepts no calls
 * @rank: place in the order of its class while it has calls that may start and is
 *	not parked
 * @park: in @parked_at while the gate holds its best call
 * @parked_at: the place of the resource for which it waits, or one of sluice.held
 * @park_ease: the largest of park_own_ease() below this one in the tree
 * @verdict: why it is parked
 * @lacks_since: since when its best call lacks a resource, 0 when it does not
 * @crowded_since: since when it waits for one environment less, 0 when it does not
 * @claim: that its best call holds; NULL for none
 * @queue: its waiting calls
 * @room: in @queue
 * @idle: its idle environments, last used first (sluice_env.idle_node)
 * @envs: living environments, idle or not
 * @next_env: id of the next one, kept for it in sluice.envs; 0: not known yet
 * @running: calls that start or run
 * @estimate: of how long its calls run
 * @memory: of the peak of memory that they use
 * @cpu: of what they use of the CPUs, in thousandths << SLUICE_CPU_SHIFT
 * @setup: how long it takes until a call runs in a new environment, decaying
 * @outlook: see there
 * @failures: in a row
 * @quarantined: until when its calls wait, 0 for no quarantine
 * @submitted: calls accepted
 * @ended: calls that reached a final state
 * @refused: calls refused
 * @retried: failed calls that were queued again
 * @superseded: calls that ended as superseded
 * @dropped: calls that ended as dropped
 * @late: calls of the class deadline that ended after it
 * @peers_refused: tries to use a connection for what is not its peer
 */
struct sluice_task {
	struct kref ref;
	struct hlist_node hash;
	char	name[SLUICE_NAME_SIZE];
	struct rb_node by_name;
	struct sluice_task_config config;
	enum sluice_mode mode;
	bool	closing;
	struct sluice_rank rank;
	struct rb_node park;
	struct sluice_park *parked_at;
	u64	park_ease;
	struct sluice_verdict verdict;
	u64	lacks_since;
	u64	crowded_since;
	struct sluice_claim *claim;
	struct sluice_callq queue;
	struct sluice_room room;
	struct list_head idle;
	u32	envs;
	u32	next_env;
	u32	running;
	struct sluice_estimate estimate;
	struct sluice_estimate memory;
	struct sluice_estimate cpu;
	u64	setup;
	struct sluice_outlook outlook;
	u32	failures;
	u64	quarantined;
	u64	submitted;
	u64	ended;
	u64	refused;
	u64	retried;
	u64	superseded;
	u64	dropped;
	u64	late;
	u64	peers_refused;
};

/**
 * struct sluice_claim - what the best call of a task may not be kept from for long
 * @task: whose best call; NULL when the place is free
 * @call: id of the best call when the claim was made
 * @known: @forecast has been made
 * @changes: of the ledger when it was made
 * @forecast: when it can be met
 */
struct sluice_claim {
	struct sluice_task *task;
	u64	call;
	bool	known;
	u64	changes;
	struct sluice_forecast forecast;
};

/**
 * struct sluice_key - the key of a call
 * @node: in its task's queue while the call waits
 * @call: whose key it is
 * @text: a newer call with the same one takes the place of this
 */
struct sluice_key {
	struct rb_node node;
	struct sluice_call *call;
	char	text[SLUICE_KEY_SIZE];
};

/**
 * struct sluice_answer - what a call ended with
 * @rcu: frees it
 * @len: bytes of the answer
 * @log_len: bytes of what the program said on stderr
 * @message: for people
 * @data: the answer, and behind it the other
 */
struct sluice_answer {
	struct rcu_head rcu;
	u32	len;
	u32	log_len;
	char	message[SLUICE_MESSAGE_SIZE];
	u8	data[];
};

/* What is limited of it until it is read. */
static inline u32 sluice_answer_bytes(const struct sluice_answer *answer)
{
	return answer ? answer->len + answer->log_len : 0;
}

/**
 * struct sluice_result - how a call, or an attempt to run it, ended
 * @state: a final one
 * @reason: why
 * @status: exit status, signal or errno, as @reason says
 * @answer: NULL for neither data nor message; whoever is handed the result frees it
 * @last: its environment is to take no further call
 */
struct sluice_result {
	enum sluice_call_state state;
	enum sluice_reason reason;
	s32	status;
	struct sluice_answer *answer;
	bool	last;
};

/* Where a waiting call stands in its task's queue. */
enum sluice_queued {
	SLUICE_QUEUED_NOT,
	SLUICE_QUEUED_OTHER,
	SLUICE_QUEUED_URGENT,
	SLUICE_QUEUED_DELAYED,
};

/**
 * struct sluice_call - one request to run a task
 * @ref: see References
 * @rcu: frees it after readers of sluice.calls
 * @of_user: the ring of all of its user that wait in its task's queue, by age
 * @id: its low bits are the index in sluice.calls; never used again
 * @task: holds a reference
 * @state: written by call.c alone
 * @queued: which place it has in the queue; written by callq.c alone
 * @told: why it waits, last time that it was said
 * @told_res: id of the resource, for SLUICE_HOLD_RESOURCE
 * @taken: somebody takes the result over, or has done so
 * @key_shared: @key is the task's, not the submitter's
 * @awaits: the first of those who wait for it by its id: they get it before those
 *	that take any; NULL for none
 * @node: in sluice.history when final
 * @place: in its task's queue while it may start (never together with @node)
 * @age: in its task's queue while it waits
 * @by_user: the same, where it is its user's oldest
 * @key: that it has, NULL for none
 * @demand: what it takes of the CPUs as one of the class deadline; NULL for a call
 *	of another class
 * @owner: to whom its result goes; NULL for detached, or when the owner has left
 * @owner_node: in owner->pending; when final in owner->ended, unless it is awaited
 *	or taken
 * @timer: in sluice.timers, keyed by @due
 * @due: when it expires, times out, has to have started or is run again
 *	(CLOCK_BOOTTIME); 0 for never
 * @env: the environment that starts or runs it; holds no reference: an
 *	environment outlives its call
 * @env_id: of the last @env, for the bill
 * @restarts: how often its environment ended before it ran, since it last ran
 * @attempts: how often it ran and failed
 * @priority: orders it in its task's queue
 * @origin_pid: who submitted it
 * @origin_uid: who submitted it
 * @timeout: longest run, 0 for no limit
 * @deadline: point in time at which it expires if it waits, 0 for never
 * @runtime: declared, 0 for none
 * @ready_at: point in time at which it is run again, 0 when it is not delayed
 * @submitted: (CLOCK_BOOTTIME)
 * @since: how old it is among those of its task: when it was submitted, or the one
 *	was whose place it took
 * @turn: by which it goes among them, if it is not of the class deadline
 * @starting: when its last environment was chosen
 * @started: when it last became running
 * @ended: when it became final
 * @booked: what its class has booked for it while it runs
 * @worker_start: CPU time of its worker when it became running, by the worker's
 *	own account, sluice_cpu_of_worker()
 * @run_time: of attempts that have ended
 * @cpu_time: used while it ran, all attempts together
 * @counts: of its environment while it ran, the same
 * @memory_peak: of its environment while it ran, the largest of all attempts
 * @reason: why it, its last attempt or its last environment ended
 * @status: exit status, signal or errno, as @reason says
 * @answer: NULL when there is neither data nor message
 * @trace_id: identity towards tracing outside of Sluice; never changes
 * @user: to whom it counts while it waits; a reference while it is not final
 * @payer: memory cgroup of its submitter, to which all that it holds is charged;
 *	NULL where the kernel has none
 * @readers: workers that copy its input, which stays until they have
 * @input_len: bytes of input and words, which never change, and are gone once the call
 *	is final
 * @words_len: bytes of words alone, which are behind the input
 * @far: the input and the words when they are too long for @near, NULL when not
 * @near: the input and the words
 */
struct sluice_call {
	struct kref ref;
	u32	env_id;
	union {
		struct rcu_head rcu;
		struct list_head of_user;
	};
	u64	id;
	struct sluice_task *task;
	enum sluice_call_state state;
	u8	queued : 3;
	u8	told : 5;
	u16	told_res;
	u8	restarts : 6;
	u8	taken : 1;
	u8	key_shared : 1;
	struct sluice_await *awaits;
	union {
		struct list_head node;
		struct rb_node place;
	};
	struct list_head age;
	struct rb_node by_user;
	struct sluice_key *key;
	struct sluice_demand *demand;
	struct sluice_owner *owner;
	struct list_head owner_node;
	struct rb_node timer;
	u64	due;
	struct sluice_env *env;
	u32	attempts;
	u32	priority;
	pid_t	origin_pid;
	kuid_t	origin_uid;
	u64	timeout;
	u64	deadline;
	u64	runtime;
	u64	ready_at;
	u64	submitted;
	u64	since;
	u64	turn;
	u64	starting;
	u64	started;
	u64	ended;
	u64	booked;
	u64	worker_start;
	u64	run_time;
	u64	cpu_time;
	struct sluice_counts counts;
	u64	memory_peak;
	enum sluice_reason reason;
	s32	status;
	struct sluice_answer *answer;
	u8	trace_id[SLUICE_TRACE_ID_LEN];
	struct sluice_user *user;
	struct mem_cgroup *payer;
	struct sluice_input *far;
	u32	readers;
	u32	input_len;
	u32	words_len;
	u8	near[];
};

/**
 * struct sluice_input - the input and the words of a call, when they are long
 * @rcu: it is freed where nothing may sleep
 * @data: the bytes
 */
struct sluice_input {
	struct rcu_head rcu;
	u8	data[];
};

/**
 * struct sluice_env - an isolated place in which one task's calls run
 * @ref: see References
 * @id: in sluice.envs; never used again
 * @slot: of what eBPF programs count, see machine/counts.h
 * @task: holds a reference
 * @state: written by env.c alone
 * @node: in sluice.env_list
 * @idle_node: in task->idle while idle
 * @lru_node: in sluice.idle while idle, longest idle first
 * @call: that it starts or runs
 * @door: the open file through which its worker takes calls; the file itself may
 *	outlive it
 * @attached: it has, or had, a door: until then its agent knows what there is of it
 * @returns: it has something of the gateway's that the agent has to bring back first
 * @share: what it has of each resource
 * @cgroup: of the agent's making; NULL when none was given
 * @memory: the cgroup's memory controller; NULL when there is none
 * @pid: its pid 1
 * @cut: the call that its program runs was taken away: it is asked to end
 * @killed: SIGKILL was sent
 * @last: takes no call after the one that it has
 * @stuck: has been retiring for so long that nobody may count on its end
 * @since: when it entered @state
 * @told: when the agent was last told that it is wanted
 * @cpu_rate_time: CPU time at the last tick, for the rate
 * @cpu_rate_wait: waiting time at the last tick
 * @due: what it was promised and got of CPU time, until somebody judges that
 * @cpu_billed: up to which CPU time is on some bill, or on none for good
 * @base: what was counted of its slot when it was made
 * @said: what was counted of it by the agent
 * @begin: what was counted of it when @call became running
 * @untold: a call has ended there since the agent told last
 * @told_at: when it did, 0 for never
 * @calls: how many it ran
 * @taker: thread that took @call
 * @taker_process: its process
 * @state_size: how much its task can keep, as the agent says; 0 for nothing
 * @state_used: how much of that is used
 * @peers_refused: how often it tried to use a connection for what is not its peer
 * @taken: id of the call that was taken last, which may have ended; 0: none yet
 * @taken_trace: its trace id
 * @message: why it failed, or was not fit for use
 */
struct sluice_env {
	struct kref ref;
	u32	id;
	u32	slot;
	struct sluice_task *task;
	enum sluice_env_state state;
	struct list_head node;
	struct list_head idle_node;
	struct list_head lru_node;
	struct sluice_call *call;
	struct sluice_file *door;
	bool	attached;
	bool	returns;
	struct sluice_share share;
	struct cgroup *cgroup;
	struct cgroup_subsys_state *memory;
	struct pid *pid;
	bool	cut;
	bool	killed;
	bool	last;
	bool	stuck;
	u64	since;
	u64	told;
	u64	cpu_rate_time;
	u64	cpu_rate_wait;
	struct sluice_cpu_due due;
	u64	cpu_billed;
	struct sluice_counts base;
	struct sluice_counts said;
	struct sluice_counts begin;
	bool	untold;
	u64	told_at;
	u64	calls;
	pid_t	taker;
	pid_t	taker_process;
	u64	state_size;
	u64	state_used;
	u64	peers_refused;
	u64	taken;
	u8	taken_trace[SLUICE_TRACE_ID_LEN];
	char	message[SLUICE_MESSAGE_SIZE];
};

/**
 * struct sluice_use - what users have of what they share
 * @files: open files
 * @calls: waiting
 * @bytes: of input and words of waiting calls
 */
struct sluice_use {
	u32	files;
	u32	calls;
	u64	bytes;
};

/**
 * struct sluice_user - one user
 * @node: in sluice.users
 * @uid: never changes
 * @refs: see References
 * @use: what it has of what is shared
 * @promised: to those of its submitters that were woken for room
 * @unread: bytes of answers and logs that owners of its have not been handed over
 */
struct sluice_user {
	struct hlist_node node;
	kuid_t	uid;
	u32	refs;
	struct sluice_use use;
	struct sluice_space promised;
	u64	unread;
};

struct sluice_owner;

/**
 * struct sluice_owner_ops - what an owner of calls does
 * @ended: a call is final, and on owner->ended for whoever takes any
 * @none_left: the owner has no calls any more: nobody need wait for any
 *
 * Both are called with sluice.lock held, and must not sleep.
 */
struct sluice_owner_ops {
	void (*ended)(struct sluice_owner *owner, struct sluice_call *call);
	void (*none_left)(struct sluice_owner *owner);
};

/**
 * struct sluice_owner - to whom calls end: who takes their results
 * @ops: what it does
 * @user: to whom its answers count until they are handed over; a reference
 * @pending: its calls that have not ended
 * @ended: those that ended, for whoever takes any; first ended first
 * @calls: all whose results were not handed over; what is limited
 * @unread: bytes of answers and logs that were not handed over; limited, too
 * @shut: accepts no calls any more
 */
struct sluice_owner {
	const struct sluice_owner_ops *ops;
	struct sluice_user *user;
	struct list_head pending;
	struct list_head ended;
	u32	calls;
	u64	unread;
	bool	shut;
};

/**
 * struct sluice_file - an open /dev/sluice
 * @owner: of the calls that it submits
 * @wait: for calls to end, or to come: whatever the file is, or becomes
 * @env: the environment whose door this is; NULL for a client. Set once.
 */
struct sluice_file {
	struct sluice_owner owner;
	wait_queue_head_t wait;
	struct sluice_env *env;
};

/* Each is counted, traced and told by a function of base/event.c. */
enum sluice_event {
	SLUICE_EVENT_CALL_SUBMITTED,
	SLUICE_EVENT_CALL_REFUSED,
	SLUICE_EVENT_CALL_HELD,
	SLUICE_EVENT_CALL_STARTING,
	SLUICE_EVENT_CALL_REQUEUED,
	SLUICE_EVENT_CALL_RETRIED,
	SLUICE_EVENT_CALL_RUNNING,
	SLUICE_EVENT_CALL_DONE,
	SLUICE_EVENT_CALL_FAILED,
	SLUICE_EVENT_CALL_TIMED_OUT,
	SLUICE_EVENT_CALL_CANCELLED,
	SLUICE_EVENT_CALL_EXPIRED,
	SLUICE_EVENT_CALL_SUPERSEDED,
	SLUICE_EVENT_CALL_DROPPED,
	SLUICE_EVENT_CALL_LATE,
	SLUICE_EVENT_CLAIM_MADE,
	SLUICE_EVENT_CLAIM_ENDED,
	SLUICE_EVENT_CLAIM_PASSED,
	SLUICE_EVENT_SUBMITTER_BLOCKED,
	SLUICE_EVENT_ENV_WANTED,
	SLUICE_EVENT_ENV_IDLE,
	SLUICE_EVENT_ENV_BUSY,
	SLUICE_EVENT_ENV_RETIRING,
	SLUICE_EVENT_ENV_GONE,
	SLUICE_EVENT_ENV_FAILED,
	SLUICE_EVENT_STATE_FULL,
	SLUICE_EVENT_PEER_REFUSED,
	SLUICE_EVENT_TASK_NEW,
	SLUICE_EVENT_TASK_SET,
	SLUICE_EVENT_TASK_DEL,
	SLUICE_EVENT_TASK_QUARANTINED,
	SLUICE_EVENT_TASK_LET_OUT,
	SLUICE_EVENT_BUDGET_SET,
	SLUICE_EVENT_BUDGET_DEL,
	SLUICE_EVENT_CLASS_CLOSED,
	SLUICE_EVENT_CLASS_OPENED,
	SLUICE_EVENT_AGENT_CAME,
	SLUICE_EVENT_AGENT_WENT,
	SLUICE_EVENT_EVENT_LOST,
	SLUICE_EVENTS,
};

/**
 * struct sluice_alarm - when the module looks up by itself
 * @timer: of CLOCK_BOOTTIME
 * @work: that it queues
 * @ring: what is done, in process context
 * @when: that it rings; 0 when it is not set
 * @open: it may be set
 */
struct sluice_alarm {
	struct hrtimer timer;
	struct work_struct work;
	void (*ring)(void);
	u64	when;
	bool	open;
};

/**
 * struct sluice_limits - module parameters, see main.c
 */
struct sluice_limits {
	uint	max_calls;
	ulong	max_bytes;
	uint	max_input;
	uint	max_output;
	uint	max_tasks;
	uint	max_envs;
	uint	max_files;
	uint	max_file_calls;
	ulong	max_file_unread;
	ulong	max_unread;
	uint	history;
	ulong	history_bytes;
	uint	tick_ms;
	uint	idle_tick_ms;
	bool	cpu_outside;
	uint	ageing_ms;
};

/**
 * struct sluice_box - where the CPU time of the box goes
 * @guaranteed: what environments get however many others run that give way, as the agent
 *	says; 0 where nobody has said it
 * @realtime: what threads of real-time policies take, but those of environments
 * @interrupts: what interrupts take
 * @stolen: what the host takes that the box is a guest of
 * @yielding: what all others take
 * @rivals: weights of all threads together that compete with top cgroups
 * @closed: classes that start no call, the lowest first
 * @cpu_limit: the most that cgroups above environments let them have together, or
 *	SLUICE_UNBOUNDED
 * @pids_limit: the same of pids, less those that are not environments'
 * @memory_wanted: some call waits for memory, and the agent knows
 * @above: memory cgroups above environments
 *
 * In thousandths of a CPU, averaged over about half a second. Written by usage.c alone.
 */
struct sluice_box {
	u64	guaranteed;
	u64	realtime;
	u64	interrupts;
	u64	stolen;
	u64	yielding;
	u64	rivals;
	u32	closed;
	u64	cpu_limit;
	u64	pids_limit;
	bool	memory_wanted;
	struct sluice_above above;
};

enum sluice_wait_source {
	SLUICE_WAIT_NONE,
	SLUICE_WAIT_EBPF,
	SLUICE_WAIT_MAPS,
	SLUICE_WAIT_FILES,
};

/**
 * struct sluice - the machine's one queue
 * @lock: see Locks
 * @limits: module parameters; read without the lock
 * @ledger: the accounts
 * @tasks: by name
 * @names: sluice_task.by_name of all that are registered
 * @task_count: registered
 * @task_changes: how often one came or went; never 0
 * @calls: by id, all that are alive or in the history; its own lock
 * @last_call: last id given, without the lock
 * @waiting: calls queued
 * @waiting_bytes: of input and words of calls queued
 * @running: calls that start or run
 * @users: by user id
 * @shared: what all users have together but root
 * @rooms: submitters that wait for room in the queue of any task
 * @history: final calls, last ended last
 * @history_count: calls in @history
 * @history_bytes: of their inputs and answers
 * @timers: sluice_call.timer, earliest first
 * @held: tasks that the gate holds for another reason than one resource alone. Those
 *	at "resource" have a warm environment that uses more than they ask for, so that
 *	they need no more than there is, and wait for reservations to be given back; or
 *	several, which lack different resources.
 * @awaited: sluice_park.awaited of all places where somebody waits
 * @idled: a bit for each quantity, and for holds (SLUICE_IDLED_FOR), for which somebody
 *	may wait that environments have which have become idle, are not needed any more
 *	or turned out to be stuck, since sluice_env_idled()
 * @claims: held by calls that have waited too long
 * @claim_count: of them in use
 * @envs: by id; its own lock
 * @env_list: all living, oldest first
 * @idle: idle environments, longest idle first
 * @env_count: living
 * @slots: of counts in use
 * @last_env: last id given
 * @box: where the CPU time of the box goes
 * @cpu_ended: what environments that have gone used since the last tick
 * @agent_port: netlink port of the agent, 0 for none
 * @agent_pid: process id of the agent
 * @wait_source: who tells how long threads wait for a CPU, and which are real-time: eBPF
 *	programs, or the agent, from maps that these write or from files of cgroups
 * @counters: of events since the module was loaded
 * @workqueue: runs the next three
 * @tick: samples the machine, retires idle environments, ends retiring ones
 * @timer: rings at the first of @timers
 * @watch: looks at memory while a call waits for it
 * @tick_idle: the next tick is one of those that are seldom
 */
struct sluice {
	spinlock_t lock;
	struct sluice_limits limits;
	struct sluice_ledger ledger;
	DECLARE_HASHTABLE(tasks, SLUICE_TASK_HASH_BITS);
	struct rb_root names;
	u32	task_count;
	u32	task_changes;
	struct xarray calls;
	atomic64_t last_call;
	u32	waiting;
	u64	waiting_bytes;
	u32	running;
	DECLARE_HASHTABLE(users, SLUICE_USER_HASH_BITS);
	struct sluice_use shared;
	struct sluice_rooms rooms;
	struct list_head history;
	u32	history_count;
	u64	history_bytes;
	struct rb_root_cached timers;
	struct sluice_park held[SLUICE_HOLDS];
	struct list_head awaited;
	u64	idled;
	struct sluice_claim claims[SLUICE_CLAIMS];
	u32	claim_count;
	struct xarray envs;
	struct list_head env_list;
	struct list_head idle;
	u32	env_count;
	DECLARE_BITMAP(slots, SLUICE_SLOTS);
	u32	last_env;
	struct sluice_box box;
	u64	cpu_ended;
	u32	agent_port;
	pid_t	agent_pid;
	enum sluice_wait_source wait_source;
	u64	counters[SLUICE_EVENTS];
	struct workqueue_struct *workqueue;
	struct sluice_alarm tick;
	struct sluice_alarm timer;
	struct sluice_alarm watch;
	bool	tick_idle;
};

extern struct sluice sluice;

#endif /* SLUICE_TYPES_H */

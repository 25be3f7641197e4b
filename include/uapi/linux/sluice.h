/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * /dev/sluice: submit calls, and serve them.
 *
 * An open file is one of two things. As opened it is a client: it submits calls
 * and collects their results. After SLUICE_IOC_ATTACH, done by the agent, it is
 * the one door of an environment: it takes calls and answers them, and can do
 * nothing else (EPERM). It cannot be opened in another user namespace than the
 * first (EPERM): code in an environment must not become a client by opening its
 * door anew. A file that was opened elsewhere and handed over is good there, too.
 *
 * Every structure starts with its own size in bytes, set by the caller. A
 * kernel that knows fewer fields accepts a larger structure when the rest is
 * zero (else E2BIG); a kernel that knows more takes the missing ones as zero and
 * writes back only what fits. Sizes below the first version are EINVAL.
 * Reserved fields must be zero.
 *
 * Durations are nanoseconds. Pointers are user addresses in 64 bits. Buffers
 * stay the caller's; nothing is kept after the system call returns.
 *
 * States, refusals and reasons are the enums of <linux/sluice_netlink.h>.
 */
#ifndef _UAPI_LINUX_SLUICE_H
#define _UAPI_LINUX_SLUICE_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/sluice_netlink.h>

#define SLUICE_DEVICE		"/dev/sluice"

#define SLUICE_NAME_SIZE	(SLUICE_NAME_MAX + 1)
#define SLUICE_MESSAGE_SIZE	(SLUICE_MESSAGE_MAX + 1)
#define SLUICE_KEY_SIZE		(SLUICE_KEY_MAX + 1)

/*
 * Words of a call: so many, with so many bytes in all, the NUL behind each included. They
 * make no execve() fail: it has room for 90 KiB of command and environment beside them,
 * whatever the limit of the stack.
 */
#define SLUICE_WORDS_MAX	256
#define SLUICE_WORDS_SIZE	32768
/* Bytes of what a program said on stderr that go with its answer: the last ones. */
#define SLUICE_LOG_MAX		16384

/* Take the task's own priority. */
#define SLUICE_PRIORITY_TASK	(-1)

/*
 * The call belongs to no file: it can be reaped by id from any file of the same
 * user (or with CAP_SYS_ADMIN), as often as they like, while it is among the last
 * that ended (module parameter "history"). Without this flag it belongs to its
 * file: only that one can reap it, once, and its result is kept until then. When
 * the file is closed, the call goes on as if it had been detached.
 */
#define SLUICE_SUBMIT_DETACHED	(1U << 0)

/* Refuse rather than wait for room where the task's overflow policy is block. */
#define SLUICE_SUBMIT_NONBLOCK	(1U << 1)

/**
 * struct sluice_submit - one call to a task
 * @size: sizeof(struct sluice_submit)
 * @flags: SLUICE_SUBMIT_*
 * @task: name of the task, NUL-terminated
 * @input: address of the input, ignored when @input_len is 0
 * @input_len: bytes of input
 * @priority: 0 (lowest) to SLUICE_PRIORITY_MAX, or SLUICE_PRIORITY_TASK
 * @timeout: longest run; 0 takes the task's. Who has neither CAP_SYS_ADMIN nor
 *	CAP_NET_ADMIN in the initial user namespace gets no longer one than the
 *	task's, no longer @runtime, and no @priority above its priority-max.
 * @deadline: how long from now it may wait before it expires; 0 takes the task's,
 *	which may be for ever. In the class deadline it is also when the call is to
 *	have ended, and the earliest goes first.
 * @id: (returned) the call's id, never 0, not used again while the module lives
 * @refusal: (returned with an error) enum sluice_refusal
 * @resource: (returned with SLUICE_REFUSAL_OVER_BUDGET) which resource
 * @asked: (returned with a refusal over a limit) what the call needs
 * @limit: (returned with a refusal over a limit) the limit
 * @trace_id: identity of the call towards tracing outside of Sluice; all zero:
 *	one is made. (returned) the call's
 * @key: when not empty: a waiting call of this task with the same key, and of the same
 *	user unless the task says otherwise, ends as superseded, and this one takes its
 *	place in the queue. NUL-terminated.
 * @runtime: how long it will run, for the class deadline; 0 takes the task's. There
 *	it ends as timed-out when it runs longer.
 * @words: address of words that this call's program gets behind those of the task's
 *	command, for tasks of kind exec: one behind the other, each with a NUL behind it;
 *	ignored when @words_len is 0
 * @words_len: bytes of words; they count towards the limits of waiting bytes as the
 *	input does, but not towards the task's input-max
 * @reserved2: must be 0
 *
 * Where the task's overflow policy is block, and its queue or that of all tasks
 * is full, the system call waits for room; the times above count from then on. A
 * call that would not fit into an empty queue is refused.
 *
 * Errors beside those of refusals: EINTR a signal came while it waited for room,
 * EPERM the file became a door meanwhile; nothing was accepted.
 *
 * The first version ended before @trace_id.
 */
struct sluice_submit {
	__u32	size;
	__u32	flags;
	char	task[SLUICE_NAME_SIZE];
	__aligned_u64 input;
	__u32	input_len;
	__s32	priority;
	__aligned_u64 timeout;
	__aligned_u64 deadline;
	__aligned_u64 id;
	__u32	refusal;
	__u32	reserved;
	char	resource[SLUICE_NAME_SIZE];
	__aligned_u64 asked;
	__aligned_u64 limit;
	__u8	trace_id[SLUICE_TRACE_ID_LEN];
	char	key[SLUICE_KEY_SIZE];
	__aligned_u64 runtime;
	__aligned_u64 words;
	__u32	words_len;
	__u32	reserved2;
};

/* Do not wait: EAGAIN when the call has not ended, or no call of the file has. */
#define SLUICE_REAP_NONBLOCK	(1U << 0)

/**
 * struct sluice_reap - collect the result of a call
 * @size: sizeof(struct sluice_reap)
 * @flags: SLUICE_REAP_*
 * @id: which call; 0 for the next of this file that ended. (returned) its id
 * @output: buffer for the answer
 * @output_cap: bytes that fit into @output
 * @output_len: (returned) bytes of the answer. When they are more than
 *	@output_cap, the error is EMSGSIZE and the call can be reaped again.
 * @state: (returned) enum sluice_call_state, a final one
 * @reason: (returned) enum sluice_reason
 * @status: (returned) exit status, signal or errno, as @reason says
 * @env: (returned) the environment that it ran in, 0 if it did not
 * @wait_time: (returned) from submission to its end, without @run_time
 * @run_time: (returned) how long it ran, all attempts together
 * @cpu_time: (returned) CPU time used by its environment while it ran
 * @memory_peak: (returned) largest memory of its environment while it ran
 * @message: (returned) more about @reason, for people; may be empty
 * @trace_id: (returned) see struct sluice_submit
 * @attempts: (returned) how often it ran and failed before
 * @reserved: (returned) 0
 * @log: buffer for what the program said on stderr
 * @log_cap: bytes that fit into @log
 * @log_len: (returned) bytes of that, at most SLUICE_LOG_MAX. When they are more than
 *	@log_cap, the last @log_cap of them are in @log, which is no error.
 * @cpu_wait: (returned) how long threads of its environment waited for a CPU while it ran
 * @read_bytes: (returned) what its environment had read from disks meanwhile
 * @written_bytes: (returned) had written to disks, or to pages of files
 * @received_bytes: (returned) of IP packets to its sockets
 * @sent_bytes: (returned) of IP packets from its sockets
 * @page_faults: (returned) of its threads
 * @processes: (returned) how many it started
 * @syscalls_refused: (returned) by its filter, where the task has these logged
 * @oom_kills: (returned) processes of it that the kernel ended for want of memory
 *
 * Of what nobody counts on this gateway there is 0: see "sluice doctor".
 *
 * A log is kept with the answer, and charged and limited as that is; where there is no
 * room for both, there is none. Neither is there one of a call that was cut off.
 *
 * The result of a call that belongs to a file is handed over once. It goes to the
 * thread that waits for it by its id, in REAP or CALL, before those that wait for
 * any; of several that name it, to one.
 *
 * The first version ended before @trace_id, the third before @cpu_wait.
 *
 * Errors: ENOENT no such call, not this file's or user's, or somebody else has its
 * result; EAGAIN see SLUICE_REAP_NONBLOCK; ENODATA @id is 0 and the file has no
 * calls, or none any more; EINTR a signal came, nothing was collected; EMSGSIZE see
 * @output_len.
 */
struct sluice_reap {
	__u32	size;
	__u32	flags;
	__aligned_u64 id;
	__aligned_u64 output;
	__u32	output_cap;
	__u32	output_len;
	__u32	state;
	__u32	reason;
	__s32	status;
	__u32	env;
	__aligned_u64 wait_time;
	__aligned_u64 run_time;
	__aligned_u64 cpu_time;
	__aligned_u64 memory_peak;
	char	message[SLUICE_MESSAGE_SIZE];
	__u8	trace_id[SLUICE_TRACE_ID_LEN];
	__u32	attempts;
	__u32	reserved;
	__aligned_u64 log;
	__u32	log_cap;
	__u32	log_len;
	__aligned_u64 cpu_wait;
	__aligned_u64 read_bytes;
	__aligned_u64 written_bytes;
	__aligned_u64 received_bytes;
	__aligned_u64 sent_bytes;
	__aligned_u64 page_faults;
	__aligned_u64 processes;
	__aligned_u64 syscalls_refused;
	__aligned_u64 oom_kills;
};

/**
 * struct sluice_call_args - submit a call and wait for its result
 * @size: sizeof(struct sluice_call_args)
 * @flags: must be 0
 * @submit: address of a struct sluice_submit
 * @reap: address of a struct sluice_reap; its flags must be 0, its id is set
 *
 * EINTR: a signal came while it waited. The call goes on; submit.id and reap.id
 * hold its id, for a SLUICE_IOC_REAP or SLUICE_IOC_CANCEL. Are they 0, it waited
 * for room in the queue, and there is no call.
 */
struct sluice_call_args {
	__u32	size;
	__u32	flags;
	__aligned_u64 submit;
	__aligned_u64 reap;
};

/**
 * struct sluice_cancel - end a call
 * @size: sizeof(struct sluice_cancel)
 * @flags: must be 0
 * @id: which call
 *
 * A waiting call ends at once. A running one ends at once for its submitter, and
 * its environment is retired: its program gets SIGTERM, and SIGKILL when the task's
 * grace is over; what the call reserved is free when all of it has ended. Errors: ENOENT no such call, or not this file's or
 * user's; EALREADY it has ended.
 */
struct sluice_cancel {
	__u32	size;
	__u32	flags;
	__aligned_u64 id;
};

/* What of a call is to change. */
#define SLUICE_CHANGE_PRIORITY	(1U << 0)
#define SLUICE_CHANGE_DEADLINE	(1U << 1)

/**
 * struct sluice_change - give a waiting call another priority or deadline
 * @size: sizeof(struct sluice_change)
 * @flags: SLUICE_CHANGE_*, at least one
 * @id: which call
 * @deadline: how long from now it may wait before it expires, 0 for ever; in the
 *	class deadline also when it is to have ended. 0 without
 *	SLUICE_CHANGE_DEADLINE.
 * @priority: 0 (lowest) to SLUICE_PRIORITY_MAX, or to the task's priority-max, see
 *	struct sluice_submit; 0 without SLUICE_CHANGE_PRIORITY
 * @refusal: (returned with EINVAL, EBUSY or EACCES) enum sluice_refusal
 * @resource: (returned with SLUICE_REFUSAL_UNSCHEDULABLE) "cpu" where all accepted
 *	calls of the class deadline together would take too much, empty where the
 *	call alone runs too long
 * @asked: (returned with it) what they would take, in thousandths of a CPU; or how
 *	long the call runs; (returned with SLUICE_REFUSAL_OVER_PRIORITY) @priority
 * @limit: (returned with it) the budget; or the deadline; or priority-max
 *
 * All of it changes or nothing. The call does not get younger: of those that have the
 * same priority now it goes behind those that came before it.
 *
 * Errors: ENOENT no such call, or not this file's or user's; EALREADY it does not
 * wait any more; EBUSY a deadline that could not be met; EACCES a priority above the
 * task's priority-max; EINVAL a value that cannot
 * be, or a call of the class deadline would have none.
 */
struct sluice_change {
	__u32	size;
	__u32	flags;
	__aligned_u64 id;
	__aligned_u64 deadline;
	__u32	priority;
	__u32	refusal;
	char	resource[SLUICE_NAME_SIZE];
	__aligned_u64 asked;
	__aligned_u64 limit;
};

/*
 * It has something of the gateway's for itself, which does not come back by itself: when
 * its processes have ended it is gone, and what it holds released, only when the agent
 * has said so (ENV_SET with state gone).
 */
#define SLUICE_ATTACH_RETURNS	(1U << 0)

/**
 * struct sluice_attach - make this file the door of an environment
 * @size: sizeof(struct sluice_attach)
 * @flags: SLUICE_ATTACH_*
 * @env: id of an environment in state wanted
 * @cgroup_fd: open directory of its cgroup (v2), or -1 for none: then its
 *	memory is not measured, and it is gone when its file is closed
 * @pid: process id of its pid 1 as the caller sees it
 *
 * Needs CAP_SYS_ADMIN in the initial user namespace. Errors: EBUSY the file has
 * calls or is a door already; ENOENT no such environment; EEXIST it has a door;
 * ESTALE it is no longer wanted; EBADF, ESRCH: @cgroup_fd, @pid.
 */
struct sluice_attach {
	__u32	size;
	__u32	flags;
	__u32	env;
	__s32	cgroup_fd;
	__s32	pid;
	__u32	reserved;
};

/* @id, @reason, @status, @output, @message and @log answer the call that was taken. */
#define SLUICE_NEXT_ANSWER	(1U << 0)
/* Take the next call; wait for it if there is none. */
#define SLUICE_NEXT_TAKE	(1U << 1)
/* Do not wait: EAGAIN. */
#define SLUICE_NEXT_NONBLOCK	(1U << 2)
/*
 * Alone: only say in @id and @trace_id which call was taken last, whether it has ended
 * or not. 0: none yet. It does not say that the environment is ready.
 */
#define SLUICE_NEXT_TELL	(1U << 3)
/* With ANSWER, without TAKE: the environment takes no further call. */
#define SLUICE_NEXT_LAST	(1U << 4)

/**
 * struct sluice_next - answer the last call and take the next
 * @size: sizeof(struct sluice_next)
 * @flags: SLUICE_NEXT_*; the kernel clears SLUICE_NEXT_ANSWER when the answer was
 *	accepted, so that a call interrupted in its second half is just repeated
 * @id: the call answered; (returned) the call taken, now or, with TELL, last
 * @reason: of the answer: SLUICE_REASON_ANSWERED means done, any other of
 *	EXITED, SIGNALLED, NOT_STARTED, OUTPUT_SIZE, WORKER_DIED means failed
 * @status: of the answer
 * @output: address of the answer
 * @output_len: bytes of the answer, at most the task's output-max (EMSGSIZE)
 * @input_cap: bytes that fit into @input
 * @input: buffer for the input of the call taken
 * @input_len: (returned) bytes of input. When they, with @words_len, are more than
 *	@input_cap, the error is EMSGSIZE, and the same call is given again.
 * @kind: (returned) enum sluice_kind of the task
 * @timeout: (returned) longest run, 0 for no limit; in the class deadline at most the
 *	declared run time
 * @output_max: (returned) largest answer that is taken
 * @message: of the answer, for people
 * @trace_id: (returned) of the call taken, see struct sluice_submit
 * @attempts: (returned) how often it ran and failed before
 * @reserved2: (returned) 0
 * @log: of the answer: address of what the program said on stderr
 * @log_len: of the answer: bytes of it, at most SLUICE_LOG_MAX (EMSGSIZE)
 * @words_len: (returned) bytes of the call's words, see struct sluice_submit; in @input
 *	they follow the input
 *
 * The first version ended before @trace_id.
 *
 * A worker whose structure has no @words_len cannot know the words of a call: when it
 * would be given one that has some, its environment is retired (ESHUTDOWN), and the call
 * starts in another.
 *
 * Several threads may take calls through one door. Each call is given to one of
 * them; one at a time runs in an environment, and the others wait meanwhile.
 *
 * Errors: ESHUTDOWN the environment is retired, end; EINTR; EAGAIN; EBUSY TAKE
 * without an answer to the call that this thread, or another process, has taken,
 * whose id is returned; ENOENT @id is not the running call (it may have been
 * cancelled or timed out).
 */
struct sluice_next {
	__u32	size;
	__u32	flags;
	__aligned_u64 id;
	__u32	reason;
	__s32	status;
	__aligned_u64 output;
	__u32	output_len;
	__u32	input_cap;
	__aligned_u64 input;
	__u32	input_len;
	__u32	kind;
	__aligned_u64 timeout;
	__u32	output_max;
	__u32	reserved;
	char	message[SLUICE_MESSAGE_SIZE];
	__u8	trace_id[SLUICE_TRACE_ID_LEN];
	__u32	attempts;
	__u32	reserved2;
	__aligned_u64 log;
	__u32	log_len;
	__u32	words_len;
};

#define SLUICE_IOC_MAGIC	0xb7
/* The kernel looks at type and number only; the structure says its own size. */
#define SLUICE_IOC_CALL		_IOWR(SLUICE_IOC_MAGIC, 0x00, struct sluice_call_args)
#define SLUICE_IOC_SUBMIT	_IOWR(SLUICE_IOC_MAGIC, 0x01, struct sluice_submit)
#define SLUICE_IOC_REAP		_IOWR(SLUICE_IOC_MAGIC, 0x02, struct sluice_reap)
#define SLUICE_IOC_CANCEL	_IOW(SLUICE_IOC_MAGIC, 0x03, struct sluice_cancel)
#define SLUICE_IOC_ATTACH	_IOW(SLUICE_IOC_MAGIC, 0x04, struct sluice_attach)
#define SLUICE_IOC_NEXT		_IOWR(SLUICE_IOC_MAGIC, 0x05, struct sluice_next)
#define SLUICE_IOC_CHANGE	_IOWR(SLUICE_IOC_MAGIC, 0x06, struct sluice_change)

/*
 * poll(): a client is readable when a call of the file ended and was not reaped;
 * a door is readable when NEXT would not wait, and hung up when its environment
 * is retired; then POLLERR says that the call which runs was taken away, and the
 * program is to be ended before it is killed.
 */

#endif /* _UAPI_LINUX_SLUICE_H */

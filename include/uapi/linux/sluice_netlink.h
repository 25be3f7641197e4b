/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	docs/netlink/sluice.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_SLUICE_NETLINK_H
#define _UAPI_LINUX_SLUICE_NETLINK_H

#define SLUICE_FAMILY_NAME	"sluice"
#define SLUICE_FAMILY_VERSION	1

#define SLUICE_NAME_MAX		31
#define SLUICE_MESSAGE_MAX	127
#define SLUICE_PRIORITY_MAX	99
#define SLUICE_KEY_MAX		31
#define SLUICE_TRACE_ID_LEN	16
#define SLUICE_WEIGHT_MAX	10000

/**
 * enum sluice_call_state - States of a call. Every accepted call ends in
 *   exactly one of the final ones, and refused never was accepted.
 * @SLUICE_CALL_STATE_QUEUED: waits in its task's queue
 * @SLUICE_CALL_STATE_STARTING: resources are reserved, the environment is
 *   being made ready
 * @SLUICE_CALL_STATE_RUNNING: a worker has it
 * @SLUICE_CALL_STATE_DONE: final, the worker answered with success
 * @SLUICE_CALL_STATE_FAILED: final, the worker answered with failure or died
 * @SLUICE_CALL_STATE_TIMED_OUT: final, ran longer than its timeout
 * @SLUICE_CALL_STATE_CANCELLED: final, somebody cancelled it
 * @SLUICE_CALL_STATE_EXPIRED: final, its deadline passed while it waited
 * @SLUICE_CALL_STATE_REFUSED: final, was never accepted
 * @SLUICE_CALL_STATE_SUPERSEDED: final, a newer call with the same key took
 *   its place while it waited
 * @SLUICE_CALL_STATE_DROPPED: final, was the oldest in a full queue whose
 *   overflow policy is drop-oldest
 */
enum sluice_call_state {
	SLUICE_CALL_STATE_QUEUED,
	SLUICE_CALL_STATE_STARTING,
	SLUICE_CALL_STATE_RUNNING,
	SLUICE_CALL_STATE_DONE,
	SLUICE_CALL_STATE_FAILED,
	SLUICE_CALL_STATE_TIMED_OUT,
	SLUICE_CALL_STATE_CANCELLED,
	SLUICE_CALL_STATE_EXPIRED,
	SLUICE_CALL_STATE_REFUSED,
	SLUICE_CALL_STATE_SUPERSEDED,
	SLUICE_CALL_STATE_DROPPED,
};

/**
 * enum sluice_env_state
 * @SLUICE_ENV_STATE_WANTED: the agent is asked to provision it
 * @SLUICE_ENV_STATE_IDLE: warm, its worker waits for a call
 * @SLUICE_ENV_STATE_BUSY: its worker has a call
 * @SLUICE_ENV_STATE_RETIRING: takes no more calls, is gone when its cgroup is
 *   empty; one that was not attached yet when the agent sets it to failed, as
 *   nobody else knows what there is of it
 * @SLUICE_ENV_STATE_GONE: final, everything that it held was released
 * @SLUICE_ENV_STATE_FAILED: final, the agent could not provision it
 */
enum sluice_env_state {
	SLUICE_ENV_STATE_WANTED,
	SLUICE_ENV_STATE_IDLE,
	SLUICE_ENV_STATE_BUSY,
	SLUICE_ENV_STATE_RETIRING,
	SLUICE_ENV_STATE_GONE,
	SLUICE_ENV_STATE_FAILED,
};

/**
 * enum sluice_hold - Why a waiting call has not started.
 * @SLUICE_HOLD_NONE: it has started, or ended, or was queued this moment and
 *   the gate has not been asked
 * @SLUICE_HOLD_BEHIND: a call of its task that goes first has not started yet
 * @SLUICE_HOLD_RESOURCE: a resource is short, see hold-resource and missing
 * @SLUICE_HOLD_ENVIRONMENTS: the limit of environments in all is reached
 * @SLUICE_HOLD_CONCURRENCY: the task's own limit of environments or of running
 *   calls is reached
 * @SLUICE_HOLD_AGENT: it needs a new environment and no agent runs to
 *   provision one
 * @SLUICE_HOLD_MEMORY: the kernel had no memory for the environment's own
 *   account, tried again shortly
 * @SLUICE_HOLD_CLAIM: it would fit, and delay a call that has waited longer
 *   than its patience, see claim-call
 * @SLUICE_HOLD_ORDER: its class starts only when no call of a higher class
 *   waits for something that both could use
 * @SLUICE_HOLD_STOPPED: its task is paused or drained
 * @SLUICE_HOLD_QUARANTINE: its task failed too often in a row, see
 *   quarantined-until of the task
 * @SLUICE_HOLD_BACKOFF: it failed and is run again, see ready-at
 * @SLUICE_HOLD_NEVER: it needs more than the budget gives since that was
 *   lowered, see hold-resource, need, and missing: by how much
 * @SLUICE_HOLD_CPU_PRESSURE: environments do not get the CPU time that was
 *   promised to them, for something that the gate does not see: its class does
 *   not start until they do, the lowest first
 */
enum sluice_hold {
	SLUICE_HOLD_NONE,
	SLUICE_HOLD_BEHIND,
	SLUICE_HOLD_RESOURCE,
	SLUICE_HOLD_ENVIRONMENTS,
	SLUICE_HOLD_CONCURRENCY,
	SLUICE_HOLD_AGENT,
	SLUICE_HOLD_MEMORY,
	SLUICE_HOLD_CLAIM,
	SLUICE_HOLD_ORDER,
	SLUICE_HOLD_STOPPED,
	SLUICE_HOLD_QUARANTINE,
	SLUICE_HOLD_BACKOFF,
	SLUICE_HOLD_NEVER,
	SLUICE_HOLD_CPU_PRESSURE,
};

/**
 * enum sluice_refusal - Why a call was refused. The errno of each is in
 *   parentheses.
 * @SLUICE_REFUSAL_NO_TASK: (ENOENT) no such task
 * @SLUICE_REFUSAL_INPUT_SIZE: (EMSGSIZE) the input is larger than the task or
 *   module allows
 * @SLUICE_REFUSAL_PRIORITY: (EINVAL) the priority is none: 0 to 99
 * @SLUICE_REFUSAL_OVER_BUDGET: (EDQUOT) the task needs more than the budget
 *   gives, the call could never start
 * @SLUICE_REFUSAL_QUEUE_FULL: (ENOBUFS) the task's limit of waiting calls is
 *   reached
 * @SLUICE_REFUSAL_QUEUE_BYTES: (ENOBUFS) the task's limit of waiting bytes is
 *   reached
 * @SLUICE_REFUSAL_TOTAL_FULL: (ENOBUFS) as many calls of this user wait as may
 * @SLUICE_REFUSAL_TOTAL_BYTES: (ENOBUFS) as many bytes of this user wait as
 *   may
 * @SLUICE_REFUSAL_CLOSING: (ESHUTDOWN) the task is being removed
 * @SLUICE_REFUSAL_MEMORY: (ENOMEM) no kernel memory, or the submitter's memory
 *   cgroup is full
 * @SLUICE_REFUSAL_INPUT_FAULT: (EFAULT) the input could not be read
 * @SLUICE_REFUSAL_FILE_FULL: (ENOBUFS) the file has too many calls that have
 *   not been reaped
 * @SLUICE_REFUSAL_DRAINING: (ESHUTDOWN) the task is being drained
 * @SLUICE_REFUSAL_NO_DEADLINE: (EINVAL) the class deadline needs a run time
 *   and a deadline, from the call or its task
 * @SLUICE_REFUSAL_UNSCHEDULABLE: (EBUSY) the deadlines accepted so far leave
 *   too little of the CPU budget for this one
 * @SLUICE_REFUSAL_UNREAD: (ENOBUFS) the file, or its user, has too many bytes
 *   of answers that have not been reaped
 * @SLUICE_REFUSAL_OVER_PRIORITY: (EACCES) the priority is above the task's
 *   priority-max, and the submitter is not privileged
 * @SLUICE_REFUSAL_OVER_TIMEOUT: (EACCES) the timeout is longer than the
 *   task's, and the submitter is not privileged
 * @SLUICE_REFUSAL_OVER_RUNTIME: (EACCES) the run time is longer than the
 *   task's, and the submitter is not privileged
 * @SLUICE_REFUSAL_WORDS: (EINVAL) the words are no list of strings that each
 *   end with NUL
 * @SLUICE_REFUSAL_WORDS_SIZE: (EMSGSIZE) more words, or bytes of them, than a
 *   call can have
 * @SLUICE_REFUSAL_WORDS_KIND: (EOPNOTSUPP) only calls to tasks of kind exec
 *   can have words
 */
enum sluice_refusal {
	SLUICE_REFUSAL_NONE,
	SLUICE_REFUSAL_NO_TASK,
	SLUICE_REFUSAL_INPUT_SIZE,
	SLUICE_REFUSAL_PRIORITY,
	SLUICE_REFUSAL_OVER_BUDGET,
	SLUICE_REFUSAL_QUEUE_FULL,
	SLUICE_REFUSAL_QUEUE_BYTES,
	SLUICE_REFUSAL_TOTAL_FULL,
	SLUICE_REFUSAL_TOTAL_BYTES,
	SLUICE_REFUSAL_CLOSING,
	SLUICE_REFUSAL_MEMORY,
	SLUICE_REFUSAL_INPUT_FAULT,
	SLUICE_REFUSAL_FILE_FULL,
	SLUICE_REFUSAL_DRAINING,
	SLUICE_REFUSAL_NO_DEADLINE,
	SLUICE_REFUSAL_UNSCHEDULABLE,
	SLUICE_REFUSAL_UNREAD,
	SLUICE_REFUSAL_OVER_PRIORITY,
	SLUICE_REFUSAL_OVER_TIMEOUT,
	SLUICE_REFUSAL_OVER_RUNTIME,
	SLUICE_REFUSAL_WORDS,
	SLUICE_REFUSAL_WORDS_SIZE,
	SLUICE_REFUSAL_WORDS_KIND,
};

/**
 * enum sluice_reason - Why a call ended as it did.
 * @SLUICE_REASON_ANSWERED: the worker answered, status is the program's
 * @SLUICE_REASON_EXITED: the program exited with the non-zero status
 * @SLUICE_REASON_SIGNALLED: the program was ended by the signal in status
 * @SLUICE_REASON_NOT_STARTED: the program could not be started, status is the
 *   errno
 * @SLUICE_REASON_OUTPUT_SIZE: the program wrote more than the task's
 *   output-max
 * @SLUICE_REASON_WORKER_DIED: the worker ended without an answer
 * @SLUICE_REASON_ENV_FAILED: the environment could not be provisioned, see
 *   message
 * @SLUICE_REASON_TIMEOUT: ran longer than its timeout
 * @SLUICE_REASON_DEADLINE: waited past its deadline
 * @SLUICE_REASON_CANCELLED: cancelled by its submitter or an operator
 * @SLUICE_REASON_TASK_REMOVED: its task was removed while it waited
 * @SLUICE_REASON_ENV_RETIRED: an operator removed the environment that it ran
 *   in
 * @SLUICE_REASON_SUPERSEDED: a newer call with the same key took its place
 * @SLUICE_REASON_DROPPED: the queue was full, and it was the oldest
 * @SLUICE_REASON_SUBMITTER_MEMORY: it ran, but its submitter has no room for
 *   the answer: in its memory cgroup, or among what it has not reaped
 * @SLUICE_REASON_START_TIMEOUT: no worker took it within the task's
 *   start-timeout, again and again
 * @SLUICE_REASON_RUNTIME: ran longer than the run time declared for it, in the
 *   class deadline
 * @SLUICE_REASON_GATEWAY_SHORT: the environment could not be provisioned for
 *   want of something that the gateway is short of, see message; no failure of
 *   the task
 * @SLUICE_REASON_OUT_OF_MEMORY: the kernel ended processes of its environment
 *   for want of memory, see message
 */
enum sluice_reason {
	SLUICE_REASON_NONE,
	SLUICE_REASON_ANSWERED,
	SLUICE_REASON_EXITED,
	SLUICE_REASON_SIGNALLED,
	SLUICE_REASON_NOT_STARTED,
	SLUICE_REASON_OUTPUT_SIZE,
	SLUICE_REASON_WORKER_DIED,
	SLUICE_REASON_ENV_FAILED,
	SLUICE_REASON_TIMEOUT,
	SLUICE_REASON_DEADLINE,
	SLUICE_REASON_CANCELLED,
	SLUICE_REASON_TASK_REMOVED,
	SLUICE_REASON_ENV_RETIRED,
	SLUICE_REASON_SUPERSEDED,
	SLUICE_REASON_DROPPED,
	SLUICE_REASON_SUBMITTER_MEMORY,
	SLUICE_REASON_START_TIMEOUT,
	SLUICE_REASON_RUNTIME,
	SLUICE_REASON_GATEWAY_SHORT,
	SLUICE_REASON_OUT_OF_MEMORY,
};

/**
 * enum sluice_kind - How a task's program is run.
 * @SLUICE_KIND_EXEC: one process per call, input on stdin, answer on stdout
 * @SLUICE_KIND_SERVE: one process that stays and takes calls through libsluice
 */
enum sluice_kind {
	SLUICE_KIND_EXEC,
	SLUICE_KIND_SERVE,
};

/**
 * enum sluice_overflow - What happens to a call that comes when the queue is
 *   full.
 * @SLUICE_OVERFLOW_REFUSE: it is refused
 * @SLUICE_OVERFLOW_BLOCK: its submitter waits for room, unless it asked not
 *   to; refused by netlink
 * @SLUICE_OVERFLOW_DROP_OLDEST: the oldest waiting call of the same user ends
 *   as dropped, or where that has none the oldest of the task
 */
enum sluice_overflow {
	SLUICE_OVERFLOW_REFUSE,
	SLUICE_OVERFLOW_BLOCK,
	SLUICE_OVERFLOW_DROP_OLDEST,
};

/**
 * enum sluice_keys - Whose keys count as the same.
 * @SLUICE_KEYS_USER: those of one user
 * @SLUICE_KEYS_TASK: those of all who submit calls to the task
 */
enum sluice_keys {
	SLUICE_KEYS_USER,
	SLUICE_KEYS_TASK,
};

/**
 * enum sluice_mode - What a task does with its calls. What runs always
 *   finishes.
 * @SLUICE_MODE_RUN: they start as resources allow
 * @SLUICE_MODE_PAUSE: none starts, new ones are accepted, environments stay
 *   warm
 * @SLUICE_MODE_DRAIN: none starts, new ones are refused, idle environments are
 *   retired
 * @SLUICE_MODE_DRAIN_KEEP: none starts, new ones are accepted, idle
 *   environments are retired
 */
enum sluice_mode {
	SLUICE_MODE_RUN,
	SLUICE_MODE_PAUSE,
	SLUICE_MODE_DRAIN,
	SLUICE_MODE_DRAIN_KEEP,
};

enum {
	SLUICE_A_AMOUNT_RESOURCE = 1,
	SLUICE_A_AMOUNT_AMOUNT,
	SLUICE_A_AMOUNT_PAD,

	__SLUICE_A_AMOUNT_MAX,
	SLUICE_A_AMOUNT_MAX = (__SLUICE_A_AMOUNT_MAX - 1)
};

enum {
	SLUICE_A_TASK_NAME = 1,
	SLUICE_A_TASK_KIND,
	SLUICE_A_TASK_CLASS,
	SLUICE_A_TASK_PRIORITY,
	SLUICE_A_TASK_TIMEOUT,
	SLUICE_A_TASK_IDLE,
	SLUICE_A_TASK_QUEUE_MAX,
	SLUICE_A_TASK_QUEUE_BYTES,
	SLUICE_A_TASK_INPUT_MAX,
	SLUICE_A_TASK_OUTPUT_MAX,
	SLUICE_A_TASK_ENVS_MAX,
	SLUICE_A_TASK_REQUEST,
	SLUICE_A_TASK_QUEUED,
	SLUICE_A_TASK_RUNNING,
	SLUICE_A_TASK_ENVS,
	SLUICE_A_TASK_BYTES,
	SLUICE_A_TASK_SUBMITTED,
	SLUICE_A_TASK_ENDED,
	SLUICE_A_TASK_PAD,
	SLUICE_A_TASK_WEIGHT,
	SLUICE_A_TASK_RUNTIME,
	SLUICE_A_TASK_DEADLINE,
	SLUICE_A_TASK_PATIENCE,
	SLUICE_A_TASK_RUNNING_MAX,
	SLUICE_A_TASK_OVERFLOW,
	SLUICE_A_TASK_RETRIES,
	SLUICE_A_TASK_BACKOFF,
	SLUICE_A_TASK_QUARANTINE_AFTER,
	SLUICE_A_TASK_QUARANTINE,
	SLUICE_A_TASK_MODE,
	SLUICE_A_TASK_RUN_MEDIAN,
	SLUICE_A_TASK_RUN_P95,
	SLUICE_A_TASK_DELAYED,
	SLUICE_A_TASK_FAILURES,
	SLUICE_A_TASK_QUARANTINED_UNTIL,
	SLUICE_A_TASK_CLAIMS,
	SLUICE_A_TASK_REFUSED,
	SLUICE_A_TASK_RETRIED,
	SLUICE_A_TASK_SUPERSEDED,
	SLUICE_A_TASK_DROPPED,
	SLUICE_A_TASK_LATE,
	SLUICE_A_TASK_START_TIMEOUT,
	SLUICE_A_TASK_GRACE,
	SLUICE_A_TASK_PRIORITY_MAX,
	SLUICE_A_TASK_KEYS,
	SLUICE_A_TASK_PEERS_REFUSED,
	SLUICE_A_TASK_OVERHEAD,
	SLUICE_A_TASK_MEMORY_MEDIAN,
	SLUICE_A_TASK_MEMORY_P95,
	SLUICE_A_TASK_CPU_MEDIAN,
	SLUICE_A_TASK_CPU_P95,

	__SLUICE_A_TASK_MAX,
	SLUICE_A_TASK_MAX = (__SLUICE_A_TASK_MAX - 1)
};

enum {
	SLUICE_A_ENV_ID = 1,
	SLUICE_A_ENV_TASK,
	SLUICE_A_ENV_STATE,
	SLUICE_A_ENV_SLOT,
	SLUICE_A_ENV_CALL,
	SLUICE_A_ENV_PID,
	SLUICE_A_ENV_RESERVED,
	SLUICE_A_ENV_MEASURED,
	SLUICE_A_ENV_CPU_TIME,
	SLUICE_A_ENV_PIDS,
	SLUICE_A_ENV_CALLS,
	SLUICE_A_ENV_MESSAGE,
	SLUICE_A_ENV_PAD,
	SLUICE_A_ENV_CPU_WAIT,
	SLUICE_A_ENV_LACKED,
	SLUICE_A_ENV_STATE_SIZE,
	SLUICE_A_ENV_STATE_USED,
	SLUICE_A_ENV_PEERS_REFUSED,
	SLUICE_A_ENV_READ_BYTES,
	SLUICE_A_ENV_WRITTEN_BYTES,
	SLUICE_A_ENV_RECEIVED_BYTES,
	SLUICE_A_ENV_SENT_BYTES,
	SLUICE_A_ENV_PAGE_FAULTS,
	SLUICE_A_ENV_PROCESSES,
	SLUICE_A_ENV_SYSCALLS_REFUSED,
	SLUICE_A_ENV_OOM_KILLS,
	SLUICE_A_ENV_COUNTED_AT,

	__SLUICE_A_ENV_MAX,
	SLUICE_A_ENV_MAX = (__SLUICE_A_ENV_MAX - 1)
};

enum {
	SLUICE_A_CALL_ID = 1,
	SLUICE_A_CALL_TASK,
	SLUICE_A_CALL_STATE,
	SLUICE_A_CALL_ENV,
	SLUICE_A_CALL_CLASS,
	SLUICE_A_CALL_PRIORITY,
	SLUICE_A_CALL_HOLD,
	SLUICE_A_CALL_HOLD_RESOURCE,
	SLUICE_A_CALL_NEED,
	SLUICE_A_CALL_MISSING,
	SLUICE_A_CALL_POSITION,
	SLUICE_A_CALL_ORIGIN_PID,
	SLUICE_A_CALL_ORIGIN_UID,
	SLUICE_A_CALL_SUBMITTED,
	SLUICE_A_CALL_TIMEOUT,
	SLUICE_A_CALL_DEADLINE,
	SLUICE_A_CALL_WAIT_TIME,
	SLUICE_A_CALL_RUN_TIME,
	SLUICE_A_CALL_CPU_TIME,
	SLUICE_A_CALL_MEMORY_PEAK,
	SLUICE_A_CALL_REASON,
	SLUICE_A_CALL_STATUS,
	SLUICE_A_CALL_MESSAGE,
	SLUICE_A_CALL_INPUT_LEN,
	SLUICE_A_CALL_OUTPUT_LEN,
	SLUICE_A_CALL_INPUT,
	SLUICE_A_CALL_REFUSAL,
	SLUICE_A_CALL_PAD,
	SLUICE_A_CALL_TRACE_ID,
	SLUICE_A_CALL_KEY,
	SLUICE_A_CALL_RUNTIME,
	SLUICE_A_CALL_ATTEMPTS,
	SLUICE_A_CALL_READY_AT,
	SLUICE_A_CALL_TASKS_BEFORE,
	SLUICE_A_CALL_CLAIMS,
	SLUICE_A_CALL_CLAIM_CALL,
	SLUICE_A_CALL_EXPECTED_START,
	SLUICE_A_CALL_CPU_WAIT,
	SLUICE_A_CALL_RESTARTS,
	SLUICE_A_CALL_READ_BYTES,
	SLUICE_A_CALL_WRITTEN_BYTES,
	SLUICE_A_CALL_RECEIVED_BYTES,
	SLUICE_A_CALL_SENT_BYTES,
	SLUICE_A_CALL_PAGE_FAULTS,
	SLUICE_A_CALL_PROCESSES,
	SLUICE_A_CALL_SYSCALLS_REFUSED,
	SLUICE_A_CALL_OOM_KILLS,

	__SLUICE_A_CALL_MAX,
	SLUICE_A_CALL_MAX = (__SLUICE_A_CALL_MAX - 1)
};

enum {
	SLUICE_A_BUDGET_RESOURCE = 1,
	SLUICE_A_BUDGET_BUDGET,
	SLUICE_A_BUDGET_RESERVE,
	SLUICE_A_BUDGET_RESERVED,
	SLUICE_A_BUDGET_PROMISED,
	SLUICE_A_BUDGET_MEASURED,
	SLUICE_A_BUDGET_PHYSICAL,
	SLUICE_A_BUDGET_OUTSIDE,
	SLUICE_A_BUDGET_AVAILABLE,
	SLUICE_A_BUDGET_WAITING,
	SLUICE_A_BUDGET_PAD,
	SLUICE_A_BUDGET_LIMIT,

	__SLUICE_A_BUDGET_MAX,
	SLUICE_A_BUDGET_MAX = (__SLUICE_A_BUDGET_MAX - 1)
};

enum {
	SLUICE_A_COUNTER_NAME = 1,
	SLUICE_A_COUNTER_VALUE,
	SLUICE_A_COUNTER_PAD,

	__SLUICE_A_COUNTER_MAX,
	SLUICE_A_COUNTER_MAX = (__SLUICE_A_COUNTER_MAX - 1)
};

enum {
	SLUICE_A_STATS_ONLY = 1,
	SLUICE_A_STATS_COUNTER,
	SLUICE_A_STATS_CALLS_WAITING,
	SLUICE_A_STATS_CALLS_RUNNING,
	SLUICE_A_STATS_BYTES_WAITING,
	SLUICE_A_STATS_ENVS,
	SLUICE_A_STATS_TASKS,
	SLUICE_A_STATS_WAIT_SOURCE,
	SLUICE_A_STATS_MODULE_BTF,
	SLUICE_A_STATS_AGENT_PID,
	SLUICE_A_STATS_PAD,

	__SLUICE_A_STATS_MAX,
	SLUICE_A_STATS_MAX = (__SLUICE_A_STATS_MAX - 1)
};

enum {
	SLUICE_A_AGENT_PID = 1,
	SLUICE_A_AGENT_WAIT_SOURCE,
	SLUICE_A_AGENT_PRESENT,

	__SLUICE_A_AGENT_MAX,
	SLUICE_A_AGENT_MAX = (__SLUICE_A_AGENT_MAX - 1)
};

enum {
	SLUICE_A_ABOVE_ID = 1,
	SLUICE_A_ABOVE_USED,
	SLUICE_A_ABOVE_CACHE,
	SLUICE_A_ABOVE_PAD,

	__SLUICE_A_ABOVE_MAX,
	SLUICE_A_ABOVE_MAX = (__SLUICE_A_ABOVE_MAX - 1)
};

enum {
	SLUICE_A_BOX_CPU = 1,
	SLUICE_A_BOX_CPU_BUDGET,
	SLUICE_A_BOX_CPU_GUARANTEED,
	SLUICE_A_BOX_CPU_REALTIME,
	SLUICE_A_BOX_CPU_INTERRUPTS,
	SLUICE_A_BOX_CPU_STOLEN,
	SLUICE_A_BOX_CPU_YIELDING,
	SLUICE_A_BOX_RIVALS,
	SLUICE_A_BOX_CLOSED,
	SLUICE_A_BOX_PAD,
	SLUICE_A_BOX_CPU_LIMIT,
	SLUICE_A_BOX_PIDS_LIMIT,
	SLUICE_A_BOX_MEMORY_LIMIT,
	SLUICE_A_BOX_PLACE,
	SLUICE_A_BOX_ABOVE,
	SLUICE_A_BOX_MEMORY_WANTED,

	__SLUICE_A_BOX_MAX,
	SLUICE_A_BOX_MAX = (__SLUICE_A_BOX_MAX - 1)
};

enum {
	SLUICE_CMD_TASK_NEW = 1,
	SLUICE_CMD_TASK_SET,
	SLUICE_CMD_TASK_DEL,
	SLUICE_CMD_TASK_GET,
	SLUICE_CMD_TASK_NTF,
	SLUICE_CMD_ENV_SET,
	SLUICE_CMD_ENV_DEL,
	SLUICE_CMD_ENV_GET,
	SLUICE_CMD_ENV_NTF,
	SLUICE_CMD_CALL_NEW,
	SLUICE_CMD_CALL_SET,
	SLUICE_CMD_CALL_DEL,
	SLUICE_CMD_CALL_GET,
	SLUICE_CMD_CALL_NTF,
	SLUICE_CMD_BUDGET_SET,
	SLUICE_CMD_BUDGET_DEL,
	SLUICE_CMD_BUDGET_GET,
	SLUICE_CMD_STATS_GET,
	SLUICE_CMD_AGENT_SET,
	SLUICE_CMD_AGENT_NTF,
	SLUICE_CMD_BUDGET_NTF,
	SLUICE_CMD_ENV_NEXT,
	SLUICE_CMD_BOX_SET,
	SLUICE_CMD_BOX_GET,
	SLUICE_CMD_BOX_NTF,
	SLUICE_CMD_CALL_TRY,

	__SLUICE_CMD_MAX,
	SLUICE_CMD_MAX = (__SLUICE_CMD_MAX - 1)
};

#define SLUICE_MCGRP_EVENTS	"events"
#define SLUICE_MCGRP_AGENT	"agent"
#define SLUICE_MCGRP_STATES	"states"

#endif /* _UAPI_LINUX_SLUICE_NETLINK_H */

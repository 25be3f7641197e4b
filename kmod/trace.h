/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints, one for each kind of state change. Fired by event.c alone.
 * Names and fields are kept; new fields are added at the end.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM sluice

#if !defined(SLUICE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SLUICE_TRACE_H

#include <linux/tracepoint.h>

#include "base/event.h"

TRACE_DEFINE_ENUM(SLUICE_CALL_STATE_QUEUED);
TRACE_DEFINE_ENUM(SLUICE_CALL_STATE_STARTING);
TRACE_DEFINE_ENUM(SLUICE_CALL_STATE_RUNNING);
TRACE_DEFINE_ENUM(SLUICE_CALL_STATE_DONE);
TRACE_DEFINE_ENUM(SLUICE_CALL_STATE_FAILED);
TRACE_DEFINE_ENUM(SLUICE_CALL_STATE_TIMED_OUT);
TRACE_DEFINE_ENUM(SLUICE_CALL_STATE_CANCELLED);
TRACE_DEFINE_ENUM(SLUICE_CALL_STATE_EXPIRED);
TRACE_DEFINE_ENUM(SLUICE_CALL_STATE_REFUSED);
TRACE_DEFINE_ENUM(SLUICE_CALL_STATE_SUPERSEDED);
TRACE_DEFINE_ENUM(SLUICE_CALL_STATE_DROPPED);

#define show_call_state(state) __print_symbolic(state,		\
	{ SLUICE_CALL_STATE_QUEUED,	"queued" },		\
	{ SLUICE_CALL_STATE_STARTING,	"starting" },		\
	{ SLUICE_CALL_STATE_RUNNING,	"running" },		\
	{ SLUICE_CALL_STATE_DONE,	"done" },		\
	{ SLUICE_CALL_STATE_FAILED,	"failed" },		\
	{ SLUICE_CALL_STATE_TIMED_OUT,	"timed-out" },		\
	{ SLUICE_CALL_STATE_CANCELLED,	"cancelled" },		\
	{ SLUICE_CALL_STATE_EXPIRED,	"expired" },		\
	{ SLUICE_CALL_STATE_REFUSED,	"refused" },		\
	{ SLUICE_CALL_STATE_SUPERSEDED,	"superseded" },		\
	{ SLUICE_CALL_STATE_DROPPED,	"dropped" })

TRACE_DEFINE_ENUM(SLUICE_ENV_STATE_WANTED);
TRACE_DEFINE_ENUM(SLUICE_ENV_STATE_IDLE);
TRACE_DEFINE_ENUM(SLUICE_ENV_STATE_BUSY);
TRACE_DEFINE_ENUM(SLUICE_ENV_STATE_RETIRING);
TRACE_DEFINE_ENUM(SLUICE_ENV_STATE_GONE);
TRACE_DEFINE_ENUM(SLUICE_ENV_STATE_FAILED);

#define show_env_state(state) __print_symbolic(state,		\
	{ SLUICE_ENV_STATE_WANTED,	"wanted" },		\
	{ SLUICE_ENV_STATE_IDLE,	"idle" },		\
	{ SLUICE_ENV_STATE_BUSY,	"busy" },		\
	{ SLUICE_ENV_STATE_RETIRING,	"retiring" },		\
	{ SLUICE_ENV_STATE_GONE,	"gone" },		\
	{ SLUICE_ENV_STATE_FAILED,	"failed" })

TRACE_DEFINE_ENUM(SLUICE_HOLD_BEHIND);
TRACE_DEFINE_ENUM(SLUICE_HOLD_RESOURCE);
TRACE_DEFINE_ENUM(SLUICE_HOLD_ENVIRONMENTS);
TRACE_DEFINE_ENUM(SLUICE_HOLD_CONCURRENCY);
TRACE_DEFINE_ENUM(SLUICE_HOLD_AGENT);
TRACE_DEFINE_ENUM(SLUICE_HOLD_MEMORY);
TRACE_DEFINE_ENUM(SLUICE_HOLD_CLAIM);
TRACE_DEFINE_ENUM(SLUICE_HOLD_NEVER);
TRACE_DEFINE_ENUM(SLUICE_HOLD_CPU_PRESSURE);

#define show_hold(hold) __print_symbolic(hold,			\
	{ SLUICE_HOLD_BEHIND,		"behind" },		\
	{ SLUICE_HOLD_RESOURCE,		"resource" },		\
	{ SLUICE_HOLD_ENVIRONMENTS,	"environments" },	\
	{ SLUICE_HOLD_CONCURRENCY,	"concurrency" },	\
	{ SLUICE_HOLD_AGENT,		"agent" },		\
	{ SLUICE_HOLD_MEMORY,		"memory" },		\
	{ SLUICE_HOLD_CLAIM,		"claim" },		\
	{ SLUICE_HOLD_NEVER,		"never" },		\
	{ SLUICE_HOLD_CPU_PRESSURE,	"cpu-pressure" })

TRACE_DEFINE_ENUM(SLUICE_EVENT_TASK_NEW);
TRACE_DEFINE_ENUM(SLUICE_EVENT_TASK_SET);
TRACE_DEFINE_ENUM(SLUICE_EVENT_TASK_DEL);
TRACE_DEFINE_ENUM(SLUICE_EVENT_TASK_QUARANTINED);
TRACE_DEFINE_ENUM(SLUICE_EVENT_TASK_LET_OUT);
TRACE_DEFINE_ENUM(SLUICE_EVENT_CLAIM_MADE);
TRACE_DEFINE_ENUM(SLUICE_EVENT_CLAIM_ENDED);
TRACE_DEFINE_ENUM(SLUICE_EVENT_BUDGET_SET);
TRACE_DEFINE_ENUM(SLUICE_EVENT_BUDGET_DEL);
TRACE_DEFINE_ENUM(SLUICE_EVENT_AGENT_CAME);
TRACE_DEFINE_ENUM(SLUICE_EVENT_AGENT_WENT);

/* A call was accepted (from queued to queued), or changed its state. */
TRACE_EVENT(call_state,
	TP_PROTO(const struct sluice_call *call, enum sluice_call_state from),
	TP_ARGS(call, from),
	TP_STRUCT__entry(
		__field(u64, call)
		__array(char, task, SLUICE_NAME_SIZE)
		__field(u32, env)
		__field(u32, from)
		__field(u32, to)
		__field(u32, reason)
		__field(s32, status)
		__field(u32, attempts)
		__array(u8, trace_id, SLUICE_TRACE_ID_LEN)
	),
	TP_fast_assign(
		__entry->call = call->id;
		memcpy(__entry->task, call->task->name, SLUICE_NAME_SIZE);
		__entry->env = call->env_id;
		__entry->from = from;
		__entry->to = call->state;
		__entry->reason = call->reason;
		__entry->status = call->status;
		__entry->attempts = call->attempts;
		memcpy(__entry->trace_id, call->trace_id, SLUICE_TRACE_ID_LEN);
	),
	TP_printk("call=%llu task=%s env=%u from=%s to=%s reason=%u status=%d attempts=%u trace_id=%s",
		  __entry->call, __entry->task, __entry->env,
		  show_call_state(__entry->from), show_call_state(__entry->to),
		  __entry->reason, __entry->status, __entry->attempts,
		  __print_hex_str(__entry->trace_id, SLUICE_TRACE_ID_LEN))
);

/* The gate held a call, for a reason other than the last time. */
TRACE_EVENT(call_hold,
	TP_PROTO(const struct sluice_call *call, const char *resource),
	TP_ARGS(call, resource),
	TP_STRUCT__entry(
		__field(u64, call)
		__array(char, task, SLUICE_NAME_SIZE)
		__field(u32, hold)
		__array(char, resource, SLUICE_NAME_SIZE)
		__field(u64, need)
		__field(u64, missing)
		__array(u8, trace_id, SLUICE_TRACE_ID_LEN)
	),
	TP_fast_assign(
		__entry->call = call->id;
		memcpy(__entry->task, call->task->name, SLUICE_NAME_SIZE);
		__entry->hold = call->told;
		memcpy(__entry->resource, resource, SLUICE_NAME_SIZE);
		__entry->need = call->task->verdict.need;
		__entry->missing = call->task->verdict.missing;
		memcpy(__entry->trace_id, call->trace_id, SLUICE_TRACE_ID_LEN);
	),
	TP_printk("call=%llu task=%s hold=%s resource=%s need=%llu missing=%llu trace_id=%s",
		  __entry->call, __entry->task, show_hold(__entry->hold),
		  __entry->resource, __entry->need, __entry->missing,
		  __print_hex_str(__entry->trace_id, SLUICE_TRACE_ID_LEN))
);

/* A call was not accepted. */
TRACE_EVENT(call_refused,
	TP_PROTO(const struct sluice_refusal_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		__array(char, task, SLUICE_NAME_SIZE)
		__field(u32, refusal)
		__field(u64, asked)
		__field(u64, limit)
		__array(u8, trace_id, SLUICE_TRACE_ID_LEN)
	),
	TP_fast_assign(
		memcpy(__entry->task, event->task, SLUICE_NAME_SIZE);
		__entry->refusal = event->refusal;
		__entry->asked = event->asked;
		__entry->limit = event->limit;
		memcpy(__entry->trace_id, event->trace_id, SLUICE_TRACE_ID_LEN);
	),
	TP_printk("task=%s refusal=%u asked=%llu limit=%llu trace_id=%s",
		  __entry->task, __entry->refusal, __entry->asked,
		  __entry->limit,
		  __print_hex_str(__entry->trace_id, SLUICE_TRACE_ID_LEN))
);

/* An environment was made (from wanted to wanted), or changed its state. */
TRACE_EVENT(env_state,
	TP_PROTO(const struct sluice_env *env, enum sluice_env_state from),
	TP_ARGS(env, from),
	TP_STRUCT__entry(
		__field(u32, env)
		__array(char, task, SLUICE_NAME_SIZE)
		__field(u32, from)
		__field(u32, to)
		__field(u64, call)
	),
	TP_fast_assign(
		__entry->env = env->id;
		memcpy(__entry->task, env->task->name, SLUICE_NAME_SIZE);
		__entry->from = from;
		__entry->to = env->state;
		__entry->call = env->call ? env->call->id : 0;
	),
	TP_printk("env=%u task=%s from=%s to=%s call=%llu", __entry->env,
		  __entry->task, show_env_state(__entry->from),
		  show_env_state(__entry->to), __entry->call)
);

/* What a task can keep is full. */
TRACE_EVENT(state_full,
	TP_PROTO(const struct sluice_env *env),
	TP_ARGS(env),
	TP_STRUCT__entry(
		__field(u32, env)
		__array(char, task, SLUICE_NAME_SIZE)
		__field(u64, size)
	),
	TP_fast_assign(
		__entry->env = env->id;
		memcpy(__entry->task, env->task->name, SLUICE_NAME_SIZE);
		__entry->size = env->state_size;
	),
	TP_printk("env=%u task=%s size=%llu", __entry->env, __entry->task,
		  __entry->size)
);

/* A program tried so often to use a connection for what is not its peer. */
TRACE_EVENT(peer_refused,
	TP_PROTO(const struct sluice_env *env, u64 tries),
	TP_ARGS(env, tries),
	TP_STRUCT__entry(
		__field(u32, env)
		__array(char, task, SLUICE_NAME_SIZE)
		__field(u64, tries)
	),
	TP_fast_assign(
		__entry->env = env->id;
		memcpy(__entry->task, env->task->name, SLUICE_NAME_SIZE);
		__entry->tries = tries;
	),
	TP_printk("env=%u task=%s tries=%llu", __entry->env, __entry->task,
		  __entry->tries)
);

/* What a call has used until now, in all of its attempts: one of them has ended. */
TRACE_EVENT(call_bill,
	TP_PROTO(const struct sluice_call *call),
	TP_ARGS(call),
	TP_STRUCT__entry(
		__field(u64, call)
		__array(char, task, SLUICE_NAME_SIZE)
		__field(u32, env)
		__field(u64, run_time)
		__field(u64, cpu_time)
		__field(u64, memory_peak)
		__field(u64, cpu_wait)
		__field(u64, read)
		__field(u64, written)
		__field(u64, received)
		__field(u64, sent)
		__field(u64, faults)
		__field(u64, processes)
		__field(u64, refused)
		__field(u64, oom_kills)
	),
	TP_fast_assign(
		__entry->call = call->id;
		memcpy(__entry->task, call->task->name, SLUICE_NAME_SIZE);
		__entry->env = call->env_id;
		__entry->run_time = call->run_time;
		__entry->cpu_time = call->cpu_time;
		__entry->memory_peak = call->memory_peak;
		__entry->cpu_wait = call->counts.of[SLUICE_COUNT_WAITED];
		__entry->read = call->counts.of[SLUICE_COUNT_READ];
		__entry->written = call->counts.of[SLUICE_COUNT_WRITTEN];
		__entry->received = call->counts.of[SLUICE_COUNT_RECEIVED];
		__entry->sent = call->counts.of[SLUICE_COUNT_SENT];
		__entry->faults = call->counts.of[SLUICE_COUNT_FAULTS];
		__entry->processes = call->counts.of[SLUICE_COUNT_PROCESSES];
		__entry->refused = call->counts.of[SLUICE_COUNT_REFUSED];
		__entry->oom_kills = call->counts.of[SLUICE_COUNT_OOM_KILLS];
	),
	TP_printk("call=%llu task=%s env=%u run_time=%llu cpu_time=%llu memory_peak=%llu cpu_wait=%llu read=%llu written=%llu received=%llu sent=%llu faults=%llu processes=%llu refused=%llu oom_kills=%llu",
		  __entry->call, __entry->task, __entry->env,
		  __entry->run_time, __entry->cpu_time, __entry->memory_peak,
		  __entry->cpu_wait, __entry->read, __entry->written,
		  __entry->received, __entry->sent, __entry->faults,
		  __entry->processes, __entry->refused, __entry->oom_kills)
);

/*
 * An environment's reservation of a resource changed: its own, the sum over all
 * environments, and the budget that the sum never exceeds.
 */
TRACE_EVENT(ledger,
	TP_PROTO(const struct sluice_env *env,
		 const struct sluice_account *account, u64 own),
	TP_ARGS(env, account, own),
	TP_STRUCT__entry(
		__field(u32, env)
		__array(char, resource, SLUICE_NAME_SIZE)
		__field(u64, own)
		__field(u64, reserved)
		__field(u64, promised)
		__field(u64, budget)
	),
	TP_fast_assign(
		__entry->env = env->id;
		memcpy(__entry->resource, account->name, SLUICE_NAME_SIZE);
		__entry->own = own;
		__entry->reserved = account->reserved;
		__entry->promised = account->promised;
		__entry->budget = account->budget;
	),
	TP_printk("env=%u resource=%s own=%llu reserved=%llu promised=%llu budget=%llu",
		  __entry->env, __entry->resource, __entry->own,
		  __entry->reserved, __entry->promised, __entry->budget)
);

/* A task's best call claims what it has lacked for too long, or has got it. */
TRACE_EVENT(claim,
	TP_PROTO(const struct sluice_task *task, u64 call,
		 enum sluice_event what),
	TP_ARGS(task, call, what),
	TP_STRUCT__entry(
		__array(char, task, SLUICE_NAME_SIZE)
		__field(u32, what)
		__array(char, resource, SLUICE_NAME_SIZE)
		__field(u64, missing)
		__field(u64, call)
	),
	TP_fast_assign(
		memcpy(__entry->task, task->name, SLUICE_NAME_SIZE);
		__entry->what = what;
		__entry->call = call;
		memcpy(__entry->resource,
		       sluice_ledger_name(&sluice.ledger, task->verdict.res),
		       SLUICE_NAME_SIZE);
		__entry->missing = task->verdict.missing;
	),
	TP_printk("task=%s what=%s resource=%s missing=%llu call=%llu",
		  __entry->task,
		  __print_symbolic(__entry->what,
			{ SLUICE_EVENT_CLAIM_MADE, "made" },
			{ SLUICE_EVENT_CLAIM_ENDED, "ended" }),
		  __entry->resource, __entry->missing, __entry->call)
);

/* A task was registered, changed, removed, quarantined or let out. */
TRACE_EVENT(task,
	TP_PROTO(const struct sluice_task *task, enum sluice_event what),
	TP_ARGS(task, what),
	TP_STRUCT__entry(
		__array(char, task, SLUICE_NAME_SIZE)
		__field(u32, what)
	),
	TP_fast_assign(
		memcpy(__entry->task, task->name, SLUICE_NAME_SIZE);
		__entry->what = what;
	),
	TP_printk("task=%s what=%s", __entry->task,
		  __print_symbolic(__entry->what,
			{ SLUICE_EVENT_TASK_NEW, "new" },
			{ SLUICE_EVENT_TASK_SET, "set" },
			{ SLUICE_EVENT_TASK_DEL, "del" },
			{ SLUICE_EVENT_TASK_QUARANTINED, "quarantined" },
			{ SLUICE_EVENT_TASK_LET_OUT, "let-out" }))
);

/* The operator changed a budget, declared a token or removed one. */
TRACE_EVENT(budget,
	TP_PROTO(const struct sluice_account *account,
		 enum sluice_event what),
	TP_ARGS(account, what),
	TP_STRUCT__entry(
		__array(char, resource, SLUICE_NAME_SIZE)
		__field(u32, what)
		__field(u64, budget)
		__field(u64, reserve)
	),
	TP_fast_assign(
		memcpy(__entry->resource, account->name, SLUICE_NAME_SIZE);
		__entry->what = what;
		__entry->budget = account->budget;
		__entry->reserve = account->reserve;
	),
	TP_printk("resource=%s what=%s budget=%llu reserve=%llu",
		  __entry->resource,
		  __print_symbolic(__entry->what,
			{ SLUICE_EVENT_BUDGET_SET, "set" },
			{ SLUICE_EVENT_BUDGET_DEL, "del" }),
		  __entry->budget, __entry->reserve)
);

/* Environments do not get the CPU that they were promised, or do again. */
TRACE_EVENT(pressure,
	TP_PROTO(u32 closed),
	TP_ARGS(closed),
	TP_STRUCT__entry(
		__field(u32, closed)
		__field(u64, firm)
		__field(u64, yielding)
	),
	TP_fast_assign(
		__entry->closed = closed;
		__entry->firm = sluice.box.realtime + sluice.box.interrupts +
				sluice.box.stolen;
		__entry->yielding = sluice.box.yielding;
	),
	TP_printk("closed=%u firm=%llu yielding=%llu", __entry->closed,
		  __entry->firm, __entry->yielding)
);

/* The agent came or went. */
TRACE_EVENT(agent,
	TP_PROTO(enum sluice_event what),
	TP_ARGS(what),
	TP_STRUCT__entry(
		__field(u32, what)
		__field(u32, pid)
	),
	TP_fast_assign(
		__entry->what = what;
		__entry->pid = sluice.agent_pid;
	),
	TP_printk("what=%s pid=%u",
		  __print_symbolic(__entry->what,
			{ SLUICE_EVENT_AGENT_CAME, "came" },
			{ SLUICE_EVENT_AGENT_WENT, "went" }), __entry->pid)
);

#endif /* SLUICE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

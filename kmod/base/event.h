/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State changes: each is counted, traced and handed to the sink by one function,
 * so that statistics, traces and notifications cannot disagree. sluice.lock is
 * held by all callers, which orders the events.
 */
#ifndef SLUICE_EVENT_H
#define SLUICE_EVENT_H

#include "types.h"

/**
 * struct sluice_refusal_event - a call that was not accepted
 * @task: that it was for, a buffer of SLUICE_NAME_SIZE
 * @refusal: why
 * @asked: what it needs, where a limit was hit
 * @limit: the limit
 * @trace_id: that its submitter gave it, all zero for none
 */
struct sluice_refusal_event {
	const char *task;
	enum sluice_refusal refusal;
	u64	asked;
	u64	limit;
	const u8 *trace_id;
};

/**
 * struct sluice_sink - where news go that leave the module
 *
 * Called with sluice.lock held; must not sleep.
 */
struct sluice_sink {
	void (*call)(const struct sluice_call *call);
	void (*env)(const struct sluice_env *env);
	void (*task)(const struct sluice_task *task);
	void (*agent)(void);
	void (*box)(void);
	void (*budget)(const struct sluice_account *account);
	void (*refused)(const struct sluice_refusal_event *event);
	void (*still_wanted)(const struct sluice_env *env);
};

extern const char * const sluice_event_names[SLUICE_EVENTS];

void sluice_event_sink(const struct sluice_sink *sink);

void sluice_event_call(const struct sluice_call *call,
		       enum sluice_call_state from);
void sluice_event_hold(const struct sluice_call *call);
void sluice_event_claim(const struct sluice_task *task, u64 call,
			enum sluice_event what);
void sluice_event_passed(void);
void sluice_event_late(void);
void sluice_event_bill(const struct sluice_call *call);
void sluice_event_blocked(void);
void sluice_event_refused(const struct sluice_refusal_event *event);
void sluice_event_env(const struct sluice_env *env,
		      enum sluice_env_state from);
void sluice_event_state_full(const struct sluice_env *env);
void sluice_event_peer_refused(const struct sluice_env *env, u64 tries);
void sluice_event_ledger(const struct sluice_env *env, u32 quantities,
			 const struct sluice_tokens *tokens);
void sluice_event_task(const struct sluice_task *task,
		       enum sluice_event what);
void sluice_event_budget(const struct sluice_account *account,
			 enum sluice_event what);
void sluice_event_pressure(enum sluice_event what);
void sluice_event_box(void);
void sluice_event_agent(enum sluice_event what);
void sluice_event_still_wanted(const struct sluice_env *env);
void sluice_event_lost(void);

#endif /* SLUICE_EVENT_H */

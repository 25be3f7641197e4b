/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call's life. The only file that writes sluice_call.state: one function for
 * each transition. sluice.lock is held unless noted.
 */
#ifndef SLUICE_CALL_H
#define SLUICE_CALL_H

#include "types.h"

static inline bool sluice_call_final(const struct sluice_call *call)
{
	/* Whoever sees it final sees the whole result: call_set_state(). */
	return smp_load_acquire(&call->state) >= SLUICE_CALL_STATE_DONE;
}

/* The shorter of two times, of which 0 is no limit. */
static inline u64 sluice_shorter(u64 a, u64 b)
{
	return !a || (b && b < a) ? b : a;
}

/*
 * The longest that it may run, 0 for no limit. In the class deadline what it
 * declares is that, too: by it others were accepted, and promised their deadlines.
 */
static inline u64 sluice_call_limit(const struct sluice_call *call)
{
	return sluice_shorter(call->timeout, call->demand ? call->runtime : 0);
}

struct sluice_call *sluice_call_alloc(u32 input_len, u32 words_len);
void *sluice_call_input(struct sluice_call *call);
const char *sluice_call_words(struct sluice_call *call);
void sluice_call_lend_input(struct sluice_call *call);
void sluice_call_input_back(struct sluice_call *call);
struct sluice_call *sluice_call_find(u64 id);
void sluice_call_put(struct sluice_call *call);

int sluice_call_key(struct sluice_call *call, const char *key, bool shared);
void sluice_call_identify(struct sluice_call *call, const u8 *given);
struct sluice_answer *sluice_call_answer(const struct sluice_call *call,
					 u32 len, u32 log_len, bool atomic);
void sluice_answer_free(struct sluice_answer *answer);

int sluice_call_publish(struct sluice_call *call);
void sluice_call_queued(struct sluice_call *call, struct sluice_owner *owner);
void sluice_call_starting(struct sluice_call *call, struct sluice_env *env);
void sluice_call_requeued(struct sluice_call *call,
			  enum sluice_reason reason);
void sluice_call_retried(struct sluice_call *call,
			 const struct sluice_result *result, u64 delay);
void sluice_call_ready(struct sluice_call *call);
void sluice_call_expires(struct sluice_call *call);
void sluice_call_running(struct sluice_call *call, u64 worker);
void sluice_call_counted(struct sluice_call *call,
			 const struct sluice_counts *begin,
			 const struct sluice_counts *end);
void sluice_call_end(struct sluice_call *call,
		     const struct sluice_result *result);

struct sluice_call *sluice_call_due(u64 now, u64 *next);

bool sluice_call_trim(u32 calls, u64 bytes);

#endif /* SLUICE_CALL_H */

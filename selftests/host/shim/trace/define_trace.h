/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's tracepoints end in the test, which sees every change of state. */
#ifndef SHIM_DEFINE_TRACE_H
#define SHIM_DEFINE_TRACE_H

struct sluice_call;
struct sluice_env;

void shim_call_state(const struct sluice_call *call, enum sluice_call_state from);
void shim_env_state(const struct sluice_env *env, enum sluice_env_state from);

#define trace_call_state(call, from)	shim_call_state(call, from)
#define trace_env_state(env, from)	shim_env_state(env, from)
#define trace_call_bill(call)		((void)(call))
#define trace_call_hold(call, name)	((void)(call), (void)(name))
#define trace_call_refused(event)	((void)(event))
#define trace_state_full(env)		((void)(env))
#define trace_peer_refused(env, tries)	((void)(env), (void)(tries))
#define trace_ledger_enabled()		false
#define trace_ledger(env, account, own)	((void)(env), (void)(account), (void)(own))
#define trace_claim(task, call, what)	((void)(task), (void)(call), (void)(what))
#define trace_task(task, what)		((void)(task), (void)(what))
#define trace_budget(account, what)	((void)(account), (void)(what))
#define trace_agent(what)		((void)(what))
#define trace_pressure(closed)		((void)(closed))

#endif /* SHIM_DEFINE_TRACE_H */

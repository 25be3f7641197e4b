// SPDX-License-Identifier: GPL-2.0-only
/* Load and unload: a ladder that is the map of the module. */
#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "door/debugfs.h"
#include "door/dev.h"
#include "door/kfunc.h"
#include "door/nl.h"
#include "door/notify.h"
#include "engine/dispatch.h"
#include "engine/finish.h"
#include "engine/operate.h"
#include "engine/tick.h"
#include "machine/boost.h"
#include "machine/counts.h"
#include "machine/cpu.h"
#include "machine/realtime.h"
#include "machine/memory.h"
#include "object/call.h"
#include "object/env.h"
#include "object/room.h"
#include "object/task.h"
#include "object/usage.h"
#include "types.h"

struct sluice sluice = {
	.lock = __SPIN_LOCK_UNLOCKED(sluice.lock),
	/* What parameters that come before all else look at. */
	.rooms = {
		.blocked = LIST_HEAD_INIT(sluice.rooms.blocked),
		.promised = LIST_HEAD_INIT(sluice.rooms.promised),
	},
	.limits = {
		.max_calls = 100000,
		.max_bytes = 64UL << 20,
		.max_input = 1U << 20,
		.max_output = 1U << 20,
		.max_tasks = 256,
		.max_envs = 64,
		.max_files = 1024,
		.max_file_calls = 16384,
		.max_file_unread = 16UL << 20,
		.max_unread = 64UL << 20,
		.history = 256,
		.history_bytes = 4UL << 20,
		.tick_ms = 100,
		.idle_tick_ms = 1000,
		.cpu_outside = true,
		.ageing_ms = 1000,
	},
};

#define LIMIT(name, type, text)						\
	module_param_named(name, sluice.limits.name, type, 0644);	\
	MODULE_PARM_DESC(name, text)

/* What is kept of one call in one piece of memory, whoever sets the limit. */
#define PIECE_MAX	(64U << 20)

static int set_size(const char *text, const struct kernel_param *param)
{
	return param_set_uint_minmax(text, param, 0, PIECE_MAX);
}

static const struct kernel_param_ops size_ops = {
	.set = set_size,
	.get = param_get_uint,
};

#define SIZE_LIMIT(name, text)						\
	module_param_cb(name, &size_ops, &sluice.limits.name, 0644);	\
	__MODULE_PARM_TYPE(name, "uint");				\
	MODULE_PARM_DESC(name, text)

/*
 * Submitters wait for these: whoever was refused by the old limit, under the lock,
 * is there to be woken for the new one.
 */
static int set_share(const char *text, const struct kernel_param *param)
{
	int ret;

	sluice_enter();
	if (param->arg == &sluice.limits.max_bytes)
		ret = param_set_ulong(text, param);
	else if (param->arg == &sluice.limits.max_input)
		ret = set_size(text, param);
	else
		ret = param_set_uint(text, param);
	if (!ret)
		sluice_room_limits();
	sluice_leave();
	return ret;
}

static int get_share(char *buffer, const struct kernel_param *param)
{
	return param->arg == &sluice.limits.max_bytes ?
	       param_get_ulong(buffer, param) : param_get_uint(buffer, param);
}

static const struct kernel_param_ops share_ops = {
	.set = set_share,
	.get = get_share,
};

#define SHARED_LIMIT(name, type, text)					\
	module_param_cb(name, &share_ops, &sluice.limits.name, 0644);	\
	__MODULE_PARM_TYPE(name, type);					\
	MODULE_PARM_DESC(name, text)

SHARED_LIMIT(max_calls, "uint", "most calls of one user that may wait");
SHARED_LIMIT(max_bytes, "ulong", "most bytes of input of one user that may wait");
SHARED_LIMIT(max_input, "uint", "most bytes of one call's input (67108864 at most)");
SIZE_LIMIT(max_output, "most bytes of one call's answer (67108864 at most)");
LIMIT(max_tasks, uint, "most tasks that may be registered");
LIMIT(max_envs, uint, "most environments that may live (1024 at most)");
LIMIT(max_files, uint, "most open files of /dev/sluice of one user");
LIMIT(max_file_calls, uint, "most calls of one file that were not reaped");
LIMIT(max_file_unread, ulong, "most bytes of answers of one file that were not reaped");
LIMIT(max_unread, ulong, "most bytes of answers of one user that were not reaped");
LIMIT(history, uint, "calls remembered after their end");
LIMIT(history_bytes, ulong, "most bytes of calls remembered after their end");
LIMIT(cpu_outside, bool, "count the CPU time that the rest of the box uses");

/* The look that is next may have been far off. */
static int set_pace(const char *text, const struct kernel_param *param)
{
	int ret = param_set_uint(text, param);

	if (!ret)
		sluice_tick_paced();
	return ret;
}

static const struct kernel_param_ops pace = {
	.set = set_pace,
	.get = param_get_uint,
};

#define PACE(name, text)						\
	module_param_cb(name, &pace, &sluice.limits.name, 0644);	\
	__MODULE_PARM_TYPE(name, "uint");				\
	MODULE_PARM_DESC(name, text)

PACE(tick_ms, "milliseconds between looks at the machine while anything waits or lives");
PACE(idle_tick_ms, "milliseconds between looks at the machine else");

/* Places in the order are made with it: it cannot change while any are kept. */
module_param_named(ageing_ms, sluice.limits.ageing_ms, uint, 0444);
MODULE_PARM_DESC(ageing_ms, "milliseconds for which a waiting task counts as one priority higher, 0 for never");

static void __init give(int res, u64 budget, u64 reserve)
{
	sluice_ledger_give(&sluice.ledger, &sluice.ledger.account[res], budget,
			   reserve);
}

static void __init core_init(void)
{
	hash_init(sluice.tasks);
	hash_init(sluice.users);
	sluice.names = RB_ROOT;
	sluice.task_changes = 1;
	xa_init_flags(&sluice.calls, XA_FLAGS_ACCOUNT);
	xa_init(&sluice.envs);
	INIT_LIST_HEAD(&sluice.history);
	INIT_LIST_HEAD(&sluice.env_list);
	INIT_LIST_HEAD(&sluice.idle);
	INIT_LIST_HEAD(&sluice.awaited);
	sluice.timers = RB_ROOT_CACHED;
	sluice_class_ageing = sluice.limits.ageing_ms * (u64)NSEC_PER_MSEC;
	sluice_class_init();
	sluice_ledger_init(&sluice.ledger);
	/* Half of the box, until the operator says otherwise. */
	give(SLUICE_RES_MEMORY, sluice_memory_physical() / 2,
	     sluice_memory_physical() / 16);
	give(SLUICE_RES_CPU, sluice_cpu_physical() / 2, 0);
	give(SLUICE_RES_PIDS, 1024, 0);
	/* What the box has of these, nobody tells. */
	give(SLUICE_RES_DISK, SLUICE_UNBOUNDED, 0);
	give(SLUICE_RES_NETWORK, SLUICE_UNBOUNDED, 0);
}

/* What is left are tasks, the history, and environments that nobody came to provision. */
static void core_exit(void)
{
	sluice_enter();
	sluice_env_exit();
	while (sluice_call_trim(0, 0))
		sluice_breathe();
	sluice_task_exit();
	sluice_leave();
	sluice_class_exit();
	sluice_ledger_exit(&sluice.ledger);
	xa_destroy(&sluice.envs);
	xa_destroy(&sluice.calls);
}

/*
 * Loading failed at its last step: what has come in by netlink meanwhile ends.
 * Nobody else can change it any more.
 */
static void __init turn_out(void)
{
	struct sluice_task *task;
	struct sluice_env *env;
	struct hlist_node *next;
	int bucket;

	sluice_enter();
	hash_for_each_safe(sluice.tasks, bucket, next, task, hash) {
		sluice_operate_task_del(task);
		sluice_task_put(task);
	}
	list_for_each_entry(env, &sluice.env_list, node)
		if (env->call)
			sluice_finish_call(env->call,
					   SLUICE_CALL_STATE_CANCELLED,
					   SLUICE_REASON_TASK_REMOVED);
	sluice_leave();
}

static int __init sluice_init(void)
{
	int ret;

	core_init();
	sluice_event_sink(&sluice_notify_sink);
	ret = sluice_boost_init();
	if (ret)
		return ret;
	ret = sluice_counts_init();
	if (ret)
		goto err_boost;
	ret = sluice_realtime_init();
	if (ret)
		goto err_counts;
	sluice_usage_init();
	ret = sluice_tick_init();
	if (ret)
		goto err_realtime;
	sluice_kfunc_init();
	sluice_debugfs_init();
	ret = sluice_nl_init();
	if (ret)
		goto err_debugfs;
	ret = sluice_notify_start();
	if (ret)
		goto err_nl;
	/*
	 * Last in, first out. Nothing may fail once the device is there: an open
	 * file would not keep a module that does not load.
	 */
	ret = sluice_dev_init();
	if (ret)
		goto err_notify;
	return 0;

err_notify:
	sluice_notify_stop();
err_nl:
	sluice_nl_exit();
	turn_out();
err_debugfs:
	sluice_debugfs_exit();
	sluice_tick_exit();
	core_exit();
err_realtime:
	sluice_realtime_exit();
err_counts:
	sluice_counts_exit();
err_boost:
	sluice_boost_exit();
	return ret;
}

/* No file is open and no call is alive: each of them holds the module. */
static void __exit sluice_exit(void)
{
	sluice_dev_exit();
	sluice_notify_stop();
	sluice_nl_exit();
	sluice_debugfs_exit();
	sluice_tick_exit();
	core_exit();
	sluice_above_close(&sluice.box.above);
	/* What is still to be freed by RCU needs nothing of the module for it. */
	sluice_realtime_exit();
	sluice_counts_exit();
	sluice_boost_exit();
}

module_init(sluice_init);
module_exit(sluice_exit);

MODULE_DESCRIPTION("Sluice: on-demand code execution on a gateway");
MODULE_AUTHOR("The Sluice authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");

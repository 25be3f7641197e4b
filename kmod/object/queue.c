// SPDX-License-Identifier: GPL-2.0-only
#include "object/queue.h"

#include "object/callq.h"
#include "object/order.h"
#include "object/room.h"
#include "object/user.h"

static void queued(struct sluice_call *call)
{
	lockdep_assert_held(&sluice.lock);
	sluice.waiting++;
	sluice.waiting_bytes += call->input_len;
	sluice_user_queued(call->user, call->input_len);
	sluice_order_place(call->task);
}

/* A new call, behind all that came before; or in the place of one with its key. */
void sluice_queue_add(struct sluice_call *call, struct sluice_call *older)
{
	if (older)
		sluice_callq_add_behind(&call->task->queue, call, older);
	else
		sluice_callq_add(&call->task->queue, call);
	queued(call);
}

/* One that has been in the queue before, and waits again. */
void sluice_queue_again(struct sluice_call *call)
{
	sluice_callq_add_first(&call->task->queue, call);
	queued(call);
}

/* The same, but it is not to start before its time. */
void sluice_queue_delay(struct sluice_call *call)
{
	sluice_callq_delay(&call->task->queue, call);
	queued(call);
}

/* That time has come. */
void sluice_queue_ready(struct sluice_call *call)
{
	lockdep_assert_held(&sluice.lock);
	sluice_callq_ready(&call->task->queue, call);
	sluice_order_place(call->task);
}

/* A waiting call gets another priority or deadline. */
void sluice_queue_reorder(struct sluice_call *call, u32 priority, u64 deadline)
{
	lockdep_assert_held(&sluice.lock);
	sluice_callq_reorder(&call->task->queue, call, priority, deadline);
	sluice_order_place(call->task);
}

/* It starts, or ends. */
void sluice_queue_remove(struct sluice_call *call)
{
	struct sluice_task *task = call->task;

	lockdep_assert_held(&sluice.lock);
	sluice_callq_remove(&task->queue, call);
	sluice.waiting--;
	sluice.waiting_bytes -= call->input_len;
	sluice_user_unqueued(call->user, call->input_len);
	sluice_order_place(task);
	sluice_room_made(task);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "object/owner.h"

#include <linux/err.h>
#include <linux/errno.h>

/* Without sluice.lock. The caller has a reference on @user as long as it lives. */
void sluice_owner_init(struct sluice_owner *owner,
		       const struct sluice_owner_ops *ops,
		       struct sluice_user *user)
{
	owner->ops = ops;
	owner->user = user;
	INIT_LIST_HEAD(&owner->pending);
	INIT_LIST_HEAD(&owner->ended);
	owner->calls = 0;
	owner->unread = 0;
	owner->shut = false;
}

/* Would it have too much to read, with so many bytes more? */
bool sluice_owner_full(const struct sluice_owner *owner, u32 more)
{
	lockdep_assert_held(&sluice.lock);
	return owner->unread + more >
	       READ_ONCE(sluice.limits.max_file_unread) ||
	       owner->user->unread + more > READ_ONCE(sluice.limits.max_unread);
}

static void more_unread(struct sluice_call *call)
{
	call->owner->unread += sluice_answer_bytes(call->answer);
	call->owner->user->unread += sluice_answer_bytes(call->answer);
}

static void less_unread(struct sluice_call *call)
{
	call->owner->unread -= sluice_answer_bytes(call->answer);
	call->owner->user->unread -= sluice_answer_bytes(call->answer);
}

/* The call was accepted. Takes a reference. */
void sluice_owner_add(struct sluice_owner *owner, struct sluice_call *call)
{
	lockdep_assert_held(&sluice.lock);
	kref_get(&call->ref);
	call->owner = owner;
	list_add_tail(&call->owner_node, &owner->pending);
	owner->calls++;
}

/* The call is final, whether it has an owner or not. */
void sluice_owner_ended(struct sluice_call *call)
{
	struct sluice_owner *owner = call->owner;

	lockdep_assert_held(&sluice.lock);
	if (owner)
		more_unread(call);
	list_del_init(&call->owner_node);
	if (call->awaits) {
		wake_up(&call->awaits->wait);
	} else if (owner) {
		list_add_tail(&call->owner_node, &owner->ended);
		owner->ops->ended(owner, call);
	}
}

/*
 * The first that ended, with the owner's reference. -EAGAIN: none has yet;
 * -ENODATA: there are no calls at all.
 */
struct sluice_call *sluice_owner_take_any(struct sluice_owner *owner)
{
	struct sluice_call *call;

	lockdep_assert_held(&sluice.lock);
	call = list_first_entry_or_null(&owner->ended, struct sluice_call,
					owner_node);
	if (!call)
		return ERR_PTR(owner->calls ? -EAGAIN : -ENODATA);
	list_del_init(&call->owner_node);
	call->taken = true;
	return call;
}

/*
 * A call that is final: when 0 is returned the owner's reference is the caller's.
 * -ENOENT: it is not this owner's, or somebody else takes it.
 */
int sluice_owner_take(struct sluice_owner *owner, struct sluice_call *call)
{
	lockdep_assert_held(&sluice.lock);
	if (call->owner != owner || call->taken)
		return -ENOENT;
	list_del_init(&call->owner_node);
	call->taken = true;
	return 0;
}

/* Without sluice.lock. */
void sluice_await_init(struct sluice_await *await)
{
	await->call = NULL;
	INIT_LIST_HEAD(&await->node);
	init_waitqueue_head(&await->wait);
}

/* The caller, who has a reference, will wait for the end of this very call. */
void sluice_owner_await(struct sluice_await *await, struct sluice_call *call)
{
	lockdep_assert_held(&sluice.lock);
	await->call = call;
	if (call->awaits)
		list_add_tail(&await->node, &call->awaits->node);
	else
		call->awaits = await;
}

/* Whoever waits for the call, or may take it, is to look. */
static void offer(struct sluice_call *call)
{
	struct sluice_owner *owner = call->owner;

	if (call->awaits) {
		wake_up(&call->awaits->wait);
	} else if (owner && !call->taken) {
		list_add(&call->owner_node, &owner->ended);
		owner->ops->ended(owner, call);
	}
}

/* It waits no more. Has it not taken the result, others may. */
void sluice_owner_unawait(struct sluice_await *await)
{
	struct sluice_call *call = await->call;

	lockdep_assert_held(&sluice.lock);
	if (call->awaits == await)
		call->awaits = list_empty(&await->node) ? NULL :
			       list_first_entry(&await->node,
						struct sluice_await, node);
	list_del_init(&await->node);
	if (call->state >= SLUICE_CALL_STATE_DONE)
		offer(call);
}

/* What was taken has arrived: the owner has one call less. */
void sluice_owner_handed_over(struct sluice_call *call)
{
	struct sluice_owner *owner = call->owner;

	lockdep_assert_held(&sluice.lock);
	less_unread(call);
	call->owner = NULL;
	if (!--owner->calls)
		owner->ops->none_left(owner);
}

/* What was taken has not arrived: whoever comes next gets it. Takes the reference. */
void sluice_owner_give_back(struct sluice_call *call)
{
	lockdep_assert_held(&sluice.lock);
	call->taken = false;
	offer(call);
}

/*
 * The owner goes, and nobody takes anything for it any more: one of its calls,
 * with its reference, which goes on without an owner. NULL: it has none.
 */
struct sluice_call *sluice_owner_let_go(struct sluice_owner *owner)
{
	struct list_head *list = list_empty(&owner->pending) ? &owner->ended :
							       &owner->pending;
	struct sluice_call *call;

	lockdep_assert_held(&sluice.lock);
	call = list_first_entry_or_null(list, struct sluice_call, owner_node);
	if (!call)
		return NULL;
	list_del_init(&call->owner_node);
	owner->calls--;
	/* Of a pending one there is no answer yet. */
	less_unread(call);
	call->owner = NULL;
	return call;
}

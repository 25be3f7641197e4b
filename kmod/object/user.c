// SPDX-License-Identifier: GPL-2.0-only
#include "object/user.h"

#include <linux/errno.h>
#include <linux/hashtable.h>
#include <linux/slab.h>

/* For sluice_user_get(). Without sluice.lock; may sleep; charged to the caller. */
struct sluice_user *sluice_user_alloc(void)
{
	return kzalloc(sizeof(struct sluice_user), GFP_KERNEL_ACCOUNT);
}

/* The user of that id, with a reference; @spare becomes one that is not known yet. */
struct sluice_user *sluice_user_get(kuid_t uid, struct sluice_user **spare)
{
	struct sluice_user *user;

	lockdep_assert_held(&sluice.lock);
	hash_for_each_possible(sluice.users, user, node, __kuid_val(uid)) {
		if (uid_eq(user->uid, uid)) {
			user->refs++;
			return user;
		}
	}
	user = *spare;
	*spare = NULL;
	user->uid = uid;
	user->refs = 1;
	hash_add(sluice.users, &user->node, __kuid_val(uid));
	return user;
}

void sluice_user_hold(struct sluice_user *user)
{
	lockdep_assert_held(&sluice.lock);
	user->refs++;
}

void sluice_user_put(struct sluice_user *user)
{
	lockdep_assert_held(&sluice.lock);
	if (--user->refs)
		return;
	WARN_ON_ONCE(user->use.files || user->use.calls || user->use.bytes ||
		     user->unread);
	hash_del(&user->node);
	kfree(user);
}

static bool is_root(const struct sluice_user *user)
{
	return uid_eq(user->uid, GLOBAL_ROOT_UID);
}

/* How much of @limit the user may have, of which all have @all and it has @own. */
static u64 most(const struct sluice_user *user, u64 limit, u64 least, u64 all,
		u64 own)
{
	u64 left = limit - min(limit, (all - own) / 2);

	lockdep_assert_held(&sluice.lock);
	return is_root(user) ? limit : max(left, least);
}

/* Calls that may wait. */
u64 sluice_user_calls_max(const struct sluice_user *user)
{
	u32 limit = READ_ONCE(sluice.limits.max_calls);

	return most(user, limit, min(limit, 1U), sluice.shared.calls,
		    user->use.calls);
}

/* Bytes of their input. */
u64 sluice_user_bytes_max(const struct sluice_user *user)
{
	u64 limit = READ_ONCE(sluice.limits.max_bytes);
	u64 least = READ_ONCE(sluice.limits.max_input);

	return most(user, limit, min(limit, least), sluice.shared.bytes,
		    user->use.bytes);
}

/* What the user and, but for root, all have has changed. */
static void use(struct sluice_user *user, int files, int calls, s64 bytes)
{
	lockdep_assert_held(&sluice.lock);
	user->use.files += files;
	user->use.calls += calls;
	user->use.bytes += bytes;
	if (is_root(user))
		return;
	sluice.shared.files += files;
	sluice.shared.calls += calls;
	sluice.shared.bytes += bytes;
}

/* A call waits, with so many bytes of input. */
void sluice_user_queued(struct sluice_user *user, u32 bytes)
{
	use(user, 0, 1, bytes);
}

void sluice_user_unqueued(struct sluice_user *user, u32 bytes)
{
	use(user, 0, -1, -(s64)bytes);
}

/* Another open file of the user's. -ENFILE: it has as many as it may have. */
int sluice_user_open(struct sluice_user *user)
{
	u32 limit = READ_ONCE(sluice.limits.max_files);

	if (user->use.files >= most(user, limit, min(limit, 1U),
				    sluice.shared.files, user->use.files))
		return -ENFILE;
	sluice_user_hold(user);
	use(user, 1, 0, 0);
	return 0;
}

/* The file is closed, and has let go of its calls. */
void sluice_user_close(struct sluice_user *user)
{
	use(user, -1, 0, 0);
	sluice_user_put(user);
}

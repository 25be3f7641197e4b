/* SPDX-License-Identifier: GPL-2.0-only */
/* Structures of /dev/sluice, which may be shorter or longer than ours. */
#ifndef SLUICE_DEV_COPY_H
#define SLUICE_DEV_COPY_H

#include <linux/uaccess.h>

/*
 * Copy a structure that starts with its own size. @min is the size of its first
 * version, @size of ours.
 */
static inline int copy_in(void *to, size_t size, size_t min,
			  const void __user *from)
{
	u32 given;

	if (get_user(given, (const u32 __user *)from))
		return -EFAULT;
	if (given < min || given > PAGE_SIZE)
		return given < min ? -EINVAL : -E2BIG;
	return copy_struct_from_user(to, size, from, given);
}

/* Copy back as much as the caller has room for; the size is left alone. */
static inline int copy_out(void __user *to, const void *from, size_t size, u32 given)
{
	return copy_to_user(to, from, min_t(size_t, size, given)) ? -EFAULT : 0;
}

#endif /* SLUICE_DEV_COPY_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door /dev/sluice, see include/uapi/linux/sluice.h: the file. What submitters
 * do with it is in dev_client.c, what workers do in dev_worker.c.
 */
#include "door/dev.h"

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "object/call.h"
#include "object/env.h"
#include "engine/worker.h"

static int dev_open(struct inode *inode, struct file *filp)
{
	struct sluice_file *file;

	if (atomic_inc_return(&sluice.files) >
	    READ_ONCE(sluice.limits.max_files)) {
		atomic_dec(&sluice.files);
		return -ENFILE;
	}
	file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);
	if (!file) {
		atomic_dec(&sluice.files);
		return -ENOMEM;
	}
	INIT_LIST_HEAD(&file->pending);
	INIT_LIST_HEAD(&file->ended);
	init_waitqueue_head(&file->wait);
	filp->private_data = file;
	return stream_open(inode, filp);
}

/* Calls go on without their file; results that nobody reaped stay in the history. */
static void dev_disown_all(struct sluice_file *file)
{
	struct list_head *lists[] = { &file->pending, &file->ended };
	int i, batch = 0;

	spin_lock(&sluice.lock);
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		/* Pending ones may end meanwhile: that list is read first. */
		while (!list_empty(lists[i])) {
			sluice_call_disown(list_first_entry(lists[i],
							    struct sluice_call,
							    owner_node));
			if (++batch % SLUICE_BATCH)
				continue;
			spin_unlock(&sluice.lock);
			cond_resched();
			spin_lock(&sluice.lock);
		}
	}
	spin_unlock(&sluice.lock);
}

static int dev_release(struct inode *inode, struct file *filp)
{
	struct sluice_file *file = filp->private_data;

	dev_disown_all(file);
	if (file->env) {
		sluice_worker_closed(file->env);
		sluice_env_put(file->env);
	}
	kfree(file);
	atomic_dec(&sluice.files);
	return 0;
}

static __poll_t dev_poll(struct file *filp, poll_table *wait)
{
	struct sluice_file *file = filp->private_data;
	struct sluice_env *env = file->env;
	__poll_t mask = 0;

	poll_wait(filp, env ? &env->wait : &file->wait, wait);
	spin_lock(&sluice.lock);
	if (!env) {
		if (!list_empty(&file->ended))
			mask = EPOLLIN | EPOLLRDNORM;
	} else if (env->state > SLUICE_ENV_STATE_BUSY) {
		mask = EPOLLHUP | EPOLLIN | EPOLLRDNORM;
	} else if (env->call &&
		   env->call->state == SLUICE_CALL_STATE_STARTING) {
		mask = EPOLLIN | EPOLLRDNORM;
	}
	spin_unlock(&sluice.lock);
	return mask;
}

static long dev_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct sluice_file *file = filp->private_data;
	void __user *uarg = (void __user *)arg;

	if (_IOC_TYPE(cmd) != SLUICE_IOC_MAGIC)
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(SLUICE_IOC_CALL):
		return sluice_dev_call(file, uarg);
	case _IOC_NR(SLUICE_IOC_SUBMIT):
		return sluice_dev_submit(file, uarg);
	case _IOC_NR(SLUICE_IOC_REAP):
		return sluice_dev_reap(file, uarg);
	case _IOC_NR(SLUICE_IOC_CANCEL):
		return sluice_dev_cancel(file, uarg);
	case _IOC_NR(SLUICE_IOC_CHANGE):
		return sluice_dev_change(file, uarg);
	case _IOC_NR(SLUICE_IOC_ATTACH):
		return sluice_dev_attach(file, uarg);
	case _IOC_NR(SLUICE_IOC_NEXT):
		return sluice_dev_next(file, uarg);
	}
	return -ENOTTY;
}

static const struct file_operations dev_fops = {
	.owner = THIS_MODULE,
	.open = dev_open,
	.release = dev_release,
	.poll = dev_poll,
	.unlocked_ioctl = dev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice dev_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "sluice",
	.fops = &dev_fops,
	.mode = 0660,
};

int sluice_dev_init(void)
{
	return misc_register(&dev_misc);
}

void sluice_dev_exit(void)
{
	misc_deregister(&dev_misc);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door /dev/sluice, see include/uapi/linux/sluice.h: the file. What submitters
 * do with it is in dev_client.c, what workers do in dev_worker.c.
 */
#include "door/dev.h"

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "door/dev_client.h"
#include "door/dev_worker.h"
#include "engine/dispatch.h"
#include "engine/worker.h"
#include "object/call.h"
#include "object/env.h"
#include "object/owner.h"
#include "object/user.h"

static int dev_open(struct inode *inode, struct file *filp)
{
	struct sluice_user *user, *spare;
	struct sluice_file *file;
	int ret = -ENOMEM;

	/*
	 * Code in an environment has a user namespace of its own, and a door: it
	 * is not to become a client by opening that anew.
	 */
	if (current_user_ns() != &init_user_ns)
		return -EPERM;
	spare = sluice_user_alloc();
	file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);
	if (file && spare) {
		sluice_enter();
		user = sluice_user_get(current_uid(), &spare);
		ret = sluice_user_open(user);
		sluice_user_put(user);
		sluice_leave();
	}
	kfree(spare);
	if (ret) {
		kfree(file);
		return ret;
	}
	sluice_owner_init(&file->owner, &sluice_dev_owner, user);
	init_waitqueue_head(&file->wait);
	filp->private_data = file;
	return stream_open(inode, filp);
}

/* Calls go on without their file; results that nobody reaped stay in the history. */
static void let_go_of_calls(struct sluice_file *file)
{
	struct sluice_call *call;
	int batch = 0;

	sluice_enter();
	while ((call = sluice_owner_let_go(&file->owner))) {
		sluice_call_put(call);
		if (!(++batch % SLUICE_BATCH))
			sluice_breathe();
	}
	sluice_leave();
}

static int dev_release(struct inode *inode, struct file *filp)
{
	struct sluice_file *file = filp->private_data;

	let_go_of_calls(file);
	if (file->env) {
		sluice_worker_closed(file->env);
		sluice_env_put(file->env);
	}
	sluice_enter();
	sluice_user_close(file->owner.user);
	sluice_leave();
	kfree(file);
	return 0;
}

static __poll_t dev_poll(struct file *filp, poll_table *wait)
{
	struct sluice_file *file = filp->private_data;
	struct sluice_env *env;
	__poll_t mask = 0;

	poll_wait(filp, &file->wait, wait);
	sluice_enter();
	env = file->env;
	if (!env) {
		if (!list_empty(&file->owner.ended))
			mask = EPOLLIN | EPOLLRDNORM;
	} else if (env->state > SLUICE_ENV_STATE_BUSY) {
		mask = EPOLLHUP | EPOLLIN | EPOLLRDNORM;
		if (env->cut)
			mask |= EPOLLERR;
	} else if ((env->call &&
		    env->call->state == SLUICE_CALL_STATE_STARTING) ||
		   sluice_worker_left(env)) {
		mask = EPOLLIN | EPOLLRDNORM;
	}
	sluice_leave();
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

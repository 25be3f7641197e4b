// SPDX-License-Identifier: GPL-2.0-only
#include "slice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>

/* systemd's own, where no bus runs. */
#define PRIVATE		"unix:path=/run/systemd/private"

struct slice {
	sd_bus	*bus;
	slice_fn fn;
	void	*arg;
};

bool slice_managed(void)
{
	return sd_booted() > 0;
}

void slice_free(struct slice *slice)
{
	if (!slice)
		return;
	sd_bus_detach_event(slice->bus);
	sd_bus_close_unref(slice->bus);
	free(slice);
}

static int answered(sd_bus_message *reply, void *userdata, sd_bus_error *unused)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);
	struct slice *slice = userdata;

	(void)unused;
	slice->fn(!error ? NULL : error->message ? error->message : error->name,
		  slice->arg);
	return 0;
}

static int open_private(sd_bus **bus)
{
	int ret = sd_bus_new(bus);

	if (ret >= 0)
		ret = sd_bus_set_address(*bus, PRIVATE);
	return ret < 0 ? ret : sd_bus_start(*bus);
}

static int ask(struct slice *slice, sd_event *event, uint64_t weight)
{
	int ret = sd_bus_open_system(&slice->bus);

	if (ret < 0)
		ret = open_private(&slice->bus);
	if (ret >= 0)
		ret = sd_bus_attach_event(slice->bus, event, 0);
	if (ret < 0)
		return ret;
	/* For now only, as budgets are: a gateway that starts again asks again. */
	return sd_bus_call_method_async(slice->bus, NULL,
					"org.freedesktop.systemd1",
					"/org/freedesktop/systemd1",
					"org.freedesktop.systemd1.Manager",
					"SetUnitProperties", answered, slice,
					"sba(sv)", SLICE_UNIT, true, 1,
					"CPUWeight", "t", weight);
}

int slice_set_weight(sd_event *event, uint64_t weight, slice_fn fn, void *arg,
		     struct slice **slice)
{
	struct slice *new = calloc(1, sizeof(*new));
	int ret;

	slice_free(*slice);
	*slice = new;
	if (!new)
		return -ENOMEM;
	new->fn = fn;
	new->arg = arg;
	ret = ask(new, event, weight);
	if (ret >= 0)
		return 0;
	slice_free(new);
	*slice = NULL;
	return ret;
}

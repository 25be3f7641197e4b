// SPDX-License-Identifier: GPL-2.0-only
#include "measure.h"

#include <unistd.h>

#include "cgroup.h"

void measure_env(struct module *module, int place, uint32_t id, uint32_t *said)
{
	int fd = cgroup_open(place, id);
	uint32_t pids;

	if (fd < 0)
		return;
	if (!cgroup_pids(fd, &pids) && pids != *said &&
	    !module_env_pids(module, id, pids))
		*said = pids;
	close(fd);
}

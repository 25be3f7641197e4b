// SPDX-License-Identifier: GPL-2.0-only
/* The hierarchy of scheduling classes. */
#include "class.h"

#include <linux/string.h>

/* Highest first. */
static struct sluice_class * const hierarchy[] = {
	&sluice_class_priority,
};

#define HIERARCHY_SIZE (sizeof(hierarchy) / sizeof(hierarchy[0]))

void sluice_class_init(void)
{
	unsigned int i;

	for (i = 0; i < HIERARCHY_SIZE; i++)
		hierarchy[i]->init();
}

struct sluice_class *sluice_class_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < HIERARCHY_SIZE; i++)
		if (!strcmp(hierarchy[i]->name, name))
			return hierarchy[i];
	return NULL;
}

/* The best rank of the highest class that has one. */
struct sluice_rank *sluice_class_best(void)
{
	struct sluice_rank *rank = NULL;
	unsigned int i;

	for (i = 0; i < HIERARCHY_SIZE && !rank; i++)
		rank = hierarchy[i]->best();
	return rank;
}

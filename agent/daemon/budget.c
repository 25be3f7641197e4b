// SPDX-License-Identifier: GPL-2.0-only
#include "budget.h"

#include <errno.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "say.h"

/* Which were set, a line each; the first one is of which loaded module. */
#define KEPT	"/run/sluice/budget"
/* A name that no resource has. */
#define RESERVE	"memory-reserve"

struct kept {
	char	(*lines)[SLUICE_NAME_SIZE];
	size_t	count;
};

static bool was_set(const struct kept *kept, const char *name)
{
	size_t i;

	for (i = 1; i < kept->count; i++)
		if (!strcmp(kept->lines[i], name))
			return true;
	return false;
}

/* One that there is no memory for is set again by the next agent. */
static void add(struct kept *kept, const char *line)
{
	char (*lines)[SLUICE_NAME_SIZE] =
		reallocarray(kept->lines, kept->count + 1, sizeof(*lines));

	if (!lines)
		return;
	kept->lines = lines;
	snprintf(lines[kept->count++], SLUICE_NAME_SIZE, "%.*s",
		 SLUICE_NAME_SIZE - 1, line);
}

/* A module that is loaded again has another inode there. False: it is not known yet. */
static bool read_kept(struct kept *kept)
{
	char line[SLUICE_NAME_SIZE + 1], loaded[SLUICE_NAME_SIZE];
	FILE *file = fopen(KEPT, "re");
	struct stat st = { 0 };

	stat("/sys/module/sluice", &st);
	snprintf(loaded, sizeof(loaded), "%jx", (uintmax_t)st.st_ino);
	kept->count = 0;
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		add(kept, line);
	}
	if (file)
		fclose(file);
	if (kept->count && !strcmp(kept->lines[0], loaded))
		return true;
	kept->count = 0;
	add(kept, loaded);
	return false;
}

static void say_not_kept(void)
{
	say_warning(KEPT ": %s: the next agent may set budgets again",
		    strerror(errno));
}

static void write_kept(const struct kept *kept)
{
	FILE *file = fopen(KEPT ".new", "we");
	bool good = file;
	size_t i;

	for (i = 0; good && i < kept->count; i++)
		good = fprintf(file, "%s\n", kept->lines[i]) > 0;
	if (file && fclose(file))
		good = false;
	if (!good || rename(KEPT ".new", KEPT))
		say_not_kept();
}

/* After each, so that an agent that is killed leaves out none. */
static void write_another(const char *line)
{
	FILE *file = fopen(KEPT, "ae");
	bool good = file && fprintf(file, "%s\n", line) > 0;

	if ((file && fclose(file)) || !good)
		say_not_kept();
}

static void set_one(struct module *module, struct kept *kept, const char *name,
		    uint64_t amount)
{
	bool reserve = !strcmp(name, RESERVE);
	int ret;

	if (was_set(kept, name))
		return;
	ret = reserve ? module_set_reserve(module, amount) :
			module_set_budget(module, name, amount);
	if (ret) {
		say_error("sluice.conf: %s%s: %s", reserve ? "" : "budget of ",
			  name, module_error(module));
		return;
	}
	add(kept, name);
	write_another(name);
}

/* Somebody else was first: what he did counts as done. */
static void leave_as_they_are(struct kept *kept, const struct taskconf *conf)
{
	size_t i;

	if (conf->has_memory_reserve)
		add(kept, RESERVE);
	for (i = 0; i < conf->budget_count; i++)
		add(kept, conf->budget[i].resource);
}

int budget_apply(struct module *module, const struct taskconf *conf)
{
	struct kept kept = { .lines = NULL };
	uint64_t changes;
	int ret = module_budget_changes(module, &changes);
	size_t i;

	if (ret) {
		say_error("budgets: %s", module_error(module));
		return ret;
	}
	if (!read_kept(&kept)) {
		if (changes)
			leave_as_they_are(&kept, conf);
		/* Before the first is set, so that the next agent goes on with it. */
		write_kept(&kept);
	}
	if (conf->has_memory_reserve)
		set_one(module, &kept, RESERVE, conf->memory_reserve);
	for (i = 0; i < conf->budget_count; i++)
		set_one(module, &kept, conf->budget[i].resource,
			conf->budget[i].amount);
	free(kept.lines);
	return 0;
}

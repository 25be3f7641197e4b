// SPDX-License-Identifier: GPL-2.0-only
// build: -D_GNU_SOURCE
/*
 * The folders are layers: no file includes one that stands above it. The order is
 * that in which the build lists the files, kmod/Kbuild for the module and
 * agent/Makefile for the agent; between folders it is the one below.
 */
#include "ktap.h"

#include <dirent.h>
#include <sys/stat.h>

#define FILES	256
#define PATH	256

/* Some folders, lowest first; a test of the program itself looks at one of its own. */
struct house {
	const char *top;
	const char *const *rooms;
	/* Headers that everybody may include, and that may include anything. */
	const char *const *beside;
	/* In the highest room, files that others of it may include. */
	const char *const *shared;
	/* Every include names its folder. */
	bool named;
};

/* Where a file stands: room, then place; -1 for none. */
struct place {
	int room;
	int at;
};

static char files[FILES][PATH];
static int file_count, bad;

static int index_of(const char *const *names, const char *name)
{
	int i;

	for (i = 0; names && names[i]; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

/* Free what it returns. */
static char *joined(const char *a, char by, const char *b)
{
	char *text;

	CHECK(asprintf(&text, "%s%c%s", a, by, b) > 0);
	return text;
}

static void wrong(const char *file, int line, const char *what,
		  const char *header)
{
	printf("# %s:%d: %s: %s\n", file, line, what, header);
	bad++;
}

/*
 * The order
 */

/* All words of a file that end in @suffix, in their order, without it. */
static void read_order(const char *path, const char *suffix)
{
	char text[65536], *word, *rest = text;
	FILE *file = fopen(path, "r");
	size_t len, end = strlen(suffix);

	CHECK(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	CHECK(len < sizeof(text) - 1);
	text[len] = '\0';
	fclose(file);
	file_count = 0;
	while ((word = strsep(&rest, " \t\n\\"))) {
		len = strlen(word);
		if (len <= end || strcmp(word + len - end, suffix) ||
		    strpbrk(word, "$%*"))
			continue;
		CHECK(file_count < FILES && len < PATH);
		memcpy(files[file_count], word, len - end);
		files[file_count++][len - end] = '\0';
	}
	CHECK(file_count > 5);
}

/* The room whose name begins the path: that of its folder, or of one above. */
static int room_of(const struct house *house, const char *path)
{
	char *folder = strdup(path), *slash;
	int room = -1;

	while (room < 0 && (slash = strrchr(folder, '/'))) {
		*slash = '\0';
		room = index_of(house->rooms, folder);
	}
	free(folder);
	return room;
}

static struct place place_of(const struct house *house, const char *path)
{
	struct place place = { room_of(house, path), -1 };
	char *stem = strndup(path, (size_t)(strrchr(path, '.') - path));
	int i;

	/* It may be named again where it is linked. */
	for (i = file_count; i-- > 0;)
		if (!strcmp(files[i], stem))
			place.at = i;
	free(stem);
	return place;
}

/*
 * One include
 */

/* door/nl_task.c and door/nl_reply.h: of one prefix. */
static bool related(const char *file, const char *header)
{
	size_t len = strcspn(strrchr(file, '/') + 1, "_.");
	const char *other = strrchr(header, '/') + 1;

	return !strncmp(strrchr(file, '/') + 1, other, len) &&
	       (other[len] == '_' || other[len] == '.');
}

static bool same_file(const char *file, const char *header)
{
	size_t len = (size_t)(strrchr(file, '.') - file);

	return !strncmp(file, header, len) && header[len] == '.';
}

static void check_include(const struct house *house, const char *file, int line,
			  const char *header)
{
	struct place from = place_of(house, file), to = place_of(house, header);
	int top;

	for (top = 0; house->rooms[top + 1]; top++)
		;
	if (index_of(house->beside, header) >= 0)
		return;
	if (to.room < 0) {
		wrong(file, line, "names no folder of the house", header);
		return;
	}
	/* What stands above all folders: the way in. */
	if (from.room < 0 || same_file(file, header))
		return;
	if (to.room > from.room)
		wrong(file, line, "goes up", header);
	if (to.room != from.room)
		return;
	if (house->shared && from.room == top && !related(file, header) &&
	    index_of(house->shared, header) < 0)
		wrong(file, line, "is another door", header);
	/* A header without a file of its own knows what is below, and is known by all. */
	else if (to.at >= 0 && from.at >= 0 && to.at > from.at)
		wrong(file, line, "stands after it in the build", header);
}

/*
 * A folder
 */

static char *header_of(char *line)
{
	char *begin, *end;

	if (strncmp(line, "#include \"", 10))
		return NULL;
	begin = line + 10;
	end = strchr(begin, '"');
	if (!end)
		return NULL;
	*end = '\0';
	return begin;
}

/* A header that names no folder is looked for beside the file, and in the lowest. */
static void resolve(const struct house *house, const char *file,
		    const char *header, char *resolved)
{
	int len = (int)(strrchr(file, '/') - file);
	char *path;

	snprintf(resolved, PATH, "%s", header);
	if (house->named || strchr(header, '/'))
		return;
	snprintf(resolved, PATH, "%.*s/%s", len, file, header);
	path = joined(house->top, '/', resolved);
	if (access(path, F_OK))
		snprintf(resolved, PATH, "%s/%s", house->rooms[0], header);
	free(path);
}

static int check_file(const struct house *house, const char *file)
{
	char *path = joined(house->top, '/', file);
	char line[1024], resolved[PATH], *header;
	int number = 0, includes = 0;
	FILE *text = fopen(path, "r");

	CHECK(text);
	free(path);
	if (index_of(house->beside, file) >= 0) {
		fclose(text);
		return 0;
	}
	if (strrchr(file, '.')[1] == 'c' && place_of(house, file).at < 0)
		wrong(file, 0, "is not built", "");
	while (fgets(line, sizeof(line), text)) {
		number++;
		header = header_of(line);
		if (!header)
			continue;
		includes++;
		resolve(house, file, header, resolved);
		check_include(house, file, number, resolved);
	}
	fclose(text);
	return includes;
}

static bool is_source(const char *name)
{
	const char *end = strrchr(name, '.');

	return end && name[0] != '.' && (!strcmp(end, ".c") || !strcmp(end, ".h")) &&
	       !strstr(name, ".mod.");
}

/* Returns how many includes it has seen. */
static int check_folder(const struct house *house, const char *folder)
{
	char *path = joined(house->top, '/', folder), *file;
	DIR *dir = opendir(path);
	struct dirent *entry;
	int includes = 0;
	struct stat info;

	CHECK(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		CHECK_EQ(fstatat(dirfd(dir), entry->d_name, &info, 0), 0);
		file = *folder ? joined(folder, '/', entry->d_name) :
				 strdup(entry->d_name);
		if (S_ISDIR(info.st_mode))
			includes += check_folder(house, file);
		else if (is_source(entry->d_name))
			includes += check_file(house, file);
		free(file);
	}
	closedir(dir);
	free(path);
	return includes;
}

/*
 * The module
 */

static const char *const module_rooms[] = {
	"compat", "base", "machine", "policy", "object", "engine", "door", NULL,
};

static const char *const module_beside[] = { "types.h", "trace.h", NULL };

static const char *const module_shared[] = {
	"door/put.h", "door/nl_reply.h", "door/nl_gen.h", "door/dev_copy.h", NULL,
};

static const struct house kmod = {
	.top = "../kmod", .rooms = module_rooms, .beside = module_beside,
	.shared = module_shared, .named = true,
};

TEST(module_layers)
{
	int includes;

	read_order("../kmod/Kbuild", ".o");
	includes = check_folder(&kmod, "");
	printf("# %d files, %d includes\n", file_count, includes);
	CHECK(includes > 100);
	CHECK_EQ(bad, 0);
}

/* Nothing stands beside the folders but what is known. */
TEST(every_file_has_its_room)
{
	struct dirent *entry;
	DIR *dir;

	read_order("../kmod/Kbuild", ".o");
	dir = opendir(kmod.top);
	CHECK(dir);
	while ((entry = readdir(dir)))
		if (is_source(entry->d_name) &&
		    index_of(module_beside, entry->d_name) < 0 &&
		    strcmp(entry->d_name, "main.c"))
			wrong(entry->d_name, 0, "stands beside the folders", "");
	closedir(dir);
	CHECK_EQ(bad, 0);
}

/* What the test is for, it finds. */
static int found(const char *file, const char *header)
{
	bad = 0;
	check_include(&kmod, file, 1, header);
	return bad;
}

TEST(what_goes_up_is_found)
{
	read_order("../kmod/Kbuild", ".o");
	CHECK_EQ(found("object/env.c", "engine/finish.h"), 1);
	CHECK_EQ(found("base/event.h", "object/call.h"), 1);
	CHECK_EQ(found("policy/class/fair.c", "door/put.h"), 1);
	CHECK_EQ(found("object/callq.c", "object/order.h"), 1);
	CHECK_EQ(found("object/callq.h", "object/order.h"), 1);
	CHECK_EQ(found("door/dev.c", "door/nl.h"), 1);
	CHECK_EQ(found("door/notify.c", "door/kfunc.h"), 1);
	CHECK_EQ(found("door/nl_task.c", "door/nl.h"), 1);
	CHECK_EQ(found("engine/tick.c", "call.h"), 1);
	CHECK_EQ(found("engine/tick.c", "other/call.h"), 1);
	CHECK_EQ(found("engine/tick.c", "object/call.h"), 0);
	CHECK_EQ(found("engine/tick.c", "types.h"), 0);
	CHECK_EQ(found("object/order.c", "object/order.h"), 0);
	CHECK_EQ(found("object/order.c", "object/callq.h"), 0);
	CHECK_EQ(found("door/notify.c", "door/put.h"), 0);
	CHECK_EQ(found("door/nl.c", "door/nl_reply.h"), 0);
	CHECK_EQ(found("main.c", "door/nl.h"), 0);
}

/*
 * The agent
 */

/* cli, daemon, the first process and init do not know each other. */
static const char *const daemon_rooms[] = {
	"lib", "daemon", "daemon/first", NULL
};
static const char *const first_rooms[] = { "lib", "daemon/first", NULL };
static const char *const cli_rooms[] = { "lib", "cli", NULL };
static const char *const init_rooms[] = { "lib", "init", NULL };

static const char *const agent_beside[] = { "sluice.h", "lib/sluice.h", NULL };

static void check_agent(const char *const *rooms, const char *folder)
{
	const struct house house = {
		.top = "../agent", .rooms = rooms, .beside = agent_beside,
	};
	int includes;

	read_order("../agent/Makefile", ".c");
	includes = check_folder(&house, folder);
	printf("# %s: %d includes\n", folder, includes);
	CHECK(includes > 3);
	CHECK_EQ(bad, 0);
}

TEST(agent_library) { check_agent(daemon_rooms, "lib"); }
TEST(agent_daemon) { check_agent(daemon_rooms, "daemon"); }
TEST(agent_first) { check_agent(first_rooms, "daemon/first"); }
TEST(agent_cli) { check_agent(cli_rooms, "cli"); }
TEST(agent_init) { check_agent(init_rooms, "init"); }

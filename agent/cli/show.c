// SPDX-License-Identifier: GPL-2.0-only
#include "show.h"

#include <string.h>

#include "cli.h"
#include "fail.h"
#include "objects.h"
#include "request.h"
#include "take.h"

/* By which a list is sorted now: the comparison is given nothing else. */
static const char *sort_key;

static int compare(const void *a, const void *b)
{
	struct json_object * const *x = a, * const *y = b;

	return strcmp(out_string(*x, sort_key), out_string(*y, sort_key));
}

static int show_all(struct snl_conn *conn, const struct show *show)
{
	struct json_object *array;
	size_t i;
	int ret;

	array = object_all(conn, show->cmd, &ret);
	if (!array)
		return ret;
	sort_key = show->sort;
	if (sort_key)
		json_object_array_sort(array, compare);
	for (i = 0; show->complete && i < json_object_array_length(array); i++)
		show->complete(json_object_array_get_idx(array, i));
	out_table(array, show->list.columns, show->list.count);
	return 0;
}

static int show_one(struct snl_conn *conn, const struct show *show,
		    struct nl_msg *msg)
{
	struct json_object *object;
	int ret;

	object = object_one(conn, msg, &ret);
	if (!object)
		return ret;
	if (show->complete)
		show->complete(object);
	out_lines(object, show->one.columns, show->one.count);
	return 0;
}

static struct nl_msg *ask(struct snl_conn *conn, const struct show *show,
			  const char *which, uint64_t id)
{
	switch (show->by) {
	case SHOW_NAME:
		return request_name(conn, show->cmd, show->attr, which);
	case SHOW_ID:
		return request_id(conn, show->cmd, show->attr, id);
	default:
		return request_id32(conn, show->cmd, show->attr, id);
	}
}

int show(const struct show *show, const struct cli_line *line)
{
	const char *which = line->words[0];
	struct snl_conn *conn;
	uint64_t id = 0;
	int ret = CLI_OK;

	if (which && show->by == SHOW_ID)
		ret = take_id(line, &id);
	else if (which && show->by == SHOW_ID32)
		ret = take_id32(line, &id);
	if (!ret)
		ret = request_open(&conn);
	if (ret)
		return ret;
	ret = which ? show_one(conn, show, ask(conn, show, which, id)) :
		      show_all(conn, show);
	snl_close(conn);
	return fail_status(ret);
}

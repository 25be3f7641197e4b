// SPDX-License-Identifier: GPL-2.0-only
#include "cut.h"

#include <string.h>

static void hand_out(struct cut *cut, cut_fn line, void *arg)
{
	if (cut->len)
		line(cut->text, cut->len, cut->continued, arg);
	cut->len = 0;
}

void cut_add(struct cut *cut, const char *data, size_t len, cut_fn line, void *arg)
{
	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t part = end ? (size_t)(end - data) : len;

		/* It goes when more comes: one that just fits is not continued. */
		if (part && cut->len == sizeof(cut->text)) {
			hand_out(cut, line, arg);
			cut->continued = true;
		}
		if (part > sizeof(cut->text) - cut->len) {
			part = sizeof(cut->text) - cut->len;
			end = NULL;
		}
		memcpy(cut->text + cut->len, data, part);
		cut->len += part;
		if (end) {
			cut_end(cut, line, arg);
			part++;
		}
		data += part;
		len -= part;
	}
}

void cut_end(struct cut *cut, cut_fn line, void *arg)
{
	hand_out(cut, line, arg);
	cut->continued = false;
}

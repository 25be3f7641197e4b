/* SPDX-License-Identifier: GPL-2.0-only */
/* What a file is that is to be executed. Nothing is opened or executed here. */
#ifndef SLUICE_FORMAT_H
#define SLUICE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#define FORMAT_PATH 4096
/* As much of a script as the kernel looks at. */
#define FORMAT_LINE 256

enum format_kind {
	FORMAT_PROGRAM,
	FORMAT_SCRIPT,
	FORMAT_OTHER,	/* the kernel would not execute it */
	FORMAT_FOREIGN,	/* for another machine */
	FORMAT_DAMAGED,
};

/**
 * struct format - what is said in it
 * @kind: the others are of PROGRAM and SCRIPT alone, but
 * @machine: in words, of FOREIGN
 * @interpreter: an absolute path, or as it stands in a script; "": it needs none
 * @argument: of a script's interpreter; "": there is none
 */
struct format {
	enum format_kind kind;
	char	machine[32];
	char	interpreter[FORMAT_PATH];
	char	argument[FORMAT_LINE];
};

/* @data: all of the file. */
void format_read(const void *data, size_t size, struct format *format);
/* What environments of this gateway execute, in words. */
const char *format_ours(void);

#endif /* SLUICE_FORMAT_H */

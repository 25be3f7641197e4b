/* SPDX-License-Identifier: GPL-2.0-only */
/* What a file is that is to be executed. Nothing is opened or executed here. */
#ifndef SLUICE_ELF_H
#define SLUICE_ELF_H

#include <stdbool.h>
#include <stddef.h>

#define ELF_PATH 4096
/* As much of a script as the kernel looks at. */
#define ELF_LINE 256

enum elf_kind {
	ELF_PROGRAM,
	ELF_SCRIPT,
	ELF_OTHER,	/* the kernel would not execute it */
	ELF_FOREIGN,	/* for another machine */
	ELF_DAMAGED,
};

/**
 * struct elf - what is said in it
 * @kind: the others are of PROGRAM and SCRIPT alone, but
 * @machine: in words, of FOREIGN
 * @interpreter: an absolute path, or as it stands in a script; "": it needs none
 * @argument: of a script's interpreter; "": there is none
 */
struct elf {
	enum elf_kind kind;
	char	machine[32];
	char	interpreter[ELF_PATH];
	char	argument[ELF_LINE];
};

/* @data: all of the file. */
void elf_read(const void *data, size_t size, struct elf *elf);
/* What environments of this gateway execute, in words. */
const char *elf_ours(void);

#endif /* SLUICE_ELF_H */

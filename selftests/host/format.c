// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/init/format.c -I../../agent/init -D_GNU_SOURCE
/* What a file is that is to be executed; and whatever stands in it, nothing beyond its end is read. */
#include "ktap.h"

#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"

/* In memory that ends where the file does, so that a step too far is seen. */
static enum format_kind kind_of(const void *data, size_t size, struct format *format)
{
	void *copy = calloc(1, size + !size);

	CHECK(copy);
	memcpy(copy, data, size);
	format_read(copy, size, format);
	free(copy);
	return format->kind;
}

static struct format script(const char *text)
{
	struct format format;

	CHECK_EQ(kind_of(text, strlen(text), &format), FORMAT_SCRIPT);
	return format;
}

TEST(scripts)
{
	struct format format = script("#!/bin/sh\necho");

	CHECK(!strcmp(format.interpreter, "/bin/sh"));
	CHECK(!strcmp(format.argument, ""));
	format = script("#! \t/usr/bin/env  -S a b \t\n");
	CHECK(!strcmp(format.interpreter, "/usr/bin/env"));
	CHECK(!strcmp(format.argument, "-S a b"));
	format = script("#!x");
	CHECK(!strcmp(format.interpreter, "x"));
}

TEST(what_is_neither)
{
	struct format format;
	char line[1000];

	CHECK_EQ(kind_of("", 0, &format), FORMAT_OTHER);
	CHECK_EQ(kind_of("#", 1, &format), FORMAT_OTHER);
	CHECK_EQ(kind_of("#!", 2, &format), FORMAT_OTHER);
	CHECK_EQ(kind_of("#! \t\nx", 6, &format), FORMAT_OTHER);
	CHECK_EQ(kind_of("text", 4, &format), FORMAT_OTHER);
	memset(line, 'x', sizeof(line));
	memcpy(line, "#!", 2);
	/* As long as the kernel looks at, and no further. */
	CHECK_EQ(kind_of(line, sizeof(line), &format), FORMAT_SCRIPT);
	CHECK(strlen(format.interpreter) < FORMAT_LINE);
}

/*
 * Programs: this one
 */

static unsigned char *own;
static size_t own_size;

static void read_own(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	struct stat st;

	CHECK(fd >= 0 && !fstat(fd, &st));
	/* The headers, and what they name. */
	own_size = st.st_size < 1 << 14 ? (size_t)st.st_size : 1 << 14;
	own = malloc(own_size);
	CHECK_EQ(read(fd, own, own_size), (ssize_t)own_size);
	close(fd);
}

static ElfW(Ehdr) *header(void)
{
	return (ElfW(Ehdr) *)own;
}

static ElfW(Phdr) *interpreter(void)
{
	ElfW(Phdr) *program = (ElfW(Phdr) *)(own + header()->e_phoff);

	while (program->p_type != PT_INTERP)
		program++;
	return program;
}

TEST(a_program)
{
	struct format format;

	read_own();
	CHECK_EQ(kind_of(own, own_size, &format), FORMAT_PROGRAM);
	CHECK_EQ(format.interpreter[0], '/');
	CHECK(strstr(format.interpreter, "ld"));
	/* Static ones need none. */
	interpreter()->p_type = PT_NOTE;
	CHECK_EQ(kind_of(own, own_size, &format), FORMAT_PROGRAM);
	CHECK(!strcmp(format.interpreter, ""));
	free(own);
}

TEST(of_another_machine)
{
	struct format format;

	read_own();
	header()->e_machine = EM_SPARCV9;
	CHECK_EQ(kind_of(own, own_size, &format), FORMAT_FOREIGN);
	CHECK(!strcmp(format.machine, "machine 43, 64 bits"));
	header()->e_machine = EM_AARCH64 == header()->e_machine ? EM_X86_64 : EM_PPC64;
	CHECK_EQ(kind_of(own, own_size, &format), FORMAT_FOREIGN);
	/* Of the other order of bytes, which is that of the number of the machine. */
	own[EI_DATA] = ELFDATA2MSB;
	header()->e_machine = __builtin_bswap16(EM_MIPS);
	own[EI_CLASS] = ELFCLASS32;
	CHECK_EQ(kind_of(own, own_size, &format), FORMAT_FOREIGN);
	CHECK(!strcmp(format.machine, "mips, 32 bits"));
	free(own);
}

/* Its filter has their numbers, too. Not all machines of 64 bits run them. */
TEST(of_arm)
{
	enum format_kind kind = FORMAT_FOREIGN;
	struct format format;

#ifdef __aarch64__
	if (personality(PER_LINUX32) >= 0)
		kind = FORMAT_PROGRAM;
	personality(PER_LINUX);
#endif
	read_own();
	header()->e_machine = EM_ARM;
	own[EI_CLASS] = ELFCLASS32;
	CHECK_EQ(kind_of(own, own_size, &format), kind);
	CHECK(!strcmp(format.machine, "arm, 32 bits"));
	CHECK_EQ(personality(0xffffffff), PER_LINUX);
	own[EI_DATA] = ELFDATA2MSB;
	CHECK_EQ(kind_of(own, own_size, &format), FORMAT_FOREIGN);
	free(own);
}

TEST(each_beginning_of_one)
{
	struct format format;
	size_t size;

	read_own();
	for (size = SELFMAG; size < sizeof(ElfW(Ehdr)); size++)
		CHECK_EQ(kind_of(own, size, &format), FORMAT_DAMAGED);
	for (; size < own_size; size += size < 2048 ? 1 : 97)
		kind_of(own, size, &format);
	size = (size_t)interpreter()->p_offset + interpreter()->p_filesz;
	CHECK_EQ(kind_of(own, size, &format), FORMAT_PROGRAM);
	CHECK_EQ(kind_of(own, size - 1, &format), FORMAT_DAMAGED);
	free(own);
}

TEST(numbers_that_lead_away)
{
	static const uint64_t numbers[] = {
		1, 63, 1 << 20, UINT32_MAX, INT64_MAX, UINT64_MAX, UINT64_MAX - 8,
	};
	struct format format;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		read_own();
		interpreter()->p_offset = numbers[i];
		kind_of(own, own_size, &format);
		interpreter()->p_filesz = numbers[i];
		CHECK_EQ(kind_of(own, own_size, &format), FORMAT_DAMAGED);
		free(own);
		read_own();
		header()->e_phoff = numbers[i] | 1 << 20;
		CHECK_EQ(kind_of(own, own_size, &format), FORMAT_DAMAGED);
		free(own);
	}
}

/* Whatever it is: the same each time, and within the file. */
TEST(garbage)
{
	uint32_t seed = 1;
	struct format format;
	int round, i;

	for (round = 0; round < 20000; round++) {
		read_own();
		own_size = 1024;
		for (i = 0; i < 4; i++) {
			seed = seed * 1664525 + 1013904223;
			own[SELFMAG + (seed >> 8) % (own_size - SELFMAG)] = (unsigned char)(seed >> 24);
		}
		kind_of(own, own_size, &format);
		CHECK(memchr(format.interpreter, 0, sizeof(format.interpreter)));
		free(own);
	}
}

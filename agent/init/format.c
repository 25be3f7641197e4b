// SPDX-License-Identifier: GPL-2.0-only
#include "format.h"

#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>

#if defined(__x86_64__)
#define OUR_MACHINE	EM_X86_64
#elif defined(__i386__)
#define OUR_MACHINE	EM_386
#elif defined(__aarch64__)
#define OUR_MACHINE	EM_AARCH64
#elif defined(__arm__)
#define OUR_MACHINE	EM_ARM
#elif defined(__riscv)
#define OUR_MACHINE	EM_RISCV
#elif defined(__powerpc64__)
#define OUR_MACHINE	EM_PPC64
#elif defined(__s390x__)
#define OUR_MACHINE	EM_S390
#elif defined(__mips__)
#define OUR_MACHINE	EM_MIPS
#elif defined(__loongarch__)
#define OUR_MACHINE	258
#else
#error "which machine is this?"
#endif

#define OUR_CLASS	(sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OUR_ORDER	ELFDATA2LSB
#else
#define OUR_ORDER	ELFDATA2MSB
#endif

static void say_machine(unsigned int machine, int class, char text[32])
{
	static const struct {
		unsigned int machine;
		const char *name;
	} names[] = {
		{ EM_386, "i386" }, { EM_X86_64, "x86-64" }, { EM_ARM, "arm" },
		{ EM_AARCH64, "aarch64" }, { EM_RISCV, "riscv" },
		{ EM_PPC, "powerpc" }, { EM_PPC64, "powerpc64" },
		{ EM_S390, "s390" }, { EM_MIPS, "mips" }, { 258, "loongarch" },
	};
	int bits = class == ELFCLASS64 ? 64 : 32;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].machine != machine)
			continue;
		snprintf(text, 32, "%s, %d bits", names[i].name, bits);
		return;
	}
	snprintf(text, 32, "machine %u, %d bits", machine, bits);
}

const char *format_ours(void)
{
	static char text[32];

	say_machine(OUR_MACHINE, OUR_CLASS, text);
	return text;
}

/*
 * Programs
 */

static bool has(size_t size, uint64_t at, uint64_t len)
{
	return at <= size && len <= size - at;
}

static unsigned int machine_of(const unsigned char *data)
{
	const unsigned char *at = data + offsetof(Elf32_Ehdr, e_machine);

	return data[EI_DATA] == ELFDATA2MSB ? at[0] << 8 | at[1] : at[1] << 8 | at[0];
}

/* Is it of this machine? It says so before all that depends on it. */
static bool is_ours(const unsigned char *data)
{
	return machine_of(data) == OUR_MACHINE && data[EI_CLASS] == OUR_CLASS &&
	       data[EI_DATA] == OUR_ORDER;
}

/* Where it does not, be it for the processor or the kernel, there is no such personality. */
static bool runs_32_bits(void)
{
	int own = personality(0xffffffff);

	if (personality(PER_LINUX32) < 0)
		return errno != EINVAL;
	personality((unsigned long)own);
	return true;
}

/* What the kernel, and the filter of system calls, let run here besides. */
static bool is_also_ours(const unsigned char *data)
{
	return OUR_MACHINE == EM_AARCH64 && machine_of(data) == EM_ARM &&
	       data[EI_CLASS] == ELFCLASS32 && data[EI_DATA] == OUR_ORDER &&
	       runs_32_bits();
}

static bool read_interpreter(const unsigned char *data, size_t size,
			     const ElfW(Phdr) *header, struct format *format)
{
	const char *path;

	if (!has(size, header->p_offset, header->p_filesz) ||
	    header->p_filesz < 2 || header->p_filesz > sizeof(format->interpreter))
		return false;
	path = (const char *)data + header->p_offset;
	if (path[header->p_filesz - 1])
		return false;
	snprintf(format->interpreter, sizeof(format->interpreter), "%s", path);
	return *format->interpreter;
}

static bool read_headers(const unsigned char *data, size_t size, struct format *format)
{
	ElfW(Phdr) program;
	ElfW(Ehdr) file;
	unsigned int i;

	if (!has(size, 0, sizeof(file)))
		return false;
	memcpy(&file, data, sizeof(file));
	if ((file.e_type != ET_EXEC && file.e_type != ET_DYN) || !file.e_phnum ||
	    file.e_phentsize != sizeof(program) ||
	    !has(size, file.e_phoff, (uint64_t)file.e_phnum * sizeof(program)))
		return false;
	for (i = 0; i < file.e_phnum; i++) {
		memcpy(&program, data + file.e_phoff + i * sizeof(program),
		       sizeof(program));
		if (program.p_type == PT_INTERP)
			return read_interpreter(data, size, &program, format);
	}
	return true;
}

static void read_program(const unsigned char *data, size_t size, struct format *format)
{
	format->kind = FORMAT_DAMAGED;
	if (!has(size, 0, sizeof(Elf32_Ehdr)))
		return;
	say_machine(machine_of(data), data[EI_CLASS], format->machine);
	/* How the other is put together is not looked at. */
	if (is_also_ours(data))
		format->kind = FORMAT_PROGRAM;
	else if (!is_ours(data))
		format->kind = FORMAT_FOREIGN;
	else if (read_headers(data, size, format))
		format->kind = FORMAT_PROGRAM;
}

/*
 * Scripts
 */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* What is behind #! is one word, and all the rest of the line another. */
static void read_script(const char *data, size_t size, struct format *format)
{
	char line[FORMAT_LINE], *word = line, *end;
	size_t len = size < sizeof(line) ? size : sizeof(line) - 1;

	memcpy(line, data, len);
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	for (word += 2; is_blank(*word); word++)
		;
	for (end = word + strlen(word); end > word && is_blank(end[-1]); end--)
		;
	*end = '\0';
	format->kind = *word ? FORMAT_SCRIPT : FORMAT_OTHER;
	end = word + strcspn(word, " \t");
	snprintf(format->interpreter, sizeof(format->interpreter), "%.*s",
		 (int)(end - word), word);
	while (is_blank(*end))
		end++;
	snprintf(format->argument, sizeof(format->argument), "%s", end);
}

void format_read(const void *data, size_t size, struct format *format)
{
	memset(format, 0, sizeof(*format));
	format->kind = FORMAT_OTHER;
	if (size >= SELFMAG && !memcmp(data, ELFMAG, SELFMAG))
		read_program(data, size, format);
	else if (size >= 2 && !memcmp(data, "#!", 2))
		read_script(data, size, format);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes as hexadecimal digits. By snprintf() 16 of them take as long as five system calls. */
#ifndef SLUICE_HEX_H
#define SLUICE_HEX_H

#include <stddef.h>
#include <stdint.h>

/* @text has room for 2 * @len and the end. */
static inline void hex_put(char *text, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	while (len--) {
		*text++ = digits[*bytes >> 4];
		*text++ = digits[*bytes++ & 15];
	}
	*text = '\0';
}

#endif /* SLUICE_HEX_H */

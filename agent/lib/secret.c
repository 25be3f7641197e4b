// SPDX-License-Identifier: GPL-2.0-only
#include "secret.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool secret_is_name(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("_-.", text[i]))
			return false;
	return i && i <= SECRET_NAME_MAX && *text != '.';
}

void secret_path(const char *credentials, const char *name,
		 char path[SECRET_PATH])
{
	if (*credentials) {
		snprintf(path, SECRET_PATH, "%s/%s", credentials, name);
		if (!access(path, F_OK))
			return;
	}
	snprintf(path, SECRET_PATH, SECRET_FOLDER "/%s", name);
}

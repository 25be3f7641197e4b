/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Secrets of tasks: files that are the agent's credentials, which systemd gives it
 * (LoadCredential=, LoadCredentialEncrypted= of sluiced.service), or are in a folder that
 * is root's alone. The former come first.
 */
#ifndef SLUICE_SECRET_H
#define SLUICE_SECRET_H

#include <stdbool.h>

#define SECRET_FOLDER	"/etc/sluice/secrets"
#define SECRET_NAME_MAX	64
/* Of one secret, as systemd has it. */
#define SECRET_MAX	(1 << 20)
#define SECRET_PATH	256

bool secret_is_name(const char *text);
/* Where it is, or would be; @credentials is the folder of the agent's. */
void secret_path(const char *credentials, const char *name,
		 char path[SECRET_PATH]);

#endif /* SLUICE_SECRET_H */

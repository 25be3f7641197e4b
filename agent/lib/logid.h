/* SPDX-License-Identifier: GPL-2.0-only */
/* By what lines of environments are found in the journal. */
#ifndef SLUICE_LOGID_H
#define SLUICE_LOGID_H

/* MESSAGE_ID of each */
#define LOG_ID		"5d1c7f0e8a3b4e6c9f2077c41be6a953"
/* There is a journal. */
#define LOG_JOURNAL	"/run/systemd/journal/socket"

#endif /* SLUICE_LOGID_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* What our eBPF programs have in common. */
#ifndef SLUICE_EBPF_H
#define SLUICE_EBPF_H

#define EBPF_FOLDER	"/usr/lib/sluice/bpf"

/* libbpf says nothing by itself from here on. */
void ebpf_begin(void);
/* The first that it would have said since: one line, "" for nothing. */
const char *ebpf_words(void);

#endif /* SLUICE_EBPF_H */

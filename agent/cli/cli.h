/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands of the CLI, by the table, and their exit statuses. */
#ifndef SLUICE_CLI_CLI_H
#define SLUICE_CLI_CLI_H

enum cli_status {
	CLI_OK,
	CLI_USAGE,	/* the command line or a file is wrong */
	CLI_REFUSED,	/* the kernel or the system refused */
	CLI_CALL,	/* a call ended as anything but done */
	CLI_ABSENT,	/* the module is not loaded */
};

struct cli_line;

/* All return an exit status, and have said what is wrong. */
int task_show(const struct cli_line *line);
int task_suggest(const struct cli_line *line);
int task_add(const struct cli_line *line);
int task_del(const struct cli_line *line);
int task_check(const struct cli_line *line);
int task_purge(const struct cli_line *line);
int task_run(const struct cli_line *line);
int task_pause(const struct cli_line *line);
int task_resume(const struct cli_line *line);
int task_drain(const struct cli_line *line);
int call_show(const struct cli_line *line);
int call_run(const struct cli_line *line);
int call_reap(const struct cli_line *line);
int call_cancel(const struct cli_line *line);
int call_set(const struct cli_line *line);
int call_priority(const struct cli_line *line);
int env_show(const struct cli_line *line);
int env_enter(const struct cli_line *line);
int env_del(const struct cli_line *line);
int budget_show(const struct cli_line *line);
int budget_set(const struct cli_line *line);
int budget_del(const struct cli_line *line);
int gate_run(const struct cli_line *line);
int what_if_run(const struct cli_line *line);
int why_run(const struct cli_line *line);
int logs_run(const struct cli_line *line);
int monitor_run(const struct cli_line *line);
int stats_run(const struct cli_line *line);
int doctor_run(const struct cli_line *line);

#endif /* SLUICE_CLI_CLI_H */

// SPDX-License-Identifier: GPL-2.0-only
/* Everything that can be said to the CLI, in the order in which help says it. */
#include "grammar.h"

#include "cli.h"
#include "help.h"

const struct cli_option cli_globals[] = {
	{ "json", NULL, .help = "print JSON", .letter = 'j' },
	{ "pretty", NULL, .help = "print JSON that is easy to read", .letter = 'p' },
	{ "help", NULL, .help = "say how to use this, and do nothing", .letter = 'h' },
	{ "version", NULL, .help = "print the version", .letter = 'V' },
	/* As it was called once, which help does not show. */
	{ "Version", NULL, NULL, .letter = 'V' },
	{ 0 }
};

/*
 * Words and options that several commands have
 */

static const struct cli_word task_one[] = {
	{ "NAME", "the name of a task", CLI_ONE },
	{ 0 }
};

static const struct cli_word task_maybe[] = {
	{ "NAME", "the name of a task", CLI_MAYBE },
	{ 0 }
};

static const struct cli_word file_one[] = {
	{ "FILE", "a task file", CLI_ONE },
	{ 0 }
};

static const struct cli_word call_one[] = {
	{ "ID", "a call's id", CLI_ONE },
	{ 0 }
};

static const struct cli_word env_one[] = {
	{ "ID", "an environment's id", CLI_ONE },
	{ 0 }
};

static const struct cli_option waits[] = {
	{ "wait", NULL, .help = "return when that is done", .plain = true },
	{ 0 }
};

static const struct cli_option reap_options[] = {
	{ "raw", NULL, .help = "the answer as it is, on a terminal, too",
	  .dashed = true },
	{ "quiet", NULL, .help = "not what the program said on stderr" },
	{ 0 }
};

/*
 * Tasks
 */

static const struct cli_option drain_options[] = {
	{ "keep", NULL, .help = "accept new calls, and let them wait", .plain = true },
	{ "wait", NULL, .help = "return when no environment is left", .plain = true },
	{ 0 }
};

static const struct cli_word run_inside[] = {
	{ "NAME", "the name of a task", CLI_ONE },
	{ "WORD", "a word, behind --", CLI_ANY },
	{ 0 }
};

static const struct cli_option shell_options[] = {
	{ "shell", NULL, .help = "a shell, or what the words say",
	  .dashed = true },
	{ 0 }
};

static const struct cli_command task_commands[] = {
	{ "show", "list", task_show, task_maybe, NULL,
	  .help = "list all tasks, or show all of one" },
	{ "suggest", NULL, task_suggest, task_one, NULL,
	  .help = "what its file could ask for\n"
	  "As lines of a task file: a quarter more than 95 of 100 of its calls used.",
	  .later = true },
	{ "add", NULL, task_add, file_one, NULL,
	  .help = "register or change a task, and keep its file\n"
	  "The copy is in /etc/sluice/tasks. Nothing is kept of a file that has an\n"
	  "error, or that the module refuses." },
	{ "del", "delete", task_del, task_one, NULL,
	  .help = "delete a task and its file\n"
	  "Its waiting calls end as cancelled, running ones finish.",
	  .whole = true },
	{ "purge", NULL, task_purge, task_one, NULL,
	  .help = "remove what a task keeps (state in its file)\n"
	  "It is gone for good. No environment of the task may be there.",
	  .whole = true },
	{ "check", NULL, task_check, file_one, NULL,
	  .help = "only look whether a task file is good\n"
	  "As root also inside: is all there that it names, can its command be run?" },
	{ "run", NULL, task_run, run_inside, shell_options,
	  .help = "run its command here, or a shell\n"
	  "As root, by hand, in a place like an environment. It is no call, waits for\n"
	  "none, and takes no tokens. What stands behind -- is added to the command, or is\n"
	  "what is run in place of a shell." },
	{ "pause", NULL, task_pause, task_one, waits,
	  .help = "let no call start any more\n"
	  "What runs finishes, new calls are accepted and wait, environments stay warm." },
	{ "resume", NULL, task_resume, task_one, NULL,
	  .help = "end pause, drain and quarantine\n"
	  "Calls of the task start again." },
	{ "drain", NULL, task_drain, task_one, drain_options,
	  .help = "pause, refuse new calls, end environments\n"
	  "What runs finishes." },
	{ 0 }
};

/*
 * Calls
 */

static const struct cli_word run_words[] = {
	{ "TASK", "the name of a task", CLI_ONE },
	{ "WORD", "behind the words of the task's command", CLI_BEHIND },
	{ 0 }
};

static const struct cli_option run_options[] = {
	{ "data", "TEXT", .help = "the input" },
	{ "file", "PATH", .help = "the input is in this file; -: stdin" },
	{ "async", NULL, .help = "do not wait for its end: print its id" },
	{ "nonblock", NULL, .help = "do not wait for room in the queue" },
	{ "priority", "N", .help = "0 to 99 instead of the task's" },
	{ "timeout", "TIME", .help = "the longest run instead of the task's" },
	{ "runtime", "TIME", .help = "how long it will run (class deadline)" },
	{ "deadline", "TIME", .help = "the longest time until it runs" },
	{ "key", "KEY", .help = "take the place of one with the same key" },
	{ "trace", "HEX", .help = "its trace id, or a traceparent" },
	{ "raw", NULL, .help = "the answer as it is, on a terminal, too",
	  .dashed = true },
	{ "quiet", NULL, .help = "not what the program said on stderr" },
	{ 0 }
};

static const struct cli_word call_maybe[] = {
	{ "ID", "a call's id", CLI_MAYBE },
	{ 0 }
};

static const struct cli_option set_options[] = {
	{ "priority", "N", .help = "0 to 99", .plain = true },
	{ "deadline", "TIME", .help = "from now on; none: it does not expire",
	  .plain = true },
	{ 0 }
};

static const struct cli_word priority_words[] = {
	{ "ID", "a call's id", CLI_ONE },
	{ "N", "a priority", CLI_ONE },
	{ 0 }
};

static const struct cli_command call_commands[] = {
	{ "show", "list", call_show, call_maybe, NULL,
	  .help = "list calls and bills, or show all of one\n"
	  "Those that wait, run, or ended lately." },
	{ "run", NULL, call_run, run_words, run_options,
	  .help = "submit a call, await its answer\n"
	  "The word run may be left out, unless the task is named like a command. The\n"
	  "dashes of options may be left out behind TASK. Without data and file the input\n"
	  "is stdin, unless that is a terminal. A terminal gets the answer, and what the\n"
	  "program said on stderr, with control characters spelled out, anything else as\n"
	  "it is. Control-C cancels the call." },
	{ "reap", NULL, call_reap, call_one, reap_options,
	  .help = "wait for a call of --async, print its answer" },
	{ "cancel", NULL, call_cancel, call_one, NULL,
	  .help = "end a call: one of one's own, or as root any", .whole = true },
	{ "set", NULL, call_set, call_one, set_options,
	  .help = "change a waiting call\n"
	  "One of one's own, or as root any; its priority or its deadline." },
	{ "priority", NULL, call_priority, priority_words, NULL,
	  .help = "the same as set ID priority N" },
	{ 0 }
};

/*
 * Environments, budgets
 */

static const struct cli_word env_maybe[] = {
	{ "ID", "an environment's id", CLI_MAYBE },
	{ 0 }
};

static const struct cli_word enter_words[] = {
	{ "ID", "an environment's id", CLI_ONE },
	{ "WORD", "a word, behind --", CLI_ANY },
	{ 0 }
};

static const struct cli_command env_commands[] = {
	{ "show", "list", env_show, env_maybe, NULL,
	  .help = "list environments, or show one" },
	{ "enter", NULL, env_enter, enter_words, NULL,
	  .help = "a shell in one that lives, or the words\n"
	  "As root. It has what a program of a call has, and ends with the environment, or\n"
	  "with the call that runs there." },
	{ "del", "delete", env_del, env_one, NULL,
	  .help = "end an environment\n"
	  "A call that runs in it fails; one that has not begun gets another.",
	  .whole = true },
	{ 0 }
};

static const struct cli_word resource_maybe[] = {
	{ "RESOURCE", "a resource", CLI_MAYBE },
	{ 0 }
};

static const struct cli_word budget_words[] = {
	{ "RESOURCE", "a resource", CLI_ONE },
	{ "AMOUNT", "how much Sluice may use of it", CLI_MAYBE },
	{ 0 }
};

static const struct cli_option budget_options[] = {
	{ "reserve", "AMOUNT", .help = "what is left to the box (memory, cpu)",
	  .plain = true },
	{ 0 }
};

static const struct cli_word token_one[] = {
	{ "TOKEN", "a token", CLI_ONE },
	{ 0 }
};

static const struct cli_command budget_commands[] = {
	{ "show", "list", budget_show, resource_maybe, NULL,
	  .help = "show the ledger, or one resource" },
	{ "set", NULL, budget_set, budget_words, budget_options,
	  .help = "set what Sluice may use\n"
	  "A name that is not known yet declares a token. It holds until the module is\n"
	  "unloaded; what is to survive a reboot stands in /etc/sluice/sluice.conf." },
	{ "del", "delete", budget_del, token_one, NULL,
	  .help = "remove a token that nobody names", .whole = true },
	{ 0 }
};

/*
 * What has no commands
 */

static const struct cli_word monitor_words[] = {
	{ "TASK", "only what happens to it", CLI_ANY },
	{ 0 }
};

static const struct cli_word counter_maybe[] = {
	{ "COUNTER", "the name of a counter", CLI_MAYBE },
	{ 0 }
};

static const struct cli_word help_words[] = {
	{ "OBJECT", "task, call and so on", CLI_MAYBE },
	{ "COMMAND", "one of its commands", CLI_MAYBE },
	{ 0 }
};

static const struct cli_command gate_command[] = {
	{ NULL, NULL, gate_run, NULL, NULL,
	  .help = "what lets calls start, on one screen" },
	{ 0 }
};

static const struct cli_command what_if_command[] = {
	{ NULL, NULL, what_if_run, task_one, NULL,
	  .help = "what a call to a task would meet now" },
	{ 0 }
};

static const struct cli_command why_command[] = {
	{ NULL, NULL, why_run, call_one, NULL,
	  .help = "why a call waits, or how it ended" },
	{ 0 }
};

static const struct cli_word logs_words[] = {
	{ "TASK|CALL", "only of this task, or of this call", CLI_MAYBE },
	{ 0 }
};

static const struct cli_option logs_options[] = {
	{ "follow", NULL, .help = "and what comes, as it comes", .letter = 'f',
	  .dashed = true },
	{ "since", "TIME", .help = "not older than that", .dashed = true },
	{ 0 }
};

static const struct cli_command logs_command[] = {
	{ NULL, NULL, logs_run, logs_words, logs_options,
	  .help = "what programs said\n"
	  "Lines of their stderr, of kind serve of stdout, too, with time, task and call,\n"
	  "from the journal, or from /var/log/sluice where there is none. A number is a\n"
	  "call, unless it is the name of a task that said something." },
	{ 0 }
};

static const struct cli_command monitor_command[] = {
	{ NULL, NULL, monitor_run, monitor_words, NULL,
	  .help = "what happens, as it happens" },
	{ 0 }
};

static const struct cli_command stats_command[] = {
	{ NULL, NULL, stats_run, counter_maybe, NULL,
	  .help = "counters since the module was loaded, or one" },
	{ 0 }
};

static const struct cli_command doctor_command[] = {
	{ NULL, NULL, doctor_run, NULL, NULL,
	  .help = "is everything there that Sluice needs?" },
	{ 0 }
};

static const struct cli_command help_command[] = {
	{ NULL, NULL, help_run, help_words, NULL,
	  .help = "say how to use an object, or a command" },
	{ 0 }
};

const struct cli_object cli_objects[] = {
	{ "task", .help = "Code that is registered, to be run on demand.",
	  .commands = task_commands },
	{ "call", .help = "Requests to run a task: each waits, runs, and ends once.",
	  .commands = call_commands, .other = &call_commands[1] },
	{ "env", .help = "Environments: isolated places in which calls run.",
	  .commands = env_commands },
	{ "budget", .help = "How much of each resource Sluice may use, and its ledger.",
	  .commands = budget_commands },
	{ "gate", .commands = gate_command },
	{ "what-if", .commands = what_if_command },
	{ "why", .commands = why_command },
	{ "logs", .commands = logs_command },
	{ "monitor", .commands = monitor_command },
	{ "stats", .commands = stats_command },
	{ "doctor", .commands = doctor_command },
	{ "help", .commands = help_command },
	{ 0 }
};

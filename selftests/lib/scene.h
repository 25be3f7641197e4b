/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small world in a known state, in which one or two moves are made, each a
 * single system call; and what must be true of it afterwards, whatever the moves
 * were and however they met: every accepted call ends once, its result goes to
 * one, who was told that he ended it did, all that can still run is served, and
 * nothing is left.
 */
#ifndef SLUICE_SCENE_H
#define SLUICE_SCENE_H

#include <linux/sluice.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire.h"

#define SCENE_TASK	"scene"
#define SCENE_TOKEN	"scene-token"
#define SCENE_KEY	"k"
#define SCENE_CROWD_SIZE 150
#define SCENE_CALLS	(SCENE_CROWD_SIZE + 16)
#define SCENE_DOORS	16
#define SCENE_ACTORS	2

/* Where the call stands that the moves are about. */
enum scene_state {
	SCENE_HELD,	/* there is no agent */
	SCENE_WANTED,	/* an environment was asked for, for it */
	SCENE_STARTING,	/* its worker has not looked yet */
	SCENE_RUNNING,
	SCENE_ENDED,	/* nobody has its result */
	SCENE_CROWD,	/* it runs, and many wait behind it */
	SCENE_STATES,
};

extern const char * const scene_state_names[SCENE_STATES];

/**
 * struct scene_call - what is known of a call
 * @id: of it
 * @detached: it is no file's
 * @other: it is the other file's
 * @reaped: how often its result was handed over
 * @cancelled, @answered: how often somebody was told that he did that
 * @state, @reason: with which it was reaped
 */
struct scene_call {
	uint64_t id;
	bool detached, other;
	int reaped, cancelled, answered;
	uint32_t state, reason;
};

struct actor;

/**
 * struct scene - the world
 * @operator: whoever asks
 * @agent: the agent's socket; fd is -1 when it has gone
 * @client: file of the call; -1 when it was closed
 * @other: another file
 * @numbers: of files that were closed by moves; -1 for none
 * @spare: one that is not used yet, and becomes the next door; -1 when it has
 * @doors: those of environments; -1 where closed. The first is @env's.
 * @env: where the call starts or runs, 0 for none
 * @call: the call; the first of @calls
 * @timeout: of the call, set before the scene begins; 0 for so long that it never comes
 * @poor: memory may lack, also for an answer
 * @submitted: counter when the scene began
 * @calls: all that were accepted, of which there are @count. The scene's own thread
 *	writes them: moves tell what they did when they have been made.
 * @actors: who makes moves; NULL for nobody
 */
struct scene {
	struct wire operator, agent;
	_Atomic int client;
	int other;
	_Atomic int spare;
	_Atomic int numbers[SCENE_ACTORS];
	_Atomic int doors[SCENE_DOORS];
	uint32_t env;
	uint64_t call;
	uint64_t timeout;
	bool poor;
	uint64_t submitted;
	enum scene_state state;
	struct scene_call calls[SCENE_CALLS];
	unsigned int count;
	struct actor *actors[SCENE_ACTORS];
};

void scene_begin(struct scene *scene, enum scene_state state);
/*
 * All that can happen happens: all calls end, then the environments, and with them
 * the moves that wait for something.
 */
void scene_play(struct scene *scene);
/* All that was promised was kept; and nothing is left. */
void scene_check(struct scene *scene);
void scene_end(struct scene *scene);

#define TOUCHES_CALL	(1 << 0)
#define TOUCHES_TASK	(1 << 1)
#define TOUCHES_ENV	(1 << 2)
#define TOUCHES_FILE	(1 << 3)
#define TOUCHES_BUDGET	(1 << 4)
#define TOUCHES_AGENT	(1 << 5)
#define LOOKS_ONLY	(1 << 6)
#define TOUCHES_MANY	(1 << 7)	/* all calls of a task or file */
#define TOUCHES_SPARE	(1 << 8)	/* the spare file: in scene wanted only */
#define TAKES_TIME	(1 << 9)	/* its time runs out: in scene running only */

/**
 * struct move - something that somebody may do
 * @name: of it
 * @touches: which objects; 0: none that others touch
 * @prepare: all but the system call, before; may be NULL
 * @fire: the system call; 0 or a negative errno
 * @finish: see what came of it, and tell the scene; may be NULL
 * @errors: what it may say; ends with 0
 */
struct move {
	const char *name;
	unsigned int touches;
	void (*prepare)(struct actor *actor);
	long (*fire)(struct actor *actor);
	void (*finish)(struct actor *actor);
	int errors[10];
};

extern const struct move moves[];
extern const unsigned int moves_count;

/**
 * struct actor - who makes a move
 * @ret: what the system call said, and after finish() what the move came to
 * @ended: it has made it
 */
struct actor {
	struct scene *scene;
	const struct move *move;
	struct wire wire;
	int fd;
	union {
		struct {
			struct sluice_submit submit;
			struct sluice_reap reap;
			struct sluice_call_args args;
		};
		struct sluice_cancel cancel;
		struct sluice_change change;
		struct sluice_next next;
		struct sluice_attach attach;
		struct pollfd poller;
	};
	char buffer[256];
	long ret;
	_Atomic bool ended;
};

/* Of an actor whose move has been fired: is what it says one of its errors? */
bool actor_may_say(const struct actor *actor);
void actor_open(struct actor *actor);
void actor_close(struct actor *actor);

/* For moves: what they did. */
void scene_submitted(struct scene *scene, uint64_t id, bool detached);
void scene_reaped(struct scene *scene, const struct sluice_reap *reap);
void scene_cancelled(struct scene *scene, uint64_t id);
void scene_answered(struct scene *scene, uint64_t id);
void scene_door(struct scene *scene, int fd);
/* The number of a file that was closed: not used again before the scene ends. */
void scene_number(struct scene *scene, int fd);
/* Can the move be made there? */
bool scene_has(enum scene_state state, const struct move *move);
/* A process that can be killed as often as one likes. */
pid_t scene_dead(void);

#endif /* SLUICE_SCENE_H */

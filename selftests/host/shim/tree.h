/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ordered trees with the kernel's names. The kernel's are red and black, these
 * are AVL trees: as balanced whatever comes in which order, the same shape in
 * every run, and as small, for how a node leans is in the low bits of the
 * pointer to its parent. What a caller may see of it is the same.
 */
#ifndef SHIM_TREE_H
#define SHIM_TREE_H

struct rb_node {
	unsigned long up;			/* parent | lean */
	union {
		struct { struct rb_node *rb_left, *rb_right; };
		struct rb_node *rb_child[2];	/* [true] is the right one */
	};
} __attribute__((aligned(8)));

struct rb_root { struct rb_node *rb_node; };
struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

/*
 * What a node knows of all below it: computed again from @node up to below
 * @stop; taken over with a place; and after @new came up in the place of @old.
 */
struct rb_augment_callbacks {
	void (*propagate)(struct rb_node *node, struct rb_node *stop);
	void (*copy)(struct rb_node *old, struct rb_node *new);
	void (*rotate)(struct rb_node *old, struct rb_node *new);
};

#define RB_ROOT			((struct rb_root){ NULL })
#define RB_ROOT_CACHED		((struct rb_root_cached){ { NULL }, NULL })
#define RB_CLEAR_NODE(n)	((n)->up = (unsigned long)(n))
#define RB_EMPTY_NODE(n)	((n)->up == (unsigned long)(n))
#define RB_EMPTY_ROOT(root)	(!(root)->rb_node)
#define RB_LEAN			7UL
#define rb_parent(n)		((struct rb_node *)((n)->up & ~RB_LEAN))
#define rb_entry(p, type, member) container_of(p, type, member)
#define rb_entry_safe(p, type, member) ({				\
	__typeof__(p) rb_entry_p = (p);					\
	rb_entry_p ? rb_entry(rb_entry_p, type, member) : NULL;		\
})
#define rb_first_cached(root)	((root)->rb_leftmost)

/* The last one below @node in that direction. */
static inline struct rb_node *rb_far(struct rb_node *node, bool side)
{
	while (node && node->rb_child[side])
		node = node->rb_child[side];
	return node;
}
static inline struct rb_node *rb_first(const struct rb_root *root)
{
	return rb_far(root->rb_node, false);
}
static inline struct rb_node *rb_last(const struct rb_root *root)
{
	return rb_far(root->rb_node, true);
}

static inline struct rb_node *rb_step(const struct rb_node *node, bool side)
{
	struct rb_node *parent;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (node->rb_child[side])
		return rb_far(node->rb_child[side], !side);
	while ((parent = rb_parent(node)) && parent->rb_child[side] == node)
		node = parent;
	return parent;
}
static inline struct rb_node *rb_next(const struct rb_node *node)
{
	return rb_step(node, true);
}
static inline struct rb_node *rb_prev(const struct rb_node *node)
{
	return rb_step(node, false);
}

/*
 * By how much what is below @node on that side is higher than what is on the
 * other: 1 at most, and 2 until rb_level() has seen to it.
 */
static inline int rb_lean(const struct rb_node *node, bool side)
{
	int lean = (int)((node->up & RB_LEAN) ^ 4) - 4;

	return side ? lean : -lean;
}
static inline void rb_set_lean(struct rb_node *node, bool side, int lean)
{
	node->up = (node->up & ~RB_LEAN) |
		   ((unsigned long)(side ? lean : -lean) & RB_LEAN);
}
static inline void rb_set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->up = (unsigned long)parent | (node->up & RB_LEAN);
}
static inline bool rb_is_right(const struct rb_node *node)
{
	const struct rb_node *parent = rb_parent(node);

	return parent && parent->rb_right == node;
}

/* Where @old hangs, @new does now, which may be NULL. */
static inline void rb_put(struct rb_root *root, struct rb_node *old,
			  struct rb_node *new)
{
	struct rb_node *parent = rb_parent(old);

	if (parent)
		parent->rb_child[rb_is_right(old)] = new;
	else
		root->rb_node = new;
	if (new)
		rb_set_parent(new, parent);
}
static inline void rb_adopt(struct rb_node *parent, bool side,
			    struct rb_node *child)
{
	parent->rb_child[side] = child;
	if (child)
		rb_set_parent(child, parent);
}

/* A rotation: the child on that side comes up in its parent's place. */
static inline struct rb_node *
rb_lift(struct rb_node *old, bool side, struct rb_root *root,
	const struct rb_augment_callbacks *augment)
{
	struct rb_node *new = old->rb_child[side];
	int lean = rb_lean(old, side) - 1 - max(rb_lean(new, side), 0);

	rb_set_lean(old, side, lean);
	rb_set_lean(new, side, rb_lean(new, side) - 1 + min(lean, 0));
	rb_put(root, old, new);
	rb_adopt(old, side, new->rb_child[!side]);
	rb_adopt(new, !side, old);
	augment->rotate(old, new);
	return new;
}

/* @node leans too much to that side. What is in its place then. */
static inline struct rb_node *
rb_level(struct rb_node *node, bool side, struct rb_root *root,
	 const struct rb_augment_callbacks *augment)
{
	if (rb_lean(node->rb_child[side], side) < 0)
		rb_lift(node->rb_child[side], !side, root, augment);
	return rb_lift(node, side, root, augment);
}

/* What is below @node has become higher by one, itself included. */
static inline void rb_grown(struct rb_node *node, struct rb_root *root,
			    const struct rb_augment_callbacks *augment)
{
	struct rb_node *parent;
	bool side;
	int lean;

	while ((parent = rb_parent(node))) {
		side = rb_is_right(node);
		lean = rb_lean(parent, side) + 1;
		rb_set_lean(parent, side, lean);
		if (lean == 2)
			rb_level(parent, side, root, augment);
		if (lean != 1)
			return;
		node = parent;
	}
}

/* What is below @node on that side has become lower by one. */
static inline void rb_shrunk(struct rb_node *node, bool side,
			     struct rb_root *root,
			     const struct rb_augment_callbacks *augment)
{
	while (node) {
		rb_set_lean(node, side, rb_lean(node, side) - 1);
		if (rb_lean(node, side) == -2)
			node = rb_level(node, !side, root, augment);
		/* It leans, so it is still as high as it was. */
		if (rb_lean(node, side))
			return;
		side = rb_is_right(node);
		node = rb_parent(node);
	}
}

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent,
				struct rb_node **link)
{
	*node = (struct rb_node){ .up = (unsigned long)parent };
	*link = node;
}

/*
 * The kernel asks of the caller that the values on the way up are right before.
 * Here they are made so: from the node, and from its parent, too, for the way
 * up ends where a value is already right, which that of the node may be.
 */
static inline void
rb_insert_augmented(struct rb_node *node, struct rb_root *root,
		    const struct rb_augment_callbacks *augment)
{
	augment->propagate(node, NULL);
	augment->propagate(rb_parent(node), NULL);
	rb_grown(node, root, augment);
}
static inline void
rb_insert_augmented_cached(struct rb_node *node, struct rb_root_cached *root,
			   bool leftmost,
			   const struct rb_augment_callbacks *augment)
{
	if (leftmost)
		root->rb_leftmost = node;
	rb_insert_augmented(node, &root->rb_root, augment);
}

/* @next, the one after @node and below it, takes its place. */
static inline void rb_take_place(struct rb_node *next, struct rb_node *node,
				 struct rb_root *root)
{
	rb_put(root, next, next->rb_right);
	rb_adopt(next, true, node->rb_right);
	rb_adopt(next, false, node->rb_left);
	rb_put(root, node, next);
	rb_set_lean(next, true, rb_lean(node, true));
}

static inline void
rb_erase_augmented(struct rb_node *node, struct rb_root *root,
		   const struct rb_augment_callbacks *augment)
{
	bool two = node->rb_left && node->rb_right;
	struct rb_node *next = two ? rb_next(node) : NULL;
	struct rb_node *gone = two ? next : node;	/* the place that is */
	struct rb_node *parent = rb_parent(gone);
	bool side = rb_is_right(gone);

	if (two) {
		if (parent == node)
			parent = next;
		rb_take_place(next, node, root);
		augment->copy(node, next);
	} else {
		rb_put(root, node, node->rb_child[!node->rb_left]);
	}
	augment->propagate(parent, next);
	augment->propagate(next, NULL);
	rb_shrunk(parent, side, root, augment);
}
static inline void
rb_erase_augmented_cached(struct rb_node *node, struct rb_root_cached *root,
			  const struct rb_augment_callbacks *augment)
{
	if (root->rb_leftmost == node)
		root->rb_leftmost = rb_next(node);
	rb_erase_augmented(node, &root->rb_root, augment);
}

/* Nothing is known of what is below. */
static inline void rb_nothing(struct rb_node *node, struct rb_node *other)
{
	(void)node;
	(void)other;
}
static const struct rb_augment_callbacks rb_plain = {
	rb_nothing, rb_nothing, rb_nothing
};

static inline void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	rb_insert_augmented(node, root, &rb_plain);
}
static inline void rb_insert_color_cached(struct rb_node *node,
					  struct rb_root_cached *root,
					  bool leftmost)
{
	rb_insert_augmented_cached(node, root, leftmost, &rb_plain);
}
static inline void rb_erase(struct rb_node *node, struct rb_root *root)
{
	rb_erase_augmented(node, root, &rb_plain);
}
/* The first one, if it is another now. */
static inline struct rb_node *rb_erase_cached(struct rb_node *node,
					      struct rb_root_cached *root)
{
	bool first = root->rb_leftmost == node;

	rb_erase_augmented_cached(node, root, &rb_plain);
	return first ? root->rb_leftmost : NULL;
}

/* @new must belong where @old is; what it knows of those below is the caller's. */
static inline void rb_replace_node(struct rb_node *old, struct rb_node *new,
				   struct rb_root *root)
{
	new->up = old->up;
	rb_adopt(new, false, old->rb_left);
	rb_adopt(new, true, old->rb_right);
	rb_put(root, old, new);
}
static inline void rb_replace_node_cached(struct rb_node *old,
					  struct rb_node *new,
					  struct rb_root_cached *root)
{
	if (root->rb_leftmost == old)
		root->rb_leftmost = new;
	rb_replace_node(old, new, &root->rb_root);
}

/* Behind its equals. True if it is the first one now. */
static inline bool rb_add_link(struct rb_node *node, struct rb_root *root,
			       bool (*less)(struct rb_node *,
					    const struct rb_node *))
{
	struct rb_node **link = &root->rb_node, *parent = NULL;
	bool leftmost = true, side;

	while (*link) {
		parent = *link;
		side = !less(node, parent);
		leftmost &= !side;
		link = &parent->rb_child[side];
	}
	rb_link_node(node, parent, link);
	return leftmost;
}
static inline void rb_add(struct rb_node *node, struct rb_root *root,
			  bool (*less)(struct rb_node *,
				       const struct rb_node *))
{
	rb_add_link(node, root, less);
	rb_insert_color(node, root);
}
/* The node if it is the first one now. */
static inline struct rb_node *
rb_add_augmented_cached(struct rb_node *node, struct rb_root_cached *root,
			bool (*less)(struct rb_node *, const struct rb_node *),
			const struct rb_augment_callbacks *augment)
{
	bool leftmost = rb_add_link(node, &root->rb_root, less);

	rb_insert_augmented_cached(node, root, leftmost, augment);
	return leftmost ? node : NULL;
}
static inline struct rb_node *
rb_add_cached(struct rb_node *node, struct rb_root_cached *root,
	      bool (*less)(struct rb_node *, const struct rb_node *))
{
	return rb_add_augmented_cached(node, root, less, &rb_plain);
}

static inline struct rb_node *
rb_find(const void *key, const struct rb_root *root,
	int (*cmp)(const void *key, const struct rb_node *))
{
	struct rb_node *node = root->rb_node;
	int order;

	while (node && (order = cmp(key, node)))
		node = node->rb_child[order > 0];
	return node;
}
/* Its equal that is there already; NULL if there was none, and it is in now. */
static inline struct rb_node *
rb_find_add(struct rb_node *node, struct rb_root *root,
	    int (*cmp)(struct rb_node *, const struct rb_node *))
{
	struct rb_node **link = &root->rb_node, *parent = NULL;
	int order;

	while (*link) {
		parent = *link;
		order = cmp(node, parent);
		if (!order)
			return parent;
		link = &parent->rb_child[order > 0];
	}
	rb_link_node(node, parent, link);
	rb_insert_color(node, root);
	return NULL;
}

/*
 * The callbacks for a tree whose nodes know something of all below them, which
 * @RBCOMPUTE(node, exit) makes from the node and its children: it returns true,
 * and need do nothing, if @exit and what the node has is right.
 */
#define RB_DECLARE_CALLBACKS(RBSTATIC, RBNAME, RBSTRUCT, RBFIELD,	\
			     RBAUGMENTED, RBCOMPUTE)			\
static inline void RBNAME##_propagate(struct rb_node *at,		\
				      struct rb_node *stop)		\
{									\
	for (; at != stop; at = rb_parent(at))				\
		if (RBCOMPUTE(rb_entry(at, RBSTRUCT, RBFIELD), true))	\
			return;						\
}									\
static inline void RBNAME##_copy(struct rb_node *old,			\
				 struct rb_node *new)			\
{									\
	rb_entry(new, RBSTRUCT, RBFIELD)->RBAUGMENTED =			\
		rb_entry(old, RBSTRUCT, RBFIELD)->RBAUGMENTED;		\
}									\
static inline void RBNAME##_rotate(struct rb_node *old,			\
				   struct rb_node *new)			\
{									\
	RBNAME##_copy(old, new);					\
	RBCOMPUTE(rb_entry(old, RBSTRUCT, RBFIELD), false);		\
}									\
RBSTATIC const struct rb_augment_callbacks RBNAME = {			\
	.propagate = RBNAME##_propagate,				\
	.copy = RBNAME##_copy,						\
	.rotate = RBNAME##_rotate,					\
}

/* The same for the largest of the @RBCOMPUTE(node) of all below. */
#define RB_DECLARE_CALLBACKS_MAX(RBSTATIC, RBNAME, RBSTRUCT, RBFIELD,	\
				 RBTYPE, RBAUGMENTED, RBCOMPUTE)	\
static inline bool RBNAME##_compute(RBSTRUCT *node, bool exit)		\
{									\
	RBTYPE most = RBCOMPUTE(node);					\
	int side;							\
									\
	for (side = 0; side < 2; side++) {				\
		struct rb_node *at = node->RBFIELD.rb_child[side];	\
									\
		if (at && rb_entry(at, RBSTRUCT, RBFIELD)->RBAUGMENTED > most) \
			most = rb_entry(at, RBSTRUCT, RBFIELD)->RBAUGMENTED; \
	}								\
	if (exit && node->RBAUGMENTED == most)				\
		return true;						\
	node->RBAUGMENTED = most;					\
	return false;							\
}									\
RB_DECLARE_CALLBACKS(RBSTATIC, RBNAME, RBSTRUCT, RBFIELD, RBAUGMENTED,	\
		     RBNAME##_compute)

#endif /* SHIM_TREE_H */

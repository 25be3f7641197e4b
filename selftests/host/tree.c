// SPDX-License-Identifier: GPL-2.0-only
// build: -Ishim -O2
/* What the other tests lean on: the shim's ordered tree against a sorted array, and its arithmetic. */
#include <linux/math64.h>
#include <linux/random.h>
#include <linux/rbtree_augmented.h>
#include <linux/sort.h>

#include "ktap.h"
#include "random.h"

#define ITEMS		200
#define STEPS		8000
#define MANY		100000

u64 shim_now;
bool shim_no_memory;
long shim_module_refs;

/* @most is the tree's: the largest @value of the item and all below it. */
struct item {
	u64	key;
	u64	value;
	struct rb_node node;
	u64	most;
};

static struct item items[ITEMS];
/* What the test knows: the items that are in, equals as they came. */
static struct item *order[ITEMS];
static int count;
static struct rb_root_cached tree;

#define value_of(item)	((item)->value)
RB_DECLARE_CALLBACKS_MAX(static, most, struct item, node, u64, most, value_of);

/* A way to use the tree; what is not cached or augmented is not checked. */
struct kind {
	bool	cached, augmented;
	void	(*add[3])(struct item *item, bool first);
	void	(*erase)(struct item *item, struct rb_node *first);
};

static struct item *item_of(const struct rb_node *node)
{
	return rb_entry_safe(node, struct item, node);
}

static bool less(struct rb_node *a, const struct rb_node *b)
{
	return item_of(a)->key < item_of(b)->key;
}

static int cmp_key(const void *key, const struct rb_node *node)
{
	u64 a = *(const u64 *)key, b = item_of(node)->key;

	return a < b ? -1 : a > b;
}

static int cmp(struct rb_node *a, const struct rb_node *b)
{
	return cmp_key(&item_of(a)->key, b);
}

/* As if the kernel's user did it; true if it is the first one. */
static bool link_open(struct item *item, bool augment)
{
	struct rb_node **link = &tree.rb_root.rb_node, *parent = NULL;
	bool first = true;

	while (*link) {
		parent = *link;
		if (augment && item_of(parent)->most < item->value)
			item_of(parent)->most = item->value;
		if (less(&item->node, parent)) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			first = false;
		}
	}
	rb_link_node(&item->node, parent, link);
	return first;
}

static void add_plain(struct item *item, bool first)
{
	(void)first;
	rb_add(&item->node, &tree.rb_root, less);
}

static void add_open(struct item *item, bool first)
{
	(void)first;
	link_open(item, false);
	rb_insert_color(&item->node, &tree.rb_root);
}

static void add_found(struct item *item, bool first)
{
	const struct rb_node *same = rb_find(&item->key, &tree.rb_root, cmp_key);
	const struct rb_node *found;

	found = rb_find_add(&item->node, &tree.rb_root, cmp);
	if (same) {
		CHECK(found);
		CHECK_EQ(item_of(found)->key, item->key);
		add_plain(item, first);
	} else {
		CHECK(!found);
	}
}

static void add_cached(struct item *item, bool first)
{
	CHECK(rb_add_cached(&item->node, &tree, less) ==
	      (first ? &item->node : NULL));
}

static void add_cached_open(struct item *item, bool first)
{
	rb_insert_color_cached(&item->node, &tree, link_open(item, false));
	(void)first;
}

static void add_augmented(struct item *item, bool first)
{
	CHECK(rb_add_augmented_cached(&item->node, &tree, less, &most) ==
	      (first ? &item->node : NULL));
}

/* Its caller has seen to the values before, as the kernel asks. */
static void add_augmented_ready(struct item *item, bool first)
{
	item->most = item->value;
	rb_insert_augmented_cached(&item->node, &tree, link_open(item, true),
				   &most);
	(void)first;
}

/* Its caller has not; by chance, or not, the item's own is right. */
static void add_augmented_late(struct item *item, bool first)
{
	item->most = random_once(2) ? item->value : random_bits();
	rb_insert_augmented_cached(&item->node, &tree, link_open(item, false),
				   &most);
	(void)first;
}

static void add_uncached(struct item *item, bool first)
{
	(void)first;
	link_open(item, false);
	rb_insert_augmented(&item->node, &tree.rb_root, &most);
}

static void erase_plain(struct item *item, struct rb_node *first)
{
	(void)first;
	rb_erase(&item->node, &tree.rb_root);
}

/* @first: which one is the first now, if it is another. */
static void erase_cached(struct item *item, struct rb_node *first)
{
	CHECK(rb_erase_cached(&item->node, &tree) == first);
}

static void erase_augmented(struct item *item, struct rb_node *first)
{
	(void)first;
	rb_erase_augmented_cached(&item->node, &tree, &most);
}

static void erase_uncached(struct item *item, struct rb_node *first)
{
	(void)first;
	rb_erase_augmented(&item->node, &tree.rb_root, &most);
}

static const struct kind plain = {
	.add = { add_plain, add_open, add_found },
	.erase = erase_plain,
};
static const struct kind cached = {
	.cached = true,
	.add = { add_cached, add_cached_open, add_cached },
	.erase = erase_cached,
};
static const struct kind augmented = {
	.cached = true,
	.augmented = true,
	.add = { add_augmented, add_augmented_ready, add_augmented_late },
	.erase = erase_augmented,
};
static const struct kind uncached = {
	.augmented = true,
	.add = { add_uncached, add_uncached, add_uncached },
	.erase = erase_uncached,
};

static void start(void)
{
	int i;

	random_start();
	tree = RB_ROOT_CACHED;
	count = 0;
	for (i = 0; i < ITEMS; i++)
		RB_CLEAR_NODE(&items[i].node);
}

/* The fewest nodes that a balanced tree so high can have. */
static u64 fewest(int height)
{
	u64 lower = 0, nodes = 0;

	while (height-- > 0) {
		nodes += lower + 1;
		lower = nodes - lower - 1;
	}
	return nodes;
}

/* How high it is below @node, whose links and knowledge are right. */
static int check_below(const struct rb_node *node, const struct kind *kind)
{
	int side, height = 0;
	u64 value;

	if (!node)
		return 0;
	value = item_of(node)->value;
	for (side = 0; side < 2; side++) {
		const struct rb_node *child = side ? node->rb_right :
						     node->rb_left;

		if (!child)
			continue;
		CHECK(rb_parent(child) == node);
		height = max(height, check_below(child, kind));
		value = max(value, item_of(child)->most);
	}
	if (kind->augmented)
		CHECK_EQ(item_of(node)->most, value);
	return height + 1;
}

static void check_all(const struct kind *kind)
{
	struct rb_node *node;
	int i;

	CHECK_EQ(RB_EMPTY_ROOT(&tree.rb_root), !count);
	for (i = 0, node = rb_first(&tree.rb_root); node; node = rb_next(node))
		CHECK(i < count && item_of(node) == order[i++]);
	CHECK_EQ(i, count);
	for (node = rb_last(&tree.rb_root); node; node = rb_prev(node))
		CHECK(i > 0 && item_of(node) == order[--i]);
	CHECK_EQ(i, 0);
	if (kind->cached)
		CHECK(item_of(rb_first_cached(&tree)) ==
		      (count ? order[0] : NULL));
	CHECK(fewest(check_below(tree.rb_root.rb_node, kind)) <= (u64)count);
}

static void put(struct item *item, const struct kind *kind, u64 keys)
{
	int at = 0;

	item->key = random_below(keys);
	item->value = random_below(1000);
	while (at < count && order[at]->key <= item->key)
		at++;
	memmove(order + at + 1, order + at,
		(size_t)(count - at) * sizeof(*order));
	order[at] = item;
	count++;
	kind->add[random_below(3)](item, !at);
	CHECK(!RB_EMPTY_NODE(&item->node));
}

static void take(int at, const struct kind *kind)
{
	struct item *item = order[at];

	count--;
	memmove(order + at, order + at + 1,
		(size_t)(count - at) * sizeof(*order));
	kind->erase(item, !at && count ? &order[0]->node : NULL);
	RB_CLEAR_NODE(&item->node);
}

static void replace(int at, struct item *item, const struct kind *kind)
{
	struct item *old = order[at];

	*item = *old;
	RB_CLEAR_NODE(&item->node);
	order[at] = item;
	if (kind->cached)
		rb_replace_node_cached(&old->node, &item->node, &tree);
	else
		rb_replace_node(&old->node, &item->node, &tree.rb_root);
	RB_CLEAR_NODE(&old->node);
}

static void change(int at)
{
	order[at]->value = random_below(1000);
	most.propagate(&order[at]->node, NULL);
}

static void find(u64 keys)
{
	u64 key = random_below(keys);
	const struct item *found = item_of(rb_find(&key, &tree.rb_root, cmp_key));
	int at = 0;

	while (at < count && order[at]->key != key)
		at++;
	if (at == count)
		CHECK(!found);
	else
		CHECK(found && found->key == key);
}

static void any_step(const struct kind *kind, u64 keys, u64 fill)
{
	struct item *item = &items[random_below(ITEMS)];

	if (RB_EMPTY_NODE(&item->node)) {
		CHECK(!rb_next(&item->node));
		CHECK(!rb_prev(&item->node));
		if (count && random_once(4))
			replace((int)random_below(count), item, kind);
		else if (random_below(100) < fill)
			put(item, kind, keys);
	} else if (random_once(4)) {
		change((int)random_below(count));
	} else if (random_below(100) >= fill) {
		take(random_once(3) ? 0 : (int)random_below(count), kind);
	}
	find(keys);
}

/* Filling up, and emptying; with few keys there are many equals. */
static void any_order(const struct kind *kind)
{
	static const u64 keys[] = { 1, 5, 100, 1 << 20 };
	int step;

	start();
	for (step = 0; step < STEPS; step++) {
		u64 fill = step % 2000 < 1000 ? 70 : 30;

		any_step(kind, keys[step / 2000 % ARRAY_SIZE(keys)], fill);
		check_all(kind);
		if (step % 4000 == 3999) {
			while (count)
				take((int)random_below(count), kind);
			check_all(kind);
		}
	}
}

TEST(empty)
{
	struct rb_root root = RB_ROOT;
	u64 key = 0;

	CHECK_EQ(sizeof(struct rb_node), 3 * sizeof(void *));
	CHECK(RB_EMPTY_ROOT(&root));
	CHECK(!rb_first(&root));
	CHECK(!rb_last(&root));
	CHECK(!rb_find(&key, &root, cmp_key));
	start();
	CHECK(!rb_first_cached(&tree));
	check_all(&augmented);
}

TEST(any_order_plain)
{
	any_order(&plain);
}

TEST(any_order_cached)
{
	any_order(&cached);
}

TEST(any_order_augmented)
{
	any_order(&augmented);
}

TEST(any_order_augmented_uncached)
{
	any_order(&uncached);
}

static int height(const struct rb_node *node)
{
	return node ? 1 + max(height(node->rb_left), height(node->rb_right)) : 0;
}

static void check_height(u64 nodes)
{
	int high = height(tree.rb_root.rb_node);

	if (fewest(high) > nodes)
		ktap_fail("with %" PRIu64 " nodes it is %d high", nodes, high);
}

/* Each time it has doubled: a list is not let grow until it takes for ever. */
static struct item *grow(s64 key, s64 by)
{
	struct item *many = calloc(MANY, sizeof(*many));
	u64 i;

	start();
	for (i = 0; i < MANY; i++, key += by) {
		many[i].key = (u64)key;
		rb_add_augmented_cached(&many[i].node, &tree, less, &most);
		if (!(i & (i + 1)))
			check_height(i + 1);
	}
	check_height(MANY);
	return many;
}

TEST(ever_larger_keys)
{
	struct item *many = grow(0, 1);
	u64 i;

	/* The oldest leave, as timers do, and newer ones come. */
	for (i = 0; i < MANY; i++) {
		CHECK(rb_first_cached(&tree) == &many[i].node);
		rb_erase_augmented_cached(&many[i].node, &tree, &most);
		many[i].key += MANY;
		rb_add_augmented_cached(&many[i].node, &tree, less, &most);
	}
	check_height(MANY);
	free(many);
}

/* As many as there are levels, each of another: those in the leftmost branch. */
TEST(few_are_left)
{
	struct item *many = grow(1, 1);
	u64 i, left = 0;

	for (i = 0; i < MANY; i++)
		if (many[i].key & (many[i].key - 1))
			rb_erase_augmented_cached(&many[i].node, &tree, &most);
		else
			left++;
	check_height(left);
	free(many);
}

TEST(ever_smaller_keys)
{
	struct item *many = grow(MANY, -1);
	u64 i;

	for (i = 0; i < MANY; i++) {
		u64 left = MANY - 1 - i;

		CHECK(rb_first_cached(&tree) == &many[left].node);
		rb_erase_augmented_cached(&many[left].node, &tree, &most);
	}
	CHECK(RB_EMPTY_ROOT(&tree.rb_root));
	free(many);
}

TEST(equal_keys)
{
	struct item *many = grow(7, 0);
	struct rb_node *node = rb_first_cached(&tree);
	u64 i;

	for (i = 0; i < MANY; i++, node = rb_next(node))
		CHECK(node == &many[i].node);
	CHECK(!node);
	free(many);
}

static int by_number(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

TEST(sorting)
{
	u32 numbers[1000], i;

	random_start();
	for (i = 0; i < 1000; i++)
		numbers[i] = (u32)random_bits();
	sort(numbers, 1000, sizeof(*numbers), by_number, NULL);
	for (i = 1; i < 1000; i++)
		CHECK(numbers[i - 1] <= numbers[i]);
	sort(NULL, 0, sizeof(*numbers), by_number, NULL);
}

TEST(arithmetic)
{
	u32 a = 1, b = 2;

	CHECK_EQ(div_u64(U64_MAX, U32_MAX), (1ULL << 32) + 1);
	CHECK_EQ(div64_u64(U64_MAX, 1ULL << 63), 1);
	/* What is between may be larger than what comes out. */
	CHECK_EQ(mul_u64_u64_div_u64(U64_MAX, 1000, 1000), U64_MAX);
	CHECK_EQ(mul_u64_u64_div_u64(7, 3, 2), 10);
	CHECK_EQ(clamp(5, 1, 3), 3);
	CHECK_EQ(clamp(0, 1, 3), 1);
	CHECK_EQ(clamp(2, 1, 3), 2);
	swap(a, b);
	CHECK_EQ(a, 2);
	CHECK_EQ(b, 1);
	CHECK_EQ(NSEC_PER_USEC * 1000, NSEC_PER_MSEC);
}

TEST(bytes)
{
	u8 zero[32] = { 0 }, got[33] = { 0 }, again[32];

	CHECK(!memchr_inv(zero, 0, 32));
	CHECK(memchr_inv(zero, 1, 32) == zero);
	zero[31] = 0xff;
	CHECK(memchr_inv(zero, 0, 32) == zero + 31);
	CHECK(!memchr_inv(zero, 0, 31));
	CHECK(!memchr_inv(zero + 31, -1, 1));
	get_random_bytes(got, 32);
	CHECK(memchr_inv(got, got[0], 32));
	CHECK_EQ(got[32], 0);
	get_random_bytes(again, 32);
	CHECK(memcmp(got, again, 32));
}

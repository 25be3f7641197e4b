/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists, hash tables, bitmaps, ordered trees and arrays with the kernel's names. */
#ifndef SHIM_CONTAINERS_H
#define SHIM_CONTAINERS_H

#include "tree.h"

struct list_head { struct list_head *next, *prev; };

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list->prev = list;
}
static inline bool list_empty(const struct list_head *list)
{
	return list->next == list;
}
static inline void list_add(struct list_head *node, struct list_head *after)
{
	node->prev = after;
	node->next = after->next;
	after->next->prev = node;
	after->next = node;
}
static inline void list_add_tail(struct list_head *node, struct list_head *list)
{
	list_add(node, list->prev);
}
static inline void list_del(struct list_head *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	node->next = node->prev = NULL;
}
static inline void list_del_init(struct list_head *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	INIT_LIST_HEAD(node);
}
static inline void list_move_tail(struct list_head *node,
				  struct list_head *list)
{
	list_del_init(node);
	list_add_tail(node, list);
}
#define list_entry(p, type, member) container_of(p, type, member)
#define list_next_entry(at, member) \
	container_of((at)->member.next, __typeof__(*(at)), member)
#define list_first_entry(list, type, member) \
	list_entry((list)->next, type, member)
#define list_first_entry_or_null(list, type, member) \
	(list_empty(list) ? NULL : list_first_entry(list, type, member))
#define list_for_each_entry(pos, list, member)				\
	for (pos = list_entry((list)->next, __typeof__(*pos), member);	\
	     &pos->member != (list);					\
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))
#define list_for_each_entry_safe(pos, n, list, member)			\
	for (pos = list_entry((list)->next, __typeof__(*pos), member),	\
	     n = list_entry(pos->member.next, __typeof__(*pos), member);	\
	     &pos->member != (list);					\
	     pos = n, n = list_entry(n->member.next, __typeof__(*n), member))

#define list_for_each_entry_continue(pos, list, member)			\
	for (pos = list_entry((pos)->member.next, __typeof__(*(pos)), member); \
	     &(pos)->member != (list);					\
	     pos = list_entry((pos)->member.next, __typeof__(*(pos)), member))

struct hlist_node { struct hlist_node *next, **at; };
struct hlist_head { struct hlist_node *first; };
#define INIT_HLIST_NODE(n)	((n)->next = NULL, (n)->at = NULL)
#define DECLARE_HASHTABLE(name, bits) struct hlist_head name[1 << (bits)]
#define hash_init(table)	memset(table, 0, sizeof(table))
#define hash_bucket(table, key)	(&(table)[(key) % ARRAY_SIZE(table)])
static inline void hash_add_to(struct hlist_head *head, struct hlist_node *node)
{
	node->next = head->first;
	if (node->next)
		node->next->at = &node->next;
	node->at = &head->first;
	head->first = node;
}
#define hash_add(table, node, key) hash_add_to(hash_bucket(table, key), node)
static inline void hash_del(struct hlist_node *node)
{
	*node->at = node->next;
	if (node->next)
		node->next->at = node->at;
	INIT_HLIST_NODE(node);
}
#define hash_object(node, type, member) \
	((node) ? container_of(node, type, member) : NULL)
#define hash_for_each_possible(table, obj, member, key)			\
	for (obj = hash_object(hash_bucket(table, key)->first,		\
			       __typeof__(*obj), member);		\
	     obj; obj = hash_object(obj->member.next, __typeof__(*obj), member))
#define hash_for_each(table, bucket, obj, member)			\
	for (bucket = 0; bucket < (int)ARRAY_SIZE(table); bucket++)	\
		for (obj = hash_object((table)[bucket].first,		\
				       __typeof__(*obj), member);	\
		     obj; obj = hash_object(obj->member.next,		\
					    __typeof__(*obj), member))
#define hash_for_each_safe(table, bucket, n, obj, member)		\
	for (bucket = 0; bucket < (int)ARRAY_SIZE(table); bucket++)	\
		for (obj = hash_object((table)[bucket].first,		\
				       __typeof__(*obj), member);	\
		     obj && (n = obj->member.next, 1);			\
		     obj = hash_object(n, __typeof__(*obj), member))
static inline u32 full_name_hash(const void *salt, const char *name, size_t len)
{
	u32 hash = 5381;

	(void)salt;
	while (len--)
		hash = hash * 33 + (u8)*name++;
	return hash;
}

#define DECLARE_BITMAP(name, bits) u64 name[((bits) + 63) / 64]
static inline void __set_bit(u32 bit, u64 *map)
{
	map[bit / 64] |= 1ULL << bit % 64;
}
static inline void __clear_bit(u32 bit, u64 *map)
{
	map[bit / 64] &= ~(1ULL << bit % 64);
}
/* @bits when there is none. */
static inline u32 find_last_bit(const u64 *map, u32 bits)
{
	u32 word = (bits + 63) / 64;

	while (word-- > 0)
		if (map[word])
			return word * 64 + 63 - (u32)__builtin_clzll(map[word]);
	return bits;
}
static inline u32 find_first_zero_bit(const u64 *map, u32 bits)
{
	u32 bit;

	for (bit = 0; bit < bits && map[bit / 64] & 1ULL << bit % 64; bit++)
		;
	return bit;
}

/* Indices grow; pages of pointers come and go with what is in them. */
#define XA_PAGE		4096
#ifdef SHIM_32BIT
#define XA_PAGES	(1U << 20)
#else
#define XA_PAGES	(1U << 16)
#endif
#define XA_FLAGS_ALLOC	1U
#define XA_FLAGS_ACCOUNT 2U
struct xa_page { u32 used; void *at[XA_PAGE]; };
/* @count: of @pages; as many as have ever been needed. */
struct xarray { struct xa_page **pages; u32 count; gfp_t flags; };
struct xa_limit { u32 min, max; };
#define XA_LIMIT(least, most) ((struct xa_limit){ .min = least, .max = most })
typedef u32 xa_mark_t;
#define XA_PRESENT	8U
/* Of as many bits as a long in the kernel that is played. */
#ifdef SHIM_32BIT
typedef u32 xa_index;
#else
typedef unsigned long xa_index;
#endif
#define XA_RESERVED	((void *)&shim_xa_reserved)
__attribute__((weak)) char shim_xa_reserved;
/* There is memory for what is put into an array, but not for the array. */
__attribute__((weak)) bool shim_xa_no_memory;
static inline void xa_init_flags(struct xarray *xa, gfp_t flags)
{
	*xa = (struct xarray){ .flags = flags };
}
static inline void xa_init(struct xarray *xa) { xa_init_flags(xa, 0); }
/* Also what is only reserved. */
static inline void *xa_entry(struct xarray *xa, xa_index index)
{
	struct xa_page *page;

	if (index / XA_PAGE >= xa->count)
		return NULL;
	page = xa->pages[index / XA_PAGE];
	return page ? page->at[index % XA_PAGE] : NULL;
}
static inline void *xa_load(struct xarray *xa, xa_index index)
{
	void *entry = xa_entry(xa, index);

	return entry == XA_RESERVED ? NULL : entry;
}
static inline void xa_grow(struct xarray *xa, u32 pages)
{
	u32 count = max(xa->count, 1U);

	while (count < pages)
		count *= 2;
	if (count == xa->count)
		return;
	xa->pages = realloc(xa->pages, count * sizeof(*xa->pages));
	memset(xa->pages + xa->count, 0,
	       (count - xa->count) * sizeof(*xa->pages));
	xa->count = count;
}
static inline void *xa_store(struct xarray *xa, xa_index index,
			     void *entry, gfp_t gfp)
{
	struct xa_page **page;

	(void)gfp;
	assert(index / XA_PAGE < XA_PAGES);
	xa_grow(xa, (u32)(index / XA_PAGE) + 1);
	page = &xa->pages[index / XA_PAGE];
	if (!*page)
		*page = calloc(1, sizeof(**page));
	(*page)->used += !!entry - !!(*page)->at[index % XA_PAGE];
	(*page)->at[index % XA_PAGE] = entry;
	if (!(*page)->used) {
		free(*page);
		*page = NULL;
	}
	return NULL;
}
#define xa_err(p)		((void)(p), 0)
/* NULL reserves the place. */
static inline int xa_insert(struct xarray *xa, xa_index index, void *entry,
			    gfp_t gfp)
{
	if (xa_entry(xa, index))
		return -EBUSY;
	xa_store(xa, index, entry ? entry : XA_RESERVED, gfp);
	return 0;
}
/* The lowest index that is free. */
static inline int xa_alloc(struct xarray *xa, u32 *id, void *entry,
			   struct xa_limit limit, gfp_t gfp)
{
	u64 free = limit.min;

	assert(xa->flags & XA_FLAGS_ALLOC);
	if (shim_no_memory || shim_xa_no_memory)
		return -ENOMEM;
	while (free <= limit.max && xa_entry(xa, (xa_index)free))
		free++;
	if (free > limit.max)
		return -EBUSY;
	*id = (u32)free;
	return xa_insert(xa, (xa_index)free, entry, gfp);
}
static inline void xa_erase(struct xarray *xa, xa_index index)
{
	if (xa_entry(xa, index))
		xa_store(xa, index, NULL, 0);
}
/* The first that is there from @index on, which says then where. */
static inline void *xa_find(struct xarray *xa, unsigned long *index,
			    unsigned long max, xa_mark_t filter)
{
	unsigned long at = *index;
	void *entry;

	assert(filter == XA_PRESENT);
	while (at <= max && at / XA_PAGE < xa->count) {
		if (!xa->pages[at / XA_PAGE]) {
			at = (at / XA_PAGE + 1) * XA_PAGE;
			continue;
		}
		entry = xa_load(xa, (xa_index)at);
		if (entry) {
			*index = at;
			return entry;
		}
		at++;
	}
	return NULL;
}
static inline void *xa_find_after(struct xarray *xa, unsigned long *index,
				  unsigned long max, xa_mark_t filter)
{
	unsigned long next = *index + 1;
	void *entry = next ? xa_find(xa, &next, max, filter) : NULL;

	if (entry)
		*index = next;
	return entry;
}
#define xa_for_each(xa, index, entry)					\
	for (index = 0, entry = xa_find(xa, &index, ULONG_MAX, XA_PRESENT); \
	     entry;							\
	     entry = xa_find_after(xa, &index, ULONG_MAX, XA_PRESENT))
static inline void xa_destroy(struct xarray *xa)
{
	u32 i;

	for (i = 0; i < xa->count; i++)
		assert(!xa->pages[i]);
	free(xa->pages);
	xa->pages = NULL;
	xa->count = 0;
}

#endif /* SHIM_CONTAINERS_H */

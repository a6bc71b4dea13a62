/*
 * The keys of one JSON object or map, to find the one that stands twice: linear over any number of keys, also those that an attacker
 * chose (the hash is keyed with the process's random bytes).
 *
 * Flow     init, add each key, free.
 * Memory   A few keys live in the struct; more of them on the heap until free.
 */
#ifndef GATEWAY_TRANSCODE_KEY_SET_H
#define GATEWAY_TRANSCODE_KEY_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

#define KEY_SET_INLINE_MAX 8

/* Whether two keys with the same hash are the same key. */
typedef bool (*key_equal)(struct view a, struct view b);

/* For keys whose hash is the key itself. */
bool key_equal_by_hash(struct view a, struct view b);

struct key_set_entry {
    uint64_t hash;
    struct view key; /* borrowed; data NULL: a free slot */
};

struct key_set {
    key_equal equal;
    size_t count;
    struct key_set_entry *slots; /* NULL while the keys fit into few */
    size_t slot_mask;
    struct key_set_entry few[KEY_SET_INLINE_MAX];
};

enum key_set_result {
    KEY_SET_ADDED,
    KEY_SET_DUPLICATE,
    KEY_SET_OUT_OF_MEMORY,
};

static inline void key_set_init(struct key_set *set, key_equal equal)
{
    set->equal = equal;
    set->count = 0;
    set->slots = NULL;
}

void key_set_free(struct key_set *set);

/* key.data is not NULL and outlives the set. Equal keys have equal hashes: key_hash(), or a number that is the key itself. */
enum key_set_result key_set_add(struct key_set *set, struct view key, uint64_t hash);

uint64_t key_hash(struct view bytes);

#endif

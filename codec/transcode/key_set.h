/*
 * The keys of one JSON object or map, to find the one that stands twice: linear over any number of keys, also those that an attacker
 * chose (hashes are keyed with the process's random bytes).
 *
 * Flow     init, add each key with its hash, free.
 * Memory   A few keys live in the struct, and only their hashes are compared; more of them go to the heap until free, where each takes
 *          24 to 96 bytes.
 * Threads  One at a time. The secret behind the hashes is made before main() and const from then on.
 *
 *     struct key_set keys;
 *     key_set_init(&keys, &key_set_bytes);
 *     switch (key_set_add(&keys, key, key_hash(key)))
 *     …
 *     key_set_free(&keys);
 */
#ifndef CODEC_TRANSCODE_KEY_SET_H
#define CODEC_TRANSCODE_KEY_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/view.h"

#define KEY_SET_INLINE_MAX 8

/* How keys are told apart whose hashes are equal. NULL: they are the same key. */
struct key_type {
    bool (*equal)(struct view a, struct view b);
};

/* Keys that are equal when their bytes are. */
extern const struct key_type key_set_bytes;

/* Numbers, hashed by key_hash_number(): the views are not looked at. */
extern const struct key_type key_set_numbers;

struct key_entry {
    uint32_t tag; /* the upper half of the hash */
    uint32_t len; /* of the key */
    union {
        const char *data; /* the key, borrowed */
        uint64_t hash;    /* where keys of one hash are the same: all of it */
    };
};

struct key_set {
    const struct key_type *type;
    struct key_entry *entries; /* as they were added: in few, or on the heap */
    uint32_t *slots;           /* indices of entries plus one, 0: free; NULL while there are few */
    uint32_t count;
    unsigned slot_bits;                           /* there are 2^slot_bits slots, and half as many entries have room */
    struct key_entry few[KEY_SET_INLINE_MAX + 1]; /* the last one: what is being added to the table */
};

enum key_set_result {
    KEY_SET_ADDED,
    KEY_SET_DUPLICATE,
    KEY_SET_OUT_OF_MEMORY,
};

static inline void key_set_init(struct key_set *set, const struct key_type *type)
{
    set->type = type;
    set->entries = set->few;
    set->slots = NULL;
    set->count = 0;
}

/* The slow half of key_set_free(). */
void key_set_free_heap(struct key_set *set);

static inline void key_set_free(struct key_set *set)
{
    if (set->entries != set->few)
        key_set_free_heap(set);
}

/* The slow half of key_set_add(), whose entry stands behind the few. */
enum key_set_result key_set_add_to_table(struct key_set *set);

/* Whether two entries are of the same key. */
bool key_set_is_same(const struct key_set *set, const struct key_entry *a, const struct key_entry *b);

/*
 * key.data is not NULL and outlives the set; a key has at most UINT32_MAX bytes. Equal keys have equal hashes: where a key can be spelt
 * in several ways, it is hashed in one of them.
 */
static inline enum key_set_result key_set_add(struct key_set *set, struct view key, uint64_t hash)
{
    uint32_t tag = (uint32_t)(hash >> 32);
    struct key_entry *entry = &set->few[set->slots ? KEY_SET_INLINE_MAX : set->count];
    entry->tag = tag;
    entry->len = (uint32_t)key.len;
    if (set->type->equal)
        entry->data = key.data;
    else
        entry->hash = hash;
    if (entry == &set->few[KEY_SET_INLINE_MAX])
        return key_set_add_to_table(set);
    for (const struct key_entry *other = set->few; other < entry; other++)
        if (__builtin_expect(other->tag == tag, 0) && key_set_is_same(set, other, entry))
            return KEY_SET_DUPLICATE;
    set->count++;
    return KEY_SET_ADDED;
}

/* What only this process knows. */
extern uint64_t key_secret[2];

static inline uint64_t key_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* What hashing a key begins with: a secret for each length. */
static inline uint64_t key_secret_of(size_t len)
{
    return key_secret[0] + len * 0x9e3779b97f4a7c15u;
}

/* key_hash() of more than 16 bytes. */
uint64_t key_hash_long(struct view bytes);

/* Two words, which overlap where there are less than sixteen bytes, multiplied under the secret. */
static inline uint64_t key_hash(struct view bytes)
{
    uint64_t head = 0, tail = 0;
    if (bytes.len > 16)
        return key_hash_long(bytes);
    if (bytes.len >= 8) {
        memcpy(&head, bytes.data, 8);
        memcpy(&tail, bytes.data + bytes.len - 8, 8);
    } else if (bytes.len >= 4) {
        memcpy(&head, bytes.data, 4);
        memcpy(&tail, bytes.data + bytes.len - 4, 4);
    } else if (bytes.len > 0) {
        head = (uint64_t)(unsigned char)bytes.data[0] << 8 | (unsigned char)bytes.data[bytes.len / 2];
        tail = (unsigned char)bytes.data[bytes.len - 1];
    }
    return key_fold(head ^ key_secret_of(bytes.len), tail ^ key_secret[1]);
}

/* Different numbers have different hashes: each step can be undone. */
static inline uint64_t key_hash_number(uint64_t number)
{
    number = (number ^ key_secret[0]) * (key_secret[1] | 1);
    number = (number ^ number >> 32) * 0x9e3779b97f4a7c15u;
    return number ^ number >> 32;
}

#endif

/*
 * The keys of one JSON object or map, to find the one that stands twice: linear over any number of keys, also those that an attacker
 * chose (the hash is keyed with the process's random bytes).
 *
 * Flow     init, add each key, free.
 * Memory   A few keys live in the struct, and only their fingerprints are compared; more of them go to the heap until free.
 *
 *     struct key_set keys;
 *     key_set_init(&keys, &key_set_bytes);
 *     switch (key_set_add(&keys, key, key_fingerprint(key)))
 *     …
 *     key_set_free(&keys);
 */
#ifndef GATEWAY_TRANSCODE_KEY_SET_H
#define GATEWAY_TRANSCODE_KEY_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/view.h"

#define KEY_SET_INLINE_MAX 8

/* How keys are told apart. Equal keys have equal fingerprints. */
struct key_type {
    bool (*equal)(struct view a, struct view b); /* NULL: keys with equal fingerprints are equal */
    uint64_t (*hash)(struct view key);           /* NULL: the fingerprint serves */
};

/* Keys that are equal when their bytes are. */
extern const struct key_type key_set_bytes;

/* Keys that are numbers, which are their own fingerprints. */
extern const struct key_type key_set_numbers;

struct key_set_entry {
    uint64_t hash;   /* among few: the fingerprint */
    struct view key; /* borrowed; data NULL: a free slot */
};

struct key_set {
    const struct key_type *type;
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

static inline void key_set_init(struct key_set *set, const struct key_type *type)
{
    set->type = type;
    set->count = 0;
    set->slots = NULL;
}

void key_set_free(struct key_set *set);

/* key.data is not NULL and outlives the set. */
enum key_set_result key_set_add(struct key_set *set, struct view key, uint64_t fingerprint);

/* Length, beginning and end of the bytes in one word: enough to tell most keys of one object apart. */
static inline uint64_t key_fingerprint(struct view bytes)
{
    uint64_t head = 0, tail = 0;
    if (bytes.len >= 8) {
        memcpy(&head, bytes.data, 8);
        memcpy(&tail, bytes.data + bytes.len - 8, 8);
    } else {
        for (size_t i = 0; i < bytes.len; i++)
            head = head << 8 | (unsigned char)bytes.data[i];
    }
    return (head ^ (tail << 29 | tail >> 35)) + bytes.len;
}

/* A keyed hash of bytes that come in pieces. */
struct key_hasher {
    uint64_t state;
    uint64_t word; /* bytes that do not fill a word yet */
    size_t len;    /* of all bytes so far */
};

void key_hasher_init(struct key_hasher *hasher);
void key_hasher_add(struct key_hasher *hasher, struct view bytes);
uint64_t key_hasher_finish(const struct key_hasher *hasher);

#endif

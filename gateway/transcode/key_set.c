/* Up to KEY_SET_INLINE_MAX hashes are compared one by one; from there on, open addressing at most half full. */
#include "gateway/transcode/key_set.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const char *bytes, size_t len)
{
    uint64_t word = 0;
    memcpy(&word, bytes, len);
    return word;
}

/* What the kernel gave this process at its start, so that nobody outside knows which keys collide. */
static void get_seed(uint64_t ret_seed[static 2])
{
    memcpy(ret_seed, (const void *)getauxval(AT_RANDOM), 2 * sizeof(uint64_t));
}

/* Sixteen bytes a step, multiplied and folded. */
uint64_t key_hash(struct view bytes)
{
    uint64_t seed[2];
    get_seed(seed);
    uint64_t hash = seed[0] ^ bytes.len;
    const char *in = bytes.data;
    size_t left = bytes.len;
    for (; left > 16; in += 16, left -= 16)
        hash = fold(load(in, 8) ^ hash, load(in + 8, 8) ^ seed[1]);
    uint64_t head = load(in, left < 8 ? left : 8);
    uint64_t tail = left > 8 ? load(in + 8, left - 8) : 0;
    hash = fold(head ^ hash, tail ^ seed[1]);
    return fold(hash ^ seed[0], 0x9e3779b97f4a7c15u);
}

bool key_equal_by_hash(struct view a, struct view b)
{
    (void)a;
    (void)b;
    return true;
}

/* Where to begin looking. Hashes that are numbers chosen by a client are spread here. */
static size_t first_slot(uint64_t hash)
{
    uint64_t seed[2];
    get_seed(seed);
    return (size_t)fold(hash ^ seed[0], seed[1] | 1);
}

void key_set_free(struct key_set *set)
{
    free(set->slots);
    set->slots = NULL;
}

static struct key_set_entry *find_slot(const struct key_set *set, struct view key, uint64_t hash)
{
    for (size_t at = first_slot(hash);; at++) {
        struct key_set_entry *slot = &set->slots[at & set->slot_mask];
        if (!slot->key.data || (slot->hash == hash && set->equal(slot->key, key)))
            return slot;
    }
}

static bool rehash(struct key_set *set, size_t slot_count)
{
    struct key_set larger = {.equal = set->equal, .slot_mask = slot_count - 1};
    larger.slots = calloc(slot_count, sizeof(*larger.slots));
    if (!larger.slots)
        return false;
    const struct key_set_entry *old = set->slots ? set->slots : set->few;
    size_t old_count = set->slots ? set->slot_mask + 1 : set->count;
    for (size_t i = 0; i < old_count; i++) {
        if (!old[i].key.data)
            continue;
        size_t at = first_slot(old[i].hash);
        while (larger.slots[at & larger.slot_mask].key.data)
            at++;
        larger.slots[at & larger.slot_mask] = old[i];
    }
    free(set->slots);
    set->slots = larger.slots;
    set->slot_mask = larger.slot_mask;
    return true;
}

enum key_set_result key_set_add(struct key_set *set, struct view key, uint64_t hash)
{
    if (!set->slots) {
        for (size_t i = 0; i < set->count; i++)
            if (set->few[i].hash == hash && set->equal(set->few[i].key, key))
                return KEY_SET_DUPLICATE;
        if (set->count < KEY_SET_INLINE_MAX) {
            set->few[set->count++] = (struct key_set_entry){hash, key};
            return KEY_SET_ADDED;
        }
    }
    if ((!set->slots || set->count * 2 > set->slot_mask) &&
        !rehash(set, set->slots ? (set->slot_mask + 1) * 2 : (size_t)KEY_SET_INLINE_MAX * 4))
        return KEY_SET_OUT_OF_MEMORY;
    struct key_set_entry *slot = find_slot(set, key, hash);
    if (slot->key.data)
        return KEY_SET_DUPLICATE;
    *slot = (struct key_set_entry){hash, key};
    set->count++;
    return KEY_SET_ADDED;
}

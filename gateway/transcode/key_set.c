/* Up to KEY_SET_INLINE_MAX fingerprints are compared one by one; from there on, open addressing at most half full. */
#include "gateway/transcode/key_set.h"

#include <stdlib.h>
#include <sys/auxv.h>

static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* What the kernel gave this process at its start, so that nobody outside knows which keys collide. */
static void get_seed(uint64_t ret_seed[static 2])
{
    memcpy(ret_seed, (const void *)getauxval(AT_RANDOM), 2 * sizeof(uint64_t));
}

void key_hasher_init(struct key_hasher *hasher)
{
    uint64_t seed[2];
    get_seed(seed);
    *hasher = (struct key_hasher){.state = seed[0]};
}

/* Eight bytes a step: multiplied with a secret and folded. */
void key_hasher_add(struct key_hasher *hasher, struct view bytes)
{
    uint64_t seed[2];
    get_seed(seed);
    const char *in = bytes.data, *end = in + bytes.len;
    while (in < end) {
        if (hasher->len % 8 == 0 && end - in >= 8) {
            uint64_t word;
            memcpy(&word, in, 8);
            hasher->state = fold(hasher->state ^ word, seed[1] | 1);
            hasher->len += 8;
            in += 8;
            continue;
        }
        hasher->word |= (uint64_t)(unsigned char)*in++ << (8 * (hasher->len % 8));
        hasher->len++;
        if (hasher->len % 8 == 0) {
            hasher->state = fold(hasher->state ^ hasher->word, seed[1] | 1);
            hasher->word = 0;
        }
    }
}

uint64_t key_hasher_finish(const struct key_hasher *hasher)
{
    uint64_t seed[2];
    get_seed(seed);
    return fold(fold(hasher->state ^ hasher->word, seed[1] | 1) ^ seed[0], hasher->len + 0x9e3779b97f4a7c15u);
}

static uint64_t hash_bytes(struct view key)
{
    struct key_hasher hasher;
    key_hasher_init(&hasher);
    key_hasher_add(&hasher, key);
    return key_hasher_finish(&hasher);
}

const struct key_type key_set_bytes = {.equal = view_equal, .hash = hash_bytes};
const struct key_type key_set_numbers = {.equal = NULL, .hash = NULL};

static bool is_same(const struct key_set *set, struct view a, struct view b)
{
    return !set->type->equal || set->type->equal(a, b);
}

static uint64_t hash_of(const struct key_set *set, struct view key, uint64_t fingerprint)
{
    return set->type->hash ? set->type->hash(key) : fingerprint;
}

/* Where to begin looking. Numbers that a client chose are spread here. */
static size_t first_slot(uint64_t hash)
{
    uint64_t seed[2];
    get_seed(seed);
    return (size_t)fold(hash ^ seed[0], seed[1] | 1);
}

void key_set_free(struct key_set *set)
{
    if (set->slots)
        free(set->slots);
    set->slots = NULL;
}

/* Puts the entries into a table of this many slots, which is larger than twice their count. */
static bool rehash(struct key_set *set, const struct key_set_entry *entries, size_t count, size_t slot_count)
{
    struct key_set_entry *slots = calloc(slot_count, sizeof(*slots));
    if (!slots)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!entries[i].key.data)
            continue;
        size_t at = first_slot(entries[i].hash);
        while (slots[at & (slot_count - 1)].key.data)
            at++;
        slots[at & (slot_count - 1)] = entries[i];
    }
    free(set->slots);
    set->slots = slots;
    set->slot_mask = slot_count - 1;
    return true;
}

static bool leave_few(struct key_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        set->few[i].hash = hash_of(set, set->few[i].key, set->few[i].hash);
    return rehash(set, set->few, set->count, (size_t)KEY_SET_INLINE_MAX * 4);
}

static enum key_set_result add_to_slots(struct key_set *set, struct view key, uint64_t hash)
{
    if (set->count * 2 > set->slot_mask && !rehash(set, set->slots, set->slot_mask + 1, (set->slot_mask + 1) * 2))
        return KEY_SET_OUT_OF_MEMORY;
    for (size_t at = first_slot(hash);; at++) {
        struct key_set_entry *slot = &set->slots[at & set->slot_mask];
        if (slot->key.data && (slot->hash != hash || !is_same(set, slot->key, key)))
            continue;
        if (slot->key.data)
            return KEY_SET_DUPLICATE;
        *slot = (struct key_set_entry){hash, key};
        set->count++;
        return KEY_SET_ADDED;
    }
}

enum key_set_result key_set_add(struct key_set *set, struct view key, uint64_t fingerprint)
{
    if (!set->slots) {
        for (size_t i = 0; i < set->count; i++)
            if (set->few[i].hash == fingerprint && is_same(set, set->few[i].key, key))
                return KEY_SET_DUPLICATE;
        if (set->count < KEY_SET_INLINE_MAX) {
            set->few[set->count++] = (struct key_set_entry){fingerprint, key};
            return KEY_SET_ADDED;
        }
        if (!leave_few(set))
            return KEY_SET_OUT_OF_MEMORY;
    }
    return add_to_slots(set, key, hash_of(set, key, fingerprint));
}

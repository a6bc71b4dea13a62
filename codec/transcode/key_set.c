/*
 * Keys stand one behind the other as they came. Of the first KEY_SET_INLINE_MAX the hashes are compared one by one; from there on,
 * a table at most half full says where a key is: open addressing, a slot is an index, so that most of what is touched at random
 * stays in the second-level cache, and of growth nothing moves but indices. Tables grow by four, since what they cost is the
 * kernel's work to give their memory, more than to fill it.
 */
#include "codec/transcode/key_set.h"

#include <stdlib.h>
#include <unistd.h>

/* Growth goes from the least to the most in steps of SLOT_BITS_STEP. */
#define SLOT_BITS_MIN  5
#define SLOT_BITS_STEP 2
#define SLOT_BITS_MAX  31

uint64_t key_secret[2];

/* Nobody outside knows which keys collide. Without random bytes from the kernel a program that reads strangers' keys must not start. */
__attribute__((constructor)) static void take_secret(void)
{
    if (getentropy(key_secret, sizeof(key_secret)) != 0)
        abort();
}

uint64_t key_hash_long(struct view bytes)
{
    const char *in = bytes.data, *last = bytes.data + bytes.len - 16;
    uint64_t state = key_secret_of(bytes.len), words[2];
    for (; in < last; in += 16) {
        memcpy(words, in, 16);
        state = key_fold(words[0] ^ state, words[1] ^ key_secret[1]);
    }
    memcpy(words, last, 16);
    return key_fold(words[0] ^ state, words[1] ^ key_secret[1]);
}

const struct key_type key_set_bytes = {.equal = view_equal};
const struct key_type key_set_numbers = {.equal = NULL};

bool key_set_is_same(const struct key_set *set, const struct key_entry *a, const struct key_entry *b)
{
    if (a->tag != b->tag)
        return false;
    if (!set->type->equal)
        return a->hash == b->hash;
    return set->type->equal(view_make(a->data, a->len), view_make(b->data, b->len));
}

/* The slot of the key, or the free one where it belongs. */
static uint32_t *find_slot(const struct key_set *set, const struct key_entry *key)
{
    uint32_t mask = ((uint32_t)1 << set->slot_bits) - 1;
    uint32_t at = key->tag >> (32 - set->slot_bits);
    while (set->slots[at] && !key_set_is_same(set, &set->entries[set->slots[at] - 1], key))
        at = (at + 1) & mask;
    return &set->slots[at];
}

void key_set_free_heap(struct key_set *set)
{
    free(set->slots);
    free(set->entries);
    key_set_init(set, set->type);
}

/* Room for this many entries on the heap. */
static bool grow_entries(struct key_set *set, size_t capacity)
{
    bool few = set->entries == set->few;
    struct key_entry *entries = realloc(few ? NULL : set->entries, capacity * sizeof(*entries));
    if (!entries)
        return false;
    if (few)
        memcpy(entries, set->few, set->count * sizeof(*entries));
    set->entries = entries;
    return true;
}

static bool grow(struct key_set *set)
{
    unsigned slot_bits = set->slots ? set->slot_bits + SLOT_BITS_STEP : SLOT_BITS_MIN;
    if (slot_bits > SLOT_BITS_MAX || !grow_entries(set, (size_t)1 << (slot_bits - 1)))
        return false;
    uint32_t *slots = calloc((size_t)1 << slot_bits, sizeof(*slots));
    if (!slots)
        return false;
    free(set->slots);
    set->slots = slots;
    set->slot_bits = slot_bits;
    for (uint32_t i = 0; i < set->count; i++)
        *find_slot(set, &set->entries[i]) = i + 1;
    return true;
}

enum key_set_result key_set_add_to_table(struct key_set *set)
{
    if ((!set->slots || set->count * 2 >> set->slot_bits) && !grow(set))
        return KEY_SET_OUT_OF_MEMORY;
    const struct key_entry *entry = &set->few[KEY_SET_INLINE_MAX];
    uint32_t *slot = find_slot(set, entry);
    if (*slot)
        return KEY_SET_DUPLICATE;
    set->entries[set->count++] = *entry;
    *slot = set->count;
    return KEY_SET_ADDED;
}

#include "codec/schema/names.h"

#include <stdint.h>

bool names_init(struct names *names, size_t count, struct arena *arena)
{
    size_t slots = 16;
    while (slots < count * 2)
        slots *= 2;
    names->slots = arena_calloc(arena, slots, sizeof(*names->slots));
    names->slot_mask = slots - 1;
    return names->slots != NULL;
}

/* FNV-1a: full names share long prefixes, so every byte counts. */
static size_t hash(struct view name)
{
    uint64_t value = 0xcbf29ce484222325u;
    for (size_t i = 0; i < name.len; i++)
        value = (value ^ (unsigned char)name.data[i]) * 0x100000001b3u;
    return (size_t)(value ^ value >> 32);
}

static struct name_entry *find_slot(const struct names *names, struct view name)
{
    for (size_t at = hash(name);; at++) {
        struct name_entry *slot = &names->slots[at & names->slot_mask];
        if (slot->kind == NAME_NONE || view_equal(slot->name, name))
            return slot;
    }
}

bool names_add(struct names *names, struct view name, enum name_kind kind, void *element)
{
    struct name_entry *slot = find_slot(names, name);
    if (slot->kind != NAME_NONE)
        return false;
    *slot = (struct name_entry){name, kind, element};
    return true;
}

void *names_find(const struct names *names, struct view name, enum name_kind kind)
{
    const struct name_entry *slot = find_slot(names, name);
    return slot->kind == kind ? slot->element : NULL;
}

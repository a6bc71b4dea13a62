/* Full names of what is in a descriptor set, to find each by. Part of the schema loader. */
#ifndef CODEC_SCHEMA_NAMES_H
#define CODEC_SCHEMA_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/view.h"

enum name_kind {
    NAME_NONE,
    NAME_MESSAGE,
    NAME_ENUM,
    NAME_FILE,
    NAME_SERVICE,
    NAME_METHOD,
    NAME_EXTENSION,
};

struct name_entry {
    struct view name;
    enum name_kind kind;
    void *element; /* what the kind says */
};

struct names {
    struct name_entry *slots;
    size_t slot_mask;
};

/* Makes room for up to count names. False when the arena is exhausted. */
bool names_init(struct names *names, size_t count, struct arena *arena);

/* False when the name is taken. The name is borrowed. */
bool names_add(struct names *names, struct view name, enum name_kind kind, void *element);

/* NULL when there is none of this name and kind. */
void *names_find(const struct names *names, struct view name, enum name_kind kind);

#endif

/*
 * Collects what is wrong with a request: every field at once, each by its path in the client's JSON.
 *
 * Flow     init, add as often as needed, status. Adding costs nothing until something is wrong: paths are links on the
 *          checker's stack, and become text only for a violation.
 * Memory   Texts are in the arena and live as long as it; an exhausted arena loses texts, not the count.
 * Limits   As many violations are kept as fit into SERVER_DETAILS_BYTES_MAX, and counted beyond.
 *
 *     struct field_path levels = field_path_name(NULL, "levels");
 *     struct field_path level = field_path_index(&levels, 1);
 *     struct field_path ordinal = field_path_name(&level, "ordinal");
 *     violations_add(&violations, &ordinal, "expected 0 or more, got %d", -1);
 *     …
 *     if (!violations_status(&violations, &st))     levels[1].ordinal: expected 0 or more, got -1
 *         …
 */
#ifndef SERVICE_VALIDATE_VIOLATIONS_H
#define SERVICE_VALIDATE_VIOLATIONS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

/* A step of a path, linked to the ones before it, which must outlive it. */
struct field_path {
    const struct field_path *parent; /* NULL: starts at the request's own fields */
    const char *name;                /* a field, or with is_key a key of an object; NULL: an element of an array */
    size_t index;
    bool is_key;
};

static inline struct field_path field_path_name(const struct field_path *parent, const char *json_name)
{
    return (struct field_path){.parent = parent, .name = json_name};
}

static inline struct field_path field_path_index(const struct field_path *parent, size_t index)
{
    return (struct field_path){.parent = parent, .index = index};
}

/* Written as ["key"]: the keys of filters have dots. */
static inline struct field_path field_path_key(const struct field_path *parent, const char *key)
{
    return (struct field_path){.parent = parent, .name = key, .is_key = true};
}

struct violation {
    struct view field;       /* "levels[1].checks[0].id" */
    struct view description; /* as in a status: lower case, no full stop, what was expected */
    struct violation *next;
};

struct violations {
    struct arena *arena;
    struct violation *first; /* in the order they were added */
    struct violation *last;
    size_t count;      /* all, also those that were not kept */
    size_t bytes_left; /* for texts to keep */
};

void violations_init(struct violations *violations, struct arena *arena);

/* Long texts are cut at a code point. */
void violations_add(struct violations *violations, const struct field_path *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * True when there are none. Otherwise INVALID_ARGUMENT: the message tells the first few and how many there are, the
 * details are a google.rpc.BadRequest with all that were kept.
 */
MUST_USE bool violations_status(const struct violations *violations, struct status *st);

#endif

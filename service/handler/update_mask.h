/*
 * google.protobuf.FieldMask on messages of protobuf-c: some fields of one message take the place of those of another.
 *
 *     ""                     no path: nothing
 *     "*"                    alone: everything, which is the caller's to do
 *     "name", "badge.color"  a field by its name in the .proto file (underscores aside), through singular messages
 *
 * A field that the source does not have is absent from the target afterwards. Lists, and the well-known types that are
 * free JSON, are taken as a whole, so no path leads into them. Paths are applied in the order of the mask.
 *
 * Limits   UPDATE_MASK_PATHS_MAX, UPDATE_MASK_DEPTH_MAX (service/limits.h).
 * Memory   What is resolved is in the arena. The target borrows what it took from the source, which is not changed.
 * Errors   A violation for each path that is wrong, quoting it.
 * Source   google/protobuf/field_mask.proto, https://google.aip.dev/134.
 */
#ifndef SERVICE_HANDLER_UPDATE_MASK_H
#define SERVICE_HANDLER_UPDATE_MASK_H

#include "google/protobuf/field_mask.pb-c.h"
#include "service/limits.h"
#include "service/validate/violations.h"

struct update_mask_path {
    const ProtobufCFieldDescriptor *fields[UPDATE_MASK_DEPTH_MAX]; /* outermost first */
    size_t len;
};

struct update_mask {
    bool everything; /* no mask, or "*" */
    struct update_mask_path *paths;
    size_t path_count;
};

/*
 * Finds the fields of a mask (NULL: none was given) in messages of this type. Adds what is wrong with it to the
 * violations, under `path`. False when the arena is exhausted.
 */
MUST_USE bool update_mask_resolve(const Google__Protobuf__FieldMask *mask, const ProtobufCMessageDescriptor *type,
                                  const struct field_path *path, struct arena *arena, struct violations *violations,
                                  struct update_mask *ret_mask);

/*
 * Gives the target the source's fields, both of the mask's type. False when the arena is exhausted; the target is spoilt
 * then.
 */
MUST_USE bool update_mask_apply(const struct update_mask *mask, const ProtobufCMessage *source,
                                ProtobufCMessage *target, struct arena *arena);

#endif

/*
 * The files of a FileDescriptorSet, found by name, by what they declare, and by extension: what server reflection is asked.
 *
 * Flow     create from the set's bytes, find, destroy.
 * Memory   Files and names belong to the index. The set's bytes are not kept.
 * Limits   Finding takes time logarithmic in the number of names.
 * Threads  Const after create.
 * Errors   INVALID_ARGUMENT at create: no FileDescriptorSet, or an import is missing, or comes behind the file that imports it
 *          (protoc writes imports first).
 * Source   google/protobuf/descriptor.proto
 */
#ifndef SERVICE_SERVER_DESCRIPTOR_INDEX_H
#define SERVICE_SERVER_DESCRIPTOR_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/view.h"

struct descriptor_index;

struct descriptor_file {
    const char *name;                           /* as it is imported */
    struct view bytes;                          /* the encoded FileDescriptorProto */
    const struct descriptor_file *const *files; /* this one, then all that it imports, directly or not */
    size_t file_count;
};

MUST_USE bool descriptor_index_create(struct view set, struct descriptor_index **ret_index, struct status *st);

/* NULL is fine. */
void descriptor_index_destroy(struct descriptor_index *index);

/* The file of this name; NULL when there is none. */
const struct descriptor_file *descriptor_index_file(const struct descriptor_index *index, struct view name);

/*
 * The file that declares this full name, without a leading dot: of a message, field, oneof, enum, enum value, extension,
 * service or method. NULL when there is none.
 */
const struct descriptor_file *descriptor_index_symbol(const struct descriptor_index *index, struct view name);

/* The full name of the service at `index`, in the order of the set; NULL behind the last. */
const char *descriptor_index_service(const struct descriptor_index *index, size_t at);

/* An extension of a message. */
struct descriptor_extension {
    const char *extendee; /* full name, without a leading dot */
    int32_t number;
    const struct descriptor_file *file;
};

/* The extensions of a message, in ascending order of numbers; the count is *ret_count, 0 when it has none. */
const struct descriptor_extension *descriptor_index_extensions(const struct descriptor_index *index,
                                                               struct view extendee, size_t *ret_count);

#endif

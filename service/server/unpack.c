/*
 * protobuf-c gives one answer, NULL, to bad bytes and to memory that ran out. The first was excluded before, and the
 * allocator remembers the second.
 */
#include "service/server/unpack.h"

#include <stdint.h>

#include "service/server/wire_check.h"

struct arena_allocator {
    ProtobufCAllocator base; /* first: what protobuf-c passes around */
    struct arena *arena;
    bool exhausted;
};

static void *allocate(void *data, size_t bytes)
{
    struct arena_allocator *allocator = data;
    void *memory = arena_alloc(allocator->arena, bytes);
    if (!memory)
        allocator->exhausted = true;
    return memory;
}

static void release(void *data, void *memory)
{
    (void)data;
    (void)memory; /* with the arena */
}

bool unpack(const ProtobufCMessageDescriptor *type, struct view bytes, struct arena *arena,
            ProtobufCMessage **ret_message, struct status *st)
{
    if (!wire_check(type, bytes, st))
        return false;
    struct arena_allocator allocator = {.base = {.alloc = allocate, .free = release}, .arena = arena};
    allocator.base.allocator_data = &allocator;
    ProtobufCMessage *message =
        protobuf_c_message_unpack(type, &allocator.base, bytes.len, (const uint8_t *)bytes.data);
    if (message) {
        *ret_message = message;
        return true;
    }
    if (allocator.exhausted)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "%s: the request takes more than %zu bytes of memory",
                           type->name, arena->bytes_max);
    return status_fail(st, STATUS_INVALID_ARGUMENT, "%s: a required field is missing", type->name);
}

#include "codec/schema/nesting.h"

#include "codec/wire/wire.h"

/* FileDescriptorSet.file, FileDescriptorProto.message_type, DescriptorProto.nested_type. */
#define FIELD_FILE         1
#define FIELD_MESSAGE_TYPE 4
#define FIELD_NESTED_TYPE  3

/* Groups appear nowhere in descriptors; a few are skipped all the same, as unknown fields. */
#define GROUP_DEPTH_MAX 8

/* Walks the fields of one message and descends into those of this number. depth counts from the set down. */
static bool is_bounded(struct view message, unsigned depth)
{
    if (depth > NESTED_TYPES_MAX + 2)
        return false;
    uint32_t descend = depth == 0 ? FIELD_FILE : depth == 1 ? FIELD_MESSAGE_TYPE : FIELD_NESTED_TYPE;
    const char *end = message.data + message.len;
    for (const char *in = message.data; in != end;) {
        struct wire_field field;
        in = wire_read_field(in, end, GROUP_DEPTH_MAX, &field);
        if (!in)
            return false;
        struct view content = view_make(field.begin, (size_t)(field.end - field.begin));
        if (field.number == descend && field.type == WIRE_LENGTH && !is_bounded(content, depth + 1))
            return false;
    }
    return true;
}

bool nesting_is_bounded(struct view descriptor_set)
{
    return is_bounded(descriptor_set, 0);
}

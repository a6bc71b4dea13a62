#include "gateway/schema/nesting.h"

#include "gateway/wire/wire.h"

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
        uint32_t number;
        unsigned type;
        in = wire_read_tag(in, end, &number, &type);
        if (!in)
            return false;
        const char *content = in;
        in = wire_skip(in, end, number, type, GROUP_DEPTH_MAX);
        if (!in)
            return false;
        if (number == descend && type == WIRE_LENGTH) {
            size_t len;
            content = wire_read_length(content, end, &len);
            if (!is_bounded(view_make(content, len), depth + 1))
                return false;
        }
    }
    return true;
}

bool nesting_is_bounded(struct view descriptor_set)
{
    return is_bounded(descriptor_set, 0);
}

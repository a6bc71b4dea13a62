/* One enum: its values as declared, and the tables to find a value by name and number. */
#include <stdlib.h>
#include <string.h>

#include "codec/schema/builder.h"

static int compare_numbers(const void *left, const void *right)
{
    const struct schema_enum_value *a = *(const struct schema_enum_value *const *)left;
    const struct schema_enum_value *b = *(const struct schema_enum_value *const *)right;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a < b ? -1 : a > b; /* of aliases, the one declared first */
}

static bool index_by_number(struct builder *builder, struct schema_enum *enumeration)
{
    const struct schema_enum_value **by_number =
        arena_calloc(builder->arena, enumeration->value_count, sizeof(*by_number));
    if (!by_number)
        return builder_out_of_memory(builder);
    for (size_t i = 0; i < enumeration->value_count; i++)
        by_number[i] = &enumeration->values[i];
    qsort(by_number, enumeration->value_count, sizeof(*by_number), compare_numbers);
    size_t count = 0;
    for (size_t i = 0; i < enumeration->value_count; i++)
        if (count == 0 || by_number[count - 1]->number != by_number[i]->number)
            by_number[count++] = by_number[i];
    enumeration->by_number = by_number;
    enumeration->number_count = count;
    return true;
}

static bool index_by_name(struct builder *builder, const struct pending_enum *pending,
                          const struct schema_enum_value **slots)
{
    struct schema_enum *enumeration = pending->enumeration;
    for (size_t i = 0; i < enumeration->value_count; i++) {
        uint32_t at = schema_hash(enumeration->values[i].name);
        for (; slots[at & enumeration->name_slot_mask]; at++)
            if (view_equal(slots[at & enumeration->name_slot_mask]->name, enumeration->values[i].name))
                return builder_fail(builder, pending->file, enumeration->full_name, "two values of the name %s",
                                    enumeration->values[i].name.data);
        slots[at & enumeration->name_slot_mask] = &enumeration->values[i];
    }
    enumeration->name_slots = slots;
    return true;
}

bool builder_fill_enum(struct builder *builder, const struct pending_enum *pending)
{
    struct schema_enum *enumeration = pending->enumeration;
    const Google__Protobuf__EnumDescriptorProto *descriptor = pending->descriptor;
    size_t count = descriptor->n_value;
    if (count == 0)
        return builder_fail(builder, pending->file, enumeration->full_name, "an enum needs at least one value");
    uint32_t slot_count = 4;
    while (slot_count < count * 2)
        slot_count *= 2;
    struct schema_enum_value *values = arena_calloc(builder->arena, count, sizeof(*values));
    const struct schema_enum_value **slots = arena_calloc(builder->arena, slot_count, sizeof(*slots));
    if (!values || !slots)
        return builder_out_of_memory(builder);
    for (size_t i = 0; i < count; i++) {
        if (!builder_check_name(builder, pending->file, enumeration->full_name, "a value", descriptor->value[i]->name))
            return false;
        char *name = arena_copy(builder->arena, view_of(descriptor->value[i]->name));
        if (!name)
            return builder_out_of_memory(builder);
        values[i] = (struct schema_enum_value){view_of(name), descriptor->value[i]->number};
    }
    enumeration->values = values;
    enumeration->value_count = count;
    enumeration->name_slot_mask = slot_count - 1;
    enumeration->closed = !pending->file->syntax || strcmp(pending->file->syntax, "proto2") == 0;
    enumeration->null_value = view_equal_text(enumeration->full_name, "google.protobuf.NullValue");
    return index_by_name(builder, pending, slots) && index_by_number(builder, enumeration);
}

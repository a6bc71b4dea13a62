/* The lookups of schema.h: hash slots by name, direct index by number, binary search where numbers are scattered. */
#include "codec/schema/builder.h"
#include "codec/schema/schema.h"

const struct schema_method *schema_methods(const struct schema *schema, size_t *ret_count)
{
    *ret_count = schema->method_count;
    return schema->methods;
}

const struct schema_message *schema_find_message(const struct schema *schema, struct view full_name)
{
    const struct schema_message *message = names_find(&schema->names, full_name, NAME_MESSAGE);
    return message && !message->conflict ? message : NULL;
}

const struct schema_message *schema_find_type(const struct schema *schema, struct view type_url)
{
    const char *slash = type_url.len ? memrchr(type_url.data, '/', type_url.len) : NULL;
    if (!slash || !schema)
        return NULL;
    return schema_find_message(schema, view_make(slash + 1, (size_t)(type_url.data + type_url.len - slash) - 1));
}

const struct schema_enum *schema_find_enum(const struct schema *schema, struct view full_name)
{
    return names_find(&schema->names, full_name, NAME_ENUM);
}

const struct schema_field *schema_find_field(const struct schema_message *message, struct view name)
{
    for (uint32_t at = schema_hash(name);; at++) {
        const struct schema_name_slot *slot = &message->name_slots[at & message->name_slot_mask];
        if (!slot->field || view_equal(slot->name, name))
            return slot->field;
    }
}

const struct schema_field *schema_search_field(const struct schema_message *message, uint32_t number)
{
    size_t low = 0, high = message->field_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (message->fields[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < message->field_count && message->fields[low].number == number ? &message->fields[low] : NULL;
}

const struct schema_enum_value *schema_find_enum_name(const struct schema_enum *enumeration, struct view name)
{
    for (uint32_t at = schema_hash(name);; at++) {
        const struct schema_enum_value *value = enumeration->name_slots[at & enumeration->name_slot_mask];
        if (!value || view_equal(value->name, name))
            return value;
    }
}

const struct schema_enum_value *schema_find_enum_number(const struct schema_enum *enumeration, int32_t number)
{
    size_t low = 0, high = enumeration->number_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (enumeration->by_number[middle]->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < enumeration->number_count && enumeration->by_number[low]->number == number
               ? enumeration->by_number[low]
               : NULL;
}

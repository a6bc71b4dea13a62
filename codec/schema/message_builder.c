/* One message: its fields in order, the tables to find a field by name and number, and whether it is a map entry or well-known. */
#include <stdlib.h>
#include <string.h>

#include "codec/schema/builder.h"

/* A direct index costs 8 bytes a number; beyond this spread the binary search serves. */
#define NUMBERS_PER_FIELD_MAX 8
#define FIELDS_MAX            65535

static const struct {
    const char *full_name;
    enum schema_well_known well_known;
} well_known_names[] = {
    {"google.protobuf.Any", SCHEMA_ANY},
    {"google.protobuf.Timestamp", SCHEMA_TIMESTAMP},
    {"google.protobuf.Duration", SCHEMA_DURATION},
    {"google.protobuf.FieldMask", SCHEMA_FIELD_MASK},
    {"google.protobuf.Struct", SCHEMA_STRUCT},
    {"google.protobuf.Value", SCHEMA_VALUE},
    {"google.protobuf.ListValue", SCHEMA_LIST_VALUE},
    {"google.protobuf.DoubleValue", SCHEMA_WRAPPER},
    {"google.protobuf.FloatValue", SCHEMA_WRAPPER},
    {"google.protobuf.Int64Value", SCHEMA_WRAPPER},
    {"google.protobuf.UInt64Value", SCHEMA_WRAPPER},
    {"google.protobuf.Int32Value", SCHEMA_WRAPPER},
    {"google.protobuf.UInt32Value", SCHEMA_WRAPPER},
    {"google.protobuf.BoolValue", SCHEMA_WRAPPER},
    {"google.protobuf.StringValue", SCHEMA_WRAPPER},
    {"google.protobuf.BytesValue", SCHEMA_WRAPPER},
};

static enum schema_well_known find_well_known(struct view full_name)
{
    for (size_t i = 0; i < sizeof(well_known_names) / sizeof(well_known_names[0]); i++)
        if (view_equal_text(full_name, well_known_names[i].full_name))
            return well_known_names[i].well_known;
    return SCHEMA_ORDINARY;
}

static int compare_numbers(const void *left, const void *right)
{
    uint32_t a = ((const struct schema_field *)left)->number, b = ((const struct schema_field *)right)->number;
    return a < b ? -1 : a > b;
}

static bool are_in_order(const struct schema_field *fields, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (fields[i].number < fields[i - 1].number)
            return false;
    return true;
}

static bool index_by_number(struct builder *builder, const struct pending_message *pending, struct schema_field *fields,
                            size_t count)
{
    struct schema_message *message = pending->message;
    if (!are_in_order(fields, count)) /* as they mostly are */
        qsort(fields, count, sizeof(*fields), compare_numbers);
    for (size_t i = 0; i < count; i++) {
        fields[i].index = (uint16_t)i;
        if (i > 0 && fields[i].number == fields[i - 1].number)
            return builder_fail(builder, pending->file, message->full_name, "fields %s and %s have the same number",
                                fields[i - 1].name.data, fields[i].name.data);
    }
    uint64_t span = count ? (uint64_t)fields[count - 1].number + 1 : 0;
    if (span > (count + 2) * NUMBERS_PER_FIELD_MAX)
        span = 0;
    const struct schema_field **by_number = arena_calloc(builder->arena, (size_t)span, sizeof(*by_number));
    uint64_t *default_mask = arena_calloc(builder->arena, (count + 63) / 64, sizeof(*default_mask));
    if (!by_number || !default_mask)
        return builder_out_of_memory(builder);
    for (size_t i = 0; i < count; i++) {
        if (span)
            by_number[fields[i].number] = &fields[i];
        if (!fields[i].has_presence)
            default_mask[i / 64] |= (uint64_t)1 << (i % 64);
    }
    message->by_number = by_number;
    message->by_number_count = (uint32_t)span;
    message->default_mask = default_mask;
    return true;
}

/* The slot of this name, or the free one where it would be. */
static struct schema_name_slot *find_slot(struct schema_name_slot *slots, uint32_t mask, struct view name)
{
    for (uint32_t at = schema_hash(name);; at++)
        if (!slots[at & mask].field || view_equal(slots[at & mask].name, name))
            return &slots[at & mask];
}

/* Whether it matters is known when all messages are. */
static void note_conflict(struct builder *builder, struct pending_message *pending, const struct schema_field *first,
                          const struct schema_field *second)
{
    pending->message->conflict = pending->message;
    pending->conflict[0] = first;
    pending->conflict[1] = second;
    builder->conflict_count++;
}

/* JSON names first: a name that is one field's JSON name and another one's own stands for the former, as printed JSON has it. */
static bool index_by_name(struct builder *builder, struct pending_message *pending)
{
    struct schema_message *message = pending->message;
    uint32_t slot_count = 4;
    while (slot_count < (uint32_t)message->field_count * 4)
        slot_count *= 2;
    struct schema_name_slot *slots = arena_calloc(builder->arena, slot_count, sizeof(*slots));
    if (!slots)
        return builder_out_of_memory(builder);
    message->name_slot_mask = slot_count - 1;
    message->name_slots = slots;
    for (size_t i = 0; i < message->field_count; i++) {
        const struct schema_field *field = &message->fields[i];
        struct schema_name_slot *slot = find_slot(slots, slot_count - 1, field->json_name);
        if (!slot->field)
            *slot = (struct schema_name_slot){field->json_name, field};
        else if (!message->conflict)
            note_conflict(builder, pending, slot->field, field);
    }
    for (size_t i = 0; i < message->field_count; i++) {
        const struct schema_field *field = &message->fields[i];
        struct schema_name_slot *slot = find_slot(slots, slot_count - 1, field->name);
        if (!slot->field)
            *slot = (struct schema_name_slot){field->name, field};
        else if (slot->field != field && view_equal(slot->field->name, field->name))
            return builder_fail(builder, pending->file, message->full_name,
                                "fields %s and %s have the same name \"%s\"", slot->field->name.data, field->name.data,
                                field->name.data);
    }
    return true;
}

/* Maps are repeated messages whose type is marked as an entry; a broken set could mark anything. */
static bool mark_maps(struct builder *builder, const struct pending_message *pending, struct schema_field *fields)
{
    for (size_t i = 0; i < pending->message->field_count; i++) {
        struct schema_field *field = &fields[i];
        field->map = field->type == SCHEMA_MESSAGE && field->repeated && field->message->map_entry;
        if (field->type == SCHEMA_MESSAGE && !field->repeated && field->message->map_entry)
            return builder_fail(builder, pending->file, pending->message->full_name,
                                "field %s: a map entry outside of a map", field->name.data);
    }
    if (!pending->message->map_entry)
        return true;
    bool sound = pending->message->field_count == 2 && fields[0].number == 1 && fields[1].number == 2 &&
                 !fields[0].repeated && !fields[1].repeated && fields[0].type != SCHEMA_DOUBLE &&
                 fields[0].type != SCHEMA_FLOAT && fields[0].type != SCHEMA_BYTES && fields[0].type != SCHEMA_ENUM &&
                 fields[0].type != SCHEMA_MESSAGE && fields[0].type != SCHEMA_GROUP && fields[1].type != SCHEMA_GROUP;
    return sound || builder_fail(builder, pending->file, pending->message->full_name,
                                 "a map entry needs a key (an integer, bool or string) as field 1, a value as field 2");
}

/* These messages are read by field number; a set with other contents under their names is refused. */
static bool check_well_known(struct builder *builder, const struct pending_message *pending)
{
    static const struct {
        uint8_t types[6]; /* of the fields 1, 2, …; 0: no more */
        bool repeated;
    } contents[] = {
        [SCHEMA_ANY] = {{SCHEMA_STRING, SCHEMA_BYTES}, false},
        [SCHEMA_TIMESTAMP] = {{SCHEMA_INT64, SCHEMA_INT32}, false},
        [SCHEMA_DURATION] = {{SCHEMA_INT64, SCHEMA_INT32}, false},
        [SCHEMA_FIELD_MASK] = {{SCHEMA_STRING}, true},
        [SCHEMA_STRUCT] = {{SCHEMA_MESSAGE}, true},
        [SCHEMA_VALUE] = {{SCHEMA_ENUM, SCHEMA_DOUBLE, SCHEMA_STRING, SCHEMA_BOOL, SCHEMA_MESSAGE, SCHEMA_MESSAGE},
                          false},
        [SCHEMA_LIST_VALUE] = {{SCHEMA_MESSAGE}, true},
    };
    const struct schema_message *message = pending->message;
    const struct schema_field *fields = message->fields;
    size_t count = message->field_count;
    bool sound = true;
    if (message->well_known == SCHEMA_WRAPPER) {
        sound =
            count == 1 && fields[0].number == 1 && !fields[0].repeated && !fields[0].message && !fields[0].enumeration;
    } else if (message->well_known != SCHEMA_ORDINARY) {
        const uint8_t *types = contents[message->well_known].types;
        for (size_t i = 0; i < count && sound; i++)
            sound = i < sizeof(contents[0].types) && fields[i].number == i + 1 && fields[i].type == types[i] &&
                    fields[i].repeated == contents[message->well_known].repeated;
        sound = sound && (count == sizeof(contents[0].types) || types[count] == 0);
        sound = sound && (message->well_known != SCHEMA_STRUCT || (count == 1 && fields[0].map));
    }
    return sound || builder_fail(builder, pending->file, message->full_name,
                                 "not the fields that the well-known type of this name has");
}

/* None for a MessageSet, whose extensions stand on the wire as groups of a kind of their own: they are skipped as unknown. */
static const struct pending_extension *find_extensions(const struct builder *builder,
                                                       const struct pending_message *pending)
{
    const Google__Protobuf__MessageOptions *options = pending->descriptor->options;
    if (options && options->message_set_wire_format)
        return NULL;
    return names_find(&builder->extensions, pending->message->full_name, NAME_EXTENSION);
}

bool builder_fill_message(struct builder *builder, struct pending_message *pending)
{
    struct schema_message *message = pending->message;
    const Google__Protobuf__DescriptorProto *descriptor = pending->descriptor;
    const struct pending_extension *extensions = find_extensions(builder, pending);
    size_t count = descriptor->n_field;
    for (const struct pending_extension *extension = extensions; extension; extension = extension->next)
        count++;
    if (count > FIELDS_MAX)
        return builder_fail(builder, pending->file, message->full_name, "more than %d fields", FIELDS_MAX);
    if (descriptor->n_oneof_decl > descriptor->n_field)
        return builder_fail(builder, pending->file, message->full_name, "more oneofs than fields");
    struct schema_field *fields = arena_calloc(builder->arena, count, sizeof(*fields));
    if (!fields)
        return builder_out_of_memory(builder);
    struct schema_field *field = fields;
    for (size_t i = 0; i < descriptor->n_field; i++)
        if (!builder_fill_field(builder, pending, descriptor->field[i], field++))
            return false;
    for (const struct pending_extension *extension = extensions; extension; extension = extension->next)
        if (!builder_fill_extension(builder, pending, extension, field++))
            return false;
    message->fields = fields;
    message->field_count = (uint16_t)count;
    for (size_t i = 0; i < count; i++)
        if (fields[i].oneof > message->oneof_count)
            message->oneof_count = fields[i].oneof;
    message->well_known = find_well_known(message->full_name);
    return index_by_number(builder, pending, fields, count) && index_by_name(builder, pending) &&
           mark_maps(builder, pending, fields) && check_well_known(builder, pending);
}

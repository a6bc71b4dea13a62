/*
 * One field: its type resolved, its tag and its keys made ready for printing. Extensions are fields like any other, named as ProtoJSON
 * names them: "[package.name]".
 */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "codec/schema/builder.h"
#include "codec/wire/wire.h"

typedef Google__Protobuf__FieldDescriptorProto field_descriptor;

static const uint8_t wire_types[] = {
    [SCHEMA_DOUBLE] = WIRE_FIXED64,    [SCHEMA_FLOAT] = WIRE_FIXED32,  [SCHEMA_INT64] = WIRE_VARINT,
    [SCHEMA_UINT64] = WIRE_VARINT,     [SCHEMA_INT32] = WIRE_VARINT,   [SCHEMA_FIXED64] = WIRE_FIXED64,
    [SCHEMA_FIXED32] = WIRE_FIXED32,   [SCHEMA_BOOL] = WIRE_VARINT,    [SCHEMA_STRING] = WIRE_LENGTH,
    [SCHEMA_GROUP] = WIRE_START_GROUP, [SCHEMA_MESSAGE] = WIRE_LENGTH, [SCHEMA_BYTES] = WIRE_LENGTH,
    [SCHEMA_UINT32] = WIRE_VARINT,     [SCHEMA_ENUM] = WIRE_VARINT,    [SCHEMA_SFIXED32] = WIRE_FIXED32,
    [SCHEMA_SFIXED64] = WIRE_FIXED64,  [SCHEMA_SINT32] = WIRE_VARINT,  [SCHEMA_SINT64] = WIRE_VARINT,
};

/* Bytes that the text takes in JSON, with what JSON wants escaped. */
static size_t escaped_len(struct view text)
{
    size_t len = text.len;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        len += byte < 0x20 ? 5 : byte == '"' || byte == '\\';
    }
    return len;
}

static char *write_escaped(char *out, struct view text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < 0x20)
            out += sprintf(out, "\\u%04x", byte);
        else if (byte == '"' || byte == '\\')
            out += sprintf(out, "\\%c", byte);
        else
            *out++ = (char)byte;
    }
    return out;
}

/* ,"name": and SCHEMA_KEY_SLACK_BYTES behind it. */
static bool make_key(struct builder *builder, struct view name, struct view *ret_key)
{
    size_t len = escaped_len(name) + 4;
    char *key = arena_calloc(builder->arena, len + SCHEMA_KEY_SLACK_BYTES, 1);
    if (!key)
        return builder_out_of_memory(builder);
    key[0] = ',';
    key[1] = '"';
    char *end = write_escaped(key + 2, name);
    end[0] = '"';
    end[1] = ':';
    *ret_key = view_make(key, len);
    return true;
}

/* lowerCamelCase as protoc makes it: an underscore is dropped and the letter behind it is upper case. */
static char *make_json_name(struct builder *builder, const char *name)
{
    char *json_name = arena_copy(builder->arena, view_of(name));
    if (!json_name)
        return NULL;
    char *out = json_name;
    bool upper = false;
    for (const char *in = name; *in; in++) {
        if (*in == '_') {
            upper = true;
            continue;
        }
        *out++ = upper && *in >= 'a' && *in <= 'z' ? (char)(*in - 'a' + 'A') : *in;
        upper = false;
    }
    *out = '\0';
    return json_name;
}

/* Both names are in the arena, or NULL when it is exhausted. */
static bool set_names(struct builder *builder, const char *name, const char *json_name, struct schema_field *field)
{
    if (!name || !json_name)
        return builder_out_of_memory(builder);
    field->name = view_of(name);
    field->json_name = view_of(json_name);
    if (!make_key(builder, field->json_name, &field->json_key))
        return false;
    field->proto_key = field->json_key;
    return view_equal(field->name, field->json_name) || make_key(builder, field->name, &field->proto_key);
}

static bool resolve_type(struct builder *builder, const struct pending_message *pending,
                         const field_descriptor *descriptor, struct schema_field *field)
{
    const char *type_name = descriptor->type_name ? descriptor->type_name : "";
    if (field->type == SCHEMA_MESSAGE || field->type == SCHEMA_GROUP) {
        field->message = builder_find_message(builder, type_name);
        if (!field->message)
            return builder_fail(builder, pending->file, pending->message->full_name,
                                "field %s: no message \"%s\" in the set", descriptor->name, type_name);
    } else if (field->type == SCHEMA_ENUM) {
        field->enumeration = builder_find_enum(builder, type_name);
        if (!field->enumeration)
            return builder_fail(builder, pending->file, pending->message->full_name,
                                "field %s: no enum \"%s\" in the set", descriptor->name, type_name);
    }
    return true;
}

static bool is_packable(const struct schema_field *field)
{
    return field->repeated && field->wire_type != WIRE_LENGTH && field->wire_type != WIRE_START_GROUP;
}

static void fill_properties(const field_descriptor *descriptor, bool proto3, bool map_entry, struct schema_field *field)
{
    bool optional = descriptor->has_proto3_optional && descriptor->proto3_optional;
    bool in_oneof = descriptor->has_oneof_index && !optional;
    field->number = (uint32_t)descriptor->number;
    field->type = (uint8_t)descriptor->type;
    field->wire_type = wire_types[field->type];
    field->repeated = descriptor->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED;
    field->required = descriptor->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REQUIRED;
    field->oneof = in_oneof ? (uint16_t)(descriptor->oneof_index + 1) : 0;
    field->has_presence =
        !field->repeated && (!proto3 || optional || in_oneof || map_entry || field->type == SCHEMA_MESSAGE);
    if (is_packable(field))
        field->packed = descriptor->options && descriptor->options->has_packed ? descriptor->options->packed : proto3;
    uint32_t tag = WIRE_TAG(field->number, field->packed ? WIRE_LENGTH : field->wire_type);
    field->tag_len = (uint8_t)(wire_write_varint((char *)field->tag, tag) - (char *)field->tag);
}

/* All but the names. */
static bool fill_content(struct builder *builder, const struct pending_message *pending,
                         const field_descriptor *descriptor, struct schema_field *field)
{
    const Google__Protobuf__FileDescriptorProto *file = pending->file;
    struct view owner = pending->message->full_name;
    if (!builder_check_name(builder, file, owner, "a field", descriptor->name))
        return false;
    if (descriptor->json_name && utf8_valid_len(view_of(descriptor->json_name)) != strlen(descriptor->json_name))
        return builder_fail(builder, file, owner, "field %s: expected a json_name of UTF-8", descriptor->name);
    if (!descriptor->has_type || (int)descriptor->type < SCHEMA_DOUBLE || (int)descriptor->type > SCHEMA_SINT64)
        return builder_fail(builder, file, owner, "field %s: unknown type", descriptor->name);
    if (descriptor->number < 1 || (uint32_t)descriptor->number > WIRE_FIELD_NUMBER_MAX)
        return builder_fail(builder, file, owner, "field %s: number %d is not between 1 and %u", descriptor->name,
                            descriptor->number, WIRE_FIELD_NUMBER_MAX);
    if (descriptor->has_oneof_index &&
        (descriptor->oneof_index < 0 || (size_t)descriptor->oneof_index >= pending->descriptor->n_oneof_decl))
        return builder_fail(builder, file, owner, "field %s: no such oneof", descriptor->name);
    if (descriptor->has_oneof_index &&
        descriptor->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED)
        return builder_fail(builder, file, owner, "field %s: repeated, in a oneof", descriptor->name);
    bool proto3 = file->syntax && strcmp(file->syntax, "proto3") == 0;
    fill_properties(descriptor, proto3, pending->message->map_entry, field);
    return resolve_type(builder, pending, descriptor, field);
}

bool builder_fill_field(struct builder *builder, const struct pending_message *pending,
                        const field_descriptor *descriptor, struct schema_field *field)
{
    if (!fill_content(builder, pending, descriptor, field))
        return false;
    char *name = arena_copy(builder->arena, view_of(descriptor->name));
    char *json_name = descriptor->json_name ? arena_copy(builder->arena, view_of(descriptor->json_name))
                                            : make_json_name(builder, descriptor->name);
    return set_names(builder, name, json_name, field);
}

bool builder_fill_extension(struct builder *builder, const struct pending_message *pending,
                            const struct pending_extension *extension, struct schema_field *field)
{
    struct pending_message declared = {pending->message, pending->descriptor, extension->file, {NULL}};
    if (!fill_content(builder, &declared, extension->descriptor, field))
        return false;
    const char *scope = extension->scope ? extension->scope : "";
    const char *name = arena_printf(builder->arena, "[%s%s%s]", scope, *scope ? "." : "", extension->descriptor->name);
    field->has_presence = true;
    return set_names(builder, name, name, field);
}

bool builder_register_extensions(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file,
                                 const char *scope, field_descriptor *const *extensions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct schema_message *message = builder_find_message(builder, extensions[i]->extendee);
        if (!message)
            return builder_fail(builder, file, view_of(scope ? scope : ""), "extend: no message \"%s\" in the set",
                                extensions[i]->extendee ? extensions[i]->extendee : "");
        struct pending_extension *extension = arena_calloc(builder->scratch, 1, sizeof(*extension));
        if (!extension)
            return builder_out_of_memory(builder);
        *extension = (struct pending_extension){extensions[i], file, scope, NULL};
        struct pending_extension *first = names_find(&builder->extensions, message->full_name, NAME_EXTENSION);
        if (first) {
            extension->next = first->next;
            first->next = extension;
        } else {
            names_add(&builder->extensions, message->full_name, NAME_EXTENSION, extension);
        }
    }
    return true;
}

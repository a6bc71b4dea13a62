/*
 * Works on protobuf-c's structs by their descriptors, so it knows no message by name. A member lies at the field's
 * offset; its quantifier is the count of a repeated one, or which member of a oneof is set (as proto3 `optional` is
 * made here).
 */
#include "service/handler/update_mask.h"

/* ---- Resolving ---- */

static bool can_be_entered(const ProtobufCFieldDescriptor *field)
{
    if (field->type != PROTOBUF_C_TYPE_MESSAGE || field->label == PROTOBUF_C_LABEL_REPEATED)
        return false;
    const ProtobufCMessageDescriptor *type = field->descriptor;
    return strcmp(type->package_name, "google.protobuf") != 0;
}

/* Whether two names are the same but for underscores. */
static bool names_alike(const char *a, const char *b)
{
    for (;; a++, b++) {
        a += strspn(a, "_");
        b += strspn(b, "_");
        if (*a != *b)
            return false;
        if (!*a)
            return true;
    }
}

/*
 * The JSON form of a mask is made into names by rule: an underscore before each capital. So documentationURL, which has
 * a json_name of its own, comes as documentation_u_r_l.
 */
static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *type, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(type, name);
    for (unsigned i = 0; !field && i < type->n_fields; i++)
        if (names_alike(type->fields[i].name, name))
            field = &type->fields[i];
    return field;
}

/* Adds what is wrong with a path, or its fields to the mask. Cuts `text` into its names. */
static void resolve_path(char *text, const char *whole, const ProtobufCMessageDescriptor *type,
                         const struct field_path *path, struct violations *violations, struct update_mask *mask)
{
    struct update_mask_path found = {.len = 0};
    while (text) {
        char *name = strsep(&text, ".");
        const ProtobufCFieldDescriptor *last = found.len ? found.fields[found.len - 1] : NULL;
        if (last && (!can_be_entered(last) || found.len == UPDATE_MASK_DEPTH_MAX)) {
            violations_add(violations, path, "\"%s\": %s can only be changed as a whole", whole, last->name);
            return;
        }
        const ProtobufCFieldDescriptor *field = find_field(type, name);
        if (!field) {
            violations_add(violations, path, "\"%s\": %s has no field \"%s\"", whole, type->short_name, name);
            return;
        }
        found.fields[found.len++] = field;
        type = field->descriptor; /* no message's when the field is none: then it is not entered */
    }
    mask->paths[mask->path_count++] = found;
}

bool update_mask_resolve(const Google__Protobuf__FieldMask *mask, const ProtobufCMessageDescriptor *type,
                         const struct field_path *path, struct arena *arena, struct violations *violations,
                         struct update_mask *ret_mask)
{
    *ret_mask = (struct update_mask){.everything = !mask || (mask->n_paths == 1 && strcmp(mask->paths[0], "*") == 0)};
    if (ret_mask->everything)
        return true;
    if (mask->n_paths > UPDATE_MASK_PATHS_MAX) {
        violations_add(violations, path, "expected at most %d paths, got %zu", UPDATE_MASK_PATHS_MAX, mask->n_paths);
        return true;
    }
    ret_mask->paths = arena_calloc(arena, mask->n_paths, sizeof(*ret_mask->paths));
    if (!ret_mask->paths)
        return false;
    for (size_t i = 0; i < mask->n_paths; i++) {
        char *text = arena_copy(arena, view_of(mask->paths[i]));
        if (!text)
            return false;
        if (strcmp(text, "*") == 0)
            violations_add(violations, path, "\"*\": expected no other path beside it");
        else
            resolve_path(text, mask->paths[i], type, path, violations, ret_mask);
    }
    return true;
}

/* ---- Applying ---- */

static size_t value_bytes(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE: return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_BOOL: return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING: return sizeof(char *);
    case PROTOBUF_C_TYPE_BYTES: return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_MESSAGE: return sizeof(ProtobufCMessage *);
    default: return sizeof(uint32_t); /* the 32-bit numbers, enums */
    }
}

static bool is_in_oneof(const ProtobufCFieldDescriptor *field)
{
    return field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
}

/* Of a oneof's member, which one is set: its number. */
static uint32_t *oneof_case(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (uint32_t *)((char *)message + field->quantifier_offset);
}

static void copy_member(const ProtobufCMessage *source, ProtobufCMessage *target, const ProtobufCFieldDescriptor *field)
{
    char *to = (char *)target + field->offset;
    const char *from = (const char *)source + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        memcpy((char *)target + field->quantifier_offset, (const char *)source + field->quantifier_offset,
               sizeof(size_t));
        memcpy(to, from, sizeof(void *));
    } else if (!is_in_oneof(field)) {
        memcpy(to, from, value_bytes(field->type));
    } else if (*oneof_case(source, field) == field->id) {
        memcpy(to, from, value_bytes(field->type));
        *oneof_case(target, field) = field->id;
    } else if (*oneof_case(target, field) == field->id) {
        *oneof_case(target, field) = 0;
    }
}

/* The message in a singular field, or NULL. */
static ProtobufCMessage *find_inner(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    if (is_in_oneof(field) && *oneof_case(message, field) != field->id)
        return NULL;
    return *(ProtobufCMessage *const *)((const char *)message + field->offset);
}

static ProtobufCMessage *make_empty(const ProtobufCFieldDescriptor *field, struct arena *arena)
{
    const ProtobufCMessageDescriptor *type = field->descriptor;
    ProtobufCMessage *message = arena_alloc(arena, type->sizeof_message);
    if (message)
        protobuf_c_message_init(type, message);
    return message;
}

static ProtobufCMessage *add_inner(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                                   struct arena *arena)
{
    ProtobufCMessage *inner = make_empty(field, arena);
    if (!inner)
        return NULL;
    *(ProtobufCMessage **)((char *)message + field->offset) = inner;
    if (is_in_oneof(field))
        *oneof_case(message, field) = field->id;
    return inner;
}

static bool apply_path(const struct update_mask_path *path, const ProtobufCMessage *source, ProtobufCMessage *target,
                       struct arena *arena)
{
    for (size_t i = 0; i + 1 < path->len; i++) {
        const ProtobufCFieldDescriptor *field = path->fields[i];
        const ProtobufCMessage *inner_source = find_inner(source, field);
        ProtobufCMessage *inner_target = find_inner(target, field);
        if (!inner_source && !inner_target)
            return true; /* absent before and after */
        source = inner_source ? inner_source : make_empty(field, arena);
        target = inner_target ? inner_target : add_inner(target, field, arena);
        if (!source || !target)
            return false;
    }
    copy_member(source, target, path->fields[path->len - 1]);
    return true;
}

bool update_mask_apply(const struct update_mask *mask, const ProtobufCMessage *source, ProtobufCMessage *target,
                       struct arena *arena)
{
    for (size_t i = 0; i < mask->path_count; i++)
        if (!apply_path(&mask->paths[i], source, target, arena))
            return false;
    return true;
}

/*
 * Loading: unpack (protobuf-c), count, register names, fill in. Each step is linear in the set's size, and every lookup made on the
 * way is O(1).
 */
#include "codec/schema/schema.h"

#include <stdlib.h>
#include <string.h>

#include "codec/schema/builder.h"
#include "codec/schema/nesting.h"

/* Unpacked descriptors and tables take about ten times the bytes of the set. */
#define ARENA_BYTES_MAX ((size_t)1 << 30)

static void *scratch_alloc(void *arena, size_t bytes)
{
    return arena_alloc(arena, bytes);
}

static void scratch_free(void *arena, void *memory)
{
    (void)arena;
    (void)memory;
}

ProtobufCAllocator builder_allocator(struct arena *scratch)
{
    return (ProtobufCAllocator){scratch_alloc, scratch_free, scratch};
}

bool builder_out_of_memory(struct builder *builder)
{
    return status_fail(builder->st, STATUS_RESOURCE_EXHAUSTED, "descriptor set: out of memory");
}

bool builder_fail(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file, struct view element,
                  const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    status_vfail(builder->st, STATUS_INVALID_ARGUMENT, format, arguments);
    va_end(arguments);
    return status_prefix(builder->st, "%s: %.*s: ", file->name ? file->name : "(file without a name)",
                         VIEW_ARG(element));
}

static bool is_name(struct view name)
{
    bool sound = name.len && (name.data[0] < '0' || name.data[0] > '9');
    for (size_t i = 0; i < name.len && sound; i++) {
        char byte = name.data[i];
        sound =
            (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
    }
    return sound;
}

bool builder_check_name(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file, struct view scope,
                        const char *what, const char *name)
{
    if (!name || !*name)
        return builder_fail(builder, file, scope, "%s without a name", what);
    return is_name(view_of(name)) ||
           builder_fail(builder, file, scope, "%s of the name \"%s\": expected letters, digits and underscores", what,
                        name);
}

/* Names with dots between, or nothing. */
static bool check_package(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file)
{
    for (const char *in = file->package; in && *file->package;) {
        size_t len = strcspn(in, ".");
        if (!is_name(view_make(in, len)))
            return builder_fail(builder, file, view_of("package"), "expected names with dots between, found \"%s\"",
                                file->package);
        in = in[len] ? in + len + 1 : NULL;
    }
    return true;
}

struct schema_message *builder_find_message(const struct builder *builder, const char *type_name)
{
    if (!type_name || type_name[0] != '.')
        return NULL;
    return names_find(&builder->schema->names, view_of(type_name + 1), NAME_MESSAGE);
}

struct schema_enum *builder_find_enum(const struct builder *builder, const char *type_name)
{
    if (!type_name || type_name[0] != '.')
        return NULL;
    return names_find(&builder->schema->names, view_of(type_name + 1), NAME_ENUM);
}

struct counts {
    size_t messages;
    size_t enums;
    size_t services;
    size_t methods;
    size_t extensions;
};

static void count_message(const Google__Protobuf__DescriptorProto *descriptor, struct counts *counts)
{
    counts->messages++;
    counts->enums += descriptor->n_enum_type;
    counts->extensions += descriptor->n_extension;
    for (size_t i = 0; i < descriptor->n_nested_type; i++)
        count_message(descriptor->nested_type[i], counts);
}

static struct counts count_set(const Google__Protobuf__FileDescriptorSet *set)
{
    struct counts counts = {0};
    for (size_t i = 0; i < set->n_file; i++) {
        const Google__Protobuf__FileDescriptorProto *file = set->file[i];
        counts.enums += file->n_enum_type;
        counts.extensions += file->n_extension;
        for (size_t j = 0; j < file->n_message_type; j++)
            count_message(file->message_type[j], &counts);
        counts.services += file->n_service;
        for (size_t j = 0; j < file->n_service; j++)
            counts.methods += file->service[j]->n_method;
    }
    return counts;
}

/* "scope.name", or just name in the nameless package; data NULL when the arena is exhausted. */
static struct view scoped_name(struct builder *builder, const char *scope, const char *name)
{
    char *text = arena_printf(builder->arena, scope && scope[0] ? "%s.%s" : "%s%s", scope ? scope : "", name);
    return text ? view_of(text) : (struct view){0};
}

bool builder_register_name(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file, struct view name,
                           enum name_kind kind, void *element)
{
    if (names_add(&builder->schema->names, name, kind, element))
        return true;
    return builder_fail(builder, file, name, "declared twice in the set");
}

static bool register_enum(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file, const char *scope,
                          const Google__Protobuf__EnumDescriptorProto *descriptor)
{
    if (!builder_check_name(builder, file, view_of(scope ? scope : ""), "an enum", descriptor->name))
        return false;
    struct schema_enum *enumeration = arena_calloc(builder->arena, 1, sizeof(*enumeration));
    struct view name = scoped_name(builder, scope, descriptor->name);
    if (!enumeration || !name.data)
        return builder_out_of_memory(builder);
    enumeration->full_name = name;
    builder->enums[builder->enum_count++] = (struct pending_enum){enumeration, descriptor, file};
    return builder_register_name(builder, file, name, NAME_ENUM, enumeration);
}

static bool register_message(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file,
                             const char *scope, const Google__Protobuf__DescriptorProto *descriptor)
{
    if (!builder_check_name(builder, file, view_of(scope ? scope : ""), "a message", descriptor->name))
        return false;
    struct schema_message *message = arena_calloc(builder->arena, 1, sizeof(*message));
    struct view name = scoped_name(builder, scope, descriptor->name);
    if (!message || !name.data)
        return builder_out_of_memory(builder);
    message->full_name = name;
    message->index = (uint32_t)builder->message_count;
    message->map_entry = descriptor->options && descriptor->options->map_entry;
    builder->messages[builder->message_count++] = (struct pending_message){message, descriptor, file, {NULL}};
    if (!builder_register_name(builder, file, name, NAME_MESSAGE, message))
        return false;
    for (size_t i = 0; i < descriptor->n_nested_type; i++)
        if (!register_message(builder, file, name.data, descriptor->nested_type[i]))
            return false;
    for (size_t i = 0; i < descriptor->n_enum_type; i++)
        if (!register_enum(builder, file, name.data, descriptor->enum_type[i]))
            return false;
    return true;
}

static bool register_file(struct builder *builder, struct names *files, Google__Protobuf__FileDescriptorProto *file)
{
    struct view name = view_of(file->name ? file->name : "");
    if (!names_add(files, name, NAME_FILE, file))
        return status_fail(builder->st, STATUS_INVALID_ARGUMENT, "%s: this file is in the set twice", name.data);
    if (file->syntax && strcmp(file->syntax, "proto2") != 0 && strcmp(file->syntax, "proto3") != 0)
        return builder_fail(builder, file, view_of("syntax"), "expected proto2 or proto3, found \"%s\"", file->syntax);
    if (!check_package(builder, file))
        return false;
    for (size_t i = 0; i < file->n_message_type; i++)
        if (!register_message(builder, file, file->package, file->message_type[i]))
            return false;
    for (size_t i = 0; i < file->n_enum_type; i++)
        if (!register_enum(builder, file, file->package, file->enum_type[i]))
            return false;
    return true;
}

static bool check_imports(struct builder *builder, const struct names *files,
                          const Google__Protobuf__FileDescriptorProto *file)
{
    for (size_t i = 0; i < file->n_dependency; i++)
        if (!names_find(files, view_of(file->dependency[i]), NAME_FILE))
            return builder_fail(builder, file, view_of("import"),
                                "%s is not in the set; make the set with protoc --include_imports",
                                file->dependency[i]);
    return true;
}

static bool register_files(struct builder *builder, const Google__Protobuf__FileDescriptorSet *set)
{
    struct names files;
    if (!names_init(&files, set->n_file, builder->scratch))
        return builder_out_of_memory(builder);
    for (size_t i = 0; i < set->n_file; i++)
        if (!register_file(builder, &files, set->file[i]))
            return false;
    for (size_t i = 0; i < set->n_file; i++)
        if (!check_imports(builder, &files, set->file[i]))
            return false;
    return true;
}

static bool register_extensions(struct builder *builder, const Google__Protobuf__FileDescriptorSet *set)
{
    for (size_t i = 0; i < set->n_file; i++) {
        const Google__Protobuf__FileDescriptorProto *file = set->file[i];
        if (!builder_register_extensions(builder, file, file->package, file->extension, file->n_extension))
            return false;
    }
    for (size_t i = 0; i < builder->message_count; i++) {
        const struct pending_message *pending = &builder->messages[i];
        if (!builder_register_extensions(builder, pending->file, pending->message->full_name.data,
                                         pending->descriptor->extension, pending->descriptor->n_extension))
            return false;
    }
    return true;
}

static bool build(struct builder *builder, const Google__Protobuf__FileDescriptorSet *set)
{
    struct counts counts = count_set(set);
    builder->messages = arena_calloc(builder->scratch, counts.messages, sizeof(*builder->messages));
    builder->enums = arena_calloc(builder->scratch, counts.enums, sizeof(*builder->enums));
    builder->schema->methods = arena_calloc(builder->arena, counts.methods, sizeof(*builder->schema->methods));
    if (!builder->messages || !builder->enums || !builder->schema->methods ||
        !names_init(&builder->schema->names, counts.messages + counts.enums + counts.services + counts.methods,
                    builder->arena) ||
        !names_init(&builder->extensions, counts.extensions, builder->scratch))
        return builder_out_of_memory(builder);
    if (!register_files(builder, set) || !register_extensions(builder, set))
        return false;
    for (size_t i = 0; i < builder->enum_count; i++)
        if (!builder_fill_enum(builder, &builder->enums[i]))
            return false;
    for (size_t i = 0; i < builder->message_count; i++)
        if (!builder_fill_message(builder, &builder->messages[i]))
            return false;
    if (!builder_mark_conflicts(builder))
        return false;
    for (size_t i = 0; i < set->n_file; i++)
        if (!builder_add_services(builder, set->file[i]))
            return false;
    return true;
}

static bool load(struct schema *schema, struct arena *scratch, struct view bytes, struct status *st)
{
    if (!nesting_is_bounded(bytes))
        return status_fail(st, STATUS_INVALID_ARGUMENT,
                           "expected an encoded google.protobuf.FileDescriptorSet with types nested at most %d deep",
                           NESTED_TYPES_MAX);
    ProtobufCAllocator allocator = builder_allocator(scratch);
    const Google__Protobuf__FileDescriptorSet *set = google__protobuf__file_descriptor_set__unpack(
        &allocator, bytes.len, (const uint8_t *)(bytes.data ? bytes.data : ""));
    if (!set)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "expected an encoded google.protobuf.FileDescriptorSet");
    if (set->n_file == 0)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "the descriptor set is empty");
    struct builder builder = {.schema = schema, .arena = &schema->arena, .scratch = scratch, .st = st};
    return build(&builder, set);
}

bool schema_load(struct view descriptor_set, struct schema **ret_schema, struct status *st)
{
    if (descriptor_set.len > SCHEMA_BYTES_MAX)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "the descriptor set is larger than %zu bytes",
                           SCHEMA_BYTES_MAX);
    struct schema *schema = calloc(1, sizeof(*schema));
    if (!schema)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "descriptor set: out of memory");
    struct arena scratch;
    arena_init(&schema->arena, ARENA_BYTES_MAX);
    arena_init(&scratch, ARENA_BYTES_MAX);
    bool loaded = load(schema, &scratch, descriptor_set, st);
    arena_free(&scratch);
    if (loaded)
        *ret_schema = schema;
    else
        schema_destroy(schema);
    return loaded;
}

void schema_destroy(struct schema *schema)
{
    if (!schema)
        return;
    arena_free(&schema->arena);
    free(schema);
}

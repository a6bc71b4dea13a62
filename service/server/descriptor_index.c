/*
 * One walk over the unpacked set collects names, then they are sorted. Files are packed again one by one: protobuf-c keeps
 * the options that it does not know, so nothing is lost.
 */
#include "service/server/descriptor_index.h"

#include <google/protobuf/descriptor.pb-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct symbol {
    const char *name;
    const struct descriptor_file *file;
};

struct descriptor_index {
    struct arena arena; /* of all that is below */
    struct descriptor_file *files;
    size_t file_count;
    struct symbol *symbols; /* by name */
    size_t symbol_count;
    struct descriptor_extension *extensions; /* by extendee and number */
    size_t extension_count;
    const char **services;
    size_t service_count;
};

/* The walk goes over the set twice: it counts, and once there is room it notes. */
struct walk {
    struct descriptor_index *index;
    const struct descriptor_file *file;
    bool notes;
    bool failed; /* out of memory */
};

/* ---- What a file declares ---- */

/* protobuf-c's NULL is an absent name. */
static struct view text(const char *name)
{
    return view_of(name ? name : "");
}

/* A copy in the index; "" when there is no memory, which ends the walk as failed. */
static const char *keep(struct walk *walk, struct view name)
{
    const char *copy = arena_copy(&walk->index->arena, name);
    walk->failed |= !copy;
    return copy ? copy : "";
}

/* Notes a name within a scope ("" is none), and returns the full name, which is the scope of what is within. */
static const char *note_symbol(struct walk *walk, const char *scope, const char *name)
{
    struct descriptor_index *index = walk->index;
    size_t at = index->symbol_count++;
    char *full;
    if (!walk->notes)
        return "";
    int len = asprintf(&full, "%s%s%s", scope, *scope ? "." : "", text(name).data);
    walk->failed |= len < 0;
    if (len < 0)
        return "";
    index->symbols[at] = (struct symbol){keep(walk, view_make(full, (size_t)len)), walk->file};
    free(full);
    return index->symbols[at].name;
}

static void note_extension(struct walk *walk, const char *scope, const Google__Protobuf__FieldDescriptorProto *field)
{
    struct descriptor_index *index = walk->index;
    size_t at = index->extension_count++;
    note_symbol(walk, scope, field->name);
    if (!walk->notes)
        return;
    struct view extendee = text(field->extendee);
    if (view_starts_with(extendee, view_of(".")))
        extendee = view_make(extendee.data + 1, extendee.len - 1);
    index->extensions[at] = (struct descriptor_extension){keep(walk, extendee), field->number, walk->file};
}

/* The values of an enum are named in the scope of the enum. */
static void note_enum(struct walk *walk, const char *scope, const Google__Protobuf__EnumDescriptorProto *type)
{
    note_symbol(walk, scope, type->name);
    for (size_t i = 0; i < type->n_value; i++)
        note_symbol(walk, scope, type->value[i]->name);
}

static void note_message(struct walk *walk, const char *scope, const Google__Protobuf__DescriptorProto *type)
{
    const char *name = note_symbol(walk, scope, type->name);
    for (size_t i = 0; i < type->n_field; i++)
        note_symbol(walk, name, type->field[i]->name);
    for (size_t i = 0; i < type->n_oneof_decl; i++)
        note_symbol(walk, name, type->oneof_decl[i]->name);
    for (size_t i = 0; i < type->n_enum_type; i++)
        note_enum(walk, name, type->enum_type[i]);
    for (size_t i = 0; i < type->n_extension; i++)
        note_extension(walk, name, type->extension[i]);
    for (size_t i = 0; i < type->n_nested_type; i++) /* protobuf-c has unpacked it, at most 100 deep */
        note_message(walk, name, type->nested_type[i]);
}

static void note_service(struct walk *walk, const char *scope, const Google__Protobuf__ServiceDescriptorProto *service)
{
    size_t at = walk->index->service_count++;
    const char *name = note_symbol(walk, scope, service->name);
    if (walk->notes)
        walk->index->services[at] = name;
    for (size_t i = 0; i < service->n_method; i++)
        note_symbol(walk, name, service->method[i]->name);
}

static void note_file(struct walk *walk, const Google__Protobuf__FileDescriptorProto *file)
{
    const char *package = file->package ? file->package : "";
    for (size_t i = 0; i < file->n_message_type; i++)
        note_message(walk, package, file->message_type[i]);
    for (size_t i = 0; i < file->n_enum_type; i++)
        note_enum(walk, package, file->enum_type[i]);
    for (size_t i = 0; i < file->n_extension; i++)
        note_extension(walk, package, file->extension[i]);
    for (size_t i = 0; i < file->n_service; i++)
        note_service(walk, package, file->service[i]);
}

static void note_set(struct walk *walk, const Google__Protobuf__FileDescriptorSet *set)
{
    struct descriptor_index *index = walk->index;
    index->symbol_count = index->extension_count = index->service_count = 0;
    for (size_t i = 0; i < set->n_file; i++) {
        walk->file = &index->files[i];
        note_file(walk, set->file[i]);
    }
}

/* ---- Order ---- */

static int compare_views(struct view a, struct view b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_symbols(const void *a, const void *b)
{
    return strcmp(((const struct symbol *)a)->name, ((const struct symbol *)b)->name);
}

static int compare_extensions(const void *a, const void *b)
{
    const struct descriptor_extension *left = a, *right = b;
    int order = strcmp(left->extendee, right->extendee);
    return order ? order : (left->number > right->number) - (left->number < right->number);
}

/* ---- Files ---- */

static bool fail_memory(struct status *st)
{
    return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for descriptors");
}

/* The file, and the files of its imports without those that are there already. */
static bool link_file(struct descriptor_index *index, struct descriptor_file *file,
                      const Google__Protobuf__FileDescriptorProto *descriptor, struct status *st)
{
    const struct descriptor_file **files =
        arena_calloc(&index->arena, index->file_count + 1, sizeof(struct descriptor_file *));
    bool *taken = arena_calloc(&index->arena, index->file_count + 1, sizeof(bool));
    if (!files || !taken)
        return fail_memory(st);
    file->files = files;
    files[file->file_count++] = file;
    for (size_t i = 0; i < descriptor->n_dependency; i++) {
        const struct descriptor_file *import = descriptor_index_file(index, view_of(descriptor->dependency[i]));
        if (!import)
            return status_fail(st, STATUS_INVALID_ARGUMENT, "%s: its import %s is missing", file->name,
                               descriptor->dependency[i]);
        for (size_t j = 0; j < import->file_count; j++) {
            size_t at = (size_t)(import->files[j] - index->files);
            if (!taken[at])
                files[file->file_count++] = import->files[j];
            taken[at] = true;
        }
    }
    return true;
}

/* Adds the file behind those it imports. */
static bool add_file(struct descriptor_index *index, const Google__Protobuf__FileDescriptorProto *descriptor,
                     struct status *st)
{
    struct descriptor_file *file = &index->files[index->file_count];
    size_t len = protobuf_c_message_get_packed_size(&descriptor->base);
    uint8_t *bytes = arena_alloc(&index->arena, len);
    const char *name = arena_copy(&index->arena, text(descriptor->name));
    if (!bytes || !name)
        return fail_memory(st);
    protobuf_c_message_pack(&descriptor->base, bytes);
    *file = (struct descriptor_file){.name = name, .bytes = {(const char *)bytes, len}};
    if (!link_file(index, file, descriptor, st))
        return false;
    index->file_count++;
    return true;
}

static bool fill(struct descriptor_index *index, const Google__Protobuf__FileDescriptorSet *set, struct status *st)
{
    struct walk walk = {.index = index};
    index->files = arena_calloc(&index->arena, set->n_file + 1, sizeof(*index->files));
    if (!index->files)
        return fail_memory(st);
    for (size_t i = 0; i < set->n_file; i++)
        if (!add_file(index, set->file[i], st))
            return false;
    note_set(&walk, set);
    index->symbols = arena_calloc(&index->arena, index->symbol_count, sizeof(*index->symbols));
    index->extensions = arena_calloc(&index->arena, index->extension_count, sizeof(*index->extensions));
    index->services = arena_calloc(&index->arena, index->service_count, sizeof(*index->services));
    if (!index->symbols || !index->extensions || !index->services)
        return fail_memory(st);
    walk.notes = true;
    note_set(&walk, set);
    if (walk.failed)
        return fail_memory(st);
    qsort(index->symbols, index->symbol_count, sizeof(*index->symbols), compare_symbols);
    qsort(index->extensions, index->extension_count, sizeof(*index->extensions), compare_extensions);
    return true;
}

bool descriptor_index_create(struct view bytes, struct descriptor_index **ret_index, struct status *st)
{
    Google__Protobuf__FileDescriptorSet *set =
        google__protobuf__file_descriptor_set__unpack(NULL, bytes.len, (const uint8_t *)bytes.data);
    if (!set)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "expected an encoded FileDescriptorSet");
    struct descriptor_index *index = calloc(1, sizeof(*index));
    bool created = index || fail_memory(st);
    if (created) {
        arena_init(&index->arena, SIZE_MAX);
        created = fill(index, set, st);
    }
    google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
    if (created)
        *ret_index = index;
    else
        descriptor_index_destroy(index);
    return created;
}

void descriptor_index_destroy(struct descriptor_index *index)
{
    if (!index)
        return;
    arena_free(&index->arena);
    free(index);
}

/* ---- Finding ---- */

const struct descriptor_file *descriptor_index_file(const struct descriptor_index *index, struct view name)
{
    for (size_t i = 0; i < index->file_count; i++)
        if (view_equal_text(name, index->files[i].name))
            return &index->files[i];
    return NULL;
}

static int compare_to_symbol(const void *name, const void *symbol)
{
    return compare_views(*(const struct view *)name, view_of(((const struct symbol *)symbol)->name));
}

const struct descriptor_file *descriptor_index_symbol(const struct descriptor_index *index, struct view name)
{
    const struct symbol *symbol =
        bsearch(&name, index->symbols, index->symbol_count, sizeof(*index->symbols), compare_to_symbol);
    return symbol ? symbol->file : NULL;
}

const char *descriptor_index_service(const struct descriptor_index *index, size_t at)
{
    return at < index->service_count ? index->services[at] : NULL;
}

const struct descriptor_extension *descriptor_index_extensions(const struct descriptor_index *index,
                                                               struct view extendee, size_t *ret_count)
{
    size_t first = 0, end;
    while (first < index->extension_count && !view_equal_text(extendee, index->extensions[first].extendee))
        first++;
    for (end = first; end < index->extension_count && view_equal_text(extendee, index->extensions[end].extendee);)
        end++;
    *ret_count = end - first;
    return index->extensions + first;
}

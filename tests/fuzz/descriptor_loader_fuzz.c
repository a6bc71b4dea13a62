/*
 * Bytes as a FileDescriptorSet.
 *
 * Of a set that is loaded, a plain walk over the bytes finds every message and field where the lookups find them: by full name, by
 * number, by both names; so does every method find what it refers to. With its messages the codec can be driven, both ways.
 */
#include "codec/schema/schema.h"
#include "codec/transcode/transcode.h"
#include "codec/wire/wire.h"
#include "tests/fuzz/fuzz.h"

/* Nesting of types that the walk follows; the loader allows less. */
#define DEPTH_MAX 64

/* Field numbers of google/protobuf/descriptor.proto. */
enum {
    SET_FILE = 1,
    FILE_PACKAGE = 2,
    FILE_MESSAGE = 4,
    MESSAGE_NAME = 1,
    MESSAGE_FIELD = 2,
    MESSAGE_NESTED = 3,
    FIELD_NAME = 1,
    FIELD_NUMBER = 3,
    FIELD_JSON_NAME = 10,
};

struct walk {
    const struct schema *schema;
    struct view bytes; /* the whole set, as input of the codec */
};

/* protobuf-c, which the loader trusts with the contents, takes tags of more than 32 bits. Such a message is not walked further. */
static bool malformed;

typedef void walk_function(const struct walk *walk, struct view scope, struct view bytes, unsigned depth);

static bool next_field(struct view *bytes, struct wire_field *ret_field)
{
    if (bytes->len == 0)
        return false;
    const char *next = wire_read_field(bytes->data, bytes->data + bytes->len, DEPTH_MAX, ret_field);
    malformed |= !next;
    if (!next)
        return false;
    *bytes = view_make(next, (size_t)(bytes->data + bytes->len - next));
    return true;
}

static struct view content(const struct wire_field *field)
{
    return view_make(field->begin, (size_t)(field->end - field->begin));
}

/* The last occurrence of a string field, up to a NUL; empty when there is none. */
static struct view find_string(struct view bytes, uint32_t number)
{
    struct wire_field field;
    struct view found = VIEW("");
    while (next_field(&bytes, &field))
        if (field.number == number && field.type == WIRE_LENGTH)
            found = view_make(field.begin, strnlen(field.begin, content(&field).len));
    return found;
}

static uint32_t find_number(struct view bytes, uint32_t number)
{
    struct wire_field field;
    uint64_t found = 0;
    while (next_field(&bytes, &field))
        if (field.number == number && field.type == WIRE_VARINT)
            wire_read_varint(field.begin, field.end, &found);
    return (uint32_t)found;
}

/* Calls the function for each occurrence of the field. */
static void for_each(struct view bytes, uint32_t number, walk_function *function, const struct walk *walk,
                     struct view scope, unsigned depth)
{
    struct wire_field field;
    while (next_field(&bytes, &field))
        if (field.number == number && field.type == WIRE_LENGTH)
            function(walk, scope, content(&field), depth);
}

static void check_field(const struct walk *walk, struct view scope, struct view bytes, unsigned depth)
{
    (void)depth;
    const struct schema_message *message = schema_find_message(walk->schema, scope);
    struct view name = find_string(bytes, FIELD_NAME), json_name = find_string(bytes, FIELD_JSON_NAME);
    uint32_t number = find_number(bytes, FIELD_NUMBER);
    if (malformed)
        return;
    const struct schema_field *named = schema_find_field(message, name);
    FUZZ_CHECK(named, "%.*s has %.*s", VIEW_ARG(scope), VIEW_ARG(name));
    FUZZ_CHECK(named->number == number || view_equal(named->json_name, name),
               "%.*s is the field of its name, or another one's JSON name", VIEW_ARG(name));
    const struct schema_field *field = schema_field_by_number(message, number);
    FUZZ_CHECK(field && view_equal(field->name, name), "%.*s is found by number", VIEW_ARG(name));
    FUZZ_CHECK(schema_find_field(message, field->json_name) == field, "%.*s is found by JSON name", VIEW_ARG(name));
    if (json_name.len)
        fuzz_check_equal(field->json_name, json_name, "a JSON name, and the one that is declared");
    FUZZ_CHECK(field->index < message->field_count && &message->fields[field->index] == field,
               "%.*s stands at its index", VIEW_ARG(name));
    bool refers_to_message = field->type == SCHEMA_MESSAGE || field->type == SCHEMA_GROUP;
    FUZZ_CHECK(refers_to_message == (field->message != NULL), "%.*s has a message if it is one", VIEW_ARG(name));
    FUZZ_CHECK((field->type == SCHEMA_ENUM) == (field->enumeration != NULL), "%.*s has an enum if it is one",
               VIEW_ARG(name));
    FUZZ_CHECK(!field->map || (field->message->map_entry && field->message->field_count == 2), "maps have entries");
    if (field->enumeration && field->enumeration->value_count)
        FUZZ_CHECK(schema_find_enum_name(field->enumeration, field->enumeration->values[0].name),
                   "the first value of %.*s is found", VIEW_ARG(name));
}

static void drive_codec(const struct walk *walk, const struct schema_message *message)
{
    const struct transcode_options options = {.schema = walk->schema, .emit_defaults = true};
    struct buf out;
    struct status st;
    fuzz_output_init(&out);
    if (!transcode_binary_to_json(message, NULL, walk->bytes, &options, &out, &st))
        fuzz_check_refused_output(&out, &st);
    buf_free(&out);
    fuzz_output_init(&out);
    if (!transcode_binary_to_json(message, NULL, (struct view){0}, &options, &out, &st))
        fuzz_check_refused_output(&out, &st);
    struct view json = fuzz_output(&out);
    struct buf binary;
    fuzz_output_init(&binary);
    if (json.len && !transcode_json_to_binary(message, NULL, json, &options, &binary, &st))
        fuzz_check_refused_output(&binary, &st);
    buf_free(&binary);
    buf_free(&out);
}

static void check_message(const struct walk *walk, struct view scope, struct view bytes, unsigned depth)
{
    FUZZ_CHECK(depth < DEPTH_MAX, "types nest to a limit");
    struct view name = find_string(bytes, MESSAGE_NAME);
    if (malformed)
        return;
    struct buf full_name;
    buf_init(&full_name, FUZZ_OUTPUT_BYTES_MAX);
    if (!buf_append(&full_name, scope) || (scope.len && !buf_append_text(&full_name, ".")) ||
        !buf_append(&full_name, name))
        fuzz_fail("there is memory");
    const struct schema_message *message = schema_find_message(walk->schema, buf_view(&full_name));
    for_each(bytes, MESSAGE_NESTED, check_message, walk, buf_view(&full_name), depth + 1);
    if (message) { /* else one without a JSON form */
        fuzz_check_equal(message->full_name, buf_view(&full_name), "a message's name, and what it is found by");
        for_each(bytes, MESSAGE_FIELD, check_field, walk, buf_view(&full_name), depth);
        drive_codec(walk, message);
    }
    buf_free(&full_name);
}

static void check_file(const struct walk *walk, struct view scope, struct view bytes, unsigned depth)
{
    (void)scope;
    for_each(bytes, FILE_MESSAGE, check_message, walk, find_string(bytes, FILE_PACKAGE), depth);
}

static void check_methods(const struct schema *schema)
{
    size_t count;
    const struct schema_method *methods = schema_methods(schema, &count);
    for (size_t i = 0; i < count; i++) {
        const struct schema_method *method = &methods[i];
        FUZZ_CHECK(method->path.len == method->service_name.len + method->name.len + 2 &&
                       method->path.data[method->path.len] == '\0',
                   "a path is made of service and method, and ends in a terminator");
        const struct schema_message *input = method->input->conflict ? NULL : method->input;
        const struct schema_message *output = method->output->conflict ? NULL : method->output;
        FUZZ_CHECK(schema_find_message(schema, method->input->full_name) == input &&
                       schema_find_message(schema, method->output->full_name) == output,
                   "what a method takes and gives is found by name, if it has a JSON form");
        FUZZ_CHECK((input && output) || method->rule_count == 0, "what rules lead to has a JSON form");
        for (size_t j = 0; j < method->rule_count; j++) {
            const struct schema_field *body = method->rules[j].body_field, *reply = method->rules[j].response_field;
            FUZZ_CHECK(!body || schema_field_by_number(method->input, body->number) == body,
                       "a body is a field of the request");
            FUZZ_CHECK(!reply || schema_field_by_number(method->output, reply->number) == reply,
                       "a response body is a field of the reply");
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct view bytes = view_make((const char *)data, len);
    struct schema *schema;
    struct status st;
    if (!schema_load(bytes, &schema, &st)) {
        fuzz_check_refusal(&st);
        return 0;
    }
    const struct walk walk = {schema, bytes};
    malformed = false;
    for_each(bytes, SET_FILE, check_file, &walk, (struct view)VIEW(""), 0);
    check_methods(schema);
    schema_destroy(schema);
    return 0;
}

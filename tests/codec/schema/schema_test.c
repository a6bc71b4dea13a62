/* Sound descriptor sets: what the tables say of messages, fields, enums and methods. */
#include "codec/schema/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/test_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct schema *load(const char *path)
{
    struct buf bytes = test_file_read(path);
    struct schema *schema;
    struct status st;
    if (!schema_load(buf_view(&bytes), &schema, &st))
        fail_msg("%s: %s", path, st.message);
    /* The bytes are not kept. */
    memset(bytes.data, 0xff, bytes.len);
    buf_free(&bytes);
    return schema;
}

static struct schema *routes, *every_kind;

static int setup(void **state)
{
    (void)state;
    routes = load("tests/codec/schema/routes_descriptors.binpb");
    every_kind = load("tests/codec/transcode/every_kind_descriptors.binpb");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    schema_destroy(routes);
    schema_destroy(every_kind);
    schema_destroy(NULL);
    return 0;
}

static const struct schema_message *find_message(const char *full_name)
{
    const struct schema_message *message = schema_find_message(every_kind, view_of(full_name));
    if (!message)
        fail_msg("no message %s", full_name);
    return message;
}

static const struct schema_field *find_field(const char *message, const char *name)
{
    const struct schema_field *field = schema_find_field(find_message(message), view_of(name));
    if (!field)
        fail_msg("%s has no field %s", message, name);
    return field;
}

static void finds_messages_and_enums_by_their_full_names(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "codec.test.Scalars",     "codec.test.Nothing",         "codec.test.Node.NamedEntry", "codec.test.Legacy.Inner",
        "google.protobuf.Struct", "google.protobuf.Int32Value", "google.protobuf.Any",
    };
    for (size_t i = 0; i < COUNT(messages); i++) {
        const struct schema_message *message = schema_find_message(every_kind, view_of(messages[i]));
        assert_non_null(message);
        assert_true(view_equal_text(message->full_name, messages[i]));
        assert_null(schema_find_enum(every_kind, view_of(messages[i])));
    }
    static const char *const enums[] = {"codec.test.Level", "google.protobuf.NullValue", "codec.test.Closed"};
    for (size_t i = 0; i < COUNT(enums); i++) {
        const struct schema_enum *enumeration = schema_find_enum(every_kind, view_of(enums[i]));
        assert_non_null(enumeration);
        assert_true(view_equal_text(enumeration->full_name, enums[i]));
        assert_null(schema_find_message(every_kind, view_of(enums[i])));
    }
    static const char *const nobody[] = {"",        ".codec.test.Scalars", "codec.test",
                                         "Scalars", "codec.test.scalars",  "codec.test.Scalars "};
    for (size_t i = 0; i < COUNT(nobody); i++) {
        assert_null(schema_find_message(every_kind, view_of(nobody[i])));
        assert_null(schema_find_enum(every_kind, view_of(nobody[i])));
    }
    /* Services and methods have names, too. */
    assert_null(schema_find_message(routes, view_of("schema.test.Items")));
    assert_null(schema_find_message(routes, view_of("schema.test.Items.Get")));
}

static void orders_fields_by_number_and_finds_each(void **state)
{
    (void)state;
    static const char *const messages[] = {"codec.test.Scalars", "codec.test.Sparse",  "codec.test.Names",
                                           "codec.test.Legacy",  "codec.test.Wide300", "codec.test.Oneofs",
                                           "codec.test.Nothing", "codec.test.Choice",  "codec.test.Maps"};
    for (size_t i = 0; i < COUNT(messages); i++) {
        const struct schema_message *message = find_message(messages[i]);
        for (uint16_t j = 0; j < message->field_count; j++) {
            const struct schema_field *field = &message->fields[j];
            assert_int_equal(field->index, j);
            assert_true(j == 0 || message->fields[j - 1].number < field->number);
            assert_ptr_equal(schema_field_by_number(message, field->number), field);
            assert_ptr_equal(schema_find_field(message, field->name), field);
            assert_ptr_equal(schema_find_field(message, field->json_name), field);
            bool has_default = message->default_mask[j / 64] >> (j % 64) & 1;
            assert_int_equal(has_default, !field->has_presence);
        }
        static const uint32_t numbers[] = {0, 18, 299999, 536870910, 536870911, UINT32_MAX};
        for (size_t j = 0; j < COUNT(numbers); j++) {
            const struct schema_field *field = schema_field_by_number(message, numbers[j]);
            assert_true(!field || field->number == numbers[j]);
        }
        assert_null(schema_find_field(message, view_of("")));
        assert_null(schema_find_field(message, view_of("noSuchField")));
    }
}

static void makes_json_names_as_protoc_does(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *json_name;
        const char *key;
    } cases[] = {
        {"foo_bar__baz", "fooBarBaz", ",\"fooBarBaz\":"},
        {"_leading", "Leading", ",\"Leading\":"},
        {"trailing_", "trailing", ",\"trailing\":"},
        {"a1_b2_3c", "a1B23c", ",\"a1B23c\":"},
        {"FooBar", "FooBar", ",\"FooBar\":"},
        {"ALL_CAPS", "ALLCAPS", ",\"ALLCAPS\":"},
        {"renamed", "documentationURL", ",\"documentationURL\":"},
        {"quoted", "a \"quoted\" name", ",\"a \\\"quoted\\\" name\":"},
        {"slashed", "back\\slash/slash", ",\"back\\\\slash/slash\":"},
        {"control", "tab\there", ",\"tab\\u0009here\":"},
        {"spaced", " ", ",\" \":"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct schema_field *field = find_field("codec.test.Names", cases[i].name);
        char proto_key[100];
        snprintf(proto_key, sizeof(proto_key), ",\"%s\":", cases[i].name);
        assert_true(view_equal_text(field->json_name, cases[i].json_name));
        assert_true(view_equal_text(field->json_key, cases[i].key));
        assert_true(view_equal_text(field->proto_key, proto_key));
    }
}

static void knows_presence_packing_and_wire_type(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *name;
        enum schema_type type;
        bool presence, repeated, packed, map;
        int oneof;
        const char *tag;
        size_t tag_len;
    } cases[] = {
        {"codec.test.Scalars", "an_int32", SCHEMA_INT32, false, false, false, false, 0, "\x18", 1},
        {"codec.test.Scalars", "a_string", SCHEMA_STRING, false, false, false, false, 0, "\x72", 1},
        {"codec.test.Scalars", "a_level", SCHEMA_ENUM, false, false, false, false, 0, "\x80\x01", 2},
        {"codec.test.Optionals", "an_int32", SCHEMA_INT32, true, false, false, false, 0, "\x18", 1},
        {"codec.test.Optionals", "a_node", SCHEMA_MESSAGE, true, false, false, false, 0, "\x8a\x01", 2},
        {"codec.test.Lists", "int32s", SCHEMA_INT32, false, true, true, false, 0, "\x1a", 1},
        {"codec.test.Lists", "levels", SCHEMA_ENUM, false, true, true, false, 0, "\x82\x01", 2},
        {"codec.test.Lists", "strings", SCHEMA_STRING, false, true, false, false, 0, "\x72", 1},
        {"codec.test.Lists", "nodes", SCHEMA_MESSAGE, false, true, false, false, 0, "\x8a\x01", 2},
        {"codec.test.UnpackedLists", "doubles", SCHEMA_DOUBLE, false, true, false, false, 0, "\x09", 1},
        {"codec.test.UnpackedLists", "floats", SCHEMA_FLOAT, false, true, false, false, 0, "\x15", 1},
        {"codec.test.Maps", "by_string", SCHEMA_MESSAGE, false, true, false, true, 0, "\x62", 1},
        {"codec.test.Maps.ByStringEntry", "key", SCHEMA_STRING, true, false, false, false, 0, "\x0a", 1},
        {"codec.test.Maps.ByStringEntry", "value", SCHEMA_STRING, true, false, false, false, 0, "\x12", 1},
        {"codec.test.Choice", "an_int32", SCHEMA_INT32, true, false, false, false, 1, "\x18", 1},
        {"codec.test.Choice", "other_text", SCHEMA_STRING, true, false, false, false, 2, "\x82\x02", 2},
        {"codec.test.Choice", "apart", SCHEMA_INT32, false, false, false, false, 0, "\xc8\x02", 2},
        {"codec.test.Sparse", "last", SCHEMA_INT32, false, false, false, false, 0, "\xf8\xff\xff\xff\x0f", 5},
        {"codec.test.Sparse", "packed", SCHEMA_INT32, false, true, true, false, 0, "\xfa\xff\x7f", 3},
        {"codec.test.Legacy", "number", SCHEMA_INT32, true, false, false, false, 0, "\x08", 1},
        {"codec.test.Legacy", "numbers", SCHEMA_INT32, false, true, false, false, 0, "\x38", 1},
        {"codec.test.Legacy", "packed_numbers", SCHEMA_INT32, false, true, true, false, 0, "\x42", 1},
        {"codec.test.Legacy", "inner", SCHEMA_GROUP, true, false, false, false, 0, "\x4b", 1},
        {"codec.test.Legacy", "item", SCHEMA_GROUP, false, true, false, false, 0, "\x53", 1},
        {"codec.test.Legacy", "number_choice", SCHEMA_INT32, true, false, false, false, 1, "\x60", 1},
        {"codec.test.Legacy", "[codec.test.extension]", SCHEMA_INT32, true, false, false, false, 0, "\xa0\x06", 2},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct schema_field *field = find_field(cases[i].message, cases[i].name);
        if (field->type != cases[i].type || field->has_presence != cases[i].presence ||
            field->repeated != cases[i].repeated || field->packed != cases[i].packed || field->map != cases[i].map ||
            field->oneof != cases[i].oneof || field->tag_len != cases[i].tag_len ||
            memcmp(field->tag, cases[i].tag, cases[i].tag_len) != 0)
            fail_msg("%s.%s", cases[i].message, cases[i].name);
        assert_int_equal(field->message != NULL, field->type == SCHEMA_MESSAGE || field->type == SCHEMA_GROUP);
        assert_int_equal(field->enumeration != NULL, field->type == SCHEMA_ENUM);
    }
    assert_true(find_field("codec.test.Required", "id")->required);
    assert_false(find_field("codec.test.Required", "inner")->required);
    /* Oneofs that are made for optional fields alone do not count. */
    assert_int_equal(find_message("codec.test.Optionals")->oneof_count, 0);
    assert_int_equal(find_message("codec.test.Choice")->oneof_count, 2);
    assert_int_equal(find_message("codec.test.Oneofs")->oneof_count, 300);
}

static void knows_the_well_known_types(void **state)
{
    (void)state;
    static const struct {
        const char *full_name;
        enum schema_well_known well_known;
    } cases[] = {
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
        {"google.protobuf.Empty", SCHEMA_ORDINARY},
        {"codec.test.Node", SCHEMA_ORDINARY},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(find_message(cases[i].full_name)->well_known, cases[i].well_known);
}

static void finds_enum_values_by_name_and_number(void **state)
{
    (void)state;
    static const struct {
        const char *enumeration;
        const char *name;
        int32_t number;
        const char *first_of_number;
    } cases[] = {
        {"codec.test.Level", "LEVEL_NONE", 0, "LEVEL_NONE"},
        {"codec.test.Level", "LEVEL_LEAST", INT32_MIN, "LEVEL_LEAST"},
        {"codec.test.Level", "LEVEL_MOST", INT32_MAX, "LEVEL_MOST"},
        {"codec.test.Level", "LEVEL_MINUS", -1, "LEVEL_MINUS"},
        {"codec.test.Alias", "ALIAS_FIRST", 1, "ALIAS_FIRST"},
        {"codec.test.Alias", "ALIAS_SECOND", 1, "ALIAS_FIRST"},
        {"codec.test.Alias", "alias_lower", 2, "alias_lower"},
        {"codec.test.Closed", "CLOSED_MINUS", -1, "CLOSED_MINUS"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct schema_enum *enumeration = schema_find_enum(every_kind, view_of(cases[i].enumeration));
        const struct schema_enum_value *by_name = schema_find_enum_name(enumeration, view_of(cases[i].name));
        const struct schema_enum_value *by_number = schema_find_enum_number(enumeration, cases[i].number);
        assert_true(view_equal_text(by_name->name, cases[i].name));
        assert_int_equal(by_name->number, cases[i].number);
        assert_true(view_equal_text(by_number->name, cases[i].first_of_number));
        assert_null(schema_find_enum_name(enumeration, view_of("NO_SUCH_VALUE")));
        assert_null(schema_find_enum_name(enumeration, view_of("")));
        assert_null(schema_find_enum_number(enumeration, 77));
        assert_null(schema_find_enum_number(enumeration, -77));
    }
    assert_true(schema_find_enum(every_kind, view_of("codec.test.Closed"))->closed);
    assert_false(schema_find_enum(every_kind, view_of("codec.test.Level"))->closed);
    assert_true(schema_find_enum(every_kind, view_of("google.protobuf.NullValue"))->null_value);
    assert_false(schema_find_enum(every_kind, view_of("codec.test.Level"))->null_value);
    /* The first that is declared, which is the default in proto2. */
    assert_int_equal(schema_find_enum(every_kind, view_of("codec.test.Closed"))->values[0].number, 2);
}

static void lists_methods_in_the_order_of_the_set(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *input, *output;
        bool client_streaming, server_streaming;
        int success_code;
        size_t rule_count;
    } cases[] = {
        {"/schema.test.Items/Get", "schema.test.Item", "schema.test.Item", false, false, 200, 1},
        {"/schema.test.Items/Put", "schema.test.Wrapped", "schema.test.Wrapped", false, false, 200, 1},
        {"/schema.test.Items/Post", "schema.test.Item", "schema.test.Wrapped", false, false, 201, 3},
        {"/schema.test.Items/Delete", "schema.test.Item", "google.protobuf.Empty", false, false, 204, 1},
        {"/schema.test.Items/Patch", "schema.test.Wrapped", "schema.test.Item", false, false, 202, 3},
        {"/schema.test.Items/Custom", "schema.test.Item", "schema.test.Item", false, false, 200, 1},
        {"/schema.test.Items/Unbound", "schema.test.Item", "schema.test.Item", false, false, 200, 0},
        {"/schema.test.Items/Upload", "schema.test.Item", "schema.test.Item", true, false, 200, 0},
        {"/schema.test.Items/Watch", "schema.test.Item", "schema.test.Item", false, true, 200, 0},
        {"/schema.test.Items/Chat", "schema.test.Item", "schema.test.Item", true, true, 200, 0},
        {"/schema.test.More/Only", "google.protobuf.Empty", "google.protobuf.Empty", false, false, 200, 0},
    };
    size_t count;
    const struct schema_method *methods = schema_methods(routes, &count);
    assert_int_equal(count, COUNT(cases));
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(methods[i].path.data, cases[i].path);
        assert_int_equal(methods[i].path.len, strlen(cases[i].path));
        char path[100];
        snprintf(path, sizeof(path), "/%.*s/%.*s", VIEW_ARG(methods[i].service_name), VIEW_ARG(methods[i].name));
        assert_string_equal(path, cases[i].path);
        assert_true(view_equal_text(methods[i].input->full_name, cases[i].input));
        assert_true(view_equal_text(methods[i].output->full_name, cases[i].output));
        assert_int_equal(methods[i].client_streaming, cases[i].client_streaming);
        assert_int_equal(methods[i].server_streaming, cases[i].server_streaming);
        assert_int_equal(methods[i].success_code, cases[i].success_code);
        assert_int_equal(methods[i].rule_count, cases[i].rule_count);
    }
    schema_methods(every_kind, &count);
    assert_int_equal(count, 0);
}

static void reads_http_rules_whole_and_in_pieces(void **state)
{
    (void)state;
    static const struct {
        size_t method, rule;
        const char *http_method, *path_template;
        bool body_whole;
        const char *body, *response;
    } cases[] = {
        {0, 0, "GET", "/items/{id}", false, NULL, NULL},
        {1, 0, "PUT", "/items/{some_item.id}", false, "some_item", "some_item"},
        {2, 0, "POST", "/items", true, NULL, NULL},
        {2, 1, "POST", "/things", false, "inner", "note"},
        {2, 2, "HEAD", "/items:count", false, NULL, NULL},
        {3, 0, "DELETE", "/items/{id}", false, NULL, NULL},
        {4, 0, "PATCH", "/items", false, "some_item", NULL},
        {4, 1, "PATCH", "/first", false, NULL, NULL},
        {4, 2, "PATCH", "/second", false, NULL, NULL},
        {5, 0, "REPORT", "/report", false, NULL, NULL},
    };
    size_t count;
    const struct schema_method *methods = schema_methods(routes, &count);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct schema_http_rule *rule = &methods[cases[i].method].rules[cases[i].rule];
        assert_true(view_equal_text(rule->http_method, cases[i].http_method));
        assert_true(view_equal_text(rule->path_template, cases[i].path_template));
        assert_int_equal(rule->body_whole, cases[i].body_whole);
        assert_int_equal(rule->body_field != NULL, cases[i].body != NULL);
        assert_true(!cases[i].body || view_equal_text(rule->body_field->name, cases[i].body));
        assert_int_equal(rule->response_field != NULL, cases[i].response != NULL);
        assert_true(!cases[i].response || view_equal_text(rule->response_field->name, cases[i].response));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_messages_and_enums_by_their_full_names),
        cmocka_unit_test(orders_fields_by_number_and_finds_each),
        cmocka_unit_test(makes_json_names_as_protoc_does),
        cmocka_unit_test(knows_presence_packing_and_wire_type),
        cmocka_unit_test(knows_the_well_known_types),
        cmocka_unit_test(finds_enum_values_by_name_and_number),
        cmocka_unit_test(lists_methods_in_the_order_of_the_set),
        cmocka_unit_test(reads_http_rules_whole_and_in_pieces),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

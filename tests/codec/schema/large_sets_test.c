/* Sets of many messages, fields and values: everything is found, and loading them does not grow faster than they do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "codec/schema/schema.h"
#include "tests/codec/wire/wire_text.h"

/* A length-delimited field of some content. */
static void append_wrapped(struct buf *out, const char *tag, const struct buf *content)
{
    char length[24];
    snprintf(length, sizeof(length), "%zu", content->len);
    wire_text_append(out, tag);
    wire_text_append(out, length);
    assert_true(buf_append(out, buf_view(content)));
}

/* The names of generated files: the same at both ends, different in the middle. */
static void write_name(char name[static 64], const char *kind, size_t i)
{
    snprintf(name, 64, "generated_%s_%06zu_of_the_large_set", kind, i);
}

/* A message of so many int32 fields. */
static void make_message(struct buf *out, const char *name, size_t fields)
{
    char text[200], field_name[64];
    snprintf(text, sizeof(text), "1: \"%s\"", name);
    wire_text_append(out, text);
    for (size_t i = 0; i < fields; i++) {
        write_name(field_name, "field", i);
        snprintf(text, sizeof(text), "2: {1: \"%s\" 3: %zu 4: 1 5: 5}", field_name, i + 1);
        wire_text_append(out, text);
    }
}

static struct schema *load_file(const struct buf *content)
{
    struct buf set;
    struct schema *schema;
    struct status st;
    buf_init(&set, SIZE_MAX / 2);
    append_wrapped(&set, "`0a`", content);
    if (!schema_load(buf_view(&set), &schema, &st))
        fail_msg("%s", st.message);
    buf_free(&set);
    return schema;
}

static struct buf start_file(void)
{
    struct buf file;
    buf_init(&file, SIZE_MAX / 2);
    wire_text_append(&file, "1: \"large.proto\" 2: \"large\" 12: \"proto3\"");
    return file;
}

static void loads_a_thousand_messages(void **state)
{
    (void)state;
    enum { MESSAGES = 1000, FIELDS = 20 };
    struct buf file = start_file();
    char name[64], full_name[80];
    for (size_t i = 0; i < MESSAGES; i++) {
        struct buf message;
        buf_init(&message, SIZE_MAX / 2);
        write_name(name, "message", i);
        make_message(&message, name, FIELDS);
        append_wrapped(&file, "`22`", &message);
        buf_free(&message);
    }
    struct schema *schema = load_file(&file);
    for (size_t i = 0; i < MESSAGES; i++) {
        write_name(name, "message", i);
        snprintf(full_name, sizeof(full_name), "large.%s", name);
        const struct schema_message *message = schema_find_message(schema, view_of(full_name));
        assert_non_null(message);
        assert_int_equal(message->field_count, FIELDS);
    }
    schema_destroy(schema);
    buf_free(&file);
}

static void finds_each_of_many_fields(void **state)
{
    (void)state;
    enum { FIELDS = 20000 };
    struct buf file = start_file(), message;
    char name[64];
    buf_init(&message, SIZE_MAX / 2);
    make_message(&message, "M", FIELDS);
    append_wrapped(&file, "`22`", &message);
    struct schema *schema = load_file(&file);
    const struct schema_message *found = schema_find_message(schema, view_of("large.M"));
    for (size_t i = 0; i < FIELDS; i++) {
        write_name(name, "field", i);
        const struct schema_field *field = schema_find_field(found, view_of(name));
        assert_non_null(field);
        assert_int_equal(field->number, i + 1);
    }
    schema_destroy(schema);
    buf_free(&message);
    buf_free(&file);
}

static void finds_each_of_many_enum_values(void **state)
{
    (void)state;
    enum { VALUES = 20000 };
    struct buf file = start_file(), enumeration;
    char name[64], text[200];
    buf_init(&enumeration, SIZE_MAX / 2);
    wire_text_append(&enumeration, "1: \"E\"");
    for (size_t i = 0; i < VALUES; i++) {
        write_name(name, "value", i);
        snprintf(text, sizeof(text), "2: {1: \"%s\" 2: %zu}", name, i * 7);
        wire_text_append(&enumeration, text);
    }
    append_wrapped(&file, "`2a`", &enumeration);
    struct schema *schema = load_file(&file);
    const struct schema_enum *found = schema_find_enum(schema, view_of("large.E"));
    for (size_t i = 0; i < VALUES; i++) {
        write_name(name, "value", i);
        assert_int_equal(schema_find_enum_name(found, view_of(name))->number, i * 7);
        assert_true(view_equal_text(schema_find_enum_number(found, (int32_t)i * 7)->name, name));
    }
    schema_destroy(schema);
    buf_free(&enumeration);
    buf_free(&file);
}

/* What a lookup costs: how far from its first slot a name is found, at most. */
static void keeps_names_near_to_where_they_are_looked_for(void **state)
{
    (void)state;
    enum { FIELDS = 5000 };
    struct buf file = start_file(), message;
    buf_init(&message, SIZE_MAX / 2);
    make_message(&message, "M", FIELDS);
    append_wrapped(&file, "`22`", &message);
    struct schema *schema = load_file(&file);
    const struct schema_message *found = schema_find_message(schema, view_of("large.M"));
    size_t run = 0, longest = 0;
    for (uint32_t i = 0; i <= found->name_slot_mask; i++) {
        run = found->name_slots[i].field ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    if (longest > 100)
        fail_msg("%zu slots without a free one", longest);
    schema_destroy(schema);
    buf_free(&message);
    buf_free(&file);
}

static void refuses_more_fields_than_it_can_count(void **state)
{
    (void)state;
    struct buf file = start_file(), message, set;
    struct schema *schema = NULL;
    struct status st;
    buf_init(&message, SIZE_MAX / 2);
    buf_init(&set, SIZE_MAX / 2);
    make_message(&message, "M", 65536);
    append_wrapped(&file, "`22`", &message);
    append_wrapped(&set, "`0a`", &file);
    assert_false(schema_load(buf_view(&set), &schema, &st));
    assert_null(schema);
    assert_string_equal(st.message, "large.proto: large.M: more than 65535 fields");
    buf_free(&set);
    buf_free(&message);
    buf_free(&file);
}

static void refuses_a_set_that_is_too_large(void **state)
{
    (void)state;
    struct schema *schema = NULL;
    struct status st;
    /* Refused by its length alone, before any byte of it is read. */
    assert_false(schema_load(view_make("", ((size_t)64 << 20) + 1), &schema, &st));
    assert_null(schema);
    assert_string_equal(st.message, "the descriptor set is larger than 67108864 bytes");
}

/* Message i holds message i + 1, and the last one has two fields of one JSON name; of no use is then any of them, but the one beside. */
static void finds_no_message_that_may_hold_one_without_json(void **state)
{
    (void)state;
    enum { MESSAGES = 20000 };
    struct buf file = start_file(), one;
    char text[300];
    buf_init(&one, SIZE_MAX / 2);
    for (size_t i = 0; i <= MESSAGES; i++) {
        buf_clear(&one);
        if (i < MESSAGES)
            snprintf(text, sizeof(text), "1: \"M%zu\" 2: {1: \"f\" 3: 1 4: 1 5: 11 6: \".large.M%zu\"}", i, i + 1);
        else
            snprintf(text, sizeof(text), "1: \"M%zu\" 2: {1: \"a_b\" 3: 1 4: 1 5: 5} 2: {1: \"aB\" 3: 2 4: 1 5: 5}", i);
        wire_text_append(&one, text);
        append_wrapped(&file, "`22`", &one);
    }
    buf_clear(&one);
    wire_text_append(&one, "1: \"Beside\"");
    append_wrapped(&file, "`22`", &one);
    struct schema *schema = load_file(&file);
    for (size_t i = 0; i <= MESSAGES; i++) {
        snprintf(text, sizeof(text), "large.M%zu", i);
        assert_null(schema_find_message(schema, view_of(text)));
    }
    assert_non_null(schema_find_message(schema, view_of("large.Beside")));
    assert_null(schema_find_type(schema, view_of("x/large.M7")));
    schema_destroy(schema);
    buf_free(&file);
    buf_free(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_a_thousand_messages),
        cmocka_unit_test(finds_no_message_that_may_hold_one_without_json),
        cmocka_unit_test(finds_each_of_many_fields),
        cmocka_unit_test(finds_each_of_many_enum_values),
        cmocka_unit_test(keeps_names_near_to_where_they_are_looked_for),
        cmocka_unit_test(refuses_more_fields_than_it_can_count),
        cmocka_unit_test(refuses_a_set_that_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

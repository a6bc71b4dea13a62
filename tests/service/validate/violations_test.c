/* What a client gets: the sentence, and the details as another protobuf implementation reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "service/limits.h"
#include "service/validate/violations.h"

struct fixture {
    struct arena arena;
    struct violations violations;
    struct status st;
};

static struct fixture fixture;

static int setup(void **state)
{
    (void)state;
    arena_init(&fixture.arena, 1024 * 1024);
    violations_init(&fixture.violations, &fixture.arena);
    status_clear(&fixture.st);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&fixture.arena);
    return 0;
}

static void add(const char *name, const char *description)
{
    struct field_path path = field_path_name(NULL, name);
    violations_add(&fixture.violations, &path, "%s", description);
}

static Google__Rpc__BadRequest *read_details(void)
{
    struct view details = fixture.st.details;
    assert_in_range(details.len, 1, SERVER_DETAILS_BYTES_MAX);
    Google__Rpc__Status *status = google__rpc__status__unpack(NULL, details.len, (const uint8_t *)details.data);
    assert_non_null(status);
    assert_int_equal(status->code, 3);
    assert_string_equal(status->message, fixture.st.message);
    assert_int_equal(status->n_details, 1);
    assert_string_equal(status->details[0]->type_url, "type.googleapis.com/google.rpc.BadRequest");
    ProtobufCBinaryData value = status->details[0]->value;
    Google__Rpc__BadRequest *request = google__rpc__bad_request__unpack(NULL, value.len, value.data);
    assert_non_null(request);
    google__rpc__status__free_unpacked(status, NULL);
    return request;
}

static void says_ok_when_there_are_none(void **state)
{
    (void)state;
    assert_true(violations_status(&fixture.violations, &fixture.st));
    assert_int_equal(fixture.st.code, STATUS_OK);
}

static void tells_a_single_one_plainly(void **state)
{
    (void)state;
    add("name", "required");
    assert_false(violations_status(&fixture.violations, &fixture.st));
    assert_int_equal(fixture.st.code, STATUS_INVALID_ARGUMENT);
    assert_string_equal(fixture.st.message, "name: required");
}

static void tells_several_in_the_message_and_in_the_details(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    for (size_t i = 0; i < 5; i++)
        add(names[i], "required");
    assert_false(violations_status(&fixture.violations, &fixture.st));
    assert_string_equal(fixture.st.message,
                        "5 fields are wrong: a: required; b: required; c: required; d: required; e: required");
    Google__Rpc__BadRequest *request = read_details();
    assert_int_equal(request->n_field_violations, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(request->field_violations[i]->field, names[i]);
        assert_string_equal(request->field_violations[i]->description, "required");
    }
    google__rpc__bad_request__free_unpacked(request, NULL);
}

static void writes_paths_as_the_client_spells_them(void **state)
{
    (void)state;
    struct field_path levels = field_path_name(NULL, "levels");
    struct field_path level = field_path_index(&levels, 1);
    struct field_path filter = field_path_name(&level, "filter");
    struct field_path key = field_path_key(&filter, "spec.type");
    struct field_path element = field_path_index(&key, 12);
    violations_add(&fixture.violations, &element, "expected %s", "a string");
    assert_false(violations_status(&fixture.violations, &fixture.st));
    assert_string_equal(fixture.st.message, "levels[1].filter[\"spec.type\"][12]: expected a string");
}

static void keeps_details_below_their_limit_and_counts_the_rest(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char name[24];
        snprintf(name, sizeof(name), "field%d", i);
        add(name, "expected something that takes some words to say, and is said again and again");
    }
    assert_false(violations_status(&fixture.violations, &fixture.st));
    assert_ptr_equal(strstr(fixture.st.message, "1000 fields are wrong, the first "), fixture.st.message);
    Google__Rpc__BadRequest *request = read_details();
    assert_in_range(request->n_field_violations, 10, 999);
    assert_string_equal(request->field_violations[9]->field, "field9");
    google__rpc__bad_request__free_unpacked(request, NULL);
}

static void cuts_long_texts_between_characters(void **state)
{
    (void)state;
    for (int shift = 0; shift < 4; shift++) {
        char text[1001];
        for (int i = 0; i < 1000; i += 4)
            memcpy(text + i, "\xf0\x9f\x98\x80", 4);
        text[1000] = '\0';
        setup(NULL);
        add(text, text + shift * 4);
        struct field_path path = field_path_key(NULL, text);
        violations_add(&fixture.violations, &path, "%.*s%s", shift, "xxxx", text);
        assert_false(violations_status(&fixture.violations, &fixture.st));
        for (const struct violation *each = fixture.violations.first; each; each = each->next) {
            assert_in_range(each->description.len, 200, 255);
            assert_int_equal((each->description.len - (each == fixture.violations.last ? (size_t)shift : 0)) % 4, 0);
        }
        google__rpc__bad_request__free_unpacked(read_details(), NULL);
        teardown(NULL);
    }
}

static void counts_also_when_memory_is_exhausted(void **state)
{
    (void)state;
    arena_free(&fixture.arena);
    arena_init(&fixture.arena, 0);
    add("name", "required");
    add("id", "required");
    assert_false(violations_status(&fixture.violations, &fixture.st));
    assert_int_equal(fixture.st.code, STATUS_INVALID_ARGUMENT);
    assert_string_equal(fixture.st.message, "2 fields are wrong");
    assert_int_equal(fixture.st.details.len, 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(says_ok_when_there_are_none),
        CASE(tells_a_single_one_plainly),
        CASE(tells_several_in_the_message_and_in_the_details),
        CASE(writes_paths_as_the_client_spells_them),
        CASE(keeps_details_below_their_limit_and_counts_the_rest),
        CASE(cuts_long_texts_between_characters),
        CASE(counts_also_when_memory_is_exhausted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

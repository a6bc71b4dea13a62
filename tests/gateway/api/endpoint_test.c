#include "gateway/api/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
/* after the above */
#include <cmocka.h>

#include "tests/codec/schema/broken_set_file.h"
#include "tests/gateway/pipeline/library_schema.h"

static void makes_one_endpoint_of_each_rule_in_the_order_of_the_schema(void **state)
{
    static const struct {
        const char *path, *method, *template;
        size_t variable_count;
    } expected[] = {
        {"/test.v1.Library/ListBooks", "GET", "/v1/books", 0},
        {"/test.v1.Library/GetBook", "GET", "/v1/{name=shelves/*/books/*}", 1},
        {"/test.v1.Library/GetBook", "GET", "/v1/books/{name}", 1},
        {"/test.v1.Library/CreateBook", "POST", "/v1/{parent=shelves/*}/books", 1},
        {"/test.v1.Library/ReplaceBook", "PUT", "/v1/{name=shelves/*/books/*}", 1},
        {"/test.v1.Library/UpdateBook", "PATCH", "/v1/{book.name=shelves/*/books/*}", 1},
        {"/test.v1.Library/DeleteBook", "DELETE", "/v1/{name=shelves/*/books/*}", 1},
        {"/test.v1.Library/QuotePrice", "POST", "/v1/quotes/{at_most}", 1},
        {"/test.v1.Library/QuotePrice", "POST", "/v1/quotes", 0},
        {"/test.v1.Library/QuotePrice", "PATCH", "/v1/quotes/{note}", 1},
    };
    struct schema *schema = library_schema_load("library");
    struct endpoint_set *set;
    struct status st;
    (void)state;
    assert_true(endpoint_set_create(schema, false, &set, &st));
    assert_int_equal(set->count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < set->count; i++) {
        const struct endpoint *endpoint = &set->endpoints[i];
        assert_true(view_equal_text(endpoint->method->path, expected[i].path));
        assert_true(view_equal_text(endpoint->rule->http_method, expected[i].method));
        assert_true(view_equal_text(endpoint->rule->path_template, expected[i].template));
        assert_int_equal(endpoint->variable_count, expected[i].variable_count);
    }
    assert_int_equal(set->endpoints[5].variables[0].len, 2);
    endpoint_set_destroy(set);
    schema_destroy(schema);
}

static bool create(struct view descriptors, struct status *st)
{
    struct schema *schema;
    struct endpoint_set *set;
    if (!schema_load(descriptors, &schema, st))
        fail_msg("%s", st->message);
    bool created = endpoint_set_create(schema, false, &set, st);
    if (created)
        endpoint_set_destroy(set);
    schema_destroy(schema);
    return created;
}

static void refuses_a_rule_that_cannot_be_served_and_names_its_method(void **state)
{
    (void)state;
    assert_true(broken_set_file_check("tests/gateway/api/broken_rules.binpb", create) > 30);
}

static void leaves_out_streaming_methods_when_told_to(void **state)
{
    struct schema *schema = library_schema_load("streaming");
    struct endpoint_set *set;
    struct status st;
    (void)state;
    assert_true(endpoint_set_create(schema, true, &set, &st));
    assert_int_equal(set->count, 1);
    assert_string_equal(set->endpoints[0].method->path.data, "/test.streaming.v1.Service/Unary");
    endpoint_set_destroy(set);
    schema_destroy(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_one_endpoint_of_each_rule_in_the_order_of_the_schema),
        cmocka_unit_test(refuses_a_rule_that_cannot_be_served_and_names_its_method),
        cmocka_unit_test(leaves_out_streaming_methods_when_told_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a request needs besides its body: the mask of a PATCH, pieces put together, contradictions between path and body. */
#include <stdio.h>

#include "tests/codec/transcode/codec_case.h"
#include "tests/codec/wire/wire_text.h"

struct mask_case {
    const char *message;
    const char *field;
    const char *json;
    const char *paths; /* of the mask, as JSON prints them, but for proto names; with ; between */
};

static void expect_mask(const struct mask_case *mask_case, bool ignore_unknown)
{
    struct buf json, out, mask, expected;
    struct status st;
    struct transcode_options options = codec_options();
    const struct schema_message *message = codec_message(mask_case->message);
    buf_init(&json, SIZE_MAX / 2);
    buf_init(&out, SIZE_MAX / 2);
    buf_init(&mask, SIZE_MAX / 2);
    buf_init(&expected, SIZE_MAX / 2);
    options.field_mask = &mask;
    options.ignore_unknown_fields = ignore_unknown;
    codec_append_json(&json, mask_case->json);
    const struct schema_field *field = mask_case->field ? codec_field(message, mask_case->field) : NULL;
    if (!transcode_json_to_binary(message, field, buf_view(&json), &options, &out, &st))
        fail_msg("%s: %s", mask_case->json, st.message);
    for (const char *path = mask_case->paths; *path;) {
        char text[100];
        int len = (int)strcspn(path, ";");
        snprintf(text, sizeof(text), "1: \"%.*s\"", len, path);
        wire_text_append(&expected, text);
        path += len + (path[len] == ';');
    }
    if (!view_equal(buf_view(&mask), buf_view(&expected)))
        fail_msg("%s: not the expected mask: %.*s", mask_case->json, VIEW_ARG(buf_view(&mask)));
    buf_free(&json);
    buf_free(&out);
    buf_free(&mask);
    buf_free(&expected);
}

static void makes_the_field_mask_of_a_body(void **state)
{
    (void)state;
    static const struct mask_case cases[] = {
        {"Node", NULL, "{}", ""},
        {"Node", NULL, "{'id':1}", "id"},
        {"Node", NULL, "{'name':'a','id':0}", "name;id"},
        {"Scalars", NULL, "{'anInt32':1,'a_bool':false}", "an_int32;a_bool"},
        {"Node", NULL, "{'id':null}", "id"}, /* given, to be cleared */
        {"Node", NULL, "{'child':{'id':1,'child':{'name':'a'}},'id':1}", "child.id;child.child.name;id"},
        {"Node", NULL, "{'child':{}}", "child"}, /* a message as a whole, when nothing in it is given */
        {"Node", NULL, "{'child':null}", "child"},
        {"Node", NULL, "{'child':{'child':{}}}", "child.child"},
        {"Node", NULL, "{'children':[{'id':1}],'named':{'a':{'id':1}},'numbers':[]}", "children;named;numbers"},
        {"WellKnown", NULL, "{'timestamp':'1970-01-01T00:00:00Z','struct':{'a':{'b':1}},'int64Value':'1'}",
         "timestamp;struct;int64_value"},
        {"WellKnown", NULL, "{'any':{'@type':'x/codec.test.Node','id':1},'empty':{}}", "any;empty"},
        {"Names", NULL, "{'documentationURL':1,'in.ner[0]':{'fooBarBaz':1}}", "renamed;inner.foo_bar__baz"},
        {"Choice", NULL, "{'another':{'aNode':{'id':1}},'apart':2}", "another.a_node.id;apart"},
        {"Node", "child", "{'id':1,'child':{'name':'a'}}", "id;child.name"}, /* beginning inside of the field */
        {"Node", "child", "{}", ""},
        {"Node", "children", "[{'id':1}]", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_mask(&cases[i], false);
}

static void leaves_out_of_the_mask_what_is_ignored(void **state)
{
    (void)state;
    static const struct mask_case cases[] = {
        {"Node", NULL, "{'nothing':1,'id':1,'child':{'nothing':1}}", "id"},
        {"Node", NULL, "{'child':{'nothing':1,'child':{'nothing':1,'id':1}}}", "child.child.id"},
        {"Scalars", NULL, "{'aLevel':'LEVEL_THREE','aBool':true}", "a_bool"},
        {"Scalars", NULL, "{'aLevel':null}", "a_level"},
        {"Lists", NULL, "{'levels':['LEVEL_THREE']}", "levels"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_mask(&cases[i], true);
}

static void refuses_a_mask_that_is_too_long(void **state)
{
    (void)state;
    struct buf out, mask;
    struct status st;
    struct transcode_options options = codec_options();
    buf_init(&out, SIZE_MAX / 2);
    buf_init(&mask, 10);
    options.field_mask = &mask;
    assert_false(transcode_json_to_binary(codec_message("Node"), NULL,
                                          view_of("{\"id\":1,\"weight\":2,\"numbers\":[]}"), &options, &out, &st));
    assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
    assert_int_equal(out.len, 0);
    buf_free(&out);
    buf_free(&mask);
}

static void puts_the_pieces_of_messages_together(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *pieces;
        const char *merged;
    } cases[] = {
        {"Node", "", ""},
        {"Node", "1: 1 2: \"a\"", "1: 1 2: \"a\""},
        {"Node", "3: {1: 1}", "3: {1: 1}"},
        {"Node", "3: {1: 1} 3: {2: \"a\"}", "3: {1: 1 2: \"a\"}"},
        {"Node", "3: {1: 1} 1: 5 3: {2: \"a\"} 2: \"b\" 3: {6: 7}", "3: {1: 1 2: \"a\" 6: 7} 1: 5 2: \"b\""},
        {"Node", "3: {3: {1: 1}} 3: {3: {2: \"a\"}}", "3: {3: {1: 1 2: \"a\"}}"},
        {"Node", "3: {3: {1: 1} 1: 2} 3: {3: {2: \"a\"} 3: {6: 1}}", "3: {3: {1: 1 2: \"a\" 6: 1} 1: 2}"},
        {"Node", "3: {} 3: {}", "3: {}"},
        {"Node", "4: {1: 1} 4: {1: 2} 3: {} 4: {}", "4: {1: 1} 4: {1: 2} 3: {} 4: {}"}, /* elements stay elements */
        {"Node", "5: {1: \"a\" 2: {}} 5: {1: \"a\" 2: {}}", "5: {1: \"a\" 2: {}} 5: {1: \"a\" 2: {}}"},
        {"Node", "1: 1 1: 2", "1: 1 1: 2"}, /* of a scalar the last counts, which every parser knows */
        {"Node", "3: {4: {1: 1}} 3: {4: {1: 2}}", "3: {4: {1: 1} 4: {1: 2}}"},
        {"WellKnown", "1: {1: 1} 4: {1: {1: \"a\" 2: {1: 0}}} 1: {2: 5}",
         "1: {1: 1 2: 5} 4: {1: {1: \"a\" 2: {1: 0}}}"},
        {"Legacy", "9: !{1: 1} 14: {1: 1} 1: 5", "9: !{1: 1} 14: {1: 1} 1: 5"},
        {"Nothing", "3: {1: 1} 3: {2: 1}", "3: {1: 1} 3: {2: 1}"}, /* fields that the message does not have */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf pieces, merged, out;
        struct status st;
        buf_init(&pieces, SIZE_MAX / 2);
        buf_init(&merged, SIZE_MAX / 2);
        buf_init(&out, SIZE_MAX / 2);
        wire_text_append(&pieces, cases[i].pieces);
        wire_text_append(&merged, cases[i].merged);
        assert_true(buf_append_text(&out, "before"));
        assert_true(transcode_merge(codec_message(cases[i].message), buf_view(&pieces), &out, &st));
        if (!view_equal(view_make(out.data + 6, out.len - 6), buf_view(&merged)))
            fail_msg("%s: not merged as expected", cases[i].pieces);
        assert_memory_equal(out.data, "before", 6);
        buf_free(&pieces);
        buf_free(&merged);
        buf_free(&out);
    }
}

static void merges_long_messages(void **state)
{
    (void)state;
    char name[300];
    memset(name, 'x', sizeof(name));
    struct buf pieces, out, json;
    struct status st;
    buf_init(&pieces, SIZE_MAX / 2);
    buf_init(&out, SIZE_MAX / 2);
    buf_init(&json, SIZE_MAX / 2);
    const struct schema_message *node = codec_message("Node");
    const struct transcode_options options = codec_options();
    struct transcode_field_path id, long_name;
    assert_true(transcode_find_field_path(node, view_of("child.child.id"), &id, &st));
    assert_true(transcode_find_field_path(node, view_of("child.child.name"), &long_name, &st));
    assert_true(transcode_text_to_binary(&id, view_of("5"), &options, &pieces, &st));
    assert_true(transcode_text_to_binary(&long_name, view_make(name, sizeof(name)), &options, &pieces, &st));
    assert_true(transcode_merge(node, buf_view(&pieces), &out, &st));
    assert_int_equal(out.len, 300 + 3 + 2 + 3 + 3);
    assert_true(transcode_binary_to_json(node, NULL, buf_view(&out), &options, &json, &st));
    assert_int_equal(json.len, strlen("{'child':{'child':{'id':5,'name':''}}}") + 300);
    for (size_t max = 0; max < out.len; max++) {
        struct buf small;
        buf_init(&small, max);
        assert_false(transcode_merge(node, buf_view(&pieces), &small, &st));
        assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
        assert_int_equal(small.len, 0);
        buf_free(&small);
    }
    buf_free(&pieces);
    buf_free(&out);
    buf_free(&json);
}

/* As many as a long query has; each is looked at a few times, not as often as there are others. */
static void merges_many_pieces(void **state)
{
    (void)state;
    enum { COUNT_OF_PIECES = 200000 };
    struct buf pieces, out;
    struct status st;
    buf_init(&pieces, SIZE_MAX / 2);
    buf_init(&out, SIZE_MAX / 2);
    for (int i = 0; i < COUNT_OF_PIECES; i++)
        assert_true(buf_append(&pieces, (struct view)VIEW("\x1a\x02\x38\x07")));
    assert_true(transcode_merge(codec_message("Node"), buf_view(&pieces), &out, &st));
    assert_int_equal(out.len, 1 + 3 + 2 * COUNT_OF_PIECES);
    buf_free(&pieces);
    buf_free(&out);
}

static void finds_contradictions_between_path_and_body(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *path;
        const char *text;
        const char *body;
        bool contradicted;
    } cases[] = {
        {"Node", "name", "a", "{}", false},
        {"Node", "name", "a", "{'name':'a'}", false},
        {"Node", "name", "a", "{'name':'b'}", true},
        {"Node", "id", "7", "{'id':'7.0'}", false},
        {"Node", "id", "7", "{'id':8}", true},
        {"Node", "weight", "0", "{'weight':0}", false},
        {"Node", "weight", "1", "{'weight':0}", true},
        {"Node", "child.name", "a", "{'name':'b','child':{'id':1}}", false},
        {"Node", "child.name", "a", "{'child':{'name':'a','id':1}}", false},
        {"Node", "child.name", "a", "{'child':{'id':1,'name':'b'}}", true},
        {"Scalars", "aLevel", "LEVEL_TWO", "{'aLevel':2}", false},
        {"Scalars", "aLevel", "LEVEL_TWO", "{'aLevel':'LEVEL_ONE'}", true},
        {"WellKnown", "timestamp", "1970-01-01T00:00:01Z", "{'timestamp':'1970-01-01T01:00:01+01:00'}", false},
        {"WellKnown", "timestamp", "1970-01-01T00:00:01Z", "{'timestamp':'1970-01-01T00:00:02Z'}", true},
        {"Scalars", "anInt32", "1", "{'anInt32':0}", false}, /* a default without presence is as good as absent */
        {"Scalars", "anInt32", "0", "{'anInt32':1}", true},
        {"WellKnown", "int64Value", "0", "{'int64Value':'0'}", false},
        {"WellKnown", "int64Value", "5", "{'int64Value':'0'}", true},
        {"WellKnown", "int64Value", "5", "{'int64Value':5}", false},
        {"WellKnown", "stringValue", "", "{'stringValue':''}", false},
        {"WellKnown", "stringValue", "a", "{'stringValue':''}", true},
        {"Choice", "anInt32", "1", "{'anInt32':1,'apart':2}", false},
        {"Choice", "anInt32", "1", "{'apart':2,'aString':'1'}", true},
        {"Choice", "aNode.id", "1", "{'aNode':{'name':'a'}}", false},
        {"Choice", "aNode.id", "1", "{'aBool':false}", true},
    };
    const struct transcode_options options = codec_options();
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct schema_message *message = codec_message(cases[i].message);
        struct transcode_field_path path;
        struct buf json, body, bound;
        struct status st;
        buf_init(&json, SIZE_MAX / 2);
        buf_init(&body, SIZE_MAX / 2);
        buf_init(&bound, SIZE_MAX / 2);
        codec_append_json(&json, cases[i].body);
        assert_true(transcode_find_field_path(message, view_of(cases[i].path), &path, &st));
        assert_true(transcode_text_to_binary(&path, view_of(cases[i].text), &options, &bound, &st));
        assert_true(transcode_json_to_binary(message, NULL, buf_view(&json), &options, &body, &st));
        if (transcode_is_contradicted(message, &path, buf_view(&bound), buf_view(&body)) != cases[i].contradicted)
            fail_msg("%s = %s, %s", cases[i].path, cases[i].text, cases[i].body);
        buf_free(&json);
        buf_free(&body);
        buf_free(&bound);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_the_field_mask_of_a_body),
        cmocka_unit_test(leaves_out_of_the_mask_what_is_ignored),
        cmocka_unit_test(refuses_a_mask_that_is_too_long),
        cmocka_unit_test(puts_the_pieces_of_messages_together),
        cmocka_unit_test(merges_long_messages),
        cmocka_unit_test(merges_many_pieces),
        cmocka_unit_test(finds_contradictions_between_path_and_body),
    };
    return cmocka_run_group_tests(tests, codec_setup, codec_teardown);
}

/*
 * Text as a path template.
 *
 * What is accepted is within the limits, its parts stand in the text, and the template that is printed from them is parsed to the same
 * parts. What is refused is refused with a place in the text.
 */
#include "gateway/route/http_template.h"

#include "tests/fuzz/fuzz.h"

static void append(struct buf *out, struct view text)
{
    if (!buf_append(out, text))
        fuzz_fail("there is memory");
}

static void check_within(struct view part, struct view text, const char *what)
{
    FUZZ_CHECK(part.len == 0 || (part.data >= text.data && part.data + part.len <= text.data + text.len),
               "a %s stands in the text", what);
}

static void check_limits(const struct http_template *parsed, struct view text)
{
    FUZZ_CHECK(parsed->segment_count >= 1 && parsed->segment_count <= ROUTE_TEMPLATE_SEGMENTS_MAX, "segments: %zu",
               parsed->segment_count);
    FUZZ_CHECK(parsed->variable_count <= ROUTE_VARIABLES_MAX, "variables: %zu", parsed->variable_count);
    check_within(parsed->verb, text, "verb");
    size_t rests = 0;
    for (size_t i = 0; i < parsed->segment_count; i++) {
        bool rest = parsed->segments[i].kind == HTTP_TEMPLATE_REST;
        FUZZ_CHECK(!rest || parsed->rest == i, "the \"**\" is where the template says");
        FUZZ_CHECK(rests == 0 || parsed->segments[i].kind == HTTP_TEMPLATE_LITERAL, "behind \"**\" are only literals");
        rests += rest;
        FUZZ_CHECK((parsed->segments[i].kind == HTTP_TEMPLATE_LITERAL) == (parsed->segments[i].literal.len > 0),
                   "literals have text, and they alone");
        check_within(parsed->segments[i].literal, text, "literal");
    }
    FUZZ_CHECK(rests == 1 || parsed->rest == parsed->segment_count, "there is a \"**\" if the template says so");
    size_t end = 0;
    for (size_t i = 0; i < parsed->variable_count; i++) {
        const struct http_template_variable *variable = &parsed->variables[i];
        FUZZ_CHECK(variable->first >= end && variable->end > variable->first && variable->end <= parsed->segment_count,
                   "variables capture runs of segments, one behind the other");
        FUZZ_CHECK(variable->field_path.len > 0, "a variable has a name");
        check_within(variable->field_path, text, "field path");
        bool has_rest = parsed->rest >= variable->first && parsed->rest < variable->end;
        FUZZ_CHECK(variable->multi_segment == (has_rest || variable->end - variable->first > 1),
                   "a variable of several segments says so");
        end = variable->end;
    }
}

/* The template in its longest spelling: every variable with its pattern. */
static void print(const struct http_template *parsed, struct buf *out)
{
    static const char *const wildcards[] = {[HTTP_TEMPLATE_ANY] = "*", [HTTP_TEMPLATE_REST] = "**"};
    const struct http_template_variable *variable = parsed->variables;
    const struct http_template_variable *variables_end = variable + parsed->variable_count;
    for (size_t i = 0; i < parsed->segment_count; i++) {
        const struct http_template_segment *segment = &parsed->segments[i];
        append(out, (struct view)VIEW("/"));
        if (variable < variables_end && variable->first == i) {
            append(out, (struct view)VIEW("{"));
            append(out, variable->field_path);
            append(out, (struct view)VIEW("="));
        }
        append(out, segment->kind == HTTP_TEMPLATE_LITERAL ? segment->literal : view_of(wildcards[segment->kind]));
        if (variable < variables_end && variable->end == i + 1) {
            append(out, (struct view)VIEW("}"));
            variable++;
        }
    }
    if (parsed->verb.len) {
        append(out, (struct view)VIEW(":"));
        append(out, parsed->verb);
    }
}

static void check_same(const struct http_template *a, const struct http_template *b)
{
    FUZZ_CHECK(a->segment_count == b->segment_count && a->variable_count == b->variable_count && a->rest == b->rest,
               "as many segments and variables as before");
    fuzz_check_equal(a->verb, b->verb, "the verb, and the verb as printed");
    for (size_t i = 0; i < a->segment_count; i++) {
        FUZZ_CHECK(a->segments[i].kind == b->segments[i].kind, "segment %zu is of the same kind as before", i);
        fuzz_check_equal(a->segments[i].literal, b->segments[i].literal, "a literal, and the literal as printed");
    }
    for (size_t i = 0; i < a->variable_count; i++) {
        const struct http_template_variable *x = &a->variables[i], *y = &b->variables[i];
        FUZZ_CHECK(x->first == y->first && x->end == y->end && x->multi_segment == y->multi_segment,
                   "variable %zu captures the same as before", i);
        fuzz_check_equal(x->field_path, y->field_path, "a field path, and the field path as printed");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct view text = view_make((const char *)data, len);
    struct http_template parsed, again;
    struct status st;
    if (!http_template_parse(text, &parsed, &st)) {
        fuzz_check_refusal(&st);
        return 0;
    }
    check_limits(&parsed, text);
    struct buf printed;
    buf_init(&printed, FUZZ_OUTPUT_BYTES_MAX);
    print(&parsed, &printed);
    if (!http_template_parse(buf_view(&printed), &again, &st))
        fuzz_fail("a printed template is accepted: %s", st.message);
    check_same(&parsed, &again);
    buf_free(&printed);
    return 0;
}

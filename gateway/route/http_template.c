/*
 * One function a production, of the grammar in google/api/http.proto:
 *
 *     Template  = "/" Segments [ Verb ] ;
 *     Segments  = Segment { "/" Segment } ;
 *     Segment   = "*" | "**" | LITERAL | Variable ;
 *     Variable  = "{" FieldPath [ "=" Segments ] "}" ;
 *     FieldPath = IDENT { "." IDENT } ;
 *     Verb      = ":" LITERAL ;
 *
 * IDENT is a protobuf identifier. LITERAL is what http_template.h says. The Segments of a Variable hold no Variable, so
 * that the parser recurses once at most. The segments of all lists go into one flat array; a variable is a range of it.
 */
#include "gateway/route/http_template.h"

#include <string.h>

#define NUMBER_TEXT_(number) #number
#define NUMBER_TEXT(number)  NUMBER_TEXT_(number)

static const char expected_slash[] = "expected '/'";
static const char expected_segment[] = "expected a literal, '*', '**' or '{'";
static const char expected_end_of_segment[] = "expected '/', ':' or the end";
static const char expected_end_of_pattern[] = "expected '/' or '}'";
static const char expected_end_of_field_path[] = "expected '.', '=' or '}'";
static const char expected_identifier[] = "expected a field name";
static const char expected_verb[] = "expected a verb";
static const char expected_end[] = "expected the end after the verb (a colon in a literal is written %3A)";
static const char expected_escape[] = "expected two hexadecimal digits after '%'";
static const char expected_encoded[] = "expected this character percent-encoded";
static const char expected_literal_after_rest[] = "expected only literals and a verb after '**'";
static const char expected_no_variable[] = "expected no variable inside a variable";
static const char expected_new_field_path[] = "expected a field path that is not captured yet";
static const char too_many_segments[] = "expected at most " NUMBER_TEXT(ROUTE_TEMPLATE_SEGMENTS_MAX) " segments";
static const char too_many_variables[] = "expected at most " NUMBER_TEXT(ROUTE_VARIABLES_MAX) " variables";

struct parser {
    struct view text;
    size_t at; /* offset of the next byte */
    bool in_variable;
    bool after_rest; /* "**" was read */
    struct http_template *parsed;
    struct status *st;
};

static bool fail(const struct parser *parser, size_t at, const char *message)
{
    return status_fail(parser->st, STATUS_INVALID_ARGUMENT, "path template \"%.*s\": %s at offset %zu",
                       VIEW_ARG(parser->text), message, at);
}

/* The next byte, -1 at the end. */
static int peek(const struct parser *parser)
{
    return parser->at < parser->text.len ? (unsigned char)parser->text.data[parser->at] : -1;
}

static bool skip(struct parser *parser, char wanted)
{
    if (peek(parser) != wanted)
        return false;
    parser->at++;
    return true;
}

static struct view text_from(const struct parser *parser, size_t start)
{
    return view_make(parser->text.data + start, parser->at - start);
}

static bool is_hex_digit(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_identifier_start(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* LITERAL; empty_message tells what is missing when there is none. */
static bool parse_literal(struct parser *parser, const char *empty_message, struct view *ret_literal)
{
    size_t start = parser->at;
    int c;
    while ((c = peek(parser)) != -1 && !strchr("/:*{}", c)) {
        if (c <= ' ' || c == 0x7f || c == '?' || c == '#')
            return fail(parser, parser->at, expected_encoded);
        parser->at++;
        if (c != '%')
            continue;
        for (int digit = 0; digit < 2; digit++, parser->at++)
            if (!is_hex_digit(peek(parser)))
                return fail(parser, parser->at, expected_escape);
    }
    if (parser->at == start)
        return fail(parser, start, empty_message);
    *ret_literal = text_from(parser, start);
    return true;
}

static bool add_segment(struct parser *parser, size_t at, enum http_template_kind kind, struct view literal)
{
    struct http_template *parsed = parser->parsed;
    if (parser->after_rest && kind != HTTP_TEMPLATE_LITERAL)
        return fail(parser, at, expected_literal_after_rest);
    if (parsed->segment_count == ROUTE_TEMPLATE_SEGMENTS_MAX)
        return fail(parser, at, too_many_segments);
    if (kind == HTTP_TEMPLATE_REST) {
        parser->after_rest = true;
        parsed->rest = parsed->segment_count;
    }
    parsed->segments[parsed->segment_count++] = (struct http_template_segment){kind, literal};
    return true;
}

/* FieldPath = IDENT { "." IDENT } ; */
static bool parse_field_path(struct parser *parser, struct view *ret_field_path)
{
    size_t start = parser->at;
    do {
        if (!is_identifier_start(peek(parser)))
            return fail(parser, parser->at, expected_identifier);
        while (is_identifier_start(peek(parser)) || (peek(parser) >= '0' && peek(parser) <= '9'))
            parser->at++;
    } while (skip(parser, '.'));
    *ret_field_path = text_from(parser, start);
    for (size_t i = 0; i < parser->parsed->variable_count; i++)
        if (view_equal(parser->parsed->variables[i].field_path, *ret_field_path))
            return fail(parser, start, expected_new_field_path);
    return true;
}

static bool parse_segments(struct parser *parser);

/* Variable = "{" FieldPath [ "=" Segments ] "}" ;    {x} is {x=*} */
static bool parse_variable(struct parser *parser)
{
    struct http_template *parsed = parser->parsed;
    struct http_template_variable variable = {.first = parsed->segment_count};
    size_t start = parser->at;
    if (parser->in_variable)
        return fail(parser, start, expected_no_variable);
    if (parsed->variable_count == ROUTE_VARIABLES_MAX)
        return fail(parser, start, too_many_variables);
    parser->at++;
    if (!parse_field_path(parser, &variable.field_path))
        return false;
    if (skip(parser, '=')) {
        parser->in_variable = true;
        if (!parse_segments(parser))
            return false;
        parser->in_variable = false;
        if (!skip(parser, '}'))
            return fail(parser, parser->at, expected_end_of_pattern);
    } else {
        if (!skip(parser, '}'))
            return fail(parser, parser->at, expected_end_of_field_path);
        if (!add_segment(parser, start, HTTP_TEMPLATE_ANY, (struct view){0}))
            return false;
    }
    variable.end = parsed->segment_count;
    variable.multi_segment =
        variable.end - variable.first > 1 || parsed->segments[variable.first].kind == HTTP_TEMPLATE_REST;
    parsed->variables[parsed->variable_count++] = variable;
    return true;
}

/* Segment = "*" | "**" | LITERAL | Variable ; */
static bool parse_segment(struct parser *parser)
{
    size_t start = parser->at;
    struct view literal;
    if (peek(parser) == '{')
        return parse_variable(parser);
    if (skip(parser, '*'))
        return add_segment(parser, start, skip(parser, '*') ? HTTP_TEMPLATE_REST : HTTP_TEMPLATE_ANY, (struct view){0});
    return parse_literal(parser, expected_segment, &literal) &&
           add_segment(parser, start, HTTP_TEMPLATE_LITERAL, literal);
}

/* Segments = Segment { "/" Segment } ; */
static bool parse_segments(struct parser *parser)
{
    do {
        if (!parse_segment(parser))
            return false;
    } while (skip(parser, '/'));
    return true;
}

/* Verb = ":" LITERAL ; */
static bool parse_verb(struct parser *parser)
{
    parser->at++;
    return parse_literal(parser, expected_verb, &parser->parsed->verb);
}

/* Template = "/" Segments [ Verb ] ; */
static bool parse_template(struct parser *parser)
{
    if (!skip(parser, '/'))
        return fail(parser, parser->at, expected_slash);
    if (!parse_segments(parser))
        return false;
    if (peek(parser) == ':') {
        if (!parse_verb(parser))
            return false;
        return peek(parser) == -1 || fail(parser, parser->at, expected_end);
    }
    return peek(parser) == -1 || fail(parser, parser->at, expected_end_of_segment);
}

bool http_template_parse(struct view text, struct http_template *ret_template, struct status *st)
{
    struct http_template parsed;
    parsed.segment_count = 0;
    parsed.variable_count = 0;
    parsed.verb = (struct view){0};
    struct parser parser = {.text = text, .parsed = &parsed, .st = st};
    if (!parse_template(&parser))
        return false;
    if (!parser.after_rest)
        parsed.rest = parsed.segment_count;
    *ret_template = parsed;
    return true;
}

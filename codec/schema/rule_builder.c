/*
 * The google.api.http option of a method: its rules. It is read straight off its bytes, one level for the rule and one for its
 * additional_bindings: options that a .proto file sets in pieces (custom.kind here, custom.path there) are pieces of one message, which
 * protobuf-c does not put together where they are members of a oneof.
 */
#include "codec/schema/builder.h"
#include "codec/wire/wire.h"

/* Numbers of google.api.HttpRule and CustomHttpPattern. */
enum {
    RULE_GET = 2,
    RULE_PUT = 3,
    RULE_POST = 4,
    RULE_DELETE = 5,
    RULE_PATCH = 6,
    RULE_BODY = 7,
    RULE_CUSTOM = 8,
    RULE_ADDITIONAL_BINDINGS = 11,
    RULE_RESPONSE_BODY = 12,
    CUSTOM_KIND = 1,
    CUSTOM_PATH = 2,
};

/* additional_bindings may not nest (google/api/http.proto), but their count is open; this bounds one method. */
#define RULES_PER_METHOD_MAX 1024

/* Rules hold no groups; a few are skipped all the same, as unknown fields. */
#define GROUP_DEPTH_MAX 8

/* A rule as it stands in the option: views into its bytes. */
struct rule_source {
    uint32_t pattern; /* the last one that is set; 0: none */
    struct view http_method;
    struct view path_template;
    struct view body;
    struct view response_body;
    size_t binding_count;
};

static bool fail(struct builder *builder, const struct pending_method *pending, const char *text)
{
    return builder_fail(builder, pending->file, pending->name, "google.api.http: %s", text);
}

static bool read_custom(struct view custom, struct rule_source *source)
{
    const char *end = custom.data + custom.len;
    for (const char *in = custom.data; in != end;) {
        struct wire_field field;
        in = wire_read_field(in, end, GROUP_DEPTH_MAX, &field);
        if (!in)
            return false;
        struct view content = view_make(field.begin, (size_t)(field.end - field.begin));
        if (field.type == WIRE_LENGTH && field.number == CUSTOM_KIND)
            source->http_method = content;
        else if (field.type == WIRE_LENGTH && field.number == CUSTOM_PATH)
            source->path_template = content;
    }
    return true;
}

static bool read_pattern(uint32_t number, struct view content, struct rule_source *source)
{
    static const struct view http_methods[] = {
        [RULE_GET] = VIEW("GET"),       [RULE_PUT] = VIEW("PUT"),     [RULE_POST] = VIEW("POST"),
        [RULE_DELETE] = VIEW("DELETE"), [RULE_PATCH] = VIEW("PATCH"), [RULE_CUSTOM] = {0}};
    if (number != RULE_CUSTOM || source->pattern != RULE_CUSTOM) {
        source->http_method = http_methods[number];
        source->path_template = number == RULE_CUSTOM ? (struct view){0} : content;
    }
    source->pattern = number;
    return number != RULE_CUSTOM || read_custom(content, source);
}

/* False: malformed. Of several values the last one counts, and the pieces of a custom pattern add up. What the texts hold is judged
 * by who uses them: the template by its parser, the fields by being found. */
static bool read_rule(struct view bytes, struct rule_source *source)
{
    *source = (struct rule_source){0};
    const char *end = bytes.data + bytes.len;
    for (const char *in = bytes.data; in != end;) {
        struct wire_field field;
        in = wire_read_field(in, end, GROUP_DEPTH_MAX, &field);
        if (!in)
            return false;
        struct view content = view_make(field.begin, (size_t)(field.end - field.begin));
        if (field.type != WIRE_LENGTH)
            continue;
        switch (field.number) {
        case RULE_BODY: source->body = content; break;
        case RULE_RESPONSE_BODY: source->response_body = content; break;
        case RULE_ADDITIONAL_BINDINGS: source->binding_count++; break;
        case RULE_GET:
        case RULE_PUT:
        case RULE_POST:
        case RULE_DELETE:
        case RULE_PATCH:
        case RULE_CUSTOM:
            if (!read_pattern(field.number, content, source))
                return false;
            break;
        default: break;
        }
    }
    return true;
}

static bool copy_text(struct builder *builder, struct view text, struct view *ret_text)
{
    char *copy = arena_copy(builder->arena, text);
    if (!copy)
        return builder_out_of_memory(builder);
    *ret_text = view_make(copy, text.len);
    return true;
}

/* The field of a message that a rule names; none for "". */
static bool find_field(struct builder *builder, const struct pending_method *pending, const struct rule_source *source,
                       const char *what, const struct schema_message *message, struct view name,
                       const struct schema_field **ret_field)
{
    if (name.len == 0)
        return true;
    *ret_field = schema_find_field(message, name);
    return *ret_field ||
           builder_fail(builder, pending->file, pending->name,
                        "google.api.http: %.*s %.*s: %s: %.*s has no field \"%.*s\"", VIEW_ARG(source->http_method),
                        VIEW_ARG(source->path_template), what, VIEW_ARG(message->full_name), VIEW_ARG(name));
}

static bool fill_rule(struct builder *builder, const struct pending_method *pending, const struct rule_source *source,
                      struct schema_http_rule *rule)
{
    if (!source->pattern)
        return fail(builder, pending, "no get, put, post, delete, patch or custom pattern");
    if (!source->http_method.len || !source->path_template.len)
        return fail(builder, pending, "an empty method or path template");
    rule->body_whole = view_equal_text(source->body, "*");
    return copy_text(builder, source->http_method, &rule->http_method) &&
           copy_text(builder, source->path_template, &rule->path_template) &&
           (rule->body_whole ||
            find_field(builder, pending, source, "body", pending->method->input, source->body, &rule->body_field)) &&
           find_field(builder, pending, source, "response_body", pending->method->output, source->response_body,
                      &rule->response_field);
}

static bool fill_bindings(struct builder *builder, const struct pending_method *pending, struct view bytes,
                          struct schema_http_rule *rules)
{
    const char *end = bytes.data + bytes.len;
    for (const char *in = bytes.data; in != end;) {
        struct wire_field field;
        in = wire_read_field(in, end, GROUP_DEPTH_MAX, &field);
        if (field.number != RULE_ADDITIONAL_BINDINGS || field.type != WIRE_LENGTH)
            continue;
        struct rule_source source;
        if (!read_rule(view_make(field.begin, (size_t)(field.end - field.begin)), &source))
            return fail(builder, pending, "does not parse");
        if (source.binding_count)
            return fail(builder, pending, "additional_bindings inside of additional_bindings");
        if (!fill_rule(builder, pending, &source, rules++))
            return false;
    }
    return true;
}

bool builder_fill_rules(struct builder *builder, const struct pending_method *pending, struct view http_rule)
{
    struct rule_source source;
    if (!read_rule(http_rule, &source))
        return fail(builder, pending, "does not parse");
    size_t count = 1 + source.binding_count;
    if (count > RULES_PER_METHOD_MAX)
        return builder_fail(builder, pending->file, pending->name, "google.api.http: more than %d rules",
                            RULES_PER_METHOD_MAX);
    struct schema_http_rule *rules = arena_calloc(builder->arena, count, sizeof(*rules));
    if (!rules)
        return builder_out_of_memory(builder);
    pending->method->rules = rules;
    pending->method->rule_count = count;
    return fill_rule(builder, pending, &source, rules) && fill_bindings(builder, pending, http_rule, rules + 1);
}

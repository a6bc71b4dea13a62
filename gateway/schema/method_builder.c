/*
 * Services and their HTTP rules. The options google.api.http and gateway.v1.http_response are extensions of MethodOptions, which
 * protobuf-c keeps as unknown fields; an option that was set in pieces is several fields, whose bytes merge when put together.
 */
#include <gateway/v1/annotations.pb-c.h>
#include <google/api/http.pb-c.h>
#include <string.h>

#include "gateway/schema/builder.h"
#include "gateway/wire/wire.h"

#define OPTION_HTTP          72295728 /* google/api/annotations.proto */
#define OPTION_HTTP_RESPONSE 50861    /* gateway/v1/annotations.proto */

/* additional_bindings may not nest (google/api/http.proto), but their count is open; this bounds one method. */
#define RULES_PER_METHOD_MAX 1024

struct method_place {
    const Google__Protobuf__FileDescriptorProto *file;
    struct schema_method *method;
};

static bool fail_at(struct builder *builder, const struct method_place *place, const char *text, const char *detail)
{
    return builder_fail(builder, place->file, view_make(place->method->path.data + 1, place->method->path.len - 1),
                        "%s%s", text, detail ? detail : "");
}

/* The content of an option: the bytes of all its occurrences. data NULL: the option is not set. False: out of memory. */
static bool find_option(struct builder *builder, const ProtobufCMessage *options, uint32_t number,
                        struct view *ret_content)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < options->n_unknown_fields; i++)
        if (options->unknown_fields[i].tag == number)
            bytes += options->unknown_fields[i].len;
    *ret_content = (struct view){0};
    if (bytes == 0)
        return true;
    char *content = arena_alloc(builder->scratch, bytes);
    if (!content)
        return builder_out_of_memory(builder);
    size_t len = 0;
    for (unsigned i = 0; i < options->n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *field = &options->unknown_fields[i];
        const char *in = (const char *)field->data, *end = in + field->len;
        size_t part_len;
        if (field->tag != number || (unsigned)field->wire_type != WIRE_LENGTH)
            continue;
        in = wire_read_length(in, end, &part_len);
        if (!in)
            continue;
        memcpy(content + len, in, part_len);
        len += part_len;
    }
    *ret_content = view_make(content, len);
    return true;
}

static bool copy_text(struct builder *builder, const char *text, struct view *ret_text)
{
    char *copy = arena_copy(builder->arena, view_of(text));
    if (!copy)
        return builder_out_of_memory(builder);
    *ret_text = view_of(copy);
    return true;
}

static bool find_pattern(const Google__Api__HttpRule *rule, const char **ret_method, const char **ret_template)
{
    switch (rule->pattern_case) {
    case GOOGLE__API__HTTP_RULE__PATTERN_GET: *ret_method = "GET", *ret_template = rule->get; return true;
    case GOOGLE__API__HTTP_RULE__PATTERN_PUT: *ret_method = "PUT", *ret_template = rule->put; return true;
    case GOOGLE__API__HTTP_RULE__PATTERN_POST: *ret_method = "POST", *ret_template = rule->post; return true;
    case GOOGLE__API__HTTP_RULE__PATTERN_DELETE: *ret_method = "DELETE", *ret_template = rule->delete_; return true;
    case GOOGLE__API__HTTP_RULE__PATTERN_PATCH: *ret_method = "PATCH", *ret_template = rule->patch; return true;
    case GOOGLE__API__HTTP_RULE__PATTERN_CUSTOM:
        *ret_method = rule->custom->kind, *ret_template = rule->custom->path;
        return true;
    default: return false;
    }
}

static bool fill_rule(struct builder *builder, const struct method_place *place, const Google__Api__HttpRule *source,
                      struct schema_http_rule *rule)
{
    const char *http_method, *path_template;
    if (!find_pattern(source, &http_method, &path_template))
        return fail_at(builder, place, "google.api.http: no get, put, post, delete, patch or custom pattern", NULL);
    if (!http_method[0] || !path_template[0])
        return fail_at(builder, place, "google.api.http: an empty method or path template", NULL);
    if (!copy_text(builder, http_method, &rule->http_method) ||
        !copy_text(builder, path_template, &rule->path_template))
        return false;
    rule->body_whole = strcmp(source->body, "*") == 0;
    if (source->body[0] && !rule->body_whole) {
        rule->body_field = schema_find_field(place->method->input, view_of(source->body));
        if (!rule->body_field)
            return fail_at(builder, place, "google.api.http: the request has no field for body: ", source->body);
    }
    if (source->response_body[0]) {
        rule->response_field = schema_find_field(place->method->output, view_of(source->response_body));
        if (!rule->response_field)
            return fail_at(builder, place,
                           "google.api.http: the reply has no field for response_body: ", source->response_body);
    }
    return true;
}

static bool fill_rules(struct builder *builder, const struct method_place *place, const Google__Api__HttpRule *source)
{
    size_t count = 1 + source->n_additional_bindings;
    if (count > RULES_PER_METHOD_MAX)
        return fail_at(builder, place, "google.api.http: too many additional_bindings", NULL);
    struct schema_http_rule *rules = arena_calloc(builder->arena, count, sizeof(*rules));
    if (!rules)
        return builder_out_of_memory(builder);
    if (!fill_rule(builder, place, source, &rules[0]))
        return false;
    for (size_t i = 1; i < count; i++) {
        if (source->additional_bindings[i - 1]->n_additional_bindings)
            return fail_at(builder, place, "google.api.http: additional_bindings inside of additional_bindings", NULL);
        if (!fill_rule(builder, place, source->additional_bindings[i - 1], &rules[i]))
            return false;
    }
    place->method->rules = rules;
    place->method->rule_count = count;
    return true;
}

static void *scratch_alloc(void *arena, size_t bytes)
{
    return arena_alloc(arena, bytes);
}

static void scratch_free(void *arena, void *memory)
{
    (void)arena;
    (void)memory;
}

static bool fill_options(struct builder *builder, const struct method_place *place, const ProtobufCMessage *options)
{
    ProtobufCAllocator allocator = {scratch_alloc, scratch_free, builder->scratch};
    struct view http, response;
    if (!find_option(builder, options, OPTION_HTTP, &http) ||
        !find_option(builder, options, OPTION_HTTP_RESPONSE, &response))
        return false;
    if (response.data) {
        const Gateway__V1__HttpResponse *content =
            gateway__v1__http_response__unpack(&allocator, response.len, (const uint8_t *)response.data);
        if (!content)
            return fail_at(builder, place, "gateway.v1.http_response: does not parse", NULL);
        if (content->success_code != 0 && (content->success_code < 200 || content->success_code > 299))
            return fail_at(builder, place, "gateway.v1.http_response: success_code is not between 200 and 299", NULL);
        if (content->success_code)
            place->method->success_code = (uint16_t)content->success_code;
    }
    if (http.data) {
        const Google__Api__HttpRule *rule =
            google__api__http_rule__unpack(&allocator, http.len, (const uint8_t *)http.data);
        if (!rule)
            return fail_at(builder, place, "google.api.http: does not parse", NULL);
        return fill_rules(builder, place, rule);
    }
    return true;
}

static bool fill_method(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file,
                        struct view service_name, const Google__Protobuf__MethodDescriptorProto *descriptor,
                        struct schema_method *method)
{
    const struct method_place place = {file, method};
    const char *name = descriptor->name ? descriptor->name : "";
    char *path = arena_printf(builder->arena, "/%.*s/%s", VIEW_ARG(service_name), name);
    if (!path)
        return builder_out_of_memory(builder);
    method->path = view_of(path);
    method->service_name = view_make(path + 1, service_name.len);
    method->name = view_of(path + service_name.len + 2);
    method->input = builder_find_message(builder, descriptor->input_type);
    method->output = builder_find_message(builder, descriptor->output_type);
    method->client_streaming = descriptor->client_streaming;
    method->server_streaming = descriptor->server_streaming;
    method->success_code = 200;
    if (!method->input)
        return fail_at(builder, &place, "no such message in the set: ", descriptor->input_type);
    if (!method->output)
        return fail_at(builder, &place, "no such message in the set: ", descriptor->output_type);
    return !descriptor->options || fill_options(builder, &place, &descriptor->options->base);
}

bool builder_add_services(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file)
{
    for (size_t i = 0; i < file->n_service; i++) {
        const Google__Protobuf__ServiceDescriptorProto *service = file->service[i];
        bool in_package = file->package && file->package[0];
        char *name = arena_printf(builder->scratch, "%s%s%s", in_package ? file->package : "", in_package ? "." : "",
                                  service->name ? service->name : "");
        if (!name)
            return builder_out_of_memory(builder);
        for (size_t j = 0; j < service->n_method; j++) {
            struct schema_method *method = &builder->schema->methods[builder->schema->method_count++];
            if (!fill_method(builder, file, view_of(name), service->method[j], method))
                return false;
        }
    }
    return true;
}

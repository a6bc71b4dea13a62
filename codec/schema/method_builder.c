/*
 * Services and their methods. The options google.api.http and gateway.v1.http_response are extensions of MethodOptions, which protobuf-c
 * keeps as unknown fields; an option that was set in pieces is several fields, whose bytes merge when put together.
 */
#include <gateway/v1/annotations.pb-c.h>
#include <string.h>

#include "codec/schema/builder.h"
#include "codec/wire/wire.h"

#define OPTION_HTTP          72295728 /* google/api/annotations.proto */
#define OPTION_HTTP_RESPONSE 50861    /* gateway/v1/annotations.proto */

/* The content of an option: the bytes of all its occurrences. data NULL: the option is not set. False: out of memory. */
static bool find_option(struct builder *builder, const ProtobufCMessage *options, uint32_t number,
                        struct view *ret_content)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < options->n_unknown_fields; i++)
        bytes += options->unknown_fields[i].len;
    char *content = arena_alloc(builder->scratch, bytes);
    if (!content)
        return builder_out_of_memory(builder);
    size_t len = 0;
    bool found = false;
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
        found = true;
    }
    *ret_content = found ? view_make(content, len) : (struct view){0};
    return true;
}

static bool fill_response(struct builder *builder, const struct pending_method *pending, struct view http_response)
{
    ProtobufCAllocator allocator = builder_allocator(builder->scratch);
    const Gateway__V1__HttpResponse *content =
        gateway__v1__http_response__unpack(&allocator, http_response.len, (const uint8_t *)http_response.data);
    if (!content)
        return builder_fail(builder, pending->file, pending->name, "gateway.v1.http_response: does not parse");
    if (content->success_code != 0 && (content->success_code < 200 || content->success_code > 299))
        return builder_fail(builder, pending->file, pending->name,
                            "gateway.v1.http_response: success_code %d is not between 200 and 299",
                            content->success_code);
    if (content->success_code)
        pending->method->success_code = (uint16_t)content->success_code;
    return true;
}

static bool fill_options(struct builder *builder, const struct pending_method *pending, const ProtobufCMessage *options)
{
    struct view http, response;
    return find_option(builder, options, OPTION_HTTP, &http) &&
           find_option(builder, options, OPTION_HTTP_RESPONSE, &response) &&
           (!response.data || fill_response(builder, pending, response)) &&
           (!http.data || (builder_fill_rules(builder, pending, http) &&
                           builder_check_conflict(builder, pending, pending->method->input) &&
                           builder_check_conflict(builder, pending, pending->method->output)));
}

static bool find_message(struct builder *builder, const struct pending_method *pending, const char *type_name,
                         const struct schema_message **ret_message)
{
    *ret_message = builder_find_message(builder, type_name);
    return *ret_message || builder_fail(builder, pending->file, pending->name, "no message \"%s\" in the set",
                                        type_name ? type_name : "");
}

static bool fill_method(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file,
                        struct view service_name, const Google__Protobuf__MethodDescriptorProto *descriptor,
                        struct schema_method *method)
{
    if (!builder_check_name(builder, file, service_name, "a method", descriptor->name))
        return false;
    char *full_name = arena_printf(builder->arena, "%.*s.%s", VIEW_ARG(service_name), descriptor->name);
    char *path = arena_printf(builder->arena, "/%.*s/%s", VIEW_ARG(service_name), descriptor->name);
    if (!full_name || !path)
        return builder_out_of_memory(builder);
    if (!builder_register_name(builder, file, view_of(full_name), NAME_METHOD, method))
        return false;
    method->path = view_of(path);
    method->service_name = view_make(path + 1, service_name.len);
    method->name = view_of(path + service_name.len + 2);
    method->client_streaming = descriptor->client_streaming;
    method->server_streaming = descriptor->server_streaming;
    method->success_code = 200;
    const struct pending_method pending = {method, file, view_of(path + 1)};
    return find_message(builder, &pending, descriptor->input_type, &method->input) &&
           find_message(builder, &pending, descriptor->output_type, &method->output) &&
           (!descriptor->options || fill_options(builder, &pending, &descriptor->options->base));
}

bool builder_add_services(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file)
{
    for (size_t i = 0; i < file->n_service; i++) {
        const Google__Protobuf__ServiceDescriptorProto *service = file->service[i];
        const char *package = file->package ? file->package : "";
        if (!builder_check_name(builder, file, view_of(package), "a service", service->name))
            return false;
        char *name = arena_printf(builder->arena, "%s%s%s", package, *package ? "." : "", service->name);
        if (!name)
            return builder_out_of_memory(builder);
        if (!builder_register_name(builder, file, view_of(name), NAME_SERVICE, name))
            return false;
        for (size_t j = 0; j < service->n_method; j++) {
            struct schema_method *method = &builder->schema->methods[builder->schema->method_count++];
            if (!fill_method(builder, file, view_of(name), service->method[j], method))
                return false;
        }
    }
    return true;
}

/*
 * v1 and v1alpha differ by their package only, so one handler on bytes serves both. One question at a time: the next is asked
 * for when the answer has left. nanopb calls the encoders below for the parts of an answer that have no fixed size, twice:
 * for the length, and for the bytes.
 */
#include "service/server/reflection.h"

#include <pb_decode.h>
#include <pb_encode.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "service/limits.h"
#include "service/server/descriptor_index.h"
#include "service/server/server_stream.h"

typedef grpc_reflection_v1_ServerReflectionRequest question_message;
typedef grpc_reflection_v1_ServerReflectionResponse answer_message;

struct reflection {
    const struct server *server;
    struct descriptor_index *index;
};

#define VIEW_OF(field) view_make((const char *)(field).bytes, (field).size)

/* ---- Parts of answers ---- */

static bool encode_text(pb_ostream_t *out, const pb_field_t *field, struct view text)
{
    return pb_encode_tag_for_field(out, field) && pb_encode_string(out, (const pb_byte_t *)text.data, text.len);
}

static bool encode_files(pb_ostream_t *out, const pb_field_t *field, void *const *arg)
{
    const struct descriptor_file *file = *arg;
    for (size_t i = 0; i < file->file_count; i++)
        if (!encode_text(out, field, file->files[i]->bytes))
            return false;
    return true;
}

struct extensions {
    const struct descriptor_extension *first;
    size_t count;
};

static bool encode_numbers(pb_ostream_t *out, const pb_field_t *field, void *const *arg)
{
    const struct extensions *extensions = *arg;
    for (size_t i = 0; i < extensions->count; i++)
        if (!pb_encode_tag_for_field(out, field) || !pb_encode_varint(out, (uint64_t)extensions->first[i].number))
            return false;
    return true;
}

static bool encode_name(pb_ostream_t *out, const pb_field_t *field, void *const *arg)
{
    return encode_text(out, field, view_of(*arg));
}

static bool encode_services(pb_ostream_t *out, const pb_field_t *field, void *const *arg)
{
    const struct reflection *reflection = *arg;
    const char *name;
    for (size_t i = 0; (name = descriptor_index_service(reflection->index, i)) != NULL; i++) {
        grpc_reflection_v1_ServiceResponse service = {.name = {.funcs.encode = encode_name, .arg = (void *)name}};
        if (server_has_service(reflection->server, view_of(name)) &&
            (!pb_encode_tag_for_field(out, field) ||
             !pb_encode_submessage(out, grpc_reflection_v1_ServiceResponse_fields, &service)))
            return false;
    }
    return true;
}

/* ---- Answers ---- */

static void answer_error(answer_message *answer, enum status_code code, const char *message)
{
    answer->which_message_response = grpc_reflection_v1_ServerReflectionResponse_error_response_tag;
    answer->message_response.error_response.error_code = (int32_t)code;
    strcpy(answer->message_response.error_response.error_message, message);
}

static void answer_file(answer_message *answer, const struct descriptor_file *file, const char *message)
{
    if (!file) {
        answer_error(answer, STATUS_NOT_FOUND, message);
        return;
    }
    answer->which_message_response = grpc_reflection_v1_ServerReflectionResponse_file_descriptor_response_tag;
    answer->message_response.file_descriptor_response.file_descriptor_proto =
        (pb_callback_t){.funcs.encode = encode_files, .arg = (void *)file};
}

static const struct descriptor_file *find_extension(const struct descriptor_index *index, struct view extendee,
                                                    int32_t number)
{
    size_t count;
    const struct descriptor_extension *extensions = descriptor_index_extensions(index, extendee, &count);
    for (size_t i = 0; i < count; i++)
        if (extensions[i].number == number)
            return extensions[i].file;
    return NULL;
}

/* `extensions` is the caller's, until the answer was encoded. */
static void answer_numbers(answer_message *answer, const struct descriptor_index *index,
                           const question_message *question, struct extensions *extensions)
{
    struct view type = VIEW_OF(question->message_request.all_extension_numbers_of_type);
    grpc_reflection_v1_ExtensionNumberResponse *numbers = &answer->message_response.all_extension_numbers_response;
    extensions->first = descriptor_index_extensions(index, type, &extensions->count);
    if (extensions->count == 0 && !descriptor_index_symbol(index, type)) {
        answer_error(answer, STATUS_NOT_FOUND, "there is no such type");
        return;
    }
    answer->which_message_response = grpc_reflection_v1_ServerReflectionResponse_all_extension_numbers_response_tag;
    numbers->base_type_name.size = (pb_size_t)type.len;
    memcpy(numbers->base_type_name.bytes, type.data, type.len);
    numbers->extension_number = (pb_callback_t){.funcs.encode = encode_numbers, .arg = extensions};
}

static void find_answer(const struct reflection *reflection, const question_message *question, answer_message *answer,
                        struct extensions *extensions)
{
    const struct descriptor_index *index = reflection->index;
    switch (question->which_message_request) {
    case grpc_reflection_v1_ServerReflectionRequest_file_by_filename_tag:
        answer_file(answer, descriptor_index_file(index, VIEW_OF(question->message_request.file_by_filename)),
                    "there is no such file");
        break;
    case grpc_reflection_v1_ServerReflectionRequest_file_containing_symbol_tag:
        answer_file(answer, descriptor_index_symbol(index, VIEW_OF(question->message_request.file_containing_symbol)),
                    "there is no such symbol");
        break;
    case grpc_reflection_v1_ServerReflectionRequest_file_containing_extension_tag:
        answer_file(answer,
                    find_extension(index, VIEW_OF(question->message_request.file_containing_extension.containing_type),
                                   question->message_request.file_containing_extension.extension_number),
                    "there is no such extension");
        break;
    case grpc_reflection_v1_ServerReflectionRequest_all_extension_numbers_of_type_tag:
        answer_numbers(answer, index, question, extensions);
        break;
    case grpc_reflection_v1_ServerReflectionRequest_list_services_tag:
        answer->which_message_response = grpc_reflection_v1_ServerReflectionResponse_list_services_response_tag;
        answer->message_response.list_services_response.service =
            (pb_callback_t){.funcs.encode = encode_services, .arg = (void *)reflection};
        break;
    default: answer_error(answer, STATUS_INVALID_ARGUMENT, "expected a message_request"); break;
    }
}

/* ---- The method ---- */

/* Its texts are sent back to the client, and must be UTF-8 for that. */
static bool decode(struct view bytes, question_message *question, struct status *st)
{
    pb_istream_t in = pb_istream_from_buffer((const pb_byte_t *)bytes.data, bytes.len);
    if (!pb_decode(&in, grpc_reflection_v1_ServerReflectionRequest_fields, question))
        return status_fail(st, STATUS_INVALID_ARGUMENT, "ServerReflectionRequest: %s", PB_GET_ERROR(&in));
    struct view host = VIEW_OF(question->host), name = {0};
    switch (question->which_message_request) {
    case grpc_reflection_v1_ServerReflectionRequest_file_by_filename_tag:
    case grpc_reflection_v1_ServerReflectionRequest_file_containing_symbol_tag:
    case grpc_reflection_v1_ServerReflectionRequest_all_extension_numbers_of_type_tag:
    case grpc_reflection_v1_ServerReflectionRequest_list_services_tag:
        name = VIEW_OF(question->message_request.file_by_filename); /* they are all alike */
        break;
    case grpc_reflection_v1_ServerReflectionRequest_file_containing_extension_tag:
        name = VIEW_OF(question->message_request.file_containing_extension.containing_type);
        break;
    }
    return (utf8_valid_len(host) == host.len && utf8_valid_len(name) == name.len) ||
           status_fail(st, STATUS_INVALID_ARGUMENT, "ServerReflectionRequest: expected UTF-8");
}

static bool write_to_buf(pb_ostream_t *out, const pb_byte_t *bytes, size_t len)
{
    return buf_append(out->state, view_make((const char *)bytes, len));
}

static bool encode(const answer_message *answer, struct buf *bytes, struct status *st)
{
    pb_ostream_t out = {.callback = write_to_buf, .state = bytes, .max_size = SERVER_REPLY_BYTES_MAX};
    return pb_encode(&out, grpc_reflection_v1_ServerReflectionResponse_fields, answer) ||
           status_fail(st, STATUS_INTERNAL, "ServerReflectionResponse: %s", PB_GET_ERROR(&out));
}

static void asked(void *ctx, struct server_stream *stream, struct view bytes)
{
    const struct reflection *reflection = ctx;
    question_message question = grpc_reflection_v1_ServerReflectionRequest_init_zero;
    answer_message answer = grpc_reflection_v1_ServerReflectionResponse_init_zero;
    struct extensions extensions;
    struct status st;
    struct buf reply;
    buf_init(&reply, SERVER_REPLY_BYTES_MAX);
    bool answered = decode(bytes, &question, &st);
    if (answered) {
        answer.valid_host.size = question.host.size;
        memcpy(answer.valid_host.bytes, question.host.bytes, question.host.size);
        answer.has_original_request = true;
        answer.original_request = question;
        find_answer(reflection, &question, &answer, &extensions);
        answered = encode(&answer, &reply, &st);
    }
    if (answered)
        server_stream_send(stream, buf_view(&reply));
    else
        server_stream_finish(stream, &st);
    buf_free(&reply);
}

static void asked_for_all(void *ctx, struct server_stream *stream)
{
    (void)ctx;
    struct status st;
    status_clear(&st);
    server_stream_finish(stream, &st);
}

static void ask_on(void *ctx, struct server_stream *stream)
{
    (void)ctx;
    server_stream_receive(stream);
}

static void ended(void *ctx, struct server_stream *stream)
{
    (void)ctx;
    (void)stream;
}

static const struct server_stream_handler handler = {asked, asked_for_all, ask_on, ended};

bool reflection_create(struct server *server, struct view descriptors, struct reflection **ret_reflection,
                       struct status *st)
{
    static const char *const services[] = {"grpc.reflection.v1.ServerReflection",
                                           "grpc.reflection.v1alpha.ServerReflection"};
    struct reflection *reflection = calloc(1, sizeof(*reflection));
    if (!reflection)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    *ret_reflection = reflection; /* the server may know it from here on */
    reflection->server = server;
    bool created = descriptor_index_create(descriptors, &reflection->index, st);
    for (size_t i = 0; i < 2 && created; i++)
        created = server_add_stream_method(server, services[i], "ServerReflectionInfo", &handler, reflection, st);
    return created;
}

void reflection_destroy(struct reflection *reflection)
{
    if (!reflection)
        return;
    descriptor_index_destroy(reflection->index);
    free(reflection);
}

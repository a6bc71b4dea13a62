#include "service/server/method.h"

#include <string.h>

#include "service/server/call.h"
#include "service/server/unpack.h"
#include "service/validate/violations.h"

/* The closure that services answer with. NULL is protobuf-c's word for "failed". */
static void reply(const ProtobufCMessage *message, void *closure_data)
{
    struct server_call *call = closure_data;
    struct status st;
    if (message) {
        call_reply_message(call, message);
    } else {
        status_fail(&st, STATUS_INTERNAL, "the method failed");
        server_call_fail(call, &st);
    }
}

/*
 * Tells a fault in the request's bytes, "path: what is wrong" (wire_check.h), as a field's violation like those of rules. One
 * of the message as a whole begins with its type's name, and stays as it is.
 */
static void attach_violation(struct status *st, const ProtobufCMessageDescriptor *type, struct arena *arena)
{
    const char *colon = strstr(st->message, ": ");
    if (st->code != STATUS_INVALID_ARGUMENT || !colon || view_starts_with(view_of(st->message), view_of(type->name)))
        return;
    const char *path = arena_copy(arena, view_make(st->message, (size_t)(colon - st->message)));
    if (!path)
        return;
    struct violations violations;
    struct field_path field = field_path_name(NULL, path);
    violations_init(&violations, arena);
    violations_add(&violations, &field, "%s", colon + 2);
    bool passed = violations_status(&violations, st);
    (void)passed; /* it has one */
}

void method_run_service(const struct method *method, struct server_call *call, struct view request)
{
    struct status st;
    ProtobufCMessage *message;
    const ProtobufCMethodDescriptor *descriptor = &method->service->descriptor->methods[method->index];
    if (!unpack(descriptor->input, request, server_call_arena(call), &message, &st)) {
        attach_violation(&st, descriptor->input, server_call_arena(call));
        server_call_fail(call, &st);
        return;
    }
    call_count_arena(call);
    method->service->invoke(method->service, method->index, message, reply, call);
}

void method_run_bytes(const struct method *method, struct server_call *call, struct view request)
{
    method->bytes_method(method->ctx, call, request);
}

void method_run_unknown(const struct method *method, struct server_call *call, struct view path)
{
    (void)method;
    struct status st;
    status_fail(&st, STATUS_UNIMPLEMENTED, "unknown method %.*s", VIEW_ARG(path));
    server_call_fail(call, &st);
}

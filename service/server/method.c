#include "service/server/method.h"

#include "service/server/call.h"
#include "service/server/unpack.h"

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

void method_run_service(const struct method *method, struct server_call *call, struct view request)
{
    struct status st;
    ProtobufCMessage *message;
    const ProtobufCMethodDescriptor *descriptor = &method->service->descriptor->methods[method->index];
    if (!unpack(descriptor->input, request, server_call_arena(call), &message, &st)) {
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

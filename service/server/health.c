#include "service/server/health.h"

#include <pb_decode.h>
#include <pb_encode.h>

#include "grpc/health/v1/health.pb.h"

typedef grpc_health_v1_HealthCheckRequest check_request;
typedef grpc_health_v1_HealthCheckResponse check_response;

static void reply(struct server_call *call, grpc_health_v1_HealthCheckResponse_ServingStatus serving)
{
    uint8_t bytes[grpc_health_v1_HealthCheckResponse_size];
    pb_ostream_t out = pb_ostream_from_buffer(bytes, sizeof(bytes));
    check_response response = {.status = serving};
    if (pb_encode(&out, grpc_health_v1_HealthCheckResponse_fields, &response)) {
        server_call_reply_bytes(call, view_make((const char *)bytes, out.bytes_written));
    } else {
        struct status st;
        status_fail(&st, STATUS_INTERNAL, "%s", PB_GET_ERROR(&out));
        server_call_fail(call, &st);
    }
}

static void check(void *ctx, struct server_call *call, struct view bytes)
{
    const struct server *server = ctx;
    struct status st;
    check_request request = grpc_health_v1_HealthCheckRequest_init_zero;
    pb_istream_t in = pb_istream_from_buffer((const pb_byte_t *)bytes.data, bytes.len);
    if (!pb_decode(&in, grpc_health_v1_HealthCheckRequest_fields, &request)) {
        status_fail(&st, STATUS_INVALID_ARGUMENT, "grpc.health.v1.HealthCheckRequest: %s", PB_GET_ERROR(&in));
        server_call_fail(call, &st);
        return;
    }
    struct view name = {(const char *)request.service.bytes, request.service.size};
    if (name.len > 0 && !server_has_service(server, name)) {
        status_fail(&st, STATUS_NOT_FOUND, "there is no such service");
        server_call_fail(call, &st);
        return;
    }
    reply(call, server_is_ready(server) ? grpc_health_v1_HealthCheckResponse_ServingStatus_SERVING
                                        : grpc_health_v1_HealthCheckResponse_ServingStatus_NOT_SERVING);
}

bool health_add(struct server *server, struct status *st)
{
    return server_add_bytes_method(server, "grpc.health.v1.Health", "Check", check, server, st);
}

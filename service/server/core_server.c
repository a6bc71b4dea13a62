#include "service/server/core_server.h"

#include "service/limits.h"

static grpc_arg integer_arg(const char *key, int value)
{
    return (grpc_arg){.type = GRPC_ARG_INTEGER, .key = (char *)key, .value = {.integer = value}};
}

grpc_server *core_server_create(const struct server_options *options, size_t request_bytes_max)
{
    int ping_interval_ms = options->min_ping_interval_ms ? options->min_ping_interval_ms : SERVER_PING_INTERVAL_MS_MIN;
    grpc_arg args[] = {
        integer_arg(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, (int)request_bytes_max),
        integer_arg(GRPC_ARG_MAX_CONCURRENT_STREAMS, SERVER_STREAMS_MAX),
        /* A second server on the same port is a mistake, not a way to share the load. */
        integer_arg(GRPC_ARG_ALLOW_REUSEPORT, 0),
        /* Requests are inflated by payload_read(). */
        integer_arg(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0),
        /* Statistics that nobody reads. */
        integer_arg(GRPC_ARG_ENABLE_CHANNELZ, 0),
        integer_arg(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, ping_interval_ms),
        integer_arg(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, options->keepalive_permit_without_calls),
        /* Those that are 0 are left out. */
        integer_arg(GRPC_ARG_KEEPALIVE_TIME_MS, options->keepalive_time_ms),
        integer_arg(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, options->keepalive_timeout_ms),
        integer_arg(GRPC_ARG_MAX_CONNECTION_IDLE_MS, options->connection_idle_ms_max),
        integer_arg(GRPC_ARG_MAX_CONNECTION_AGE_MS, options->connection_age_ms_max),
        integer_arg(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, options->connection_age_grace_ms_max),
    };
    size_t count = 7;
    for (size_t i = count; i < sizeof(args) / sizeof(args[0]); i++)
        if (args[i].value.integer > 0)
            args[count++] = args[i];
    return grpc_server_create(&(grpc_channel_args){.num_args = count, .args = args}, NULL);
}

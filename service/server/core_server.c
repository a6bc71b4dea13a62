#include "service/server/core_server.h"

#include <assert.h>

#include "service/limits.h"

#define ARGS_MAX 16

struct args {
    grpc_arg list[ARGS_MAX];
    size_t count;
};

static void set(struct args *args, const char *key, int value)
{
    assert(args->count < ARGS_MAX);
    args->list[args->count++] = (grpc_arg){.type = GRPC_ARG_INTEGER, .key = (char *)key, .value = {.integer = value}};
}

/* 0 leaves gRPC's default. */
static void set_optional(struct args *args, const char *key, int value)
{
    if (value > 0)
        set(args, key, value);
}

static void set_quota(struct args *args, grpc_resource_quota *quota)
{
    assert(args->count < ARGS_MAX);
    args->list[args->count++] =
        (grpc_arg){.type = GRPC_ARG_POINTER,
                   .key = (char *)GRPC_ARG_RESOURCE_QUOTA,
                   .value = {.pointer = {.p = quota, .vtable = grpc_resource_quota_arg_vtable()}}};
}

static void set_connection_args(struct args *args, const struct server_options *options)
{
    int ping_interval_ms = options->min_ping_interval_ms ? options->min_ping_interval_ms : SERVER_PING_INTERVAL_MS_MIN;
    set(args, GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, ping_interval_ms);
    set(args, GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, options->keepalive_permit_without_calls);
    set_optional(args, GRPC_ARG_KEEPALIVE_TIME_MS, options->keepalive_time_ms);
    set_optional(args, GRPC_ARG_KEEPALIVE_TIMEOUT_MS, options->keepalive_timeout_ms);
    set_optional(args, GRPC_ARG_MAX_CONNECTION_IDLE_MS, options->connection_idle_ms_max);
    set_optional(args, GRPC_ARG_MAX_CONNECTION_AGE_MS, options->connection_age_ms_max);
    set_optional(args, GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, options->connection_age_grace_ms_max);
}

grpc_server *core_server_create(const struct server_options *options, size_t request_bytes_max)
{
    struct args args = {.count = 0};
    grpc_resource_quota *quota = grpc_resource_quota_create("server");
    grpc_resource_quota_resize(quota, SERVER_CORE_BYTES_MAX);
    set_quota(&args, quota);
    set(&args, GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, (int)request_bytes_max);
    set(&args, GRPC_ARG_MAX_CONCURRENT_STREAMS, SERVER_STREAMS_MAX);
    set(&args, GRPC_ARG_ALLOW_REUSEPORT, 0); /* a second server on the port is a mistake, not a way to share the load */
    set(&args, GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0); /* payload_read() does it */
    set(&args, GRPC_ARG_ENABLE_CHANNELZ, 0);                  /* statistics that nobody reads */
    set_connection_args(&args, options);
    grpc_server *core = grpc_server_create(&(grpc_channel_args){.num_args = args.count, .args = args.list}, NULL);
    grpc_resource_quota_unref(quota);
    return core;
}

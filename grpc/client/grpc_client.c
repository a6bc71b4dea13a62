/*
 * One HTTP/2 connection to each replica of the service, and completion queues with a thread each.
 * The thread that starts a call also writes it to the socket; a completion thread reads the socket, decodes HTTP/2 and
 * ends the call. One such thread was measured to be best for one connection: a second one only fights for its lock.
 *
 * gRPC retries by method, but of one method some requests may be sent twice and others not. So there are two channels,
 * alike but for the retries: gRPC lets channels share their connections, the second costs some memory.
 */
#include "grpc/client/grpc_client.h"

#include <grpc/grpc_security.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grpc/client/channel.h"
#include "grpc/client/limits.h"
#include "grpc/client/service_config.h"
#include "grpc/client/target.h"

static grpc_channel *create_channel(const char *target, char *service_config, uint32_t keepalive_ms)
{
#define INTEGER(name, number) {.type = GRPC_ARG_INTEGER, .key = (char *)(name), .value.integer = (number)}
    grpc_arg args[] = {
        INTEGER(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, GRPC_CLIENT_MESSAGE_BYTES_MAX),
        INTEGER(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, GRPC_CLIENT_MESSAGE_BYTES_MAX),
        INTEGER(GRPC_ARG_MAX_METADATA_SIZE, GRPC_CLIENT_METADATA_BYTES_MAX),
        INTEGER(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, GRPC_CLIENT_BACKOFF_MS_MIN),
        INTEGER(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, GRPC_CLIENT_BACKOFF_MS_MAX),
        INTEGER(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, GRPC_CLIENT_DNS_INTERVAL_MS),
        INTEGER(GRPC_ARG_KEEPALIVE_TIME_MS, keepalive_ms > 0 ? (int)keepalive_ms : INT_MAX),
        INTEGER(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, GRPC_CLIENT_KEEPALIVE_TIMEOUT_MS),
        INTEGER(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0), /* a call may be silent for as long as it takes */
        /* A larger request would not be sent again. It costs nothing: the message is there until the call ends anyway. */
        INTEGER(GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, GRPC_CLIENT_MESSAGE_BYTES_MAX),
        INTEGER(GRPC_ARG_ENABLE_HTTP_PROXY, 0), /* the service is where the flag says, whatever the environment */
        INTEGER(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1), /* nor does DNS say how it is treated */
        {.type = GRPC_ARG_STRING, .key = (char *)GRPC_ARG_SERVICE_CONFIG, .value.string = service_config},
    };
#undef INTEGER
    grpc_channel_args channel_args = {.num_args = sizeof(args) / sizeof(args[0]), .args = args};
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_channel *channel = grpc_channel_create(target, credentials, &channel_args);
    grpc_channel_credentials_release(credentials);
    return channel;
}

static void *run(void *ctx)
{
    struct grpc_client_thread *thread = ctx;
    for (;;) {
        grpc_event event = grpc_completion_queue_next(thread->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        if (event.type == GRPC_QUEUE_SHUTDOWN)
            return NULL;
        grpc_client_call_ended(thread->client, event.tag);
    }
}

static bool start_thread(struct grpc_client *client, struct status *st)
{
    struct grpc_client_thread *thread = &client->threads[client->thread_count];
    thread->client = client;
    thread->queue = grpc_completion_queue_create_for_next(NULL);
    if (pthread_create(&thread->thread, NULL, run, thread) == 0) {
        client->thread_count++;
        return true;
    }
    grpc_completion_queue_shutdown(thread->queue);
    grpc_completion_queue_destroy(thread->queue);
    return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "cannot start a gRPC thread");
}

static bool open_channel(const char *target, const char *const *idempotent, size_t count, uint32_t keepalive_ms,
                         grpc_channel **ret_channel, struct status *st)
{
    char *service_config = service_config_create(idempotent, count);
    if (!service_config)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the gRPC client");
    *ret_channel = create_channel(target, service_config, keepalive_ms);
    free(service_config);
    return true;
}

/* The channels for what the options say. */
static bool open_channels(struct grpc_client *client, const struct grpc_client_options *options, struct status *st)
{
    struct arena arena;
    const char *target;
    arena_init(&arena, SIZE_MAX);
    bool opened = grpc_client_target(options->target, &arena, &target, st) &&
                  open_channel(target, options->idempotent, options->idempotent_count, options->keepalive_ms,
                               &client->channels[CHANNEL_RETRYING], st) &&
                  open_channel(target, NULL, 0, options->keepalive_ms, &client->channels[CHANNEL_ONCE], st);
    arena_free(&arena);
    return opened;
}

/* gRPC makes a channel of any target: one that can be used waits for its first call, another has failed already. */
static bool check_channels(const struct grpc_client *client, struct status *st)
{
    for (int i = 0; i < CHANNELS; i++)
        if (grpc_channel_check_connectivity_state(client->channels[i], 0) != GRPC_CHANNEL_IDLE)
            return status_fail(st, STATUS_INVALID_ARGUMENT, "gRPC does not know such a target");
    return true;
}

/* The one way to set it. It is read by the process's first grpc_init(), so before there are threads; a user's own value stays. */
static void set_poll_interval(void)
{
    char ms[16];
    snprintf(ms, sizeof(ms), "%d", GRPC_CLIENT_POLL_MS);
    setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", ms, 0);
}

bool grpc_client_create(const struct grpc_client_options *options, struct grpc_client **ret_client, struct status *st)
{
    struct grpc_client *client = calloc(1, sizeof(*client) + options->threads * sizeof(client->threads[0]));
    if (!client)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the gRPC client");
    set_poll_interval();
    grpc_init();
    client->calls_max = options->calls_max;
    bool created = open_channels(client, options, st) && check_channels(client, st);
    while (created && client->thread_count < options->threads)
        created = start_thread(client, st);
    if (!created) {
        grpc_client_destroy(client);
        return false;
    }
    for (int i = 0; i < CHANNELS; i++)
        grpc_channel_check_connectivity_state(client->channels[i], 1); /* so that the first call finds a connection */
    *ret_client = client;
    return true;
}

void grpc_client_destroy(struct grpc_client *client)
{
    if (!client)
        return;
    for (int i = 0; i < CHANNELS; i++)
        if (client->channels[i])
            grpc_channel_destroy(client->channels[i]);
    for (unsigned i = 0; i < client->thread_count; i++) {
        grpc_completion_queue_shutdown(client->threads[i].queue);
        pthread_join(client->threads[i].thread, NULL);
        grpc_completion_queue_destroy(client->threads[i].queue);
    }
    for (struct grpc_client_method *method = client->methods, *next; method; method = next) {
        next = method->next;
        free(method);
    }
    free(client);
    grpc_shutdown();
}

bool grpc_client_register(struct grpc_client *client, const char *path, const struct grpc_client_method **ret_method,
                          struct status *st)
{
    struct grpc_client_method *method = calloc(1, sizeof(*method));
    if (!method)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "%s: no memory for the method", path);
    method->next = client->methods;
    client->methods = method;
    for (int i = 0; i < CHANNELS; i++) {
        method->handles[i] = grpc_channel_register_call(client->channels[i], path, NULL, NULL);
        if (!method->handles[i])
            return status_fail(st, STATUS_INTERNAL, "%s: gRPC does not register the method", path);
    }
    *ret_method = method;
    return true;
}

/* What core calls an error, and is none: the service does without health checks, and counts as healthy. */
#define NO_WATCH "health checking Watch method returned UNIMPLEMENTED"

static void (*log_function)(bool error, const char *message);

static void forward_log(gpr_log_func_args *args)
{
    bool error = args->severity == GPR_LOG_SEVERITY_ERROR && !strstr(args->message, NO_WATCH);
    log_function(error, args->message);
}

void grpc_client_set_log(void (*log)(bool error, const char *message))
{
    log_function = log;
    gpr_set_log_function(forward_log);
}

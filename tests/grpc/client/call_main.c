/*
 * One call with grpc/client, for tests whose peer does what none should:
 *
 *     call TARGET PATH DEADLINE_MS REQUEST_BYTES once|again
 *
 * The request is that many zero bytes; "again" makes the method idempotent. Prints a line each:
 *
 *     code 0                  the status, and
 *     reply 12                how long the reply is; or
 *     message …               the status's message, as clients are told it
 *     metadata key 41ff       each field of header and trailers, its value in hexadecimal digits
 */
#include <inttypes.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grpc/client/grpc_client.h"

static void post(void *ctx)
{
    sem_post(ctx);
}

static void drop_line(bool error, const char *message)
{
    (void)error;
    (void)message;
}

static void print_result(struct grpc_client_call *call)
{
    struct view reply;
    struct status st;
    struct grpc_client_metadata metadata;
    if (grpc_client_call_result(call, &reply, &st))
        printf("code 0\nreply %zu\n", reply.len);
    else
        printf("code %d\nmessage %s\n", (int)st.code, st.message);
    for (size_t i = 0; grpc_client_call_metadata_at(call, i, &metadata); i++) {
        printf("metadata %.*s ", VIEW_ARG(metadata.key));
        for (size_t j = 0; j < metadata.value.len; j++)
            printf("%02x", (unsigned char)metadata.value.data[j]);
        printf("\n");
    }
}

static bool call_once(struct grpc_client *client, struct grpc_client_request *request, const char *path)
{
    struct arena arena;
    struct grpc_client_call *call;
    struct status st;
    sem_t done;
    sem_init(&done, 0, 0);
    arena_init(&arena, 1 << 20);
    bool started = grpc_client_register(client, path, &request->method, &st) &&
                   grpc_client_call_start(client, request, &arena, post, &done, &call, &st);
    if (started) {
        while (sem_wait(&done) != 0) {
        }
        print_result(call);
        grpc_client_call_destroy(call);
    } else {
        fprintf(stderr, "%s\n", st.message);
    }
    arena_free(&arena);
    sem_destroy(&done);
    return started;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: call TARGET PATH DEADLINE_MS REQUEST_BYTES once|again\n");
        return EXIT_FAILURE;
    }
    const char *path = argv[2];
    size_t request_bytes = strtoul(argv[4], NULL, 10);
    struct grpc_client_options options = {.target = argv[1],
                                          .threads = 1,
                                          .calls_max = 1,
                                          .idempotent = &path,
                                          .idempotent_count = strcmp(argv[5], "again") == 0};
    struct grpc_client *client;
    struct status st;
    struct buf message;
    buf_init(&message, request_bytes + 1);
    grpc_client_set_log(drop_line);
    if (!buf_reserve(&message, request_bytes + 1) || !grpc_client_create(&options, &client, &st)) {
        buf_free(&message);
        return EXIT_FAILURE;
    }
    memset(message.data, 0, request_bytes);
    message.len = request_bytes;
    struct grpc_client_request request = {.message = &message, .deadline_ms = (uint32_t)strtoul(argv[3], NULL, 10)};
    bool called = call_once(client, &request, path);
    grpc_client_destroy(client);
    buf_free(&message);
    return called ? EXIT_SUCCESS : EXIT_FAILURE;
}

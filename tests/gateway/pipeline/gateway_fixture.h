/*
 * The whole gateway in one process, as it serves library.proto: a raw HTTP client in front (raw_client.h), a scripted
 * gRPC server behind (grpc_service.h).
 */
#ifndef TESTS_GATEWAY_PIPELINE_GATEWAY_FIXTURE_H
#define TESTS_GATEWAY_PIPELINE_GATEWAY_FIXTURE_H

#include "gateway/http/http_server.h"
#include "gateway/pipeline/pipeline.h"
#include "tests/gateway/http/raw_client.h"
#include "tests/grpc/client/grpc_service.h"

struct gateway_fixture {
    struct schema *schema;
    struct endpoint_set *endpoints;
    struct resolver resolver;
    struct grpc_service *service; /* a test may stop it, and set this to NULL */
    struct grpc_client *upstream;
    struct pipeline *pipeline;
    struct http_server *server;
    const char *address; /* of the gateway */
};

struct gateway_settings {
    unsigned calls_max;   /* 0: 100 */
    uint32_t deadline_ms; /* 0: ten seconds */
    const char *const *idempotent;
    size_t idempotent_count;
};

struct gateway_fixture *gateway_fixture_create(grpc_service_method method, void *ctx,
                                               const struct gateway_settings *settings);
void gateway_fixture_destroy(struct gateway_fixture *fixture);

/* One request: "GET /v1/books", "Name: value\r\n…", body. */
void gateway_fixture_ask(const struct gateway_fixture *fixture, const char *line, const char *fields, const char *body,
                         struct raw_response *ret_response);

#endif

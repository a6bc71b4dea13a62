/*
 * The whole gateway in one process, as it serves library.proto: a raw HTTP client in front (raw_client.h), a scripted
 * gRPC server behind (grpc_service.h).
 */
#ifndef TESTS_GATEWAY_PIPELINE_GATEWAY_FIXTURE_H
#define TESTS_GATEWAY_PIPELINE_GATEWAY_FIXTURE_H

#include "gateway/gateway.h"
#include "tests/grpc/client/grpc_service.h"
#include "tests/web/http/raw_client.h"

struct gateway_fixture {
    struct grpc_service *service; /* a test may stop it, and set this to NULL */
    struct gateway *gateway;
    const char *address; /* of the gateway */
    bool is_stopped;
};

struct gateway_settings {
    unsigned loops;                 /* 0: two */
    unsigned calls_max;             /* 0: 100; of all loops together */
    uint32_t deadline_ms;           /* 0: ten seconds */
    uint32_t wait_ms;               /* for a replica; 0: two and a half seconds */
    const char *health_path_prefix; /* NULL: none */
    enum error_body_form error_body;
};

struct gateway_fixture *gateway_fixture_create(grpc_service_method method, void *ctx,
                                               const struct gateway_settings *settings);

/* What gateway_stop() does. It can be destroyed afterwards. */
void gateway_fixture_stop(struct gateway_fixture *fixture, uint32_t timeout_ms);

void gateway_fixture_destroy(struct gateway_fixture *fixture);

/* One request: "GET /v1/books", "Name: value\r\n…", body. */
void gateway_fixture_ask(const struct gateway_fixture *fixture, const char *line, const char *fields, const char *body,
                         struct raw_response *ret_response);

#endif

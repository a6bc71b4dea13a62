#include "tests/gateway/pipeline/gateway_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the above */
#include <cmocka.h>

#include "tests/gateway/pipeline/library_schema.h"

struct gateway_fixture *gateway_fixture_create(grpc_service_method method, void *ctx,
                                               const struct gateway_settings *settings)
{
    struct gateway_fixture *fixture = calloc(1, sizeof(*fixture));
    struct status st;
    fixture->schema = library_schema_load("library");
    assert_true(endpoint_set_create(fixture->schema, false, &fixture->endpoints, &st));
    fixture->resolver = (struct resolver){.endpoints = fixture->endpoints, .json = {.schema = fixture->schema}};
    fixture->service = grpc_service_start(method, ctx);
    struct grpc_client_options upstream_options = {.target = grpc_service_address(fixture->service),
                                                   .threads = 1,
                                                   .calls_max = settings->calls_max ? settings->calls_max : 100,
                                                   .idempotent = settings->idempotent,
                                                   .idempotent_count = settings->idempotent_count};
    assert_true(grpc_client_create(&upstream_options, &fixture->upstream, &st));
    struct pipeline_options pipeline_options = {&fixture->resolver, fixture->upstream, ERROR_BODY_BACKSTAGE,
                                                settings->deadline_ms ? settings->deadline_ms : 10000};
    assert_true(pipeline_create(&pipeline_options, &fixture->pipeline, &st));
    struct http_server_options server_options = {.address = "127.0.0.1:0",
                                                 .threads = 2,
                                                 .connections_max = 100,
                                                 .idle_timeout_s = 30,
                                                 .body_bytes_max = 100000,
                                                 .handler = pipeline_handler(fixture->pipeline)};
    assert_true(http_server_start(&server_options, &fixture->server, &st));
    fixture->address = http_server_address(fixture->server);
    return fixture;
}

void gateway_fixture_destroy(struct gateway_fixture *fixture)
{
    http_server_stop(fixture->server, 0);
    pipeline_destroy(fixture->pipeline);
    grpc_client_destroy(fixture->upstream);
    grpc_service_stop(fixture->service);
    endpoint_set_destroy(fixture->endpoints);
    schema_destroy(fixture->schema);
    free(fixture);
}

void gateway_fixture_ask(const struct gateway_fixture *fixture, const char *line, const char *fields, const char *body,
                         struct raw_response *ret_response)
{
    static char request[24 * 1024];
    snprintf(request, sizeof(request), "%s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n%s", line, fields,
             strlen(body), body);
    raw_client_ask(fixture->address, request, ret_response);
}
